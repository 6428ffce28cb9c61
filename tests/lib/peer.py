"""A scripted SCP peer: the client's side of a session, over pipes.

upload() and download() keep lock-step as OpenSSH's client does: one record,
one reply.  Every byte the server sends is kept, so that a suite can count the
replies and look for what should not be there.
"""

import collections
import fcntl
import os
import select
import signal
import subprocess
import time

PIPE_SIZE = 1 << 20     # a whole body fits: the server's reads repeat exactly
BLOCK = 1 << 16

# One record to send: its line, and the body when it is a C.
Record = collections.namedtuple("Record", "line body")
# What became of a record: the reply to its line, and to its body if sent.
Answer = collections.namedtuple("Answer", "record reply verdict")
# One file received: status is the reply that followed its body.
Fetched = collections.namedtuple("Fetched", "path size data status")

OK = b"\0"


class Hung(Exception):
    """The server did not do what was due in time."""


def times(mtime, atime):
    return Record(b"T%d 0 %d 0\n" % (mtime, atime), None)


def file(mode, name, body):
    line = b"C%04o %d %s\n" % (mode, len(body), os.fsencode(name))
    return Record(line, body)


def directory(mode, name):
    return Record(b"D%04o 0 %s\n" % (mode, os.fsencode(name)), None)


END = Record(b"E\n", None)


