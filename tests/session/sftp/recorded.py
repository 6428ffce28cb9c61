"""What the log says of requests that change names, of those that are refused,
and whether it says so before the change."""

import contextlib
import hashlib
import json
import os
import subprocess

import sftp
import suite
import talk
from around import tmpfs
from hold import begun
from spoken import Place
from suite import check, check_equal
from trees import write

LONG = b"l" * 5000


def words(place, log, *options):
    found = [suite.SERVER]
    for option in ("Root=" + place.root, "Access=read-write", "Modify=yes",
                   "Links=yes", "Overwrite=replace", "AuditLog=" + log,
                   *options):
        found += ["-o", option]
    return found


def records(log, *names):
    """These fields of the records of files."""
    with open(log, encoding="utf-8") as f:
        return [tuple(r.get(n) for n in names) for r in map(json.loads, f)
                if r["event"] == "file"]


def ask_wrongly(client):
    """Requests, and the paths of those that are refused."""
    handle = client.ask("opendir", ".").handle
    client.ask("realpath", "/etc/shadow")
    yield "/", client.ask("fsetstat", handle, sftp.Attrs(size=5))
    yield None, client.ask("fsetstat", b"none", sftp.Attrs(mode=0o600))
    yield "/old", client.ask("remove", b"/old\0x")     # up to there
    yield "/" + 200 * "l", client.ask("mkdir", b"/" + LONG, sftp.NONE)
    yield "/a\\x01", client.ask("rename", b"/a\1", "/b")
    yield "/old", client.ask("rename", "/old", b"/b\1")
    yield "/b", client.extended("hardlink@openssh.com", b"/a\1", "/b")
    yield "/b\\x01", client.ask("symlink", "/old", b"/b\1")


@suite.case
def what_is_refused_is_recorded_with_its_own_path():
    with Place() as place:
        log = os.path.join(place.top, "log")
        with begun(place, words(place, log)) as client:
            wanted = []
            for path, answer in ask_wrongly(client):
                check(answer.code not in ("ok", None), answer)
                wanted.append(path)
            client.end()
        seen = [path and path[:201] for path, in records(log, "path")]
        check_equal(seen, wanted, "paths")


# (verb of the record, request) of every kind of change, in this order
CHANGES = (
    ("mkdir", ("mkdir", "/new", sftp.NONE)),
    ("rename", ("rename", "/new", "/other")),
    ("rmdir", ("rmdir", "/other")),
    ("setstat", ("setstat", "/old", sftp.Attrs(mode=0o640))),
    ("link", ("symlink", "old", "/l")),
    ("link", ("extended", "hardlink@openssh.com", "/old", "/h")),
    ("rename", ("extended", "posix-rename@openssh.com", "/h", "/l")),
    ("remove", ("remove", "/l")),
)


@suite.case
def with_Audit_require_the_record_comes_before_the_change():
    for options, results in (((), ["ok"]),
                             (("Audit=require",), ["begun", "ok"])):
        with Place() as place:
            log = os.path.join(place.top, "log")
            with begun(place, words(place, log, *options)) as client:
                for verb, request in CHANGES:
                    check_equal(client.ask(*request).code, "ok", verb)
                client.end()
            check_equal(records(log, "verb", "result"),
                        [(verb, result) for verb, _ in CHANGES
                         for result in results], "records")


def fill(log):
    """Leaves no room for a record, on a file system of the log's own."""
    with open(log, "ab", buffering=0) as f:
        f.write(b"\n" * (-f.tell() % 4096))
    with contextlib.suppress(OSError), \
            open(log + ".full", "wb", buffering=0) as f:
        while f.write(b"x" * 4096):
            pass


def shape(root):
    """All that could change."""
    return sorted((name, os.lstat(os.path.join(root, name))[:4])
                  for name in os.listdir(root))


def ask_without_room(client, log, before, request):
    for each in before:
        check_equal(client.ask(*each).code, "ok", each)
    fill(log)
    with contextlib.suppress(sftp.Ended):
        return client.ask(*request)
    return None


@suite.case
def without_room_for_its_record_nothing_changes():
    suite.need_root()
    for number, (verb, request) in enumerate(CHANGES):
        # a directory that was made before, and the links
        before = [r for _, r in CHANGES[:number] if verb != "setstat"]
        with tmpfs("64k") as full, Place() as place:
            log = os.path.join(full, "log")
            with begun(place, words(place, log, "Audit=require")) as client:
                seen = ask_without_room(client, log, before, ("stat", "/old"))
                was = shape(place.root)
                seen = ask_without_room(client, log, [], request)
                check(seen is None, "%s: %r" % (verb, seen))
                check_equal(client.wait(), 78, verb)
            check_equal(shape(place.root), was, verb)


