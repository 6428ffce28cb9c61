"""Every keyword of the policy: where it allows, where it acts, a bad value.

Sessions without sshd; what needs time or two sessions is in limits.py, and
what can't be seen in the answers and the files is in effects.py.  That no
keyword is forgotten is checked against the table in src/policy/keywords.c.
"""

import os
import re

import sources
import suite
from effects import MORE, STORIES
from spoken import BROKEN, Place, in_a_place, is_broken, put
from suite import add, check, check_equal, need_root

NEW = put("new")
STORED = rb"\0\0\0"
GET = b"\0\0\0\0"
DIR = b"D0755 0 %s\n"
DEEP = b"".join(DIR % name for name in (b"a", b"b", b"c"))


def at_once(words, keyword):
    """Refused with \\2, before a body."""
    return rb"\0\x02scp: [^\n]*%s \(%s\)\n" % (words, keyword)


def as_target(words, keyword):
    return at_once(words, keyword)[2:]


YES = ["MakeParents=yes"]
# INIT and an OPEN; VERSION and a STATUS
ASK_SFTP = b"\0\0\0\5\1\0\0\0\3\0\0\0\5\3\0\0\0\1"
REFUSED_SFTP = rb"\x00{3}\x05\x02\x00{3}\x03.*\x00{3}\x08.*scp -O.*"

STARTUP = rb"one of the start-up names, not allowed here"
NAME = rb"name not allowed"
LARGE = rb"larger than this account may copy"
MUCH = rb"more than one session may copy"
MANY = rb"more files than one session may copy"
FULL = rb"the file system would be too full"
OLD = rb"C0644 4 old\nold\n\0"

