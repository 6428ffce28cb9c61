"""What takes time, two sessions at once, or a look at the system calls.

A limit in seconds may be overrun tenfold by a loaded machine; a rate is right
within a factor of three.
"""

import os
import re
import subprocess
import time

import trees
import world
from spoken import in_a_place, put
from suite import check, check_equal, need_tool

LIMIT = 1
OVERRUN = 10
TRIES = 10
LARGE = 64 << 20
TIMED_OUT = rb"\x02scp: [^\n]*timed out\n"


def ends_in_time(process, begun, wanted=None):
    """Exit status 2 between the limit and ten times as much."""
    try:
        status = process.wait(OVERRUN * LIMIT + 1)
        lasted = time.monotonic() - begun
        check_equal(status, 2, "status")
        check(LIMIT * 0.9 <= lasted, "it ended after %.1f s" % lasted)
        if wanted is not None:
            out = process.stdout.read()
            check(re.fullmatch(wanted, out), "answer: %r" % out)
    except subprocess.TimeoutExpired:
        raise AssertionError("it did not end") from None
    finally:
        process.kill()
        process.communicate()


def stalled(place, options, request, sent, wanted):
    """The peer sends this, keeps the connection, and says no more."""
    begun = time.monotonic()
    process = place.start(options, request)
    process.stdin.write(sent)
    process.stdin.flush()
    ends_in_time(process, begun, wanted)
    place.holds({"old": b"old\n", "new": None})


def before_a_record(place, options):
    stalled(place, options, "scp -t new", b"", rb"\0" + TIMED_OUT)


def inside_a_record(place, options):
    stalled(place, options, "scp -t new", b"C0644 100", rb"\0" + TIMED_OUT)


def inside_a_body(place, options):
    for name in ("new", "old"):
        stalled(place, options, "scp -t " + name,
                b"C0644 1000000 f\n" + b"x" * 5000, rb"\0\0" + TIMED_OUT)


def before_the_status_byte(place, options):
    stalled(place, options, "scp -t new", put("new")[:-1],
            rb"\0\0" + TIMED_OUT)


def a_peer_that_wants_nothing(place, options):
    stalled(place, options, "scp -f old", b"", TIMED_OUT)


def blocked_in_a_write(place, options):
    """A download that nobody reads: the pipe is full, then nothing moves."""
    with open(place.path("large"), "wb") as f:
        f.truncate(LARGE)
    begun = time.monotonic()
    process = place.start(options, "scp -f large")
    process.stdin.write(b"\0\0")
    process.stdin.flush()
    ends_in_time(process, begun)
    os.unlink(place.path("large"))


def blocked_in_an_answer(place, options):
    """An upload whose peer reads no answer until the pipe is full."""
    begun = time.monotonic()
    process = place.start(options, "scp -r -t .")
    os.set_blocking(process.stdin.fileno(), False)
    left = record = b"T1 0 1 0\n" * 1000
    while process.poll() is None and time.monotonic() - begun < OVERRUN:
        try:
            left = left[os.write(process.stdin.fileno(), left):] or record
        except (BlockingIOError, BrokenPipeError):
            time.sleep(0.1)
    ends_in_time(process, begun)


STALLS = (before_a_record, inside_a_record, inside_a_body,
          before_the_status_byte, a_peer_that_wants_nothing,
          blocked_in_a_write, blocked_in_an_answer)


def a_busy_peer_is_not_idle(place):
    """A byte each three quarters of a second, for three limits; then the
    rest.  Where this process is not run for so long that it is idle itself,
    that shows nothing, and is tried again."""
    for _ in range(TRIES):
        longest, answer = busy_for_three_limits(place, 2)
        if longest < 1.5:
            break
    check_equal(answer[:2], (0, b"\0\0\0"), "answer (%s)" % answer[2])


def busy_for_three_limits(place, limit):
    """The longest pause, and status, answers and words of the session."""
    process = place.start(["IdleTimeout=%d" % limit], "scp -t new")
    longest, last = 0, time.monotonic()
    try:
        for data in [b"C0644 8 f\n"] + [b"x"] * 8:
            process.stdin.write(data)
            process.stdin.flush()
            now = time.monotonic()
            longest, last = max(longest, now - last), now
            time.sleep(0.375 * limit)
        longest = max(longest, time.monotonic() - last)
        out, err = process.communicate(b"\0")
    except BrokenPipeError:
        process.stdin = None
        out, err = process.communicate()
    return longest, (process.returncode, out, err)


def a_busy_session_ends_too(place):
    """SessionTimeout counts from the beginning, whatever moves."""
    begun = time.monotonic()
    process = place.start(["SessionTimeout=1"], "scp -t new")
    process.stdin.write(b"C0644 1000000 f\n")
    try:
        while process.poll() is None and time.monotonic() - begun < OVERRUN:
            process.stdin.write(b"x" * 100)
            process.stdin.flush()
            time.sleep(0.05)
    except BrokenPipeError:
        pass
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    process.stdin = None
    ends_in_time(process, begun, rb"\0\0" + TIMED_OUT)
    place.holds({"new": None})


def lasts(place, options, request, sent, size):
    """How long a copy of this size takes, without the start."""
    begun = time.monotonic()
    seen = place.say(options, request, sent)
    check_equal(seen.status, 0, "status (%r)" % seen.err)
    check(len(sent) + len(seen.out) > size, "it was not copied")
    return time.monotonic() - begun


