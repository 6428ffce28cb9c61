"""What a proof has reached: of which sources it is, which parts have passed,
and what an earlier one that was killed has left running."""

import fcntl
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PAGE = os.path.join(TOP, "tests", "PROOF.md")
MARK = "PROOF_RUN"      # in the environment of all that a proof starts


def git(*words):
    done = subprocess.run(["git", "-C", TOP, *words], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return done.stdout.rstrip("\n") if done.returncode == 0 else None


def digest():
    """Of the sources where there is no git: those of a release."""
    total = hashlib.sha256()
    for where, folders, names in os.walk(TOP):
        folders[:] = sorted(set(folders) - {"build", "__pycache__"})
        for name in sorted(names):
            path = os.path.join(where, name)
            if path != PAGE and os.path.isfile(path):
                with open(path, "rb") as f:
                    total.update(os.path.relpath(path, TOP).encode() +
                                 hashlib.sha256(f.read()).digest())
    return "sources " + total.hexdigest()[:12]


def sources():
    """The name of what is being proved.  Files that no commit has are no such
    thing; the page itself is what we write."""
    if git("rev-parse", "--show-toplevel") != os.path.realpath(TOP):
        return digest()
    changed = git("status", "--porcelain", "--", ".", ":!tests/PROOF.md")
    if changed is None:
        sys.exit("proof: git can't tell which files differ")
    if changed:
        sys.exit("proof: these files are in no commit, and figures must be of "
                 "one:\n" + changed)
    return "commit " + git("rev-parse", "--short=12", "HEAD")


class State:
    """The directory that a proof keeps what it knows in."""

    def __init__(self, short):
        self.top = os.path.join(TOP, "build",
                                "proof-short" if short else "proof")
        self.page = os.path.join(self.top, "PROOF.md") if short else PAGE
        self.token = secrets.token_hex(8)
        os.makedirs(self.top, exist_ok=True)
        self.lock = None

    def path(self, name):
        return os.path.join(self.top, name)

    def begin(self):
        """One proof at a time; one that was killed may have left its part."""
        self.lock = os.open(self.path("lock"), os.O_RDWR | os.O_CREAT |
                            os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("proof: another one runs here")
        earlier = os.pread(self.lock, 100, 0).decode()
        if earlier:
            end_all(earlier)
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, self.token.encode(), 0)

    def kept(self, name):
        """What a part has reached, or None."""
        try:
            with open(self.path(name + ".json"), encoding="utf-8") as f:
                return json.load(f)
        except (FileNotFoundError, ValueError):
            return None

    def keep(self, name, found):
        """Whole or not at all, whenever we are killed."""
        path = self.path(name + ".json")
        with open(path + ".new", "w", encoding="utf-8") as f:
            json.dump(found, f)
            f.flush()
            os.fsync(f.fileno())
        os.rename(path + ".new", path)

    def forget(self, names):
        for name in names:
            for end in (".json", ".json.new", ".log"):
                if os.path.exists(self.path(name + end)):
                    os.remove(self.path(name + end))

    def others(self, names, mine):
        """Parts that were measured of other sources, and of which."""
        found = {name: self.kept(name) for name in names}
        return {name: kept.get("sources", "sources that are not known")
                for name, kept in found.items()
                if kept and kept.get("sources") != mine}

    def environment(self, mine):
        return dict(os.environ, **{MARK: self.token, "PROOF_SOURCES": mine})


def started_by(token):
    """The processes that have the mark of a proof."""
    wanted = ("%s=%s" % (MARK, token)).encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid, "rb") as f:
                if wanted in f.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            continue            # it has just ended, or is not ours
    return found


def end_all(token, patience=60):
    """Nothing of an earlier part may disturb the next one."""
    end = time.monotonic() + patience
    while (left := started_by(token)) and time.monotonic() < end:
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass            # it has just ended
        time.sleep(0.1)
    if left:
        sys.exit("proof: what an earlier one started does not end: %s" % left)
