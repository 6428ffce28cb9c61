"""The program under attack: how it is built, started, and what it may touch.

The program is the real one, linked from the objects of this build; hook.c
takes it over at its first read from the peer.  Variants leave out a layer
while linking.
"""

import collections
import ctypes
import errno
import os
import shutil
import signal
import socket
import subprocess

import deny
import suite
import variants

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = suite.BUILD
OUT = os.path.join(BUILD, "rogue")
NOBODY = 65534
PARENT = "/run"             # a file system of our own is mounted there
CAP_SYS_CHROOT = 18
PR_CAPBSET_DROP = 24
PATIENCE = 120

# variant: the layers that it leaves out
VARIANTS = {
    "all": (),
    "landlock": ("confine_seccomp",),
    "filter": ("confine_landlock",),
    "none": ("confine_seccomp", "confine_landlock"),
}

MODES = {
    "sink": ("-r", "-t", "root"),
    "drop": ("-o", "Access=write-only", "-r", "-t", "root"),
    "source": ("-r", "-f", "root"),
    # of SFTP, a column of the filters each
    "sftp-read": ("-o", "Access=read-only"),
    "sftp-read-walk": ("-o", "Access=read-only"),
    "sftp-add": ("-o", "Access=write-only"),
    "sftp-write": ("-o", "Access=write-only", "-o", "Overwrite=replace"),
    "sftp-both": ("-o", "Access=read-write"),
    "sftp-links": ("-o", "Access=read-write", "-o", "Links=yes"),
    "sftp-setid": ("-o", "SetIdBits=yes"),
}

# layers: a variant; root: plain, chroot, namespace or open; user: 0 is uid 0
Column = collections.namedtuple("Column", "layers mode root user")

# The kernel killed it; it succeeded; it may be either here or there.
KILLED, DONE, VARIES = "K", "+", "~"
LETTERS = dict(line.split() for line in """
EACCES a
EBADF b
ENXIO c
ENOTDIR d
EEXIST e
EFAULT f
EAGAIN g
ESRCH h
EINVAL i
EISDIR j
ESPIPE k
ELOOP l
ENOMEM m
ENOENT n
ENOTSUP o
EPERM p
ENODEV q
EROFS r
ENOSYS s
ENOTTY t
ENOEXEC u
ENODATA v
EINTR w
EXDEV x
ENOTCONN y
EFBIG z
ENOSPC z
ENOTEMPTY A
EPROTOTYPE B
ENOKEY C
EOVERFLOW D
EMSGSIZE E
ECONNREFUSED F
EBUSY G
ETXTBSY H
""".strip().splitlines())


def run(*command, **keywords):
    return subprocess.run(command, check=True, text=True, cwd=suite.TOP,
                          stdout=subprocess.PIPE, **keywords).stdout


def flags():
    return run("make", "-s", "BUILD=" + BUILD, "print-flags").split()


def compile_to(name, *words):
    """Compiles to a file of build/rogue, which is there whole or as it was:
    two suites build, run and copy what is there, and may do so at once."""
    new = suite.unique(OUT)
    run("cc", "-o", new, *words)
    os.rename(new, os.path.join(OUT, name))


def compile_c(name, source, *options):
    compile_to(name, *flags(), "-Wno-missing-prototypes", *options,
               os.path.join(HERE, source))


def link(variant, without):
    wraps = "".join(",--wrap=" + name for name in without)
    compile_to(variant, "-pie", "-Wl,--wrap=read" + wraps,
               os.path.join(BUILD, "obj", "main.o"),
               os.path.join(OUT, "hook.o"), os.path.join(OUT, "without.o"),
               os.path.join(BUILD, "libscpserver.a"), *variants.linked())


def build():
    """All variants; returns the names of the actions in their order."""
    os.makedirs(OUT, exist_ok=True)
    for name in ("hook", "without"):
        compile_c(name + ".o", name + ".c", "-c")
    compile_c("names", "hook.c", "-DNAMES")
    compile_to("run", "-static", "-nostdlib", "-O1", "-fno-stack-protector",
               os.path.join(HERE, "program.c"))
    for variant, without in VARIANTS.items():
        link(variant, without)
    return run(os.path.join(OUT, "names")).splitlines()


def absent():
    """The actions that this kernel can't carry out for anybody."""
    tried = subprocess.run([os.path.join(OUT, "names"), "32-bit"])
    return {"steps: 32-bit interface"} if tried.returncode != 0 else set()


