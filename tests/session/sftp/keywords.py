"""Every keyword over SFTP: where it allows, where it refuses, a bad value.

That none is forgotten is checked against the table in src/policy/keywords.c.
What needs more than a conversation is told by stories below.
"""

import errno
import hashlib
import json
import os
import pwd
import re
import signal
import socket
import time

import inject
import sftp
import sources
import talk
import trees
from hold import add_policies, need_native
from spoken import Place
from suite import add, check, check_equal, need_root

RW = ["Access=read-write", "DotFiles=allow"]
YES = ["MakeParents=yes"]
PUT = "open h new wct\nwrite h 0 new\nclose h\nfile new new\n"
GET = "open h old r\nread h 0 100 -> data old\\n\nclose h\n"

# keyword, options, conversation
ROWS = (
    ("Root", ["Root=ROOT/sub", "DotFiles=allow"], """
        open h leaf r
        close h
        open h /leaf r
        close h
        open h /old r -> missing
        open h ../old r -> missing
        open h /../old r -> missing
        list / leaf .inner
     """),
    ("StartDirectory", ["StartDirectory=/sub"] + RW, """
        realpath . -> path /sub
        open h leaf r
        close h
        open h ../old r
        close h
        open h new wct
        close h
        file sub/new empty
     """),
    ("Access", ["Access=read-write"], PUT + GET),
    ("Access", ["Access=read-only"],
     GET + "open h new wct -> denied\nabsent new\n"),
    ("Access", ["Access=write-only"], PUT + "open h old r -> denied\n"),
    ("Overwrite", RW + ["Overwrite=deny"],
     'open h old wct -> failure "Overwrite"\n' + PUT),
    ("Overwrite", RW + ["Overwrite=replace"],
     "open h old wct\nwrite h 0 x\nclose h\nfile old x\n"),
    ("Overwrite", RW + ["Overwrite=versions"], """
        open h old wct
        write h 0 x
        close h
        file old x
        file old.~1~ old\\n
     """),
    ("Modify", RW + ["Modify=no"], """
        remove old -> denied "Modify"
        open h new wct
        close h
        remove new -> denied
        rename new newer -> denied
     """),
    ("Modify", RW + ["Modify=own", "Overwrite=replace"], """
        remove old -> denied "Modify"
        open h new wct
        close h
        rename new newer
        remove newer
     """),
    ("Modify", RW + ["Modify=yes", "Overwrite=deny"],
     "rename old new\nfile new old\\n\nremove new\nabsent new\n"),
    ("Links", RW + ["Links=no"],
     "symlink old s -> denied|unsupported\nabsent s\n"),
    ("Links", RW + ["Links=yes"], "symlink old s\nlink s old\n"),
    ("MakeParents", RW + ["MakeParents=no"], """
        open h a/new wct -> missing
        mkdir a/b -> missing
        absent a
     """),
    ("MakeParents", RW + YES, """
        open h a/new wt -> missing
        open h a/new r -> missing
        absent a
        open h a/b/new wct
        write h 0 new
        close h
        file a/b/new new
        mkdir c/d/e
        directory c/d/e 0755
        open h old/a/new wct -> failure|missing
        rename old e/f -> missing
        absent e
        open h f/g/ wct -> failure
        absent f
     """),
    # each is judged, admitted and counted as that of a MKDIR
    ("MakeParents", RW + YES + ["MaxSessionFiles=3", "MaxDepth=2"], """
        open h a/b/c/new wct -> failure|denied "deep"
        absent a/b/c
        directory a/b 0755
        open h a/b/new wct
        close h
        open h d/new wct -> failure "MaxSessionFiles"
        absent d
     """),
    ("MakeParents", ["Access=write-only"] + YES + ["DenyNames=x"], """
        open h .a/new wct -> denied|missing
        open h a/x/new wct -> denied|missing
        absent a
        open h a/b/new wct
        write h 0 new
        close h
        stat a -> any
        file a/b/new new
     """),
    ("MakeParents", RW + YES + ["DirectoryMode=0711", "Umask=077"], """
        open h a/b/new wct
        close h
        directory a 0711
        directory a/b 0711
     """),
    ("MakeParents", RW + YES + ["Modify=own"], """
        open h a/new wct
        close h
        remove a/new
        rmdir a
        absent a
        rmdir sub -> denied
     """),
    ("MakeParents", RW + YES + ["MinFree=4000T"], """
        open h a/new wct -> failure "MinFree"
        mkdir a/b -> failure "MinFree"
        absent a
     """),
    ("Interrupted", RW + ["Interrupted=discard", "Overwrite=replace"], """
        open h new wct
        write h 0 abc
        end 0
        absent new
     """),
    ("Interrupted", RW + ["Interrupted=keep", "Overwrite=replace"], """
        remove none -> missing
        open h new wct
        write h 0 abc
        write h 10 xyz
        open g old wct
        write g 0 new
        end 0
        file new abc
        file old old\\n
     """),
    ("Interrupted", RW + ["Interrupted=keep", "Overwrite=versions"], """
        open h new wct
        write h 3 abc
        end 0
     """),
    ("Symlinks", RW + ["Symlinks=follow"], "open h link r\nclose h\n"),
    ("Symlinks", RW + ["Symlinks=refuse"],
     "open h link r -> denied|failure|missing\n"
     "lstat link -> attrs mode=0120777\n"),
    ("DotFiles", ["Access=read-write", "DotFiles=allow"], """
        open h .new wct
        close h
        file .new empty
        open h .hidden r
        close h
        list . old note.txt .hidden sub link .new
     """),
    ("DotFiles", ["Access=read-write", "DotFiles=root"], """
        open h .new wct -> denied|missing
        open h .hidden r -> denied|missing
        stat .hidden -> denied|missing
        mkdir .d -> denied|missing
        open h bin wct -> any
        open h sub/.new wct
        close h
        file sub/.new empty
        rename sub/.new .new -> denied|missing
        absent .new .d
     """),
    ("DotFiles", ["Access=read-write", "DotFiles=deny"], """
        list . old note.txt sub link
        list sub leaf
        open h sub/.inner r -> denied|missing
        open h sub/.new wct -> denied|missing
        mkdir sub/.d -> denied|missing
        absent sub/.new sub/.d
     """),
    ("AllowNames", RW + ["AllowNames=*.txt"], """
        open h note.txt r
        close h
        open h old r -> denied|missing
        stat old -> denied|missing
        open h new wct -> denied|missing
        open h new.txt wct
        close h
        file new.txt empty
        rename new.txt new -> denied|missing
        absent new
        list . note.txt new.txt
     """),
    ("DenyNames", RW + ["DenyNames=*.exe sub"], """
        open h a.exe wct -> denied|missing
        mkdir b.exe -> denied|missing
        rename old a.exe -> denied|missing
        open h sub/leaf r -> denied|missing
        stat sub -> denied|missing
        opendir d sub -> denied|missing
        realpath sub/../old -> any
        list . old note.txt .hidden link
        absent a.exe b.exe
     """),
    ("FileMode", RW + ["FileMode=0640", "Umask=077"], """
        open h new wct 0777
        close h
        inode new 0640
        open h new2 wct
        fsetstat h mode=0600
        close h
        inode new2 0640
        setstat new2 mode=0777
        inode new2 0640
     """),
    ("DirectoryMode", RW + ["DirectoryMode=0750", "Umask=077"], """
        mkdir d 0777
        directory d 0750
        setstat d mode=0777
        directory d 0750
     """),
    ("Umask", RW + ["Umask=027"], """
        open h new wct 0777
        close h
        inode new 0750
        open h new2 wct
        close h
        inode new2 0640
        mkdir d
        directory d 0750
        mkdir e 0777
        directory e 0750
     """),
    ("SetIdBits", RW, """
        open h new wct 04755
        close h
        inode new 0755
        setstat new mode=06755
        inode new 0755
        open h new2 wct
        fsetstat h mode=06755
        close h
        inode new2 0755
     """),
    ("PreserveTimes", RW + ["PreserveTimes=yes", "Overwrite=replace"], """
        open h new wct
        fsetstat h mtime=1000000000
        close h
        inode new mtime=1000000000
        setstat old mtime=1000000000
        inode old mtime=1000000000
     """),
    # OK and no effect: many clients fail otherwise, after a good upload
    ("PreserveTimes", RW + ["PreserveTimes=no", "Overwrite=replace"], """
        open h new wct
        fsetstat h mtime=1000000000
        close h
        shell "test $(stat -c %Y new) -gt 1000000000"
        setstat new mtime=1000000000
        shell "test $(stat -c %Y new) -gt 1000000000"
        mkdir d
        setstat d mtime=1000000000
        shell "test $(stat -c %Y d) -gt 1000000000"
        setstat old mtime=1000000000 -> denied
        shell "test $(stat -c %Y old) -gt 1000000000"
     """),
    ("PreserveModes", RW + ["PreserveModes=yes"], """
        open h new wct
        fsetstat h mode=0666
        close h
        inode new 0666
     """),
    ("PreserveModes", RW + ["PreserveModes=no", "Overwrite=replace"], """
        open h new wct
        fsetstat h mode=0666
        close h
        inode new 0644
        setstat new mode=0600
        inode new 0644
        setstat old mode=0600 -> denied
        inode old 0644
     """),
    ("MaxFileSize", RW + ["MaxFileSize=3"], PUT),
    ("MaxFileSize", RW + ["MaxFileSize=2"], """
        open h new wct
        write h 0 new -> failure "MaxFileSize"
        close h -> failure
        absent new
     """),
    ("MaxFileSize", RW + ["MaxFileSize=1K"], """
        open h new wct size=1025 -> failure "MaxFileSize"
        open h new wct
        write h 0 1024*x
        write h 1024 x -> failure "MaxFileSize"
        close h -> failure
        open h new wct
        fsetstat h size=1025 -> failure "MaxFileSize"
        close h -> failure
        open h new wct
        write h 1000000 x -> failure "MaxFileSize"
        close h -> failure
        open h new wct
        write h 1023 x
        close h
        shell "test $(stat -c %s new) = 1024"
     """),
    ("MaxFileSize", RW + ["MaxFileSize=3"], """
        open h old r -> failure|denied "MaxFileSize"
        list . old note.txt .hidden sub link
     """),
    ("MaxSessionBytes", RW + ["MaxSessionBytes=3K", "Overwrite=replace"], """
        open h new wct
        write h 0 2048*x
        close h
        open h newer wct
        write h 0 1024*x
        close h
        open h third wct -> failure "MaxSessionBytes"
        absent third
     """),
    ("MaxSessionBytes", RW + ["MaxSessionBytes=2K"], """
        open h new wct
        write h 0 2048*x
        write h 2048 x -> failure "MaxSessionBytes"
        close h -> failure
        absent new
     """),
    # the end of a file grows, whatever is written
    ("MaxSessionBytes", RW + ["MaxSessionBytes=2K"], """
        open h new wct
        write h 3000 x -> failure "MaxSessionBytes"
        close h -> failure
        open h new wct
        fsetstat h size=3000 -> failure "MaxSessionBytes"
        close h -> failure
        absent new
     """),
    ("MaxSessionBytes", RW + ["MaxSessionBytes=10K"], """
        make large @9000
        open h large r
        read h 0 5000 -> data @5000
        read h 5000 4000 -> data @4000+5000
        read h 0 9000 -> failure "MaxSessionBytes"
     """),
    ("MaxSessionFiles", RW + ["MaxSessionFiles=2"], """
        open h new wct
        close h
        mkdir d
        open h newer wct -> failure "MaxSessionFiles"
        mkdir e -> failure "MaxSessionFiles"
        absent newer e
     """),
    ("MaxSessionFiles", RW + ["MaxSessionFiles=1"], """
        open h old r
        read h 0 10 -> data old\\n
        close h
        open h note.txt r -> failure|denied "MaxSessionFiles"
     """),
    ("MaxDepth", RW + ["MaxDepth=2"], """
        mkdir a
        mkdir a/b
        mkdir a/b/c -> failure|denied "deep"
        absent a/b/c
     """),
    # what a directory holds moves with it
    ("MaxDepth", RW + ["Modify=yes", "MaxDepth=4"], """
        mkdir a
        mkdir a/b
        mkdir a/b/c
        mkdir x
        mkdir x/y
        open h a/file wct
        close h
        rename a x/y/a -> failure "deep"
        posix-rename a x/y/a -> failure "deep"
        directory a/b/c
        rename a x/a
        directory x/a/b/c
        rename x/a/b x/y/b
        directory x/y/b/c
        rename x/y a
        directory a/b/c
        rename a/b/c b
        rename b a/b/d
        shell "mkdir -p wide/w1/w2 wide/v1 wide/u1"
        rename wide x/wide
        rename x a/b/x -> failure "deep"
        directory x/wide/w1/w2
     """),
    ("MaxDepth", ["Access=write-only", "Modify=yes", "MaxDepth=4"], """
        mkdir a
        mkdir x
        rename a x/a -> failure "deep"
        rename a b
     """),
    ("MinFree", RW + ["MinFree=1K"], PUT),
    ("MinFree", RW + ["MinFree=4000T"], """
        open h new wct -> failure "MinFree"
        mkdir d -> failure "MinFree"
        absent new d
     """),
    ("IdleTimeout", RW + ["IdleTimeout=none"], PUT),
    ("SessionTimeout", RW + ["SessionTimeout=2h"], PUT),
    ("RateLimit", RW + ["RateLimit=1G"], PUT + GET),
    ("Sync", RW + ["Sync=always"], PUT),
    ("Sync", RW + ["Sync=no"], PUT),
    ("Sandbox", RW + ["Sandbox=require"], PUT + GET),
    ("Sandbox", RW + ["Sandbox=prefer"], PUT + GET),
    ("Audit", RW + ["Audit=require", "AuditLog=ROOT/log"], PUT),
    ("Pipelining", RW + ["Pipelining=yes"], PUT + GET),
    ("Relay", RW + ["Relay=host"], PUT),
    ("RelayConfig", RW + ["Relay=host", "RelayConfig=ROOT/old"], PUT),
    ("Chroot", RW + ["Chroot=no"], PUT),
    ("Sftp", RW + ["Sftp=yes"], PUT + GET),
)

