"""A server and a client, on which a recipe is done as it is written.

They are the private system of the suite (tests/lib/private.py) with an empty
/home, /srv, /usr/local and /var/log, an /etc that ends with the recipe, a
journald and an rsyslogd as Debian has them, and sshd on its own port under
the names that the recipes use.  The client is an account of its own.
"""

import os
import re
import shutil
import subprocess

import private
import program
import sshd
import suite

HOSTS = ("server.example", "vault.example", "appliance.example")
CLIENT, CLIENT_HOME = "me", "/home/me"
APPLIANCE, APPLIANCE_PORT = "/run/appliance", 2222
ROOTS_HOME = "/home/root"
EMPTY = ("/home", "/srv", "/usr/local", "/var/log")
JOURNALD = "/lib/systemd/systemd-journald"
SSHD = "/usr/sbin/sshd"

# What every program of a client is told: nobody is there to be asked.
SSH_CONFIG = """\
Host *
	StrictHostKeyChecking no
	UserKnownHostsFile /dev/null
	LogLevel ERROR
	BatchMode yes
Host appliance.example
	Port %d
"""
JOURNALD_CONF = """\
[Journal]
Storage=volatile
ForwardToSyslog=yes
ReadKMsg=no
Audit=no
"""
RSYSLOG_CONF = """\
module(load="imuxsock" SysSock.Name="/run/systemd/journal/syslog")
auth,authpriv.* /var/log/auth.log
"""

# There is no network and no init: what is asked of them is answered so.
STANDINS = {
    # what a recipe installs has to be here
    "apt-get": """#!/bin/sh
shift
for package; do
	case $package in
	-*) ;;
	*) dpkg-query -W -f '${db:Status-Status}\\n' "$package" |
	    grep -qx installed || { echo "MISSING $package"; exit 1; } ;;
	esac
done
""",
    # it is built; nothing is built anew beside other suites
    "make": """#!/bin/sh
case $* in
'') exit 0 ;;
install) exec /usr/bin/make -o all BUILD=%s install ;;
esac
exec /usr/bin/make "$@"
""" % program.BUILD,
    "systemctl": """#!/bin/sh
test "$*" = "reload ssh" && kill -HUP "$(cat /run/sshd.pid)"
""",
}


