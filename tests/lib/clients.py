"""The clients that the end-to-end suite drives, behind one face.

put() and get() copy between local paths and absolute paths on a daemon of a
sshd.Site, each quoted as a user of that client has to quote it.  `can` says
what a client is able to do at all:

  tree        copies directories
  folder      takes a directory as the target of a file
  several, several-down           copies several files in one command
  between     copies from the daemon to itself
  links       follows links to directories when it uploads
  goes-on     goes on after a file was refused in the middle of a tree
  modes       sends the modes of files (curl has one for all)
  up-modes, down-modes            with -p files get exactly the same modes
  dir-modes   the same for directories, in both directions
  file-times, dir-times           with -p, in both directions
  server-names                    calls a directory what the server calls it
  odd-names   saves names with a backslash or a space at an end as they are
  item-text, fatal-text           shows what the server says with \\1 and \\2
  all-items-text                  shows every \\1, not only the first
"""

import collections
import importlib
import os
import shutil
import subprocess
import urllib.parse

import sshd

PATIENCE = 120
Outcome = collections.namedtuple("Outcome", "status text")


def backslashed(path):
    """Quotes for a login shell so that OpenSSH's own check of a download,
    which matches names against the words typed, accepts it too."""
    plain = "/._-+,=@%"
    return "".join(c if c.isalnum() or c in plain else "\\" + c for c in path)


def run(words, site, stdin=b"", seconds=PATIENCE):
    """Runs a client away from the caller's own settings and keys."""
    environment = {"HOME": site.path("client"), "PATH": os.environ["PATH"],
                   "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, env=environment, input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=seconds)
    return done.returncode, done.stdout, done.stderr


class Client:
    """A client that is a program; words() makes its command line."""
    tools = ()

    def __init__(self, site):
        self.site = site

    def missing(self):
        """The first tool that this machine lacks, or None."""
        return next((t for t in self.tools if shutil.which(t) is None), None)

    def at(self, *paths):
        host = "%s@%s" % (self.site.account.name, sshd.ADDRESS)
        return ["%s:%s" % (host, backslashed(path)) for path in paths]

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._run(daemon, tree, preserve, sources + self.at(target))

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self._run(daemon, tree, preserve,
                         self.at(*sources) + [target])

    def _run(self, daemon, tree, preserve, paths):
        words = self.words(daemon.port) + ["-r"] * tree + ["-p"] * preserve
        return self._outcome(words + paths)

    def _outcome(self, words):
        status, out, err = run(words, self.site)
        return Outcome(status, (out + err).decode(errors="replace"))


class OpenSSH(Client):
    name = "scp"
    tools = ("scp", "ssh")
    can = {"tree", "folder", "several", "several-down", "links", "goes-on",
           "modes", "up-modes", "down-modes", "dir-modes", "file-times",
           "dir-times", "server-names", "odd-names", "between", "item-text",
           "all-items-text", "fatal-text"}

    def words(self, port):
        return ["scp", "-O", "-q",
                "-P", str(port)] + openssh_options(self.site)

    def between(self, daemon, source, target):
        """A tree from the daemon to itself, with modes and times."""
        return self._run(daemon, True, True, ["-3"] + self.at(source, target))


class Dropbear(Client):
    """dropbear's client, carrying OpenSSH's scp: `scp -S dbclient`.  scp can
    pass no -i or -y to the program it runs, so that is a small script."""
    name = "dbclient"
    tools = ("scp", "dbclient", "dropbearconvert")
    can = OpenSSH.can - {"between"}

    def words(self, port):
        program = self.site.path("dbclient")
        if not os.path.exists(program):
            sshd.write(program, "#!/bin/sh\nexec %s \"$@\"\n"
                       % " ".join(dbclient_words(self.site)), 0o755)
        return ["scp", "-O", "-q", "-S", program, "-P", str(port)]


class PuTTY(Client):
    """It loses a last message that arrives together with the end of the
    session; so the server waits."""
    name = "pscp"
    tools = ("pscp", "puttygen")
    can = {"tree", "folder", "several", "links", "goes-on", "modes",
           "up-modes", "file-times", "item-text", "all-items-text",
           "fatal-text"}

    def words(self, port):
        return ["pscp", "-scp", "-q",
                "-P", str(port)] + putty_options(self.site)


class Curl(Client):
    name = "curl"
    tools = ("curl",)
    can = set()

    def missing(self):
        if super().missing() is None and "scp" not in sshd.run(
                "curl", "-V").split("Protocols:")[1].split("\n")[0].split():
            return "curl with scp"
        return super().missing()

    def words(self, port):
        """-g: no patterns in the address; --insecure: any host key."""
        return ["curl", "-g", "-sS", "--insecure",
                "--key", self.site.path("key"),
                "--pubkey", self.site.path("key.pub"),
                "--user", self.site.account.name + ":"]

    def _copy(self, daemon, path, words):
        """A path from the home is written /~/path."""
        start = "" if path.startswith("/") else "~/"
        url = "scp://%s:%d/%s%s" % (sshd.ADDRESS, daemon.port, start,
                                    urllib.parse.quote(path))
        return self._outcome(self.words(daemon.port) + words + [url])

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._copy(daemon, target, ["-T", sources[0]])

    def get(self, daemon, sources, target, tree=False, preserve=False):
        return self._copy(daemon, sources[0], ["-o", target])


class ScpPy(Client):
    """The Python module scp over paramiko, called in this process."""
    name = "scp.py"
    can = {"tree", "folder", "several", "several-down", "modes",
           "file-times", "dir-times", "server-names", "item-text"}

    def missing(self):
        try:
            importlib.import_module("scp")
            importlib.import_module("paramiko")
            return None
        except ImportError:
            return "Python with the modules scp and paramiko"

    def _call(self, daemon, method, *words, **options):
        import paramiko
        import scp
        with paramiko.SSHClient() as ssh:
            ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy)
            ssh.connect(sshd.ADDRESS, daemon.port, self.site.account.name,
                        key_filename=self.site.path("key"),
                        allow_agent=False, look_for_keys=False)
            try:
                getattr(scp.SCPClient(ssh.get_transport()), method)(
                    *words, **options)
                return Outcome(0, "")
            except (scp.SCPException, OSError, AssertionError) as e:
                return Outcome(1, str(e))

    def put(self, daemon, sources, target, tree=False, preserve=False):
        return self._call(daemon, "put", sources, target, recursive=tree,
                          preserve_times=preserve)

    def get(self, daemon, sources, target, tree=False, preserve=False):
        sources = sources if len(sources) > 1 else sources[0]
        return self._call(daemon, "get", sources, target, recursive=tree,
                          preserve_times=preserve)


