"""Names and attributes that change: renaming, removing, links, Overwrite."""

import os

from hold import add_open_policies, add_policies, add_talks

# With an open session, a confined one that may do the same, and the control.
TALKS = (
    ("removed", """
        remove old
        absent old
        remove old -> missing
        remove sub -> failure|denied
        directory sub
        remove link
        absent link
     """),
    ("directories_removed", """
        rmdir sub -> failure
        remove sub/leaf
        remove sub/.inner
        rmdir sub
        absent sub
        rmdir sub -> missing
        rmdir old -> failure|missing|denied
        file old old\\n
     """),
    ("renamed", """
        rename old new
        absent old
        file new old\\n
        rename none other -> missing
        rename sub moved
        file moved/leaf leaf\\n
        rename new moved/new
        file moved/new old\\n
     """),
    # version 3 of the protocol says so
    ("a_rename_replaces_nothing", """
        rename old note.txt -> failure
        file old old\\n
        file note.txt note\\n
        rename sub old -> failure
        rename old sub -> failure
        rename old old -> failure|ok
        file old old\\n
     """),
    ("a_posix_rename_replaces", """
        posix-rename old note.txt
        absent old
        file note.txt old\\n
        posix-rename none note.txt -> missing
        posix-rename note.txt sub -> failure|denied
        posix-rename sub note.txt -> failure|missing
        file note.txt old\\n
        posix-rename note.txt sub/leaf
        file sub/leaf old\\n
     """),
    ("a_directory_into_itself", """
        rename sub sub/x -> failure|bad|denied
        posix-rename sub sub/x -> failure|bad|denied
        file sub/leaf leaf\\n
     """),
    # restic, rclone, lftp, WinSCP: another name first
    ("uploaded_under_another_name", """
        open h new.part wcx
        write h 0 new
        close h
        posix-rename new.part old
        absent new.part
        file old new
        open h old.filepart wct
        write h 0 newer
        close h
        remove old
        rename old.filepart old
        setstat old mtime=1000000000
        file old newer
        inode old mtime=1000000000
     """),
    ("attributes_of_what_was_there", """
        setstat old mode=0600 mtime=1000000000 atime=1000000077
        inode old 0600 mtime=1000000000 atime=1000000077
        open h old r
        fsetstat h mode=0640
        close h
        inode old 0640
        setstat sub mode=0700
        directory sub 0700
        lsetstat old mode=0644
        inode old 0644
     """),
    # the bits that nobody but its owner could otherwise remove others' files by
    ("a_sticky_directory", """
        mkdir all mode=1777
        directory all 1755
        setstat all mode=1777
        directory all 1777
        setstat all mode=1770
        directory all 1770
        setstat all mode=0770
        directory all 0770
        open h all/f wct 1644
        close h
        ~ inode all/f 0644
        setstat all/f mode=1600
        ~ inode all/f 0600
     """),
    # touch(1) and chmod(1) of a mounted file open it
    ("attributes_of_what_is_open_to_be_written", """
        shell "ln old another"
        shell "head -c 100000 /dev/urandom >sub/big && ln sub/big another-big"
        open h old w
        fsetstat h mtime=1000000000 mode=0600
        inode old 0600 mtime=1000000000
        inode another 0600 mtime=1000000000
        fstat h -> attrs mode=100600 mtime=1000000000
        close h
        inode old 0600 mtime=1000000000
        shell "test old -ef another"
        open h sub/big wc
        setstat sub/big mtime=1000000000
        close h
        inode sub/big mtime=1000000000
        shell "test sub/big -ef another-big"
        shell ">empty; ln empty another-empty"
        open h empty wc
        fsetstat h mode=0640
        close h
        inode another-empty 0640
        shell "test empty -ef another-empty"
     """),
    # a file that has lost its name is left as it is
    ("attributes_of_a_file_that_was_removed", """
        shell "ln old another"
        open h old w
        remove old
        fsetstat h mode=0600
        ~ inode another 0644
        close h
        absent old
     """),
    ("attributes_of_a_file_that_was_replaced", """
        shell "ln old another"
        open h old w
        shell "mv note.txt old"
        setstat old mode=0600
        inode another 0644
        close h
        inode old 0600
     """),
    ("attributes_alone_bring_nothing_back", """
        open h old w
        shell "mv note.txt old"
        fsetstat h mtime=1000000000
        close h
        file old note\\n
        open h old w
        shell "rm old"
        fsetstat h mode=0600
        close h
        absent old
     """),
    ("only_a_directory_has_a_slash_behind_its_name", """
        shell "mkdir real; ln -s real archive"
        rename old note.txt/ -> missing|failure
        posix-rename old note.txt/ -> missing
        posix-rename old new/ -> missing
        posix-rename old archive/ -> missing|failure
        posix-rename old/ new -> missing
        remove old/ -> missing
        remove archive/ -> missing|failure
        readlink archive/ -> missing|bad
        setstat old/ mode=0600 -> missing
        file old old\\n 0644
        file note.txt note\\n
        absent new
        rename sub moved/
        file moved/leaf leaf\\n
        open h moved/inner wct
        posix-rename moved moved
        close h
        open h made wct
        rename made/ new -> missing
        rename made new/ -> missing
        remove made/ -> missing
        setstat made/ mode=0600 -> missing
        close h
        rename made new
     """),
    ("attributes_before_what_is_written", """
        open h old w
        fsetstat h mode=0600
        write h 0 new
        fsetstat h mtime=1000000000
        close h
        file old new\\n 0600
        inode old 0600 mtime=1000000000
     """),
    ("any_file_that_is_open_is_flushed", """
        open r old r
        fsync r
        open h new wct
        write h 0 x
        fsync h
        close h
        fsync h -> failure|missing
        opendir d .
        fsync d -> failure|missing
        fsync =none -> failure|missing
        close r
     """),
    ("a_size_by_path", """
        setstat old size=3 mode=0600 mtime=1000000000
        file old old
        inode old 0600 mtime=1000000000
        setstat old size=0
        inode old size=0
        setstat none size=1 -> missing
        absent none
        setstat sub size=1 -> failure|denied
        directory sub
     """),
    ("an_empty_directory_is_replaced", """
        mkdir empty
        posix-rename sub empty
        absent sub
        file empty/leaf leaf\\n
        mkdir sub
        posix-rename sub empty -> failure
        directory sub
        file empty/leaf leaf\\n
        posix-rename sub old -> failure|missing
        rename empty sub -> failure
        posix-rename empty empty
        directory empty
     """),
    ("copied_within_the_server", """
        shell "head -c 40000000 /dev/urandom >big"
        open r big r
        open h copy wct 0600
        copy-data r 0 0 h 0
        fstat h -> attrs size=40000000
        close h
        close r
        shell "cmp big copy"
        inode copy 0600
     """),
    ("a_part_is_copied", """
        open r note.txt r
        open h copy wct
        copy-data r 1 3 h 0
        copy-data r 0 2 h 5
        write h 0 O
        copy-data r 4 1 h 7
        close h
        file copy Ote\\x00\\x00no\\n
        file note.txt note\\n
     """),
    ("a_copy_into_an_old_file", """
        open r note.txt r
        open h old w
        copy-data r 0 1 h 0
        close h
        file old nld\\n
        open h old wa
        copy-data r 0 0 h 0
        copy-data r 2 2 h 0
        close h
        file old nld\\nnote\\nte
     """),
    ("a_copy_ends_with_its_source", """
        open r note.txt r
        open h copy wct
        copy-data r 3 100 h 0 -> eof // ok
        copy-data r 5 0 h 2
        copy-data r 5 1 h 2 -> eof // ok
        copy-data r 100 0 h 2
        copy-data r 0 4 h 2
        close h
        file copy e\\nnote
     """),
    ("a_copy_of_what_is_being_written", """
        open r source rwct
        write r 0 @200000
        open h copy wct
        copy-data r 0 0 h 0
        write r 0 later
        copy-data r 0 5 h 199995
        close h
        close r
        shell "head -c 199995 copy | cmp - copy 2>&1 | grep -q EOF"
        shell "test $(tail -c 5 copy) = later"
     """),
    ("copies_that_cannot_be", """
        open r note.txt r
        open s old r
        opendir d .
        open h copy wct
        copy-data =none 0 0 h 0 -> failure
        close h -> failure // ok
        open h copy wct
        copy-data d 0 0 h 0 -> failure
        close h -> failure // ok
        open h copy wct
        copy-data r 0 0 =none 0 -> failure
        copy-data r 0 0 d 0 -> failure
        copy-data r 0 0 s 0 -> failure|missing
        copy-data h 0 0 r 0 -> failure|missing
        file note.txt note\\n
        copy-data r 0 0 h 0
        close h
        file copy note\\n
     """),
    # that would leave half a copy: there is none
    ("a_copy_of_a_file_to_itself", """
        open h old rw
        copy-data h 0 2 h 2 -> failure
        close h -> failure // ok
        open r old r
        open h old wct
        copy-data r 0 0 h 0 -> failure
        close h -> failure // ok
        ~ file old old\\n
     """),
    ("a_copy_to_where_no_file_ends", """
        open r note.txt r
        open h new wct
        copy-data r 0 0 h 9223372036854775806 -> failure // bad
        close h -> failure // ok
        ~ absent new
        open h new wct
        copy-data r -1 0 h 0 -> ok // bad
        copy-data r -1 1 h 0 -> eof // bad
        close h
     """),
)

