"""Java's libraries, each in a process that plays one copy after the other;
java/Play.java says how it is told."""

import atexit
import os
import subprocess
import threading

import clients
import sshd
from clients import Outcome

HERE = os.path.dirname(os.path.abspath(__file__))
JARS = "/usr/share/java/"
# They are of a time when nothing else was there.
OLD = """\
HostKey /etc/ssh/hostkey.rsa
HostKeyAlgorithms +ssh-rsa
PubkeyAcceptedAlgorithms +ssh-rsa
KexAlgorithms +diffie-hellman-group14-sha1
"""
PATIENCE = 60
making = threading.Lock()
playing = {}


def old_keys(world):
    """Before its daemon is started: keys that all of them can read.  Every
    account gets another line with the options that it has."""
    for name in ("key.rsa", "etc/ssh/hostkey.rsa"):
        sshd.run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM",
                 "-N", "", "-C", "test", "-f", world.path(name))
    with open(world.path("key.rsa.pub")) as f:
        public = f.read()
    for name in world.people:
        with open(world.path("etc/ssh/keys", name), "r+") as f:
            f.write(f.read().replace(world.public, public))


def compiled(world):
    """Where the classes are; made once, under the lock."""
    where = world.path("java")
    if not os.path.exists(where):
        sshd.run("javac", "-d", where, "-cp", class_path(Ant, Ivy), *(
            os.path.join(HERE, "java", name)
            for name in os.listdir(os.path.join(HERE, "java"))))
    return where


class Player:
    """One process; one request at a time."""

    def __init__(self, kind, world):
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp",
             compiled(world) + ":" + class_path(kind), "Play",
             kind.protocol, kind.name, sshd.ADDRESS, str(world.daemons["openssh"].port),
             world.path("key.rsa")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        atexit.register(self.process.kill)

    def ask(self, *words):
        with self.lock:
            # one that hangs ends all of its cells
            late = threading.Timer(PATIENCE, self.process.kill)
            late.start()
            try:
                self.process.stdin.write("\t".join(words).encode() + b"\n")
                self.process.stdin.flush()
                return self._answer()
            finally:
                late.cancel()

    def _answer(self):
        text = b""
        while not text.endswith(b"\0"):
            octet = self.process.stdout.read(1)
            if not octet:
                raise AssertionError("java ended after %r" % text)
            text += octet
        return text[:-1].decode(errors="replace")


class Library(clients.Client):
    tools = ("java", "javac")
    jars = ()
    protocol = "scp"

    def missing(self):
        return super().missing() or next(
            (JARS + jar for jar in self.jars
             if not os.path.exists(JARS + jar)), None)

    def _ask(self, *words):
        key = (self.protocol, self.name)
        with making:
            if key not in playing:
                playing[key] = Player(type(self), self.site.world)
        text = playing[key].ask(*words)
        return Outcome(int(text != ""), text)

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._ask("put", self.site.name, target, sources[0])

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self._ask("get", self.site.name, sources[0], target)

    def remove(self, daemon, path):
        return self._ask("remove", self.site.name, path)

    def link(self, daemon, path):
        return self._ask("link", self.site.name, path)


class JSch(Library):
    name = "jsch"
    jars = ("jsch.jar", "jzlib.jar")


class Ant(Library):
    name = "ant"
    jars = JSch.jars + ("ant.jar", "ant-jsch.jar")


class Ivy(Library):
    name = "ivy"
    jars = JSch.jars + ("ivy.jar",)


class Ganymed(Library):
    name = "ganymed"
    jars = ("ganymed-ssh2.jar",)


class Trilead(Library):
    name = "trilead"
    jars = ("trilead-ssh2.jar",)


class Jenkins(Library):
    """Trilead as Jenkins has it."""
    name = "jenkins"
    jars = ("jenkins-trilead-ssh2.jar",)


def class_path(*kinds):
    return ":".join(JARS + jar for kind in kinds for jar in kind.jars)


def over_sftp(kind):
    return type(kind.__name__ + "Sftp", (kind,), {"protocol": "sftp"})


COPIERS = (JSch, Ant, Ivy, Ganymed, Trilead, Jenkins)
SFTP_COPIERS = tuple(map(over_sftp, (JSch, Ganymed, Trilead, Jenkins)))
