#!/usr/bin/python3
"""What a session does on a kernel of 2022; runs in the guest, see README."""

import ctypes
import errno
import json
import os
import shutil
import subprocess
import sys

sys.path[:0] = ["/suite/tests/lib", "/suite/tests/adversary/rogue"]

import peer
import suite
import truncate
import world
from trees import pattern, read, write

ALICE = 1000
PLACES = ("/run", "/mnt/a", "/mnt/b")   # tmpfs, ext4, xfs
LANDLOCK_ABI = 2
O_TMPFILE_WORKS = os.O_TMPFILE | os.O_WRONLY
AT_EMPTY_PATH, AT_SYMLINK_FOLLOW = 0x1000, 0x400
LANDLOCK_CREATE_RULESET, VERSION = 444, 1
BODY = pattern(200001)
OLD = b"what was there before\n"

# name, account, words, how files get their names, how the root is changed
WAYS = (
    ("root_open", 0, [], "unnamed", "none"),
    ("root_confined", 0, ["Root=ROOT"], "unnamed-proc", "none"),
    ("root_becomes_alice", 0, ["Root=ROOT", "User=alice"], "unnamed-proc",
     "none"),
    ("root_chroot", 0, ["Root=ROOT", "Chroot=yes"], "named", "chroot"),
    ("root_chroot_alice", 0, ["Root=ROOT", "Chroot=yes", "User=alice"],
     "named", "chroot"),
    ("alice_open", ALICE, [], "unnamed-proc", "none"),
    ("alice_confined", ALICE, ["Root=ROOT"], "unnamed-proc", "none"),
    ("alice_namespace", ALICE, ["Root=ROOT", "Chroot=yes"], "named",
     "namespace"),
)


# The machine itself.

def landlock_abi():
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, VERSION)


