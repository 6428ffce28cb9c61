"""The process that the session becomes: arguments, rights, and its end."""

import os
import signal
import time

import place
import sshd
import suite
import trees
from place import clean_site, site
from suite import check, check_equal


def started(policy, **more):
    """A session that waits; its process and what it is."""
    process = site().session(policy, **more)
    check(place.greeted(place.greet(process)), "it does not run")
    return process, "/proc/%d/" % process.pid


def status_of(proc):
    with open(proc + "status") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f)


def words_of(path):
    return trees.read(path).decode().split("\0")[:-1]


@suite.case
def the_program_gets_what_it_needs_and_no_more():
    s = clean_site()
    process, proc = started(s.policy("write-only", Umask="027"))
    try:
        words = words_of(proc + "cmdline")
        check_equal(words[:3], [place.SYSTEM_SERVER, "-u", "0027"])
        denied = words[words.index("-P") + 1].split(",")
        allowed = words[words.index("-p") + 1].split(",")
        for name in ("setstat", "lsetstat", "remove", "rename", "rmdir",
                     "posix-rename", "symlink", "hardlink", "readlink",
                     "copy-data", "statvfs"):
            check(name in denied and name not in allowed, name)
        known = sshd.run(place.SYSTEM_SERVER, "-Q", "requests").split()
        check_equal(set(known) - set(denied) - set(allowed), set(),
                    "requests that are not thought about")
        check_equal(words_of(proc + "environ"),
                    ["SSH_CONNECTION=192.0.2.7 4242"], "environment")
        check_equal(sorted(os.listdir(proc + "fd")), ["0", "1", "2"],
                    "descriptors")
        check_equal(os.readlink(proc + "cwd"), s.path("root"))
        info = status_of(proc)
        check_equal((info["Name"], info["NoNewPrivs"], info["Seccomp"]),
                    ("sftp-server", "1", "0"))
        for which in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            check_equal(int(info[which], 16), 0, which)
        # the C library's own two are ignored in whatever make starts
        # and what a background job of a shell ignores was given to us
        given = int(status_of("/proc/self/")["SigIgn"], 16)
        given &= ~(1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)
        check_equal(int(info["SigIgn"], 16) & ~(3 << 31 | given), 0,
                    "ignored signals")
        check_equal(int(info["SigBlk"], 16), 0, "blocked signals")
        with open(proc + "limits") as f:
            limits = f.read()
        check("Max core file size        0 " in limits, limits)
        if not os.environ.get("SANITIZED"):
            check("Max processes             0 " in limits, limits)
    finally:
        place.finish(process, b"")


@suite.case
def an_open_read_write_session_denies_nothing():
    s = clean_site()
    process, proc = started(s.policy(Root="none", DotFiles=None))
    try:
        words = words_of(proc + "cmdline")
        check_equal(words, [place.SYSTEM_SERVER, "-l", "INFO"])
    finally:
        place.finish(process, b"")


@suite.case
def session_timeout_ends_it():
    s = clean_site()
    begun = time.monotonic()
    process, _ = started(s.policy("read-write", SessionTimeout="2"))
    status = process.wait(timeout=place.PATIENCE)
    place.finish(process, b"")
    check_equal(status, -signal.SIGALRM, "status")
    check(1.5 < time.monotonic() - begun < 20, "too early or too late")


@suite.case
def nothing_ends_it_without_a_timeout():
    s = clean_site()
    process, _ = started(s.policy("read-write", IdleTimeout="1"))
    time.sleep(2.5)
    check_equal(process.poll(), None, "status")
    check_equal(place.finish(process, b"")[0], 0, "status")


FOUR = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 3)


@suite.case
def roots_open_session_keeps_the_rights_of_a_copy():
    s = clean_site()
    process, proc = started(s.policy(Root="none", DotFiles=None),
                            user=0, group=0)
    try:
        info = status_of(proc)
        for which in ("CapPrm", "CapEff", "CapBnd"):
            check_equal(int(info[which], 16), FOUR, which)
    finally:
        place.finish(process, b"")


@suite.case
def a_session_of_root_becomes_the_account():
    s = clean_site()
    process, proc = started(s.policy("read-write", User=s.account.name),
                            user=0, group=0)
    try:
        info = status_of(proc)
        check_equal(info["Uid"].split(), [str(s.account.uid)] * 4)
        check_equal(int(info["CapPrm"], 16), 0, "CapPrm")
    finally:
        place.finish(process, b"")
