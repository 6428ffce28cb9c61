"""The child that has the rights of the account: what it holds, what it reads.

The account is somebody else, who owns that child as far as the kernel goes.
"""

import fcntl
import os
import signal
import subprocess
import sys
import termios
import time

import suite
from machine import (PREFER, TOP, UID, USER, Machine, found, give, make_place,
                     make_tree, need_inspection, write)
from keys import KEY, OURS

NOT_REGULAR = "is not a regular file: it was not read"
LIMIT = 20      # seconds, as the manual says
MIB = 1 << 20
FILES = 20000   # so many that the child is at work for a while

# As the account: takes hold of a process, if the kernel lets it.
SEIZE = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
sys.exit(0 if libc.ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0 else
         ctypes.get_errno())
"""


def bound_by_keys():
    return Machine(shell="/bin/sh", ForceCommand=None,
                   AuthenticationMethods="publickey",
                   AuthorizedKeysFile=TOP + "/keys.apart")


def put_keys(make):
    path = TOP + "/keys.apart"
    if os.path.lexists(path):
        os.unlink(path)
    make(path)
    return path


def checked_keys(make):
    put_keys(make)
    begun = time.monotonic()
    done = bound_by_keys().check(*PREFER, make_place("drop"))
    need_inspection(done)
    suite.check(time.monotonic() - begun < LIMIT / 2, "it took too long")
    return done


@suite.case
def keys_that_are_no_file_are_named_and_not_read():
    for make in (lambda path: os.symlink("/dev/zero", path), os.mkfifo,
                 lambda path: os.symlink("/", path)):
        done = checked_keys(make)
        seen = [w for w, _ in found(done.stdout) if NOT_REGULAR in w]
        suite.check_equal(len(seen), 1, done.stdout)
        suite.check_equal(done.returncode, 1, done.stdout)


@suite.case
def keys_behind_a_link_are_read():
    """As by sshd, which follows it."""
    write(TOP + "/keys.behind", "restrict," + OURS + KEY + "\n")
    done = checked_keys(lambda path: os.symlink(TOP + "/keys.behind", path))
    suite.check("program only: 1 of 1" in done.stdout, done.stdout)


@suite.case
def keys_without_end_are_cut():
    line = "restrict," + OURS + KEY + "\n"
    text = line + ("#" * 1023 + "\n") * (10 * 1024) + KEY + "\n"
    done = checked_keys(lambda path: write(path, text))
    seen = [w for w, _ in found(done.stdout) if "first MiB" in w]
    suite.check_equal(len(seen), 1, done.stdout)
    suite.check("program only: 1 of 1" in done.stdout, done.stdout)
    full = line + "#" * (MIB - len(line) - 1) + "\n"
    done = checked_keys(lambda path: write(path, full))
    suite.check("first MiB" not in done.stdout, "one MiB is not cut")


@suite.case
def keys_that_only_root_can_read_let_nobody_in():
    """sshd reads them as the account."""
    done = checked_keys(lambda path: write(path, KEY + "\n", 0o600))
    suite.check("keys.apart was not read: Permission denied" in done.stdout,
                done.stdout)
    suite.check("a key without command=" not in done.stdout, done.stdout)


@suite.case
def a_log_that_is_no_file_is_named():
    m = Machine()
    path = TOP + "/log.fifo"
    os.mkfifo(path)
    give(path)
    done = m.check(*PREFER, "-o", "AuditLog=" + path, make_place("drop"))
    suite.check("AuditLog %s: not a regular file" % path in done.stdout,
                done.stdout)


def status_of(pid):
    with open("/proc/%d/status" % pid) as f:
        return dict(line.split(":", 1) for line in f)


def stat_of(pid):
    """[state, ppid, pgrp, session, tty_nr, ...]"""
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rpartition(")")[2].split()


def open_files(pid):
    """{descriptor: what it leads to}"""
    return {fd: os.readlink("/proc/%d/fd/%s" % (pid, fd))
            for fd in os.listdir("/proc/%d/fd" % pid)}


def child_of(parent, uid, root):
    """Its child that runs as this account, once it has opened the root."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with open("/proc/%d/task/%d/children" % (parent, parent)) as f:
            children = f.read().split()
        for pid in map(int, children):
            try:
                if (root in open_files(pid).values() and
                        status_of(pid)["Uid"].split() == [str(uid)] * 4):
                    return pid
            except (FileNotFoundError, ProcessLookupError):
                pass
    raise AssertionError("no child of that account was seen")