def link_unnamed(where, flag):
    """0 or the errno of naming an unnamed file; as the present account."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = os.open(where, O_TMPFILE_WORKS, 0o600)
    try:
        path = b"" if flag == AT_EMPTY_PATH else b"/proc/self/fd/%d" % fd
        done = libc.linkat(fd, path, -100,
                           os.fsencode(os.path.join(where, "probe")), flag)
        return 0 if done == 0 else ctypes.get_errno()
    finally:
        os.close(fd)


def as_alice(function, *arguments):
    """The result, a small number, of a function that runs as alice."""
    child = os.fork()
    if child == 0:
        status = 255
        try:
            os.setgroups([])
            os.setresgid(ALICE, ALICE, ALICE)
            os.setresuid(ALICE, ALICE, ALICE)
            status = function(*arguments)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@suite.case
def on_the_kernel_is_the_old_one():
    suite.check(os.uname().release.startswith("6.1."), os.uname().release)
    suite.check_equal(landlock_abi(), LANDLOCK_ABI, "version of Landlock")


@suite.case
def on_only_proc_names_an_unnamed_file_of_a_user():
    for place in PLACES:
        where = os.path.join(place, "probes")
        os.mkdir(where)
        os.chown(where, ALICE, ALICE)
        try:
            suite.check_equal(as_alice(link_unnamed, where, AT_EMPTY_PATH),
                              errno.ENOENT, "by AT_EMPTY_PATH")
            suite.check_equal(as_alice(link_unnamed, where, AT_SYMLINK_FOLLOW),
                              0, "through /proc")
        finally:
            shutil.rmtree(where)


# Sessions.

class Scene:
    """A Root of root's, with a directory of the account's, and the log."""

    def __init__(self, place, account, words):
        self.top = os.path.join(place, "scene")
        self.root = os.path.join(self.top, "root")
        self.inbox = os.path.join(self.root, "in")
        logs = os.path.join(self.top, "log")
        for path in (self.inbox, logs):
            os.makedirs(path)
        self.log = os.path.join(logs, "log")
        owner = ALICE if account or "User=alice" in words else 0
        for path in (self.inbox, self.put("there", OLD)):
            os.chown(path, owner, owner)
        os.chown(logs, account, account)
        self.operand = "/in" if words else self.inbox
        self.argv = [suite.SERVER] + [
            w for word in words or ["Root=none"]
            for w in ("-o", word.replace("ROOT", self.root))]
        self.argv += ["-o", "AuditLog=" + self.log]
        if account != 0:
            self.argv = ["/usr/bin/setpriv", "--reuid", str(account), "--regid",
                         str(account), "--clear-groups"] + self.argv

    def put(self, name, data):
        return write(os.path.join(self.inbox, name), data)

    def names(self):
        return sorted(os.listdir(self.inbox))

    def session_record(self):
        with open(self.log) as log:
            records = [json.loads(line) for line in log]
        return [r for r in records if r["event"] == "session"][-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)


def tree():
    return [peer.file(0o644, "new", BODY), peer.file(0o644, "there", BODY),
            peer.file(0o644, "empty", b""), peer.directory(0o755, "d"),
            peer.file(0o600, "leaf", b"leaf"), peer.END]


def stores_a_tree(scene):
    session = peer.upload(scene.argv + ["-r", "-t", scene.operand], tree(),
                          timeout=60)
    suite.check(session.all_acknowledged(tree()), session.replies())
    suite.check_equal((session.status, session.extra), (0, b""), "the end")
    suite.check_equal(scene.names(), ["d", "empty", "new", "there"], "names")
    for name, wanted in (("new", BODY), ("there", BODY), ("empty", b""),
                         ("d/leaf", b"leaf")):
        suite.check(read(os.path.join(scene.inbox, name)) == wanted,
                    "content of " + name)


def stops_in_a_body(scene, how, name):
    """Ends a session in the middle of a body; what names are left."""
    server = peer.Server(scene.argv + ["-t", scene.operand], timeout=60)
    try:
        record = peer.file(0o644, name, BODY)
        suite.check_equal(server.reply(), peer.OK, "first reply")
        server.send(record.line)
        suite.check_equal(server.reply(), peer.OK, "reply to the record")
        server.send(BODY[:len(BODY) // 2])
        if how == "end":
            server.finish()
        else:
            server.process.kill()
            server.process.wait()
    finally:
        server.close()
    return scene.names()


def leaves_no_partial_file(scene, publish):
    for name in ("later", "there"):
        before = scene.names()
        suite.check_equal(stops_in_a_body(scene, "end", name), before, "names")
        left = set(stops_in_a_body(scene, "kill", name)) - set(before)
        temps = [n for n in left if n.startswith(".scp-server.")]
        suite.check_equal(len(left), len(temps), "names that are left")
        suite.check_equal(len(temps), 1 if publish == "named" else 0,
                          "temporaries of a killed session")
        for temp in temps:
            os.unlink(os.path.join(scene.inbox, temp))
    suite.check(read(os.path.join(scene.inbox, "there")) == BODY, "content")


def check_record(record, landlock, publish, chroot):
    wanted = {"landlock": landlock, "publish": publish, "chroot": chroot,
              "resolve": "walk",
              "sandbox": "complete" if landlock else "reduced"}
    suite.check_equal({k: record[k] for k in wanted}, wanted, "start record")
    suite.check(record["seccomp"].startswith("sink"), record["seccomp"])


def way_case(landlock, place, account, words, publish, chroot):
    def run():
        with Scene(place, account, words) as scene:
            stores_a_tree(scene)
            check_record(scene.session_record(), landlock, publish, chroot)
            leaves_no_partial_file(scene, publish)
    return run


for each in PLACES:
    for way, who, options, names_by, changes in WAYS:
        suite.add("on_%s_%s" % (way, each.strip("/").replace("/", "_")),
                  way_case(LANDLOCK_ABI, each, who, options, names_by,
                           changes))


def refused(scene, words):
    session = peer.upload(scene.argv + words + ["-t", scene.operand], tree())
    suite.check(session.first.startswith(b"\2scp: "), session.first)
    suite.check_equal(scene.names(), ["there"], "names")
    return session


@suite.case
def on_a_drop_box_that_could_only_use_names_refuses_at_the_start():
    for account in (0, ALICE):
        words = ["Root=ROOT", "Chroot=yes"]
        with Scene("/run", account, words) as scene:
            session = refused(scene, ["--write-only"])
            suite.check_equal(session.status, 2, "exit status")
            suite.check(read(os.path.join(scene.inbox, "there")) == OLD, "old")


@suite.case
def on_a_drop_box_with_proc_stores():
    with Scene("/mnt/a", ALICE, ["Root=ROOT"]) as scene:
        session = peer.upload(
            scene.argv + ["--write-only", "-t", scene.operand],
            [peer.file(0o644, "new", BODY)])
        suite.check_equal(session.replies(), [peer.OK] * 3, "replies")
        check_record(scene.session_record(), LANDLOCK_ABI, "unnamed-proc", "none")
        suite.check_equal(scene.session_record()["seccomp"], "sink-new", "filter")


# Downloads.  Links are in the way, some of which lead nowhere.

LINKS = (("to/../d/file", "in/up"), ("/in/d/file", "in/d/absolute"),
         ("d", "in/to"), ("../../../out", "in/d/out"))


def plant_links(scene):
    os.mkdir(os.path.join(scene.inbox, "d"))
    scene.put("d/file", BODY)
    write(os.path.join(scene.top, "out"), b"outside")
    for text, name in LINKS:
        os.symlink(text, os.path.join(scene.root, name))


def follows_links(landlock, account, words):
    def run():
        with Scene("/mnt/a", account, ["Root=ROOT"] + words) as scene:
            plant_links(scene)
            session = peer.download(
                scene.argv + ["-o", "Symlinks=follow", "-r", "-f", "/in"])
            # d and to: file and what is absolute; up; there
            suite.check_equal(sorted(i.data for i in session.items if i.data),
                              sorted([BODY] * 5 + [OLD]), "what was sent")
            suite.check_equal(session.status, 1, "out leads nowhere")
            start = scene.session_record()
            suite.check_equal(
                [start[k] for k in ("landlock", "resolve", "seccomp")],
                [landlock, "walk", "source-walk"], "start record")
    return run


def cuts_nothing(root):
    def run():
        world.PARENT = "/mnt/a"
        names = subprocess.run([os.path.join(world.OUT, "names")], check=True,
                               stdout=subprocess.PIPE,
                               text=True).stdout.splitlines()
        for user in truncate.users(root):
            truncate.cuts_nothing(names, root, user)
    return run


for landlock, name in ((LANDLOCK_ABI, "on"), (0, "off")):
    for way, who, options, _, _ in WAYS:
        if options:
            suite.add("%s_links_are_followed_%s" % (name, way), follows_links(
                landlock, who, options[1:] + ["Sandbox=prefer"]))
    for each in truncate.ROOTS:
        suite.add("%s_a_source_cuts_nothing_%s" % (name, each),
                  cuts_nothing(each))


# With lsm= on the command line of the kernel.

@suite.case
def off_there_is_no_landlock():
    suite.check(landlock_abi() < 0, "Landlock is there")


for way, who, options, names_by, changes in WAYS:
    suite.add("off_prefer_" + way,
              way_case(0, "/run", who, options + ["Sandbox=prefer"] if options
                       else [], names_by, changes))


def off_require(account, words, more):
    def run():
        with Scene("/run", account, words) as scene:
            session = refused(scene, more)
            suite.check_equal(session.status, 78, "exit status")
    return run


for way, who, options, _, _ in WAYS:
    # a confined session requires it unless told otherwise
    suite.add("off_require_" + way, off_require(
        who, options, [] if options else ["-o", "Sandbox=require"]))


if __name__ == "__main__":
    suite.main()
