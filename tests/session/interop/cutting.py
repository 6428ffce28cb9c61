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


def holds(pid, word):
    """One that closes something under the eyes may hold it as well: a session
    does so when it is about to store a file, and would be taken for ended."""
    where = "/proc/%d/fd" % pid
    names = os.listdir(where)
    try:
        return any(word in os.readlink(os.path.join(where, name))
                   for name in names)
    except FileNotFoundError:
        return True


def holders(uid, word):
    """Processes of an account that have something open below a directory
    whose path has this word: its sessions there."""
    found = []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            if os.stat("/proc/%d" % pid).st_uid == uid and holds(pid, word):
                found.append(pid)
        except OSError:
            continue        # it has just ended
    return found


def largest(uid, word):
    """Octets of the largest file that such a process has open there."""
    found = 0
    for pid in holders(uid, word):
        where = "/proc/%d/fd" % pid
        try:
            for path in (os.path.join(where, fd) for fd in os.listdir(where)):
                st = os.stat(path)
                if stat.S_ISREG(st.st_mode) and word in os.readlink(path):
                    found = max(found, st.st_size)
        except OSError:
            continue        # it has just ended, or closed it
    return found
