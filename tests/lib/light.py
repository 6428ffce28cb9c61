"""An SFTP session over pipes, as light as it goes: for very many of them."""

import os
import select
import struct

import sftp

PATIENCE = 60


class Over(Exception):
    """The server has ended, or does not answer."""


class Peer:
    """A session over pipes, as light as it goes."""

    def __init__(self, argv, environment):
        ours_in, theirs_out = os.pipe()
        theirs_in, self.to = os.pipe()
        self.out = ours_in
        self.pid = os.posix_spawn(argv[0], argv, environment, file_actions=[
            (os.POSIX_SPAWN_DUP2, theirs_in, 0),
            (os.POSIX_SPAWN_DUP2, theirs_out, 1),
            (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
        os.close(theirs_in)
        os.close(theirs_out)
        self.early = b""
        self.number = 0

    def send(self, data):
        try:
            os.write(self.to, data)     # less than a pipe holds
        except BrokenPipeError:
            raise Over("it no longer reads") from None

    def more(self):
        if not select.select([self.out], [], [], PATIENCE)[0]:
            raise Over("it does not answer")
        part = os.read(self.out, 1 << 18)
        self.early += part
        return part != b""

    def take(self, size):
        while len(self.early) < size:
            if not self.more():
                raise Over("it has ended")
        part, self.early = self.early[:size], self.early[size:]
        return part

    def answer(self):
        size, = struct.unpack(">I", self.take(4))
        return sftp.parse(self.take(size))

    def finish(self):
        """What else came, and the exit status."""
        os.close(self.to)
        self.to = None
        while self.more():
            pass
        return self.early, self.wait()

    def wait(self):
        pid, self.pid = self.pid, None
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def close(self):
        if self.to is not None:
            os.close(self.to)
        os.close(self.out)
        if self.pid is not None:
            os.kill(self.pid, 9)
            self.wait()
