"""What scp asks over SFTP: the lists in scp-protocol(7) are what it sends."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import sftp
import suite
import talk
import trees
from suite import check, check_equal

MANUAL = os.path.join(suite.TOP, "man", "scp-protocol.7")
FLAGS = ((1, "READ"), (2, "WRITE"), (4, "APPEND"), (8, "CREAT"),
         (16, "TRUNC"), (32, "EXCL"))
BODY = b"hello\n"

# Stands between scp and the server, and keeps what scp sends.
BETWEEN = """\
#!/bin/sh
tee %s | %s
"""


def blocks():
    """(command, requests) of each list in the manual."""
    with open(MANUAL) as f:
        text = f.read().partition(".Sh SCP OVER SFTP\n")[2]
    text = re.search(r"^\.Bd .*?\n(.*?)^\.Ed", text, re.M | re.S)[1]
    for block in text.strip().split("\n\n"):
        first, *rest = block.split("\n")
        check(first.startswith("$ scp "), first)
        yield first[2:], rest


def attributes(attrs):
    return [word for word, value in (
        ("size", attrs.size), ("mode", attrs.mode), ("times", attrs.mtime))
            if value is not None]


def worded(kind, body):
    """A request in the words of the manual."""
    r = sftp.Reader(body)
    r.u32()
    if kind == "extended":
        return ["EXTENDED", r.string().decode()]
    if kind in ("fsetstat", "write", "read", "close", "readdir"):
        r.string()
        if kind == "fsetstat":
            return ["FSETSTAT"] + attributes(r.attrs())
        if kind == "write":
            return ["WRITE", str(r.u64()), str(len(r.string()))]
        if kind == "read":
            return ["READ", str(r.u64()), str(r.u32())]
        return [kind.upper()]
    words = [kind.upper(), r.string().decode()]
    if kind == "open":
        flags = r.u32()
        words += [name for bit, name in FLAGS if flags & bit]
        return words + attributes(r.attrs())
    return words + (attributes(r.attrs()) if kind in ("mkdir", "setstat")
                    else [])


def requests(data):
    names = {number: name for name, number in sftp.NUMBERS.items()}
    while data:
        size = int.from_bytes(data[:4], "big")
        kind = names[data[4]]
        if kind != "init":
            yield worded(kind, data[5:4 + size])
        data = data[4 + size:]


def asked(command, top):
    """What scp sends for a command; it works in a new directory."""
    suite.need_tool("scp")
    here, there = os.path.join(top, "here"), os.path.join(top, "there")
    for place in (here, there):
        os.makedirs(os.path.join(place, "t"))
        trees.write(os.path.join(place, "a"), BODY)
        trees.write(os.path.join(place, "t", "f"), BODY)
    sent = os.path.join(top, "sent")
    between = trees.write(os.path.join(top, "between"),
                          (BETWEEN % (sent, talk.program())).encode())
    os.chmod(between, 0o755)
    words = shlex.split(command.replace("host:", "host:" + there + "/"))
    done = subprocess.run(
        ["scp", "-q", "-s", "-D", between] + words[1:], cwd=here,
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
    check_equal(done.returncode, 0, done.stderr)
    return [[word.replace(there + "/", "") for word in words]
            for words in requests(trees.read(sent))]


def as_in_the_manual(command, wanted):
    def case():
        done = subprocess.run(["ssh", "-V"], stderr=subprocess.PIPE, text=True)
        print("# " + done.stderr.strip(), file=sys.stderr)
        top = suite.scratch()
        try:
            check_equal([" ".join(words) for words in asked(command, top)],
                        wanted)
        finally:
            shutil.rmtree(top)
    return case


for one, rest in blocks():
    suite.add("asked/" + one, as_in_the_manual(one, rest))
