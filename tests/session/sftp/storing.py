"""Uploads: how clients write, what is seen meanwhile, and what stays.

A file appears at CLOSE, whole, or never.  With OpenSSH's server it is there
from OPEN on: the lines that say otherwise begin with ~.
"""

import os

import sftp
import talk
import trees
from hold import add_talks, an_open_one
from suite import check, check_equal

OUT_OF_ORDER = "\n".join(
    "+ write h %d @4096+%d" % (n * 4096, n * 4096)
    for n in (5, 0, 3, 1, 9, 2, 8, 4, 7, 6))
AHEAD = "\n".join("+ write h %d @8192+%d" % (n * 8192, n * 8192)
                  for n in range(64))

TALKS = (
    # scp: OPEN without TRUNC, then the size, then CLOSE
    ("as_scp_does_it", """
        open h new wc 0640
        write h 0 hello
        ~ absent new
        fsetstat h size=5
        close h
        file new hello 0640
     """),
    ("as_scp_does_it_with_p", """
        open h new wc mode=0600 mtime=1000000000
        write h 0 hello
        fsetstat h size=5
        fsetstat h mode=0604 mtime=1000000000 atime=1000000077
        close h
        inode new 0604 mtime=1000000000 atime=1000000077
        file new hello
     """),
    ("as_sftp_does_it", """
        open h new wct 0644
        + write h 0 @32768
        + write h 32768 @32768+32768
        + write h 65536 @10+65536
        close h
        file new @65546 0644
     """),
    # type bits of a regular file come from libssh2 and PuTTY
    ("with_the_type_in_the_mode", """
        open h new wct 0100640
        write h 0 x
        close h
        file new x 0640
     """),
    ("without_attributes", """
        open h new wct
        close h
        file new empty 0644
     """),
    ("an_empty_file", """
        open h new wc 0644
        fsetstat h size=0
        close h
        file new empty
        open h old wct
        close h
        file old empty
     """),
    ("into_a_directory", """
        open h sub/new wct
        write h 0 x
        close h
        file sub/new x
     """),
    ("64_writes_ahead", "open h new wct\n" + AHEAD +
     "\nfstat h -> attrs size=524288\nclose h\nfile new @524288\n"),
    ("out_of_order", "open h new wct\n" + OUT_OF_ORDER +
     "\nfstat h -> attrs size=40960\nclose h\nfile new @40960\n"),
    ("with_holes", """
        open h new wct
        write h 100000 end
        write h 0 begin
        close h
        shell "test $(stat -c %s new) = 100003"
        shell "head -c 5 new | grep -q begin"
     """),
    ("longer_and_shorter_by_fsetstat", """
        open h new wct
        write h 0 abc
        fsetstat h size=6
        write h 4 x
        close h
        file new abc\\x00x\\x00
        open h new wct
        write h 0 abcdef
        fsetstat h size=2
        close h
        file new ab
     """),
    ("a_part_written_twice", """
        open h new wct
        write h 0 aaaa
        write h 1 bb
        write h 0 c
        close h
        file new cbba
     """),
    ("nothing_written_by_an_empty_write", """
        open h new wct
        write h 0 abc
        write h 0 empty
        write h 100 empty
        close h
        file new abc
     """),
    ("one_write_of_any_length", """
        open h new wct
        write h 0 @200000
        close h
        file new @200000
     """),
    # OpenSSH ends a session at 256 KiB; the client hangs
    ("one_write_longer_than_a_packet_may_be", """
        ~ open h new wct
        ~ write h 0 @2100000
        ~ write h 2100000 @1000+2100000
        ~ close h
        ~ file new @2101000
     """),
    ("replaced", """
        open h old wct
        write h 0 new
        ~ file old old\\n
        close h
        file old new
     """),
    ("replaced_as_scp_does_it", """
        open h note.txt wc
        write h 0 new
        ~ file note.txt note\\n
        fsetstat h size=3
        close h
        file note.txt new
     """),
    ("a_replaced_file_keeps_its_mode", """
        shell "chmod 604 old"
        open h old wct 0777
        write h 0 new
        close h
        file old new 0604
        # sshfs and libssh send no permission at all
        open h old w mode=0
        fstat h -> attrs mode=0100604
        lstat old -> attrs mode=0100604
        write h 0 new
        close h
        file old new 0604
     """),
    ("exclusively", """
        open h new wcx
        write h 0 x
        close h
        file new x
        open h new wcx -> failure
        open h old wctx -> failure
        file old old\\n
        file new x
     """),
    ("nothing_to_write_to_without_creat", """
        open h new w -> missing
        open h new wt -> missing
        open h new wa -> missing
        absent new
     """),
    ("resumed", """
        make part @100000
        open h part w
        fstat h -> attrs size=100000
        write h 100000 @50000+100000
        fstat h -> attrs size=150000
        ~ file part @100000
        close h
        file part @150000
     """),
    ("resumed_with_creat_in_pieces", """
        make part @70000
        open h part wc 0644
        + write h 70000 @32768+70000
        + write h 102768 @10+102768
        close h
        file part @102778
     """),
    ("resumed_by_append", """
        make part @70000
        open h part wca
        write h 70000 @100+70000
        write h 70100 @100+70100
        close h
        file part @70200
     """),
    # asyncssh counts from 0; APPEND decides
    ("append_knows_no_offset", """
        make part abc
        open h part wa
        fstat h -> attrs size=3
        write h 0 def
        write h 0 ghi
        write h 1 j
        close h
        file part abcdefghij
     """),
    ("append_to_a_new_file", """
        open h new wca
        write h 0 abc
        write h 0 def
        close h
        file new abcdef
     """),
    ("a_part_in_the_middle", """
        make part @100000
        open h part w
        write h 50000 XXX
        close h
        shell "test $(stat -c %s part) = 100000"
        shell "tail -c +50001 part | head -c 3 | grep -q XXX"
        shell "head -c 50000 part >a; tail -c +50004 part >b"
        file a @50000
        file b @49997+50003
     """),
    ("the_beginning_only", """
        make part @100000
        open h part w
        write h 0 XXX
        close h
        shell "tail -c +4 part >b"
        file b @99997+3
     """),
    ("opened_and_closed", """
        make part @100000
        open h part w
        close h
        file part @100000
        open h part wc
        close h
        file part @100000
     """),
    ("cut_to_what_was_written", """
        make part @100000
        open h part wc
        write h 0 @10
        fsetstat h size=10
        close h
        file part @10
     """),
    ("cut_before_it_was_written", """
        make part @100000
        open h part w
        fsetstat h size=40000
        write h 40000 x
        close h
        shell "head -c 40000 part >a"
        file a @40000
        shell "test $(stat -c %s part) = 40001"
     """),
    ("made_longer_without_a_write", """
        make part @1000
        open h part w
        fsetstat h size=2000
        fstat h -> attrs size=2000
        close h
        shell "head -c 1000 part >a"
        file a @1000
        shell "test $(stat -c %s part) = 2000"
     """),
    ("written_and_read_back", """
        open h new rwct
        write h 0 abcdef
        read h 2 3 -> data cde
        read h 6 3 -> eof
        close h
        file new abcdef
     """),
    ("an_old_file_is_read_through_the_handle", """
        make part @100000
        open h part rw
        read h 50000 100 -> data @100+50000
        write h 50010 X
        read h 50000 10 -> data @10+50000
        read h 50010 1 -> data X
        close h
     """),
    ("two_handles_of_two_files", """
        open a one wct
        open b two wct
        write a 0 1
        write b 0 2
        write a 1 1
        close b
        close a
        file one 11
        file two 2
     """),
    ("ten_files_at_once", "\n".join(
        ["open h%d f%d wct" % (n, n) for n in range(10)] +
        ["+ write h%d 0 %d" % (n, n) for n in range(10)] +
        ["close h%d" % n for n in range(10)] +
        ["file f%d %d" % (n, n) for n in range(10)])),
    # sshfs asks by path before CLOSE
    ("the_session_sees_its_own", """
        ~ open h new wcx 0100644
        ~ lstat new -> attrs size=0 mode=0100644
        ~ write h 0 abc
        ~ stat new -> attrs size=3
        ~ setstat new mode=0600 mtime=1000000000
        ~ absent new
        ~ list . old note.txt .hidden sub link
        ~ close h
        ~ file new abc 0600
        ~ inode new mtime=1000000000
     """),
    ("open_and_lstat_at_once", """
        ~ + open h new wcx 0100644
        ~ lstat new -> attrs size=0 mode=0100644
        ~ close h
     """),
    ("opened_twice_it_is_there_at_the_last_close", """
        ~ open h new wc
        ~ open g new w
        ~ write h 0 abcd
        ~ close h
        ~ absent new
        ~ write g 2 XY
        ~ stat new -> attrs size=4
        ~ close g
        ~ file new abXY
     """),
    ("opened_twice_and_closed_once_it_is_not_stored", """
        ~ open h new wc
        ~ open g new r
        ~ write h 0 abc
        ~ close h
        ~ end 0
        ~ absent new
     """),
    ("its_own_name_is_taken", """
        open h new wcx
        open g new wcx -> failure
        close h
        file new empty
     """),
    ("its_own_is_removed_before_it_is_there", """
        ~ open h new wct
        ~ write h 0 abc
        ~ remove new
        ~ stat new -> missing
        ~ close h -> any
        ~ absent new
     """),
    ("nothing_is_there_without_close", """
        ~ open h new wct
        ~ write h 0 abc
        ~ open g old wct
        ~ write g 0 new
        ~ open i sub/leaf w
        ~ write i 0 XXX
        ~ end 0
        ~ absent new
        ~ file old old\\n
        ~ file sub/leaf leaf\\n
     """),
    ("a_size_that_is_announced", """
        open h new wct size=3 mode=0644
        write h 0 abc
        close h
        file new abc
        # fewer octets follow in text mode
        open h new wct size=1000 mode=0644
        write h 0 abc
        close h
        ~ file new abc
     """),
    ("fsync", """
        open h new wct
        write h 0 abc
        fsync h
        close h
        file new abc
     """),
    ("times_before_and_after", """
        open h new wct
        write h 0 abc
        fsetstat h mtime=1000000000
        close h
        inode new mtime=1000000000
        setstat new mtime=1100000000 atime=1200000000
        inode new mtime=1100000000 atime=1200000000
        stat new -> attrs mtime=1100000000 atime=1200000000
     """),
    # rclone, asyncssh, JSch, FileZilla: after CLOSE, by path
    ("modes_and_times_after_close", """
        open h new wct
        close h
        setstat new mode=0100640 mtime=1000000000
        inode new 0640 mtime=1000000000
        lsetstat new mode=0600
        inode new 0600
     """),
    ("modes_at_once", """
        open h new wc 0644
        fsetstat h mode=0600
        fstat h -> attrs mode=0100600
        write h 0 abc
        close h
        file new abc 0600
     """),
    ("no_name_for_a_file", """
        open h . wct -> failure|denied
        open h sub wct -> failure|denied
        open h none/new wct -> missing
        open h old/new wct -> missing|failure
        open h "" wct -> missing|failure|bad|denied
     """),
    ("a_name_of_255_octets_and_of_256", """
        open h LONG wct
        close h
        file LONG empty
        open h LONGx wct -> failure|bad
     """.replace("LONG", "n" * 255)),
    ("odd_names", """
        open h "a b" wct
        close h
        open h \\xff\\xfe wct
        close h
        file "a b" empty
        file \\xff\\xfe empty
     """),
    ("a_directory_is_made", """
        mkdir d 0750
        directory d 0750
        mkdir d -> failure
        mkdir d/e
        directory d/e 0755
        mkdir none/e -> missing
        mkdir old -> failure
        open h d/e/f wct
        close h
        setstat d mode=0700 mtime=1000000000
        directory d 0700 mtime=1000000000
     """),
    ("reading_goes_on_while_a_file_is_replaced", """
        ~ open r old r
        ~ open h old wct
        ~ write h 0 changed
        ~ close h
        ~ read r 0 100 -> data old\\n
        ~ close r
     """),
)

