"""Random SFTP sessions: policies, and requests that lead somewhere."""

import os

import endpoint
import sftp
import streams

NAMES = (b"a", b"b", b"c", b"d", b"e", b"new", b"two words", b"\xc3\xbc",
         b"a.~1~")
ODD_NAMES = (b"..", b".", b"", b"x/y", b"/", b"../a", b"a\0b", b"\x1b[2J",
             b"del\x7f", b"n" * 255, b"n" * 256, b"n" * 250, b".ssh",
             b".scp-server.0.part", b".hidden", b"bin", b".Bashrc",
             b"back\\slash", b" ", b"m/" * 2100, b"~", b"d/../../outside/secret")
MODES = (0o644, 0o644, 0o600, 0o755, 0o444, 0o400, 0o200, 0o100640, 0o666)
DIR_MODES = (0o755, 0o755, 0o700, 0o711, 0o1777, 0o2775)
OPENS = ("r", "r", "r", "wct", "wct", "wct", "wc", "wc", "w", "wcx", "wa",
         "wca", "rw", "rwc", "rwct", "wt", "rwca", "a", "", "rc", "rcx", "wcxt")
OFFSETS = (0, 0, 0, 0, 1, 3, 5, 7, 8, 10, 20, 40)
FAR = (1000, 32768, 40000, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1)
BAD_HANDLES = (b"", b"\0\0\0\0", b"\xff\xff\xff\xff", b"h" * 300, b"abc")
TEXTS = (b"a", b"b", b"nowhere", b"../outside", b"/a", b"e/..", b"d/a",
         b"../outside/secret", b"", b"x" * 200)


def a_policy(rng, where):
    """A policy, and the options that say it."""
    choice = streams.Choice(rng)
    maybe, by_hand = choice.maybe, choice.by_hand
    root = where + b"/jail" if rng.random() < 0.7 else None
    octal, text = "{:o}".format, bytes.decode
    maybe(0.35, "Access", ("write-only", "write-only", "read-write",
                           "read-only"), "access")
    ways = ("replace", "deny", "versions")
    if root is None and by_hand.get("access") != "write-only":
        ways += ("inplace",) * 3
    maybe(0.6, "Overwrite", ways, "overwrite")
    maybe(0.4, "Symlinks", ("follow", "refuse"), "symlinks")
    maybe(0.3, "DotFiles", ("allow", "root", "deny"), "dotfiles")
    maybe(0.5, "Modify", ("no", "own", "own", "yes", "yes"), "modify")
    maybe(0.4, "Links", ("no", "yes", "yes"), "links")
    maybe(0.07, "AllowNames", (b"[a-z]*", b"? new *.~?~"), "allow_names",
          text)
    maybe(0.07, "DenyNames", (b"b* n?w", b"*s"), "deny_names", text)
    maybe(0.1, "FileMode", (0o640, 0o444), "file_mode", octal)
    maybe(0.1, "DirectoryMode", (0o750, 0o711), "directory_mode", octal)
    maybe(0.3, "Umask", (0o077, 0o027, 0, 0o002), "umask", octal)
    choice.preserve_and_limits()
    maybe(0.15, "MaxDepth", (1, 2, 3), "max_depth")
    if "max_depth" in by_hand and root is None:
        del by_hand["max_depth"]        # it counts from the real root there
        choice.options.pop()
    keeps = by_hand.get("access", "read-write") == "read-write" and \
        by_hand.get("overwrite", "replace") in ("replace", "versions")
    if keeps:
        maybe(0.4, "Interrupted", ("keep",), "interrupted")
    return endpoint.Policy(root, **choice.fields()), choice.options


