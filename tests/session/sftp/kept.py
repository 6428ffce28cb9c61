"""What was acknowledged stays, and what is refused leaves nothing."""

import os
import shutil
import subprocess
import time

import filesystems
import sftp
import suite
from suite import check, check_equal
from trees import read, write
from unusual import session

SFTP_SERVER = b"/usr/lib/openssh/sftp-server"
A_GROUP = 60123


def tree():
    top = suite.scratch()
    os.chmod(top, 0o777)
    return top


@suite.case
def a_file_of_somebody_else_with_the_number_of_ours_is_not_ours():
    """A number of an inode is used again, a time at which it was made is not."""
    if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 11):
        suite.skip("needs Linux 6.11")
    for modify in ("no", "own"):
        again = 0
        with filesystems.ext4() as top:
            with session(top, "Modify=" + modify) as client:
                for number in range(20):
                    mine = "%s/mine%d" % (top, number)
                    client.stored("/mine%d" % number, b"x")
                    inode = os.stat(mine).st_ino
                    os.unlink(mine)
                    other = write("%s/other%d" % (top, number), b"theirs")
                    os.chmod(other, 0o600)
                    again += os.stat(other).st_ino == inode
                    client.ask("setstat", "/other%d" % number,
                               sftp.Attrs(mode=0o666))
                    check_equal(os.stat(other).st_mode & 0o777, 0o600,
                                "Modify " + modify)
        check(again > 0, "no number was used again")


