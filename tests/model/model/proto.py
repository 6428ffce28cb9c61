"""T-proto: every short name, and numbers at their boundaries."""

import random
import time

import bulk
import grammar
import probe

ALL_OCTETS = [bytes([n]) for n in range(256)]
SHORT_NAMES = ALL_OCTETS + [a + b for a in ALL_OCTETS for b in ALL_OCTETS]

SIZES = (
    b"", b"0", b"00", b"1", b"2", b"002", b"-2", b"+2", b" 2", b"2 ", b"0x2",
    b"2.0", b"1e3", b"2147483647", b"2147483648", b"4294967295",
    b"4294967296", b"9223372036854775806", b"9223372036854775807",
    b"9223372036854775808", b"9223372036854775817", b"9999999999999999999",
    b"10000000000000000000", b"18446744073709551615",
    b"18446744073709551616", b"18446744073709551618", b"0" * 18 + b"7",
    b"0" * 19, b"0" * 20, b"1" + b"0" * 30, b"\t2", b"2\t", b"a", b"\xb2",
    b"2\0", b"\0")
MODES = (
    b"", b"0", b"7", b"07", b"644", b"0644", b"00644", b"000644", b"0000644",
    b"00000644", b"01755", b"04755", b"7777", b"07777", b"77777", b"777777",
    b"7777777", b"17777777", b"100644", b"8", b"0648", b"-644", b"+644",
    b"0x1ff", b" 0644", b"0644 ", b"06 44", b"\t0644", b"rw-", b"0644\0",
    b"\xb0644", b"0" * 7, b"0" * 8, b"2000000")
SECONDS = (
    b"", b"0", b"00", b"-0", b"-1", b"+1", b"1", b"1000000000",
    b"2147483647", b"2147483648", b"4294967295", b"4294967296",
    b"8589934591", b"8589934592", b"8589934593", b"9223372036854775807",
    b"9223372036854775808", b"18446744073709551615",
    b"18446744073709551616", b"9" * 20, b"0" * 20, b"0" * 21, b"1" * 21,
    b"0" * 11 + b"8589934592", b"--1", b"- 1", b"1.5", b"0x1", b"\t1", b"a")
USECS = (b"", b"0", b"00", b"1", b"999999", b"1000000", b"0999999",
         b"000000", b"0000000", b"-1", b"+1", b" 1", b"1 ", b"a")
OTHERS = (
    b"", b"\n", b"E", b"E\n", b"E \n", b"E\0\n", b"EE\n", b"e\n", b"\0\n",
    b"\0", b"X\n", b"C\n", b"D\n", b"T\n", b"C \n", b"C0644\n", b"C0644 \n",
    b"C0644 0\n", b"C0644 0 \n", b"C 0644 0 a\n", b"C0644  0 a\n",
    b"C0644 0  a\n", b"C0644\t0\ta\n", b"C0644 0 a", b"\1\n", b"\2\n",
    b"\1", b"\2", b"\1words\n", b"\2words\n", b"\1\1\n", b"\1a\0b\n",
    b"\3words\n", b"\xffwords\n", b"T1 0 1 0\nC0644 0 a\nE\n")


def entries(pairs):
    """Each as a C and as a D, before another record."""
    return [letter + b"%s %s a\nE\n" % pair for pair in pairs
            for letter in (b"C", b"D")]


def short_names():
    return [letter + b"0644 0 " + name + b"\n" for name in SHORT_NAMES
            for letter in (b"C", b"D")]


def numbers():
    lines = entries([(b"0644", s) for s in SIZES])
    lines += entries([(m, b"0") for m in MODES])
    lines += entries([(m, s) for m in MODES for s in SIZES])
    lines += [b"T%s %s %s %s\n" % (a, u, b, u2) for a in SECONDS
              for u in USECS for b in SECONDS for u2 in (b"0", u)]
    lines += [b"T %s 0 %s 0\n" % (a, b) for a in SECONDS for b in SECONDS]
    lines += [b"T%s\n" % b" ".join([b"1"] * n) for n in range(8)]
    return lines


