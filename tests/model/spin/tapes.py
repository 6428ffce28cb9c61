"""Recordings of real sessions, made by tests/lib/wiretap.c."""

import collections
import os
import re
import shlex
import subprocess

import conform
import suite

TAP = os.path.join(suite.TOP, "tests", "lib", "wiretap.c")

# words: of the server; asked: of the client, where sshd says; gone: it no
# longer listened, and the end was not seen; status: or None
Tape = collections.namedtuple("Tape", "words asked events gone status")


def build(where, real):
    """The tap before this server, and the directory of its tapes."""
    tapes = os.path.join(where, "tapes")
    tap = os.path.join(where, "tap")
    os.makedirs(tapes)
    os.chmod(tapes, 0o1777)
    subprocess.run(["cc", "-O1", "-D_GNU_SOURCE", '-DREAL="%s"' % real,
                    '-DDIR="%s"' % tapes, "-o", tap, TAP], check=True)
    return tap, tapes


def read(path):
    """A tape that was cut short has no status."""
    try:
        return _read(path)
    except ValueError:
        return Tape([], None, [], False, None)


def _read(path):
    words, asked, events, gone, status = [], None, [], False, None
    with open(path, encoding="ascii") as f:
        for line in f:
            sign, text = line[:1], line[2:].rstrip("\n")
            if line in (">.\n", "<.\n"):
                events.append((sign, None))
            elif sign == "A":
                words.append(os.fsdecode(bytes.fromhex(text)))
            elif sign == "O":
                asked = os.fsdecode(bytes.fromhex(text))
            elif sign in "<>":
                events.append((sign, bytes.fromhex(text)))
            elif sign == "G":
                gone = True
            elif sign == "S":
                status = int(text)
    events = [e for e in events if e != ("<", None)]
    return Tape(words, asked, events, gone, status)


def options(words):
    """The letters of scp's options, and -o words, up to the operands."""
    letters, settings = "", []
    words = list(words)
    while words and re.fullmatch(r"-.+|scp|.*/scp", words[0]):
        word = words.pop(0)
        if word == "--":
            break
        if word == "-o" and words:
            settings.append(words.pop(0))
        elif word in ("-l", "-c") and words:
            words.pop(0)
        elif re.fullmatch(r"-[a-zA-Z0-9]+", word):
            letters += word[1:]
    return letters, settings


def requests(tape):
    """The lists of words that may be the request, best first."""
    yield tape.words[1:]
    strings = [tape.asked] + [w for v, w in zip(tape.words, tape.words[1:])
                              if v == "-c"]
    for text in strings:
        if text:
            try:
                yield shlex.split(text)
            except ValueError:
                pass


def session_of(tape):
    """How to read a tape, or None where it is no session of SCP."""
    pipelining = any("pipelining=yes" in w.lower() for w in tape.words)
    for words in requests(tape):
        letters, _ = options(words)
        if "f" in letters or "t" in letters:
            # with both a client of -t is told why in two steps
            role = "sink" if "t" in letters else "source"
            return conform.Session(role, letters, pipelining)
    return None


def judge(tape):
    """None if the tape conforms; else why not.  Refused requests say \\2."""
    session = session_of(tape)
    try:
        conform.walk(session, tape.events, None if tape.gone else tape.status)
    except conform.Refused as e:
        return str(e)
    return None


def usable(where):
    """(tapes of whole sessions, how many were left out)."""
    whole, left = [], 0
    for name in sorted(os.listdir(where)):
        tape = read(os.path.join(where, name))
        if tape.status is None or session_of(tape) is None or \
                (not tape.events and tape.status != 0):
            left += 1
        else:
            whole.append(tape)
    return whole, left
