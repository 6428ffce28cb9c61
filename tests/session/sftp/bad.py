"""Bad input: an answer or an end, never a hang, and never more memory.

Each case has a deadline of its own: a session that neither answers nor ends
is Hung.
"""

import os
import random
import select
import struct
import time

import sftp
import suite
from hold import CONFINED, need_native
from spoken import Place
from suite import check, check_equal

DEADLINE = 60
RSS_MAX = 4096          # KiB; what it is while nothing is asked, and some
GREETING = sftp.packet("init", sftp.u32(3))


def case(function):
    def run():
        need_native()
        with Place() as place:
            function(place)
            place.holds({"old": b"old\n", "new": None})
    suite.add("bad/" + function.__name__, run)


def started(place, options=CONFINED):
    return sftp.Client(place.words(options), place.root, DEADLINE,
                       place.environment("sftp"), umask=0o022)


def begun(place, options=CONFINED):
    client = started(place, options)
    client.init()
    return client


def answers(client):
    """What comes until the session ends; a list of kinds."""
    seen = []
    while True:
        try:
            seen.append(client.answer())
        except sftp.Ended:
            return seen


def ended(client, what):
    """It has to end by itself, not by a signal, while we still may write."""
    seen = answers(client)
    status = client.wait()
    check(status in (0, 1, 2), "%s: status %d (%s)" % (
        what, status, client.stderr()))
    return seen, status


def lives(client):
    check_equal(client.ask("stat", "old").kind, "attrs", "it goes on")
    check_equal(client.end(), (b"", 0), "the end")


def resident(client):
    """KiB of memory that it has at this moment."""
    with open("/proc/%d/status" % client.process.pid) as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


@case
def lengths_that_no_packet_has(place):
    for length in (0, 1, 2, 3, 4):
        for kind in (0, 3, 4, 5, 6, 17, 200, 255):
            with begun(place) as client:
                client.send(sftp.u32(length) +
                            (bytes([kind]) + bytes(8))[:length])
                seen, status = ended(client, "length %d" % length)
                check_equal((seen, status), ([], 2), "length %d type %d"
                            % (length, kind))


@case
def lengths_that_are_too_large(place):
    for length in (34001, 262145, 1 << 24, (1 << 31) - 1, 1 << 31,
                   (1 << 32) - 5, (1 << 32) - 1):
        for kind in ("open", "stat", "close", "read", "extended", "rename",
                     "setstat", 42, 0):
            with begun(place) as client:
                client.send(sftp.u32(length) + bytes(
                    [sftp.NUMBERS.get(kind, kind)]) + sftp.u32(1) +
                    bytes(70000))
                seen, status = ended(client, "%s of %d" % (kind, length))
                check(status == 2 and len(seen) <= 1, "%s of %d: %r" % (
                    kind, length, seen))


@case
def requests_that_are_long_are_answered(place):
    """limits@openssh.com tells how long a request may be."""
    with begun(place) as client:
        found = client.extended("limits@openssh.com")
        longest = int.from_bytes(found.body[:8], "big")
        check_equal(longest, sftp.PACKET_MAX, "the longest")
        for length in (33990, 34001, 40000, longest):
            number = client.number = client.number + 1
            body = sftp.u32(number) + sftp.string(b"x" * (length - 4096 - 13))
            body += bytes(length - 1 - len(body))
            client.send(sftp.packet("open", body))
            found = client.answer_to(number)
            check(found.kind == "status" and found.code != "ok", found)
        check_equal(client.open("old", "r").kind, "handle", "OPEN")
        check_equal(client.end()[1], 0, "status")