# keyword, options, request, what is sent, what comes, status, what is stored
# afterwards.  A Root is added unless one is among the options.
ROWS = (
    ("Root", ["Root=ROOT/sub"], "scp -f /leaf", GET,
     rb"C0644 5 leaf\nleaf\n\0", 0, {}),
    ("Root", ["Root=ROOT/sub"], "scp -f ROOT/sub/leaf", GET,
     rb"C0644 5 leaf\nleaf\n\0", 0, {}),
    ("Root", ["Root=ROOT/sub"], "scp -f /../old", b"\0",
     rb"[\1\2]scp: [^\n]*Path leaves the served directory\n", None, {}),
    ("Root", ["Root=ROOT/sub"], "scp -f ROOT/old", b"\0",
     rb"[\1\2]scp: [^\n]*No such file or directory\n", 1, {}),
    ("Root", ["Root=none"], "scp -f ROOT/old", GET, OLD, 0, {}),
    ("Root", ["Root=none"], "scp -t ROOT/new", NEW, STORED, 0,
     {"new": b"new\n"}),
    ("Root", ["Root=ROOT/none"], "scp -f /old", b"\0",
     rb"\x02scp: [^\n]*\n", None, {}),
    ("StartDirectory", ["StartDirectory=/sub"], "scp -f leaf", GET,
     rb"C0644 5 leaf\nleaf\n\0", 0, {}),
    ("StartDirectory", ["StartDirectory=/sub"], "scp -f /old", GET, OLD, 0,
     {}),
    ("StartDirectory", ["StartDirectory=/none"], "scp -f leaf", b"\0",
     rb"\x01scp: leaf: No such file or directory\n", 1, {}),
    ("Access", ["Access=read-write"], "scp -t new", NEW, STORED, 0,
     {"new": b"new\n"}),
    ("Access", ["Access=read-only"], "scp -f old", GET, OLD, 0, {}),
    ("Access", ["Access=read-only"], "scp -t new", NEW,
     rb"\x02scp: uploads are not allowed\n", 2, {"new": None}),
    ("Access", ["Access=write-only"], "scp -t new", NEW, STORED, 0,
     {"new": b"new\n"}),
    ("Access", ["Access=write-only"], "scp -f old", GET,
     rb"\x02scp: downloads are not allowed\n", 2, {}),
    ("Access", ["Access=write-only"], "scp -t old", put("old"),
     rb"\0\x02scp: old: File exists\n", 2, {"old": b"old\n"}),
    ("Overwrite", ["Overwrite=replace"], "scp -t old", put("old"), STORED, 0,
     {"old": b"new\n"}),
    ("Overwrite", ["Access=write-only", "Overwrite=replace"], "scp -t old",
     put("old"), STORED, 0, {"old": b"new\n"}),
    ("Overwrite", ["Overwrite=deny"], "scp -t new", NEW, STORED, 0,
     {"new": b"new\n"}),
    ("Overwrite", ["Overwrite=deny"], "scp -t old", put("old"),
     rb"\0\x02scp: old: File exists\n", 2, {"old": b"old\n"}),
    ("Overwrite", ["Overwrite=deny"], "scp -r -t .", put("old") + NEW,
     rb"\0\0\x01scp: [^\n]*old: File exists\n\0\0", 1,
     {"old": b"old\n", "new": b"new\n"}),
    ("Overwrite", ["Overwrite=versions"], "scp -d -t .",
     put("old", b"1\n") + put("old", b"2\n"), rb"\0\0\0\0\0", 0,
     {"old": b"2\n", "old.~1~": b"old\n", "old.~2~": b"1\n"}),
    ("Overwrite", ["Overwrite=inplace"], "scp -t old", put("old"), BROKEN,
     78, {"old": b"old\n"}),
    ("Symlinks", ["Symlinks=follow"], "scp -f link", GET,
     rb"C0644 4 link\nold\n\0", 0, {}),
    ("Symlinks", ["Symlinks=refuse"], "scp -f link", b"\0",
     rb"\x01scp: link: Symbolic link not followed\n", 1, {}),
    ("DotFiles", ["DotFiles=allow"], "scp -t .new", NEW, STORED, 0,
     {".new": b"new\n"}),
    ("DotFiles", ["DotFiles=root"], "scp -t .new", NEW,
     as_target(NAME, b"DotFiles"), 2, {".new": None}),
    ("DotFiles", ["DotFiles=root"], "scp -t BIN", NEW,
     as_target(STARTUP, b"DotFiles"), 2, {"BIN": None}),
    ("DotFiles", ["DotFiles=root"], "scp -t sub/.new", NEW, STORED, 0,
     {"sub/.new": b"new\n"}),
    ("DotFiles", ["DotFiles=root"], "scp -f .hidden", b"\0",
     rb"\x01scp: .hidden: name not allowed \(DotFiles\)\n", 1, {}),
    ("DotFiles", ["DotFiles=deny"], "scp -t sub/.new", NEW,
     as_target(NAME, b"DotFiles"), 2, {"sub/.new": None}),
    ("DotFiles", ["DotFiles=deny"], "scp -r -f sub", GET,
     rb"D0755 0 sub\nC0644 5 leaf\nleaf\n\0E\n", 0, {}),
    ("AllowNames", ["AllowNames=*.txt *.csv"], "scp -t a.csv", NEW, STORED,
     0, {"a.csv": b"new\n"}),
    ("AllowNames", ["AllowNames=*.txt *.csv"], "scp -t a.log", NEW,
     as_target(NAME, b"AllowNames"), 2, {"a.log": None}),
    ("AllowNames", ["AllowNames=*.txt"], "scp -t .", NEW,
     at_once(NAME, b"AllowNames"), 2, {"new": None}),
    ("AllowNames", ["AllowNames=*.txt"], "scp -f old", b"\0",
     rb"\x01scp: old: name not allowed \(AllowNames\)\n", 1, {}),
    ("AllowNames", ["AllowNames=*.csv"], "scp -f *", b"\0",
     rb"\x01scp: \*: No such file or directory\n", 1, {}),
    ("AllowNames", ["AllowNames=*.txt"], "scp -f *", GET,
     rb"C0644 5 note.txt\nnote\n\0", 0, {}),
    ("AllowNames", ["AllowNames=*.csv"], "scp -f {old,*.txt}", b"\0",
     rb"\x01scp: old: name not allowed \(AllowNames\)\n"
     rb"\x01scp: {old,\*.txt}: No such file or directory\n", 1, {}),
    ("DenyNames", ["DenyNames=other"], "scp -f s*/../old", GET, OLD, 0, {}),
    ("DenyNames", ["DenyNames=other"], "scp -f sub/l*/../../old", GET, OLD, 0,
     {}),
    # whether there is a name that it hides can't be found out
    ("DenyNames", ["DenyNames=sub"], "scp -f s*/../old", b"\0",
     rb"\x01scp: s\*/\.\./old: No such file or directory\n", 1, {}),
    ("DenyNames", ["DenyNames=sub"], "scp -f sub/l*/../../old", b"\0",
     rb"\x01scp: sub/l\*/[./]*/old: No such file or directory\n", 1, {}),
    ("DotFiles", ["DotFiles=deny"], "scp -f .h*/../old", b"\0",
     rb"\x01scp: \.h\*/\.\./old: No such file or directory\n", 1, {}),
    ("DenyNames", ["DenyNames=*.exe [xy]*"], "scp -t new", NEW, STORED, 0,
     {"new": b"new\n"}),
    ("DenyNames", ["DenyNames=*.exe [xy]*"], "scp -t new.exe", NEW,
     as_target(NAME, b"DenyNames"), 2, {"new.exe": None}),
    ("DenyNames", ["DenyNames=sub"], "scp -f sub/leaf", b"\0",
     rb"\x01scp: sub/leaf: name not allowed \(DenyNames\)\n", 1, {}),
    ("SetIdBits", ["SetIdBits=yes"], "scp -t new", NEW, BROKEN, 78,
     {"new": None}),
    ("MaxFileSize", ["MaxFileSize=4"], "scp -t new", NEW, STORED, 0,
     {"new": b"new\n"}),
    ("MaxFileSize", ["MaxFileSize=3"], "scp -t new", b"C0644 4 new\n",
     at_once(LARGE, b"MaxFileSize"), 2, {"new": None}),
    ("MaxFileSize", ["MaxFileSize=1K"], "scp -t new", b"C0644 1025 new\n",
     at_once(LARGE, b"MaxFileSize"), 2, {"new": None}),
    ("MaxFileSize", ["MaxFileSize=1K"], "scp -t new",
     put("new", b"x" * 1024), STORED, 0, {"new": b"x" * 1024}),
    ("MaxFileSize", ["MaxFileSize=3"], "scp -f old", b"\0",
     rb"\x01scp: old: %s \(MaxFileSize\)\n" % LARGE, 1, {}),
    ("MaxSessionBytes", ["MaxSessionBytes=2K"], "scp -d -t .",
     put("new") + put("newer"), rb"\0\0\0\0\0", 0, {"newer": b"new\n"}),
    # whatever is created counts as 1,024 octets, at least
    ("MaxSessionBytes", ["MaxSessionBytes=2047"], "scp -d -t .",
     put("new") + put("newer"),
     rb"\0\0\0\0\x01scp: [^\n]*newer: %s \(MaxSessionBytes\)\n" % MUCH, 1,
     {"new": b"new\n", "newer": None}),
    ("MaxSessionBytes", ["MaxSessionBytes=1023"], "scp -t new",
     b"C0644 0 new\n", at_once(MUCH, b"MaxSessionBytes"), 2, {"new": None}),
    ("MaxSessionBytes", ["MaxSessionBytes=1500"], "scp -t new",
     b"C0644 1501 new\n", at_once(MUCH, b"MaxSessionBytes"), 2,
     {"new": None}),
    ("MaxSessionBytes", ["MaxSessionBytes=1500"], "scp -t new",
     put("new", b"x" * 1500), STORED, 0, {"new": b"x" * 1500}),
    ("MaxSessionBytes", ["MaxSessionBytes=3K"], "scp -r -t .", DEEP,
     rb"\0{4}", 0, {"a/b/c": ()}),
    ("MaxSessionBytes", ["MaxSessionBytes=3071"], "scp -r -t .", DEEP,
     rb"\0{3}\x02scp: [^\n]*c: %s \(MaxSessionBytes\)\n" % MUCH, 2,
     {"a/b": (), "a/b/c": None}),
    # a download has no such least size
    ("MaxSessionBytes", ["MaxSessionBytes=4"], "scp -f old", b"\0" * 3,
     OLD, 0, {}),
    ("MaxSessionFiles", ["MaxSessionFiles=2"], "scp -d -t .",
     put("new") + put("newer"), rb"\0\0\0\0\0", 0, {"newer": b"new\n"}),
    ("MaxSessionFiles", ["MaxSessionFiles=1"], "scp -d -t .",
     put("new") + put("newer"),
     rb"\0\0\0\0\x01scp: [^\n]*newer: %s \(MaxSessionFiles\)\n" % MANY, 1,
     {"new": b"new\n", "newer": None}),
    ("MaxSessionFiles", ["MaxSessionFiles=3"], "scp -r -t .",
     DEEP + b"E\nD0755 0 d\n",
     rb"\0{5}\x02scp: [^\n]*b/d: %s \(MaxSessionFiles\)\n" % MANY, 2,
     {"a/b/c": (), "a/b/d": None}),
    ("MaxSessionFiles", ["MaxSessionFiles=1"], "scp -r -t .",
     b"D0755 0 a\n" + NEW,
     rb"\0\0\0\x01scp: [^\n]*new: %s \(MaxSessionFiles\)\n" % MANY, 1,
     {"a": (), "a/new": None}),
    # a directory that exists is entered; nothing is created
    ("MaxSessionFiles", ["MaxSessionFiles=1"], "scp -r -t .",
     put("new") + b"D0755 0 sub\nE\nD0755 0 made\n",
     rb"\0{5}\x02scp: [^\n]*made: %s \(MaxSessionFiles\)\n" % MANY, 2,
     {"new": b"new\n", "made": None}),
    ("MaxSessionFiles", ["MaxSessionFiles=1"], "scp -f old note.txt",
     b"\0\0\0\0", OLD + rb"\x01scp: note.txt: %s \(MaxSessionFiles\)\n"
     % MANY, 1, {}),
    ("MaxDepth", ["MaxDepth=3"], "scp -r -t .", DEEP + NEW, rb"\0{6}", 0,
     {"a/b/c/new": b"new\n"}),
    ("MaxDepth", ["MaxDepth=2"], "scp -r -t .", DEEP + NEW,
     rb"\0\0\0\x02scp: [^\n]*Directories nested too deep[^\n]*\n", 2,
     {"a/b/c": None, "a/b/new": None}),
    ("MinFree", ["MinFree=1K"], "scp -t new", NEW, STORED, 0,
     {"new": b"new\n"}),
    ("MinFree", ["MinFree=4000T"], "scp -t new", b"C0644 4 new\n",
     at_once(FULL, b"MinFree"), 2, {"new": None}),
    ("MinFree", ["MinFree=4000T"], "scp -r -t .",
     b"D0755 0 sub\nE\nD0755 0 made\n",
     rb"\0\0\0\x02scp: [^\n]*made: %s \(MinFree\)\n" % FULL, 2,
     {"sub": (), "made": None}),
    ("IdleTimeout", ["IdleTimeout=none"], "scp -t new", NEW, STORED, 0, {}),
    ("SessionTimeout", ["SessionTimeout=2h"], "scp -t new", NEW, STORED, 0,
     {}),
    ("RateLimit", ["RateLimit=1G"], "scp -t new", NEW, STORED, 0, {}),
    ("Pipelining", ["Pipelining=no"], "scp -d -t .", put("new"),
     rb"\0\0\0", 0, {"new": b"new\n"}),
    ("Pipelining", ["Pipelining=yes"], "scp -d -t .",
     put("new") + put("newer"), rb"\0\0\0\0\0\0", 0,
     {"new": b"new\n", "newer": b"new\n"}),
    ("Pipelining", ["Pipelining=yes"], "scp -f old note.txt", b"\0" * 5,
     rb"C0644 4 old\nold\n\0C0644 5 note.txt\nnote\n\0", 0, {}),
    ("Relay", ["Relay=deny"], "scp old host:x", b"", rb"", 2, {}),
    ("Relay", ["Relay=other bob@host"], "scp old host:x", b"", rb"", 2, {}),
    # allowed, and there is no such host
    ("Relay", ["Relay=no-such-host.invalid"],
     "scp old no-such-host.invalid:x", b"", rb"", 2, {}),
    ("RelayConfig", ["Relay=host", "RelayConfig=ROOT/old"],
     "scp none host:x", b"", rb"", None, {}),
    ("RelayConfig", ["Relay=host", "RelayConfig=ROOT/none"],
     "scp none host:x", b"", rb"", 78, {}),
    ("Sync", ["Sync=no"], "scp -t new", NEW, STORED, 0, {}),
    ("Sandbox", ["Sandbox=require"], "scp -t new", NEW, STORED, 0, {}),
    ("Sandbox", ["Sandbox=prefer"], "scp -t new", NEW, STORED, 0, {}),
    ("Audit", ["Audit=require", "AuditLog=ROOT/log"], "scp -t new", NEW,
     STORED, 0, {}),
    ("Audit", ["Audit=require", "AuditLog=/dev/full"], "scp -t new", NEW,
     BROKEN, 78, {"new": None}),
    ("AuditLog", ["AuditLog=ROOT/none/log"], "scp -t new", NEW, BROKEN, 78,
     {"new": None}),
    ("AuditLog", ["AuditLog=ROOT/sub"], "scp -t new", NEW, BROKEN, 78,
     {"new": None}),
    ("Chroot", ["Chroot=no"], "scp -t new", NEW, STORED, 0, {}),
    ("User", ["User=no-such-account"], "scp -t new", NEW, BROKEN, 78,
     {"new": None}),
    ("Modify", ["Modify=no"], "scp -t new", NEW, STORED, 0, {}),
    ("Links", ["Links=no"], "scp -t new", NEW, STORED, 0, {}),
    ("MakeParents", ["MakeParents=no"], "scp -t a/new", NEW,
     rb"\x02scp: a/new: No such file or directory\n", 2, {"a": None}),
    ("MakeParents", [], "scp -d -t a", NEW,
     rb"\x02scp: a: No such file or directory\n", 2, {"a": None}),
    ("MakeParents", YES, "scp -t new", NEW, STORED, 0, {"new": b"new\n"}),
    ("MakeParents", YES, "scp -t a/b/new", NEW, STORED, 0,
     {"a/b/new": b"new\n"}),
    ("MakeParents", YES, "scp -t sub/b/c", NEW, STORED, 0,
     {"sub/b/c": b"new\n"}),
    # with -d or a slash at its end the operand is a directory, too
    ("MakeParents", YES, "scp -d -t a/b", NEW, STORED, 0,
     {"a/b/new": b"new\n"}),
    ("MakeParents", YES, "scp -t a/b/", NEW, STORED, 0,
     {"a/b/new": b"new\n"}),
    ("MakeParents", YES, "scp -r -t a/b/", DEEP, rb"\0{4}", 0,
     {"a/b/a/b/c": ()}),
    ("MakeParents", YES, "scp -r -t a/b", DEEP, rb"\0{4}", 0,
     {"a/b/b/c": (), "a/b/a": None}),
    ("MakeParents", YES + ["Access=write-only"], "scp -t a/new", NEW, STORED,
     0, {"a/new": b"new\n"}),
    # what is no directory stays, and what leads out is refused
    ("MakeParents", YES, "scp -t old/a/new", NEW,
     rb"\x02scp: old/a/new: Not a directory\n", 2, {"old": b"old\n"}),
    ("MakeParents", YES, "scp -t ../a/new", NEW,
     rb"\x02scp: [^\n]*Path leaves the served directory\n", 2, {"a": None}),
    ("MakeParents", YES + ["Symlinks=refuse"], "scp -t link/a/new", NEW,
     rb"\x02scp: [^\n]*(?:Symbolic link not followed|Not a directory)\n", 2,
     {"old": b"old\n"}),
    # each is judged, admitted and counted as that of a D
    ("MakeParents", YES, "scp -t .a/new", NEW, as_target(NAME, b"DotFiles"),
     2, {".a": None}),
    ("MakeParents", YES + ["DenyNames=b"], "scp -t a/b/new", NEW,
     as_target(NAME, b"DenyNames"), 2, {"a": None}),
    ("MakeParents", YES + ["AllowNames=new *.d"], "scp -t a.d/b/new", NEW,
     as_target(NAME, b"AllowNames"), 2, {"a.d": None}),
    ("MakeParents", YES + ["AllowNames=new *.d"], "scp -t a.d/b.d/new", NEW,
     STORED, 0, {"a.d/b.d/new": b"new\n"}),
    ("MakeParents", YES + ["MaxDepth=2"], "scp -t a/b/new", NEW, STORED, 0,
     {"a/b/new": b"new\n"}),
    ("MakeParents", YES + ["MaxDepth=2"], "scp -t a/b/c/new", NEW,
     rb"\x02scp: a/b/c/new: Directories nested too deep\n", 2,
     {"a/b": (), "a/b/c": None}),
    ("MakeParents", YES + ["MaxSessionFiles=3"], "scp -t a/b/new", NEW,
     STORED, 0, {"a/b/new": b"new\n"}),
    # what was made stays
    ("MakeParents", YES + ["MaxSessionFiles=2"], "scp -t a/b/new", NEW,
     at_once(MANY, b"MaxSessionFiles"), 2, {"a/b": ()}),
    ("MakeParents", YES + ["MaxSessionFiles=2"], "scp -t a/b/c/new", NEW,
     as_target(MANY, b"MaxSessionFiles"), 2, {"a/b": (), "a/b/c": None}),
    ("MakeParents", YES + ["MaxSessionBytes=2047"], "scp -t a/b/new", NEW,
     as_target(MUCH, b"MaxSessionBytes"), 2, {"a": (), "a/b": None}),
    ("MakeParents", YES + ["MinFree=4000T"], "scp -t a/new", NEW,
     as_target(FULL, b"MinFree"), 2, {"a": None}),
    ("MakeParents", YES + ["MaxFileSize=3"], "scp -t a/new",
     b"C0644 4 new\n", at_once(LARGE, b"MaxFileSize"), 2, {"a": ()}),
    ("MakeParents", YES + ["Sync=always"], "scp -t a/b/new", NEW, STORED, 0,
     {"a/b/new": b"new\n"}),
    ("MakeParents", YES, "scp -f a/new", b"\0",
     rb"\x01scp: a/new: No such file or directory\n", 1, {"a": None}),
    ("Interrupted", ["Interrupted=keep"], "scp -t new", NEW, STORED, 0, {}),
    ("Interrupted", ["Interrupted=keep", "Access=write-only"], "scp -t new",
     NEW, BROKEN, 78, {"new": None}),
    ("Interrupted", ["Interrupted=keep", "Overwrite=deny"], "scp -t new",
     NEW, BROKEN, 78, {"new": None}),
    ("Sftp", ["Sftp=no"], "internal-sftp", ASK_SFTP, REFUSED_SFTP, 2, {}),
)