class Server:
    """The process under test, with a deadline on everything it is asked."""

    def __init__(self, argv, cwd=None, timeout=60, env=None,
                 stderr=subprocess.DEVNULL, **more):
        self.deadline = time.monotonic() + timeout
        self.process = subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=stderr,
            start_new_session=True, **more)
        self.to = self.process.stdin.fileno()
        self.out = self.process.stdout.fileno()
        os.set_blocking(self.to, False)
        try:
            fcntl.fcntl(self.to, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        except OSError:
            pass                        # only repeatability is lost
        self.early = b""                # read, but not yet asked for
        self.received = 0
        self.seen = None                # set to a list to keep every byte

    def _wait(self, fd, event):
        poll = select.poll()
        poll.register(fd, event)
        left = self.deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise Hung()

    def send(self, data):
        """Sends all of data; False if the server no longer reads."""
        view = memoryview(data)
        while len(view) > 0:
            try:
                view = view[os.write(self.to, view):]
            except BlockingIOError:
                self._wait(self.to, select.POLLOUT)
            except BrokenPipeError:
                return False
        return True

    def more(self):
        """Reads what is there, waiting for some; False at its end."""
        self._wait(self.out, select.POLLIN)
        data = os.read(self.out, BLOCK)
        if self.seen is not None:
            self.seen.append(data)
        self.received += len(data)
        self.early += data
        return data != b""

    def take(self, size):
        """Exactly size bytes, or the fewer that came before the end."""
        parts = []
        while size > 0:
            if not self.early and not self.more():
                break
            part, self.early = self.early[:size], self.early[size:]
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def line(self):
        """Bytes up to and with a newline, or what came before the end."""
        while b"\n" not in self.early:
            if not self.more():
                end, self.early = self.early, b""
                return end
        end, newline, self.early = self.early.partition(b"\n")
        return end + newline

    def reply(self):
        """One reply: a NUL, or an octet and its text; empty at the end."""
        first = self.take(1)
        if first in (b"", OK):
            return first
        return first + self.line()

    def finish(self):
        """Ends our input; returns what else came, and the exit status."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        while self.more():
            pass
        rest, self.early = self.early, b""
        try:
            left = max(0.1, self.deadline - time.monotonic())
            return rest, self.process.wait(left)
        except subprocess.TimeoutExpired:
            raise Hung() from None
        finally:
            self.close()

    def close(self):
        """Leaves nothing behind, whatever happened; may be called twice."""
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
        for end in (self.process.stdin, self.process.stdout):
            if not end.closed:
                end.close()


class Session:
    """What one session showed: replies or files, the rest, the status."""

    def __init__(self):
        self.first = None       # the sink's unprompted reply
        self.answers = []       # upload: one Answer per record sent
        self.items = []         # download: one Fetched per file
        self.told = []          # download: the \1 and \2 records
        self.extra = b""        # bytes after the last one that was due
        self.status = None      # exit status, or the signal negated
        self.hung = False
        self.bytes = b""        # everything received, if it was asked for

    def replies(self):
        """All replies an upload saw, in order."""
        seen = [self.first]
        for answer in self.answers:
            seen.append(answer.reply)
            if answer.verdict is not None:
                seen.append(answer.verdict)
        return seen

    def succeeded(self):
        return self.status == 0

    def all_acknowledged(self, records):
        """Whether every one of the records was sent and answered with OK."""
        return (len(self.answers) == len(records) and
                all(reply == OK for reply in self.replies()))

    def failure_told(self):
        """Whether the peer could know of a failure without our status."""
        told = [r for r in self.replies() if r] + self.told + [self.extra]
        told += [item.status for item in self.items if item.status]
        return any(t[:1] in (b"\1", b"\2") for t in told)


def _stops(reply):
    """After these a client sends no more: the end, fatal, or nonsense."""
    return reply[:1] not in (OK, b"\1")


def _send_record(server, record):
    """Sends one record, and its body once that is wanted."""
    server.send(record.line)
    reply = server.reply()
    if reply != OK or record.body is None:
        return Answer(record, reply, None)
    server.send(record.body + OK)
    return Answer(record, reply, server.reply())


def _skip_directory(records):
    """The records after the E that ends the directory just refused."""
    depth = 1
    for n, record in enumerate(records):
        depth += {b"D": 1, b"E": -1}.get(record.line[:1], 0)
        if depth == 0:
            return records[n + 1:]
    return []


def _send_records(server, records, session):
    session.first = server.reply()
    if session.first != OK:
        return
    while records:
        answer = _send_record(server, records[0])
        records = records[1:]
        session.answers.append(answer)
        last = answer.reply if answer.verdict is None else answer.verdict
        if _stops(last):
            return
        if answer.record.line[:1] == b"D" and answer.reply != OK:
            records = _skip_directory(records)


def _receive_records(server, session, keep):
    """Plays the sink: takes in what comes, and answers each record."""
    trail = []
    server.send(OK)
    while True:
        line = server.line()
        kind = line[:1]
        if kind in (b"\1", b"\2"):
            session.told.append(line)
            if kind == b"\2":
                return          # the server waits until we are gone
            continue
        if kind not in (b"T", b"C", b"D", b"E"):
            session.extra += line
            return
        if kind == b"D":
            trail.append(line.rstrip(b"\n").split(b" ", 2)[2])
        elif kind == b"E" and trail:
            trail.pop()
        server.send(OK)
        if kind == b"C":
            session.items.append(_receive_body(server, trail, line, keep))
            if session.items[-1].status[:1] == b"\2":
                return


def _receive_body(server, trail, line, keep):
    _, size, name = line.rstrip(b"\n").split(b" ", 2)
    path = b"/".join(trail + [name])
    data = server.take(int(size)) if keep else drop(server, int(size))
    status = server.reply()
    server.send(OK)
    return Fetched(path, int(size), data, status)


def drop(server, size):
    """Reads size bytes and forgets them; returns how many came."""
    left = size
    while left > 0:
        part = server.take(min(left, BLOCK))
        if part == b"":
            break
        left -= len(part)
    return size - left


def _run(argv, play, cwd, timeout, env, record):
    session = Session()
    server = Server(argv, cwd, timeout, env)
    server.seen = [] if record else None
    try:
        play(server, session)
        rest, session.status = server.finish()
        session.extra += rest
    except Hung:
        session.hung = True
    finally:
        server.close()
    session.bytes = b"".join(server.seen or [])
    return session


def upload(argv, records, cwd=None, timeout=60, env=None):
    """Runs a sink and sends it the records, as OpenSSH's client would."""
    def play(server, session):
        _send_records(server, list(records), session)
    return _run(argv, play, cwd, timeout, env, False)


def download(argv, cwd=None, timeout=60, env=None, keep=True, record=False):
    """Runs a source and takes what it sends; without keep only counts it."""
    def play(server, session):
        _receive_records(server, session, keep)
    return _run(argv, play, cwd, timeout, env, record)