@suite.case
def without_room_for_its_record_scp_makes_no_directory():
    suite.need_root()
    with tmpfs("64k") as full, Place() as place:
        log = os.path.join(full, "log")
        with subprocess.Popen(
                words(place, log, "Audit=require") + ["-r", "-t", "/"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL) as server:
            check_equal(server.stdout.read(1), b"\0", "begins")
            was = shape(place.root)
            fill(log)
            said, _ = server.communicate(b"D0755 0 new\n", talk.PATIENCE)
            check(b"AuditLog" in said or b"log" in said, said)
            check_equal(server.returncode, 78, "status")
        check_equal(shape(place.root), was, "the tree")


@suite.case
def without_room_for_its_record_scp_changes_no_directory():
    """One that was there gets its times when all is in it."""
    suite.need_root()
    with tmpfs("64k") as full, Place() as place:
        log = os.path.join(full, "log")
        with subprocess.Popen(
                words(place, log, "Audit=require") + ["-rp", "-t", "/"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL) as server:
            check_equal(server.stdout.read(1), b"\0", "begins")
            for line in (b"T1000 0 1000 0\n", b"D0755 0 sub\n"):
                server.stdin.write(line)
                server.stdin.flush()
                check_equal(server.stdout.read(1), b"\0", line)
            was = os.stat(os.path.join(place.root, "sub")).st_mtime_ns
            fill(log)
            server.communicate(b"E\n", talk.PATIENCE)
            check_equal(server.returncode, 78, "status")
        check_equal(os.stat(os.path.join(place.root, "sub")).st_mtime_ns, was,
                    "mtime")


def last(log, *names):
    found = records(log, *names)[-1]
    return found[0] if len(names) == 1 else found


def patched(client, path, data):
    """Some octets at the beginning of a file, and the answer to CLOSE."""
    handle = client.open(path, "w").handle
    if data:
        client.write(handle, 0, data)
    else:
        client.ask("fsetstat", handle, sftp.Attrs(size=1000))
    return client.close_handle(handle)


@suite.case
def the_digest_of_a_patched_file_is_that_of_all_of_it():
    for data in (b"new", b""):
        with Place() as place:
            log = os.path.join(place.top, "log")
            path = write(os.path.join(place.root, "old"), b"x" * 1000)
            with begun(place, words(place, log, "AuditDigest=sha256")) as c:
                check_equal(patched(c, "/old", data).code, "ok", "CLOSE")
                c.end()
            with open(path, "rb") as f:
                digest = hashlib.sha256(f.read()).hexdigest()
            check_equal(last(log, "sha256"), digest, data)


@suite.case
def a_patched_file_is_within_MaxFileSize():
    with Place() as place:
        log = os.path.join(place.top, "log")    # so that no rlimit does it
        write(os.path.join(place.root, "old"), b"x" * 9000)
        with begun(place, words(place, log, "MaxFileSize=1000")) as client:
            check_equal(patched(client, "/old", b"new").code, "failure",
                        "CLOSE")
            client.end()


@suite.case
def what_is_copied_from_an_upload_is_recorded_as_read():
    with Place() as place:
        log = os.path.join(place.top, "log")
        with begun(place, words(place, log)) as client:
            old = client.open("/old", "rw").handle
            new = client.open("/new", "rwct").handle
            answer = client.extended("copy-data", old, sftp.offset(0),
                                     sftp.offset(0), new, sftp.offset(0))
            check_equal(answer.code, "ok", "copy-data")
            client.end()
        check(("get", "/old", "begun") in
              records(log, "verb", "path", "result"), "no record")


@suite.case
def the_mode_in_a_record_is_the_one_that_is_set():
    rows = ((("PreserveModes=yes",), 0o4777, "0777"),
            (("FileMode=0640",), 0o777, "0644"),
            (("PreserveModes=yes",), 0o600, "0600"))
    for options, asked, mode in rows:
        with Place() as place:
            log = os.path.join(place.top, "log")
            os.chmod(os.path.join(place.root, "old"), 0o644)
            with begun(place, words(place, log, *options)) as client:
                check_equal(client.ask("setstat", "/old",
                                       sftp.Attrs(mode=asked)).code, "ok",
                            "SETSTAT")
                client.end()
            check_equal(last(log, "mode"), mode, options)


@suite.case
def a_later_mode_of_an_own_file_is_recorded():
    with Place() as place:
        log = os.path.join(place.top, "log")
        with begun(place, words(place, log)) as client:
            client.stored("/new", b"x", sftp.Attrs(mode=0o600))
            for mode in (0o600, 0o777):
                client.ask("setstat", "/new", sftp.Attrs(mode=mode))
            client.end()
        check_equal(records(log, "verb", "mode"),
                    [("put", "0600"), ("setstat", "0777")], "records")


@suite.case
def a_write_only_session_records_a_later_mode_of_its_own():
    with Place() as place:
        log = os.path.join(place.top, "log")
        with begun(place, [
                suite.SERVER, "-o", "Root=" + place.root, "-o",
                "Access=write-only", "-o", "AuditLog=" + log]) as client:
            client.stored("/new", b"x", sftp.Attrs(mode=0o644))
            client.ask("setstat", "/new", sftp.Attrs(mode=0o600))
            client.end()
        check_equal(records(log, "verb", "mode"),
                    [("put", "0644"), ("setstat", "0600")], "records")


@suite.case
def with_Audit_require_every_attribute_of_its_own_is_recorded():
    with Place() as place:
        log = os.path.join(place.top, "log")
        with begun(place, words(place, log, "Audit=require")) as client:
            client.ask("mkdir", "/d", sftp.NONE)
            client.ask("setstat", "/d", sftp.Attrs(mtime=1, atime=1))
            client.end()
        check_equal(records(log, "verb", "result"),
                    [("mkdir", "begun"), ("mkdir", "ok"),
                     ("setstat", "begun"), ("setstat", "ok")], "records")


@suite.case
def what_was_announced_is_the_mode_of_what_fails():
    with Place() as place:
        log = os.path.join(place.top, "log")
        with begun(place, words(place, log, "MaxFileSize=3", "MaxDepth=1",
                                "Umask=022")) as client:
            handle = client.open("/new", "wct", sftp.Attrs(mode=0o640)).handle
            client.ask("write", handle, sftp.offset(0), b"long")
            client.ask("close", handle)
            client.ask("mkdir", "/d/e", sftp.Attrs(mode=0o750))
            client.ask("mkdir", "/sub/e", sftp.Attrs(mode=0o750))
            client.end()
        check_equal(records(log, "verb", "result", "mode")[0],
                    ("put", "failed", "0640"), "the file")
        check_equal(records(log, "verb", "result", "mode")[-1],
                    ("mkdir", "failed", "0750"), "the directory")


def set_by_handle(client, path, *attributes):
    """Attributes, one after the other, of a file that is open to be written."""
    handle = client.open(path, "w").handle
    for attrs in attributes:
        check_equal(client.ask("fsetstat", handle, attrs).code, "ok", attrs)
    client.close_handle(handle)


@suite.case
def attributes_that_an_open_old_file_is_given_are_recorded():
    with Place() as place:
        log = os.path.join(place.top, "log")
        write(os.path.join(place.root, "old"), b"old")
        with begun(place, words(place, log)) as client:
            client.stored("/new", b"x")
            set_by_handle(client, "/old", sftp.Attrs(mode=0o600), sftp.NONE)
            set_by_handle(client, "/new", sftp.Attrs(mode=0o600),
                          sftp.Attrs(mode=0o644))
            client.end()
        check_equal(records(log, "path", "verb", "mode"),
                    [("/new", "put", "0644"), ("/old", "setstat", "0600"),
                     ("/new", "setstat", "0600"), ("/new", "setstat", "0644")],
                    "records")


@suite.case
def an_owner_that_stays_does_not_keep_a_mode_from_an_open_old_file():
    suite.need_root()
    with Place() as place:
        log = os.path.join(place.top, "log")
        path = write(os.path.join(place.root, "old"), b"old")
        os.chown(path, 0, 1)
        with begun(place, words(place, log)) as client:
            set_by_handle(client, "/old",
                          sftp.Attrs(uid=0, gid=1, mode=0o600))
            client.end()
        check_equal(records(log, "verb", "mode"), [("setstat", "0600")],
                    "records")


@suite.case
def what_modify_refuses_an_open_old_file_is_left_to_its_copy():
    with Place() as place:
        log = os.path.join(place.top, "log")
        path = write(os.path.join(place.root, "old"), b"old")
        os.link(path, path + "-other")
        own = [word.replace("Modify=yes", "Modify=own")
               for word in words(place, log)]
        with begun(place, own) as client:
            set_by_handle(client, "/old", sftp.Attrs(mode=0o600))
            client.end()
        check_equal(oct(os.stat(path + "-other").st_mode & 0o777), "0o644",
                    "the other name")
        check_equal(records(log, "verb", "mode"), [("put", "0600")],
                    "records")


@suite.case
def a_mode_that_stays_has_no_record():
    with Place() as place:
        log = os.path.join(place.top, "log")
        with begun(place, words(place, log, "FileMode=0640")) as client:
            client.stored("/new", b"x")
            client.ask("setstat", "/new", sftp.Attrs(mode=0o777))
            client.end()
        check_equal(records(log, "verb", "mode"), [("put", "0640")], "records")


@suite.case
def dots_hide_no_name_in_a_record():
    far = "./" * 300
    with Place() as place:
        log = os.path.join(place.top, "log")
        with begun(place, words(place, log)) as client:
            for request in (("rename", "/old", "/" + far + "new"),
                            ("symlink", far + "new", "/soft"),
                            ("extended", "hardlink@openssh.com",
                             "/" + far + "new", "/hard")):
                check_equal(client.ask(*request).code, "ok", request)
            client.end()
        check_equal(records(log, "path", "detail"),
                    [("/old", "/new"), ("/soft", far + "new"),
                     ("/hard", "/new")], "records")


@suite.case
def in_place_each_beginning_has_its_end():
    def unchanged(client):
        client.close_handle(client.open("/old", "w").handle)

    def removed(client):
        handle = client.open("/old", "w").handle
        client.ask("remove", "/old")
        client.close_handle(handle)

    def hung_up(client):
        client.open("/old", "w")

    for leave, results in ((unchanged, ["begun", "ok"]),
                           (removed, ["begun", "ok"]),
                           (hung_up, ["begun", "failed"])):
        with Place() as place:
            log = os.path.join(place.top, "log")
            options = [w.replace("Root=" + place.root, "Root=none").replace(
                "Overwrite=replace", "Overwrite=inplace")
                for w in words(place, log)]
            with begun(place, options) as client:
                check_equal(client.ask("realpath", ".").kind, "name", "cwd")
                leave(Below(client, place.root))
                client.end()
            seen = [r for v, r in records(log, "verb", "result") if v == "put"]
            check_equal(seen, results, leave.__name__)


class Below:
    """A client whose paths begin in a directory."""

    def __init__(self, client, top):
        self.client, self.top = client, top
        self.close_handle = client.close_handle

    def open(self, path, letters):
        return self.client.open(self.top + path, letters)

    def ask(self, kind, path):
        return self.client.ask(kind, self.top + path)


@suite.case
def a_client_loosens_no_umask_that_was_inherited():
    with Place() as place:
        for mask, typed, mode in ((0o077, "0", 0o600), (0o022, "77", 0o600),
                                  (0o022, "0", 0o644)):
            path = os.path.join(place.root, "new%o%s" % (mask, typed))
            with sftp.Client([talk.program("scp-server"), "-o",
                              "Root=none", "-o", "Overwrite=replace"],
                             place.root, talk.PATIENCE,
                             place.environment("sftp-server -u " + typed),
                             umask=mask) as client:
                client.init()
                client.stored(path, b"x", sftp.Attrs(mode=0o666))
                client.end()
            check_equal(os.stat(path).st_mode & 0o777, mode,
                        "%03o and -u %s" % (mask, typed))


@suite.case
def a_name_like_that_of_the_root_stays_a_name():
    """Clients send what REALPATH has told, and mean it."""
    with Place() as place:
        inner = place.root + place.root
        os.makedirs(inner)
        mine = write(os.path.join(place.root, "notes"), b"mine")
        write(os.path.join(inner, "notes"), b"inner")
        log = os.path.join(place.top, "log")
        with begun(place, words(place, log)) as client:
            found = client.ask("realpath", place.root.lstrip("/"))
            path = os.fsdecode(found.names[0].name)
            check_equal(path, place.root, "REALPATH")
            check_equal(client.fetched(path + "/notes"), b"inner", "READ")
            check_equal(client.ask("remove", path + "/notes").code, "ok",
                        "REMOVE")
            client.end()
        check(os.path.exists(mine), "another file was removed")