@case
def a_write_of_any_length_takes_no_memory(place):
    """Only its head is kept: 4 GiB are announced, and a part of it comes."""
    for length in (1 << 24, (1 << 32) - 1):
        with begun(place, CONFINED + ["MaxFileSize=100M"]) as client:
            handle = client.open("new", "wct").handle
            head = sftp.u32(7) + sftp.string(handle) + bytes(8)
            client.send(sftp.u32(length) + b"\6" + head + sftp.u32(
                length - len(head) - 5))
            for _ in range(64):
                if not client.send(bytes(1 << 16)):
                    break
            check(resident(client) < RSS_MAX, "%d KiB" % resident(client))
            check(client.end()[1] in (0, 2), "the end")


@case
def a_write_whose_lengths_differ(place):
    """The string of the data is longer or shorter than the packet."""
    for length, told in ((10, 11), (10, 1000000), (10, 0xffffffff),
                         (10, 0xfffffff0)):
        with begun(place) as client:
            handle = client.open("new", "wct").handle
            body = sftp.u32(7) + sftp.string(handle) + bytes(8)
            client.send(sftp.packet("write", body + sftp.u32(told) +
                                    b"x" * length))
            client.process.stdin.close()
            seen, _ = ended(client, "%d for %d" % (told, length))
            check(all(a.kind == "status" and a.code != "ok" for a in seen),
                  seen)
    with begun(place) as client:
        handle = client.open("new", "wct").handle
        body = sftp.u32(7) + sftp.string(handle) + bytes(8)
        client.send(sftp.packet("write", body + sftp.u32(5) + b"x" * 10))
        try:
            check(client.answer().id == 7, "id")
        except sftp.Ended:
            return
        lives(client)


@case
def a_write_that_is_none_leaves_no_file(place):
    with begun(place) as client:
        handle = client.open("new", "wct").handle
        client.write(handle, 0, b"abc")
        client.number += 1
        client.send(sftp.packet("write", sftp.u32(client.number) +
                                sftp.string(handle) + bytes(8) +
                                sftp.u32(11) + b"x" * 10))
        check_equal(client.answer_to(client.number).code, "bad", "WRITE")
        check_equal(client.close_handle(handle).code, "bad", "CLOSE")
        check_equal(client.ask("stat", "new").code, "missing", "STAT")


@case
def strings_longer_than_their_packet(place):
    for kind in ("open", "opendir", "stat", "lstat", "remove", "rmdir",
                 "mkdir", "realpath", "readlink", "setstat", "rename",
                 "close", "read", "write", "fstat", "readdir", "fsetstat",
                 "symlink", "extended"):
        for told in (4, 100, 0x7fffffff, 0xfffffffb, 0xffffffff):
            with begun(place) as client:
                client.send(sftp.packet(kind, sftp.u32(7) + sftp.u32(told) +
                                        b"old"))
                client.process.stdin.close()
                seen, _ = ended(client, "%s %d" % (kind, told))
                check(len(seen) <= 1 and all(
                    a.kind == "status" and a.code != "ok" for a in seen),
                    "%s %d: %r" % (kind, told, seen))


def requests(client):
    """One of each, that is right; (kind, packet)."""
    handle = client.open("old", "r").handle
    directory = client.ask("opendir", ".").handle
    attrs = sftp.Attrs(size=1, uid=0, gid=0, mode=0o644, atime=1, mtime=1)
    for kind, words in (
            ("open", ("none", 1, attrs)), ("close", (directory,)),
            ("read", (handle, sftp.offset(0), 10)),
            ("write", (handle, sftp.offset(0), b"data")),
            ("lstat", ("old",)), ("fstat", (handle,)),
            ("setstat", ("none", attrs)), ("fsetstat", ("none", attrs)),
            ("opendir", ("none",)), ("readdir", (directory,)),
            ("remove", ("none",)), ("mkdir", ("none/none/d", attrs)),
            ("rmdir", ("none",)), ("realpath", ("old",)), ("stat", ("old",)),
            ("rename", ("none", "nothing")), ("readlink", ("link",)),
            ("symlink", ("none", "old")),
            ("extended", ("statvfs@openssh.com", "old")),
            ("extended", ("posix-rename@openssh.com", "none", "old")),
            ("extended", ("fstatvfs@openssh.com", handle)),
            ("extended", ("fsync@openssh.com", handle)),
            ("extended", ("expand-path@openssh.com", "~/x")),
            ("extended", ("lsetstat@openssh.com", "none", attrs)),
            ("extended", ("hardlink@openssh.com", "none", "old")),
            ("extended", ("copy-data", handle, sftp.offset(0),
                          sftp.offset(0), handle, sftp.offset(0))),
            ("extended", ("limits@openssh.com",))):
        yield kind, client.build(kind, *words)[1]


