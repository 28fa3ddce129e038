# Spindle in R2, strongSwan in R1, on the net of lab_two_routers.  What a test varies of strongSwan is
# given as NAME=VALUE.

# lab_charon_peer_conf [NAME=VALUE]...: R1's swanctl.conf.  ike, esp: proposals; unique; dpd: delay;
# start, close, dpd_action: actions; ike_rekey, child_rekey: times; second: any, for another Child of
# 192.168.3.0; own, peer, own_net, peer_net: another end than R1.
lab_charon_peer_conf() {
  local -A v=([ike]=aes128gcm16-prfsha256-x25519 [esp]=aes256gcm16 [unique]=no [dpd]=0s [start]=trap
    [close]=none [dpd_action]=clear [ike_rekey]=0s [child_rekey]=0s 
    [own]=10.1.1.1 [peer]=10.1.1.2 [own_net]=192.168.1.0/24 [peer_net]=192.168.2.0/24)
  local pair
  for pair in "$@"; do v[${pair%%=*}]=${pair#*=}; done
  cat <<CONF
connections {
  spindle {
    version = 2
    mobike = no
    local_addrs = ${v[own]}
    remote_addrs = ${v[peer]}
    proposals = ${v[ike]}
    unique = ${v[unique]}
    dpd_delay = ${v[dpd]}
    rekey_time = ${v[ike_rekey]}
    local { auth = psk
      id = ${v[own]} }
    remote { auth = psk
      id = ${v[peer]} }
    children {
$(lab_charon_child net "${v[own_net]}" "${v[peer_net]}")
${v[second]:+$(lab_charon_child second 192.168.3.0/24 "${v[peer_net]}")}
    }
  }
}
secrets {
  ike-spindle { id-1 = ${v[own]}
    id-2 = ${v[peer]}
    secret = first-light }
}
CONF
}

lab_charon_child() { # NAME LOCAL REMOTE; the rest from lab_charon_peer_conf's v
  cat <<CONF
      $1 {
        local_ts = $2
        remote_ts = $3
        esp_proposals = ${v[esp]}
        start_action = ${v[start]}
        close_action = ${v[close]}
        dpd_action = ${v[dpd_action]}
        rekey_time = ${v[child_rekey]}
      }
CONF
}

# lab_charon_peer [NAME=VALUE]...: start charon in R1, configured so.
lab_charon_peer() {
  mkdir -p /etc/lab/R1
  lab_charon_peer_conf "$@" >/etc/lab/R1/swanctl.conf
  lab_charon_start R1 /etc/lab/R1 'install_routes = no' 'retransmit_timeout = 1' 'retransmit_tries = 3' \
    'delete_rekeyed_delay = 1'
}

# lab_charon_peer_again [NAME=VALUE]...: everything between the two ends, and R1 is configured anew.
lab_charon_peer_again() {
  lab_swanctl R1 --terminate --ike spindle --force --timeout 2 >/dev/null 2>&1
  lab_wait_for 5 lab_no_ike_sa || lab_fail "R2 keeps an IKE SA that R1 closed"
  lab_charon_peer_conf "$@" >/etc/lab/R1/swanctl.conf
  lab_expect "R1: new swanctl.conf" lab_swanctl R1 --load-all -f /etc/lab/R1/swanctl.conf
}
lab_no_ike_sa() { ! lab_spindle R2 'show crypto ikev2 sa' | grep -q READY; }

# lab_spindle_peer [COMMAND]...: start Spindle in R2 with the tests' crypto map, then configure.
lab_spindle_peer() {
  lab_spindled R2
  lab_crypto_map R2 10.1.1.1 192.168.2.0 192.168.1.0
  [ $# -eq 0 ] || lab_expect "R2: $*" lab_spindle R2 'configure terminal' "$@" end
  lab_spindle R2 'write memory' >/dev/null
}

# How many IKE SAs and ESP SAs stand.
lab_charon_ikes() { lab_swanctl R1 --list-sas | grep -c '^spindle:.*ESTABLISHED'; }
lab_spindle_ikes() { lab_spindle R2 'show crypto ikev2 sa' | grep -c READY; }
lab_esp_sas() { ip -n "$1" xfrm state | grep 'proto esp' | grep -vc 'spi 0x00000000'; }

# lab_both_ways WHAT [R1_ADDRESS]: pings each way until one comes back, for some seconds. (The one that
# sets a trap off is lost: it is not waited for long.)
lab_both_ways() {
  local from=${2:-192.168.1.1}
  lab_wait_for 12 lab_in R1 ping -q -c 1 -W 0.3 -I "$from" 192.168.2.1 || lab_fail "$1: no traffic from R1"
  lab_wait_for 5 lab_in R2 ping -q -c 1 -W 1 -I 192.168.2.1 "$from" || lab_fail "$1: no traffic from R2"
  lab_say "$1: traffic both ways"
}
