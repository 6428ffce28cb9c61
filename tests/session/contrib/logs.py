"""Records in files that are rotated, through rsyslog, in the journal."""

import collections
import json
import os
import shutil
import subprocess
import time

import peer
import suite
from machine import Machine, until
from sessions import CONTRIB, furnish, put
from suite import case, check, check_equal, need_tool


def log_lines(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def text_of(path):
    """What a file holds; nothing while it is not there yet."""
    if not os.path.exists(path):
        return ""
    with open(path) as f:
        return f.read()


def install_rotation(machine):
    """As shipped, with a group that every machine has."""
    with open(os.path.join(CONTRIB, "logrotate", "scp-server")) as f:
        text = f.read()
    path = machine.path("srv", "rotate")
    with open(path, "w") as f:
        f.write(text.replace("root scponly", "root nogroup"))
    os.chmod(path, 0o644)


@case
def logrotate_loses_no_record():
    need_tool("logrotate")
    with Machine() as machine:
        furnish(machine)
        log = machine.path("log", "scp-server.log")
        options = ("-o", "AuditLog=/var/log/scp-server.log")
        install_rotation(machine)
        put(machine, [peer.file(0o644, "one", b"1")], *options)
        server = peer.Server(machine.words(
            suite.SERVER, *options, "-o", "Root=/srv/drop",
            "-o", "Sandbox=prefer", "-t", "/"), timeout=60)
        check_equal(server.reply(), b"\0", "first reply")
        for _ in range(2):
            machine.run("logrotate", "-f", "-s", "/srv/state", "/srv/rotate")
            put(machine, [peer.file(0o644, "two", b"22")], *options)
        server.finish()
        names = sorted(os.listdir(machine.path("log")))
        check_equal([n for n in names if n.startswith("scp-server")],
                    ["scp-server.log", "scp-server.log.1",
                     "scp-server.log.2.gz"], "files")
        machine.run("gunzip", "/var/log/scp-server.log.2.gz")
        events = collections.Counter(
            r["event"] for suffix in ("", ".1", ".2")
            for r in log_lines(log + suffix))
        # the open session's last record went to a file compressed under it
        check_equal(events["start"], 4, "starts")
        check_equal(events["file"], 3, "files")
        st = os.stat(log)
        check_equal((st.st_mode & 0o777, st.st_uid), (0o620, 0), "mode")


@case
def a_session_that_goes_on_writes_to_the_rotated_file():
    need_tool("logrotate")
    with Machine() as machine:
        furnish(machine)
        options = ("-o", "AuditLog=/var/log/scp-server.log")
        install_rotation(machine)
        server = peer.Server(machine.words(
            suite.SERVER, *options, "-o", "Root=/srv/drop",
            "-o", "Sandbox=prefer", "-t", "/"), timeout=60)
        check_equal(server.reply(), b"\0", "first reply")
        machine.run("logrotate", "-f", "-s", "/srv/state", "/srv/rotate")
        server.finish()
        events = [r["event"] for r in
                  log_lines(machine.path("log", "scp-server.log.1"))]
        check_equal(events, ["start", "session", "end"], "events")


def session_of(machine, gid, *options):
    """The status and the words of an upload by uid 65534 in one group."""
    done = subprocess.run(
        machine.words("setpriv", "--reuid", "65534", "--regid", str(gid),
                      "--clear-groups", "/srv/scp-server", *options, "-o",
                      "Sandbox=prefer", "-o", "Root=/srv/drop", "-t", "/"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60)
    return done.returncode, done.stdout + done.stderr


@case
def the_rotated_log_is_for_accounts_of_its_group_only():
    """Another's session does not begin; nobody but root can read it."""
    need_tool("logrotate", "setpriv")
    with Machine() as machine:
        furnish(machine)
        shutil.copy(suite.SERVER, machine.path("srv", "scp-server"))
        os.chown(machine.path("srv", "drop"), 65534, 65534)
        install_rotation(machine)
        log = machine.path("log", "scp-server.log")
        with open(log, "w") as f:
            f.write("{}\n")     # what is empty is not rotated
        machine.run("logrotate", "-f", "-s", "/srv/state", "/srv/rotate")
        options = ("-o", "AuditLog=/var/log/scp-server.log")
        status, said = session_of(machine, 1, *options)
        check_equal(status, 78, "outside of the group: %r" % said)
        check(b"AuditLog: can't be opened" in said, "%r" % said)
        check_equal(text_of(log), "", "outside of the group")
        status, said = session_of(machine, 65534, *options)
        check_equal((status, said), (0, b"\0"), "in the group")
        check_equal([r["event"] for r in log_lines(log)],
                    ["start", "session", "end"], "in the group")
        check_equal(subprocess.run(machine.words(
            "setpriv", "--reuid", "65534", "--regid", "65534",
            "--clear-groups", "cat", "/var/log/scp-server.log"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE).returncode, 1,
            "the group reads it")


def start_rsyslogd(machine):
    """With the example, and what is not ours in /var/log/rest."""
    with open(os.path.join(CONTRIB, "rsyslog", "scp-server.conf")) as f:
        text = f.read()
    with open(machine.path("srv", "rsyslog.conf"), "w") as f:
        f.write('module(load="imuxsock")\n' + text +
                '*.* action(type="omfile" file="/var/log/rest")\n')
    machine.start("rsyslogd", "-n", "-f", "/srv/rsyslog.conf",
                  "-i", "/run/rsyslogd.pid")
    until(lambda: machine.exists("/dev/log"), "rsyslogd")


@case
def rsyslog_writes_a_file_of_json():
    need_tool("rsyslogd")
    with Machine() as machine:
        furnish(machine)
        start_rsyslogd(machine)
        name = 'a "quote" \\ and \u00fc'
        put(machine, [peer.file(0o644, name, b"1234")])
        machine.run("logger", "-t", "other", "not ours")
        path = machine.path("log", "scp-server.json")
        rest = machine.path("log", "rest")
        until(lambda: os.path.exists(path) and len(log_lines(path)) == 4,
              "the records")
        until(lambda: "not ours" in text_of(rest), "what is not ours")
        records = log_lines(path)
        check_equal([r["event"] for r in records], ["start", "session", "file",
                                                    "end"], "events")
        check_equal(records[2]["path"],
                    '/a "quote" \\\\ and \\xc3\\xbc', "the name")
        check('"event"' not in text_of(rest), text_of(rest))


@case
def rsyslog_goes_on_in_a_new_file():
    need_tool("rsyslogd", "logrotate")
    with Machine() as machine:
        furnish(machine)
        start_rsyslogd(machine)
        shutil.copy(os.path.join(CONTRIB, "logrotate", "scp-server-rsyslog"),
                    machine.path("srv", "rotate"))
        os.chmod(machine.path("srv", "rotate"), 0o644)
        path = machine.path("log", "scp-server.json")
        for name in ("one", "two"):
            put(machine, [peer.file(0o644, name, b"1")])
            until(lambda: text_of(path).count("\n") == 4, name)
            check_equal([r["path"] for r in log_lines(path)
                         if r["event"] == "file"], ["/" + name], "file")
            check_equal(os.stat(path).st_mode & 0o777, 0o640, "mode")
            machine.run("logrotate", "-f", "-s", "/srv/state", "/srv/rotate")
        machine.run("gunzip", "/var/log/scp-server.json.2.gz")
        check_equal([len(log_lines(path + s)) for s in (".1", ".2")], [4, 4],
                    "records")


def stop_rsyslogd(machine):
    machine.run("sh", "-c", "kill $(cat /run/rsyslogd.pid)")
    until(lambda: not machine.exists("/run/rsyslogd.pid") and
          not machine.exists("/dev/log"), "the end of rsyslogd")


@case
def what_a_new_daemon_does_not_get_is_counted_on_standard_error():
    need_tool("rsyslogd")
    with Machine() as machine:
        furnish(machine)
        start_rsyslogd(machine)
        path = machine.path("log", "scp-server.json")
        server = peer.Server(machine.words(
            suite.SERVER, "-o", "Root=/srv/drop", "-o", "Sandbox=prefer",
            "-t", "/"), stderr=subprocess.PIPE)
        check_equal(server.reply(), b"\0", "first reply")
        for name in ("one", "two"):
            server.send(b"C0644 1 %s\n" % name.encode())
            check_equal(server.reply(), b"\0", name)
            server.send(b"x\0")
            check_equal(server.reply(), b"\0", name)
            if name == "one":
                until(lambda: text_of(path).count("\n") == 3, "the records")
                stop_rsyslogd(machine)
                start_rsyslogd(machine)
        server.process.stdin.close()
        check_equal(server.process.stderr.read(),
                    b"scp-server: audit records lost at the end: 2\n",
                    "standard error")
        check_equal(server.process.wait(), 0, "status")
        check_equal(sorted(os.listdir(machine.path("srv", "drop"))),
                    ["one", "two"], "stored")
        put(machine, [peer.file(0o644, "three", b"x")])
        until(lambda: text_of(path).count("\n") == 7, "the new daemon's")
        check_equal([r["event"] for r in log_lines(path)],
                    ["start", "session", "file"] +
                    ["start", "session", "file", "end"], "events")


JOURNAL = """
mkdir -p /run/systemd/journal /run/log/journal /run/systemd/journald.conf.d
printf '[Journal]\\nRateLimitIntervalSec=30s\\nRateLimitBurst=1\\n' \
    >/run/systemd/journald.conf.d/00-limit.conf
"""

# journald tells services apart by their cgroups.
AS_SERVICE = """
for top in /sys/fs/cgroup/systemd /sys/fs/cgroup; do
	[ -e $top/cgroup.procs ] || continue
	mkdir -p $top/system.slice/ssh.service
	echo $$ >$top/system.slice/ssh.service/cgroup.procs
	break
done
exec "$@"
"""


def journal_records(shipped, count):
    """How many of the records of count files the journal has."""
    journald = "/lib/systemd/systemd-journald"
    if not os.path.exists(journald):
        suite.skip("needs systemd-journald")
    need_tool("journalctl")
    with Machine() as machine:
        furnish(machine)
        machine.run("sh", "-c", JOURNAL)
        if shipped:
            with open(os.path.join(CONTRIB, "journald.conf.d",
                                   "scp-server.conf")) as f:
                machine.run("sh", "-c", "printf %s \"$1\" >"
                            "/run/systemd/journald.conf.d/scp-server.conf",
                            "sh", f.read())
        machine.start(journald)
        until(lambda: machine.exists("/run/systemd/journal/dev-log"),
              "journald")
        machine.run("ln", "-s", "/run/systemd/journal/dev-log", "/dev/log")
        files = [peer.file(0o644, "f%d" % n, b"x") for n in range(count)]
        session = peer.upload(machine.words(
            "sh", "-c", AS_SERVICE, "sh", suite.SERVER, "-o",
            "Sandbox=prefer", "-o", "Root=/srv/drop", "-r", "-t", "/"),
            files, timeout=60)
        check(session.all_acknowledged(files), "%r" % session.status)

        def kept():
            out = machine.run("journalctl", "-D", "/run/log/journal",
                              "-t", "scp-server", "-o", "cat", "-q")
            return [json.loads(line) for line in out.splitlines()]
        if shipped:
            until(lambda: any(r["event"] == "end" for r in kept()),
                  "the last record")
        else:
            time.sleep(1)       # as it may never come
        return kept()


@case
def the_journal_keeps_every_record():
    """But those that its socket had no room for, which the end counts."""
    records = journal_records(True, 200)
    check_equal([r["event"] for r in records[::len(records) - 1]],
                ["start", "end"], "first and last")
    check_equal(len(records) + records[-1]["lost"], 203, "records")
    check(records[-1]["lost"] < 50, "lost: %d" % records[-1]["lost"])


@case
def the_journal_would_drop_records():
    records = journal_records(False, 200)
    check(len(records) < 150, "it has %d" % len(records))
