"""What all requests of an SFTP session stand on: policy, paths and limits."""

import grammar
import names
import sink
import tree
from tree import Wrong

SUM_MAX = 2 ** 62 - 1   # what a session may count in all
LEAST = 1024        # octets that whatever is created counts at least
HANDLES_MAX = 64

SILENT = ("ERR_DOTFILES", "ERR_STARTUP", "ERR_ALLOW_NAMES", "ERR_DENY_NAMES")
CODES = dict.fromkeys(("ENOENT", "ENOTDIR", "ELOOP"), "missing")
CODES.update(dict.fromkeys(
    ("EACCES", "EPERM", "ERR_READ_ONLY", "ERR_WRITE_ONLY", "ERR_MODIFY",
     "ERR_LINKS", "ERR_LINK", "ERR_PATH", "ERR_ESCAPE", "ERR_LOG"), "denied"))
CODES.update(ok="ok", ERR_EOF="eof", ERR_PACKET="bad",
             ERR_UNSUPPORTED="unsupported")

# What a request needs of the policy, beside what OPEN's flags ask for.
NEEDS = {"setstat": "write", "fsetstat": "write", "mkdir": "write",
         "lsetstat": "write", "fsync": "write", "remove": "modify",
         "rmdir": "modify", "rename": "modify", "posix-rename": "replace",
         "symlink": "links", "hardlink": "links", "readlink": "read"}
# Which words of a request are paths, and which of them its refusal looks at.
PATHS = {"rename": ((0, 1), (0,)), "posix-rename": ((0, 1), (0,)),
         "hardlink": ((0, 1), (1,)), "symlink": ((1,), (1,)),
         "readlink": ((0,), ()), "open": ((0,), (0,)), "stat": ((0,), ()),
         "lstat": ((0,), ()), "setstat": ((0,), (0,)),
         "lsetstat": ((0,), (0,)), "mkdir": ((0,), (0,)),
         "rmdir": ((0,), (0,)), "remove": ((0,), (0,)),
         "opendir": ((0,), ()), "realpath": ((0,), ())}


class Policy(sink.Policy):
    """What a sink looks at, and the keywords of SFTP."""

    def __init__(self, root=None, **set_by_hand):
        super().__init__(root, **set_by_hand)
        confined = root is not None
        self.links = not confined
        self.modify = self.modify_default(confined)
        self.interrupted = "discard"
        self.__dict__.update(set_by_hand)

    def modify_default(self, confined):
        if not confined:
            return "yes"
        if self.access == "read-write":
            return "yes" if self.overwrite == "replace" else "own"
        return "own" if self.access == "write-only" and \
            self.overwrite != "deny" else "no"


