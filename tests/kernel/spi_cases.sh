# What the tests of detection share: the network, packets, and the cases of "verdict = kernel".
# Sourced by tests/kernel/test_spi_*. R1 10.1.1.1 sends, R2 10.1.1.2 watches, R3 10.1.2.3 is behind R2.

bin=$SPINDLE_BUILD/tests/kernel
report=$LAB_OUT/watch.log

spi_network() {
  lab_netns R1 R2 R3
  lab_link R1 10.1.1.1/24 R2 10.1.1.2/24
  lab_link R2 10.1.2.2/24 R3 10.1.2.3/24
  ip -n R1 addr add fd00::1/64 dev eth0 nodad && ip -n R2 addr add fd00::2/64 dev eth0 nodad &&
    ip -n R2 addr add 10.1.1.22/24 dev eth0 && ip -n R2 addr add 10.1.1.23/24 dev eth0 &&
    ip -n R1 route add 10.1.2.0/24 via 10.1.1.2 && ip -n R3 route add default via 10.1.2.2 ||
    lab_fail "addresses and routes"
  lab_in R2 sysctl -qw net.ipv4.ip_forward=1
  modprobe -a esp4 esp6 ah4 ah6 2>/dev/null
}

# spi_watch_start [--room] SOURCE
spi_watch_start() {
  mkfifo /tmp/watch.stop
  exec 7<>/tmp/watch.stop
  lab_in R2 "$bin/spi_watch" "$@" </tmp/watch.stop >"$report" 2>&1 7>&- &
  watch_pid=$!
  lab_wait_for "$(lab_slow 10)" grep -q "^watching\|^no source" "$report" || lab_fail "spi_watch does not start"
  grep -q "^no source" "$report" && { cat "$report"; lab_fail "no source $*"; }
  head -n 1 "$report"
}

# Ends it and what holds sockets: their standard input closes.
spi_watch_stop() {
  exec 7>&-
  wait "$watch_pid" "${holders[@]}"
  rm /tmp/watch.stop
}

packets() { lab_in R1 "$bin/spi_packets" send "$@" || lab_fail "spi_packets $*"; }
# Without a process, which is dear in the guests.
refusals() {
  local name n
  while read -r name n; do
    [ "$name" = XfrmInNoStates ] && echo "$n"
  done <"/proc/$(<"$LAB_DIR/R2/pid")/net/xfrm_stat"
}
reports_of() { grep -c "spi=$1 " "$report"; }

# spi_socket KIND ADDRESS: held until spi_watch_stop.
holders=()
spi_socket() {
  lab_in R2 "$bin/spi_packets" "$1" "$2" 4500 </tmp/watch.stop >"/tmp/held-$2" 7>&- &
  holders+=($!)
  lab_wait_for "$(lab_slow 10)" grep -q ready "/tmp/held-$2" || lab_fail "no socket $2"
}

# Encap sockets, as an IKE daemon has them, and one that belongs to somebody else.
spi_sockets() {
  holders=()
  spi_socket encap 10.1.1.2
  spi_socket encap fd00::2
  spi_socket plain 10.1.1.22
}

