# Group cli: transcripts of the terminal by real clients, against a control socket that is real; no
# kernel with ESP and no privileges needed. Sourced by contrib/check.

group_cli() {
  local script name log start status
  step "build for the transcripts" build_for_lab || return
  for script in "$src"/tests/cli/terminal/test_*; do
    name=${script#"$src"/} log=$check_dir/log/$group-${script##*/}.log start=$(now_ms)
    SPINDLE_BUILD=$check_dir/build timeout 130 "$script" >"$log" 2>&1 </dev/null
    status=$?
    if [ $status = 0 ]; then
      report PASS "$name" $(($(now_ms) - start)) "$log"
    else
      report FAIL "$name" $(($(now_ms) - start)) "$log" "status $status"
    fi
  done
}
