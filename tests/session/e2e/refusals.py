"""Rows of the matrix: what fails, and what it must not take with it."""

import os
import socket

import trees
from cell import equal_trees
from suite import check, check_equal


def a_missing_source(cell):
    outcome = cell.try_get(cell.remote("none"), cell.local("back"))
    cell.failed(outcome, "none: No such file or directory", "item-text")
    check_equal(cell.names(cell.here), [], "names")


def a_missing_source_among_others(cell):
    for name in ("a", "z"):
        trees.write(cell.remote(name), name.encode())
    os.mkdir(cell.local("in"))
    outcome = cell.try_get([cell.remote(n) for n in ("a", "none", "z")],
                           cell.local("in"))
    cell.failed(outcome, "none: No such file or directory", "item-text")
    cell.same(cell.local("in", "a"), b"a")


def a_missing_target_directory(cell):
    outcome = cell.try_put(trees.write(cell.local("f")),
                           cell.remote("none", "f"))
    cell.failed(outcome, "No such file or directory", "fatal-text")
    check_equal(cell.names(cell.there), [], "names")


def a_missing_target_directory_for_a_tree(cell):
    outcome = cell.try_put(trees.make(cell.local("tree")),
                           cell.remote("none", "tree"), tree=True)
    cell.failed(outcome, "No such file or directory", "fatal-text")
    check_equal(cell.names(cell.there), [], "names")


def a_missing_target_with_a_slash(cell):
    outcome = cell.try_put(trees.write(cell.local("f")),
                           cell.remote("none") + "/")
    cell.failed(outcome, "none", "fatal-text")
    check_equal(cell.names(cell.there), [], "names")


def an_unwritable_directory(cell):
    os.chmod(cell.there, 0o555)
    outcome = cell.try_put(trees.write(cell.local("f")), cell.remote("f"))
    cell.failed(outcome, "Permission denied", "fatal-text")
    check_equal(cell.names(cell.there), [], "names")


def an_unreadable_source(cell):
    trees.write(cell.remote("f"), mode=0)
    outcome = cell.try_get(cell.remote("f"), cell.local("back"))
    cell.failed(outcome, "Permission denied", "item-text")
    check_equal(cell.names(cell.here), [], "names")


def a_directory_without_r(cell):
    outcome = cell.try_get(cell.there, cell.local("back"))
    cell.failed(outcome, "not a regular file", "item-text")
    check_equal(cell.names(cell.here), [], "names")


def one_refused_file_in_a_tree_up(cell):
    """Its directory there takes no new names; the rest is stored."""
    trees.make(cell.local("tree"))
    os.makedirs(cell.remote("tree", "sub", "deeper"))
    cell.give()
    os.chown(cell.remote("tree", "sub", "deeper"), 0, 0)
    os.chmod(cell.remote("tree", "sub", "deeper"), 0o555)
    wanted = trees.snapshot(cell.local("tree"))
    del wanted["sub/deeper/leaf"]
    outcome = cell.try_put(cell.local("tree"), cell.there, tree=True)
    cell.failed(outcome, "Permission denied", "item-text")
    if "goes-on" in cell.can:
        equal_trees(trees.snapshot(cell.remote("tree")), wanted)


def one_unreadable_file_in_a_tree_down(cell):
    trees.make(cell.remote("tree"))
    wanted = trees.snapshot(cell.remote("tree"))
    del wanted["plain"]
    os.chmod(cell.remote("tree", "plain"), 0)
    outcome = cell.try_get(cell.remote("tree"), cell.local("back"), tree=True)
    cell.failed(outcome, "Permission denied", "item-text")
    equal_trees(trees.snapshot(cell.local("back")), wanted)


def a_directory_over_a_file(cell):
    """Its children must not land beside the file."""
    trees.make(cell.local("tree"))
    os.mkdir(cell.remote("tree"))
    trees.write(cell.remote("tree", "sub"), b"a file\n")
    cell.give()
    outcome = cell.try_put(cell.local("tree"), cell.there, tree=True)
    cell.failed(outcome, "scp: ", "fatal-text")
    cell.same(cell.remote("tree", "sub"), b"a file\n")
    for stray in ("leaf", "deeper"):
        check(stray not in cell.names(cell.remote("tree")), "stray " + stray)


def special_files_are_told(cell):
    """A FIFO, a socket and a device link cost only themselves, and no time."""
    trees.make(cell.remote("tree"))
    wanted = trees.snapshot(cell.remote("tree"))
    os.mkfifo(cell.remote("tree", "fifo"))
    os.symlink("/dev/zero", cell.remote("tree", "zero"))
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(cell.remote("tree", "socket"))
    outcome = cell.try_get(cell.remote("tree"), cell.local("back"), tree=True)
    for name in ("fifo", "zero", "socket"):
        cell.failed(outcome, name + ": not a regular file", "all-items-text")
    equal_trees(trees.snapshot(cell.local("back")), wanted)


def a_fifo_is_no_target(cell):
    os.mkfifo(cell.remote("fifo"))
    cell.give()
    outcome = cell.try_put(trees.write(cell.local("f")), cell.remote("fifo"))
    cell.failed(outcome, "not a regular file", "fatal-text")
    check_equal(cell.names(cell.there), ["fifo"], "names")
    check(not os.path.isfile(cell.remote("fifo")), "the FIFO is gone")


ROWS = (
    (a_missing_source, set()),
    (a_missing_source_among_others, {"several-down"}),
    (a_missing_target_directory, set()),
    (a_missing_target_directory_for_a_tree, {"tree"}),
    (a_missing_target_with_a_slash, {"folder"}),
    (an_unwritable_directory, set()),
    (an_unreadable_source, set()),
    (a_directory_without_r, set()),
    (one_refused_file_in_a_tree_up, {"tree"}),
    (one_unreadable_file_in_a_tree_down, {"tree"}),
    (a_directory_over_a_file, {"tree"}),
    (special_files_are_told, {"tree"}),
    (a_fifo_is_no_target, set()),
)
