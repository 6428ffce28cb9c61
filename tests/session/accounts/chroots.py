"""Chroot yes into a directory that holds nothing but `in`.

No shell, no library, no device, no /proc: the root belongs to root, `in`
below it to the account.  As uid 0 with User this is chroot(2); as the account
itself it is a user and mount namespace with pivot_root.
"""

import json
import os

import clients
import trees
import world
from suite import add, check, check_equal, skip

WAYS = ("privileged", "unprivileged")
LOG = "/srv/chroot-%s.log"


def add_accounts(w):
    """The privileged one logs in as uid 0, which becomes the other.  Two
    names have that number then, and a Match has to hold for both."""
    match, lines = [], []
    for way in WAYS:
        name = "chroot-" + way
        person = w.add(name, "/bin/sh", uid=0 if way == WAYS[0] else None)
        os.mkdir(w.path("srv", name))       # root's, not the account's
        trees.write(w.path(LOG % way), b"", 0o600)
        os.chown(w.path(LOG % way), person.uid, person.gid)
    inner = w.people["chroot-unprivileged"]
    for way in WAYS:
        name = "chroot-" + way
        become = "-o User=%s " % inner.name if way == WAYS[0] else ""
        w.srv(inner, name, "in")
        match += ["Match User " + name, "\tForceCommand %s -o Chroot=yes "
                  "%s/srv/%s" % (world.PROGRAM, become, name)]
        lines += ["Match User " + ("root," + name if become else name),
                  "AuditLog " + LOG % way]
    return match, lines


class Root:
    def __init__(self, w, way):
        self.w, self.way = w, way
        self.person = w.people["chroot-" + way]
        self.owner = w.people["chroot-unprivileged"]
        self.top = w.path("srv/chroot-" + way)
        self.daemon = w.daemons["openssh"]
        self.here = w.path("here-chroot-" + way)
        os.makedirs(self.here, exist_ok=True)

    def client(self, kind):
        made = kind(self.person)
        if made.missing():
            skip("needs " + made.missing())
        return made

    def started(self):
        """The session records of all sessions so far."""
        with open(self.w.path(LOG % self.way)) as f:
            records = [json.loads(line) for line in f]
        return [r for r in records if r["event"] == "session"]

    def say(self, command, sent):
        return clients.run(clients.ssh_words(
            self.person, self.daemon.port) + [command], self.person, sent)


def succeeded(outcome):
    check_equal(outcome.status, 0, outcome.text)


def copies_with_every_client(root):
    source = trees.write(os.path.join(root.here, "f"), b"chrooted\n")
    back = os.path.join(root.here, "back")
    for kind in clients.COPIERS:
        client = root.client(kind)
        succeeded(client.put(root.daemon, [source], "/in/" + client.name))
        succeeded(client.get(root.daemon, ["/in/" + client.name], back))
        check_equal(trees.read(back), b"chrooted\n", client.name)
    check_equal(os.listdir(root.top), ["in"], "what is in the root")
    for name in os.listdir(os.path.join(root.top, "in")):
        st = os.stat(os.path.join(root.top, "in", name))
        check_equal(st.st_uid, root.owner.uid, "owner of " + name)


def copies_a_tree(root):
    tree = trees.make(os.path.join(root.here, "tree"))
    client = root.client(clients.OpenSSH)
    succeeded(client.put(root.daemon, [tree], "/in", tree=True,
                         preserve=True))
    succeeded(client.get(root.daemon, ["/in/tree"], os.path.join(
        root.here, "tree-back"), tree=True, preserve=True))
    lines = trees.differences(
        trees.snapshot(os.path.join(root.here, "tree-back")),
        trees.snapshot(tree), {"mode", "mtime"})
    check(not lines, "\n".join(lines))


def nothing_of_the_host_is_there(root):
    for path in ("/etc/passwd", "/bin/sh", "/dev/null", "/proc/self/exe",
                 "../etc/passwd", "/srv", "/lib", "in/../../etc/passwd"):
        status, out, _ = root.say("scp -r -f " + path, b"\0\0\0")
        check(status in (1, 2) and out[:1] in b"\1\2" and out,
              "%s: status %d, %r" % (path, status, out))


def the_root_itself_takes_nothing(root):
    status, out, _ = root.say("scp -t /f", b"C0644 2 f\nf\n\0")
    check(status == 2 and b"denied" in out, "status %d, %r" % (status, out))
    check_equal(os.listdir(root.top), ["in"], "what is in the root")


def a_link_leads_nowhere(root):
    link = os.path.join(root.top, "in", "link")
    os.symlink("/etc/passwd", link)
    try:
        status, out, _ = root.say("scp -f in/link", b"\0\0\0")
        check(status != 0 and out[:1] in b"\1\2", "%r" % out)
    finally:
        os.unlink(link)


def the_record_says_how(root):
    root.say("scp -f in/none", b"\0")
    last = root.started()[-1]
    wanted = {"privileged": "chroot", "unprivileged": "namespace"}[root.way]
    check_equal((last["chroot"], last["sandbox"]), (wanted, "complete"),
                "the session record")
    check_equal(last["user"], root.owner.name, "user")


def a_root_that_others_may_write_to_is_refused(root):
    """Judged for chroot(2) only: a namespace hands out no privilege."""
    os.chmod(root.top, 0o777)
    try:
        status, out, err = root.say("scp -f in/none", b"\0")
    finally:
        os.chmod(root.top, 0o755)
    if root.way == "privileged":
        check_equal((status, out), (
            78, b"\2scp: server configuration error\n"), "answer")
        check(err != b"", "nothing on stderr")
    else:
        check_equal(status, 1, "status (%s)" % err)


STORIES = (copies_with_every_client, copies_a_tree,
           nothing_of_the_host_is_there, the_root_itself_takes_nothing,
           a_link_leads_nowhere, the_record_says_how,
           a_root_that_others_may_write_to_is_refused)


def add_cases(get_world):
    for way in WAYS:
        for story in STORIES:
            add("chroot/%s/%s" % (way, story.__name__),
                lambda way=way, story=story: story(Root(get_world(), way)))
