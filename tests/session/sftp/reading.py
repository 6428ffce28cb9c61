"""What is read: files, directories, attributes, paths.

Every conversation is held with an open session, with a confined one, and with
OpenSSH's server as the control.
"""

import os
import stat

import sftp
import talk
from hold import add_talks, an_open_one
from suite import check, check_equal

AHEAD = "\n".join("+ read h %d 32768 -> eof" % (n * 32768)
                  for n in range(1, 128))
PIECES = "\n".join("+ read h %d 8192 -> data @8192+%d" % (n * 8192, n * 8192)
                   for n in range(30))

TALKS = (
    ("a_file", """
        open h old r
        read h 0 100 -> data old\\n
        read h 4 100 -> eof
        close h
     """),
    ("parts_of_a_file", """
        open h old r
        read h 1 2 -> data ld
        read h 3 1 -> data \\n
        read h 2 0 -> any
        read h 0 4 -> data old\\n
        close h
     """),
    ("beyond_the_end_is_eof_and_not_the_end", """
        open h old r
        read h 1000 100 -> eof
        read h 4294967296 100 -> eof
        read h 9223372036854775807 100 -> eof|failure|bad
        read h -1 100 -> eof|failure|bad
        read h 0 4 -> data old\\n
        close h
     """),
    ("an_empty_file", """
        make empty empty
        open h empty r
        read h 0 32768 -> eof
        close h
     """),
    ("a_large_file", """
        make large @300000
        open h large r
        read h 0 261120 -> data @261120
        read h 261120 261120 -> data @38880+261120
        read h 300000 261120 -> eof
        close h
     """),
    # FileZilla asks for so many, also for five octets
    ("128_reads_ahead", "open h old r\n+ read h 0 32768 -> data old\\n\n" +
     AHEAD + "\nread h 4 32764 -> eof\nclose h\n"),
    ("30_pieces_at_once", "make large @245760\nopen h large r\n" + PIECES +
     "\nread h 245760 8192 -> eof\nclose h\n"),
    ("a_file_that_has_grown", """
        open h old r
        read h 4 10 -> eof
        shell "printf more >>old"
        read h 4 10 -> data more
        close h
     """),
    ("what_is_not_there", """
        open h none r -> missing
        open h sub/none r -> missing
        open h none/leaf r -> missing
        opendir h none -> missing
        stat none -> missing
        lstat none -> missing
        realpath . -> path ROOT
        setstat none mode=0644 -> missing
        stat old/leaf -> missing
     """),
    ("a_directory_is_no_file", """
        open h sub r -> failure|denied // handle
        opendir h old -> missing|failure
     """),
    # it would have to wait for somebody who writes to it
    ("a_pipe_is_no_file", """
        ~ shell "mkfifo pipe"
        ~ open h pipe r -> failure|denied
        ~ open h pipe w -> failure|denied
        ~ lstat pipe -> attrs mode=010644
     """),
    ("attributes", """
        make some 12345*x 0640
        shell "touch -d @1000000000 some"
        stat some -> attrs size=12345 mode=0100640 mtime=1000000000
        lstat some -> attrs size=12345 mode=0100640 atime=1000000000
        open h some r
        fstat h -> attrs size=12345 mode=0100640 mtime=1000000000
        close h
        shell "chmod 751 sub"
        stat sub -> attrs mode=040751
        lstat link -> attrs size=3 mode=0120777
     """),
    ("equal_ids_get_an_answer_each", """
        same 7 stat old
        same 7 stat none
        same 7 stat sub
        same 0 stat old
        same 4294967295 stat old
     """),
    ("names", """
        list . old note.txt .hidden sub link
        list sub leaf .inner
        shell "rm sub/leaf sub/.inner"
        list sub
     """),
    ("odd_names", """
        make "a b" empty
        make \\xff\\xfe 2*x
        make LONG empty
        list . old note.txt .hidden sub link "a b" \\xff\\xfe LONG
        stat \\xff\\xfe -> attrs size=2
     """.replace("LONG", "n" * 255)),
    # as over SCP they are not served: they do harm on a terminal
    ("control_characters_in_names", """
        make a\\x0ab x
        make \\x01\\x1b[31m x
        ~ list . old note.txt .hidden sub link
        stat a\\x0ab -> failure|denied|missing // attrs
        ~ open h \\x01\\x1b[31m r -> failure|denied|missing
        ~ open h new\\x0a wct -> failure|denied|missing
        ~ mkdir new\\x7f -> failure|denied|missing
        ~ rename old \\x1b -> failure|denied|missing
        ~ file old old\\n
     """),
    ("directories_are_read_to_their_end", """
        opendir d sub
        readdir d -> names . .. leaf .inner
        readdir d -> eof
        readdir d -> eof
        close d
     """),
    ("handles_of_files_and_directories_are_two_kinds", """
        opendir d sub
        open h old r
        read d 0 10 -> failure|bad
        readdir h -> failure|bad|missing
        write h 0 x -> failure|denied // missing
        fstat d -> attrs mode=040755 // failure
        close d
        close h
     """),
    ("paths_are_made_absolute", """
        realpath . -> path ROOT
        realpath sub -> path ROOT/sub
        realpath sub/.. -> path ROOT
        realpath ./sub/./leaf -> path ROOT/sub/leaf
        realpath sub//leaf -> path ROOT/sub/leaf
        realpath old -> path ROOT/old
        # the last part need not be there: clients ask before they create
        realpath none -> path ROOT/none
        realpath sub/none -> path ROOT/sub/none
     """),
    ("expand_path", """
        expand-path old -> path ROOT/old
        expand-path . -> path ROOT
     """),
    ("file_systems", """
        statvfs . -> reply
        statvfs sub -> reply
        statvfs none -> missing
        open h old r
        fstatvfs h -> reply
        close h
     """),
    ("limits", "limits -> reply"),
    ("what_is_unknown_is_unsupported_and_nothing_more", """
        ~ type 42 x -> unsupported
        ~ type 99 -> unsupported
        ~ type 200 nothing@example.org -> unsupported
        ~ type 255 -> unsupported
        ~ stat old -> attrs size=4
     """),
    ("an_unknown_extension", """
        type 200 nothing@example.org -> unsupported
        type 200 vendor-id x -> unsupported
        type 200 "" -> unsupported
        stat old -> attrs size=4
     """),
    ("what_a_link_says", """
        readlink old -> failure|bad|missing
        readlink none -> missing
        stat old -> attrs size=4
     """),
)

