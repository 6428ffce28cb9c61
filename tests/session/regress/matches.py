"""Downloads by pattern: what is said of a match, and when they end."""

import os
import time

import suite
from sessions import place, root_of, talk
from trees import write

SHELL = {"PATH": "/usr/bin:/bin"}


def ask(root, request, data, *options):
    """A request as a client sends it to a forced command."""
    words = [suite.SERVER, "-o", "AuditLog=none"]
    for option in options:
        words += ["-o", option]
    return talk(words + [root], data,
                env={**SHELL, "SSH_ORIGINAL_COMMAND": request})


@suite.case
def what_is_below_a_match_has_its_path_once():
    with place() as base:
        root = root_of(base)
        os.makedirs(os.path.join(root, "t", "sub"))
        os.mkfifo(os.path.join(root, "t", "sub", "no"))
        for request in "scp -r -f t/*", "scp -r -f t/sub":
            said = ask(root, request, b"\0" * 9)[1]
            suite.check(b"\1scp: t/sub/no: " in said, said)


@suite.case
def a_deadline_ends_patterns_that_match_nothing():
    """Each of them looks through all directories."""
    with place() as base:
        root = root_of(base)
        for n in range(3000):
            write(os.path.join(root, "f%d" % n), b"")
        os.makedirs(os.path.join(root, "1/2/3/4/5"))
        begun = time.monotonic()
        status, said, _ = ask(root, "scp -f" + " */*/*/x" * 240, b"\0",
                              "SessionTimeout=1")
        suite.check(b"\2scp: " in said and status == 2, "%d %r after %.1f s" % (
            status, said[-200:], time.monotonic() - begun))
