"""Where a corpus begins: the scripted dialogs and the tests' own vectors."""

import glob
import os
import re
import shlex
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DIALOGS = os.path.join(HERE, "..", "..", "session", "dialog")
sys.path.insert(0, DIALOGS)

import script
import sources

# As in fuzz_sink.c.
OPERANDS = [".", "d", "f", "new", "l", "d/", "out", "d/out/f", "no/such", "/",
            "locked", "lf", "../outside/f", "new/", "d/sub", "/srv/d"]
QUIET = bytes(5)                # no fault, seed 0, keywords that do nothing
PIECES = b"\x01\x07\x00\x00\x00"
FULL_DISK = b"\x04\x00\x01\x00\x00"
PIPELINED = b"\x40" + bytes(4)
PIPELINED_PIECES = b"\x41\x07\x00\x00\x00"
# A directory that is refused when nobody listens any more.
REFUSED_LATE = (b"J\x00\\q#n\x01C06440 0 2-dits\n\x00C6777 0 set-id\n\x00"
                b"D0755 0 d\n")
# In place, the second body of a file ends without its status; in "d",
# and where "l" and "out" lead.
HALF_IN_PLACE = [b"\0\0\0\x04\0\x01" + at + b"C0644 2 x\nx\n\0"
                 b"C0644 2 x\nx04\n" for at in (b"\x01", b"\x04", b"\x06")]
# Sync: a directory in one that we may write, but not list.
UNLISTED = b"\0\0\0\x0f\0\x01\x03D0377 0 d\nE\nD0755 0 d\nD0755 0 e\n"
SHRUNK = b"\x08\x00\x01\x00\x00"
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
KNOWN = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "e": "\x1b"}


def dialogs():
    for path in sorted(glob.glob(os.path.join(DIALOGS, "*.dlg"))):
        d = script.Dialog(path)
        for each in d.each or [""]:
            sent = d.sent(script.names_for("/srv", each))
            if len(sent) <= 16384:
                yield d, each, sent


def options(dialog, each):
    words = shlex.split(script.fill(dialog.args, {"$EACH": each,
                                                  "$DIR": "/srv",
                                                  "$ACCOUNT": "account"}))
    bits = 0
    for word in words:
        if word.startswith("-") and word not in ("-o", "--"):
            bits |= ("r" in word) | ("p" in word) << 1 | ("d" in word) << 2
    return bits, [w for w in words if not w.startswith("-")]


def sink():
    for d, each, sent in dialogs():
        bits, operands = options(d, each)
        if d.is_source() or not operands:
            continue
        operand = operands[-1] if operands[-1] in OPERANDS else "new"
        tail = bytes([bits, OPERANDS.index(operand)]) + sent
        yield QUIET + tail
        yield PIECES + tail
        yield FULL_DISK + tail
        yield PIPELINED + tail
        yield PIPELINED_PIECES + bytes([bits | 1]) + tail[1:]
    yield REFUSED_LATE
    yield from HALF_IN_PLACE
    yield UNLISTED


def source():
    for d, each, sent in dialogs():
        bits, operands = options(d, each)
        if d.is_source():
            words = " ".join(operands).encode("utf-8", "surrogateescape")
            yield QUIET + bytes([bits]) + words + b"\n" + sent
            yield PIECES + bytes([bits]) + words + b"\n" + sent
            yield PIPELINED + bytes([bits]) + words + b"\n" + sent
    for words in (b"*", b"d/*", b"{f,d}", b"l", b"~", b"out/f l/a"):
        yield QUIET + b"\x01" + words + b"\n" + bytes(40)
        for begin in (QUIET, PIPELINED, PIPELINED_PIECES):
            yield begin + b"\x03" + words + b"\n" + bytes(80)
        yield SHRUNK + b"\x01" + words + b"\n" + bytes(40)


def record():
    for _, _, sent in dialogs():
        for line in sent.split(b"\n"):
            if len(line) < 5000:
                yield line + b"\n"
    for kind in range(6):
        for cap in (1, 20, 255):
            yield bytes([kind, cap]) + bytes(range(16)) + b"name"
    yield b"C0644 1 " + b"n" * 255 + b"\n"
    yield b"C0644 1 " + b"n" * 256 + b"\n"


