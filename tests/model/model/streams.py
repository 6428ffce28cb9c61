"""Random uploads: trees that stand there, sessions, and what a peer sends."""

import sink

NAMES = (b"a", b"b", b"c", b"d", b"e", b"new", b"two words", b"-dash",
         b"\xc3\xbc", b"a.~1~")
ODD_NAMES = (b"..", b".", b"", b"x/y", b"/", b"../a", b"a\0b", b"\x1b[2J",
             b"tab\t", b"del\x7f", b"n" * 255, b"n" * 256, b"n" * 250,
             b".scp-server.0.part", b".ssh", b".hidden", b"bin", b".Bashrc",
             b"C0644 3 x", b"back\\slash", b" ")
MODES = (0o644, 0o644, 0o644, 0o600, 0o755, 0o444, 0, 0o4755, 0o6777, 0o1777,
         0o100)
DIR_MODES = (0o755, 0o755, 0o755, 0o700, 0o555, 0o500, 0o300, 0o200, 0o100,
             0, 0o2775, 0o1777)
OLD_DIR_MODES = (0o755,) * 8 + (0o555, 0o300, 0o100, 0o400, 0o600)
INNER = b"C0644 8 injected\nC0644 8\n\0D0755 0 sub\nE\n"
GARBAGE = (b"\n", b"X\n", b"\0", b"C0644\n", b"D0755 0\n", b"E \n", b"T1\n",
           b"C0648 1 a\n", b"C0644 -1 a\n", b"C0644 9223372036854775808 a\n",
           b"C0644 1 a", b"E", b"T1 0 1 1000000\n", b"\xff\xff\n",
           b"C" * 4097, b"D07777777 0 a\n", b"D077777777 0 a\n")


def old_tree(rng, where, deeper=2):
    """What stands in the jail before: names to files, directories, links."""
    links = (b"a", b"b", b"nowhere", b"../outside", b"/a", b"/", b"b/new",
             b"../outside/secret", where + b"/outside", b"c", b".",
             where + b"/outside/new", b"e/..", where + b"/jail/d")
    found = {}
    for name in NAMES[:5] + (b"a.~1~", b".ssh"):
        kind = rng.random()
        if kind < 0.2:
            found[name] = b"old " + name
        elif kind < 0.4:
            found[name] = old_tree(rng, where, deeper - 1) if deeper else {}
        elif kind < 0.5:
            found[name] = ("link", rng.choice(links))
        elif kind < 0.53:
            found[name] = "fifo"
    return found


def age(rng, node, when=1000000000):
    """Modes of what stands there, and known old times."""
    for child in node.children.values():
        when = age(rng, child, when + 1000)
    if node.kind == "d" and node.up is not None:
        node.mode = rng.choice(OLD_DIR_MODES)
    elif node.kind == "f":
        node.mode = rng.choice((0o644, 0o600, 0o400, 0o666, 0o755))
    node.mtime = (when, 0)
    return when


class Choice:
    """Keywords by chance: their fields in the model, and the options."""

    def __init__(self, rng):
        self.rng, self.by_hand, self.options = rng, {}, []

    def maybe(self, chance, keyword, values, field, show=str):
        if self.rng.random() < chance:
            value = self.rng.choice(values)
            self.by_hand[field] = value
            self.options.append("%s=%s" % (keyword, show(value)))

    def preserve_and_limits(self):
        self.maybe(0.1, "PreserveTimes", ("no",), "preserve_times")
        self.maybe(0.1, "PreserveModes", ("no",), "preserve_modes")
        self.maybe(0.1, "MaxFileSize", (1, 10, 30), "max_file_size")
        self.maybe(0.1, "MaxSessionBytes", (1023, 2048, 5000),
                   "max_session_bytes")
        self.maybe(0.1, "MaxSessionFiles", (1, 2, 4), "max_session_files")

    def fields(self):
        """As the model has them: "no" is False there."""
        return {field: value not in ("no", False)
                if field in ("preserve_times", "preserve_modes", "links")
                else value for field, value in self.by_hand.items()}


