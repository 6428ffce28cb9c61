"""Libraries of SFTP, behind the face of lib/sftp_clients.py: each has a
program of a page in drivers/, which does one thing."""

import functools
import os
import subprocess
import threading

import clients
import sshd
import suite
from sftp_clients import BOTH

HERE = os.path.dirname(os.path.abspath(__file__))
NODE_CLIENTS = os.path.join(suite.TOP, os.environ.get("BUILD", "build"),
                            "node-clients")
JSCH = "/usr/share/java/jsch.jar"
making = threading.Lock()


@functools.lru_cache(maxsize=None)
def works(*words):
    """Whether an interpreter has a module."""
    try:
        return subprocess.run(words, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    except FileNotFoundError:
        return False


class Driver(clients.Client):
    """words() ends where the port, the account and the key follow."""
    can = {"resumes"}
    key = "key"
    try_out = ("true",)     # fails where something is missing
    needs = None            # what that is

    def missing(self):
        return super().missing() or (
            None if works(*self.try_out) else self.needs)

    def words(self):
        raise NotImplementedError

    def script(self, name):
        return os.path.join(HERE, "drivers", name)

    def do(self, daemon, what, *paths):
        return self._outcome(self.words() + [
            str(daemon.port), self.site.account.name,
            self.site.path(self.key), what, *paths])

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self.do(daemon, "put-tree" if tree else "put", sources[0],
                       target, *["-p"] * preserve)

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self.do(daemon, "get-tree" if tree else "get", sources[0],
                       target)

    def resume(self, daemon, up, source, target):
        return self.do(daemon, "reput" if up else "reget", source, target)

    def rename(self, daemon, old, new):
        return self.do(daemon, "rename", old, new)

    def remove(self, daemon, path):
        return self.do(daemon, "remove", path)


class Made(Driver):
    """A driver that has to be compiled first."""

    def made(self, name, *words):
        """In the World, by the first that needs it."""
        path = self.site.path(name)
        with making:
            if not os.path.exists(path):
                sshd.run(*words)
        return path


class Libssh(Made):
    name = "libssh"
    tools = ("cc",)
    try_out = ("test", "-e", "/usr/include/libssh/sftp.h")
    needs = "the headers of libssh"

    def words(self):
        path = self.site.path("libssh")
        return [self.made("libssh", "cc", "-O1", "-o", path,
                          self.script("libssh.c"), "-lssh")]


class Jsch(Made):
    name = "jsch"
    tools = ("java", "javac")
    keeps = ({"mtime"}, set())
    key = "key-ecdsa"
    try_out = ("test", "-e", JSCH)
    needs = JSCH

    def words(self):
        top = self.site.path("java")
        self.made("java/Jsch.class", "javac", "-cp", JSCH, "-d", top,
                  self.script("Jsch.java"))
        return ["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp",
                "%s:%s" % (top, JSCH), "Jsch"]


class NetSsh2(Driver):
    name = "Net::SSH2"
    tools = ("perl",)
    try_out = ("perl", "-MNet::SSH2", "-e", "1")
    needs = "Perl with the module Net::SSH2"

    def words(self):
        return ["perl", self.script("net_ssh2.pl")]


class Foreign(Driver):
    name = "Net::SFTP::Foreign"
    tools = ("perl", "ssh")
    can = {"resumes", "whole-tree"}
    keeps = (BOTH, BOTH)
    try_out = ("perl", "-MNet::SFTP::Foreign", "-e", "1")
    needs = "Perl with the module Net::SFTP::Foreign"

    def words(self):
        return ["perl", self.script("foreign.pl")]

    def put(self, daemon, sources, target, tree=False, preserve=False):
        """It keeps times and modes unless it is told not to."""
        return super().put(daemon, sources, target, tree)


class ForeignAtomic(Foreign):
    """It stores under another name, and renames that."""
    name = "Net::SFTP::Foreign, atomic"

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self.do(daemon, "put-tree" if tree else "put", sources[0],
                       target, "atomic", "1")


class Php(Driver):
    name = "php"
    tools = ("php",)
    can = set()
    try_out = ("php", "-r", "exit(extension_loaded('ssh2') ? 0 : 1);")
    needs = "PHP with the extension ssh2"
    resume = None

    def words(self):
        return ["php", self.script("ssh2.php")]


class NetSftp(Driver):
    name = "net-sftp"
    tools = ("ruby",)
    can = {"whole-tree"}
    try_out = ("ruby", "-e", "require 'net/sftp'")
    needs = "Ruby with net-sftp"
    resume = None

    def words(self):
        return ["ruby", self.script("net_sftp.rb")]


class Node(Driver):
    """Debian has node without its clients: ./node-clients fetches them."""
    tools = ("node",)
    program = None

    def missing(self):
        if not os.path.exists(NODE_CLIENTS + "/package-lock.json"):
            return "node's clients (run tests/session/interop/node-clients)"
        return super().missing()

    def words(self):
        return ["env", "NODE_PATH=" + NODE_CLIENTS + "/node_modules", "node",
                self.script(self.program)]


class NodeSsh2(Node):
    name = "ssh2"
    program = "ssh2.js"

    def link(self, daemon, text, path):
        return self.do(daemon, "link", text, path)


class NodeSftpClient(Node):
    name = "ssh2-sftp-client"
    program = "ssh2_sftp_client.js"
    can = {"resumes", "whole-tree"}


CLIENTS = (Libssh, Jsch, NetSsh2, Foreign, ForeignAtomic, Php, NetSftp)
NODE = (NodeSsh2, NodeSftpClient)