# keyword -> values that are none of its, or that SFTP sessions can't have
BAD = {
    "Root": ("srv/x",), "Chroot": ("maybe",), "User": ("-x", "no-such-one"),
    "StartDirectory": ("sub",), "Access": ("sideways",),
    "Overwrite": ("never", "inplace"), "Symlinks": ("sometimes",),
    "DotFiles": ("some",), "AllowNames": ("x" * 3000,),
    "DenyNames": ("x" * 3000,), "FileMode": ("0648", "1777"),
    "DirectoryMode": ("9",), "Umask": ("8",), "SetIdBits": ("on", "yes"),
    "PreserveTimes": ("2",), "PreserveModes": ("true",),
    "MaxFileSize": ("5X",), "MaxSessionBytes": ("9999999T",),
    "MaxSessionFiles": ("many",), "MaxDepth": ("0",), "MinFree": ("10%",),
    "IdleTimeout": ("5x",), "SessionTimeout": ("soon",),
    "RateLimit": ("fast",), "Sync": ("yes",), "Sandbox": ("off",),
    "Audit": ("yes",), "AuditLog": ("log", "ROOT/none/log"),
    "AuditFormat": ("xml",), "AuditDigest": ("md5",),
    "Sftp": ("handoff", "deny", "perhaps"), "Pipelining": ("on",),
    "Relay": ('"a b"',), "RelayConfig": ("relay_config",),
    "Modify": ("some", "replace"), "Links": ("follow", "own"),
    "Interrupted": ("yes", "resume"), "MakeParents": ("all",),
}
# Legal alone, and not together.
NOT_TOGETHER = (
    ["Interrupted=keep", "Access=write-only"],
    ["Interrupted=keep", "Access=read-only"],
    ["Interrupted=keep", "Access=read-write", "Overwrite=deny"],
)


