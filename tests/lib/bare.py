"""A Debian system that has nothing installed, for as long as a test needs it.

base() is debootstrap's smallest system, made once below build/bare; getting
it, and what is then installed, is all that the network is used for.  A System
is a copy of it with a clone of this checkout in /root/check/src/scp-server.  What runs
there entered it with pivot_root(2), as a container's processes do: after a
plain chroot(2) the kernel would refuse user namespaces.  Its processes,
mounts and files end with it.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile

from program import TOP

WHERE = os.path.join(TOP, "build", "bare")
BASE = os.path.join(WHERE, "base")
# No test may take a folder above the checkout for one of its own.
CHECKOUT = "/root/check/src/scp-server"
TOOLS = ("debootstrap", "unshare", "pivot_root", "git")

# There is no init, and no service is to start on the host's network.
POLICY = "#!/bin/sh\nexit 101\n"

ENTER = """
set -e
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount --bind "$2" var/cache/apt/archives
pivot_root . mnt
umount -l /mnt
cd "$3"
shift 3
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LC_ALL=C.UTF-8 "$@"
"""


class Unavailable(Exception):
    """No such system can be had here."""


def codename():
    with open("/etc/os-release", encoding="utf-8") as f:
        for line in f:
            if line.startswith("VERSION_CODENAME="):
                return line.strip().split("=")[1]
    raise Unavailable("this is no Debian")


def _debootstrap(new):
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", codename(), new],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.STDOUT, errors="replace")
    if done.returncode != 0:
        raise Unavailable("debootstrap: " + done.stdout[-500:])
    path = os.path.join(new, "usr/sbin/policy-rc.d")
    with open(path, "w", encoding="ascii") as f:
        f.write(POLICY)
    os.chmod(path, 0o755)


def base():
    """The path of the base system; made by the first who asks."""
    if os.geteuid() != 0:
        raise Unavailable("needs root")
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        raise Unavailable("needs " + " ".join(missing))
    os.makedirs(os.path.join(WHERE, "archives", "partial"), exist_ok=True)
    with open(os.path.join(WHERE, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.isdir(BASE):
            shutil.rmtree(BASE + ".new", ignore_errors=True)
            try:
                _debootstrap(BASE + ".new")
            except Unavailable:
                shutil.rmtree(BASE + ".new", ignore_errors=True)
                raise
            os.rename(BASE + ".new", BASE)
    return BASE


class System:
    """A copy of the base system; a context."""

    def __init__(self):
        of = base()
        self.top = tempfile.mkdtemp(prefix="system.", dir=WHERE)
        os.chmod(self.top, 0o755)
        subprocess.run(["cp", "-a", of + "/.", self.top], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def clone(self):
        """What is committed here, as a newcomer gets it."""
        subprocess.run(
            ["git", "-c", "safe.directory=*", "clone", "-q",
             "--no-hardlinks", TOP, self.top + CHECKOUT],
            check=True, stdin=subprocess.DEVNULL)

    def run(self, *words, cwd=CHECKOUT, **more):
        """A command in it, by subprocess.run; ends all that it started."""
        return subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child",
             "--propagation", "private", "bash", "-c", ENTER, "bash",
             self.top, os.path.join(WHERE, "archives"), cwd, *words],
            stdin=subprocess.DEVNULL, **more)
