"""A set-up, built for real, and the verdict on it."""

import copy
import functools
import os
import re
import subprocess

import private
import sshd
import suite
import world
from attacker import Attacker

FIRST_UID, NEIGHBOUR = 62000, 61990
NAME = "alice"
PASSWORD = "let me in"

OURS = world.PROGRAM
SFTP_SERVER = "/usr/lib/openssh/sftp-server"

# What an administrator sets who has read the manual.
SSHD = {
    "AuthorizedKeysFile": "/etc/ssh/keys/%%u",
    "PermitUserRC": "no",
    "DisableForwarding": "yes",
    "X11Forwarding": "no",
    "AllowAgentForwarding": "no",
    "PasswordAuthentication": "no",
    "KbdInteractiveAuthentication": "no",
    "UsePAM": "no",
    "Subsystem": "sftp " + SFTP_SERVER,
}

# What stands in every one.
DAEMON = """\
Port %(port)d
ListenAddress %(address)s
HostKey /etc/ssh/hostkey
PidFile none
PrintMotd no
PrintLastLog no
MaxStartups 100
"""

SOURCE = r"""
#include <fcntl.h>
__attribute__((constructor)) static void
prove(void)
{
	(void)open("/srv/proof/preload", O_CREAT | O_WRONLY, 0600);
}
"""


class Setup:
    """One set-up: what it is made of, and what is expected."""

    def __init__(self, name, verdict, shell=OURS, policy="", keys=("",),
                 password="*", prepare=None, root="/srv/drop",
                 reads=True, writes=True, alarm=False, doors=(), aims=(),
                 start="", first="", last="", advised=False, **settings):
        self.name, self.verdict, self.shell = name, verdict, shell
        self.policy, self.keys, self.password = policy, keys, password
        self.prepare, self.alarm = prepare, alarm
        # what the administrator means: "" for a root is everything
        self.root, self.reads, self.writes = root, reads, writes
        self.start = start      # from there to where the copies are
        self.doors = doors      # ways in besides the first key
        self.aims = aims        # what else an upload may be aimed at
        self.settings = dict(SSHD, **settings)
        self.first, self.last = first, last
        # broken, and safe with the ForceCommand that is advised
        self.advised = advised

    def case(self):
        return "%s/%s" % (self.verdict, self.name)

    def as_advised(self, said):
        advice = re.search(r"^    fix: sshd_config: .* / ForceCommand (.*)$",
                           said, re.M)
        suite.check(advice is not None, "nothing to follow: " + said)
        other = copy.copy(self)
        other.advised, other.verdict = False, "safe"
        other.settings = dict(self.settings, ForceCommand=advice[1])
        return other

    def config(self):
        return DAEMON + self.first + "".join(
            "%s %s\n" % pair for pair in self.settings.items()
            if pair[1] is not None) + self.last


class Site(world.World):
    """A World with one account, and the files that set-ups differ in."""

    def __init__(self, setup, number):
        super().__init__(suite.SERVER)
        self.setup = setup
        for key in ("other", "authority"):
            sshd.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key,
                     "-f", self.path(key))
        self.person = self.add(NAME, setup.shell, FIRST_UID + number)
        self._open_places()
        self._put_files(setup)
        if setup.prepare:
            setup.prepare(self)

    def _client_keys(self):
        """The clients here are OpenSSH's."""

    def _open_places(self):
        """A place for proof, a secret, and what Root has in it."""
        for name, mode in (("proof", 0o777), ("secret", 0o755)):
            os.makedirs(self.path("srv", name))
            os.chmod(self.path("srv", name), mode)
        sshd.write(self.path("srv/secret/flag"), "THE-SECRET\n")
        self.srv(self.person, "drop")
        self.give("/srv/drop/inside", "INSIDE\n")

    def _put_files(self, setup):
        sshd.write(self.path("etc/ssh/keys", NAME), "".join(
            ("%s %s" % (options, self.public)).lstrip()
            for options in setup.keys))
        os.unlink(self.path(self.person.home, ".ssh/authorized_keys"))
        if setup.policy:
            self.policy(setup.policy + "\n")
        self.replace("etc/passwd", NAME + ":*:", NAME + ":%s:" % (
            hashed() if setup.password == PASSWORD else setup.password))

    def replace(self, name, old, new):
        with open(self.path(name)) as f:
            text = f.read()
        sshd.write(self.path(name), text.replace(old, new))

    def give(self, path, text="", mode=0o644):
        """A file of the account."""
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        sshd.write(self.path(path), text, mode)
        os.chown(self.path(path), self.person.uid, self.person.gid)

    def public_key(self, name):
        with open(self.path(name + ".pub")) as f:
            return f.read()

    def install(self, path):
        """A copy of the server that is root's."""
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(suite.SERVER, "rb") as f, \
                open(self.path(path), "wb") as to:
            to.write(f.read())
        os.chmod(self.path(path), 0o755)

    def check(self):
        done = subprocess.run(
            self.inside([OURS + "-check", "--user", NAME]),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="latin-1", timeout=120)
        return done.returncode, done.stdout


@functools.lru_cache(maxsize=None)
def hashed():
    return sshd.run("openssl", "passwd", "-6", PASSWORD).strip()


@functools.lru_cache(maxsize=None)
def preload():
    """A shared object that proves that it was loaded."""
    here = os.path.join(suite.scratch(), "preload")
    sshd.write(here + ".c", SOURCE)
    sshd.run("cc", "-shared", "-fPIC", "-o", here + ".so", here + ".c")
    return here + ".so"


def prepare():
    world.need_world()
    suite.need_tool("cc", "openssl", "setpriv", "sftp")
    if not os.environ.get(private.ENTERED):
        suite.skip("needs a private system")
    sshd.end_on_signals()
    private.keep_a_log()
    preload()
    hashed()


def verdict_of(status, text):
    """What the check says, in the words of the table."""
    counts = re.search(r"^result: (\d+) unsafe, (\d+) broken$", text, re.M)
    if counts is None:
        suite.check_equal(status, 78, text)
        return "broken"
    suite.check_equal(status, 1 if counts[1] + counts[2] != "00" else 0, text)
    return "unsafe" if counts[1] != "0" else \
        "broken" if counts[2] != "0" else "safe"


def judge(setup, number):
    """Builds a set-up, and compares what is said with what becomes of it."""
    site = Site(setup, number)
    try:
        daemon = site.openssh(whole=setup.config())
        said = site.check()
        with Attacker(site, daemon, setup) as attacker:
            worked = attacker.copies()
            around = attacker.gets_around()
        log = daemon.tail(40)
    finally:
        site.close()
    verdict = verdict_of(*said)
    what = "said %s; copies: %s; got around: %s\n%s\n%s" % (
        verdict, worked, around, said[1], log)
    suite.check_equal(verdict, setup.verdict, what)
    if verdict == "safe":
        suite.check(not around, "called safe, and is not: " + what)
        suite.check(worked, "said to work: " + what)
    elif verdict == "unsafe":
        suite.check_equal(not around, setup.alarm, "false alarm: " + what)
    else:
        suite.check(not around, "unsafe, not broken: " + what)
        suite.check_equal(bool(worked), setup.alarm, "it works: " + what)
    if setup.advised:
        judge(setup.as_advised(said[1]), number)