class House:
    def __init__(self):
        suite.need_root()
        if not private.is_entered():
            suite.skip("needs a private system")
        suite.need_tool("useradd", "ssh", "scp", "sftp", "ssh-keygen",
                        "rsyslogd", "journalctl", "dpkg-query", SSHD, JOURNALD)
        self.started, self.mounted = [], []
        self.port = 22
        try:
            self._lay_over()
            self._log()
            self._client()
            self._sshd()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _mount(self, where):
        private.mount("tmpfs", where, "tmpfs", options="mode=0755")
        self.mounted.append(where)

    def _lay_over(self):
        shutil.rmtree("/run/house", ignore_errors=True)
        subprocess.run(["cp", "-a", "/etc/.", "/run/house"], check=True)
        self._mount("/etc")
        subprocess.run(["cp", "-a", "/run/house/.", "/etc"], check=True)
        for place in EMPTY:
            self._mount(place)
        for name in ("bin", "lib", "sbin", "share"):
            os.mkdir("/usr/local/" + name)
        os.makedirs("/run/standins", exist_ok=True)
        for name, text in STANDINS.items():
            sshd.write("/run/standins/" + name, text, 0o755)
        os.mkdir(ROOTS_HOME, 0o700)
        with open("/etc/passwd") as f:
            users = f.read()
        sshd.write("/etc/passwd", users.replace(":/root:", ":%s:" % ROOTS_HOME))
        with open("/etc/hosts", "a") as f:
            f.write("127.0.0.1 %s\n" % " ".join(HOSTS))
        sshd.write("/etc/ssh/ssh_config", SSH_CONFIG % APPLIANCE_PORT)
        sshd.write("/etc/machine-id", "%032x\n" % 7)

    def _start(self, words, ready):
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.started.append(process)
        suite.check(sshd.wait_for(ready, 30), "%s did not start" % words[0])

    def _log(self):
        for name in ("systemd/system", "systemd/journal", "log/journal",
                     "systemd/journald.conf.d"):
            os.makedirs("/run/" + name, exist_ok=True)
        sshd.write("/run/systemd/journald.conf.d/house.conf", JOURNALD_CONF)
        sshd.write("/run/rsyslog.conf", RSYSLOG_CONF)
        self._start([JOURNALD], lambda: os.path.exists(
            "/run/systemd/journal/dev-log"))
        if not os.path.lexists("/dev/log"):
            os.symlink("/run/systemd/journal/dev-log", "/dev/log")
        self._start(["rsyslogd", "-n", "-f", "/run/rsyslog.conf", "-i",
                     "/run/rsyslogd.pid"], lambda: os.path.exists(
                         "/run/systemd/journal/syslog"))

    def _client(self):
        sshd.run("useradd", "-m", "-s", "/bin/sh", CLIENT)
        self.client("ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519")

    def _sshd(self):
        self._start([SSHD, "-D", "-o", "PidFile=/run/sshd.pid"],
                    lambda: sshd.greets(self.port))

    def server(self, command):
        """As root there; each public key that is named is the client's."""
        for path in re.findall(r"/tmp/[\w-]+\.pub", command):
            made = "/etc/ssh/relay/" + os.path.basename(path)
            shutil.copy(made if os.path.exists(made) else
                        CLIENT_HOME + "/.ssh/id_ed25519.pub", path)
        begun = starts()
        done = self._run(["/bin/sh", "-c", command], suite.TOP, dict(
            HOME=ROOTS_HOME, PATH="/run/standins:/usr/local/sbin:"
            "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"))
        if "reload ssh" in command:
            suite.check(sshd.wait_for(lambda: starts() > begun, 30),
                        "sshd did not reload")
            suite.check(sshd.wait_for(lambda: sshd.greets(self.port), 30),
                        "sshd does not answer")
        return done

    def client(self, command):
        return self._run(
            ["setpriv", "--reuid", CLIENT, "--regid", CLIENT, "--init-groups",
             "/bin/sh", "-c", command], CLIENT_HOME,
            dict(HOME=CLIENT_HOME, USER=CLIENT, LOGNAME=CLIENT,
                 PATH="/usr/bin:/bin"))

    def _run(self, words, where, environ):
        return subprocess.run(
            words, cwd=where, env=dict(environ, LC_ALL="C.UTF-8"), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=300, errors="replace",
            umask=0o022)

    def need(self, blocks):
        """Skips where the client has not got what it types."""
        for block in blocks:
            if block.kind == "client":
                for word in re.findall(r"^(sshfs|rclone) ", block.text, re.M):
                    suite.need_tool(word)

    def put_file(self, path, text):
        """A file, or what stands before the rest of it."""
        old = ""
        if os.path.exists(path):
            with open(path) as f:
                old = "\n" + f.read()
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(CLIENT_HOME + "/.ssh/id_ed25519.pub") as f:
            text = text.replace("ssh-ed25519 AAAA...", f.read().strip())
        sshd.write(path, text + old)

    def appliance(self):
        """A root with busybox and dropbear, and nothing else."""
        suite.need_tool("busybox", "dropbear", "dropbearkey", "ldd", "chroot")
        for name in ("bin", "dev", "etc", "proc", "root/.ssh", "usr/bin",
                     "usr/lib"):
            os.makedirs(os.path.join(APPLIANCE, name), 0o755, exist_ok=True)
        libraries = re.findall(r"(/\S+)", sshd.run("ldd", "/usr/sbin/dropbear"))
        for path in libraries + ["/usr/sbin/dropbear"]:
            os.makedirs(APPLIANCE + os.path.dirname(path), exist_ok=True)
            shutil.copy(path, APPLIANCE + path)
        shutil.copy(shutil.which("busybox"), APPLIANCE + "/bin/busybox")
        for name in ("sh", "cat", "chmod", "ln", "mkdir"):
            os.symlink("busybox", APPLIANCE + "/bin/" + name)
        for place in ("/dev", "/proc"):
            private.bind(place, APPLIANCE + place)
            self.mounted.append(APPLIANCE + place)
        sshd.write(APPLIANCE + "/etc/passwd", "root:x:0:0::/root:/bin/sh\n")
        sshd.write(APPLIANCE + "/etc/group", "root:x:0:\n")
        sshd.write(APPLIANCE + "/etc/shells", "/bin/sh\n")
        shutil.copy(CLIENT_HOME + "/.ssh/id_ed25519.pub",
                    APPLIANCE + "/root/.ssh/authorized_keys")
        sshd.run("dropbearkey", "-t", "ed25519", "-f", APPLIANCE + "/etc/key")
        self._start(["chroot", APPLIANCE, "/usr/sbin/dropbear", "-F", "-s",
                     "-r", "/etc/key", "-P", "/etc/pid", "-p",
                     "127.0.0.1:%d" % APPLIANCE_PORT],
                    lambda: sshd.greets(APPLIANCE_PORT))

    def close(self):
        for process in reversed(self.started):
            process.terminate()
            process.wait()
        for pid in accounts_processes():
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass        # it has just ended
        for where in reversed(self.mounted):
            subprocess.run(["umount", "-l", where], check=True)
        shutil.rmtree(APPLIANCE, ignore_errors=True)
        shutil.rmtree("/run/log", ignore_errors=True)
        shutil.rmtree("/run/systemd", ignore_errors=True)


def starts():
    """How often sshd has begun to listen."""
    try:
        with open("/var/log/auth.log", errors="replace") as f:
            return f.read().count("Server listening on 0.0.0.0")
    except FileNotFoundError:
        return 0


def accounts_processes():
    """Sessions that are left: in this system nobody else has accounts."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if 1000 <= os.stat("/proc/" + pid).st_uid < 60000:
                yield int(pid)
        except OSError:
            continue        # it has just ended
