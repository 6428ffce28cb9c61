"""One file of more than 4 GiB each way: through sshd, and over plain pipes.

The source is sparse, with marks where a 32-bit size or offset would break.
Every copy is compared as a whole and removed at once.
"""

import os
import shutil
import subprocess
import tempfile

import clients
import sshd
import suite
from suite import add, check, check_equal

SIZE = 2 ** 32 + 123456789
MARKS = (0, 2 ** 31 - 4, 2 ** 32 - 4, SIZE - 8)
PATIENCE = 900
BLOCK = 1 << 20


def make_source(path):
    with open(path, "wb") as f:
        f.truncate(SIZE)
        for n, offset in enumerate(MARKS):
            f.seek(offset)
            f.write(b"mark %03d" % n)
    return path


def need_room():
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < SIZE + (1 << 29):
        suite.skip("needs 5 GB free in %s, there are %.1f" % (
            tempfile.gettempdir(), free / 1e9))


def same(a, b):
    done = subprocess.run(["cmp", a, b], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    check_equal(done.stdout, "", "cmp")
    check_equal(done.returncode, 0, "cmp")


def through_sshd(place, row):
    def run():
        need_room()
        site, daemon = place()
        there = os.path.join(site.home, "large")
        os.mkdir(there)
        os.chown(there, site.account.uid, site.account.gid)
        try:
            row(site, clients.OpenSSH(site).words(daemon.port), there)
        finally:
            sshd.remove(there)
    return run


def copied(site, words):
    status, out, err = clients.run(words, site, seconds=PATIENCE)
    check(status == 0, "status %d: %r" % (status, out + err))


def up_through_sshd(site, words, there):
    source = make_source(site.path("large-source"))
    target = os.path.join(there, "up")
    copied(site, words + [source] + clients.OpenSSH(site).at(target))
    same(source, target)
    os.unlink(source)


def down_through_sshd(site, words, there):
    source = make_source(os.path.join(there, "source"))
    target = site.path("large-back")
    try:
        copied(site, words + clients.OpenSSH(site).at(source) + [target])
        same(source, target)
    finally:
        sshd.remove_file(target)


def over_pipes(row):
    def run():
        need_room()
        top = suite.scratch()
        try:
            scp = os.path.join(top, "scp")
            shutil.copy(suite.SERVER, scp)
            row(top, scp)
        finally:
            sshd.remove(top)
    return run


def start(*words):
    return subprocess.Popen(words, stdin=subprocess.PIPE, bufsize=0,
                            stdout=subprocess.PIPE)


def up_over_pipes(top, scp):
    source = make_source(os.path.join(top, "source"))
    target = os.path.join(top, "target")
    with start(scp, "-t", target) as server, open(source, "rb") as f:
        replies = [server.stdout.read(1)]
        server.stdin.write(b"C0644 %d large\n" % SIZE)
        replies.append(server.stdout.read(1))
        check_equal(replies, [b"\0", b"\0"], "replies")
        while os.sendfile(server.stdin.fileno(), f.fileno(), None, BLOCK):
            pass
        server.stdin.write(b"\0")
        check_equal(server.stdout.read(1), b"\0", "reply to the body")
        server.stdin.close()
        check_equal(server.wait(), 0, "exit status")
    same(source, target)


def down_over_pipes(top, scp):
    source = make_source(os.path.join(top, "source"))
    with start(scp, "-f", source) as server, open(source, "rb") as f:
        server.stdin.write(b"\0")
        check_equal(server.stdout.readline(), b"C%04o %d source\n" % (
            os.fstat(f.fileno()).st_mode & 0o777, SIZE), "record")
        server.stdin.write(b"\0")
        check_body(server.stdout, f)
        check_equal(server.stdout.read(1), b"\0", "status of the body")
        server.stdin.write(b"\0")
        check_equal(server.stdout.read(1), b"", "after the body")
        check_equal(server.wait(), 0, "exit status")


def check_body(pipe, f):
    left = SIZE
    while left > 0:
        block = pipe.read(min(left, BLOCK))
        check(block, "the body ends %d bytes early" % left)
        if block != f.read(len(block)):
            raise AssertionError("differs near byte %d" % (SIZE - left))
        left -= len(block)


def add_cases(place):
    """With sanitizers they would take long and show nothing more."""
    if os.environ.get("SANITIZED") == "1":
        print("large/*: left out of a run with sanitizers", flush=True)
        return
    for row in (up_through_sshd, down_through_sshd):
        add("large/" + row.__name__, through_sshd(place, row))
    for row in (up_over_pipes, down_over_pipes):
        add("large/" + row.__name__, over_pipes(row))
