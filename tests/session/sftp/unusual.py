"""Uploads where a file system or a directory has a say of its own."""

import contextlib
import ctypes
import json
import os
import re
import shutil
import struct
import subprocess
import time

import filesystems
import sftp
import suite
import talk
from spoken import Place
from suite import check, check_equal
from trees import read, write

MODE, TIMES = 0o664, 1234567890
# Whatever is made there is nobody's, so nothing can be set without privileges.
FOREIGN = ["--force-user=nobody", "--force-group=nogroup"]
REFUSED = "Operation not permitted"
MOVED_TO = 0x80
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def session(root, *options):
    with Place() as place:
        words = place.words(["Root=" + root, "Access=read-write", *options])
        with sftp.Client(words, place.root, talk.PATIENCE,
                         place.environment("internal-sftp"),
                         umask=0o022) as client:
            client.init()
            yield client
            client.end()


@suite.case
def what_is_locked_is_told_at_open():
    with filesystems.ext4() as root:
        path = write(os.path.join(root, "f"), b"old")
        for flag, locked in (("i", path), ("a", path), ("a", root)):
            filesystems.run("chattr", "+" + flag, locked)
            try:
                with session(root, "Overwrite=replace") as client:
                    found = client.open("/f", "wct")
                check_equal(found.kind, "status", "OPEN: %r" % (found,))
                check(found.code != "ok", "OPEN: %r" % (found,))
            finally:
                filesystems.run("chattr", "-" + flag, locked)
        check_equal(read(path), b"old", "content")


def shown_by_ps(client, move, wanted):
    """What ps shows of a session, as soon as it is what is wanted."""
    until = time.monotonic() + 60
    shown = ""
    while time.monotonic() < until:
        move()
        shown = subprocess.run(
            ["ps", "-ww", "-o", "args=", "-p", str(client.process.pid)],
            stdout=subprocess.PIPE, text=True).stdout.rstrip(" .\n")
        if re.fullmatch(wanted, shown):
            return
        time.sleep(0.05)
    raise AssertionError("ps shows %r, not %r" % (shown, wanted))


@suite.case
def ps_shows_what_a_session_does():
    size = 1 << 20
    with Place() as place:
        write(place.path("here"), bytes(size))
        with session(place.root) as client:
            head, rate = r"scp-server: \S+ ", r"\d+\.\d [KMG]?B/s"
            handle = client.open("/new", "wct").handle
            # nobody knows how much will come
            shown_by_ps(client, lambda: client.write(handle, 0, b"x" * 9000),
                        head + "put " + rate)
            client.close_handle(handle)
            handle = client.open("/here", "r").handle
            client.read(handle, 0, 9000)
            shown_by_ps(client, lambda: client.read(handle, 0, 9000),
                        head + r"get (\d\d?|100)% " + rate)
            client.close_handle(handle)


@suite.case
def the_record_of_a_refused_link_names_the_link():
    with Place() as place:
        log = os.path.join(place.top, "log")
        write(os.path.join(place.root, "old"), b"")
        with session(place.root, "AuditLog=" + log,
                     "AuditFormat=json") as client:
            client.ask("symlink", "old", "new")
            client.extended("hardlink@openssh.com", "old", "newer")
        with open(log) as f:
            told = [json.loads(line) for line in f]
    check_equal([(r["verb"], r["path"], r["keyword"]) for r in told
                 if r["event"] == "file"],
                [("link", "/new", "Links"), ("link", "/newer", "Links")])


def stored_on_bindfs(attrs):
    """The record of a file that is stored there, and its content."""
    suite.need_root()
    top = suite.scratch()
    log = os.path.join(top, "log")
    there = filesystems.Bindfs(
        "bindfs", top, filesystems.Directory("beneath", top), FOREIGN)
    try:
        there.up()
        os.chmod(there.under, 0o777)
        with session(there.top, "AuditLog=" + log,
                     "AuditFormat=json") as client:
            handle = client.open("/f", "wct").handle
            client.write(handle, 0, b"new")
            check_equal(client.ask("fsetstat", handle, attrs).code, "ok",
                        "FSETSTAT")
            check_equal(client.close_handle(handle).code, "ok", "CLOSE")
        check_equal(read(os.path.join(there.under, "f")), b"new", "content")
        with open(log) as f:
            found = [r for r in map(json.loads, f) if r["event"] == "file"]
    finally:
        there.down()
        shutil.rmtree(top)
    check_equal(len(found), 1, "records: %r" % found)
    return [found[0].get(k) for k in ("result", "detail", "reason", "bytes")]


