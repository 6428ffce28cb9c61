"""What the attacks have in common: the table, a place, and how to be hostile.

An attack is a function that does it to our server and checks what came of it.
It may return what OpenSSH's own scp, or a weaker session, did with the same,
where that can be shown: the control, which is printed and judged by nobody.
"""

import collections
import contextlib
import ctypes
import hashlib
import json
import os
import stat
import subprocess

import inject
import peer
import suite
from trees import read, write

HERE = os.path.dirname(os.path.abspath(__file__))
CALL = os.path.join(inject.BUILD, "call")
STOCK = "/usr/bin/scp"
PATIENCE = 120
SIGSYS = 31
SANITIZED = os.environ.get("SANITIZED") == "1"
SECRET = b"outside: nobody may read or change this\n"
NEW = b"new\n"
FILE = b"C0644 4 f\n" + NEW + b"\0"

Attack = collections.namedtuple("Attack", "name story function")
attacks = []


def attack(name, story):
    """Registers an attack; its function's case is called like it."""
    def register(function):
        attacks.append(Attack(name, story, function))
        return function
    return register


class Place:
    """root/ is what is served, outside/ what nobody may reach."""

    def __init__(self, where=None):
        self.base = suite.scratch(where)
        self.root = self.path("root")
        self.outside = self.path("outside")
        for directory in (self.root, self.outside):
            os.mkdir(directory)
            os.chmod(directory, 0o755)
        self.secret = write(os.path.join(self.outside, "secret"), SECRET)
        self.log = self.path("log")

    def path(self, *parts):
        return os.path.join(self.base, *parts)

    def in_root(self, *parts):
        return os.path.join(self.root, *parts)

    def server(self, *words, confined=True):
        line = [suite.SERVER, "-o", "AuditLog=" + self.log]
        line += ["-o", "Root=" + (self.root if confined else "none")]
        return line + list(words)

    def records(self):
        return [json.loads(line) for line in read(self.log).splitlines()]

    def digest(self):
        """Everything about what is outside of the root."""
        seen = []
        for top, dirs, names in os.walk(self.outside):
            dirs.sort()
            for path in [top] + sorted(os.path.join(top, n) for n in names):
                s = os.lstat(path)
                what = read(path) if stat.S_ISREG(s.st_mode) else b""
                seen.append((path, s.st_mode, s.st_uid, s.st_mtime_ns, what))
        return hashlib.sha256(repr(seen).encode()).hexdigest()


@contextlib.contextmanager
def place(where=None):
    """A Place whose outside has to stay as the caller left it at first."""
    here = Place(where)
    try:
        yield here
    finally:
        # not shutil: some trees are deeper than it can go
        subprocess.run(["chmod", "-R", "u+rwx", here.base], check=False,
                       stderr=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", here.base], check=True)


@contextlib.contextmanager
def untouched(here):
    """What is outside of the root is the same before and after."""
    before = here.digest()
    yield
    suite.check_equal(here.digest(), before, "what is outside")


def landlock_abi():
    """The version of Landlock in this kernel; less than 1 for none."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1)


def talk(argv, data=b"", **more):
    """Says all at once; the exit status, the answers, the stderr."""
    done = subprocess.run(argv, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=PATIENCE, **more)
    return done.returncode, done.stdout, done.stderr


def serve(here, words, data=b"", confined=True, **more):
    return talk(here.server(*words, confined=confined), data, **more)


def request(here, text, data=b"", words=(), **more):
    """The same by a client's command string, under a forced command."""
    env = {"PATH": "/usr/bin:/bin", "SSH_ORIGINAL_COMMAND": text}
    return talk(here.server(*words), data, env=env, **more)


def login(text, data=b"", **more):
    """As sshd starts a login shell, of an account with every file."""
    with suite.policy("Root none\n"):
        return talk([suite.SERVER, "-c", text], data,
                    env={"PATH": "/usr/bin:/bin"}, **more)


def stock(words, data=b"", **more):
    """OpenSSH's scp, or None where there is none."""
    if not os.access(STOCK, os.X_OK):
        return None
    return talk([STOCK] + words, data, **more)


def is_fatal(seen, words=b""):
    """The last answer ends the session, with these words in it."""
    status, answers, _ = seen
    last = answers[answers.rfind(b"\2"):]
    suite.check(status == 2 and last.startswith(b"\2scp: ") and
                last.endswith(b"\n") and words in last, repr(seen))


def is_refused(seen):
    """Nothing was acknowledged but perhaps the beginning."""
    status, answers, _ = seen
    suite.check(status in (1, 2) and answers[:2] not in (b"\0\0",),
                "it was accepted: %r" % (seen,))


def has_only(directory, *names):
    suite.check_equal(sorted(os.listdir(directory)), sorted(names),
                      "names in " + os.path.basename(directory))


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def is_printable(data, what):
    bad = sorted({b for b in data if not 0x20 <= b < 0x7f and b != 0x0a})
    suite.check(not bad, "%s has the bytes %r" % (what, bad))


def taken_over(here, name, arguments, words, **more):
    """What a system call does in a session that somebody else now steers."""
    if SANITIZED:
        suite.skip("a sanitized build has no filter")
    if os.uname().machine != "x86_64":
        suite.skip("call knows only the registers of x86-64")
    suite.need_tool("cc")
    inject.compile_helper(os.path.join(HERE, "call.c"), CALL)
    numbers = [inject.numbers()[name]] + list(arguments)
    return talk([CALL] + [str(n) for n in numbers] + here.server(*words),
                **more)[1].splitlines()[-1].lstrip(b"\0").decode()


def dies_of(here, name, *arguments, words=("-t", "/")):
    """The filter kills the process for this call."""
    arguments = (list(arguments) + [0, 0, 0])[:3]
    suite.check_equal(taken_over(here, name, arguments, words),
                      "signal %d" % SIGSYS, name)


@contextlib.contextmanager
def waiting(here, words, confined=True, **more):
    """A session that was begun and waits for its peer."""
    server = peer.Server(here.server(*words, confined=confined),
                         timeout=PATIENCE, **more)
    try:
        yield server
    finally:
        server.close()


