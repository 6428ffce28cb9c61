"""Random downloads: one tree that both serve, operands, and a peer's answers.

Both servers read the same tree, so that they list it in the same order; its
times are set anew between the two, for reading changes them.
"""

import collections
import os
import time

import compare
import peer

NAMES = (b"a", b"b", b"c", b"d", b"two words", b"\xc3\xbc", b"back\\slash")
ODD_NAMES = (b"tab\t", b"esc\x1b", b"line\nfeed",
             b".scp-server.0123456789abcdef.part", b".hidden")
MODES = (0o644, 0o644, 0o600, 0o755, 0o444, 0o6755, 0o1644, 0o2644, 0, 0o200)
DIR_MODES = (0o755,) * 6 + (0o700, 0o1777, 0o2755, 0, 0o300, 0o500)
OLD = 1000000000
RECENT = 600


def a_tree(rng, deeper=2):
    """name -> (kind, content or tree, mode)"""
    found = {}
    for name in NAMES + ((rng.choice(ODD_NAMES),) if rng.random() < 0.2
                         else ()):
        kind = rng.random()
        if kind < 0.3:
            size = rng.choice((0, 5, 60, 20000))
            found[name] = ("file", rng.randbytes(size), rng.choice(MODES))
        elif kind < 0.5 and deeper:
            found[name] = ("directory", a_tree(rng, deeper - 1),
                           rng.choice(DIR_MODES))
        elif kind < 0.56:
            found[name] = ("link", rng.choice((b"a", b"b", b"nowhere", b"c/d",
                                               b"d")), 0)
        elif kind < 0.58:
            found[name] = ("fifo", None, 0o644)
    return found


# A link to a parent: OpenSSH sends it forty times, so there is but one.
LOOP = {b"d": ("directory", {b"a": ("file", b"a", 0o644),
                             b"b": ("link", b".", 0)}, 0o755)}


class Download:
    """One session: operands, options, and what the peer answers when."""

    def __init__(self, rng):
        self.loop = rng.random() < 0.02
        self.tree = LOOP if self.loop else a_tree(rng)
        self.recursive = rng.random() < 0.65
        self.preserve = rng.random() < 0.5
        self.operands = [self.operand(rng) for _ in range(
            rng.choice((1, 1, 1, 1, 2, 3)))]
        self.answers = {}
        odd = set()
        look_for_oddities(self.tree, odd)
        if rng.random() < 0.2 and not odd & {"control-name", "reserved-name"}:
            self.answers[rng.randrange(8)] = rng.choice(
                (b"\1no\n", b"\1no\n", b"\1no\n", b"\2over\n", b"x\n", None))
        self.last_missing = rng.random() < 0.1

    def __str__(self):
        return "%r, answers %r, tree %.600r" % (self.argv(), self.answers,
                                                self.tree)

    @staticmethod
    def operand(rng):
        name, other = rng.choice(NAMES), rng.choice(NAMES)
        return rng.choice((name,) * 12 + (name + b"/" + other,) * 6 + (
            name + b"/", name + b"/", b".",
            b"./" + name, name + b"/..", name + b"/../" + other, b"..",
            b"missing", b"", name + b"/.", b"tab\t"))

    def argv(self):
        flags = [f for f, on in (("-r", self.recursive),
                                 ("-p", self.preserve)) if on]
        return [*flags, "-f", "--", *self.operands]


def plant(spec, path):
    os.mkdir(path)
    for name, (kind, what, mode) in spec.items():
        where = path + b"/" + name
        if kind == "directory":
            plant(what, where)
        elif kind == "link":
            os.symlink(what, where)
        elif kind == "fifo":
            os.mkfifo(where)
        else:
            with open(where, "wb") as f:
                f.write(what)


def dress(spec, path, when=OLD):
    """Modes, and times that are all different; deepest first."""
    for name, (kind, what, mode) in spec.items():
        where = path + b"/" + name
        when += 100
        if kind == "directory":
            os.chmod(where, 0o700)
            when = dress(what, where, when)
        if kind in ("directory", "file"):
            os.chmod(where, mode)
        os.utime(where, (when + 7, when), follow_symlinks=False)
    os.utime(path, (when + 9, when + 3))
    return when


# What came: kind is T C D E or 1; path of names; value of what else it says
Item = collections.namedtuple("Item", "kind path value")


class Heard:
    def __init__(self):
        self.items = []
        self.status = None
        self.hung = False
        self.ended = False


