"""The frame of every suite: named cases, loud skips, one closing line.

A suite is a script that makes cases with @case and ends with main().  A case
is a function without arguments; it fails by raising, and skips by calling
skip().  In CI (CI=true) a skip counts as a failure: a test that silently
stops running proves nothing.
"""

import fnmatch
import os
import shutil
import sys
import tempfile
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVER = os.path.abspath(os.environ.get(
    "SCP_SERVER", os.path.join(TOP, "build", "scp-server")))

_cases = []


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


def check(condition, what):
    """An assertion that survives python -O and says what it saw."""
    if not condition:
        raise AssertionError(what)


def check_equal(seen, wanted, what="value"):
    if seen != wanted:
        raise AssertionError("%s: saw %r, wanted %r" % (what, seen, wanted))


def scratch(where=None):
    """A new directory that the caller removes; open to other accounts."""
    path = tempfile.mkdtemp(prefix="scp-server-test.", dir=where)
    os.chmod(path, 0o755)
    return path


def main():
    """Runs the cases whose names match the arguments (all without any)."""
    strict = os.environ.get("CI") == "true"
    wanted = sys.argv[1:]
    passed = failed = skipped = 0
    for name, function in _cases:
        if wanted and not any(fnmatch.fnmatch(name, w) for w in wanted):
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
