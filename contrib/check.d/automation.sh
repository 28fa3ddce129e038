# Group automation: tools of Debian's that drive routers, unchanged, against a real daemon. They run in
# the lab's native kind, namespaces on the running kernel: nothing they do takes ESP. Sourced by
# contrib/check.

group_automation() {
  if [ "$(id -u)" != 0 ] && [ "${CI:-}" != true ]; then
    report SKIP tests/automation 0 /dev/null "namespaces on this kernel take root"
    return
  fi
  group_lab native
}
