"""The model of a sink: a peer's octets in, replies, exit status and tree out.

The tree is that of tree.py, policy and options are plain values, and every
rule is one of the manual's:

- each T, C, D, E and each body gets one reply, \\1 and \\2 get none, and the
  first reply, for the target, is sent unasked
- an announced body is never read as records: with -r or -d the body of a
  refused file is dropped, without them the session ends
- a refused D ends the session, and so does whatever is no protocol
- what is created, file or directory, counts in the limits of the session
- a file appears whole or not at all; a name is never followed through a link
- T counts for the next C or D only, whatever becomes of that
"""

import enc
import grammar
import names
import tree

DROP_MAX = 64 << 20
LEAST = 1024        # octets that whatever is created counts at least

WORDS = {
    "ERR_LINE": "protocol error: record too long",
    "ERR_RECORD": "protocol error: unknown record",
    "ERR_MODE": "protocol error: bad mode",
    "ERR_SIZE": "protocol error: bad size",
    "ERR_TIMES": "protocol error: bad times",
    "ERR_NAME": "protocol error: unexpected filename",
    "ERR_DOT": "error: unexpected filename: . "
               "(name the directory, or site/*)",
    "ERR_STATUS": "protocol error: status byte expected",
    "ERR_ORDER": "protocol error: received directory without -r",
    "ERR_READ_ONLY": "uploads are not allowed",
    "ERR_LOST": "lost connection",
    "ERR_BYTES": "Control characters in the name",
    "ERR_PATH": "Path leaves the served directory",
    "ERR_KIND": "not a regular file",
    "ERR_LINK": "Symbolic link not followed",
    "ERR_RESERVED": "Name is reserved for temporary files",
    "ERR_DEPTH": "Directories nested too deep",
    "ERR_AGAIN": "Not a directory, and already received",
    "ERR_EXISTS": "File exists",
    "ERR_DOTFILES": "name not allowed (DotFiles)",
    "ERR_STARTUP": "one of the start-up names, not allowed here (DotFiles)",
    "ERR_ALLOW_NAMES": "name not allowed (AllowNames)",
    "ERR_DENY_NAMES": "name not allowed (DenyNames)",
    "ERR_MAX_FILE_SIZE": "larger than this account may copy (MaxFileSize)",
    "ERR_MAX_SESSION_BYTES":
        "more than one session may copy (MaxSessionBytes)",
    "ERR_MAX_SESSION_FILES":
        "more files than one session may copy (MaxSessionFiles)",
    "ENOENT": "No such file or directory",
    "ENOTDIR": "Not a directory",
    "EISDIR": "Is a directory",
    "EACCES": "Permission denied",
    "SET_MODE": "set mode: Permission denied",
    "SET_TIMES": "set times: Permission denied",
    "ELOOP": "Too many levels of symbolic links",
    "ENAMETOOLONG": "File name too long",
}
# These concern the session: no path stands before the words.
PATHLESS = {e for e, w in WORDS.items() if w.startswith("protocol error")} | {
    "ERR_READ_ONLY", "ERR_DOT"}
# These end the session wherever they come from.
FATAL = PATHLESS | {"ERR_LOST"}


class Policy:
    """The keywords that a sink looks at, with the defaults of the manual."""

    def __init__(self, root=None, **set_by_hand):
        self.root = root
        confined = root is not None
        self.access = "read-write"
        self.overwrite = "deny" if set_by_hand.get("access") == \
            "write-only" else "replace"
        self.symlinks = "refuse" if confined else "follow"
        self.dotfiles = "root" if confined else "allow"
        self.allow_names = self.deny_names = None
        self.file_mode = self.directory_mode = None
        self.umask = 0o022
        self.preserve_times = self.preserve_modes = True
        self.max_file_size = self.max_session_bytes = None
        self.max_session_files = None
        self.max_depth = 64 if confined else 256
        self.__dict__.update(set_by_hand)


