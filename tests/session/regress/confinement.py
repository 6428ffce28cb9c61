"""Capabilities, the system call filter, and the rights of Landlock."""

import errno
import os

import deny
import peer
import suite
from sessions import (NOBODY, SEND_NEW, expect, place, records_of, root_of,
                      talk, waiting)
from trees import read


@suite.case
def a_session_of_another_account_has_an_empty_bounding_set():
    suite.need_root()
    with place() as base:
        root = root_of(base, 0o755, NOBODY, NOBODY)
        with waiting(["-o", "Root=" + root, "-o", "User=nobody",
                      "-t", "/"]) as server:
            with open("/proc/%d/status" % server.process.pid) as f:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in f)
            suite.check_equal(status["Uid"].split(), [str(NOBODY)] * 4, "uid")
            for caps in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                suite.check_equal(int(status[caps], 16), 0, caps)
            suite.check_equal(server.finish(), (b"", 0), "the end")


def landlock_rights(trace):
    """What all layers of Landlock together allow, in strace's words."""
    layers = []
    for line in read(trace).decode().splitlines():
        if "landlock_add_rule(" in line:
            words = line.partition("allowed_access=")[2].partition(",")[0]
            layers.append(set(words.split("|")))
    return set.intersection(*layers) if layers else None


def deny_alone(base, tracer, judge):
    """Overwrite deny without write-only, open and confined, one file each."""
    root = root_of(base)
    log = os.path.join(base, "log")
    for words, at in ((["-o", "Root=none"], root), (["-o", "Root=" + root], "/")):
        argv = tracer + [suite.SERVER, "-o", "AuditLog=" + log,
                         "-o", "Overwrite=deny"] + words + ["-t", at]
        expect(talk(argv, SEND_NEW), 0, b"\0\0\0")
        start = records_of(log)[1]
        suite.check_equal(start["event"], "session", "second record")
        suite.check_equal(start["publish"][:7], "unnamed", "publish")
        judge(start)
        os.unlink(log)
        os.unlink(os.path.join(root, "f"))


@suite.case
def overwrite_deny_alone_has_the_filter_of_a_drop_box():
    def judge(start):
        suite.check_equal(start["seccomp"], "sink-new", "seccomp")
    if os.environ.get("SANITIZED") == "1":
        suite.skip("there is no filter in a sanitized build")
    with place() as base:
        deny_alone(base, [], judge)


@suite.case
def overwrite_deny_alone_has_no_right_to_remove_from_landlock():
    def judge(start):
        if start["landlock"] < 1:
            suite.skip("this kernel has no Landlock")
        rights = landlock_rights(trace)
        suite.check(rights and "LANDLOCK_ACCESS_FS_MAKE_REG" in rights,
                    "strace shows %r" % rights)
        suite.check(not any("REMOVE" in right for right in rights),
                    "Landlock allows %r" % sorted(rights))
    suite.need_root()       # to look into an undumpable process
    suite.need_tool("strace")
    if os.environ.get("SANITIZED") == "1":
        suite.skip("sanitizers and ptrace don't go together")
    with place() as base:
        trace = os.path.join(base, "trace")
        deny_alone(base, ["strace", "-o", trace,
                          "-e", "trace=landlock_add_rule"], judge)


def walks(base, call, error, words):
    """A download by links, in and out of the root, where a call fails."""
    deny.build()
    root = root_of(base)
    log = os.path.join(base, "log")
    argv = deny.command([suite.SERVER, "-o", "AuditLog=" + log, "-o",
                         "Sandbox=prefer"] + words, (call,), error)
    is_open = "Root=none" in words
    seen = peer.download(argv + ["-r", "-f", root if is_open else "/"])
    [start] = [r for r in records_of(log) if r["event"] == "session"]
    os.unlink(log)
    # one leads nowhere, unless it may lead out
    suite.check_equal(seen.status, 0 if is_open else 1, "exit status")
    suite.check_equal(start["resolve"], "walk", "resolve")
    if os.environ.get("SANITIZED") != "1":
        suite.check_equal(start["seccomp"], "source-walk", "seccomp")
    return sorted(item.data for item in seen.items if item.data)


@suite.case
def links_are_followed_by_a_walk_without_openat2_and_without_landlock():
    """Without Landlock openat2 could truncate, so it is not even allowed."""
    with place() as base:
        root = root_of(base)
        os.mkdir(os.path.join(root, "d"))
        for path, data in (("root/d/file", b"inside"), ("out", b"outside")):
            with open(os.path.join(base, path), "wb") as f:
                f.write(data)
        for text, name in (("d/../d/file", "l1"), ("/d/file", "d/l2"),
                           ("../../out", "d/l3"), ("l1", "l4")):
            os.symlink(text, os.path.join(root, name))
        for call, error in (("openat2", errno.ENOSYS),
                            ("landlock_create_ruleset", errno.ENOSYS),
                            ("landlock_create_ruleset", errno.EOPNOTSUPP)):
            suite.check_equal(walks(base, call, error, [
                "-o", "Symlinks=follow", "-o", "Root=" + root]),
                [b"inside"] * 4, "what was sent without " + call)
            os.rename(os.path.join(root, "d/l2"), os.path.join(base, "l2"))
            suite.check_equal(walks(base, call, error, [
                "-o", "Root=none"])[-1], b"outside", "open, without " + call)
            os.rename(os.path.join(base, "l2"), os.path.join(root, "d/l2"))
