"""What a start costs with many accounts and blocks, beside one with few."""

import os
import re
import statistics
import time

import crowd
import suite

FEW, MANY = (10, 1), (crowd.ACCOUNTS, crowd.BLOCKS)
SEEKS = 8
MOST = 1.20
RUNS = 11               # of each, in turn: randomised addresses move some pages

BEGINS = re.compile(r"getresuid\(")
ANSWERS = re.compile(r"write\(1, ")
OPENED = re.compile(r'openat\(.*"(/[^"]*)".* = (\d+)$')
CALL = re.compile(r"(\w+)\((\d+)?.* = (-?\d+)")
READS = ("read", "pread64", "readv")
# What is asked for an account and its groups, by whatever way.
LOOKED_UP = ("/etc/passwd", "/etc/group")
ASKS = re.compile(r'newfstatat\(AT_FDCWD, "/etc/nsswitch.conf"')
CONFIGURED = "/etc/scp-server.conf"


class Costs:
    """Of one start: calls without those of a lookup, and octets by file."""

    def __init__(self, lines):
        first = next(n for n, s in enumerate(lines) if BEGINS.match(s))
        last = next(n for n, s in enumerate(lines) if ANSWERS.match(s))
        self.calls = self.lookup = self.seeks = 0
        self.octets = {}
        files = {}
        for line in lines[first:last]:
            opened, call = OPENED.match(line), CALL.match(line)
            if opened:
                files[opened[2]] = opened[1]
            of = opened[1] if opened else \
                files.get(call[2]) if call and call[2] else None
            if of in LOOKED_UP or ASKS.match(line):
                self.lookup += 1
                self.seeks += "SEEK_CUR" in line
            else:
                self.calls += 1
            if call and call[1] in READS and of and int(call[3]) > 0:
                self.octets[of] = self.octets.get(of, 0) + int(call[3])
            if call and call[1] == "close":
                files.pop(call[2], None)

    def others(self):
        """Octets of neither the accounts nor the configuration."""
        return sum(size for path, size in self.octets.items()
                   if path not in LOOKED_UP + (CONFIGURED,))


def begin(place, way, before=()):
    session = place.sink(0, before=before) if way == "scp" else \
        place.sftp(0, before=before)
    crowd.answers(session)
    return session


def traced(place, way):
    trace = place.path("trace")
    with open(trace, "w", encoding="ascii"):
        os.chmod(trace, 0o666)
    crowd.ends(begin(place, way, ["strace", "-qq", "-o", trace]))
    with open(trace, encoding="utf-8", errors="replace") as f:
        return Costs(f.read().splitlines())


def faults(place, way):
    """Minor faults up to the first answer."""
    session = begin(place, way)
    with open("/proc/%d/stat" % session.process.pid, encoding="ascii") as f:
        seen = int(f.read().rsplit(")", 1)[1].split()[7])
    crowd.ends(session)
    return seen


def duration(place, way):
    begun = time.monotonic()
    session = begin(place, way)
    seen = time.monotonic() - begun
    crowd.ends(session)
    return seen


def measured(place, way):
    """The same of few and of many, in turn."""
    found = []
    for _ in range(RUNS):
        for size in (FEW, MANY):
            place.resize(*size)
            found.append((faults(place, way), duration(place, way)))
    return [(min(pages for pages, _ in mine),
             statistics.median(seconds for _, seconds in mine))
            for mine in (found[::2], found[1::2])]


def counted(place, way):
    found = []
    for size in (FEW, MANY):
        place.resize(*size)
        found.append(traced(place, way))
        suite.check_equal(found[-1].octets[CONFIGURED],
                          os.path.getsize(CONFIGURED),
                          "octets of the configuration")
    return found


def case(way):
    def run():
        suite.need_root()
        suite.need_tool("strace")
        if os.environ.get("SANITIZED") == "1":
            suite.skip("sanitizers have calls and pages of their own")
        with crowd.crowd() as place:
            few, many = counted(place, way)
            (few_pages, few_time), (pages, seconds) = measured(place, way)
        print("        calls %d and %d, of a lookup %d and %d" % (
            few.calls, many.calls, few.lookup, many.lookup))
        print("        octets read %s and %s" % (few.octets, many.octets))
        print("        pages %d and %d" % (few_pages, pages))
        print("        time, with the lookup, %.1f times as much: %.1f ms" % (
            seconds / few_time, 1000 * seconds))
        suite.check(many.calls <= MOST * few.calls, "calls grow")
        suite.check_equal(many.others(), few.others(),
                          "octets of other files")
        suite.check(pages <= MOST * few_pages, "pages grow")
        suite.check(many.seeks <= SEEKS, "%d calls only ask where a file is" %
                    many.seeks)
    return run


def add_cases():
    for way in ("scp", "sftp"):
        suite.add("start_with_many_accounts_and_blocks/" + way, case(way))
