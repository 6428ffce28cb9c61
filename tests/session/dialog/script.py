"""What is written in a .dlg file: see README for the format."""

import os
import pwd
import re
import shlex

HEADERS = ("args", "form", "umask", "as", "limit", "cd", "each", "never",
           "stderr", "cut", "exit")
SIMPLE = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}
ESCAPE = re.compile(rb"\\(?:x([0-9a-f]{2})|([0-7])|([nrt\\])"
                    rb"|\{(\d+)\*([^}]*)\})")


def decode(text):
    """The bytes that an escaped text stands for."""
    raw = text.encode("utf-8", "surrogateescape")
    if ESCAPE.sub(b"", raw).count(b"\\") > 0:
        raise ValueError("bad escape in %r" % text)
    return ESCAPE.sub(_decode_one, raw)


def _decode_one(match):
    hexadecimal, octal, simple, count, repeated = match.groups()
    if hexadecimal is not None:
        return bytes([int(hexadecimal, 16)])
    if octal is not None:
        return bytes([int(octal)])
    if simple is not None:
        return SIMPLE[simple]
    return decode(os.fsdecode(repeated)) * int(count)


def decode_pattern(text):
    """A compiled pattern: "*" is any run of printable characters."""
    parts = [re.escape(decode(part)) for part in text.split("*")]
    return re.compile(b"[ -~]*".join(parts))


class Step:
    """One line of the dialog: its sign, one of > < <~ >EOF !, and its text."""

    def __init__(self, sign, text):
        self.sign = sign
        self.text = text


class Dialog:
    """A .dlg file; the headers are attributes, all of them texts."""

    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".dlg")]
        self.args = ""
        self.form = "1"
        self.umask = "022"
        self.cd = ""
        self.limit = self.never = self.stderr = self.cut = self.exit = ""
        self.user = ""
        self.each = []
        self.before = []
        self.steps = []
        self.after = None           # None: as before
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        self.summary = lines[0].lstrip("# ")
        self._read(lines)
        if not self.exit:
            raise ValueError("%s: no exit:" % self.name)

    def _read(self, lines):
        block = None
        for line in lines:
            if line.startswith("    "):
                block.append(line.strip(" "))
            elif line.startswith((">", "<", "!")):
                self.steps.append(self._step(line))
            elif line == "before:":
                block = self.before
            elif line == "after:":
                block = self.after = []
            elif line and not line.startswith("#"):
                self._header(line)

    def _step(self, line):
        sign, _, text = line.partition(" ")
        if sign not in (">", "<", "<~", ">EOF", "!"):
            raise ValueError("%s: %s" % (self.name, line))
        return Step(sign, text)

    def _header(self, line):
        key, colon, value = line.partition(":")
        if key not in HEADERS or not colon:
            raise ValueError("%s: %s" % (self.name, line))
        value = value[1:]
        if key == "each":
            self.each.append(value)
        else:
            setattr(self, "user" if key == "as" else key, value)

    def is_source(self):
        """Whether the server is the one with the files."""
        return any(w.startswith("-") and "f" in w for w in self.args.split())

    def words(self, names):
        """The arguments, as bytes."""
        return [decode(w) for w in shlex.split(fill(self.args, names))]

    def sent(self, names):
        """All that we send, in one piece."""
        return b"".join(decode(fill(s.text, names))
                        for s in self.steps if s.sign == ">")


def account():
    """Our name, or our number where we have none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def names_for(place, each):
    """What the words that begin with a dollar stand for."""
    return {"$EACH": each, "$DIR": place, "$ACCOUNT": account()}


def fill(text, names):
    for name, value in names.items():
        text = text.replace(name, value)
    return text