def reply():
    for _, _, sent in dialogs():
        for plan in (bytes([2]), bytes([0, 1, 2, 3]), bytes([0xfc, 0xfd])):
            if len(sent) < 600:
                yield b"\x05" + (plan * 16)[:16] + sent
    yield b"\x05" + bytes([6] * 16) + b"\x01" + b"w" * 99 + b"\n\x00"


def literals(*names):
    """The string literals of some unit tests, octal escapes and all."""
    for name in names:
        with open(sources.unit(name + ".c")) as f:
            for text in LITERAL.findall(f.read()):
                text = re.sub(r"\\x([0-9a-fA-F]{1,2})",
                              lambda m: chr(int(m.group(1), 16)), text)
                text = re.sub(r"\\([0-7]{1,3})",
                              lambda m: chr(int(m.group(1), 8)), text)
                text = re.sub(r"\\(.)",
                              lambda m: KNOWN.get(m.group(1), m.group(1)),
                              text)
                yield text.encode("latin-1", "replace")


def command():
    for text in literals("test_command", "test_words", "test_request",
                         "test_request_forms"):
        yield b"\x01" + text
        yield b"\x03" + text + b"\xffscp -t x"
        yield b"\x03scp-server " + text + b"\xffscp -f x"
        yield b"\x00" + text.replace(b" ", b"\xff")
        yield b"\x02" + text.replace(b" ", b"\xff")
    for text in literals("test_destination"):
        yield b"\x01scp -rp f " + text
        yield b"\x01scp f 'd/*' -- " + text
        yield b"\x03scp-server -o Relay=*\xffscp f " + text
        yield b"\x02f\xff" + text
    yield b"\x01scp -f" + b" x" * 300
    yield b"\x02" + b"-oUmask=077\xff" * 15
    yield b"\x03scp-server" + b" -oUmask=077" * 70


def config():
    for text in literals("test_file", "test_keywords"):
        for blanks in range(4):         # another account each
            yield text + b" " * blanks
        yield b"Match User ann\n" + text
    for text in literals("test_criteria"):
        for blanks in range(4):
            yield b"Match " + text + b"\nUmask 077\n" + b" " * blanks
    for names in (b"lost", b"!lost,staff", b"lost,staff", b"second,x", b",!",
                  b"!*", b"[s]taff,x[", b"*,!second", b"staff,!lost"):
        for blanks in range(4):
            yield b"Match Group " + names + b"\nUmask 077\n" + b" " * blanks
    for first in (b"Root /a", b"Umask 022", b"User a", b"Access read-only",
                  b"FileMode 0600", b"Symlinks refuse", b"AllowNames a",
                  b"Chroot yes"):
        for match in (b"Address ::/0", b"User robert", b"User bob*,robert"):
            for second in (b"Root /b", b"Root /a/b", b"User b", b"User a",
                           b"Umask 077", b"FileMode 0640", b"AllowNames b",
                           b"Access write-only", b"Symlinks follow"):
                for blanks in range(4):
                    yield b"\n".join((first, b"Match " + match, second,
                                      b"Match \"Address\" 10.0.0.0/8",
                                      second)) + b" " * blanks
    yield b"DenyNames " + b"x" * 4096
    yield b"Root " + b"/" + b"x" * 4085
    for end in (b"", b"\n", b"\n\n", b" \n\n"):
        for root in (b"%h", b"/%u", b"/%%/%u/", b"%h/" * 20, b"none"):
            yield b"Root " + root + end
        for network in (b"2001:db8::/32", b"192.0.2.0/25,!192.0.2.7",
                        b"2001:db8::/33", b"192.0.2.7", b"::/129", b"1/08",
                        b"192.0.2.7/2"):
            yield b"Match Address " + network + b"\nUmask 077" + end
        yield b"Match  User  ann  Group staff\nUmask 077" + end


