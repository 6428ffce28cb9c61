"""The conversations of scp-protocol(7), held with the program itself."""

import os
import sys

import pages
import suite

sys.path.insert(0, os.path.join(suite.TOP, "tests", "session", "dialog"))
import play
import script
from server import WHOLE

F1 = "file f1 = hello\\n"
EMPTY = "file empty mtime=1700000000 atime=1700000001 ="
TREE = ["dir d", "file d/a = x\\n", "fifo d/fifo"]
DIR = ["dir dir"]

# In the order of the page: command, the tree before, the tree after (None: as
# before).
TREES = (
    ("-t f1", [], [F1]),
    ("-p -t f1", [],
     ["file f1 0600 mtime=1700000000 atime=1700000001 = hello\\n"]),
    ("-r -t .", [], ["dir d 0755", "file d/a 0644 = x\\n", "dir d/sub 0755"]),
    ("-t f1", [], [F1]),
    ("-r -d -t .", [], [F1]),
    ("-r -t .", [], []),
    ("-r -t .", DIR, DIR + ["file f2 = y\\n"]),
    ("-t .", DIR, None),
    ("-d -t missing", [], None),
    ("-f f1", [F1], None),
    ("-p -f empty", [EMPTY], None),
    ("-r -f d", TREE, None),
    ("-f nope f1", [F1], None),
    ("-f f1 empty", [F1, EMPTY], None),
    ("-t .", [], ["file a = x\\n", "file b = y\\n"]),
)


def convert(command, lines, before, after):
    """A chart in the words of a dialog."""
    said = ["# " + command, "args: " + command, "before:"]
    said += ["    " + line for line in before]
    for line in lines:
        if line == "C: EOF":
            said.append(">EOF")
        elif line.startswith("S: exit "):
            said.append("exit: " + line[len("S: exit "):])
        else:
            said.append({"C: ": "> ", "S: ": "< "}[line[:3]] + line[3:])
    if after is not None:
        said += ["after:"] + ["    " + line for line in after]
    return "\n".join(said) + "\n"


def hold(text):
    """Plays it; raises where the program says something else."""
    where = suite.scratch()
    path = os.path.join(where, "chart.dlg")
    try:
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        play.play(script.Dialog(path), "", WHOLE)
    finally:
        os.unlink(path)
        os.rmdir(where)


def chart_case(number):
    command, lines = pages.charts()[number]
    suite.check_equal(command, TREES[number][0], "the command of the chart")
    hold(convert(command, lines, *TREES[number][1:]))


def add_cases():
    for number, (command, _, _) in enumerate(TREES):
        name = "chart-%02d scp %s" % (number + 1, command)
        suite.add(name, lambda n=number: chart_case(n))


@suite.case
def every_chart_has_its_tree():
    suite.check_equal([c for c, _ in pages.charts()],
                      [c for c, _, _ in TREES], "charts")


@suite.case
def a_chart_that_is_wrong_fails():
    command, lines = pages.charts()[0]
    for wrong in (["S: exit 1" if l == "S: exit 0" else l for l in lines],
                  [l.replace("S: \\0", "S: \\1", 1) for l in lines],
                  lines[:-3] + lines[-2:]):
        try:
            hold(convert(command, wrong, [], [F1]))
        except AssertionError:
            continue
        raise AssertionError("passed: %r" % wrong)
