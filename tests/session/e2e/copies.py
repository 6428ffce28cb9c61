"""Rows of the matrix: copies that succeed."""

import os
import re
import threading

import sshd
import trees
from cell import DOWN, UP, equal_trees, fields
from suite import check, check_equal, skip


def a_file(cell):
    content = trees.pattern(300001)
    cell.put(trees.write(cell.local("f"), content), cell.remote("new"))
    cell.same(cell.remote("new"), content)
    cell.get(cell.remote("new"), cell.local("back"))
    cell.same(cell.local("back"), content)


def a_file_of_no_bytes(cell):
    cell.put(trees.write(cell.local("f"), b""), cell.remote("new"))
    cell.same(cell.remote("new"), b"")
    cell.get(cell.remote("new"), cell.local("back"))
    cell.same(cell.local("back"), b"")


def a_file_into_a_directory(cell):
    cell.put(trees.write(cell.local("f"), b"up\n"), cell.there)
    cell.same(cell.remote("f"), b"up\n")
    os.mkdir(cell.local("in"))
    cell.get(cell.remote("f"), cell.local("in"))
    cell.same(cell.local("in", "f"), b"up\n")


def paths_from_the_home(cell):
    if not cell.site.account.made:
        skip("the home of the caller's own account is left alone")
    cell.put(trees.write(cell.local("f")), "there/new")
    cell.same(cell.remote("new"), b"content\n")
    cell.get("there/new", cell.local("back"))
    cell.same(cell.local("back"), b"content\n")


def several_files_up(cell):
    cell.put([trees.write(cell.local(n), n.encode() * 1000)
              for n in ("one", "two", "three")], cell.there)
    for name in ("one", "two", "three"):
        cell.same(cell.remote(name), name.encode() * 1000)


def several_files_down(cell):
    os.mkdir(cell.local("in"))
    cell.get([trees.write(cell.remote(n), n.encode() * 1000)
              for n in ("one", "two", "three")], cell.local("in"))
    for name in ("one", "two", "three"):
        cell.same(cell.local("in", name), name.encode() * 1000)


def a_tree_into_a_directory(cell):
    wanted = trees.snapshot(trees.make(cell.local("tree")))
    cell.put(cell.local("tree"), cell.there, tree=True)
    equal_trees(trees.snapshot(cell.remote("tree")), wanted)
    os.mkdir(cell.local("in"))
    cell.get(cell.remote("tree"), cell.local("in"), tree=True)
    equal_trees(trees.snapshot(cell.local("in", "tree")), wanted)


def a_tree_under_a_new_name(cell):
    wanted = trees.snapshot(trees.make(cell.local("tree")))
    cell.put(cell.local("tree"), cell.remote("new"), tree=True)
    equal_trees(trees.snapshot(cell.remote("new")), wanted)
    cell.get(cell.remote("new"), cell.local("back"), tree=True)
    equal_trees(trees.snapshot(cell.local("back")), wanted)


def a_tree_twice(cell):
    """The second copy merges into the first and replaces every file."""
    trees.make(cell.local("tree"))
    os.unlink(cell.local("tree", "read-only"))
    cell.put(cell.local("tree"), cell.there, tree=True)
    trees.write(cell.remote("tree", "sub", "other"))
    trees.write(cell.local("tree", "plain"), b"changed\n")
    wanted = trees.snapshot(cell.local("tree"))
    cell.put(cell.local("tree"), cell.there, tree=True)
    cell.same(cell.remote("tree", "sub", "other"), b"content\n")
    os.unlink(cell.remote("tree", "sub", "other"))
    equal_trees(trees.snapshot(cell.remote("tree")), wanted)


def modes_and_times_of_a_file(cell):
    os.mkdir(cell.local("old"))
    for name, mode in (("f", 0o640), ("locked", 0o400), ("open", 0o777)):
        trees.write(cell.local("old", name), b"aged\n", mode)
    trees.age(cell.here)
    wanted = trees.snapshot(cell.local("old"))
    os.mkdir(cell.local("in"))
    for name in ("f", "locked", "open"):
        source, up = cell.local("old", name), cell.remote(name)
        cell.put(source, up, preserve=True)
        equal_trees({name: trees.describe(up, os.lstat(up))},
                    {name: wanted[name]}, fields(cell.can, UP))
        stored = trees.describe(up, os.lstat(up))
        down = cell.local("in", name)
        cell.get(up, down, preserve=True)
        equal_trees({name: trees.describe(down, os.lstat(down))},
                    {name: stored}, fields(cell.can, DOWN))


