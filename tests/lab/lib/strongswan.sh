# strongSwan as a peer: charon in a router, driven by swanctl.  Sourced by tests/lab/lib.sh.

declare -A lab_charon_confs=()

# lab_charon_start NAME DIR [LINE]...: start charon in a router and load DIR/swanctl.conf.
# Each LINE goes into strongswan.conf's section charon-systemd ("retransmit_tries = 2").
# Its log: $LAB_OUT/NAME-charon.txt.
lab_charon_start() {
  local name=$1 dir=$2
  shift 2
  mkdir -p "$dir"
  lab_charon_conf "$name" "$@" >"$dir/strongswan.conf"
  lab_charon_confs[$name]=$dir/strongswan.conf
  lab_daemon "$name" charon env STRONGSWAN_CONF="$dir/strongswan.conf" charon-systemd
  lab_wait_for "$(lab_slow 10)" test -S "$(lab_run_of "$name")/charon.vici" ||
    lab_fail "charon in $name does not start: $(tail -n 5 "$LAB_OUT/$name-charon.txt")"
  [ ! -e "$dir/swanctl.conf" ] ||
    lab_expect "$name: swanctl.conf" lab_swanctl "$name" --load-all -f "$dir/swanctl.conf"
}

lab_charon_conf() { # NAME [LINE]...
  local name=$1 line
  shift
  cat <<CONF
charon-systemd {
  load = random nonce aes sha1 sha2 hmac gcm ccm ctr kdf openssl gmp curve25519 pem pkcs1 pkcs8 pubkey x509 constraints kernel-netlink socket-default vici updown
$(for line in "$@"; do printf '  %s\n' "$line"; done)
  plugins {
    vici {
      socket = unix:///run/charon.vici
    }
  }
  filelog {
    log {
      path = $LAB_OUT/$name-charon.txt
      default = 1
      flush_line = yes
      time_format = %T
      time_add_ms = yes
    }
  }
}
swanctl {
  load = random openssl pem pkcs1 pkcs8 pubkey x509
}
CONF
}

# lab_charon_ready_us NAME: when it had last taken its connections (traps and keys are there then), by
# its own log. swanctl returns later, and a start action may have begun or even ended before that.
lab_charon_ready_us() {
  local stamp
  stamp=$(sed -n 's/^\([0-9:.]*\) .*added vici connection.*/\1/p' "$LAB_OUT/$1-charon.txt" | tail -n 1)
  date -d "$stamp" +%s%6N || lab_fail "$1: charon does not say when it took its connections"
}

# lab_swanctl NAME ARG...: swanctl against the charon of a router.
lab_swanctl() {
  local name=$1
  shift
  STRONGSWAN_CONF=${lab_charon_confs[$name]} lab_in "$name" swanctl "$@" --uri unix:///run/charon.vici
}

# lab_charon_stop NAME [SIGNAL]
lab_charon_stop() { lab_kill "$1" charon "${2:-TERM}"; }
