"""Files are not lost because a file system refuses what else is asked for."""

import contextlib
import json
import os
import shutil

import filesystems
import suite
from sessions import NEW, SEND_NEW, expect, talk
from trees import read, write

TIMES = b"T1234567890 0 1234567890 0\n"
ANSWER = b"\0\0\0\1scp: %s: %s\n"
REFUSED = "Operation not permitted"
# Whatever is made there is nobody's, so nothing can be set without privileges.
FOREIGN = ["--force-user=nobody", "--force-group=nogroup"]
# The same, and all may write to directories there.
SHARED = ["--perms=od+w", *FOREIGN]


@contextlib.contextmanager
def on_bindfs(*options):
    """A directory where a confined session may make files, and its log."""
    suite.need_root()
    top = suite.scratch()
    beneath = filesystems.Directory("beneath", top)
    there = filesystems.Bindfs("bindfs", top, beneath, options)
    try:
        there.up()
        os.chmod(there.under, 0o777)
        yield there, os.path.join(top, "log")
    finally:
        there.down()
        shutil.rmtree(top)


def send(there, log, mode, times=b"", preserve=True):
    line = ["-o", "AuditLog=" + log, "-o", "AuditFormat=json", "-o",
            "Umask=022", "-o", "Root=" + there.top, "-t", "/"]
    line[-2:-2] = ["-p"] if preserve else []
    return talk([suite.SERVER] + line,
                times + SEND_NEW.replace(b"0644", mode))[:2]


def records(log):
    with open(log) as f:
        return [r for r in map(json.loads, f) if r["event"] == "file"]


def record(log):
    """The only record of a file."""
    found = records(log)
    suite.check_equal(len(found), 1, "records: %r" % found)
    return found[0]


def is_kept(there, log, answers, what, mode):
    words = "%s: %s" % (what, REFUSED)
    expect(answers, 1, ANSWER % (b"/f", words.encode()))
    suite.check_equal(read(os.path.join(there.under, "f")), NEW, "content")
    seen = record(log)
    suite.check_equal([seen.get(k) for k in
                       ("result", "detail", "reason", "mode", "bytes")],
                      ["ok", words, None, mode, len(NEW)], "record")


@suite.case
def a_file_is_kept_whose_times_are_refused():
    with on_bindfs(*FOREIGN) as (there, log):
        for preserve in (True, False):
            answers = send(there, log, b"0644", TIMES, preserve)
            is_kept(there, log, answers, "set times", "0644")
            os.unlink(os.path.join(there.under, "f"))
            os.unlink(log)


@suite.case
def a_file_is_kept_whose_mode_is_refused():
    with on_bindfs(*FOREIGN) as (there, log):
        status, answers = send(there, log, b"0664")
        is_kept(there, log, (status, b"\0" + answers), "set mode", "0644")


@suite.case
def a_file_that_would_give_more_than_was_asked_for_is_refused():
    with on_bindfs("--perms=a+r", *FOREIGN) as (there, log):
        write(os.path.join(there.under, "f"), b"old")
        expect(send(there, log, b"0600"), 1,
               b"\0\0\1scp: /f: %s\n" % REFUSED.encode())
        suite.check_equal(read(os.path.join(there.under, "f")), b"old",
                          "content")
        suite.check_equal(os.listdir(there.under), ["f"], "names")
        suite.check_equal(record(log)["result"], "failed", "record")


@suite.case
def what_is_right_already_is_not_set():
    with on_bindfs(*FOREIGN) as (there, log):
        expect(send(there, log, b"0644"), 0, b"\0\0\0")
        suite.check_equal(record(log)["result"], "ok", "record")


def send_tree(there, log, mode, times, *words):
    """A directory with a file, and a file after it."""
    argv = [suite.SERVER, "-o", "AuditLog=" + log, "-o", "Umask=022", "-o",
            "Root=" + there.top, *words, "-r", "-t", "/"]
    return talk(argv, times + b"D%s 0 d\n" % mode + SEND_NEW + b"E\n" +
                SEND_NEW.replace(b" f\n", b" g\n"))[:2]


def tree_is_kept(there, log, answers, told, lacks):
    """Told once, when the directory is complete; the rest is stored."""
    expect(answers, 1, told)
    for name in ("d/f", "g"):
        suite.check_equal(read(os.path.join(there.under, name)), NEW, name)
    seen = [(r["verb"], r["path"], r["result"], r.get("detail"))
            for r in records(log)]
    suite.check_equal(seen, [("mkdir", "/d", "ok", None),
                             ("put", "/d/f", "ok", None),
                             ("dir", "/d", "ok", lacks),
                             ("put", "/g", "ok", None)], "records")


@suite.case
def a_tree_is_kept_whose_directory_can_be_given_no_times():
    lacks = "set times: " + REFUSED
    with on_bindfs(*SHARED) as (there, log):
        tree_is_kept(there, log, send_tree(there, log, b"0755", TIMES),
                     b"\0\0\0\0\0\1scp: /d: %s\n\0\0" % lacks.encode(), lacks)


@suite.case
def a_tree_is_kept_whose_directory_can_be_given_no_mode():
    lacks = "set mode: " + REFUSED
    for times, words in ((b"", ("-p",)), (TIMES, ("-p",)),
                         (b"", ("-o", "DirectoryMode=0775"))):
        with on_bindfs(*SHARED) as (there, log):
            tree_is_kept(
                there, log, send_tree(there, log, b"0775", times, *words),
                b"\0" * bool(times) + b"\0\0\0\0\1scp: /d: %s\n\0\0" %
                lacks.encode(), lacks)


@suite.case
def a_file_is_kept_above_which_a_directory_can_be_given_no_mode():
    words = "set mode: " + REFUSED
    with on_bindfs(*SHARED) as (there, log):
        argv = [suite.SERVER, "-o", "AuditLog=" + log, "-o", "Umask=022",
                "-o", "MakeParents=yes", "-o", "DirectoryMode=0775", "-o",
                "Root=" + there.top, "-t", "/a/b/f"]
        status, answers, told = talk(argv, SEND_NEW)[:3]
        expect((status, answers), 1, b"\0\0\0")
        suite.check_equal(
            told, b"".join(b"scp: %s: %s\n" % (name, words.encode())
                           for name in (b"/a", b"/a/b")), "standard error")
        suite.check_equal(read(os.path.join(there.under, "a/b/f")), NEW,
                          "content")
        suite.check_equal(
            [(r["verb"], r["path"], r["result"], r.get("detail"))
             for r in records(log)],
            [("mkdir", "/a", "ok", None), ("dir", "/a", "ok", words),
             ("mkdir", "/a/b", "ok", None), ("dir", "/a/b", "ok", words),
             ("put", "/a/b/f", "ok", None)], "records")


@suite.case
def versions_are_kept_where_names_can_not_be_exchanged():
    with on_bindfs() as (there, log):
        for n in range(3):
            seen = talk([suite.SERVER, "-o", "AuditLog=" + log, "-o",
                         "Overwrite=versions", "-o", "Root=" + there.top, "-t",
                         "/f"], b"C0644 1 f\n%d\0" % n)
            expect(seen, 0, b"\0\0\0")
        suite.check_equal({name: read(os.path.join(there.under, name))
                           for name in os.listdir(there.under)},
                          {"f": b"2", "f.~1~": b"0", "f.~2~": b"1"}, "files")
