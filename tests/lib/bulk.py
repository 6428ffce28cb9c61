"""Very many inputs: seeded, spread over processes, and never as root.

An input belongs to a portion, and each portion has a random generator of its
own, made of SEED, its group's name and its number.  So a difference is found
again from the seed that was printed, whatever the number of processes.
"""

import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import time
import traceback

import sources
import suite
import variants

JOBS = int(os.environ.get("JOBS", "2"))
BUILD = suite.BUILD
NOBODY = 65534
PROOF = "--proof" in sys.argv
# The short form is the same each time; the long one looks for something new.
SEED = os.environ.get("SEED") or (
    str(random.SystemRandom().randrange(10 ** 9)) if PROOF else "1")
SHOWN_MAX = 8
CONTROL_ROUNDS = 20
MEMORY_MIN = 256 << 20


def begin():
    """Prints the seed; takes --proof out of the arguments of the suite."""
    sys.argv = [a for a in sys.argv if a != "--proof"]
    print("SEED=%s" % SEED, flush=True)


def size(short, proof):
    """How many inputs of a group: fewer in the short form."""
    return proof if PROOF else short


def first(name, differences):
    """Of a control: rounds until one has differences; what it takes is rare."""
    return next((found for found in (differences("%s-%d" % (name, n))
                                     for n in range(CONTROL_ROUNDS))
                 if found), [])


def figure(what, reached, target):
    """One line of the proof."""
    if PROOF:
        print("proof\t%s\t%s\t%s" % (what, reached, target), flush=True)


def drop_root():
    """This process becomes an account that owns nothing."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def own_directory():
    """A scratch directory that belongs to whom drop_root() becomes.

    In memory where there is some: these are very many small files.
    """
    memory = "/dev/shm"
    fits = os.access(memory, os.W_OK) and \
        shutil.disk_usage(memory).free > MEMORY_MIN
    path = suite.scratch(None if "TMPDIR" in os.environ or not fits
                         else memory)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    return path


def _portions(work, name, portions, mine, end, index):
    parent = os.getppid()
    drop_root()
    results = []
    try:
        for n in mine:
            if os.getppid() != parent:
                break                   # nobody waits for us any more
            rng = random.Random("%s/%s/%d" % (SEED, name, n))
            results.append(work(rng, n if index else portions[n]))
        end.send(results)
    except BaseException:
        end.send(traceback.format_exc())
    finally:
        end.close()
        os._exit(0)


def spread(name, work, count, portion, index=False):
    """work(rng, n) for portions of count inputs, as nobody; its results.

    With index n is the portion's number, else how many inputs it has.
    """
    portions = [min(portion, count - n) for n in range(0, count, portion)]
    context = multiprocessing.get_context("fork")
    started = []
    for job in range(min(JOBS, len(portions))):
        ours, theirs = context.Pipe(False)
        process = context.Process(
            target=_portions, args=(work, name, portions,
                                    range(job, len(portions), JOBS), theirs,
                                    index))
        process.start()
        theirs.close()
        started.append((process, ours))
    results = []
    for process, ours in started:
        try:
            got = ours.recv()
        except EOFError:
            got = "a worker died without a word"
        process.join()
        results += got if isinstance(got, list) else [got]
    broken = [r for r in results if isinstance(r, str)]
    suite.check(not broken, "\n".join(broken))
    return results


def judge(what, count, differences, target=None, begun=None):
    """Reports a group; fails with its first differences."""
    took = "" if begun is None else " (%.1f s)" % (time.monotonic() - begun)
    print("        %s: %d, %d differences%s" % (
        what, count, len(differences), took), flush=True)
    figure(what, count, count if target is None else target)
    figure(what + ", differences", len(differences), 0)
    suite.check(not differences, "SEED=%s\n%s" % (
        SEED, "\n".join(str(d) for d in differences[:SHOWN_MAX])))


def _cc(*arguments):
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", *variants.defines(), "-O2",
         "-fPIE", "-Wall", "-Wextra", "-iquote", os.path.join(suite.TOP, "src"),
         "-iquote", BUILD, *arguments], check=True)


def link(source, program, first=()):
    """Links a C source or object with the program's own modules.

    Objects in first take the place of those in the library.
    """
    os.makedirs(os.path.dirname(program), exist_ok=True)
    new = suite.unique(program)
    _cc("-pie", "-o", new, source, *first,
        os.path.join(BUILD, "libscpserver.a"), *variants.linked())
    os.rename(new, program)
    return program


def mutate(module, old, new, directory):
    """An object of a module in which one thing is wrong, for a control."""
    text = sources.read(module + ".c")
    suite.check(text.count(old) == 1, "%s.c no longer has %r once" % (
        module, old))
    path = os.path.join(directory, module + ".c")
    with open(path, "w") as f:
        f.write(text.replace(old, new))
    _cc("-w", "-c", "-o", path[:-1] + "o", path)
    return path[:-1] + "o"


def errors():
    """The numbers of err.def, by name: they count up, in its order."""
    names = re.findall(r"^[A-Z]+\((ERR_\w+)", sources.read("err.def"), re.M)
    return {name: n for n, name in enumerate(names, -999)}
