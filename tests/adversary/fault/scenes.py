"""The sessions that are killed and disturbed.

A scene is prepared in a directory of its own, PLACE: PLACE/root holds the
files, and nothing else may appear there; PLACE/outside must stay as it is.
"""

import os

import peer

TIMEOUT = float(os.environ.get("FAULT_TIMEOUT", "60"))
MTIME = 1234567890
OLD_MTIME = 1000000000
NOBODY = 65534
OUTSIDE = {"keep": b"what is outside of the root\n"}


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
    options = ()            # of form 3; without any form 1, argv[0] scp
    open = False            # form 3 with Root none
    named = False           # where there is no O_TMPFILE: a named temporary
    unnamed = False         # can't be where there is no O_TMPFILE
    inplace = False         # the old file itself is written
    audit = True            # with an audit file in the place
    old = {}                # files there before: path -> content
    if_known = False        # left out where the server has not the options
    sftp = False            # see sftp_scenes.py
    prefix = False          # so much of what is kept as came
    renamed = {}            # name -> the one that it was stored under
    timed = False           # all that is stored gets MTIME
    below = ""              # where what is sent goes, from the root
    parents = None          # directories that may be made, and no others
    locked = {}             # directories that have no right to write: modes

    def __init__(self, name, arguments, **rest):
        self.name = name
        self.arguments = list(arguments)
        self.__dict__.update(rest)
        self.confined = bool(self.options) and not self.open
        self.logged = bool(self.options) and self.audit

    def root(self, place):
        return os.path.join(place, "root")

    def prepare(self, place):
        os.makedirs(self.root(place))
        for path, data in self.old.items():
            write_file(os.path.join(self.root(place), path), data)
        for path, data in OUTSIDE.items():
            write_file(os.path.join(place, "outside", path), data)
        if self.locked:
            self.lock(place)

    def lock(self, place):
        """Root's directories are not unlocked: they are somebody's."""
        for where, dirs, names in os.walk(self.root(place)):
            for path in [where] + [os.path.join(where, n) for n in names]:
                if os.geteuid() == 0:
                    os.chown(path, NOBODY, NOBODY)
        for path, mode in self.locked.items():
            os.chmod(os.path.join(self.root(place), path), mode)

    def command(self, server, place):
        """argv: as scp in the root, or as scp-server with -o Root=."""
        if self.locked and os.geteuid() == 0:
            return ["/usr/bin/setpriv", "--reuid", str(NOBODY), "--regid",
                    str(NOBODY), "--clear-groups", server["scp"],
                    *self.arguments]
        if not self.options:
            return [server["scp"]] + self.arguments
        line = [server["scp-server"], "-o", "AuditLog=" + (
            os.path.join(place, "audit") if self.audit else "none")]
        line += ["-o", "Root=" + (
            "none" if self.open else self.root(place))]
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
           options=["Access=write-only"], unnamed=True),
    Upload("drop-replace", ["-r", "-p", "-t", "."], records=TREE,
           new=TREE_NEW, old={"d/one": OLD},
           options=["Access=write-only", "Overwrite=replace"]),
    Upload("versions", ["-t", "x"], records=one_file(SMALL), new={"x": SMALL},
           old={"x": OLD, "x.~1~": TINY}, kept={"x.~2~": OLD, "x.~3~": OLD},
           options=["Overwrite=versions"], if_known=True),
    Upload("parents", ["-t", "a/b/x"], records=one_file(SMALL),
           new={"a/b/x": SMALL}, below="a/b/", parents=("a", "a/b"),
           options=["MakeParents=yes", "Sync=always"]),
    Upload("parents-tree", ["-r", "-d", "-t", "a/b"], records=TREE,
           new={"a/b/" + path: data for path, data in TREE_NEW.items()},
           below="a/b/", parents=("a", "a/b", "a/b/d", "a/b/d/sub"),
           options=["MakeParents=yes", "Access=write-only",
                    "DirectoryMode=0550"], unnamed=True),
    Upload("unlocked", ["-r", "-t", "."], new={"d/one": SMALL, "e": TINY},
           records=(peer.directory(0o555, "d"), peer.file(0o640, "one", SMALL),
                    peer.END, peer.file(0o600, "e", TINY)),
           old={"d/one": OLD}, locked={"d": 0o555}),
    Upload("inplace", ["-p", "-t", "x"], records=one_file(SMALL, True),
           new={"x": SMALL}, old={"x": OLD}, open=True,
           options=["Overwrite=inplace"], inplace=True),
    Upload("named", ["-t", "x"], records=one_file(BIG), new={"x": BIG},
           old={"x": OLD}, named=True),
    Upload("named-tree", ["-r", "-p", "-t", "."], records=TREE, new=TREE_NEW,
           named=True),
    Upload("named-deny", ["-t", "x"], records=one_file(SMALL),
           new={"x": SMALL}, options=["Overwrite=deny"], named=True),
    Upload("named-versions", ["-t", "x"], records=one_file(SMALL),
           new={"x": SMALL}, old={"x": OLD, "x.~1~": TINY},
           kept={"x.~2~": OLD, "x.~3~": OLD},
           options=["Overwrite=versions"], named=True),
]
SERVED = {"d/one": SMALL, "d/sub/two": TINY, "d/three": body(5, 5000)}
DOWNLOADS = [
    Download("get", ["-p", "-f", "x"], old={"x": BIG}),
    Download("get-tree", ["-r", "-p", "-f", "d"], old=SERVED),
    Download("get-pipelined", ["-r", "-p", "-f", "d"], old=SERVED,
             options=["Pipelining=yes"], if_known=True),
    Download("get-confined", ["-r", "-f", "d"], old=SERVED,
             options=["Access=read-only"]),
]
# With a log, where those above have none: killed only.
LOGGED = [
    Upload("logged-new", ["-t", "x"], records=one_file(MIDDLE),
           new={"x": MIDDLE}, options=["AuditDigest=sha256"]),
    Upload("logged-empty", ["-t", "x"], records=one_file(b""), new={"x": b""},
           options=["AuditDigest=none"]),
    Upload("logged-replace", ["-p", "-t", "x"], old={"x": OLD},
           records=one_file(SMALL, True), new={"x": SMALL},
           options=["AuditDigest=none"]),
    Upload("logged-tree", ["-r", "-p", "-t", "."], records=TREE, new=TREE_NEW,
           old={"d/one": OLD}, options=["AuditDigest=none"]),
    Upload("logged-longer", ["-t", "x"], records=one_file(BIG),
           new={"x": BIG}, old={"x": OLD}, open=True,
           options=["Overwrite=inplace"], inplace=True),
    Upload("logged-named", ["-t", "x"], records=one_file(SMALL),
           new={"x": SMALL}, old={"x": OLD}, named=True,
           options=["AuditDigest=none"]),
    Download("logged-get", ["-f", "x"], old={"x": BIG},
             options=["AuditDigest=sha256"]),
    Download("logged-get-tree", ["-r", "-f", "d"],
             old={**SERVED, "d/empty": b"", "d/block": body(6, 65536)},
             options=["AuditDigest=none"]),
    Download("logged-get-two", ["-f", "x", "y"],
             old={"x": TINY, "y": MIDDLE}, options=["Pipelining=yes"]),
]
BY_NAME = {s.name: s for s in UPLOADS + DOWNLOADS + LOGGED}
