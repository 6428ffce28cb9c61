"""Room on the disk, leases, and the versions of a file that is replaced."""

import contextlib
import fcntl
import os
import signal
import subprocess

import suite
from sessions import (NEW, OLD, PAGE, PATIENCE, SEND_NEW, place, root_of,
                      serve, small_tmpfs, talk)
from trees import read, write

MIB = 1 << 20


@suite.case
def a_header_takes_no_memory_of_a_tmpfs():
    with place() as base, small_tmpfs(base, 8 * MIB) as disk:
        free = os.statvfs(disk).f_bfree
        process = subprocess.Popen(
            [suite.SERVER, "-o", "Root=none", "-t", disk],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(b"C0644 %d f\n" % (6 * MIB))
        process.stdin.flush()
        suite.check_equal(process.stdout.read(2), b"\0\0", "go-aheads")
        taken = (free - os.statvfs(disk).f_bfree) * PAGE
        process.communicate(timeout=PATIENCE)
        suite.check(taken < MIB, "%d octets were taken" % taken)


@suite.case
def a_full_tmpfs_is_told_before_the_body():
    with place() as base, small_tmpfs(base, 8 * MIB) as disk:
        answers = talk([suite.SERVER, "-o", "Root=none", "-t", disk],
                       b"C0644 %d f\n" % (9 * MIB))[1]
        suite.check_equal(
            answers, b"\0\2scp: %s/f: No space left on device\n" %
            disk.encode(), "answers")
        suite.check_equal(os.listdir(disk), [], "files")


@contextlib.contextmanager
def leased(path, kind):
    """A lease of ours on a file: whoever opens it against that has to wait."""
    old = signal.signal(signal.SIGIO, signal.SIG_IGN)  # asked to give it up
    fd = os.open(path, os.O_RDWR if kind == fcntl.F_WRLCK else os.O_RDONLY)
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, kind)
        yield
    finally:
        os.close(fd)
        signal.signal(signal.SIGIO, old)


@suite.case
def a_leased_file_is_answered_at_once_as_source_and_as_target():
    with place() as base:
        path = write(os.path.join(root_of(base), "f"), OLD)
        with leased(path, fcntl.F_WRLCK):
            status, words = serve(["-f", path], b"\0")
        suite.check_equal((status, words[:6]), (1, b"\1scp: "), "source")
        with leased(path, fcntl.F_RDLCK):
            seen = serve(["-t", path], b"C0644 3 f\nnew\0")
        suite.check_equal(seen, (0, b"\0\0\0"), "target")
        suite.check_equal(read(path), b"new", "target")


@suite.case
def overwrite_versions_keeps_a_link_that_is_replaced():
    for more in ([], ["-o", "Root=%s", "-o", "Symlinks=refuse"]):
        with place() as base:
            root = root_of(base)
            os.symlink("nowhere", os.path.join(root, "f"))
            options = [o % root if "%" in o else o for o in more]
            seen = serve(["-o", "Overwrite=versions", *options, "-t",
                          "/" if more else root], SEND_NEW)
            suite.check_equal(seen, (0, b"\0\0\0"), "the session")
            suite.check_equal(read(os.path.join(root, "f")), NEW, "new file")
            suite.check_equal(os.readlink(os.path.join(root, "f.~1~")),
                              "nowhere", "its version")


@suite.case
def a_file_in_place_is_not_lost_to_a_size_that_can_not_fit():
    """The old file would be gone before the disk is full."""
    with place() as base, small_tmpfs(base, 1 << 20) as disk:
        old = write(os.path.join(disk, "old"), b"precious")
        for size, first in ((3 << 20, b"\2"), (100, b"\0")):
            sent = b"C0644 %d old\n%s\0" % (size, b"x" * size)
            status, answers = serve(["-o", "Root=none", "-o",
                                     "Overwrite=inplace", "-t", disk],
                                    sent)[:2]
            suite.check_equal(answers[1:2], first, "after the record")
            suite.check_equal(read(old), b"precious" if status else b"x" * 100,
                              "content")
