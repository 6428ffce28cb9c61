"""Attacks 19 to 29: what stands in the file system, or is to be put there."""

import contextlib
import fcntl
import os
import signal
import socket
import stat
import subprocess
import time

import deny
import inject
import peer
import suite
from place import (FILE, NEW, PATIENCE, SECRET, STOCK, attack, dies_of,
                   has_only, is_fatal, landlock_abi, mode_of, place, serve,
                   stock, untouched)
from trees import read, write

RACES = 50
SOON = 60                   # seconds: an answer that is due at once


def changed(before, here, what):
    """For a control: what OpenSSH's scp did to what is outside."""
    return what if here.digest() != before else None


@attack("19-link-at-the-target",
        "an upload follows a symbolic link that waits under its name "
        "(OpenSSH still does; dropbear until 2026), or is put there meanwhile")
def link_at_target():
    raced = link_in_a_race()
    with place() as here:
        links = {"out": here.secret, "relative": "../outside/secret",
                 "self": "self", "dangling": here.path("outside/new"),
                 "proc": "/proc/self/fd/0", "directory": here.outside}
        with untouched(here):
            for words in (["-r", "-t", "/"], ["-d", "-t", "/"], None):
                for name, text in links.items():
                    os.symlink(text, here.in_root(name))
                    record = FILE.replace(b" f\n", b" %s\n" % name.encode())
                    line = words or ["-t", "/" + name]
                    seen = serve(here, line, record)
                    if words:
                        suite.check_equal(seen[:2], (0, b"\0\0\0"), name)
                    if not os.path.islink(here.in_root(name)):
                        suite.check_equal(read(here.in_root(name)), NEW, name)
                    os.unlink(here.in_root(name))
        before = here.digest()
        os.symlink(here.secret, here.in_root("out"))
        if stock(["-t", here.in_root()], FILE.replace(b" f", b" out")):
            through = changed(before, here, "OpenSSH's scp has written "
                              "through the link")
            return "; ".join(t for t in (through, raced) if t)
    return None


@contextlib.contextmanager
def exchanging(a, b):
    """A neighbour who exchanges two names all the time."""
    flip = os.path.join(inject.BUILD, "flip")
    inject.compile_helper(
        os.path.join(suite.TOP, "tests", "adversary", "race", "flip.c"), flip)
    process = subprocess.Popen([flip, a, b], stdout=subprocess.PIPE)
    try:
        yield
    finally:
        process.terminate()
        count = int(process.communicate()[0])
        suite.check(count > 100, "only %d exchanges" % count)


def race(argv, target):
    """Uploads of a tree whose directory changes places with a link."""
    for n in range(RACES):
        peer.upload(argv + ["-r", "-t", target],
                    [peer.directory(0o755, "a"),
                     peer.file(0o644, "raced-%d" % n, NEW), peer.END])


def link_in_a_race():
    suite.need_tool("cc")
    with place() as here:
        os.mkdir(here.in_root("a"))
        os.symlink("../outside", here.in_root("b"))
        with untouched(here), exchanging(here.in_root("a"), here.in_root("b")):
            race(here.server(), "/")
            race(here.server(confined=False), here.root)
        if not os.access(STOCK, os.X_OK):
            return None
        with exchanging(here.in_root("a"), here.in_root("b")):
            race([STOCK], here.root)
        out = len(os.listdir(here.outside)) - 1
        return "of %d raced uploads to it %d went outside" % (RACES, out)


@attack("20-hard-link-at-the-target",
        "an upload in place writes into another name of the same file")
def hard_link_at_target():
    with place() as here:
        with untouched(here):
            for confined in (True, False):
                os.link(here.secret, here.in_root("f"))
                at = "/" if confined else here.root
                seen = serve(here, ["-t", at], FILE, confined)
                suite.check_equal(seen[:2], (0, b"\0\0\0"), "session")
                suite.check_equal(read(here.in_root("f")), NEW, "content")
                os.unlink(here.in_root("f"))
        before = here.digest()
        os.link(here.secret, here.in_root("f"))
        if stock(["-t", here.root], FILE):
            return changed(before, here, "OpenSSH's scp has changed the "
                           "other name")


