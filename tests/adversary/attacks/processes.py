"""Attacks 30 to 32: the chroot, the log, the terminal; by our own process."""

import os
import pty
import subprocess

import peer
import suite
from place import (FILE, PATIENCE, attack, dies_of, has_only, is_printable,
                   place, waiting)
from trees import read

TIOCSTI = 0x5412
AT_FDCWD = -100


def look_into(pid, what):
    return os.readlink("/proc/%d/%s" % (pid, what))


@attack("30-leaving-a-chroot",
        "a directory that was left open outside, a forgotten chdir, or the "
        "right to chroot again leads out")
def leaving_a_chroot():
    suite.need_root()
    with place("/run") as here:
        chroot = ["-o", "Chroot=yes", "-t", "/"]
        with waiting(here, chroot) as server:
            suite.check_equal(server.reply(), peer.OK, "first answer")
            pid = server.process.pid
            for what in ("root", "cwd"):
                suite.check_equal(look_into(pid, what), here.root, what)
            for fd in set(os.listdir("/proc/%d/fd" % pid)) - {"0", "1", "2"}:
                leads = look_into(pid, "fd/" + fd)
                suite.check(not leads.startswith("/") or
                            (leads + "/").startswith(here.root + "/") or
                            leads == here.log, "%s is %s" % (fd, leads))
            status = read("/proc/%d/status" % pid).decode()
            for kind in ("CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"):
                suite.check("%s:\t%016x\n" % (kind, 0) in status, kind)
        for name in ("chroot", "fchdir", "chdir", "pivot_root", "unshare",
                     "setns", "mount", "open_by_handle_at", "openat2"):
            dies_of(here, name, words=chroot)
        for flags in (os.O_RDONLY, os.O_PATH, os.O_DIRECTORY | os.O_PATH):
            dies_of(here, "openat", AT_FDCWD & 0xffffffff, 0, flags,
                    words=chroot)


@attack("31-CVE-2023-6246-syslog",
        "syslog(3) puts the program's name into a heap buffer that is too "
        "small for it (glibc)")
def name_for_syslog():
    with place() as here:
        for name in ("A" * 120000, "%s%n" * 1000, "\x1b[2J" * 100, "x\n" * 500,
                     ""):
            done = subprocess.run(
                [name] + here.server("-t", "/")[1:], executable=suite.SERVER,
                input=FILE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                timeout=PATIENCE)
            suite.check_equal((done.returncode, done.stdout), (0, b"\0\0\0"),
                              "called %.10r" % name)
        is_printable(read(here.log), "the log")
        here.records()
        for name in ("socket", "connect", "sendmsg"):
            dies_of(here, name)
        symbols = subprocess.run(["nm", "-D", "-u", suite.SERVER], check=True,
                                 stdout=subprocess.PIPE).stdout
        suite.check(b"syslog" not in symbols, "it links syslog")


@attack("32-CVE-2017-5226-TIOCSTI",
        "a confined process types commands into the terminal that it was "
        "started from (bubblewrap)")
def types_into_terminal():
    with place() as here:
        for request in (TIOCSTI, 0x541C, 0x5401):      # TIOCLINUX, TCGETS
            dies_of(here, "ioctl", 0, request)
            dies_of(here, "ioctl", 0, request, words=("-f", "/"))
        primary, secondary = pty.openpty()
        done = subprocess.run(
            [suite.SERVER, "-o", "AuditLog=none"], stdin=secondary,
            stdout=secondary, stderr=subprocess.PIPE, timeout=PATIENCE,
            env={})
        os.close(secondary)
        os.close(primary)
        suite.check(done.returncode == 1 and done.stderr.count(b"\n") == 1,
                    "on a terminal: %r" % done)
        has_only(here.root)