OPEN_TALKS = (
    ("links", """
        symlink old sym
        link sym old
        readlink sym -> path old
        readlink link -> path old
        symlink nowhere/at/all dangling
        link dangling nowhere/at/all
        symlink old note.txt -> failure
        hardlink old hard
        file hard old\\n
        hardlink old note.txt -> failure
     """),
)

READ_WRITE = ["Access=read-write", "DotFiles=allow"]
REPLACE = READ_WRITE + ["Overwrite=replace"]
VERSIONS = READ_WRITE + ["Overwrite=versions"]
DENY = READ_WRITE + ["Overwrite=deny"]
READ_ONLY = ["Access=read-only", "DotFiles=allow"]
WRITE_ONLY = ["Access=write-only", "DotFiles=allow"]

# Refused by what a WRITE is refused by; nothing of it is stored.
COPY = """
        shell "head -c 300000 /dev/urandom >big"
        open r big r
        open h new wct
        copy-data r 0 50000 h 0
        copy-data r 0 0 h 50000 -> failure (%s)
        copy-data r 0 1 h 0 -> failure (%s)
        write h 0 x -> failure (%s)
        close h -> failure (%s)
        absent new
        open h new wct
        copy-data r 0 %d h 0
        close h
"""

POLICIES = (
    ("deny_refuses_when_it_is_opened", DENY, """
        open h old wct -> failure "File exists"
        open h old wc -> failure "File exists"
        open h old w -> failure "File exists"
        open h old wca -> failure "File exists"
        open h old wcx -> failure "File exists"
        file old old\\n
        open h new wct
        write h 0 x
        close h
        file new x
        open h new wct -> failure "File exists"
     """),
    ("deny_and_somebody_was_faster", DENY, """
        open h new wct
        write h 0 ours
        make new theirs
        close h -> failure "File exists"
        file new theirs
     """),
    ("deny_and_two_handles", DENY, """
        open a new wct
        write a 0 a
        open b new wct -> any
        close a
        file new a
     """),
    ("deny_renames_onto_nothing", DENY, """
        open h new wct
        close h
        rename new old -> failure
        posix-rename new old -> failure|unsupported|denied
        file old old\\n
        rename new newer
        absent new
        file newer empty
     """),
    ("deny_changes_nothing_of_others", DENY, """
        remove old -> denied
        rename old new -> denied
        rmdir sub -> denied
        setstat old mode=0600 -> denied
        setstat old mtime=1000000000 -> denied
        setstat sub mode=0700 -> denied
        file old old\\n 0644
        directory sub 0755
     """),
    ("own_is_what_this_session_stored", DENY, """
        open h new wct
        close h
        setstat new mode=0600 mtime=1000000000
        inode new 0600 mtime=1000000000
        rename new newer
        remove newer
        absent newer
        mkdir d
        setstat d mode=0700
        directory d 0700
        open h d/f wct
        close h
        rename d e
        remove e/f
        rmdir e
        absent e
     """),
    ("own_ends_where_somebody_else_put_a_file", DENY, """
        open h new wct
        close h
        shell "rm new; echo theirs >new"
        remove new -> denied
        setstat new mode=0600 -> denied
        file new theirs\\n 0644
     """),
    ("replace_may_remove_and_rename", REPLACE, """
        remove old
        rename note.txt new
        rmdir sub -> failure
        setstat new mode=0600
        inode new 0600
     """),
    ("replace_with_modify_no", REPLACE + ["Modify=no"], """
        open h old wct
        write h 0 new
        close h
        file old new
        remove old -> denied
        rename old x -> denied
        remove note.txt -> denied
        setstat note.txt mode=0600 -> denied
        rmdir sub -> denied
        file note.txt note\\n 0644
     """),
    ("replace_with_modify_own", REPLACE + ["Modify=own"], """
        remove old -> denied
        open h old wct
        write h 0 new
        close h
        rename old x
        file x new
        posix-rename x note.txt
        file note.txt new
        remove note.txt
        absent note.txt
     """),
    ("attributes_of_ones_own_need_no_modify", REPLACE + ["Modify=no"], """
        open h new wct
        fsetstat h mode=0600 mtime=1000000000
        close h
        inode new 0600 mtime=1000000000
        setstat new mode=0640 mtime=1100000000
        inode new 0640 mtime=1100000000
        mkdir d
        setstat d mode=0700 mtime=1000000000
        directory d 0700 mtime=1000000000
     """),
    ("versions_are_kept", VERSIONS, """
        open h old wct
        write h 0 new
        close h
        file old new
        file old.~1~ old\\n
        open h old wc
        write h 0 newer
        fsetstat h size=5
        close h
        file old newer
        file old.~2~ new
        file old.~1~ old\\n
     """),
    ("versions_and_modify_of_others", VERSIONS, """
        remove old -> denied
        rename old x -> denied
        setstat old mode=0600 -> denied
        file old old\\n 0644
     """),
    ("versions_by_renaming", VERSIONS, """
        open h new wct
        write h 0 new
        close h
        rename new old -> failure
        posix-rename new old
        file old new
        file old.~1~ old\\n
        absent new
     """),
    ("resumed_with_versions", VERSIONS, """
        make part @70000
        open h part w
        write h 70000 @10+70000
        close h
        file part @70010
        file part.~1~ @70000
     """),
    ("read_only_reads", READ_ONLY, """
        open h old r
        read h 0 100 -> data old\\n
        fsetstat h mode=0600 -> denied
        write h 0 x -> denied|failure
        close h
        list . old note.txt .hidden sub link
        stat old -> attrs size=4
        realpath sub -> path /sub
     """),
    # even one that is there already, and with CREAT alone
    ("read_only_makes_nothing", READ_ONLY, """
        open h new wct -> denied
        open h new w -> denied
        open h new rwc -> denied
        open h new rc -> denied|missing
        open h new c -> denied|missing|failure|bad
        open h new t -> denied|missing|failure|bad
        open h old rt -> any
        open h old ra -> any
        open h old rct -> any
        file old old\\n 0644
        open h old w -> denied
        open h old wa -> denied
        mkdir d -> denied
        remove old -> denied
        rmdir sub -> denied
        rename old new -> denied
        setstat old mode=0600 -> denied
        setstat old mtime=1000000000 -> denied
        lsetstat old mode=0600 -> denied|unsupported
        symlink old new -> denied|unsupported
        hardlink old new -> denied|unsupported
        posix-rename old new -> denied|unsupported
        absent new d
        file old old\\n 0644
     """),
    ("write_only_takes", WRITE_ONLY, """
        open h new wct
        write h 0 new
        fstat h -> attrs size=3
        close h
        file new new
        stat new -> attrs size=3
        mkdir d
        stat d -> attrs mode=040755
        open h d/f wc
        write h 0 x
        fsetstat h size=1
        close h
        file d/f x
     """),
    ("write_only_shows_nothing", WRITE_ONLY, """
        open h old r -> denied
        open h none r -> denied|missing
        stat old -> missing
        lstat old -> missing
        lstat link -> missing
        list .
        list sub
        stat sub -> attrs mode=040755
        readlink link -> denied|missing
        open h old wct -> failure "File exists"
        open h old w -> failure|denied
        remove old -> denied|missing
        rename old new -> denied|missing
        setstat old mode=0600 -> denied|missing
        file old old\\n 0644
     """),
    # Go clients open for both
    ("write_only_is_opened_for_both", WRITE_ONLY, """
        open h new rwct
        read h 0 10 -> denied
        write h 0 abc
        read h 0 10 -> denied
        close h
        file new abc
        open h new r -> denied
     """),
    ("write_only_replaces", WRITE_ONLY + ["Overwrite=replace"], """
        open h old wct
        write h 0 new
        close h
        file old new
        open h note.txt wc
        write h 0 newer
        fsetstat h size=5
        close h
        file note.txt newer
     """),
    ("write_only_reads_no_old_file", WRITE_ONLY + ["Overwrite=replace"], """
        make part @1000
        open h part w
        write h 1000 more -> failure|denied
        close h -> failure|denied
        file part @1000
        open h part wa -> denied
        file part @1000
        open h part wc
        write h 0 short
        close h -> failure|denied
        file part @1000
     """),
    ("write_only_tells_nothing_of_what_it_replaces",
     WRITE_ONLY + ["Overwrite=replace"], """
        make part @1000
        shell "chmod 0600 part"
        statvfs part -> missing
        statvfs none -> missing
        statvfs sub -> reply
        open h part wc
        fstat h -> attrs size=0 mode=0100644
        stat part -> attrs size=0
        lstat part -> attrs size=0
        write h 0 abc
        fstat h -> attrs size=3
        fsetstat h size=3
        close h -> any
     """),
    ("write_only_sets_attributes_of_its_last", WRITE_ONLY, """
        open h new wct
        close h
        setstat new mode=0600 mtime=1000000000
        inode new 0600 mtime=1000000000
        open h newer wct
        setstat newer mtime=1000000000
        close h
        inode newer mtime=1000000000
        setstat new mtime=1100000000 -> ok
     """),
    ("write_only_may_read_what_it_makes_longer", WRITE_ONLY, """
        open h new wct
        write h 10 x
        write h 0 y
        fsetstat h size=20
        close h
        shell "test $(stat -c %s new) = 20"
     """),
    ("links_are_refused", REPLACE, """
        symlink old sym -> denied|unsupported
        hardlink old hard -> denied|unsupported
        absent sym hard
     """),
    ("links_may_be_made", REPLACE + ["Links=yes"], """
        symlink old sym
        link sym old
        hardlink old hard
        file hard old\\n
     """),
    ("the_root_itself", REPLACE, """
        realpath / -> path /
        realpath .. -> path /
        realpath ../../.. -> path /
        realpath ../etc -> path /etc
        stat / -> attrs
        list / old note.txt .hidden sub link
        rmdir / -> failure|denied|missing|bad
        remove / -> failure|denied|missing|bad
        rename / x -> failure|denied|missing|bad
        rename sub / -> failure|denied|bad
        mkdir / -> failure
        open h / wct -> failure|denied
        statvfs / -> reply
     """),
    ("nothing_outside", REPLACE, """
        open h /etc/passwd r -> missing
        open h ../outside r -> missing
        open h /../../../etc/passwd r -> missing
        stat /etc -> missing
        stat ../root -> missing
        opendir d /etc -> missing
        statvfs /etc -> missing
        open h /etc/new wct -> missing
        mkdir ../new -> ok
        directory new
     """),
)

