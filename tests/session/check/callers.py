"""Who may ask, and that asking changes nothing."""

import os
import shutil
import subprocess

import suite
from machine import PREFER, TOP, make_tree, run, write


def as_nobody(*words):
    """Run by an account that can't become another one."""
    server = shutil.copy(suite.CHECK, TOP)
    return subprocess.run(
        [server, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="latin-1", timeout=60, user=65534,
        group=65534, extra_groups=[])


@suite.case
def who_can_not_become_the_account_is_told_whose_rights_these_are():
    suite.need_root()
    make_tree()
    words = ["--user", "daemon", *PREFER, TOP + "/tree"]
    for first in ["explain", "scp -t x"], []:
        done = as_nobody(*first, *words)
        suite.check("only root can check with the rights of daemon" in done.stdout, done.stdout)
    done = as_nobody("--user", "nobody", "-o", "User=daemon")
    suite.check_equal(done.returncode, 78, done.stdout)
    suite.check("only root can change it" in done.stdout, done.stdout)


def snapshot(top):
    seen = {}
    for where, _, names in os.walk(top):
        for path in [where] + [os.path.join(where, n) for n in names]:
            st = os.lstat(path)
            seen[path] = (st.st_mode, st.st_uid, st.st_ino, st.st_size,
                          st.st_mtime_ns, st.st_ctime_ns)
    return seen


@suite.case
def nothing_is_changed():
    root = make_tree()
    write(root + "/.scp-server.0123456789abcdef.part", "x")
    before = snapshot(root)
    run(root)
    run("-o", "Chroot=yes", root)
    for command in ("scp -t new", "scp -t small", "scp -r -t dir",
                    "scp -r -f .", "scp -f *", "sftp-server"):
        run("explain", command, root)
    suite.check_equal(snapshot(root), before, "tree")
    os.unlink(root + "/.scp-server.0123456789abcdef.part")


@suite.case
def no_client_can_ask():
    """As the remote scp, as the login shell, as its forced command."""
    env = dict(os.environ, SSH_ORIGINAL_COMMAND="scp-server --check")
    for words in (["scp", "--check"], ["scp", "--explain", "scp -t x"],
                  ["scp-server", "-c", "scp-server --check"],
                  ["scp-server", "-c", "scp-server --explain x"],
                  ["scp-server", "-o", "AuditLog=none"]):
        done = subprocess.run(words, executable=suite.SERVER, env=env,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        suite.check_equal(done.returncode, 2, words)
        suite.check(b"policy" not in done.stdout, done.stdout)


@suite.case
def the_commands_of_before_say_what_they_are_called_now():
    for words, now in (
            (["--check"], ""),
            (["--check", "--user", "alice", "/srv"], " --user alice /srv"),
            (["--user", "alice", "-o", "DenyNames=*.exe it's", "--check"],
             " --user alice -o 'DenyNames=*.exe it'\\''s'"),
            (["--explain", "scp -t x", "--read-only"],
             " explain 'scp -t x' --read-only"),
            (["--config", "/etc/x", "--explain", "x\x1b"],
             " explain 'x\\x1b' --config /etc/x")):
        done = subprocess.run([suite.SERVER, *words], text=True,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        suite.check_equal((done.returncode, done.stdout), (1, ""), words)
        suite.check(done.stderr.endswith(
            " is a program of its own now: scp-server-check%s\n" % now),
            done.stderr)
