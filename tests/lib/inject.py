"""Lists a program's system calls and changes one of them, by inject.c."""

import collections
import os
import re
import subprocess
import sys

import suite

BUILD = os.path.join(suite.TOP, "build")
SOURCE = os.path.join(suite.TOP, "tests", "lib", "inject.c")
PROGRAM = os.path.join(BUILD, "inject")

# One system call that was made: arguments are the first three.  cut: it moved
# fewer bytes than it would have, because it was changed.
Call = collections.namedtuple("Call", "name arguments result changed cut")


def compile_helper(source, program, *more):
    """Builds a C helper of the tests, if it isn't newer than its sources.

    more are other sources and headers of it.
    """
    os.makedirs(os.path.dirname(program), exist_ok=True)
    sources = (source,) + more
    if (os.path.exists(program) and os.path.getmtime(program) >=
            max(os.path.getmtime(s) for s in sources)):
        return
    new = suite.unique(program)
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-O2", "-Wall",
                    "-pthread", "-o", new] +
                   [s for s in sources if s.endswith(".c")], check=True)
    os.rename(new, program)


def build():
    """Makes inject, or skips the case where it can't run."""
    if os.uname().machine != "x86_64" or sys.maxsize < 1 << 32:
        suite.skip("inject knows only the registers of x86-64")
    suite.need_tool("cc")
    compile_helper(SOURCE, PROGRAM)


def _call_numbers():
    """The system call numbers of this machine, as the compiler knows them."""
    text = subprocess.run(
        ["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c",
         os.devnull], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: int(value) for name, value in
            re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.M)}


_numbers = {}
_names = {}


def numbers():
    if not _numbers:
        _numbers.update(_call_numbers())
        _names.update({value: name for name, value in _numbers.items()})
    return _numbers


def command(calls, fault, argv, named=False):
    """The command line that runs argv, lists its calls, and changes one.

    fault is None or (call, occurrence, option, value), see inject.c; named
    takes O_TMPFILE away.
    """
    line = [PROGRAM, "-o", calls] + (["-T"] if named else [])
    if fault is not None:
        name, occurrence, option, value = fault
        line += ["-c", str(numbers()[name]), "-k", str(occurrence),
                 option, str(value)]
    return line + argv


def read_calls(path):
    """The calls of a list that inject wrote, in order."""
    numbers()
    calls = []
    with open(path) as lines:
        for line in lines:
            words = line.split()
            if len(words) < 4:
                continue
            changed, cut = "*" in words, words[-1] == "cut"
            result = words[4] if len(words) > 4 and words[4] != "*" else "?"
            calls.append(Call(_names.get(int(words[0]), words[0]),
                              tuple(int(w) for w in words[1:4]),
                              None if result == "?" else int(result),
                              changed, cut))
    return calls


def lockdown(calls):
    """The place of the call after which the filter is in force, or None."""
    for n, call in enumerate(calls):
        if call.name == "seccomp" and call.arguments[0] == 1:
            return n
        if call.name == "prctl" and call.arguments[0] == 22:
            return n
    return None
