"""A raw SFTP client, version 3, over pipes: packets as they are on the wire.

Nothing is hidden: request() sends and does not wait, answer() takes what comes
next, and ask() does both and checks that the answer has the request's id.
What the protocol does not allow a server to send raises Wrong.
"""

import collections
import os
import struct
import subprocess
import tempfile

import peer
from peer import Hung       # what every wait here may raise

VERSION = 3
# The largest packet that clients take: OpenSSH, libssh2 and the Go package
# all break off at 256 KiB.
PACKET_MAX = 262144

NUMBERS = {
    "init": 1, "version": 2, "open": 3, "close": 4, "read": 5, "write": 6,
    "lstat": 7, "fstat": 8, "setstat": 9, "fsetstat": 10, "opendir": 11,
    "readdir": 12, "remove": 13, "mkdir": 14, "rmdir": 15, "realpath": 16,
    "stat": 17, "rename": 18, "readlink": 19, "symlink": 20, "status": 101,
    "handle": 102, "data": 103, "name": 104, "attrs": 105, "extended": 200,
    "extended_reply": 201}
NAMES = {number: name for name, number in NUMBERS.items()}

# SSH_FXF_*, by the letters of the tests: r w a c t x
FLAGS = {"r": 1, "w": 2, "a": 4, "c": 8, "t": 16, "x": 32}

OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE = 0, 1, 2, 3, 4
BAD_MESSAGE, UNSUPPORTED = 5, 8
CODES = {0: "ok", 1: "eof", 2: "missing", 3: "denied", 4: "failure", 5: "bad",
         8: "unsupported"}

SIZE, OWNER, MODE, TIMES, EXTENDED = 1, 2, 4, 8, 1 << 31

# Answers.  kind is the type's name; code of a status is a word of CODES.
Version = collections.namedtuple("Version", "kind id version extensions")
Status = collections.namedtuple("Status", "kind id code text")
Handle = collections.namedtuple("Handle", "kind id handle")
Data = collections.namedtuple("Data", "kind id data")
Name = collections.namedtuple("Name", "kind id names")
Attributes = collections.namedtuple("Attributes", "kind id attrs")
Reply = collections.namedtuple("Reply", "kind id body")
# One of the names of a NAME.
Entry = collections.namedtuple("Entry", "name longname attrs")


class Wrong(Exception):
    """The server sent what the protocol does not know."""


class Ended(Exception):
    """The server has ended the session; nothing more comes."""


class Attrs(collections.namedtuple("Attrs", "size uid gid mode atime mtime",
                                   defaults=(None,) * 6)):
    """Attributes; what is None is not sent, or did not come."""

    def encode(self):
        flags, body = 0, b""
        if self.size is not None:
            flags, body = flags | SIZE, body + u64(self.size)
        if self.uid is not None:
            flags |= OWNER
            body += u32(self.uid) + u32(self.gid)
        if self.mode is not None:
            flags, body = flags | MODE, body + u32(self.mode)
        if self.mtime is not None:
            flags |= TIMES
            body += u32(self.atime) + u32(self.mtime)
        return u32(flags) + body


NONE = Attrs()


def u32(number):
    return struct.pack(">I", number)


def u64(number):
    return struct.pack(">Q", number)


def string(text):
    data = os.fsencode(text)
    return u32(len(data)) + data


def packet(kind, body):
    """A whole packet: kind is a name of NUMBERS or a number."""
    number = NUMBERS.get(kind, kind)
    return u32(len(body) + 1) + bytes([number]) + body


def flags_of(letters):
    return sum(FLAGS[letter] for letter in letters)


def body_of(kind, *words):
    """What a request has behind its id.  Words as they stand in the protocol:
    text and bytes are strings, Attrs are attributes, numbers are 32 bits;
    bytearray is sent as it is."""
    body = b""
    for word in words:
        if isinstance(word, bytearray):
            body += word
        elif isinstance(word, (str, bytes)):
            body += string(word)
        elif isinstance(word, Attrs):
            body += word.encode()
        else:
            body += u32(word)
    return body


def offset(number):
    """A number of 64 bits, as body_of() takes it."""
    return bytearray(u64(number))


