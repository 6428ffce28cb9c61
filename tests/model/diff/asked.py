"""Two SFTP servers are asked the same: where their answers differ."""

import os
import stat
import time

import asking
import light
import place
import sftp
from compare import Difference

RECENT = 600
CHANGES = {"write", "fsetstat", "setstat", "lsetstat", "mkdir", "rmdir",
           "remove", "rename", "posix-rename", "symlink", "hardlink",
           "close"}
BY_HANDLE = {"write", "read", "close", "fstat", "fsetstat", "fsync"}
EXTENSIONS = {"lsetstat", "posix-rename", "hardlink", "fsync"}


class Side:
    """One server in a world of its own."""

    def __init__(self, argv, world, umask):
        self.world, self.handles = world, {}
        os.chdir(world + b"/jail")
        old = os.umask(umask)
        self.peer = light.Peer(argv, {"SSH_ORIGINAL_COMMAND": "sftp",
                                      "HOME": "/", "PATH": "/usr/bin:/bin"})
        os.umask(old)
        self.peer.send(sftp.packet("init", sftp.u32(3)))
        self.peer.answer()

    def ask(self, kind, *words):
        peer, words = self.peer, list(words)
        if kind in EXTENSIONS:
            words.insert(0, kind + "@openssh.com")
            kind = "extended"
        peer.number += 1
        peer.send(sftp.packet(kind, sftp.u32(peer.number) +
                              sftp.body_of(kind, *words)))
        found = peer.answer()
        if found.id != peer.number:
            raise light.Over("an answer to %s" % found.id)
        return found

    def do(self, number, step):
        """The answer to a step; several requests make a list."""
        kind, *words = step
        if kind == "open":
            words[1] = sftp.flags_of(words[1])
        if kind in BY_HANDLE:
            words[0] = self.handles[words[0]]
        if kind in ("read", "write"):
            words[1] = sftp.offset(words[1])
        if kind == "list":
            return self.list(words[0])
        found = self.ask(kind, *words)
        if kind == "realpath" and found.kind == "name":
            entry = found.names[0]
            found.names[0] = entry._replace(
                name=entry.name.removeprefix(self.world))
        if kind == "open" and found.kind == "handle":
            self.handles[number] = found.handle
        return found

    def list(self, path):
        opened = self.ask("opendir", path)
        if opened.kind != "handle":
            return opened
        entries = []
        while True:
            found = self.ask("readdir", opened.handle)
            if found.kind != "name":
                break
            entries += found.names
        self.ask("close", opened.handle)
        return sftp.Name("list", found.id, entries)


def outcome(answer):
    """An answer in a word."""
    return answer.code if answer.kind == "status" else answer.kind


def went(answer):
    return outcome(answer) not in ("missing", "denied", "failure", "bad",
                                   "unsupported")


def same_time(a, b):
    return a == b or all(abs(t - time.time()) < RECENT for t in (a, b))


def attributes(what, a, b):
    """(field, ours, theirs) of what differs."""
    if a.mode != b.mode:
        yield what + "mode", oct(a.mode), oct(b.mode)
    if not stat.S_ISDIR(a.mode) and a.size != b.size:
        yield what + "size", a.size, b.size
    if (a.uid, a.gid) != (b.uid, b.gid):
        yield what + "owner", (a.uid, a.gid), (b.uid, b.gid)
    if stat.S_ISREG(a.mode) and not same_time(a.mtime, b.mtime):
        yield what + "mtime", a.mtime, b.mtime


def entries(a, b):
    ours = {e.name: e.attrs for e in a.names}
    theirs = {e.name: e.attrs for e in b.names}
    for name in sorted(set(ours) | set(theirs)):
        if name == b"..":
            continue
        if name not in ours or name not in theirs:
            yield "listed", name in ours, name in theirs
        else:
            yield from attributes("listed-", ours[name], theirs[name])