@case
def requests_split_at_every_octet(place):
    """Each octet comes alone, and none of it is lost."""
    with begun(place) as client:
        for kind, packet in requests(client):
            for octet in packet:
                client.send(bytes([octet]))
                time.sleep(0.0002)
            check(client.answer().id == struct.unpack(">I", packet[5:9])[0],
                  kind)
        lives(client)


@case
def requests_in_two_parts(place):
    """Cut at every place; CVE-2026-63090 was such a cut."""
    with begun(place) as client:
        for kind, packet in list(requests(client)):
            for at in range(1, len(packet)):
                client.send(packet[:at])
                select.select([client.out], [], [], 0.001)
                client.send(packet[at:] + packet)
                number, = struct.unpack(">I", packet[5:9])
                for _ in range(2):
                    check_equal(client.answer().id, number, kind)
        lives(client)


@case
def requests_that_end_early(place):
    """Every length from the id on, with a length field that agrees."""
    with begun(place) as client:
        shapes = list(requests(client))
        client.end()
    for kind, packet in shapes:
        for size in range(9, len(packet)):
            cut = sftp.u32(size - 4) + packet[4:size]
            with begun(place) as client:
                client.send(cut)
                client.process.stdin.close()
                seen, _ = ended(client, "%s of %d" % (kind, size))
                check(len(seen) <= 1, "%s of %d: %r" % (kind, size, seen))
                check(all(a.kind == "status" for a in seen) or
                      kind in ("open", "read"), "%s of %d: %r" % (
                          kind, size, seen))


@case
def requests_with_more_behind_them(place):
    """Octets that nobody asked for; they are ignored, or an end."""
    with begun(place) as client:
        shapes = [(kind, packet) for kind, packet in requests(client)]
        client.end()
    for kind, packet in shapes:
        with begun(place) as client:
            client.send(sftp.u32(len(packet)) + packet[4:] + b"more")
            client.process.stdin.close()
            seen, _ = ended(client, kind)
            check(len(seen) <= 1, "%s: %r" % (kind, seen))


@case
def types_that_do_not_exist(place):
    with begun(place) as client:
        for number in range(256):
            if number in sftp.NAMES and number < 101 or number == 200:
                continue
            seen = client.ask(number, "old")
            check_equal((seen.kind, seen.code), ("status", "unsupported"),
                        "type %d" % number)
        lives(client)


@case
def a_request_before_init(place):
    for kind, words in (("open", ("old", 1, sftp.NONE)), ("stat", ("old",)),
                        ("write", (b"\0" * 4, sftp.offset(0), b"data")),
                        ("close", (b"\0" * 4,)), ("version", ()),
                        ("extended", ("limits@openssh.com",)), (42, ("x",))):
        with started(place) as client:
            client.request(kind, *words)
            seen, status = ended(client, kind)
            check_equal((seen, status), ([], 2), kind)


@case
def init_twice(place):
    with begun(place) as client:
        client.send(GREETING)
        check_equal(ended(client, "INIT twice"), ([], 2), "INIT twice")


@case
def init_of_other_lengths(place):
    for body in (b"", b"\0", b"\0\0\0"):
        with started(place) as client:
            client.send(sftp.packet("init", body))
            check_equal(ended(client, body), ([], 2), body)
    for body in (b"\0\0\0\3x", b"\0\0\0\3" + sftp.string("name"),
                 b"\0\0\0\3" + sftp.u32(0xffffffff), b"\0\0\0\3" + bytes(30000)
                 ):
        with started(place) as client:
            client.send(sftp.packet("init", body))
            client.process.stdin.close()
            seen, _ = ended(client, body[:20])
            check(len(seen) <= 1, seen)


