#!/bin/bash
# lab: kernel=uml time=90 group=uml
# The main job before your eyes: two routers fall out of step; Spindle sees it, says it, and puts
# them back in step. With --shell both routers stay up for you.
#
# What begins with "## " is narration; everything else is real output.
. "$SPINDLE_SRC/tests/lab/lib.sh"

begin_ms=$(lab_now_ms)
tell() { printf '\n## [%2d s] %s\n' $((($(lab_now_ms) - begin_ms) / 1000)) "$*"; }
show() { # ROUTER COMMAND
  printf '%s#%s\n' "$1" "$2"
  lab_spindle "$1" "$2"
}

tell "Two routers, R1 (10.1.1.1) and R2 (10.1.1.2), each a real spindled in a network namespace."
lab_two_routers
lab_spindled R1
lab_spindled R2
lab_crypto_map R1 10.1.1.2 192.168.1.0 192.168.2.0
lab_crypto_map R2 10.1.1.1 192.168.2.0 192.168.1.0
lab_spindle R2 'configure terminal' 'hostname R2' 'crypto isakmp invalid-spi-recovery' end 'write memory' >/dev/null
lab_spindle R1 'configure terminal' 'hostname R1' end 'write memory' >/dev/null
tell "Both have a static crypto map; R2 also has 'crypto isakmp invalid-spi-recovery'."
show R2 'show running-config | include crypto'

if [ "${1:-}" = --shell ]; then
  tell "Both routers are up. The first two lines open one each; its exit comes back here."
  for r in R1 R2; do
    printf '%s: nsenter --target %s --net --mount -- spindle --run-dir /run/spindle\n' "$r" "$(cat "$LAB_DIR/$r/pid")"
    printf '    run folder %s, messages %s\n' "$(lab_run_of $r)/spindle" "$LAB_OUT/$r-spindled.log"
  done
  cat <<END
Traffic, which makes the tunnel:
    nsenter --target $(cat "$LAB_DIR/R1/pid") --net --mount -- ping -c 5 -I 192.168.1.1 192.168.2.1
Lose R2's SAs, then ping again and see "show logging" of R2:
    nsenter --target $(cat "$LAB_DIR/R2/pid") --net --mount -- ip xfrm state flush
exit at the prompt below ends both routers.
END
  bash -i
  printf '\nBoth routers are switched off, and the lab is gone with them.\n'
  exit 0
fi

tell "R1 sends a numbered packet each 10 ms to R2's net, and nothing comes back the other way."
lab_daemon R2 esp flow esp eth0 60
lab_daemon R2 recv flow recv 192.168.2.1 9999 60
lab_daemon R1 send flow send 192.168.1.1 192.168.2.1 9999 10 40
lab_wait_for 20 grep -q . "$LAB_OUT/R2-recv.log" || lab_fail "no packet comes through"
lab_sleep 2
show R1 'show crypto session'
printf 'R2 has decrypted %s packets.\n' "$(grep -c . "$LAB_OUT/R2-recv.log")"

tell "R2 crashes: all its processes are killed and its SAs are flushed. R1 knows nothing of it."
lab_spindled_kill R2
kill_us=$(($(lab_now_ms) * 1000))
ip -n R2 xfrm state flush
lab_sleep 1

tell "R2 comes back. It initiates nothing by itself; R1's packets hit an SPI that R2 does not have."
lab_spindled R2
ready_us=$LAB_READY_US
recovered() {
  awk -v t="$ready_us" '$2 > t { found = 1 } END { exit !found }' "$LAB_OUT/R2-recv.log"
}
lab_wait_for 20 recovered || { cat "$LAB_OUT/R2-spindled.log"; lab_fail "no traffic after 20 s"; }
lab_sleep 1

tell "What R2 said:"
sed -n '/%CRYPTO-[345]-/p' "$LAB_OUT/R2-spindled.log"

tell "What R2 knows of it:"
show R2 'show crypto invalid-spi detail'
show R2 'show crypto isakmp invalid-spi-recovery'
show R2 'show crypto session'
lab_kill R1 send
lab_sleep 1

# From packet stamps: the first packet with the dead SPI that arrives after READY, and the first
# packet decrypted after it.
bad_spi=$(awk '$4 == "in" { print $1; exit }' "$LAB_OUT/R2-esp.log")
first_us=$(awk -v s="$bad_spi" -v t="$ready_us" '$1 == s && $4 == "in" && $3 > t { print $3; exit }' "$LAB_OUT/R2-esp.log")
first_us=${first_us:-$ready_us}
good=$(awk -v t="$ready_us" '$2 > t { print; exit }' "$LAB_OUT/R2-recv.log")
good_n=${good% *}
good_us=${good#* }
# Numbered packets of R1, sent from the kill to the first decrypted one, that R2 did not decrypt; and
# how many of them had been sent before R2 was back.
read -r lost before < <(awk -v from="$kill_us" -v to="$good_n" -v ready="$ready_us" '
  FNR == NR { came[$1] = 1; next }
  $2 >= from && $1 < to && !($1 in came) { lost++; before += $2 < ready }
  END { print lost + 0, before + 0 }' "$LAB_OUT/R2-recv.log" "$LAB_OUT/R1-send.log")
echo
printf 'RECOVERED in %d ms, %d packets lost (%d of them before R2 was back)\n' \
  $(((good_us - first_us) / 1000)) "$lost" "$before"