def receive(server, session, heard):
    """Plays the sink; answers are counted, and some are not good."""
    trail, count = [], 0

    def answer():
        nonlocal count
        said = session.answers.get(count, peer.OK)
        count += 1
        if said is None:
            server.process.stdin.close()
            heard.ended = True
            return False
        server.send(said)
        return said == peer.OK
    answer()
    while not heard.ended:
        line = server.line()
        kind = line[:1].decode("latin-1")
        if kind in ("\1", "\2"):
            heard.items.append(Item("1", tuple(trail), line[:1]))
            continue
        if kind == "" or kind not in "TCDE":
            if kind:
                heard.items.append(Item("odd", tuple(trail), line))
            return
        words = line.rstrip(b"\n").split(b" ", 2)
        if kind == "E":
            path = tuple(trail)
            trail[-1:] = []
            heard.items.append(Item(kind, path, line))
            answer()
            continue
        path = tuple(trail) if kind == "T" else tuple(trail + [words[2]])
        heard.items.append(Item(kind, path, b" ".join(words[:2])
                                if kind != "T" else line))
        good = answer()
        if kind == "D" and good:
            trail.append(words[2])
        if kind == "C" and good:
            body = server.take(int(words[1]))
            heard.items.append(Item("body", path, body))
            status = server.reply()
            heard.items.append(Item("end", path, status[:1]))
            if session.last_missing and len(session.operands) == 1 and \
                    not trail:
                server.process.stdin.close()
                return
            answer()


def download(argv, cwd, session):
    heard = Heard()
    server = peer.Server(argv, cwd=cwd, timeout=60, env={})
    try:
        receive(server, session, heard)
        rest, heard.status = server.finish()
        if rest:
            heard.items.append(Item("rest", (), rest[:1]))
    except peer.Hung:
        heard.hung = True
    finally:
        server.close()
    return heard


def features(session):
    """What may make the two differ in this session."""
    found = {f for f, on in (("-r", session.recursive),
                             ("-p", session.preserve),
                             ("loop", session.loop),
                             ("last-missing", session.last_missing)) if on}
    for operand in session.operands:
        parts = operand.split(b"/")
        if parts[-1] in (b".", b".."):
            found.add("dots-last")
        if b".." in parts:
            found.add("dot-dot")
        if operand == b"":
            found.add("empty")
    for said in session.answers.values():
        found.add({b"\1": "answer-1", b"\2": "answer-2", b"x": "answer-odd"}
                  .get((said or b"")[:1], "answer-none"))
    look_for_oddities(session.tree, found)
    return found


def look_for_oddities(spec, found):
    for name, (kind, what, _) in spec.items():
        if name in ODD_NAMES[:3]:
            found.add("control-name")
        if name == ODD_NAMES[3]:
            found.add("reserved-name")
        if kind == "directory":
            look_for_oddities(what, found)


def is_odd(name):
    """Names that only one side sends, as they are or encoded."""
    return name in ODD_NAMES[:4] or b"\\^" in name


def comparable(session, items, f):
    """The items without warnings and without names that only one side sends;
    where an operand ends in dots without the name that stands for it."""
    kept = []
    for item in items:
        if item.kind == "1":
            continue
        if any(is_odd(n) for n in item.path):
            if item.kind in "CD" and kept and kept[-1].kind == "T":
                kept.pop()
            continue
        if "dots-last" in f:
            item = item._replace(path=item.path[1:])
        kept.append(item)
    return kept


def was_read(x, y):
    """Two T of one thing that differ only in an access time of just now."""
    if None in (x, y) or (x.kind, y.kind) != ("T", "T"):
        return False
    a, b = x.value.split(), y.value.split()
    return a[:2] == b[:2] and any(
        abs(int(t[2]) - time.time()) < RECENT for t in (a, b))


def outline(item):
    """An item in the words of the table."""
    return "nothing" if item is None else item.kind


def differences(session, ours, theirs):
    """Items but warnings in their order, warnings as a number, status."""
    f = features(session)
    found = []

    def differ(what, at, a, b):
        found.append(compare.Difference(what, at, f, a, b))
    a, b = (comparable(session, h.items, f) for h in (ours, theirs))
    for n in range(max(len(a), len(b))):
        x = a[n] if n < len(a) else None
        y = b[n] if n < len(b) else None
        if x != y:
            if was_read(x, y):
                f.add("read-before")
            differ("item", (x, y), outline(x), outline(y))
            break
    names = [[i.path for i in h.items if i.kind == "D"]
             for h in (ours, theirs)]
    if not found and "dots-last" in f and names[0] != names[1]:
        differ("name", names, "another", "dots")
    told = [sum(i.kind == "1" for i in h.items) for h in (ours, theirs)]
    if told[0] != told[1]:
        differ("warnings", None, *told)
    elif not found and ours.items != theirs.items:
        differ("order", None, "later", "at once")
    if ours.status != theirs.status:
        differ("status", None, ours.status, theirs.status)
    return found