# Cases are gathered, sent by one process (starting one is dear in the guests), then judged.
# spi_case WHAT SPI WANTED WORD…: packets with that SPI; WANTED of them are refused, and reported.
case_what=() case_spi=() case_wanted=() case_words=()
spi_case() {
  case_what+=("$1") case_spi+=("$2") case_wanted+=("$3")
  shift 2
  [ ${#case_words[@]} = 0 ] || case_words+=(then)
  case_words+=("spi=${case_spi[-1]}" "${@:2}")
}

# exact: the kernel refused as many as the cases want, together; and each SPI as many as it wants.
spi_judge() { # exact|bounded
  local before counted=0 n got missing
  before=$(refusals)
  packets "${case_words[@]}"
  for n in "${case_wanted[@]}"; do counted=$((counted + n)); done
  lab_wait_for "$(lab_slow 2)" all_reported
  lab_sleep 0.2
  for n in "${!case_what[@]}"; do
    got=$(reports_of "${case_spi[n]}")
    lab_equal "${case_what[n]}: reports" "$got" "${case_wanted[n]}"
    lab_say "${case_what[n]}: $got of ${case_wanted[n]}"
  done
  [ "$1" = bounded ] || lab_equal "refused by the kernel in all" "$(($(refusals) - before))" "$counted"
  case_what=() case_spi=() case_wanted=() case_words=()
}

all_reported() {
  local n
  for n in "${!case_what[@]}"; do
    [ "$(reports_of "${case_spi[n]}")" -ge "${case_wanted[n]}" ] || return 1
  done
}

null_esp=(enc 'ecb(cipher_null)' '' auth-trunc 'hmac(sha256)' 0x00112233445566778899aabbccddeeff 128)
sa_at_r2() { # DESTINATION SPI [OPTION…]
  ip -n R2 xfrm state add src 10.1.1.1 dst "$1" proto esp spi "$2" mode tunnel "${null_esp[@]}" \
    "${@:3}" || lab_fail "ip xfrm state add $*"
}

# A flow that is refused all the time keeps the tap armed.
spi_beat() {
  lab_exec_in R1 "$bin/spi_packets" send "${v4[@]}" spi=0x7002 count=1000000 gap_us=83000 7>&- &
  beat_pid=$!
  lab_wait_for "$(lab_slow 3)" grep -q spi=0x7002 "$report" || lab_fail "the tap does not see"
}
spi_beat_end() {
  kill "$beat_pid"
  wait "$beat_pid"
}

rule() { lab_in R2 iptables-legacy "$@" || lab_fail "iptables $*"; }

v4=(src=10.1.1.1 dst=10.1.1.2)
v6=(src=fd00::1 dst=fd00::2)

cases_refused() {
  spi_case "ESP" 0xb761863e 4 "${v4[@]}" count=4
  spi_case "ESP over IPv6" 0x1002 3 "${v6[@]}" count=3
  spi_case "ESP over IPv6 after an extension header" 0x1003 2 "${v6[@]}" count=2 dstopts=1
  spi_case "AH" 0x1004 3 "${v4[@]}" proto=ah count=3
  spi_case "AH over IPv6" 0x1005 3 "${v6[@]}" proto=ah count=3
  spi_case "ESP in UDP" 0x1006 3 "${v4[@]}" proto=udp sport=4501 count=3
  spi_case "ESP in UDP over IPv6" 0x1007 3 "${v6[@]}" proto=udp count=3
  spi_case "SPI 0xFF000001" 0xff000001 2 "${v4[@]}" count=2
  spi_case "SPI 16" 0x10 2 "${v4[@]}" count=2
  spi_case "in two fragments" 0x1008 2 "${v4[@]}" frag=both count=2 len=400
  sa_at_r2 10.1.1.23 0x1009
  spi_case "SA of another destination" 0x1009 2 "${v4[@]}" count=2
  ip -n R2 xfrm state add src 10.1.1.1 dst 10.1.1.2 proto ah spi 0x100a mode tunnel \
    auth 'hmac(sha256)' 0x00112233445566778899aabbccddeeff || lab_fail "AH SA"
  spi_case "SA of another protocol" 0x100a 2 "${v4[@]}" count=2
}

cases_not_refused() {
  spi_case "first fragment alone" 0x2001 0 "${v4[@]}" frag=first count=2 len=400
  spi_case "transit, refused in another namespace" 0x2002 0 src=10.1.1.1 dst=10.1.2.3 count=2
  spi_case "somebody else's UDP socket" 0x2003 0 src=10.1.1.1 dst=10.1.1.22 proto=udp count=2
  rule -t raw -A PREROUTING -p esp -d 10.1.1.23 -j DROP
  spi_case "dropped before routing" 0x2004 0 src=10.1.1.1 dst=10.1.1.23 count=2
  ip -n R2 xfrm state allocspi src 10.1.1.1 dst 10.1.1.2 proto esp mode tunnel min 0x2005 \
    max 0x2005 >/dev/null || lab_fail "allocspi"
  spi_case "larval SA" 0x2005 0 "${v4[@]}" count=2
  sa_at_r2 10.1.1.2 0x2006
  spi_case "SA that is there (the packet fails later)" 0x2006 0 "${v4[@]}" count=2
}

cases_marks() {
  sa_at_r2 10.1.1.2 0x3001 mark 42 mask 0xffffffff
  sa_at_r2 10.1.1.2 0x3002 mark 43 mask 0xffffffff
  sa_at_r2 10.1.1.2 0x3003 mark 44 mask 0xffffffff
  lab_in R2 tc qdisc add dev eth0 clsact &&
    lab_in R2 tc filter add dev eth0 ingress matchall action skbedit mark 43 || lab_fail "tc"
  rule -t mangle -A PREROUTING -p esp -m esp --espspi 0x3001 -j MARK --set-mark 42
  spi_case "mark set by netfilter" 0x3001 0 "${v4[@]}" count=2
  spi_case "mark set by tc" 0x3002 0 "${v4[@]}" count=2
  spi_case "mark that the packet has not" 0x3003 2 "${v4[@]}" count=2
}

good_packets() {
  lab_in R1 ping -q -c 20 -i 0.01 -W 2 10.1.1.2 >/dev/null || lab_fail "ping"
}

# Real traffic both ways, one SPI with 0xFF in front: decrypted, and not reported.
good_traffic() {
  lab_esp_good R1 10.1.1.1 R2 10.1.1.2 0xff000101 0x4001
  good_packets
  lab_esp_decrypted R2 0xff000101 20
  lab_equal "reports of good packets" "$(reports_of 0xff000101)" 0
  lab_say "20 packets decrypted by SPI 0xFF000101: 0 reports"
}

# lab_esp_good A ADDR_A B ADDR_B SPI_AB SPI_BA
lab_esp_good() {
  local name
  for name in "$1" "$3"; do
    ip -n "$name" xfrm state add src "$2" dst "$4" proto esp spi "$5" reqid 9 mode tunnel \
      "${null_esp[@]}" &&
    ip -n "$name" xfrm state add src "$4" dst "$2" proto esp spi "$6" reqid 9 mode tunnel \
      "${null_esp[@]}" || lab_fail "SAs"
  done
  lab_esp_policies "$1" "$2" "$4"
  lab_esp_policies "$3" "$4" "$2"
}

lab_esp_policies() { # NAME LOCAL REMOTE
  ip -n "$1" xfrm policy add src "$2" dst "$3" proto icmp dir out \
    tmpl src "$2" dst "$3" proto esp reqid 9 mode tunnel &&
  ip -n "$1" xfrm policy add src "$3" dst "$2" proto icmp dir in \
    tmpl src "$3" dst "$2" proto esp reqid 9 mode tunnel || lab_fail "policies"
}

lab_esp_decrypted() { # NAME SPI PACKETS
  local got
  got=$(ip -n "$1" -s xfrm state get src 10.1.1.1 dst 10.1.1.2 proto esp spi "$2" |
    sed -n 's/.* \([0-9]*\)(packets).*/\1/p' | head -n 1)
  lab_equal "packets decrypted by SPI $2" "$got" "$3"
}

# spi_race exact|bounded TRIALS: an SA is installed while its first packet is on the way. No report without a
# refusal; where `$1` is exact, no refusal without a report.
spi_race() { # exact|bounded TRIALS
  local spi refused got wrong=0 counted=0 missed=0
  lab_in R1 tc qdisc add dev eth0 root netem delay 1ms || lab_fail "netem"
  lab_in R2 "$bin/spi_race" "/proc/$(<"$LAB_DIR/R1/pid")/ns/net" "$2" >/tmp/race || lab_fail "spi_race"
  lab_in R1 tc qdisc del dev eth0 root
  lab_sleep 0.3
  # SPI, refused by the kernel, reported
  awk 'NR == FNR { refused[$1] = $2; next }
    { for (i = 1; i <= NF; i++) if (sub(/^spi=/, "", $i) && $i in refused) got[$i]++ }
    END { for (s in refused) print s, refused[s], got[s] + 0 }' /tmp/race "$report" >/tmp/raced
  while read -r spi refused got; do
    counted=$((counted + refused))
    [ "$got" -le "$refused" ] || { wrong=$((wrong + 1)); echo "$spi: reported, not refused"; }
    [ "$got" -ge "$refused" ] || { missed=$((missed + 1)); [ "$1" = bounded ] || echo "$spi: missed"; }
  done </tmp/raced
  lab_equal "reported and not refused in $2 trials, $counted of them refused" "$wrong" 0
  [ "$1" = bounded ] || lab_equal "refused and not reported in $2 trials" "$missed" 0
  [ "$counted" -gt 0 ] && [ "$counted" -lt "$2" ] ||
    lab_fail "the trials were to fall on both sides: $counted of $2 refused"
  raced_wrong=$wrong raced_refused=$counted raced_reported=$((counted - missed))
  lab_say "$2 SAs installed while their first packet was on the way: $counted refused," \
    "$raced_reported of these reported, none that was not"
}
