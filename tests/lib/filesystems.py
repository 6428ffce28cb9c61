"""File systems to test on: in image files, mounted where only the suite sees.

make_private() comes first.  The mounts then end with this process, however
it ends, and the loop devices and image files end with the mounts.
"""

import collections
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time

import suite

INSIDE = "TEST_MOUNTS_ARE_PRIVATE"
MNT_DETACH = 2
MIB = 1 << 20

# A directory on a file system: as the program under test sees it, and as we
# look at it afterwards.
Place = collections.namedtuple("Place", "seen under")

_libc = ctypes.CDLL(None, use_errno=True)


def make_private():
    """Starts the suite anew in a mount namespace of its own, if we may."""
    if os.geteuid() != 0 or os.environ.get(INSIDE) == "1":
        return
    unshare = ["unshare", "--mount", "--propagation", "private"]
    if shutil.which("unshare") is None or subprocess.run(
            unshare + ["true"], stderr=subprocess.DEVNULL).returncode != 0:
        return
    os.environ[INSIDE] = "1"
    os.execvp("unshare", unshare + [sys.executable] + sys.argv)


def is_private():
    return os.environ.get(INSIDE) == "1"


def mount(kind, source, where, options=""):
    """mount(2), for what needs no helper program."""
    if _libc.mount(os.fsencode(source), os.fsencode(where), kind.encode(), 0,
                   os.fsencode(options)) != 0:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e), where)


def unmount(where):
    if _libc.umount2(os.fsencode(where), MNT_DETACH) != 0:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e), where)


def run(*command):
    """A tool of a file system; where it fails the case is skipped."""
    suite.need_tool(command[0])
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        suite.skip("%s: %s" % (" ".join(command[:3]), done.stdout.strip()))
    return done.stdout


class FileSystem:
    """A file system mounted at .top; what is stored is also at .under."""
    layers = ()             # file systems that this one lies on

    def __init__(self, name, base):
        self.name = name
        self.base = base                # for images and mount points
        self.top = os.path.join(base, name)
        self.under = self.top
        self.is_up = False

    def up(self):
        """Mounts it if it isn't, or skips the case."""
        if self.is_up:
            return
        if not is_private():
            suite.skip("%s: needs root and a mount namespace" % self.name)
        for layer in self.layers:
            layer.up()
        os.makedirs(self.top, exist_ok=True)
        try:
            self.attach()
        except OSError as e:
            suite.skip("%s can't be mounted here: %s" % (self.name, e))
        self.is_up = True

    def down(self):
        """May be called twice."""
        if self.is_up:
            self.is_up = False
            self.detach()
        for layer in self.layers:
            layer.down()

    def attach(self):
        raise NotImplementedError

    def detach(self):
        unmount(self.top)

    def place(self, name, prepare):
        """A new directory, filled by prepare(path)."""
        under = os.path.join(self.under, name)
        os.mkdir(under)
        prepare(under)
        return Place(os.path.join(self.top, name), under)

    def clear(self, place):
        shutil.rmtree(place.under)

    def has_unnamed_files(self):
        """Whether O_TMPFILE works here."""
        try:
            os.close(os.open(self.top, os.O_TMPFILE | os.O_WRONLY, 0o600))
        except OSError:
            return False
        return True


class Directory(FileSystem):
    """A directory of whatever file system it is on; needs no root."""

    def up(self):
        os.makedirs(self.top, exist_ok=True)

    def down(self):
        pass


class Tmpfs(FileSystem):
    def __init__(self, name, base, options="size=1g"):
        super().__init__(name, base)
        self.options = options

    def attach(self):
        mount("tmpfs", "tmpfs", self.top, self.options)


class Image(FileSystem):
    """In an image file, through a loop device that frees itself."""

    def __init__(self, name, base, kind, size, arguments=()):
        super().__init__(name, base)
        self.kind = kind
        self.size = size
        self.arguments = tuple(arguments)
        self.image = self.top + ".image"

    def attach(self):
        run("mkfs." + self.kind, "-q", *self.arguments, self.new_image())
        run("mount", "-t", self.kind, "-o", "loop", self.image, self.top)

    def new_image(self):
        with open(self.image, "wb") as f:
            f.truncate(self.size)
        return self.image

    def detach(self):
        super().detach()
        os.unlink(self.image)


class Overlay(FileSystem):
    """What is there before is in the lower layer; a mount for each place."""

    def __init__(self, name, base, beneath):
        super().__init__(name, base)
        self.layers = (beneath,)

    def attach(self):
        place = self.place("probe", lambda path: None)
        self.clear(place)

    def detach(self):
        pass

    def place(self, name, prepare):
        home = os.path.join(self.layers[0].top, name)
        parts = {p: os.path.join(home, p) for p in
                 ("lower", "upper", "work", "merged")}
        for path in (home, *parts.values()):
            os.mkdir(path)
        prepare(parts["lower"])
        mount("overlay", "overlay", parts["merged"],
              "lowerdir=%(lower)s,upperdir=%(upper)s,workdir=%(work)s" % parts)
        return Place(parts["merged"], parts["merged"])

    def clear(self, place):
        unmount(place.under)
        shutil.rmtree(os.path.dirname(place.under))

    def has_unnamed_files(self):
        place = self.place("probe", lambda path: None)
        try:
            os.close(os.open(place.seen, os.O_TMPFILE | os.O_WRONLY, 0o600))
        except OSError:
            return False
        finally:
            self.clear(place)
        return True


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Bindfs(FileSystem):
    """FUSE: another directory, without O_TMPFILE; needs no root."""

    def __init__(self, name, base, beneath):
        super().__init__(name, base)
        self.layers = (beneath,)
        self.process = None

    def up(self):
        if self.is_up:
            return
        suite.need_tool("bindfs", "fusermount3")
        if not os.access("/dev/fuse", os.R_OK | os.W_OK):
            suite.skip("needs /dev/fuse")
        self.layers[0].up()
        self.under = os.path.join(self.layers[0].top, "beneath-" + self.name)
        for path in (self.top, self.under):
            os.makedirs(path, exist_ok=True)
        self.process = subprocess.Popen(
            ["bindfs", "-f", "--multithreaded", "-o", "hard_remove",
             self.under, self.top], preexec_fn=die_with_parent)
        deadline = time.monotonic() + 30
        while not os.path.ismount(self.top):
            if self.process.poll() is not None or time.monotonic() > deadline:
                suite.skip("bindfs can't mount here")
            time.sleep(0.01)
        self.is_up = True

    def detach(self):
        subprocess.run(["fusermount3", "-u", self.top], check=True)
        self.process.wait(30)


def usual(base):
    """Name -> file system, one of each kind, not yet mounted."""
    tmpfs = Tmpfs("tmpfs", base)
    found = [
        tmpfs,
        Image("ext4", base, "ext4", 256 * MIB, ["-F"]),
        Image("xfs", base, "xfs", 320 * MIB),
        Image("btrfs", base, "btrfs", 512 * MIB),
        Overlay("overlayfs", base, tmpfs),
        Bindfs("bindfs", base, Directory("plain", base)),
    ]
    return {f.name: f for f in found}
