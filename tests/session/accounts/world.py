"""A private system for the sessions: accounts, /etc, /srv, /home.

A World is a scratch directory with an etc, a srv, a home and a usr/local/bin
of its own.  Its daemons run in a mount namespace where these lie over the
machine's, so that the accounts and the configuration exist for them only, and
under the paths that an administrator would use.  Nothing of the machine is
changed, and no path of the scratch directory stands in a configuration.
"""

import atexit
import concurrent.futures
import functools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading

import clients
import sshd
import suite

PROGRAM = "/usr/local/bin/scp-server"
PLACES = ("etc", "srv", "home", "usr/local/bin")
LAY_OVER = """
for place in %s; do
	mount --bind %s/$place /$place || exit 1
done
exec "$@"
"""
BORROWED = ("passwd", "group", "nsswitch.conf", "ld.so.cache", "login.defs")
FIRST_UID = 61000
GROUP = "scponly"

OPENSSH_CONFIG = """\
Port %(port)d
ListenAddress %(address)s
HostKey /etc/ssh/hostkey
PidFile none
AuthorizedKeysFile /etc/ssh/keys/%%u
PermitRootLogin prohibit-password
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
MaxStartups 100
MaxSessions 50
Subsystem sftp /usr/lib/openssh/sftp-server
%(more)s
"""


class Person:
    """An account of a World, and what the clients ask of a site."""

    def __init__(self, world, name, uid, shell):
        self.world = world
        self.name, self.shell = name, shell
        self.uid = self.gid = uid
        self.home = "/home/" + name
        self.account = self
        self.path, self.top = world.path, world.top
        self.fingerprint = world.fingerprint

    def passwd(self):
        return "%s:*:%d:%d::%s:%s\n" % (
            self.name, self.uid, self.gid, self.home, self.shell)

    def own(self, top):
        """Everything from here down is this account's."""
        for where, dirs, files in os.walk(top):
            for path in [where] + [os.path.join(where, n)
                                   for n in dirs + files]:
                os.lchown(path, self.uid, self.gid)


def uids_in_use():
    used = {entry.pw_uid for entry in pwd.getpwall()}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            used.add(os.stat("/proc/" + pid).st_uid)
        except OSError:
            continue        # it has just ended
    return used


