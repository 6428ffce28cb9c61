"""What each account may do over SFTP, with real clients and sshds."""

import functools
import os
import signal
import subprocess
import time

import place
import sftp
import suite
import trees
from place import clean_site
from suite import check, check_equal

WAYS = ("command=", "ForceCommand")


def login(way, kind, **more):
    s = clean_site()
    return s, place.Client(s, s.allow(way, s.policy(kind, **more)))


def went_well(done):
    if "Operation unsupported" in done[1]:
        suite.skip("this server does not know all of them")
    check_equal(done[0], 0, "status (%s)" % done[1].strip())


def was_refused(done, *words):
    """What is out of reach is not there, too."""
    check(done[0] != 0, "it succeeded")
    words = words or ("Permission denied", "No such file", "not found")
    check(any(w in done[1] for w in words), "no %r in %r" % (
        words, done[1]))


def names(path):
    return sorted(os.listdir(path))


def equal_trees(a, b):
    wrong = trees.differences(trees.snapshot(a), trees.snapshot(b))
    check(not wrong, "\n".join(wrong))


def read_write_copies_files_and_trees(way):
    s, c = login(way, "read-write")
    tree = trees.make(s.path("here", "tree"))
    went_well(c.scp(os.path.join(tree, "plain"), ":name"))
    check_equal(trees.read(s.path("root", "name")), b"plain text\n")
    went_well(c.scp(os.path.join(tree, "binary"), ":name"))     # replaces
    went_well(c.scp(":name", s.path("here", "back")))
    check_equal(trees.read(s.path("here", "back")),
                trees.read(os.path.join(tree, "binary")))
    went_well(c.scp("-r", tree, ":"))
    equal_trees(s.path("root", "tree"), tree)
    went_well(c.scp("-r", ":tree", s.path("here", "again")))
    equal_trees(s.path("here", "again"), tree)
    went_well(c.scp("-r", "-p", tree, ":kept"))
    check_equal(os.stat(s.path("root", "kept", "plain")).st_mtime,
                os.stat(os.path.join(tree, "plain")).st_mtime, "mtime")
    start, = s.records("start")[-1:]
    check_equal(start["form"], "forced")
    check_equal(start["request"], "internal-sftp")
    session, = s.records("session")[-1:]
    check_equal(session["verb"], "sftp")
    check(session["landlock"] > 0, "no Landlock")
    check(session["seccomp"] != "none", "no seccomp")
    paths = [r["path"] for r in s.records("file") if r["result"] == "ok"]
    for path in ("/name", "/tree/plain", "/tree/sub/deeper/leaf",
                 "/kept/plain"):
        check(path in paths, "%s is not in the log" % path)


def read_write_renames_and_removes(way):
    s, c = login(way, "read-write")
    local = trees.write(s.path("here", "f"))
    went_well(c.sftp("put %s one" % local, "mkdir d", "rename one d/two",
                     "ls d", "get d/two %s" % s.path("here", "back"),
                     "put %s three" % local, "rm three"))
    check_equal(names(s.path("root")), ["d"])
    check_equal(names(s.path("root", "d")), ["two"])
    went_well(c.sftp("rm d/two", "rmdir d"))
    check_equal(names(s.path("root")), [])


def read_only_reads_and_changes_nothing(way):
    s, c = login(way, "read-only")
    tree = trees.make(s.path("root", "tree"))
    s.give()
    local = trees.write(s.path("here", "f"))
    went_well(c.scp("-r", ":tree", s.path("here", "back")))
    equal_trees(s.path("here", "back"), tree)
    went_well(c.sftp("ls -l tree", "get tree/plain %s" % s.path("here", "p")))
    before = trees.snapshot(tree)
    was_refused(c.scp(local, ":new"))
    was_refused(c.scp(local, ":tree/plain"))
    for line in ("put %s new" % local, "put %s tree/plain" % local,
                 "put -a %s tree/plain" % local, "mkdir d",
                 "rm tree/plain", "rmdir tree/hollow",
                 "rename tree/plain tree/x", "ln -s plain tree/x",
                 "ln tree/plain tree/x", "chmod 777 tree/plain"):
        done = c.sftp(line)
        check(done[0] != 0, "%s: it succeeded" % line)
    check_equal(names(s.path("root")), ["tree"])
    check_equal(trees.snapshot(tree), before, "the tree")


