"""The processes of a direct copy: their rights, and that they end together."""

import contextlib
import os
import re
import signal
import subprocess

import sshd
import trees
import world
from copies import A, B, LARGE, direct, the_hosts
from suite import add, check, check_equal

GRACE = 10      # seconds, as in src/relay.c


def processes_of(uid, word):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat("/proc/" + pid).st_uid not in (uid, 0):
                continue
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                line = f.read()
            with open("/proc/%s/status" % pid) as f:
                owner = re.search(r"Uid:\s+(\d+)", f.read())
            if word in line and owner and int(owner[1]) == uid:
                found.append(int(pid))
        except OSError:
            continue
    return found


def left(h):
    """Launcher, confined half, and ssh."""
    uid = h.a.people["free"].uid
    return processes_of(uid, b"scp-server") + processes_of(uid, b"ssh\0-F")


def all_gone(h):
    return sshd.wait_for(lambda: not left(h), 10 * GRACE)


def confined_half(uid):
    """The one of our processes of this account that has a filter."""
    found = []

    def look():
        for pid in processes_of(uid, b"scp-server"):
            try:
                with open("/proc/%d/status" % pid) as f:
                    if re.search(r"Seccomp:\s+2", f.read()):
                        found.append(pid)
            except OSError:
                pass
        return found
    check(sshd.wait_for(look, 120), "no confined half came up")
    return found[0]


@contextlib.contextmanager
def slow_relay(h, login="free"):
    """A direct copy that takes minutes; the client, and the confined half."""
    check(all_gone(h), "still there: %r" % left(h))
    h.put("free", "file", LARGE)
    client = subprocess.Popen(
        ["ssh", "-F", h.config, "-l", login, A,
         "scp -l 100 /file bob@%s:/srv/bob/slow" % B],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    try:
        yield client, confined_half(h.a.people["free"].uid)
    finally:
        client.kill()
        client.communicate()


def the_confined_half_holds_one_socket():
    """Descriptors, no capability, a filter: as any source."""
    h = the_hosts()
    with slow_relay(h) as (_, pid):
        names = os.listdir("/proc/%d/fd" % pid)
        seen = {n: os.readlink("/proc/%d/fd/%s" % (pid, n)) for n in names}
        check(seen["0"] == seen["1"] and seen["0"].startswith("socket:"),
              "0 and 1: %r" % seen)
        check_equal([n for n in seen if seen[n].startswith("socket:")
                     and seen[n] != seen["0"]], [], "other sockets")
        with open("/proc/%d/status" % pid) as f:
            text = f.read()
        check(re.search(r"Seccomp:\s+2", text), text)
        check(re.search(r"CapEff:\s+0+\n", text), text)
        check(re.search(r"NoNewPrivs:\s+1", text), text)


def running_ssh(h):
    """The ssh of a relay.  It may have been forked, but not be ssh yet."""
    uid = h.a.people["free"].uid
    check(sshd.wait_for(lambda: processes_of(uid, b"ssh\0-F"), 120),
          "no ssh came up")
    return processes_of(uid, b"ssh\0-F")


def when_one_half_dies_the_other_ends():
    h = the_hosts()
    for victim in ("source", "ssh", "client"):
        with slow_relay(h) as (client, pid):
            if victim == "source":
                os.kill(pid, signal.SIGKILL)
            elif victim == "client":
                client.kill()
            else:
                for child in running_ssh(h):
                    os.kill(child, signal.SIGKILL)
            check(all_gone(h), "%s died, and left are %r" % (victim, left(h)))
            if victim != "client":
                check(client.wait(10 * GRACE) in (1, 2),
                      "status after " + victim)


def parent_of(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"PPid:\s+(\d+)", f.read())[1])


def ssh_ends_with_the_launcher_also_as_another_account():
    h = the_hosts()
    with slow_relay(h, "raised"):
        ssh = running_ssh(h)[0]
        launcher = parent_of(ssh)
        with open("/proc/%d/cmdline" % launcher, "rb") as f:
            check(b"scp-server" in f.read(), "not the launcher")
        check_equal(os.stat("/proc/%d" % launcher).st_uid, 0, "its account")
        os.kill(launcher, signal.SIGKILL)
        check(all_gone(h), "left are %r" % left(h))


def start_inside(h, prefix, command):
    """The program as free, started by somebody who has done this before."""
    free = h.a.people["free"]
    return subprocess.Popen(
        h.a.inside(["setpriv", "--reuid=%d" % free.uid,
                    "--regid=%d" % free.gid, "--clear-groups", *prefix,
                    world.PROGRAM, "-c", command]),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)


def signals_that_a_parent_ignores_or_blocks_change_nothing():
    h = the_hosts()
    h.put("free", "file", b"x")
    with start_inside(h, ["env", "-i", "--ignore-signal=CHLD"],
                      "scp /file bob@%s:/srv/bob/x" % B) as process:
        said = process.communicate(timeout=120)[0]
        check_equal(process.returncode, 0, said)
    h.put("free", "file", LARGE)
    with start_inside(h, ["env", "-i", "--block-signal=ALRM,TERM,HUP",
                          "sh", "-c", "exec 7</etc/passwd; exec \"$@\"", "sh"],
                      "scp -l 100 /file bob@%s:/srv/bob/x" % B) as process:
        confined_half(h.a.people["free"].uid)
        launcher = parent_of(running_ssh(h)[0])
        check("7" not in os.listdir("/proc/%d/fd" % launcher),
              "the launcher has kept a descriptor")
        process.stdout.close()
        check(all_gone(h), "left are %r" % left(h))


def without_room_for_the_record_of_a_relay_it_ends_with_78():
    """That is the launcher's, and comes when both halves have ended."""
    h = the_hosts()
    policy = h.a.path("etc/scp-server.conf")
    before = trees.read(policy)
    h.put("free", "file", b"x" * 300000)
    try:
        trees.write(policy, before.replace(
            b"Match User free\n", b"Match User free\nAudit require\n"))
        with start_inside(h, ["env", "-i"],
                          "scp -l 800 /file bob@%s:/srv/bob/x" % B) as process:
            free = h.a.people["free"]
            confined_half(free.uid)
            launcher = parent_of(running_ssh(h)[0])
            subprocess.run(["prlimit", "--pid", str(launcher), "--fsize=1"],
                           user=free.uid, group=free.gid, extra_groups=[],
                           check=True)
            said = process.communicate(timeout=120)[0]
            check_equal(process.returncode, 78, said)
    finally:
        trees.write(policy, before)


def a_connection_that_does_not_end_is_told():
    """sleep outlives the copy at the other host, so that ssh waits for it."""
    h = the_hosts()
    keys = h.b.path("etc/ssh/keys/bob")
    before = trees.read(keys)
    h.put("free", "file", b"x")
    try:
        trees.write(keys, b'command="sh -c \\"$SSH_ORIGINAL_COMMAND\\"; '
                    b'sleep %d" ' % (2 * GRACE) + before)
        status, said = direct(h, "free", "/file", "bob", "/srv/bob/slow")
        check(status != 0 and "no connection" not in said, said)
        check("the connection to %s did not end, and was cut" % B in said,
              said)
    finally:
        trees.write(keys, before)


def add_cases():
    for case in (the_confined_half_holds_one_socket,
                 when_one_half_dies_the_other_ends,
                 ssh_ends_with_the_launcher_also_as_another_account,
                 signals_that_a_parent_ignores_or_blocks_change_nothing,
                 without_room_for_the_record_of_a_relay_it_ends_with_78,
                 a_connection_that_does_not_end_is_told):
        add(case.__name__, case)
