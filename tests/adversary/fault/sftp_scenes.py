"""The sessions over SFTP that are killed and disturbed.

A file is acknowledged by the STATUS of its CLOSE; the exit status says nothing
of it.  A client that meets a refusal goes on with the next file, as all do.
"""

import peer
import scenes
import sftp
from scenes import BIG, MIDDLE, MTIME, OLD, SMALL, TIMEOUT, TINY, body

PIECE = 100000
TIMES = sftp.Attrs(atime=MTIME, mtime=MTIME)


class Session:
    """As peer.Session: a status is an OK, or the words of a refusal."""

    def __init__(self):
        self.closed = []        # files of which CLOSE was OK
        self.items = []         # download: one Fetched per file
        self.seen = []          # one for each answer
        self.told = []
        self.extra = b""
        self.status = None
        self.hung = False
        self.over = False       # played to its end

    def replies(self):
        return self.seen

    def succeeded(self):
        return (self.status == 0 and self.over and
                all(reply == peer.OK for reply in self.seen))

    def all_acknowledged(self, _):
        return self.succeeded()

    def failure_told(self):
        """An end that comes too early is told by itself."""
        return not self.over or any(r != peer.OK for r in self.seen)


class Play:
    """One session, and what is asked in it; each returns whether it was OK."""

    def __init__(self, client, session):
        self.client, self.session = client, session

    def ask(self, kind, *words):
        answer = self.client.ask(kind, *words)
        refused = answer.kind == "status" and answer.code not in ("ok", "eof")
        self.session.seen.append(
            b"\1" + answer.text.encode() + b"\n" if refused else peer.OK)
        return None if refused else answer

    def opened(self, path, letters, attrs=sftp.NONE):
        answer = self.ask("open", path, sftp.flags_of(letters), attrs)
        return answer and answer.handle

    def put(self, path, writes, letters="wct", size=None, times=None,
            closed=True):
        """writes: of offsets and data.  A refused one is the last."""
        handle = self.opened(path, letters, sftp.Attrs(mode=0o640))
        good = handle is not None
        for at, data in writes:
            good = good and self.ask("write", handle, sftp.offset(at), data)
        if good and size is not None:
            good = self.ask("fsetstat", handle, sftp.Attrs(size=size))
        if good and times is not None:
            good = self.ask("fsetstat", handle, times)
        if handle is None or not closed:
            return False
        if self.ask("close", handle) and good:
            self.session.closed.append(path)
            return True
        return False

    def copy(self, old, new, closed=True):
        """Without a way through the client."""
        source = self.opened(old, "r")
        handle = source and self.opened(new, "wct")
        good = handle and self.ask(
            "extended", "copy-data", source, sftp.offset(0), sftp.offset(0),
            handle, sftp.offset(0))
        if handle is None or not closed:
            return
        if self.ask("close", handle) and good:
            self.session.closed.append(new)

    def rename(self, old, new):
        """Without an answer it is under one of the two."""
        self.session.closed = [p for p in self.session.closed
                               if p != old]
        if self.ask("extended", "posix-rename@openssh.com", old, new):
            self.session.closed.append(new)

    def get(self, path, letters="r"):
        handle = self.opened(path, letters)
        if handle is None:
            return
        answer = self.ask("fstat", handle)
        size = answer.attrs.size if answer else -1
        data, status = b"", peer.OK
        while True:
            answer = self.ask("read", handle, sftp.offset(len(data)), PIECE)
            if answer is None:
                status = b"\1"
            if answer is None or answer.kind == "status":
                break
            data += answer.data
        self.ask("close", handle)
        self.session.items.append(peer.Fetched(path.encode(), size, data,
                                               status))


def pieces(data, begin=0, size=PIECE):
    return [(at, data[at:at + size]) for at in range(begin, len(data), size)]


class Sftp:
    """What is another way to talk to the server."""
    sftp = True
    timed = False

    def command(self, server, place):
        if not self.options:
            return [server["sftp-server"]]
        return super().command(server, place)

    def play(self, argv, place):
        session = Session()
        env = {"PATH": "/usr/bin:/bin", "HOME": "/"}
        if self.options:
            env["SSH_ORIGINAL_COMMAND"] = "internal-sftp"
        client = sftp.Client(argv, self.root(place), TIMEOUT, env)
        try:
            client.init()
            play = Play(client, session)
            for name, *words in self.steps:
                getattr(play, name)(*words)
            session.over = True
            rest, session.status = client.end()
            session.extra += rest
        except (sftp.Ended, BrokenPipeError):
            session.status = client.wait()
        except sftp.Wrong as e:
            session.extra = str(e).encode()
            client.close()
            session.status = client.process.returncode
        except peer.Hung:
            session.hung = True
        finally:
            client.close()
        return session


class Upload(Sftp, scenes.Upload):
    pass


class Download(Sftp, scenes.Download):
    pass


def upload(name, steps, **rest):
    return Upload("sftp-" + name, [], steps=steps, **rest)


def download(name, steps, **rest):
    return Download("sftp-" + name, [], steps=steps, **rest)


def put(data, letters="wct", path="x", **how):
    return [("put", path, pieces(data), letters, how.get("size"),
             how.get("times"), how.get("closed", True))]


TREE = [("ask", "mkdir", "d", sftp.Attrs(mode=0o750)),
        *put(SMALL, "wct", "d/one", times=TIMES),
        ("ask", "mkdir", "d/sub", sftp.Attrs(mode=0o755)),
        *put(TINY, "wct", "d/sub/two", times=TIMES),
        ("ask", "setstat", "d/sub", TIMES), ("ask", "setstat", "d", TIMES)]

