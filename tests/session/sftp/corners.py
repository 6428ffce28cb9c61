"""What random sessions, held against a model of them, have found; and sessions
that are stopped.
"""

import functools
import os
import signal

import sftp
import suite
import talk
import trees
from hold import add_open_policies, add_policies, need_native
from spoken import in_a_place
from suite import check, check_equal

REPLACE = ["Access=read-write", "DotFiles=allow", "Overwrite=replace"]
OWN = REPLACE + ["Modify=own"]
VERSIONS = ["Access=read-write", "DotFiles=allow", "Overwrite=versions"]

ROWS = (
    # a client that was refused would take the OK of CLOSE for a stored file
    ("a_remove_that_is_refused_leaves_the_upload", OWN, """
        open h old wct
        write h 0 new
        remove old -> denied
        file old old\\n
        stat old -> attrs size=3
        close h
        file old new
        open h old wct
        write h 0 newer
        remove old
        close h
        absent old
     """),
    ("a_link_on_the_way_is_told_as_one", REPLACE + ["Symlinks=refuse"], """
        shell "ln -s sub way"
        open h way/new wct -> denied "Symbolic link"
        mkdir way/new -> denied "Symbolic link"
        remove way/leaf -> denied "Symbolic link"
        rename old way/new -> denied "Symbolic link"
        open h old/new wct -> missing
        mkdir none/new -> missing
     """),
    ("renamed_onto_itself_it_has_no_version", VERSIONS, """
        open h new wct
        close h
        posix-rename new new
        absent new.~1~
        remove new
     """),
    ("a_rename_that_fails_takes_nothing_away",
     REPLACE + ["PreserveTimes=no"], """
        open h new wct
        close h
        mkdir d
        posix-rename d new -> failure
        posix-rename nothing new -> missing
        setstat new mtime=1
        setstat note.txt mtime=1 -> denied
     """),
    ("with_a_slash_a_link_is_what_it_leads_to",
     REPLACE + ["Symlinks=follow"], """
        shell "chmod 0750 sub; ln -s sub archive"
        lstat archive -> attrs mode=0120777
        lstat archive/ -> attrs mode=040750
        lsetstat archive/ mode=0700
        directory sub 0700
        lsetstat archive mode=0755 -> unsupported
        directory sub 0700
        shell "ln -s old other"
        lsetstat other/ mode=0600 -> missing
     """),
    ("what_is_not_kept_makes_no_copy", REPLACE + ["PreserveTimes=no"], """
        shell "ln old another"
        open h old w
        fsetstat h mtime=1
        close h
        shell "test old -ef another"
        file old old\\n
     """),
    ("a_version_of_ones_own_is_ones_own", VERSIONS, """
        open h new wct
        close h
        open h other wct
        close h
        posix-rename other new
        remove new.~1~
        remove new
        absent new new.~1~
     """),
    ("another_name_of_ones_own_is_ones_own", OWN + ["Links=yes"], """
        open h new wct
        close h
        hardlink new other
        remove new
        remove other
        absent new other
     """),
    ("renamed_before_its_close_it_keeps_its_mode", REPLACE, """
        open h new.part wct 0600
        write h 0 new
        posix-rename new.part old
        fstat h -> attrs mode=0100600
        close h
        file old new 0600
     """),
    ("nothing_to_set_is_no_change", OWN, """
        shell "touch -d @1000000000 old"
        open h old wc
        fsetstat h
        setstat old
        close h
        inode old mtime=1000000000
        remove old -> denied
     """),
    ("read_at_the_end_of_numbers", REPLACE, """
        open h old r
        read h 9223372036854775807 100 -> eof
        read h 9223372036854775806 1 -> eof
        close h
     """),
    ("read_of_a_broken_upload", REPLACE + ["MaxFileSize=10"], """
        open h new rwct
        write h 0 12345
        read h 0 10 -> data 12345
        write h 5 1234567 -> failure "MaxFileSize"
        read h 0 10 -> failure "MaxFileSize"
        fstat h -> failure "MaxFileSize"
        close h -> failure "MaxFileSize"
        absent new
     """),
    ("a_directory_that_is_removed_while_it_is_read_ends", REPLACE, """
        mkdir sub/d
        opendir h sub/d
        readdir h -> names . ..
        rmdir sub/d
        readdir h -> eof
        close h
     """),
    ("opened_twice_and_broken", REPLACE + ["MaxFileSize=10"], """
        open h new wct
        open i new r
        write h 0 12345678901 -> failure "MaxFileSize"
        open j new r -> missing
        open j new w -> missing
        stat new -> missing
        remove new -> missing
        close h -> failure "MaxFileSize"
        close i -> failure "MaxFileSize"
        absent new
     """),
    # the name still leads to the old file
    ("an_upload_that_failed_hides_nothing", REPLACE + ["MaxFileSize=10"], """
        open h old wt
        write h 0 12345678901 -> failure "MaxFileSize"
        stat old -> attrs size=4
        open i old r
        read i 0 10 -> data old\\n
        close i
        setstat old mode=0600
        rename old new
        close h -> failure "MaxFileSize"
        file new old\\n 0600
        absent old
     """),
    # a client that loses a handle, and tries again
    ("the_newer_one_stays_when_the_older_one_is_closed", REPLACE, """
        open h new wct
        write h 0 par
        open g new wct
        write g 0 complete
        close g
        stat new -> attrs size=8
        setstat new mtime=1000000000
        close h
        file new complete
        inode new mtime=1000000000
     """),
    ("the_newer_one_has_the_name_when_it_is_stored", REPLACE, """
        open h new.part wct
        write h 0 par
        open i new.part wct
        open g new.part wct
        write g 0 complete
        close g
        rename new.part new
        close h
        close i
        file new complete
        absent new.part
     """),
    ("what_is_written_to_the_older_one_since_is_stored", REPLACE, """
        open h new wct
        open g new wct
        write g 0 complete
        write h 0 later
        close g
        file new complete
        close h
        file new later
        open h new wct
        open g new wct
        close g
        fsetstat h size=3
        close h
        inode new size=3
        open h new wct
        open g new wct
        close g
        remove new
        write h 0 x
        close h
        file new x
        open h new wct
        open g new wct
        remove new
        write h 0 x
        close h
        close g
        absent new
     """),
    # sshfs sends mode 0 for a file that it has made already
    ("opened_once_more_it_keeps_the_mode_of_its_first_open", REPLACE, """
        open h new wcx 0100640
        write h 0 one
        open g new wt 0
        write g 0 two
        close g
        file new two 0640
        close h
        file new two 0640
     """),
    ("opened_once_more_it_has_the_mode_that_was_set", REPLACE, """
        open h new wct
        fsetstat h mode=0666
        open g new wct
        write g 0 x
        close g
        file new x 0666
        close h
        file new x 0666
     """),
    ("many_octets_are_read_at_once", REPLACE, """
        open h new rwct
        write h 0 @65536
        read h 0 65536 -> data @65536
        close h
     """),
)

