"""The tables of what is expected: one line an action, one letter a column.

    NAME            LETTERS LETTERS ...     why a success is none of a breach

Lines that begin with "#" are comments: the columns and letters are explained
in them.
"""

import collections
import os
import re

from world import Column, LETTERS

HERE = os.path.dirname(os.path.abspath(__file__))
NAME_WIDTH = 36
LINE = re.compile(r"(\S.*?)\s{2,}([A-Za-z+~]+(?: [A-Za-z+~]+)*)(?:  (.*))?")

# letter of a column: where and as whom; upper case is uid 0
ROOTS = {"p": "plain", "c": "chroot", "n": "namespace", "o": "open"}

Group = collections.namedtuple("Group", "title columns")
Row = collections.namedtuple("Row", "letters why")


def group(title, layers, mode, letters):
    return Group(title, [
        (letter, Column(layers, mode, ROOTS[letter.lower()],
                        0 if letter.isupper() else 1))
        for letter in letters])


TABLES = {
    "all": [group(mode, "all", mode, "pPcCnNoO")
            for mode in ("sink", "drop", "source")],
    "sftp": [group(mode, "all", mode, letters) for mode, letters in (
        ("sftp-read", "pPcCnNoO"), ("sftp-read-walk", "pP"),
        ("sftp-add", "pPcCnNoO"), ("sftp-write", "pPcCnNoO"),
        ("sftp-both", "pPcCnNoO"), ("sftp-links", "pPcCnN"),
        ("sftp-setid", "oO"))],
    "alone": [group("landlock-" + mode, "landlock", mode, "pP")
              for mode in ("sink", "drop", "source")] +
             [group("filter-" + mode, "filter", mode, "pP")
              for mode in ("sink", "drop", "source")] +
             [group("root-" + mode, "none", mode, "cCnN")
              for mode in ("sink", "source")] +
             [group("nothing", "none", "sink", "pP")],
}

EXPLAINED = """\
# What each action of a process that was taken over comes to; see README.
# %(title)s
#
# K killed by the filter   + done   ~ depends on the settings of the kernel
# %(letters)s
#
# Columns: p plain  c chroot  n namespace  o open (no Root); capital: uid 0
# Groups:  %(groups)s
"""
TITLES = {
    "all": "All layers.  Each success has its reason.",
    "sftp": "All layers of sessions of SFTP.  Each success has its reason.",
    "alone": "Each layer alone.  What it leaves is stopped by the one named.",
}


def path_of(name):
    return os.path.join(HERE, name + ".txt")


def read(name):
    """{action: Row} in the order of the file."""
    rows = {}
    with open(path_of(name), encoding="ascii") as f:
        for line in f:
            if line.startswith("#") or line == "\n":
                continue
            found = LINE.fullmatch(line.rstrip("\n"))
            if found is None:
                raise ValueError("%s: %r" % (name, line))
            action, letters, why = found.groups()
            if action in rows:
                raise ValueError("%s: %s twice" % (name, action))
            rows[action] = Row(letters.split(" "), why or "")
    return rows


def heading(name):
    words = ["%s %s" % (letter, error) for error, letter in LETTERS.items()]
    lines = ["   ".join(words[i:i + 6]) for i in range(0, len(words), 6)]
    return EXPLAINED % {
        "title": TITLES[name], "letters": "\n# ".join(lines),
        "groups": "\n#          ".join(
            "%-16s %s" % (g.title, "".join(letter for letter, _ in g.columns))
            for g in TABLES[name])}


def write(name, rows):
    with open(path_of(name), "w", encoding="ascii") as f:
        f.write(heading(name) + "\n")
        for action, row in rows.items():
            line = "%-*s%s" % (NAME_WIDTH, action, " ".join(row.letters))
            f.write(("%s  %s" % (line, row.why)).rstrip() + "\n")
