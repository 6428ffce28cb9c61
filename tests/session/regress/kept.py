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


def record(log):
    """The only record of a file."""
    with open(log) as f:
        found = [r for r in map(json.loads, f) if r["event"] == "file"]
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
