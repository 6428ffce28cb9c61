"""T-path: where a typed path leads, over real trees with links."""

import errno
import os
import shutil
import time

import bulk
import grammar
import names
import probe
import suite
import tree

# Links in a row.  More than a dozen are left to the kernel: when others rename
# meanwhile it looks once more, and counts the links of both attempts together.
CHAIN = 10
ASK_AGAIN = 20


def fixed_tree(where):
    """A jail with links of every kind, its neighbours, and a sibling."""
    jail = {
        b"plain": b"p", b".hidden": b"h", b"with space": b"s", b"pipe": "fifo",
        b"BIN": {b"tool": b"t"}, b".ssh": {b"keys": b"k"}, b".bash_it": b"b",
        b"sub": {
            b"leaf": b"l", b"deeper": {
                b"leaf": b"d", b"up": ("link", b"../../../.."),
                b"chain": ("link", b"../../rel"), b"plain": b"q"},
            b"back": ("link", b"../to-dir"), b"root": ("link", b"/"),
            b"new-up": ("link", b"../created"),
            b"new-abs": ("link", b"/sub/deeper/created"),
            b"out": ("link", b"../../outside/secret")},
        b".ssh2": {b"keys": b"k"}, b"sub2": {b"leaf": b"s", b".dot": b"."},
        b"to-file": ("link", b"plain"), b"to-dir": ("link", b"sub"),
        b"rel": ("link", b"sub/../plain"), b"up": ("link", b".."),
        b"out": ("link", b"../outside/secret"),
        b"out-dir": ("link", b"../outside"),
        b"sibling": ("link", b"../jail2"),
        b"abs": ("link", b"/plain"), b"abs-dir": ("link", b"/sub/deeper"),
        b"abs-out": ("link", where + b"/outside/secret"),
        b"abs-out-dir": ("link", where + b"/outside"),
        b"abs-in": ("link", where + b"/jail/sub"),
        b"loop": ("link", b"loop2"), b"loop2": ("link", b"loop"),
        b"self": ("link", b"self"), b"self-dir": ("link", b"self-dir/x"),
        b"dangling": ("link", b"nowhere"), b"deep": ("link", b"nowhere/x"),
        b"new": ("link", b"sub/new"), b"new-abs": ("link", b"/sub/new"),
        b"to-dangling": ("link", b"dangling"), b"here": ("link", b"."),
        b"slash": ("link", b"sub/"), b"file-slash": ("link", b"plain/"),
        b"new-slash": ("link", b"new-one/"), b"through": ("link", b"plain/x"),
        b"climb": ("link", b"sub/deeper/../../plain"),
        b"no-climb": ("link", b"nowhere/../plain"),
        b"to-ssh": ("link", b".ssh"), b"to-pipe": ("link", b"pipe"),
        b"reserved": ("link", b".scp-server.0.part"),
        b"control": ("link", b"a\x01b"),
    }
    for n in range(CHAIN):
        jail[b"c%d" % n] = ("link", b"c%d" % (n + 1) if n + 1 < CHAIN
                            else b"plain")
    return {b"jail": jail, b"jail2": {b"plain": b"2"},
            b"outside": {b"secret": b"!", b"dir": {b"x": b"x"}}}


def grow(rng, top, where):
    """More directories, files and links at random places in the jail."""
    jail = top.children[b"jail"]
    folders = [jail, jail.children[b"sub"]]
    words = [b"plain", b"sub", b"..", b"deeper", b"up", b"leaf", b"to-dir",
             b"outside", b"jail", b"nowhere", b"out-dir", b"."]
    for n in range(rng.randrange(10, 40)):
        here = rng.choice(folders)
        name = b"r%d" % n
        words.append(name)
        kind = rng.random()
        if kind < 0.3:
            folders.append(here.add(name, tree.Node("d")))
        elif kind < 0.5:
            here.add(name, tree.Node("f", 0o644, b"r"))
        else:
            text = b"/".join(rng.choices(words, k=rng.randrange(1, 5)))
            front = rng.choice((b"", b"", b"", b"../", b"/", where + b"/"))
            here.add(name, tree.Node("l", text=front + text))
    return words


class Setting:
    """How a session sees the tree: root, start, links, names."""

    def __init__(self, rng, world, where):
        self.way = rng.choice(("follow", "follow-walk", "refuse",
                               "refuse-walk"))
        self.jail = rng.choice((b"jail", b"jail", b"jail/sub", None))
        self.root = b"" if self.jail is None else where + b"/" + self.jail
        top = world
        for name in self.root.split(b"/"):
            top = top.children[name] if name else top
        self.view = tree.View(top, self.way.startswith("follow"))
        self.start = rng.choice(([], [], [b"sub"], [b".ssh"]))
        if self.jail is None:
            self.start = where.strip(b"/").split(b"/") + [b"jail"]
        self.home = self.start if self.jail is None else []
        dotfiles = rng.choice(("allow", "allow", "root", "deny"))
        allow = rng.choice((None, None, None, b"[a-z]* *.*", b"r* s* l* j* t*"))
        deny = rng.choice((None, None, b"*-dir .?idden", b"r?[13579] pl\\ain"))
        self.rules = names.Rules(dotfiles, allow, deny)
        self.options = ["DotFiles=" + dotfiles]
        self.options += ["AllowNames=" + allow.decode()] if allow else []
        self.options += ["DenyNames=" + deny.decode()] if deny else []
        if self.root:
            self.options.append("Root=" + os.fsdecode(self.root))

    def arguments(self):
        return ["path", self.way, "/" + os.fsdecode(b"/".join(self.start)),
                *self.options]

    def expected(self, text):
        """The verdict, as the probe prints it."""
        try:
            parts, is_dir = names.normalise(text, self.start, self.home,
                                            self.root)
        except grammar.Refused as e:
            return str(probe.NUMBERS[e.args[0]])
        normal = b"/".join(parts)
        refused = self.rules.judge(parts, self.start)
        line = "=%s%s %d" % (probe.hexed(normal), "/" if is_dir else "",
                             probe.NUMBERS[refused or "ok"])
        if refused:
            return line
        return "%s %s %s" % (line, self.found(normal), self.stored(normal))

    def found(self, normal):
        try:
            node = self.view.find(normal)
        except tree.Wrong as e:
            return probe.NUMBERS[e.args[0]]
        return "%s%d" % (node.kind, node.ino)

    def stored(self, normal):
        try:
            node, name, exists = self.view.target(normal)
        except tree.Wrong as e:
            return probe.NUMBERS[e.args[0]]
        return "%d/%s%s" % (node.ino, probe.hexed(name),
                            "+" if exists else "-")


