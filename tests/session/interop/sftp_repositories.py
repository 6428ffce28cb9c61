"""The columns of clients that keep a repository: what a backup is for."""

import os
import shutil

import cutting
import trees
from cell import equal_trees
from suite import check, check_equal

LARGE = 3000000


def stored(cell, again=False, **options):
    source = cell.local("tree")
    if not os.path.exists(source):
        trees.make(source)
    outcome = cell.do("store", source, cell.remote("repository"),
                      again=again, **options)
    check(cell.idle(), "a session stays")
    return outcome


def fetched(cell, fields=()):
    target = cell.local("back")
    shutil.rmtree(target, ignore_errors=True)
    os.mkdir(target)
    cell.succeeded(cell.do("fetch", cell.remote("repository"), target),
                   "down")
    seen, wanted = trees.snapshot(target), trees.snapshot(cell.local("tree"))
    for each in seen, wanted:
        each.pop(".")
    equal_trees(seen, wanted, fields)


def tree(cell):
    cell.succeeded(stored(cell), "up")
    fetched(cell)


def attributes(cell):
    cell.succeeded(stored(cell), "up")
    fetched(cell, {"mode", "mtime", "dir-mode", "dir-mtime"})


def overwrite(cell):
    cell.succeeded(stored(cell), "up")
    trees.write(cell.local("tree", "plain"), b"changed\n")
    cell.succeeded(stored(cell, again=True), "again")
    fetched(cell)


def delete(cell):
    overwrite(cell)

    def files():
        return sum(len(names) for _, _, names in os.walk(cell.there))
    before = files()
    cell.succeeded(cell.do("forget", cell.remote("repository")), "forget")
    check(cell.idle(), "a session stays")
    check(files() < before, "%d files before, %d after" % (before, files()))
    fetched(cell)


def missing(cell):
    os.mkdir(cell.local("back"))
    outcome = cell.do("fetch", cell.remote("none"), cell.local("back"))
    check(outcome.status != 0, "not told: " + outcome.text)
    check_equal(os.listdir(cell.local("back")), [], "what came")


def interrupted(cell):
    """Told; and the next one succeeds."""
    cell.succeeded(stored(cell), "up")
    trees.write(cell.local("tree", "large"), os.urandom(LARGE))
    with cutting.Cut(cell.daemon, LARGE // 2) as cut:
        outcome = stored(cell, again=True, daemon=cut)
        check(cut.cut.is_set(), "it was not cut: " + outcome.text)
    check(outcome.status != 0, "not told: " + outcome.text)
    cell.succeeded(stored(cell, again=True), "again")
    fetched(cell)


def refused(cell):
    outcome = stored(cell)
    check(outcome.status != 0, "not told: " + outcome.text)
    check_equal(cell.names(cell.there), [], "names")


COLUMNS = {
    "tree": tree, "attributes": attributes, "overwrite": overwrite,
    "delete": delete, "missing": missing, "interrupted": interrupted,
    "Access_read-only": refused, "Sftp_no": refused, "MinFree": refused,
    "Overwrite_deny": overwrite, "Overwrite_versions": overwrite,
    "DotFiles": overwrite, "Modify_no": overwrite,
    "Modify_own": overwrite,
    "Symlinks": overwrite, "PreserveTimes": overwrite,
    "PreserveModes": overwrite,
}