def lengths():
    """Names and lines at their longest, and one octet more."""
    lines = []
    for n in (254, 255, 256, 257, 4000, 4084, 4085, 4086, 4087, 4088, 9000):
        for c in (b"n", b"\x01", b"/", b"."):
            lines += [b"C0644 0 " + c * n + b"\nE\n", b"C0644 0 " + c * n]
    for n in (4093, 4094, 4095, 4096, 4097, 70000):
        for c in (b"\1", b"\2", b"T", b"E"):
            lines += [c + b"w" * n + b"\nE\n", c + b"w" * n]
    for middle in (b"", b"x", b"0123456789abcdef", b"\x01", b"/", b"." * 233,
                   b"." * 238, b"." * 239):
        lines.append(b"C0644 0 .scp-server.%s.part\n" % middle)
    return lines + [b"C0644 0 .scp-server.part\n", b"C0644 0 .scp-server.\n"]


SEEDS = (b"C0644 5 name\n", b"D0755 0 dir\n", b"T1 0 2 0\n", b"E\n",
         b"\1words\n", b"\2words\n", b"T1700000000 1 1700000001 999999\n",
         b"C0644 9223372036854775807 a\n", b"C7777 0 a b\n")
PIECES = (b"\n", b"\0", b" ", b"/", b"..", b"-", b"0", b"9", b"99999999999",
          b"C", b"D", b"T", b"E", b"\1", b"\2", b"\x7f", b"\xff", b"8", b"")


def mutate(rng):
    """Good records with a few places changed, several in a row."""
    text = bytearray(b"".join(
        rng.choice(SEEDS) for _ in range(rng.randrange(1, 4))))
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(text) + 1)
        text[at:at + rng.randrange(3)] = \
            bytes([rng.randrange(256)]) if rng.random() < 0.3 \
            else rng.choice(PIECES)
    return bytes(text)


def shown(record):
    """A record as the probe prints it."""
    if record.kind in "CD":
        return "%s %o %d %d %s" % (
            record.kind, record.mode, record.size,
            probe.NUMBERS[record.refused or "ok"], probe.hexed(record.name))
    if record.kind == "T":
        return "T useless" if record.times is None else \
            "T %d %d %d %d" % record.times
    if record.kind == "E":
        return "E"
    return "%s %s" % ({"1": "warning", "2": "fatal"}[record.kind],
                      probe.hexed(record.text))


def expected(octets):
    records, error = grammar.read_stream(octets)
    return "".join(shown(r) + ";" for r in records) + \
        str(probe.NUMBERS[error])


def compare(program, inputs):
    """Lines for the inputs on which program and model differ."""
    seen = probe.ask(program, ["stream"], [probe.hexed(i) for i in inputs])
    return ["%r: program %s, model %s" % (i[:200], s[:300], expected(i)[:300])
            for i, s in zip(inputs, seen) if s != expected(i)]


def check_exhaustive(program):
    for what, inputs in (("1- and 2-octet names in C and D", short_names()),
                         ("sizes, modes and times", numbers()),
                         ("longest names and lines", lengths()),
                         ("other records", list(OTHERS))):
        begun = time.monotonic()
        bulk.judge("T-proto " + what, len(inputs), compare(program, inputs),
                   begun=begun)


def check_random(program, count):
    begun = time.monotonic()
    found = bulk.spread(
        "proto", lambda rng, n: compare(
            program, [mutate(rng) for _ in range(n)]), count, 20000)
    bulk.judge("T-proto random streams of records", count,
               sum(found, []), begun=begun)


def finds_a_difference(program):
    """For the controls: some of everything above."""
    rng = random.Random(1)
    some = short_names()[::7] + numbers()[::3] + lengths() + list(OTHERS)
    return compare(program, some + [mutate(rng) for _ in range(2000)])
