"""A machine of the test's own to come in by: spindled, people, OpenSSH's server, in namespaces.

A script begins with enter(): it is started again in mount, network and process namespaces of its own,
where /etc/passwd, group and shadow are a copy with people of the test's, /run is empty, and nothing that
listens is seen from outside. It takes root. What it started goes when the script ends.

    with House() as house:
        house.configure("username bob privilege 5")
        house.ssh("bob", "show version").stdout

Everything has its usual place: spindled's socket in /run/spindle, sshd on port 22 of every address of
the machine: 127.0.0.1 and ADDRESSES. SPINDLE_BUILD is the build folder (the current one, if not set).
"""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import pexpect

BUILD = pathlib.Path(os.environ.get("SPINDLE_BUILD", os.getcwd())).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[3]
HOUSE = pathlib.Path("/run/house")
SPINDLE = HOUSE / "bin/spindle"
ADDRESSES = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"]
PASSWORD = "open sesame 7"  # of the system's people, for sshd
LIMIT_S = 10
SKIP = 77

# Name, uid, login shell, groups beside the own one. The program's own shell is SPINDLE.
PEOPLE = [
    ("ann", 64101, "/bin/bash", ["spindle-admin", "spindle-users"]),
    ("bob", 64102, "/bin/bash", ["spindle-users"]),
    ("cat", 64103, str(SPINDLE), ["spindle-users"]),
    ("dan", 64104, str(SPINDLE), []),
    ("eve", 64105, "/bin/bash", []),
]
SERVICES = [("spindle", 64001), ("spindle-ike", 64002), ("spindle-telnet", 64003), ("sshd", 64004)]
GROUPS = [("spindle-admin", 64201), ("spindle-users", 64202)]


def enter():
    """Starts this script again inside; returns there."""
    if "SPINDLE_HOUSE" in os.environ:
        return
    if os.geteuid() != 0:
        print("SKIP  people and namespaces of the test's own take root")
        sys.exit(SKIP)
    inside = "SPINDLE_HOUSE=inside \"$@\"; exit $?"  # a shell stays: the first process takes orphans
    words = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child",
             "sh", "-c", inside, "house", sys.executable, *sys.argv]
    os.execvp(words[0], words)


def run(*words, **options):
    """A program that has to end well, within the time limit."""
    options = {"check": True, "text": True, "timeout": LIMIT_S, "stdin": subprocess.DEVNULL} | options
    return subprocess.run([str(w) for w in words], **options)


def output(*words, **options):
    return run(*words, stdout=subprocess.PIPE, **options).stdout


def wait_until(is_so, what):
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if is_so():
            return
        time.sleep(0.02)
    raise AssertionError(f"not within {LIMIT_S} s: {what}")


def listens(port, address="127.0.0.1"):
    with socket.socket() as s:
        return s.connect_ex((address, port)) == 0