def started(place, options, confined=True, **more):
    client = sftp.Client(place.words(options, confined), place.root,
                         talk.PATIENCE, place.environment("sftp"),
                         umask=0o022, **more)
    client.init()
    return client


def is_broken(place, options):
    """Nothing but the end: sshd's client says that it is closed."""
    with sftp.Client(place.words(options), place.root, talk.PATIENCE,
                     place.environment("sftp")) as client:
        check(not client.more(), "something came: %r" % client.early)
        check_equal(client.wait(), 78, "status (%s)" % client.stderr())
        return client.stderr()


def a_bad_value(keyword, value):
    def run():
        need_native()
        with Place() as place:
            said = is_broken(place, ["%s=%s" % (keyword, value)])
            check(keyword in said, "the keyword is not named: " + said)
    return run


def not_together():
    need_native()
    with Place() as place:
        for options in NOT_TOGETHER:
            check("Interrupted" in is_broken(place, options), options)


def user(place):
    need_root()
    nobody = pwd.getpwnam("nobody")
    os.chown(place.root, nobody.pw_uid, nobody.pw_gid)
    with started(place, RW + ["User=nobody"]) as client:
        client.stored("new", b"x")
        client.end()
    st = os.stat(place.path("new"))
    check_equal((st.st_uid, st.st_gid), (nobody.pw_uid, nobody.pw_gid))


