"""The process under test, and the two ends of its conversation.

WHOLE    stdin and stdout are pipes.  Ours is a packet pipe (O_DIRECT): what
         one write() gave, one read() takes, so that records that are written
         in pieces, or two in one write(), show.
BYTES    the same, and each byte we send waits until the last was taken.
SOCKET   both are one end of a socket pair.
"""

import collections
import fcntl
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time

from suite import SERVER, check
from tree import check_same, shorten

WHOLE, BYTES, SOCKET = "whole", "bytes", "socket"
# seconds for any one step; more where the program runs slowly
PATIENCE = int(os.environ.get("DIALOG_PATIENCE", "120"))
# More than such a pipe holds.  A read that ends within a packet loses its rest,
# and what sendfile(2) put there comes together with the packet behind it.
BLOCK = 1 << 20
NOBODY = 65534
LINE_MAX = 512              # some peers lose their place in longer messages
RECORDS = (b"T", b"C", b"D", b"E", b"\1", b"\2")


def is_record(data):
    """One line that has to arrive in one write()."""
    return data.startswith(RECORDS) and data.find(b"\n") == len(data) - 1


def environment(form):
    """Nothing of an ssh session that we may run in.

    A sanitized server that is confined can't look for leaks: that reads /proc.
    """
    env = {k: v for k, v in os.environ.items() if not k.startswith("SSH_")}
    if form == "3":
        env["ASAN_OPTIONS"] = "detect_leaks=0"
    return env


class Server:
    def __init__(self, dialog, words, where, way):
        self.way = way
        self.packets = collections.deque()      # read, not yet asked for
        self.ended = False                      # we saw the end of its output
        self.errors = tempfile.TemporaryFile()
        theirs_in, theirs_out = self._open_ends()
        name = b"scp" if dialog.form == "1" else b"scp-server"
        try:
            self.process = subprocess.Popen(
                [name] + words, executable=SERVER, cwd=where,
                stdin=theirs_in, stdout=theirs_out, stderr=self.errors,
                env=environment(dialog.form), umask=int(dialog.umask, 8),
                preexec_fn=_limiter(dialog.limit), **_account(dialog.user))
        finally:
            for fd in {theirs_in, theirs_out}:
                os.close(fd)

    def _open_ends(self):
        if self.way == SOCKET:
            ours, theirs = socket.socketpair()
            self.to = ours.detach()
            self.out = os.dup(self.to)
            fd = theirs.detach()
            os.set_blocking(self.to, False)
            return fd, fd
        theirs_in, self.to = os.pipe()
        self.out, theirs_out = os.pipe2(os.O_DIRECT | os.O_CLOEXEC)
        os.set_blocking(self.to, False)
        return theirs_in, theirs_out

    # What we send.

    def send(self, data):
        """What the server no longer wants to read is not our concern."""
        try:
            if self.way == BYTES:
                for n in range(len(data)):
                    self._send_all(data[n:n + 1])
                    self._until_taken()
            else:
                self._send_all(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _send_all(self, data):
        view = memoryview(data)
        while len(view) > 0:
            try:
                view = view[os.write(self.to, view):]
            except BlockingIOError:
                self._wait_to_send()

    def _wait_to_send(self):
        """Meanwhile the server may have to get rid of its replies."""
        poll = select.poll()
        poll.register(self.to, select.POLLOUT)
        if not self.ended:
            poll.register(self.out, select.POLLIN)
        ready = dict(poll.poll(PATIENCE * 1000))
        check(ready, "the server does not read")
        if self.out in ready:
            self._take_in()

    def _until_taken(self):
        """Waits until no byte is left in the pipe, or nobody reads it."""
        deadline = time.monotonic() + PATIENCE
        poll = select.poll()
        poll.register(self.to, 0)               # reports only POLLERR
        while _unread(self.to) > 0 and not poll.poll(0):
            if not self.ended and _has_input(self.out):
                self._take_in()
            else:
                time.sleep(0.0002)
            check(time.monotonic() < deadline, "the server does not read")

    def end_input(self):
        if self.way == SOCKET:
            with socket.socket(fileno=os.dup(self.to)) as s:
                try:
                    s.shutdown(socket.SHUT_WR)
                except OSError:
                    pass                        # it is gone already
        os.close(self.to)
        self.to = None

    def hang_up(self):
        """As end_input(), and its output goes nowhere any more."""
        os.close(self.out)
        self.ended = True
        self.out = None
        self.end_input()

    # What we receive.

    def _take_in(self):
        try:
            data = os.read(self.out, BLOCK)
        except ConnectionResetError:
            data = b""                          # it left input unread
        if data == b"":
            self.ended = True
        else:
            self.packets.append(data)

    def _next(self):
        """What one write() gave, or b"" at the end."""
        while not self.packets and not self.ended:
            check(_has_input(self.out, PATIENCE), "the server says nothing")
            self._take_in()
        return self.packets.popleft() if self.packets else b""

    def _keep_rest(self, seen, size, what):
        """With packets nothing may be left of what a step has read."""
        rest = seen[size:]
        if rest and self.way != SOCKET:
            check(False, "%s came together with %s" % (what, shorten(rest)))
        if rest:
            self.packets.appendleft(rest)

    def expect(self, wanted):
        """Exactly these bytes; a record in one write() of its own."""
        seen, count = b"", 0
        while len(seen) < len(wanted) and wanted.startswith(seen):
            packet = self._next()
            if packet == b"":
                break
            seen += packet
            count += 1
        check_same(seen[:len(wanted)], wanted, "the server's words")
        self._keep_rest(seen, len(wanted), shorten(wanted))
        if self.way != SOCKET and is_record(wanted):
            check(count == 1, "%r came in %d pieces" % (wanted, count))

    def expect_line(self, pattern):
        """One line that matches, in one write()."""
        seen = packet = self._next()
        while self.way == SOCKET and b"\n" not in seen and packet != b"":
            packet = self._next()
            seen += packet
        line = seen[:seen.find(b"\n") + 1] or seen
        check(pattern.fullmatch(line), "the server's words: saw %s, wanted %r"
              % (shorten(line), pattern.pattern))
        check(len(line) <= LINE_MAX, "a message of %d octets" % len(line))
        self._keep_rest(seen, len(line), shorten(line))
        return line

    def drain(self):
        """Everything else it says, to the end."""
        parts = []
        while True:
            part = self._next()
            if part == b"":
                return b"".join(parts)
            parts.append(part)

    # How it ends.

    def wait(self):
        """The exit status; a signal's number negated."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            check(False, "the process does not exit")

    def said_on_stderr(self):
        self.errors.seek(0)
        return self.errors.read()

    def close(self):
        """Leaves nothing behind, whatever happened."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        for fd in (self.to, self.out):
            if fd is not None:
                os.close(fd)
        self.errors.close()


def _unread(fd):
    return struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, b"\0" * 4))[0]


def _has_input(fd, seconds=0):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _limiter(limit):
    if not limit:
        return None
    size = int(limit)
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _account(user):
    """Root would be refused nothing; others stay who they are."""
    if user != "nobody" or os.geteuid() != 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}
