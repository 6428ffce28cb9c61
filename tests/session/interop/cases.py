"""The columns of the matrix: most are rows of the end-to-end suite."""

import collections
import os

import cells
import copies
import refusals
import trees
from cell import equal_trees
from suite import check, check_equal

# Opens the local file before it asks, and leaves it there, empty.
MAKES_IT_FIRST = {"packer"}

# For ground.ROOM: told after the body, and, from 1 MiB on, before it.
TOO_LARGE = (300001, 1200001)
DEAF_AFTER_THE_BODY = {"curl"}


def tree(cell):
    """Clients that copy directories up only are held to that."""
    if "tree" in cell.can:
        copies.a_tree_under_a_new_name(cell)
        return
    wanted = trees.snapshot(trees.make(cell.local("tree")))
    cell.put(cell.local("tree"), cell.there, tree=True)
    equal_trees(trees.snapshot(cell.remote("tree")), wanted)


def nothing_came(cell):
    path = cell.local("back")
    if cell.client.name in MAKES_IT_FIRST and os.path.exists(path):
        check_equal(os.path.getsize(path), 0, "what came all the same")
        os.unlink(path)
    check(not os.path.exists(path), "it came all the same")


def missing(cell):
    """packer sends a file's directory as the target, and what names nothing
    yet is then a new file's name: hence two that are missing."""
    outcome = cell.try_get(cell.remote("none"), cell.local("back"))
    cell.failed(outcome, "none: No such file or directory", "item-text")
    nothing_came(cell)
    outcome = cell.try_put(trees.write(cell.local("f")),
                           cell.remote("none", "none", "f"))
    cell.failed(outcome, "No such file or directory", "fatal-text")
    check_equal(cell.names(cell.there), [], "names")


def refused(cell):
    trees.write(cell.remote("locked"), mode=0)
    outcome = cell.try_get(cell.remote("locked"), cell.local("back"))
    cell.failed(outcome, "Permission denied", "item-text")
    nothing_came(cell)
    os.unlink(cell.remote("locked"))
    refusals.an_unwritable_directory(cell)


def read_only(cell):
    cell.get(trees.write(cell.remote("old"), b"old\n"), cell.local("back"))
    cell.same(cell.local("back"), b"old\n")
    outcome = cell.try_put(trees.write(cell.local("f")), cell.remote("new"))
    cell.failed(outcome, "uploads are not allowed", "fatal-text")
    check_equal(cell.names(cell.there), ["old"], "names")


def write_only(cell):
    cell.put(trees.write(cell.local("f"), b"new\n"), cell.remote("new"))
    cell.same(cell.remote("new"), b"new\n")
    outcome = cell.try_get(cell.remote("new"), cell.local("back"))
    if outcome.status != 0 or cell.client.name not in cells.MAY_MISS_THE_END:
        cell.failed(outcome, "downloads are not allowed", "fatal-text")
    nothing_came(cell)


def disk_full(cell):
    """What does not fit is told and leaves nothing; what fits is taken."""
    name = cell.client.name
    small = trees.write(cell.local("small"))
    with cell.ground.filling:
        for size in TOO_LARGE[name in DEAF_AFTER_THE_BODY:]:
            large = trees.write(cell.local("large"), trees.pattern(size))
            outcome = cell.try_put(large, cell.full(name + "-large"))
            cell.failed(outcome, "No space left", "fatal-text")
        cell.put(small, cell.full(name + "-small"))
        check_equal([n for n in cell.stored_in_full() if name + "-" in n],
                    [name + "-small"], "names on the full device")


Case = collections.namedtuple("Case", "heading row policy needs")
CASES = {case.heading.replace(" ", "_"): case for case in (
    Case("file", copies.a_file, "read-write", None),
    Case("tree", tree, "read-write", {"tree", "tree-up"}),
    Case("-p", copies.modes_and_times_of_a_file, "read-write",
         {"file-times"}),
    Case("odd names", copies.odd_names, "read-write", None),
    Case("zero bytes", copies.a_file_of_no_bytes, "read-write", None),
    Case("missing", missing, "read-write", None),
    Case("refused", refused, "read-write", None),
    Case("read-only", read_only, "read-only", None),
    Case("write-only", write_only, "write-only", None),
    Case("disk full", disk_full, "read-write", None),
)}

# Why a client has no way to do a thing: client, case, footnote.
CANNOT = {
    ("curl", "tree"): "curl copies single files.",
    ("curl", "-p"): "curl neither sends nor sets times and modes.",
    ("ansible", "-p"): "ansible's modules set modes and times, not scp.",
    ("packer", "-p"): "packer neither sends nor sets times.",
    ("ansible", "missing"): "ansible's modules look first; scp is not asked.",
    ("ansible", "refused"): "ansible's modules look first; scp is not asked.",
    ("ansible", "disk_full"): "ansible uploads to a directory of its own, "
                              "from where its module copies.",
}
EMPTY = "packer makes the local file first, and leaves it there, empty."
# What a yes does not include.
PARTLY = {
    ("ansible", "tree"): "Up only: its fetch takes single files.",
    ("packer", "tree"): "Up only: it downloads single files.",
    ("curl", "disk_full"): "From 1 MiB on, for which room is reserved before "
                           "the body: curl reads no reply after it.",
    ("packer", "missing"): EMPTY, ("packer", "refused"): EMPTY,
    ("packer", "write-only"): EMPTY,
    ("scp.py", "write-only"): "The download is refused, but scp.py may miss "
                              "that and return normally, without a file.",
}
CIPHERS = "TinySSH has one cipher, which this client %s: no login."
NO_LOGIN = {
    "curl": CIPHERS % "does not have in libssh2",
    "scp.py": CIPHERS % "does not have in paramiko",
    "pscp": CIPHERS % "refuses in batch mode from a server without strict "
            "key exchange",
}
NO_SHELL = "ansible runs shell commands and Python there, which this account" \
           " is there to refuse."


def why_not(table, client, name):
    """The footnote of a cell that can't be, or None."""
    daemon, way = table.split("/")
    if (daemon, client.name) in cells.NO_CELL:
        return NO_LOGIN[client.name]
    if client.name == "ansible" and way != "remote_scp":
        return NO_SHELL
    return CANNOT.get((client.name, name))


# Why a thing does not work that a client has a way to do.
FAULTS = {
    ("ansible", "odd_names"): "ansible's module, which scp brought, expands `$` "
                              "in the target's name."
                              " (Without -T its scp refuses every download "
                              "of a name that it has to quote.)",
    ("packer", "odd_names"): "packer does not quote the name of a download: "
                             "a quote in it is an open one.",
}


NEVER_CLOSED = (
    "The copy is done and acknowledged, or refused, but asyncssh does not "
    "return, save by luck: it sends CHANNEL_CLOSE and waits for the server's; TinySSH "
    "answers with CHANNEL_EOF, not with the CHANNEL_CLOSE that RFC "
    "4254, 5.3, asks for.")


def is_luck(table, client):
    """A yes would not be one again."""
    return table.startswith("tinyssh/") and client.name == "asyncssh"


def why_no(table, client, name):
    """The footnote of a cell that says no."""
    if is_luck(table, client):
        return NEVER_CLOSED
    return FAULTS.get((client.name, name))
