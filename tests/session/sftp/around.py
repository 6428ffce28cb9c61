"""Ways around a limit, a record or what stands there, which clients that mean
harm have found."""

import contextlib
import json
import os
import shutil
import subprocess

import filesystems
import sftp
import suite
import talk
from hold import add_open_policies, add_policies, begun
from spoken import Place
from suite import check, check_equal
from trees import read, write

RW = ["Access=read-write", "DotFiles=allow"]
REPLACE = RW + ["Overwrite=replace"]
ACCOUNT = 65534

ROWS = (
    # an old file that is opened to be changed is read with all limits
    ("read_by_an_upload/MaxFileSize", REPLACE + ["MaxFileSize=3"], """
        open h old r -> failure "MaxFileSize"
        open h old rw
        read h 0 10 -> failure "MaxFileSize"
        close h
     """),
    ("read_by_an_upload/MaxSessionBytes", REPLACE + ["MaxSessionBytes=3K"], """
        make large @2000
        open h large rw
        read h 0 2000 -> data @2000
        close h
        open h large rw
        read h 0 2000 -> failure "MaxSessionBytes"
        close h
     """),
    ("read_by_an_upload/MaxSessionFiles", REPLACE + ["MaxSessionFiles=3"], """
        open h old rw
        read h 0 10 -> data old\\n
        close h
        open h note.txt rw
        read h 0 10 -> data note\\n
        close h
        open h sub/leaf rw
        read h 0 10 -> failure "MaxSessionFiles"
     """),
    ("read_by_a_copy/MaxSessionBytes", REPLACE + ["MaxSessionBytes=5K"], """
        make large @2000
        open a large r
        open b new rwct
        copy-data a 0 0 b 0
        read b 0 2000 -> data @2000
        read b 0 2000 -> failure "MaxSessionBytes"
        remove new
        close b
     """),
    ("what_was_written_is_read_freely", REPLACE + ["MaxSessionBytes=3K"], """
        open h new rwct
        write h 0 2000*x
        read h 0 2000 -> data 2000*x
        read h 0 2000 -> data 2000*x
        close h
     """),
    # with versions the old file stays beside the new one
    ("versions_count_what_is_copied/MaxSessionBytes",
     RW + ["Overwrite=versions", "MaxSessionBytes=10K"], """
        make large @9000
        open h large w
        write h 0 XX
        close h
        open h large w
        write h 0 YY
        close h -> failure "MaxSessionBytes"
        absent large.~2~
     """),
    # room is reserved for a size that is announced, so it counts
    ("what_is_announced_counts", REPLACE + ["MaxSessionBytes=10K"], """
        open h new wct size=6000
        open g other wct size=6000 -> failure "MaxSessionBytes"
        write h 0 6000*x
        write h 6000 4240*x
        write h 10240 x -> failure "MaxSessionBytes"
        close h -> failure "MaxSessionBytes"
        open g other wct size=6000
        write g 0 6000*x
        close g
     """),
    ("a_size_that_is_cut_and_set_again", REPLACE + ["MaxFileSize=1000"], """
        open h new wct
        write h 0 800*x
        fsetstat h size=0
        write h 0 800*y
        fsetstat h size=10
        fsetstat h size=1000
        fsetstat h size=10
        close h
        file new 10*y
        open h new w
        fsetstat h size=1001 -> failure "MaxFileSize"
        close h -> failure "MaxFileSize"
     """),
    ("a_size_that_no_sum_may_have", REPLACE, """
        open h new wct
        write h 0 x
        fsetstat h size=9223372036854775807 -> failure
        close h -> failure
        open h new wct
        fsetstat h size=9223372036854775806 -> failure
        close h -> failure
        open h new wct
        write h 9223372036854775000 x -> failure
        close h -> failure
        absent new
     """),
    ("both_uploads_of_a_name_are_removed", REPLACE, """
        open h new wct
        write h 0 a
        open g new wct
        write g 0 b
        remove new
        close g
        close h
        absent new
     """),
    ("hard_links_count_what_is_copied/MaxSessionBytes",
     REPLACE + ["Links=yes", "MaxSessionBytes=13K"], """
        make large @9000
        hardlink large one
        open h large w
        write h 0 X
        close h
        hardlink large two
        open h large w
        write h 0 X
        close h -> failure "MaxSessionBytes"
     """),
    ("a_copy_reads_with_all_limits/MaxFileSize",
     REPLACE + ["MaxFileSize=1000"], """
        make large @9000
        open h large rw
        open g new rwct
        copy-data h 0 500 g 0 -> failure "MaxFileSize"
        close g -> failure "MaxFileSize"
        close h
     """),
    ("a_directory_that_none_can_read_counts",
     RW + ["MaxSessionFiles=2"], """
        mkdir one 0
        mkdir two 0300
        mkdir three 0 -> failure "MaxSessionFiles"
        absent three
     """),
    # nothing tells what a name is that the session can't know
    ("a_hidden_name/RMDIR_and_OPENDIR",
     ["Access=write-only", "Overwrite=replace"], """
        rmdir old -> missing "No such file"
        opendir h old -> missing "No such file"
        rmdir none -> missing "No such file"
     """),
    ("a_hidden_name/FSTAT_of_a_directory",
     ["Access=write-only", "Overwrite=replace"], """
        mkdir d
        opendir h d
        rmdir d
        shell "printf hidden >d"
        fstat h -> missing
     """),
    # the answers don't depend on how large a hidden file is
    ("a_hidden_size/FSETSTAT", ["Access=write-only", "Overwrite=replace"], """
        make part @1000
        open h part wc
        write h 0 400*x
        fsetstat h size=401 -> denied
        close h -> denied
        open h part wc
        write h 0 1000*x
        fsetstat h size=1001 -> denied
        close h -> denied
        file part @1000
        open h part wc
        write h 0 400*x
        fsetstat h size=400
        close h
        file part 400*x
     """),
    ("a_hidden_file_is_not_removed",
     ["Access=write-only", "Overwrite=replace"], """
        make part @1000
        open h part wc
        write h 0 x
        remove part -> missing
        file part @1000
        open g new wc
        remove new
        close g
        absent new
     """),
    ("append_and_not_append_are_two_things", REPLACE, """
        open h new wc
        write h 0 AAAA
        open g new wa -> failure
        open g new w
        write g 4 bb
        close h
        close g
        file new AAAAbb
        open h other wca
        write h 0 AAAA
        open g other w -> failure
        open g other wa
        close g
        close h
        file other AAAA
     """),
    ("exclusive/in_one_session", REPLACE, """
        open h new wctx
        open g new wctx -> failure
        open g new wcx -> failure
        close h
        file new empty
     """),
    ("exclusive/another_was_there_before_CLOSE", REPLACE, """
        open h new wctx
        write h 0 mine
        shell "printf theirs >new"
        close h -> failure
        file new theirs
     """),
    ("exclusive/a_pending_file_is_renamed", REPLACE + ["Modify=yes"], """
        open h new wct
        write h 0 mine
        rename new other
        shell "printf theirs >other"
        close h -> failure
        file other theirs
        open h new wct
        write h 0 mine
        posix-rename new another
        shell "printf theirs >another"
        close h
        file another mine
     """),
)

