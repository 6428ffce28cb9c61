"""Builds of the server that are wrong on purpose: controls of the harnesses.

A suite that never fails proves nothing, so it has to catch one of these.  The
sources are copied and some words of them replaced; nothing in the sources
themselves, and no switch, makes such a build.
"""

import hashlib
import os
import shutil
import subprocess

import sources
import suite

# For root a wrong build may be anything: what is in /dev stays as it is.
SHIELD = ["unshare", "-m", "sh", "-c",
          "mount --rbind /dev /dev && mount -o remount,bind,ro /dev && "
          "exec \"$@\"", "sh"]


def _sources():
    found = [os.path.join(suite.TOP, name)
             for name in ("Makefile", "tests/need")]
    return found + sources.paths(".c", ".h", ".def")


def _changed(path, changes):
    """A source's text with its changes; each must hit exactly once."""
    with open(path) as f:
        text = f.read()
    for name, old, new in changes:
        if name != os.path.basename(path):
            continue
        suite.check_equal(text.count(old), 1, "%r in %s" % (old, name))
        text = text.replace(old, new)
    return text


def build(name, changes):
    """Builds build/NAME/build/scp-server with (file, old, new) changes."""
    suite.need_tool("make", "cc")
    top = os.path.join(suite.TOP, "build", name)
    program = os.path.join(top, "build", "scp-server")
    texts = {os.path.relpath(p, suite.TOP): _changed(p, changes)
             for p in _sources()}
    stamp = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()
    if os.access(program, os.X_OK) and _stamp_of(top) == stamp:
        return program
    shutil.rmtree(top, ignore_errors=True)
    for path, text in texts.items():
        path = os.path.join(top, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
    os.chmod(os.path.join(top, "tests", "need"), 0o755)
    subprocess.run(["make", "-s", "-j4", "-C", top, "BUILD=build", "CFLAGS=-O1"],
                   check=True, stdout=subprocess.DEVNULL, env=_environment())
    with open(os.path.join(top, "stamp"), "w") as f:
        f.write(stamp)
    return program


def _stamp_of(top):
    try:
        with open(os.path.join(top, "stamp")) as f:
            return f.read()
    except FileNotFoundError:
        return None


def _environment():
    """Ours, without what a make around us says of the true build."""
    return {name: value for name, value in os.environ.items()
            if name not in ("BUILD", "SANITIZED", "MAKEFLAGS", "MFLAGS",
                            "MAKELEVEL", "STATIC", "WERROR")}


def shield():
    """What to put before a command that runs such a build."""
    if os.geteuid() != 0:
        return []
    suite.need_tool("unshare")
    done = subprocess.run(SHIELD + ["true"], stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        suite.skip("root, and no mount namespace to keep /dev safe")
    return SHIELD
