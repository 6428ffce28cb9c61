"""A machine of its own: QEMU (no KVM) with Debian's stock 6.1 kernel.

The kernel and its modules come from /boot and /lib/modules; the system in it
is a read-only image with busybox, this machine's Python, our build and these
tests, so that a suite's own scripts run there.  Everything that a guest
writes goes to a tmpfs or to a disk that the suite gave it.

The host speaks to a shell on the second serial line: run() sends it one
command line and reads up to its exit status.  The first line is the console.
"""

import glob
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

import suite

QEMU = "qemu-system-x86_64"
MODULES = ("virtio_pci", "virtio_blk", "ext4", "xfs", "loop")
PROGRAMS = ("setpriv", "true", "false") # not those of busybox
# Of Python's library, what no test imports
LEFT_OUT = ("config-*", "test", "lib2to3", "pydoc_data", "distutils", "idlelib",
            "asyncio", "ensurepip", "tkinter", "turtledemo", "unittest")
SUITE = "/suite"                        # where the tests are in the guest
PATIENCE = 120
DONE = re.compile(rb"^@@done (\d+)\r?$")

INIT = """#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for module in %s; do
	/bin/busybox insmod /modules/$module.ko
done
/bin/busybox mount -t ext4 -o ro,noload /dev/vda /new
/bin/busybox mount --move /dev /new/dev
exec /bin/busybox switch_root /new /bin/sh /agent
"""

AGENT = """mount -t proc proc /proc
mount -t sysfs sys /sys
for place in tmp dev/shm; do
	mkdir -p /$place
	mount -t tmpfs -o mode=1777,nr_inodes=0 none /$place
done
mount -t tmpfs none /run
mount -t tmpfs none /mnt
chmod 755 /run /mnt
cp -r /etc /run/etc
mount --bind /run/etc /etc
ip link set lo up
mkdir -p /mnt/a /mnt/b
export PATH=/usr/bin:/usr/sbin HOME=/tmp TMPDIR=/tmp PYTHONDONTWRITEBYTECODE=1
export TEST_SYSTEM_IS_PRIVATE=1
exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
echo @@done 0
while read -r line; do
	/bin/sh -c "$line"
	echo "@@done $?"
done
"""

PASSWD = """root:x:0:0:root:/tmp:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
alice:x:1000:1000:alice:/tmp:/bin/sh
"""
GROUP = "root:x:0:\nnogroup:x:65534:\nalice:x:1000:\n"


class Lost(Exception):
    """The guest ended."""


class Silence(Lost):
    """The guest did not do what was due in time."""


# What it is made of.

def kernel():
    """The newest stock 6.1 kernel here, and its release; or skips."""
    found = sorted(glob.glob("/boot/vmlinuz-6.1.*"))
    if os.uname().machine != "x86_64":
        suite.skip("the guest is an x86-64")
    if not found:
        suite.skip("needs /boot/vmlinuz-6.1* (package linux-image-amd64)")
    return found[-1], found[-1].split("vmlinuz-")[1]


def need():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))   # cleans up
    suite.need_tool(QEMU, "busybox", "cpio", "mkfs.ext4", "ldd", *PROGRAMS)
    kernel()


def _with_dependencies(release, names):
    """Paths of the modules, each after those it depends on."""
    top = os.path.join("/lib/modules", release)
    needs, paths = {}, {}
    with open(os.path.join(top, "modules.dep")) as f:
        for line in f:
            path, _, rest = line.partition(":")
            name = os.path.basename(path).split(".ko")[0]
            paths[name] = os.path.join(top, path)
            needs[name] = [os.path.basename(d).split(".ko")[0]
                           for d in reversed(rest.split())]
    # crc32c: what ext4 and xfs ask the kernel for by name
    wanted = []
    for name in ("crc32c_generic",) + tuple(names):
        for each in needs.get(name, []) + [name]:
            if each in paths and each not in wanted:
                wanted.append(each)
    return [(name, paths[name]) for name in wanted]


def _place(top, path, text, mode=0o644):
    full = os.path.join(top, path.lstrip("/"))
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w") as f:
        f.write(text)
    os.chmod(full, mode)


