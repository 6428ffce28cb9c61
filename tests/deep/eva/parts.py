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

OPTIONS = ["-eva-domains", "symbolic-locations"]

# A function that returns nothing but an error is left once for each error.
APART = ["-eva-split-return", "auto"]
EACH = ["-eva-split-return", "full"]


def states(count, *words):
    """Up to so many states of a place are kept apart."""
    return ["-eva-slevel", str(count), *words]


def cases(count):
    """A hint may make so many cases of one value."""
    return ["-eva-split-limit", str(count)]


# States that differ in where a parser stands are kept apart; that takes the
# functions that move it into the one that began.
RECORD = states(2000, "-eva-auto-loop-unroll", "32",
                "-eva-slevel-function", "has_control:0",
                "-eva-slevel-function", "name_parse:10",
                "-inline-calls", "take_number,take_char,parse_entry")

APPEND = [("name.c", "if (path->len + slash + n >=",
           "/*@ split n; */ /*@ split slash; */")]
ESCAPE = [("text.c", "if (used + n >= cap)", "/*@ split n; */"),
          ("text.c", "for (i = 0; i < len; i++) {",
           "/*@ loop widen_hints used, 16384; */")]

SHORT = APART + states(100, "-eva-auto-loop-unroll", "50")

ENTRIES = [
    Entry("record", "record.c", ["record", "name"], APART + RECORD, [], 95),
    Entry("record-sent", "record.c", ["record", "name"], APART, [], 95),
    Entry("packet", "packet.c", ["packet"], APART + states(200), [], 95),
    Entry("packet-extended", "packet.c", ["packet"], APART, [], 95),
    Entry("packet-written", "packet.c", ["packet"], APART + states(50), [],
          95),
    Entry("names", "names.c", ["name"], APART, [], 95),
    Entry("paths", "names.c", ["name"], APART + states(20) + cases(256),
          APPEND, 95),
    Entry("component", "components.c", [], APART + states(20) + cases(256),
          APPEND, 95),
    Entry("components", "components.c", [],
          APART + ["-eva-use-spec", "take_component"], [], 95),
    Entry("root", "components.c", [], APART, [], 95),
    Entry("match", "match.c", ["glob"], APART, [], 95),
    Entry("match-word", "match.c", ["glob"], APART, [
        ("glob.c", "while (p < end && used + 1 < cap) {",
         "/*@ loop widen_hints used, 255; */")], 95),
    Entry("match-text", "match.c", ["glob"], APART, [
        ("glob.c", "for (i = 0; i < len; i++) {",
         "/*@ loop unroll 2049; */")], 95),
    Entry("words", "words.c", ["words"], APART, [
        ("words.c", "while (e == 0) {",
         '/*@ loop widen_hints "all", 255, 256; */')], 95),
    Entry("arguments-sftp", "arguments.c", ["sftp_words", "trouble"],
          EACH + states(60, "-eva-min-loop-unroll", "20"), [], 95),
    Entry("peer", "arguments.c", ["peer", "text"], EACH, [], 95),
    Entry("address", "base.c", ["address"], APART + states(500) + cases(200), [
        ("address.c", "memcpy(plain, text, len);", "/*@ split len; */"),
        ("address.c", "memcpy(plain, text, n);", "/*@ split n; */")], 95),
    Entry("date", "base.c", ["date"], APART + states(1000), [
        ("date.c", "for (;; y++) {", "/*@ loop unroll 140; */"),
        ("date.c", "for (;; m++) {", "/*@ loop unroll 12; */")], 95),
    Entry("digest", "base.c", ["digest"], EACH + states(10), [], 95),
    Entry("err", "base.c", ["err"], EACH, [], 95),
    Entry("text", "base.c", ["text"], EACH, ESCAPE, 95),
    Entry("text-cut", "base.c", ["text"], EACH, ESCAPE, 95),
    Entry("trouble", "trouble.c", ["trouble", "err"],
          EACH + states(300, "-eva-interprocedural-splits"), [
              ("err.c", "return (const char *)&texts + info->text;",
               "/*@ split info->text; */")], 95),
    Entry("packet-short", "short.c", ["packet"], SHORT, [], 90),
    Entry("names-short", "short.c", ["name"], SHORT, [], 90),
    Entry("text-short", "short.c", ["text"], SHORT, [], 90),
    Entry("match-short", "short.c", ["glob"], SHORT, [], 90),
]

# The controls: an entry, and a mistake that it has to find.
MISTAKES = [
    ("names", ("name.c", "len > NAME_MAX)", "len > NAME_MAX + 1)")),
    ("packet-short", ("packet.c", "n > r->left)", "n > r->left + 1)")),
    ("match-word", ("glob.c", "used + 1 < cap", "used < cap")),
    ("text", ("text.c", "used + n >= cap", "used + n > cap")),
    ("words", ("words.c", "== WORDS_COUNT_MAX", "== WORDS_COUNT_MAX + 1")),
]


def find(name):
    return next(entry for entry in ENTRIES if entry.name == name)