# With Symlinks follow `..` above the root is the root, and / is it, too.
OUTWARD = """
    shell "echo secret >../secret; ln -s ../secret file; ln -s .. dir"
    shell "ln -s $(realpath ..)/secret far"
    open h file r -> missing|denied|failure
    open h far r -> missing|denied|failure
    open h dir/secret r -> missing|denied|failure
    open h dir/../../secret r -> missing|denied|failure
    stat file -> missing|denied|failure
    stat dir/secret -> missing|denied|failure
    setstat file mode=0600 -> missing|denied|failure
    setstat dir/secret mode=0600 -> missing|denied|failure
    open h dir/secret w -> missing|denied|failure
    open h far wct -> any
    remove dir/secret -> missing|denied|failure
    rename dir/secret x -> missing|denied|failure
    open h dir/new wct -> any
    mkdir dir/newer -> any
    rename old dir/x -> any
    statvfs far -> missing|denied|failure
    lstat file -> attrs mode=0120777
    shell "test $(stat -c %a ../secret) = 644"
    shell "grep -q secret ../secret && test $(ls -A .. | wc -l) = 2"
"""

LINKED = (
    ("links_lead_nowhere_else", REPLACE, OUTWARD),
    ("links_that_are_followed_lead_nowhere_else",
     REPLACE + ["Symlinks=follow"], OUTWARD),
    ("links_are_not_followed", REPLACE + ["Symlinks=refuse"], """
        open h link r -> failure|denied|missing
        stat link -> failure|denied|missing|attrs
        lstat link -> attrs mode=0120777
        readlink link -> missing|denied|failure
        shell "ln -s sub dirlink"
        open h dirlink/leaf r -> failure|denied|missing
        open h dirlink/new wct -> failure|denied|missing
        absent sub/new
     """.replace("|attrs", "")),
    ("links_are_followed", REPLACE + ["Symlinks=follow"], """
        open h link r
        read h 0 10 -> data old\\n
        close h
        stat link -> attrs size=4
        readlink link -> path old
        shell "ln -s sub dirlink"
        open h dirlink/leaf r
        close h
        list dirlink leaf .inner
     """),
)

