# The guest's init when systemd is asked for (tests/lab/run --systemd).  Sourced by tests/lab/init.

# Leave a systemd that starts what a test needs and nothing of the host's own services.
prune_units() {
  local unit
  : >/etc/fstab
  rm -rf /etc/systemd/system/*.wants /etc/systemd/system/*.requires
  for unit in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket \
    systemd-udevd-kernel.socket systemd-networkd.service systemd-networkd.socket \
    systemd-resolved.service systemd-timesyncd.service systemd-random-seed.service \
    systemd-journal-flush.service systemd-update-utmp.service systemd-hwdb-update.service \
    systemd-firstboot.service systemd-sysusers.service systemd-machine-id-commit.service \
    systemd-pstore.service systemd-binfmt.service systemd-boot-system-token.service \
    systemd-ask-password-console.path systemd-ask-password-wall.path e2scrub_reap.service \
    proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount \
    sys-fs-fuse-connections.mount systemd-modules-load.service getty.target \
    systemd-tmpfiles-setup.service systemd-tmpfiles-setup-dev.service systemd-sysctl.service \
    systemd-remount-fs.service systemd-update-done.service systemd-journal-catalog-update.service \
    kmod-static-nodes.service ldconfig.service sys-kernel-debug.mount \
    sys-kernel-tracing.mount sys-kernel-config.mount; do
    ln -sfn /dev/null "/etc/systemd/system/$unit"
  done
  # Programs that would make units of what the host has; each is started at boot and at daemon-reload.
  mkdir -p /etc/systemd/system-generators
  for unit in /lib/systemd/system-generators/*; do
    ln -sfn /dev/null "/etc/systemd/system-generators/${unit##*/}"
  done
}

# Nor may it write between the script's lines, or to a disk. (An option of its own does not outlive a
# daemon-reload.)
write_lab_units() {
  mkdir -p /etc/systemd/system.conf.d /etc/systemd/journald.conf.d
  printf '[Manager]\nShowStatus=no\n' >/etc/systemd/system.conf.d/lab.conf
  printf '[Journal]\nStorage=volatile\nForwardToSyslog=no\nForwardToWall=no\n' >/etc/systemd/journald.conf.d/lab.conf
  cat >/etc/systemd/system/lab.target <<UNIT
[Unit]
Requires=basic.target lab.service
After=basic.target
AllowIsolate=yes
UNIT
  cat >/etc/systemd/system/lab.service <<UNIT
[Unit]
After=basic.target
[Service]
Type=oneshot
StandardOutput=tty
StandardError=tty
TTYPath=/dev/console
TimeoutStartSec=infinity
IgnoreSIGPIPE=no
ExecStart=/bin/bash "$SPINDLE_SRC/tests/lab/main" "$work"
ExecStopPost=/bin/busybox poweroff -f
UNIT
}

exec_systemd() {
  [ -x /lib/systemd/systemd ] || give_up "systemd is not on this system"
  [ -s /etc/machine-id ] || echo 0123456789abcdef0123456789abcdef >/etc/machine-id
  prune_units
  write_lab_units
  exec /lib/systemd/systemd --unit=lab.target --show-status=false --log-target=null
}