# with Root none
OPEN_ROWS = (
    ("appended_in_place_behind_what_others_append", ["Overwrite=inplace"], """
        open h old wa
        write h 0 ours
        shell "printf theirs >>old"
        write h 0 again
        shell "printf cut >old"
        write h 0 !
        close h
        file old cut!
     """),
)


def in_need_of_it(story):
    need_native()
    story()


def begun(place, options):
    client = sftp.Client(place.words(options), place.root, talk.PATIENCE,
                         place.environment("sftp"), umask=0o022)
    client.init()
    return client


def files_stored_side_by_side_are_closed(place):
    """A session that can't read keeps the last one open, and no other."""
    with begun(place, ["Access=write-only"]) as client:
        where = "/proc/%d/fd" % client.process.pid
        try:
            before = len(os.listdir(where))
        except PermissionError:
            suite.skip("may not look into the process")
        for turn in range(3):
            handles = [client.open("f%d.%d" % (turn, n), "wct").handle
                       for n in range(20)]
            for handle in handles:
                check_equal(client.close_handle(handle).code, "ok", "CLOSE")
        after = len(os.listdir(where))
        client.end()
    check(after <= before + 1, "%d open files, then %d" % (before, after))


def stopped_and_continued_it_stores_whole_files(place):
    """SIGSTOP anywhere: until it goes on others see what they saw before, and
    then all is as if it had not been."""
    body = talk.octets("@300000")
    with begun(place, REPLACE) as client:
        def stop():
            client.process.send_signal(signal.SIGSTOP)
            for name, wanted in (("old", b"old\n"), ("new", None)):
                path = place.path(name)
                check_equal(trees.read(path) if os.path.exists(path) else
                            None, wanted, "while it is stopped: " + name)

        for turn in range(20):
            handles = [client.open(name, "wct").handle
                       for name in ("old", "new")]
            for at in range(0, len(body), 30000):
                asked = [client.request("write", handle, sftp.offset(at),
                                        body[at:at + 30000])
                         for handle in handles]
                stop()
                client.process.send_signal(signal.SIGCONT)
                for number in asked:
                    check_equal(client.answer_to(number).code, "ok", "WRITE")
            asked = client.request("close", handles[0])
            client.process.send_signal(signal.SIGSTOP)
            check(trees.read(place.path("old")) in (b"old\n", body), "half")
            client.process.send_signal(signal.SIGCONT)
            check_equal(client.answer_to(asked).code, "ok", "CLOSE")
            check_equal(client.close_handle(handles[1]).code, "ok", "CLOSE")
            for name in ("old", "new"):
                check(trees.read(place.path(name)) == body, name)
            os.remove(place.path("new"))
            trees.write(place.path("old"), b"old\n")
        check_equal(client.end(), (b"", 0), "the end")


def stopped_and_killed_it_leaves_nothing(place):
    for letters in ("wct", "wc", "wa"):
        with begun(place, REPLACE) as client:
            handles = [client.open(name, letters if name == "old" else "wct"
                                   ).handle for name in ("old", "new")]
            for handle in handles:
                client.write(handle, 0, b"x" * 100000)
            client.request("write", handles[0], sftp.offset(0), b"y" * 30000)
            client.process.send_signal(signal.SIGSTOP)
            client.process.send_signal(signal.SIGKILL)
            check_equal(client.wait(), -signal.SIGKILL, "the end")
        check_equal(trees.read(place.path("old")), b"old\n", letters)
        check(not os.path.exists(place.path("new")), "new, " + letters)


for story in (stopped_and_continued_it_stores_whole_files,
              stopped_and_killed_it_leaves_nothing):
    suite.add("corners/" + story.__name__,
              functools.partial(in_need_of_it, in_a_place(story)))
suite.add("corners/files_stored_side_by_side_are_closed",
          functools.partial(in_need_of_it, in_a_place(
              files_stored_side_by_side_are_closed)))
add_policies("corners", ROWS)
add_open_policies("corners", OPEN_ROWS)