class Ground:
    """The policy, the tree and the table of handles."""

    def __init__(self, policy, start, top, owner):
        self.policy, self.start, self.top = policy, start, top
        self.owner = owner
        self.view = tree.View(top, policy.symlinks == "follow")
        self.rules = names.Rules(policy.dotfiles, policy.allow_names,
                                 policy.deny_names)
        self.handles = []               # in the order in which they are found
        self.made = {}                  # node: True, or False if it was there
        self.last = None                # stored last, of a session that can't
        self.files = self.bytes = 0     # read
        self.confined = policy.root is not None
        self.outlook = None             # see notice()

    # what may be done

    def may(self, needs):
        p = self.policy
        if needs is None:
            return
        if needs == "read":
            if p.access == "write-only":
                raise Wrong("ERR_WRITE_ONLY")
            return
        if p.access == "read-only":
            raise Wrong("ERR_READ_ONLY")
        if needs == "links" and not p.links:
            raise Wrong("ERR_LINKS")
        if needs in ("modify", "replace") and p.modify == "no":
            raise Wrong("ERR_MODIFY")
        if needs == "replace" and p.overwrite == "deny":
            raise Wrong("ERR_EXISTS")

    def reads(self):
        return self.policy.access != "write-only"

    def ask(self, kind, *words):
        self.writing = NEEDS.get(kind) not in (None, "read")
        try:
            self.may(NEEDS.get(kind))
        except Wrong as e:
            self.notice(kind, words, True)
            return "status", e.args[0]
        try:
            self.notice(kind, words, False)
            answer = getattr(self, "do_" + kind.replace("-", "_"))(*words)
            return answer or ("status", "ok")
        except (Wrong, grammar.Refused) as e:
            if e.args[0] == "ENOTDIR" and not self.reads():
                return "status", "ENOENT"       # it may be a hidden file
            return "status", e.args[0]

    def notice(self, kind, words, refused):
        """By the first path it is known where a client stands: outside, if the
        path begins with the one of Root."""
        for n in PATHS.get(kind, ((), ()))[refused]:
            text = words[n]
            if self.outlook is None and len(text) <= names.PATH_MAX and \
                    b"\0" not in text:
                self.outlook = self.view_of(text)

    def view_of(self, text):
        return "outside" if self.confined and text != names.strip_root(
            self.policy.root, text) else "inside"

    def code(self, error):
        if error in SILENT:
            return "denied" if self.writing else "missing"
        return CODES.get(error, "failure")

    # paths

    def parse(self, text):
        """(names, spelt as a directory), not judged."""
        if len(text) > names.PATH_MAX:
            raise Wrong("ENAMETOOLONG")
        if b"\0" in text:
            raise Wrong("ERR_BYTES")
        if self.confined and (self.outlook or self.view_of(text)) == "outside":
            text = names.strip_root(self.policy.root, text)
        if text == b"":
            raise Wrong("ENOENT")
        path = [] if text[:1] == b"/" else list(self.start)
        for name in text.split(b"/"):
            if name == b"..":
                del path[-1:]           # the root is above itself
            elif name not in (b"", b"."):
                grammar.judge_name(name)
                path.append(name)
                if len(b"/".join(path)) >= names.PATH_MAX:
                    raise Wrong("ENAMETOOLONG")
        return path, text.split(b"/")[-1] in (b"", b".", b"..")

    def path(self, text):
        path, slash = self.parse(text)
        refused = self.rules.judge(path, self.start)
        if refused:
            raise Wrong(refused)
        return path, slash

    def look(self, path, follow):
        node = self.view.resolve(b"/".join(path), keep_last=not follow)[2]
        if node is None:
            raise Wrong("ENOENT")
        return node

    def open_dir(self, text):
        node = self.view.resolve(text)[2]
        if node is None:
            raise Wrong("ENOENT")
        if node.kind != "d":
            raise Wrong("ENOTDIR")
        return node

    def place(self, path, follow=False):
        """(directory, name, what stands there or None)."""
        text = b"/".join(path)
        for _ in range(tree.LINKS_MAX):
            head, _, last = text.rstrip(b"/").rpartition(b"/")
            if last in (b"", b".", b".."):
                raise Wrong("EISDIR")
            tree.judge_last(last)
            where = self.open_dir(head)
            node = where.children.get(last)
            if not (follow and self.view.follow and node is not None and
                    node.kind == "l"):
                return where, last, node
            text = node.text if node.text[:1] == b"/" else \
                (head or b".") + b"/" + node.text
        raise Wrong("ELOOP")

    def open_node(self, path):
        """A file or directory that is opened to be read."""
        node = self.look(path, self.view.follow)
        if node.kind == "l":
            raise Wrong("ERR_LINK")
        if node.kind == "o":
            raise Wrong("ERR_KIND")
        if not node.mode & 0o400:
            raise Wrong("EACCES")
        return node

    def hide(self, node):
        if not (self.reads() or node.kind == "d" or self.is_own(node)):
            raise Wrong("ENOENT")

    def is_own(self, node):
        return self.made.get(node, False)

    def note(self, node, made=False):
        self.made[node] = self.made.get(node, False) or made

    def add(self, where, name, node):
        if name in where.children:
            self.take(where, name)
        where.children[name] = node
        node.names = getattr(node, "names", 0 if node.ino is None else 1) + 1
        if node.kind == "d":
            node.up = where
        where.mtime = None

    def take(self, where, name):
        """Without a name it is nobody's."""
        node = where.children.pop(name)
        node.names = getattr(node, "names", 1) - 1
        if node.names == 0:
            self.made.pop(node, None)
        where.mtime = None

    def pending(self, path):
        """The upload that will have this path, the newest of several."""
        found = [h for h in self.handles if h.kind == "upload" and
                 not h.removed and not h.broken and h.path == path and self.leads_to(path, h)]
        return found[-1] if found else None

    def leads_to(self, path, h):
        """Whether a path still is the one of an upload: a link may have gone."""
        for follow in False, True:
            try:
                where, name, _ = self.place(path, follow)
            except Wrong:
                continue
            if where is h.place and name == h.name:
                return True
        return False

    def check_taken(self, path):
        if self.pending(path) is not None:
            raise Wrong("EEXIST")

    # limits

    def too_much(self, size, files, octets, counted):
        p = self.policy
        if p.max_file_size is not None and size > p.max_file_size:
            raise Wrong("ERR_MAX_FILE_SIZE")
        if p.max_session_bytes is not None and \
                counted > p.max_session_bytes - octets:
            raise Wrong("ERR_MAX_SESSION_BYTES")
        if p.max_session_files is not None and files >= p.max_session_files:
            raise Wrong("ERR_MAX_SESSION_FILES")

    def admit(self, size=0):
        self.too_much(size, self.files, self.bytes, max(size, LEAST))

    def count(self):
        self.files += 1
        self.bytes += LEAST

    def grow(self, h, size, more):
        if more > SUM_MAX - self.bytes:
            raise Wrong("EFBIG")
        whole = max(h.written + more, h.charged)
        self.too_much(size, self.files - 1, self.bytes - h.charged, whole)
        h.written += more
        self.bytes += whole - h.charged
        h.charged = whole

    def release(self, h):
        if h.inplace and h.written > 0:
            return                      # what was written stays
        self.files -= 1
        self.bytes -= h.charged
