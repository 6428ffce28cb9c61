"""Clients that are not here, played as their sources have it.

Each sends over OpenSSH's ssh what it would send, reads what it would read, and
gives the text that it would show.  "source:" stands before the text.
"""

import os
import subprocess

import clients
from clients import Outcome

BODY = b"new\n"


class Over:
    """A session that is read octet by octet."""

    def __init__(self, words):
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        self.process.wait(clients.PATIENCE)

    def send(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def octet(self):
        return self.process.stdout.read(1)

    def line(self):
        return self.process.stdout.readline().decode().rstrip("\n")


class Failed(Exception):
    pass


class Reader(clients.Client):
    tools = ("ssh",)

    def words(self, daemon, command):
        return clients.ssh_words(self.site, daemon.port) + [command]

    def put(self, daemon, sources, target, tree=False, preserve=False):
        with Over(self.words(daemon, self.up(target))) as over:
            try:
                self.heard(over)
                over.send(b"C0644 %d %s\n" % (
                    len(BODY), os.path.basename(self.named(
                        sources[0], target)).encode()))
                self.heard(over)
                over.send(BODY + b"\0")
                self.heard(over)
                return Outcome(0, "")
            except Failed as e:
                return Outcome(1, "source: %s" % e)

    def get(self, daemon, sources, target, tree=False, preserve=False):
        with Over(self.words(daemon, "scp -f '%s'" % sources[0])) as over:
            over.send(b"\0")
            first = over.octet()
            if first == b"C":
                return Outcome(0, "")
            text = self.told(first, over)
            return Outcome(1, "source: " + text)


class WinSCP(Reader):
    """SCPResponse(): \\1 is an error that it goes on after, \\2 ends it.  Where
    it has no shell it can't work at all: this is what scp says in one."""
    name = "winscp"

    def up(self, target):
        return "scp -r  -d -t \"%s\"" % (os.path.dirname(target) or ".")

    def named(self, source, target):
        return target

    def heard(self, over):
        """The text of \\1, which ends nothing; None after \\0."""
        first = over.octet()
        if first == b"\2":
            raise Failed(over.line())
        return over.line() if first == b"\1" else None

    def put(self, daemon, sources, target, tree=False, preserve=False):
        warned = None
        with Over(self.words(daemon, self.up(target))) as over:
            try:
                warned = self.heard(over)
                over.send(b"C0644 %d %s\n" % (
                    len(BODY), os.path.basename(target).encode()))
                refused = self.heard(over)
                if refused is None:
                    over.send(BODY + b"\0")
                    refused = self.heard(over)
                over.send(b"E\n")
                warned = refused or warned
            except Failed as e:
                warned = str(e)
        return Outcome(int(warned is not None), "source: %s" % warned)

    def told(self, first, over):
        return over.line() if first in (b"\1", b"\2") else ""


COPIERS = (WinSCP,)
