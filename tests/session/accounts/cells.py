"""Every way in, with every client, for five kinds of account.

A cell copies up and down through one way in as one account and looks at what
is there afterwards: what the account may do works, what it may not is told in
a sentence the client shows (where it can show one), and nothing is lost.
"""

import collections
import os
import shutil
import threading

import clients
import trees
import world
from suite import check, check_equal, need_tool, skip

# What an account may do, as options and as lines of the file.
Policy = collections.namedtuple("Policy", "name options lines")
POLICIES = (
    Policy("read-write", "", ""),
    Policy("read-only", "--read-only", "Access read-only"),
    Policy("write-only", "--write-only", "Access write-only"),
    Policy("no-overwrite", "--no-overwrite", "Overwrite deny"),
    Policy("versions", "-o Overwrite=versions", "Overwrite versions"),
)

# How an account gets to us: its shell; where the policy stands (the daemon's
# Match block, the key, the file, the file without a Root); the daemon.
Way = collections.namedtuple("Way", "name code shell policy daemon")
WAYS = (
    Way("openssh/forcecommand", "force", "/bin/sh", "match", "openssh"),
    Way("openssh/authorized_keys", "key", "/bin/sh", "key", "openssh"),
    Way("openssh/login_shell", "shell", world.PROGRAM, "file", "openssh"),
    Way("openssh/forcecommand_through_our_shell", "through", world.PROGRAM,
        "match", "openssh"),
    Way("dropbear/authorized_keys", "bearkey", "/bin/sh", "key", "dropbear"),
    Way("dropbear/-c", "bearc", "/bin/sh", "file", "dropbear-c"),
    Way("dropbear/login_shell", "bearshell", world.PROGRAM, "file",
        "dropbear"),
    Way("tinyssh/login_shell", "tiny", world.PROGRAM, "file", "tinyssh"),
)

# TinySSH has one cipher, chacha20-poly1305@openssh.com, which the libssh2 of
# curl and the paramiko of scp.py do not have, and which pscp -batch refuses
# from a server without strict key exchange ("Terrapin"): no login there.
NO_CELL = {("tinyssh", name) for name in ("curl", "scp.py", "pscp")}

# scp.py asks for nothing when the session has ended by the time it looks, and
# calls that a success: a refused download may be told to nobody.
MAY_MISS_THE_END = {"scp.py"}

CUT_OFF = "closed by remote host"
TRIES = 10

NEEDED = {"openssh": "/usr/sbin/sshd", "dropbear": "/usr/sbin/dropbear",
          "dropbear-c": "/usr/sbin/dropbear", "tinyssh": "/usr/sbin/tinysshd"}

# dropbear drops the sixth connection from one address that is not logged in.
AT_ONCE = {"openssh": 8, "dropbear": 4, "dropbear-c": 4, "tinyssh": 8}
LANES = {name: threading.BoundedSemaphore(n) for name, n in AT_ONCE.items()}


def account_name(way, policy):
    return "%s-%s" % (way.code, policy.name)


def add_accounts(w, ways=WAYS, policies=POLICIES):
    """Makes the accounts; returns lines of sshd_config and of our file."""
    match, lines = [], ["AuditLog none"]
    for way in ways:
        for policy in policies:
            name = account_name(way, policy)
            root = "/srv/" + name
            command = "%s %s" % (world.PROGRAM, policy.options)
            key = 'command="%s -o Symlinks=refuse %s",restrict' % (
                command, root) if way.policy == "key" else ""
            person = w.add(name, way.shell, options=key)
            w.srv(person, name)
            if way.policy == "match" and way.shell == "/bin/sh":
                match += ["Match User " + name,
                          "\tForceCommand %s %s" % (command, root)]
            elif way.policy == "match":
                match += ["Match User " + name, "\tForceCommand " + command]
                lines += ["Match User " + name, "Root /srv/%u"]
            elif way.policy == "file":
                lines += ["Match User " + name, "Root /srv/%u", policy.lines]
            elif way.policy == "unconfined":
                lines += ["Match User " + name, policy.lines]
    return match, lines


def daemon_of(w, name):
    if not os.path.exists(NEEDED[name]):
        skip("needs " + NEEDED[name])
    if name.startswith("dropbear"):
        need_tool("dropbearconvert")
    if name == "openssh":
        return w.daemons["openssh"]
    if name == "dropbear":
        return w.dropbear()
    if name == "dropbear-c":
        return w.dropbear("-c", world.PROGRAM)
    return w.tinyssh()


