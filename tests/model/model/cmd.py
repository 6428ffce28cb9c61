"""T-cmd: every short cluster of options, and command strings at random."""

import itertools
import random
import string
import subprocess
import time

import bulk
import cmdline
import probe
import suite

LETTERS = string.ascii_letters + string.digits
CLUSTERS = ["".join(c) for n in (1, 2, 3)
            for c in itertools.product(LETTERS, repeat=n)]

# The words around a cluster: alone, with each direction, with an argument.
FRAMES = (
    ("scp", ("scp", None, "x")),
    ("scp -t", ("scp", None, "-t", "x")),
    ("scp-server", ("scp-server", None, "-t", "x")),
)

# Words of a random command: what clients send, and what a shell acts on.
PROGRAMS = (b"scp", b"scp", b"scp", b"scp", b"/usr/bin/scp", b"'scp'",
            b'"scp"', b"s\\cp", b"sc''p", b"./scp", b"bin/scp", b"/scp",
            b"/bin/sh", b"xscp", b"scpx", b"sftp-server", b"internal-sftp",
            b"/usr/lib/sftp-server", b"lib/sftp-server", b"sftp", b"scp-server", b"")
OPTIONS = (b"-t", b"-f", b"-r", b"-p", b"-d", b"-v", b"-q", b"-rt", b"-prf",
           b"-vt", b"--", b"-l 500", b"-l100", b"-l", b"-l0", b"-l 0",
           b"-lx", b"-l 1234567890", b"'-t'", b'"-f"', b"-\\t", b"-S x",
           b"-oProxyCommand=x", b"-3", b"-", b"--help", b"-1", b"-i k",
           b"-\\*", b"-t\\ ", b"-rf", b"-R", b"-u 027", b"-eh", b"-d x",
           b"-d %", b"-d %h/%u", b"-d %%%d", b"-d %%%x",
           b"-P open", b"-u 123456789012", b"-lINFO", b"-Re")
PLAIN = (b"x", b"dir/file", b"/srv/x", b"-x", b"~", b"~/x", b"~root", b"a",
         b".", b"..", b"a.b", b"\xc3\xbc", b"=", b"!", b"%", b"^", b"]", b"}",
         b",", b"a:b", b"+", b"@")
SHELL = (b"*", b"?", b"[a-z]", b"{a,b}", b"$x", b"`x`", b";", b"&", b"|",
         b"<", b">", b"(", b")", b"#", b"#x", b"\\", b"'", b'"', b"\n", b"\r",
         b"\x01", b"\x7f", b"\t", b"$", b"`", b"{", b"[")
QUOTED = (b"my file", b"it's", b"a*b", b"$HOME", b"`x`", b"a\\b", b"a\"b",
          b";x", b"~x", b"#x", b"{a,b}", b"[x]", b"\t", b"", b"a\\\\b",
          b"\\$x", b"\\`", b"\\*", b"!")


def verdict_line(v):
    """A verdict as the probe prints it."""
    letter = ord(v.letter) if v.letter and v.error == "ERR_OPTION" else 0
    line = "%d %d %d" % (probe.NUMBERS[v.error or "ok"], v.in_band, letter)
    if v.error:
        return line
    r = v.request
    line += " %d %d%d%d %d" % (v.verb, "r" in r.flags, "p" in r.flags,
                               "d" in r.flags, r.rate)
    line += "".join(" %s%s" % ("p" if p else "=", probe.hexed(t))
                    for p, t in v.paths)
    line += "".join(" o" + probe.hexed(o) for o in r.options)
    return line + ("" if r.root is None else " r" + probe.hexed(r.root))


def words_of(frame, cluster):
    return [("-" + cluster if w is None else w).encode() for w in frame]


def compare_clusters(program, frame, clusters):
    argvs = [words_of(frame, c) for c in clusters]
    seen = probe.ask(program, ["argv"],
                     [" ".join(probe.hexed(w) for w in a) for a in argvs])
    ours = frame[0] != "scp"
    wanted = (verdict_line(cmdline.read_words(a[1:], ours)) for a in argvs)
    return ["%s: program %s, model %s" % (b" ".join(a), s, w)
            for a, s, w in zip(argvs, seen, wanted) if s != w]


def compare_commands(program, commands):
    seen = probe.ask(program, ["command"],
                     [probe.hexed(c) for c in commands])
    wanted = (verdict_line(cmdline.read_command(c)) for c in commands)
    return ["%r: program %s, model %s" % (c[:300], s[:300], w[:300])
            for c, s, w in zip(commands, seen, wanted) if s != w]


def quote(rng, octets):
    """One of the ways in which clients quote."""
    way = rng.randrange(4)
    if way == 0:
        return b"'" + octets.replace(b"'", b"'\"'\"'") + b"'"
    if way == 1:
        for c in b'\\"$`':
            octets = octets.replace(bytes([c]), b"\\" + bytes([c]))
        return b'"' + octets + b'"'
    if way == 2:
        return b"".join(b"\\" + bytes([c]) for c in octets)
    return rng.choice((b"'", b'"')) + octets + rng.choice((b"'", b'"'))