def move_while_open(argv, here):
    """The peer makes a directory; a neighbour moves it out; then a file.

    Whether the file went with it.
    """
    server = peer.Server(argv + ["-r", "-t", "/"], timeout=PATIENCE)
    try:
        suite.check_equal(server.reply(), peer.OK, "first answer")
        server.send(b"D0755 0 d\n")
        suite.check_equal(server.reply(), peer.OK, "the directory")
        os.rename(here.in_root("d"), here.path("outside/d"))
        server.send(FILE)
        server.finish()
    finally:
        server.close()
    stored = os.listdir(here.path("outside/d"))
    remove_deep(here.path("outside/d"))
    return stored == ["f"]


@attack("21-directory-moved-out",
        "a directory is moved out of the root while the session has it open: "
        "its descriptor leads outside")
def directory_moved_out():
    with place() as here:
        if landlock_abi() < 1:
            suite.skip("needs Landlock")
        suite.check(not move_while_open(here.server(), here), "it went out")
        deny.build()
        weaker = deny.command(here.server("-o", "Sandbox=prefer"),
                              ("landlock_create_ruleset",))
        if move_while_open(weaker, here):
            return "without Landlock the file went outside"
    return None


@attack("22-CVE-2026-35385-set-id-bits",
        "an upload makes a setuid file (OpenSSH, from rcp; dropbear)")
def set_id_bits():
    with place() as here:
        for mode in (b"4755", b"2755", b"6777", b"7777", b"04711"):
            for words in (["-t", "/"], ["-p", "-t", "/"]):
                record = FILE.replace(b"0644", mode)
                suite.check_equal(serve(here, words, record)[:2],
                                  (0, b"\0\0\0"), mode)
                suite.check_equal(mode_of(here.in_root("f")) & 0o7000, 0, mode)
                tree = b"D" + mode + b" 0 d\nE\n"
                serve(here, ["-r"] + words, tree)
                suite.check_equal(mode_of(here.in_root("d")) & 0o6000, 0, mode)
                os.rmdir(here.in_root("d"))
        dies_of(here, "fchmod", 0, 0o4755)
        if stock(["-p", "-t", here.root], FILE.replace(b"0644", b"4755")):
            return ("OpenSSH's scp has made a setuid file"
                    if mode_of(here.in_root("f")) & 0o4000 else None)


def within(seconds, argv, data):
    """The answers, or None of a process that hangs."""
    try:
        return subprocess.run(argv, input=data, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=seconds).stdout
    except subprocess.TimeoutExpired:
        return None


def lease(path):
    """Somebody else holds a read lease: an open for writing would wait."""
    fd = os.open(path, os.O_RDONLY)
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    return fd


@attack("23-special-files",
        "opening a FIFO hangs, a device acts, a leased file waits for its "
        "holder, and the session with them")
def special_files():
    with place() as here:
        os.mkfifo(here.in_root("p"))
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(here.in_root("s"))
        names = ["p", "s"]
        if os.geteuid() == 0:
            os.mknod(here.in_root("z"), 0o666 | stat.S_IFCHR, os.makedev(1, 5))
            names.append("z")
        for name in names:
            record = FILE.replace(b" f", b" " + name.encode())
            for words in (["-t", "/" + name], ["-t", "/"], ["-f", name],
                          ["-r", "-t", "/"], ["-r", "-f", "/"]):
                data = b"\0\0\0\0\0" if "-f" in words else record
                said = within(SOON, here.server(*words), data)
                suite.check(said and b"scp: " in said, "%s: %r" % (name, said))
        fd = lease(write(here.in_root("l"), SECRET))
        said = within(SOON, here.server("-t", "/l"), FILE)
        os.close(fd)
        suite.check_equal(said, b"\0\0\0", "the leased file")
        suite.check_equal(read(here.in_root("l")), NEW, "content")
        has_only(here.root, "l", *names)
        if os.access(STOCK, os.X_OK):
            hung = within(1, [STOCK, "-t", here.in_root("p")], FILE) is None
            return "OpenSSH's scp hangs on a FIFO" if hung else None


