"""Where the races take place: a served tree, what is outside, and a mover."""

import hashlib
import os
import shutil
import signal
import stat
import subprocess

import inject
import suite

HERE = os.path.dirname(os.path.abspath(__file__))
FLIP = os.path.join(inject.BUILD, "flip")
MOVE = os.path.join(inject.BUILD, "move")

MARKER = b"OUTSIDE-MARKER "
SECRET = MARKER * 2000
OUTSIDE_NAME = "only-outside"
INSIDE = b"inside bytes "
# Every file of ours is one of these, whole.
SHORT, SENT, STORED = INSIDE, INSIDE * 100, INSIDE * 2000


class Arena:
    """base/root is what is served, base/outside what nobody may reach.

    root/a and root/b change places all the time, or root/a goes outside and
    comes back.
    """

    def __init__(self):
        shm = "/dev/shm"
        self.base = suite.scratch(shm if os.path.isdir(shm) else None)
        self.root = os.path.join(self.base, "root")
        self.outside = os.path.join(self.base, "outside")
        self.audit = os.path.join(self.base, "audit")
        self.server = [suite.SERVER]
        os.mkdir(self.root)
        os.mkdir(self.outside)
        self.mover = None
        for name in ("secret", OUTSIDE_NAME, "plain"):
            write(os.path.join(self.outside, name), SECRET)
        write(os.path.join(self.root, "plain"), SHORT)
        os.utime(self.outside, (1, 1))

    def path(self, name):
        return os.path.join(self.root, name)

    def set_pair(self, makers):
        """a and b anew, as the two makers make them."""
        for name, make in zip("ab", makers):
            clear(self.path(name))
            make(self, self.path(name))

    def set_moving(self):
        """a, with a link in it that leads elsewhere while it is outside."""
        directory(self, self.path("a"))
        os.symlink("../plain", os.path.join(self.path("a"), "up"))
        os.mkdir(os.path.join(self.base, "planted"))
        write(os.path.join(self.base, "planted", "secret"), SECRET)

    def start_flipping(self):
        self._start([FLIP, self.path("a"), self.path("b")])

    def start_moving(self):
        self._start([MOVE, self.path("a"), os.path.join(self.outside, "a"),
                     "secret", os.path.join(self.base, "planted", "secret")])

    def _start(self, argv):
        self.mover = subprocess.Popen(argv, stdout=subprocess.PIPE)

    def pause(self):
        os.kill(self.mover.pid, signal.SIGSTOP)
        os.waitpid(self.mover.pid, os.WUNTRACED)

    def resume(self):
        os.kill(self.mover.pid, signal.SIGCONT)

    def stop(self):
        """Ends the exchanging; returns the numbers the mover printed."""
        self.mover.terminate()
        out = self.mover.communicate()[0]
        suite.check_equal(self.mover.returncode, 0, "the mover's status")
        return [int(word) for word in out.split()]

    def close(self):
        if self.mover is not None and self.mover.poll() is None:
            self.mover.kill()
            self.mover.communicate()
        shutil.rmtree(self.base, ignore_errors=True)


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    os.utime(path, (2, 2))


def clear(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


# What can stand under a name: made by (arena, path).
def directory(_, path):
    os.mkdir(path)
    write(os.path.join(path, "secret"), STORED)


def file(_, path):
    write(path, STORED)


def fifo(_, path):
    os.mkfifo(path)


def link_out(arena, path):
    os.symlink(arena.outside, path)


def relative_link_out(_, path):
    os.symlink("../outside", path)


def nothing(_, path):
    """It is made by a session, and changes places from then on."""


def dangling_link_out(_, path):
    os.symlink("../outside/missing", path)


def link_to_secret(arena, path):
    os.symlink(os.path.join(arena.outside, "secret"), path)


def hard_link_out(arena, path):
    os.link(os.path.join(arena.outside, "secret"), path)


def digest(top):
    """Names, contents, modes, owners and times of a tree, in one string."""
    h = hashlib.sha256()
    for where, dirs, names in os.walk(top):
        dirs.sort()
        for path in [where] + sorted(os.path.join(where, n) for n in names):
            s = os.lstat(path)
            h.update(repr((path, s.st_mode, s.st_uid, s.st_gid, s.st_size,
                           s.st_mtime_ns)).encode())
            if stat.S_ISREG(s.st_mode):
                with open(path, "rb") as f:
                    h.update(f.read())
    return h.hexdigest()


def outside_digest(arena):
    """Without its own time, where the directory that moves has been in it."""
    os.utime(arena.outside, (1, 1))
    return digest(arena.outside)


def files_beneath(top):
    for where, _, names in os.walk(top):
        for name in names:
            path = os.path.join(where, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                yield path


def temporaries(top):
    return [path for path in files_beneath(top)
            if os.path.basename(path).startswith(".scp-server.")]


def not_whole(top):
    """Files that are neither one of ours nor the planted hard link."""
    wrong = []
    for path in files_beneath(top):
        with open(path, "rb") as f:
            if f.read() not in (SHORT, SENT, STORED, SECRET):
                wrong.append(path)
    return wrong


def prepare():
    suite.need_tool("cc")
    suite.check(os.access(suite.SERVER, os.X_OK), "no " + suite.SERVER)
    for program in (FLIP, MOVE):
        name = os.path.basename(program) + ".c"
        inject.compile_helper(os.path.join(HERE, name), program)
    return Arena()
