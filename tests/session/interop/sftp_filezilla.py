"""FileZilla's engine, fzsftp, told what to do as FileZilla tells it: a line a
command, events back, and file contents in memory that both have."""

import mmap
import os
import subprocess

import clients
from clients import Outcome

ROOM = 65536
AT_THE_END = (1 << 64) - 1
REPLY, DONE, FAILED = b"0", b"1", b"2"
ASKS_HOST_KEY, ASKS_TO_RECEIVE, ASKS_TO_SEND = b"9", b"@", b"A"
OPENS, WANTS, ENDS = b"K", b"L", b"M"


class Engine:
    """One process; `local` is the file of the command that runs."""

    def __init__(self, site):
        self.memory = os.memfd_create("filezilla")
        os.ftruncate(self.memory, ROOM)
        self.map = mmap.mmap(self.memory, ROOM)
        self.process = subprocess.Popen(
            ["fzsftp", "-v"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, pass_fds=[self.memory],
            env={"HOME": site.path("client"), "PATH": os.environ["PATH"],
                 "LC_ALL": "C.UTF-8"})
        self.file, self.said = None, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """At the end of its input it ends."""
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.map.close()
        os.close(self.memory)

    def line(self, text):
        self.process.stdin.write(os.fsencode(text) + b"\n")
        self.process.stdin.flush()

    def command(self, text, local=None, mode=None):
        """Whether it succeeded."""
        if local is not None and not os.path.exists(local) and mode == "rb":
            return False
        self.local, self.mode, self.file = local, mode, None
        self.line(text)
        try:
            return self.events()
        finally:
            if self.file is not None:
                self.file.close()

    def events(self):
        while kind := self.process.stdout.read(1):
            if kind in (ASKS_TO_RECEIVE, ASKS_TO_SEND):     # no line
                self.line("-0-" if kind == ASKS_TO_RECEIVE else "-1-")
                continue
            text = self.process.stdout.readline().strip().decode(
                errors="replace")
            if kind == DONE:
                return text == "1"
            if kind == REPLY and text.startswith("rm "):    # all it says
                return text.endswith(": OK")
            if kind == FAILED:
                self.said.append(text)
            elif kind == ASKS_HOST_KEY:
                self.process.stdout.readline()              # the port
                self.line("y")
            elif kind == OPENS:
                self.open(int(text))
            elif kind in (WANTS, ENDS):
                self.pass_on(kind, int(text or 0))
        return False

    def open(self, offset):
        """Of a file that exists it wants the size as well."""
        self.file = open(self.local, self.mode)
        if offset == AT_THE_END:
            self.file.seek(0, os.SEEK_END)
        else:
            self.file.seek(offset)
        self.line("-%d %d %d" % (self.memory, ROOM,
                                 os.path.getsize(self.local)))

    def pass_on(self, kind, used):
        if self.mode == "rb":
            data = self.file.read(ROOM)
            self.map[:len(data)] = data
            self.line("-0 %d" % len(data) if data else "-")
            return
        self.file.write(self.map[:used])
        self.line("-1" if kind == ENDS else "-0 %d" % ROOM)


def quoted(path):
    return '"%s"' % path.replace('"', '""')


class FileZilla(clients.Client):
    name = "filezilla"
    tools = ("fzsftp",)
    can = {"resumes"}
    keeps = ({"mtime"}, set())

    def told(self, daemon, *commands):
        """(words, local file, how it is opened), until one fails."""
        with Engine(self.site) as engine:
            done = all(engine.command(*command) for command in (
                ("keyfile " + quoted(self.site.path("key")),),
                ('open "%s@127.0.0.1" %d' % (self.site.account.name,
                                             daemon.port),), *commands))
            return Outcome(0 if done else 1, "\n".join(engine.said))

    def two(self, word, a, b):
        return "%s %s %s" % (word, quoted(a), quoted(b))

    def put(self, daemon, sources, target, tree=False, preserve=False):
        commands = [(self.two("put", sources[0], target), sources[0], "rb")]
        if preserve:
            commands.append(("chmtime %d %s" % (
                os.path.getmtime(sources[0]), quoted(target)),))
        return self.told(daemon, *commands)

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self.told(daemon, (self.two("get", sources[0], target),
                                  target, "wb"))

    def resume(self, daemon, up, source, target):
        if up:
            return self.told(daemon, (self.two("reput", source, target),
                                      source, "rb"))
        return self.told(daemon, (self.two("reget", source, target), target,
                                  "r+b"))

    def rename(self, daemon, old, new):
        return self.told(daemon, (self.two("mv", old, new),))

    def remove(self, daemon, path):
        return self.told(daemon, ("rm " + quoted(path),))
