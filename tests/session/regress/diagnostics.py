"""The manual's list of what the kernel says, against sessions.

Each case says which words of the manual it holds, in whose entry they have to
stand, and makes a session meet that.
"""

import contextlib
import functools
import os
import re
import subprocess

import suite
from sessions import (NOBODY, OTHER, place, root_of, serve_as, small_tmpfs)
from trees import write

PAGE = os.path.join(suite.TOP, "man", "scp-server.8")
UPLOAD = b"C0644 2 f\nx\n\0"


def entries():
    """Token -> (message, explanation), as DIAGNOSTICS has them."""
    with open(PAGE) as f:
        page = f.read().replace("\\&", "")
    part = page[page.index(".Ss Said by the kernel"):]
    part = part[:part.index("\n.El\n")]
    plain = {}
    for item in part.split("\n.It ")[1:]:
        head, _, text = item.partition("\n")
        words, token = re.fullmatch(r"Li (.*) Pq Cm (\w+)", head).groups()
        plain[token] = words, re.sub(r"^\.\w+ ", "", text, flags=re.M)
    # an entry without a text of its own shares that of the next
    last = ""
    for token in reversed(list(plain)):
        words, last = plain[token][0], plain[token][1].strip() or last
        plain[token] = words, " ".join(last.split())
    return plain


def says(token, phrase, words, prepare, sent=UPLOAD):
    """A session of nobody, in a directory that prepare() gives."""
    suite.need_root()
    message, text = entries()[token]
    suite.check(phrase in text, "%s is not explained by %r: %r" % (
        token, phrase, text))
    with place() as base, prepare(base) as root:
        answers = serve_as(base, NOBODY, [
            w.replace("ROOT", root) for w in words], sent)[1]
    suite.check(b": " + message.encode() + b"\n" in answers,
                "answered %r, not with %r" % (answers, message))


def simply(prepare):
    """prepare(root) in a directory of nobody's."""
    @contextlib.contextmanager
    def run(base):
        root = root_of(base, 0o755, NOBODY, NOBODY)
        prepare(root)
        yield root
    return run


def a_sticky_directory(root):
    os.chown(root, 0, 0)
    os.chmod(root, 0o1777)
    os.chown(write(os.path.join(root, "f"), b"old"), OTHER, OTHER)


@contextlib.contextmanager
def an_immutable_file(base):
    with small_tmpfs(base, 1 << 20) as disk:
        os.chown(disk, NOBODY, NOBODY)
        path = write(os.path.join(disk, "f"), b"old")
        os.chown(path, NOBODY, NOBODY)
        if subprocess.run(["chattr", "+i", path],
                          stderr=subprocess.DEVNULL).returncode != 0:
            suite.skip("this tmpfs has no immutable files")
        try:
            yield disk
        finally:
            subprocess.run(["chattr", "-i", path], check=True)


@contextlib.contextmanager
def a_mount_point(base):
    root = root_of(base, 0o755, NOBODY, NOBODY)
    path = write(os.path.join(root, "f"), b"old")
    if subprocess.run(["mount", "--bind", path, path]).returncode != 0:
        suite.skip("nothing can be mounted here")
    try:
        yield root
    finally:
        subprocess.run(["umount", "-l", path], check=True)


@contextlib.contextmanager
def a_full_disk(base):
    with small_tmpfs(base, 64 << 10) as disk:
        os.chown(disk, NOBODY, NOBODY)
        yield disk


@contextlib.contextmanager
def a_read_only_disk(base):
    with small_tmpfs(base, 64 << 10) as disk:
        os.chown(disk, NOBODY, NOBODY)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield disk


def nothing(root):
    del root


def not_ours(root):
    os.chown(root, 0, 0)


def a_file(root):
    write(os.path.join(root, "d"), b"")


def a_directory(root):
    os.mkdir(os.path.join(root, "f"))


# token, what the manual says of it, arguments, how it comes, what is sent
CASES = (
    ("EACCES", "another account's file", ["-t", "ROOT"],
     simply(a_sticky_directory)),
    ("EACCES", "must be able to write the directory", ["-t", "ROOT"],
     simply(not_ours)),
    ("EPERM", "An immutable", ["-t", "ROOT"], an_immutable_file),
    ("EBUSY", "a mount point of its own", ["-t", "ROOT"], a_mount_point),
    ("ENOENT", "a new file whose name ends in a slash", ["-t", "ROOT/new/"],
     simply(nothing)),
    ("ENOENT", "a target that d says must exist", ["-d", "-t", "ROOT/new"],
     simply(nothing)),
    ("ENOTDIR", "A path goes through a file", ["-t", "ROOT/d/f"],
     simply(a_file)),
    ("ENOTDIR", "the target is a file", ["-d", "-t", "ROOT/d"],
     simply(a_file)),
    ("EISDIR", "a directory stands there", ["-t", "ROOT"],
     simply(a_directory)),
    ("ENOSPC", "A limit of the file system", ["-t", "ROOT"], a_full_disk,
     b"C0644 1000000 f\n" + 1000000 * b"x" + b"\0"),
    ("EROFS", "", ["-t", "ROOT"], a_read_only_disk),
    ("ENAMETOOLONG", "A name of over 255 octets", ["-t", "ROOT/" + 256 * "n"],
     simply(nothing)),
)

for _n, _case in enumerate(CASES):
    suite.add("the_manual_says_%s_as_the_session_%d" % (_case[0], _n),
              functools.partial(says, *_case))
