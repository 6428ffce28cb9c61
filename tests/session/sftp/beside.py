"""What other processes do to the tree of a session, file systems that can't do
all that ours can, and paths that begin with the one of Root."""

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess

import filesystems
import sftp
import suite
import talk
from spoken import Place
from suite import check, check_equal
from trees import read, write

RW = ["Access=read-write", "Modify=yes", "Overwrite=replace"]


@contextlib.contextmanager
def session(place, *options, root=None):
    words = place.words(RW + list(options) +
                        ([] if root is None else ["Root=" + root]))
    with sftp.Client(words, place.root, talk.PATIENCE,
                     place.environment("internal-sftp"),
                     umask=0o022) as client:
        client.init()
        yield client
        client.end()


def codes(answers):
    return [getattr(answer, "code", answer.kind) for answer in answers]


def make_all(client, path):
    """MKDIR of each part of a path."""
    parts = path.strip("/").split("/")
    return [client.ask("mkdir", "/" + "/".join(parts[:n + 1]), sftp.NONE).code
            for n in range(len(parts))]


@suite.case
def who_is_inside_gets_a_directory_with_the_path_of_Root():
    """It made a tree flow over its root, in which that path is another."""
    for begun in (("realpath", "."), ("lstat", "/"), ("opendir", "."),
                  ("stat", "./")):
        with Place() as place, session(place) as client:
            check(client.ask(*begun).kind != "status", "%s" % (begun,))
            inside = place.path(place.root.strip("/"))
            check_equal(set(make_all(client, place.root)), {"ok"}, "MKDIR")
            check(os.path.isdir(inside), "no directory there")
            check_equal(codes(client.stored(place.root + "/old", b"new")),
                        ["handle", "ok", "ok"], "the file")
            check_equal(read(place.path("old")), b"old\n", "the other one")
            check_equal(read(os.path.join(inside, "old")), b"new", "content")


@suite.case
def who_knows_the_path_of_Root_may_use_it():
    with Place() as place, session(place) as client:
        check_equal(codes(client.stored(place.root + "/new", b"new")),
                    ["handle", "ok", "ok"], "the file")
        check_equal(client.ask("stat", place.root + "/").kind, "attrs", "STAT")
        check_equal(read(place.path("new")), b"new", "content")
        # the answers of REALPATH have the path of Root, too
        for path, told in ((".", ""), ("/", ""), (place.root + "/", ""),
                           ("sub", "/sub"), (place.root + "/sub/x", "/sub/x"),
                           (place.root + place.root, place.root)):
            check_equal(client.ask("realpath", path).names[0].name.decode(),
                        place.root + told, path)
        check_equal(set(make_all(client, place.root + "/srv")) - {"failure"},
                    {"ok"}, "MKDIR")
        check_equal(client.open(place.root + "/new", "r").kind, "handle",
                    "from then on")


@suite.case
def who_is_told_where_the_home_is_is_inside():
    with Place() as place, session(place) as client:
        check_equal(client.extended("expand-path@openssh.com", "~").kind,
                    "name", "expand-path")
        check_equal(client.open(place.root + "/old", "r").code, "missing",
                    "a path with the one of Root")


