"""A session without sshd: the request in the environment, bytes in and out."""

import collections
import functools
import os
import shutil
import subprocess

import answers
import suite
import trees
from suite import check, check_equal

Spoken = collections.namedtuple("Spoken", "status out err")
PATIENCE = 120
FILES = {"old": b"old\n", "note.txt": b"note\n", ".hidden": b"hidden\n",
         "sub/leaf": b"leaf\n", "sub/.inner": b"inner\n"}
BROKEN = b"\2scp: server configuration error\n"


def put(name, body=b"new\n", mode=b"0644"):
    """A C record with its body: what a client sends that does not wait."""
    return b"C%s %d %s\n%s\0" % (mode, len(body), name.encode(), body)


@functools.lru_cache(maxsize=None)
def no_policy():
    """A file without a line, so that the machine's own has no say."""
    if os.geteuid() != 0:
        if os.path.exists("/etc/scp-server.conf"):
            suite.skip("needs root, or a machine without scp-server.conf")
        return []
    path = os.path.join(suite.scratch(), "empty.conf")
    open(path, "w").close()
    import atexit
    atexit.register(shutil.rmtree, os.path.dirname(path), True)
    return ["--config", path]


class Place:
    """A root with a few files."""

    def __init__(self, where=None):
        self.top = suite.scratch(where)
        self.root = os.path.join(self.top, "root")
        os.makedirs(self.path("sub"))
        for name, content in FILES.items():
            trees.write(self.path(name), content)
        os.symlink("old", self.path("link"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def words(self, options, confined=True):
        words = [suite.SERVER] + no_policy()
        chosen = list(options)
        if not any(o.startswith("AuditLog") for o in chosen):
            chosen.append("AuditLog=none")
        for option in chosen:
            words += ["-o", option.replace("ROOT", self.root)]
        if not any(o.startswith("Root") for o in chosen):
            words.append(self.root if confined else "none")
        return words

    def environment(self, request, more=()):
        found = {"PATH": "/usr/bin:/bin", "HOME": self.top}
        if request is not None:
            found["SSH_ORIGINAL_COMMAND"] = request.replace("ROOT", self.root)
        found.update(more)
        return found

    def say(self, options, request, sent=b"", confined=True, more=(),
            words=None):
        done = subprocess.run(
            words or self.words(options, confined), input=sent,
            env=self.environment(request, more), cwd=self.top,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=PATIENCE, umask=0o022)
        return Spoken(done.returncode,
                      answers.refusal(done.returncode, done.stdout),
                      done.stderr)

    def start(self, options, request, confined=True):
        """The same with pipes that the caller holds."""
        return subprocess.Popen(
            self.words(options, confined), env=self.environment(request),
            cwd=self.top, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, umask=0o022)

    def holds(self, wanted):
        """Name -> content, () for a directory, or None for nothing."""
        for name, content in wanted.items():
            there = os.path.lexists(self.path(name))
            check_equal(there, content is not None, "existence of " + name)
            if content == ():
                check(os.path.isdir(self.path(name)), name)
            elif there:
                check_equal(trees.read(self.path(name)), content, name)
        self.no_leftovers()

    def mode(self, name):
        return os.stat(self.path(name)).st_mode & 0o7777

    def no_leftovers(self):
        for where, dirs, files in os.walk(self.root):
            for name in dirs + files:
                check(not name.startswith(".scp-server."),
                      "left behind: %s in %s" % (name, where))


def is_broken(seen, *shown):
    """The peer reads one sentence, the administrator the details."""
    check_equal((seen.status, seen.out), (78, BROKEN), "answer (%s)"
                % seen.err)
    for text in shown:
        check(text.encode() in seen.err, "no %r in %r" % (text, seen.err))


def in_a_place(story, *more):
    def run():
        with Place() as place:
            story(place, *more)
            place.no_leftovers()
    return run
