"""How sessions are started here, what they do, and what became of them."""

import collections
import itertools
import json
import signal
import time

import arena as field
import deny
import peer
import suite

TIMEOUT = 60                        # seconds for a session: none may hang
HUNG_MAX = 3                        # enough to know
MORE_SECONDS = 60                   # for an outcome that is rare here
MTIME = 1234567890
ROUNDS = 4                          # how often an upload goes through a name,
                                    # at most: all of many hardly ever succeed
OPERANDS = 16                       # and a download
NAMES = 8                           # of new files, over and over

# What all sessions of this run came to, for the figures of the proof.
total = collections.Counter()


# The command up to -t or -f.
def session(arena, root):
    return arena.server + ["-o", "AuditLog=" + arena.audit,
                           "-o", "Root=" + root]


def open_session(arena):
    return session(arena, "none")


def confined(symlinks):
    def command(arena):
        return session(arena, arena.root) + ["-o", "Symlinks=" + symlinks]
    return command


def making(command):
    """And the directories above a target are made."""
    return lambda arena: command(arena) + ["-o", "MakeParents=yes"]


def walking(command):
    """The same without openat2: one component after the other."""
    def without(arena):
        deny.build()
        return deny.command(command(arena))
    return without


def tree_records(run):
    """A tree that goes through the name that moves, again and again."""
    stamp = peer.times(MTIME, MTIME)
    return [stamp, peer.directory(0o700, "a"),
            stamp, peer.file(0o600, "new%d" % (run % NAMES), field.SHORT),
            stamp, peer.file(0o600, "secret", field.SENT),
            peer.END] * (1 + run % ROUNDS)


def file_records(name):
    return [peer.times(MTIME, MTIME), peer.file(0o600, name, field.SENT)]


# Ways of an upload: (arguments, records of the run).
INTO_TREE = (["-r", "-p", "-t", "."], tree_records)
THROUGH_PATH = (["-p", "-t", "a/secret"], lambda run: file_records("x"))
# MakeParents: what moves is above what is made, or stands in its place
BELOW_PATH = (["-p", "-t", "a/made/deep/new"], lambda run: file_records("x"))
AS_PATH = (["-p", "-d", "-t", "a/made"], lambda run: file_records("new"))
ONTO_TARGET = (["-p", "-t", "a"], lambda run: file_records("x"))
INTO_TARGET = (["-r", "-p", "-t", "a"],
               lambda run: file_records("secret") * (1 + run % ROUNDS))
BY_NAME = (["-p", "-d", "-t", "."], lambda run: file_records("a"))

# Ways of a download: the arguments.  One operand, since of many hardly ever
# all succeed, and many, since the session goes on after a refusal.
OF_TREE = ["-r", "-p", "-f", "a"]
OF_TREES = ["-r", "-p", "-f"] + ["a"] * OPERANDS
OF_PATHS = ["-p", "-f"] + ["a/secret"] * OPERANDS
OF_NAME = ["-p", "-f", "a"]
OF_NAMES = ["-p", "-f"] + ["a"] * OPERANDS
OF_LINK_UP = ["-f", "a/up"]
OF_LINKS_UP = ["-f"] + ["a/up"] * OPERANDS
OF_ALL = ["-r", "-p", "-f", "."]


def outcome_of(session):
    if session.hung:
        return "hung"
    if session.status < 0:
        return "ended by " + signal.Signals(-session.status).name
    if session.status == 0 and not session.failure_told():
        return "done"
    return "refused"


def upload(arena, command, way, run):
    """One session; returns its outcome and how many files were stored."""
    arguments, records = way
    session = peer.upload(command(arena) + arguments, records(run),
                          cwd=arena.root, timeout=TIMEOUT)
    stored = sum(answer.verdict == peer.OK for answer in session.answers)
    return outcome_of(session), stored


def download(arena, command, way, _):
    """One session; returns its outcome and how many files came whole."""
    session = peer.download(command(arena) + way, cwd=arena.root,
                            timeout=TIMEOUT, record=True)
    if (field.MARKER in session.bytes or
            field.OUTSIDE_NAME.encode() in session.bytes):
        return "leaked", 0
    whole = [item for item in session.items if item.status == peer.OK]
    for item in whole:
        if item.data not in (field.SHORT, field.SENT, field.STORED):
            return "mixed", 0
    return outcome_of(session), len(whole)


def enough(seen, runs):
    """Both outcomes, so that the exchange was met at both its ends."""
    least = max(1, runs // 100)
    return seen["done"] >= least and seen["refused"] >= least


def run(arena, transfer, command, ways, runs, both, between=None):
    """Counts the outcomes of so many sessions, one way after the other.

    both: it goes on until there are both outcomes.  How rare one of them is
    depends on how the machine shares its time between the two processes.
    """
    seen = collections.Counter()
    more_until = None
    for n in itertools.count():
        if n == runs:
            more_until = time.monotonic() + MORE_SECONDS
        if n >= runs and (not both or enough(seen, runs) or
                          time.monotonic() > more_until):
            break
        outcome, files = transfer(arena, command, ways[n % len(ways)], n)
        seen[outcome] += 1
        total["files"] += files
        total["uploads" if transfer is upload else "downloads"] += files
        total["leaked"] += outcome == "leaked"
        total["mixed"] += outcome == "mixed"
        if seen["hung"] >= HUNG_MAX:
            break
        if between is not None:
            between()
    total["sessions"] += sum(seen.values())
    return seen


def show(seen, moves):
    print("        %s; %d moves" % (", ".join(
        "%d %s" % (n, word) for word, n in sorted(seen.items())), moves))


def check_outcomes(seen, moves, both, runs):
    show(seen, moves)
    total["moves"] += moves
    bad = set(seen) - {"done", "refused"}
    suite.check(not bad, "sessions that were %s" % ", ".join(sorted(bad)))
    suite.check(moves > sum(seen.values()), "only %d moves" % moves)
    suite.check(not both or enough(seen, runs),
                "the race was one-sided: %r" % dict(seen))


def session_records(arena):
    with open(arena.audit) as lines:
        records = [json.loads(line) for line in lines]
    return [r for r in records if r["event"] == "session"]


def check_walker(arena, walker):
    """Every session says that its paths were resolved so."""
    seen = collections.Counter(r["resolve"] for r in session_records(arena))
    suite.check_equal(set(seen), {walker}, "ways of resolving")