@suite.case
def scp_copies_a_tree_that_is_called_like_the_root():
    suite.need_root()
    suite.need_tool("scp")
    helped = subprocess.run(["scp"], stderr=subprocess.PIPE, text=True)
    if "O" not in helped.stderr.split("]")[0]:
        suite.skip("this scp knows no SFTP")
    with Place() as place:
        name = os.path.basename(place.top)
        root = "/" + name
        os.mkdir(root)
        try:
            write(os.path.join(root, "index"), b"precious")
            os.makedirs(place.path(name))
            write(place.path(name, "index"), b"new")
            ssh = write(os.path.join(place.top, "ssh"), (
                "#!/bin/sh\nexport SSH_ORIGINAL_COMMAND=sftp\nexec %s\n" %
                " ".join(place.words(RW + ["Root=" + root]))).encode())
            os.chmod(ssh, 0o755)
            subprocess.run(["scp", "-q", "-S", ssh, "-r", name, "host:"],
                           cwd=place.root, check=True, timeout=talk.PATIENCE)
            check_equal(read(os.path.join(root, "index")), b"precious", "old")
            check_equal(read(os.path.join(root, name, "index")), b"new", "new")
            copied = os.path.join(place.top, "copied")
            subprocess.run(["scp", "-q", "-S", ssh,
                            "host:%s/index" % root, copied], check=True,
                           timeout=talk.PATIENCE)
            # there is one with this path inside now
            check_equal(read(copied), b"new", "by the path of Root")
            shutil.rmtree(os.path.join(root, name))
            for target in root, root + "/", "/", "/.", "":
                subprocess.run(["scp", "-q", "-S", ssh, "-r", name,
                                "host:" + target], cwd=place.root, check=True,
                               timeout=talk.PATIENCE)
                check_equal(read(os.path.join(root, "index")), b"precious",
                            "old, by %r" % target)
                check_equal(read(os.path.join(root, name, "index")), b"new",
                            "new, by %r" % target)
                shutil.rmtree(os.path.join(root, name))
        finally:
            shutil.rmtree(root)


@suite.case
def an_upload_is_not_found_where_another_directory_is_now():
    """Another process moves its directory, and makes a new one."""
    with Place() as place, session(place) as client:
        first = client.open("sub/f", "wct").handle
        client.write(first, 0, b"precious")
        check_equal(client.ask("stat", "sub/f").attrs.size, 8, "its own")
        os.rename(place.path("sub"), place.path("moved"))
        check_equal(client.ask("stat", "sub/f").code, "missing", "no directory")
        os.mkdir(place.path("sub"))
        check_equal(client.ask("stat", "sub/f").code, "missing", "STAT")
        second = client.open("sub/f", "wc").handle
        check(second != first, "the handle of another file")
        client.write(second, 0, b"second")
        check_equal(client.close_handle(second).code, "ok", "CLOSE")
        check_equal(read(place.path("sub", "f")), b"second", "the second one")
        check_equal(client.ask("remove", "sub/f").code, "ok", "REMOVE")
        check_equal(client.close_handle(first).code, "ok", "CLOSE")
        check_equal(read(place.path("moved", "f")), b"precious", "the first")
        check_equal(os.listdir(place.path("sub")), [], "what is left")


@suite.case
def an_upload_through_a_link_is_found_through_it():
    with Place() as place:
        os.symlink("sub/leaf", place.path("way"))
        os.symlink("sub", place.path("dir"))
        with session(place, "Symlinks=follow") as client:
            for path in "way", "dir/new":
                handle = client.open(path, "wct").handle
                client.write(handle, 0, b"seven..")
                check_equal(client.ask("stat", path).attrs.size, 7, path)
                check_equal(client.close_handle(handle).code, "ok", "CLOSE")
        check_equal(read(place.path("sub", "leaf")), b"seven..", "content")


@suite.case
def an_upload_through_a_link_is_no_other_when_the_link_is():
    with Place() as place:
        os.symlink("old", place.path("l"))
        write(place.path("u"), b"uuuuu")
        with session(place, "Symlinks=follow") as client:
            first = client.open("l", "w").handle
            client.write(first, 0, b"NEW")
            os.unlink(place.path("l"))
            os.symlink("u", place.path("l"))
            second = client.open("l", "w").handle
            check(second != first, "the handle of another file")
            client.write(second, 0, b"U2")
            check_equal([client.close_handle(h).code for h in (second, first)],
                        ["ok", "ok"], "CLOSE")
        check_equal(read(place.path("u")), b"U2uuu", "the second")
        check_equal(read(place.path("old")), b"NEW\n", "the first")


@suite.case
def a_slash_behind_an_upload_makes_it_no_file():
    with Place() as place, session(place) as client:
        handle = client.open("new", "wct").handle
        check_equal(client.open("new/", "r").kind, "status", "OPEN")
        client.write(handle, 0, b"x")
        check_equal(client.close_handle(handle).code, "ok", "CLOSE")
        check_equal(read(place.path("new")), b"x", "content")


