"""What the copies share: the two hosts, and how an outcome is judged."""

import functools
import os
import re
import threading

import hosts
import trees
import world
from suite import add, check, check_equal

A, B = hosts.ADDRESS["a"], hosts.ADDRESS["b"]
LARGE = trees.pattern(3 << 20)
making = threading.Lock()


@functools.lru_cache(maxsize=None)
def made():
    return hosts.Hosts()


def the_hosts():
    world.need_world()
    with making:
        h = made()
    h.clean()
    return h


def make_tree(h, user):
    top = os.path.join(h.at("a", user), "tree")
    trees.make(top)
    h.a.people[user].own(h.at("a", user))
    return top


def same_tree(seen, wanted, fields=()):
    check_equal(trees.differences(trees.snapshot(seen),
                                  trees.snapshot(wanted), fields), [], seen)


def path_of(user, name):
    """Confined accounts see their root; the others the machine's paths."""
    return "/srv/%s/%s" % (user, name) if user in ("stock", "bob") else (
        "/" + name)


def direct(h, user, source, sink, target, *words):
    return h.scp("-R", *words, "%s@%s:%s" % (user, A, source),
                 "%s@%s:%s" % (sink, B, target))


def fails(outcome, words, least=1):
    status, said = outcome
    check(status >= least, "status %d: %s" % (status, said))
    check(re.search(words, said), "no %r in %r" % (words, said))


def add_stories(kind, module):
    """Adds the functions KIND_SENTENCE of a module as cases KIND/SENTENCE."""
    for name, story in module.items():
        if name.startswith(kind + "_"):
            add(name.replace("_", "/", 1), story)