def differing(a, b):
    """(what, ours, theirs) of two answers."""
    if outcome(a) != outcome(b):
        yield ("answer" if went(a) or went(b) else "code",
               outcome(a), outcome(b))
    elif a.kind == "data" and a.data != b.data:
        yield "data", len(a.data), len(b.data)
    elif a.kind == "attrs":
        yield from attributes("", a.attrs, b.attrs)
    elif a.kind == "name" and a.names[0].name != b.names[0].name:
        yield "name", a.names[0].name, b.names[0].name
    elif a.kind == "list":
        yield from entries(a, b)


class Play:
    """One session with both; marks are features of the whole of it."""

    def __init__(self, session, sides):
        self.session, self.sides = session, sides
        self.marks = set()
        self.writers = {}               # number: (path, inode in their world)
        self.readers = {}
        self.opened = {}                # number: inode
        self.failed = set()             # of these a request failed
        self.written = set()            # inodes that were opened for that
        self.found = []

    def inode(self, path):
        try:
            return os.stat(os.path.join(
                self.sides[1].world, b"jail", path)).st_ino
        except OSError:
            return None

    def features(self, number, step):
        """What is odd about a step, before it is asked."""
        kind, *words = step
        found = {kind} | self.marks
        if self.writers:
            found.add("busy")
        jail = self.sides[1].world + b"/jail/"
        for which, path in zip(("", "to-"), [
                w for w in words if isinstance(w, bytes) and
                kind not in BY_HANDLE]):
            if kind == "symlink" and which == "":
                found |= {"text-" + f for f in asking.words_about(path)}
                continue
            found |= asking.words_about(path)
            found |= asking.there(jail + path, which)
            uploads = [p for p, n in self.writers.values() if path == p or
                       self.inode(path) == n and n is not None]
            if uploads:
                found.add(which + "pending")
            if uploads and path not in uploads:
                found.add(which + "pending-by-link")
        if kind in ("rename", "posix-rename") and \
                os.path.normpath(words[0]) == os.path.normpath(words[1]):
            found.add("itself")
        if kind == "open":
            found |= {"open-" + (words[1] or "nothing")}
            found |= {"with-" + letter for letter in words[1]}
        if kind in BY_HANDLE:
            letters = self.session.steps[words[0]][2]
            found.add("writer" if "w" in letters else "reader")
            if words[0] in self.failed:
                found.add("failed")
            if self.opened[words[0]] in self.written:
                found.add("written-since")
        for word in words:
            if isinstance(word, sftp.Attrs):
                found |= {"sets-" + f for f, v in word._asdict().items()
                          if v is not None} or {"sets-nothing"}
        return found

    def mark(self, number, step, answers):
        """What later steps depend on."""
        kind, *words = step
        if kind == "open" and all(a.kind == "handle" for a in answers):
            path = words[0]
            inode = self.inode(path)
            where = self.writers if "w" in words[1] else self.readers
            self.opened[number] = inode
            if "w" in words[1]:
                self.written.add(inode)
            elif "t" in words[1]:
                self.marks.add("truncated-to-read")
            if "w" in words[1] and any(
                    p == path or n == inode for p, n in
                    self.writers.values()):
                self.marks.add("two-writers")
            if any(n == inode for _, n in (
                    self.readers if "w" in words[1] else
                    self.writers).values()):
                self.marks.add("read-while-written")
            where[number] = (path, inode)
            for p, n in list(self.writers.values()):
                if number in self.readers and n == inode is not None:
                    self.writers[number] = (p, n)   # an upload until both close
        elif kind == "open" and any(a.kind == "handle" for a in answers):
            self.opened[number] = None
        if kind == "setstat" and words[1].size is not None and \
                all(map(went, answers)):
            inode = self.inode(words[0])
            self.written.add(inode)
            if any(n == inode for _, n in self.readers.values()):
                self.marks.add("read-while-written")
        if kind == "close":
            self.writers.pop(words[0], None)
        if kind == "hardlink" and all(map(went, answers)):
            self.marks.add("hard-link")
        if kind in ("fsetstat", "setstat", "lsetstat") and \
                words[1].mtime is not None and self.writers:
            self.marks.add("times-of-an-upload")
        if kind in ("fsetstat", "setstat", "lsetstat") and \
                words[1].size is not None and not went(answers[0]):
            self.marks.add("half-set")
        if kind in ("write", "fsetstat") and not all(map(went, answers)):
            self.failed.add(words[0])

    def step(self, number, step):
        """False when the two have parted."""
        if step[0] in BY_HANDLE and any(
                step[1] not in side.handles for side in self.sides):
            return True
        features = self.features(number, step)
        answers = [side.do(number, step) for side in self.sides]
        for side in self.sides:         # what only one of them has opened
            if number in side.handles and any(
                    number not in other.handles for other in self.sides):
                side.ask("close", side.handles.pop(number))
        if step[0] == "close":
            for side in self.sides:
                del side.handles[step[1]]
        found = [Difference(what, number, features, str(a), str(b))
                 for what, a, b in differing(*answers)]
        self.found += found
        if {"pending", "writer"} & features and \
                {"setstat", "lsetstat", "fsetstat"} & features:
            self.marks.add("set-on-an-upload")
        if {"open", "with-w", "unreadable"} <= features and \
                "with-t" not in features:
            self.marks.add("unreadable-base")
        if step[0] in CHANGES and {"pending", "to-pending"} & features and (
                "link" in features or not any(
                    word == path for path, _ in self.writers.values()
                    for word in step[1:])):
            self.marks.add("link-taken-away")
        changes = step[0] in CHANGES or step[0] == "open" and step[2] != "r"
        if changes and "dot-dot" in features:
            self.marks.add("dot-dot-used")
        self.mark(number, step, answers)
        return not (changes and went(answers[0]) != went(answers[1]))

    def run(self):
        """The step that the two part at, or None."""
        steps = self.session.steps
        for number, step in enumerate(steps):
            if not self.step(number, step):
                return number
        for number in sorted(set(self.sides[0].handles) &
                             set(self.sides[1].handles)):
            if not self.step(len(steps), ("close", number)):
                return len(steps)
        return None


