"""Random SFTP sessions in the real program, against the model of one."""

import os
import re
import stat
import time

import asking
import bulk
import endpoint
import light
import sessions
import sftp
import sources
import streams
import suite
import tree

RECENT = sessions.RECENT
EXTENSIONS = ("posix-rename", "lsetstat", "hardlink", "fsync")
KINDS = {"f": 0o100000, "d": 0o040000, "l": 0o120000, "o": 0o010000}
KIND_OF = {bits: kind for kind, bits in KINDS.items()}


def words_of_errors():
    """What is said of each error: the words of err.def, and the keyword."""
    text, found = sources.read("err.def"), {"ok": "Success"}
    row = re.compile(r"^([A-Z]+)\((E\w+),(.*?)\"\)$", re.M | re.S)
    for kind, name, rest in row.findall(text):
        strings = re.findall(r'"([^"]*)"', rest + '"')
        words = "".join(strings[1 if kind != "ERRNO" else 0:])
        if kind == "PROTOCOL":
            words = "protocol error: " + words
        key = re.search(r"KEY_(\w+)", rest)
        if key and key[1] != "COUNT" and "(" not in words:
            words += " (%s)" % key[1].title().replace("_", "")
        found[name] = words
    found["ERR_EOF"] = "End of file"
    return found


WORDS = words_of_errors()


def wire_of(h):
    return h if isinstance(h, bytes) else h.wire


def build(number, kind, *words):
    """The packet of a request of the model."""
    words = list(words)
    if kind == "open":
        words[1] = sftp.flags_of(words[1])
    elif kind in ("read", "write"):
        words[:2] = [wire_of(words[0]), sftp.offset(words[1])]
    elif kind in ("close", "fstat", "fsetstat", "readdir", "fsync"):
        words[0] = wire_of(words[0])
    if kind in EXTENSIONS:
        words.insert(0, kind + "@openssh.com")
        kind = "extended"
    elif kind == "unknown":
        kind = 199
    return sftp.packet(kind, sftp.u32(number) + sftp.body_of(kind, *words))


def same_mtime(seen, wanted):
    if wanted == endpoint.ANY:
        return True
    if wanted is None:
        return abs(seen - time.time()) < RECENT
    return seen == wanted[0]


def same_attrs(seen, wanted, owner):
    """Attributes as they were sent against the model's."""
    if wanted.mode is None:
        return seen.mode & 0o170000 == KINDS[wanted.kind]
    return (seen.mode == KINDS[wanted.kind] | wanted.mode and
            wanted.size in (None, seen.size) and
            (wanted.kind != "f" or (seen.uid, seen.gid) == owner) and
            (wanted.kind == "l" or same_mtime(seen.mtime, wanted.mtime)))


