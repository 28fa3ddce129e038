# SIGKILL in the middle of "write memory".

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

kills_router() { pgrep -f -- "--state-dir $LAB_DIR/$1/state.*--role=router"; }

kills_another_router() { # NAME PID
  local pid
  pid=$(kills_router "$1") && [ "$pid" != "$2" ] && lab_spindle "$1" 'show version' >/dev/null 2>&1
}
