"""What no right to write helps against is told before the body."""

import os
import shutil

import filesystems
import suite
from sessions import OLD, SEND_NEW, expect, serve
from trees import read, write

PERMITTED = b"Operation not permitted"
BUSY = b"Device or resource busy"
HEADER = SEND_NEW.split(b"\n")[0] + b"\n"
EVERY = ("replace", "versions", "inplace")


def is_told_before_the_body(root, why, overwrite="replace"):
    """As a name in its directory, as the target itself, and in a tree; the
    body is not sent unless it is asked for."""
    path = os.path.join(root, "f")
    line = ["-o", "Overwrite=" + overwrite]
    for target in (root, path):
        expect(serve(line + ["-t", target], HEADER), 2,
               b"\0\2scp: %s: %s\n" % (path.encode(), why))
    expect(serve(line + ["-r", "-t", root], SEND_NEW), 1,
           b"\0\0\1scp: %s: %s\n" % (path.encode(), why))
    suite.check_equal(read(path), OLD, "content")
    suite.check_equal([n for n in os.listdir(root) if n.endswith(".part")],
                      [], "temporaries")


def with_flag(flag, path, why):
    with filesystems.ext4() as root:
        target = write(os.path.join(root, "f"), OLD)
        where = os.path.join(root, path)
        for overwrite in EVERY:
            filesystems.run("chattr", "+" + flag, where)
            try:
                if path or overwrite != "inplace":
                    is_told_before_the_body(root, why, overwrite)
                else:
                    expect(serve(["-o", "Overwrite=inplace", "-t", target],
                                 SEND_NEW), 0, b"\0\0\0")
            finally:
                filesystems.run("chattr", "-" + flag, where)


@suite.case
def an_immutable_file_is_told_before_the_body():
    with_flag("i", "f", PERMITTED)


@suite.case
def an_append_only_file_is_told_before_the_body():
    with_flag("a", "f", PERMITTED)


@suite.case
def a_file_in_an_append_only_directory_is_told_before_the_body():
    with_flag("a", "", PERMITTED)


@suite.case
def a_mount_point_is_told_before_the_body():
    suite.need_root()
    top = suite.scratch()
    try:
        for name in ("f", "over"):
            write(os.path.join(top, name), OLD)
        path = os.path.join(top, "f")
        filesystems.run("mount", "--bind", os.path.join(top, "over"), path)
        try:
            for overwrite in ("replace", "versions"):
                is_told_before_the_body(top, BUSY, overwrite)
        finally:
            filesystems.unmount(path)
    finally:
        shutil.rmtree(top)


@suite.case
def an_append_only_directory_takes_new_files_and_keeps_no_temporary():
    with filesystems.ext4() as root:
        sub = os.path.join(root, "sub")
        os.mkdir(sub)
        filesystems.run("chattr", "+a", root, sub)
        try:
            for n, overwrite in enumerate(("replace", "versions", "deny")):
                name = b"new%d\n" % n
                send = SEND_NEW.replace(b"f\n", name)
                expect(serve(["-o", "Overwrite=" + overwrite, "-r", "-t",
                              root],
                             send + b"D0755 0 sub\n" + send + b"E\n"), 0,
                       b"\0" * 7)
            wanted = ["new0", "new1", "new2"]
            suite.check_equal(sorted(os.listdir(sub)), wanted, "below")
            suite.check_equal(sorted(os.listdir(root)),
                              sorted(wanted + ["sub", "lost+found"]), "names")
        finally:
            filesystems.run("chattr", "-a", root, sub)
