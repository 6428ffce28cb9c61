"""The table of scp-server(8) of what inotify(7) tells about an upload."""

import ctypes
import os
import re
import shutil
import struct

import filesystems
import peer
import suite
import trees
from suite import case, check_equal

EVENTS = {0x2: "IN_MODIFY", 0x8: "IN_CLOSE_WRITE", 0x40: "IN_MOVED_FROM",
          0x80: "IN_MOVED_TO", 0x100: "IN_CREATE", 0x200: "IN_DELETE"}
MANUAL = os.path.join(suite.TOP, "man", "scp-server.8")
APPEND_ONLY = ["chattr", "+a"]

_libc = ctypes.CDLL(None, use_errno=True)


def table():
    """{Overwrite: (events of a new file, events of a replaced one)}"""
    with open(MANUAL) as f:
        text = f.read().split(".Ss Programs that watch for uploads", 1)[1]
    rows = re.findall(r"^\.It Cm (\w+) Ta (.*) Ta ?(.*)$",
                      text.split("\n.El", 1)[0], re.M)
    return {word: tuple(re.findall(r"IN_\w+", cell) for cell in cells)
            for word, *cells in rows}


class Watch:
    def __init__(self, directory):
        self.fd = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        suite.check(_libc.inotify_add_watch(
            self.fd, os.fsencode(directory), sum(EVENTS)) >= 0, "no watch")

    def events(self, name):
        """Those with this name, in order, one of a row of the same."""
        found, data = [], b""
        try:
            while True:
                data += os.read(self.fd, 65536)
        except BlockingIOError:
            os.close(self.fd)
        while data:
            _, mask, _, size = struct.unpack_from("iIII", data)
            whose = data[16:16 + size].rstrip(b"\0").decode()
            data = data[16 + size:]
            if whose == name and EVENTS[mask] not in found[-1:]:
                found.append(EVENTS[mask])
        return found


def watched(top, overwrite, old, prepare=None):
    """What a watcher is told about the upload of a file, there before or
    not."""
    where = os.path.join(top, suite.unique("watched"))
    os.mkdir(where)
    try:
        if old:
            trees.write(os.path.join(where, "name"), b"old")
        if prepare:
            filesystems.run(*prepare, where)
        watch = Watch(where)
        records = [peer.file(0o644, "name", b"new")]
        done = peer.upload([suite.SERVER, "-o", "Root=none", "-o",
                            "Overwrite=" + overwrite, "-r", "-t", where],
                           records)
        suite.check_equal(done.all_acknowledged(records), not old or
                          overwrite != "deny", "%r" % done.replies())
        names = sorted(os.listdir(where))
        check_equal([n for n in names if n.endswith(".part")], [], "left")
        return watch.events("name")
    finally:
        if prepare:
            filesystems.run("chattr", "-a", where)
        shutil.rmtree(where)


def compare(top, wanted):
    for overwrite, cells in wanted.items():
        for old, events in enumerate(cells):
            check_equal(watched(top, overwrite, old), events,
                        overwrite + ", old" * old)


@case
def a_watcher_sees_what_the_manual_says():
    top = suite.scratch()
    try:
        rows = table()
        check_equal(sorted(rows), ["deny", "inplace", "replace", "versions"],
                    "rows")
        compare(top, rows)
    finally:
        shutil.rmtree(top)


def on(kind, story):
    """A story about a new directory on a file system of this kind."""
    top = suite.scratch()
    there = filesystems.usual(top)[kind]
    try:
        there.up()
        story(there)
    finally:
        there.down()
        shutil.rmtree(top)


@case
def a_watcher_sees_it_where_files_have_temporary_names():
    def story(there):
        wanted = {"replace": (["IN_MOVED_TO"], ["IN_MOVED_TO"]),
                  "inplace": table()["inplace"],
                  "deny": (["IN_CREATE"], [])}      # FUSE only replaces
        compare(there.top, wanted)
    on("bindfs", story)


@case
def a_watcher_sees_it_where_names_are_only_added():
    def story(there):
        for overwrite in table():
            check_equal(watched(there.top, overwrite, False, APPEND_ONLY),
                        ["IN_CREATE"], overwrite)
    on("ext4", story)
