"""The frame of every suite: named cases, loud skips, one closing line.

A suite is a script that makes cases with @case and ends with main().  A case
is a function without arguments; it fails by raising, and skips by calling
skip().  In CI (CI=true) a skip counts as a failure: a test that silently
stops running proves nothing.

As root, importing this module starts the script anew in a private system:
see private.py.
"""

import contextlib
import fnmatch
import os
import secrets
import shutil
import sys
import tempfile
import time
import traceback

import private
import program

BUILD, TOP = program.BUILD, program.TOP
SERVER, CHECK = program.SERVER, program.CHECK

private.enter()

_cases = []
_parts = {}


class Skip(Exception):
    """Raised by skip(): the case cannot run on this machine."""


def case(function):
    """Registers a function as a case; its name is the sentence printed."""
    _cases.append((function.__name__, function))
    return function


def add(name, function):
    """Registers a case under a name of its own: for table-driven cases."""
    _cases.append((name, function))


def skip(reason):
    raise Skip(reason)


def need_root():
    if os.geteuid() != 0:
        skip("needs root")


def need_tool(*names):
    for name in names:
        if shutil.which(name) is None:
            skip("needs " + name)


@contextlib.contextmanager
def policy(text):
    """The configuration file of the private system: a login shell is told of
    no other one."""
    if not os.environ.get(private.ENTERED):
        skip("needs a private system")
    path = "/etc/scp-server.conf"
    private.write(path, text)
    try:
        yield
    finally:
        os.remove(path)


def check(condition, what):
    """An assertion that survives python -O and says what it saw."""
    if not condition:
        raise AssertionError(what)


def check_equal(seen, wanted, what="value"):
    if seen != wanted:
        raise AssertionError("%s: saw %r, wanted %r" % (what, seen, wanted))


def unique(name):
    """A name like this that nobody else uses.  A number of a process is no
    such thing: each private system counts its own."""
    return "%s.%s" % (name, secrets.token_hex(8))


def scratch(where=None):
    """A new directory that the caller removes; open to other accounts."""
    path = tempfile.mkdtemp(prefix="scp-server-test.", dir=where)
    os.chmod(path, 0o755)
    return path


def _matches(name, patterns):
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def divide(parts):
    """For a suite that may be run in parts: their names and, for each, the
    patterns of its cases.  The part "rest" is what no other one holds."""
    _parts.update(parts)


def is_wanted(name):
    """Whether the arguments ask for a case: by patterns of names, by parts,
    and without any for all."""
    wanted = sys.argv[1:]
    if wanted == ["rest"] and _parts:
        return not any(_matches(name, part) for part in _parts.values())
    return not wanted or any(
        _matches(name, _parts.get(word, [word])) for word in wanted)


def of_failures(said, shown=60):
    """Of what a program with cases said: of each that failed the first
    lines, and the end of all but those that passed."""
    lines = [line for line in said.splitlines()
             if not line.startswith("ok ")]
    for n in [n for n, line in enumerate(lines[:-shown])
              if line.startswith("not ok")][:5]:
        yield from lines[n:min(n + 25, len(lines) - shown)]
    yield from lines[-shown:]


def main():
    """Runs the cases that the arguments ask for."""
    strict = os.environ.get("CI") == "true"
    passed = failed = skipped = 0
    for name, function in _cases:
        if not is_wanted(name):
            continue
        begun = time.monotonic()
        try:
            function()
        except Skip as e:
            skipped += 1
            print("SKIPPED %s: %s" % (name, e), flush=True)
            continue
        except Exception:
            failed += 1
            print("not ok  %s" % name, flush=True)
            traceback.print_exc(file=sys.stdout)
            continue
        passed += 1
        print("ok      %s (%.1f s)" % (name, time.monotonic() - begun),
              flush=True)
    print("%s: %d passed, %d failed, %d skipped" % (
        os.path.basename(os.path.dirname(os.path.abspath(sys.argv[0]))),
        passed, failed, skipped), flush=True)
    if strict and skipped:
        print("in CI nothing may be skipped", flush=True)
    sys.exit(1 if failed or passed == 0 or (strict and skipped) else 0)