@suite.case
def a_broken_upload_gets_no_other_name():
    with Place() as place, session(place, "MaxFileSize=2") as client:
        handle = client.open("new", "wct").handle
        check(client.write(handle, 0, b"xyz").code != "ok", "WRITE")
        check(client.ask("rename", "new", "other").code != "ok", "RENAME")
        check(client.close_handle(handle).code != "ok", "CLOSE")


def copies_until_refused(client, keep):
    """How often an old file can be copied by opening it while keep(n) gives it
    another name."""
    for n in range(10):
        found = client.open("big", "rw")
        if found.kind != "handle":
            return n
        keep(n)
        said = [client.write(found.handle, 0, b"%d" % n).code,
                client.close_handle(found.handle).code]
        if set(said) != {"ok"}:
            return n
    return 10


@suite.case
def a_copy_of_what_stays_counts():
    """It stays with another name that it was given after OPEN."""
    def link(place, client):
        return lambda n: client.extended(
            "hardlink@openssh.com", "big", "kept%d" % n)

    def rename(place, client):
        return lambda n: os.rename(place.path("big"), place.path("kept%d" % n))

    for keep in link, rename:
        with Place() as place:
            write(place.path("big"), b"x" * 300000)
            with session(place, "MaxSessionBytes=1M", "Links=yes") as client:
                done = copies_until_refused(client, keep(place, client))
                check(done <= 3, "%d copies with %s" % (done, keep.__name__))


@contextlib.contextmanager
def on_bindfs(*options):
    """A session there, and the directory that lies beneath."""
    suite.need_root()
    with Place() as place:
        there = filesystems.Bindfs(
            "bindfs", place.top, filesystems.Directory("beneath", place.top),
            options)
        there.up()
        try:
            with session(place, root=there.top) as client:
                yield client, there.under
        finally:
            there.down()


@suite.case
def rename_works_where_there_is_no_RENAME_NOREPLACE():
    with on_bindfs() as (client, under):
        write(os.path.join(under, "a"), b"a")
        write(os.path.join(under, "b"), b"b")
        os.symlink("a", os.path.join(under, "l"))
        os.makedirs(os.path.join(under, "d", "e"))
        os.mkdir(os.path.join(under, "empty"))
        for old, new, code in (("a", "b", "failure"), ("a", "c", "ok"),
                               ("l", "b", "failure"), ("l", "m", "ok"),
                               ("d", "b", "failure"),
                               ("d", "empty", "failure"), ("d", "f", "ok"),
                               ("f", "f/g", "failure"), ("c", "c", "failure")):
            check_equal(client.ask("rename", old, new).code, code,
                        "%s to %s" % (old, new))
        check_equal(client.extended("posix-rename@openssh.com", "f", "g").code,
                    "ok", "posix-rename of a directory")
        check_equal(client.extended("posix-rename@openssh.com", "c", "b").code,
                    "ok", "posix-rename of a file")
        check_equal(sorted(os.listdir(under)), ["b", "empty", "g", "m"], "all")
        check_equal(read(os.path.join(under, "b")), b"a", "b")
        check_equal(os.listdir(os.path.join(under, "g")), ["e"], "g")


@suite.case
def nobody_reads_what_will_replace_a_private_file():
    """Where there are no unnamed files, the new one has a temporary name."""
    with on_bindfs() as (client, under):
        write(os.path.join(under, "secret"), b"old")
        os.chmod(os.path.join(under, "secret"), 0o600)
        handle = client.open("secret", "wct", sftp.Attrs(mode=0o644)).handle
        client.write(handle, 0, b"new")
        temps = [name for name in os.listdir(under) if name != "secret"]
        check_equal(len(temps), 1, "temporary names: %r" % temps)
        mode = os.stat(os.path.join(under, temps[0])).st_mode & 0o7777
        check_equal(oct(mode), "0o600", "its mode")
        check_equal(client.close_handle(handle).code, "ok", "CLOSE")
        mode = os.stat(os.path.join(under, "secret")).st_mode & 0o7777
        check_equal(oct(mode), "0o600", "the mode in the end")
        check_equal(read(os.path.join(under, "secret")), b"new", "content")


