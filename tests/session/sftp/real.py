"""Real clients through a real sshd whose sftp-server is ours.

The rows are those of session/e2e, which holds them over SCP; what only SFTP
has is told here: resuming, listing, renaming.
"""

import functools
import os

import copies
import links
import matrix
import place
import refusals
import sftp_clients
import suite
import trees
from cell import Cell, equal_trees
from suite import check, check_equal

# What SFTP itself makes different.
NOT_HERE = {
    "the_null_device_takes_anything",       # a target is a regular file
    "a_directory_named_by_a_dot",           # SCP's source has another answer
    "a_fifo_is_no_target",
    "a_missing_source_among_others",        # sftp -b stops at the first
    "special_files_are_told",               # no client tells all of them
    "bad_links_are_told",
    "a_directory_without_r",                # curl lists it
    "a_sent_file_replaces_a_link",          # see links below
    "a_sent_directory_does_not_enter_a_link",
    "a_link_that_the_user_names",
    "links_come_down", "links_to_files_go_up", "links_to_directories_go_up",
    "a_directory_over_a_file",
    "one_refused_file_in_a_tree_up", "one_unreadable_file_in_a_tree_down",
}
# They leave an empty file here, where nothing came; rclone makes a directory
# that is missing.
LEAVES = {"pscp": {"an_unreadable_source"},
          "paramiko": {"an_unreadable_source", "a_missing_source"},
          "rclone": {"a_missing_target_directory"}}
ROWS = [(row, needed) for row, needed in
        copies.ROWS + refusals.ROWS + links.ROWS
        if row.__name__ not in NOT_HERE]


def whole_trees(cell):
    """rclone and lftp copy what is in a directory."""
    wanted = trees.snapshot(trees.make(cell.local("tree")))
    os.mkdir(cell.remote("tree"))
    cell.give()
    cell.put(cell.local("tree"), cell.remote("tree"), tree=True)
    equal_trees(trees.snapshot(cell.remote("tree")), wanted)
    os.mkdir(cell.local("in"))
    cell.get(cell.remote("tree"), cell.local("in"), tree=True)
    equal_trees(trees.snapshot(cell.local("in")), wanted)


def a_part_is_gone_on_with(cell):
    body = trees.pattern(300001)
    whole = trees.write(cell.local("f"), body)
    trees.write(cell.remote("up"), body[:100000])
    cell.give()
    cell.succeeded(cell.client.resume(cell.daemon, True, whole,
                                      cell.remote("up")), "up")
    cell.same(cell.remote("up"), body)
    trees.write(cell.remote("down"), body)
    trees.write(cell.local("part"), body[:100000])
    cell.give()
    cell.succeeded(cell.client.resume(cell.daemon, False, cell.remote("down"),
                                      cell.local("part")), "down")
    cell.same(cell.local("part"), body)


def a_large_file(cell):
    """More than all buffers on the way hold."""
    body = trees.pattern(20 << 20)
    cell.put(trees.write(cell.local("f"), body), cell.remote("new"))
    cell.same(cell.remote("new"), body)
    cell.get(cell.remote("new"), cell.local("back"))
    cell.same(cell.local("back"), body)


def a_small_file_over_a_large_one_and_back(cell):
    for size in (3000000, 10, 0, 100000, 5):
        body = trees.pattern(size)
        cell.put(trees.write(cell.local("f"), body), cell.remote("x"))
        cell.same(cell.remote("x"), body)


def a_file_that_is_not_ours(cell):
    """Refused by its mode, and told."""
    suite.need_root()
    trees.write(cell.remote("f"), b"root's\n", 0o600)
    done = cell.client.get(cell.daemon, [cell.remote("f")],
                           cell.local("back"))
    check(done.status != 0, "it was read: " + done.text)


OWN = [(a_large_file, set()), (a_small_file_over_a_large_one_and_back, set()),
       (a_part_is_gone_on_with, {"resumes"}), (whole_trees, {"whole-tree"}),
       (copies.a_tree_into_a_directory, {"tree-into"}),
       (a_file_that_is_not_ours, set())]


def where():
    """The place of a cell, for matrix.in_a_cell()."""
    site = place.open_site()
    return site, site.openssh()


