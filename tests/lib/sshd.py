"""Private sshds on the loopback, with our server as their scp.

A Site is a scratch directory with everything a session needs: an account, a
key pair in the format of each client, a host key, and a directory `bin` with
a copy of the server named scp.  Site.openssh() and Site.dropbear() start a
daemon on a free port of 127.0.0.1.  Site.close() ends what was started and
removes what was made; it also runs at exit and on SIGTERM, SIGINT, SIGHUP.

As root the account is a new, unprivileged one (scptestNNNN) that exists only
as long as the Site.  Otherwise it is the account that runs the test; then
only OpenSSH can be used, as dropbear would read that account's own
~/.ssh/authorized_keys.
"""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ADDRESS = "127.0.0.1"
SYSTEM_PATH = "/usr/bin:/bin"

OPENSSH_CONFIG = """\
Port %(port)d
ListenAddress %(address)s
HostKey %(top)s/hostkey
PidFile none
AuthorizedKeysFile %(top)s/authorized_keys
AllowUsers %(user)s
UsePAM no
# The scratch directory lies below /tmp, which everybody may write to.
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
DisableForwarding yes
MaxStartups 500
SetEnv PATH=%(top)s/bin:%(path)s
"""

# dropbear has no SetEnv: it gives each session its built-in PATH.  A forced
# command takes the place of the login shell's own start, sets PATH and then
# does what dropbear would have done: the login shell, -c, the request.
DROPBEAR_LOGIN = """\
#!/bin/sh
PATH=%(top)s/bin:%(path)s
export PATH
request=$SSH_ORIGINAL_COMMAND
unset SSH_ORIGINAL_COMMAND
exec "$SHELL" -c "$request"
"""


def run(*words):
    """Runs a tool that must succeed; returns what it printed."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise RuntimeError("%s: status %d: %s" % (
            " ".join(words), done.returncode, done.stdout))
    return done.stdout


def run_retried(*words):
    """The same for useradd and userdel: somebody else may hold the lock."""
    for left in range(20, -1, -1):
        try:
            return run(*words)
        except RuntimeError as e:
            if "lock" not in str(e) or left == 0:
                raise
        time.sleep(0.25)


def exists(name):
    try:
        pwd.getpwnam(name)
        return True
    except KeyError:
        return False


def unused_name():
    names = ("scptest%d" % (os.getpid() + n * 5000000) for n in range(100))
    return next(name for name in names if not exists(name))


def write(path, text, mode=0o644):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def free_port():
    with socket.socket() as s:
        s.bind((ADDRESS, 0))
        return s.getsockname()[1]


def greets(port):
    """Whether an SSH server answers on this port."""
    try:
        with socket.create_connection((ADDRESS, port), timeout=10) as s:
            return s.recv(4) == b"SSH-"
    except OSError:
        return False


def wait_for(condition, seconds):
    """Polls until the condition holds; returns whether it came to hold."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def remove(path):
    """Removes a tree, whatever modes a test has left in it."""
    for where, dirs, _ in os.walk(path):
        for name in dirs:
            child = os.path.join(where, name)
            if not os.path.islink(child):
                os.chmod(child, 0o700)
    shutil.rmtree(path, ignore_errors=True)


def remove_file(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


class Account:
    """The account that the sessions run as."""

    def __init__(self):
        self.made = os.geteuid() == 0
        self.strangers = set()      # processes that had its number before it
        if self.made:
            self.name = unused_name()
        else:
            self._learn(pwd.getpwuid(os.getuid()))

    def _learn(self, entry):
        self.name, self.uid, self.gid = entry[0], entry[2], entry[3]

    def make(self, home):
        """-p '*': no password, but not locked: OpenSSH refuses locked ones."""
        if not self.made:
            return
        run_retried("useradd", "-M", "-U", "-d", home, "-s", "/bin/sh",
                    "-p", "*", "-c", "scp-server test", self.name)
        self._learn(pwd.getpwnam(self.name))
        self.strangers = set(self.processes())
        os.chown(home, self.uid, self.gid)

    def processes(self):
        """The processes of a made account."""
        mine = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.stat("/proc/" + pid).st_uid == self.uid:
                    mine.append(int(pid))
            except OSError:
                continue        # it has just ended
        return [pid for pid in mine if pid not in self.strangers]

    def idle(self, seconds=60):
        """Waits for the end of all sessions of a made account."""
        return wait_for(lambda: not self.processes(), seconds)

    def _end_sessions(self):
        """What hangs is ended: the account is ours, and so is all it runs."""
        if self.idle():
            return
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass            # it has just ended
        self.idle()

    def remove(self):
        """Takes the account away, if make() got as far as making it."""
        if not self.made or not exists(self.name):
            return
        self._learn(pwd.getpwnam(self.name))
        self._end_sessions()
        run_retried("userdel", "-f", self.name)


class Daemon:
    """A running sshd: where it listens and what it logged."""

    def __init__(self, name, words, port, log):
        self.name = name
        self.port = port
        self.log = log
        with open(log, "w") as out:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                umask=0o022)
        if not wait_for(lambda: self.ended() or greets(port), 60) \
                or self.ended():
            self.stop()
            raise RuntimeError("%s did not start: %s" % (name, self.tail()))

    def ended(self):
        return self.process.poll() is not None

    def tail(self, lines=12):
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    def stop(self):
        if not self.ended():
            self.process.terminate()
            self.process.wait()


