"""The corpus: one file a target, one input a line, escaped.

A line is the input with a backslash as \\\\, a newline as \\n and what else is
not printable ASCII as \\xNN, so that a new input is a readable diff.
"""

import hashlib
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|(n)|(\\))")


def path(target):
    return os.path.join(HERE, "corpus", target)


def escape(raw):
    out = []
    for c in raw:
        if c == 0x5c:
            out.append("\\\\")
        elif c == 0x0a:
            out.append("\\n")
        elif 0x20 <= c < 0x7f:
            out.append(chr(c))
        else:
            out.append("\\x%02x" % c)
    return "".join(out)


def unescape(line):
    def one(match):
        digits, newline, backslash = match.groups()
        if digits:
            return bytes([int(digits, 16)])
        return b"\n" if newline else backslash
    return ESCAPE.sub(one, line)


def read(target):
    """All inputs of a target; none where it has no corpus yet."""
    if not os.path.exists(path(target)):
        return []
    with open(path(target), "rb") as f:
        return [unescape(line) for line in f.read().splitlines()]


def unpack(inputs, folder):
    """Each input as a file named as libFuzzer names it."""
    os.makedirs(folder, exist_ok=True)
    for raw in inputs:
        name = os.path.join(folder, hashlib.sha1(raw).hexdigest())
        with open(name, "wb") as f:
            f.write(raw)


def load(folder):
    """The inputs of a folder, the short ones first."""
    found = set()
    for entry in os.scandir(folder):
        if entry.is_file():
            with open(entry.path, "rb") as f:
                found.add(f.read())
    return sorted(found - {b""}, key=lambda raw: (len(raw), raw))


def write(target, inputs):
    with open(path(target), "w", encoding="ascii") as f:
        for raw in inputs:
            f.write(escape(raw) + "\n")
