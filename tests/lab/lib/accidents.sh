# Accidents that take SAs away, and how long traffic was out, from packet stamps (tests/lab/flow.c).
# R1 and R2 as lab_two_routers makes them.

# accident_traffic SECONDS [both]: numbered packets each 10 ms, R1 to R2, and the other way too.
accident_traffic() {
  : >"$LAB_OUT/R2-recv.log"
  lab_daemon R2 esp flow esp eth0 "$1"
  lab_daemon R1 esp flow esp eth0 "$1"
  lab_daemon R2 recv flow recv 192.168.2.1 9999 "$1"
  lab_daemon R1 send flow send 192.168.1.1 192.168.2.1 9999 10 "$1"
  lab_wait_for 20 grep -q . "$LAB_OUT/R2-recv.log" || lab_fail "no packet of R1 comes through"
  accident_both=${2:-}
  [ -n "$accident_both" ] || return 0
  lab_daemon R1 recv flow recv 192.168.1.1 9998 "$1"
  lab_daemon R2 send flow send 192.168.2.1 192.168.1.1 9998 10 "$1"
  lab_wait_for 20 grep -q . "$LAB_OUT/R1-recv.log" || lab_fail "no packet of R2 comes through"
}

accident_traffic_end() {
  pkill -x flow
  lab_wait_for 5 accident_no_traffic || lab_fail "the traffic does not end"
}
accident_no_traffic() { ! pgrep -x flow >/dev/null; }

accident_now_us() { local t=${EPOCHREALTIME/[.,]/}; printf '%s\n' "$t"; }

# accident_in_spi ROUTER: the SPI of the youngest ESP packet that came in there.
accident_in_spi() { tac "$LAB_OUT/$1-esp.log" | awk '$4 == "in" { print $1; exit }'; }

# accident_flows_again ROUTER SINCE_US: true once a packet was decrypted there after SINCE.
accident_flows_again() {
  local at
  read -r _ at < <(tail -n 1 "$LAB_OUT/$1-recv.log") && [ "$at" -gt "$2" ]
}

# accident_out_ms ROUTER SPI SINCE_US: ms from the first packet with SPI that came after SINCE to the
# first one decrypted after that; 0 when none with it came any more; -1: never again.
accident_out_ms() {
  awk -v spi="$2" -v since="$3" '
    FNR == NR { if (!bad && $1 == spi && $4 == "in" && $3 > since) bad = $3; next }
    bad && !good && $2 > bad { good = $2 }
    END { if (!bad) print 0; else if (!good) print -1; else printf "%d\n", (good - bad) / 1000 }' \
    "$LAB_OUT/$1-esp.log" "$LAB_OUT/$1-recv.log"
}

# accident_lost FROM_ROUTER TO_ROUTER SINCE_US UNTIL_US: packets sent between that were not decrypted.
accident_lost() {
  awk -v since="$3" -v until="$4" '
    FNR == NR { came[$1] = 1; next }
    $2 >= since && $2 < until && !($1 in came) { lost++ }
    END { print lost + 0 }' "$LAB_OUT/$2-recv.log" "$LAB_OUT/$1-send.log"
}

# accident_lost_ms FROM_ROUTER TO_ROUTER SINCE_US: ms from the first packet sent after SINCE that was
# lost to the first later one that was decrypted; 0 when none was lost, -1: none came any more.  (Not
# from SINCE: packets pass until the accident has happened. What was sent in the last 200 ms may be on
# its way.)
accident_lost_ms() {
  awk -v since="$3" -v until="$(($(accident_now_us) - 200000))" '
    FNR == NR { came[$1] = $2; next }
    $2 < since { next }
    !lost && $2 < until && !($1 in came) { lost = $2 }
    lost && !good && $1 in came { good = came[$1] }
    END { if (!lost) print 0; else if (!good) print -1; else printf "%d\n", (good - lost) / 1000 }' \
    "$LAB_OUT/$2-recv.log" "$LAB_OUT/$1-send.log"
}

# accident_clear_packets CAPTURE...: how many UDP packets of the protected flow left in clear. (Captures
# of what leaves: what comes in is seen again after it was decrypted.)
accident_clear_packets() {
  local capture
  for capture in "$@"; do lab_packets "$capture" 'udp and (port 9999 or port 9998)'; done | grep -c .
}

# The three accidents at R2; each sets accident_at_us and accident_spi.
accident_crash() {
  accident_spi=$(accident_in_spi R2)
  lab_spindled_kill R2
  ip -n R2 xfrm state flush
  lab_sleep 1
  lab_spindled R2 "$@"
  accident_at_us=$(accident_ready_us)
}

# When R2 said that it is ready: by its own message, which a busy guest does not delay as it does the
# process that waits for READY=1. Never later than that one.
accident_ready_us() {
  local stamp us
  stamp=$(sed -n 's/^[*.]*\(.*\): %SYS-5-RESTART.*/\1/p' "$LAB_OUT/R2-spindled.log" | tail -n 1)
  us=$(date -d "$stamp" +%s%6N 2>/dev/null) || us=$LAB_READY_US
  if [ "$us" -lt "$LAB_READY_US" ]; then echo "$us"; else echo "$LAB_READY_US"; fi
}

accident_inbound_deleted() {
  accident_spi=$(accident_in_spi R2)
  accident_at_us=$(accident_now_us)
  ip -n R2 xfrm state delete src 10.1.1.1 dst 10.1.1.2 proto esp spi "$accident_spi"
}

accident_flushed() {
  accident_spi=$(accident_in_spi R2)
  accident_spi_r1=$(accident_in_spi R1)
  accident_at_us=$(accident_now_us)
  ip -n R2 xfrm state flush
}
