"""The columns of the SFTP half, and its footnotes: what a client cannot do,
and why."""

import collections
import os

import copies
import cutting
import trees
from cell import equal_trees
from suite import check, check_equal

BODY = trees.pattern(300001)
TOO_LARGE = 1200001
# Leave an empty file here, where nothing came.
MAKE_IT_FIRST = {"pscp", "psftp", "paramiko", "curl", "ssh2-sftp-client"}
# A directory that is missing is made for what is copied there.
MAKE_PARENTS = {"rclone", "Net::SFTP::Foreign", "Net::SFTP::Foreign, atomic"}


def stored(cell, name, body):
    check(cell.idle(), "a session stays")
    cell.same(cell.remote(name), body)


def file(cell):
    cell.put(trees.write(cell.local("f"), BODY), cell.remote("new"))
    stored(cell, "new", BODY)
    cell.get(cell.remote("new"), cell.local("back"))
    cell.same(cell.local("back"), BODY)


def tree(cell):
    """What is in a directory, to and from one that is there: clients do not
    agree on what is made of a name that is free."""
    wanted = trees.snapshot(trees.make(cell.local("tree")))
    cell.put(cell.local("tree"), cell.there, tree=True)
    check(cell.idle(), "a session stays")
    top = cell.there
    if "tree" in cell.names(top):
        top = cell.remote("tree")
    equal_trees(trees.snapshot(top), wanted)
    if "tree-up" in cell.can:
        return
    os.mkdir(cell.local("in"))
    cell.get(top, cell.local("in"), tree=True)
    top = cell.local("in")
    if len(os.listdir(top)) == 1:
        top = cell.local("in", os.listdir(top)[0])
    equal_trees(trees.snapshot(top), wanted)


def attributes(cell):
    up, down = cell.client.keeps
    path = trees.write(cell.local("f"), b"aged\n", 0o640)
    os.utime(path, (trees.LONG_AGO, trees.LONG_AGO))
    wanted = {"f": trees.describe(path, os.lstat(path))}
    cell.put(path, cell.remote("f"), preserve=True)
    check(cell.idle(), "a session stays")
    there = cell.remote("f")
    equal_trees({"f": trees.describe(there, os.lstat(there))}, wanted, up)
    os.chmod(there, 0o640)
    os.utime(there, (trees.LONG_AGO, trees.LONG_AGO))
    cell.get(there, cell.local("back"), preserve=True)
    back = cell.local("back")
    equal_trees({"f": trees.describe(back, os.lstat(back))}, wanted, down)


def odd_names(cell):
    os.mkdir(cell.local("in"))
    for name in trees.ODD_NAMES:
        content = name.encode() + b"\n"
        cell.put(trees.write(cell.local("f"), content), cell.remote(name))
        check_equal(cell.names(cell.there), [name], "names")
        stored(cell, name, content)
        cell.get(cell.remote(name), cell.local("in", name))
        check_equal(cell.names(cell.local("in")), [name], "names")
        cell.same(cell.local("in", name), content)
        os.unlink(cell.remote(name))
        os.unlink(cell.local("in", name))


def missing(cell):
    outcome = cell.try_get(cell.remote("none"), cell.local("back"))
    check(outcome.status != 0, "not told: " + outcome.text)
    nothing_came(cell)
    if cell.client.name in MAKE_PARENTS:
        return
    outcome = cell.try_put(trees.write(cell.local("f")),
                           cell.remote("none", "none", "f"))
    check(outcome.status != 0, "not told: " + outcome.text)
    check_equal(cell.names(cell.there), [], "names")


def nothing_came(cell):
    path = cell.local("back")
    if cell.client.name in MAKE_IT_FIRST and os.path.exists(path):
        check_equal(os.path.getsize(path), 0, "what came all the same")
        os.unlink(path)
    check(not os.path.exists(path), "it came all the same")


def refused(cell):
    """By the modes of files."""
    trees.write(cell.remote("locked"), mode=0)
    outcome = cell.try_get(cell.remote("locked"), cell.local("back"))
    check(outcome.status != 0, "not told: " + outcome.text)
    nothing_came(cell)
    os.unlink(cell.remote("locked"))
    os.mkdir(cell.remote("closed"), 0o555)
    outcome = cell.try_put(trees.write(cell.local("f")),
                           cell.remote("closed", "f"))
    check(outcome.status != 0, "not told: " + outcome.text)
    check_equal(cell.names(cell.remote("closed")), [], "names")


def overwrite(cell):
    for size in (100000, 10, 0, 5000):
        body = trees.pattern(size)
        cell.put(trees.write(cell.local("f"), body), cell.remote("x"))
        stored(cell, "x", body)


