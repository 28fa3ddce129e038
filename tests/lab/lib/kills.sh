# SIGKILL in the middle of "write memory" and of "configure replace".

# kills_in_write_memory NAME COUNT: kills router COUNT times at another moment of "write memory" each.
# The startup configuration is the old one or the new one, whole; says how often which.
kills_in_write_memory() {
  local i pid client old now news=0 file=$LAB_DIR/$1/config/startup.json
  old=$(cat "$file")
  for ((i = 1; i <= $2; i++)); do
    pid=$(kills_router "$1")
    lab_spindle "$1" 'configure terminal' "hostname H$i" end >/dev/null || lab_fail "kill $i: not configured"
    lab_spindle "$1" 'write memory' >/dev/null 2>&1 &
    client=$!
    lab_sleep "$(printf '0.%03d' $((i * 131 % 640)))"
    kill -KILL "$pid"
    wait "$client"
    lab_wait_for "$(lab_slow 20)" kills_another_router "$1" "$pid" || lab_fail "kill $i: router is not started again"
    now=$(cat "$file")
    [ "$now" = "$old" ] && continue
    grep -q "\"H$i\"" <<<"$now" || { printf '%s\n' "$now"; lab_fail "kill $i: neither old nor new"; }
    [ "${now: -1}" = '}' ] || { printf '%s\n' "$now"; lab_fail "kill $i: half a file"; }
    news=$((news + 1)) old=$now
  done
  lab_say "router killed $2 times in \"write memory\": $news times the new file is there, else the old one"
}

# kills_in_replace NAME COUNT: the same in the middle of "configure replace". The startup configuration is
# not touched, running is that again after the restart, and each snapshot of the archive is whole.
kills_in_replace() {
  local i pid client old name snapshot done=0 config=$LAB_DIR/$1/config state=$LAB_DIR/$1/state
  lab_spindle "$1" 'configure terminal' 'hostname START' end 'write memory' >/dev/null || lab_fail "not saved"
  old=$(cat "$config/startup.json")
  for ((i = 1; i <= $2; i++)); do
    pid=$(kills_router "$1")
    lab_spindle "$1" 'configure terminal' "hostname H$i" "crypto map K $i ipsec-isakmp" end >/dev/null ||
      lab_fail "kill $i: not configured"
    lab_spindle "$1" 'configure replace startup-config force' >"$LAB_DIR/$1/replace" 2>&1 &
    client=$!
    lab_sleep "$(printf '0.%03d' $((i * 137 % 640)))"
    kill -KILL "$pid"
    wait "$client"
    grep -q '^Rollback Done' "$LAB_DIR/$1/replace" && done=$((done + 1))
    lab_wait_for "$(lab_slow 20)" kills_another_router "$1" "$pid" || lab_fail "kill $i: router is not started again"
    lab_equal "kill $i: the startup configuration" "$(cat "$config/startup.json")" "$old"
    name=$(lab_spindle "$1" 'show running-config' | grep -E '^(hostname|crypto map K)' | tr -d '\r')
    lab_equal "kill $i: running after the restart" "$name" 'hostname START'
    for snapshot in "$state"/archive/*.json; do
      [ ! -e "$snapshot" ] || [ "$(tail -c 2 "$snapshot")" = '}' ] || lab_fail "kill $i: $snapshot is half a file"
    done
  done
  lab_say "router killed $2 times in \"configure replace\" ($done were through): startup untouched, running is startup"
}

kills_router() { pgrep -f -- "--state-dir $LAB_DIR/$1/state.*--role=router"; }

kills_another_router() { # NAME PID
  local pid
  pid=$(kills_router "$1") && [ "$pid" != "$2" ] && lab_spindle "$1" 'show version' >/dev/null 2>&1
}
