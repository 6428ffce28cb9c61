"""Copies that A refuses, and files that an account may have planted."""

import os
import re
import subprocess

import sshd
import suite
import trees
import world
from copies import A, B, add_stories, direct, fails, the_hosts
from suite import add, check, check_equal

NOT_ALLOWED = r"not allowed from here \(Relay\).*scp -3"
NO_COPY = (b"\2scp: command not allowed\n",
           b"\2scp: this is the server half of scp (scp-server): it copies "
           b"only when an scp client calls it; between two hosts use "
           b"scp -3\n")
NO_DESTINATION = "not a destination on another host"


def refused_without_relay():
    h = the_hosts()
    h.put("never", "file", b"x")
    fails(direct(h, "never", "/file", "bob", "x"), NOT_ALLOWED)


def refused_what_nearly_matches():
    h = the_hosts()
    h.put("near", "file", b"x")
    for to in ("bob@127.0.0.3", "127.0.0.3", "bob@127.0.0.31",
               "bob@x.example.net", "alice@127.0.0.30"):
        status, out, err = h.ssh("near", "scp /file %s:x" % to)
        check_equal((status, out), (2, b""), to)
        check(re.search(NOT_ALLOWED, err), err)


def refused_what_looks_like_an_option():
    h = the_hosts()
    h.put("bare", "file", b"x")
    mark = os.path.join(h.here, "ran")
    for to in ("-oProxyCommand=touch${IFS}%s:x" % mark,
               "'-oProxyCommand=touch %s':x" % mark,
               "bob@-oProxyCommand=id:x", "-l@host:x", "'a b@host:x'",
               "'host name:x'", "'bob;id@host:x'", "'host$(id):x'",
               "@host:x", "[::1:x", "'[-x]:x'", "'a@b@c:x'",
               "'scp://host:22/x'", "'scp://-x/y'", "'scp://host/%%00'",
               "'host:a\\tb'".replace("\\t", "\x7f")):
        status, out, err = h.ssh("bare", "scp -- /file " + to)
        check_equal(status, 2, "%s: %s" % (to, err))
        # what no shell word can be is refused before anybody knows that it
        # is no protocol session
        check(out in NO_COPY or out == b"" and re.search(
            NO_DESTINATION, err), "%s: %r %r" % (to, out, err))
    check(not os.path.exists(mark), "a command ran")


def refused_option_like_paths_are_paths():
    h = the_hosts()
    h.put("free", "file", b"x")
    status, out, err = h.ssh("free", "scp /file bob@%s:-r" % B)
    check_equal((status, out), (0, b""), err)
    check(os.path.exists(h.b.path(h.bob.home, "-r")), "not stored")
    status, out, err = h.ssh(
        "free", "scp /file 'bob@%s:$(touch pwned);`id`'" % B)
    check_equal((status, out), (0, b""), err)
    check_equal(sorted(n for n in os.listdir(h.b.path(h.bob.home))
                       if not n.startswith(".")),
                ["$(touch pwned);`id`", "-r"], "names")


def refused_a_relay_in_a_write_only_account():
    h = the_hosts()
    h.put("out", "file", b"x")
    fails(direct(h, "out", "/file", "bob", "x"), "downloads are not allowed")


def planted_configuration(name, source):
    """ssh reads none but RelayConfig: none at all here."""
    h = the_hosts()
    mark = h.a.path("srv", name, "ran")
    person = h.a.people[name]
    h.put(name, "file", b"x")
    path = h.a.path(person.home, ".ssh", "config")
    with open(path, "w") as f:
        f.write("Host *\n\tProxyCommand touch /srv/%s/ran\n"
                "\tLocalCommand touch /srv/%s/ran\n"
                "\tPermitLocalCommand yes\n" % (name, name))
    os.chown(path, person.uid, person.gid)
    status, said = h.scp("-R", "%s@%s:%s" % (name, A, source),
                         "bob@%s:x" % B)
    check(status != 0, said)
    check(not os.path.exists(mark), "the planted command ran")


def refused_a_planted_configuration():
    planted_configuration("bare", "/file")


def refused_a_planted_configuration_without_a_root():
    planted_configuration("bold", "/srv/bold/file")


def refused_a_configuration_that_may_be_exchanged():
    """ssh opens it by its path, after it was looked at."""
    h = the_hosts()
    policy = h.a.path("etc/scp-server.conf")
    before = trees.read(policy)
    os.mkdir(h.at("a", "loose/etc"))
    trees.write(h.at("a", "loose/etc/relay"), b"")
    os.symlink("/etc/ssh", h.a.path("srv/way"))
    try:
        for path in (b"/srv/loose/etc/relay", b"/srv/way/relay_config"):
            trees.write(policy, before.replace(b"/srv/loose.conf", path))
            fails(h.scp("-R", "loose@%s:/none" % A, "bob@%s:x" % B),
                  "(?s)RelayConfig: others than root")
    finally:
        trees.write(policy, before)
        os.unlink(h.a.path("srv/way"))


def refused_a_command_that_the_client_has_put_first():
    """TinySSH passes on PATH and HOME of a client, and RelayConfig may name a
    command by its name alone."""
    h = the_hosts()
    person, mark = h.a.people["free"], h.at("a", "free/mark")
    h.put("free", "file", b"x")
    h.put("free", "connect-to", b"#!/bin/sh\n: >/srv/free/mark\n")
    os.chmod(h.at("a", "free/connect-to"), 0o755)
    config = h.a.path("etc/ssh/relay_config")
    policy = h.a.path("etc/scp-server.conf")
    before = [trees.read(path) for path in (config, policy)]
    try:
        trees.write(policy, before[1].replace(
            b"Relay bob@", b"Relay 127.0.0.9 127.0.0.10 bob@"))
        trees.write(config, b"Host 127.0.0.9\n\tProxyCommand connect-to %h\n"
                    b"Host 127.0.0.10\n\tProxyCommand ~/connect-to %h\n"
                    + before[0])
        for host in ("127.0.0.9", "127.0.0.10"):
            done = subprocess.run(
                h.a.inside([
                    "setpriv", "--reuid=%d" % person.uid,
                    "--regid=%d" % person.gid, "--clear-groups", "env", "-i",
                    "PATH=/srv/free:/usr/bin:/bin", "HOME=/srv/free",
                    world.PROGRAM, "-c", "scp /file bob@%s:x" % host]),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, timeout=60)
            check(done.returncode != 0, host)
            check("not found" in done.stderr, done.stderr)
            check(not os.path.exists(mark), "it ran for " + host)
    finally:
        for path, text in zip((config, policy), before):
            trees.write(path, text)


def refused_outside_the_root_of_the_source():
    h = the_hosts()
    for path in ("/../../etc/passwd", "../stock/x"):
        status, out, err = h.ssh("free", "scp %s bob@%s:x" % (path, B))
        check(status != 0 and out == b"", err)
        check("leaves the served directory" in err, err)


def a_person_who_types_scp_is_told():
    """At a shell of a host whose only scp we are."""
    top = suite.scratch()
    try:
        scp = os.path.join(top, "scp")
        os.symlink(suite.SERVER, scp)
        for words, text in ((["a", "b"], "server half of scp"),
                            (["a", "host:b"], "scp -3"),
                            ([], "server half")):
            done = subprocess.run([scp] + words, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
            check(done.returncode in (1, 2) and done.stdout == "", words)
            check(text in done.stderr, done.stderr)
    finally:
        sshd.remove(top)


def add_cases():
    add_stories("refused", globals())
    add("a_person_who_types_scp_is_told", a_person_who_types_scp_is_told)
