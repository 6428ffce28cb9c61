"""The audit log: a full disk, and what a peer's address may contain."""

import contextlib
import hashlib
import json
import os
import subprocess

import peer
import suite
from sessions import (PAGE, PATIENCE, SEND_NEW, place, records_of, root_of,
                      small_tmpfs, talk, wait_until_asleep)
from trees import read, write


@contextlib.contextmanager
def tiny_disk(base):
    """A file system of two pages, one of them taken."""
    with small_tmpfs(base, 2 * PAGE) as disk:
        write(os.path.join(disk, "fill"), b"x" * PAGE)
        yield disk


def is_torn(log):
    return os.path.exists(log) and os.path.getsize(log) == PAGE and \
        read(log)[-1:] != b"\n"


def expect_events(log, pid, wanted):
    """The last lines of the log are records of a session, and whole."""
    lines = read(log).decode().splitlines()[-len(wanted):]
    seen = [json.loads(line) for line in lines]
    suite.check_equal([(r["pid"], r["event"]) for r in seen],
                      [(pid, event) for event in wanted], "records")


@suite.case
def a_record_that_a_full_disk_cut_off_does_not_swallow_the_next_session():
    with place() as base, tiny_disk(base) as disk:
        root = root_of(base)
        log = os.path.join(disk, "log")
        argv = [suite.SERVER, "-o", "AuditLog=" + log,
                "-o", "Root=none", "-t", root]
        for _ in range(50):
            talk(argv, SEND_NEW)
            if is_torn(log):
                break
        suite.check(is_torn(log), "the log is not torn")
        os.unlink(os.path.join(disk, "fill"))
        process = subprocess.Popen(argv, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL)
        process.communicate(SEND_NEW, timeout=PATIENCE)
        expect_events(log, process.pid, ["start", "session", "file", "end"])


@suite.case
def a_record_that_a_full_disk_cut_off_does_not_swallow_the_next_record():
    with place() as base, tiny_disk(base) as disk:
        root = root_of(base)
        log = os.path.join(disk, "log")
        server = peer.Server([suite.SERVER, "-o", "AuditLog=" + log,
                              "-o", "Root=none", "-t", root], timeout=PATIENCE)
        try:
            server.take(1)
            for _ in range(100):
                server.send(SEND_NEW)
                suite.check_equal(server.take(2), b"\0\0", "answers")
                wait_until_asleep(server.process.pid)   # it has written
                if is_torn(log):
                    break
            suite.check(is_torn(log), "the log is not torn")
            os.unlink(os.path.join(disk, "fill"))
            server.send(SEND_NEW)
            suite.check_equal(server.take(2), b"\0\0", "answers")
            suite.check_equal(server.finish(), (b"", 0), "the end")
        finally:
            server.close()
        expect_events(log, server.process.pid, ["file", "end"])


def start_record(base, connection):
    log = os.path.join(base, "log")
    env = dict(os.environ, SSH_CONNECTION=connection)
    talk([suite.SERVER, "-o", "AuditLog=" + log, "-o", "Root=none",
          "-t", root_of(base)], b"", env=env)
    seen = records_of(log)
    os.unlink(log)
    suite.check_equal([r["event"] for r in seen], ["start", "session", "end"])
    return seen[0]["peer"], seen[0]["port"]


@suite.case
def the_digest_of_a_long_request_is_that_of_all_of_it():
    with place() as base:
        log = os.path.join(base, "log")
        argv = [suite.SERVER, "-o", "AuditLog=" + log, "-o", "Root=none",
                "-f"] + ["x" * 200] * 50
        for end in ("one", "two"):
            talk(argv + [end], b"\0" * 60)
            start = records_of(log)[0]
            os.unlink(log)
            suite.check_equal(
                start["request_sha256"],
                hashlib.sha256(" ".join(argv + [end]).encode()).hexdigest(),
                end)


@suite.case
def the_address_of_a_peer_with_a_scope_is_in_the_log():
    with place() as base:
        suite.check_equal(
            start_record(base, "fe80::1%wlan0 50000 ::1 22"),
            ("fe80::1%wlan0", "50000"), "peer")


@suite.case
def a_hostile_address_of_a_peer_neither_shows_nor_breaks_a_record():
    longest = 128 * 1024 - len("SSH_CONNECTION=") - 1   # as the kernel allows
    with place() as base:
        for hostile in ("1.2.3.4\n{\"event\":\"end\"} 50000 ::1 22",
                        "\n", "\"", "\\", "", "a\"b 1 c 2", "a\x7fb 1 c 2",
                        "\u00e4 1 c 2", "1" * longest, "1.2.3.4\t22",
                        " " * 1000, "x" * 64 + " 1 c 2", "'\"`$(id)` 1 2 3"):
            suite.check_equal(start_record(base, hostile)[0], "",
                              "peer for %.40r" % hostile)
        suite.check_equal(start_record(base, "1.2.3.4 2\"2 ::1 22"),
                          ("1.2.3.4", ""), "peer")
