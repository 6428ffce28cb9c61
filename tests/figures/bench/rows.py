"""The rows that the driver measures, without a network."""

import os
import shutil
import statistics
from concurrent.futures import ThreadPoolExecutor

import rig
from rig import FILES, RUNS, SESSIONS, SIZE, STARTS, figure, result

ALL = ("ours", "peer", "floor")
SMALL = 1024
COLD = 400                          # files
ACCOUNT = 65534                     # who starts, in drive.c

# work, wire, metric -> ratio to the peer, and to the floor, at most
BIG = (
    ("down", "pipe", {"wall": (0.45, None), "cpu": (0.42, None)}),
    ("down", "socket", {"wall": (1.0, None), "cpu": (0.40, None)}),
    ("up", "pipe", {"wall": (1.0, 1.1), "cpu": (1.0, 1.1)}),
    ("up", "socket", {"wall": (1.0, 1.1), "cpu": (1.0, 1.1)}),
)
GUARDED = {"ups": "logs and renames", "downs": "logs"}
WORDS = {"down": "download", "up": "upload", "pipe": "pipes",
         "socket": "socket", "wall": "wall", "cpu": "CPU"}


def fill(r, size=0, files=0):
    """The file and the tree that are served."""
    place = r.fresh("served")
    r.copy("floor", "pipe", "up", 1, size, place)
    r.copy("floor", "pipe", "ups", files, SMALL, place)
    return place


def big(r):
    """One file of SIZE octets, each way, over each wire."""
    served = fill(r, size=SIZE)
    for work, wire, targets in BIG:
        def once(who):
            place = os.path.join(served, "file") if work == "down" \
                else r.fresh("target")
            return r.copy(who, wire, work, 1, SIZE, place)
        seen = rig.interleaved(ALL, once)
        r.fresh("target")
        for metric, (most, most_floor) in targets.items():
            yield result(
                "big", "%s %.3g GB, %s, %s" % (WORDS[work], SIZE / 1e9,
                                               WORDS[wire], WORDS[metric]),
                "s", *(seen[who][metric] for who in ALL), most, most_floor)


def small(r):
    """FILES files of 1 KiB: processor time a file."""
    served = fill(r, files=FILES)
    for work, most in (("ups", 0.75), ("downs", 0.85)):
        def once(who):
            place = os.path.join(served, "made") if work == "downs" \
                else r.fresh("target")
            return r.copy(who, "pipe", work, FILES, SMALL, place)
        seen = rig.interleaved(ALL + ("guarded",), once)
        what = "%d × 1 KiB %s, CPU a file" % (FILES, work[:-1])
        cpu = {who: seen[who]["cpu"] / FILES * 1e6 for who in seen}
        yield result("small", what, "µs", *(cpu[who] for who in ALL), most)
        yield result("small", what + ": a bare loop under Landlock that "
                     + GUARDED[work], "µs", cpu["guarded"], cpu["peer"],
                     cpu["floor"])


