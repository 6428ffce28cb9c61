"""What the log says of the key, and what of that an account could forge.

sshd makes the file that SSH_USER_AUTH names as the account, and an SSH server
may let the client set the variable.  Here sshd does, for some accounts.
"""

import contextlib
import json
import os
import random
import string

import clients
import suite
import trees
import world
from spoken import put
from suite import check, check_equal

NAME = "auth"
FORGED = b"publickey ssh-ed25519 Zm9v\n"
# account -> its Root, and what its Match block of sshd_config says
ACCOUNTS = {
    "told": ("/srv/%u", "ExposeAuthInfo yes"),
    "open": ("none", "ExposeAuthInfo yes"),
    "tmp": ("/tmp", "ExposeAuthInfo yes"),
    "all": ("/", "ExposeAuthInfo yes"),
    "forged": ("/srv/%u", "AcceptEnv SSH_USER_AUTH"),
    "opened": ("none", "AcceptEnv SSH_USER_AUTH"),
    "inside": ("/tmp", "AcceptEnv SSH_USER_AUTH"),
}


def add_accounts(w):
    match, lines = [], []
    for how, (root, told) in ACCOUNTS.items():
        person = w.add("%s-%s" % (NAME, how), "/bin/sh")
        w.srv(person, person.name)
        lines += ["Match User " + person.name, "Root " + root,
                  "AuditLog /srv/%s.log" % person.name]
        match += ["Match User " + person.name,
                  "\tForceCommand " + world.PROGRAM, "\t" + told]
        log = w.path("srv", person.name + ".log")
        trees.write(log, b"")
        os.chown(log, person.uid, -1)
    return match, lines


def start_of(w, how, variable=None):
    """The start record of a session, which asks for a file that is not."""
    person = w.people["%s-%s" % (NAME, how)]
    words = clients.ssh_words(person, w.daemons["openssh"].port)
    if variable is not None:
        words[1:1] = ["-o", "SetEnv=SSH_USER_AUTH=" + variable]
    status, out, err = clients.run(
        words + ["scp -f not-there"], person, b"\0")
    check(b"No such file" in out, "%s: %r %r" % (how, out, err))
    with open(w.path("srv", person.name + ".log")) as f:
        return [r for r in map(json.loads, f) if r["event"] == "start"][-1]


def said(start):
    return start.get("auth"), "key" in start, start.get("claimed")


def the_file_of_a_real_sshd(w):
    check_equal(said(start_of(w, "told")), ("publickey", True, None), "told")
    check_equal(said(start_of(w, "open")), ("publickey", True, "yes"), "open")
    for how in ("tmp", "all"):
        check_equal(said(start_of(w, how)), (None, False, None), how)


@contextlib.contextmanager
def files(person, *ends):
    """Names as those of sshd, of which nothing is left behind."""
    paths = ["/tmp/sshauth." + "".join(random.choices(
        string.ascii_letters + string.digits, k=15)) + end for end in ends]
    try:
        for path in paths:
            trees.write(path, FORGED)
            os.chmod(path, 0o600)
            os.chown(path, person.uid, person.gid)
        yield paths
    finally:
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


def what_a_client_names_has_to_look_like_it(w):
    person = w.people[NAME + "-forged"]

    def believed(path):
        auth, key, claimed = said(start_of(w, "forged", path))
        check_equal((key, claimed), (auth == "publickey", None), path)
        return key

    with files(person, "", "x", ".", "") as (good, longer, odd, other):
        check(believed(good), "the control")
        for path in (longer, odd, good[:-1], good + "/", "/" + good,
                     "/tmp/../tmp/" + os.path.basename(good), "/etc/passwd"):
            check(not believed(path), path)
        os.chmod(good, 0o644)
        check(not believed(good), "mode 0644")
        os.chmod(good, 0o600)
        os.chown(good, person.uid + 1, person.gid)
        check(not believed(good), "somebody else's")
        os.chown(good, person.uid, person.gid)
        os.unlink(other)
        os.link(good, other)
        check(not believed(good) and not believed(other), "a hard link")
        os.unlink(other)
        os.symlink(good, other)
        check(believed(good) and not believed(other), "a link")
        os.unlink(other)
        os.mkfifo(other, 0o600)
        os.chown(other, person.uid, person.gid)
        check(not believed(other), "a FIFO")


def an_uploaded_one_is_not_believed(w):
    """The account stores it by a copy, under a name like sshd's."""
    person = w.people[NAME + "-inside"]
    with files(person, "") as (path,):
        os.unlink(path)
        name = os.path.basename(path)
        words = clients.ssh_words(person, w.daemons["openssh"].port)
        _, out, err = clients.run(
            words + ["scp -t " + name], person, put(
                name, FORGED, mode=b"0600"))
        check_equal(out, b"\0\0\0", "%s" % err)
        check_equal(os.stat(path).st_uid, person.uid, "owner")
        check_equal(said(start_of(w, "inside", path)), (None, False, None),
                    "within the Root")
        # an open session can make such a file: the record says claimed
        person = w.people[NAME + "-opened"]
        os.chown(path, person.uid, person.gid)
        check_equal(said(start_of(w, "opened", path)),
                    ("publickey", True, "yes"), "open")


def add_cases(get_world):
    for story in (the_file_of_a_real_sshd, an_uploaded_one_is_not_believed,
                  what_a_client_names_has_to_look_like_it):
        suite.add("authinfo/" + story.__name__,
                  lambda story=story: story(get_world()))