OPEN_TALKS = (
    ("a_link_to_a_file_is_written_through", """
        open h link wct
        write h 0 new
        close h
        lstat link -> attrs mode=0120777
        file old new
        stat link -> attrs size=3
     """),
    ("exclusively_and_a_link", """
        shell "ln -s none dangling"
        open h dangling wcx -> failure
        open h link wcx -> failure
        absent none
        link dangling none
     """),
)


def two_handles_of_one_name(words, place, root):
    """Each is a file of its own, and the last CLOSE is what stays; or the
    second one writes to the first one's."""
    with opened(words, place) as client:
        first = client.open("new", "wct").handle
        second = client.open("new", "wct")
        if second.kind == "handle":
            client.write(second.handle, 0, b"second")
        client.write(first, 0, b"first")
        check_equal(client.close_handle(first).code, "ok", "first CLOSE")
        check_equal(trees.read(place.path("new")), b"first", "after it")
        if second.kind == "handle":
            check_equal(client.close_handle(second.handle).code, "ok",
                        "second CLOSE")
            check_equal(trees.read(place.path("new")), b"second", "after it")
        client.end()


def opened(words, place, **more):
    client = sftp.Client(words, place.root, talk.PATIENCE,
                         place.environment("internal-sftp"), umask=0o022,
                         **more)
    client.init()
    return client