# scp writes in order, without TRUNC, and sets the size
NEW = upload("new", put(MIDDLE, "wc", size=len(MIDDLE)), new={"x": MIDDLE})
OVERWRITE = upload("overwrite", put(BIG, times=TIMES), old={"x": OLD},
                   new={"x": BIG}, timed=True)
UPLOADS = [
    NEW,
    OVERWRITE,
    upload("empty", put(b"", size=0), old={"x": OLD}, new={"x": b""}),
    upload("resume", [("put", "x", pieces(BIG, 1000000), "w")],
           old={"x": BIG[:1000000]}, new={"x": BIG}),
    upload("append", [("put", "x", pieces(MIDDLE, 200000), "wa")],
           old={"x": MIDDLE[:200000]}, new={"x": MIDDLE}),
    upload("middle", [("put", "x", [(1000, b"\0" * 500)], "w")],
           old={"x": OLD},
           new={"x": OLD[:1000] + b"\0" * 500 + OLD[1500:]}),
    upload("mixed", [("put", "x", pieces(MIDDLE)[::-1], "wct")],
           old={"x": OLD}, new={"x": MIDDLE}),
    upload("tree", TREE, new=scenes.TREE_NEW, timed=True),
    upload("two", [*put(SMALL), *put(MIDDLE, "wct", "y")],
           new={"x": SMALL, "y": MIDDLE}, old={"y": OLD}),
    upload("unclosed", put(MIDDLE, closed=False), old={"x": OLD}, new={}),
    upload("deny", put(MIDDLE), new={"x": MIDDLE},
           options=["Access=read-write", "Overwrite=deny"]),
    upload("drop-box", TREE, new=scenes.TREE_NEW, unnamed=True,
           options=["Access=write-only"]),
    upload("drop-replace", put(SMALL, "wc", size=len(SMALL)),
           old={"x": TINY}, new={"x": SMALL},
           options=["Access=write-only", "Overwrite=replace"]),
    upload("parents", put(SMALL, "wct", "a/b/x"), new={"a/b/x": SMALL},
           parents=("a", "a/b"),
           options=["Access=read-write", "MakeParents=yes"]),
    upload("versions", put(SMALL), new={"x": SMALL},
           old={"x": OLD, "x.~1~": TINY}, kept={"x.~2~": OLD, "x.~3~": OLD},
           options=["Access=read-write", "Overwrite=versions"]),
    upload("sync", put(SMALL), new={"x": SMALL}, old={"x": OLD},
           options=["Access=read-write", "Overwrite=replace",
                    "Sync=always"]),
    upload("renamed", [*put(SMALL, "wcx", "x.part"),
                       ("rename", "x.part", "x")],
           old={"x": OLD}, new={"x": SMALL}, kept={"x.part": SMALL},
           renamed={"x": "x.part"},
           options=["Access=read-write", "Overwrite=replace"]),
    upload("kept", put(MIDDLE, "wct", "y", closed=False), old={"x": OLD},
           new={}, kept={"y": MIDDLE}, prefix=True, options=[
               "Access=read-write", "Overwrite=replace", "Interrupted=keep"]),
    upload("copied", [("copy", "y", "x")], old={"x": OLD, "y": BIG},
           new={"x": BIG}),
    upload("copied-kept", [("copy", "y", "x", False)], old={"y": MIDDLE},
           new={}, kept={"x": MIDDLE}, prefix=True, options=[
               "Access=read-write", "Overwrite=replace", "Interrupted=keep",
               "AuditDigest=sha256"]),
    upload("named", put(BIG), new={"x": BIG}, old={"x": OLD}, named=True),
    upload("named-resume", [("put", "x", pieces(MIDDLE, 200000), "w")],
           old={"x": MIDDLE[:200000]}, new={"x": MIDDLE}, named=True),
]
SERVED = {"d/one": SMALL, "d/three": body(5, 5000)}
DOWNLOADS = [
    download("get", [("get", "x")], old={"x": BIG}),
    download("get-confined", [
        ("ask", "opendir", "d"), ("ask", "stat", "d/one"),
        ("get", "d/one"), ("get", "d/three")], old=SERVED,
        options=["Access=read-only"]),
]
# With a log, where those above have none: killed only.
LOGGED = [
    upload("logged-new", put(MIDDLE, "wc", size=len(MIDDLE)),
           new={"x": MIDDLE}, options=["AuditDigest=sha256"]),
    upload("logged-replace", put(SMALL, times=TIMES), old={"x": OLD},
           new={"x": SMALL}, options=["AuditDigest=none"]),
    upload("logged-tree", TREE, new=scenes.TREE_NEW,
           options=["AuditDigest=none"]),
    upload("logged-resume", [("put", "x", pieces(MIDDLE, 200000), "w")],
           old={"x": MIDDLE[:200000]}, new={"x": MIDDLE},
           options=["AuditDigest=sha256"]),
    upload("logged-copied", [("copy", "y", "x")], old={"x": OLD, "y": BIG},
           new={"x": BIG}, options=["AuditDigest=none"]),
    upload("logged-named", put(SMALL), new={"x": SMALL}, old={"x": OLD},
           named=True, options=["AuditDigest=none"]),
    download("logged-get", [("get", "x")], old={"x": BIG},
             options=["AuditDigest=sha256"]),
    download("logged-get-two", [("get", "x"), ("get", "y")],
             old={"x": TINY, "y": MIDDLE}, options=["AuditDigest=none"]),
]
ALL = UPLOADS + DOWNLOADS
scenes.BY_NAME.update({scene.name: scene for scene in LOGGED})
scenes.BY_NAME.update({scene.name: scene for scene in ALL})