def records(place):
    with open(os.path.join(place.top, "log")) as f:
        return f.read().splitlines()


def log(place):
    return "AuditLog=" + os.path.join(place.top, "log")


def audit_log(place):
    with started(place, RW + [log(place)]) as client:
        client.stored("new", b"x")
        client.fetched("old")
        client.ask("open", "none", 1, sftp.NONE)
        client.end()
    seen = [json.loads(line) for line in records(place)]
    check_equal([r["event"] for r in seen][:2], ["start", "session"])
    files = {r["path"]: r for r in seen if r["event"] == "file"}
    for path, size in (("/new", 1), ("/old", 4)):
        check_equal((files[path]["result"], files[path]["bytes"]),
                    ("ok", size), path)


def make_parents(place):
    """Each has a record as that of a MKDIR."""
    with started(place, RW + ["MakeParents=yes", log(place)]) as client:
        client.stored("a/b/new", b"x")
        client.end()
    seen = [json.loads(line) for line in records(place)]
    check_equal([(r["verb"], r["path"], r["mode"], r["result"])
                 for r in seen if r["event"] == "file"],
                [("mkdir", "/a", "0755", "ok"), ("mkdir", "/a/b", "0755", "ok"),
                 ("put", "/a/b/new", "0644", "ok")], "records")


