"""File systems to test on: in image files, mounted where only the suite sees.

The mounts end with the suite's private system, however it ends, and the loop
devices and image files end with the mounts.
"""

import collections
import contextlib
import ctypes
import errno
import os
import shutil
import signal
import subprocess
import time

import private
import suite

MNT_DETACH = 2
MIB = 1 << 20

# A directory on a file system: as the program under test sees it, and as we
# look at it afterwards.
Place = collections.namedtuple("Place", "seen under")

_libc = ctypes.CDLL(None, use_errno=True)


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


class ToolFailed(Exception):
    """While mounting it means that this kernel can't; later it is a bug."""


def run(*command):
    """A tool of a file system; returns what it says."""
    suite.need_tool(command[0])
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise ToolFailed("%s: %s" % (" ".join(command[:3]),
                                     done.stdout.strip()))
    return done.stdout


def is_full(e):
    return e.errno in (errno.ENOSPC, errno.EDQUOT)


def sync(fd):
    """What was freed can be used again only when that is on the disk."""
    if _libc.syncfs(fd) != 0:
        raise OSError(ctypes.get_errno(), "syncfs")


def grow_until_full(fd):
    """Makes a file as large as it can become; returns its size."""
    size, step = os.fstat(fd).st_size, 64 * MIB
    while step >= 512:
        try:
            os.posix_fallocate(fd, size, step)
            size += step
        except OSError as e:
            if not is_full(e):
                raise
            step //= 2
    return size


def create_until_full(names):
    """Makes empty files until there can be no more; returns their names."""
    made = []
    for path in names:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as e:
            if not is_full(e):
                raise
            break
        made.append(path)
    return made


class FileSystem:
    """A file system mounted at .top; what is stored is also at .under."""
    layers = ()             # file systems that this one lies on
    inodes = False          # they can run out
    grain = 1024            # less room makes no difference

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
        if not private.is_entered():
            suite.skip("%s: needs root and a mount namespace" % self.name)
        for layer in self.layers:
            layer.up()
        os.makedirs(self.top, exist_ok=True)
        try:
            self.attach()
        except (OSError, ToolFailed) as e:
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

    def leave(self, room):
        """Fills it, by a file, until about so many bytes are free."""
        if self.layers:
            self.layers[0].leave(room)
            return
        with open(os.path.join(self.top, "ballast"), "ab") as f:
            size = grow_until_full(f.fileno())
            f.truncate(max(0, size - room))
            sync(f.fileno())

    def leave_inodes(self, room):
        """The same with empty files, where these can run out."""
        if self.layers:
            self.layers[0].leave_inodes(room)
            return
        crumbs = os.path.join(self.top, "crumbs")
        os.makedirs(crumbs, exist_ok=True)
        names = (os.path.join(crumbs, str(n)) for n in range(1 << 20))
        made = create_until_full(names)
        for path in made[len(made) - room:]:
            os.unlink(path)

    def empty(self):
        """Undoes leave() and leave_inodes()."""
        if self.layers:
            self.layers[0].empty()
            return
        shutil.rmtree(os.path.join(self.top, "crumbs"), ignore_errors=True)
        if os.path.exists(os.path.join(self.top, "ballast")):
            os.unlink(os.path.join(self.top, "ballast"))

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
        self.inodes = "nr_inodes" in options

    def attach(self):
        mount("tmpfs", "tmpfs", self.top, self.options)


class Image(FileSystem):
    """In an image file, through a loop device that frees itself."""

    options = "loop"

    def __init__(self, name, base, kind, size, arguments=(), inodes=False,
                 grain=1024):
        super().__init__(name, base)
        self.inodes = inodes
        self.grain = grain
        self.kind = kind
        self.size = size
        self.arguments = tuple(arguments)
        self.image = self.top + ".image"

    def attach(self):
        run("mkfs." + self.kind, "-q", *self.arguments, self.new_image())
        run("mount", "-t", self.kind, "-o", self.options, self.image,
            self.top)

    def new_image(self):
        with open(self.image, "wb") as f:
            f.truncate(self.size)
        return self.image

    def detach(self):
        super().detach()
        os.unlink(self.image)


