"""The peer is lost after every byte of its part of a good dialog.

Whatever it had sent, the process ends; what it stored is whole, and its exit
status says whether all of it was.
"""

import script
import tree
from play import place, start, take_step
from server import WHOLE
from suite import check, check_equal

LOST, GONE = "end of input", "nobody listens"


def positions(stream):
    """For each length of what we have sent: (exit status, files stored)."""
    found = [(0, 0)]
    stored = at = 0
    while at < len(stream):
        end = stream.index(b"\n", at) + 1
        found += [(2, stored)] * (end - at - 1)
        if stream[at:at + 1] != b"C":
            found.append((0, stored))
            at = end
            continue
        size = int(stream[at:end].split(b" ")[1])
        found += [(2, stored)] * size
        stored += 1         # all of the body, and its status byte
        found += [(0, stored)] * 2
        at = end + size + 1
    return found


def replies(stream):
    """The same for a source, where what we send are replies only.

    The reply to the last body or E may be missing.
    """
    return [(0 if n >= len(stream) - 1 else 1, 0)
            for n in range(len(stream) + 1)]


def play_until(server, dialog, here, budget, how):
    """Plays on while there are bytes to send, then is lost."""
    for step in dialog.steps:
        if step.sign == ">":
            data = script.decode(script.fill(step.text, here.names))
            server.send(data[:budget])
            budget -= len(data)
        else:
            take_step(server, dialog, step, here)
        if budget <= 0:
            break
    if how == GONE:
        server.hang_up()
    elif server.to is not None:
        server.end_input()


def cut_once(dialog, budget, how):
    """Returns the exit status, and the tree before and after."""
    with place(dialog) as here:
        server = start(dialog, here, WHOLE)
        try:
            if budget > 0 or how == GONE:
                play_until(server, dialog, here, budget, how)
            else:
                server.end_input()
            if how == LOST:
                server.drain()
            status = server.wait()
            check_equal(server.said_on_stderr(), b"", "stderr")
        finally:
            server.close()
        return status, here.before, tree.snapshot(here.work)


def contents(lines):
    return {e.name: e.content for e in tree.expand(lines)}


def judge_tree(dialog, before, now, stored):
    """Every file is old or new, and as many are new as came whole."""
    new = contents(dialog.after or [])
    found = 0
    for name, facts in now.items():
        check(name in before or name in new, "%r appeared" % name)
        if "content" not in facts:
            continue
        old = before.get(name, {}).get("content")
        is_new = facts["content"] == new.get(name)
        check(is_new or facts["content"] == old, "%r is partial" % name)
        found += is_new and facts["content"] != old
    check(all(name in now for name in before), "a name is lost")
    check_equal(found, stored, "files stored")


def cut(dialog, how):
    """After every byte."""
    stream = dialog.sent(script.names_for("", ""))
    known = replies(stream) if dialog.is_source() else positions(stream)
    for sent, (status, stored) in enumerate(known):
        try:
            seen, before, now = cut_once(dialog, sent, how)
            check(seen >= 0, "killed by signal %d" % -seen)
            if how == LOST or not dialog.is_source():
                check_equal(seen, status, "exit status")
            if not dialog.is_source():
                judge_tree(dialog, before, now, stored)
        except AssertionError as e:
            raise AssertionError("after %d bytes: %s" % (sent, e)) from None