def a_policy(rng, where):
    """A policy, and the options that say it."""
    choice = Choice(rng)
    maybe = choice.maybe
    root = where + b"/jail" if rng.random() < 0.6 else None
    octal = "{:o}".format
    text = bytes.decode
    maybe(0.15, "Access", ("write-only", "write-only", "read-write",
                           "read-only"), "access")
    maybe(0.4, "Overwrite", ("replace", "deny", "versions"), "overwrite")
    maybe(0.4, "Symlinks", ("follow", "refuse"), "symlinks")
    maybe(0.4, "DotFiles", ("allow", "root", "deny"), "dotfiles")
    maybe(0.1, "AllowNames", (b"[a-z]*", b"? new *.~?~"), "allow_names", text)
    maybe(0.1, "DenyNames", (b"b* n?w", b"*s"), "deny_names", text)
    maybe(0.1, "FileMode", (0o640, 0o444), "file_mode", octal)
    maybe(0.1, "DirectoryMode", (0o750, 0o555), "directory_mode", octal)
    maybe(0.3, "Umask", (0o077, 0o027, 0, 0o002), "umask", octal)
    choice.preserve_and_limits()
    maybe(0.2, "MaxDepth", (1, 2, 3), "max_depth")
    return sink.Policy(root, **choice.fields()), choice.options


def a_target(rng, confined, where):
    """An operand as somebody might type it."""
    name = rng.choice(NAMES[:7])
    inner = rng.choice(NAMES[:6])
    text = rng.choice((b".", b".", b".", b"", name, name, name,
                       name + b"/" + inner, name + b"/", b"./" + name,
                       name + b"/../" + inner, b"../" + name, b"..",
                       b"x" * 300, b".ssh", b"a\x01"))
    if rng.random() < 0.3:
        text = (b"/" if confined else where + b"/jail/") + text
    return text


def a_name(rng):
    return rng.choice(NAMES if rng.random() < 0.93 else ODD_NAMES)


def a_body(rng):
    kind = rng.random()
    if kind < 0.2:
        return b""
    if kind < 0.3:
        return INNER
    if kind < 0.32:
        return rng.randbytes(rng.choice((4096, 65536, 70000)))
    return rng.randbytes(rng.randrange(1, 30))


def a_file(rng):
    """A C, its body and status, mostly in order."""
    body = a_body(rng)
    size = len(body)
    odd = rng.random()
    if odd < 0.02:
        size += rng.choice((-1, 1, 5))
    elif odd < 0.025:
        size = (64 << 20) + rng.choice((0, 1))
    line = b"C%04o %d %s\n" % (rng.choice(MODES), max(size, 0), a_name(rng))
    odd = rng.random()
    if odd < 0.94:
        return line + body + b"\0"
    if odd < 0.95:
        return line
    return line + body + rng.choice((b"", b"\1spoilt\n", b"\1spoilt\n",
                                     b"\2over\n", b"\1cut", b"x", b"\n"))


def some_times(rng):
    seconds = rng.choice((0, 1, 1700000000, 2 ** 31, 2 ** 32, 2 ** 33 - 1,
                          2 ** 33 + 1, -5))
    return b"T%s%d %d %d %d\n" % (rng.choice((b"", b"", b" ")), seconds,
                                  rng.choice((0, 0, 5, 999999)),
                                  rng.choice((0, 1600000000)),
                                  rng.choice((0, 123456)))


def a_stream(rng, recursive):
    """What the peer sends, all of it at once."""
    parts, depth = [], 0
    for _ in range(rng.choice((0, 1, 1, 2, 3, 4, 6, 9, 14))):
        kind = rng.random()
        if kind < 0.45 or not recursive and kind < 0.8:
            parts.append(a_file(rng))
        elif kind < 0.65:
            parts.append(b"D%04o 0 %s\n" % (rng.choice(DIR_MODES),
                                            a_name(rng)))
            depth += 1
        elif kind < 0.8:
            if depth > 0 or rng.random() < 0.1:
                parts.append(b"E\n")
                depth -= 1
        elif kind < 0.93:
            parts.append(some_times(rng))
        elif kind < 0.97:
            parts.append(b"\1skipped\n")
        elif kind < 0.975:
            parts.append(b"\2given up\n")
        elif kind < 0.985:
            parts.append(rng.choice(GARBAGE))
        else:
            parts.append(b"E\n" * max(depth, 0))
            depth = 0
    stream = b"".join(parts)
    if rng.random() < 0.03:
        stream = stream[:rng.randrange(len(stream) + 1)]
    return stream
