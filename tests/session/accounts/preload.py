"""TinySSH passes on every variable of a client: LD_PRELOAD of an upload.

An account uploads a shared object, as it may, and names it in its next login.
What a dynamic program loads then runs before that program does.
"""

import functools
import json
import os
import subprocess

import clients
import sshd
import suite
import trees
import world
from spoken import put
from suite import check_equal, need_tool

SOURCE = r"""
#include <fcntl.h>
__attribute__((constructor)) static void
mark(void)
{
	(void)open(MARK, O_CREAT | O_WRONLY, 0600);
}
"""
DYNAMIC, STATIC = world.PROGRAM, "/usr/local/bin/static/scp-server"
# account -> its login shell
ACCOUNTS = {"pre-dynamic": DYNAMIC, "pre-static": STATIC, "pre-sh": "/bin/sh"}
# An account that may write from one address alone, and its log.
ELSEWHERE, CLAIMED, LOG = "pre-address", "192.0.2.66", "/home/pre-address/log"


def add_accounts(w):
    lines = []
    for name, shell in ACCOUNTS.items():
        person = w.add(name, shell)
        w.srv(person, name)
        lines += ["Match User " + name, "Root /srv/%u"]
    w.srv(w.add(ELSEWHERE, DYNAMIC), ELSEWHERE)
    lines += ["Match User %s Address %s" % (ELSEWHERE, CLAIMED),
              "Root /srv/%u", "Match User " + ELSEWHERE, "Root /srv/%u",
              "Access read-only", "AuditLog " + LOG]
    return [], lines


@functools.lru_cache(maxsize=None)
def built():
    """The static build, for all cases of this file."""
    need_tool("make", "cc", "ld")
    where = os.path.join(suite.scratch(), "static")
    done = subprocess.run(
        ["make", "-s", "-j2", "-C", suite.TOP, "STATIC=1", "BUILD=" + where,
         os.path.join(where, "scp-server")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check_equal(done.returncode, 0, done.stdout)
    return os.path.join(where, "scp-server")


def furnish(w):
    os.makedirs(os.path.dirname(w.path(STATIC)), exist_ok=True)
    with open(built(), "rb") as f:
        trees.write(w.path(STATIC), f.read(), mode=0o755)


def object_for(w, person):
    """A shared object that makes /srv/ACCOUNT/mark where it is loaded."""
    here = w.path("client", person.name)
    trees.write(here + ".c", SOURCE.encode())
    subprocess.run(["cc", "-shared", "-fPIC", "-o", here + ".so",
                    '-DMARK="/srv/%s/mark"' % person.name, here + ".c"],
                   check=True)
    return trees.read(here + ".so")


def log_in(person, daemon, command, sent, *options):
    words = clients.ssh_words(person, daemon.port)
    words[1:1] = [w for o in options for w in ("-o", o)]
    return clients.run(words + command, person, sent)


def loads(w, name, daemon, command):
    """Whether what lies in the account's directory runs in its login."""
    person = w.people[name]
    mark = w.path("srv", name, "mark")
    if os.path.exists(mark):
        os.unlink(mark)
    status, out, err = log_in(
        person, daemon, command, put("new"),
        "SetEnv=LD_PRELOAD=/srv/%s/it.so" % name)
    check_equal((status, out), (0, b"\0\0\0"), "the copy: %s" % err)
    return os.path.exists(mark)


def the_next_login(server, name, wanted):
    """The account uploads the object, and names it."""
    def case(w):
        daemon, person = getattr(w, server)(), w.people[name]
        body = object_for(w, person)
        done = log_in(person, daemon, ["scp -t it.so"], put("it.so", body))
        check_equal(done[:2], (0, b"\0\0\0"), "%s" % done[2])
        check_equal(trees.read(w.path("srv", name, "it.so")), body, "object")
        check_equal(loads(w, name, daemon, ["scp -t new"]), wanted, "it ran")
    return case


def a_forced_command(name, wanted):
    """tinysshd -e runs it by the shell of the account, and for clients that
    ask for no command alone."""
    def case(w):
        person = w.people[name]
        daemon = w.tinyssh("-e", "%s -o Root=/srv/%s -o AuditLog=none -t new"
                           % (STATIC, name))
        trees.write(w.path("srv", name, "it.so"), object_for(w, person))
        check_equal(loads(w, name, daemon, []), wanted, "it ran")
    return case


def the_address_that_a_client_names(server, claimed):
    """Neither Match Address nor the refused record, by which somebody may be
    banned, believes it."""
    def case(w):
        daemon, person = getattr(w, server)(), w.people[ELSEWHERE]
        log = w.path(LOG)
        if os.path.exists(log):
            os.unlink(log)
        done = log_in(person, daemon, ["scp -t new"], put("new"),
                      'SetEnv=SSH_CONNECTION="%s 1 192.0.2.1 22"' % CLAIMED)
        check_equal(done[0], 2, "status: %r" % (done,))
        start, refused = [
            json.loads(line) for line in trees.read(log).splitlines()
            if b'"start"' in line or b'"refused"' in line]
        check_equal((start["peer"], start.get("claimed"), refused["peer"]),
                    (CLAIMED, "yes", "") if claimed else
                    (sshd.ADDRESS, None, sshd.ADDRESS), "the log")
    return case


CASES = {
    "the_address_that_a_client_names_is_not_believed":
        the_address_that_a_client_names("tinyssh", True),
    "dropbear_tells_the_address": the_address_that_a_client_names(
        "dropbear", False),
    "openssh_tells_the_address": the_address_that_a_client_names(
        "openssh", False),
    "a_static_login_shell_loads_nothing": the_next_login(
        "tinyssh", "pre-static", False),
    "control_a_dynamic_login_shell_loads_it": the_next_login(
        "tinyssh", "pre-dynamic", True),
    "dropbear_passes_nothing_on": the_next_login(
        "dropbear", "pre-dynamic", False),
    "a_forced_command_by_another_shell_is_not_safe": a_forced_command(
        "pre-sh", True),
}


def prepared(get_world, case):
    need_tool("cc", "tinysshd-makekey", "dropbearconvert")
    w = get_world()
    furnish(w)
    case(w)


def add_cases(get_world):
    for name, case in CASES.items():
        suite.add("preload/" + name,
                  lambda case=case: prepared(get_world, case))