class World:
    def __init__(self, server):
        self.daemons = {}
        self.people = {}
        self.shares = {}
        self.lock = threading.RLock()
        self.top = suite.scratch()
        atexit.register(self.close)
        sshd.end_on_signals()
        self.taken = uids_in_use()
        self._furnish(server)

    def path(self, *parts):
        return os.path.join(self.top, *[p.lstrip("/") for p in parts])

    def _furnish(self, server):
        for place in PLACES + ("etc/ssh/keys", "etc/ssh/sshd_config.d",
                               "client"):
            os.makedirs(self.path(place), 0o755)
        for name in BORROWED:
            if os.path.exists("/etc/" + name):
                shutil.copy("/etc/" + name, self.path("etc", name))
        sshd.write(self.path("etc/shells"), "/bin/sh\n%s\n" % PROGRAM)
        shutil.copy(server, self.path(PROGRAM))
        os.chmod(self.path(PROGRAM), 0o755)
        shutil.copy(suite.CHECK, self.path(PROGRAM + "-check"))
        for key in ("key", "hostkey"):
            sshd.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                     "-C", "test", "-f", self.path(key))
        shutil.copy(self.path("hostkey"), self.path("etc/ssh/hostkey"))
        self.fingerprint = sshd.run("ssh-keygen", "-lf", self.path(
            "hostkey.pub")).split()[1]
        with open(self.path("key.pub")) as f:
            self.public = f.read()
        self._client_keys()

    def _client_keys(self):
        """Made now, as cases of one World run side by side."""
        if shutil.which("dropbearconvert"):
            clients.dbclient_words(self)
            clients.Dropbear(self).words(1)
        if shutil.which("puttygen"):
            clients.putty_options(self)

    def add(self, name, shell, uid=None, options=""):
        """An account with a home, and with the key, with these options."""
        if uid is None:
            uid = next(n for n in range(FIRST_UID, FIRST_UID + 5000)
                       if n not in self.taken)
            self.taken.add(uid)
        person = self.people[name] = Person(self, name, uid, shell)
        os.makedirs(self.path(person.home, ".ssh"))
        line = (options + " " + self.public).lstrip()
        sshd.write(self.path("etc/ssh/keys", name), line)
        sshd.write(self.path(person.home, ".ssh/authorized_keys"), line,
                   0o600)
        person.own(self.path(person.home))
        self._append("etc/passwd", person.passwd())
        self._append("etc/group", "%s:x:%d:\n" % (name, uid))
        return person

    def group(self, name, members):
        gid = max(self.taken) + 1
        self.taken.add(gid)
        self._append("etc/group",
                     "%s:x:%d:%s\n" % (name, gid, ",".join(members)))

    def _append(self, name, text):
        with open(self.path(name), "a") as f:
            f.write(text)

    def policy(self, text):
        sshd.write(self.path("etc/scp-server.conf"), text)

    def srv(self, person, *parts):
        """A directory of the account below /srv."""
        path = self.path("srv", *parts)
        os.makedirs(path)
        os.chown(path, person.uid, person.gid)
        return path

    # daemons
    def openssh(self, more="", whole=None):
        os.makedirs("/run/sshd", 0o755, exist_ok=True)

        def words(port):
            sshd.write(self.path("etc/ssh/sshd_config"), (
                whole or OPENSSH_CONFIG) % {
                    "port": port, "address": sshd.ADDRESS, "more": more})
            return ["/usr/sbin/sshd", "-D", "-e"]
        return self._start("openssh", words)

    def dropbear(self, *more):
        name = "dropbear" + "".join(more[:1])
        key = self._key("hostkey.dropbear", "dropbearconvert", "openssh",
                        "dropbear", self.path("hostkey"))

        def words(port):
            return ["/usr/sbin/dropbear", "-F", "-E", "-s", "-m", "-j", "-k",
                    "-r", key, "-P", self.path(name + ".pid"),
                    "-p", "%s:%d" % (sshd.ADDRESS, port)] + list(more)
        return self._start(name, words)

    def _key(self, name, *words):
        """What a command makes when its last word names it; made once, by
        the first of the cases that run side by side."""
        path = self.path(name)
        with self.lock:
            if not os.path.exists(path):
                sshd.run(*words, path)
        return path

    def tinyssh(self, *more):
        keys = self._key("tinyssh", "tinysshd-makekey")
        here = os.path.dirname(os.path.abspath(__file__))

        def words(port):
            return [sys.executable, os.path.join(here, "tcp"), sshd.ADDRESS,
                    str(port), "/usr/sbin/tinysshd", *more, keys]
        return self._start("tinyssh" + "".join(more[:1]), words)

    def _start(self, name, words):
        with self.lock:
            for left in (2, 1, 0):
                if name in self.daemons:
                    break
                port = sshd.free_port()
                try:
                    self.daemons[name] = sshd.Daemon(
                        name, self.inside(words(port)), port,
                        self.path(name + ".log"))
                except RuntimeError:
                    if left == 0:
                        raise
            return self.daemons[name]

    def shared(self, person):
        """Words that open a session in one connection of this account: a
        login costs ten times as much as a session."""
        words = clients.ssh_words(person, self.daemons["openssh"].port)
        path = self.path("connection-" + person.name)
        with self.lock:
            if path not in self.shares:
                self.shares[path] = subprocess.Popen(
                    words[:1] + ["-M", "-N", "-S", path] + words[1:],
                    stdin=subprocess.DEVNULL)
                if not sshd.wait_for(lambda: os.path.exists(path), 60):
                    raise RuntimeError("no connection for " + person.name)
        return words[:1] + ["-S", path] + words[1:]

    def inside(self, words):
        """A command in the mount namespace of the World."""
        script = LAY_OVER % (" ".join(PLACES), self.top)
        return ["unshare", "--mount", "--propagation", "private",
                "/bin/sh", "-c", script, "sh"] + list(words)

    def _sessions(self):
        """Processes of the accounts; uid 0 is everybody's, so not that."""
        mine = {p.uid for p in self.people.values()} - {0}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.stat("/proc/" + pid).st_uid in mine:
                    yield int(pid)
            except OSError:
                continue        # it has just ended

    def close(self):
        """Ends and removes everything; may be called twice."""
        for connection in self.shares.values():
            connection.terminate()
            connection.wait()
        self.shares = {}
        for daemon in self.daemons.values():
            daemon.stop()
        self.daemons = {}
        if not sshd.wait_for(lambda: not list(self._sessions()), 30):
            for pid in self._sessions():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass        # it has just ended
        sshd.remove(self.top)
        atexit.unregister(self.close)


@functools.lru_cache(maxsize=None)
def namespace_refused():
    """Why no World can be had here, or None."""
    done = subprocess.run(["unshare", "--mount", "--propagation", "private",
                           "mount", "--bind", "/srv", "/srv"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode().strip() if done.returncode else None


def need_world():
    suite.need_root()
    suite.need_tool("unshare", "ssh-keygen")
    if not os.path.exists("/usr/sbin/sshd"):
        suite.skip("needs /usr/sbin/sshd")
    if namespace_refused():
        suite.skip("needs a mount namespace: " + namespace_refused())


class Ahead:
    """Cases that run side by side: the first that is due starts them all."""

    def __init__(self, workers, prepare=None):
        self.workers = workers
        self.prepare = prepare
        self.waiting = []
        self.started = {}

    def add(self, name, function):
        self.waiting.append((name, function))
        suite.add(name, lambda: self.result(name))

    def result(self, name):
        if not self.started:
            if self.prepare:
                self.prepare()      # here, not in a thread
            pool = concurrent.futures.ThreadPoolExecutor(self.workers)
            for each, function in self.waiting:
                if suite.is_wanted(each):
                    self.started[each] = pool.submit(function)
        self.started[name].result()
