"""The model of a file system: a tree in memory, and what a path reaches.

Directories know their parent, links are texts, and resolve() follows the
rules of path_resolution(7), with the session's root as the place that ".."
and absolute links can't leave.
"""

import os
import stat

import grammar

LINKS_MAX = 40


class Wrong(Exception):
    """args[0] is the name of an errno or of an error of ours."""


class Node:
    """kind: d directory, f file, l link, o something else (a FIFO)."""

    def __init__(self, kind, mode=0o755, text=b"", up=None):
        self.kind, self.mode, self.up = kind, mode, up
        self.text = text                # of a link; content of a file
        self.children = {}
        self.mtime = self.atime = None  # (seconds, usec); None: not known
        self.ino = None

    def add(self, name, node):
        node.up = self
        self.children[name] = node
        return node


def make(spec, up=None):
    """A directory from {name: content, {...}, ("link", text), "fifo"}."""
    top = Node("d", up=up)
    for name, what in spec.items():
        if isinstance(what, dict):
            top.add(name, make(what))
        elif isinstance(what, tuple):
            top.add(name, Node("l", text=what[1]))
        elif what == "fifo":
            top.add(name, Node("o", 0o644))
        else:
            top.add(name, Node("f", 0o644, what))
    return top


def standing(path):
    """What this machine has at a path, without what is in it."""
    st = os.lstat(path)
    if stat.S_ISLNK(st.st_mode):
        node = Node("l", text=os.readlink(path))
    else:
        node = Node("d" if stat.S_ISDIR(st.st_mode) else
                    "f" if stat.S_ISREG(st.st_mode) else "o", 0o555)
    node.ino = st.st_ino
    return node


def mount(top, path):
    """Puts a tree at an absolute path; returns the root above it.

    What is above belongs to somebody else: nothing can be made there.  A link
    to the root leads to what this machine has there, as /bin.
    """
    root = here = Node("d", 0o555)
    root.up = root
    root.ino = os.stat("/").st_ino
    for name in os.listdir(b"/"):
        root.add(name, standing(b"/" + name))
    *above, last = path.strip(b"/").split(b"/")
    for n, name in enumerate(above):
        here = here.add(name, Node("d", 0o555))
        here.ino = os.stat(b"/" + b"/".join(above[:n + 1])).st_ino
    here.add(last, top)
    return root


def plant(top, path):
    """Makes the tree on disk, and notes the inodes."""
    os.mkdir(path, 0o755)
    top.ino = os.lstat(path).st_ino
    for name, node in top.children.items():
        where = path + b"/" + name
        if node.kind == "d":
            plant(node, where)
            continue
        if node.kind == "l":
            os.symlink(node.text, where)
        elif node.kind == "o":
            os.mkfifo(where, 0o644)
        else:
            fd = os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            os.write(fd, node.text)
            os.close(fd)
        node.ino = os.lstat(where).st_ino


def names_of(text):
    """The names of a text; the last is "" when it ends in a slash."""
    return [n for i, n in enumerate(text.split(b"/"))
            if n or i == text.count(b"/")]


class View:
    """A tree as a session sees it: beneath a root, links by policy."""

    def __init__(self, root, follow):
        self.root, self.follow = root, follow

    def resolve(self, text, start=None, keep_last=False):
        """(directory, name, node) of the last name; node None: missing.

        keep_last: a link there is not followed.  For the directory itself,
        as in "/" or "a/..", name is "".
        """
        here, rest, links = start or self.root, names_of(text), 0
        if text[:1] == b"/":
            here = self.root
        where = (here, b"", here)
        while rest:
            name = rest.pop(0)
            if not here.mode & 0o100:
                raise Wrong("EACCES")
            if name in (b"", b".", b".."):
                if name == b".." and here is not self.root:
                    here = here.up
                where = (here, b"", here)
                continue
            node = here.children.get(name)
            where = (here, name, node)
            if node is None:
                if rest:
                    raise Wrong("ENOENT")
                return where
            if node.kind == "l" and (rest or not keep_last):
                if not self.follow:
                    raise Wrong("ERR_LINK")
                links += 1
                if links > LINKS_MAX:
                    raise Wrong("ELOOP")
                if node.text[:1] == b"/":
                    here = self.root
                rest = names_of(node.text) + rest
                where = (here, b"", here)
                continue
            if node.kind == "d":
                here = node
            elif rest:
                raise Wrong("ENOTDIR")
        return where

    def find(self, text):
        """What a source opens: a file or directory."""
        node = self.resolve(text)[2]
        if node is None:
            raise Wrong("ENOENT")
        if node.kind == "l":
            raise Wrong("ERR_LINK")
        if node.kind == "o":
            raise Wrong("ERR_KIND")
        return node

    def target(self, text):
        """Where a sink stores: (directory, name, exists).

        name is "" when the directory itself is the target.  Links of the
        last name lead on, to a name that may be missing.
        """
        start = self.root
        for _ in range(LINKS_MAX):
            try:
                node = self.resolve(text, start)[2]
                if node is not None and node.kind == "d":
                    return node, b"", True
                missing = "ENOENT" if node is None else "ENOTDIR"
            except Wrong as e:
                missing = e.args[0]
                if missing not in ("ENOENT", "ENOTDIR"):
                    raise
            text = text.rstrip(b"/")
            last = text.split(b"/")[-1]
            if last in (b"", b".", b".."):
                raise Wrong(missing)
            judge_last(last)
            directory = self.resolve(text[:-len(last)] or b".", start)[2]
            if directory is None:
                raise Wrong("ENOENT")
            if directory.kind != "d":
                raise Wrong("ENOTDIR")
            if not directory.mode & 0o100:
                raise Wrong("EACCES")
            node = directory.children.get(last)
            if node is None or node.kind == "f":
                return directory, last, node is not None
            if node.kind == "o":
                raise Wrong("ERR_KIND")
            if not self.follow:
                raise Wrong("ERR_LINK")
            text, start = node.text, directory
        raise Wrong("ELOOP")


def judge_last(name):
    """A link may say a name that no peer could."""
    try:
        grammar.judge_name(name)
    except grammar.Refused as e:
        raise Wrong(e.args[0]) from None


def remove(path):
    """Removes a tree that is ours, whatever modes its directories have."""
    st = os.lstat(path)
    if not stat.S_ISDIR(st.st_mode):
        os.unlink(path)
        return
    if st.st_mode & 0o700 != 0o700:
        os.chmod(path, 0o700)
    with os.scandir(path) as entries:
        for entry in list(entries):
            remove(entry.path)
    os.rmdir(path)
