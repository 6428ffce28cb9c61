"""Copies that A's scp-server makes itself (scp -R), and how they fail."""

import json
import os
import subprocess
import time

import sshd
import trees
from copies import (A, B, LARGE, add_stories, direct, fails, make_tree,
                    path_of, same_tree, the_hosts)
from suite import add, check, check_equal


def directly_to(sink):
    def run():
        h = the_hosts()
        h.put("free", "file", LARGE)
        status, said = direct(h, "free", "/file", sink,
                              path_of(sink, "copy"))
        check_equal(status, 0, said)
        check_equal(trees.read(os.path.join(h.at("b", sink), "copy")), LARGE,
                    "content")
        tree = make_tree(h, "free")
        status, said = direct(h, "free", "/tree", sink, path_of(sink, ""),
                              "-r", "-p")
        check_equal(status, 0, said)
        same_tree(os.path.join(h.at("b", sink), "tree"), tree,
                  ("mode", "mtime"))
    return run


def direct_with_an_agent_that_the_user_brought():
    h = the_hosts()
    h.put("agent", "file", b"x")
    at, to = "agent@%s:/file" % A, "bob@%s:/srv/bob/with-agent" % B
    fails(h.scp("-R", at, to), "(?s)Permission denied.*no connection")
    socket = os.path.join(h.here, "agent")
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket],
                          stdout=subprocess.DEVNULL) as agent:
        try:
            check(sshd.wait_for(lambda: os.path.exists(socket), 60), "agent")
            env = dict(os.environ, SSH_AUTH_SOCK=socket)
            for w in (h.a, h.b):
                subprocess.run(["ssh-add", "-q", w.path("key")], env=env,
                               check=True)
            status, said = h.scp("-A", "-R", at, to, env=env)
            check_equal(status, 0, said)
        finally:
            agent.terminate()
    check_equal(trees.read(os.path.join(h.at("b", "bob"), "with-agent")),
                b"x", "content")


def direct_in_an_open_session_has_its_users_configuration():
    h = the_hosts()
    path = h.put("open", "file", b"x")
    status, said = h.scp("-R", "open@%s:/srv/open/file" % A,
                         "bob@%s:/srv/bob/from-open" % B)
    check_equal(status, 0, said)
    check_equal(trees.read(os.path.join(h.at("b", "bob"), "from-open")),
                trees.read(path), "content")


def direct_to_an_uri():
    """The client turns it into a host and a path; one that is typed at A is
    understood as well."""
    h = the_hosts()
    h.put("free", "file", b"x")
    status, said = h.scp("-R", "free@%s:/file" % A,
                         "scp://bob@%s//srv/bob/from-uri" % B)
    check_equal(status, 0, said)
    status, _, err = h.ssh(
        "free", "scp /file scp://bob@%s//srv/bob/typed%%20uri" % B)
    check_equal(status, 0, err)
    check_equal(sorted(os.listdir(h.at("b", "bob"))),
                ["from-uri", "typed uri"], "names")


def direct_odd_names():
    h = the_hosts()
    for name in trees.ODD_NAMES:
        h.put("free", "file", b"odd\n")
        # the client hands both on as they are: A's parser undoes quotes
        quoted = "'%s'" % path_of("bob", name).replace("'", "'\\''")
        status, said = h.scp("-R", "free@%s:/file" % A,
                             "bob@%s:%s" % (B, quoted))
        check_equal(status, 0, "%r: %s" % (name, said))
        path = os.path.join(h.at("b", "bob"), name)
        check_equal(trees.read(path), b"odd\n", name)
        os.unlink(path)


def direct_a_pattern_and_several_sources():
    h = the_hosts()
    for name in ("1.txt", "2.txt", "3.log"):
        h.put("free", name, name.encode())
    status, out, err = h.ssh("free", "scp *.txt 3.log bob@%s:/srv/bob" % B)
    check_equal((status, out), (0, b""), err)
    check_equal(sorted(os.listdir(h.at("b", "bob"))),
                ["1.txt", "2.txt", "3.log"], "names")


def direct_is_in_both_trails():
    h = the_hosts()
    h.put("free", "file", b"12345")
    status, said = direct(h, "free", "/file", "ours", "/in-the-trail")
    check_equal(status, 0, said)
    seen = [json.loads(line) for line in h.records("a").splitlines()
            if "in-the-trail" in line]
    check_equal([r["event"] for r in seen], ["start", "session", "relay"],
                "records")
    check(seen[0]["request"].endswith("/in-the-trail"), seen[0]["request"])
    check_equal(seen[1]["destination"], "ours@%s:/in-the-trail" % B, "to")
    check_equal((seen[1]["verb"], seen[1]["operand"]), ("relay", "/file"))
    check_equal((seen[2]["ssh"], seen[2]["status"]), (0, 0), "status")
    files = [json.loads(line) for line in h.records("a").splitlines()
             if '"pid":%d,' % seen[0]["pid"] in line]
    check_equal([(r["verb"], r["bytes"], r["result"]) for r in files
                 if r["event"] == "file"], [("get", 5, "ok")], "the file")
    check('"verb":"put","path":"/in-the-trail","bytes":5' in h.records("b"),
          "nothing in B's trail")


