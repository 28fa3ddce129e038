# The shipped systemd service in a guest whose first process is systemd.

# lab_service_install: what "make install" and a package's script do: programs, YANG modules, unit,
# users, folders. Sets lab_service_config and lab_service_state, its folders.
lab_service_install() {
  local sbin yang unit=$SPINDLE_BUILD/contrib/systemd
  lab_equal "first process" "$(cat /proc/1/comm)" systemd
  sbin=$(sed -n 's/^ExecStart=\(.*\)\/spindled.*/\1/p' "$unit/spindled.service")
  yang=$(spindled --help | sed -n 's/.*YANG modules \[\(.*\)\]/\1/p')
  lab_service_config=$(sed -n 's/^d \([^ ]*\) .*/\1/p' "$unit/spindle.tmpfiles" | head -n 1)
  lab_service_state=$(sed -n 's/^d \([^ ]*\) .*/\1/p' "$unit/spindle.tmpfiles" | tail -n 1)
  mkdir -p "$sbin" "$yang" /etc/sysusers.d /etc/tmpfiles.d &&
    cp "$(command -v spindled)" "$sbin/" && cp "$SPINDLE_SRC"/yang/*.yang "$yang/" &&
    cp "$unit/spindled.service" /etc/systemd/system/ &&
    cp "$unit/spindle.sysusers" /etc/sysusers.d/spindle.conf &&
    cp "$unit/spindle.tmpfiles" /etc/tmpfiles.d/spindle.conf || lab_fail "the service cannot be installed"
  lab_expect "the users are made" systemd-sysusers spindle.conf
  mkdir -p "${lab_service_config%/*}" "${lab_service_state%/*}"
  lab_expect "the folders are made" systemd-tmpfiles --create spindle.conf
  lab_expect "systemd reads the unit" systemctl daemon-reload
}

# lab_service_router NAME: the first process's own network and files, as router NAME.
lab_service_router() {
  ip netns attach "$1" 1 || lab_fail "router $1 could not be named"
  mkdir -p "$LAB_DIR/$1"
  echo 1 >"$LAB_DIR/$1/pid"
  lab_links[$1]=0
}