class World:
    """The tree: base/root is stored to, rooted lies outside of it."""

    def __init__(self, uid):
        self.uid = uid
        self.top = suite.scratch(PARENT)
        self.base = os.path.join(self.top, "base")
        self.before = None
        self.make()

    def make(self):
        for name in os.listdir(self.top):
            shutil.rmtree(os.path.join(self.top, name))
        os.mkdir(self.base, 0o755)
        inside = os.path.join(self.base, "root")
        outside = os.path.join(self.top, "rooted")
        for path in (inside, outside, inside + "/dir", inside + "/empty",
                     outside + "/dir", outside + "/secret"):
            os.mkdir(path, 0o755)
        for path in (self.base + "/old", inside + "/old",
                     inside + "/dir/full", outside + "/file",
                     outside + "/secret/file"):
            with open(path, "wb") as f:
                f.write(b"content\n")
            os.chmod(path, 0o644)
        os.setxattr(outside + "/file", b"user.b", b"x")
        shutil.copy(os.path.join(OUT, "run"), inside + "/run")
        os.mkfifo(inside + "/fifo", 0o644)
        os.symlink(outside, inside + "/link")
        os.symlink("file", outside + "/link")
        os.mknod(inside + "/null", 0o20666, os.makedev(1, 3))
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(outside + "/socket")
        listener.close()
        for where in (inside, outside, self.base + "/old"):
            self._give(where)
        os.chmod(outside + "/secret", 0)
        self.before = self.snapshot()

    def _give(self, path):
        os.lchown(path, self.uid, self.uid)
        if os.path.isdir(path) and not os.path.islink(path):
            for name in os.listdir(path):
                self._give(os.path.join(path, name))

    def snapshot(self):
        """What could change, by path."""
        seen = {}
        for where, _, names in os.walk(self.top):
            for path in [where] + [os.path.join(where, n) for n in names]:
                st = os.lstat(path)
                is_dir = (st.st_mode & 0o170000) == 0o40000
                seen[path] = (st.st_mode, st.st_uid, st.st_gid, st.st_ino,
                              0 if is_dir else st.st_size,
                              st.st_mtime_ns)
        path = self.top + "/rooted/file"
        if path in seen:
            seen[path] += (tuple(os.listxattr(path)),)
        return seen

    def changes(self):
        """The paths that changed since make(); the tree is made anew then."""
        now = self.snapshot()
        changed = {path for path in now.keys() | self.before.keys()
                   if now.get(path) != self.before.get(path)}
        if changed:
            self.make()
        return changed

    def close(self):
        shutil.rmtree(self.top)


def options(column, world):
    """The words of the administrator for this column."""
    words = ["scp-server", "-o", "AuditLog=none", "-o", "Root=" + (
        "none" if column.root == "open" else world.base)]
    if column.root in ("chroot", "namespace"):
        words += ["-o", "Chroot=yes"]
    if column.root == "chroot" and column.user != 0:
        words += ["-o", "User=nobody"]
    return words + list(MODES[column.mode])


_libc = ctypes.CDLL(None)


def _without_chroot():
    _libc.prctl(PR_CAPBSET_DROP, CAP_SYS_CHROOT, 0, 0, 0)


def account(column):
    """How the process is started, for subprocess."""
    if column.root == "namespace" and column.user == 0:
        return {"preexec_fn": _without_chroot}
    if column.root == "chroot" or column.user == 0:
        return {}
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


class Runner:
    """Runs actions in one column."""

    def __init__(self, column, world):
        self.world = world
        self.program = os.path.join(OUT, column.layers)
        self.words = options(column, world)
        self.account = account(column)
        self.mode = column.mode
        self.env = {}
        if self.mode.startswith("sftp"):
            self.env = {"SSH_ORIGINAL_COMMAND": "sftp"}
        if self.mode == "sftp-read-walk":
            self.words = deny.command([self.program] + self.words[1:])
            self.program = self.words[0]

    def attempt(self, number):
        """What came of an action: an errno, 0, or how the process died."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with ours, theirs:
            ours.send(b"%d %s %d %s" % (number, self.world.top.encode(),
                                        os.getpid(), self.mode.encode()))
            done = subprocess.run(
                self.words, executable=self.program, stdin=theirs,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env,
                cwd=self.world.base, timeout=PATIENCE, **self.account)
        return outcome(done)


def outcome(done):
    said, equals, code = done.stdout.rpartition(b"=")
    if done.returncode == -signal.SIGSYS and not equals:
        return "KILL"
    if done.returncode in (0, -signal.SIGKILL) and equals and \
            len(said) <= 2: # a reply, and a byte that an action sent
        return int(code)    # strict seccomp kills at the exit
    if done.returncode in (0, 7) and done.stdout in (b"", b"\0"):
        return 0            # it ended, or became another program
    raise AssertionError("status %d, said %r, stderr %r" % (
        done.returncode, done.stdout, done.stderr))


def letter(result):
    if result == "KILL":
        return KILLED
    if result == 0:
        return DONE
    name = errno.errorcode.get(result, str(result))
    if name not in LETTERS:
        raise AssertionError("no letter for %s" % name)
    return LETTERS[name]