class Cell:
    """One client's directory in the account's root, and a local one."""

    def __init__(self, w, way, make_client, policy):
        self.person = w.people[account_name(way, policy)]
        self.client = make_client(self.person)
        if self.client.missing() is not None:
            skip("needs " + self.client.missing())
        self.policy = policy.name
        self.daemon = daemon_of(w, way.daemon)
        self.lane = LANES[way.daemon]
        self.there = w.srv(self.person, self.person.name, self.client.name)
        self.here = w.path("here-%s-%s" % (self.person.name,
                                           self.client.name))
        os.mkdir(self.here)
        self.new = trees.write(self.local("new"), b"new\n")
        trees.write(self.remote("old"), b"old\n")
        self.person.own(self.there)

    def local(self, *parts):
        return os.path.join(self.here, *parts)

    def remote(self, *parts):
        return os.path.join(self.there, *parts)

    def seen(self, name):
        """As the peer names it: its root is /."""
        return "/%s/%s" % (self.client.name, name)

    def put(self, source, name, **how):
        with self.lane:
            return self.client.put(self.daemon, [source], self.seen(name),
                                   **how)

    def get(self, name, to, **how):
        with self.lane:
            return self.client.get(self.daemon, [self.seen(name)],
                                   self.local(to), **how)

    def allowed(self, outcome):
        check_equal(outcome.status, 0, "status (%s; %s)" % (
            outcome.text, self.daemon.tail(4)))

    def refused(self, attempt, words, may_miss=False):
        """An attempt fails, and the client shows why.  On a busy machine
        TinySSH was seen to end the connection without passing on what the
        session said; then the attempt is made again."""
        for _ in range(TRIES):
            outcome = attempt()
            if outcome.status == 0 and may_miss:
                return
            check(outcome.status != 0, "not refused: " + outcome.text)
            if self.daemon.name != "tinyssh" or CUT_OFF not in outcome.text:
                break
        if "fatal-text" in self.client.can:
            check(words in outcome.text, "no %r in %r" % (words, outcome.text))

    def holds(self, wanted):
        seen = {}
        for where, _, files in os.walk(self.there):
            for name in files:
                path = os.path.join(where, name)
                seen[os.path.relpath(path, self.there)] = trees.read(path)
        check_equal(seen, wanted, "what is stored")

    # what an account may do, and may not
    def takes(self, name="new"):
        self.allowed(self.put(self.new, name))

    def serves(self, name, content):
        self.allowed(self.get(name, "back"))
        check_equal(trees.read(self.local("back")), content, "content")

    def takes_and_serves_a_tree(self):
        if "tree" not in self.client.can:
            return
        os.makedirs(self.local("tree", "sub"))
        trees.write(self.local("tree", "sub", "leaf"), b"leaf\n")
        self.allowed(self.put(self.local("tree"), "", tree=True))
        self.allowed(self.get("tree", "tree-back", tree=True))
        check_equal(trees.read(self.local("tree-back", "sub", "leaf")),
                    b"leaf\n", "leaf")
        shutil.rmtree(self.remote("tree"))

    def takes_nothing(self):
        for name in ("new", "old"):
            self.refused(lambda: self.put(self.new, name),
                         "uploads are not allowed")

    def serves_nothing(self):
        self.refused(lambda: self.get("old", "back"),
                     "downloads are not allowed",
                     self.client.name in MAY_MISS_THE_END)
        check(not os.path.exists(self.local("back")), "it came all the same")

    def replaces_nothing(self):
        self.refused(lambda: self.put(self.new, "old"), "File exists")


def read_write(cell):
    cell.takes()
    cell.takes("old")
    cell.serves("old", b"new\n")
    cell.takes_and_serves_a_tree()
    cell.holds({"new": b"new\n", "old": b"new\n"})


def read_only(cell):
    cell.serves("old", b"old\n")
    cell.takes_nothing()
    cell.holds({"old": b"old\n"})


def write_only(cell):
    cell.takes()
    cell.replaces_nothing()
    cell.serves_nothing()
    cell.holds({"new": b"new\n", "old": b"old\n"})


def no_overwrite(cell):
    cell.takes()
    cell.replaces_nothing()
    cell.serves("old", b"old\n")
    cell.holds({"new": b"new\n", "old": b"old\n"})


def versions(cell):
    cell.takes("old")
    trees.write(cell.new, b"newer\n")
    cell.takes("old")
    cell.serves("old", b"newer\n")
    cell.holds({"old": b"newer\n", "old.~1~": b"old\n",
                "old.~2~": b"new\n"})


def in_a_cell(get_world, way, client, policy):
    story = globals()[policy.name.replace("-", "_")]

    def run():
        story(Cell(get_world(), way, client, policy))
    return run


def add_cases(get_world):
    ahead = world.Ahead(8, get_world)
    for way in WAYS:
        for client in clients.COPIERS:
            if (way.daemon, client.name) in NO_CELL:
                continue
            for policy in POLICIES:
                ahead.add("%s/%s/%s" % (way.name, client.name, policy.name),
                          in_a_cell(get_world, way, client, policy))
