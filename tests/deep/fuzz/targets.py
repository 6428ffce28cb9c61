"""The targets, and how one of them is run.

A target is run as an account that owns nothing, in a directory of its own on
tmpfs with a copy of the program: a target that is broken, or was broken on
purpose, can hurt nobody.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lib"))

import corpus
import suite

OUT = os.path.join(suite.TOP, "build", "fuzz")
NOBODY = 65534
SHM = "/dev/shm"

# name: longest input while fuzzing, dictionary
PURE = {
    "record": (320, "record"),
    "reply": (112, "record"),
    "command": (160, "command"),
    "config": (160, "config"),
    "value": (96, "config"),
    "path": (288, "path"),
    "destination": (96, "path"),
    "match": (96, "pattern"),
    "pattern": (40, "pattern"),
    "escape": (128, "record"),
    "packet": (128, "record"),
}
SESSIONS = {
    "sink": (512, "record"),
    "source": (256, "record"),
    "sftp": (256, "record"),
}
TARGETS = {**PURE, **SESSIONS}

UNITS = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
BROKEN = re.compile(r"^.*(?:claim broken|runtime error|ERROR): .*$", re.M)


def make(*goals, **variables):
    """Builds goals of the Makefile beside us."""
    command = ["make", "-s", "-j", str(os.cpu_count() or 1), "-f",
               "tests/deep/fuzz/Makefile", *goals,
               *["%s=%s" % v for v in variables.items()]]
    done = subprocess.run(command, cwd=suite.TOP, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    suite.check(done.returncode == 0, done.stdout[-4000:])


def room():
    """tmpfs where programs may run; None for the usual place."""
    if os.path.isdir(SHM) and not os.statvfs(SHM).f_flag & os.ST_NOEXEC:
        return SHM
    return None


class Place:
    """A directory for one run of a program; removed at the end of "with"."""

    def __init__(self, program, inputs=()):
        self.program = program
        self.inputs = inputs

    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix="scp-server-fuzz.", dir=room())
        for name in ("corpus", "found", "scratch"):
            os.mkdir(self.at(name))
        corpus.unpack(self.inputs, self.at("corpus"))
        shutil.copy(self.program, self.at("program"))
        if os.geteuid() == 0:
            for folder, _, names in os.walk(self.top):
                for name in (".", *names):
                    os.chown(os.path.join(folder, name), NOBODY, NOBODY)
        return self

    def __exit__(self, *_):
        if os.geteuid() != 0:           # some are made without rights
            for folder, names, _ in os.walk(self.top):
                for name in (os.path.join(folder, n) for n in names):
                    if not os.path.islink(name):
                        os.chmod(name, 0o700)
        shutil.rmtree(self.top)

    def at(self, name):
        return os.path.join(self.top, name)

    def run(self, *words, limit, env=None, before=(), program="program"):
        """Exit status and output of the program with these words."""
        account = []
        if os.geteuid() == 0:
            account = ["setpriv", "--reuid=%d" % NOBODY,
                       "--regid=%d" % NOBODY, "--clear-groups", "--"]
        done = subprocess.run(
            [*account, *before, self.at(program), *words], cwd=self.top,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=limit, check=False,
            env={"PATH": os.environ["PATH"], "TMPDIR": self.at("scratch"),
                 "UBSAN_OPTIONS": "print_stacktrace=1", **(env or {})})
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def found(self):
        """What libFuzzer kept: crash-*, timeout-*, leak-*, oom-*."""
        return sorted(os.listdir(self.at("found")))


def program(target, kind="bin"):
    return os.path.join(OUT, kind, target)


def units(said):
    """How many inputs were tried, from what libFuzzer said."""
    found = UNITS.search(said)
    return int(found.group(1)) if found else 0


def complaint(said):
    """What a target found, before the stack that may be all of its end."""
    return "\n".join([*BROKEN.findall(said)[:3], said[-4000:]])


def fuzz(place, target, seconds, *more, limit=None):
    """
    Some seconds of libFuzzer: status, output, inputs tried.  Its dearer way to
    choose inputs pays where an input is a whole session.
    """
    longest, dictionary = TARGETS[target]
    shutil.copy(os.path.join(HERE, "dict", dictionary), place.at("dict"))
    status, said = place.run(
        "-seed=%s" % os.environ.get("SEED", "0"),
        "-max_total_time=%d" % seconds, "-max_len=%d" % longest,
        "-dict=" + place.at("dict"), "-timeout=1",
        "-reload=0", "-entropic=%d" % (target in SESSIONS),
        "-print_final_stats=1", "-verbosity=0",
        "-artifact_prefix=" + place.at("found") + "/", *more,
        place.at("corpus"), limit=limit or seconds * 3 + 120)
    return status, said, units(said)
