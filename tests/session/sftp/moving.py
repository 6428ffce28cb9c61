"""What moves with a directory, and what Sync always asks of one; sessions of an
account that is not root, since nothing is shut to root."""

import json
import os

import sftp
import suite
import talk
from hold import begun
from spoken import Place
from suite import check, check_equal
from trees import read

ACCOUNT = "65534"
RW = ["Access=read-write", "Modify=yes"]
# calls that change the names in a directory
CHANGES = "symlinkat", "linkat", "unlinkat", "renameat2", "mkdirat"

TALKS = (
    # whoever shuts a directory before it moves gets around no limit
    ("a_shut_one_does_not_move_deeper", ["MaxDepth=4"], """
        mkdir a
        mkdir a/b
        mkdir a/b/c
        mkdir x
        mkdir x/y
        setstat a/b mode=0300
        rename a x/a -> denied
        rename a x/y/a -> denied
        rename a z
        shell "chmod 0700 z/b"
        rename z x/a
     """),
    # nothing is done that could not be brought to the disk
    ("a_shut_one_is_left_alone_with_Sync", ["Sync=always", "Links=yes"], """
        mkdir shut
        open h shut/file wct
        close h
        rename shut/file shut/same
        symlink nowhere shut/link
        hardlink shut/same shut/twin
        mkdir shut/d
        setstat shut mode=0300
        rename shut/same shut/other -> denied
        rename shut/same here -> denied
        rename old shut/old -> denied
        posix-rename old shut/same -> denied
        remove shut/twin -> denied
        rmdir shut/d -> denied
        mkdir shut/e -> denied
        symlink nowhere shut/second -> denied
        hardlink old shut/third -> denied
        open h shut/new wct -> denied
        shell "chmod 0700 shut"
        list shut same twin link d
        file old old\\n
     """),
    # SETSTAT of what FileMode and DirectoryMode have made unreadable is no error
    ("what_the_account_may_not_read_is_its_own", ["DirectoryMode=0300",
                                                  "FileMode=0200"], """
        mkdir d
        setstat d mode=0755 mtime=1000000000
        open h f wct
        close h
        setstat f mode=0644
        directory d 0300
        inode f 0200
     """),
    ("a_link_has_no_slash_behind_its_name", ["Links=yes"], """
        hardlink old new/ -> missing
        hardlink old/ new -> missing
        symlink old new/ -> missing
        absent new
        hardlink old new
     """),
    ("a_shut_one_is_used_without_Sync", ["Links=yes"], """
        mkdir shut
        setstat shut mode=0300
        mkdir shut/d
        hardlink old shut/third
        rename shut/third shut/fourth
        remove shut/fourth
        rmdir shut/d
     """),
)


def as_account(options, lines):
    def run():
        suite.need_root()
        suite.need_tool("setpriv")
        with Place() as place:
            for where, _, names in os.walk(place.root):
                for path in [where] + [os.path.join(where, n) for n in names]:
                    os.lchown(path, int(ACCOUNT), int(ACCOUNT))
            os.chmod(place.top, 0o755)
            talk.hold(["setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT,
                       "--clear-groups"] + place.words(RW + options), place,
                      lines)
    return run


for title, chosen, text in TALKS:
    suite.add("moving/" + title, as_account(chosen, text))


@suite.case
def an_upload_moves_with_its_directory():
    with Place() as place:
        log = os.path.join(place.top, "log")
        with begun(place, place.words(RW + ["AuditLog=" + log])) as client:
            for name in ("d", "d/e", "other"):
                check_equal(client.ask("mkdir", name, sftp.Attrs()).code, "ok",
                            name)
            handle = client.open("d/e/new", "wct").handle
            check_equal(client.write(handle, 0, b"abc").code, "ok", "WRITE")
            check_equal(client.ask("rename", "d", "other/d").code, "ok",
                        "RENAME")
            check_equal(client.ask("stat", "other/d/e/new").attrs.size, 3,
                        "where it will be")
            check_equal(client.ask("stat", "d/e/new").code, "missing",
                        "where it was")
            # another file can be stored under the old path
            check_equal(client.ask("mkdir", "d", sftp.Attrs()).code, "ok", "d")
            check_equal(client.ask("mkdir", "d/e", sftp.Attrs()).code, "ok",
                        "d/e")
            second = client.open("d/e/new", "wct").handle
            check(second != handle, "the handle of the other one")
            check_equal(client.close_handle(second).code, "ok", "CLOSE")
            check_equal(client.close_handle(handle).code, "ok", "CLOSE")
            client.end()
        check_equal(read(os.path.join(place.root, "other/d/e/new")), b"abc",
                    "content")
        with open(log, encoding="utf-8") as f:
            puts = [r["path"] for r in map(json.loads, f)
                    if r.get("verb") == "put"]
        check_equal(puts, ["/d/e/new", "/other/d/e/new"], "records")


@suite.case
def a_directory_that_is_open_moves():
    """A session that can't read looks at its path for each FSTAT."""
    with Place() as place:
        with begun(place, place.words(["Access=write-only", "Modify=yes"])) \
                as client:
            for name in ("d", "d/e"):
                client.ask("mkdir", name, sftp.Attrs())
            handle = client.ask("opendir", "d/e").handle
            check_equal(client.ask("rename", "d", "f").code, "ok", "RENAME")
            check_equal(client.ask("fstat", handle).kind, "attrs", "FSTAT")
            client.end()


@suite.case
def what_changes_is_on_the_disk_before_the_answer():
    suite.need_root()
    suite.need_tool("strace")
    with Place() as place:
        trace = os.path.join(place.top, "trace")
        asked = (("mkdir", "d", sftp.Attrs()), ("symlink", "nowhere", "d/l"),
                 ("extended", "hardlink@openssh.com", "old", "d/h"),
                 ("rename", "d/h", "d/g"), ("remove", "d/g"),
                 ("remove", "d/l"), ("rmdir", "d"))
        with begun(place, [
                "strace", "-qq", "-o", trace, "-e", "trace=write,fsync," +
                ",".join(CHANGES), *place.words(RW + [
                    "Sync=always", "Links=yes"])]) as client:
            for words in asked:
                check_equal(client.ask(*words).code, "ok", words)
            client.end()
        with open(trace, encoding="utf-8") as f:
            calls = [line.split("(")[0] for line in f if " = -1 " not in line]
        changes = [n for n, name in enumerate(calls) if name in CHANGES]
        check(len(changes) >= len(asked), calls)
        for n in changes:
            check_equal(calls[n + 1], "fsync", "behind %s, %d" % (calls[n], n))


@suite.case
def octets_of_a_file_without_a_size_count():
    """Those of /proc have the size 0."""
    with Place() as place:
        with begun(place, [
                suite.SERVER, "-o", "Root=/proc", "-o", "Access=read-only",
                "-o", "MaxSessionBytes=1K"]) as client:
            handle = client.open("/cpuinfo", "r").handle
            check_equal(len(client.read(handle, 0, 500).data), 500, "READ")
            check_equal(len(client.read(handle, 0, 500).data), 500, "READ")
            seen = client.read(handle, 0, 500)
            check(seen.kind == "status" and "MaxSessionBytes" in seen.text,
                  seen)
            check_equal(len(client.read(handle, 0, 24).data), 24, "READ")
            client.end()
