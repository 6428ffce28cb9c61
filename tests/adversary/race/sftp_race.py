"""Every request of SFTP that takes a path, on names that change places.

A request is named by what it does; it is done on a/..., where a is the
directory inside or something that leads outside.  It returns its answers.
"""

import collections
import itertools
import os
import random
import time

import arena as field
import peer
import sftp
import suite
import ways

TIMES = sftp.Attrs(atime=ways.MTIME, mtime=ways.MTIME)
MODE = sftp.Attrs(mode=0o600)
MOST_SECONDS = 60
TURNS = 4                           # of a request in one session


def put(client, path, letters="wct", data=field.SENT):
    return client.stored(path, data, letters=letters)


def get(client, path):
    found = client.fetched(path)
    return [found] if not isinstance(found, bytes) else []


def listed(client, path):
    found = client.listed(path)
    return [found] if not isinstance(found, list) else []


def resume(client, path):
    """As a client goes on with a file: it takes what stands there."""
    found = client.open(path, "w")
    if found.kind != "handle":
        return [found]
    size = client.ask("fstat", found.handle)
    answers = [found, size]
    if size.kind == "attrs" and size.attrs.size == len(field.STORED):
        answers.append(client.write(found.handle, size.attrs.size - 1,
                                    field.STORED[-1:]))
    return answers + [client.close_handle(found.handle)]


def by_path(kind, *words):
    return lambda client, name: [client.ask(kind, name("secret"), *words)]


def extended(kind, *words):
    return lambda client, name: [client.extended(
        kind + "@openssh.com", name("secret"), *words)]


def first_a_file(kind, *others):
    """A request that needs a file of its own, made on the same way."""
    def do(client, name):
        put(client, name("own"))
        words = [name(o) for o in others]
        if kind.endswith("@openssh.com"):
            return [client.extended(kind, name("own"), *words)]
        return [client.ask(kind, name("own"), *words)]
    return do


def and_back(kind, back, *words):
    def do(client, name):
        found = client.ask(kind, name("new"), *words)
        client.ask(back, name("new"))
        return [found]
    return do


def made_link(client, name):
    found = client.ask("symlink", "secret", name("sym"))
    client.ask("remove", name("sym"))
    return [found]


def linked(client, name):
    """In another place: what stands there then is looked at."""
    found = client.extended("hardlink@openssh.com", name("secret"), "taken")
    client.ask("remove", "taken")
    return [found]


def out_and_in(client, name):
    """RENAME into the directory, of a file that stands beside it."""
    put(client, "beside")
    return [client.ask("rename", "beside", name("came%d" % (
        client.number % ways.NAMES)))]


def upload_of_a_name(client, name):
    """Renamed before its CLOSE, to another directory."""
    found = client.open("waits", "wct")
    if found.kind != "handle":
        return [found]
    client.write(found.handle, 0, field.SENT)
    moved = client.extended("posix-rename@openssh.com", "waits", name("own"))
    return [moved, client.close_handle(found.handle)]


READING = {
    "get": lambda c, name: get(c, name("secret")),
    "list": lambda c, name: listed(c, name("")),
    "stat": by_path("stat"),
    "lstat": by_path("lstat"),
    "statvfs": extended("statvfs"),
    "readlink": lambda c, name: [c.ask("readlink", name("up"))],
}
WRITING = {
    "put": lambda c, name: put(c, name("own")),
    "put over": lambda c, name: put(c, name("secret"), "wc", field.STORED),
    "append": lambda c, name: put(c, name("secret"), "wa", b""),
    "resume": lambda c, name: resume(c, name("secret")),
    "setstat": by_path("setstat", MODE),
    "setstat times": by_path("setstat", TIMES),
    "lsetstat": extended("lsetstat", MODE),
    "mkdir": and_back("mkdir", "rmdir", sftp.NONE),
    "remove": first_a_file("remove"),
    "rename": first_a_file("rename", "other"),
    "posix-rename": first_a_file("posix-rename@openssh.com", "other"),
    "rename from beside": out_and_in,
    "renamed before CLOSE": upload_of_a_name,
    "symlink": made_link,
    "hardlink": linked,
}


def leaks(client, sizes=True):
    """What of outside was sent: contents, names, or a size."""
    seen = b"".join(client.seen)
    return (field.MARKER in seen or field.OUTSIDE_NAME.encode() in seen or
            sizes and sftp.u64(len(field.SECRET)) in seen)


# Where a itself is a file, or a link to one.
OF_A_FILE = {
    "get": lambda c, name: get(c, "a"),
    "stat": lambda c, name: [c.ask("stat", "a")],
    "lstat": lambda c, name: [c.ask("lstat", "a")],
    "put over": lambda c, name: put(c, "a", "wc", field.STORED),
    "resume": lambda c, name: resume(c, "a"),
    "setstat": lambda c, name: [c.ask("setstat", "a", MODE)],
    "setstat times": lambda c, name: [c.ask("setstat", "a", TIMES)],
    "hardlink": lambda c, name: [
        c.extended("hardlink@openssh.com", "a", "taken"),
        c.ask("remove", "taken")][:1],
    "rename": lambda c, name: [c.ask("rename", "a", "other"),
                               c.ask("rename", "other", "a")],
    "remove": lambda c, name: [c.ask("remove", "a")],
    "posix-rename": lambda c, name: put(c, "new") + [
        c.extended("posix-rename@openssh.com", "new", "a")],
}


def directory(arena, path):
    """One with a link in it, which nothing outside has."""
    field.directory(arena, path)
    os.symlink("secret", os.path.join(path, "up"))


def within(name):
    return "a/" + name


def session(arena, command, requests, name, rng, tally, sizes):
    client = sftp.Client(command(arena), arena.root, ways.TIMEOUT, {
        "SSH_ORIGINAL_COMMAND": "sftp", "HOME": "/",
        "PATH": "/usr/bin:/bin"})
    with client:
        client.seen = []
        client.init()
        todo = [r for r in requests for _ in range(TURNS)]
        rng.shuffle(todo)
        for request in todo:
            answers = requests[request](client, name)
            refused = any(a.kind == "status" and a.code not in ("ok", "eof")
                          for a in answers)
            tally[request]["refused" if refused else "done"] += 1
        rest, status = client.end()
        suite.check_equal((rest, status), (b"", 0), "the end")
        suite.check(not leaks(client, sizes), "something of outside was sent")


def one_sided(tally, requests):
    return [r for r in requests if not (tally[r]["done"] and
                                        tally[r]["refused"])]


def run(arena, command, requests, name, runs, both, between=None,
        sizes=True):
    """So many of each, and on until each was done and was refused.

    sizes: that of a file outside must not be told, either.
    """
    tally = collections.defaultdict(collections.Counter)
    begun, rng = time.monotonic(), random.Random(1)
    for n in itertools.count():
        late = time.monotonic() - begun > MOST_SECONDS
        if n * TURNS >= runs and (late or not both or
                                  not one_sided(tally, both)):
            break
        try:
            session(arena, command, requests, name, rng, tally, sizes)
        except (peer.Hung, sftp.Ended, sftp.Wrong) as e:
            raise AssertionError("a session hung or died: %r" % e) from e
        if between is not None:
            between()
    for request in requests:
        print("        %-20s %4d done %4d refused" % (
            request, tally[request]["done"], tally[request]["refused"]))
    suite.check(not one_sided(tally, both), "the race was one-sided: %s" %
                one_sided(tally, both))
    return tally