def worlds(top, session):
    """Two equal ones."""
    old = os.umask(0o022)
    for side in (b"ours", b"theirs"):
        world = os.path.join(top, side)
        os.mkdir(world, 0o755)
        place.plant({b"secret": b"secret", b"dir": {}}, world + b"/outside")
        place.plant(session.tree, world + b"/jail")
        place.dress(world, session.modes)
        yield world
    os.umask(old)


def look(world):
    found = place.look(world, {})
    for fields in found.values():
        fields.pop("atime", None)
        fields.pop("dir-mtime", None)
    return found


def play(servers, top, session):
    """(differences, the step that the two part at or None)."""
    sides = []
    made = list(worlds(top, session))
    try:
        for argv, world in zip(servers, made):
            sides.append(Side(argv, world, session.umask))
        game = Play(session, sides)
        parted = game.run()
        ends = [side.peer.finish() for side in sides]
        if parted is None and ends[0] != ends[1]:
            game.found.append(Difference("end", len(session.steps),
                                         game.marks, *map(str, ends)))
        if parted is None:
            game.found += trees(game, *map(look, made))
    finally:
        for side in sides:
            side.peer.close()
        os.chdir("/")
        for world in made:
            place.remove(world)
    return game.found, parted


def trees(game, ours, theirs):
    found = []
    for name in sorted(set(ours) | set(theirs)):
        if name not in ours or name not in theirs:
            found.append(Difference("tree", name, game.marks,
                                    str(name in ours), str(name in theirs)))
            continue
        for field in sorted(set(ours[name]) | set(theirs[name])):
            a, b = ours[name].get(field), theirs[name].get(field)
            if a != b:
                found.append(Difference("tree-" + field, name, game.marks,
                                        str(a), str(b)))
    return found
