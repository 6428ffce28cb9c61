#!/usr/bin/python3
"""tab ROOT: types at an interactive bash of the system at ROOT, on a terminal.

Each line of standard input is what is typed, with \\t for TAB, before printf
makes the words of the line visible.  One line of output for each: the words
that bash made of it, each in <>; behind it what else was on the screen.
"""

import os
import pty
import re
import select
import sys

QUIET = 1.5		# seconds without output: the answer is complete


def read_all(fd, patience=QUIET):
    seen = b""
    while select.select([fd], [], [], patience)[0]:
        try:
            got = os.read(fd, 4096)
        except OSError:
            break
        if not got:
            break
        seen += got
    return seen.decode(errors="replace").replace("\r", "")


def main():
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp("chroot", [
            "chroot", sys.argv[1], "env", "-i", "TERM=dumb", "HOME=/root",
            "LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "bash",
            "-il"])
    os.write(fd, b"PS1='> '; bind 'set bell-style none'\r")
    read_all(fd, 3)
    for line in sys.stdin.read().splitlines():
        # one octet after the other: a TAB is a key, and no part of a word
        shown = ""
        for part in re.split(r"(\\t)", line):
            if part:
                os.write(fd, b"\t" if part == r"\t" else part.encode())
                shown += read_all(fd)
        os.write(fd, b"\x01printf '<%s>' \r")		# ^A: at its beginning
        words = re.findall(r"<[^>%]*>", read_all(fd))
        print("".join(words), " ".join(shown.split()))
    os.write(fd, b"exit\r")


main()
