"""What Eva looks at: the entries, with their bounds in the C files, and the
options each needs."""

import collections

# name      eva_NAME() is the function that begins, - being _
# file      which of the files beside us it is in
# modules   the sources that are looked at with it
# options   of Eva
# hints     (file, text, hint): a comment for Eva before this text of a copy
# reached   the percentage of statements that it has to see at least
Entry = collections.namedtuple(
    "Entry", "name file modules options hints reached")

OPTIONS = ["-eva-split-return", "auto", "-eva-domains", "symbolic-locations"]

# States that differ in where a parser stands are kept apart; that takes the
# functions that move it into the one that began.
RECORD = ["-eva-auto-loop-unroll", "32", "-eva-slevel", "2000",
          "-eva-slevel-function", "has_control:0",
          "-eva-slevel-function", "name_parse:10",
          "-inline-calls", "take_number,take_char,parse_entry"]

ENTRIES = [
    Entry("record", "record.c", ["record", "name"], RECORD, [], 90),
    Entry("record-sent", "record.c", ["record", "name"], [], [], 80),
]

# A name that is one octet too long for its room, and so on.
MISTAKES = [
    ("record", ("name.c", "len > NAME_MAX)", "len > NAME_MAX + 1)")),
]


def find(name):
    return next(entry for entry in ENTRIES if entry.name == name)
