# Group cli: transcripts of the terminal by real clients, against a control socket that is real; no
# kernel with ESP needed. Those of the ways in (tests/cli/ways) take root: people and namespaces of
# their own. Sourced by contrib/check.

group_cli() {
  step "build for the transcripts" build_for_lab || return
  run_scripts "$src"/tests/{cli/{terminal,ways},logging}/test_*
}

# Scripts that need no guest, one after another; each has 130 s.
run_scripts() { # SCRIPT...
  local script name log start status
  for script in "$@"; do
    name=${script#"$src"/} log=$check_dir/log/$group-${script##*/}.log start=$(now_ms)
    SPINDLE_BUILD=$check_dir/build timeout 130 "$script" >"$log" 2>&1 </dev/null
    status=$?
    if [ $status = 0 ]; then
      report PASS "$name" $(($(now_ms) - start)) "$log"
    elif [ $status = 77 ] && [ "${CI:-}" != true ]; then
      report SKIP "$name" $(($(now_ms) - start)) "$log" "$(tail -n 1 "$log")"
    else
      report FAIL "$name" $(($(now_ms) - start)) "$log" "status $status"
    fi
  done
}