def resume(cell):
    whole = trees.write(cell.local("f"), BODY)
    trees.write(cell.remote("up"), BODY[:100000])
    cell.succeeded(cell.do("resume", True, whole, cell.remote("up")), "up")
    stored(cell, "up", BODY)
    trees.write(cell.remote("down"), BODY)
    trees.write(cell.local("part"), BODY[:100000])
    cell.succeeded(cell.do("resume", False, cell.remote("down"),
                           cell.local("part")), "down")
    cell.same(cell.local("part"), BODY)


def rename(cell):
    trees.write(cell.remote("old"), BODY)
    cell.succeeded(cell.do("rename", cell.remote("old"), cell.remote("new")),
                   "rename")
    check(cell.idle(), "a session stays")
    check_equal(cell.names(cell.there), ["new"], "names")
    cell.same(cell.remote("new"), BODY)


def rename_over(cell):
    trees.write(cell.remote("old"), BODY)
    trees.write(cell.remote("new"))
    outcome = cell.do("rename", cell.remote("old"), cell.remote("new"))
    check(cell.idle(), "a session stays")
    if outcome.status != 0:
        check_equal(cell.names(cell.there), ["new", "old"], "names")
        cell.same(cell.remote("new"), b"content\n")
        raise AssertionError("told, and nothing changed: " + outcome.text)
    check_equal(cell.names(cell.there), ["new"], "names")
    cell.same(cell.remote("new"), BODY)


def delete(cell):
    trees.write(cell.remote("old"))
    trees.write(cell.remote("other"))
    cell.succeeded(cell.do("remove", cell.remote("old")), "remove")
    check(cell.idle(), "a session stays")
    check_equal(cell.names(cell.there), ["other"], "names")


def interrupted(cell):
    """The connection breaks: a new name does not come, an old file stays."""
    source = trees.write(cell.local("f"), trees.pattern(3000000))
    trees.write(cell.remote("old"), BODY)
    for name in ("new", "old"):
        with cutting.Cut(cell.daemon, 1200000) as cut:
            outcome = cell.do("put", [source], cell.remote(name), daemon=cut)
            check(cut.cut.is_set(), "it was not cut: " + outcome.text)
        check(outcome.status != 0, "not told: " + outcome.text)
        check(cell.idle(), "a session stays")
        check_equal(cell.names(cell.there), ["old"], "names")
        cell.same(cell.remote("old"), BODY)
    cell.put(source, cell.remote("new"))
    stored(cell, "new", trees.pattern(3000000))


def disk_full(cell):
    """What does not fit is told and leaves nothing; what fits is taken."""
    name = cell.client.name
    with cell.ground.filling:
        large = trees.write(cell.local("large"), trees.pattern(TOO_LARGE))
        outcome = cell.try_put(large, cell.full(name + "-large"))
        check(outcome.status != 0, "not told: " + outcome.text)
        cell.put(trees.write(cell.local("small")), cell.full(name + "-small"))
        check(cell.idle(), "a session stays")
        check_equal([n for n in cell.stored_in_full() if name + "-" in n],
                    [name + "-small"], "names on the full device")


Case = collections.namedtuple("Case", "column needs")
CASES = {
    "file": Case(file, set()), "tree": Case(tree, {"trees"}),
    "attributes": Case(attributes, {"preserves"}),
    "odd_names": Case(odd_names, set()),
    "empty": Case(copies.a_file_of_no_bytes, set()),
    "missing": Case(missing, set()), "refused": Case(refused, set()),
    "overwrite": Case(overwrite, set()),
    "resume": Case(resume, {"resumes"}),
    "rename": Case(rename, {"rename"}),
    "rename_over": Case(rename_over, {"rename"}),
    "delete": Case(delete, {"remove"}),
    "interrupted": Case(interrupted, set()),
    "disk_full": Case(disk_full, set()),
}

# Why a client has no way to do a thing: what it lacks, or the column.
LACKS = {
    "trees": "It copies single files.",
    "preserves": "It neither sends nor sets times and modes by itself.",
    "resumes": "It does not go on with a part that is there.",
    "rename": "It copies, and has no command for that.",
    "remove": "It copies, and has no command for that.",
    "link": "It makes no links, or is not driven here to do so.",
}
BACKUP = "It keeps a repository, in files of its own."
# What is not a matter of SFTP: client, column.
LOOKS_FIRST = "ansible's modules look first; sftp is not asked."
NO_WAY = {
    **dict.fromkeys(
        ((name, case) for name in ("ansible", "ansible, smart")
         for case in ("missing", "refused")), LOOKS_FIRST),
    **dict.fromkeys(
        ((name, case) for name in ("ansible", "ansible, smart")
         for case in ("interrupted", "disk_full")),
        "ansible copies to a directory of its own; its module stores the "
        "file."),
}
NO_SHELL = "ansible runs shell commands and Python there, which this account" \
           " is there to refuse."


