"""Random SFTP sessions for two servers: steps, and what is odd about each.

A step is (kind, word...); a number among the words is that of an OPEN step,
whose handle is meant.  The steps of a session do not depend on the answers, so
that it can be cut and run once more.
"""

import os
import stat

import sftp

NAMES = (b"a", b"b", b"c", b"d", b"e", b"new", b"two words", b"\xc3\xbc")
ODD_NAMES = (b"..", b".", b"", b"/", b"del\x7f", b"n" * 256, b"n" * 250,
             b".hidden", b"back\\slash", b" ", b"a/..", b"none/../a",
             b"c/../b", b"a/", b"b/", b"new/", b"c/")
LETTERS = ("r", "r", "r", "r", "w", "wc", "wc", "wct", "wct", "wct", "wcx",
           "wa", "wca", "rw", "rwc", "rwct", "wt", "rwca", "", "rc", "rcx", "rt",
           "a")
MODES = (0o644, 0o600, 0o755, 0o444, 0o400, 0o200, 0o666, 0o100640)
DIR_MODES = (0o755, 0o700, 0o711)
NUMBERS = (0, 0, 0, 1, 3, 5, 8, 20, 299, 300, 4096, 40000)
TEXTS = (b"a", b"nowhere", b"c", b"", b"../outside", b".", b"new", b"b/..")


def a_tree(rng):
    """Names to contents, directories and links."""
    found = {}
    for name in NAMES[:5]:
        kind = rng.random()
        if kind < 0.35:
            found[name] = b"old " + name * rng.choice((1, 1, 60))
        elif kind < 0.6:
            found[name] = {b"a": b"in " + name, b"d": {}}
        elif kind < 0.75:
            found[name] = ("link", rng.choice((b"a", b"b", b"nowhere", b"d",
                                               b"../outside/secret")))
    return found


class Session:
    """Everything about it; steps may be cut."""

    def __init__(self, rng):
        self.tree = a_tree(rng)
        self.modes = {n: rng.choice(MODES) for n in NAMES
                      if rng.random() < 0.15}
        self.umask = rng.choice((0o022, 0o022, 0o077, 0))
        self.open = {}                  # number of a step: letters
        self.paths = {}
        self.rng = rng
        count = rng.choice((3, 8, 15, 25))
        self.steps = []
        while len(self.steps) < count:
            self.add(self.a_step())
        self.rng = None

    def __str__(self):
        return "umask %o, %r, modes %r\n      %s" % (
            self.umask, self.tree, self.modes, "\n      ".join(
                "%d %s" % (n, shown(s)) for n, s in enumerate(self.steps)))

    def add(self, step):
        if step is None:
            return
        if step[0] == "open":
            self.open[len(self.steps)] = step[2]
        self.steps.append(step)

    def path(self):
        rng = self.rng
        if self.paths and rng.random() < 0.4:
            return rng.choice(list(self.paths))
        text = rng.choice(NAMES[:6] if rng.random() < 0.9 else NAMES)
        if rng.random() < 0.25:
            text += b"/" + rng.choice(NAMES[:6])
        if rng.random() < 0.04:
            text = rng.choice(ODD_NAMES)
        self.paths[text] = True
        return text

    def attrs(self, sizes, modes=MODES):
        rng, has = self.rng, {}
        if sizes and rng.random() < 0.4:
            has["size"] = rng.choice(NUMBERS)
        if rng.random() < 0.4:
            has["mode"] = rng.choice(modes)
        if rng.random() < 0.3:
            has["atime"], has["mtime"] = 1600000000, rng.choice((
                1, 1700000000))
        return sftp.Attrs(**has)

    def with_handle(self):
        rng = self.rng
        number = rng.choice(list(self.open))
        kind = rng.choice(("write",) * 6 + ("read",) * 4 + ("close",) * 5 + (
            "fstat", "fstat", "fsetstat", "fsetstat", "fsync"))
        if kind == "write" and "w" not in self.open[number] and \
                rng.random() < 0.9:
            kind = "read"
        if kind == "close":
            del self.open[number]
        if kind == "write":
            size = rng.choice((0, 1, 5, 8, 300, 300, 33000))
            return kind, number, rng.choice(NUMBERS), rng.randbytes(size)
        if kind == "read":
            return kind, number, rng.choice(NUMBERS), rng.choice(
                (1, 4, 300, 32768))
        if kind == "fsetstat":
            return kind, number, self.attrs(True)
        return kind, number

    def a_step(self):
        rng = self.rng
        if self.open and rng.random() < 0.65:
            return self.with_handle()
        kind = rng.choice(("open",) * 12 + (
            "stat", "lstat", "stat", "lstat", "setstat", "setstat",
            "lsetstat", "mkdir", "mkdir", "rmdir", "remove", "remove",
            "rename", "rename", "posix-rename", "posix-rename", "symlink",
            "hardlink", "readlink", "realpath", "list", "list"))
        if kind == "open":
            return kind, self.path(), rng.choice(LETTERS), \
                self.attrs(False) if rng.random() < 0.4 else sftp.NONE
        if kind in ("setstat", "lsetstat"):
            return kind, self.path(), self.attrs(rng.random() < 0.2,
                                                 DIR_MODES)
        if kind == "mkdir":
            return kind, self.path(), self.attrs(False, DIR_MODES)
        if kind in ("rename", "posix-rename", "hardlink"):
            return kind, self.path(), self.path()
        if kind == "symlink":
            return kind, rng.choice(TEXTS), self.path()
        return kind, self.path()


def words_about(path):
    """What is odd about the text of a path."""
    found = set()
    if b".." in path.split(b"/"):
        found.add("dot-dot")
    if path.endswith((b"/", b"/.", b"..")) or path in (b".", b""):
        found.add("as-directory")
    if path == b"":
        found.add("empty")
    if b"\x7f" in path:
        found.add("control-name")
    if any(len(name) > 255 for name in path.split(b"/")):
        found.add("long-name")
    return found


def there(path, which=""):
    """What stands there, in the world of the other server."""
    try:
        st = os.lstat(path)
    except OSError:
        return {which + "nothing"}
    if stat.S_ISLNK(st.st_mode):
        try:
            behind = os.stat(path)
        except OSError:
            return {which + "link", which + "dangling"}
        found = {which + "link", which + "behind-" + (
            "directory" if stat.S_ISDIR(behind.st_mode) else "file")}
        st = behind
    else:
        found = {which + ("directory" if stat.S_ISDIR(st.st_mode)
                          else "file")}
    if not st.st_mode & 0o400:
        found.add(which + "unreadable")
    if not st.st_mode & 0o200:
        found.add(which + "unwritable")
    if stat.S_ISREG(st.st_mode) and st.st_nlink > 1:
        found.add(which + "several-names")
    return found


def shown(step):
    """A step, short."""
    return " ".join("{%s}" % " ".join(
        "%s=%s" % pair for pair in w._asdict().items() if pair[1] is not None)
        if isinstance(w, sftp.Attrs) else "%.40r" % (w,) for w in step)