def audit_format(place):
    with started(place, RW + [log(place), "AuditFormat=text"]) as client:
        client.stored("new", b"x")
        client.end()
    for line in records(place):
        check(re.fullmatch(r'scp-server: time=\S+ pid=\d+ event=\w+'
                           r'( \w+=("[^"]*"|\S*))*', line), line)


def audit_digest(place):
    """In order while it is written; else it is read back, or not told."""
    body = trees.pattern(200000)
    with started(place, RW + [log(place), "AuditDigest=sha256"]) as client:
        client.stored("new", body)
        handle = client.open("mixed", "wct").handle
        for at in (100000, 0):
            client.write(handle, at, body[at:at + 100000])
        client.close_handle(handle)
        handle = client.open("holes", "wct").handle
        client.write(handle, 100000, b"x")
        client.close_handle(handle)
        source = client.open("new", "r").handle
        handle = client.open("copy", "wct").handle
        client.extended("copy-data", source, sftp.offset(0), sftp.offset(0),
                        handle, sftp.offset(0))
        client.close_handle(handle)
        client.end()
    files = {r["path"]: r for r in map(json.loads, records(place))
             if r["event"] == "file" and r["verb"] == "put"}
    for name in ("/new", "/mixed", "/copy"):
        check_equal(files[name].get("sha256"),
                    hashlib.sha256(body).hexdigest(), name)
        check_equal(files[name]["bytes"], len(body), name)
    check("sha256" not in files["/holes"], files["/holes"])


def refusals_are_in_the_log(place):
    with started(place, RW + [log(place), "MaxFileSize=1"]) as client:
        client.stored("new", b"abc")
        client.end()
    said = "\n".join(records(place))
    check("MaxFileSize" in said, said)


def audit_require(place):
    said = is_broken(place, RW + ["Audit=require", "AuditLog=/dev/full"])
    check("/dev/full" in said or "Audit" in said, said)