def start(r):
    """From exec to the first status byte: often, for it is soon disturbed."""
    place = r.fresh("target")
    r.let_in(ACCOUNT, place)

    def once(who):
        return dict(zip(("wall", "cpu"), r.drive(who, "pipe", "start",
                                                 STARTS // 5, 0, place)))
    kinds = [("ours", "built by default", 1.0), ("static", "STATIC=1", 0.85)]
    if r.musl:
        kinds.append(("musl", "static with musl", 0.6))
    seen = rig.interleaved([kind[0] for kind in kinds]
                           + ["peer", "bare", "sealed", "linked"], once,
                           5 * RUNS)
    for who, name, most in kinds:
        for metric, what, limit in (
                ("wall", "exec to first status byte, ", most),
                ("cpu", "a session of nothing, CPU, ", None)):
            yield result("start", what + name, "µs", *(
                seen[w][metric] for w in (who, "peer", "bare")), limit)
    for who, how in (("sealed", "static"), ("linked", "shared")):
        yield result("start", "exec to first status byte, a bare %s program "
                     "with our sandbox" % how, "µs",
                     *(seen[w]["wall"] for w in (who, "peer", "bare")))


# work, wire, ratio of processor time to OpenSSH's sftp-server at most
SFTP_BIG = (("down", "pipe", 0.40), ("down", "socket", 0.60),
            ("up", "pipe", 0.85), ("up", "socket", 0.85))
SFTP_BOTH = ("ours", "sftp-server")
ABOVE_FLOOR = 0.15      # small files up: publishing is in both


def sftp_big(r):
    """One file of SIZE octets in pieces of 261120, each way."""
    served = fill(r, size=SIZE)
    for work, wire, most in SFTP_BIG:
        def once(who):
            place = os.path.join(served, "file") if work == "down" \
                else r.fresh("target")
            return r.copy(who, wire, "sftp-" + work, 1, SIZE, place)
        seen = rig.interleaved(SFTP_BOTH, once)
        r.fresh("target")
        for metric, limit in (("wall", None), ("cpu", most)):
            yield result("sftp", "SFTP %s %.3g GB, %s, %s" % (
                WORDS[work], SIZE / 1e9, WORDS[wire], WORDS[metric]), "s",
                *(seen[who][metric] for who in SFTP_BOTH), None, limit)


def sftp_small(r):
    """FILES files of 1 KiB, one request after the other."""
    r.copy("floor", "pipe", "sftp-ups", FILES, SMALL, r.fresh("served"))
    for work in ("ups", "downs"):
        def once(who):
            place = r.fresh("target") if work == "ups" else r.path("served")
            return r.copy(who, "pipe", "sftp-" + work, FILES, SMALL, place)
        seen = rig.interleaved(SFTP_BOTH + ("floor", "guarded"), once)
        cpu = {who: seen[who]["cpu"] / FILES * 1e6 for who in seen}
        peer, floor = cpu["sftp-server"], cpu["floor"]
        most = 0.85 if work == "downs" else floor / peer + ABOVE_FLOOR
        what = "SFTP %d × 1 KiB %s, CPU a file" % (FILES, work[:-1])
        line = result("sftp", what, "µs", cpu["ours"], peer, floor, most)
        if work == "ups":
            line["target"] = "≤ floor ÷ peer + %g" % ABOVE_FLOOR
        yield line
        yield result("sftp", what + ": a bare loop under Landlock that "
                     + GUARDED[work], "µs", cpu["guarded"], peer, floor)
    r.fresh("target")


def sftp_start(r):
    """From exec to VERSION."""
    place = r.fresh("target")
    r.let_in(ACCOUNT, place)

    def once(who):
        return dict(zip(("wall", "cpu"), r.drive(
            who, "pipe", "sftp-start", STARTS // 5, 0, place)))
    kinds = (("ours", "built by default", 1.15),
             ("musl", "static with musl", 0.75))
    kinds = [kind for kind in kinds if kind[0] != "musl" or r.musl]
    seen = rig.interleaved([kind[0] for kind in kinds] + ["sftp-server"],
                           once, 5 * RUNS)
    for who, name, most in kinds:
        yield result("sftp", "exec to VERSION, " + name, "µs",
                     seen[who]["wall"], seen["sftp-server"]["wall"], None,
                     most)


def sftp(r):
    """Beside OpenSSH's sftp-server, in one interleaved run."""
    yield from sftp_start(r)
    yield from sftp_small(r)
    yield from sftp_big(r)


def memory(r):
    """While a session waits, and with many at once."""
    place = r.fresh("target")
    seen = rig.interleaved(
        ("ours", "static", "peer"),
        lambda who: {"rss": r.drive(who, "pipe", "idle", 1, 0, place)[0]})
    for who, name, most in (("ours", "built by default", 0.9),
                            ("static", "STATIC=1", 0.7)):
        yield result("memory", "Rss while the session waits, " + name, "KiB",
                     seen[who]["rss"], seen["peer"]["rss"], None, most)

    def many(who):
        place = r.fresh("target")
        for n in range(SESSIONS):
            os.mkdir(os.path.join(place, str(n)))
        return {"most": r.drive(who, "pipe", "many", SESSIONS, 65536,
                                place)[0]}
    seen = rig.interleaved(("ours", "peer"), many)
    line = result("memory", "%d sessions at once, private memory, at most"
                  % SESSIONS, "KiB", seen["ours"]["most"],
                  seen["peer"]["most"])
    yield dict(line, target="≤ 600 KiB", met=line["ours"] <= 600)


def growth(r):
    """A directory a hundred times as large: does a file cost more?"""
    few, many = (rig.number("FEW", "10K", "1K"),
                 rig.number("MANY", "1M", "100K"))
    spent = {}
    for count, runs in ((few, RUNS), (many, rig.number("LARGE_RUNS", "1",
                                                       "1"))):
        def up(who):
            return r.copy(who, "pipe", "ups", count, 0, r.fresh("target"))

        def down(who):
            return r.copy(who, "pipe", "downs", count, 0,
                          r.path("target", "made"))
        for name, once in (("up", up), ("down", down)):
            seen = rig.interleaved(("ours", "floor"), once, runs)
            for who, metrics in seen.items():
                spent[name, who, count] = metrics["cpu"] / count * 1e6
    r.fresh("target")
    for name in ("up", "down"):
        ours, floor = (spent[name, who, many] / spent[name, who, few]
                       for who in ("ours", "floor"))
        line = result("growth", "%s, empty files: CPU a file of %d ÷ of %d "
                      "(%.1f ÷ %.1f µs)"
                      % (name, many, few, spent[name, "ours", many],
                         spent[name, "ours", few]), "×", ours, None, floor)
        yield dict(line, target="≤ 1.25", met=ours <= 1.25)


def rate(r):
    """RateLimit against the clock: all four at once, they mostly sleep."""
    served = r.fresh("served")
    seconds = rig.number("RATE_SECONDS", "10", "4")
    kinds = [(work, speed) for speed in (10 ** 6, 10 ** 8)
             for work in ("up", "down")]

    def measured(kind):
        work, speed = kind
        place = os.path.join(served, "%s%d" % kind)
        os.mkdir(place)
        limit = ["RateLimit=%d" % speed]
        if work == "down":
            r.copy("floor", "pipe", "up", 1, speed * seconds, place)
            place = os.path.join(place, "file")
        walls = [r.copy("ours", "pipe", work, 1, speed * seconds, place,
                        limit)["wall"] for _ in range(RUNS)]
        return speed * seconds / statistics.median(walls)
    with ThreadPoolExecutor(4) as pool:
        for kind, seen in zip(kinds, pool.map(measured, kinds)):
            off = seen / kind[1] - 1
            yield figure("rate", "RateLimit %d MB/s, %s (%+.2f %%)" % (
                kind[1] // 10 ** 6, WORDS[kind[0]], off * 100), "MB/s",
                seen / 1e6, "within 3 %", abs(off) <= 0.03)
    r.fresh("served")


def digest(r):
    """What AuditDigest sha256 costs a download and an upload."""
    size = SIZE // 4
    served = fill(r, size=size)
    for work in ("down", "up"):
        def once(which):
            place = os.path.join(served, "file") if work == "down" \
                else r.fresh("target")
            return r.copy("ours", "pipe", work, 1, size, place,
                          ["AuditDigest=" + which])
        seen = rig.interleaved(("none", "sha256"), once)
        for metric in ("wall", "cpu"):
            none, sha = (seen[w][metric] / size * 1e9
                         for w in ("none", "sha256"))
            yield figure("digest", "AuditDigest sha256, %s, %s a GB "
                         "(none: %.3f s)" % (WORDS[work], WORDS[metric],
                                             none), "s", sha)
    r.fresh("target")


def let_go(place):
    """The files of a directory leave the page cache."""
    for entry in os.scandir(place):
        fd = os.open(entry.path, os.O_RDONLY)
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def cold(r):
    """A tree on a disk, with a peer that answers late: what is read and
    opened meanwhile costs no time of its own."""
    with r.on_disk() as disk:
        for size in (4096, 262144):
            r.copy("floor", "pipe", "ups", COLD, size, r.fresh("target"))
            place = os.path.join(disk, str(size))
            shutil.copytree(r.path("target", "made"), place)
            for late in (500, 5000):
                def once(who):
                    let_go(place)
                    return r.copy(who, "pipe:%d" % late, "downs", 0, 0, place)
                seen = rig.interleaved(ALL, once)
                yield result(
                    "cold", "%d × %d KiB down from disk, %g ms a round trip, "
                    "wall" % (COLD, size // 1024, late / 1e3), "s",
                    *(seen[who]["wall"] for who in ALL), 1.0)
    r.fresh("target")


GROUPS = {"big": big, "small": small, "start": start, "memory": memory,
          "sftp": sftp, "rate": rate, "digest": digest, "cold": cold}
if rig.LARGE:
    GROUPS["growth"] = growth
