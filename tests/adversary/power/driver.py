#!/usr/bin/python3
"""In the guest: plays a client until the current is cut; or looks after it.

  driver.py store WHERE    waits for a line "SEED SYNC", then uploads without
                           end; says "ack VERSION PATH" after each reply
  driver.py look WHERE     says "whole VERSION PATH", "broken SIZE PATH",
                           "dir 0 PATH" or "temp SIZE PATH" for what is there

What a file holds follows from its path and version, so that every byte of it
is known to both.
"""

import hashlib
import itertools
import os
import random
import sys

sys.path.insert(0, "/suite/tests/lib")

import peer
import suite

SIZES = (0, 1, 100, 5000, 70001, 300000, 1500000)
REPLACED = 3                # names that every session replaces one of
WAYS = (
    lambda where: (["-o", "Root=none"], where),     # unnamed, then linkat
    lambda where: (["-o", "Root=" + where, "-o", "Chroot=yes"], "/"),  # named
)


def content(path, version):
    tag = b"%s %d\n" % (os.fsencode(path), version)
    digest = hashlib.sha512(tag).digest()
    size = len(tag) + SIZES[digest[0] % len(SIZES)]
    return (tag + digest * (size // len(digest) + 1))[:size]


def say(*words):
    print(*words, flush=True)


class Client:
    def __init__(self, where, seed, sync):
        self.where = where
        self.random = random.Random(seed)
        self.sync = sync
        self.versions = {}

    def next_file(self, path):
        version = self.versions[path] = self.versions.get(path, 0) + 1
        return path, version

    def plan(self, n):
        """Paths and versions of a session; a version of 0 is a directory."""
        names = ["new-%d" % n, "tree-%d/" % n, "tree-%d/leaf" % n, "",
                 "again-%d" % self.random.randrange(REPLACED), "last-%d" % n]
        return [(name, 0) if name == "" or name.endswith("/")
                else self.next_file(name) for name in names]

    def send(self, server, path, version):
        """One record, and its body; whether it was acknowledged."""
        name = os.path.basename(path.rstrip("/"))
        if path == "":
            record = peer.END
        elif version == 0:
            record = peer.directory(0o755, name)
        else:
            record = peer.file(0o644, name, content(path, version))
        server.send(record.line)
        answer = server.reply()
        if answer == peer.OK and record.body is not None:
            server.send(record.body + peer.OK)
            answer = server.reply()
        return answer

    def session(self, n):
        words, target = WAYS[n % len(WAYS)](self.where)
        server = peer.Server(
            [suite.SERVER, "-o", "AuditLog=none", "-o", "Sync=" + self.sync] +
            words + ["-r", "-t", target], timeout=300)
        answer = server.reply()
        for path, version in self.plan(n):
            if answer != peer.OK:
                say("refused", 0, repr(answer))
                break
            answer = self.send(server, path, version)
            if answer == peer.OK and path != "":
                say("ack", version, path)
        server.finish()


def store(where):
    say("ready")
    seed, sync = sys.stdin.readline().split()
    client = Client(where, int(seed), sync)
    for n in itertools.count():
        client.session(n)


def version_of(data):
    """What the first line says, if it says anything."""
    words = data[:256].split(b"\n")[0].split(b" ")
    return int(words[-1]) if len(words) == 2 and words[1].isdigit() else 0


def look(where):
    for top, dirs, files in os.walk(where):
        for name in dirs:
            path = os.path.relpath(os.path.join(top, name), where)
            say("dir", 0, path + "/")
        for name in files:
            full = os.path.join(top, name)
            path = os.path.relpath(full, where)
            with open(full, "rb") as f:
                data = f.read()
            version = version_of(data)
            if name.startswith(".scp-server."):
                say("temp", len(data), path)
            elif version > 0 and data == content(path, version):
                say("whole", version, path)
            else:
                say("broken", len(data), path)


if __name__ == "__main__":
    {"store": store, "look": look}[sys.argv[1]](sys.argv[2])