class Case:
    """One session: its tree, its policy, and what is asked."""

    def __init__(self, rng, where):
        self.rng, self.where = rng, where
        self.top = tree.make({
            b"jail": streams.old_tree(rng, where),
            b"outside": {b"secret": b"secret", b"dir": {b"x": b"x"}}})
        streams.age(rng, self.top)
        make_usable(rng, self.top)
        self.policy, keywords = self.a_policy()
        self.argv = ["-o", "AuditLog=none"]
        for keyword in keywords + [
                "Root=" + os.fsdecode(self.policy.root or b"none")]:
            self.argv += ["-o", keyword]
        if self.policy.root is None:
            keep_links_inside(self.top, where + b"/jail")
        above = node = tree.mount(self.top, where)
        path = b"/"
        for name in where.strip(b"/").split(b"/"):
            node.text = None            # nothing else is known of these
            node.mode = 0o755 if os.access(path, os.W_OK) else 0o555
            path, node = os.path.join(path, name), node.children[name]
        jail = self.top.children[b"jail"]
        start = [] if self.policy.root else \
            where.strip(b"/").split(b"/") + [b"jail"]
        self.model = endpoint.Endpoint(
            self.policy, start, jail if self.policy.root else above,
            (os.getuid(), os.getgid()))
        self.said, self.wrong, self.done = [], [], 0
        self.waiting = []

    def a_policy(self):
        return asking.a_policy(self.rng, self.where)

    def requests(self):
        """What is asked, made while it is answered."""
        asker = asking.Asker(self.rng, self.model, self.where)
        for _ in range(self.rng.choice((3, 8, 15, 25, 40))):
            request = asker.next()
            if request is not None:
                yield request

    def flush(self, peer):
        """Compares what was asked up to now with what is answered."""
        for number, request, wanted in self.waiting:
            seen = peer.answer()
            if seen.id != number:
                self.wrong.append("an answer to %d, not to %d" % (
                    seen.id, number))
            self.said.append("%s -> %s" % (shown(request), shown(wanted)))
            if not self.same(seen, wanted):
                self.wrong.append("%s is %.300r, not %s" % (
                    shown(request), seen[2:], shown(wanted)))
            self.done += wanted != ("status", "ok") or 1
        self.waiting = []

    def same(self, seen, wanted):
        kind, value = wanted
        if kind == "status":
            return seen.kind == kind and seen.text == WORDS[value] and \
                seen.code == self.code_of[value]
        if kind == "handle":
            if seen.kind != kind:
                return False
            if value.wire is None:
                others = [h.wire for h in self.model.handles]
                value.wire = seen.handle
                return seen.handle not in others
            return value.wire == seen.handle
        if kind == "data":
            return seen.kind == kind and seen.data == value
        if kind == "attrs":
            return seen.kind == kind and same_attrs(
                seen.attrs, value, self.model.owner)
        if kind == "path":
            return seen.kind == "name" and \
                [e.name for e in seen.names] == [value]
        return seen.kind == "name" and self.same_names(seen.names, value)

    def same_names(self, seen, wanted):
        return sorted(e.name for e in seen) == sorted(wanted) and all(
            e.longname.endswith(b" " + e.name) and
            same_attrs(e.attrs, wanted[e.name], self.model.owner)
            for e in seen if e.name != b"..")

    def talk(self, peer):
        self.code_of = {}
        peer.send(sftp.packet("init", sftp.u32(3)))
        peer.answer()
        for request in self.requests():
            peer.number += 1
            packet = build(peer.number, *request)
            wanted = self.model.ask(*request)
            if wanted[0] == "status":
                self.code_of[wanted[1]] = self.model.code(wanted[1])
            peer.send(packet)
            self.waiting.append((peer.number, request, wanted))
            if wanted[0] in ("handle", "status") or self.rng.random() < 0.7:
                self.flush(peer)
            if self.wrong:
                return
        self.flush(peer)

    def play(self, server):
        """Lines that say where the program and the model differ."""
        above = os.path.dirname(self.where)
        os.chmod(above, 0o755)
        tree.plant(self.top, self.where)
        os.chmod(above, 0o555)      # nothing stays there for the next one
        sessions.dress(self.top, self.where)
        os.chdir(self.where + b"/jail")
        os.umask(self.policy.umask)
        peer = light.Peer([server, *self.argv], {
            "SSH_ORIGINAL_COMMAND": "sftp", "HOME": "/"})
        os.umask(0o022)
        try:
            self.talk(peer)
            if self.wrong:
                return self.wrong
            self.model.end()
            end = peer.finish()
            if end != (b"", 0):
                self.wrong.append("it ends with %.100r, status %d" % end)
        except light.Over as e:
            return self.wrong + [str(e)]
        finally:
            peer.close()
        self.wrong += sessions.differences(
            look(self.where), expect(self.top, {}))
        return self.wrong

    def __str__(self):
        return "%s\n      %s" % (" ".join(map(str, self.argv)),
                                 "\n      ".join(self.said))


class Late(Case):
    """
    Of two uploads of one name that which was opened first comes last.  The
    session forgets what that one found at OPEN and, if it found nothing, what
    it replaces.
    """

    def a_policy(self):
        return endpoint.Policy(self.where + b"/jail", modify="no"), [
            "Modify=no"]

    def opened(self, name, letters):
        yield "open", name, letters, sftp.NONE
        return self.model.handles[-1]

    def requests(self):
        yield "close", (yield from self.opened(b"was there", "wct"))
        for name in (b"was there", b"was not there"):
            first = yield from self.opened(name, "wc")
            yield "close", (yield from self.opened(name, "wct"))
            reader = yield from self.opened(name, "r")
            yield "write", first, 0, b"late"
            yield "close", first
            yield "fsetstat", reader, sftp.NONE