class Site:
    def __init__(self, server):
        self.daemons = {}
        self.account = None
        self.top = tempfile.mkdtemp(prefix="scp-server-site.")
        atexit.register(self.close)
        end_on_signals()
        try:
            self._furnish(server)
        except BaseException:
            self.close()
            raise

    def _furnish(self, server):
        os.chmod(self.top, 0o755)
        os.mkdir(self.path("bin"))
        os.mkdir(self.path("client"), 0o700)        # HOME of the clients
        shutil.copy(server, self.path("bin/scp"))
        os.chmod(self.path("bin/scp"), 0o755)
        for key in ("key", "hostkey"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                "-C", "test", "-f", self.path(key))
        self.fingerprint = run("ssh-keygen", "-lf",
                               self.path("hostkey.pub")).split()[1]
        shutil.copy(self.path("key.pub"), self.path("authorized_keys"))
        self.home = self.path("home")
        os.mkdir(self.home)
        os.chmod(self.home, 0o755)
        self.account = Account()    # known to close() before it is made
        self.account.make(self.home)

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def words(self, **more):
        return dict(more, top=self.top, path=SYSTEM_PATH, address=ADDRESS,
                    user=self.account.name)

    def openssh(self):
        """sshd insists on an absolute path, and on its empty directory."""
        if self.account.made:
            os.makedirs("/run/sshd", 0o755, exist_ok=True)
        return self._start("openssh", self._openssh_words)

    def _openssh_words(self, port):
        write(self.path("sshd_config"),
              OPENSSH_CONFIG % self.words(port=port))
        return ["/usr/sbin/sshd", "-D", "-e", "-f", self.path("sshd_config")]

    def dropbear(self):
        if not os.path.exists(self.path("login")):
            self._furnish_dropbear()
        return self._start("dropbear", self._dropbear_words)

    def _furnish_dropbear(self):
        write(self.path("login"), DROPBEAR_LOGIN % self.words(), 0o755)
        run("dropbearconvert", "openssh", "dropbear",
            self.path("hostkey"), self.path("hostkey.dropbear"))
        keys = os.path.join(self.home, ".ssh", "authorized_keys")
        os.mkdir(os.path.dirname(keys), 0o700)
        with open(self.path("key.pub")) as f:
            write(keys, 'command="%s" %s' % (self.path("login"), f.read()),
                  0o600)
        for path in (os.path.dirname(keys), keys):
            os.chown(path, self.account.uid, self.account.gid)

    def _dropbear_words(self, port):
        return ["/usr/sbin/dropbear", "-F", "-E", "-s", "-m", "-j", "-k",
                "-r", self.path("hostkey.dropbear"),
                "-P", self.path("dropbear.pid"),
                "-p", "%s:%d" % (ADDRESS, port)]

    def _start(self, name, words):
        """Starts a daemon once; a port may be lost to somebody, so tries."""
        for left in (2, 1, 0):
            if name in self.daemons:
                break
            port = free_port()
            try:
                self.daemons[name] = Daemon(name, words(port), port,
                                            self.path(name + ".log"))
            except RuntimeError:
                if left == 0:
                    raise
        return self.daemons[name]

    def close(self):
        """Ends and removes everything; may be called twice."""
        for daemon in self.daemons.values():
            daemon.stop()
        self.daemons = {}
        if self.account is not None:
            self.account.remove()
        remove(self.top)
        atexit.unregister(self.close)


def end_on_signals():
    """Turns the usual signals into an ordinary exit, so that atexit runs.
    Threads leave that to who starts them."""
    if threading.current_thread() is not threading.main_thread():
        return
    def leave(number, _):
        sys.exit(128 + number)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, leave)