# in open sessions: Overwrite inplace
OPEN_ROWS = (
    ("inplace_keeps_attributes_without_Modify",
     ["Overwrite=inplace", "Modify=no"], """
        shell "chmod 0644 old; touch -d @1000 old"
        open h old w
        fsetstat h mode=0777 mtime=5
        write h 0 new
        fsetstat h mode=0777 mtime=5
        close h
        inode old 0644
        file old new\\n
     """),
    ("inplace_is_opened_again_to_be_read", ["Overwrite=inplace"], """
        open h old w
        open g old r
        read g 0 10 -> data old\\n
        write h 0 OLD
        read g 0 10 -> data OLD\\n
        close g
        close h
        file old OLD\\n
     """),
    ("inplace_is_as_long_as_it_has_become/MaxFileSize",
     ["Overwrite=inplace", "MaxFileSize=3"], """
        open h old rwa
        open g old wt
        read h 0 10 -> eof
        write g 0 1234 -> failure "MaxFileSize"
        close g -> failure "MaxFileSize"
        close h
     """),
    ("inplace_gives_nothing_back/MaxSessionBytes",
     ["Overwrite=inplace", "MaxSessionBytes=10K"], """
        open h old w
        write h 4 8000*x
        fsetstat h size=9223372036854775808 -> failure
        close h -> failure
        open h old w
        write h 8004 8000*x -> failure "MaxSessionBytes"
        close h -> failure "MaxSessionBytes"
     """),
    ("inplace_makes_nothing_its_own", ["Overwrite=inplace", "Modify=own"], """
        open h old w
        write h 0 new
        close h
        rename old other -> denied "Modify"
        remove old -> denied "Modify"
     """),
)

add_policies("around", ROWS)
add_open_policies("around", OPEN_ROWS)


def session(place, root, options):
    words = [suite.SERVER]
    for option in ["Root=" + root, "Access=read-write", *options]:
        words += ["-o", option]
    return begun(place, words)


@suite.case
def what_an_upload_reads_is_recorded():
    with Place() as place:
        log = os.path.join(place.top, "log")
        with session(place, place.root, ["AuditLog=" + log]) as client:
            handle = client.open("/old", "rw").handle
            check_equal(client.read(handle, 0, 10).data, b"old\n", "READ")
            client.close_handle(handle)
            client.end()
        with open(log, encoding="utf-8") as f:
            seen = [(r["path"], r["bytes"], r["result"]) for r in
                    map(json.loads, f) if r.get("verb") == "get"]
        check_equal(seen, [("/old", 0, "begun"), ("/old", 4, "ok")], "records")


@contextlib.contextmanager
def tmpfs(size):
    where = suite.scratch()
    try:
        filesystems.mount("tmpfs", "tmpfs", where, "size=" + size)
        try:
            yield where
        finally:
            filesystems.unmount(where)
    finally:
        shutil.rmtree(where, ignore_errors=True)


