"""Uploads to file systems that become full, and into a full quota.

A session is run with so much room left that it ends at another place each
time: while the size is reserved, in the middle of the body, at a directory,
at the link that gives the name.
"""

import collections
import errno
import os

import bench
import judge
import peer
import scenes
import sftp_scenes
import suite

WORDS = (b"No space left on device", b"Disk quota exceeded")
FULL = {-errno.ENOSPC, -errno.EDQUOT}
PAGE = os.sysconf("SC_PAGESIZE")
LONG = "n" * 240
MANY = tuple(record for n in range(12) for record in (
    peer.directory(0o755, "d%d" % n + LONG),
    peer.file(0o600, "f", scenes.TINY), peer.END))
MANY_NEW = {"d%d%s/f" % (n, LONG): scenes.TINY for n in range(12)}


def upload(name, arguments, records, new, **rest):
    return scenes.Upload(name, arguments, records=records, new=new,
                         audit=False, **rest)


def one(name, data, **rest):
    return upload(name, ["-t", "x"], scenes.one_file(data), {"x": data},
                  **rest)


def crowded(entries, data, **rest):
    """One more name, where the directory may need another block for it."""
    name = "x" + LONG
    old = {"%03d%s" % (n, LONG): b"" for n in range(entries)}
    return upload("crowded-%d" % entries, ["-t", "."],
                  (peer.file(0o600, name, data),), {name: data},
                  old={**old, **rest.pop("old", {})}, **rest)


def over_sftp(name, data, letters, begin=0, size=None, **rest):
    return sftp_scenes.upload(
        "full-" + name,
        [("put", "x", sftp_scenes.pieces(data, begin), letters, size)],
        new={"x": data}, audit=False, **rest)


OLD = {"x": scenes.OLD}
VERSIONS = {"old": {"x": scenes.OLD, "x.~1~": scenes.TINY},
            "kept": {"x.~2~": scenes.OLD, "x.~3~": scenes.OLD},
            "options": ["Overwrite=versions"]}
# The scenes, and the bytes that they need.
SIZED = (
    (one("new", scenes.MIDDLE), len(scenes.MIDDLE)),
    (one("replace", scenes.BIG, old=OLD), len(scenes.BIG)),
    (one("deny", scenes.MIDDLE, options=["Overwrite=deny"]),
     len(scenes.MIDDLE)),
    (one("versions", scenes.SMALL, **VERSIONS), len(scenes.SMALL)),
    (one("named", scenes.BIG, old=OLD, named=True), len(scenes.BIG)),
    (one("inplace", scenes.MIDDLE, old={"x": scenes.TINY}, inplace=True,
         open=True, options=["Overwrite=inplace"]), len(scenes.MIDDLE)),
    (upload("tree", ["-r", "-p", "-t", "."], scenes.TREE, scenes.TREE_NEW,
            old={"d/one": scenes.OLD}), len(scenes.SMALL)),
    (over_sftp("new", scenes.MIDDLE, "wct"), len(scenes.MIDDLE)),
    (over_sftp("scp", scenes.BIG, "wc", size=len(scenes.BIG), old=OLD),
     len(scenes.BIG)),
    (over_sftp("named", scenes.BIG, "wct", old=OLD, named=True),
     len(scenes.BIG)),
    # what was there is copied first
    (over_sftp("resume", scenes.MIDDLE, "w", 100000,
               old={"x": scenes.MIDDLE[:100000]}), len(scenes.MIDDLE)),
    (upload("directories", ["-r", "-t", "."], MANY, MANY_NEW), 24576),
)
# The scenes that take names, run with few inodes left.
NAMED = ("new", "replace", "versions", "named", "directories")

# How closely: room in grains of the file system, from nothing and about what
# is needed; parts of that in between; entries of the crowded directory, and
# inodes that are left.
Effort = collections.namedtuple("Effort", "least parts about entries inodes")
CHECK = Effort((0, 2, 12), 3, (-4, 2, 256), (1, 2, 3, 14), (0, 1, 4))
# The stages that the few sessions of CHECK meet for certain.
CERTAIN = {"write", "fallocate", "fstatfs", "openat"}
PROOF = Effort((0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48), 40,
               (-8, -4, -1, 0, 1, 2, 4, 8, 64, 1024), range(60), range(16))
