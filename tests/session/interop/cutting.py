"""A connection that breaks in the middle of an upload."""

import os
import socket
import stat
import threading

import sshd

PIECE = 16384
PATIENCE = 60           # seconds


class Cut:
    """Stands before a daemon, and for it: relays one connection until so many
    octets came from the client, and then resets it.  Nothing answers after
    that.

    A daemon that did not run meanwhile may end without a look at what it was
    sent; with `arrived` it is waited for, and that is true when the session has
    got enough.
    """

    def __init__(self, daemon, octets, arrived=None):
        self.daemon, self.name, self.left = daemon, daemon.name, octets
        self.arrived = arrived
        self.listener = socket.create_server((sshd.ADDRESS, 0))
        self.port = self.listener.getsockname()[1]
        self.cut = threading.Event()
        self.ends = []
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end()

    def tail(self, lines=12):
        return self.daemon.tail(lines)

    def _end(self):
        """shutdown() wakes who waits for it, as close() does not."""
        self.cut.set()
        for each in [self.listener] + self.ends:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass        # it is gone already
            each.close()

    def _serve(self):
        """Clients that look first, or log in more than once, are let in."""
        while not self.cut.is_set():
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection((sshd.ADDRESS, self.daemon.port))
            self.ends += [near, far]
            for a, b, counts in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._relay, args=(a, b, counts),
                                 daemon=True).start()

    def _relay(self, a, b, counts):
        try:
            while data := a.recv(PIECE):
                b.sendall(data)
                self.left -= len(data) * counts
                if self.left < 0:
                    if self.arrived:
                        sshd.wait_for(self.arrived, PATIENCE)
                    self._end()
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass            # cut, or ended by its other side


def opened(uid, word):
    """(process, status of the file) for all that an account has open below a
    directory whose path has this word."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        where = "/proc/%s/fd" % pid
        try:
            if os.stat("/proc/" + pid).st_uid != uid:
                continue
            for fd in os.listdir(where):
                if word in os.readlink(os.path.join(where, fd)):
                    yield int(pid), os.stat(os.path.join(where, fd))
        except OSError:
            continue        # it has just ended


def holders(uid, word):
    """Those processes: its sessions there."""
    return sorted({pid for pid, _ in opened(uid, word)})


def largest(uid, word):
    """Octets of the largest of those files."""
    return max((st.st_size for _, st in opened(uid, word)
                if stat.S_ISREG(st.st_mode)), default=0)
