# Group eem: the event manager where no kernel with ESP is needed. Sourced by contrib/check.

group_eem() {
  step "build for the event manager" build_for_lab || return
  run_scripts "$src"/tests/eem/test_*
}
