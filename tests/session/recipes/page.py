"""The recipes of README.md and of the manuals, taken apart into their blocks.

A recipe is a heading and what stands below it.  Each of its blocks is told by
the last sentence before it, which ends in a colon and says

  On the server:        what root types there, or
  In the source directory
  On the client:        what a user of another machine types
  in /etc/...:          a file, or what is added at its beginning; on the
                        appliance if the sentence says so
  The record:           a line of the log

A line of the first two that ends in a comment says what is seen:

  # refused: WORDS      it fails, and these are among what it prints
  # shows: WORDS        it succeeds, and prints them

and every other line succeeds.  There is no other comment behind a command, so
that nothing is said there that is not looked at.
"""

import collections
import os
import re

import suite

Block = collections.namedtuple("Block", "kind where text")
Line = collections.namedtuple("Line", "command refused shows")

KINDS = (("server", r"\bOn (?:the server|vault\.example)\b|"
          r"\bIn the source directory\b"),
         ("client", r"\bOn the client\b"),
         ("appliance", r"\bon the appliance in (/etc/[\w./-]+):$"),
         ("file", r"\b(?:[Ii]n|top of) `?(/(?:etc|home)/[\w./-]+)`?:$"),
         ("record", r"\bThe record\b"))


def kind_of(said):
    """(kind, path) by what stands before a block."""
    sentence = re.split(r"(?<=[.:]) (?=[A-Z*])", said)[-1]
    for kind, pattern in KINDS:
        match = re.search(pattern, sentence)
        if match:
            return kind, match.group(1) if match.groups() else None
    raise AssertionError("whose block is it: " + sentence)


def lines_of(text):
    """Each command of a block, with what is said of it."""
    found = []
    for line in re.findall(r"(?:.*\\\n)*.+", text):
        command, _, comment = (part.strip() for part in
                               re.sub(r"\s# ", "\0", line).partition("\0"))
        word, _, words = comment.partition(": ")
        suite.check(not comment or comment == "refused" or
                    words and word in ("refused", "shows"),
                    "nobody looks at that: " + line)
        if command:
            found.append(Line(command, words if word == "refused" else None,
                              words if word == "shows" else None))
    return found


def read(name):
    with open(os.path.join(suite.TOP, name), encoding="utf-8") as f:
        return f.read()


def section(name, heading):
    """What stands below a heading ##."""
    text = read(name).split("\n## %s\n" % heading, 1)[1]
    return re.split(r"^## ", text, maxsplit=1, flags=re.M)[0]


def rows(text):
    """The cells of each row of a table, without its head."""
    lines = [line.strip("|").split("|") for line in text.splitlines()
             if line.startswith("|")]
    return lines[2:]


def markdown(name, heading):
    """[(title, [Block])] of a section ## and of each ### in it."""
    parts = re.split(r"^### (.*)$", section(name, heading), flags=re.M)
    return [(title, _fenced(text)) for title, text in
            zip([heading] + parts[1::2], parts[::2])]


def _fenced(text):
    found, pieces = [], re.split(r"^```.*\n", text, flags=re.M)
    for before, block in zip(pieces[::2], pieces[1::2]):
        said = " ".join(before.split("\n\n")[-1].split()) or \
            " ".join(before.strip().split("\n\n")[-1].split())
        found.append(Block(*kind_of(said), block))
    return found


def manual(name):
    """[(title, [Block])] of each .Ss of the EXAMPLES."""
    text = read("man/" + name).split("\n.Sh EXAMPLES\n", 1)[1]
    text = re.split(r"^\.Sh ", text, maxsplit=1, flags=re.M)[0]
    parts = re.split(r"^\.Ss (.*)$", text, flags=re.M)
    return [(title.replace("\\&", ""), _literal(text)) for title, text in
            zip(parts[1::2], parts[2::2])]


def _literal(text):
    found = []
    pieces = re.split(r"^\.Bd -literal.*\n|^\.Ed\n", text, flags=re.M)
    for before, block in zip(pieces[::2], pieces[1::2]):
        said = re.sub(r"^\.(?:Pp|[A-Z][a-z])\b ?", "", before, flags=re.M)
        block = block.replace("\\&", "").replace("\\e", "\\")
        found.append(Block(*kind_of(" ".join(said.split()).replace(" :", ":")),
                           block))
    return found