def path_text(rng):
    pieces = []
    for _ in range(rng.randrange(1, 4)):
        kind = rng.random()
        if kind < 0.5:
            pieces.append(rng.choice(PLAIN))
        elif kind < 0.92:
            pieces.append(quote(rng, rng.choice(QUOTED)))
        else:
            pieces.append(rng.choice(SHELL))
    return b"".join(pieces)


def command_text(rng):
    words = [rng.choice(PROGRAMS)]
    words += [rng.choice(OPTIONS) for _ in range(rng.randrange(4))]
    if rng.random() < 0.7:
        words.insert(rng.randrange(1, len(words) + 1),
                     rng.choice((b"-t", b"-f")))
    words += [path_text(rng) for _ in range(rng.choice((0, 1, 1, 1, 2, 3)))]
    text = rng.choice((b" ", b" ", b" ", b"  ", b"\t", b" \t ")).join(words)
    if rng.random() < 0.1:
        text = rng.choice((b" ", b"\t", b"#", b"")) + text
    if rng.random() < 0.2:
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(SHELL) + text[at:]
    return text.replace(b"\0", b"")


# What a shell makes of the words is asked of a shell, where nothing in them
# is live; -f: no pathname expansion.  It has no PATH to find programs in.
SHELL_SCRIPT = b"set -f\nPATH=/nonexistent\n"
SHOW = b"printf '%s\\0' \"$#\" \"$@\"\n"


def shell_words(commands):
    """The words that sh splits each of the commands into."""
    script = SHELL_SCRIPT + b"".join(
        b"set -- %s\n%s" % (c, SHOW) for c in commands)
    done = subprocess.run(["/bin/sh"], input=script, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env={"LC_ALL": "C"})
    suite.check(done.returncode == 0 and not done.stderr,
                "the shell objects: %r" % done.stderr[:500])
    words = done.stdout.split(b"\0")
    lists = []
    while len(words) > 1:
        count = int(words[0])
        lists.append(words[1:1 + count])
        words = words[1 + count:]
    return lists


def has_tilde(words):
    """A shell would look up somebody's home: an unquoted ~ that begins it."""
    return any(w.octets and w.octets[0] == (ord("~"), False) for w in words)


def compare_with_shell(commands):
    """The model's words against a shell's, where it refuses nothing."""
    split = [(c, *cmdline.split(c)) for c in commands]
    fit = [(c, [w.text() for w in words]) for c, words, error in split
           if error is None and words and not has_tilde(words)]
    seen = shell_words([c for c, _ in fit])
    return len(fit), ["%r: shell %r, model %r" % (c, s, w) for (c, w), s
                      in zip(fit, seen) if s != w]


def bounds():
    """As many words and octets as are taken, and one more."""
    found = [b"scp -f" + b" x" * n for n in (253, 254, 255, 300)]
    found += [b"scp -t " + b"x" * n for n in (65528, 65529, 65530, 70000)]
    found += [b"x" * 65536, b"x" * 65537, b"scp " + b" " * 70000,
              b"scp -t x" + b" " * 65528, b"scp -t x" + b" " * 65529]
    return found


def check_clusters(program):
    for what, frame in FRAMES:
        begun = time.monotonic()
        size = -(-len(CLUSTERS) // bulk.JOBS)
        parts = [CLUSTERS[n:n + size] for n in range(0, len(CLUSTERS), size)]
        found = bulk.spread(
            "clusters", lambda rng, n: compare_clusters(
                program, frame, parts[n]), len(parts), 1, index=True)
        bulk.judge("T-cmd clusters of 1 to 3 after " + what, len(CLUSTERS),
                   sum(found, []), begun=begun)


def check_random(program, count):
    begun = time.monotonic()

    def work(rng, n):
        commands = [command_text(rng) for _ in range(n)]
        asked, wrong = compare_with_shell(commands)
        return asked, compare_commands(program, commands) + wrong
    found = bulk.spread("cmd", work, count, 20000)
    bulk.judge("T-cmd random command strings", count,
               sum((d for _, d in found), []), begun=begun)
    asked = sum(n for n, _ in found)
    suite.check(asked > count // 10, "only %d went to a shell" % asked)
    print("        of these split by a shell, too: %d" % asked)
    bulk.figure("T-cmd strings split by a shell, too", asked, count // 10)


def check_bounds(program):
    bulk.judge("T-cmd longest commands", len(bounds()),
               compare_commands(program, bounds()))


def finds_a_difference(program):
    rng = random.Random(1)
    found = compare_commands(program,
                             [command_text(rng) for _ in range(5000)])
    for _, frame in FRAMES:
        found += compare_clusters(program, frame, CLUSTERS[:4000:3])
    return found
