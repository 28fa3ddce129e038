# Spindle itself in a router: its folders are $LAB_DIR/NAME/{config,state}, its control socket is in
# the router's own /run/spindle.

declare -A lab_spindled_jobs=()

lab_spindled_args() { # NAME
  printf '%s\n' --config-dir "$LAB_DIR/$1/config" --state-dir "$LAB_DIR/$1/state" \
    --run-dir /run/spindle --yang-dir "$SPINDLE_SRC/yang"
}

# lab_spindled NAME [OPTION]...: start it in the foreground and wait until it says READY=1.
# Its messages go to $LAB_OUT/NAME-spindled.log; the moment of READY (µs) to LAB_READY_US.
lab_spindled() {
  local name=$1 args ready log
  shift
  mapfile -t args < <(lab_spindled_args "$name")
  log=$LAB_OUT/$name-spindled.log
  ready=$LAB_DIR/$name/ready
  lab_in "$name" flow ready /run/notify 30 >"$ready" &
  local waiter=$!
  lab_wait_for 5 lab_in "$name" test -S /run/notify || lab_fail "$name: no place for READY"
  NOTIFY_SOCKET=/run/notify lab_in "$name" spindled --foreground "${args[@]}" "$@" >>"$log" 2>&1 </dev/null &
  lab_spindled_jobs[$name]=$!
  wait $waiter || { cat "$log"; lab_fail "$name: spindled does not become ready"; }
  read -r _ LAB_READY_US <"$ready"
}

# lab_spindled_pids NAME: its processes.
lab_spindled_pids() { pgrep -f -- "--state-dir $LAB_DIR/$1/state"; }

# lab_spindled_kill NAME [SIGNAL]: all its processes at once (KILL), as a crash does.
lab_spindled_kill() {
  local pids
  mapfile -t pids < <(lab_spindled_pids "$1")
  [ ${#pids[@]} -eq 0 ] || kill "-${2:-KILL}" "${pids[@]}" 2>/dev/null
  lab_wait_for 10 lab_spindled_is_gone "$1" || lab_fail "$1: spindled does not end"
}

lab_spindled_is_gone() { ! lab_spindled_pids "$1" >/dev/null; }

# lab_spindled_stop NAME: a clean stop, by its supervisor.
lab_spindled_stop() {
  local pids
  mapfile -t pids < <(lab_spindled_pids "$1")
  kill -TERM "${pids[0]}"
  lab_wait_for 15 lab_spindled_is_gone "$1" || lab_fail "$1: spindled does not stop"
  # (127: another shell started it.)
  wait "${lab_spindled_jobs[$1]:-0}" 2>/dev/null
  case $? in
    0 | 127) ;;
    *) tail -n 5 "$LAB_OUT/$1-spindled.log"; lab_fail "$1: spindled did not end well" ;;
  esac
}

# lab_spindle NAME COMMAND...: commands at its command line, one an argument.
lab_spindle() {
  local name=$1 args=() command
  shift
  for command in "$@"; do args+=(-c "$command"); done
  lab_in "$name" spindle --run-dir /run/spindle "${args[@]}"
}

# lab_crypto_map NAME PEER OWN_NET PEER_NET [TRANSFORM]: the static crypto map of the tests: pre-shared
# key, interface eth0. Nets are A.B.C.0, /24.
lab_crypto_map() {
  lab_spindle "$1" 'configure terminal' \
    'crypto ikev2 keyring KEYS' 'peer OTHER' "address $2" 'pre-shared-key first-light' exit exit \
    'crypto ikev2 profile PROFILE' "match identity remote address $2 255.255.255.255" \
    'authentication local pre-share' 'authentication remote pre-share' 'keyring local KEYS' exit \
    "crypto ipsec transform-set STRONG ${5:-esp-gcm 256}" exit \
    'ip access-list extended TRAFFIC' "permit ip $3 0.0.0.255 $4 0.0.0.255" exit \
    'crypto map VPN 10 ipsec-isakmp' "set peer $2" 'set transform-set STRONG' \
    'set ikev2-profile PROFILE' 'match address TRAFFIC' exit \
    'interface eth0' 'crypto map VPN' end >/dev/null || lab_fail "$1: cannot be configured"
}

# lab_two_routers: R1 (10.1.1.1, net 192.168.1.0) and R2 (10.1.1.2, net 192.168.2.0), joined, each
# with an address in its net and a route to the other's. Not yet a spindled.
lab_two_routers() {
  lab_netns R1 R2
  lab_link R1 10.1.1.1/24 R2 10.1.1.2/24
  ip -n R1 addr add 192.168.1.1/24 dev lo
  ip -n R2 addr add 192.168.2.1/24 dev lo
  ip -n R1 route add 192.168.2.0/24 via 10.1.1.2 src 192.168.1.1
  ip -n R2 route add 192.168.1.0/24 via 10.1.1.1 src 192.168.2.1
}