def make_initramfs(work):
    """busybox, the modules of the disks, and nothing else."""
    top = os.path.join(work, "initramfs")
    modules = _with_dependencies(kernel()[1], MODULES)
    for name in ("bin", "dev", "new", "modules"):
        os.makedirs(os.path.join(top, name))
    shutil.copy(shutil.which("busybox"), os.path.join(top, "bin/busybox"))
    for name, path in modules:
        shutil.copy(path, os.path.join(top, "modules", name + ".ko"))
    _place(top, "init", INIT % " ".join(n for n, _ in modules), 0o755)
    out = os.path.join(work, "initramfs.cpio")
    with open(out, "wb") as f:
        subprocess.run("find . | cpio --quiet -o -H newc", shell=True, cwd=top,
                       stdout=f, check=True)
    return out


def _libraries(*paths):
    text = subprocess.run(["ldd", *paths], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout
    return sorted(set(re.findall(r"(/\S+) \(0x", text)))


def _copy(top, path):
    to = top + path
    if not os.path.exists(to):
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copy(path, to)


def _copy_program(top, path):
    _copy(top, path)
    _copy_libraries(top, path)


def _copy_libraries(top, *paths):
    for library in _libraries(*paths):
        _copy(top, library)


def _copy_python(top):
    python = os.path.realpath("/usr/bin/python3")
    home = "/usr/lib/" + os.path.basename(python)
    _copy_program(top, python)
    os.symlink(python, top + "/usr/bin/python3")
    shutil.copytree(home, top + home, symlinks=True,
                    ignore=shutil.ignore_patterns(*LEFT_OUT))
    _copy_libraries(top, *glob.glob(home + "/lib-dynload/*.so"))


def _copy_suite(top, more):
    """The tests and what they run, at SUITE; more: directories of build/."""
    shutil.copytree(os.path.join(suite.TOP, "tests"), top + SUITE + "/tests",
                    ignore=shutil.ignore_patterns("__pycache__"))
    _place(top, SUITE + "/README.md", "")
    _place(top, SUITE + "/build/.keep", "")
    shutil.copy(suite.SERVER, top + SUITE + "/build/scp-server")
    unit = os.path.join(suite.BUILD, "unit")
    units = [p for p in glob.glob(unit + "/test_*") if not p.endswith(".d")]
    os.makedirs(top + SUITE + "/build/unit")
    for path in units:
        shutil.copy(path, top + SUITE + "/build/unit")
    _copy_libraries(top, suite.SERVER, *units)
    for name in more:
        shutil.copytree(os.path.join(suite.BUILD, name),
                        top + SUITE + "/build/" + name)


def make_system(work, more=()):
    """The image of what runs in the guest, with more directories of build/."""
    top = os.path.join(work, "system")
    for name in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64"):
        os.makedirs(os.path.join(top, name))
    for name in ("bin", "sbin", "lib", "lib64"):
        os.symlink("usr/" + name, os.path.join(top, name))
    for name in ("proc", "sys", "dev", "tmp", "run", "mnt", "new"):
        os.makedirs(os.path.join(top, name))
    busybox = shutil.which("busybox")
    shutil.copy(busybox, top + "/usr/bin/busybox")
    for applet in subprocess.run([busybox, "--list"], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout.split():
        if applet not in PROGRAMS + ("busybox",):
            os.symlink("busybox", top + "/usr/bin/" + applet)
    for name in PROGRAMS:
        _copy_program(top, os.path.realpath(shutil.which(name)))
    _copy_python(top)
    _copy_suite(top, more)
    _place(top, "agent", AGENT)
    _place(top, "etc/passwd", PASSWD)
    _place(top, "etc/group", GROUP)
    return make_disk(work, "system.img", 160, top)


def make_disk(work, name, megabytes, tree=None):
    """An ext4 disk, with the files of a tree, all of them root's."""
    path = os.path.join(work, name)
    extra = ["-d", tree] if tree else []
    with open(path, "wb") as f:
        f.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "root_owner=0:0"] + extra +
                   [path], check=True)
    return path