def others_see_whole_files_only(words, place, root):
    """Looked at after every answer."""
    body = talk.octets("@300000")
    with opened(words, place) as client:
        handle = client.open("old", "wc").handle
        new = client.open("new", "wct").handle
        for at in range(0, len(body), 30000):
            for each in (handle, new):
                client.write(each, at, body[at:at + 30000])
            check_equal(trees.read(place.path("old")), b"old\n", "old")
            check(not os.path.exists(place.path("new")), "it is there")
            check_equal(sorted(os.listdir(root)), [
                ".hidden", "link", "note.txt", "old", "sub"], "in the root")
        for each in (handle, new):
            check_equal(client.close_handle(each).code, "ok", "CLOSE")
        client.end()
    for name in ("old", "new"):
        check(trees.read(place.path(name)) == body, name)


def cut_off_anywhere_nothing_is_stored(words, place, root):
    """The input ends within a packet, at every octet of the last ones."""
    with sftp.Client(["true"]) as shape:
        stream = sftp.packet("init", sftp.u32(3))
        stream += shape.build("open", "old", sftp.flags_of("wct"),
                              sftp.NONE)[1]
    for more in range(0, len(stream), 3):
        with sftp.Client(words, place.root, talk.PATIENCE,
                         place.environment("internal-sftp")) as client:
            client.send(stream[:more])
            client.end()
    check_equal(trees.read(place.path("old")), b"old\n", "old")