ODD = (b"..", b"..", b"..", b".", b"", b"", b"missing", b"a\x01", b"\x7f",
       b"...", b".scp-server.0.part", b"n" * 255, b"n" * 256, b".hidden",
       b".SSH", b".Bashrc", b"bIn", b"\xff\xfe", b" ", b"jail", b"jail2",
       b"outside", b"secret", b"c0", b"c1", b"c5", b"c9")


def stroll(rng, node):
    """Names that lead somewhere: down through what is there."""
    path = []
    while node.kind == "d" and node.children and rng.random() < 0.75:
        name = rng.choice(list(node.children))
        path.append(name)
        node = node.children[name]
        if node.kind == "l" and rng.random() < 0.7:
            path.append(rng.choice((b"..", b"plain", b"deeper", b"sub",
                                    b"leaf", b"secret", b"jail", b"keys")))
    return path


def typed_path(rng, setting, where, words):
    path = stroll(rng, setting.view.root if setting.jail else
                  setting.view.resolve(where + b"/jail")[2])
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3))):
        odd = rng.choice(ODD) if rng.random() < 0.7 else rng.choice(words)
        path.insert(rng.randrange(len(path) + 1), odd)
    front = rng.choice((b"", b"", b"/", b"/", b"//", b"~/", b"./", b"../"))
    if setting.jail is None and front[:1] == b"/":
        front = where + rng.choice((b"/jail/", b"/", b"/outside/../jail/"))
    elif rng.random() < 0.1:
        front = where + rng.choice((b"/jail/", b"/jail2/", b"/jail/sub/",
                                    b"//jail//", b"/./jail/", b"/jail"))
    text = front + b"/".join(path) + rng.choice((b"", b"", b"", b"/", b"/.",
                                                 b"//", b"/.."))
    if rng.random() < 0.01:
        text = rng.choice((b"", b"/", b"~", b"~/", b"~//", b"..", b".",
                           b"x/" * 2100, b"n" * 200 + b"/" + b"m/" * 1950))
    return text


def settles(program, setting, path, wanted):
    """Is it as expected when asked again?

    While others rename something anywhere on the machine, the kernel gives up
    paths with many ".." in their links (EAGAIN), and may count links twice.
    What never ends well is refused all the same, as EAGAIN.
    """
    again = str(errno.EAGAIN)
    loops = wanted.replace(" %d" % errno.ELOOP, " " + again)
    for _ in range(ASK_AGAIN):
        s = probe.ask(program, setting.arguments(), [probe.hexed(path)])[0]
        if s == wanted or (again in s.split() and loops == s.replace(
                " %d" % errno.ELOOP, " " + again)):
            return True
    return False


def compare(program, place, rng, count, runs=10):
    """One tree, several settings, count paths."""
    where = os.fsencode(place)
    top = tree.make(fixed_tree(where))
    words = grow(rng, top, where)
    root = tree.mount(top, where)
    os.umask(0o022)
    shutil.rmtree(place, ignore_errors=True)
    tree.plant(top, where)
    wrong, reached = [], 0
    for n in range(runs):
        setting = Setting(rng, root, where)
        paths = [typed_path(rng, setting, where, words)
                 for _ in range(count // runs)]
        seen = probe.ask(program, setting.arguments(),
                         [probe.hexed(p) for p in paths])
        for path, s in zip(paths, seen):
            reached += s.count(" ") > 1
            wanted = setting.expected(path)
            if s != wanted and (len(wrong) > bulk.SHOWN_MAX or not settles(
                    program, setting, path, wanted)):
                wrong.append("%r (%s): program %s, model %s" % (
                    path[:200], " ".join(setting.arguments()), s, wanted))
    shutil.rmtree(place)
    return reached, wrong


def check_random(program, count):
    begun = time.monotonic()
    place = bulk.own_directory()
    try:
        found = bulk.spread("path", lambda rng, n: compare(
            program, os.path.join(place, "w%d" % os.getpid()), rng, n),
            count, 5000)
    finally:
        shutil.rmtree(place)
    bulk.judge("T-path random paths, normal form, policy and inode", count,
               sum((d for _, d in found), []), begun=begun)
    reached = sum(n for n, _ in found)
    suite.check(reached > count // 3, "only %d reached the tree" % reached)
    print("        of these looked up in the tree: %d" % reached)


def finds_a_difference(program):
    """Until there is one: what some mistakes take is rare."""
    place = bulk.own_directory()
    try:
        return bulk.first("path-control", lambda name: sum(
            (d for _, d in bulk.spread(name, lambda rng, n: compare(
                program, os.path.join(place, "w"), rng, n), 5000, 5000)), []))
    finally:
        shutil.rmtree(place)
