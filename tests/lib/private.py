#!/usr/bin/python3
"""A private system for each suite: nothing of the host decides a test.

As root a suite starts itself anew in namespaces of its own (mounts, processes
and network).  It finds there

  /etc      the host's, without its accounts, its sshd and its configuration
            of scp-server
  /run      empty, but for the directory that sshd insists on
  /dev      the host's devices, and no /dev/log
  /tmp      empty and in memory, where there is enough of it: on a disk ext4
            looks for an inode that was not deleted of late, for half of the
            time that a suite takes
  HOME      empty
  loopback  the only network, so that no port is anybody else's

and nothing of an scp-server that is installed.  The checkout lies where it
does outside; the directories above it may be searched by every account.  All
of it ends with the suite, and so does every process that was started in it.

Without root, or where a namespace is refused, a suite runs on the host.
"""

import ctypes
import fcntl
import os
import re
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# Set where a suite is in a private system already.
ENTERED = "TEST_SYSTEM_IS_PRIVATE"

# They fetch packages, and keep to namespaces of their own for the rest.
NETWORKED = ("tests/artefact/bare/", "tests/artefact/cross/",
             "tests/artefact/packages/")

# Where `make install` and the package put what the tests must not meet.
INSTALLED = ("/usr/bin/scp-server", "/usr/local/bin/scp-server",
             "/usr/bin/scp-server-check", "/usr/local/bin/scp-server-check",
             "/usr/lib/scp-server", "/usr/local/lib/scp-server")

FIRST_ACCOUNT, NOBODY = 1000, 65534
LOOPS = 256                     # nodes for loop devices that do not exist yet

MEMORY_FOR_TMP = 4 << 30

MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1

SSHD_CONFIG = """\
Include /etc/ssh/sshd_config.d/*.conf
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
"""

_libc = ctypes.CDLL(None, use_errno=True)
_logs = []      # that are kept: one is enough for all that ask


def keep_a_log():
    """A log socket as on any machine, of which nobody reads the records."""
    if _logs:
        return
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        log.connect("/dev/log")
        return                          # another suite keeps one here
    except FileNotFoundError:
        pass
    except ConnectionRefusedError:      # one that ran here before has left it
        os.unlink("/dev/log")
    log.bind("/dev/log")
    _logs.append(log)
    os.chmod("/dev/log", 0o666)

    def drop():
        while True:
            log.recv(65536)
    threading.Thread(target=drop, daemon=True).start()


def mount(source, where, kind=None, flags=0, options=""):
    """mount(2)."""
    if _libc.mount(os.fsencode(source), os.fsencode(where),
                   kind.encode() if kind else None, flags,
                   options.encode()) != 0:
        e = ctypes.get_errno()
        raise OSError(e, os.strerror(e), where)


def bind(source, where):
    mount(source, where, flags=MS_BIND | MS_REC)


def namespaces(networked):
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child",
            "--mount-proc", "--propagation", "private"] + (
                [] if networked else ["--net"])


def why_not():
    """Why no private system can be had here, or None."""
    if os.geteuid() != 0:
        return "only root can have one"
    if shutil.which("unshare") is None:
        return "there is no unshare(1)"
    done = subprocess.run(namespaces(False) + ["true"], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return None if done.returncode == 0 else done.stdout.strip()


def is_entered():
    return bool(os.environ.get(ENTERED))


def enter():
    """Starts this script anew in a private system, if that is possible."""
    if is_entered():
        return
    if why_not() is not None:
        if os.geteuid() == 0:
            print("NOT PRIVATE: %s; what the host has configured may decide "
                  "a test" % why_not(), flush=True)
        return
    script = os.path.relpath(os.path.abspath(sys.argv[0]), TOP) + "/"
    networked = any(script.startswith(each) for each in NETWORKED)
    os.execvp("unshare", namespaces(networked) + [
        sys.executable, "-B", os.path.abspath(__file__),
        "yes" if networked else "no", *sys.orig_argv])


# What follows runs as the first process of the new namespaces.

def cover_run(networked):
    """An empty /run; what resolves names is read through /etc."""
    address = None
    if networked and os.path.exists("/etc/resolv.conf"):
        with open("/etc/resolv.conf", "rb") as f:
            address = f.read()
    mount("tmpfs", "/run", "tmpfs", options="mode=0755")
    for name in ("sshd", "lock", "home", "etc", "nothing", "checkout"):
        os.mkdir("/run/" + name, 0o755)
    return address


def own_accounts(name, number):
    """The lines of /etc/NAME that no person made: numbers below 1,000."""
    with open("/etc/" + name, encoding="utf-8", errors="replace") as f:
        lines = [line for line in f if line.count(":") >= number]
    return "".join(line for line in lines if line.split(":")[2].isdigit() and (
        int(line.split(":")[2]) < FIRST_ACCOUNT or
        int(line.split(":")[2]) == NOBODY))


def write(path, text, mode=0o644):
    with open(path, "w" if isinstance(text, str) else "wb") as f:
        f.write(text)
    os.chmod(path, mode)


def cover_etc(address):
    """A copy of /etc, with the accounts and the sshd of a new system."""
    made = "/run/etc"
    subprocess.run(["cp", "-a", "/etc/.", made], check=True)
    for name, number in (("passwd", 6), ("group", 3)):
        os.remove(os.path.join(made, name))
        write(os.path.join(made, name), own_accounts(name, number))
    write(made + "/nsswitch.conf",
          "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")
    for name in ("scp-server.conf", "nologin", "subuid", "subgid"):
        if os.path.lexists(os.path.join(made, name)):
            os.remove(os.path.join(made, name))
    if address is not None:
        os.remove(made + "/resolv.conf")
        write(made + "/resolv.conf", address)
    shutil.rmtree(made + "/ssh", ignore_errors=True)
    os.makedirs(made + "/ssh/sshd_config.d", 0o755)
    write(made + "/ssh/sshd_config", SSHD_CONFIG)
    if shutil.which("ssh-keygen"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        made + "/ssh/ssh_host_ed25519_key"], check=True)
    bind(made, "/etc")


