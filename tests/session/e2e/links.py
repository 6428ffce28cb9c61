"""Rows of the matrix: symbolic links, on either side."""

import os

import trees
from cell import equal_trees
from suite import check, check_equal


def links(top, outside):
    """A tree with links to files and directories, relative and absolute."""
    os.mkdir(outside)
    trees.write(os.path.join(outside, "f"), b"outside\n")
    trees.make(top)
    for name, target in (("near", "plain"), ("up", "../outside/f"),
                         ("far", os.path.join(outside, "f"))):
        os.symlink(target, os.path.join(top, name))
    return top


def links_to_directories(top, outside):
    links(top, outside)
    for name, target in (("near-d", "sub"), ("far-d", outside)):
        os.symlink(target, os.path.join(top, name))
    return top


def links_to_files_go_up(cell):
    top = links(cell.local("tree"), cell.local("outside"))
    cell.put(top, cell.there, tree=True)
    equal_trees(trees.snapshot(cell.remote("tree")),
                trees.snapshot(top, follow=True))


def links_to_directories_go_up(cell):
    top = links_to_directories(cell.local("tree"), cell.local("outside"))
    cell.put(top, cell.there, tree=True)
    equal_trees(trees.snapshot(cell.remote("tree")),
                trees.snapshot(top, follow=True))


def links_come_down(cell):
    top = links_to_directories(cell.remote("tree"), cell.remote("outside"))
    cell.get(top, cell.local("back"), tree=True)
    equal_trees(trees.snapshot(cell.local("back")),
                trees.snapshot(top, follow=True))


def bad_links_are_told(cell):
    """A loop and a link to nowhere cost only themselves.  Which of the two is
    the first is the file system's choice."""
    trees.make(cell.remote("tree"))
    wanted = trees.snapshot(cell.remote("tree"))
    os.symlink("nowhere", cell.remote("tree", "dangling"))
    os.symlink(".", cell.remote("tree", "loop"))
    outcome = cell.try_get(cell.remote("tree"), cell.local("back"), tree=True)
    reasons = ("dangling: No such file or directory",
               "Too many levels of symbolic links")
    for reason in reasons:
        cell.failed(outcome, reason, "all-items-text")
    check("item-text" not in cell.can or any(
        reason in outcome.text for reason in reasons), outcome.text)
    equal_trees(trees.snapshot(cell.local("back")), wanted)


def victim(cell):
    os.mkdir(cell.remote("outside"))
    trees.write(cell.remote("outside", "f"), b"untouched\n")
    os.mkdir(cell.remote("tree"))
    os.mkdir(cell.local("tree"))


def untouched(cell):
    check_equal(cell.names(cell.remote("outside")), ["f"], "names")
    cell.same(cell.remote("outside", "f"), b"untouched\n")


def a_sent_file_replaces_a_link(cell):
    victim(cell)
    trees.write(cell.local("tree", "f"), b"new\n")
    os.symlink("../outside/f", cell.remote("tree", "f"))
    cell.give()
    cell.put(cell.local("tree"), cell.there, tree=True)
    untouched(cell)
    cell.same(cell.remote("tree", "f"), b"new\n")


def a_sent_directory_does_not_enter_a_link(cell):
    victim(cell)
    os.mkdir(cell.local("tree", "d"))
    for name in ("f", "more"):
        trees.write(cell.local("tree", "d", name), b"new\n")
    os.symlink("../outside", cell.remote("tree", "d"))
    cell.give()
    outcome = cell.try_put(cell.local("tree"), cell.there, tree=True)
    cell.failed(outcome, "scp: ", "fatal-text")
    untouched(cell)


def a_link_that_the_user_names(cell):
    """It is followed: the file it names is replaced, the link stays."""
    os.mkdir(cell.remote("d"))
    trees.write(cell.remote("d", "real"), b"old\n")
    for name, target in (("link", "d/real"), ("new", "d/made"),
                         ("far", cell.remote("d"))):
        os.symlink(target, cell.remote(name))
    cell.give()
    source = trees.write(cell.local("f"), b"new\n")
    for target in ("link", "far/inside"):
        cell.put(source, cell.remote(target))
        cell.get(cell.remote(target), cell.local("back"))
        cell.same(cell.local("back"), b"new\n")
    check(os.path.islink(cell.remote("link")), "the link is gone")
    cell.same(cell.remote("d", "real"), b"new\n")
    cell.same(cell.remote("d", "inside"), b"new\n")


ROWS = (
    (links_to_files_go_up, {"tree"}),
    (links_to_directories_go_up, {"tree", "links"}),
    (links_come_down, {"tree"}),
    (bad_links_are_told, {"tree"}),
    (a_sent_file_replaces_a_link, {"tree"}),
    (a_sent_directory_does_not_enter_a_link, {"tree"}),
    (a_link_that_the_user_names, set()),
)
