"""T-enc: the one encoder of what leaves us for a log or the peer.

Printable ASCII stays, a backslash is doubled, any other octet is \\xNN.  The
result fits its room whole; the cut form keeps both ends around "[...]".
"""

import random
import re
import time

import bulk
import probe

MARK = b"[...]"
CUT_MIN = 64


def encode_octet(octet):
    if octet == 0x5c:
        return b"\\\\"
    return bytes([octet]) if 0x20 <= octet <= 0x7e else b"\\x%02x" % octet


CODES = [encode_octet(n) for n in range(256)]


def encode(octets, cap):
    """As many whole codes as fit beside a NUL, and of how many octets."""
    codes, room = [], cap - 1
    for octet in octets:
        room -= len(CODES[octet])
        if room < 0:
            break
        codes.append(CODES[octet])
    return b"".join(codes), len(codes)


def encode_cut(octets, cap):
    """All of it, or its two ends with the mark between."""
    whole, taken = encode(octets, cap)
    if taken == len(octets):
        return whole
    head = encode(octets, (cap - len(MARK) - 1) // 2)[0] + MARK
    room = cap - len(head) - 1
    tail = []
    for octet in reversed(octets):
        room -= len(CODES[octet])
        if room < 0:
            break
        tail.insert(0, CODES[octet])
    return head + b"".join(tail)


def decode(text):
    """The only octets that this text can stand for."""
    parts = re.findall(rb"\\\\|\\x[0-9a-f]{2}|[ -\[\]-~]", text)
    if b"".join(parts) != text:
        return None
    return bytes(0x5c if p == b"\\\\" else int(p[2:], 16) if len(p) > 1
                 else p[0] for p in parts)


def judge(cap, octets, seen):
    """What is wrong with a verdict of the probe; None if nothing."""
    words = seen.split()
    taken, text = int(words[0]), probe.unhexed(words[1])
    if (text, taken) != encode(octets, cap):
        return "not as the model's"
    if decode(text) != octets[:taken]:
        return "not what was encoded"
    if not all(0x20 <= c <= 0x7e for c in text) or len(text) >= cap:
        return "not one printable line in its room"
    if cap < CUT_MIN:
        return None
    cut = probe.unhexed(words[2])
    if cut != encode_cut(octets, cap):
        return "cut is not as the model's"
    if not all(0x20 <= c <= 0x7e for c in cut) or len(cut) >= cap:
        return "cut is not one printable line in its room"
    return None


def compare(program, inputs):
    seen = probe.ask(program, ["text"], ["%d %s" % (cap, probe.hexed(octets))
                                         for cap, octets in inputs])
    wrong = [(i, s, judge(*i, s)) for i, s in zip(inputs, seen)]
    return ["%r in %d: %s: %s" % (i[1][:100], i[0], s[:300], w)
            for i, s, w in wrong if w]


def exhaustive():
    """Every octet, every two; every room for a string of all codes."""
    one = [bytes([n]) for n in range(256)]
    inputs = [(64, o) for o in one] + [(64, a + b) for a in one for b in one]
    mixed = b"\\a\x00\\\xffb\x1b" * 20
    return inputs + [(cap, mixed[:n]) for cap in range(1, 200)
                     for n in (0, 1, 7, 60, 140)]


def random_input(rng):
    kind = rng.random()
    length = rng.randrange(rng.choice((4, 40, 200, 300)) + 1)
    if kind < 0.5:
        octets = rng.randbytes(length)
    elif kind < 0.8:
        octets = bytes(rng.choices(b"abc \\x0[].~\x7f\n\x1b\xff", k=length))
    else:
        octets = b"\\x41" * (length // 4)
    cap = 4 * length + 64 if rng.random() < 0.5 else \
        rng.randrange(1, 4 * length + 80)
    return cap, octets


def check_exhaustive(program):
    inputs = exhaustive()
    bulk.judge("T-enc octets, pairs and rooms", len(inputs),
               compare(program, inputs))


def check_random(program, count):
    begun = time.monotonic()
    found = bulk.spread(
        "enc", lambda rng, n: compare(
            program, [random_input(rng) for _ in range(n)]), count, 20000)
    bulk.judge("T-enc random strings", count, sum(found, []), begun=begun)


def finds_a_difference(program):
    rng = random.Random(1)
    return compare(program, exhaustive()[:2000] + exhaustive()[-995:] +
                   [random_input(rng) for _ in range(1000)])
