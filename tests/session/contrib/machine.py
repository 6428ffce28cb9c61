"""A machine within the machine, for daemons that know only one place.

Its /dev, /run, /srv, /var/log and /usr/local/lib are its own, and so are its
processes and its cgroups; everything else is the machine's.  /dev/log is
nobody's until something in it listens.  All of it ends with close().
"""

import os
import shutil
import subprocess
import time

import suite

CGROUPS = ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup")

SETUP = """
set -e
mount --make-rprivate /
mkdir "$TOP/dev" "$TOP/srv" "$TOP/log" "$TOP/lib"
mount -t tmpfs -o mode=0755 tmpfs "$TOP/dev"
for node in null zero full random urandom tty; do
	cp -a "/dev/$node" "$TOP/dev/$node"
done
mount --rbind "$TOP/dev" /dev
mount -t tmpfs -o mode=0755 tmpfs /run
mount --bind "$TOP/srv" /srv
mount --bind "$TOP/log" /var/log
mount --bind "$TOP/lib" /usr/local/lib
umount -l /sys/fs/cgroup
mount -t tmpfs tmpfs /sys/fs/cgroup
mkdir /sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd ||
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/systemd/system
mkdir -m 0700 /run/user
echo ready
exec sleep 600
"""


def until(condition, what, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        suite.check(time.monotonic() < end, "not in time: " + what)
        time.sleep(0.05)


class Machine:
    def __init__(self):
        suite.need_root()
        suite.need_tool("unshare", "nsenter", "mount")
        self.top = suite.scratch()
        self.started = []
        self.group = self._make_group()
        self.holder = subprocess.Popen(
            ["unshare", "-m", "-p", "-C", "-f", "--kill-child",
             "--mount-proc", "bash", "-c", SETUP],
            env=dict(os.environ, TOP=self.top), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=self._enter_group)
        if self.holder.stdout.readline() != b"ready\n":
            self.holder.wait()
            said = self.holder.stderr.read().decode()
            self.close()
            suite.skip("no machine of our own: " + said)
        with open("/proc/%d/task/%d/children" % (
                self.holder.pid, self.holder.pid)) as f:
            self.pid = f.read().split()[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _make_group(self):
        """A cgroup that is the root of all that is ours."""
        for where in CGROUPS:
            if os.path.exists(os.path.join(where, "cgroup.procs")):
                path = os.path.join(where, suite.unique("scp-server-test"))
                os.makedirs(path, exist_ok=True)
                return path
        return suite.skip("no cgroups")

    def _enter_group(self):
        with open(os.path.join(self.group, "cgroup.procs"), "w") as f:
            f.write(str(os.getpid()))

    def path(self, *parts):
        """Of /srv, /var/log (log) or /usr/local/lib (lib), from outside."""
        return os.path.join(self.top, *parts)

    def words(self, *words):
        """A command that runs inside."""
        return ["sh", "-c", 'echo $$ >"$0" && exec "$@"',
                os.path.join(self.group, "cgroup.procs"),
                "nsenter", "-t", self.pid, "-m", "-p", "-C", "--", *words]

    def run(self, *words, **more):
        done = subprocess.run(self.words(*words), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, timeout=120, **more)
        suite.check_equal(done.returncode, 0, "%s: %s" % (
            " ".join(words), done.stdout[-2000:]))
        return done.stdout

    def start(self, *words, **more):
        """Something that goes on; what it says is shown if a case fails."""
        process = subprocess.Popen(
            self.words(*words), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
        self.started.append(process)
        return process

    def exists(self, path):
        return subprocess.run(self.words("test", "-e", path)).returncode == 0

    def close(self):
        for process in [self.holder] + self.started:
            process.kill()      # the holder's end is that of all inside
            process.wait()
            process.stdout.close()
        self.holder.stderr.close()
        for where, _, _ in list(os.walk(self.group, topdown=False)):
            until(lambda w=where: _removed(w), "the end of " + where)
        shutil.rmtree(self.top)


def _removed(path):
    """A cgroup can be removed when its last process is gone."""
    try:
        os.rmdir(path)
        return True
    except OSError:
        return False
