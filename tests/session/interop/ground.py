"""The accounts and daemons of the matrix, and what a cell works on.

In the daemons' mount namespace our server lies over /usr/bin/scp, as on an
appliance, and every read-write account has a directory on a device so small
that a copy fills it.
"""

import os
import threading

import cell
import cells
import clients
import others
import sshd
import world

ROOM = "256k"
POLICIES = {p.name: p for p in cells.POLICIES
            if p.name in ("read-write", "read-only", "write-only")}


def confined(name):
    return next(way for way in cells.WAYS if way.name == name)


def remote_scp(daemon):
    return cells.Way(daemon + "/remote_scp", daemon[:5] + "r", "/bin/sh",
                     "unconfined", daemon)


# The table's heading -> how an account gets to us.  TinySSH knows no forced
# commands.
WAYS = {
    "openssh/remote_scp": remote_scp("openssh"),
    "openssh/forced_command": confined("openssh/forcecommand"),
    "openssh/login_shell": confined("openssh/login_shell"),
    "dropbear/remote_scp": remote_scp("dropbear"),
    "dropbear/forced_command": confined("dropbear/authorized_keys"),
    "dropbear/login_shell": confined("dropbear/login_shell"),
    "tinyssh/remote_scp": remote_scp("tinyssh"),
    "tinyssh/login_shell": confined("tinyssh/login_shell"),
}
CLIENTS = clients.COPIERS + others.COPIERS

# An account whose files go elsewhere than the matrix looks for them.
ASTRAY = "astray"


def account_name(way, policy):
    return cells.account_name(way, POLICIES[policy])


def is_open(way):
    return way.policy == "unconfined"


class Ground(world.World):
    def __init__(self, server):
        super().__init__(server)
        self.small = []         # (account, directory on a small device)
        self.filling = threading.Lock()
        match, lines = self._accounts()
        self.policy("\n".join(lines) + "\n")
        self.openssh("\n".join(match))

    def _accounts(self):
        """Makes them; lines of sshd_config and of our file."""
        match, lines = cells.add_accounts(self, WAYS.values(),
                                          POLICIES.values())
        for way in WAYS.values():
            name = account_name(way, "read-write")
            self.with_little_room(self.people[name], name)
        return match + self._add_astray(), lines

    def with_little_room(self, person, name):
        self.srv(person, name, "full")
        self.small.append((person, "/srv/%s/full" % name))

    def lies_over(self):
        """Programs of the machine that ours lies over."""
        return ["/usr/bin/scp"]

    def dropbear(self, *more):
        """With an RSA host key besides, as installations have: with ed25519
        alone, 2022.83 fails an assertion in rsa.c when packer connects."""
        key = self.path("hostkey-rsa")
        with self.lock:
            if not os.path.exists(key):
                sshd.run("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m",
                         "PEM", "-N", "", "-f", key)
                sshd.run("dropbearconvert", "openssh", "dropbear", key,
                         key + ".dropbear")
            return super().dropbear("-r", key + ".dropbear", *more)

    def _add_astray(self):
        person = self.add(ASTRAY, "/bin/sh")
        self.srv(person, ASTRAY)
        self.srv(person, ASTRAY + "-elsewhere")
        return ["Match User " + ASTRAY, "\tForceCommand %s /srv/%s-elsewhere"
                % (world.PROGRAM, ASTRAY)]

    def inside(self, words):
        script = ["mount --bind %s %s || exit 1" % (world.PROGRAM, path)
                  for path in self.lies_over()]
        script += ["mount -t tmpfs -o size=%s,uid=%d,mode=755 small %s "
                   "|| exit 1" % (ROOM, person.uid, where)
                   for person, where in self.small]
        script.append('exec "$@"')
        return super().inside(["/bin/sh", "-c", "\n".join(script), "sh"]
                              + list(words))


class Place:
    """What a client and a cell ask of a site: here, one directory of one
    account."""

    def __init__(self, ground, person, home):
        self.account = person
        self.fingerprint = ground.fingerprint
        self.path = ground.path
        self.home = home


class Cell(cell.Cell):
    """A cell of the matrix.  `there` is the directory as the test sees it;
    the client is told where the account sees it."""

    def __init__(self, ground, table, make_client, case, policy="read-write",
                 name=None):
        way = WAYS[table]
        name = name or account_name(way, policy)
        person = ground.people[name]
        own = "%s-%s" % (make_client.name, case)
        self.ground, self.lane = ground, cells.LANES[way.daemon]
        self.root = ground.path("srv", name)
        self.top = "/srv/" + name if is_open(way) else ""
        home = os.path.join(self.root, own)
        place = Place(ground, person, home)
        super().__init__(place, cells.daemon_of(ground, way.daemon),
                         make_client(place))
        self.here = ground.path("here-%s-%s-%s" % (table.replace("/", "-"),
                                                   name, own))

    def open(self):
        os.mkdir(self.site.home)
        super().open()
        self.site.account.own(self.site.home)

    def close(self):
        super().close()
        sshd.remove(self.site.home)

    def seen(self, path):
        """As the account names it."""
        if not path.startswith(self.root):
            return path
        return self.top + path[len(self.root):]

    def full(self, *parts):
        """In the directory on the small device."""
        return os.path.join(self.root, "full", *parts)

    def stored_in_full(self):
        """Only the daemon has the device in its namespace."""
        return os.listdir("/proc/%d/root/srv/%s/full" % (
            self.daemon.process.pid, self.site.account.name))

    def try_put(self, sources, target, **options):
        with self.lane:
            return super().try_put(sources, self.seen(target), **options)

    def try_get(self, sources, target, **options):
        sources = [self.seen(s) for s in cell.listed(sources)]
        with self.lane:
            return super().try_get(sources, target, **options)