def modes_and_times_of_a_tree(cell):
    wanted = trees.snapshot(trees.make(cell.local("tree")))
    cell.put(cell.local("tree"), cell.there, tree=True, preserve=True)
    equal_trees(trees.snapshot(cell.remote("tree")), wanted,
                fields(cell.can, UP))
    stored = trees.snapshot(cell.remote("tree"))
    os.mkdir(cell.local("in"))
    cell.get(cell.remote("tree"), cell.local("in"), tree=True, preserve=True)
    equal_trees(trees.snapshot(cell.local("in", "tree")), stored,
                fields(cell.can, DOWN))


def new_files_get_modes_under_the_umask(cell):
    for mode in (0o777, 0o666, 0o600):
        path = trees.write(cell.local("%o" % mode), mode=mode)
        cell.put(path, cell.remote("new-%o" % mode))
        check_equal(oct(os.stat(cell.remote("new-%o" % mode)).st_mode
                        & 0o7777), oct(mode & ~0o022), "mode")


def set_id_bits_are_not_stored(cell):
    cell.put(trees.write(cell.local("f"), mode=0o6755), cell.remote("new"),
             preserve=True)
    check_equal(oct(os.stat(cell.remote("new")).st_mode & 0o7777), "0o755",
                "mode")


def odd_names(cell):
    for name in trees.ODD_NAMES:
        content = name.encode() + b"\n"
        os.mkdir(cell.local("in"))
        cell.put(trees.write(cell.local("f"), content), cell.remote(name))
        check_equal(cell.names(cell.there), [name], "names")
        cell.same(cell.remote(name), content)
        cell.get(cell.remote(name), cell.local("in", name))
        check_equal(cell.names(cell.local("in")), [name], "names")
        cell.same(cell.local("in", name), content)
        os.unlink(cell.remote(name))
        sshd.remove(cell.local("in"))


def odd_names_in_a_tree(cell):
    os.mkdir(cell.local("tree"))
    for name in trees.MORE_ODD_NAMES:
        if "odd-names" in cell.can or not re.search(r"^ | $|\\", name):
            trees.write(cell.local("tree", name))
            os.mkdir(cell.local("tree", name + " d"))
            trees.write(cell.local("tree", name + " d", name))
    wanted = trees.snapshot(cell.local("tree"))
    cell.put(cell.local("tree"), cell.there, tree=True)
    equal_trees(trees.snapshot(cell.remote("tree")), wanted)
    cell.get(cell.remote("tree"), cell.local("back"), tree=True)
    equal_trees(trees.snapshot(cell.local("back")), wanted)


def a_long_name(cell):
    """libssh2, and so curl, takes records of less than 256 octets only."""
    name = "n" * (255 if "tree" in cell.can else 230)
    cell.put(trees.write(cell.local("f"), b"long\n"), cell.remote(name))
    cell.same(cell.remote(name), b"long\n")
    cell.get(cell.remote(name), cell.local("back"))
    cell.same(cell.local("back"), b"long\n")


def a_short_file_over_a_long_one(cell):
    trees.write(cell.remote("f"), trees.pattern(200000), 0o600)
    cell.give()
    cell.put(trees.write(cell.local("f"), b"short\n", 0o600),
             cell.remote("f"))
    cell.same(cell.remote("f"), b"short\n")
    check_equal(oct(os.stat(cell.remote("f")).st_mode & 0o7777), "0o600",
                "mode")
    trees.write(cell.local("back"), trees.pattern(200000))
    cell.get(cell.remote("f"), cell.local("back"))
    cell.same(cell.local("back"), b"short\n")