@case
def what_is_no_sftp_at_all(place):
    for data in (b"SSH-2.0-x\r\n" * 10, b"GET / HTTP/1.0\r\n\r\n",
                 b"C0644 4 new\nnew\n\0", b"\0" * 100, b"\xff" * 100,
                 b"\n" * 70000):
        with started(place) as client:
            client.send(data)
            check_equal(ended(client, data[:20]), ([], 2), data[:20])


@case
def handles_that_were_never_given(place):
    made_up = [b"", b"x", b"xyz", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0" * 5,
               b"x" * 255, b"x" * 256, b"x" * 257, b"x" * 30000]
    with begun(place) as client:
        real = client.open("old", "r").handle
        made_up += [real + b"\0", real[:-1], b"\0" + real, real * 2]
        for handle in made_up:
            for kind, words in (
                    ("close", ()), ("read", (sftp.offset(0), 10)),
                    ("write", (sftp.offset(0), b"data")), ("fstat", ()),
                    ("fsetstat", (sftp.NONE,)), ("readdir", ())):
                seen = client.ask(kind, handle, *words)
                check(seen.kind == "status" and seen.code in (
                    "failure", "bad"), "%s %r: %r" % (
                        kind, handle[:8], seen))
            for name in ("fsync@openssh.com", "fstatvfs@openssh.com"):
                seen = client.extended(name, handle)
                check(seen.kind == "status" and seen.code in (
                    "failure", "bad"), "%s %r: %r" % (
                        name, handle[:8], seen))
            for one, other in ((handle, real), (real, handle),
                               (handle, handle[:9])):
                seen = client.extended("copy-data", one, sftp.offset(0),
                                       sftp.offset(0), other, sftp.offset(0))
                check(seen.kind == "status" and seen.code in (
                    "failure", "bad"), "copy-data %r: %r" % (
                        handle[:8], seen))
        check_equal(client.read(real, 0, 9).data, b"old\n", "the real one")
        lives(client)


@case
def handles_that_were_closed(place):
    """A number that is used again is not the handle of before."""
    with begun(place) as client:
        old = client.open("old", "r").handle
        check_equal(client.close_handle(old).code, "ok", "CLOSE")
        again = client.open("note.txt", "r").handle
        check(again != old, "a handle is used again at once")
        for kind, words in (("read", (sftp.offset(0), 10)), ("close", ()),
                            ("fstat", ()), ("fsetstat", (sftp.NONE,)),
                            ("write", (sftp.offset(0), b"x"))):
            seen = client.ask(kind, old, *words)
            check(seen.kind == "status" and seen.code in ("failure", "bad"),
                  "%s: %r" % (kind, seen))
        check_equal(client.read(again, 0, 10).data, b"note\n", "the new one")
        seen = set()
        for _ in range(300):
            handle = client.open("old", "r").handle
            seen.add(handle)
            client.close_handle(handle)
        check(len(seen) > 200, "%d handles of 300 differ" % len(seen))
        lives(client)


@case
def attributes_with_other_flags(place):
    with begun(place) as client:
        for flags in (0x10, 0x80, 0x40000000, 0x7ffffff0, 1 << 31,
                      0xffffffff):
            client.send(sftp.packet("setstat", sftp.u32(5) + sftp.string(
                "none") + sftp.u32(flags) + bytes(28)))
            try:
                check_equal(client.answer().kind, "status", hex(flags))
            except sftp.Ended:
                check(client.wait() == 2, "status")
                return
        lives(client)