def shown(words):
    """A request or an answer, short."""
    return " ".join(
        "h%s" % w.slot if isinstance(w, endpoint.Handle) else
        "{%s}" % " ".join("%s=%s" % pair for pair in w._asdict().items()
                          if pair[1] is not None)
        if isinstance(w, sftp.Attrs) else "%.60r" % (w,) for w in words)


def look(top):
    """sessions.look(), for trees in which a file has several names."""
    seen, contents = {}, {}
    for where, dirs, files in os.walk(top):
        for path in [where] + [where + b"/" + n for n in dirs + files]:
            seen[path] = os.lstat(path)
    for path, st in seen.items():
        if stat.S_ISREG(st.st_mode) and st.st_ino not in contents:
            os.chmod(path, 0o600)
            with open(path, "rb") as f:
                contents[st.st_ino] = f.read()
    return {path[len(top):]: (
        KIND_OF[stat.S_IFMT(st.st_mode)],
        None if stat.S_ISLNK(st.st_mode) else stat.S_IMODE(st.st_mode),
        os.readlink(path) if stat.S_ISLNK(st.st_mode) else
        contents.get(st.st_ino), st.st_mtime_ns, st.st_atime_ns)
        for path, st in seen.items()}


def make_usable(rng, node):
    """Directories that can be looked into, files of which some can't."""
    if node.kind == "d":
        node.mode = 0o755
        for child in node.children.values():
            make_usable(rng, child)
    elif node.kind == "f" and rng.random() < 0.1:
        node.mode = rng.choice((0o200, 0, 0o444))


def keep_links_inside(node, jail):
    """What stands above the tree is not the model's."""
    if node.kind == "l" and node.text == b"/":
        node.text = jail
    for child in node.children.values():
        keep_links_inside(child, jail)


def expect(node, wanted):
    """sessions.expect(), in which a time may be anything."""
    forget(node)
    return sessions.expect(node, wanted)


def forget(node):
    if node.mtime == endpoint.ANY:
        node.mtime = None
    if node.kind in "dl":
        node.atime = None
    for child in node.children.values():
        forget(child)


def play_some(server, place, rng, count, kind):
    """(sessions, answers, differences)"""
    above = os.fsencode(os.path.join(place, "s%d" % os.getpid()))
    where = above + b"/w"
    os.makedirs(above, exist_ok=True)
    os.chmod(above, 0o555)
    found, answers = [], 0
    for _ in range(count):
        case = kind(rng, where)
        lines = case.play(server)
        answers += case.done
        os.chdir("/")
        os.chmod(above, 0o755)
        tree.remove(where)
        os.chmod(above, 0o555)
        if lines:
            found.append("%s\n    %s" % (case, "\n    ".join(lines)))
    return count, answers, found


def play_all(name, server, count, portion=500, kind=Case):
    place, programs = bulk.own_directory(), suite.scratch()
    try:
        server = sessions.own_copy(server, programs)
        return bulk.spread(name, lambda rng, n: play_some(
            server, place, rng, n, kind), count, portion)
    finally:
        tree.remove(os.fsencode(place))
        tree.remove(os.fsencode(programs))


def check_random(server, count):
    begun = time.monotonic()
    found = play_all("sftp", server, count)
    bulk.judge("T-sftp random sessions, answers and tree", count,
               sum((d for _, _, d in found), []), begun=begun)
    answers = sum(n for _, n, _ in found)
    print("        answers in them: %d" % answers)
    suite.check(answers > count, "too few asked for anything")


def check_late(server):
    (_, answers, found), = play_all("sftp-late", server, 1, kind=Late)
    suite.check(not found, "\n".join(found))
    suite.check(answers > 10, "only %d answers" % answers)


def finds_a_difference(server):
    return bulk.first("sftp-control", lambda name: sum(
        (d for _, _, d in play_all(name, server, 600, 300)), []))