class Terminal:
    """A command on a terminal of its own, as root types it."""

    def __init__(self, words):
        self.ours, theirs = os.openpty()
        env = dict(os.environ, SECRET_OF_ROOT="sesame")
        self.process = subprocess.Popen(
            words, stdin=theirs, stdout=theirs, stderr=theirs, env=env,
            preexec_fn=self.begin)
        os.close(theirs)

    @staticmethod
    def begin():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def read(self):
        said = b""
        try:
            while True:
                piece = os.read(self.ours, 65536)
                if not piece:
                    break
                said += piece
        except OSError:         # its last user is gone
            pass
        os.close(self.ours)
        return said.decode("latin-1").replace("\r\n", "\n")


def seized(pid):
    """Whether the account can take hold of a process."""
    return subprocess.run([sys.executable, "-c", SEIZE, str(pid)], user=UID,
                          group=UID, extra_groups=[],
                          timeout=30).returncode == 0


def look_at(pid):
    """What the account could get from the child, and from nobody else."""
    state = stat_of(pid)
    suite.check_equal(state[3], str(pid), "a session of its own")
    suite.check_equal(state[4], "0", "its terminal")
    ends = open_files(pid)
    suite.check_equal({fd: end.split(":")[0] for fd, end in ends.items()
                       if fd in "012"},
                      {"0": "/dev/null", "1": "pipe", "2": "/dev/null"}, ends)
    suite.check(not any("/dev/" in end and end != "/dev/null"
                        for end in ends.values()), ends)
    suite.check_equal(os.readlink("/proc/%d/cwd" % pid), "/", "directory")
    # valgrind keeps the one that it was started with
    if "memcheck" not in os.readlink("/proc/%d/exe" % pid):
        with open("/proc/%d/environ" % pid, "rb") as f:
            suite.check_equal(f.read().strip(b"\0"), b"", "environment")
    own = subprocess.Popen(["sleep", "60"], user=UID, group=UID,
                           extra_groups=[])
    try:
        if seized(own.pid):     # else nobody can here
            suite.check(not seized(pid), "the account can trace it")
    finally:
        own.kill()
        own.wait()


def held(look):
    """A child that the account stops: what is there, and what is said."""
    suite.need_root()
    root = make_tree()
    for number in range(FILES):
        path = "%s/dir/%05d.txt" % (root, number)
        if not os.path.exists(path):
            write(path, "")
    m = Machine()
    t = Terminal(m.command("explain", "scp -f dir/*.txt", "--user", USER,
                           *PREFER, root))
    pid = child_of(t.process.pid, UID, root)
    os.kill(pid, signal.SIGSTOP)
    try:
        suite.check(stat_of(t.process.pid)[4] != "0", "it has a terminal")
        look(pid)
    finally:
        said = t.read()
        status = t.process.wait(60)
    return pid, status, said


@suite.case
def the_account_gets_neither_a_terminal_nor_a_descriptor_nor_a_secret():
    def look(pid):
        try:
            look_at(pid)
        finally:
            os.kill(pid, signal.SIGCONT)
    _, status, said = held(look)
    suite.check_equal(status, 0, said[-500:])
    suite.check("verdict: allowed" in said, said[-500:])
    suite.check_equal(said.count("  path  "), FILES + 1, "paths")


@suite.case
def a_child_that_is_stopped_is_given_up():
    begun = time.monotonic()
    pid, status, said = held(lambda pid: None)
    took = time.monotonic() - begun
    suite.check(LIMIT - 1 < took < LIMIT + 15, "%d seconds" % took)
    suite.check_equal(status, 1, said[-500:])
    suite.check("they took longer than the time for them" in said,
                said[-500:])
    suite.check("verdict" not in said, said[-500:])
    try:
        until = time.monotonic() + 60       # it has been killed
        while stat_of(pid)[0] not in "ZX" and time.monotonic() < until:
            time.sleep(0.1)
        suite.check(stat_of(pid)[0] in "ZX", "it goes on")
    except (FileNotFoundError, ProcessLookupError):
        pass                    # somebody has asked for its status


@suite.case
def a_child_that_is_ended_is_told():
    _, status, said = held(lambda pid: os.kill(pid, signal.SIGKILL))
    suite.check_equal(status, 1, said[-500:])
    suite.check("they were ended before they were done" in said, said[-500:])
    suite.check("verdict" not in said, said[-500:])


@suite.case
def an_answer_without_end_is_given_up():
    """Files that the account made, each with a long way to it."""
    way = "/".join(["d" * 250] * 12)
    place = os.path.join(make_place("long"), way)
    os.makedirs(place)
    for number in range(2000):
        write("%s/%d" % (place, number), "")
    done = Machine().explain("scp -f %s/*" % way, TOP + "/long")
    suite.check_equal(done.returncode, 1, done.stderr)
    suite.check("their answer is too long" in done.stderr, done.stderr)
    suite.check(len(done.stdout) < 5 * MIB, "%d octets" % len(done.stdout))
    suite.check("verdict" not in done.stdout, done.stdout[-500:])