def value():
    texts = [t for t in literals("test_keywords", "test_types",
                                 "test_combine", "test_policy")
             if b"=" in t or b" " in t]
    for n, text in enumerate(texts):
        other = texts[(n * 7 + 1) % len(texts)]
        yield text + b"\n" + other + b"\na/b.txt\n\x09"
        yield text + b"\n" + text + b"\n.ssh/x\n\x90\x20"
    for a in (b"SetIdBits=yes", b"FileMode=0600", b"DirectoryMode=0700"):
        for b in (b"Umask=0", b"Access=write-only", b"Overwrite=deny"):
            yield a + b"\n" + b + b"\na/b/c"
            yield b + b"\n" + b"Access=write-only" + b"\na/b/c"
    for a in (b"Relay=deny", b"Relay=h u@h", b"Relay=*.x", b"Relay=[::1]"):
        for b in (b"Relay=h", b"Relay=*@h  *", b"Pipelining=yes",
                  b"Access=write-only"):
            yield a + b"\n" + b + b"\na/b"
    for a in (b"Interrupted=keep", b"Interrupted=discard", b"Modify=own",
              b"Links=yes", b"MakeParents=yes", b"Sftp=no"):
        for b in (b"Overwrite=replace", b"Overwrite=versions",
                  b"Overwrite=deny", b"Access=read-write",
                  b"Access=write-only", b"Access=read-only"):
            yield a + b"\n" + b + b"\na/b"
            yield b + b"\n" + a + b"\na/b"
            yield a + b" " + b + b"\n" + a + b"\na/b"
    for key in (b"Relay=", b"DenyNames=", b"AllowNames=", b"Root=/", b"User=",
                b"Modify=own"):
        for length in (300, 2040, 2048, 4095, 4200):
            yield key + b"y" * length + b"\n" + key + b"z" * length


def path():
    texts = list(literals("test_name", "test_session"))
    for n, text in enumerate(texts):
        yield b"\n" + text + b"\n/srv/drop"
        yield texts[(n * 3 + 1) % len(texts)] + b"\n" + text + b"\n/"
    yield b"a/" * 1000 + b"\n" + b"b/" * 1100
    yield b"\n.scp-server..part\n/"
    yield b"n" * 255 + b"\n" + b"n" * 256 + b"\n/srv"


def destination():
    """Each operand with each item of Relay, by turns, and odd ones."""
    texts = list(literals("test_destination"))
    for n, text in enumerate(texts):
        for more in (1, 2, 5):
            other = texts[(n * more + more) % len(texts)]
            yield other + b"\n" + text
            yield b"h u@h  *.x\t" + other + b"\n" + text
    for text in texts:
        yield b"*\n" + text
        yield b"\n" + text


def match():
    texts = list(literals("test_glob", "test_criteria"))
    for n, text in enumerate(texts):
        for how in (b"\0", b"\1", b"\2"):
            yield how + text + b"\n" + texts[(n + 1) % len(texts)]


def pattern():
    yield from literals("test_expand")
    yield b"{,}" * 17
    yield b"*/.." * 12
    yield b"*/../" * 12 + b"*"
    yield b"b/b/.scp-server..part{,}"


def escape():
    for n, text in enumerate(literals("test_text")):
        yield bytes([n % 256, 0]) + text
        yield bytes([255, 1]) + text * 9
    yield b"\x40\x00" + bytes(range(256))
    yield b"\xff\x01" + bytes(range(256)) * 3


def packet():
    """Every kind of field, whole and cut, in much and in little room."""
    field = (b"\x07", b"\0\0\0\7", bytes(7) + b"\7", b"\0\0\0\3abc",
             b"\x80\0\0\x0f" + bytes(32) + b"\0\0\0\1" + bytes(8))
    whole = bytes(range(5)) * 2
    for room in (0, 4, 5, 6, 20, 60, 255):
        yield bytes([len(whole), room]) + whole + b"".join(field) * 2
        for kind, octets in enumerate(field):
            for size in range(len(octets) + 1):
                yield bytes([2, room, kind, 1]) + octets[:size]


def sftp():
    """Uploads as clients make them, under each keyword; then one of each
    request.  See fuzz_sftp.c for what an octet means."""
    def upload(flags, path):
        return (b"\0\0" + bytes([flags, path, 0]) + b"\0\1\x0f\0" +
                b"\0\1\xf5\0" + b"\0\7\0\x31" + b"\0\2\0")
    for keyword in range(24):
        for flags in (26, 10, 2, 14, 58, 27):
            for path in (0, 2, 3, 6):
                yield bytes([0, 1, 0, 0, keyword]) + upload(flags, path)
    for faults in range(64):
        for after in (0, 10, 60):
            yield bytes([faults, 7, after, 0, 0]) + upload(26, 2) + \
                upload(10, 0) + b"\0\0\1\0\0" + b"\0\3\x0f\1" * 3
    for kind in range(23):
        for path in range(24):
            yield bytes(5) + upload(26, 2) + bytes([0, kind, 0, path, path,
                                                    path])


def of(target):
    return sorted({raw for raw in globals()[target]() if raw})
