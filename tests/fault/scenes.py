"""The sessions that are killed and spoilt, and what may be found afterwards.

A scene is prepared in a directory of its own, PLACE: PLACE/root holds the
files, and nothing else may appear there.  judge_*() return what is wrong in
words; an empty list is a pass.
"""

import os
import re
import signal

import peer
import suite

TIMEOUT = float(os.environ.get("FAULT_TIMEOUT", "20"))
TEMP = re.compile(r"\.scp-server\.[0-9a-f]{16}\.part\Z")
MTIME = 1234567890
OLD_MTIME = 1000000000


def body(seed, size):
    """Bytes that differ in every block, and between files."""
    block = bytes((seed * 31 + n * 7) % 251 for n in range(997))
    return (block * (size // len(block) + 1))[:size]


def write_file(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    os.utime(path, (OLD_MTIME, OLD_MTIME))


class Scene:
    """What an upload and a download have in common."""
    options = ()            # of form 3; None is form 1, argv[0] scp
    on_fuse = False         # without O_TMPFILE: a named temporary
    confined = False
    old = {}                # files there before: path -> content
    if_known = False        # left out where the server has not the options

    def __init__(self, name, arguments, **rest):
        self.name = name
        self.arguments = list(arguments)
        self.__dict__.update(rest)
        self.confined = bool(self.options)

    def root(self, place):
        return os.path.join(place, "root")

    def prepare(self, place):
        os.makedirs(self.root(place))
        for path, data in self.old.items():
            write_file(os.path.join(self.root(place), path), data)

    def command(self, server, place):
        """argv: as scp in the root, or as scp-server with -o Root=."""
        if not self.options:
            return [server["scp"]] + self.arguments
        line = [server["scp-server"], "-o", "Root=" + self.root(place),
                "-o", "AuditLog=" + os.path.join(place, "audit")]
        for option in self.options:
            line += ["-o", option]
        return line + self.arguments


class Upload(Scene):
    records = ()
    new = {}                # path -> content when all is stored
    kept = {}               # path -> content that may also appear (versions)
    refused = False         # the old file must stay

    def play(self, argv, place):
        return peer.upload(argv, self.records, cwd=self.root(place),
                           timeout=TIMEOUT)


class Download(Scene):
    def play(self, argv, place):
        return peer.download(argv, cwd=self.root(place), timeout=TIMEOUT)


BIG = body(1, 1300000)
MIDDLE = body(2, 300000)
SMALL = body(3, 70000)
TINY = body(4, 11)
OLD = body(9, 200000)

TREE = (
    peer.times(MTIME, MTIME), peer.directory(0o750, "d"),
    peer.times(MTIME, MTIME), peer.file(0o640, "one", SMALL),
    peer.times(MTIME, MTIME), peer.directory(0o755, "sub"),
    peer.times(MTIME, MTIME), peer.file(0o600, "two", TINY),
    peer.END, peer.END)
TREE_NEW = {"d/one": SMALL, "d/sub/two": TINY}


def one_file(data, timed=False):
    record = peer.file(0o640, "x", data)
    return (peer.times(MTIME, MTIME), record) if timed else (record,)


NEW = Upload("new", ["-t", "x"], records=one_file(MIDDLE), new={"x": MIDDLE})
OVERWRITE = Upload("overwrite", ["-p", "-t", "x"], old={"x": OLD},
                   records=one_file(BIG, True), new={"x": BIG})
UPLOADS = [
    NEW,
    OVERWRITE,
    Upload("tree", ["-r", "-p", "-t", "."], records=TREE, new=TREE_NEW,
           old={"d/one": OLD}),
    Upload("sync", ["-r", "-p", "-t", "."], records=TREE, new=TREE_NEW,
           options=["Sync=always"], if_known=True),
    Upload("deny", ["-t", "x"], records=one_file(MIDDLE), new={"x": MIDDLE},
           options=["Overwrite=deny"]),
    Upload("deny-old", ["-t", "x"], records=one_file(MIDDLE), refused=True,
           old={"x": OLD}, new={"x": OLD}, options=["Overwrite=deny"]),
    Upload("drop-box", ["-r", "-t", "."], records=TREE, new=TREE_NEW,
           options=["Access=write-only"]),
    Upload("versions", ["-t", "x"], records=one_file(SMALL), new={"x": SMALL},
           old={"x": OLD, "x.~1~": TINY}, kept={"x.~2~": OLD, "x.~3~": OLD},
           options=["Overwrite=versions"], if_known=True),
    Upload("named", ["-t", "x"], records=one_file(BIG), new={"x": BIG},
           old={"x": OLD}, on_fuse=True),
    Upload("named-tree", ["-r", "-p", "-t", "."], records=TREE, new=TREE_NEW,
           on_fuse=True),
    Upload("named-deny", ["-t", "x"], records=one_file(SMALL),
           new={"x": SMALL}, options=["Overwrite=deny"], on_fuse=True),
]
SERVED = {"d/one": SMALL, "d/sub/two": TINY, "d/three": body(5, 5000)}
DOWNLOADS = [
    Download("get", ["-p", "-f", "x"], old={"x": BIG}),
    Download("get-tree", ["-r", "-p", "-f", "d"], old=SERVED),
    Download("get-confined", ["-r", "-f", "d"], old=SERVED,
             options=["Access=read-only"]),
]


def stored(root):
    """Every name below root but directories, with its content."""
    found = {}
    for where, _, names in os.walk(root):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, root)] = f.read()
    return found


def modes_and_times(root):
    """What -p must have set, of files and directories below the root."""
    found = {}
    for where, dirs, names in os.walk(root):
        for name in dirs + names:
            path = os.path.join(where, name)
            s = os.stat(path)
            found[os.path.relpath(path, root)] = (s.st_mode, int(s.st_mtime))
    return found


def judge_names(scene, found, killed):
    """Final names are absent, old or new; nothing else is there."""
    wrong = []
    for path, data in found.items():
        allowed = [files[path] for files in (scene.old, scene.new, scene.kept)
                   if path in files]
        if TEMP.match(os.path.basename(path)):
            whole = data in [*scene.new.values(), *scene.kept.values()]
            if not killed:
                wrong.append("temporary left behind")
            elif not whole and not scene.on_fuse:
                wrong.append("partial temporary of %d bytes" % len(data))
        elif not allowed:
            wrong.append("stray name %s" % path)
        elif data not in allowed:
            wrong.append("PARTIAL %s: %d bytes" % (path, len(data)))
    wrong += ["old file %s is gone" % path for path in scene.old
              if path not in found]
    return wrong


def acknowledged_files(scene, session):
    """Paths of the files whose bodies were acknowledged."""
    trail, paths = [], []
    for answer in session.answers:
        line = answer.record.line.rstrip(b"\n")
        name = line.split(b" ", 2)[2].decode() if line[:1] in b"CD" else ""
        if line[:1] == b"D" and answer.reply == peer.OK:
            trail.append(name)
        elif line[:1] == b"E" and trail:
            trail.pop()
        elif line[:1] == b"C" and answer.verdict == peer.OK:
            paths.append("/".join(trail + [name]))
    return paths


def judge_promises(scene, session, found):
    """What was acknowledged is stored; success is said only of all."""
    wrong = ["acknowledged but not stored: " + path
             for path in acknowledged_files(scene, session)
             if found.get(path) != scene.new.get(path)]
    complete = all(found.get(p) == d for p, d in scene.new.items())
    if session.status == 0 and not complete:
        wrong.append("exit 0, not all stored")
    if session.status == 0 and not session.all_acknowledged(scene.records):
        wrong.append("exit 0, not all acknowledged")
    if (session.all_acknowledged(scene.records) and not complete):
        wrong.append("all acknowledged, not all stored")
    return wrong


def judge_replies(session, killed):
    """One well-formed reply per record, and a status that agrees."""
    wrong = []
    told = session.replies() + ([session.extra] if session.extra else [])
    for reply in told:
        if reply and reply != peer.OK and not is_message(reply):
            wrong.append("malformed reply %r" % reply[:40])
    if session.extra and session.extra[:1] != b"\2":
        wrong.append("extra reply %r" % session.extra[:40])
    if not killed and session.status == 0 and session.failure_told():
        wrong.append("exit 0 after telling a failure")
    return wrong


def is_message(reply):
    return (reply[:1] in (b"\1", b"\2") and reply[-1:] == b"\n" and
            reply.count(b"\n") == 1)


def judge_end(session):
    if session.hung:
        return ["HUNG"]
    if session.status < 0:
        return ["ended by " + signal.Signals(-session.status).name]
    return []


def judge_upload(scene, place, session, killed):
    found = stored(scene.root(place))
    wrong = judge_names(scene, found, killed)
    if scene.refused:
        if session.status == 0:
            wrong.append("exit 0 for a refused file")
    else:
        wrong += judge_promises(scene, session, found)
    wrong += judge_replies(session, killed)
    if killed:
        return wrong + (["HUNG"] if session.hung else [])
    return wrong + judge_end(session)


def judge_download(scene, place, session, killed):
    """Nobody is given a whole file with status OK that differs from ours."""
    wrong = []
    for item in session.items:
        whole = len(item.data) == item.size
        if whole and item.status == peer.OK:
            if scene.old.get(item.path.decode()) != item.data:
                wrong.append("WRONG BYTES of %s" % item.path.decode())
    good = [i.path.decode() for i in session.items if i.status == peer.OK]
    if session.status == 0 and sorted(good) != sorted(scene.old):
        wrong.append("exit 0, sent only %s" % ", ".join(good))
    if session.status == 0 and session.told:
        wrong.append("exit 0 after telling a failure")
    for message in session.told:
        if not is_message(message):
            wrong.append("malformed message %r" % message[:40])
    if stored(scene.root(place)) != scene.old:
        wrong.append("a source changed files")
    if killed:
        return wrong + (["HUNG"] if session.hung else [])
    return wrong + judge_end(session)


def could_be_told(scene, session):
    """In the middle of a body a source has no way to say anything."""
    return isinstance(scene, Upload) or not session.items or \
        len(session.items[-1].data) == session.items[-1].size


def judge(scene, place, session, killed=False):
    if isinstance(scene, Upload):
        return judge_upload(scene, place, session, killed)
    return judge_download(scene, place, session, killed)


def judge_success(scene, place, session):
    """A run in which nothing was spoilt: all stored or sent, -p obeyed."""
    wrong = judge(scene, place, session)
    if session.status != (2 if getattr(scene, "refused", False) else 0):
        wrong.append("exit %s" % session.status)
    if "-p" in scene.arguments and isinstance(scene, Upload):
        seen = modes_and_times(scene.root(place))
        for path, (_, mtime) in seen.items():
            if mtime != MTIME:
                wrong.append("%s has not the time of its T record" % path)
    return wrong
