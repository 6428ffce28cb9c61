"""Runs points: one session each, in a place of its own, on all processors."""

import collections
import itertools
import multiprocessing
import os
import random
import shutil
import signal
import time

import filesystems
import inject
import judge
import points
import private
import scenes
import suite

HUNG_MAX = int(os.environ.get("FAULT_HUNG_MAX", "20"))  # of one case
JOBS = int(os.environ.get("FAULT_JOBS", os.cpu_count()))
# How many calls a long body takes depends on the pipe and the peer: of so many
# untouched runs the shortest shows the points, and one that was not reached is
# tried so often.
REFERENCES, TRIES = 3, 4
MISSED_MAX = 0.05       # share of points that may not be reached

# cut: a transfer that was really shorter for it.
# moved: files that somebody had whole afterwards, which the log must have.
Outcome = collections.namedtuple("Outcome", "point wrong reached cut moved")
COUNT = itertools.count()


class Bench:
    """Where the runs take place; one for the whole suite."""

    def __init__(self):
        where = os.environ.get("FAULT_WHERE", "/dev/shm")
        alone = private.is_entered() and "FAULT_WHERE" not in os.environ
        if alone:                       # others see an empty directory only
            where = inject.BUILD
            os.makedirs(where, exist_ok=True)
        self.base = suite.scratch(where if os.path.isdir(where) else None)
        if alone:
            filesystems.mount("tmpfs", "tmpfs", self.base, "mode=755,size=4g")
        self.grounds = filesystems.usual(self.base)
        self.grounds.update(filesystems.small(self.base))
        self.grounds["plain"] = filesystems.Directory("plain", self.base)
        self.server = None
        self.named = {}         # ground -> whether it has no O_TMPFILE
        self.tally = collections.Counter()      # the controls don't count

    def use(self, program):
        """Names program as scp and as scp-server, as it is installed."""
        if os.environ.get("SANITIZED") == "1":
            suite.skip("sanitizers and ptrace don't go together")
        inject.build()
        suite.check(os.access(program, os.X_OK), "there is no " + program)
        bin_ = os.path.join(self.base, os.path.basename(program) + ".bin")
        if not os.path.isdir(bin_):
            os.mkdir(bin_)
            for name in ("scp", "sftp-server"):
                os.symlink(program, os.path.join(bin_, name))
        self.server = {"scp": os.path.join(bin_, "scp"),
                       "sftp-server": os.path.join(bin_, "sftp-server"),
                       "scp-server": program}

    def mount(self, name):
        ground = self.grounds[name]
        ground.up()
        if name not in self.named:
            self.named[name] = not ground.has_unnamed_files()

    def close(self):
        for ground in self.grounds.values():
            ground.down()
        if os.path.ismount(self.base):
            filesystems.unmount(self.base)
        shutil.rmtree(self.base, ignore_errors=True)


BENCH = None


def open_bench():
    global BENCH
    BENCH = Bench()
    return BENCH


def takes_name(scene, ground):
    """Whether uploads of this scene have a named temporary there."""
    return scene.named or BENCH.named[ground.name]


def play(scene, place, fault):
    """One session in a place; returns it and its calls."""
    calls = os.path.join(BENCH.base, "%d.calls" % os.getpid())
    argv = inject.command(calls, fault, scene.command(
        BENCH.server, place.seen), scene.named)
    session = scene.play(argv, place.seen)
    made = inject.read_calls(calls)
    os.unlink(calls)
    return session, made


def run_scene(scene, ground, fault):
    """One session; returns it, its calls, and the place to look at."""
    place = ground.place("%d.%d" % (os.getpid(), next(COUNT)), scene.prepare)
    return *play(scene, place, fault), place


def must_be_harmless(point):
    """Under the filter: short transfers, and an interrupted read."""
    if not point.locked:
        return False
    return point.what in points.SHORTENED or (
        point.what == "error" and point.call == "read" and
        point.value == "EINTR")


def descriptor_of(calls):
    """Which file a changed read was from: 0 is the peer."""
    for call in calls:
        if call.changed and call.name == "read":
            return " (descriptor %d)" % call.arguments[0]
    return ""


def judge_more(point, scene, place, session, calls):
    """What depends on the call that was changed."""
    wrong = []
    if must_be_harmless(point):
        wrong += judge.judge_success(scene, place, session)
    if point.what == "kill" or point.what in points.SHORTENED:
        return wrong
    if (session.status != 0 and point.locked and
            point.call not in ("write", "writev") and
            judge.could_be_told(scene, session) and
            not session.failure_told()):
        wrong.append("exit %s without a word%s" % (
            session.status, descriptor_of(calls)))
    if (scene.confined and point.call in points.SANDBOX and
            session.succeeded()):
        wrong.append("served although %s failed" % point.call)
    if (point.call in ("fsync", "fdatasync") and session.succeeded() and
            point.value != "EINTR"):
        wrong.append("acknowledged although %s failed" % point.call)
    return wrong