@suite.case
def a_file_is_kept_whose_times_are_refused():
    check_equal(stored_on_bindfs(sftp.Attrs(atime=TIMES, mtime=TIMES)),
                ["ok", "set times: " + REFUSED, None, 3], "record")


@suite.case
def a_file_is_kept_whose_mode_is_refused():
    check_equal(stored_on_bindfs(sftp.Attrs(mode=MODE)),
                ["ok", "set mode: " + REFUSED, None, 3], "record")


@suite.case
def a_directory_is_kept_whose_mode_is_refused():
    suite.need_root()
    top = suite.scratch()
    log = os.path.join(top, "log")
    there = filesystems.Bindfs(
        "bindfs", top, filesystems.Directory("beneath", top), FOREIGN)
    try:
        there.up()
        os.chmod(there.under, 0o777)
        with session(there.top, "AuditLog=" + log, "DirectoryMode=0775",
                     "Umask=022") as client:
            check_equal(client.ask("mkdir", "/d", sftp.NONE).code, "ok",
                        "MKDIR")
        check_equal(os.path.isdir(os.path.join(there.under, "d")), True, "d")
        with open(log) as f:
            found = [r for r in map(json.loads, f) if r["event"] == "file"]
        check_equal([(r["verb"], r["result"], r.get("detail"), r["mode"])
                     for r in found],
                    [("mkdir", "ok", "set mode: " + REFUSED, "0755")],
                    "records")
    finally:
        there.down()
        shutil.rmtree(top)


def directories(*options, confined=True):
    """A root that has the set-group-ID bit: the modes of what MKDIR makes in
    it, of that after SETSTAT, and of a file."""
    top = suite.scratch()
    try:
        root = os.path.join(top, "group")
        os.mkdir(root)
        os.chmod(root, 0o2775)
        path = "/d" if confined else root + "/d"
        with session(root if confined else "none", "Modify=yes",
                     *options) as client:
            seen = [client.ask("mkdir", path, sftp.Attrs(mode=0o777)).code]
            made = os.stat(os.path.join(root, "d")).st_mode & 0o7777
            seen.append(client.ask("setstat", path,
                                   sftp.Attrs(mode=0o750)).code)
            client.stored(path + "/f", b"x")
        check_equal(seen, ["ok", "ok"], "answers")
        return [made] + [os.stat(os.path.join(root, name)).st_mode & 0o7777
                         for name in ("d", "d/f")]
    finally:
        shutil.rmtree(top)


@suite.case
def a_directory_of_a_group_keeps_the_bit_and_the_mode():
    check_equal(directories(), [0o2755, 0o2755, 0o644], "modes")
    check_equal(directories("DirectoryMode=2775"), [0o2755, 0o2755, 0o644],
                "modes with DirectoryMode")


@suite.case
def with_SetIdBits_its_mode_is_set_and_the_bit_stays():
    check_equal(directories("SetIdBits=yes", confined=False),
                [0o2755, 0o2750, 0o644], "modes")
    check_equal(directories("SetIdBits=yes", "DirectoryMode=2775",
                            confined=False),
                [0o2775, 0o2775, 0o644], "modes with DirectoryMode")


@suite.case
def who_watches_is_told_that_a_new_file_is_renamed_to_its_name():
    top = suite.scratch()
    fd = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        check(_libc.inotify_add_watch(fd, os.fsencode(top), MOVED_TO) >= 0,
              "no watch")
        for body in (b"new", b"newer"):
            with session(top, "Overwrite=replace") as client:
                check_equal(client.stored("/f", body)[-1].code, "ok", "CLOSE")
            data = os.read(fd, 65536)
            _, mask, _, size = struct.unpack_from("iIII", data)
            check_equal((mask, data[16:16 + size].rstrip(b"\0")),
                        (MOVED_TO, b"f"), "event")
    finally:
        os.close(fd)
        shutil.rmtree(top)