# A confined session doesn't follow links, unless its policy says so.
OPEN_TALKS = (
    ("links", """
        stat link -> attrs size=4 mode=0100644
        lstat link -> attrs size=3 mode=0120777
        open h link r
        read h 0 100 -> data old\\n
        close h
        readlink link -> path old
        shell "ln -s none dangling; ln -s sub dirlink"
        stat dangling -> missing
        lstat dangling -> attrs mode=0120777
        readlink dangling -> path none
        list dirlink leaf .inner
        open h dirlink/leaf r
     """),
)


def many_entries(words, place, root):
    """Every name once, with its attributes, however many packets it takes."""
    os.mkdir(place.path("many"))
    for n in range(300):
        with open(place.path("many", "file%03d%s" % (n, "x" * (n % 200))),
                  "wb") as f:
            f.truncate(n * 1000)
        os.chmod(f.name, 0o600 + n % 64)
        os.utime(f.name, (1e9 + n, 1e9 + n))
    with opened(words, place) as client:
        found = client.listed("many")
        client.end()
    names = [e.name.decode() for e in found]
    check_equal(sorted(set(names) - {".", ".."}),
                sorted(os.listdir(place.path("many"))), "names")
    check_equal(len(names), len(set(names)), "names that came twice")
    for entry in found:
        st = os.lstat(os.path.join(os.fsencode(place.path("many")),
                                   entry.name))
        if entry.name == b"..":
            continue
        check_equal((entry.attrs.size, entry.attrs.mode, entry.attrs.mtime),
                    (st.st_size, st.st_mode, int(st.st_mtime)), entry.name)


def opened(words, place):
    client = sftp.Client(words, place.root, talk.PATIENCE,
                         place.environment("internal-sftp"))
    client.init()
    return client


def longnames(words, place, root):
    """As `ls -l` has them: FileZilla and lftp read the line."""
    os.chmod(place.path("old"), 0o640)
    os.utime(place.path("old"), (1e9, 1e9))
    with opened(words, place) as client:
        found = {e.name.decode(): e for e in client.listed(".")}
        client.end()
    for name, kind in (("old", "-rw-r-----"), ("sub", "drwxr-xr-x"),
                       ("link", "lrwxrwxrwx")):
        line = found[name].longname.decode()
        fields = line.split(None, 8)
        check_equal(fields[0], kind, line)
        check_equal(fields[4], str(os.lstat(place.path(name)).st_size), line)
        check_equal(fields[8], name, line)
    fields = found["old"].longname.decode().split(None, 8)
    st = os.stat(place.path("old"))
    check_equal(fields[1:4], ["1", str(st.st_uid), str(st.st_gid)],
                "links, owner, group")
    check_equal(fields[5:8], ["Sep", "9", "2001"], "the day")


def attributes_in_names(words, place, root):
    """OpenSSH's clients copy a tree by what READDIR says, without a STAT."""
    with opened(words, place) as client:
        found = client.listed(".")
        client.end()
    for entry in found:
        if entry.name in (b".", b".."):
            check(stat.S_ISDIR(entry.attrs.mode), entry.name)
            continue
        st = os.lstat(place.path(entry.name.decode()))
        check_equal((entry.attrs.size, entry.attrs.mode, entry.attrs.uid,
                     entry.attrs.gid, entry.attrs.mtime),
                    (st.st_size, st.st_mode, st.st_uid, st.st_gid,
                     int(st.st_mtime)), entry.name)


def limits_are_what_clients_take(words, place, root):
    with opened(words, place) as client:
        body = sftp.Reader(client.extended("limits@openssh.com").body)
        client.end()
    seen = [body.u64() for _ in range(4)]
    body.finish()
    check_equal(seen[:3], [262144, 261120, 261120], "packet, read, write")
    check(1 <= seen[3] <= 64, "%d handles" % seen[3])


def a_read_is_of_any_length(words, place, root):
    """What is asked for beyond the limit may be answered with less."""
    body = talk.octets("@400000")
    with open(place.path("large"), "wb") as f:
        f.write(body)
    with opened(words, place) as client:
        handle = client.open("large", "r").handle
        for size in (261121, 262144, 300000, 1 << 31, (1 << 32) - 1):
            seen = client.read(handle, 0, size)
            check(seen.kind == "data" and 32768 <= len(seen.data) and
                  body.startswith(seen.data), "%d: %r" % (size, seen[:2]))
        client.end()


add_talks("read", TALKS)
add_talks("read", OPEN_TALKS, ("open", "control"))
for story in (many_entries, longnames, attributes_in_names,
              limits_are_what_clients_take, a_read_is_of_any_length):
    an_open_one("read", story)