class Reader:
    """Takes a packet apart; what is cut or left over is Wrong."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        part = self.data[self.at:self.at + size]
        if len(part) != size:
            raise Wrong("a packet is cut: %r" % self.data[:80])
        self.at += size
        return part

    def u8(self):
        return self.take(1)[0]

    def u32(self):
        return struct.unpack(">I", self.take(4))[0]

    def u64(self):
        return struct.unpack(">Q", self.take(8))[0]

    def string(self):
        return self.take(self.u32())

    def attrs(self):
        flags, has = self.u32(), {}
        if flags & ~(SIZE | OWNER | MODE | TIMES):
            raise Wrong("attributes with flags %#x" % flags)
        if flags & SIZE:
            has["size"] = self.u64()
        if flags & OWNER:
            has.update(uid=self.u32(), gid=self.u32())
        if flags & MODE:
            has["mode"] = self.u32()
        if flags & TIMES:
            has.update(atime=self.u32(), mtime=self.u32())
        return Attrs(**has)

    def ends(self):
        return self.at == len(self.data)

    def finish(self):
        if not self.ends():
            raise Wrong("%d octets too many in %r" % (
                len(self.data) - self.at, self.data[:80]))


def _version(reader):
    version, extensions = reader.u32(), []
    while not reader.ends():
        extensions.append((reader.string().decode(), reader.string()))
    return Version("version", None, version, extensions)


def _status(reader, number):
    code, text = reader.u32(), reader.string()
    if code not in CODES:
        raise Wrong("status %d" % code)
    reader.string()                         # the language
    return Status("status", number, CODES[code],
                  text.decode(errors="surrogateescape"))


def _names(reader, number):
    count = reader.u32()
    return Name("name", number, [
        Entry(reader.string(), reader.string(), reader.attrs())
        for _ in range(count)])


def parse(data):
    """The answer that a packet holds; data is without the length."""
    reader = Reader(data)
    kind = NAMES.get(reader.u8())
    if kind == "version":
        answer = _version(reader)
    elif kind == "status":
        answer = _status(reader, reader.u32())
    elif kind == "handle":
        answer = Handle(kind, reader.u32(), reader.string())
    elif kind == "data":
        answer = Data(kind, reader.u32(), reader.string())
    elif kind == "name":
        answer = _names(reader, reader.u32())
    elif kind == "attrs":
        answer = Attributes(kind, reader.u32(), reader.attrs())
    elif kind == "extended_reply":
        number = reader.u32()
        answer = Reply(kind, number, reader.take(len(data) - reader.at))
    else:
        raise Wrong("no answer of this type: %r" % data[:80])
    reader.finish()
    return answer


class Client(peer.Server):
    """A server and the requests it is sent; a context that ends it."""

    def __init__(self, argv, cwd=None, timeout=60, env=None, **more):
        self.errors = tempfile.TemporaryFile()
        super().__init__(argv, cwd, timeout, env, stderr=self.errors, **more)
        self.number = 0
        self.extensions = {}
        self.status = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        super().close()
        self.errors.close()

    def stderr(self):
        """What it has said there up to now."""
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def build(self, kind, *words):
        """(id, packet) of a request, with an id of its own."""
        self.number += 1
        return self.number, packet(kind, u32(self.number) +
                                   body_of(kind, *words))

    def request(self, kind, *words):
        """Sends a request, and returns its id."""
        number, data = self.build(kind, *words)
        self.send(data)
        return number

    def answer(self):
        """The next answer, whatever it answers."""
        head = self.take(4)
        if len(head) < 4:
            if head:
                raise Wrong("a length is cut: %r" % head)
            raise Ended()
        size, = struct.unpack(">I", head)
        if not 1 <= size <= PACKET_MAX:
            raise Wrong("a packet of %d octets" % size)
        data = self.take(size)
        if len(data) < size:
            raise Wrong("%d octets of %d: %r" % (len(data), size, data[:80]))
        return parse(data)

    def answer_to(self, number):
        found = self.answer()
        if found.id != number:
            raise Wrong("an answer to %s, not to %d: %r" % (
                found.id, number, found))
        return found

    def ask(self, kind, *words):
        return self.answer_to(self.request(kind, *words))

    def init(self, version=VERSION):
        """Begins; returns what the server says of itself."""
        self.send(packet("init", u32(version)))
        found = self.answer()
        if found.kind != "version":
            raise Wrong("not a version: %r" % (found,))
        self.extensions = dict(found.extensions)
        return found

    def end(self):
        """Hangs up; what else came, and the exit status."""
        rest, self.status = self.finish_quietly()
        return rest, self.status

    def finish_quietly(self):
        """finish() of a Server, with stderr still to be read."""
        self.process.stdin.close()
        while self.more():
            pass
        rest, self.early = self.early, b""
        return rest, self.wait()

    def wait(self):
        """For an end that is not far; the exit status."""
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            raise Hung() from None

    # What most tests ask for.  Each returns the answer.

    def open(self, path, letters, attrs=NONE):
        return self.ask("open", path, flags_of(letters), attrs)

    def close_handle(self, handle):
        return self.ask("close", handle)

    def read(self, handle, where, size):
        return self.ask("read", handle, offset(where), size)

    def write(self, handle, where, data):
        return self.ask("write", handle, offset(where), data)

    def extended(self, name, *words):
        return self.ask("extended", name, *words)

    def stored(self, path, data, attrs=NONE, piece=32768, letters="wct"):
        """Uploads as most clients do; the answers in order."""
        answers = [self.open(path, letters, attrs)]
        if answers[0].kind == "handle":
            handle = answers[0].handle
            answers += [self.write(handle, at, data[at:at + piece])
                        for at in range(0, len(data), piece)]
            answers.append(self.close_handle(handle))
        return answers

    def fetched(self, path, piece=32768):
        """Downloads; the content, or the answer that refused it."""
        opened = self.open(path, "r")
        if opened.kind != "handle":
            return opened
        parts, at = [], 0
        while True:
            found = self.read(opened.handle, at, piece)
            if found.kind != "data":
                break
            parts.append(found.data)
            at += len(found.data)
        self.close_handle(opened.handle)
        return b"".join(parts) if found.code == "eof" else found

    def listed(self, path):
        """All entries of a directory, or the answer that refused it."""
        opened = self.ask("opendir", path)
        if opened.kind != "handle":
            return opened
        entries = []
        while True:
            found = self.ask("readdir", opened.handle)
            if found.kind != "name":
                break
            entries += found.names
        self.close_handle(opened.handle)
        return entries if found.code == "eof" else found
