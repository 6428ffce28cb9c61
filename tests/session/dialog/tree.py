"""The trees before and after a dialog, and what differs."""

import decimal
import os
import shutil
import socket
import stat
import time

from script import decode
from suite import check, check_equal

KINDS = {"file": stat.S_IFREG, "dir": stat.S_IFDIR, "link": stat.S_IFLNK,
         "fifo": stat.S_IFIFO, "socket": stat.S_IFSOCK}
NOW = 120           # seconds that "mtime=now" may be old


class Entry:
    """One line: KIND NAME [MODE] [mtime=S] [atime=S] [= CONTENT]."""

    def __init__(self, line):
        head, equals, content = (line + " ").partition(" = ")
        words = head.split()
        self.kind, self.name = words[0], decode(words[1])
        self.content = decode(content[:-1]) if equals else None
        self.target = self.mode = self.mtime = self.atime = None
        for word in words[2:]:
            self._detail(word)

    def _detail(self, word):
        key, equals, value = word.partition("=")
        if equals:
            setattr(self, key, value)
        elif self.kind in ("link", "hard"):
            self.target = decode(word)
        else:
            self.mode = int(word, 8)


def expand(lines):
    """The entries of a block; "nested NAME COUNT" is a chain of them."""
    for line in lines:
        words = line.split()
        if words[0] == "nested":
            for depth in range(int(words[2])):
                yield Entry("dir " + "/".join([words[1]] * (depth + 1)))
        else:
            yield Entry(line)


def nanoseconds(seconds):
    return int(decimal.Decimal(seconds) * 10 ** 9)


def make(top, lines):
    """Builds the tree, without modes and times, which can be in the way."""
    for entry in expand(lines):
        _make_one(entry, os.path.join(os.fsencode(top), entry.name))


def settle(top, lines):
    """Sets modes and times, those of a directory after what is in it."""
    for entry in reversed(list(expand(lines))):
        _settle_one(entry, os.path.join(os.fsencode(top), entry.name))


def _make_one(entry, path):
    if entry.kind == "dir":
        os.mkdir(path)
    elif entry.kind == "file":
        with open(path, "wb") as f:
            f.write(entry.content or b"")
    elif entry.kind == "link":
        os.symlink(entry.target, path)
    elif entry.kind == "hard":
        os.link(os.path.join(os.path.dirname(path), entry.target), path)
    elif entry.kind == "fifo":
        os.mkfifo(path)
    elif entry.kind == "socket":
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path)
    else:
        raise ValueError("kind " + entry.kind)


def _settle_one(entry, path):
    if entry.kind not in ("file", "dir"):
        return
    mode = 0o755 if entry.kind == "dir" else 0o644
    os.chmod(path, mode if entry.mode is None else entry.mode)
    if entry.mtime is not None:
        mtime = nanoseconds(entry.mtime)
        atime = nanoseconds(entry.atime or entry.mtime)
        os.utime(path, ns=(atime, mtime))


def give(top, uid):
    """Everything in the tree, and the tree, to another account."""
    os.chown(top, uid, uid)
    for where, dirs, files in os.walk(top):
        for name in dirs + files:
            os.lchown(os.path.join(where, name), uid, uid)


def snapshot(top):
    """Name -> facts of everything below top, and of top as b"."."""
    seen = {}
    top = os.fsencode(top)
    for where, dirs, files in os.walk(top):
        for name in dirs + files + ([b"."] if where == top else []):
            path = os.path.join(where, name)
            seen[os.path.relpath(path, top)] = _facts(path)
    return seen


def _facts(path):
    st = os.lstat(path)
    facts = {"kind": stat.S_IFMT(st.st_mode), "mode": stat.S_IMODE(st.st_mode),
             "mtime": st.st_mtime_ns, "atime": st.st_atime_ns}
    if stat.S_ISREG(st.st_mode):
        facts["content"] = _read(path)
    if stat.S_ISLNK(st.st_mode):
        facts["target"] = os.readlink(path)
    return facts


def _read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except PermissionError:
        return None                 # mode 0, and we are not root


def judge_unchanged(before, now):
    """Access times are left out, for looking changes them."""
    for tree in (before, now):
        for facts in tree.values():
            facts.pop("atime")
    before.pop(b".")                # a name may have come and gone
    now.pop(b".")
    check_equal(sorted(now), sorted(before), "names")
    for name, facts in now.items():
        for key, seen in facts.items():
            check_same(seen, before[name][key], "%s of %r" % (key, name))


def judge(lines, before, now):
    """The complete tree must be that of the lines."""
    entries = list(expand(lines))
    wanted = {e.name for e in entries} | {b"."}
    check_equal(sorted(now), sorted(wanted), "names")
    for entry in entries:
        _judge_one(entry, before.get(entry.name), now[entry.name])


def _judge_one(entry, old, seen):
    name = repr(entry.name)
    if entry.kind == "same":
        check(dict(seen, atime=0) == dict(old, atime=0), name + " changed")
        return
    check_equal(seen["kind"], KINDS[entry.kind], "kind of " + name)
    if entry.content is not None:
        check_same(seen["content"], entry.content, "content of " + name)
    if entry.target is not None:
        check_equal(seen["target"], entry.target, "target of " + name)
    if entry.mode is not None:
        check_equal(oct(seen["mode"]), oct(entry.mode), "mode of " + name)
    for key in ("mtime", "atime"):
        if getattr(entry, key) is not None:
            _judge_time(seen[key], getattr(entry, key), key + " of " + name)


def _judge_time(seen, wanted, what):
    if wanted == "now":
        age = time.time() - seen / 10 ** 9
        check(-NOW < age < NOW, "%s is %d s old" % (what, age))
    else:
        check_equal(seen, nanoseconds(wanted), what)


def check_same(seen, wanted, what):
    """As check_equal, without printing megabytes."""
    check(seen == wanted, "%s: saw %s, wanted %s" % (
        what, shorten(seen), shorten(wanted)))


def shorten(value):
    text = repr(value)
    if len(text) <= 400:
        return text
    return "%s ... %s (%d characters)" % (text[:200], text[-100:], len(text))


def remove(top):
    """Directories without rights are no obstacle."""
    for where, dirs, _ in os.walk(top):
        for name in dirs:
            path = os.path.join(where, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755)
    shutil.rmtree(top)