@suite.case
def an_exclusive_name_that_was_taken_is_no_matter_of_Overwrite():
    """The same where the new file has a temporary name."""
    with on_bindfs() as (client, under):
        handle = client.open("new", "wcx").handle
        client.write(handle, 0, b"new")
        write(os.path.join(under, "new"), b"theirs")
        done = client.close_handle(handle)
        check_equal((done.code, done.text), ("failure", "File exists"),
                    "CLOSE")
        check_equal(read(os.path.join(under, "new")), b"theirs", "content")


@suite.case
def where_nothing_can_be_removed_nothing_is_renamed():
    with on_bindfs("--delete-deny") as (client, under):
        write(os.path.join(under, "a"), b"a")
        check_equal(client.ask("rename", "a", "b").code, "denied", "RENAME")
        check_equal(client.extended("posix-rename@openssh.com", "a", "c").code,
                    "ok", "posix-rename")
        check_equal(set(os.listdir(under)) - {"b"}, {"c"}, "names")


@suite.case
def what_is_no_file_can_be_renamed():
    with Place() as place, session(place) as client:
        os.mkfifo(place.path("fifo"))
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(place.path("socket"))
        for name in "fifo", "socket":
            kind = stat.S_IFMT(os.lstat(place.path(name)).st_mode)
            check_equal(client.ask("rename", name, "sub/x").code, "ok", name)
            check_equal(client.extended("posix-rename@openssh.com", "sub/x",
                                        name).code, "ok", name)
            check_equal(stat.S_IFMT(os.lstat(place.path(name)).st_mode), kind,
                        name)


@suite.case
def a_link_can_be_renamed_without_the_right_to_make_one():
    with Place() as place, session(place, "Links=no") as client:
        check_equal(client.ask("rename", "link", "sub/other").code, "ok",
                    "RENAME")
        check_equal(client.extended("posix-rename@openssh.com", "sub/other",
                                    "link").code, "ok", "posix-rename")
        check_equal(os.readlink(place.path("link")), "old", "what it says")
        check(client.ask("symlink", "old", "new").code != "ok", "SYMLINK")


@suite.case
def to_read_nothing_is_no_end():
    with Place() as place, session(place) as client:
        handle = client.open("old", "r").handle
        for where in 0, 2, 4, 1000:
            found = client.read(handle, where, 0)
            check_equal((found.kind, getattr(found, "data", None)),
                        ("data", b""), "at %d" % where)
        check_equal(client.read(handle, 4, 1).code, "eof", "at its end")


@suite.case
def a_directory_has_a_file_system_though_nothing_can_be_read():
    for access in "write-only", "read-only":
        with Place() as place:
            words = ["Access=" + access, "Overwrite=deny"]
            with sftp.Client(place.words(words), place.root, talk.PATIENCE,
                             place.environment("sftp")) as client:
                client.init()
                handle = client.ask("opendir", "sub").handle
                check_equal(client.extended("fstatvfs@openssh.com",
                                            handle).kind, "extended_reply",
                            access)
                client.end()


@suite.case
def what_is_kept_of_an_upload_is_not_read_again_for_its_digest():
    """The session is over: reading takes longer than there is time."""
    for order, digest in (((0, 1, 2), True), ((0, 1, 2, 0), False)):
        with Place() as place:
            log = os.path.join(place.top, "log")
            words = place.words(RW + ["Interrupted=keep", "AuditDigest=sha256",
                                      "AuditLog=" + log])
            with sftp.Client(words, place.root, talk.PATIENCE,
                             place.environment("sftp")) as client:
                client.init()
                handle = client.open("new", "wct").handle
                for n in order:
                    client.write(handle, 4 * n, b"%d..." % n)
                client.process.send_signal(signal.SIGTERM)
                client.wait()
            check_equal(read(place.path("new")), b"0...1...2...", "content")
            with open(log) as f:
                told = [r for r in map(json.loads, f) if r["event"] == "file"]
            check_equal([(r["result"], r["detail"], "sha256" in r)
                         for r in told], [("ok", "interrupted", digest)],
                        "record")