@case
def extended_attributes_are_read_over(place):
    """A count that does not fit is an error, and nothing is allocated."""
    for count, pairs in ((1, sftp.string("a@b") + sftp.string("c")),
                         (0, b""), (2, sftp.string("a@b")),
                         (0xffffffff, sftp.string("a@b") + sftp.string("c")),
                         (0x10000000, b"")):
        with begun(place) as client:
            client.send(sftp.packet("setstat", sftp.u32(5) + sftp.string(
                "none") + sftp.u32(1 << 31) + sftp.u32(count) + pairs))
            client.process.stdin.close()
            seen, _ = ended(client, count)
            check(len(seen) <= 1 and all(a.kind == "status" and a.code != "ok"
                                         for a in seen), seen)


@case
def paths_that_are_none(place):
    with begun(place) as client:
        for path in (b"\0", b"old\0", b"old\0x", b"/\0", b"x" * 4096,
                     b"/" * 5000, b"x/" * 4000, b"../" * 5000 + b"x",
                     b"x" * 16000):
            for kind, words in (("stat", ()), ("open", (26, sftp.NONE)),
                                ("mkdir", (sftp.NONE,)), ("remove", ()),
                                ("opendir", ())):
                seen = client.ask(kind, path, *words)
                if path.strip(b"/") == b"" and kind in ("stat", "opendir"):
                    continue
                check_equal(seen.kind, "status", "%s %r" % (kind, path[:9]))
                check(seen.code != "ok", "%s %r" % (kind, path[:9]))
        check_equal(client.ask("stat", b"./" * 1000 + b"old").kind, "attrs",
                    "a long way to a file")
        lives(client)


@case
def a_rename_of_two_long_paths(place):
    """Both come whole: the largest packet but that of a WRITE."""
    long = "/".join(["x" * 250] * 16)[:4090]
    with begun(place) as client:
        check_equal(client.ask("rename", long, long).kind, "status", "RENAME")
        check_equal(client.ask("symlink", long, long).kind, "status",
                    "SYMLINK")
        lives(client)


@case
def offsets_at_the_end_of_numbers(place):
    with begun(place) as client:
        handle = client.open("new", "wct").handle
        for at in ((1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 64) - 4,
                   (1 << 63) - 4):
            seen = client.write(handle, at, b"data")
            check(seen.code in ("failure", "bad"), "%x: %s" % (at, seen))
        seen = client.ask("fsetstat", handle, sftp.Attrs(size=(1 << 64) - 1))
        check(seen.code in ("failure", "bad"), seen)
        # a handle on which a WRITE failed publishes nothing
        check_equal(client.close_handle(handle).code, "failure", "CLOSE")
        lives(client)


def unread(client, data, count):
    """Sends so many and reads nothing, as far as the server takes them."""
    stream, sent = memoryview(data * count), 0
    end = time.monotonic() + 5
    while sent < len(stream) and time.monotonic() < end:
        if not select.select([], [client.to], [], 0.5)[1]:
            break
        try:
            sent += os.write(client.to, stream[sent:sent + 65536])
        except BlockingIOError:
            pass
    return sent


@case
def ten_thousand_requests_of_which_no_answer_is_read(place):
    """It waits for its peer, and holds no more than before; then all come."""
    with open(place.path("large"), "wb") as f:
        f.write(bytes(300000))
    for words in (("stat", "old"), ("readdir",), ("read", 200000),
                  ("realpath", "x" * 200), ("stat", "none"), ("write",),
                  ("copy",), (42, "x"), ("limits",)):
        with begun(place) as client:
            if words[0] == "readdir":
                handle = client.ask("opendir", ".").handle
                words = ("readdir", handle)
            elif words[0] == "read":
                handle = client.open("large", "r").handle
                words = ("read", handle, sftp.offset(0), words[1])
            elif words[0] == "write":
                handle = client.open("new", "wct").handle
                words = ("write", handle, sftp.offset(5), b"x" * 90)
            elif words[0] == "copy":
                words = ("extended", "copy-data",
                         client.open("large", "r").handle, sftp.offset(0),
                         sftp.offset(0), client.open("new", "wct").handle,
                         sftp.offset(9))
            elif words[0] == "limits":
                words = ("extended", "limits@openssh.com")
            _, data = client.build(*words)
            sent = unread(client, data, 10000)
            check(resident(client) < RSS_MAX, "%s: %d KiB" % (
                words[0], resident(client)))
            whole = sent // len(data)
            check(whole > 100, "%d taken" % whole)
            for _ in range(min(whole, 3000)):
                client.answer_to(client.number)


