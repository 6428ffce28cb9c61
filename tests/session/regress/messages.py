"""Errors: who is informed of them, by which channel, and in which words."""

import os
import socket
import subprocess

import suite
from program import with_root
from sessions import (NOBODY, PATIENCE, QUIET, all_of_serve_as, expect, place,
                      records_of, root_of, serve_as, talk)
from trees import read, write

MANY_GROUPS = 70000     # more than the kernel lets a process have


@suite.case
def a_refusal_that_nobody_reads_ends_with_its_own_status():
    with place() as base:
        log = os.path.join(base, "log")
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [suite.SERVER, "-o", "AuditLog=" + log, "--read-only",
             "-o", "Root=none", "-t", "/"],
            stdin=subprocess.DEVNULL, stdout=writer,
            stderr=subprocess.DEVNULL, timeout=PATIENCE)
        os.close(writer)
        suite.check_equal(done.returncode, 2, "exit status")
        reasons = [r.get("reason") for r in records_of(log)]
        suite.check("read-only" in reasons, "the log has %r" % reasons)


@suite.case
def a_configuration_error_is_not_written_to_descriptor_0():
    with place() as base:
        log = os.path.join(base, "log")
        for words in (["-o", "Bogus=1"], ["-o", "Umask=9"],
                      ["-o", "User=nosuchaccount"],
                      ["-o", "Overwrite=inplace", "-o", "Root=/"]):
            ours, theirs = socket.socketpair()
            with ours, theirs:
                done = subprocess.run(
                    [suite.SERVER, "-o", "AuditLog=" + log] +
                    with_root(words) + ["-t", "/"], stdin=theirs, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, timeout=PATIENCE)
                theirs.close()
                suite.check_equal(ours.recv(9999), b"", "on descriptor 0")
            suite.check_equal(done.returncode, 78, "exit status")
            suite.check(done.stderr != b"", "nothing on stderr: %r" % words)
            suite.check_equal(done.stdout,
                              b"\2scp: server configuration error\n")
            suite.check(not os.path.exists(log) or read(log) == b"",
                        "the system's log has it, not what an option names")


def complaint_of_user(prefix, name):
    seen = talk(prefix + [suite.SERVER] + QUIET +
                ["-o", "User=" + name, "-t", "/"], b"")
    expect(seen, 78, b"\2scp: server configuration error\n")
    return seen[2]


@suite.case
def only_an_account_that_does_not_exist_is_called_so():
    suite.check(b"no such account" in complaint_of_user([], "nosuchaccount"),
                "a missing account is not called so")
    suite.need_root()
    suite.need_tool("unshare", "mount")
    with place() as base:
        group = write(os.path.join(base, "group"), b"".join(
            b"g%d:x:%d:nobody\n" % (n, n)
            for n in range(100000, 100000 + MANY_GROUPS)))
        words = complaint_of_user(
            ["unshare", "-m", "sh", "-c", "mount --bind %s /etc/group && "
             "exec \"$@\"" % group, "sh"], "nobody")
        suite.check(b"User: " in words and b"no such" not in words,
                    "of one in too many groups it says %r" % words)


@suite.case
def an_end_that_fails_after_its_go_ahead_is_told_on_stderr():
    """Pipelining: its reply has been sent, and the next one is not its own."""
    with place() as base:
        os.mkdir(os.path.join(root_of(base, 0o777), "d"))
        os.chmod(os.path.join(base, "root", "d"), 0o777)
        os.chmod(base, 0o755)
        times = b"T1000000000 0 1000000001 0\n"
        status, answers, words = all_of_serve_as(
            base, NOBODY, ["-o", "Pipelining=yes", "-r", "-p", "-t",
                           os.path.join(base, "root")],
            b"D0700 0 d\nC0644 2 a\nx\n\0E\n" +
            times + b"C0644 2 b\ny\n\0")
        suite.check_equal((status, answers), (1, b"\0" * 10), "session")
        suite.check(words.startswith(b"scp: ") and words.endswith(
            b"/root/d: set mode: Operation not permitted\n"),
                    "stderr: %r" % words)
        suite.check_equal(read(os.path.join(base, "root", "b")), b"y\n", "b")


@suite.case
def a_directory_that_can_not_be_synced_is_refused_in_plain_words():
    with place() as base:
        root = root_of(base, 0o333, NOBODY, NOBODY)
        seen = serve_as(base, NOBODY, ["-o", "Sync=always", "-r", "-t", root],
                        b"D0755 0 d\nE\n")
        words = "scp: %s: Permission denied\n" % root
        suite.check_equal(seen, (2, b"\0\2" + words.encode()), "the session")
