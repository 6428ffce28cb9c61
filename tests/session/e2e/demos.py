"""The demo: it succeeds, notices what it is there to notice, and cleans up."""

import os
import re
import shutil
import socket
import subprocess

import sshd
import suite
from suite import add, check, check_equal

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "demo")
LOG = "/dev/log"

# A server that stores well, and then takes a mode away.
WRONG_SERVER = """\
#!/bin/sh
%s/real/scp "$@"
status=$?
for target; do :; done
chmod 600 "$target"
exit $status
"""


def has_log():
    """Whether a log daemon listens: a socket that one has left is dead, and
    the demo takes it away."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        try:
            s.connect(LOG)
        except ConnectionRefusedError:
            return False
        except OSError:
            return os.path.lexists(LOG)
    return True


def play(server):
    """Runs the demo; returns its status and output, and looks behind it."""
    top, log = suite.scratch(), has_log()
    try:
        done = subprocess.run(
            [DEMO], env=dict(os.environ, SCP_SERVER=server, TMPDIR=top),
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=120)
        check_equal(os.listdir(top), [], "left in the scratch directory")
    finally:
        sshd.remove(top)
    check_equal(os.path.lexists(LOG), log, "existence of " + LOG)
    account = re.search(r"account +(\w+): (made)?", done.stdout)
    check(account, "names no account: " + done.stdout)
    check(not (account[2] and sshd.exists(account[1])), "account left behind")
    return done.returncode, done.stdout


def all_copies_equal():
    alone = os.geteuid() == 0 and not has_log()
    status, said = play(suite.SERVER)
    check_equal(status, 0, "exit status, after " + said)
    check_equal(said.rstrip().split("\n")[-1], "demo: all copies equal",
                "last line")
    if alone:
        for event in ("start", "session", "file", "end"):
            check('"event":"%s"' % event in said, "no %s: %s" % (event, said))
        check("(null)" not in said, "a word is missing in " + said)


def a_difference_is_noticed():
    top = suite.scratch()
    try:
        os.mkdir(os.path.join(top, "real"), 0o755)
        shutil.copy(suite.SERVER, os.path.join(top, "real", "scp"))
        wrong = os.path.join(top, "wrong")
        sshd.write(wrong, WRONG_SERVER % top, 0o755)
        status, said = play(wrong)
    finally:
        sshd.remove(top)
    check_equal(status, 1, "exit status, after " + said)
    check("all copies equal" not in said, "claims success: " + said)
    check("mode is 0o600, not 0o640" in said, "does not say why: " + said)


def add_cases():
    for function in (all_copies_equal, a_difference_is_noticed):
        add("demo/" + function.__name__, function)
