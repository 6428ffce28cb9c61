"""The model's variants, and what makes one of them wrong."""

import collections
import os
import re
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join(HERE, "scp.pml")
DEPTH_MAX = 1000000
PATIENCE = 3000

# name, words: which source meets which sink
VARIANTS = (
    ("lockstep_meets_stops", "LOCKSTEP STOPS"),
    ("lockstep_meets_drops", "LOCKSTEP DROPS"),
    ("lockstep_meets_skips", "LOCKSTEP SKIPS"),
    ("lockstep_meets_stops_ahead", "LOCKSTEP STOPS AHEAD"),
    ("lockstep_meets_drops_ahead", "LOCKSTEP DROPS AHEAD"),
    ("lockstep_meets_unasked", "LOCKSTEP DROPS UNASKED"),
    ("pipelined_meets_stops", "PIPELINED STOPS"),
    ("pipelined_meets_drops", "PIPELINED DROPS"),
    ("pipelined_meets_skips", "PIPELINED SKIPS"),
    ("pipelined_meets_drops_ahead", "PIPELINED DROPS AHEAD"),
    ("pipelined_meets_unasked", "PIPELINED DROPS UNASKED"),
    ("eager_meets_stops", "EAGER STOPS"),
    ("eager_meets_drops", "EAGER DROPS"),
    ("eager_meets_drops_ahead", "EAGER DROPS AHEAD"),
    ("hostile_meets_stops", "HOSTILE STOPS"),
    ("hostile_meets_drops_ahead", "HOSTILE DROPS AHEAD"),
)

# mutant: what it does wrong, and who meets in it
MUTANTS = (
    ("M_NO_FIRST_REPLY", "LOCKSTEP STOPS", "the sink waits to be asked"),
    ("M_SERVES_REFUSED", "LOCKSTEP STOPS", "files for a refused target"),
    ("M_SILENT_TIMES", "LOCKSTEP STOPS", "a T is not answered"),
    ("M_ANSWERS_WARNING", "LOCKSTEP DROPS", "a \\1 is answered"),
    ("M_ANSWERS_TWICE", "LOCKSTEP DROPS", "an E has two answers"),
    ("M_PARSES_ON", "EAGER DROPS", "a refused body is read as records"),
    ("M_STOPS_READING", "LOCKSTEP DROPS", "so is the rest of a failed one"),
    ("M_TAKES_ONE_MORE", "LOCKSTEP STOPS", "one octet too many is a body's"),
    ("M_CUT_IS_END", "LOCKSTEP STOPS", "a body that was cut is stored"),
    ("M_PUBLISHES_FIRST", "LOCKSTEP STOPS", "stored before its status"),
    ("M_IGNORES_STATUS", "LOCKSTEP STOPS", "stored though taken back"),
    ("M_ACKNOWLEDGES_FIRST", "LOCKSTEP STOPS", "acknowledged, not stored"),
    ("M_REFUSES_DIRECTORY", "EAGER DROPS", "its children go elsewhere"),
    ("M_REFUSES_LATE", "LOCKSTEP DROPS AHEAD", "a C is answered twice"),
    ("M_TELLS_AFTERWARDS", "LOCKSTEP DROPS AHEAD", "so is an E"),
    ("M_TWO_AHEAD", "LOCKSTEP DROPS AHEAD", "the verdict on a body, before it"),
    ("M_CHANGES_ITS_WAYS", "LOCKSTEP DROPS AHEAD", "T for some files only"),
    ("M_BODY_UNASKED", "PIPELINED SKIPS", "a body before C's answer"),
    ("M_CHILD_UNASKED", "PIPELINED SKIPS", "a child before D's answer"),
    ("M_LEAVES_REFUSED", "LOCKSTEP SKIPS", "E for a D that was refused"),
    ("M_SENDS_LESS", "LOCKSTEP STOPS", "a body shorter than announced"),
    ("M_SENDS_MORE", "LOCKSTEP STOPS", "a body longer than announced"),
)

SMALL = {"ITEMS": 2, "SIZE": 1, "DEPTH": 2, "MESSAGES": 4}
SMALL_EAGER = {"ITEMS": 1, "SIZE": 1, "DEPTH": 1}
LARGE = {"ITEMS": 3, "SIZE": 2, "DEPTH": 2, "MESSAGES": 6}
LARGE_EAGER = {"ITEMS": 2, "SIZE": 2, "DEPTH": 2}

Result = collections.namedtuple("Result", "errors states depth said complete")


def sizes(words, large):
    if "EAGER" in words or "UNASKED" in words:
        return LARGE_EAGER if large else SMALL_EAGER
    return LARGE if large else SMALL


def number(pattern, text):
    found = re.search(pattern, text)
    if found is None:
        raise AssertionError("no %r in\n%s" % (pattern, text))
    return int(float(found.group(1)))


def run(words, size, optimise):
    """Explores one variant completely, or to its first error."""
    where = tempfile.mkdtemp(prefix="scp-server-test.")
    try:
        defines = ["-D" + w for w in ("FAULTS " + words).split()]
        defines += ["-D%s=%d" % item for item in size.items()]
        shutil.copy(MODEL, where)
        subprocess.run(["spin", "-a"] + defines + ["scp.pml"], cwd=where,
                       check=True, stdout=subprocess.PIPE)
        subprocess.run(["cc", "-w", optimise, "-DSAFETY", "-DCOLLAPSE", "-o",
                        "pan", "pan.c"], cwd=where, check=True)
        done = subprocess.run(
            ["nice", "./pan", "-m%d" % DEPTH_MAX], cwd=where, text=True,
            timeout=PATIENCE, check=True, stdout=subprocess.PIPE)
    finally:
        shutil.rmtree(where)
    said = done.stdout
    complete = not re.search("max search depth too small|not completed|"
                             "out of memory", said)
    return Result(number(r"errors: (\d+)", said),
                  number(r"([\d.e+]+) states, stored", said),
                  number(r"depth reached (\d+)", said), said, complete)
