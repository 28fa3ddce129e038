# Functions for test scripts that run in the lab (tests/lab/run).  Sourced, bash:
#
#   #!/bin/bash
#   # lab: kernel=uml,qemu time=30 group=uml packages=strongswan
#   . "$SPINDLE_SRC/tests/lab/lib.sh"
#
# Header: kernel= where it runs (the first is the default), time= limit in seconds in the first
# kernel, group= the group(s) of contrib/check, packages= sets of tests/lab/packages, init=systemd,
# waits=yes.
#
# A "router" is a network namespace with a mount namespace of its own, in which /run is private.
# Every function that cannot do what it says ends the script with a sentence.

set -u
LAB_DIR=/lab
declare -A lab_links=() lab_daemons=()

lab_say() { printf '%s\n' "$*"; }
lab_fail() { printf 'FAILED: %s\n' "$*"; exit 1; }
lab_skip() { printf 'SKIPPED: %s\n' "$*"; exit 77; }

# lab_expect WHAT CMD...: CMD must succeed; its output is shown where it does not.
lab_expect() {
  local what=$1 output
  shift
  output=$("$@" 2>&1) || { printf '%s\n' "$output"; lab_fail "$what"; }
}

# lab_equal WHAT GOT WANTED
lab_equal() { [ "$2" = "$3" ] || lab_fail "$1: got '$2', wanted '$3'"; }

# Sleep without starting a process, which is dear in the guests.
lab_sleep() { read -rt "$1" <> <(:) || :; }

# lab_slow SECONDS: a time for User Mode Linux, stretched where the kernel is emulated.
lab_slow() { if [ "$LAB_KERNEL" = qemu ]; then echo $(($1 * 5)); else echo "$1"; fi; }

# Milliseconds since boot.
lab_now_ms() {
  local up
  read -r up _ </proc/uptime
  up=${up/./}
  printf '%s\n' "${up}0"
}

# lab_wait_for SECONDS CMD...: try CMD ten times a second until it succeeds.  Status 1 if it never
# does.  Its output is not shown.
lab_wait_for() {
  local end
  end=$(($(lab_now_ms) + $1 * 1000))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(lab_now_ms)" -lt "$end" ] || return 1
    lab_sleep 0.1
  done
}

# lab_netns NAME...: make routers, loopback up.  A router is held by a sleeping process: the mount
# namespace is not pinned to a file, because Linux 6.18 sometimes refuses that (it takes a namespace
# made on another CPU for an older one).
lab_netns() {
  local name pid
  for name in "$@"; do
    ip netns add "$name" || lab_fail "router $name could not be made"
    mkdir -p "$LAB_DIR/$name/run"
    read -r pid < <(exec nsenter --net="/run/netns/$name" unshare --mount --propagation slave sh -c \
      "mount -t sysfs sysfs /sys && mount --bind $LAB_DIR/$name/run /run && ip link set lo up &&
        echo \$\$ && exec sleep infinity >/dev/null") || lab_fail "router $name could not be set up"
    echo "$pid" >"$LAB_DIR/$name/pid"
    lab_links[$name]=0
  done
}

# lab_in NAME CMD...: run CMD in a router.
lab_in() {
  local name=$1 pid
  shift
  read -r pid <"$LAB_DIR/$name/pid" || lab_fail "no router $name"
  nsenter --target "$pid" --net --mount --wdns="$PWD" -- "$@"
}

# The same in the place of the shell that calls it: for background processes, so that their id is the
# program's own and a signal reaches it.
lab_exec_in() {
  local name=$1 pid
  shift
  read -r pid <"$LAB_DIR/$name/pid" || lab_fail "no router $name"
  exec nsenter --target "$pid" --net --mount --wdns="$PWD" -- "$@"
}

# A router's /run, as seen from outside of it.
lab_run_of() { printf '%s\n' "$LAB_DIR/$1/run"; }

lab_next_dev() { LAB_DEV=eth$((lab_links[$1]++)); }

lab_address() { # NAME DEV ADDRESS/LEN, which may be "-"
  [ "$3" = - ] && return 0
  case $3 in
    *:*) ip -n "$1" addr add "$3" dev "$2" nodad ;;
    *) ip -n "$1" addr add "$3" dev "$2" ;;
  esac || lab_fail "$1: address $3 on $2"
}

# lab_link NAME1 ADDRESS1 NAME2 ADDRESS2: join two routers.  A router's interfaces are eth0, eth1…
# in the order of its links.  ADDRESS is with length (10.1.1.1/24, fd00::1/64), or "-" for none.
lab_link() {
  local dev1 dev2
  lab_next_dev "$1"; dev1=$LAB_DEV
  lab_next_dev "$3"; dev2=$LAB_DEV
  ip link add "$dev1" netns "$1" type veth peer name "$dev2" netns "$3" ||
    lab_fail "link $1-$3"
  ip -n "$1" link set "$dev1" up && ip -n "$3" link set "$dev2" up || lab_fail "link $1-$3"
  lab_address "$1" "$dev1" "$2"
  lab_address "$3" "$dev2" "$4"
}

