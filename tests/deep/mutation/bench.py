"""Builds a mutant and lets the tests that ought to notice it try.

Everything happens below one scratch directory, top, which holds a copy of
src/, tests/ and what build/ has ready.  Of a mutant only its own object is
compiled; the unit programs it is linked into were compiled once.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import mutants
import sources
import suite
import variants

CC = os.environ.get("CC", "cc")
FLAGS = [*variants.defines(), "-std=c11", "-O1", "-fPIE", "-w"]
LINK = variants.linked()
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
# A policy file has to be root's: in a user namespace anybody is.
AS_ROOT = ["unshare", "--user", "--map-root-user"]
NEEDS_ROOT = ["test_load", "test_combine"]
WALL = 120                  # seconds; who hangs without using any time
TRIES = 3                   # of a mutant that is listed as equivalent
TICK = os.sysconf("SC_CLK_TCK")

KILLED, SURVIVED = "killed", "survived"
STILLBORN, SAME = "does not compile", "the same code"


class Stillborn(Exception):
    """A mutant that does not link."""


def folder_of(name):
    """The folder below src/ of a source."""
    return os.path.dirname(sources.named(sources.find(name)))


def output(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split()


def quietly(command, **more):
    """Whether a command succeeds."""
    return subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, **more).returncode == 0


def cpu_seconds(pid):
    """What a process and those it has waited for have used."""
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICK


def runs_well(command, seconds):
    """Whether a program succeeds; one that computes for too long does not."""
    limit = "--cpu=%d" % (1 + int(seconds))
    p = subprocess.Popen(["prlimit", limit, "--core=0", *command],
                         stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + WALL
    while True:
        try:
            return p.wait(0.2) == 0
        except subprocess.TimeoutExpired:
            if cpu_seconds(p.pid) < seconds and time.monotonic() < until:
                continue
        p.send_signal(signal.SIGTERM)       # Check ends its children then
        try:
            p.wait(5)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
        return False


class Place:
    """The copy, and a new directory for each mutant."""

    def __init__(self, top):
        self.top = top
        self.texts = {}
        self.lock = threading.Lock()

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def text(self, name):
        if name not in self.texts:
            with open(self.path("src", folder_of(name), name)) as f:
                self.texts[name] = f.read()
        return self.texts[name]

    def new(self):
        return tempfile.mkdtemp(dir=self.path("work"))


class Bench(Place):
    def __init__(self, top, tests):
        """tests: source file -> the unit programs that should notice."""
        super().__init__(top)
        self.tests = tests
        self.check = [output("pkg-config", "--cflags", "check"),
                      output("pkg-config", "--libs", "check")]
        self.units, self.seconds = {}, {}
        self.plain, self.seen = {}, set()

    def compile(self, source, out, more=()):
        return quietly([CC, *FLAGS, *more, "-iquote", self.path("src"),
                        "-iquote", self.path("build"), "-iquote",
                        self.path("tests", "unit"), "-c", "-o", out,
                        source])

    def link(self, unit, objects, out, more=()):
        plain = self.units[unit]
        return quietly([CC, "-pie", *more, "-o", out,
                        plain + ".sanitized" if more else plain, *objects,
                        self.path("build", "libscpserver.a"), *self.check[1],
                        *LINK])

    def command(self, unit, program):
        if unit in NEEDS_ROOT and os.geteuid() != 0:
            return [*AS_ROOT, program]
        return [program]

    def prepare(self):
        """Compiles the unit programs; without a mutant each has to pass."""
        for unit in sorted({u for us in self.tests.values() for u in us}):
            made = self.path("build", unit + ".unit.o")
            source = self.path(os.path.relpath(sources.unit(unit + ".c"),
                                               suite.TOP))
            if not self.compile(source, made, self.check[0]) or \
               not self.compile(source, made + ".sanitized",
                                self.check[0] + SANITIZE):
                raise AssertionError("%s does not compile" % unit)
            self.units[unit] = made
            program = self.path("build", unit + ".plain")
            if not self.link(unit, [], program):
                raise AssertionError("%s does not link" % unit)
            self.seconds[unit] = self._measure(unit, program)
        for name in self.tests:
            self.plain[name] = self._object(name, self.text(name))[0]

    def _measure(self, unit, program):
        """The seconds that a mutant gets: many times what it takes now."""
        before = os.times()
        if not quietly(self.command(unit, program)):
            raise AssertionError("%s fails without a mutant" % unit)
        after = os.times()
        used = after.children_user - before.children_user + \
            after.children_system - before.children_system
        return 2 + 5 * used

    def _object(self, name, text):
        """(hash of the code or None, directory, object)."""
        where = self.new()
        source, made = os.path.join(where, name), os.path.join(where, "m.o")
        with open(source, "w") as f:
            f.write(text)
        if not self.compile(source, made):
            return None, where, made
        with open(made, "rb") as f:
            return hashlib.sha256(f.read()).hexdigest(), where, made

    def _is_noticed(self, name, where, made, more=()):
        for unit in self.tests[name]:
            program = os.path.join(where, unit)
            if not self.link(unit, [made], program, more):
                raise Stillborn()
            if not runs_well(self.command(unit, program),
                             self.seconds[unit] * (4 if more else 1)):
                return True
        return False

    def _is_always_noticed(self, tries, *words):
        return all(self._is_noticed(*words) for _ in range(tries))

    def judge(self, mutant, is_listed=False):
        """KILLED, SURVIVED, or why there is nothing to judge.  What is listed
        as equivalent is tried again if it is noticed: a test that was late on
        a busy machine fails, too."""
        tries = TRIES if is_listed else 1
        code, where, made = self._object(
            mutant.file, mutants.apply(self.text(mutant.file), mutant))
        try:
            if code is None:
                return STILLBORN
            with self.lock:
                if code == self.plain[mutant.file] or code in self.seen:
                    return SAME
                self.seen.add(code)
            if self._is_always_noticed(tries, mutant.file, where, made):
                return KILLED
            # what reads or writes too far shows under sanitizers at least
            sanitized = os.path.join(where, "s.o")
            self.compile(os.path.join(where, mutant.file), sanitized, SANITIZE)
            if self._is_always_noticed(tries, mutant.file, where, sanitized,
                                       SANITIZE):
                return KILLED
            return SURVIVED
        except Stillborn:               # it names what is nowhere
            return STILLBORN
        finally:
            shutil.rmtree(where, ignore_errors=True)


class FilterBench(Place):
    """The same for the table of the filters: the verdict suite looks at it.

    Only the cases that read the table: that the programs say what the table
    says is proved by the others, for every table.
    """

    CASES = ["each_*", "some_*", "no_*", "the_table_*"]

    def __init__(self, top):
        super().__init__(top)
        self.plain = None

    def _table(self, mutant):
        """The preprocessed table of a mutant, and where it is."""
        where = self.new()
        for name in ("seccomp_rules.h", "open_flags.h", "confine.h"):
            text = self.text(name)
            if mutant is not None and mutant.file == name:
                text = mutants.apply(text, mutant)
            os.makedirs(os.path.join(where, folder_of(name)), exist_ok=True)
            with open(os.path.join(where, folder_of(name), name), "w") as f:
                f.write(text)
        done = subprocess.run(
            [CC, "-D_GNU_SOURCE", "-I", where, "-I", self.path("src"), "-E",
             "-P", os.path.join(where, folder_of("seccomp_rules.h"),
                                "seccomp_rules.h")], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        table = done.stdout.partition("\nTABLE_BEGINS\n")[2]
        with open(os.path.join(where, "seccomp_rules.i"), "w") as f:
            f.write(table)
        return (table if done.returncode == 0 else None), where

    def _passes(self, where):
        return quietly(
            ["python3", "-B", self.path("tests", "artefact", "verdict", "run"),
             *self.CASES], env=dict(os.environ, BUILD=where))

    def prepare(self):
        self.plain, where = self._table(None)
        if not self._passes(where):
            raise AssertionError("the verdict suite fails without a mutant")

    def judge(self, mutant, _=False):
        table, where = self._table(mutant)
        try:
            if table is None:
                return STILLBORN
            if table == self.plain:
                return SAME
            return SURVIVED if self._passes(where) else KILLED
        finally:
            shutil.rmtree(where, ignore_errors=True)
