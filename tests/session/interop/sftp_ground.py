"""The accounts and daemons of the SFTP half, and what its cells work on.

In the daemons' mount namespace our server lies over OpenSSH's sftp-server,
and so under the name that Debian's dropbear starts, which is a link to it.
"""

import os
import types

import cell
import cells
import cutting
import ground
import sshd
import world
import sftp_keywords

SUBSYSTEM = "/usr/lib/openssh/sftp-server"
OPEN, CONFINED = "subsystem", "forced_command"

# name of the way -> daemon, shell of the account, where its policy stands:
# "none" for an account with a shell, that only the subsystem makes ours
WAYS = {
    "openssh/subsystem": ("openssh", "/bin/sh", "none"),
    "openssh/forced_command": ("openssh", "/bin/sh", "match"),
    "openssh/login_shell": ("openssh", world.PROGRAM, "file"),
    "dropbear/sftp-server_link": ("dropbear", "/bin/sh", "none"),
    "dropbear/authorized_keys": ("dropbear", "/bin/sh", "key"),
    "dropbear/login_shell": ("dropbear", world.PROGRAM, "file"),
    "tinyssh/subsystem": ("tinyssh", "/bin/sh", "none"),
    "tinyssh/login_shell": ("tinyssh", world.PROGRAM, "file"),
}
# OpenSSH's own server, for the controls.
STOCK = "s-stock"
FULL = ("openssh/subsystem", "openssh/forced_command")


def spelled(way):
    """In a path, and without "open": duplicity takes that, and Failure behind
    it, for a file that could not be opened, where a directory could not be
    made twice."""
    return way.replace("openssh", "ssh").replace("/", "-")


def account_name(way):
    return "s-" + spelled(way).replace("_", "-")[:28]


class Ground(ground.Ground):
    """With keys for clients that have no Ed25519 besides."""

    def _accounts(self):
        match, lines = [], ["AuditLog none"]
        for way, (_, shell, policy) in WAYS.items():
            name = account_name(way)
            command = "%s /srv/%s" % (world.PROGRAM, name)
            person = self.add(
                name, shell, options='restrict,command="%s"' % command
                if policy == "key" else "")
            self.srv(person, name)
            self.with_little_room(person, name)
            if policy == "match":
                match += ["Match User " + name, "\tForceCommand " + command]
            elif policy == "file":
                lines += ["Match User " + name, "Root /srv/" + name]
        for name, keyword in sftp_keywords.KEYWORDS.items():
            account = sftp_keywords.account_name(name)
            self.srv(self.add(account, "/bin/sh"), account)
            match += ["Match User " + account,
                      "\tForceCommand " + world.PROGRAM]
            lines += ["Match User " + account, "Root /srv/" + account,
                      *keyword.lines]
        self.srv(self.add(STOCK, "/bin/sh"), STOCK)
        match += ["Match User " + STOCK,
                  "\tForceCommand internal-sftp -d /srv/" + STOCK]
        self.more_keys()
        return match, lines

    def more_keys(self):
        """ECDSA, in the old format: JSch 0.1.55 knows no other that sshd
        takes."""
        for name in ("key-ecdsa", "hostkey-ecdsa"):
            sshd.run("ssh-keygen", "-q", "-t", "ecdsa", "-b", "256", "-m",
                     "PEM", "-N", "", "-C", "test", "-f", self.path(name))
        with open(self.path("key-ecdsa.pub")) as f:
            public = f.read()
        for name in self.people:
            for path in (self.path("etc/ssh/keys", name), self.path(
                    "home", name, ".ssh/authorized_keys")):
                with open(path) as f:
                    options = f.read().split("ssh-ed25519")[0]
                with open(path, "a") as f:
                    f.write(options + public)

    def openssh(self, more="", whole=None):
        os.link(self.path("hostkey-ecdsa"),
                self.path("etc/ssh/hostkey-ecdsa"))
        return super().openssh("HostKey /etc/ssh/hostkey-ecdsa\n" + more)

    def dropbear(self, *more):
        key = self._key("hostkey-ecdsa.dropbear", "dropbearconvert",
                        "openssh", "dropbear", self.path("hostkey-ecdsa"))
        return super().dropbear("-r", key, *more)

    def lies_over(self):
        return super().lies_over() + [SUBSYSTEM]


class Account:
    """An account, of which one cell has one directory."""

    def __init__(self, person, word):
        self.name, self.uid, self.gid = person.name, person.uid, person.gid
        self.own, self.made, self.word = person.own, True, word

    def idle(self, seconds=60):
        """Waits for the end of all sessions in that directory."""
        return sshd.wait_for(
            lambda: not cutting.holders(self.uid, self.word), seconds)

    def has_got(self, octets):
        """Whether a session there has so much of a file."""
        return cutting.largest(self.uid, self.word) >= octets


class Cell(ground.Cell):
    def __init__(self, where, name, daemon, is_open, make_client, case):
        person = where.people[name]
        own = "%s-%s" % (make_client.name, case)
        self.ground, self.lane = where, cells.LANES[daemon]
        self.root = where.path("srv", name)
        self.top = "/srv/" + name if is_open else ""
        place = types.SimpleNamespace(
            account=Account(person, "/%s/" % own), path=where.path,
            fingerprint=where.fingerprint, top=where.path("client"),
            home=os.path.join(self.root, own))
        cell.Cell.__init__(self, place, self.daemon_of(daemon),
                           make_client(place))
        self.here = where.path("here-%s-%s" % (name, own))

    def daemon_of(self, name):
        if name == "tinyssh":
            cells.daemon_of(self.ground, name)
            return self.ground.tinyssh("-x", "sftp=" + SUBSYSTEM)
        return cells.daemon_of(self.ground, name)

    def do(self, what, *paths, daemon=None, **options):
        """One of a client's other methods; paths of the account as it sees
        them."""
        self.give()
        with self.lane:
            return getattr(self.client, what)(
                daemon or self.daemon,
                *[self.seen(p) if isinstance(p, str) else p for p in paths],
                **options)

    def idle(self):
        return self.site.account.idle()
