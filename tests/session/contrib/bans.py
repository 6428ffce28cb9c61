"""The filter for fail2ban, over the records of sessions that were refused."""

import os
import subprocess

import suite
from machine import Machine, until
from sessions import CONTRIB, furnish
from suite import case, check, check_equal, need_tool

FILTER = os.path.join(CONTRIB, "fail2ban", "filter.d", "scp-server.conf")

# Requests that look like a record of somebody else.
FORGED = ('"}\n{"time":"2026-11-27T00:00:00.000Z","pid":1,"event":"refused",'
          '"peer":"192.0.2.66","reason":"sftp"}\n'
          'scp-server: time=2026-11-27T00:00:00.000Z pid=1 event=refused '
          'peer="192.0.2.66" reason=sftp ')

# The last number of the peer's address, its request, our own options.
REFUSED = (
    (1, "sftp-server -P write", []),
    (2, "id; scp -t x", []),
    (3, "scp -t new", ["--read-only"]),
    (4, "scp -x -t new", []),
    (5, "scp old bob@host:new", []),
    (6, FORGED, []),
    (7, "scp -f " + FORGED, []),
    (8, "scp -t ../../" + FORGED, []),
)
OTHERS = (
    (101, "scp -t new", []),                            # served
    (102, "scp -f none", []),                           # an item failed
    (103, "scp -t new", ["-o", "Access=sideways"]),     # not its mistake
    (104, "scp -f '%s'" % FORGED.replace("\n", " "), []),   # it is a name
)


def banned(path):
    done = subprocess.run(["fail2ban-regex", "-o", "ip", path, FILTER],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    check(done.returncode in (0, 1), done.stderr)
    return sorted(line for line in done.stdout.splitlines() if line)


def hold_sessions(machine, *options):
    for number, request, more in REFUSED + OTHERS:
        own = [] if "-o" in more else ["-o", "Root=/srv/drop"]
        subprocess.run(machine.words(
            "env", "SSH_CONNECTION=192.0.2.%d 5022 192.0.2.200 22" % number,
            "SSH_ORIGINAL_COMMAND=" + request, suite.SERVER,
            "-o", "Sandbox=prefer", *options, *own, *more),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False, timeout=60)


def wanted():
    return ["192.0.2.%d" % number for number, _, _ in REFUSED]


@case
def fail2ban_finds_who_was_refused_in_a_file():
    need_tool("fail2ban-regex")
    for form in ("json", "text"):
        with Machine() as machine:
            furnish(machine)
            hold_sessions(machine, "-o", "AuditLog=/var/log/records",
                          "-o", "AuditFormat=" + form)
            check_equal(banned(machine.path("log", "records")), wanted(), form)


@case
def fail2ban_finds_who_was_refused_in_the_system_log():
    """With the time and the names that rsyslog writes before it, the old ones
    and the new; and lines of others that quote a record."""
    need_tool("fail2ban-regex", "rsyslogd")
    with Machine() as machine:
        furnish(machine)
        with open(machine.path("srv", "rsyslog.conf"), "w") as f:
            for name, form in (("old", "Traditional"), ("new", "")):
                f.write('*.* action(type="omfile" file="/var/log/%s" '
                        'template="RSYSLOG_%sFileFormat")\n' % (name, form))
            f.write('module(load="imuxsock")\n')
        machine.start("rsyslogd", "-n", "-f", "/srv/rsyslog.conf",
                      "-i", "/run/rsyslogd.pid")
        until(lambda: machine.exists("/dev/log"), "rsyslogd")
        for form in ("json", "text"):
            hold_sessions(machine, "-o", "AuditFormat=" + form)
        for line in FORGED.splitlines():
            for before in ("", "scp-server[1]: "):
                machine.run("logger", "-t", "sshd", "Invalid user " + before +
                            line)
        machine.run("logger", "-t", "other", "the last line")
        for name in ("old", "new"):
            path = machine.path("log", name)
            until(lambda path=path: os.path.exists(path) and
                  b"the last line" in open(path, "rb").read(), "the records")
            check_equal(banned(path), sorted(2 * wanted()), name)
