"""T-tree: random uploads into real sessions, against the model of a sink."""

import os
import random
import shutil
import stat
import time

import bulk
import grammar
import proto
import sink
import streams
import suite
import tree

RECENT = 600        # seconds: a time that nobody set is about now


def dress(node, path):
    """Modes and times of a tree that was planted, from within."""
    for name, child in node.children.items():
        dress(child, path + b"/" + name)
    if node.kind in "df" and node.mode != (0o755 if node.kind == "d"
                                           else 0o644):
        os.chmod(path, node.mode)
    os.utime(path, (node.mtime[0], node.mtime[0]), follow_symlinks=False)


def look(path, found, name=b""):
    """Relative name -> (kind, mode, text, mtime, atime in ns)."""
    st = os.lstat(path)
    mode = stat.S_IMODE(st.st_mode)
    times = (st.st_mtime_ns, st.st_atime_ns)
    if stat.S_ISLNK(st.st_mode):
        found[name] = ("l", None, os.readlink(path), *times)
    elif stat.S_ISREG(st.st_mode):
        if not mode & 0o400:
            os.chmod(path, 0o600)
        fd = os.open(path, os.O_RDONLY)
        found[name] = ("f", mode, os.read(fd, 1 << 20), *times)
        os.close(fd)
    elif stat.S_ISDIR(st.st_mode):
        found[name] = ("d", mode, None, *times)
        if mode & 0o500 != 0o500:
            os.chmod(path, 0o700)
        for entry in os.listdir(path):
            look(path + b"/" + entry, found, name + b"/" + entry)
    else:
        found[name] = ("o", mode, None, *times)
    return found


def expect(node, wanted, name=b""):
    """The same of a tree of the model; times None where nobody set them."""
    def ns(t):
        return None if t is None else t[0] * 10 ** 9 + t[1] * 1000
    mode = None if node.kind == "l" else node.mode
    text = node.text if node.kind in "fl" else None
    wanted[name] = (node.kind, mode, text, ns(node.mtime), ns(node.atime))
    for child, there in node.children.items():
        expect(there, wanted, name + b"/" + child)
    return wanted


def same_time(seen, wanted):
    if wanted is None:
        return abs(seen / 1e9 - time.time()) < RECENT
    return seen == wanted


def differences(seen, wanted):
    """Lines that say what is not as the model says."""
    lines = ["%r is missing" % n for n in wanted if n not in seen]
    lines += ["%r is too many" % n for n in seen if n not in wanted]
    for name in set(seen) & set(wanted):
        a, b = seen[name], wanted[name]
        if a[:3] != b[:3] or not same_time(a[3], b[3]) or (
                b[4] is not None and a[4] != b[4]):
            lines.append("%r is %r, not %r" % (name, a, b))
    return lines


