"""Random sessions: peers of every kind, and servers of both roles.

Everything is drawn from a seed, so that a session that does not conform can be
had again.
"""

import os
import random
import select
import shutil
import subprocess

import suite

PATIENCE = 120
NAMES = (b"a", b"b", b"old", b"dir", b"x" * 255, b"-", b"two words", b"e\\f")
BAD_RECORDS = (b"C0644 x a\n", b"C0644 1 a/b\n", b"C0644 1 ..\n", b"X\n",
               b"\n", b"E1\n", b"T1 2\n", b"C0644 99999999999999999999 a\n")


def body(draw, size):
    """Octets that look like records now and then."""
    text = draw.choice((b"C0644 1 forged\nx\0", b"E\n", b"\0\1\2", b"plain "))
    return (text * (size // len(text) + 1))[:size]


def time_record(draw):
    return b"T%d 0 %d 0\n" % (draw.randrange(2 ** 31), draw.randrange(2 ** 31))


def upload_parts(draw, recursive, times):
    """What a source sends, one part for each answer it will get."""
    parts, depth = [], 0
    for _ in range(draw.randrange(1, 9)):
        kind = draw.choice("CCCCDEW" if recursive else "CCCW")
        if kind == "W":
            parts.append((b"\1scp: it can't be read\n", 0))
            continue
        if kind == "E":
            if depth > 0:
                parts.append((b"E\n", 1))
                depth -= 1
            continue
        if times:
            parts.append((time_record(draw), 1))
        name = draw.choice(NAMES)
        if kind == "D":
            parts.append((b"D0755 0 %s\n" % name, 1))
            depth += 1
        else:
            size = draw.choice((0, 1, 5, 100, 5000))
            parts.append((b"C0644 %d %s\n" % (size, name), 1))
            status = draw.choice((b"\0",) * 9 + (b"\1scp: it shrank\n",))
            parts.append((body(draw, size) + status, 1))
    parts += [(b"E\n", 1)] * draw.choice((depth, depth, 0))
    return parts


def add_nonsense(draw, parts):
    """Now and then something that no honest source says."""
    if draw.random() < 0.2:
        at = draw.randrange(len(parts) + 1)
        parts.insert(at, (draw.choice(BAD_RECORDS), 1))
    return parts


class Peer:
    """Both pipes of a server that runs."""

    def __init__(self, argv, where):
        self.process = subprocess.Popen(
            argv, cwd=where, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.out = self.process.stdout.fileno()
        self.early = b""

    def send(self, data):
        try:
            os.write(self.process.stdin.fileno(), data)
        except BrokenPipeError:
            pass

    def more(self, seconds=PATIENCE):
        """Some of its words; False at their end."""
        if not select.select([self.out], [], [], seconds)[0]:
            return False
        data = os.read(self.out, 65536)
        self.early += data
        return data != b""

    def line(self):
        while b"\n" not in self.early and self.more():
            pass
        line, newline, self.early = self.early.partition(b"\n")
        return line + newline

    def reply(self):
        while not self.early and self.more():
            pass
        first, rest = self.early[:1], self.early[1:]
        if first in (b"\1", b"\2"):
            return self.line()
        self.early = rest
        return first

    def finish(self):
        if not self.process.stdin.closed:
            self.process.stdin.close()
        while self.more():
            pass
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the server does not end") from None
        finally:
            self.process.stdout.close()


def upload(draw, tap, where, settings):
    """A session with a sink, from a peer with habits of its own."""
    recursive, times = draw.random() < 0.7, draw.random() < 0.3
    words = ["-r"] if recursive else []
    words += ["-p"] if times else []
    peer = Peer([tap] + settings + words + ["-t", draw.choice(("in", "new"))],
                where)
    wait = draw.choice((1.0, 1.0, 0.5, 0.0))    # lock-step to all at once
    parts = add_nonsense(draw, upload_parts(draw, recursive, times))
    due = 1
    for data, answers in parts:
        if draw.random() < 0.03:
            data = data[:draw.randrange(len(data))]
            peer.send(data)
            break
        while due > 0 and draw.random() < wait:
            word = peer.reply()
            due -= 1
            if word[:1] in (b"", b"\2"):
                break
        peer.send(data)
        due += answers
    peer.finish()


def answer(draw, honest):
    if honest or draw.random() < 0.85:
        return b"\0"
    return draw.choice((b"\1no\n", b"\1no\n", b"\2stop\n"))


def receive_body(draw, peer, line):
    size = int(line.split(b" ")[1])
    while len(peer.early) < size and peer.more():
        pass
    peer.early = peer.early[size:]
    peer.reply()


def download(draw, tap, where, settings):
    """A session with a source, answered as the peer pleases."""
    recursive, times = draw.random() < 0.8, draw.random() < 0.4
    words = (["-r"] if recursive else []) + (["-p"] if times else [])
    operands = draw.sample(("tree", "in", "file", "missing", "tree/one"),
                           draw.randrange(1, 4))
    peer = Peer([tap] + settings + words + ["-f"] + operands, where)
    honest = draw.random() < 0.5
    if draw.random() < 0.1:
        peer.send(b"\0" * 200)          # everything in advance
        peer.finish()
        return
    peer.send(answer(draw, honest))
    while True:
        line = peer.line()
        if line == b"":
            break
        if line[:1] in (b"\1", b"\2"):
            continue
        if draw.random() < 0.02:
            break
        word = answer(draw, honest)
        peer.send(word)
        if line[:1] == b"C" and word == b"\0":
            receive_body(draw, peer, line)
            peer.send(answer(draw, honest))
    peer.finish()


def make_tree(where):
    for name in ("in", "tree", "tree/sub", "tree/sub/deep", "tree/empty"):
        os.mkdir(os.path.join(where, name))
    for name, size in (("file", 3), ("tree/one", 1), ("tree/none", 0),
                       ("tree/sub/big", 200000), ("tree/sub/deep/x", 7)):
        with open(os.path.join(where, name), "wb") as f:
            f.write(b"y" * size)
    os.mkfifo(os.path.join(where, "tree", "fifo"))
    os.symlink("nowhere", os.path.join(where, "tree", "sub", "dangling"))
    os.mkdir(os.path.join(where, "in", "dir"))


def play(seed, tap, settings):
    """One session in a directory of its own."""
    draw = random.Random(seed)
    where = suite.scratch()
    try:
        make_tree(where)
        draw.choice((upload, download))(draw, tap, where, settings)
    finally:
        shutil.rmtree(where)


def knows_pipelining(server):
    """Is there a Pipelining in this server?"""
    done = subprocess.run(["scp-server", "-o", "Root=none", "-o", "Pipelining=yes", "-f", "/"],
        executable=server, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.returncode != 78
