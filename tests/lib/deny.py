"""Runs a program as on a kernel that lacks some system calls, by deny.c."""

import errno
import os

import inject
import suite

SOURCE = os.path.join(suite.TOP, "tests", "lib", "deny.c")
PROGRAM = os.path.join(inject.BUILD, "deny")


def build():
    suite.need_tool("cc")
    inject.compile_helper(SOURCE, PROGRAM)


def command(argv, calls=("openat2",), error=errno.ENOSYS):
    """The command line that runs argv while these calls fail so."""
    numbers = ",".join(str(inject.numbers()[name]) for name in calls)
    return [PROGRAM, str(error), numbers] + argv
