"""An account that stops whatever runs with its rights during a check.

Each child of the check has its time, and all of them together as well: else an
account with many keys could hold an administrator up for an hour.  Both times
are made short here.
"""

import os
import signal
import subprocess
import time

import suite
import variant
from keys import KEY
from machine import PREFER, TOP, UID, USER, Machine, make_place, write

KEYS = 24
ONE, ALL = 1, 4         # seconds
LINGER = 200000         # microseconds that a child lasts, at the least


def build(every):
    """The check, with a time limit of its children, each of which lasts long
    enough for the account to find and stop it."""
    server = variant.build("hasty-%d" % every, [
        ("check.h", "#define CHECK_SECONDS\t  20",
         "#define CHECK_SECONDS\t  %d" % ONE),
        ("check.h", "#define CHECK_ALL_SECONDS 60",
         "#define CHECK_ALL_SECONDS %d" % every),
        ("apart.c", "\tcheck_answer_end(numbers);\n",
         "\t(void)usleep(%d);\n\tcheck_answer_end(numbers);\n" % LINGER)])
    return server + "-check"


def children_of(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(word) for word in f.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def stop_all(parent, done):
    """As the account: a process that is somebody else's is left alone."""
    os.setreuid(UID, UID)
    first = None            # it reads the keys: without them nothing follows
    while os.getppid() == done:
        for pid in children_of(parent):
            try:
                os.kill(pid, 0)
                first = first or pid
                if pid != first:
                    os.kill(pid, signal.SIGSTOP)
            except (PermissionError, ProcessLookupError):
                pass
        time.sleep(0.001)
    os._exit(0)


def examine(program):
    """Seconds, status and output of a check while the account stops it."""
    path = write(TOP + "/keys.many", "".join(
        'restrict,command="scp-server -o MaxDepth=%d %s" %s\n' % (
            number + 1, make_place("drop"), KEY) for number in range(KEYS)))
    m = Machine(shell="/bin/sh", ForceCommand=None, AuthorizedKeysFile=path,
                AuthenticationMethods="publickey")
    words = [program if word == suite.CHECK else word
             for word in m.command("--user", USER, *PREFER)]
    begun = time.monotonic()
    checker = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    us = os.getpid()
    stopper = os.fork()
    if stopper == 0:
        stop_all(checker.pid, us)
    try:
        said, _ = checker.communicate(timeout=120)
    finally:
        os.kill(stopper, signal.SIGKILL)
        os.waitpid(stopper, 0)
    return time.monotonic() - begun, checker.returncode, said


@suite.case
def an_account_that_stops_every_child_holds_nobody_up():
    suite.need_root()
    took, status, said = examine(build(ALL))
    suite.check_equal(status, 1, said)
    suite.check("they took longer than the time for them" in said, said)
    suite.check("UNSAFE: the checks as %s are not complete" % USER in said,
                said)
    long, _, _ = examine(build(1000))
    print("# %.1f s of %d s; %.1f s without a limit of them all" % (
        took, ALL, long))
    suite.check(long > 2 * ALL, "the control ended after %.1f s" % long)
    suite.check(took < long / 2, "%.1f s, and %.1f s without" % (took, long))