def free_of(root):
    found = os.statvfs(root)
    return found.f_bavail * found.f_frsize >> 20


@suite.case
def holes_are_no_way_around_MinFree():
    """Two ways to write where it seems that all was written before."""
    suite.need_root()
    block = b"x" * (1 << 18)
    with tmpfs("100m") as root, Place() as place:
        for cut, files in ((98 << 20, 1), (0, 2)):
            with session(place, root, ["MinFree=50M"]) as client:
                handles = [client.open("/f%d" % n, "wct").handle
                           for n in range(files)]
                for handle in handles:
                    if cut:
                        client.ask("fsetstat", handle, sftp.Attrs(size=cut))
                    else:
                        client.write(handle, (47 << 20) - 1, b"x")
                codes = {client.write(handle, at << 18, block).code
                         for at in range(4 * 92 // files)
                         for handle in handles}
                check("failure" in codes, codes)
                least = free_of(root)
                check(least >= 50 - 17, "%d MiB are free" % least)
                client.end()


@suite.case
def a_log_in_the_tree_keeps_its_attributes():
    with Place() as place:
        log = write(os.path.join(place.root, "log"), b"")
        os.chmod(log, 0o600)
        with session(place, place.root, ["Modify=yes", "AuditLog=" + log]) \
                as client:
            attrs = sftp.Attrs(mode=0o666, atime=1, mtime=1)
            check(client.ask("setstat", "/log", attrs).code != "ok", "SETSTAT")
            handle = client.open("/log", "r").handle
            check(client.ask("fsetstat", handle, attrs).code != "ok",
                  "FSETSTAT")
            client.end()
        check_equal(os.stat(log).st_mode & 0o777, 0o600, "mode")


@suite.case
def an_upload_follows_no_link_that_somebody_else_left_for_it():
    suite.need_root()
    with Place() as place:
        victim = write(os.path.join(place.root, "victim"), b"mine")
        os.mkdir(os.path.join(place.root, "t"))
        os.chmod(os.path.join(place.root, "t"), 0o1777)
        trap = os.path.join(place.root, "t", "report")
        os.symlink("../victim", trap)
        os.lchown(trap, ACCOUNT, ACCOUNT)
        with session(place, place.root, ["Symlinks=follow",
                                         "Overwrite=replace"]) as client:
            check_equal(client.open("/t/report", "r").code, "denied", "r")
            check_equal(client.open("/t/report", "wct").code, "denied", "w")
            client.end()
        done = subprocess.run(
            [suite.SERVER, "-o", "Root=" + place.root, "-o",
             "Access=read-write", "-o", "Symlinks=follow", "-o",
             "Overwrite=replace", "-t", "/t/report"],
            input=b"C0644 4 x\nevil\0", stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=talk.PATIENCE)
        check(b"Permission denied" in done.stdout, done.stdout)
        check_equal(read(victim), b"mine", "content")


@suite.case
def a_rename_that_fails_leaves_no_version():
    suite.need_root()
    with tmpfs("1m") as root, Place() as place:
        os.mkdir(os.path.join(place.root, "other"))
        filesystems.run("mount", "--bind", root,
                        os.path.join(place.root, "other"))
        try:
            write(os.path.join(root, "from"), b"x")
            with session(place, place.root, [
                    "Modify=yes", "Overwrite=versions"]) as client:
                seen = client.extended("posix-rename@openssh.com",
                                       "/other/from", "/old")
                check_equal(seen.code, "failure", seen)
                client.end()
            check(not os.path.exists(os.path.join(place.root, "old.~1~")),
                  "a version is left")
        finally:
            filesystems.run("umount", os.path.join(place.root, "other"))


def open_in_place(place, log):
    """The status of a session that empties a file, which needs its log."""
    words = [suite.SERVER, "-o", "Root=none", "-o", "Overwrite=inplace",
             "-o", "Audit=require", "-o", "AuditLog=" + log]
    with sftp.Client(words, place.root, talk.PATIENCE,
                     place.environment("sftp")) as client:
        try:
            client.init()
            client.open("old", "wct")
            client.end()
        except sftp.Ended:
            pass
        return client.wait()


@suite.case
def nothing_is_emptied_before_its_record():
    suite.need_root()
    with tmpfs("64k") as full, Place() as place:
        log = os.path.join(full, "log")
        check_equal(open_in_place(place, log), 0, "status with room")
        check_equal(read(os.path.join(place.root, "old")), b"", "content")
        # room for what comes before, and not for the record of the file
        first = read(log).index(b'"verb":"put"')
        first = read(log).rindex(b"\n", 0, first) + 1
        write(os.path.join(place.root, "old"), b"old\n")
        with open(log, "wb") as f:
            f.write(b"\n" * (4096 - first - 40))
        with contextlib.suppress(OSError), \
                open(os.path.join(full, "fill"), "wb", buffering=0) as f:
            while f.write(b"x" * 4096):
                pass
        check_equal(open_in_place(place, log), 78, "status without room")
        check(b'"event":"session"' in read(log), "no session began")
        check_equal(read(os.path.join(place.root, "old")), b"old\n", "content")
