"""What a keyword refuses, or makes of an upload, with each client.

The account of each has these lines besides a Root.  A column is yes if what
is refused fails, with a status that says so, leaves nothing and harms
nothing, and if what is allowed beside it works.
"""

import collections
import os

import cutting
import sshd
import trees
from suite import check, check_equal

OLD = b"old\n"
NEW = b"new\n"


def account_name(name):
    return "k-" + name.lower().replace("_", "-")


def refused(cell, outcome, *there):
    """Told, and nothing but these names is there."""
    check(outcome.status != 0, "not told: " + outcome.text)
    check(cell.idle(), "a session stays")
    check_equal(cell.names(cell.there), sorted(there), "names")


def new(cell, name="f", size=None):
    """An old file, as rclone leaves out what has the time of the other."""
    body = NEW if size is None else trees.pattern(size)
    path = trees.write(cell.local(name), body)
    os.utime(path, (trees.LONG_AGO, trees.LONG_AGO))
    return path


def takes(cell, name="allowed", **options):
    source = new(cell)
    cell.put(source, cell.remote(name), **options)
    check(cell.idle(), "a session stays")
    cell.same(cell.remote(name), NEW)


def serves_no(cell, name="old"):
    outcome = cell.try_get(cell.remote(name), cell.local("back"))
    check(outcome.status != 0, "not told: " + outcome.text)
    path = cell.local("back")
    check(not os.path.exists(path) or os.path.getsize(path) == 0, "it came")


def read_only(cell):
    trees.write(cell.remote("old"), OLD)
    for name in ("new", "old"):
        refused(cell, cell.try_put(new(cell), cell.remote(name)), "old")
    cell.same(cell.remote("old"), OLD)
    cell.get(cell.remote("old"), cell.local("back"))
    cell.same(cell.local("back"), OLD)


def write_only(cell):
    takes(cell, "new")
    serves_no(cell, "new")


def deny(cell):
    trees.write(cell.remote("old"), OLD)
    cell.give()
    refused(cell, cell.try_put(new(cell), cell.remote("old")), "old")
    cell.same(cell.remote("old"), OLD)
    takes(cell)


def versions(cell):
    trees.write(cell.remote("old"), OLD)
    cell.give()
    takes(cell, "old")
    cell.same(cell.remote("old.~1~"), OLD)


def no_name(*names):
    """A column about names: up and down."""
    def column(cell):
        for name in names:
            refused(cell, cell.try_put(new(cell), cell.remote(name)))
        for name in names:
            trees.write(cell.remote(name), OLD)
            serves_no(cell, name)
            cell.same(cell.remote(name), OLD)
            os.unlink(cell.remote(name))
        takes(cell, "good.txt")
    return column


def too_large(cell):
    refused(cell, cell.try_put(new(cell, size=300001), cell.remote("new")))
    trees.write(cell.remote("old"), OLD)
    cell.give()
    refused(cell, cell.try_put(new(cell, size=300001), cell.remote("old")),
            "old")
    cell.same(cell.remote("old"), OLD)
    takes(cell)


def no_room(cell):
    refused(cell, cell.try_put(new(cell), cell.remote("new")))


def too_deep(cell):
    """Directories that exist are entered; none is made."""
    outcome = cell.try_put(trees.make(cell.local("tree")), cell.there,
                           tree=True)
    check(outcome.status != 0, "not told: " + outcome.text)
    check(cell.idle(), "a session stays")
    for where, dirs, _ in os.walk(cell.there):
        depth = os.path.relpath(where, cell.root).count("/") + 1
        check(depth <= 3, "made: " + where)
    os.makedirs(cell.remote("d", "d", "d"))
    cell.give()
    takes(cell, "d/d/d/f")


def unchanged(cell):
    """Neither renamed nor removed, as far as a client can."""
    for what, more in (("remove", ()), ("rename", (cell.remote("other"),))):
        if what in cell.can:
            trees.write(cell.remote("old"), OLD)
            outcome = cell.do(what, cell.remote("old"), *more)
            refused(cell, outcome, "old")
            cell.same(cell.remote("old"), OLD)


def modify_no(cell):
    unchanged(cell)
    takes(cell)


def too_many(cell):
    """More than one session may store; some clients have several."""
    wanted = len(trees.snapshot(trees.make(cell.local("tree"))))
    outcome = cell.try_put(cell.local("tree"), cell.there, tree=True)
    check(outcome.status != 0, "not told: " + outcome.text)
    check(cell.idle(), "a session stays")
    check(len(trees.snapshot(cell.there)) < wanted, "all of it came")
    sshd.remove(cell.there)
    os.mkdir(cell.there)
    cell.give()
    takes(cell)


