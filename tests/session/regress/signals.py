"""SIGTERM while a session waits, and before each of its system calls."""

import os
import random
import signal
import subprocess
import threading

import inject
import peer
import suite
from sessions import (OLD, PATIENCE, QUIET, SEND_NEW, expect_refusal, place,
                      root_of, talk, wait_until_asleep, waiting)
from trees import read, write


def send_signal(server):
    """A TERM once the session is waiting; what it says, and its status."""
    wait_until_asleep(server.process.pid)
    server.process.send_signal(signal.SIGTERM)
    while server.more():
        pass
    return server.process.wait(PATIENCE), server.early


def expect_terminated(server):
    expect_refusal(send_signal(server), b"terminated")


@suite.case
def a_signal_while_a_sink_waits_is_told_to_the_peer():
    with place() as base:
        root = root_of(base)
        with waiting(["-t", root]) as server:       # for a record
            expect_terminated(server)
        with waiting(["-t", root]) as server:       # for the rest of one
            server.send(b"C0644 4")
            expect_terminated(server)
        with waiting(["-t", root]) as server:       # for a body
            server.send(SEND_NEW[:-3])
            suite.check_equal(server.take(1), b"\0", "go-ahead")
            expect_terminated(server)
        suite.check_equal(os.listdir(root), [], "names")


def wait_for_filter(pid):
    """Before it the session has not begun, and a signal ends it unheard."""
    if os.environ.get("SANITIZED") == "1":
        threading.Event().wait(1)
        return
    for _ in range(2000):
        with open("/proc/%d/status" % pid) as f:
            if "Seccomp:\t2" in f.read():
                return
        threading.Event().wait(0.002)
    raise peer.Hung()


@suite.case
def a_signal_while_a_source_waits_is_told_to_the_peer():
    with place() as base:
        path = write(os.path.join(root_of(base), "f"), OLD)
        with waiting(["-f", path], b"") as server:  # for the first byte
            wait_for_filter(server.process.pid)
            expect_terminated(server)
        with waiting(["-p", "-f", path], b"") as server:  # for that to a T
            server.send(b"\0")
            suite.check_equal(server.line()[:1], b"T", "record")
            expect_terminated(server)


@suite.case
def words_of_a_source_never_become_the_body_of_a_file():
    """After a C the peer may have let the body come already."""
    with place() as base:
        path = write(os.path.join(root_of(base), "f"), OLD)
        with waiting(["-f", path], b"") as server:
            server.send(b"\0")
            suite.check_equal(server.line(), b"C0644 3 f\n", "record")
            server.process.send_signal(signal.SIGTERM)
            suite.check_equal(server.process.wait(PATIENCE), 2, "exit status")
            suite.check_equal(server.process.stdout.read(), b"", "words")


def judge_replace(path, size, seen, when):
    """What was published was acknowledged, whatever else was said."""
    status, answers = seen[:2]
    content = read(path)
    suite.check(content in (b"o" * size, b"n" * size), when + ": torn")
    if content[:1] == b"n":
        suite.check(answers[:3] == b"\0\0\0",
                    "%s: published, but said %r" % (when, answers))
    else:
        suite.check(answers[:3] != b"\0\0\0", when + ": a lie")
    suite.check(status in (0, 2, -signal.SIGTERM),
                "%s: exit status %d" % (when, status))
    suite.check_equal(os.listdir(os.path.dirname(path)), ["f"], when)
    return content[:1] == b"n"


@suite.case
def a_file_that_is_published_is_acknowledged_though_a_signal_comes():
    if os.environ.get("SANITIZED") == "1":
        suite.skip("sanitizers and ptrace don't go together")
    inject.build()
    with place() as base:
        path = os.path.join(root_of(base), "f")
        calls = os.path.join(base, "calls")
        argv = [suite.SERVER] + QUIET + ["-o", "Root=none", "-t", path]
        data = b"C0644 3 f\nnnn\0"
        write(path, b"ooo")
        talk(inject.command(calls, None, argv), data)
        made = inject.read_calls(calls)
        begin = inject.lockdown(made)
        suite.check(begin is not None, "there is no filter")
        published = 0
        for n, call in enumerate(made[begin + 1:], begin + 1):
            if call.name in ("exit_group", "rt_sigreturn"):
                continue
            k = sum(c.name == call.name for c in made[:n + 1])
            fault = (call.name, k, "-x", int(signal.SIGTERM))
            write(path, b"ooo")
            seen = talk(inject.command(calls, fault, argv), data)
            published += judge_replace(path, 3, seen,
                                       "TERM before %s #%d" % (call.name, k))
        suite.check(published >= 2, "no signal came late enough")


@suite.case
def a_hundred_signals_at_random_moments_leave_no_file_unacknowledged():
    noise = random.Random(3)
    size = 300000
    with place() as base:
        path = os.path.join(root_of(base), "f")
        argv = [suite.SERVER] + QUIET + ["-o", "Root=none", "-t", path]
        data = b"C0644 %d f\n" % size + b"n" * size + b"\0"
        published = 0
        for n in range(100):
            write(path, b"o" * size)
            process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL)
            timer = threading.Timer(noise.uniform(0.0005, 0.006),
                                    process.send_signal, [signal.SIGTERM])
            timer.start()
            answers = process.communicate(data, timeout=PATIENCE)[0]
            timer.join()
            published += judge_replace(
                path, size, (process.returncode, answers), "signal %d" % n)
        print("        of 100 files %d were published" % published)