def direct_has_the_key_in_the_trail():
    """With a Root it is known, without it is only claimed."""
    h = the_hosts()
    for user, claimed in (("free", None), ("open", "yes")):
        path = "/srv/open/key" if user == "open" else "/key"
        h.put(user, "key", b"x")
        status, said = direct(h, user, path, "ours", "/key-of-" + user)
        check_equal(status, 0, said)
        for host in "ab":
            start = [json.loads(line) for line in h.records(host).splitlines()
                     if "key-of-" + user in line and '"start"' in line]
            check_equal([(r["auth"], r["key"].split()[0], r.get("claimed"))
                         for r in start],
                        [("publickey", "ssh-ed25519",
                          claimed if host == "a" else None)], user + host)


def direct_a_missing_source_is_told():
    h = the_hosts()
    fails(direct(h, "free", "/none", "bob", "/srv/bob/"),
          "none: No such file")
    check_equal(os.listdir(h.at("b", "bob")), [], "at B")


def direct_a_refused_destination_is_told():
    h = the_hosts()
    h.put("free", "file", b"x")
    fails(direct(h, "free", "/file", "ours", "/x.bad"), "DenyNames")
    fails(direct(h, "free", "/file", "ours", "/../x"), "leaves the served")
    fails(direct(h, "free", "/file", "bob", "/srv/bob/no/such"),
          "No such file")
    check_equal(os.listdir(h.at("b", "ours")), [], "at B")


def direct_a_part_that_is_refused_is_told():
    h = the_hosts()
    os.mkdir(os.path.join(h.at("a", "free"), "t"))
    for name in ("a", "b.bad", "c"):
        h.put("free", "t/" + name, b"x")
    fails(direct(h, "free", "/t", "ours", "/", "-r"), "b.bad.*DenyNames")
    check_equal(sorted(os.listdir(os.path.join(h.at("b", "ours"), "t"))),
                ["a", "c"], "what is stored")


def direct_a_full_disk_is_told():
    """Of the other host: B's scp has no more than 64 KiB there."""
    h = the_hosts()
    h.put("free", "file", b"x" * 300000)
    fails(h.scp("-R", "free@%s:/file" % A, "bob@%s:/dev/full" % B),
          "No space left")


def direct_without_the_other_host():
    h = the_hosts()
    h.put("bare", "file", b"x")
    h.put("free", "file", b"x")
    for user, host, words in (
            ("out", None, None),
            ("loose", B, "RelayConfig")):
        if host is not None:
            fails(h.scp("-R", "%s@%s:/none" % (user, A),
                        "bob@%s:x" % host), words)
    # B's port stands in no configuration that bare may use: nobody is there
    begun = time.monotonic()
    fails(h.scp("-R", "bare@%s:/file" % A, "bob@%s:x" % B),
          "no connection to")
    check(time.monotonic() - begun < 120, "it took too long")


def with_policy(h, lines):
    """For one case: another Relay for everybody."""
    path = h.a.path("etc/scp-server.conf")
    with open(path) as f:
        before = f.read()
    with open(path, "w") as f:
        f.write(before.replace("Relay bob@", lines + " bob@"))
    return lambda: open(path, "w").write(before)


def direct_a_wrong_host_key_and_a_closed_port():
    h = the_hosts()
    h.put("free", "file", b"x")
    undo = with_policy(h, "Relay 127.0.0.4 127.0.0.5")
    try:
        fails(h.scp("-R", "free@%s:/file" % A, "bob@127.0.0.4:x"),
              "(?s)verification failed.*no connection")
        fails(h.scp("-R", "free@%s:/file" % A, "bob@127.0.0.5:x"),
              "(?s)refused.*no connection")
    finally:
        undo()


def direct_a_password_is_never_asked_for():
    h = the_hosts()
    h.put("free", "file", b"x")
    undo = with_policy(h, "Relay asked@127.0.0.3")
    try:
        fails(direct(h, "free", "/file", "asked", "x"),
              "(?s)Permission denied.*takes a key, an agent or GSSAPI")
    finally:
        undo()


def add_cases():
    for sink in ("bob", "ours"):
        add("direct/to_" + sink, directly_to(sink))
    add_stories("direct", globals())