class Stop(Exception):
    """The session ends; args[0] is its exit status."""


class Level:
    """A directory entered by D."""

    def __init__(self, node, shown, path, made, mode, times):
        self.node, self.shown, self.path = node, shown, path
        self.made, self.mode, self.times = made, mode, times
        # one that we may not read can't be changed through its descriptor
        self.unlisted = not node.mode & 0o400
        self.unlocked = False


class Sink:
    """One session: options is a set of the letters r p d."""

    def __init__(self, policy, options, typed, start, top, octets):
        self.policy, self.options = policy, options
        self.typed, self.start = typed, start
        self.view = tree.View(top, policy.symlinks == "follow")
        self.rules = names.Rules(policy.dotfiles, policy.allow_names,
                                 policy.deny_names)
        self.octets = octets
        self.replies = []
        self.status = 0
        self.files = self.bytes = 0
        self.times = None
        self.levels = []
        self.received = False

    # what the peer hears

    def raise_status(self, status):
        self.status = max(self.status, status)

    def say_refused(self, error, shown, stop, detail=b""):
        """What may not be made is not its own fault but its directory's."""
        if error == "EACCES":
            front, slash, _ = shown.rpartition(b"/")
            shown = front or (slash or b".")
        self.say(error, shown, stop, detail)

    def rights(self, node):
        """The mode of the directory that is stored in."""
        return node.mode | (0o300 if self.levels and
                            self.levels[-1].unlocked else 0)

    def say(self, error, shown, stop=False, detail=b""):
        """\\1 and words, or with stop \\2 and the end."""
        stop = stop or error in FATAL
        path = b"" if error in PATHLESS or not shown else \
            enc.encode_cut(shown, 256) + b": "
        more = b" -- " + enc.encode_cut(detail, 128) if detail else b""
        self.replies.append((b"\2" if stop else b"\1") + b"scp: " + path +
                            WORDS[error].encode() + more + b"\n")
        self.raise_status(2 if stop else 1)
        if stop:
            raise Stop()

    def acknowledge(self):
        self.replies.append(b"\0")

    # the session

    def run(self):
        """Everything, to the end of the peer's octets or of patience."""
        try:
            if self.policy.access == "read-only":
                self.say("ERR_READ_ONLY", None)
            self.open_target()
            self.acknowledge()
            while self.take_record():
                pass
        except Stop:
            while self.levels:
                self.abandon(self.levels.pop())
            return self
        while self.levels:              # a good end finishes what is open
            error = self.leave()
            if error:
                self.raise_status(1)
        return self

    def open_target(self):
        try:
            path, as_dir = names.normalise(
                self.typed, self.start, root=self.policy.root or b"")
            node, name, exists = self.view.target(b"/".join(path))
            if name and ("d" in self.options or (as_dir and exists)):
                raise grammar.Refused("ENOTDIR" if exists else "ENOENT")
        except (grammar.Refused, tree.Wrong) as e:
            self.say(e.args[0], self.typed, stop=True)
        self.path, self.as_dir = path, as_dir
        self.target, self.target_name = node, name

    def take_record(self):
        """One record; False at a good end."""
        try:
            line, self.octets = grammar.cut_line(self.octets)
            record = grammar.read_record(line)
        except grammar.Refused as e:
            if e.args[0] == "ERR_EOF":
                return False
            self.say(e.args[0], None)
        if record.kind == "T":
            self.times = record.times if self.policy.preserve_times else None
            self.acknowledge()
            return True
        if record.kind == "2":
            self.raise_status(2)
            raise Stop()
        going_on = True
        if record.kind == "1":
            self.raise_status(1)
        elif record.kind == "E":
            going_on = self.take_end()
        else:
            (self.take_file if record.kind == "C" else self.take_dir)(record)
        self.times = None
        return going_on

    def here(self):
        """The directory, what the peer calls it, and its names."""
        if self.levels:
            level = self.levels[-1]
            return level.node, level.shown, level.path
        return self.target, self.typed, self.path

    def place(self, record):
        """Where a record's name goes: directory, name, shown, path."""
        node, shown, path = self.here()
        if not self.levels and self.target_name:
            return node, self.target_name, shown, path
        path = path + [record.name]
        front = shown
        while len(front) > 1 and front.endswith(b"/"):
            front = front[:-1]
        shown = front + (b"" if front.endswith(b"/") else b"/") + record.name
        return node, record.name, shown, path

    # files

    def take_file(self, record):
        shown = self.here()[1]
        if record.refused:
            return self.refuse_file(record, record.refused, shown,
                                    record.text)
        node, name, shown, path = self.place(record)
        error = self.judge_file(record, node, name, path)
        if error:
            return self.refuse_file(record, error, shown)
        self.acknowledge()
        self.take_body(record, shown)
        body = self.body
        status = self.take_status(shown)
        if status == "peer":
            self.raise_status(1)
            return self.acknowledge()
        self.received = True
        old = node.children.get(name)
        if old is not None and self.policy.overwrite == "deny":
            return self.say("ERR_EXISTS", shown)
        if old is not None and old.kind == "d":     # one of our own making
            return self.say("EISDIR", shown)
        self.store(record, node, name, old, body)
        self.count(record.size)
        return self.acknowledge()

    def judge_file(self, record, node, name, path):
        """What can be told before the body; None when it may come."""
        p = self.policy
        if not self.levels and self.target_name:
            if self.as_dir:
                return "ENOENT"
            if self.received and not self.options & {"r", "d"}:
                return "ERR_AGAIN"
        else:
            refused = self.rules.judge(path, self.path)
            if refused:
                return refused
        refused = self.too_much(record.size)
        if refused:
            return refused
        fresh = bool(self.levels) and self.levels[-1].made
        if not self.rights(node) & 0o100:
            return "EACCES"
        old = None if fresh else node.children.get(name)
        if old is not None:
            if old.kind == "d":
                return "EISDIR"
            if old.kind == "o":
                return "ERR_KIND"
            if p.overwrite == "deny":
                return "ERR_EXISTS"
            if p.overwrite == "versions" and len(name) > 255 - 7:
                return "ENAMETOOLONG"
        return None if self.rights(node) & 0o200 else "EACCES"

    def too_much(self, size):
        """Why nothing of this size may be created; a directory has 0."""
        p = self.policy
        if p.max_file_size is not None and size > p.max_file_size:
            return "ERR_MAX_FILE_SIZE"
        if p.max_session_bytes is not None and \
                self.bytes + max(size, LEAST) > p.max_session_bytes:
            return "ERR_MAX_SESSION_BYTES"
        if p.max_session_files is not None and \
                self.files >= p.max_session_files:
            return "ERR_MAX_SESSION_FILES"
        return None

    def count(self, size):
        self.files += 1
        self.bytes += max(size, LEAST)

    def refuse_file(self, record, error, shown, detail=b""):
        if not self.options & {"r", "d"} or record.size > DROP_MAX:
            self.say_refused(error, shown, True, detail)
        self.acknowledge()
        self.take_body(record, shown, detail)
        self.take_status(shown, detail)
        self.say_refused(error, shown, False, detail)

    def take_body(self, record, shown, detail=b""):
        if len(self.octets) < record.size:
            self.octets = b""
            self.say("ERR_LOST", shown, True, detail)
        self.body = self.octets[:record.size]
        self.octets = self.octets[record.size:]

    def take_status(self, shown, detail=b""):
        """The peer's word on its body; the end of input is a good one."""
        letter, rest = self.octets[:1], self.octets[1:]
        if letter in (b"", b"\0"):
            self.octets = rest
            return "ok"
        if letter not in (b"\1", b"\2"):
            self.say("ERR_STATUS", None, True, detail)
        end = rest.find(b"\n")
        if end < 0:
            self.say("ERR_LOST", shown, True, detail)
        self.octets = rest[end + 1:]
        if letter == b"\2":
            self.raise_status(2)
            raise Stop()
        return "peer"

    def store(self, record, node, name, old, body):
        p = self.policy
        mode = record.mode & 0o777 if p.file_mode is None else p.file_mode
        exact = p.file_mode is not None or (
            "p" in self.options and p.preserve_modes)
        if not exact:
            mode &= ~p.umask
            if old is not None and old.kind == "f":
                mode = old.mode & 0o777
        if old is not None and p.overwrite == "versions":
            version = 1
            while name + b".~%d~" % version in node.children:
                version += 1
            node.add(name + b".~%d~" % version, old)
        new = node.add(name, tree.Node("f", mode, body))
        if self.times is not None:
            mtime, musec, atime, ausec = self.times
            new.mtime, new.atime = (mtime, musec), (atime, ausec)
        node.mtime = None

    # directories

    def take_dir(self, record):
        shown = self.here()[1]
        if "r" not in self.options:
            self.say("ERR_ORDER", None)
        if record.refused:
            self.say(record.refused, shown, True, record.text)
        node, name, shown, path = self.place(record)
        try:
            self.enter(record, node, name, shown, path)
        except tree.Wrong as e:
            self.say_refused(e.args[0], shown, True)
        self.acknowledge()

    def enter(self, record, node, name, shown, path):
        p = self.policy
        if self.levels or not self.target_name:
            refused = self.rules.judge(path, self.path)
            if refused:
                raise tree.Wrong(refused)
        if len(path) > p.max_depth:     # counted from the root
            raise tree.Wrong("ERR_DEPTH")
        mode = record.mode & 0o1777 if p.directory_mode is None else \
            p.directory_mode
        if not self.rights(node) & 0o100:
            raise tree.Wrong("EACCES")
        there, made = node.children.get(name), False
        if there is None:
            refused = self.too_much(0)      # entering one creates nothing
            if refused:
                raise tree.Wrong(refused)
            if not self.rights(node) & 0o200:
                raise tree.Wrong("EACCES")
            there = node.add(name, tree.Node("d", (mode | 0o700) & ~p.umask))
            node.mtime = None
            made = True
            self.count(0)
        if there.kind != "d":
            raise tree.Wrong("ERR_LINK" if there.kind == "l" else "ENOTDIR")
        level = Level(there, shown, path, made, mode, self.times)
        # one of our own that can't be written is, for the time
        level.unlocked = not (made or level.unlisted or p.root is not None or
                              p.overwrite == "deny")
        self.levels.append(level)

    def take_end(self):
        if not self.levels:
            self.acknowledge()
            return False
        shown = self.levels[-1].shown
        error = self.leave()
        if error:
            self.say(error, shown)
        else:
            self.acknowledge()
        return True

    def is_exact(self, level):
        return ("p" in self.options and self.policy.preserve_modes) or (
            level.made and self.policy.directory_mode is not None)

    def abandon(self, level):
        """A directory that is not complete: the next one goes on there."""
        if level.made and self.is_exact(level) and not level.unlisted and \
                level.mode & 0o700 == 0o700:
            level.node.mode = level.mode | level.node.mode & 0o1000

    def leave(self):
        """Times and mode of a directory; the error if there was one."""
        level, p = self.levels.pop(), self.policy
        if not level.made and p.overwrite == "deny":
            return None
        exact = self.is_exact(level)
        mode = level.mode
        if not exact:
            mode = mode & ~p.umask if level.made and mode & 0o700 != 0o700 \
                else None
        if mode is not None and level.unlisted:
            return "SET_MODE"
        if level.times and level.unlisted:
            return "SET_TIMES"
        if level.times:
            level.node.mtime = level.times[:2]
        if mode is not None:
            level.node.mode = mode | level.node.mode & 0o1000
        return None