# keyword -> values that are none of its; a word of each is on stderr
BAD = {
    "Root": ("srv/x", "/srv/../x", "%x/y"), "Chroot": ("maybe",),
    "User": ("-x",), "StartDirectory": ("sub",), "Access": ("sideways",),
    "Overwrite": ("never",), "Symlinks": ("sometimes",),
    "DotFiles": ("some",), "AllowNames": ("x" * 3000,),
    "DenyNames": ("x" * 3000,), "FileMode": ("0648", "1777", "rw"),
    "DirectoryMode": ("9", "07777"), "Umask": ("8", "0x1f"),
    "SetIdBits": ("on",), "PreserveTimes": ("2",),
    "PreserveModes": ("true",), "MaxFileSize": ("5X", "-1", "5 M", "G"),
    "MaxSessionBytes": ("9999999T",), "MaxSessionFiles": ("5K", "many"),
    "MaxDepth": ("0", "257", "none"), "MinFree": ("10%",),
    "IdleTimeout": ("5x", "-1"), "SessionTimeout": ("soon", "9999d"),
    "RateLimit": ("fast",), "Sync": ("yes",), "Sandbox": ("off",),
    "Audit": ("yes",),
    "AuditLog": ("log",), "AuditFormat": ("xml",), "AuditDigest": ("md5",),
    "Sftp": ("allow", "deny", "handoff"), "Modify": ("all",),
    "Interrupted": ("yes",), "Links": ("some",), "MakeParents": ("all",),
    "Pipelining": ("on",), "Relay": ('"a b"', "x" * 3000),
    "RelayConfig": ("relay_config",),
}