def deep_tree(top, levels):
    here = os.open(top, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def remove_deep(top):
    subprocess.run(["rm", "-rf", top], check=True)


@attack("24-endless-recursion",
        "directories in directories without end use up the stack (OpenSSH) or "
        "the descriptors; a link leads back to its parent")
def endless_recursion():
    many = b"D0755 0 d\n" * 100000
    with place() as here:
        is_fatal(serve(here, ["-r", "-t", "/"], many))
        is_fatal(serve(here, ["-r", "-t", here.in_root()], many, False))
        remove_deep(here.in_root("d"))
        deep_tree(here.root, 3000)
        seen = serve(here, ["-r", "-f", "/d"], b"\0" * 10000)
        suite.check(seen[0] in (1, 2) and b"scp: " in seen[1],
                    repr(seen)[-200:])
        remove_deep(here.in_root("d"))
        os.symlink(".", here.in_root("loop"))
        seen = serve(here, ["-o", "Symlinks=follow", "-r", "-f", "/"],
                     b"\0" * 1000)
        suite.check(seen[0] == 1 and seen[1].count(b"loop") < 5,
                    repr(seen)[-200:])
        seen = stock(["-r", "-t", here.outside], b"D0755 0 d\n" * 5000)
        if seen and seen[0] < 0:
            return "OpenSSH's scp died: " + signal.Signals(-seen[0]).name
    return None


@attack("25-times-out-of-range",
        "times that no file system has wrap around to other ones")
def times_out_of_range():
    now = time.time()
    rows = ((0, True), (1 << 31, True), (1 << 32, True), (1 << 33, True),
            ((1 << 33) + 1, False), (1 << 40, False), ((1 << 63) - 1, False),
            (1 << 64, False))
    with place() as here:
        for seconds, kept in rows:
            data = b"T%d 0 %d 0\n" % (seconds, seconds) + FILE
            suite.check_equal(serve(here, ["-p", "-t", "/"], data)[:2],
                              (0, b"\0" * 4), seconds)
            seen = os.stat(here.in_root("f")).st_mtime
            suite.check((seen == seconds) if kept else seen >= now - 5,
                        "%d became %d" % (seconds, seen))
        for text in (b"9" * 30 + b" 0 0 0", b"0 1000000 0 0",
                     b"0 -1 0 0", b"0 0 0", b"0 0 0 0 0", b"x 0 0 0",
                     b"0x1 0 0 0", b"1e9 0 0 0"):
            is_fatal(serve(here, ["-p", "-t", "/"], b"T" + text + b"\n" + FILE),
                     b"protocol error")


@attack("26-sizes-that-lie",
        "a size of 2^63-1, or many files, fill the disk; a size that is not "
        "kept leaves a file of the wrong length")
def sizes_that_lie():
    largest = b"C0644 9223372036854775807 f\n"
    with place() as here:
        limits = (("MaxFileSize=3", FILE), ("MaxSessionBytes=3", FILE),
                  ("MinFree=1000000T", FILE), ("Umask=022", largest),
                  ("MaxFileSize=1T", largest))
        for limit, data in limits:
            seen = serve(here, ["-o", limit, "-t", "/f"], data)
            suite.check(seen[0] == 2 and seen[1].startswith(b"\0\2scp: "),
                        "%s: %r" % (limit, seen))
        seen = serve(here, ["-o", "MaxSessionFiles=2", "-r", "-t", "/"],
                     FILE.replace(b" f", b" a") + FILE.replace(b" f", b" b") +
                     FILE)
        suite.check(b"scp: " in seen[1] and seen[0] != 0, repr(seen))
        has_only(here.root, "a", "b")
        for tail in (b"", b"ne", b"new\n!\0", b"new\n\1short\n"):
            serve(here, ["-t", "/f"], b"C0644 4 f\n" + tail)
            has_only(here.root, "a", "b")
        if stock(["-t", here.path("outside/f")], b"C0644 4 f\nne"):
            return ("OpenSSH's scp has left a file that is too short"
                    if os.path.exists(here.path("outside/f")) else None)


@attack("27-slow-peer",
        "a peer that stops sending, or never reads, keeps sessions for ever")
def slow_peer():
    transcript = b"T1 0 1 0\n" + FILE
    with place() as here:
        begun = time.monotonic()
        sessions = []
        for n in range(0, len(transcript)):
            server = peer.Server(here.server("-o", "IdleTimeout=1", "-t", "/f"))
            server.send(transcript[:n])
            sessions.append(server)
        write(here.path("root/large"), b"x" * (8 << 20))
        reader = peer.Server(here.server("-o", "IdleTimeout=1", "-f", "large"))
        reader.send(b"\0\0")
        for server in sessions + [reader]:
            suite.check_equal(server.process.wait(PATIENCE), 2, "status")
            server.close()
        suite.check(time.monotonic() - begun < PATIENCE, "too late")
        has_only(here.root, "large")


@attack("28-partial-files",
        "a session that is killed or loses its peer leaves a part of the file "
        "under its final name")
def partial_files():
    def stop(argv, at, how):
        server = peer.Server(argv + ["-t", at], timeout=PATIENCE)
        try:
            server.reply()
            server.send(b"C0644 1000000 f\n")
            server.reply()
            server.send(b"x" * 500000)
            if how is None:
                server.finish()
            else:
                time.sleep(0.1)
                server.process.send_signal(how)
                server.process.wait(PATIENCE)
        finally:
            server.close()

    with place() as here:
        for how in (None, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP,
                    signal.SIGINT):
            stop(here.server(), "/f", how)
            has_only(here.root)
        write(here.in_root("f"), SECRET)
        for how in (None, signal.SIGKILL, signal.SIGTERM):
            stop(here.server(), "/f", how)
            has_only(here.root, "f")
            suite.check_equal(read(here.in_root("f")), SECRET, "the old file")
        if os.access(STOCK, os.X_OK):
            stop([STOCK], here.path("outside/f"), signal.SIGKILL)
            if os.path.exists(here.path("outside/f")):
                return "OpenSSH's scp has left a part of the file"
    return None


@attack("29-temporary-with-other-rights",
        "a temporary that is made 0600 and given its mode later loses what a "
        "default ACL takes away: others can read the file")
def rights_of_temporary():
    suite.need_tool("setfacl", "getfacl")
    acls = ("u::rwx,g::r-x,o::---", "u::rwx,g::---,o::---,u:1:rwx,m::rwx",
            "u::rwx,g::rwx,o::rwx")
    with place() as here:
        for acl in acls:
            if subprocess.run(["setfacl", "-d", "-m", acl, here.root],
                              stderr=subprocess.DEVNULL).returncode != 0:
                suite.skip("no ACLs here")
            for mode in (0o644, 0o600, 0o666, 0o777):
                record = FILE.replace(b"0644", b"%04o" % mode)
                suite.check_equal(serve(here, ["-t", "/"], record)[:2],
                                  (0, b"\0\0\0"), "session")
                os.close(os.open(here.in_root("plain"),
                                 os.O_CREAT | os.O_WRONLY, mode))
                rights = [subprocess.run(
                    ["getfacl", "-c", "-p", "-n", here.in_root(name)],
                    check=True, stdout=subprocess.PIPE).stdout
                    for name in ("f", "plain")]
                suite.check_equal(rights[0], rights[1], "%s %o" % (acl, mode))
                os.unlink(here.in_root("f"))
                os.unlink(here.in_root("plain"))
            subprocess.run(["setfacl", "-b", here.root], check=True)
