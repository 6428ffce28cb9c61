"""Pipelining yes with real clients: fewer round trips, the same copies.

Trees both ways with and without -p, one file, and refusals in the middle.
scp.py swallows the two bytes of a verdict and a go-ahead and waits for ever,
so it has no cases: it is named in the manual.
"""

import os
import shutil

import cells
import clients
import trees
import world
from suite import add, check, check_equal, skip

DAEMONS = ("openssh", "dropbear")
BROKEN = {"scp.py"}
NAME = "turns"
FILES = 40


def add_accounts(w):
    lines = []
    for daemon in DAEMONS:
        person = w.add("%s-%s" % (NAME, daemon), world.PROGRAM)
        w.srv(person, person.name)
        lines += ["Match User " + person.name, "Root /srv/%u",
                  "DenyNames *.bad", "Pipelining yes"]
    return [], lines


class Turn:
    """A directory here and one there, for one client through one daemon."""

    def __init__(self, w, daemon, make_client):
        self.person = w.people["%s-%s" % (NAME, daemon)]
        self.client = make_client(self.person)
        if self.client.missing() is not None:
            skip("needs " + self.client.missing())
        self.daemon = cells.daemon_of(w, daemon)
        self.lane = cells.LANES[daemon]
        self.there = w.srv(self.person, self.person.name, self.client.name)
        self.here = w.path("here-%s-%s" % (self.person.name,
                                           self.client.name))
        os.mkdir(self.here)

    def seen(self, name):
        return "/%s/%s" % (self.client.name, name)

    def put(self, name, **how):
        with self.lane:
            return self.client.put(self.daemon, [os.path.join(
                self.here, name)], self.seen(""), **how)

    def get(self, name, to, **how):
        with self.lane:
            return self.client.get(self.daemon, [self.seen(name)],
                                   os.path.join(self.here, to), **how)


def make_tree(top):
    """Files in directories in directories, some of them empty."""
    for n in range(FILES):
        where = os.path.join(top, *("d%d" % d for d in range(n % 4)))
        os.makedirs(where, exist_ok=True)
        trees.write(os.path.join(where, "f%d" % n),
                    trees.pattern(n * 1000 if n % 5 else 0))
    os.makedirs(os.path.join(top, "empty", "inner"))
    trees.age(top)


def trees_both_ways(turn):
    make_tree(os.path.join(turn.here, "tree"))
    for preserve in (False, True):
        fields = ("mode", "mtime") if preserve else ()
        outcome = turn.put("tree", tree=True, preserve=preserve)
        check_equal(outcome.status, 0, "up: " + outcome.text)
        back = "back-p" if preserve else "back"
        outcome = turn.get("tree", back, tree=True, preserve=preserve)
        check_equal(outcome.status, 0, "down: " + outcome.text)
        wanted = trees.snapshot(os.path.join(turn.here, "tree"))
        for seen in (os.path.join(turn.there, "tree"),
                     os.path.join(turn.here, back)):
            check_equal(trees.differences(trees.snapshot(seen), wanted,
                                          fields), [], seen)
        shutil.rmtree(os.path.join(turn.there, "tree"))


def refusals_in_the_middle(turn):
    """The files around it are stored, and the status tells."""
    top = os.path.join(turn.here, "mixed")
    os.mkdir(top)
    for name in ("a", "b.bad", "c", "d.bad", "e"):
        trees.write(os.path.join(top, name), name.encode())
    outcome = turn.put("mixed", tree=True)
    check(outcome.status != 0, "not told: " + outcome.text)
    check_equal(sorted(os.listdir(os.path.join(turn.there, "mixed"))),
                ["a", "c", "e"], "what is stored")
    for name in ("a", "c", "e"):
        check_equal(trees.read(os.path.join(turn.there, "mixed", name)),
                    name.encode(), name)


def one_file(turn):
    for name, size in (("small", 5), ("none", 0), ("large", 300000)):
        trees.write(os.path.join(turn.here, name), trees.pattern(size))
        # a name of its own, as curl has to be given one
        with turn.lane:
            outcome = turn.client.put(turn.daemon, [os.path.join(
                turn.here, name)], turn.seen(name))
        check_equal(outcome.status, 0, outcome.text)
        outcome = turn.get(name, name + ".back")
        check_equal(outcome.status, 0, outcome.text)
        check_equal(trees.read(os.path.join(turn.here, name + ".back")),
                    trees.pattern(size), name)


def story(get_world, daemon, client):
    def run():
        turn = Turn(get_world(), daemon, client)
        one_file(turn)
        if "tree" in turn.client.can:
            trees_both_ways(turn)
            refusals_in_the_middle(turn)
    return run


def add_cases(get_world):
    for daemon in DAEMONS:
        for client in clients.COPIERS:
            if client.name not in BROKEN:
                add("turns/%s/%s" % (daemon, client.name),
                    story(get_world, daemon, client))