Seen = collections.namedtuple("Seen", "what stage wrong")


def rooms(need, grain, effort):
    """From none at all to more than enough, closely at both ends."""
    least = [n * grain for n in effort.least]
    between = [need * n // effort.parts for n in range(1, effort.parts)]
    about = [need + n * grain for n in effort.about]
    return sorted({n for n in least + between + about if n >= 0})


def stage(calls, lacks):
    """The first call for which there was no room, if any.

    lacks: the body is larger than what is left, so that it is right to refuse
    it when that was asked for.
    """
    for call in calls:
        if call.result in FULL:
            return call.name
    asked = any(call.name == "fstatfs" for call in calls)
    return "fstatfs" if asked and lacks else None


def judge_full(scene, ground, session, found_full, place):
    """Stored, or told why not; never in between, and nothing is left."""
    wrong = judge.judge(scene, place.under, session,
                        named=bench.takes_name(scene, ground))
    if session.succeeded():
        return wrong + judge.judge_success(scene, place.under, session)
    told = b"".join([r for r in session.replies() if r] + [session.extra])
    if not any(words in told for words in WORDS):
        wrong.append("not told what is wrong: %r" % told)
    if found_full is None:
        wrong.append("failed although there was room")
    return wrong


def run_full(scene, ground, limit, room, need=0):
    """One session with the room that limit() leaves."""
    place = ground.place("full.%d" % next(bench.COUNT), scene.prepare)
    try:
        limit(room)
        session, calls = bench.play(scene, place, None)
        # only a tmpfs is asked, and there a part of a page takes it whole
        lacks = room // PAGE < -(-need // PAGE)
        found_full = stage(calls, session.status != 0 and lacks)
        wrong = judge_full(scene, ground, session, found_full, place)
    finally:
        ground.empty()
        ground.clear(place)
    return Seen("%s with %d left" % (scene.name, room), found_full,
                sorted(set(wrong)))


def crowds(grain, effort):
    """(scene, room): no block left, or just enough for the inode."""
    return [(crowded(entries, b"", old=old), room)
            for entries in effort.entries
            for old in ({}, {"x" + LONG: scenes.SMALL})
            for room in (0, grain, 4 * grain)]


def sessions(ground, effort):
    """Everything that is run on one file system."""
    for scene, need in SIZED:
        for room in rooms(need, ground.grain, effort):
            yield run_full(scene, ground, ground.leave, room, need)
    for scene, room in crowds(ground.grain, effort):
        yield run_full(scene, ground, ground.leave, room)
    if ground.inodes:
        for scene in (s for s, _ in SIZED if s.name in NAMED):
            for room in effort.inodes:
                yield run_full(scene, ground, ground.leave_inodes, room)


def stock_partial_files(ground_name):
    """The control: how many of how many sessions leave some of a file."""
    bench.BENCH.mount(ground_name)
    ground = bench.BENCH.grounds[ground_name]
    seen = [run_full(scene, ground, ground.leave, room)
            for scene, need in SIZED if scene.name in ("new", "replace")
            for room in rooms(need, ground.grain, CHECK)]
    return sum("PARTIAL" in " ".join(s.wrong) for s in seen), len(seen)


def run(ground_name, stages, effort):
    """All sessions; every one of the stages must have been met."""
    bench.BENCH.mount(ground_name)
    ground = bench.BENCH.grounds[ground_name]
    met, broken, n = collections.Counter(), [], 0
    for seen in sessions(ground, effort):
        n += 1
        met[seen.stage] += 1
        if seen.wrong:
            broken.append("%s: %s" % (seen.what, "; ".join(seen.wrong)))
    full = n - met.pop(None, 0)
    print("        %d sessions, %d found it full: %s" % (n, full, ", ".join(
        "%s %d" % pair for pair in met.most_common())), flush=True)
    for what, how_many in (("sessions", n), ("full", full),
                           ("full broken", len(broken))):
        bench.BENCH.tally[what, ground_name] += how_many
    for line in broken[:20]:
        print("        " + line)
    if effort is CHECK:
        stages = stages & CERTAIN
    suite.check(not broken, "%d of %d sessions broken" % (len(broken), n))
    suite.check(stages <= set(met), "never full at %s" % ", ".join(
        sorted(stages - set(met))))
