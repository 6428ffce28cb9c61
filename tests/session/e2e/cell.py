"""A client, a daemon, an empty directory here and one there."""

import os

import sshd
import trees
from suite import check

UP, DOWN = "up", "down"


class Cell:
    def __init__(self, site, daemon, client):
        self.site, self.daemon, self.client = site, daemon, client
        self.can = client.can
        self.here = site.path("here")
        self.there = os.path.join(site.home, "there")

    def open(self):
        os.mkdir(self.here)
        os.mkdir(self.there)
        os.chmod(self.there, 0o755)
        self.give()

    def close(self):
        sshd.remove(self.here)
        sshd.remove(self.there)

    def give(self):
        """Makes the account the owner of everything on the server's side."""
        account = self.site.account
        for where, dirs, files in os.walk(self.there):
            for path in [where] + [os.path.join(where, n)
                                   for n in dirs + files]:
                os.lchown(path, account.uid, account.gid)

    def local(self, *parts):
        return os.path.join(self.here, *parts)

    def remote(self, *parts):
        return os.path.join(self.there, *parts)

    def put(self, sources, target, **options):
        """Copies up and must succeed."""
        self.succeeded(self.try_put(sources, target, **options), UP)

    def get(self, sources, target, **options):
        """Copies down and must succeed."""
        self.succeeded(self.try_get(sources, target, **options), DOWN)

    def try_put(self, sources, target, **options):
        return self.client.put(self.daemon, listed(sources), target, **options)

    def try_get(self, sources, target, **options):
        self.give()
        return self.client.get(self.daemon, listed(sources), target, **options)

    def succeeded(self, outcome, way):
        check(outcome.status == 0, "%s: status %d: %s\n%s" % (
            way, outcome.status, outcome.text, self.daemon.tail()))

    def failed(self, outcome, text, kind):
        """The client knows, and shows the text where it can."""
        check(outcome.status != 0, "failure not seen: " + outcome.text)
        if kind in self.can:
            check(text in outcome.text,
                  "no %r in %r" % (text, outcome.text))

    def same(self, path, content):
        check(os.path.isfile(path) and not os.path.islink(path),
              "%s is no file" % path)
        check(trees.read(path) == content, "%s: wrong content" % path)

    def names(self, path):
        return sorted(os.listdir(path))

    def no_leftovers(self):
        for where, dirs, files in os.walk(self.site.home):
            for name in dirs + files:
                check(not name.startswith(".scp-server."),
                      "left behind: %s in %s" % (name, where))
                check(name != "pwned", "a name was run as a command")


def listed(paths):
    return [paths] if isinstance(paths, str) else list(paths)


def equal_trees(seen, wanted, fields=()):
    lines = trees.differences(seen, wanted, fields)
    check(not lines, "\n".join(lines[:8]))


def fields(can, way):
    """What a client preserves with -p, in this direction."""
    modes = "up-modes" if way == UP else "down-modes"
    return ({"mode"} if modes in can else set()) \
        | ({"mtime", "atime"} if "file-times" in can else set()) \
        | ({"dir-mode"} if "dir-modes" in can else set()) \
        | ({"dir-mtime"} if "dir-times" in can else set())
