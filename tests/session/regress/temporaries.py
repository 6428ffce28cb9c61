"""Temporary files, above all where O_TMPFILE (an unnamed file) is missing.

It is missing on a bindfs mount.  Elsewhere the first open with O_TMPFILE,
which is a probe before the filter is installed, is made to fail.
"""

import contextlib
import errno
import os
import subprocess

import inject
import suite
from program import with_root
from sessions import (NEW, OLD, QUIET, SEND_NEW, expect, expect_mode,
                      expect_refusal, place, root_of, serve, talk)
from trees import read, write


@contextlib.contextmanager
def bindfs(base):
    """The served tree without O_TMPFILE."""
    suite.need_tool("bindfs", "fusermount3")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        suite.skip("needs /dev/fuse")
    root = os.path.join(base, "mounted")
    os.mkdir(root)
    if subprocess.run(["bindfs", root_of(base), root]).returncode != 0:
        suite.skip("bindfs can't mount here")
    try:
        try:
            fd = os.open(root, os.O_TMPFILE | os.O_WRONLY, 0o600)
        except OSError:
            pass
        else:
            os.close(fd)
            suite.skip("this bindfs has unnamed files")
        yield root
    finally:
        subprocess.run(["fusermount3", "-u", root], check=True)


def unnamed_opens(calls):
    """(occurrence, call) of the openat calls that ask for unnamed files."""
    opens = [c for c in inject.read_calls(calls) if c.name == "openat"]
    return [(n, c) for n, c in enumerate(opens, 1)
            if c.arguments[2] & os.O_TMPFILE == os.O_TMPFILE]


def serve_named(base, words, data):
    """As serve(), but the first O_TMPFILE, which is a probe, fails."""
    if os.environ.get("SANITIZED") == "1":
        suite.skip("sanitizers and ptrace don't go together")
    inject.build()
    calls = os.path.join(base, "calls")
    argv = [suite.SERVER] + QUIET + with_root(words)
    talk(inject.command(calls, None, argv), b"")
    probes = unnamed_opens(calls)
    suite.check(probes, "there is no probe for unnamed files")
    fault = ("openat", probes[0][0], "-e", errno.EOPNOTSUPP)
    seen = talk(inject.command(calls, fault, argv), data)
    suite.check([c for _, c in unnamed_opens(calls) if c.changed] and not
                [c for _, c in unnamed_opens(calls) if not c.changed],
                "an unnamed file was opened all the same")
    return seen[:2]


def refuses_to_add(words):
    with place() as base, bindfs(base) as root:
        for tail in ([], ["-r"]):
            line = [w.replace("ROOT", root) for w in words] + tail
            at = "/" if any("Root=" in w for w in line) else root
            for data in (SEND_NEW, SEND_NEW[:-3]):
                expect_refusal(serve(line + ["-t", at], data))
                suite.check_equal(os.listdir(root), [], "left behind")


@suite.case
def without_unnamed_files_an_open_drop_box_refuses_at_the_start():
    refuses_to_add(["--write-only"])


@suite.case
def without_unnamed_files_a_confined_drop_box_refuses_at_the_start():
    refuses_to_add(["-o", "Root=ROOT", "--write-only"])


@suite.case
def without_unnamed_files_overwrite_deny_alone_goes_by_names():
    with place() as base, bindfs(base) as root:
        for words, at in (([], root), (["-o", "Root=" + root], "/")):
            line = words + ["--no-overwrite", "-t", at]
            write(os.path.join(root, "f"), OLD)
            status, answers = serve(line, SEND_NEW)
            suite.check(answers.startswith(b"\0\2scp: ") and
                        b"File exists" in answers, "saw %r" % answers)
            suite.check_equal(status, 2, "exit status")
            suite.check_equal(read(os.path.join(root, "f")), OLD, "content")
            os.unlink(os.path.join(root, "f"))
            expect(serve(line, SEND_NEW), 0, b"\0\0\0")
            suite.check_equal(read(os.path.join(root, "f")), NEW, "content")
            suite.check_equal(os.listdir(root), ["f"], "names")


@suite.case
def a_named_temporary_gets_the_mode_that_an_unnamed_one_gets():
    suite.need_tool("setfacl")
    with place() as base:
        root = root_of(base)
        path = os.path.join(root, "f")
        line = ["-o", "Umask=022", "-t", root]
        for acl, mode in ((None, 0o644), ("u::rwx,g::---,o::---", 0o600)):
            if acl is not None:
                subprocess.run(["setfacl", "-d", "-m", acl, root], check=True)
            expect(serve(line, SEND_NEW), 0, b"\0\0\0", "unnamed")
            expect_mode(path, mode)
            os.unlink(path)
            expect(serve_named(base, line, SEND_NEW), 0, b"\0\0\0", "named")
            expect_mode(path, mode)
            os.unlink(path)