def tolerated(point, wrong):
    """Drops what no program could do better.

    The loader's and the C library's own start is not ours: there a signal
    is as good an end as any.  A temporary can't be removed if just that
    fails, nor a directory be locked again.
    """
    if not point.locked:
        wrong = [w for w in wrong
                 if w not in ("ended by SIGSEGV", "ended by SIGABRT")]
    if point.call in ("fchmod", "fstat") and point.what != "stop":
        wrong = [w for w in wrong if not w.startswith("LEFT UNLOCKED")]
    if point.call == "unlinkat" and point.what != "stop":
        wrong = [w for w in wrong if w != "temporary left behind"]
    return wrong


def judge_point(point):
    scene, ground = scenes.BY_NAME[point.scene], BENCH.grounds[point.ground]
    session, calls, place = run_scene(scene, ground, points.fault_of(point))
    logged = scene.logged and point.what in ("kill", "stop")
    moved = 0
    try:
        wrong = judge.judge(scene, place.under, session,
                            point.what == "kill", takes_name(scene, ground))
        wrong += judge_more(point, scene, place.under, session, calls)
        if logged:
            moved = len(judge.moved(scene, place.under, session))
            wrong += judge.judge_records(scene, place.under, session,
                                         judge.records_of(place.under))
    finally:
        ground.clear(place)
    return Outcome(point, sorted(set(tolerated(point, wrong))),
                   any(call.changed for call in calls),
                   any(call.cut for call in calls), moved)


def run_point(point):
    try:
        for _ in range(TRIES):
            outcome = judge_point(point)
            if outcome.reached or outcome.wrong:
                break
        return outcome
    except Exception as e:              # of the harness: never a pass
        return Outcome(point, ["harness: %r" % e], False, False, 0)


def reference(scene, ground):
    return min((untouched(scene, ground) for _ in range(REFERENCES)), key=len)


def untouched(scene, ground):
    """The calls of a run in which nothing is changed, which must succeed."""
    session, calls, place = run_scene(scene, ground, None)
    try:
        wrong = judge.judge_success(scene, place.under, session)
    finally:
        ground.clear(place)
    suite.check(wrong == [], "%s fails untouched on %s: %s %r" % (
        scene.name, ground.name, wrong, session.replies() + session.told))
    return calls


def points_on(ground_name, these, make, *how):
    """The points that make() finds for these scenes on a file system.

    The start of a process is changed in three scenes of the first one.
    """
    BENCH.mount(ground_name)
    found = []
    for scene in these:
        if scene.unnamed and BENCH.named[ground_name]:
            continue
        from_start = (scene.name in ("new", "deny", "get") and
                      ground_name in ("plain", "tmpfs"))
        calls = reference(scene, BENCH.grounds[ground_name])
        found += make(ground_name, scene.name, calls, from_start, *how)
    return found


def end_by_default():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def share(these):
    """All points, or the part of them that FAULT_SHARE asks for."""
    wanted = os.environ.get("FAULT_SHARE", "all")
    if wanted == "all":
        return these
    return sample(these, max(1, int(len(these) * float(wanted))))


def sample(these, size):
    seed = os.environ.get("FAULT_SEED", "1")
    return random.Random(seed).sample(these, min(size, len(these)))


def run_points(these):
    """Runs them on all processors; returns all, broken, how many missed."""
    suite.check(these, "no point to change: is there a filter at all?")
    begun = time.monotonic()
    outcomes, hung = [], 0
    with multiprocessing.Pool(JOBS, end_by_default) as pool:
        for outcome in pool.imap_unordered(run_point, these, 8):
            outcomes.append(outcome)
            hung += "HUNG" in outcome.wrong
            if hung >= HUNG_MAX:
                print("        given up after %d that hung" % hung)
                break
    broken = [o for o in outcomes if o.wrong]
    missed = sum(not o.reached for o in outcomes)
    print("        %d points run, %d broken (%d not reached, %.1f s)" % (
        len(outcomes), len(broken), missed, time.monotonic() - begun),
        flush=True)
    moved = sum(o.moved for o in outcomes)
    if moved:
        print("        %d files were moved whole, %d without a record" % (
            moved, sum("UNRECORDED" in w for o in outcomes for w in o.wrong)),
            flush=True)
    return outcomes, broken, missed


def show(broken):
    most = int(os.environ.get("FAULT_SHOW", "20"))
    for o in sorted(broken, key=repr)[:most]:
        p = o.point
        print("        %s on %s: %s %s at %s #%d%s: %s" % (
            p.scene, p.ground, p.what, p.value, p.call, p.occurrence,
            "" if p.locked else " (before the filter)", "; ".join(o.wrong)))
    if len(broken) > most:
        print("        ... %d more" % (len(broken) - most))


def count(outcomes):
    """Into the tally: what was done where, and what was wrong with it."""
    for o in outcomes:
        if not o.reached:
            continue
        kind = o.point.what if o.point.what in ("kill", "stop") else "fault"
        BENCH.tally[kind, o.point.ground] += 1
        BENCH.tally["cut", o.point.ground] += o.cut
        BENCH.tally["broken", o.point.ground] += bool(o.wrong)


def expect_none_broken(these):
    outcomes, broken, missed = run_points(share(these))
    count(outcomes)
    show(broken)
    suite.check(broken == [], "%d of %d points broken" % (
        len(broken), len(outcomes)))
    suite.check(missed <= MISSED_MAX * len(outcomes) + 2,
                "%d points were not reached: no run is like another" % missed)
