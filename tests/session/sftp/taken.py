"""An upload that has no name yet: what its name and its directory are for the
session that has it open."""

import os

import filesystems
import suite
from hold import add_policies, begun
from spoken import Place
from suite import check_equal
from trees import read

RW = ["Access=read-write", "Overwrite=replace", "Modify=yes"]

ROWS = (
    ("the_directory_of_an_upload_stays", RW, """
        mkdir d
        open h d/new wct
        write h 0 mine
        rmdir d -> failure "not empty"
        close h
        file d/new mine
        remove d/new
        open h d/new wct
        remove d/new
        rmdir d
        close h
     """),
    ("the_directory_of_an_upload_stays/by_another_name",
     RW + ["Symlinks=follow", "Links=yes"], """
        mkdir d
        symlink d way
        open h way/new wct
        write h 0 mine
        rmdir d -> failure "not empty"
        close h
        file d/new mine
     """),
    ("the_name_of_an_upload_is_taken", RW + ["Links=yes"], """
        open h new wct
        write h 0 mine
        mkdir new -> failure "exists"
        symlink old new -> failure "exists"
        hardlink old new -> failure "exists"
        close h
        file new mine
        open h other wct
        remove other
        mkdir other
        close h
     """),
    ("no_directory_takes_the_place_of_one_with_an_upload", RW, """
        mkdir d
        mkdir e
        open h d/new wct
        write h 0 mine
        posix-rename e d -> failure "not empty"
        close h
        file d/new mine
        remove d/new
        posix-rename e d
        absent e
     """),
    ("no_directory_takes_the_place_of_one_of_others",
     ["Access=read-write", "Overwrite=replace", "Modify=own"], """
        mkdir d
        mkdir e
        posix-rename d sub -> failure|denied "Modify"
        directory sub
        posix-rename d e
        absent d
     """),
    ("a_size_by_path/Overwrite_deny",
     ["Access=read-write", "Overwrite=deny"], """
        setstat old size=1 -> failure|denied "Overwrite"
        setstat none size=1 -> missing
        absent none
     """),
    ("a_size_by_path/write-only",
     ["Access=write-only", "Overwrite=replace"], """
        setstat old size=1 -> denied
        file old old\\n
     """),
    ("an_upload_is_there/OPEN_with_TRUNC", RW, """
        open h new wct
        write h 0 long
        open g new wt
        write g 0 new
        close h
        close g
        file new new
        open h none wt -> missing
     """),
    ("an_upload_is_there/OPEN_with_TRUNC,_and_Overwrite_deny",
     ["Access=read-write", "Overwrite=deny"], """
        open h new wct
        open g new wt -> failure|denied "Overwrite"
        close h
     """),
    ("an_upload_is_there/statvfs", RW, """
        open h sub/new wct
        statvfs sub/new -> reply
        statvfs sub/none -> missing
        remove sub/new
        statvfs sub/new -> missing
     """),
    ("an_upload_is_there/statvfs,_write-only", ["Access=write-only"], """
        open h new wct
        statvfs new -> reply
        close h
        statvfs old -> missing
     """),
    # flock(1) in sshfs
    ("OPEN_with_CREAT_to_read", ["Access=read-write"], """
        open h new rc 0640
        read h 0 10 -> eof
        write h 0 x -> failure
        file new empty mode=0640
        close h
        open h old rc 0600
        read h 0 10 -> data old\\n
        close h
        open h none/new rc -> missing
        open h new/ rc -> failure|missing
        open h other r -> missing
     """),
    ("OPEN_with_CREAT_to_read/exclusive", RW, """
        open h new rcx
        open g new rcx -> failure "exists"
        open g old rcx -> failure "exists"
        open g other wct
        open k other rcx -> failure "exists"
        close g
     """),
    ("OPEN_with_CREAT_to_read/policy",
     ["Access=read-write", "FileMode=0600", "AllowNames=*.txt",
      "MaxSessionFiles=2"], """
        open h new rc -> missing "AllowNames"
        open h new.txt rc 0644
        file new.txt empty mode=0600
        open h next.txt rc -> failure "MaxSessionFiles"
        absent next.txt
     """),
    ("OPEN_with_CREAT_to_read/MakeParents",
     ["Access=read-write", "MakeParents=yes"], """
        open h a/b/new rc
        file a/b/new empty
     """),
    ("OPEN_with_CREAT_to_read/read-only", ["Access=read-only"], """
        open h new rc -> missing
        absent new
     """),
    ("OPEN_with_CREAT_to_read/write-only", ["Access=write-only"], """
        open h new rc -> denied
        absent new
     """),
    ("OPEN_with_CREAT_to_read/of_an_upload", RW, """
        open h new wct
        write h 0 mine
        open g new rc
        read g 0 10 -> data mine
        close g
        close h
        file new mine
     """),
)
add_policies("taken", ROWS)


@suite.case
def an_upload_stays_on_its_file_system():
    """Where its name is, when it can't be brought to another one."""
    suite.need_root()
    with Place() as place:
        other = os.path.join(place.root, "other")
        os.mkdir(other)
        filesystems.mount("tmpfs", "tmpfs", other, "size=1m")
        try:
            words = [suite.SERVER, "-o", "Root=" + place.root]
            for option in RW:
                words += ["-o", option]
            with begun(place, words) as client:
                handle = client.open("/new", "wct").handle
                client.write(handle, 0, b"mine")
                for found in (
                        client.ask("rename", "/new", "/other/new"),
                        client.extended("posix-rename@openssh.com", "/new",
                                        "/other/new")):
                    check_equal(found.code, "failure", found)
                check_equal(client.ask("rename", "/new", "/named").code, "ok",
                            "RENAME beside it")
                check_equal(client.close_handle(handle).code, "ok", "CLOSE")
                client.end()
            check_equal(os.listdir(other), [], "names in the other one")
            check_equal(read(os.path.join(place.root, "named")), b"mine",
                        "content")
        finally:
            filesystems.unmount(other)