OPEN_POLICIES = (
    ("inplace_writes_the_file_itself", ["Overwrite=inplace"], """
        shell "ln old other"
        open h old w
        write h 4 more
        file old old\\nmore
        close h
        file old old\\nmore
        file other old\\nmore
        open h old wct
        file old empty
        write h 0 x
        file other x
        close h
     """),
    ("inplace_appends", ["Overwrite=inplace"], """
        open h old wa
        write h 0 more
        close h
        file old old\\nmore
     """),
    ("inplace_makes_new_files_whole", ["Overwrite=inplace"], """
        open h new wct
        write h 0 x
        absent new
        close h
        file new x
     """),
    ("an_open_session_with_deny", ["Overwrite=deny"], """
        open h old wct -> failure "File exists"
        open h new wct
        close h
        file new empty
     """),
    ("owners", [], """
        setstat old owner=0:0
        setstat old owner=12345:23456
        inode old owner=12345:23456
     """) if os.geteuid() == 0 else ("owners", [], """
        setstat old owner=0:0 -> denied|failure
     """),
)

OWNERS = (
    # unchanged, it is no harm; another one is refused
    ("owners_are_not_given_away", REPLACE, """
        shell "chown 12345:23456 old || true"
        setstat old owner=12345:23456
        setstat old owner=1:1 -> denied
        open h new wct
        fsetstat h owner=1:1 -> denied
        close h -> any
     """),
) if os.geteuid() == 0 else ()

COPIES = tuple(
    ("a_copy_has_" + option.split("=")[0], REPLACE + [option] + more,
     COPY % ((option.split("=")[0],) * 4 + (kept,)))
    for option, more, kept in (
        ("MaxFileSize=340000", [], 300000),
        ("MaxSessionBytes=340000", ["AuditDigest=sha256"], 290000))
) + (
    ("a_copy_needs_reading", WRITE_ONLY, """
        open h new wct
        copy-data h 0 0 h 0 -> denied Access
        write h 0 x
        close h
     """),
    ("a_copy_needs_writing", READ_ONLY, """
        open r old r
        copy-data r 0 0 r 0 -> denied Access
     """),
)

add_talks("change", TALKS)
add_talks("change", OPEN_TALKS, ("open", "control"))
add_policies("policy", POLICIES + LINKED + OWNERS + COPIES)
add_open_policies("policy", OPEN_POLICIES)
