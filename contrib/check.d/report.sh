# Counting and showing results. Sourced by contrib/check.

passed=0 failed=0 skipped=0
failed_logs=()
group='' group_started=0 group_minutes=0

# Milliseconds.
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# report PASS|FAIL|SKIP NAME MILLISECONDS LOG [WHY]
report() {
  local result=$1 name=$2 ms=$3 log=$4 why=${5:-}
  case $result in
    PASS) passed=$((passed + 1)) ;;
    SKIP) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)); failed_logs+=("$group $name|$log") ;;
  esac
  printf '%s  %-11s %-48s %4d.%d s%s\n' "$result" "$group" "$name" $((ms / 1000)) \
    $((ms % 1000 / 100)) "${why:+  $why}"
}

report_group() {
  group=$1 group_minutes=$2 group_started=$(now_ms)
  printf '\n== %s\n' "$group"
}

report_group_end() {
  local seconds=$((($(now_ms) - group_started) / 1000)) over=''
  [ "$seconds" -le $((group_minutes * 60)) ] || over=', OVER ITS BUDGET'
  printf '== %s: %d s of %d s%s\n' "$group" "$seconds" $((group_minutes * 60)) "$over"
}

# step NAME CMD...: one thing that passes or fails, its output in a log.
step() {
  local name=$1 log=$check_dir/log/$group-${1//[^[:alnum:]._-]/_}.log start status
  shift
  start=$(now_ms)
  "$@" >"$log" 2>&1 </dev/null
  status=$?
  if [ $status = 0 ]; then
    report PASS "$name" $(($(now_ms) - start)) "$log"
  else
    report FAIL "$name" $(($(now_ms) - start)) "$log" "status $status"
  fi
  return $status
}

# The output of what failed, then the count, which is the last line.
report_end() {
  local entry
  for entry in "${failed_logs[@]}"; do
    printf '\n---- %s: %s\n' "${entry%%|*}" "${entry#*|}"
    tail -n 150 "${entry#*|}" 2>/dev/null
  done
  [ ${#failed_logs[@]} -eq 0 ] || echo
  printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
  [ $failed = 0 ] && [ $((passed + skipped)) -gt 0 ] && exit 0
  exit 1
}

stop_children() {
  local pid
  for pid in $(jobs -p); do
    kill "$pid" 2>/dev/null
  done
}