class BtrfsQuota(Image):
    """A subvolume with a quota, told at the volume that it is part of."""

    def __init__(self, name, base):
        super().__init__(name, base, "btrfs", 256 * MIB, grain=32768)
        self.volume = self.top

    def attach(self):
        super().attach()
        self.top = self.under = os.path.join(self.volume, "part")
        run("btrfs", "subvolume", "create", self.top)
        run("btrfs", "quota", "enable", self.volume)
        run("btrfs", "quota", "rescan", "-w", self.volume)
        shown = run("btrfs", "subvolume", "show", self.top)
        self.group = "0/" + next(line.split()[-1] for line in
                                 shown.splitlines() if "Subvolume ID" in line)

    def detach(self):
        self.top = self.under = self.volume
        super().detach()

    def limit(self, size):
        run("btrfs", "qgroup", "limit", size, self.group, self.volume)

    def leave(self, room):
        shown = run("btrfs", "qgroup", "show", "--raw", "--sync", self.volume)
        used = next(line.split()[1] for line in shown.splitlines()
                    if line.startswith(self.group + " "))
        self.limit(str(int(used) + room))

    def empty(self):
        self.limit("none")


class ProjectQuota(Image):
    """ext4 or xfs with a quota for everything in it; few kernels have it."""
    options = "loop,prjquota"
    project = "42"

    def attach(self):
        super().attach()
        run("chattr", "-p", self.project, "+P", self.top)

    def limit(self, kib):
        run("setquota", "-P", self.project, "0", str(kib), "0", "0", self.top)

    def leave(self, room):
        where = os.open(self.top, os.O_RDONLY)
        sync(where)
        os.close(where)
        shown = run("repquota", "-P", "-n", self.top)
        used = next((int(line.split()[2]) for line in shown.splitlines()
                     if line.startswith("#" + self.project + " ")), 0)
        self.limit(used + room // 1024 + 1)     # 0 were no limit

    def empty(self):
        self.limit(0)


class Overlay(FileSystem):
    """What is there before is in the lower layer; a mount for each place."""

    def __init__(self, name, base, beneath):
        super().__init__(name, base)
        self.layers = (beneath,)
        self.inodes = beneath.inodes
        self.grain = beneath.grain

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

    def __init__(self, name, base, beneath, options=()):
        super().__init__(name, base)
        self.options = list(options)
        self.layers = (beneath,)
        self.inodes = beneath.inodes
        self.grain = beneath.grain
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
        line = ["bindfs", "-f", "--multithreaded", "-o", "hard_remove",
                *self.options]
        if os.geteuid() != 0:
            line += ["--no-allow-other"]
        self.process = subprocess.Popen(line + [self.under, self.top],
                                        preexec_fn=die_with_parent)
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


def small(base):
    """Name -> file system that is full soon; see leave()."""
    def ext4(name):
        return Image(name, base, "ext4", 8 * MIB,
                     ["-F", "-b", "1024", "-m", "0", "-N", "256"],
                     inodes=True)
    found = [
        Tmpfs("small-tmpfs", base, "size=4m,nr_inodes=200"),
        ext4("small-ext4"),
        Image("small-xfs", base, "xfs", 320 * MIB, grain=4096),
        Image("small-btrfs", base, "btrfs", 128 * MIB),
        Image("small-btrfs-mixed", base, "btrfs", 64 * MIB, ["--mixed"],
              grain=32768),
        Overlay("small-overlayfs", base, ext4("small-upper")),
        Bindfs("small-bindfs", base, ext4("small-beneath")),
        BtrfsQuota("btrfs-quota", base),
        Overlay("overlayfs-quota", base, BtrfsQuota("upper-quota", base)),
        ProjectQuota("ext4-quota", base, "ext4", 64 * MIB,
                     ["-F", "-O", "quota,project"], grain=4096),
        ProjectQuota("xfs-quota", base, "xfs", 320 * MIB, grain=4096),
    ]
    return {f.name: f for f in found}


@contextlib.contextmanager
def ext4():
    """The top of a small ext4, for chattr(1); needs root."""
    suite.need_root()
    suite.need_tool("chattr")
    top = suite.scratch()
    there = Image("ext4", top, "ext4", 8 * MIB, ["-F"])
    try:
        there.up()
        yield there.top
    finally:
        there.down()
        shutil.rmtree(top)