for kind, makers in (("usual", sftp_clients.USUAL),
                     ("more", sftp_clients.MORE)):
    for maker in makers:
        for row, needed in ROWS + OWN:
            if needed <= maker.can and \
                    row.__name__ not in LEAVES.get(maker.name, ()):
                suite.add("%s/%s/%s" % (kind, maker.name, row.__name__),
                          matrix.in_a_cell(where, maker, row))


# What OpenSSH's sftp does beyond copies.

def sftp_story(story):
    def run():
        site = place.open_site()
        cell = Cell(site, site.openssh(), sftp_clients.Sftp(site))
        try:
            cell.open()
            story(cell, functools.partial(lines, cell))
            cell.no_leftovers()
        finally:
            cell.close()
    suite.add("usual/sftp/" + story.__name__, run)


def lines(cell, *words, ok=True):
    cell.give()
    done = cell.client.run_lines(cell.daemon, ["cd " + cell.there] +
                                 list(words))
    if "Operation unsupported" in done.text or "does not support" in done.text:
        suite.skip("this server does not know all of them")
    check((done.status == 0) == ok, "%s: %d %s" % (
        words, done.status, done.text))
    return done.text


@sftp_story
def lists_and_moves(cell, do):
    trees.make(cell.remote("tree"))
    said = do("ls -l tree", "ls -ln tree/plain", "pwd", "df", "df -h tree",
              "ls tree/*lain")
    for name in ("plain", "program", "sub"):
        check(name in said, said)
    check("Remote working directory: " + cell.there in said, said)
    do("rename tree/plain tree/plainer", "rm tree/empty", "mkdir new",
       "rename new newer", "rmdir newer", "chmod 600 tree/program")
    check_equal(sorted(os.listdir(cell.there)), ["tree"])
    check(os.path.exists(cell.remote("tree/plainer")), "renamed")
    check(not os.path.exists(cell.remote("tree/empty")), "removed")
    check_equal(os.stat(cell.remote("tree/program")).st_mode & 0o777, 0o600)


@sftp_story
def renames_over_a_file(cell, do):
    trees.write(cell.remote("a"), b"a\n")
    trees.write(cell.remote("b"), b"b\n")
    do("rename a b")
    check_equal(trees.read(cell.remote("b")), b"a\n")


@sftp_story
def makes_links(cell, do):
    trees.write(cell.remote("a"), b"a\n")
    do("ln -s a sym", "ln a hard")
    check_equal(os.readlink(cell.remote("sym")), "a")
    check_equal(os.stat(cell.remote("hard")).st_nlink, 2)


@sftp_story
def flushes(cell, do):
    local = trees.write(cell.local("f"), trees.pattern(70000))
    do("put -f %s new" % local)
    cell.same(cell.remote("new"), trees.pattern(70000))


@sftp_story
def copies_over_there(cell, do):
    """From OpenSSH 9.0 on, without a way through the client."""
    body = trees.pattern(3000001)
    trees.write(cell.remote("a"), body, 0o600)
    do("cp a b", "copy b c")
    cell.same(cell.remote("b"), body)
    cell.same(cell.remote("c"), body)
    do("cp a a", ok=False)
    cell.same(cell.remote("a"), body)
    do("cp a none/b", ok=False)


@sftp_story
def lists_many(cell, do):
    for n in range(1000):
        trees.write(cell.remote("file-%04d" % n), b"")
    seen = do("ls -1")
    check_equal(sum(line.startswith("file-") for line in seen.split("\n")),
                1000)


@sftp_story
def is_told_what_is_missing(cell, do):
    for line in ("get none", "rm none", "rename none x", "cd none",
                 "rmdir none", "ls none", "chmod 600 none"):
        said = do(line, ok=False)
        check("No such file" in said or "not found" in said, said)


@sftp_story
def scps_own_to_its_own(cell, do):
    """scp -3 between two accounts that are one: two sessions at once."""
    client = sftp_clients.Scp(cell.site)
    trees.make(cell.remote("tree"))
    cell.give()
    done = client._run(cell.daemon, True, True, [
        "-3", client.plain(cell.remote("tree")),
        client.plain(cell.remote("copy"))])
    check_equal(done.status, 0, done.text)
    equal_trees(trees.snapshot(cell.remote("copy")),
                trees.snapshot(cell.remote("tree")), {"mode", "mtime"})