def a_record_that_is_lost_leaves_no_file(place):
    """The third of a session, which says that the file has its name, where
    files have a temporary one before: it is taken away again."""
    need_root()
    inject.build()
    system_log = os.path.join(place.top, "dev-log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(system_log)
        words = ["unshare", "-m", "sh", "-c",
                 "mount -t tmpfs none /dev && ln -s $1 /dev/log && shift && "
                 "exec \"$@\"", "sh", system_log, inject.PROGRAM, "-T", "-o",
                 os.path.join(place.top, "list"), "-c",
                 str(inject.numbers()["sendto"]), "-k", "3", "-E",
                 str(errno.ENOBUFS)] + place.words(RW + [
                     "Overwrite=replace", "Audit=require",
                     "AuditLog=syslog"])
        with sftp.Client(words, place.root, talk.PATIENCE,
                         place.environment("sftp")) as client:
            client.init()
            handle = client.open("new", "wct").handle
            client.write(handle, 0, b"new")
            check_equal(len(os.listdir(place.root)), 6, "with a temporary")
            client.request("close", handle)
            check(not client.more(), "an answer: %r" % client.early)
            client.wait()
    place.holds({"new": None})


def inplace(place):
    with started(place, ["Overwrite=inplace"], False) as client:
        before = os.stat(place.path("old")).st_ino
        handle = client.open(place.path("old"), "w").handle
        check_equal(client.write(handle, 0, b"new").code, "ok", "WRITE")
        client.close_handle(handle)
        client.end()
    check_equal(os.stat(place.path("old")).st_ino, before, "inode")
    check_equal(trees.read(place.path("old")), b"new\n", "content")


def an_interrupted_copy_is_kept(place):
    """Told to end between two steps of 16 MiB: what is there gets its name."""
    inject.build()
    body = trees.pattern(40000000)
    trees.write(place.path("large"), body)
    words = [inject.PROGRAM, "-o", os.path.join(place.top, "list"), "-c",
             str(inject.numbers()["copy_file_range"]), "-k", "2", "-x",
             str(int(signal.SIGTERM))] + place.words(RW + [
                 "Overwrite=replace", "Interrupted=keep", log(place)])
    with sftp.Client(words, place.root, talk.PATIENCE,
                     place.environment("sftp")) as client:
        client.init()
        source = client.open("large", "r").handle
        handle = client.open("copy", "wct").handle
        client.request("extended", "copy-data", source, sftp.offset(0),
                       sftp.offset(0), handle, sftp.offset(0))
        check(not client.more(), "an answer: %r" % client.early)
        client.wait()
    kept = trees.read(place.path("copy"))
    check(0 < len(kept) < len(body) and body.startswith(kept),
          "%d octets" % len(kept))
    seen = [json.loads(line) for line in records(place)]
    check_equal([(r["result"], r["detail"], r["bytes"]) for r in seen
                 if r.get("path") == "/copy"],
                [("ok", "interrupted", len(kept))], "record")
    check_equal(seen[-1]["reason"], "signal", "the end")


def a_copy_in_place_onto_itself(place):
    """Under two names it is one file, which the copy would change."""
    os.link(place.path("old"), place.path("other"))
    with started(place, ["Overwrite=inplace"], False) as client:
        source = client.open(place.path("old"), "r").handle
        handle = client.open(place.path("other"), "w").handle
        seen = client.extended("copy-data", source, sftp.offset(0),
                               sftp.offset(0), handle, sftp.offset(2))
        check_equal(seen.code, "failure", "copy-data")
        client.close_handle(handle)
        client.end()
    check_equal(trees.read(place.path("old")), b"old\n", "content")


def set_id_bits(place):
    with started(place, ["SetIdBits=yes"], False) as client:
        path = place.path("new")
        handle = client.open(path, "wct").handle
        client.ask("fsetstat", handle, sftp.Attrs(mode=0o4755))
        client.close_handle(handle)
        client.end()
    check_equal(place.mode("new"), 0o4755, "mode")


def sftp_no(place):
    with sftp.Client(place.words(RW + ["Sftp=no"]), place.root,
                     talk.PATIENCE, place.environment("sftp")) as client:
        check(not client.more(), "something came")
        check_equal(client.wait(), 2, "status")
        check("SCP" in client.stderr(), client.stderr())


def idle_timeout(place):
    """An explicit one counts while nothing is asked."""
    begun = time.monotonic()
    with started(place, RW + ["IdleTimeout=1"]) as client:
        check(not client.more(), "something came")
        client.wait()
    check(0.5 < time.monotonic() - begun < 20, "too early or too late")


def idle_timeout_in_a_packet(place):
    with started(place, RW + ["IdleTimeout=1"]) as client:
        client.send(b"\0\0\0")
        check(not client.more(), "something came")
        client.wait()


def idle_timeout_of_an_upload(place):
    with started(place, RW + ["IdleTimeout=1", "Overwrite=replace"]) \
            as client:
        client.open("new", "wct")
        client.open("old", "wct")
        check(not client.more(), "something came")
        client.wait()
    place.holds({"new": None, "old": b"old\n"})


def session_timeout(place):
    begun = time.monotonic()
    with started(place, RW + ["SessionTimeout=2"]) as client:
        client.open("new", "wct")
        while time.monotonic() - begun < 20:
            try:
                client.ask("stat", "old")
            except sftp.Ended:
                break
            time.sleep(0.05)
        client.wait()
    check(1.5 < time.monotonic() - begun < 20, "too early or too late")
    place.holds({"new": None})


def rate_limit(place):
    """1 MiB a second: 2 MiB take more than a second, up and down."""
    body = bytes(2 << 20)
    with started(place, RW + ["RateLimit=1M"]) as client:
        begun = time.monotonic()
        client.stored("new", body)
        up = time.monotonic()
        check_equal(len(client.fetched("new")), len(body), "size")
        down = time.monotonic()
        client.end()
    check(up - begun > 0.9, "up: %.1f s" % (up - begun))
    check(down - up > 0.9, "down: %.1f s" % (down - up))


def min_free_and_statvfs(place):
    """What a client is told is free is what it may write."""
    def free(options):
        with started(place, options) as client:
            body = sftp.Reader(client.extended("statvfs@openssh.com", "."
                                               ).body)
            client.end()
        values = [body.u64() for _ in range(11)]
        body.finish()
        return values[1] * values[4]
    st = os.statvfs(place.root)
    check(abs(free(RW) - st.f_frsize * st.f_bavail) < 1 << 30, "free")
    check(free(RW + ["MaxSessionBytes=1M"]) <= 1 << 20, "MaxSessionBytes")
    check_equal(free(RW + ["MinFree=4000T"]), 0, "MinFree")


def a_refusal_names_its_keyword(place):
    with started(place, RW + ["MaxSessionFiles=1"]) as client:
        client.stored("new", b"x")
        seen = client.open("newer", "wct")
        check("MaxSessionFiles" in seen.text, seen)
        client.end()


MORE = {
    "User": user, "AuditLog": audit_log, "AuditFormat": audit_format,
    "AuditDigest": audit_digest, "Audit": audit_require,
    "Overwrite": inplace, "SetIdBits": set_id_bits, "Sftp": sftp_no,
    "IdleTimeout": idle_timeout, "SessionTimeout": session_timeout,
    "MakeParents": make_parents,
    "RateLimit": rate_limit, "MinFree": min_free_and_statvfs,
}
STORIES = (idle_timeout_in_a_packet, idle_timeout_of_an_upload,
           a_record_that_is_lost_leaves_no_file,
           a_copy_in_place_onto_itself, an_interrupted_copy_is_kept,
           refusals_are_in_the_log, a_refusal_names_its_keyword)


def none_is_forgotten():
    need_native()
    known = set(re.findall(r'\{ "([A-Z]\w+)",\s*combine_',
                           sources.read("keywords.c")))
    check(len(known) > 25, "the table was not found")
    tested = {row[0] for row in ROWS} | set(MORE)
    check_equal(known - tested, set(), "no case")
    check_equal(known - set(BAD), set(), "no bad value")
    check_equal((tested | set(BAD)) - known, set(), "no such keyword")


def in_a_place(story):
    def run():
        need_native()
        with Place() as place:
            story(place)
            place.no_leftovers()
    return run


add("keyword/none_is_forgotten", none_is_forgotten)
add("keyword/not_together", not_together)
for keyword in BAD:
    add_policies("keyword", (
        ("%s/%d:%s" % (keyword, n, ",".join(row[1])), row[1], row[2])
        for n, row in enumerate((r for r in ROWS if r[0] == keyword), 1)))
    if keyword in MORE:
        add("keyword/%s/%s" % (keyword, MORE[keyword].__name__),
            in_a_place(MORE[keyword]))
    for n, value in enumerate(BAD[keyword], 1):
        add("keyword/%s/bad_%d" % (keyword, n), a_bad_value(keyword, value))
for story in STORIES:
    add("keyword/" + story.__name__, in_a_place(story))
