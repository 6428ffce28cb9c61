"""What it takes from exec to the first octet: system calls, and pages that the
kernel has to bring in."""

import os
import re
import shutil
import signal
import statistics

import suite

RUNS = 21               # randomised addresses move a few pages
PATIENCE = 60
ACCOUNT = "65534"       # sshd has become the account when it starts us
INIT = b"\0\0\0\5\1\0\0\0\3"

ENVIRONMENT = {
    "USER": "nobody", "LOGNAME": "nobody", "HOME": "/",
    "PATH": "/usr/local/bin:/usr/bin:/bin", "SHELL": "/bin/sh",
    "SSH_CONNECTION": "127.0.0.1 40000 127.0.0.1 22"}

# The first call of main(), and the first octet for the peer.
BEGINS = re.compile(r"getresuid\(")
ANSWERS = re.compile(r"write\(1, ")


class Place:
    """A directory and a log that everybody may write to."""

    def __init__(self):
        self.top = suite.scratch()
        self.path = os.path.join(self.top, "there")
        self.log = os.path.join(self.top, "log")
        self.trace = os.path.join(self.top, "trace")
        os.mkdir(self.path)
        for path in (self.log, self.trace):
            with open(path, "w"):
                pass
        for path, mode in ((self.top, 0o711), (self.path, 0o777),
                           (self.log, 0o666), (self.trace, 0o666)):
            os.chmod(path, mode)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def words(self, way, options=()):
        words = [suite.SERVER, "-o", "Root=none", "-o",
                 "AuditLog=" + self.log]
        for option in options:
            words += ["-o", option]
        return words + way + ([self.path] if way == ["-t"] else [])


def run(words, request, more=()):
    """Its resource usage when it has answered and its input has ended."""
    to_it, from_us = os.pipe()
    to_us, from_it = os.pipe()
    pid = os.posix_spawnp(
        words[0], words, dict(ENVIRONMENT, **dict(more)),
        file_actions=[(os.POSIX_SPAWN_DUP2, to_it, 0),
                      (os.POSIX_SPAWN_DUP2, from_it, 1)])
    os.close(to_it)
    os.close(from_it)
    signal.alarm(PATIENCE)
    os.write(from_us, request)
    suite.check(os.read(to_us, 1) != b"", "%s: no answer" % words)
    os.close(from_us)
    os.close(to_us)
    _, status, used = os.wait4(pid, 0)
    signal.alarm(0)
    suite.check_equal(status, 0, "end of %s" % words)
    return used


# name, words, request, environment
SCP = (["-t"], b"", {})
SFTP = ([], INIT, {"SSH_ORIGINAL_COMMAND": "sftp"})


def calls_case(way, most):
    def counted():
        suite.need_root()
        suite.need_tool("strace", "setpriv")
        words, request, more = way
        with Place() as place:
            run(["setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT,
                 "--clear-groups", "strace", "-qq", "-o", place.trace]
                + place.words(words), request, more)
            with open(place.trace) as f:
                lines = f.read().splitlines()
        first = next(n for n, s in enumerate(lines) if BEGINS.match(s))
        last = next(n for n, s in enumerate(lines) if ANSWERS.match(s))
        print("        %d calls from main() to the first octet (at most %d)"
              % (last - first, most))
        suite.check(0 < last - first <= most, " ".join(
            line.split("(")[0] for line in lines[first:last]))
    return counted


def faults(words, request, more):
    """In the middle: the least of them is a matter of luck."""
    return statistics.median(run(words, request, more).ru_minflt
                             for _ in range(RUNS))


def faults_case(way, most):
    """How many more than the least program there is: the loader's and the C
    library's own are not ours."""
    def counted():
        words, request, more = way
        with Place() as place:
            ours = faults(place.words(words), request, more)
            least = faults(["head", "-c", "1"], b"x", {})
        print("        %d pages, %d of them more than head(1) (at most %d)"
              % (ours, ours - least, most))
        suite.check(ours - least <= most, "%d pages, %d" % (ours, least))
    return counted


# way, system calls at most, pages at most
COUNTS = (("scp", SCP, 95, 54), ("sftp", SFTP, 95, 56))


def add_cases():
    for name, way, calls, pages in COUNTS:
        suite.add("start_calls_" + name, calls_case(way, calls))
        suite.add("start_pages_" + name, faults_case(way, pages))