def make_xfs(work, name, megabytes):
    """An empty xfs disk."""
    path = os.path.join(work, name)
    with open(path, "wb") as f:
        f.truncate(megabytes << 20)
    subprocess.run(["mkfs.xfs", "-q", "-f", path], check=True)
    return path


# The machine.

class Guest:
    """work holds its initramfs and system; disks are /dev/vdb and on.

    state is what save() of one with the same disks and memory has stored.
    """

    def __init__(self, work, disks=(), append="", memory=384, state=None,
                 processors=1):
        self.console = os.path.join(work, "console.%d" % time.monotonic_ns())
        self.monitor = self.console + ".monitor"
        self.early = b""
        # it ends with us, however we end
        line = ["setpriv", "--pdeathsig", "KILL", QEMU, "-accel", "tcg", "-cpu", "max", "-m", str(memory),
                "-smp", str(processors),
                "-nodefaults", "-no-reboot", "-display", "none",
                "-kernel", kernel()[0],
                "-initrd", os.path.join(work, "initramfs.cpio"),
                "-append", "console=ttyS0 loglevel=4 panic=-1 no5lvl "
                "mitigations=off " + append,
                "-serial", "file:" + self.console, "-serial", "stdio",
                "-monitor", "unix:%s,server=on,wait=off" % self.monitor]
        line += _drive(os.path.join(work, "system.img"), ",readonly=on")
        for disk in disks:
            line += _drive(disk, "")
        if state:
            line += ["-incoming", "exec:cat " + state]
        self.process = subprocess.Popen(
            line, cwd=work, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)

    def line(self, seconds=PATIENCE):
        """One line that it says, without its end."""
        deadline = time.monotonic() + seconds
        fd = self.process.stdout.fileno()
        while b"\n" not in self.early:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise Silence("silence" + self.last_words())
            data = os.read(fd, 1 << 16)
            if data == b"":
                raise Lost("it ended" + self.last_words())
            self.early += data
        line, _, self.early = self.early.partition(b"\n")
        return line.rstrip(b"\r")

    def last_words(self):
        try:
            with open(self.console, "rb") as f:
                return ": " + f.read()[-2000:].decode(errors="replace")
        except OSError:
            return ""

    def answer(self, seconds=PATIENCE):
        """All that a command says, and its status."""
        said = []
        while True:
            line = self.line(seconds)
            done = DONE.match(line)
            if done:
                return int(done.group(1)), b"\n".join(said).decode(
                    errors="backslashreplace")
            said.append(line)

    def boot(self):
        self.answer()
        return self

    def send(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def run(self, command, seconds=PATIENCE):
        self.send(command)
        return self.answer(seconds)

    def must(self, command, seconds=PATIENCE):
        status, said = self.run(command, seconds)
        suite.check(status == 0, "guest: %s: %d\n%s" % (command, status, said))
        return said

    def ask(self, command):
        """One command to QEMU itself; what it answers."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE)
            s.connect(self.monitor)
            said = _until_prompt(s)
            s.sendall(command.encode() + b"\n")
            said = _until_prompt(s)
        return said.decode(errors="replace")

    def save(self, state):
        """Stores the running machine in a file, and lets it go on."""
        said = self.ask('migrate "exec:cat >%s"' % state)
        if os.path.getsize(state) < 1 << 20:
            raise Lost("not saved: " + said)
        self.ask("cont")

    def wait_restored(self):
        """What is said before would be lost."""
        deadline = time.monotonic() + PATIENCE
        while not self.is_running():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise Lost("not restored" + self.last_words())
            time.sleep(0.1)
        return self

    def is_running(self):
        try:
            return "VM status: running" in self.ask("info status")
        except (FileNotFoundError, ConnectionRefusedError):
            return False                # it has only just begun

    def kill(self):
        """As if its current were cut."""
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.kill()
        for end in (self.process.stdin, self.process.stdout):
            end.close()
        for path in (self.console, self.monitor):
            if os.path.exists(path):
                os.unlink(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _until_prompt(s):
    said = b""
    while not said.endswith(b"(qemu) "):
        part = s.recv(1 << 16)
        if part == b"":
            break
        said += part
    return said


def _drive(path, more):
    return ["-drive", "file=%s,if=virtio,format=raw%s" % (path, more)]