def own_mode(cell):
    takes(cell)
    check_equal(oct(os.stat(cell.remote("allowed")).st_mode & 0o777), "0o600",
                "mode")


def no_links(cell):
    """A word that is no path: what is refused is a link."""
    trees.write(cell.remote("old"), OLD)
    refused(cell, cell.do("link", "old", cell.remote("new")), "old")
    takes(cell)


def links(cell):
    trees.write(cell.remote("file"), OLD)
    os.symlink("file", cell.remote("link"))
    serves_no(cell, "link")
    cell.get(cell.remote("file"), cell.local("back"))
    cell.same(cell.local("back"), OLD)


def no_times(cell):
    """A client is told that they are set, and its copy succeeds."""
    path = new(cell)
    cell.put(path, cell.remote("new"), preserve=True)
    check(cell.idle(), "a session stays")
    cell.same(cell.remote("new"), NEW)
    check(os.stat(cell.remote("new")).st_mtime != trees.LONG_AGO, "times")


def no_modes(cell):
    path = new(cell)
    os.chmod(path, 0o666)
    cell.put(path, cell.remote("new"), preserve=True)
    check(cell.idle(), "a session stays")
    cell.same(cell.remote("new"), NEW)
    check_equal(oct(os.stat(cell.remote("new")).st_mode & 0o777), "0o644",
                "mode")


def nothing_at_all(cell):
    trees.write(cell.remote("old"), OLD)
    refused(cell, cell.try_put(new(cell), cell.remote("new")), "old")
    serves_no(cell)


def kept(cell):
    """What came is there, a part of what was sent; clients that resume go on
    with it."""
    path = new(cell, size=3000000)
    with cutting.Cut(cell.daemon, 1200000, lambda: cell.site.account.has_got(
            600000)) as cut:
        outcome = cell.do("put", [path], cell.remote("new"), daemon=cut)
    check(outcome.status != 0, "not told: " + outcome.text)
    check(cell.idle(), "a session stays")
    check_equal(cell.names(cell.there), ["new"], "names")
    part = trees.read(cell.remote("new"))
    check(0 < len(part) < 3000000 and trees.read(path).startswith(part),
          "a part of %d octets" % len(part))
    if "resumes" in cell.can:
        cell.succeeded(cell.do("resume", True, path, cell.remote("new")),
                       "up")
        check(cell.idle(), "a session stays")
        cell.same(cell.remote("new"), trees.read(path))


Keyword = collections.namedtuple("Keyword", "lines column needs")
KEYWORDS = {
    "Access_read-only": Keyword(["Access read-only"], read_only, set()),
    "Access_write-only": Keyword(["Access write-only"], write_only, set()),
    "Overwrite_deny": Keyword(["Overwrite deny"], deny, set()),
    "Overwrite_versions": Keyword(["Overwrite versions"], versions, set()),
    "DotFiles": Keyword(["DotFiles deny"], no_name(".f"), set()),
    "AllowNames": Keyword(["AllowNames good* there f *-*"], no_name("bad"),
                          set()),
    "DenyNames": Keyword(["DenyNames *.exe"], no_name("f.exe"), set()),
    "MaxFileSize": Keyword(["MaxFileSize 100K"], too_large, set()),
    "MaxSessionBytes": Keyword(["MaxSessionBytes 100K"], too_large, set()),
    "MaxDepth": Keyword(["MaxDepth 3"], too_deep, {"trees"}),
    "MaxSessionFiles": Keyword(["MaxSessionFiles 3"], too_many, {"trees"}),
    "MinFree": Keyword(["MinFree 1000T"], no_room, set()),
    "Modify_no": Keyword(["Modify no"], modify_no, {"remove", "rename"}),
    "Modify_own": Keyword(["Modify own"], modify_no, {"remove", "rename"}),
    "FileMode": Keyword(["FileMode 0600"], own_mode, set()),
    "Links": Keyword(["Links no"], no_links, {"link"}),
    "Symlinks": Keyword(["Symlinks refuse"], links, set()),
    "PreserveTimes": Keyword(["PreserveTimes no"], no_times, {"preserves"}),
    "PreserveModes": Keyword(["PreserveModes no"], no_modes, {"preserves"}),
    "Sftp_no": Keyword(["Sftp no"], nothing_at_all, set()),
    "Interrupted": Keyword(["Interrupted keep"], kept, set()),
}
