"""Plays a dialog in a directory of its own and judges all of it."""

import contextlib
import os
import subprocess

import script
import suite
import tree
from server import NOBODY, PATIENCE, Server
from suite import check, check_equal


class Place:
    """The directory DIR and what is in it."""

    def __init__(self, dialog, top, each):
        self.work = os.path.join(top, "work")
        self.names = script.names_for(self.work, each)
        lines = [script.fill(line, self.names) for line in dialog.before]
        os.mkdir(self.work)
        os.chmod(self.work, 0o755)
        tree.make(self.work, lines)
        if dialog.user == "nobody" and os.geteuid() == 0:
            tree.give(self.work, NOBODY)
        tree.settle(self.work, lines)
        self.before = tree.snapshot(self.work)
        tree.settle(self.work, lines)   # looking changed access times


@contextlib.contextmanager
def place(dialog, each=""):
    top = suite.scratch()
    try:
        yield Place(dialog, top, each)
    finally:
        tree.remove(top)


def start(dialog, here, way):
    return Server(dialog, dialog.words(here.names),
                  os.path.join(here.work, dialog.cd), way)


def play(dialog, each, way):
    """The whole dialog once."""
    with place(dialog, each) as here:
        server = start(dialog, here, way)
        try:
            for step in dialog.steps:
                take_step(server, dialog, step, here)
            judge_end(server, dialog)
        finally:
            server.close()
        if dialog.after is None:
            tree.judge_unchanged(here.before, tree.snapshot(here.work))
        else:
            lines = [script.fill(line, here.names) for line in dialog.after]
            tree.judge(lines, here.before, tree.snapshot(here.work))


def take_step(server, dialog, step, here):
    text = script.fill(step.text, here.names)
    if step.sign == ">":
        server.send(script.decode(text))
    elif step.sign == "<":
        server.expect(script.decode(text))
    elif step.sign == "<~":
        line = server.expect_line(script.decode_pattern(text))
        if dialog.never:
            check(script.decode(dialog.never) not in line,
                  "%r shows %r" % (line, dialog.never))
    elif step.sign == ">EOF":
        server.end_input()
    else:
        subprocess.run(["/bin/sh", "-c", text], cwd=here.work, check=True,
                       timeout=PATIENCE)


def judge_end(server, dialog):
    check_equal(server.drain(), b"", "more words of the server")
    status = server.wait()
    said = server.said_on_stderr()
    check(script.decode_pattern(dialog.stderr).fullmatch(said),
          "stderr: saw %r, wanted %r" % (said, dialog.stderr))
    check_equal(status, int(dialog.exit), "exit status")