def lack(client, needs):
    if "backup" in client.can:
        return BACKUP
    return LACKS[sorted(needs)[0]]


# Why there is no login: client, daemon.
CIPHERS = "TinySSH has one cipher, which %s: no login."
NO_LOGIN = {
    **dict.fromkeys(("curl", "Net::SSH2", "php"),
                    CIPHERS % "libssh2 does not have"),
    **dict.fromkeys(("paramiko", "jsch", "net-sftp"),
                    CIPHERS % "this client does not have"),
    **dict.fromkeys(("pscp", "psftp"),
                    CIPHERS % "PuTTY refuses in batch mode from a server "
                    "without strict key exchange"),
}
# Why a thing does not work that a client has a way to do.
FAULTS = {
    **dict.fromkeys(
        ((name, "rename_over") for name in (
            "lftp, temporary", "curl", "psftp", "lftp", "filezilla", "libssh", "Net::SSH2", "php",
            "net-sftp", "ssh2")),
        "It sends the plain RENAME, which in version 3 takes no name that "
        "stands, here as with OpenSSH's server; the user is told."),
    **dict.fromkeys(
        (("rclone", "MaxFileSize"), ("rclone", "MaxSessionBytes")),
        "The user is told. But when an upload fails rclone removes the name, "
        "and so the old file: `Modify own` keeps that."),
    **dict.fromkeys(
        ((name, "Sftp_no") for name in ("curl", "Net::SSH2", "php")),
        "Nothing is served, but libssh2 waits for a first answer even when "
        "the session has ended, whatever ended it."),
    ("rclone", "MaxSessionFiles"): "It has several sessions at once, and each "
                                   "has the limit: all may come.",
    ("jsch", "odd_names"): "JSch takes `*` and `?` in a target for a pattern, "
                           "and its quoting of them stays in the name of a "
                           "new file.",
    ("net-sftp", "Sftp_no"): "Nothing is served, but net-sftp reports "
                             "nothing if the session ends before its first "
                             "answer, whatever ended it.",
    ("lftp, temporary", "DotFiles"): "It stores as .in.NAME, which the "
                                     "keyword forbids, and says so.",
    ("lftp, temporary", "AllowNames"): "The temporary name .in.NAME has to be "
                                       "allowed as well.",
    ("lftp, temporary", "Overwrite_deny"): "The old file stays and the user "
                                           "is told; .in.NAME stays as well.",
    ("lftp, temporary", "Overwrite_versions"):
        "It takes the old file away before it renames, which `Modify own`, "
        "the default there, forbids: the old file stays, and the user is "
        "told.",
    ("duplicity", "DotFiles"): "It stores as .NAME.part, which the keyword "
                               "forbids, and says so.",
    **dict.fromkeys(
        ((name, column) for name in (
            "Net::SFTP::Foreign, atomic", "lftp, temporary", "restic",
            "duplicity") for column in ("Access_write-only", "Modify_no")),
        "It stores under a temporary name and renames that: `Modify own` "
        "allows it."),
    **dict.fromkeys(
        ((name, "Interrupted") for name in (
            "Net::SFTP::Foreign, atomic", "lftp, temporary")),
        "The part stays under the temporary name, and the next try does not "
        "look for it."),
    **dict.fromkeys(
        ((name, "odd_names") for name in ("ansible", "ansible, smart")),
        "ansible's module, which sftp brought, expands `$` in the target's "
        "name."),
    ("php", "odd_names"): "PHP takes the path for a URL: a question mark "
                          "ends it.",
    **dict.fromkeys(
        (("php", "dropbear/" + way) for way in (
            "sftp-server_link", "authorized_keys", "login_shell")),
        "Behind dropbear, which takes 24 KiB at once, a write of PHP fails, "
        "and PHP then waits for ever; with OpenSSH's sftp-server as well."),
    **dict.fromkeys(
        (("asyncssh", "tinyssh/" + way) for way in (
            "subsystem", "login_shell")),
        "The copy is done, but asyncssh waits for the CHANNEL_CLOSE that "
        "TinySSH does not send."),
}
# What a yes does not include.
PARTLY = {
    **dict.fromkeys(
        ((name, "attributes") for name in ("jsch", "paramiko")),
        "Up only; a download has the time at which it was made."),
    **dict.fromkeys(
        ((name, "attributes") for name in ("pscp", "rclone", "lftp", "filezilla")),
        "Times, not modes."),
}
