"""The model of records and names: what the protocol's grammar says of them.

Written from the grammar alone, with regular expressions where the program
walks octet by octet:

	file  = "C" mode SP size SP name LF	mode = 1*7 octal digits
	dir   = "D" mode SP size SP name LF	size = 0 to 2^63-1
	end   = "E" LF
	time  = "T" [SP] secs SP usec SP secs SP usec LF
	name  = 1*255 octets, without NUL, "/", LF; neither "." nor ".."

A line has 4,096 octets at most; only \\1 and \\2 are cut instead of refused.
"""

import re

LINE_MAX = 4096
SECONDS_MAX = 2 ** 33
ENTRY_STEPS = ((rb"[0-7]{1,7} ", "ERR_MODE"), (rb"[0-9]{1,19} ", "ERR_SIZE"))
TIME = re.compile(rb" ?(-?)([0-9]{1,20}) ([0-9]{1,6}) "
                  rb"(-?)([0-9]{1,20}) ([0-9]{1,6})")
RESERVED = re.compile(rb"\.scp-server\..*\.part", re.S)
CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class Refused(Exception):
    """The input is not accepted; args[0] is the name of the error."""


def judge_name(name):
    """Raises for a name that can't be an entry of one directory."""
    if name in (b"", b".", b"..") or b"/" in name or b"\0" in name:
        raise Refused("ERR_NAME")
    if CONTROL.search(name):
        raise Refused("ERR_BYTES")
    if len(name) > 255:
        raise Refused("ENAMETOOLONG")
    if RESERVED.fullmatch(name):
        raise Refused("ERR_RESERVED")


class Record:
    """kind is C, D, E, T, 1 or 2; refused names what is wrong with the name."""

    def __init__(self, kind, **more):
        self.kind = kind
        self.mode = self.size = 0
        self.name = self.text = b""
        self.refused = None
        self.times = None               # (mtime, usec, atime, usec)
        self.__dict__.update(more)


def read_entry(kind, rest):
    numbers = []
    for pattern, error in ENTRY_STEPS:
        found = re.match(pattern, rest)
        if not found:
            raise Refused(error)
        numbers.append(found.group()[:-1])
        rest = rest[found.end():]
        if error == "ERR_SIZE" and int(numbers[1]) >= 2 ** 63:
            raise Refused(error)
    record = Record(kind, mode=int(numbers[0], 8) & 0o7777,
                    size=int(numbers[1]), name=rest, text=rest)
    try:
        judge_name(rest)
    except Refused as e:
        if e.args[0] == "ERR_NAME":
            if (kind, rest) == ("D", b"."):
                raise Refused("ERR_DOT") from None
            raise
        record.refused = e.args[0]
        record.name = b""
    return record


def read_time(rest):
    found = TIME.fullmatch(rest)
    if not found:
        raise Refused("ERR_TIMES")
    minus, mtime, musec, minus2, atime, ausec = found.groups()
    if minus or minus2 or max(int(mtime), int(atime)) > SECONDS_MAX:
        return Record("T")
    return Record("T", times=(int(mtime), int(musec), int(atime), int(ausec)))


def read_record(line):
    """The record of one line, given with its newline."""
    letter, rest = line[:1], line[1:-1]
    if letter in (b"C", b"D") and len(line) > 1:
        return read_entry(letter.decode(), rest)
    if letter == b"T":
        return read_time(rest)
    if line == b"E\n":
        return Record("E")
    if letter in (b"\1", b"\2"):
        return Record("1" if letter == b"\1" else "2", text=rest)
    raise Refused("ERR_RECORD")


def cut_line(octets):
    """The first line, and what follows it."""
    if octets == b"":
        raise Refused("ERR_EOF")
    end = octets.find(b"\n")
    message = octets[:1] in (b"\1", b"\2")
    if 0 <= end < LINE_MAX:
        return octets[:end + 1], octets[end + 1:]
    if len(octets) >= LINE_MAX and not message:
        raise Refused("ERR_LINE")
    if end < 0:
        raise Refused("ERR_LOST")
    return octets[:LINE_MAX - 1] + b"\n", octets[end + 1:]


def read_stream(octets):
    """Records to the end of a stream, and the error that it ends with."""
    records = []
    try:
        while True:
            line, octets = cut_line(octets)
            records.append(read_record(line))
    except Refused as e:
        return records, e.args[0]