def openssh_options(site):
    return ["-F", "none", "-i", site.path("key"),
            "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
            "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
            "-o", "UserKnownHostsFile=" + site.path("known_hosts")]


def dbclient_words(site):
    """dbclient reads dropbear's own key format only."""
    key = site.path("key.dropbear")
    if not os.path.exists(key):
        sshd.run("dropbearconvert", "openssh", "dropbear",
                 site.path("key"), key)
    return ["dbclient", "-y", "-y", "-i", key]


def putty_options(site):
    key = site.path("key.ppk")
    if not os.path.exists(key):
        sshd.run("puttygen", site.path("key"), "-o", key)
    return ["-batch", "-noagent", "-hostkey", site.fingerprint, "-i", key]


def ssh_words(site, port):
    return ["ssh"] + openssh_options(site) + [
        "-p", str(port), "%s@%s" % (site.account.name, sshd.ADDRESS)]


def dbclient_login(site, port):
    return dbclient_words(site) + [
        "-p", str(port), "%s@%s" % (site.account.name, sshd.ADDRESS)]


def plink_words(site, port):
    return ["plink", "-ssh"] + putty_options(site) + [
        "-P", str(port), "%s@%s" % (site.account.name, sshd.ADDRESS)]


COPIERS = (OpenSSH, Dropbear, PuTTY, Curl, ScpPy)
SHELLS = (("ssh", ssh_words), ("dbclient", dbclient_login),
          ("plink", plink_words))
