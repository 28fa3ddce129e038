"""Runs the sessions of a page and compares what the page says with what comes.

guide.py PAGE STEPS: PAGE is a Markdown file, STEPS a program for what a reader does not type.
Fenced blocks whose word is one of these are run, from the top of the page to its end:

    ```router R1     the command line on that router, at a terminal; one session, all blocks through
    ```console R1    a shell there; likewise
    ```file PATH     nothing runs: the block is that file of the source tree

A line that begins with a prompt is typed; what follows up to the next prompt is the answer, in which
"…" stands for anything in a line, and alone for any lines. A line that ends with "?" is typed without
Enter. What stands in ⟨ ⟩ behind "Password:" is typed too. <!-- lab: WORDS --> runs STEPS WORDS.
With GUIDE_RECORD set, nothing is compared, and the page is printed with the answers that came.
"""
import difflib
import os
import re
import subprocess
import sys
import tempfile

import pexpect

LIMIT_S = int(os.environ.get("GUIDE_LIMIT", "30"))
RECORD = bool(os.environ.get("GUIDE_RECORD"))
PROMPT = re.compile(r"^((?:\$ |[A-Za-z][\w-]*(?:\([a-z0-9-]+\))?[>#]|(?:Username|Password): ?|[A-Z][^?]*\[[\w-]+\]\? ))(.*)$")
SECRET = re.compile(r"^⟨(.*)⟩$")


class Wrong(Exception):
    """The page says one thing, and another came."""


class Terminal:
    """A program at a pty: a shell, or the router's command line."""

    def __init__(self, steps, kind, name):
        self.spawned = pexpect.spawn(steps, [kind, name], dimensions=(400, 200), timeout=LIMIT_S,
                                     encoding="utf-8", codec_errors="replace")
        self.spawned.delaybeforesend = None
        self.prompt = ""
        self.typed = ""  # what stands behind the prompt already, after help

    def wait_for(self, prompt):
        """All that comes up to the prompt, which is the last that has come."""
        if self.prompt == prompt:
            return ""
        try:
            self.spawned.expect(r"(?:^|[\r\n])" + re.escape(prompt) + r"\Z")
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise Wrong(f"no prompt {prompt!r} after {self.spawned.before!r}") from None
        self.prompt = prompt
        return self.spawned.before

    def say(self, text):
        """Types a line. Its echo is what comes first."""
        asks = text.endswith("?") and not self.prompt.startswith("$")
        self.prompt = ""
        if SECRET.match(text):
            self.spawned.send(SECRET.match(text).group(1) + "\r")
        elif asks:
            self.spawned.send(text[len(self.typed):])
            self.typed = text[:-1]
        else:
            self.spawned.send(text[len(self.typed):] + "\r")
            self.typed = ""

    def answer(self, next_prompt, typed):
        """The lines of the answer to what was typed."""
        came = self.wait_for(next_prompt + self.typed)
        lines = came.replace("\r\n", "\n").replace("\r", "").split("\n")
        if not SECRET.match(typed):
            lines = lines[1:]  # its echo
        return [plain(line) for line in lines]

    def close(self):
        """Ends it, whatever it is doing."""
        self.spawned.close(force=True)


def plain(line):
    """Without the blanks that nobody sees."""
    return line.expandtabs(8).rstrip()


def matches(wanted, came):
    """Whether lines are those of the page, "…" being anything."""
    pattern = ""
    for line in wanted:
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in plain(line).split("…")) + r"\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in came)) is not None


def trimmed(lines):
    """Without empty lines at both ends."""
    while lines and not lines[0]:
        lines = lines[1:]
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def blocks(page):
    """(line number, kind, name, lines) of each block that is run, and of each step."""
    inside = None
    for number, line in enumerate(page, 1):
        fence = re.match(r"^```(router|console|file) (\S+)$", line)
        step = re.match(r"^<!-- lab: (.*) -->$", line)
        if inside is None and fence:
            inside = (number, fence.group(1), fence.group(2), [])
        elif inside is not None and line == "```":
            yield inside
            inside = None
        elif inside is not None:
            inside[3].append(line)
        elif step:
            yield (number, "lab", step.group(1), [])


def turns(lines):
    """(prompt, what is typed, the answer) of a block; the last prompt may have nothing behind it."""
    found = []
    for line in lines:
        prompt = PROMPT.match("$ " if line == "$" else line)
        if prompt:
            found.append((prompt.group(1), prompt.group(2), []))
        elif found:
            found[-1][2].append(line)
        else:
            raise Wrong(f"the block does not begin with a prompt: {line!r}")
    return found


class Guide:
    """The sessions of a page."""

    def __init__(self, steps, root):
        self.steps, self.root = steps, root
        self.terminals = {}
        self.answers = 0

    def terminal(self, kind, name):
        """The one session of that kind there."""
        key = (kind, name)
        if key not in self.terminals:
            self.terminals[key] = Terminal(self.steps, kind, name)
        return self.terminals[key]

    def run_turns(self, kind, name, lines):
        """Types a block; what came, in the form of the block."""
        terminal = self.terminal(kind, name)
        found = turns(lines)
        told = []
        for i, (prompt, typed, wanted) in enumerate(found):
            terminal.wait_for(prompt + terminal.typed)
            told.append(prompt + typed)
            if i + 1 == len(found) and not typed:
                break
            if RECORD:
                print(f"{name} {prompt}{typed}", file=sys.stderr, flush=True)
            terminal.say(typed)
            # The next line that is typed has its prompt; behind the last one it is this one again.
            following = found[i + 1][0] if i + 1 < len(found) else prompt
            came = terminal.answer(following, typed)
            told += trimmed(came)
            if not RECORD and not matches(trimmed(wanted), trimmed(came)):
                raise Wrong(differing(prompt + typed, trimmed(wanted), trimmed(came)))
            self.answers += 1
        return told

    def run(self, kind, name, lines):
        """A block or a step; what came instead of the block's lines."""
        if kind == "lab":
            # To a file: what a step leaves running would hold a pipe open.
            with tempfile.TemporaryFile("w+") as said:
                done = subprocess.run([self.steps, *name.split()], check=False, stdout=said,
                                      stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
                said.seek(0)
                if done.returncode:
                    raise Wrong(f"the step {name!r} failed: {said.read()}")
            return lines
        if kind == "file":
            with open(os.path.join(self.root, name), encoding="utf-8") as f:
                told = f.read().splitlines()
            if not RECORD and told != lines:
                raise Wrong(differing(name, lines, told))
            return told
        return self.run_turns(kind, name, lines)


def differing(what, wanted, came):
    """The difference, as people read it."""
    return "\n".join([f"{what}:", *difflib.unified_diff(wanted, came, "the page", "what came", lineterm="")])


def main():
    """Runs the page, or prints it anew."""
    path, steps = sys.argv[1:]
    with open(path, encoding="utf-8") as f:
        page = f.read().splitlines()
    guide = Guide(steps, os.environ["SPINDLE_SRC"])
    anew, at = [], 0
    for number, kind, name, lines in blocks(page):
        try:
            told = guide.run(kind, name, lines)
        except Wrong as wrong:
            sys.exit(f"{path}:{number}: {wrong}")
        anew += page[at:number] + told
        at = number + len(lines)
    for terminal in guide.terminals.values():
        terminal.close()
    if RECORD:
        print("\n".join(anew + page[at:]))
    elif not guide.answers:
        sys.exit(f"{path}: no session in it")
    else:
        print(f"{guide.answers} answers are as the page has them")


main()
