"""A Debian system of its own for each story: a chroot that starts out bare.

The system that all of them begin with is the bare one of ../../lib/bare.py,
kept in build/packages/base together with the packages that a story installs;
getting these is all that the network is used for.  A Machine is an overlay
over it, in namespaces of its own: what a story installs, starts or breaks is
gone with it, and there is no network but a loopback.  A Machine that names packages
of Debian's begins with these installed, once for all stories.
"""

import os
import shutil
import subprocess

import bare
import suite

WHERE = os.path.join(suite.TOP, "build", "packages")
BASE = os.path.join(WHERE, "base")
LIST = os.path.join(WHERE, "fetched")

# Fetched beforehand, with what they depend on.
FETCHED = ("libbsd0", "openssh-server", "openssh-client", "dropbear-bin",
           "bash-completion", "rpm")

INSIDE = r"""
set -e
mount --make-rprivate /
# volatile: a package manager asks for each file to reach the disk, and here all
# is thrown away.  Its mark keeps the kernel from taking the workdir again.
find "$TOP/aside" -depth -path '*incompat*' -delete
mount -t overlay overlay \
    -o "lowerdir=$LOWER,upperdir=$TOP/upper,workdir=$TOP/aside,volatile" \
    "$TOP/root"
mount -t proc proc "$TOP/root/proc"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$TOP/root/dev/pts"
ip link set lo up
export M="$TOP/root"
exec bash -eEuc "trap 'echo \"failed: \$BASH_COMMAND\"' ERR
$1"
"""

# What a story says to the package manager, which has only what was fetched.
APT = ("chroot $M env DEBIAN_FRONTEND=noninteractive apt-get -y -q "
       "--no-install-recommends ")

# A daemon's command may end before the daemon listens: sshd forks first.
LISTENS = """
timeout 60 bash -c 'until (: </dev/tcp/127.0.0.1/2222) 2>/dev/null; do
	sleep 0.1
done'
"""
SSHD = """
mkdir -p $M/run/sshd
chroot $M /usr/sbin/sshd -p 2222 -o ListenAddress=127.0.0.1
""" + LISTENS


def run(*words, status=0, **more):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          errors="replace", timeout=900, **more)
    suite.check_equal(done.returncode, status, "%s: %s" % (
        " ".join(words)[-200:], done.stdout[-3000:].strip()))
    return done.stdout


def make_base():
    """Once; the result is moved into place when it is complete."""
    new = BASE + ".new"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(WHERE, exist_ok=True)
    try:
        run("cp", "-a", bare.base(), new)
        run("chroot", new, "apt-get", "update", "-q")
        run("chroot", new, "apt-get", "install", "-y", "-q",
            "--no-install-recommends", "--download-only", *FETCHED)
    except (AssertionError, bare.Unavailable) as e:
        shutil.rmtree(new, ignore_errors=True)
        suite.skip("no packages to be had: %s" % str(e)[-300:])
    shutil.rmtree(BASE, ignore_errors=True)
    os.rename(new, BASE)
    with open(LIST, "w", encoding="ascii") as f:
        f.write(" ".join(FETCHED))


def has_base():
    """Whether there is one with all that the stories of today install."""
    if not os.path.isdir(BASE) or not os.path.exists(LIST):
        return False
    with open(LIST, encoding="ascii") as f:
        return f.read() == " ".join(FETCHED)


def need_base():
    suite.need_root()
    suite.need_tool("debootstrap", "unshare", "chroot", "ip")
    if not has_base():
        make_base()


def layer(packages):
    """What the installation of these adds to the base; kept beside it."""
    path = os.path.join(WHERE, "with." + "+".join(packages))
    made_after = os.path.getmtime(LIST)
    if os.path.isdir(path) and os.path.getmtime(path) > made_after:
        return path
    with Machine() as m:
        m.run(APT + "install " + " ".join(packages))
        shutil.rmtree(path, ignore_errors=True)
        run("cp", "-a", os.path.join(m.top, "upper"), path)
    os.utime(path)
    return path


class Machine:
    def __init__(self, *packages):
        need_base()
        self.lower = ":".join([layer(packages), BASE] if packages else [BASE])
        self.top = suite.scratch(WHERE)
        for name in ("upper", "aside", "root"):
            os.mkdir(os.path.join(self.top, name))
        os.chmod(os.path.join(self.top, "upper"), 0o755)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def run(self, script, status=0):
        """A bash script, with the system in $M; ends all that it started."""
        return run("unshare", "-m", "-n", "-p", "-f", "--kill-child", "bash",
                   "-c", INSIDE, "bash", script, status=status,
                   env=dict(os.environ, HOME="/root", LOWER=self.lower,
                            TOP=self.top))

    def put(self, path, to):
        """A file of ours into the system."""
        shutil.copy(path, os.path.join(self.top, "upper", to))

    def files(self):
        """Every path of the system, without what every package leaves."""
        out = self.run("cd $M && find . -xdev -path ./var/cache -prune -o "
                       "-path ./var/lib/apt -prune -o -path ./var/lib/dpkg "
                       "-prune -o -path ./var/log -prune -o -path ./tmp "
                       "-prune -o -path ./etc/ld.so.cache -prune -o -print")
        return set(out.splitlines())

    def text(self, path):
        return self.run("cat $M" + path)