def near(seconds, wanted, what):
    check(wanted / 3 <= seconds <= wanted * 3,
          "%s took %.2f s, not about %.1f s" % (what, seconds, wanted))


def a_rate_both_ways(place):
    body = trees.pattern(400000)
    near(lasts(place, ["RateLimit=200000"], "scp -t new",
               put("new", body), len(body)), 2, "the upload")
    near(lasts(place, ["RateLimit=200000"], "scp -f new", b"\0\0\0",
               len(body)), 2, "the download")


def a_rate_that_the_peer_asks_for(place):
    """-l is in kbit/s; it lowers the limit and does not raise it."""
    body = put("new", trees.pattern(200000))
    near(lasts(place, [], "scp -l 800 -t new", body, 200000), 2, "-l 800")
    near(lasts(place, ["RateLimit=100000"], "scp -l 800000 -t new", body,
               200000), 2, "-l 800000")


def a_rate_is_no_idleness(place):
    """A slow limit that the peer keeps to ends no session."""
    seen = place.say(["RateLimit=20000", "IdleTimeout=1"], "scp -t new",
                     put("new", b"x" * 60000))
    check_equal((seen.status, seen.out), (0, b"\0\0\0"), "answer")


def two_uploads(place, options, name):
    """Both have the go-ahead before either sends its body."""
    both = [place.start(options, "scp -t " + name) for _ in range(2)]
    for process in both:
        process.stdin.write(b"C0644 4 f\n")
        process.stdin.flush()
    seen = [process.stdout.read(2) for process in both]
    check_equal(seen, [b"\0\0", b"\0\0"], "go-aheads")
    answers = []
    for n, process in enumerate(both):
        process.stdin.write(b"by%d\n\0" % n)
        process.stdin.flush()
    for process in both:
        out, _ = process.communicate()
        answers.append((process.returncode, out))
    return answers


def denying_is_free_of_races(place):
    """One wins, the other is refused, and the file is the winner's."""
    for turn in range(10):
        name = "new%d" % turn
        answers = two_uploads(place, ["Overwrite=deny"], name)
        winners = [n for n, a in enumerate(answers) if a == (0, b"\0")]
        check_equal(len(winners), 1, "winners of %r" % answers)
        status, out = answers[1 - winners[0]]
        check(status in (1, 2) and re.fullmatch(
            rb"[\1\2]scp: [^\n]*File exists\n", out), "loser: %r" % out)
        place.holds({name: b"by%d\n" % winners[0]})


def versions_lose_nothing(place):
    """Two at once over a file: all three contents are there afterwards."""
    for turn in range(40):
        name = "v%d" % turn
        trees.write(place.path(name))
        answers = two_uploads(place, ["Overwrite=versions"], name)
        check_equal([a[0] for a in answers], [0, 0], "answers %r" % answers)
        seen = {trees.read(place.path(n)) for n in os.listdir(place.root)
                if n.startswith(name)}
        check_equal(seen, {b"by0\n", b"by1\n", b"content\n"}, "contents")


CALLS = "fdatasync,fsync,linkat,renameat2,mkdirat,write"


def traced(place, options, request, sent):
    """The calls of a session, in order, shortened."""
    need_tool("strace")
    path = os.path.join(place.top, "calls")
    words = ["strace", "-f", "-o", path, "-e", "trace=" + CALLS]
    seen = place.say([], request, sent, words=words + place.words(options))
    check_equal(seen.status, 0, "status (%r)" % seen.err)
    with open(path) as f:
        calls = [line.split(None, 1)[1] for line in f]
    # "!": one byte to the peer; strace can't show it, we are undumpable
    names = [c.split("(")[0] + "!" * bool(re.match(r"write\(1, .*, 1\)", c))
             for c in calls if "(" in c and "+++" not in c]
    return " ".join(names)


def synced_before_it_is_acknowledged(place):
    """write! is an answer to the peer: target, go-ahead, stored."""
    seen = traced(place, ["Sync=always"], "scp -t new", put("new"))
    check(re.search(r"write! write! .*fdatasync linkat renameat2 fsync write!$",
                    seen), "a new file: " + seen)
    seen = traced(place, ["Sync=always"], "scp -t old", put("old"))
    check(re.search(r"fdatasync linkat renameat2 fsync write!$", seen),
          "a replaced file: " + seen)
    seen = traced(place, ["Sync=no"], "scp -t other", put("other"))
    check("sync" not in seen, "Sync no: " + seen)


def synced_directories(place):
    """A D after its parent's fsync, its E after its own."""
    seen = traced(place, ["Sync=always"], "scp -r -t .",
                  b"D0755 0 made\n" + put("f") + b"E\n")
    check(re.search(r"mkdirat fsync write! .*fdatasync linkat renameat2 fsync "
                    r"write! fsync write!$", seen), seen)


STORIES = (a_busy_peer_is_not_idle, a_busy_session_ends_too,
           a_rate_both_ways, a_rate_that_the_peer_asks_for,
           a_rate_is_no_idleness, denying_is_free_of_races,
           versions_lose_nothing, synced_before_it_is_acknowledged,
           synced_directories)


def add_cases(_):
    ahead = world.Ahead(8)
    for keyword in ("IdleTimeout", "SessionTimeout"):
        for stall in STALLS:
            ahead.add("limit/%s/%s" % (keyword, stall.__name__),
                      in_a_place(stall, ["%s=%d" % (keyword, LIMIT)]))
    for story in STORIES:
        ahead.add("limit/" + story.__name__, in_a_place(story))