def write_only_takes_and_shows_nothing(way):
    s, c = login(way, "write-only")
    tree = trees.make(s.path("here", "tree"))
    trees.write(s.path("root", "theirs"), b"somebody's\n")
    s.give()
    went_well(c.scp(os.path.join(tree, "plain"), ":name"))
    went_well(c.scp(os.path.join(tree, "empty"), ":name"))
    check_equal(trees.read(s.path("root", "name")), b"")
    went_well(c.scp("-r", tree, ":"))
    equal_trees(s.path("root", "tree"), tree)
    back = s.path("here", "back")
    was_refused(c.scp(":theirs", back))
    was_refused(c.sftp("get theirs %s" % back))
    # an empty list: graphical clients list where they log in
    done = c.sftp("ls -la .")
    went_well(done)
    check("theirs" not in done[1] and "name" not in done[1], done[1])
    c.scp("-r", ":tree", s.path("here", "again"))
    check(not os.path.exists(s.path("here", "again", "plain")), "it came")
    check(not os.path.exists(back), "something came back")
    for line in ("rm theirs", "rename theirs mine", "rmdir tree/hollow",
                 "ln -s theirs x", "ln theirs x", "chmod 777 theirs"):
        done = c.sftp(line)
        check(done[0] != 0, "%s: it succeeded" % line)
    check_equal(names(s.path("root")), ["name", "theirs", "tree"])
    check_equal(trees.read(s.path("root", "theirs")), b"somebody's\n")


def nothing_outside_is_reached(way):
    """All of it belongs to the account: only the server refuses."""
    s, c = login(way, "read-write")
    secret, back = s.path("outside", "secret"), s.path("here", "back")
    local = trees.write(s.path("here", "f"), b"new\n")
    os.symlink(secret, s.path("root", "file"))
    os.symlink("../outside", s.path("root", "dir"))
    before = os.stat(secret)
    for path in (secret, "file", "dir/secret", "../outside/secret",
                 "/etc/shadow", "/etc/hostname", "/proc/self/maps"):
        was_refused(c.scp(":" + path, back))
    for path in (secret, "file", "dir/secret", "dir/new", "../outside/new",
                 s.path("outside", "new"), "/tmp/scp-server-test-new"):
        was_refused(c.scp(local, ":" + path))
    for line in ("ls %s" % s.path("outside"), "ls dir/", "ls /etc",
                 "rm dir/secret", "mkdir dir/d", "rmdir %s" % s.path("log"),
                 "rename dir/secret here", "ln dir/secret here",
                 "rename %s /here" % secret, "ln -s /etc here",
                 "chmod 777 %s" % secret, "chmod 777 file",
                 "chgrp %d %s" % (s.account.gid, secret), "df /etc"):
        done = c.sftp(line)
        check(done[0] != 0, "%s: it succeeded: %s" % (line, done[1]))
    check(not os.path.exists(back), "something came back")
    check_equal(names(s.path("outside")), ["secret"])
    check_equal(trees.read(secret), b"not for you\n")
    check_equal(os.stat(secret).st_ctime, before.st_ctime, "ctime")


def old_clients_are_served_on_the_same_account(way):
    for kind in place.POLICIES:
        s, c = login(way, kind)
        local = trees.write(s.path("here", "f"), b"old\n")
        trees.write(s.path("root", "there"), b"there\n")
        s.give()
        up = c.scp(local, ":/in", old=True)
        down = c.scp(":/there", s.path("here", "back"), old=True)
        if kind == "read-only":
            was_refused(up, "uploads are not allowed")
        else:
            went_well(up)
            check_equal(trees.read(s.path("root", "in")), b"old\n")
        if kind == "write-only":
            was_refused(down, "downloads are not allowed")
        else:
            went_well(down)
            check_equal(trees.read(s.path("here", "back")), b"there\n")


def start_directory_and_umask(way):
    s, c = login(way, "read-write", StartDirectory="/sub", Umask="077")
    os.mkdir(s.path("root", "sub"))
    s.give()
    local = trees.write(s.path("here", "f"), mode=0o755)
    done = c.sftp("pwd", "put %s f" % local, "mkdir d")
    went_well(done)
    check("directory: /sub" in done[1], done[1])
    check_equal(os.stat(s.path("root", "sub", "f")).st_mode & 0o777, 0o700)
    check_equal(os.stat(s.path("root", "sub", "d")).st_mode & 0o777, 0o700)