def a_closed_directory_in_a_tree(cell):
    """One that its owner may not write to, once it is filled."""
    os.makedirs(cell.local("tree", "closed", "sub"))
    trees.write(cell.local("tree", "closed", "f"))
    trees.write(cell.local("tree", "closed", "sub", "g"))
    os.chmod(cell.local("tree", "closed"), 0o555)
    wanted = trees.snapshot(cell.local("tree"))
    for name, preserve in (("exact", True), ("plain", False)):
        cell.put(cell.local("tree"), cell.remote(name), tree=True,
                 preserve=preserve)
        equal_trees(trees.snapshot(cell.remote(name)), wanted,
                    {"dir-mode"} & cell.can)


def a_directory_named_by_a_dot(cell):
    """It comes down under its own name, since clients refuse `.`."""
    wanted = trees.snapshot(trees.make(cell.remote("tree")))
    os.mkdir(cell.local("in"))
    cell.get(cell.remote("tree") + "/.", cell.local("in"), tree=True)
    equal_trees(trees.snapshot(cell.local("in", "tree")), wanted)


def many_files_and_deep_directories(cell):
    deep = cell.local("tree", *["d%d" % n for n in range(30)])
    os.makedirs(deep)
    trees.write(os.path.join(deep, "bottom"))
    for n in range(100):
        trees.write(cell.local("tree", "file-%d" % n), b"%d\n" % n)
    wanted = trees.snapshot(cell.local("tree"))
    cell.put(cell.local("tree"), cell.there, tree=True)
    equal_trees(trees.snapshot(cell.remote("tree")), wanted)
    cell.get(cell.remote("tree"), cell.local("back"), tree=True)
    equal_trees(trees.snapshot(cell.local("back")), wanted)


def the_null_device_takes_anything(cell):
    cell.put(trees.write(cell.local("f"), trees.pattern(100000)), "/dev/null")
    check(not os.path.isfile("/dev/null"), "/dev/null became a file")


def clients_at_once(cell):
    """All write to one name: each is told it succeeded, one whole file is
    there at the end.  (dropbear takes five from one address.)"""
    contents = [b"%d" % n * 200000 for n in range(5)]
    outcomes = []
    if "looks-first" in cell.can:
        # cp(1) asks for a new file with O_EXCL where it has seen none, and one
        # that another client stores in between is rightly refused
        trees.write(cell.remote("same"), b"old\n")

    def one(n):
        source = trees.write(cell.local("f%d" % n), contents[n])
        outcomes.append(cell.try_put(source, cell.remote("same")))

    threads = [threading.Thread(target=one, args=(n,)) for n in range(5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check_equal([o.status for o in outcomes], [0] * 5, "exit statuses")
    check(trees.read(cell.remote("same")) in contents, "a mixture")
    check_equal(cell.names(cell.there), ["same"], "names")


def from_there_to_there(cell):
    """scp -3: the client joins a source and a sink of ours."""
    wanted = trees.snapshot(trees.make(cell.remote("tree")))
    cell.give()
    cell.succeeded(cell.client.between(cell.daemon, cell.remote("tree"),
                                       cell.remote("copy")), "between")
    equal_trees(trees.snapshot(cell.remote("copy")), wanted,
                fields(cell.can, UP))


ROWS = (
    (a_file, set()),
    (a_file_of_no_bytes, set()),
    (a_file_into_a_directory, {"folder"}),
    (paths_from_the_home, set()),
    (several_files_up, {"several"}),
    (several_files_down, {"several-down"}),
    (a_tree_into_a_directory, {"tree"}),
    (a_tree_under_a_new_name, {"tree"}),
    (a_tree_twice, {"tree"}),
    (modes_and_times_of_a_file, {"file-times"}),
    (modes_and_times_of_a_tree, {"tree", "file-times"}),
    (new_files_get_modes_under_the_umask, {"modes"}),
    (set_id_bits_are_not_stored, {"modes"}),
    (odd_names, set()),
    (odd_names_in_a_tree, {"tree"}),
    (a_long_name, set()),
    (a_short_file_over_a_long_one, set()),
    (a_closed_directory_in_a_tree, {"tree"}),
    (a_directory_named_by_a_dot, {"tree", "server-names"}),
    (many_files_and_deep_directories, {"tree"}),
    (the_null_device_takes_anything, set()),
    (clients_at_once, set()),
    (from_there_to_there, {"between"}),
)