@case
def ten_thousand_requests_at_once(place):
    with begun(place) as client:
        data = b"".join(client.build("stat", "old" if n % 2 else "none")[1]
                        for n in range(10000))
        first = client.number - 10000
        pid = os.fork()
        if pid == 0:
            client.send(data)
            os._exit(0)
        for n in range(10000):
            seen = client.answer()
            check_equal((seen.id, seen.kind), (
                first + n + 1, "attrs" if n % 2 else "status"), n)
        os.waitpid(pid, 0)
        check(resident(client) < RSS_MAX, "%d KiB" % resident(client))
        lives(client)


@case
def one_id_for_all(place):
    """Answers come in the order of the requests, whatever ids those have."""
    with begun(place) as client:
        handle = client.open("old", "r").handle
        shapes = [("stat", ("old",), "attrs"), ("stat", ("none",), "status"),
                  ("realpath", ("x",), "name"), (42, ("x",), "status"),
                  ("read", (handle, sftp.offset(0), 9), "data"),
                  ("read", (handle, sftp.offset(9), 9), "status"),
                  ("open", ("old", 1, sftp.NONE), "handle"),
                  ("close", (handle,), "status")]
        for number in (0, 7, 0xffffffff):
            client.send(b"".join(
                sftp.packet(kind, sftp.u32(number) + sftp.body_of(
                    kind, *words)) for kind, words, _ in shapes * 8))
            seen = [client.answer() for _ in shapes * 8]
            check_equal({answer.id for answer in seen}, {number}, "ids")
            if number == 0:     # the handle is closed after that
                check_equal([answer.kind for answer in seen[:8]],
                            [kind for _, _, kind in shapes], "answers")
        lives(client)


@case
def answers_to_a_peer_that_has_gone(place):
    with begun(place) as client:
        client.process.stdout.close()
        client.send(b"".join(client.build("stat", "old")[1]
                             for _ in range(100)))
        client.process.stdin.close()
        status = client.wait()
        check(status in (0, 1, 2), "status %d" % status)


@case
def noise(place):
    """Random octets behind a greeting, and requests with octets changed."""
    dice = random.Random(20)
    with begun(place) as client:
        shapes = [packet for _, packet in requests(client)]
        client.end()
    for n in range(150):
        with begun(place) as client:
            if n % 3 == 0:
                data = dice.randbytes(dice.randrange(1, 2000))
            else:
                data = bytearray(b"".join(dice.choices(shapes, k=20)))
                for _ in range(dice.randrange(1, 6)):
                    data[dice.randrange(len(data))] = dice.randrange(256)
            client.send(bytes(data))
            client.process.stdin.close()
            seen, status = ended(client, "noise %d" % n)
            check(status in (0, 2), "noise %d: status %d" % (n, status))
    check_equal(sorted(os.listdir(place.root)), [
        ".hidden", "link", "note.txt", "old", "sub"], "what is there")


@case
def memory_is_bounded_over_a_long_session(place):
    with begun(place) as client:
        client.stored("x", b"x" * 100000)
        before = resident(client)
        for n in range(300):
            client.stored("x%d" % (n % 7), b"y" * 70000)
            client.fetched("x")
            client.listed(".")
            client.ask("mkdir", "d%d" % n, sftp.NONE)
            client.ask("rmdir", "d%d" % n)
        check(resident(client) <= before + 64, "%d KiB, then %d" % (
            before, resident(client)))
        check(before < RSS_MAX, "%d KiB" % before)
        lives(client)
