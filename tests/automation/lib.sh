# A router that is reached over the network, and a station (NMS) from which tools of Debian drive it as
# they would drive any other: the router's own sshd and telnet, users and passwords. Sourced by the tests
# here, which run in the lab's native kind: namespaces on the running kernel, which need no ESP, since
# nothing here sends traffic.
. "$SPINDLE_SRC/tests/lab/lib.sh"
. "$SPINDLE_SRC/tests/lab/lib/spindle.sh"

# R1 (10.9.0.1) and the station (10.9.0.2). bob comes in with privilege 1 and enables with a secret.
automation_router=10.9.0.1
automation_user=bob
automation_password='Tr0ub4dor-3'
automation_enable='c0rrect-horse'

# automation_set_up: R1 runs, is configured, and has let bob's tools in by SSH and telnet.
automation_set_up() {
  lab_netns R1 NMS
  lab_link R1 $automation_router/24 NMS 10.9.0.2/24
  export PATH=$PATH:/usr/lib/rancid/bin
  lab_user spindle-telnet
  lab_spindled R1
  automation_configure
  automation_sshd
  automation_telnetd
}

# What people keep on a router, and of each sub-mode something.
automation_configure() {
  lab_spindle R1 'configure terminal' 'hostname R1' \
    "username $automation_user privilege 1 secret $automation_password" \
    "enable secret $automation_enable" \
    'banner motd #Authorized use only.#' \
    'crypto ikev2 proposal P1' 'encryption aes-gcm-256' 'prf sha512' 'group 19 31' exit \
    'crypto ikev2 policy POL' 'proposal P1' exit \
    'crypto ikev2 keyring KEYS' 'peer R2' 'address 10.1.1.2' 'pre-shared-key first-light!' exit exit \
    'crypto ikev2 profile TO-R2' 'match identity remote address 10.1.1.2 255.255.255.255' \
    'authentication local pre-share' 'authentication remote pre-share' 'keyring local KEYS' exit \
    'crypto ipsec transform-set STRONG esp-gcm 256' exit \
    'crypto ipsec transform-set OLD esp-aes 128 esp-sha256-hmac' exit \
    'ip access-list extended TRAFFIC' 'remark the two nets' \
    'permit ip 192.168.1.0 0.0.0.255 192.168.2.0 0.0.0.255' exit \
    'access-list 101 permit tcp host 10.1.1.9 host 10.1.1.2 eq 22' \
    'access-list 101 permit udp host 10.1.1.1 host 10.1.1.2 eq 500' \
    'crypto map VPN 10 ipsec-isakmp' 'description to the other site' 'set peer 10.1.1.2' \
    'set transform-set STRONG OLD' 'set ikev2-profile TO-R2' 'match address TRAFFIC' exit \
    'crypto isakmp invalid-spi-recovery' \
    'line vty 0 4' 'exec-timeout 30 0' 'transport input ssh telnet' exit \
    'interface eth0' 'description uplink' 'crypto map VPN' end 'write memory' >/dev/null ||
    lab_fail "R1 cannot be configured"
}

# R1's sshd, with contrib/ssh as people are told to use it: bob is of the group that it speaks of.
automation_sshd() {
  local program
  program=$(sed -n 's/^[[:space:]]*ForceCommand \([^ ]*\).*/\1/p' "$SPINDLE_BUILD/contrib/ssh/spindle.conf")
  mkdir -p "${program%/*}" /etc/ssh/sshd_config.d
  ln -sf "$SPINDLE_BUILD/spindle" "$program"
  cp "$SPINDLE_BUILD/contrib/ssh/spindle.conf" /etc/ssh/sshd_config.d/
  lab_user sshd
  groupadd spindle-users
  useradd --no-create-home --shell "$program" --groups spindle-users $automation_user
  echo "$automation_user:$automation_password" | chpasswd
  ssh-keygen -A >/dev/null
  # PAM needs files of the machine's own setting up.
  printf 'UsePAM no\nPasswordAuthentication yes\n' >/etc/ssh/sshd_config.d/test.conf
  lab_in R1 mkdir -p /run/sshd
  lab_daemon R1 sshd /usr/sbin/sshd -D -e
  lab_wait_for 10 lab_in NMS bash -c "exec 3<>/dev/tcp/$automation_router/22" || lab_fail "sshd does not listen"
}

# R1's telnet, which people have to switch on.
automation_telnetd() {
  lab_daemon R1 telnetd /usr/bin/python3 "$SPINDLE_SRC/tests/automation/serve_telnet.py" \
    "$(command -v spindle)" $automation_router
  lab_wait_for 10 lab_in NMS bash -c "exec 3<>/dev/tcp/$automation_router/23" || lab_fail "telnetd does not listen"
}

# automation_startup_has TEXT: the startup file has it, which only a save brings about.
automation_startup_has() { grep -q -- "$1" "$LAB_DIR/R1/config/startup.json"; }
