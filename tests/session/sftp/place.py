"""Where the hand-off is tried: private sshds, one account, one root.

A Place is a sshd.Site whose daemons know the request "sftp".  What the
account may is set anew for each case: as options in authorized_keys
("command="), or in a policy file that a ForceCommand names ("ForceCommand").
"""

import functools
import json
import os
import shutil
import subprocess

import clients
import sshd
import suite
import trees

SYSTEM_SERVER = "/usr/lib/openssh/sftp-server"
INIT = bytes([0, 0, 0, 5, 1, 0, 0, 0, 3])       # SSH_FXP_INIT, version 3
VERSION = 2                                     # the type of its answer
PATIENCE = 120

# What each account has to say for the hand-off to be possible at all.
POLICIES = {
    "read-write": {"Access": "read-write"},
    "read-only": {"Access": "read-only"},
    "write-only": {"Access": "write-only", "Overwrite": "replace"},
}


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
                   "Subsystem sftp %s\nForceCommand %s --config %s\n" % (
                       SYSTEM_SERVER, self.path("bin/scp-server"),
                       self.path("policy")))
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
        """Keyword -> value of a confined account with the hand-off."""
        words = {"Root": self.path("root"), "Sftp": "handoff",
                 "DotFiles": "allow", "AuditLog": self.log}
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

    def session(self, policy, request="internal-sftp", **more):
        """The server as sshd would start it, without sshd."""
        environment = {"SSH_CONNECTION": "192.0.2.7 4242 192.0.2.1 22",
                       "HOME": "/", "TZ": "EET", "LD_BIND_NOW": "1"}
        if request is not None:
            environment["SSH_ORIGINAL_COMMAND"] = request
        settings = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE, env=environment, cwd="/",
                        user=self.account.uid, group=self.account.gid,
                        extra_groups=[])
        settings.update(more)
        words = settings.pop("words", None) or self.command(policy)
        return subprocess.Popen(words, **settings)

    def records(self, event=None):
        with open(self.log) as f:
            found = [json.loads(line) for line in f]
        return [r for r in found if event in (None, r["event"])]


def greet(process):
    """Begins the protocol; the head of the answer, b"" if there is none."""
    try:
        process.stdin.write(INIT)
        process.stdin.flush()
    except BrokenPipeError:
        pass                                    # it has refused already
    return process.stdout.read(5)


def finish(process, head=None):
    """Begins if need be, and hangs up; (status, stdout, stderr)."""
    if head is None:
        head = greet(process)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, head + out, err.decode(errors="replace")


def greeted(out):
    return len(out) > 4 and out[4] == VERSION


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


def need_system_server():
    if not os.path.exists("/usr/sbin/sshd"):
        suite.skip("needs /usr/sbin/sshd")
    if not os.path.exists(SYSTEM_SERVER):
        suite.skip("needs " + SYSTEM_SERVER)


@functools.lru_cache(maxsize=None)
def site():
    if not os.access(suite.SERVER, os.X_OK):
        raise RuntimeError("no server: %s (run make)" % suite.SERVER)
    return Place(suite.SERVER)


def clean_site():
    suite.need_root()
    need_system_server()
    site().clean()
    return site()