def sshfs(top):
    """FUSE on which two links to a file have two inode numbers."""
    suite.need_root()
    suite.need_tool("sshfs", "fusermount3")
    for name in ("under", "seen"):
        os.mkdir(os.path.join(top, name))
    script = write(os.path.join(top, "ssh"), b"#!/bin/sh\nexec %s\n"
                   % SFTP_SERVER)
    os.chmod(script, 0o755)
    done = subprocess.run(["sshfs", "x:%s/under" % top, top + "/seen", "-o",
                           "ssh_command=" + script],
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        suite.skip("sshfs can't mount here: %s" % done.stderr.decode())
    return top + "/seen"


@suite.case
def a_version_that_can_not_be_made_is_not_left_behind():
    top = tree()
    try:
        seen = sshfs(top)
        try:
            write(seen + "/a", b"old")
            with session(seen, "Overwrite=versions") as client:
                for _ in range(2):
                    check_equal(client.stored("/a", b"new")[-1].code,
                                "failure", "CLOSE")
            check_equal(os.listdir(seen), ["a"], "names")
            check_equal(read(seen + "/a"), b"old", "content")
        finally:
            until = time.monotonic() + 60
            while subprocess.run(["fusermount3", "-u", seen],
                                 stderr=subprocess.DEVNULL).returncode != 0:
                check(time.monotonic() < until, "it is still mounted")
                time.sleep(0.1)
    finally:
        shutil.rmtree(top)


@suite.case
def an_owner_that_is_set_is_not_that_of_the_old_file():
    suite.need_root()
    top = tree()
    try:
        for name in ("old", "new"):
            path = os.path.join(top, name)
            if name == "old":
                write(path, b"old")
            with session("none") as client:
                handle = client.open(path, "wct").handle
                client.write(handle, 0, b"content")
                check_equal(client.ask("fsetstat", handle, sftp.Attrs(
                    uid=A_GROUP, gid=A_GROUP, mode=0o640)).code, "ok", name)
                check_equal(client.close_handle(handle).code, "ok", name)
            st = os.stat(path)
            check_equal((st.st_uid, st.st_gid, st.st_mode & 0o7777),
                        (A_GROUP, A_GROUP, 0o640), name)
    finally:
        shutil.rmtree(top)


@suite.case
def an_owner_that_is_set_gives_no_rights_of_the_old_file():
    """Somebody else's mode gives nothing that the new file has not."""
    suite.need_root()
    top = tree()
    path = os.path.join(top, "old")
    try:
        write(path, b"old")
        os.chown(path, A_GROUP, A_GROUP)
        os.chmod(path, 0o666)
        with session("none") as client:
            handle = client.open(path, "wct").handle
            client.write(handle, 0, b"content")
            check_equal(client.ask("fsetstat", handle, sftp.Attrs(
                uid=0, gid=0)).code, "ok", "FSETSTAT")
            check_equal(client.close_handle(handle).code, "ok", "CLOSE")
        st = os.stat(path)
        check_equal((st.st_uid, st.st_gid, st.st_mode & 0o7777),
                    (0, 0, 0o644), "owner and mode")
    finally:
        shutil.rmtree(top)


@suite.case
def of_two_interrupted_uploads_the_newer_one_is_kept():
    """It is the one that STAT has told of, for a client that resumes it."""
    top = tree()
    try:
        with session(top, "Interrupted=keep") as client:
            for letter, size in ((b"1", 1000), (b"2", 500)):
                handle = client.open("/f", "wct").handle
                client.write(handle, 0, letter * size)
            check_equal(client.ask("stat", "/f").attrs.size, 500, "STAT")
        check_equal(read(top + "/f"), b"2" * 500, "content")
    finally:
        shutil.rmtree(top)


@suite.case
def of_two_interrupted_uploads_the_newer_one_is_kept_wherever_it_stands():
    """The newer one has the place of a handle that was closed before."""
    top = tree()
    try:
        with session(top, "Interrupted=keep") as client:
            before = client.open("/x", "wct").handle
            for letter in (b"1", b"2"):
                client.write(client.open("/f", "wct").handle, 0, letter * 500)
                if before is not None:
                    client.close_handle(before)
                before = None
        check_equal(read(top + "/f"), b"2" * 500, "content")
    finally:
        shutil.rmtree(top)


@suite.case
def a_mode_that_comes_with_open_is_not_that_of_an_old_file():
    """sshfs opens files that are there with mode 0."""
    suite.need_root()
    for letters in ("w", "wt"):
        top = tree()
        try:
            path = write(os.path.join(top, "old"), b"old")
            os.chown(path, A_GROUP, os.getegid())
            os.chmod(path, 0o664)
            with session(top, "Modify=yes") as client:
                handle = client.open("/old", letters,
                                     sftp.Attrs(mode=0)).handle
                client.write(handle, 0, b"new")
                check_equal(client.close_handle(handle).code, "ok", letters)
            check_equal(oct(os.stat(path).st_mode & 0o7777), "0o644", letters)
        finally:
            shutil.rmtree(top)


@suite.case
def with_a_digest_many_octets_are_read_at_once():
    """There are clients that take fewer for the end of the file."""
    top = tree()
    try:
        body = os.urandom(100000)
        write(top + "/f", body)
        with session(top, "AuditDigest=sha256") as client:
            handle = client.open("/f", "r").handle
            check_equal(client.read(handle, 0, 65536).data, body[:65536],
                        "READ")
    finally:
        shutil.rmtree(top)


@suite.case
def an_owner_that_is_refused_takes_no_other_attribute_along():
    top = tree()
    try:
        path = write(top + "/f", b"x")
        with session(top, "Modify=yes") as client:
            check_equal(client.ask("setstat", "/f", sftp.Attrs(
                uid=A_GROUP, gid=A_GROUP, mode=0o600, atime=5,
                mtime=5)).code, "denied", "SETSTAT")
        st = os.stat(path)
        check_equal((oct(st.st_mode & 0o7777), st.st_mtime), ("0o600", 5),
                    "mode and time")
    finally:
        shutil.rmtree(top)


@suite.case
def a_session_that_only_writes_tells_of_no_fifo():
    top = tree()
    try:
        write(top + "/secret", b"s")
        os.mkfifo(top + "/fifo")
        with session(top, "Access=write-only") as client:
            for ask in ("setstat", "lsetstat@openssh.com"):
                told = set()
                for path in ("/none", "/secret", "/fifo"):
                    attrs = sftp.Attrs(mode=0o600)
                    found = client.ask(ask, path, attrs) if ask == "setstat" \
                        else client.extended(ask, path, attrs)
                    told.add((found.code, found.text))
                check_equal(len(told), 1, told)
    finally:
        shutil.rmtree(top)


@suite.case
def answers_of_realpath_are_whole():
    """Each with the root, twice, behind others that wait to be sent."""
    top = tree()
    root = os.path.join(top, "r" * 200)
    long = "/" + "/".join(["x" * 200] * 20)
    try:
        os.mkdir(root)
        with session(root) as client:
            client.ask("realpath", root + "/")  # it stands outside
            for fill in range(100, 200, 3):     # up to the end of its buffer
                asked = [client.build("realpath", long)[1] for _ in range(6)]
                asked += [client.build("readlink", "/q")[1]
                          for _ in range(fill)]
                asked += [client.build("realpath", long)[1]]
                client.send(b"".join(asked))
                for _ in asked:
                    client.answer()     # fails if it is not whole
    finally:
        shutil.rmtree(top)


@suite.case
def a_root_within_a_root_can_not_be_left_through_a_link():
    """All are options, and the file has none."""
    top = tree()
    try:
        for name in ("outer", "secret"):
            os.mkdir(os.path.join(top, name))
        write(top + "/secret/f", b"secret")
        os.symlink("../secret", top + "/outer/in")
        outer = "-oRoot=%s/outer" % top
        os.mkdir(top + "/secret/deep")
        write(top + "/secret/deep/f", b"secret")
        for words in ([outer, top + "/outer/in"],
                      [outer, outer + "/in", top + "/outer/in/deep"]):
            done = subprocess.run(
                [suite.SERVER, "-oAuditLog=none", *words],
                input=b"\0\0\0", stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, timeout=60,
                env={"SSH_ORIGINAL_COMMAND": "scp -f f"})
            check(b"secret" not in done.stdout and done.returncode != 0,
                  "%d: %r" % (done.returncode, done.stdout + done.stderr))
    finally:
        shutil.rmtree(top)