def a_row(keyword, options, request, sent, wanted, status, after):
    def run():
        with Place() as place:
            seen = place.say(options, request, sent)
            check(re.fullmatch(wanted, seen.out, re.DOTALL),
                  "%r does not match %r (%r)" % (seen.out, wanted, seen.err))
            check(status in (None, seen.status) and seen.status is not None,
                  "status %d, not %s" % (seen.status, status))
            place.holds(after)
    return run


def a_bad_option(keyword, value):
    def run():
        with Place() as place:
            seen = place.say(["%s=%s" % (keyword, value)], "scp -t new", NEW)
            is_broken(seen, value[:40])
            check(keyword.encode() in seen.err,
                  "the option is not named: %r" % seen.err)
            place.holds({"new": None})
    return run


def a_bad_line(keyword, value):
    """Also in a Match block that is about somebody else."""
    def run():
        need_root()
        with Place() as place:
            path = os.path.join(place.top, "conf")
            for before in ("\n\n", "# a comment\nMatch User nobody-here\n"):
                with open(path, "w") as f:
                    f.write("%s%s %s\n" % (before, keyword, value))
                seen = place.say([], "scp -t new", NEW, words=[
                    suite.SERVER, "--config", path, place.root])
                is_broken(seen, path + ":3", value[:40])
            place.holds({"new": None})
    return run