def run(argv, octets):
    """A session that has all its input: (output, exit status)."""
    fd = os.memfd_create("input")
    os.write(fd, octets)
    os.lseek(fd, 0, os.SEEK_SET)
    read, write = os.pipe()
    pid = os.posix_spawn(argv[0], argv, {}, file_actions=[
        (os.POSIX_SPAWN_DUP2, fd, 0), (os.POSIX_SPAWN_DUP2, write, 1),
        (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
    os.close(fd)
    os.close(write)
    parts = []
    while part := os.read(read, 65536):
        parts.append(part)
    os.close(read)
    return b"".join(parts), \
        os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Case:
    """One session: its tree, its policy, and what the peer sends."""

    def __init__(self, where, top, policy, options, typed, octets):
        self.where, self.top = where, top
        self.policy, keywords = policy
        self.options, self.typed, self.octets = options, typed, octets
        self.argv = ["-o", "AuditLog=none"]
        keywords = keywords + [
            "Root=" + os.fsdecode(self.policy.root or b"none")]
        for keyword in keywords:
            self.argv += ["-o", keyword]
        self.argv += ["-t" + "".join(sorted(self.options)), "--", self.typed]

    def model(self):
        """The session as the model plays it, on its own tree."""
        above = tree.mount(self.top, self.where)
        start = [] if self.policy.root else \
            self.where.strip(b"/").split(b"/") + [b"jail"]
        root = self.top.children[b"jail"] if self.policy.root else above
        return sink.Sink(self.policy, self.options, self.typed, start, root,
                         self.octets).run()

    def play(self, server):
        """Lines that say where the program and the model differ."""
        tree.plant(self.top, self.where)
        dress(self.top, self.where)
        outside = expect(self.top.children[b"outside"], {})
        os.chdir(self.where + b"/jail")
        os.umask(self.policy.umask)
        output, status = run([server, *self.argv], self.octets)
        os.umask(0o022)
        wanted = self.model()
        lines = []
        if output != b"".join(wanted.replies):
            lines.append("replies %r, not %r" % (
                output, b"".join(wanted.replies)))
        if status != wanted.status:
            lines.append("exit status %d, not %d" % (status, wanted.status))
        seen = look(self.where, {})
        lines += differences(seen, expect(self.top, {}))
        if self.policy.root:            # said without the model's tree
            lines += ["outside: " + l for l in differences(
                {n[8:]: s for n, s in seen.items()
                 if n.startswith(b"/outside")}, outside)]
        self.acknowledged = output.count(b"\0")
        return lines

    def __str__(self):
        return "%r <- %r" % (self.argv, self.octets[:400])


def random_case(rng, where):
    top = tree.make({
        b"jail": streams.old_tree(rng, where),
        b"outside": {b"secret": b"secret", b"dir": {b"x": b"x"}}})
    streams.age(rng, top)
    for node in (top, *top.children.values()):
        node.mode = 0o755
    policy = streams.a_policy(rng, where)
    options = set(rng.sample("rpd", rng.choice((0, 1, 1, 2, 2, 3))))
    if rng.random() < 0.4:
        options.add("r")
    return Case(where, top, policy, options,
                streams.a_target(rng, policy[0].root, where),
                streams.a_stream(rng, "r" in options))


def name_case(where, octets):
    """An empty confined jail, with everything about names allowed."""
    top = tree.make({b"jail": {}, b"outside": {}})
    streams.age(random.Random(0), top)
    for node in (top, *top.children.values()):
        node.mode = 0o755
    policy = sink.Policy(where + b"/jail", dotfiles="allow")
    return Case(where, top, (policy, ["DotFiles=allow"]), {"r"}, b"/", octets)


def play_some(server, place, cases):
    """(sessions, acknowledgements, differences); cases(where) makes them."""
    where = os.fsencode(os.path.join(place, "w%d" % os.getpid()))
    found, acknowledged, count = [], 0, 0
    for case in cases(where):
        lines = case.play(server)
        count += 1
        acknowledged += case.acknowledged
        os.chdir("/")
        tree.remove(where)
        if lines:
            found.append("%s\n    %s" % (case, "\n    ".join(lines)))
    return count, acknowledged, found


def own_copy(server, place):
    """The program where nobody can run it."""
    path = os.path.join(place, "scp-server")
    shutil.copy(server, path)
    os.chmod(path, 0o755)
    return path


def random_cases(rng, n):
    return lambda where: (random_case(rng, where) for _ in range(n))


def play_all(name, server, count, portion=500, cases=random_cases,
             index=False):
    """Sessions in portions; cases(rng, n) says which."""
    place, programs = bulk.own_directory(), suite.scratch()
    try:
        server = own_copy(server, programs)
        return bulk.spread(name, lambda rng, n: play_some(
            server, place, cases(rng, n)), count, portion, index)
    finally:
        shutil.rmtree(place)
        shutil.rmtree(programs)


def check_random(server, count):
    begun = time.monotonic()
    found = play_all("tree", server, count)
    bulk.judge("T-tree random uploads, replies, status and tree", count,
               sum((d for _, _, d in found), []), begun=begun)
    acknowledged = sum(a for _, a, _ in found)
    print("        acknowledgements in them: %d" % acknowledged)
    suite.check(acknowledged > count, "too few did anything")


def is_taken(letter, name):
    """Does a record with this name leave the session going on?"""
    found, error = grammar.read_stream(letter + b"0644 0 " + name + b"\n")
    return len(found) == 1 and error == "ERR_EOF" and (
        letter == b"C" or not found[0].refused)


def name_streams(every):
    """(names, what a peer sends): all that are taken, as files and as
    directories, in one session each; one in every of the others alone."""
    for letter, end in ((b"C", b"\0"), (b"D", b"E\n")):
        taken = [n for n in proto.SHORT_NAMES if is_taken(letter, n)]
        others = [n for n in proto.SHORT_NAMES if not is_taken(letter, n)]
        yield len(taken), b"".join(
            letter + b"0644 0 " + name + b"\n" + end for name in taken)
        for name in others[::every]:
            yield 1, letter + b"0644 0 " + name + b"\n" + end + b"E\n"


def check_names(server, every):
    """1- and 2-octet names in sessions, against the model of a sink."""
    begun = time.monotonic()
    sent = list(name_streams(every))

    def cases(_, n):
        return lambda where: (name_case(where, octets)
                              for _, octets in sent[n::bulk.JOBS])
    found = play_all("names", server, bulk.JOBS, 1, cases, index=True)
    bulk.judge("T-proto names in real sessions", sum(n for n, _ in sent),
               sum((d for _, _, d in found), []),
               target=2 * len(proto.SHORT_NAMES), begun=begun)


def finds_a_difference(server):
    return bulk.first("tree-control", lambda name: sum(
        (d for _, _, d in play_all(name, server, 600, 300)), []))
