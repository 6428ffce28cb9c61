"""Sessions and what they must answer: what the modules with cases share."""

import contextlib
import json
import os
import shutil
import stat
import subprocess
import threading

import peer
import suite
from program import with_root
from trees import read

NOBODY = 65534
OTHER = 1               # somebody else
GROUP = 100             # no account has it as its own group
PATIENCE = 120
PAGE = os.sysconf("SC_PAGESIZE")
QUIET = ["-o", "AuditLog=none"]
OLD, NEW = b"old", b"NEW!"
SEND_NEW = b"C0644 4 f\n" + NEW + b"\0"


@contextlib.contextmanager
def place():
    """A directory with room for a served tree (root/) and what is about it."""
    base = suite.scratch()
    try:
        os.mkdir(os.path.join(base, "root"))
        os.chmod(os.path.join(base, "root"), 0o755)
        yield base
    finally:
        shutil.rmtree(base)


def root_of(base, mode=0o755, uid=-1, gid=-1):
    root = os.path.join(base, "root")
    os.chown(root, uid, gid)
    os.chmod(root, mode)
    return root


def talk(argv, data, **more):
    """Sends all data at once; returns exit status, answers, and stderr."""
    done = subprocess.run(argv, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=PATIENCE, **more)
    return done.returncode, done.stdout, done.stderr


def serve(words, data, **more):
    """A session without a log: its exit status and its answers."""
    return talk([suite.SERVER] + QUIET + with_root(words), data, **more)[:2]


def serve_as(base, uid, words, data, groups=()):
    """A session of another account: its exit status and its answers."""
    return all_of_serve_as(base, uid, words, data, groups)[:2]


def all_of_serve_as(base, uid, words, data, groups=()):
    """Returns stderr, too.  The account may not enter the build directory, so
    it runs a copy of the server."""
    suite.need_root()
    suite.need_tool("setpriv")
    program = os.path.join(base, "scp-server")
    if not os.path.exists(program):
        shutil.copy(suite.SERVER, program)
        os.chmod(program, 0o755)
    who = ["setpriv", "--reuid", str(uid), "--regid", str(uid)]
    who += (["--groups", ",".join(map(str, groups))] if groups
            else ["--clear-groups"])
    return talk(who + [program] + QUIET + with_root(words), data)


def expect(seen, status, answers, what="session"):
    suite.check_equal(seen[:2], (status, answers), what)


def expect_refusal(seen, words=None):
    """In-band, at the start: one sentence that ends the session."""
    status, answers = seen[:2]
    suite.check(answers[:6] == b"\2scp: " and answers[-1:] == b"\n" and
                answers.count(b"\n") == 1, "not a refusal: %r" % answers)
    suite.check(words is None or words in answers, "it said %r" % answers)
    suite.check_equal(status, 2, "exit status")


def expect_mode(path, mode):
    suite.check_equal(oct(stat.S_IMODE(os.stat(path).st_mode)), oct(mode),
                      "mode of " + path)


def records_of(path):
    """The records of a log; a line that is none fails."""
    return [json.loads(line) for line in read(path).decode().splitlines()]


@contextlib.contextmanager
def waiting(words, first=b"\0"):
    """A session that has said its first words and waits for ours."""
    server = peer.Server([suite.SERVER] + QUIET + with_root(words), timeout=PATIENCE)
    try:
        suite.check_equal(server.take(len(first)), first, "first answer")
        yield server
    finally:
        server.close()


def wait_until_asleep(pid):
    """The state S, three looks in a row."""
    asleep = 0
    for _ in range(2000):
        with open("/proc/%d/stat" % pid) as f:
            state = f.read().rpartition(")")[2].split()[0]
        asleep = asleep + 1 if state == "S" else 0
        if asleep == 3:
            return
        threading.Event().wait(0.002)
    raise peer.Hung()


@contextlib.contextmanager
def small_tmpfs(base, size):
    suite.need_root()
    suite.need_tool("mount", "umount")
    disk = os.path.join(base, "disk")
    os.mkdir(disk)
    done = subprocess.run(["mount", "-t", "tmpfs",
                           "-o", "size=%d" % size, "none", disk])
    if done.returncode != 0:
        suite.skip("a tmpfs can't be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