def no_keyword_is_forgotten():
    known = set(re.findall(r'\{ "([A-Z]\w+)",\s*combine_',
                           sources.read("keywords.c")))
    check(len(known) > 25, "the table was not found")
    tested = {row[0] for row in ROWS} | set(MORE)
    check_equal(known - tested, set(), "no case")
    check_equal(known - set(BAD), set(), "no bad value")
    check_equal((tested | set(BAD)) - known, set(), "no such keyword")


def add_cases(_):
    add("keyword/none_is_forgotten", no_keyword_is_forgotten)
    for keyword in BAD:
        rows = [row for row in ROWS if row[0] == keyword]
        for n, row in enumerate(rows, 1):
            add("keyword/%s/%d:%s:%s" % (keyword, n, ",".join(
                row[1]), row[2]), a_row(*row))
        if keyword in MORE:
            add("keyword/%s/%s" % (keyword, MORE[keyword].__name__),
                in_a_place(MORE[keyword]))
        for n, value in enumerate(BAD[keyword], 1):
            add("keyword/%s/bad_option_%d" % (keyword, n),
                a_bad_option(keyword, value))
            add("keyword/%s/bad_line_%d" % (keyword, n),
                a_bad_line(keyword, value))
    for story in STORIES:
        add("keyword/" + story.__name__, in_a_place(story))
