"""Private sshds with our server as their sftp-server.

The account of an Open site is not confined.  That of a Place is: what it may
is set anew for each case, as options in authorized_keys ("command="), or in a
policy file that a ForceCommand names ("ForceCommand").
"""

import functools
import json
import os
import shutil

import clients
import hold
import sshd
import suite
import trees

# What the accounts may do.
POLICIES = {
    "read-write": {"Access": "read-write"},
    "read-only": {"Access": "read-only"},
    "write-only": {"Access": "write-only", "Overwrite": "replace"},
}


class Open(sshd.Site):
    """`Subsystem sftp` names our program, by the name that tells it."""

    def _openssh_words(self, port):
        words = super()._openssh_words(port)
        link = self.path("bin/sftp-server")
        if not os.path.lexists(link):
            os.symlink(os.environ.get("SFTP_SERVER", "scp"), link)
        with open(words[-1], "a") as f:
            f.write("Subsystem sftp %s\n" % link)
        return words


class Place(sshd.Site):
    """root/ is what the account sees, outside/ is what it must not."""

    def __init__(self, server):
        super().__init__(server)
        shutil.copy(server, self.path("bin/scp-server"))
        os.chmod(self.path("bin/scp-server"), 0o755)
        for name in ("root", "outside", "log", "here"):
            os.mkdir(self.path(name))
        self.log = self.path("log", "audit")

    def start(self):
        return self.openssh()

    def _openssh_words(self, port):
        words = super()._openssh_words(port)
        with open(words[-1], "a") as f:
            f.write("Subsystem sftp internal-sftp\n")
        return words

    def forced(self):
        return self._start("forced", self._forced_words)

    def _forced_words(self, port):
        config = self.path("sshd_config_forced")
        sshd.write(config, sshd.OPENSSH_CONFIG % self.words(port=port) +
                   "Subsystem sftp internal-sftp\n"
                   "ForceCommand %s --config %s\n" % (
                       self.path("bin/scp-server"), self.path("policy")))
        return ["/usr/sbin/sshd", "-D", "-e", "-f", config]

    def clean(self):
        """Empty places again; all of it is the account's, also outside."""
        for name in ("root", "outside", "log", "here"):
            sshd.remove(self.path(name))
            os.mkdir(self.path(name))
        trees.write(self.path("outside", "secret"), b"not for you\n")
        self.give()

    def give(self):
        for name in ("root", "outside", "log"):
            for where, _, files in os.walk(self.path(name)):
                for path in [where] + [os.path.join(where, f) for f in files]:
                    os.lchown(path, self.account.uid, self.account.gid)

    def policy(self, kind=None, **more):
        """Keyword -> value of a confined account."""
        words = {"Root": self.path("root"), "DotFiles": "allow",
                 "AuditLog": self.log}
        words.update(POLICIES.get(kind, {}))
        words.update(more)
        return {k: v for k, v in words.items() if v is not None}

    def allow(self, way, policy):
        """From now on the account may this; returns the daemon to ask."""
        with open(self.path("key.pub")) as f:
            key = f.read()
        if way == "ForceCommand":
            sshd.write(self.path("policy"), "".join(
                "%s %s\n" % item for item in policy.items()))
            sshd.write(self.path("authorized_keys"), key)
            return self.forced()
        sshd.write(self.path("authorized_keys"), 'restrict,command="%s" %s' % (
            " ".join(self.command(policy)), key))
        return self.start()

    def command(self, policy):
        words = [self.path("bin/scp-server")]
        for item in policy.items():
            words += ["-o", "%s=%s" % item]
        return words

    def dropbear_with(self, policy):
        """The same with dropbear, whose keys lie in the account's home."""
        daemon = self.dropbear()
        with open(self.path("key.pub")) as f:
            sshd.write(os.path.join(self.home, ".ssh", "authorized_keys"),
                       'command="%s" %s' % (" ".join(self.command(policy)),
                                            f.read()), 0o600)
        return daemon

    def records(self, event=None):
        with open(self.log) as f:
            found = [json.loads(line) for line in f]
        return [r for r in found if event in (None, r["event"])]


class Client:
    """OpenSSH's clients against one daemon of a place."""

    def __init__(self, place, daemon):
        self.place, self.daemon = place, daemon

    def _run(self, words, stdin=b""):
        status, out, err = clients.run(words, self.place, stdin)
        return status, (out + err).decode(errors="replace")

    def _options(self):
        return ["-P", str(self.daemon.port)] + clients.openssh_options(
            self.place)

    def at(self, path):
        return "%s@%s:%s" % (self.place.account.name, sshd.ADDRESS, path)

    def scp(self, *words, old=False):
        """Words that begin with ":" are paths over there."""
        words = [self.at(w[1:]) if w.startswith(":") else w for w in words]
        return self._run(["scp", "-q"] + ["-O"] * old + self._options() +
                         words)

    def sftp(self, *lines):
        """A batch; it stops at the first line that fails."""
        text = "".join(line + "\n" for line in lines).encode()
        return self._run(["sftp", "-q", "-b", "-"] + self._options() +
                         [self.at("")], text)


@functools.lru_cache(maxsize=None)
def _made(kind):
    if not os.access(suite.SERVER, os.X_OK):
        raise RuntimeError("no server: %s (run make)" % suite.SERVER)
    return kind(suite.SERVER)


def need_sshd():
    if not os.path.exists("/usr/sbin/sshd"):
        suite.skip("needs /usr/sbin/sshd")
    hold.need_native()


def site():
    return _made(Place)


def open_site():
    need_sshd()
    return _made(Open)


def clean_site():
    suite.need_root()
    need_sshd()
    site().clean()
    return site()
