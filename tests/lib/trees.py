"""Sample trees, and the comparison of what arrived with what was sent."""

import hashlib
import os
import stat

LONG_AGO = 1000000000
ODD_NAMES = ("with space", "it's", 'say "so"', "$(touch pwned)",
             "`touch pwned`", "${HOME};a|b&c", "st*r?[set]{x,y}", "-dash",
             "back\\slash", "\u00fcml\u00e4ut-\u00df")
MORE_ODD_NAMES = ODD_NAMES + (
    " led by one", "followed by one ", "#hash", "!bang", "~tilde", "co:lon",
    "<angle>", "(round)", "\u65e5\u672c", "a\u0301", "C0644 5 x", "\udcff")

# name, content, mode; a content of None makes a directory
SAMPLE = (
    ("plain", b"plain text\n", 0o644),
    ("program", b"#!/bin/sh\n", 0o755),
    ("private", b"for me only\n", 0o600),
    ("read-only", b"do not touch\n", 0o444),
    ("empty", b"", 0o644),
    ("binary", None, 0o640),
    ("sub", None, 0o755),
    ("sub/deeper", None, 0o755),
    ("sub/deeper/leaf", b"a leaf\n", 0o664),
    ("hollow", None, 0o750),
)


def pattern(size):
    """Bytes in which every value occurs and no block repeats."""
    blocks = (hashlib.sha512(b"%d" % n).digest()
              for n in range(size // 64 + 1))
    return b"".join(blocks)[:size]


def write(path, content=b"content\n", mode=0o644):
    with open(path, "wb") as f:
        f.write(content)
    os.chmod(path, mode)
    return path


def read(path):
    with open(path, "rb") as f:
        return f.read()


def make(top):
    """The sample tree: files of all kinds, each with times of its own."""
    os.mkdir(top)
    for name, content, mode in SAMPLE:
        path = os.path.join(top, name)
        if name == "binary":
            write(path, pattern(300001), mode)
        elif content is None:
            os.mkdir(path)
            os.chmod(path, mode)
        else:
            write(path, content, mode)
    age(top)
    return top


def age(top):
    """Gives everything in a tree old times, all different."""
    when = LONG_AGO
    for where, dirs, files in os.walk(top, topdown=False):
        for path in [os.path.join(where, f) for f in files] + [where]:
            if not os.path.islink(path):
                when += 1000
                os.utime(path, (when + 77, when))


def digest(path):
    """Reading must not change the access time that is to be compared."""
    fd = os.open(path, os.O_RDONLY | os.O_NOATIME)
    with open(fd, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def snapshot(top, follow=False):
    """Relative name -> what is there.  follow: see links as a copy does."""
    look = os.stat if follow else os.lstat
    seen = {}
    for where, dirs, files in os.walk(top, followlinks=follow):
        for path in [where] + [os.path.join(where, f) for f in files]:
            seen[os.path.relpath(path, top)] = describe(path, look(path))
        if not follow:
            for path in [os.path.join(where, d) for d in dirs]:
                if os.path.islink(path):
                    seen[os.path.relpath(path, top)] = {"kind": "link"}
    return seen


def describe(path, st):
    """The access time of a directory is left out: looking changes it."""
    if stat.S_ISDIR(st.st_mode):
        return {"kind": "directory", "dir-mode": oct(st.st_mode & 0o7777),
                "dir-mtime": int(st.st_mtime)}
    if not stat.S_ISREG(st.st_mode):
        return {"kind": "link" if stat.S_ISLNK(st.st_mode) else "other"}
    return {"kind": "file", "content": digest(path),
            "mode": oct(st.st_mode & 0o7777), "mtime": int(st.st_mtime),
            "atime": int(st.st_atime)}


def differences(seen, wanted, fields=()):
    """Lines that say what differs; kind, names and content always count."""
    fields = {"kind", "content"} | set(fields)
    lines = ["%s is missing" % n for n in sorted(set(wanted) - set(seen))]
    lines += ["%s is too many" % n for n in sorted(set(seen) - set(wanted))]
    for name in sorted(set(seen) & set(wanted)):
        for field in sorted(fields):
            a, b = seen[name].get(field), wanted[name].get(field)
            if a != b:
                lines.append("%s: %s is %s, not %s" % (name, field, a, b))
    return lines
