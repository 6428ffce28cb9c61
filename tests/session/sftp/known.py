"""Bugs that other SFTP servers had, each by its name.

Those that a table elsewhere holds already: requests cut in two (CVE-2026-63090)
and lengths of 0 to 4 (ProFTPD 2115), long handles (CVE-2025-48038), endless
loops on noise (CVE-2026-54886), what a length field says is allocated
(pkg/sftp 308) are in bad.py; equal ids and EOF far beyond the end in reading.py;
modes that a later SETSTAT undoes and keywords in keywords.py; one record for
several handles in ways.py; copy-data onto itself and the order of SYMLINK in
changing.py; memory that each READ leaves behind is in bad.py as well; a link
that is put there between a look and an open (wolfSSH PR 1014, SFTPGo PR 2250)
is raced for in ../../adversary/race.
"""

import os
import threading

import sftp
import suite
import talk
import trees
from hold import add_policies, need_native
from spoken import Place
from suite import check, check_equal

RW = ["Access=read-write", "Overwrite=replace", "DotFiles=allow"]

ROWS = (
    # OpenSSH's sftp-server made empty files in read-only mode
    ("CVE-2017-15906_read_only_and_CREAT", ["Access=read-only"], """
        open h new rc -> missing|denied
        open h new wcx -> denied
        open h old rct -> any
        absent new
        file old old\\n
     """),
    # OpenSSH with -P write: "open" is one name, and TRUNC still cut
    ("openssh_what_is_denied_for_writing_cuts_nothing", ["Access=read-only"],
     """
        open h old rt -> any
        open h old rct -> any
        open h old t -> any
        open h old ra -> any
        open h old wt -> denied
        open h old rwt -> denied
        open h old wct -> denied
        fsetstat h size=0 -> any
        setstat old size=0 -> any
        file old old\\n
     """),
    # SFTPGo PR 2250: a link that leads nowhere, where a file is to be made
    ("sftpgo_dangling_link_at_the_target", RW + ["Symlinks=follow"], """
        shell "ln -s /nowhere/new out; ln -s ../outside-new up"
        open h out wct -> missing
        open h out wcx -> failure
        mkdir out -> failure
        rename old out -> failure
        open h up wct
        write h 0 in
        close h
        file outside-new in
        shell "test ! -e ../outside-new; test ! -e /nowhere"
     """),
    # Erlang, CVE-2026-32147: out of the root by one more way to write ".."
    ("CVE-2026-32147_ways_to_write_the_parent", RW, """
        stat ../root/old -> missing
        stat ../../../../etc/passwd -> missing
        stat /../etc/passwd -> missing
        stat sub/../../etc/passwd -> missing
        stat ./.././../etc/passwd -> missing
        stat sub//../..//../etc/passwd -> missing
        stat /./../ -> attrs mode=040755
        open h ../etc/new wct -> missing
        open h ../new wct
        close h
        file new empty
        mkdir ../../made
        directory made
        rename old ../../../moved
        file moved old\\n
        shell "test ! -e ../new; test ! -e ../made; test ! -e ../moved"
     """),
    # sshfs PR 361: what a link says led the client out
    ("sshfs_links_are_not_handed_out", RW + ["Symlinks=refuse"], """
        shell "ln -s /etc/passwd out"
        readlink out -> denied
        open h out r -> denied
        lstat out -> attrs mode=0120777
        stat out -> denied
     """),
    # SFTPGo: one cleaning of a path for the permission, another for the file
    ("CVE-2026-30914_paths_cleaned_in_two_ways",
     RW + ["DenyNames=secret", "Symlinks=follow"], """
        shell "mkdir secret; echo s >secret/f; ln -s secret way"
        stat secret -> denied|missing
        stat secret/f -> denied|missing
        stat ./secret/f -> denied|missing
        stat sub/../secret/f -> denied|missing
        stat sub//..//secret//f -> denied|missing
        stat /secret/./f -> denied|missing
        stat secret/ -> denied|missing
        stat secret/. -> denied|missing
        stat ../secret -> denied|missing
        stat secret/../secret/f -> denied|missing
        open h secret/new wct -> denied|missing
        rename old secret/old -> denied|missing
        mkdir secret -> denied|missing|failure
        file old old\\n
     """),
)


def case(function):
    def run():
        need_native()
        with Place() as place:
            function(place)
            place.no_leftovers()
    suite.add("known/" + function.__name__, run)


def begun(place, options=RW):
    client = sftp.Client(place.words(options), place.root, talk.PATIENCE,
                         place.environment("sftp"), umask=0o022)
    client.init()
    return client


@case
def erlang_root_by_prefix(place):
    """CVE-2026-23942: /home/user1 was said to hold /home/user10."""
    other = place.root + "0"
    os.mkdir(other)
    trees.write(os.path.join(other, "f"), b"not yours\n")
    with begun(place) as client:
        for path in ("../root0/f", other + "/f", "/../root0/f",
                     "sub/../../root0/f"):
            check_equal(client.open(path, "r")[::2], ("status", "missing"),
                        path)
            check_equal(client.ask("stat", path).code, "missing", path)
        client.end()


