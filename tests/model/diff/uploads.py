"""Random uploads: a tree that stands there, options, and what a client sends.

The clients keep to the protocol; a few lie.  Every step knows what is odd
about it (its features), for the table of reviewed differences.
"""

import collections

NAMES = (b"a", b"b", b"c", b"d", b"e", b"new", b"two words", b"\xc3\xbc")
MODES = ("0644",) * 6 + ("0600", "0755", "0444", "0000", "0222", "0664")
DIR_MODES = ("0755",) * 5 + ("0700", "0555", "0500", "0775", "0000")
UMASKS = (0o022, 0o022, 0o022, 0o077, 0o002, 0)
CLIENTS = ("lockstep",) * 7 + ("pipelined",) * 2 + ("silent",)
OLD = 1000000000

# kind: C D E T 1 2 or X for no record; line as sent; body and status of a C
Step = collections.namedtuple("Step", "kind line body status name features")

# name -> (feature, how a name becomes so)
ODD_NAMES = (
    ("control-name", b"tab\t"), ("control-name", b"\x1b[31m"),
    ("control-name", b"del\x7f"), ("nul-name", b"a\0b"),
    ("bad-name", b".."), ("bad-name", b"."), ("bad-name", b""),
    ("bad-name", b"x/y"), ("bad-name", b"../x"), ("long-name", b"n" * 256),
    ("reserved-name", b".scp-server.x.part"))
ODD_MODES = (("set-id", "4755"), ("set-id", "6755"), ("set-id", "2644"),
             ("sticky", "1777"), ("mode-digits", "644"),
             ("mode-digits", "00644"), ("bad-mode", "06x4"),
             ("bad-mode", ""))
ODD_SIZES = (("bad-size", b"-1"), ("bad-size", b"+1"), ("bad-size", b"0x1"),
             ("bad-size", b"9223372036854775808"), ("bad-size", b""))
ODD_TIMES = (("times-blank", b"T %d 0 %d 0\n"), ("times-bad", b"T%d 0 %d\n"),
             ("times-far", b"T%d99 0 %d 0\n"), ("times-minus", b"T-%d 0 %d 0\n"),
             ("times-bad", b"T%d 1000000 %d 0\n"))
GARBAGE = (("no-record", b"X\n"), ("no-record", b"\n"),
           ("no-record", b"\0\n"), ("end-words", b"E words\n"))
INNER = b"C0644 8 injected\nC0644 8\n\0D0755 0 sub\nE\n"


def old_tree(rng, deeper=1):
    """name -> bytes, dict or ("link", text); modes are given by dress()."""
    links = (b"a", b"b", b"nowhere", b"../outside", b"c", b".",
             b"../outside/secret", b"d")
    found = {}
    for name in NAMES[:5]:
        kind = rng.random()
        if kind < 0.28:
            found[name] = b"old " + name * rng.randrange(1, 20)
        elif kind < 0.45:
            found[name] = old_tree(rng, deeper - 1) if deeper else {}
        elif kind < 0.52:
            found[name] = ("link", rng.choice(links))
    return found


class Upload:
    """One session, the same for both servers."""

    def __init__(self, rng):
        self.tree = old_tree(rng)
        self.old_modes = {n: rng.choice((0o644, 0o644, 0o600, 0o400, 0o755))
                          for n in NAMES}
        self.hard = rng.random() < 0.2
        self.umask = rng.choice(UMASKS)
        self.client = rng.choice(CLIENTS)
        self.recursive = rng.random() < 0.5
        self.preserve = rng.random() < 0.5
        self.want_directory = rng.random() < 0.25
        self.target = rng.choice((b".",) * 6 + NAMES[:6] + (
            b"a/", b"new/", b"b/c", b"a/b/c", b"./b", b"missing/x", b""))
        self.hostile = rng.random() < 0.25
        self.place = set()              # what place.py knows of the target
        self.steps = list(some_steps(rng, self))

    def argv(self):
        flags = [f for f, on in (("-r", self.recursive),
                                 ("-p", self.preserve),
                                 ("-d", self.want_directory)) if on]
        return [*flags, "-t", "--", self.target]

    def __str__(self):
        return "%s %r, umask %o: %r" % (
            self.client, self.argv(), self.umask,
            [s.line + (s.body or b"")[:30] for s in self.steps])

    def features(self):
        """What is to be known of the session as a whole."""
        return {f for f, on in (
            ("-r", self.recursive), ("-p", self.preserve),
            ("-d", self.want_directory),
            ("-r or -d", self.recursive or self.want_directory),
            ("neither -r nor -d",
             not self.recursive and not self.want_directory),
            (self.client, True)) if on} | self.place