def cover_dev():
    """The same devices, and no socket of a log daemon."""
    os.mkdir("/run/dev", 0o755)
    mount("tmpfs", "/run/dev", "tmpfs", options="mode=0755")
    for name in os.listdir("/dev"):
        old, new = os.path.join("/dev", name), os.path.join("/run/dev", name)
        seen = os.lstat(old)
        if stat.S_ISDIR(seen.st_mode):
            os.mkdir(new)
            bind(old, new)
        elif stat.S_ISLNK(seen.st_mode) and name != "log":
            os.symlink(os.readlink(old), new)
        elif stat.S_ISCHR(seen.st_mode) or stat.S_ISBLK(seen.st_mode):
            os.mknod(new, seen.st_mode, seen.st_rdev)
            os.chown(new, seen.st_uid, seen.st_gid)
            os.chmod(new, stat.S_IMODE(seen.st_mode))
    # where udev runs all may open it, and fusermount decides who mounts
    if os.path.exists("/run/dev/fuse"):
        os.chmod("/run/dev/fuse", 0o666)
    for n in range(LOOPS):
        if not os.path.lexists("/run/dev/loop%d" % n):
            os.mknod("/run/dev/loop%d" % n, stat.S_IFBLK | 0o600,
                     os.makedev(7, n))
    bind("/run/dev", "/dev")


def available_memory():
    """In octets."""
    with open("/proc/meminfo", encoding="ascii") as f:
        return int(re.search(r"^MemAvailable: +(\d+) kB", f.read(),
                             re.M)[1]) * 1024


def cover_tmp():
    """A program that was named and lies there is still to be had."""
    named = os.path.abspath(os.environ.get("SCP_SERVER") or "/")
    if named.startswith("/tmp/"):
        shutil.copy(named, "/run/program")
        if os.path.exists(named + "-check"):
            shutil.copy(named + "-check", "/run/program-check")
        os.environ["SCP_SERVER"] = "/run/program"
    if available_memory() >= MEMORY_FOR_TMP:
        mount("tmpfs", "/tmp", "tmpfs", options="mode=1777")
    os.environ.pop("TMPDIR", None)


def open_the_way(top):
    """Lets every account reach the checkout, whatever lies above it."""
    path = "/"
    for part in top.strip("/").split("/")[:-1]:
        path = os.path.join(path, part)
        if not os.stat(path).st_mode & stat.S_IXOTH:
            mount("tmpfs", path, "tmpfs", options="mode=0755")
            break
    if not os.path.isdir(top):
        os.makedirs(top)
        bind("/run/checkout", top)


def hide_what_is_installed():
    for path in INSTALLED:
        if os.path.isdir(path):
            bind("/run/nothing", path)
        elif os.path.exists(path):
            bind("/dev/null", path)


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        asked = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(
            s, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo",
                                                 flags | IFF_UP))


def furnish(networked):
    os.umask(0o022)
    here = os.getcwd()
    address = cover_run(networked)
    cover_etc(address)
    cover_dev()
    bind(TOP, "/run/checkout")
    cover_tmp()
    open_the_way(TOP)
    hide_what_is_installed()
    if not networked:
        raise_loopback()
    os.chdir(here)
    os.environ.update({ENTERED: "1", "HOME": "/run/home"})


def run(words):
    """The suite, with an init(8) above it: orphans are waited for, and the
    usual signals reach it.  Returns what exit(3) gets."""
    child = subprocess.Popen(words)

    def forward(number, _):
        try:
            os.kill(child.pid, number)
        except ProcessLookupError:
            pass        # it has just ended

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, forward)
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            break
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


if __name__ == "__main__":
    mask = os.umask(0)
    furnish(sys.argv[1] == "yes")
    os.umask(mask)
    code = run(sys.argv[2:])
    sys.stdout.flush()
    os._exit(code)