class House:
    def __init__(self):
        self.processes = {}

    def __enter__(self):
        run("mount", "--make-rprivate", "/")
        run("mount", "-t", "tmpfs", "-o", "mode=755", "none", "/run")
        for name in ("bin", "etc", "home", "keys", "yang", "log"):
            (HOUSE / name).mkdir(parents=True)
        self.network()
        self.people()
        self.programs()
        self.start_router()
        self.start_sshd()
        self.start_telnetd("--allow-remote")
        return self

    def __exit__(self, *_):
        for name in list(self.processes):
            self.stop(name)

    def network(self):
        run("ip", "link", "set", "lo", "up")
        for address in ADDRESSES:
            nodad = ["nodad"] if ":" in address else []
            run("ip", "address", "add", address, "dev", "lo", *nodad)

    # People

    def people(self):
        """Names that this machine has already stay as they are."""
        own = [n for n, *_ in PEOPLE + SERVICES + GROUPS]
        files = {}
        for name in ("passwd", "group", "shadow"):
            lines = pathlib.Path("/etc", name).read_text(encoding="utf-8").splitlines()
            files[name] = [line for line in lines if line.split(":")[0] not in own]
        hashed = output("openssl", "passwd", "-6", PASSWORD).strip()
        for name, uid in SERVICES:
            files["passwd"].append(f"{name}:x:{uid}:{uid}::/nonexistent:/usr/sbin/nologin")
            files["group"].append(f"{name}:x:{uid}:")
        for name, uid, shell, _ in PEOPLE:
            home = HOUSE / "home" / name
            home.mkdir()
            os.chown(home, uid, uid)
            files["passwd"].append(f"{name}:x:{uid}:{uid}::{home}:{shell}")
            files["group"].append(f"{name}:x:{uid}:")
            files["shadow"].append(f"{name}:{hashed}:19000:0:99999:7:::")
        for group, gid in GROUPS:
            members = ",".join(n for n, _, _, groups in PEOPLE if group in groups)
            files["group"].append(f"{group}:x:{gid}:{members}")
        for name, lines in files.items():
            self.replace(name, lines, 0o640 if name == "shadow" else 0o644)

    def replace(self, name, lines, mode):
        path = HOUSE / "etc" / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(mode)
        run("mount", "--bind", path, f"/etc/{name}")

    # Programs

    def programs(self):
        """Copies that everybody may run, wherever the build folder is."""
        for program in ("spindle", "spindled"):
            shutil.copy(BUILD / program, HOUSE / "bin" / program)
        for module in (SOURCE / "yang").glob("*.yang"):
            shutil.copy(module, HOUSE / "yang")
        os.environ["PATH"] = f"{HOUSE}/bin:/usr/sbin:/sbin:{os.environ['PATH']}"

    def start(self, name, words, **options):
        with open(HOUSE / "log" / name, "ab") as log:
            self.processes[name] = subprocess.Popen([str(w) for w in words], stdout=log, stderr=log,
                                                    stdin=subprocess.DEVNULL, **options)

    def stop(self, name):
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log(self, name):
        return (HOUSE / "log" / name).read_text(encoding="utf-8", errors="replace")

    def start_router(self):
        for folder in ("config", "state"):
            (HOUSE / folder).mkdir(exist_ok=True)
            shutil.chown(HOUSE / folder, "spindle", "spindle")
        pathlib.Path("/run/spindle").mkdir(exist_ok=True)
        self.start("spindled", [HOUSE / "bin/spindled", "--foreground", "--yang-dir", HOUSE / "yang",
                                "--config-dir", HOUSE / "config", "--state-dir", HOUSE / "state",
                                "--run-dir", "/run/spindle"])
        wait_until(lambda: "restarted -- ready" in self.log("spindled"), "spindled is ready")

    def spindle(self, *commands, **options):
        """Commands by root, without a terminal: its CompletedProcess."""
        words = [w for c in commands for w in ("-c", c)]
        return run(SPINDLE, "--run-dir", "/run/spindle", *words, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT, **options)

    def configure(self, *lines):
        return self.spindle("configure terminal", *lines, "end").stdout

    # SSH

    def start_sshd(self):
        pathlib.Path("/run/sshd").mkdir(mode=0o755)
        drop_in = (BUILD / "contrib/ssh/spindle.conf").read_text(encoding="utf-8")
        lines = [line.split()[1] for line in drop_in.splitlines() if "ForceCommand" in line]
        drop_in = drop_in.replace(lines[0], str(SPINDLE))
        (HOUSE / "etc/drop-in.conf").write_text(drop_in, encoding="ascii")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", HOUSE / "keys/host")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", HOUSE / "keys/authority")
        for name, *_ in PEOPLE:
            key = HOUSE / "keys" / name
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
            (HOUSE / "etc" / f"{name}.keys").write_text(key.with_suffix(".pub").read_text("ascii"),
                                                        encoding="ascii")
        # As Debian's own file is: what is included comes first, much is allowed behind it.
        (HOUSE / "etc/sshd_config").write_text(
            f"Include {HOUSE}/etc/drop-in.conf\n"
            f"HostKey {HOUSE}/keys/host\n"
            f"AuthorizedKeysFile {HOUSE}/etc/%u.keys\n"
            f"TrustedUserCAKeys {HOUSE}/keys/authority.pub\n"
            "UsePAM no\nPasswordAuthentication yes\nPermitRootLogin no\nPidFile none\n"
            "X11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\nPerSourceMaxStartups none\n"
            "MaxStartups 100\nUseDNS no\nSubsystem sftp /usr/lib/openssh/sftp-server\n",
            encoding="ascii")
        self.start("sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", HOUSE / "etc/sshd_config"])
        wait_until(lambda: listens(22), "sshd listens")

    # Telnet

    def start_telnetd(self, *options, address="::", port=23, name="telnetd"):
        """As systemd starts it: the socket is descriptor 3; on every address, which takes the word."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(1024)
        inside = f'exec 3<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        self.start(name, ["bash", "-c", inside, "telnetd", SPINDLE, "--telnetd", "--run-dir",
                          "/run/spindle", *options], pass_fds=[listener.fileno()])
        listener.close()

    def telnet(self, *, address="127.0.0.1", bind=None, port=23, rows=24, columns=80):
        words = ["telnet", *(["-b", bind] if bind else []), address, str(port)]
        return terminal(words, rows, columns)

    def ssh_words(self, user, *rest, address="127.0.0.1", options=()):
        """A client that proves itself by its key."""
        return [str(w) for w in (
            "ssh", "-F", "none", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
            "-i", HOUSE / "keys" / user, *options, f"{user}@{address}", *rest)]

    def ssh(self, user, *rest, **how):
        """One that ends by itself; its status is the caller's to judge."""
        words = self.ssh_words(user, *rest, **how)
        return run(*words, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ssh_terminal(self, user, *rest, rows=24, columns=80, **how):
        words = self.ssh_words(user, *rest, **how)
        return terminal(words, rows, columns)


def terminal(words, rows=24, columns=80):
    """A program at a terminal of its own, by pexpect."""
    spawned = pexpect.spawn(words[0], words[1:], dimensions=(rows, columns), timeout=LIMIT_S,
                            encoding="utf-8", codec_errors="replace", echo=False)
    spawned.delaybeforesend = None
    return spawned
