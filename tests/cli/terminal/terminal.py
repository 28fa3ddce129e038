"""spindle at a real terminal (a pty by pexpect, or tmux), against a control socket that is real.

SPINDLE_BUILD is the build folder (the current one, if it is not set). A test is a function whose name
begins with test_; run(globals()) at the end of a script runs them all and sets the exit status.
"""
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import traceback

import pexpect

BUILD = os.environ.get("SPINDLE_BUILD", os.getcwd())
MORE = " --More-- "
ERASED = "\b" * 10 + " " * 10 + "\b" * 10
LIMIT_S = 10


class Daemon:
    """tests/cli/terminal_daemon: a configuration, lists of IPsec SAs, a log."""

    def __init__(self):
        self.process = subprocess.Popen([f"{BUILD}/tests/cli/terminal_daemon"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.run_dir = self.process.stdout.readline().strip()

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        equal(self.process.stdout.readline(), "ok\n")

    def memory_kb(self):
        return resident_kb(self.process.pid)

    def close(self):
        self.process.stdin.close()
        self.process.wait(LIMIT_S)


def resident_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


class Terminal:
    """A person: types, and sees what comes."""

    def __init__(self, daemon, rows=24, columns=80, prompt="Spindle#", arguments=()):
        self.spawned = pexpect.spawn(f"{BUILD}/spindle", ["--run-dir", daemon.run_dir, *arguments],
                                     dimensions=(rows, columns), timeout=LIMIT_S,
                                     encoding="utf-8", codec_errors="replace", echo=False)
        self.spawned.delaybeforesend = None
        self.transcript = ""
        if prompt:
            self.see(prompt)

    def type(self, keys):
        self.spawned.send(keys)

    def see(self, text):
        """What came up to and with this text, at the end of it."""
        try:
            self.spawned.expect_exact(text)
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise AssertionError(f"no {text!r} in {self.spawned.before!r}") from None
        seen = self.spawned.before + self.spawned.after
        self.transcript += seen
        return seen

    def ask(self, keys, prompt):
        self.type(keys)
        return self.see(prompt)

    def command(self, line, prompt="Spindle#"):
        """The output of a command, without its echo and the prompt."""
        seen = self.ask(line + "\r", "\r\n") and self.see(prompt)
        return seen[:-len(prompt)]

    def quiet(self, seconds=0.15):
        """Nothing comes for a while; returns what came before."""
        seen = ""
        while True:
            try:
                seen += self.spawned.read_nonblocking(65536, seconds)
            except pexpect.TIMEOUT:
                return seen

    def ended(self, status=None):
        self.spawned.expect(pexpect.EOF)
        self.spawned.close()
        if status is not None:
            equal(self.spawned.exitstatus, status)
        return self.spawned.before

    def close(self):
        self.spawned.close(force=True)


class Screen:
    """A real terminal emulator: what stands on the screen after all."""

    def __init__(self, daemon, rows=24, columns=80, prompt="Spindle#"):
        self.name = f"spindle-test-{os.getpid()}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  f"{BUILD}/spindle", "--run-dir", daemon.run_dir)
        self.wait(lambda rows: rows[0] == prompt)

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-L", self.name, *arguments], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=LIMIT_S).stdout

    def type(self, *keys):
        self.tmux("send-keys", *keys)

    def rows(self):
        return [row.rstrip() for row in self.tmux("capture-pane", "-p").split("\n")]

    def cursor(self):
        x, y = self.tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(x), int(y)

    def wait(self, is_right):
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            rows = self.rows()
            if is_right(rows):
                return rows
            time.sleep(0.02)
        raise AssertionError("the screen shows\n" + "\n".join(self.rows()))

    def close(self):
        subprocess.run(["tmux", "-L", self.name, "kill-server"], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def at_terminal(**options):
    daemon = Daemon()
    terminal = Terminal(daemon, **options)
    try:
        yield terminal, daemon
    finally:
        terminal.close()
        daemon.close()


@contextlib.contextmanager
def on_screen(**options):
    daemon = Daemon()
    screen = None
    try:
        screen = Screen(daemon, **options)
        yield screen, daemon
    finally:
        if screen:
            screen.close()
        daemon.close()


def equal(have, want):
    if have != want:
        raise AssertionError(f"\n have {have!r}\n want {want!r}")


def holds(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text!r}")


def lacks(text, part):
    if part in text:
        raise AssertionError(f"{part!r} is in {text!r}")


def run(names):
    failed = 0
    signal.alarm(120)
    for name, test in list(names.items()):
        if not name.startswith("test_") or not callable(test):
            continue
        start = time.monotonic()
        try:
            test()
            print(f"ok    {name} ({time.monotonic() - start:.1f} s)")
        except Exception:  # each failure is shown, and the next test still runs
            failed += 1
            print(f"FAIL  {name}")
            traceback.print_exc(file=sys.stdout)
    sys.exit(1 if failed else 0)
