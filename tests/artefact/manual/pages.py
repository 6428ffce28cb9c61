"""The manual pages: their source, their text, and what they document."""

import os
import re
import subprocess

import suite

MAN = os.path.join(suite.TOP, "man")


def source(name):
    with open(os.path.join(MAN, name), encoding="ascii") as f:
        return f.read()


def render(path):
    """What a reader sees, each paragraph as one line."""
    suite.need_tool("mandoc", "col")
    done = subprocess.run(["mandoc", "-Tascii", "-O", "width=900", path],
                          stdout=subprocess.PIPE, check=True)
    plain = subprocess.run(["col", "-bx"], input=done.stdout,
                           stdout=subprocess.PIPE, check=True)
    return re.sub(r"(?<=\S) +", " ", plain.stdout.decode())


def text(name):
    return render(os.path.join(MAN, name))


def options(name):
    """The options that have an entry: ("-t", "--help", ...)."""
    found = []
    for line in source(name).splitlines():
        if line.startswith(".It Fl "):
            for word in re.split(r"[ ,]+", line[len(".It Fl "):]):
                if word in ("Ar", "Ns", "="):
                    break
                found.append("-" + word.replace("\\-", "-"))
    return found


def mentioned(name):
    """Every option that the page names at all."""
    return {"-" + word.replace("\\-", "-") for word in
            re.findall(r"\bFl ((?:\\-)?[-a-z0-9]+)", source(name), re.I)}


def keywords(name):
    """{keyword: (words after it, its part of the page)}."""
    parts = re.split(r"^\.It Cm (?=[A-Z])", source(name), flags=re.M)[1:]
    found = {}
    for part in parts:
        words = part.split("\n", 1)[0].split()
        found[words[0]] = (words[1:], part)
    return found


def plain(mdoc):
    """A part of a page as one line of text, its macros left out."""
    words = re.sub(r"^\.(?:Cm|Pp) ?", "", mdoc, flags=re.M)
    return " ".join(words.split())


def defaults(part):
    """(open, confined) as an entry says it."""
    match = re.search(r"Default: (.*?) ?\. ?Example:", plain(part))
    suite.check(match, "no default: %s" % part.split("\n")[0])
    both = re.fullmatch(r"(.*) open, (.*) confined", match.group(1))
    return both.groups() if both else (match.group(1),) * 2


def example(part):
    match = re.search(r"^\.Dl (.*)$", part, re.M)
    suite.check(match, "no example: %s" % part.split("\n")[0])
    return match.group(1)


def charts():
    """[command, [line]] of each conversation in scp-protocol(7).  What is
    said of SFTP is tested with the sessions of SFTP."""
    blocks = re.findall(r"^\.Bd -literal -offset indent\n\$ scp (.*?)^\.Ed$",
                        source("scp-protocol.7")
                        .partition(".Sh SCP OVER SFTP\n")[0], re.M | re.S)
    found = []
    for block in blocks:
        command, *lines = block.replace("\\e", "\\").replace("\\&", "") \
            .splitlines()
        found.append((command, lines))
    return found
