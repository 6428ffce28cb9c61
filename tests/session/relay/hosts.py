"""Two hosts with accounts, and a client that knows both."""

import os
import shutil
import subprocess

import sshd
import suite
import trees
import world

ADDRESS = {"a": "127.0.0.2", "b": "127.0.0.3"}
SECONDS = 120

SSHD = world.OPENSSH_CONFIG.replace(
    "ListenAddress %(address)s",
    "ListenAddress %(address)s\nListenAddress {}").replace(
        "%(more)s", "ExposeAuthInfo yes\n%(more)s")

# Accounts of A: what each may pass on to whom.
POLICIES = {
    "free": ["Relay bob@127.0.0.3 ours@127.0.0.3 [::1] 127.0.0.3",
             "RelayConfig /etc/ssh/relay_config"],
    "near": ["Relay bob@127.0.0.30 alice@127.0.0.3 *.example 127.0.0",
             "RelayConfig /etc/ssh/relay_config"],
    "never": [],
    "out": ["Access write-only", "Relay *",
            "RelayConfig /etc/ssh/relay_config"],
    "bare": ["Relay *"],
    "agent": ["Relay 127.0.0.3", "RelayConfig /etc/ssh/relay_config"],
    "open": ["Relay 127.0.0.3", "RelayConfig /etc/ssh/relay_config"],
    # without a Root, and with a configuration of its own that has no say
    "bold": ["Relay 127.0.0.3"],
    "loose": ["Relay *", "RelayConfig /srv/loose.conf"],
}

RELAY_CONFIG = """\
Host 127.0.0.3
	Port %(port)d
	IdentityFile ~/.ssh/key
	UserKnownHostsFile /etc/ssh/known_hosts_of_b
Host 127.0.0.4
	HostName 127.0.0.3
	Port %(port)d
	IdentityFile ~/.ssh/key
	UserKnownHostsFile /etc/ssh/wrong_hosts
Host 127.0.0.5
	HostName 127.0.0.3
	Port %(closed)d
"""


class Hosts:
    """A and B; the client is this process."""

    def __init__(self):
        self.a = world.World(suite.SERVER)
        self.b = world.World(suite.SERVER)
        self._furnish_b()
        self._furnish_a()
        self._furnish_client()

    def _furnish_b(self):
        b = self.b
        self.bob = b.add("bob", "/bin/sh")          # OpenSSH's scp
        self.ours = b.add("ours", world.PROGRAM)    # ours
        self.asked = b.add("asked", "/bin/sh")      # no key: a password
        for person in (self.bob, self.ours, self.asked):
            b.srv(person, person.name)
        os.unlink(b.path("etc/ssh/keys/asked"))
        b.policy("AuditLog /srv/log\nMatch User ours\nRoot /srv/%u\n"
                 "DenyNames *.bad\n")
        sshd.write(b.path("srv/log"), "", 0o666)
        self.daemon_b = b.openssh(whole=SSHD.format(ADDRESS["b"]))

    def _furnish_a(self):
        a, lines = self.a, ["AuditLog /srv/log"]
        for name, policy in POLICIES.items():
            person = a.add(name, world.PROGRAM)
            a.srv(person, name)
            lines += ["Match User " + name] + policy
            lines.append("Root none" if name in ("open", "bold") else "Root /srv/%u")
            # the key that B knows
            key = a.path(person.home, ".ssh/key")
            shutil.copy(self.b.path("key"), key)
            os.chmod(key, 0o600)
            os.chown(key, person.uid, person.gid)
        # another name of root, whose sessions are those of "free"
        a.add("raised", world.PROGRAM, uid=0)
        lines += ["Match User root,raised", "User free", "Root /srv/free"]
        lines += POLICIES["free"]
        self.stock = a.add("stock", "/bin/sh")
        a.srv(self.stock, "stock")
        a.policy("\n".join(lines) + "\n")
        sshd.write(a.path("srv/log"), "", 0o666)
        sshd.write(a.path("srv/loose.conf"), "", 0o666)
        sshd.write(a.path("etc/ssh/relay_config"), RELAY_CONFIG % {
            "port": self.daemon_b.port, "closed": sshd.free_port()})
        place = "[%s]:%d " % (ADDRESS["b"], self.daemon_b.port)
        for name, host in (("known_hosts_of_b", self.b),
                           ("wrong_hosts", self.a)):
            with open(host.path("hostkey.pub")) as f:
                sshd.write(a.path("etc/ssh", name), place + f.read())
        # no agent has anything but an agent
        os.unlink(a.path(a.people["agent"].home, ".ssh/key"))
        self.daemon_a = a.openssh(whole=SSHD.format(ADDRESS["a"]))

    def _furnish_client(self):
        self.here = self.a.path("client-here")
        os.mkdir(self.here)
        blocks = []
        for host, w, daemon in (("a", self.a, self.daemon_a),
                                ("b", self.b, self.daemon_b)):
            blocks.append(
                "Host %s\n\tPort %d\n\tIdentityFile %s\n"
                % (ADDRESS[host], daemon.port, w.path("key")))
        self.config = os.path.join(self.here, "config")
        sshd.write(self.config, "".join(blocks) + (
            "Host *\n\tBatchMode yes\n\tStrictHostKeyChecking no\n"
            "\tUserKnownHostsFile /dev/null\n\tLogLevel ERROR\n"
            "\tIdentitiesOnly yes\n"))

    def scp(self, *words, env=None):
        done = subprocess.run(
            ["scp", "-O", "-F", self.config] + list(words), env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=SECONDS)
        return done.returncode, done.stdout.decode(errors="replace")

    def ssh(self, user, command):
        """What another client of A's may send."""
        done = subprocess.run(
            ["ssh", "-F", self.config, "-l", user, ADDRESS["a"], command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=SECONDS)
        return done.returncode, done.stdout, done.stderr.decode(
            errors="replace")

    def at(self, host, name):
        return getattr(self, host).path("srv", name)

    def put(self, user, name, content, host="a"):
        path = os.path.join(self.at(host, user), name)
        trees.write(path, content)
        person = getattr(self, host).people[user]
        person.own(self.at(host, user))
        return path

    def clean(self):
        """The served directories are empty again."""
        for host in (self.a, self.b):
            for name in os.listdir(host.path("srv")):
                top = host.path("srv", name)
                if not os.path.isdir(top) or os.path.ismount(top):
                    continue
                for entry in os.listdir(top):
                    path = os.path.join(top, entry)
                    if os.path.isdir(path) and not os.path.islink(path):
                        sshd.remove(path)
                    else:
                        os.unlink(path)

    def records(self, host):
        with open(getattr(self, host).path("srv/log")) as f:
            return f.read()
