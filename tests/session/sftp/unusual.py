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
        if not any(option.startswith("Access=") for option in options):
            options = ["Access=read-write", *options]
        words = place.words(["Root=" + root, *options])
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


@contextlib.contextmanager
def on_bindfs(*options):
    """A session where attributes are refused: the client, the directory that
    lies beneath, and a list that has the records of files at the end."""
    suite.need_root()
    top = suite.scratch()
    log = os.path.join(top, "log")
    found = []
    there = filesystems.Bindfs(
        "bindfs", top, filesystems.Directory("beneath", top), FOREIGN)
    try:
        there.up()
        os.chmod(there.under, 0o777)
        with session(there.top, "AuditLog=" + log, "AuditFormat=json",
                     *options) as client:
            yield client, there.under, found
        with open(log) as f:
            found += [r for r in map(json.loads, f) if r["event"] == "file"]
    finally:
        there.down()
        shutil.rmtree(top)


def stored_on_bindfs(attrs):
    """The record of a file that is stored there, and its content."""
    with on_bindfs() as (client, under, found):
        handle = client.open("/f", "wct").handle
        client.write(handle, 0, b"new")
        check_equal(client.ask("fsetstat", handle, attrs).code, "ok",
                    "FSETSTAT")
        check_equal(client.close_handle(handle).code, "ok", "CLOSE")
        check_equal(read(os.path.join(under, "f")), b"new", "content")
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
    with on_bindfs("DirectoryMode=0775", "Umask=022") as (client, under, found):
        check_equal(client.ask("mkdir", "/d", sftp.NONE).code, "ok", "MKDIR")
        check_equal(os.path.isdir(os.path.join(under, "d")), True, "d")
    check_equal([(r["verb"], r["result"], r.get("detail"), r["mode"])
                 for r in found],
                [("mkdir", "ok", "set mode: " + REFUSED, "0755")], "records")


def directories(*options, confined=True, mode=0o2775):
    """The modes of what MKDIR makes in a root, of that after SETSTAT, and of a
    file in it."""
    top = suite.scratch()
    try:
        root = os.path.join(top, "group")
        os.mkdir(root)
        os.chmod(root, mode)
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


WRITE_ONLY = ["Access=write-only", "Overwrite=replace"]
# The mode of a new directory, and after a client has set another.
GROUP_ROOT = (
    ([], 0o2755, 0o2750),
    (["DirectoryMode=2775"], 0o2775, 0o2775),
    (["DirectoryMode=0775"], 0o2775, 0o2775),
    (["Links=yes"], 0o2755, 0o2750),
    (WRITE_ONLY, 0o2755, 0o2750),
    (["Overwrite=deny"], 0o2755, 0o2750),
)
# A drop box has no such right unless the administrator asks for it.
DROP_BOX = ((["Access=write-only"], 0o2755, 0o2755),
            (["Access=write-only", "DirectoryMode=2775"], 0o2775, 0o2775))
OTHER_ROOT = ((["DirectoryMode=2775"], 0o2775, 0o2775),
              (["DirectoryMode=2775", "Access=write-only"], 0o2775, 0o2775),
              (["SetIdBits=yes"], 0o755, 0o750))


@suite.case
def a_directory_of_a_group_has_the_bit_and_the_mode():
    for root, rows in ((0o2775, GROUP_ROOT + DROP_BOX), (0o775, OTHER_ROOT)):
        for options, made, then in rows:
            check_equal(directories(*options, mode=root, confined=
                                    "SetIdBits=yes" not in options),
                        [made, then, 0o644], "%o %s" % (root, options))


@suite.case
def an_open_session_may_be_in_a_directory_of_a_group_anywhere():
    for options, made, then in (([], 0o2755, 0o2750),
                                (["DirectoryMode=2775"], 0o2775, 0o2775),
                                (["SetIdBits=yes"], 0o2755, 0o2750)):
        check_equal(directories(*options, confined=False),
                    [made, then, 0o644], "%s" % options)


@suite.case
def a_start_directory_of_a_group_is_one():
    top = suite.scratch()
    try:
        os.mkdir(os.path.join(top, "in"))
        os.chmod(os.path.join(top, "in"), 0o2775)
        with session(top, "StartDirectory=/in",
                     "DirectoryMode=0770") as client:
            client.ask("mkdir", "d", sftp.Attrs(mode=0o700))
        check_equal(os.stat(os.path.join(top, "in", "d")).st_mode & 0o7777,
                    0o2770, "mode")
    finally:
        shutil.rmtree(top)


def unreadable(words, root, *asked):
    """What an account that is not root is told, and the modes then."""
    top = suite.scratch()
    try:
        os.chmod(top, 0o755)
        os.mkdir(os.path.join(top, "d"))
        write(os.path.join(top, "f"), b"mine")
        write(os.path.join(top, "other"), b"root's")
        os.chmod(os.path.join(top, "other"), 0o600)
        for name, mode in (("d", 0o300), ("f", 0o200)):
            os.chown(os.path.join(top, name), 65534, 65534)
            os.chmod(os.path.join(top, name), mode)
        with Place() as place, sftp.Client(
                [w.replace("ROOT", top) for w in words], top, talk.PATIENCE,
                place.environment("internal-sftp"), user=65534, group=65534,
                extra_groups=[]) as client:
            client.init()
            seen = [client.ask("setstat", (root or top) + "/" + name,
                               attrs).code for name, attrs in asked]
            client.end()
        return seen + [os.stat(os.path.join(top, name)).st_mode & 0o7777
                       for name in ("d", "f", "other")]
    finally:
        shutil.rmtree(top)


@suite.case
def an_owner_changes_the_mode_of_what_nobody_can_read():
    """As with OpenSSH's; a session with a root has no call for it."""
    suite.need_root()
    asked = [("d", sftp.Attrs(mode=0o750)), ("f", sftp.Attrs(mode=0o4640)),
             ("f", sftp.Attrs(atime=TIMES, mtime=TIMES)),
             ("f", sftp.Attrs(mode=0)), ("f", sftp.Attrs(mtime=1, atime=1)),
             ("f", sftp.Attrs(mode=0o600, mtime=1, atime=1)),
             ("other", sftp.Attrs(mode=0o666))]
    check_equal(unreadable([talk.program()], "", *asked),
                ["ok"] * 4 + ["denied", "ok", "denied",
                              0o750, 0o600, 0o600], "open")
    check_equal(unreadable([suite.SERVER, "-o", "Root=ROOT", "-o",
                            "Access=read-write", "-o", "Modify=yes"], "/",
                           *asked), ["denied"] * 7 + [0o300, 0o200, 0o600],
                "confined")


@suite.case
def an_exclusive_file_replaces_nothing_where_all_files_have_names():
    with on_bindfs("Overwrite=replace") as (client, under, _):
        handle = client.open("/f", "wctx").handle
        client.write(handle, 0, b"mine")
        write(os.path.join(under, "f"), b"theirs")
        check_equal(client.close_handle(handle).code, "failure", "CLOSE")
        check_equal(os.listdir(under), ["f"], "names")
        check_equal(read(os.path.join(under, "f")), b"theirs", "content")


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
