"""Other builds of the program, each in a directory of its own below build/.

What differs is handed to make on its command line; there are no switches in
the program for it but SANITIZED, a fact of a build.
"""

import fcntl
import os
import re
import subprocess

import suite

# No filter, and leave by exit(): what watches a process from inside needs it.
UNFILTERED = ["SANITIZED=1", "SANITIZE="]

# What clang does not know of the hardening says nothing here.
CLANG = ["CC=clang", "HARDEN=-fPIE", "FORTIFY="]


def build_directory(name):
    return os.path.join(suite.TOP, "build", name)


def linked():
    """What the build links the program with."""
    return subprocess.run(
        ["make", "-s", "print-libs"], cwd=suite.TOP, check=True, text=True,
        stdout=subprocess.PIPE, env=_environment({})).stdout.split()


def defines():
    """What the build defines for the compiler."""
    flags = subprocess.run(
        ["make", "-s", "print-flags"], cwd=suite.TOP, check=True, text=True,
        stdout=subprocess.PIPE, env=_environment({})).stdout.split()
    return [flag for flag in flags if re.match("-D(?!_FORTIFY)", flag)]


def _environment(more):
    """Ours; what another compiler warns of is no mistake of the build."""
    return {**{name: value for name, value in os.environ.items()
               if name not in ("WERROR", "MAKEFLAGS", "MAKELEVEL")}, **more}


def build(name, variables, targets=("all",), env=None):
    """Makes targets in build/name and returns that directory.  Suites that
    want the same build wait for each other."""
    where = build_directory(name)
    os.makedirs(where, exist_ok=True)
    with open(os.path.join(where, ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            ["make", "-s", "-j2", "BUILD=build/" + name, *variables,
             *targets],
            cwd=suite.TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
            env=_environment(env or {}))
    suite.check(done.returncode == 0, done.stdout[-4000:])
    return where