def a_write_cut_off_is_no_file(words, place, root):
    """A CLOSE that does not come whole is none."""
    with opened(words, place) as client:
        handle = client.open("new", "wct").handle
        client.write(handle, 0, b"abc")
        _, packet = client.build("write", handle, sftp.offset(3), b"x" * 99)
        client.send(packet[:50])
        client.end()
    with opened(words, place) as client:
        handle = client.open("new", "wct").handle
        client.write(handle, 0, b"abc")
        _, packet = client.build("close", handle)
        client.send(packet[:-1])
        client.end()
    check(not os.path.exists(place.path("new")), "it is there")


def a_new_inode_for_each_upload(words, place, root):
    """Who has the old file open, or a hard link of it, keeps the old one."""
    os.link(place.path("old"), place.path("other"))
    before = os.stat(place.path("old")).st_ino
    with opened(words, place) as client:
        for answer in client.stored("old", b"new", letters="wc"):
            check(answer.kind == "handle" or answer.code == "ok", answer)
        client.end()
    check(os.stat(place.path("old")).st_ino != before, "the inode is the old")
    check_equal(trees.read(place.path("other")), b"old\n", "the other name")


def the_room_of_a_base_is_not_wasted(words, place, root):
    """scp's overwrite copies nothing: what it writes comes in order."""
    body = talk.octets("@400000")
    trees.write(place.path("large"), b"o" * 800000)
    with opened(words, place) as client:
        handle = client.open("large", "wc").handle
        for at in range(0, len(body), 32768):
            client.write(handle, at, body[at:at + 32768])
        check_equal(client.ask("fstat", handle).attrs.size, 800000,
                    "the size meanwhile")
        check_equal(client.ask("fsetstat", handle, sftp.Attrs(
            size=len(body))).code, "ok", "FSETSTAT")
        check_equal(client.close_handle(handle).code, "ok", "CLOSE")
        client.end()
    check(trees.read(place.path("large")) == body, "content")


STORIES = (two_handles_of_one_name, others_see_whole_files_only,
           cut_off_anywhere_nothing_is_stored, a_write_cut_off_is_no_file,
           a_new_inode_for_each_upload, the_room_of_a_base_is_not_wasted)

add_talks("store", TALKS)
add_talks("store", OPEN_TALKS, ("open", "control"))
for story in STORIES:
    an_open_one("store", story)