def a_file(rng, hostile):
    features = set()
    name, mode = rng.choice(NAMES), rng.choice(MODES)
    body = rng.choice((b"", INNER, rng.randbytes(rng.randrange(1, 60)),
                       rng.randbytes(rng.randrange(1, 60)),
                       rng.randbytes(rng.choice((1, 20000)))))
    size, status = b"%d" % len(body), b"\0"
    if rng.random() < 0.06:
        status = b"\1went wrong\n"
        features.add("status-1")
    if rng.random() < 0.05:
        feature, mode = rng.choice(ODD_MODES[:4])
        features.add(feature)
    if hostile:
        odd = rng.random()
        if odd < 0.12:
            feature, name = rng.choice(ODD_NAMES)
        elif odd < 0.18:
            feature, mode = rng.choice(ODD_MODES)
        elif odd < 0.22:
            feature, size = rng.choice(ODD_SIZES)
        elif odd < 0.25:
            feature, size = "body-short", b"%d" % (len(body) + 5)
        elif odd < 0.28 and body:
            feature, size = "body-long", b"%d" % len(body)
            body += b"x"
        elif odd < 0.31:
            feature, status = "status-2", b"\2gave up\n"
        elif odd < 0.33:
            feature, status = "status-odd", b"x\n"
        else:
            feature = "plain"
        features.add(feature)
    line = b"C%s %s %s\n" % (mode.encode(), size, name)
    return Step("C", line, body, status, name, features)


def a_directory(rng, hostile):
    features = set()
    name, mode = rng.choice(NAMES), rng.choice(DIR_MODES)
    if hostile and rng.random() < 0.1:
        feature, name = rng.choice(ODD_NAMES)
        features.add(feature)
    if rng.random() < 0.03:
        feature, mode = rng.choice(ODD_MODES[:4] + ODD_MODES[4:] * hostile)
        features.add(feature)
    return Step("D", b"D%s 0 %s\n" % (mode.encode(), name), None, None, name,
                features)


def some_times(rng, hostile):
    mtime, atime = OLD + rng.randrange(10 ** 8), OLD + rng.randrange(10 ** 8)
    if hostile and rng.random() < 0.15:
        feature, form = rng.choice(ODD_TIMES)
        return Step("T", form % (mtime, atime), None, None, None, {feature})
    usec = rng.choice((0, 0, 123456))
    return Step("T", b"T%d %d %d 0\n" % (mtime, usec, atime), None, None,
                None, set())


def some_steps(rng, session):
    """Files and directories as a client would send them."""
    depth, hostile = 0, session.hostile
    for _ in range(rng.choice((1, 1, 2, 3, 4, 6, 9))):
        if session.preserve and rng.random() < 0.8 or rng.random() < 0.1:
            yield some_times(rng, hostile)
        kind = rng.random()
        if session.recursive and kind < 0.3 or hostile and kind < 0.03:
            yield a_directory(rng, hostile)
            depth += 1
        elif kind < 0.4 and depth > 0:
            yield Step("E", b"E\n", None, None, None, set())
            depth -= 1
        elif kind < 0.43:
            yield Step("1", b"\1skipped one\n", None, None, None, set())
        elif hostile and kind < 0.45:
            feature, line = rng.choice(GARBAGE)
            yield Step("X", line, None, None, None, {feature})
        elif hostile and kind < 0.46:
            yield Step("2", b"\2that is all\n", None, None, None, set())
        else:
            yield a_file(rng, hostile)
            if session.client == "silent":
                return
    for _ in range(depth if rng.random() < 0.9 else 0):
        yield Step("E", b"E\n", None, None, None, set())
    if rng.random() < 0.05:
        yield Step("E", b"E\n", None, None, None, {"top-end"})
