"""What a source could cut where Landlock can't forbid it.

That is below version 3 of Landlock, or without it.  Only what the filter lets
through counts there, and it sees no flags of openat2.
"""

import errno

import suite
import world

# By openat2, whose flags no filter sees, by openat, and by path.
CUTS = ("own: openat2 cut", "call: read, truncate", "call: truncate")
ROOTS = ("plain", "chroot", "namespace", "open")


def runner(layers, root, user, here, prefix):
    column = world.Column(layers, "source", root, user)
    made = world.Runner(column, here)
    made.words[1:1] = ["-o", "Sandbox=prefer"]
    if prefix:
        made.words = prefix + [made.program] + made.words[1:]
        made.program = prefix[0]
    return made


def changed(here):
    return sorted(path[len(here.top):] for path in here.changes())


def cuts_nothing(names, root, user, prefix=()):
    """The filter kills each of them; without it the first one would cut."""
    here = world.World(0 if user == 0 else world.NOBODY)
    prefix = list(prefix)
    try:
        server = runner("all", root, user, here, prefix)
        for name in CUTS:
            what = "%s, %s, account %d" % (name, root, user)
            suite.check_equal(server.attempt(names.index(name)), "KILL", what)
            suite.check_equal(changed(here), [], what)
        alone = runner("landlock", root, user, here, prefix)
        # a source's namespace has its root mounted to be read only
        wanted = ((errno.EROFS, []) if root == "namespace" else
                  (0, ["/base/root/old"]))
        seen = alone.attempt(names.index(CUTS[0]))
        suite.check_equal((seen, changed(here)), wanted,
                          "without a filter, %s" % root)
    finally:
        here.close()


def users(root):
    return (world.NOBODY,) if root == "namespace" else (0, world.NOBODY)