def a_refusal_ends_the_client(way):
    """OpenSSH's sshd throws away what a subsystem says on stderr; so it is
    told in an answer, of which scp shows the code and sftp the words."""
    s, c = login(way, "read-write", Sftp="no")
    local = trees.write(s.path("here", "f"))
    for done, words in ((c.scp(local, ":f"), "Operation unsupported"),
                        (c.scp(":f", local + "2"), "Operation unsupported"),
                        (c.sftp("pwd"), "use: scp -O")):
        was_refused(done, words)
        check("message too long" not in done[1], done[1])
    went_well(c.scp(local, ":/f", old=True))


def limits_are_told(way):
    """By the client's own words, or by the server's; and nothing is left."""
    for more, size in (({"MaxFileSize": "1M"}, 2 << 20),
                       ({"MaxSessionBytes": "1M"}, 2 << 20),
                       ({"MinFree": "4000T"}, 10),
                       ({"AllowNames": "*.txt"}, 10),
                       ({"Overwrite": "deny"}, 10)):
        s, c = login(way, "read-write", **more)
        local = trees.write(s.path("here", "f"), bytes(size))
        old = trees.write(s.path("root", "f"), b"old\n")
        s.give()
        for done in (c.scp(local, ":f"), c.sftp("put %s f" % local)):
            check(done[0] != 0, "%s: %s" % (more, done[1]))
        check_equal(trees.read(old), b"old\n", "the old file")
        check_equal(names(s.path("root")), ["f"])


def versions_are_kept(way):
    s, c = login(way, "read-write", Overwrite="versions")
    for n in range(3):
        local = trees.write(s.path("here", "f"), b"%d\n" % n)
        went_well(c.scp(local, ":f"))
    check_equal({n: trees.read(s.path("root", n))
                 for n in names(s.path("root"))},
                {"f": b"2\n", "f.~1~": b"0\n", "f.~2~": b"1\n"})


def interrupted_uploads_leave_nothing(way):
    """The client is killed while it sends."""
    for end in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
        s, c = login(way, "read-write")
        trees.write(s.path("root", "f"), b"old\n")
        s.give()
        local = trees.write(s.path("here", "f"), bytes(30 << 20))
        for target in ("f", "new"):
            process = subprocess.Popen(
                ["scp", "-q", "-l", "4000"] + c._options() +
                [local, c.at(target)], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True)
            time.sleep(1.5)
            check_equal(process.poll(), None, "it is over already")
            os.killpg(process.pid, end)
            process.wait()
        check(s.account.idle(), "a session goes on")
        check_equal(names(s.path("root")), ["f"])
        check_equal(trees.read(s.path("root", "f")), b"old\n")


for way in WAYS:
    for row in (read_write_copies_files_and_trees,
                read_write_renames_and_removes,
                read_only_reads_and_changes_nothing,
                write_only_takes_and_shows_nothing,
                nothing_outside_is_reached,
                old_clients_are_served_on_the_same_account,
                start_directory_and_umask, a_refusal_ends_the_client,
                limits_are_told, versions_are_kept,
                interrupted_uploads_leave_nothing):
        suite.add("%s/%s" % (way, row.__name__), functools.partial(row, way))


@suite.case
def through_dropbear_it_works_and_a_refusal_is_shown():
    s = clean_site()
    suite.need_tool("dropbearconvert")
    if not os.path.exists("/usr/sbin/dropbear"):
        suite.skip("needs /usr/sbin/dropbear")
    local = trees.write(s.path("here", "f"), b"through dropbear\n")
    c = place.Client(s, s.dropbear_with(s.policy("read-write")))
    went_well(c.scp(local, ":f"))
    check_equal(trees.read(s.path("root", "f")), b"through dropbear\n")
    was_refused(c.scp(":/etc/hostname", s.path("here", "back")))
    s.dropbear_with(s.policy("read-write", Sftp="no"))
    was_refused(c.scp(local, ":g"), "SCP")


@suite.case
def a_login_shell_serves_sftp_too():
    """sshd runs `scp-server -c internal-sftp`; the policy is the file's."""
    s = clean_site()
    for value, wanted in (("yes", 0), ("no", 2)):
        with suite.policy("".join("%s %s\n" % item for item in s.policy(
                "read-write", Sftp=value).items())):
            for request in ("internal-sftp", "/usr/lib/openssh/sftp-server"):
                with sftp.Client([s.path("bin/scp-server"), "-c", request],
                                 "/", env={"PATH": "/usr/bin:/bin"},
                                 user=s.account.uid, group=s.account.gid,
                                 extra_groups=[]) as client:
                    client.init()
                    check_equal(client.ask("realpath", ".").kind,
                                "status" if wanted else "name", value)
                    check_equal(client.end(), (b"", wanted), "the end")
