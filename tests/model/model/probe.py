"""Asks the program's own modules, through probe.c, about many inputs."""

import errno
import os
import shutil
import subprocess

import bulk
import suite

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "probe.c")
NAMES = {number: name for name, number in bulk.errors().items()}
NAMES.update(errno.errorcode)
NAMES[0] = "ok"
NUMBERS = {name: number for number, name in NAMES.items()}


def hexed(octets):
    return octets.hex() or "-"


def unhexed(word):
    return b"" if word == "-" else bytes.fromhex(word)


def ask(program, arguments, lines):
    """The verdicts on the lines, in order."""
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE,
                          input="".join(l + "\n" for l in lines), text=True)
    verdicts = done.stdout.split("\n")[:-1]
    suite.check(done.returncode == 0 and len(verdicts) == len(lines),
                "probe ended with %d after %d of %d inputs" % (
                    done.returncode, len(verdicts), len(lines)))
    return verdicts


def build(directory):
    """The probe of the modules as they are, where nobody can run it."""
    return bulk.link(SOURCE, os.path.join(directory, "probe"))


def build_mutant(directory, module, old, new):
    """A probe with one mistake in one module."""
    where = os.path.join(directory, "mutant-" + module)
    shutil.rmtree(where, ignore_errors=True)
    os.mkdir(where)
    return bulk.link(SOURCE, os.path.join(where, "probe"),
                     [bulk.mutate(module, old, new, where)])
