"""The sources of the program, by the names of their files.

A name is only once below src/, so that a test names a file without its folder
and does not change when the file moves.
"""

import glob
import os

import suite

SRC = os.path.join(suite.TOP, "src")
UNITS = os.path.join(suite.TOP, "tests", "unit")
# It runs while building and is in no program.
TOOL = "seccomp_compile.c"


def paths(*endings):
    """The files below src/ with one of these endings, sorted."""
    return sorted(path for pattern in ("*", "*/*")
                  for path in glob.glob(os.path.join(SRC, pattern))
                  if path.endswith(endings))


def modules():
    """The C files of the program."""
    return [path for path in paths(".c") if os.path.basename(path) != TOOL]


def find(name, among=None):
    """The path of the one file with this name."""
    found = [path for path in among or paths(".c", ".h", ".def")
             if os.path.basename(path) == name]
    suite.check(len(found) == 1, "%d files are called %s" % (len(found), name))
    return found[0]


def read(name):
    with open(find(name), encoding="utf-8") as f:
        return f.read()


def named(path):
    """The path as #include and the build directory spell it: tree/root.c."""
    return os.path.relpath(path, SRC)


def objects(build=None):
    """The object of each module."""
    return [os.path.join(build or suite.BUILD, "obj", named(path)[:-1] + "o")
            for path in modules()]


def unit(name):
    """The source of a unit test."""
    return find(name, glob.glob(os.path.join(UNITS, "*", "test_*.c")))
