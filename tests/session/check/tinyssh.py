"""TinySSH: every variable of a client reaches the login shell."""

import os
import shutil
import subprocess

import suite
from machine import PREFER, TOP, Machine, found, give, make_place, write

LOADS = "is no static build: TinySSH passes LD_PRELOAD of a client on"
BINDS_NOBODY = "TinySSH has no forced commands"


def shell_of(kind):
    """A login shell of our name, built like this."""
    path = os.path.join(make_place("shell-" + kind), "scp-server")
    if kind == "script":
        write(path, "#!/bin/sh\n")
    elif kind == "dynamic":
        shutil.copy(suite.SERVER, path)
    elif kind == "broken":
        write(path, "\x7fELF")
    else:
        suite.need_tool("cc")
        source = write(path + ".c", "int main(void) { return 0; }\n")
        subprocess.run(["cc", "-" + kind, "-o", path, source], check=True)
    os.chmod(path, 0o755)
    return path


def machine(shell, installed=True, keys=True):
    m = Machine(shell=shell)
    if installed:
        place = make_place("sbin")
        write(os.path.join(place, "tinysshd"), "")
        m.over = [(place, "/usr/local/sbin")]
    if keys:
        path = os.path.join(make_place(os.path.relpath(m.home, TOP) + "/.ssh"),
                            "authorized_keys")
        write(path, "")
        give(path)
    return m


def findings(m):
    done = m.check(*PREFER, make_place("drop"))
    return [w for w, _ in found(done.stdout)
            if LOADS in w or BINDS_NOBODY in w], done


@suite.case
def a_dynamic_login_shell_is_named():
    for kind in ("dynamic", "script", "broken"):
        shell = shell_of(kind)
        seen, done = findings(machine(shell))
        suite.check_equal(len(seen), 1, done.stdout)
        suite.check("login shell %s %s" % (shell, LOADS) in seen[0], seen)
        suite.check_equal(done.returncode, 1, kind)
    seen, done = findings(machine(TOP + "/nowhere/scp-server"))
    suite.check_equal(len(seen), 1, done.stdout)


@suite.case
def a_static_one_is_good():
    for kind in ("static", "static-pie"):
        seen, done = findings(machine(shell_of(kind)))
        suite.check_equal(seen, [], done.stdout)
        suite.check("static: it loads nothing" in done.stdout, done.stdout)


@suite.case
def another_login_shell_is_bound_by_nothing():
    seen, done = findings(machine("/bin/sh"))
    suite.check_equal(len(seen), 1, done.stdout)
    suite.check(BINDS_NOBODY in seen[0], seen)


@suite.case
def it_is_said_once_whatever_the_keys_start():
    keys = write(os.path.join(TOP, "two-keys"), "".join(
        'restrict,command="scp-server%s" ssh-ed25519 AAAA k\n' % more
        for more in ("", " -o Access=read-only")))
    m = machine("/bin/sh")
    m.sshd.update(ForceCommand=None, AuthorizedKeysFile=keys)
    seen, done = findings(m)
    suite.check_equal(len(seen), 1, done.stdout)


@suite.case
def without_tinyssh_or_a_key_for_it_nothing_is_said():
    shell = shell_of("dynamic")
    seen, done = findings(machine(shell, installed=False))
    suite.check_equal((seen, "TinySSH" in done.stdout), ([], False),
                      done.stdout)
    m = machine(shell, keys=False)
    shutil.rmtree(os.path.join(m.home, ".ssh"), ignore_errors=True)
    seen, done = findings(m)
    suite.check_equal(seen, [], done.stdout)
    suite.check("lets nobody in" in done.stdout, done.stdout)