@case
def mina_existence_outside_of_the_root(place):
    """CVE-2023-35887: what is there and what is not get one answer."""
    with begun(place) as client:
        for kind, words in (("stat", ()), ("lstat", ()), ("opendir", ()),
                            ("readlink", ()), ("remove", ()), ("rmdir", ()),
                            ("open", (1, sftp.NONE))):
            seen = {client.ask(kind, path, *words)[2:]
                    for path in ("/etc/passwd", "/etc/no-such-file",
                                 "/no/such/file", "../../etc/passwd")}
            check_equal(len(seen), 1, "%s: %s" % (kind, seen))
        client.end()


@case
def openssh_limits_in_every_session(place):
    """limits@ was counted as a change, and absent in read-only sessions."""
    for access in ("read-only", "write-only", "read-write"):
        with begun(place, ["Access=" + access]) as client:
            check_equal(client.extensions.get("limits@openssh.com"), b"1",
                        access)
            found = client.extended("limits@openssh.com")
            check_equal((found.kind, len(found.body)),
                        ("extended_reply", 32), access)
            client.end()


@case
def openssh_whose_home_it_is(place):
    """home-directory and expand-path told of other accounts."""
    with begun(place) as client:
        check("home-directory" not in client.extensions, "it is announced")
        seen = {client.extended(kind, *words)[2:] for kind, words in (
            ("home-directory", ("root",)), ("home-directory", ("nobody",)),
            ("home-directory", ("no-such-account",)))}
        check_equal(len(seen), 1, "home-directory: %s" % seen)
        seen = {client.extended("expand-path@openssh.com", path)[2:]
                for path in ("~root", "~nobody/x", "~no-such-account/x")}
        check_equal(len(seen), 1, "expand-path: %s" % seen)
        client.end()


@case
def openssh_a_rename_with_both_names(place):
    """A file was linked and then unlinked; nothing may see two names."""
    seen, over = [], threading.Event()

    def watch():
        fd = os.open(place.path("old"), os.O_RDONLY)
        while not over.is_set():
            links = os.fstat(fd).st_nlink
            if links != 1:
                seen.append(links)
        os.close(fd)
    watcher = threading.Thread(target=watch)
    with begun(place) as client:
        watcher.start()
        for _ in range(300):
            check_equal(client.ask("rename", "old", "other").code, "ok", "to")
            check_equal(client.ask("rename", "other", "old").code, "ok",
                        "back")
        over.set()
        watcher.join()
        client.end()
    check_equal(seen, [], "numbers of names")


@case
def openssh_attributes_below_long_paths(place):
    """READDIR looked at a path that was cut at the size of a buffer."""
    depth, where = 0, place.root
    fd = os.open(where, os.O_RDONLY)
    while (depth + 1) * 201 < 3800:
        os.mkdir("d" * 200, dir_fd=fd)
        fd, old = os.open("d" * 200, os.O_RDONLY, dir_fd=fd), fd
        os.close(old)
        depth += 1
    names = {"n" * 255: 5, "n" * 254: 6, "short": 7}
    for name, size in names.items():
        file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o640, dir_fd=fd)
        os.write(file, b"x" * size)
        os.close(file)
    os.close(fd)
    with begun(place) as client:
        found = client.listed("/".join(["d" * 200] * depth))
        check(isinstance(found, list), found)
        seen = {e.name.decode(): (e.attrs.size, e.attrs.mode) for e in found
                if e.name not in (b".", b"..")}
        client.end()
    check_equal(seen, {n: (s, 0o100640) for n, s in names.items()})


@case
def libssh2_answers_without_bound(place):
    """No answer is longer than what clients take, and names come in parts."""
    os.mkdir(place.path("many"))
    for n in range(1000):
        trees.write(place.path("many", "%04d%s" % (n, "x" * 240)), b"")
    with begun(place) as client:
        handle = client.ask("opendir", "many").handle
        count = 0
        while True:
            before = client.received
            seen = client.ask("readdir", handle)
            if seen.kind == "status":
                break
            count += len(seen.names)
            check(client.received - before <= 1 << 17, "a long answer")
        client.end()
    check_equal(count, 1002, "names")


@case
def sftpgo_partial_files_at_an_end(place):
    """No way of leaving publishes what was not closed."""
    for end in ("eof", "kill", "noise"):
        with begun(place) as client:
            handle = client.open("new", "wct").handle
            client.write(handle, 0, b"abc")
            if end == "noise":
                client.send(b"\0\0\0\1\1")
            if end == "kill":
                client.process.kill()
            try:
                client.end()
            except BrokenPipeError:
                client.wait()
        check(not os.path.exists(place.path("new")), end)


@case
def clients_that_wait_for_a_version(place):
    """libssh2 hangs where neither VERSION nor an end comes."""
    for options, wanted in ((["Sftp=no"], 2), (["Access=sideways"], 78),
                            (["Root=/none/such"], None)):
        with sftp.Client(place.words(options), place.root, 20,
                         place.environment("sftp")) as client:
            check(not client.more(), "it began: %r" % client.early)
            seen = client.wait()
            check(seen == wanted or wanted is None and seen != 0,
                  "%s: status %d" % (options, seen))


add_policies("known", ROWS)