class Asker:
    """Requests of one session, as the model's state makes them likely."""

    def __init__(self, rng, model, where):
        self.rng, self.model, self.where = rng, model, where
        self.closed = []
        self.used = []

    def path(self):
        """A path that stays where the session's tree is."""
        text = self.any_path()
        while self.model.policy.root is None and (
                b"../.." in text or
                text[:1] == b"/" and
                not os.path.normpath(text).strip(b"/")):
            text = self.any_path()
        self.used.append(text)
        return text

    def any_path(self):
        rng = self.rng
        if self.used and rng.random() < 0.45:
            return rng.choice(self.used)
        text = rng.choice(NAMES[:7] if rng.random() < 0.85 else NAMES)
        if rng.random() < 0.25:
            text += b"/" + rng.choice(NAMES[:6])
        if rng.random() < 0.06:
            text = rng.choice(ODD_NAMES)
        if rng.random() < 0.06:
            text += rng.choice((b"/", b"/.", b"//", b"/..", b"/x/.."))
        if rng.random() < 0.1:
            confined = self.model.policy.root is not None
            text = rng.choice((b"./", b"/" if confined else b"./",
                               self.where + b"/jail/", b"../jail/",
                               b"../")) + text
        return text

    def attrs(self, modes=MODES, sizes=True):
        rng, has = self.rng, {}
        if sizes and rng.random() < 0.25:
            has["size"] = rng.choice(OFFSETS + (8, 16, 2 ** 63, 2 ** 64 - 1))
        if rng.random() < 0.5:
            has["mode"] = rng.choice(modes)
        if rng.random() < 0.4:
            has["atime"] = rng.choice((0, 1600000000, 2 ** 32 - 1))
            has["mtime"] = rng.choice((1, 1700000000, 2 ** 32 - 1))
        if rng.random() < 0.06:
            has["uid"], has["gid"] = rng.choice(
                (self.model.owner, self.model.owner, (0, 0)))
        return sftp.Attrs(**has)

    def handle(self, kinds=("upload", "file")):
        rng = self.rng
        there = [h for h in self.model.handles if h.kind in kinds]
        odd = rng.random()
        if odd < 0.015 or not there and odd < 0.1:
            return rng.choice(BAD_HANDLES)
        if odd < 0.03 and self.closed:
            return rng.choice(self.closed)
        if odd < 0.05 and self.model.handles:
            return rng.choice(self.model.handles)
        return rng.choice(there) if there else None

    def octets(self):
        rng = self.rng
        if rng.random() < 0.02:
            return rng.randbytes(rng.choice((1024, 3000)))
        return rng.randbytes(rng.choice((0, 1, 3, 5, 8, 8, 12, 20)))

    def offset(self):
        rng = self.rng
        return rng.choice(FAR if rng.random() < 0.03 else OFFSETS)

    def with_handle(self):
        h = self.handle()
        if h is None:
            return None
        rng = self.rng
        kind = rng.choice(("write",) * 7 + ("read",) * 4 + ("close",) * 4 + (
            "fstat", "fstat", "fsetstat", "fsetstat", "fsync"))
        if kind == "write":
            return kind, h, self.offset(), self.octets()
        if kind == "read":
            return kind, h, self.offset(), rng.choice((0, 1, 4, 100, 40000,
                                                       2 ** 31))
        if kind == "fsetstat":
            is_dir = isinstance(h, endpoint.Handle) and h.kind == "dir"
            return kind, h, self.attrs(DIR_MODES if is_dir else MODES)
        if kind == "close" and isinstance(h, endpoint.Handle):
            self.closed.append(h)
        return kind, h

    def without(self):
        rng = self.rng
        kind = rng.choice(("open",) * 14 + (
            "stat", "lstat", "stat", "lstat", "setstat", "setstat",
            "lsetstat", "mkdir", "mkdir", "mkdir", "rmdir", "remove",
            "remove", "remove", "rename", "rename", "posix-rename",
            "posix-rename", "symlink", "hardlink", "hardlink", "readlink",
            "realpath", "opendir", "readdir", "unknown"))
        if kind == "open":
            attrs = self.attrs() if rng.random() < 0.4 else sftp.NONE
            if attrs.size == 2 ** 64 - 1:
                attrs = attrs._replace(size=2 ** 63)
            return kind, self.path(), rng.choice(OPENS), attrs
        if kind in ("setstat", "lsetstat"):
            path = self.path()
            return kind, path, self.attrs(self.modes_for(path),
                                          rng.random() < 0.3)
        if kind == "mkdir":
            return kind, self.path(), self.attrs(DIR_MODES, False)
        if kind in ("rename", "posix-rename", "hardlink"):
            return kind, self.path(), self.path()
        if kind == "symlink":
            return kind, rng.choice(TEXTS), self.path()
        if kind == "readdir":
            h = self.handle(("dir",))
            return None if h is None else (kind, h)
        if kind == "unknown":
            return (kind,)
        return kind, self.path()

    def modes_for(self, path):
        """A directory stays one that can be looked into."""
        try:
            node = self.model.look(self.model.parse(path)[0], True)
            return DIR_MODES if node.kind == "d" else MODES
        except Exception:
            return MODES

    def next(self):
        """(kind, word...) or None for a moment without an idea."""
        busy = min(0.85, 0.35 * len(self.model.handles))
        if self.rng.random() < busy:
            return self.with_handle()
        return self.without()