# lab_switch NAME (ROUTER ADDRESS)...: join any number of routers by a bridge.
lab_switch() {
  local switch=$1 port
  shift
  [ -e "/run/netns/$switch" ] || {
    lab_netns "$switch"
    ip -n "$switch" link add br0 type bridge && ip -n "$switch" link set br0 up ||
      lab_fail "bridge in $switch"
  }
  while [ $# -gt 1 ]; do
    lab_link "$switch" - "$1" "$2"
    port=eth$((lab_links[$switch] - 1))
    ip -n "$switch" link set "$port" master br0 || lab_fail "bridge in $switch"
    shift 2
  done
}

# lab_counter NAME COUNTER: a counter of /proc/net/xfrm_stat, or of nstat (IpInReceives…).
lab_counter() {
  lab_in "$1" awk -v name="$2" '$1 == name { print $2 }' /proc/net/xfrm_stat
}

# lab_daemon NAME LABEL CMD...: start CMD in a router; its output goes to $LAB_OUT/NAME-LABEL.log,
# its process id to LAB_PID.
lab_daemon() {
  local name=$1 label=$2
  shift 2
  lab_exec_in "$name" "$@" >"$LAB_OUT/$name-$label.log" 2>&1 </dev/null &
  LAB_PID=$!
  lab_daemons[$name-$label]=$LAB_PID
}

# lab_kill NAME LABEL [SIGNAL]: end what lab_daemon started and wait for its end, 10 s at most.
# (Not by INT: a shell starts its background processes with that ignored.)
lab_kill() {
  local pid=${lab_daemons[$1-$2]:-}
  [ -n "$pid" ] || lab_fail "$1: no daemon $2 was started"
  kill "-${3:-TERM}" "$pid" 2>/dev/null
  lab_wait_for 10 lab_is_gone "$pid" || lab_fail "$1: $2 does not end"
  wait "$pid" 2>/dev/null
  unset "lab_daemons[$1-$2]"
}

lab_is_gone() {
  local state
  [ ! -e "/proc/$1" ] || { read -r _ _ state _ <"/proc/$1/stat"; [ "$state" = Z ]; } 2>/dev/null
}

# lab_esp NAME_A ADDR_A NAME_B ADDR_B SPI_AB SPI_BA [SELECTOR]...: a pair of ESP tunnel SAs with
# policies, put into both kernels by hand; traffic between the two addresses, or as selected
# ("src X dst Y" for the direction A to B is not offered: this is for smoke tests).
lab_esp() {
  local key=0x0102030405060708090a0b0c0d0e0f1011121314 at
  for at in "$1" "$3"; do
    ip -n "$at" xfrm state add src "$2" dst "$4" proto esp spi "$5" reqid 1 mode tunnel \
      aead 'rfc4106(gcm(aes))' $key 128 &&
      ip -n "$at" xfrm state add src "$4" dst "$2" proto esp spi "$6" reqid 1 mode tunnel \
        aead 'rfc4106(gcm(aes))' $key 128 || lab_fail "SAs of $at"
  done
  lab_esp_policy "$1" "$2" "$4"
  lab_esp_policy "$3" "$4" "$2"
}

lab_esp_policy() { # NAME OWN PEER
  ip -n "$1" xfrm policy add src "$2" dst "$3" dir out tmpl src "$2" dst "$3" proto esp reqid 1 \
    mode tunnel &&
    ip -n "$1" xfrm policy add src "$3" dst "$2" dir in tmpl src "$3" dst "$2" proto esp reqid 1 \
      mode tunnel || lab_fail "policies of $1"
}

# lab_capture NAME DEV FILE [FILTER]...: write packets to $LAB_OUT/FILE, from now on.  Ended by
# lab_kill NAME FILE.
lab_capture() {
  local name=$1 dev=$2 file=$3
  shift 3
  # By standard output: tcpdump would change the owner of a file it opens, which the host may refuse.
  lab_exec_in "$name" tcpdump -i "$dev" -n -U --immediate-mode -Z root -w - "$@" \
    >"$LAB_OUT/$file" 2>"$LAB_OUT/$name-$file.log" </dev/null &
  lab_daemons[$name-$file]=$!
  lab_wait_for 5 grep -q 'listening on' "$LAB_OUT/$name-$file.log" ||
    lab_fail "tcpdump in $name: $(cat "$LAB_OUT/$name-$file.log")"
}

# lab_packets FILE [FILTER]...: print the packets of a capture, one a line.
lab_packets() {
  local file=$1
  shift
  # -Z: its own user does not exist where it was only unpacked.
  tcpdump -n -tt -Z root -r "$LAB_OUT/$file" "$@" 2>/tmp/lab-tcpdump ||
    lab_fail "tcpdump of $file: $(cat /tmp/lab-tcpdump)" >&2
}

# lab_peer SET: make a foreign peer usable (its files are there by packages= in the header).
lab_peer() {
  local user
  case ,$LAB_SETS, in
    *,$1,*) ;;
    *) lab_fail "the header of this script does not name packages=$1" ;;
  esac
  for user in $(awk -v set="$1" '$1 == set && $2 == "users" { $1 = $2 = ""; print }' \
    "$SPINDLE_SRC/tests/lab/packages"); do
    lab_user "$user"
  done
  case $1 in
    openiked) modprobe af_key || lab_skip "this kernel has no PF_KEY" ;;
  esac
}

# lab_user NAME: a system user and group, for daemons that drop to it.
lab_user() {
  getent passwd "$1" >/dev/null && return 0
  useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "$1" ||
    lab_fail "user $1"
}

# lab_shell: leave the routers to a person, in a shell where "R1 CMD" runs CMD in router R1.  For
# scripts started by tests/lab/run -i; what they made ends with the shell.
lab_shell() {
  local name rc
  rc=$(mktemp)
  {
    declare -f lab_in lab_fail
    echo "LAB_DIR=$LAB_DIR PS1='lab# '"
    for name in "${!lab_links[@]}"; do
      echo "$name() { lab_in $name \"\$@\"; }"
    done
  } >"$rc"
  for name in $(printf '%s\n' "${!lab_links[@]}" | sort); do
    echo "  $name CMD…   runs CMD in $name; its run folder is $(lab_run_of "$name")"
  done
  echo "  exit       ends the lab"
  bash --noprofile --rcfile "$rc" -i
}

for lab_part in "$SPINDLE_SRC"/tests/lab/lib/*.sh; do
  . "$lab_part"
done
