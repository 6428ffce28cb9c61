"""The model of an SFTP session: requests in, answers and a tree out.

The tree is that of tree.py; a Node is a file whatever its names are, so that
what a handle holds stays when its name is taken away.  The rules are those of
the manual:

- a file that is written has no name before its CLOSE, and only this session
  finds it by the path that it will have; a request that failed on it breaks
  it, and then it never gets one
- it begins as the file that stands there, unless OPEN says otherwise, and
  takes from it, late, what was not written
- Modify is about what stands there and is not this session's own, Overwrite
  about names that are taken, Links about making them
- attributes of what this session stored are set as far as they may be, and
  the rest is said to be done
"""

import files
import names
import tree
from ground import Policy
from opened import ANY, NUMBER_MAX, Attributes, Handle
from tree import Wrong

__all__ = ["ANY", "Endpoint", "Handle", "Policy"]


class Endpoint(files.Files):
    """One session.  ask() gives (kind, value) for one request:

    ("status", error's name), ("handle", Handle), ("data", octets),
    ("attrs", Attributes), ("names", {name: Attributes}), ("path", octets)
    """

    # attributes

    def attrs(self, node):
        if node.text is None:           # above everything: not ours
            return Attributes(None, "d", None, ANY)
        size = {"o": 0, "d": None}.get(node.kind, len(node.text))
        mode = 0o777 if node.kind == "l" else node.mode
        return Attributes(size, node.kind, mode, node.mtime)

    def pending_attrs(self, h):
        if h.broken:
            raise Wrong(h.broken)
        if h.inplace:
            return self.attrs(h.node)
        mode, size = h.mode, h.size()
        if not self.reads():            # nothing is told of what it replaces
            size = h.end()
        elif h.old and h.old[1] == "f" and not h.exact:
            mode = h.old[0]
        return Attributes(size, "f", mode, ANY if h.mtime is None
                          else h.mtime)

    def do_stat(self, text, follow=True):
        path, slash = self.path(text)
        h = self.pending(path)
        if h is not None:
            found = self.pending_attrs(h)
        else:
            node = self.look(path, follow or slash)
            self.hide(node)
            found = self.attrs(node)
        if slash and found.kind != "d":
            raise Wrong("ENOTDIR")
        return "attrs", found

    def do_lstat(self, text):
        return self.do_stat(text, False)

    def check_owner(self, attrs):
        if attrs.uid is not None and (attrs.uid, attrs.gid) != self.owner:
            raise Wrong("ERR_MODIFY" if self.confined else "EPERM")

    def set_pending(self, h, attrs):
        p = self.policy
        if h.broken:
            raise Wrong(h.broken)
        if attrs.size is not None:
            try:
                if attrs.size > NUMBER_MAX:
                    raise Wrong("EFBIG")
                h.revive()
                self.grow(h, attrs.size,
                          max(0, attrs.size - h.end_for(attrs.size)))
                h.cut(attrs.size)
            except Wrong as e:
                h.broken = e.args[0]
                raise
            h.changed = True
        if h.inplace and self.must_stay(h.node, attrs):
            return
        already = self.set_old(h, attrs)
        self.check_owner(attrs)
        if attrs.mode is not None and p.preserve_modes and \
                p.file_mode is None:
            h.mode = h.asked_mode = attrs.mode & 0o777
            h.exact = True
            if h.inplace:
                h.node.mode = h.mode
        if attrs.mtime is not None and p.preserve_times:
            h.times = (attrs.atime, attrs.mtime)
            h.touch((attrs.mtime, 0))
            if h.inplace:
                h.node.atime = (attrs.atime, 0)
        h.dressed = h.dressed or not already and (
            attrs.mode is not None and p.preserve_modes and
            p.file_mode is None or
            attrs.mtime is not None and p.preserve_times or
            attrs.uid is not None and not self.confined)

    def set_old(self, h, attrs):
        """The old file itself, as long as nothing else is to be written."""
        node = h.base_node
        if h.changed or not h.base_open or not h.has_name() or \
                not self.is_own(node) and self.policy.modify != "yes":
            return False
        try:
            self.set_open(node, attrs)
        except Wrong:
            return False
        return True

    def must_stay(self, node, attrs):
        """What is written in place is not the session's own by that."""
        p = self.policy
        return not self.is_own(node) and (p.modify != "yes" or (
            node not in self.made and (
                attrs.mtime is not None and not p.preserve_times or
                attrs.mode is not None and not p.preserve_modes)))

    def set_node(self, node, attrs):
        """What stands there: with the right to, and as far as it goes."""
        p, is_dir = self.policy, node.kind == "d"
        fixed = p.directory_mode if is_dir else p.file_mode
        if attrs.mode is not None and p.preserve_modes and fixed is None:
            node.mode = attrs.mode & (0o1777 if is_dir else 0o777)
        if attrs.mtime is not None and p.preserve_times:
            node.mtime, node.atime = (attrs.mtime, 0), (attrs.atime, 0)
        self.check_owner(attrs)         # each is tried

    def set_open(self, node, attrs):
        p = self.policy
        if self.is_own(node):
            return self.set_node(node, attrs)
        if p.modify != "yes":
            if node in self.made:       # a directory of a tree: no word
                return None
            raise Wrong("ERR_MODIFY")
        if node in self.made:
            return self.set_node(node, attrs)
        if (attrs.mtime is not None and not p.preserve_times) or (
                attrs.mode is not None and not p.preserve_modes):
            raise Wrong("EPERM")
        return self.set_node(node, attrs)

    def do_fsetstat(self, h, attrs):
        h = self.handle(h)
        if h.kind == "upload":
            return self.set_pending(h, attrs)
        if attrs.size is not None or h.kind == "dir" and not self.reads():
            raise Wrong("EBADF")
        return self.set_open(h.node, attrs)

    def set_size_of(self, path, slash, attrs):
        """As OPEN of what has the name, FSETSTAT and CLOSE."""
        if slash:
            raise Wrong("EISDIR")
        h = self.begin_upload(path, "w", type(attrs)())[1]
        try:
            self.set_pending(h, attrs)
        except Wrong as e:
            h.broken = h.broken or e.args[0]
        self.do_close(h)

    def do_setstat(self, text, attrs, follow=True):
        path, slash = self.path(text)
        h = self.pending(path)
        if h is not None and (h.changed or not h.base_open or h.has_name()):
            self.check_slash(slash, "f")
            return self.set_pending(h, attrs)
        if attrs.size is not None and not follow:
            raise Wrong("ERR_UNSUPPORTED")
        if attrs.size is not None:
            return self.set_size_of(path, slash, attrs)
        node = self.look(path, follow or slash)
        self.check_slash(slash, node.kind)
        if node.kind == "l":
            raise Wrong("ERR_UNSUPPORTED")
        if node.kind != "d" and not self.reads():
            if not self.is_own(node):
                raise Wrong("ENOENT")
            if self.last is node:
                self.set_node(node, attrs)
            return None                 # else it is too late, and is said
        if node.kind == "o":            # to be done
            raise Wrong("ERR_KIND")
        if not node.mode & 0o400:
            fixed = self.policy.directory_mode if node.kind == "d" else \
                self.policy.file_mode
            if fixed is not None and self.is_own(node):
                return None
            return self.set_unreadable(node, attrs)
        return self.set_open(node, attrs)

    def set_unreadable(self, node, attrs):
        """An open session changes the mode of what is its account's, and the
        rest if that lets it be read."""
        if attrs.mode is None or self.confined:
            raise Wrong("EACCES")
        self.set_open(node, attrs._replace(uid=None, gid=None, atime=None,
                                           mtime=None))
        rest = attrs._replace(mode=None)
        if any(v is not None for v in rest):
            if not node.mode & 0o400:
                raise Wrong("EACCES")
            self.set_open(node, rest)

    def do_lsetstat(self, text, attrs):
        return self.do_setstat(text, attrs, False)

    # directories

    def do_opendir(self, text):
        path, _ = self.path(text)
        if len(path) > self.policy.max_depth:
            raise Wrong("ERR_DEPTH")
        node = self.open_node(path) if self.reads() else self.look(path, True)
        if node.kind != "d":
            raise Wrong("ENOTDIR")
        return self.give(Handle("dir", path, node))

    def do_readdir(self, h):
        if h not in self.handles or h.kind != "dir":
            raise Wrong("ERR_HANDLE")
        if h.listed or not self.reads():
            raise Wrong("ERR_EOF")
        h.listed = True
        up = h.path[:-1]
        found = {b".": self.attrs(h.node)}
        try:
            found[b".."] = self.attrs(self.look(up, True))
        except Wrong:
            found[b".."] = found[b"."]
        for name, node in h.node.children.items():
            if self.rules.judge(h.path + [name], self.start) is None:
                found[name] = self.attrs(node)
        return "names", found

    def do_realpath(self, text):
        path, _ = self.parse(text or b".")
        if self.outlook == "outside":
            return "path", b"/".join([self.policy.root] + path)
        return "path", b"/" + b"/".join(path)

    def do_mkdir(self, text, attrs):
        path, _ = self.path(text)
        p = self.policy
        self.check_taken(path)
        try:
            where, name, there = self.place(path)
        except Wrong as e:
            raise Wrong("EEXIST" if e.args[0] == "EISDIR" else
                        e.args[0]) from None
        try:
            if len(path) > p.max_depth:
                raise Wrong("ERR_DEPTH")
            self.admit()
        except Wrong:
            if there is not None:
                if there.kind == "d":
                    self.note(there)
                raise Wrong("EEXIST") from None
            raise
        if there is not None:
            if there.kind == "d":
                self.note(there)
            raise Wrong("EEXIST")
        if not where.mode & 0o200:
            raise Wrong("EACCES")
        mode = 0o777 if attrs.mode is None else attrs.mode & 0o1777
        mode = p.directory_mode if p.directory_mode is not None else \
            mode & ~p.umask
        node = tree.Node("d", mode)
        self.add(where, name, node)
        self.note(node, True)
        self.count()
        self.note(where)

    # names

    def may_change(self, node):
        if self.is_own(node):
            return
        self.hide(node)
        if self.policy.modify != "yes":
            raise Wrong("ERR_MODIFY")

    def check_slash(self, slash, kind):
        """Only a directory has "name/"."""
        if slash and kind != "d":
            raise Wrong("ENOENT")

    def find(self, path, slash):
        where, name, node = self.place(path)
        if node is None:
            raise Wrong("ENOENT")
        self.check_slash(slash, node.kind)
        return where, name, node

    def take_away(self, path, slash, is_dir):
        where, name, node = self.find(path, slash)
        if is_dir != (node.kind == "d"):
            raise Wrong("ENOTDIR" if is_dir else "EISDIR")
        self.may_change(node)
        if is_dir:
            self.check_unused(node)
        if not where.mode & 0o200:
            raise Wrong("EACCES")
        if is_dir and node.children:
            raise Wrong("ENOTEMPTY")
        self.take(where, name)
        node.gone = is_dir

    def do_remove(self, text):
        path, slash = self.path(text)
        h = self.pending(path)
        try:
            self.take_away(path, slash, False)
        except Wrong as e:
            if h is None or slash or e.args[0] != "ENOENT" or self.stands(path):
                raise
        while h is not None:            # each upload that has this name
            h = self.pending(path)
            if h is not None:
                h.removed, h.passed = True, False

    def stands(self, path):
        """Whether something does, which may be hidden."""
        try:
            return self.place(path)[2] is not None
        except Wrong as e:
            return e.args[0] != "ENOENT"

    def do_rmdir(self, text):
        path, slash = self.path(text)
        self.take_away(path, slash, True)

    def do_rename(self, one, two, replaces=False):
        (old, old_slash), (new, slash) = self.both(one, two)
        self.check_taken(new)
        h = self.pending(old)
        if h is not None and not old_slash:
            self.check_slash(slash, "f")
            return self.rename_pending(h, new, replaces)
        where, name, node = self.find(old, old_slash)
        self.may_change(node)
        is_dir = node.kind == "d"
        if is_dir and len(new) > self.policy.max_depth:
            raise Wrong("ERR_DEPTH")
        self.check_slash(slash, node.kind)
        try:
            to, to_name, there = self.place(new)
        except Wrong as e:
            raise Wrong("EEXIST" if e.args[0] == "EISDIR" else
                        e.args[0]) from None
        if is_dir:
            self.check_height(node, old, new)
        if is_dir and replaces and there is not None and there.kind == "d":
            there = self.make_room(node, where, (to, to_name), there)
        if is_dir and replaces and there is node:
            self.note(to)               # nothing moves
        else:
            self.move(node, (where, name), (to, to_name), there,
                      replaces and not is_dir)
        if is_dir:
            self.move_handles(old, new)

    def make_room(self, node, where, end, there):
        """An empty directory makes room for another one."""
        self.may_change(there)
        if there is not node:
            self.check_unused(there)
        if is_above(node, end[0]):
            raise Wrong("EINVAL")
        if there is node:
            return there
        if is_above(there, where):
            raise Wrong("ENOTEMPTY")
        if not where.mode & end[0].mode & 0o200:
            raise Wrong("EACCES")
        if there.children:
            raise Wrong("ENOTEMPTY")
        self.take(*end)
        there.gone = True
        return None

    def check_unused(self, node):
        """No upload will get a name in this directory."""
        if any(h.place is node and not h.broken and not h.removed
               for h in self.handles if h.kind == "upload"):
            raise Wrong("ENOTEMPTY")

    def move_handles(self, old, new):
        """What is open beneath a directory that has moved."""
        for h in self.handles:
            if h.kind != "file" and h.path[:len(old)] == old:
                h.path = new + h.path[len(old):]

    def check_height(self, node, old, new):
        """What is in a directory that moves deeper."""
        most = self.policy.max_depth
        if len(new) > len(old) and most < 256 and (
                not self.reads() or len(new) + height(node) > most):
            raise Wrong("ERR_DEPTH")

    def both(self, one, two):
        """Of two bad paths the first is told."""
        first = self.path(one)
        return first, self.path(two)

    def move(self, node, start, end, there, replaces):
        if replaces:
            self.check_place(*end, there)
        if there is not None and not replaces:
            raise Wrong("EEXIST")
        if is_above(node, end[0]):
            raise Wrong("EINVAL")
        if not (start[0].mode & end[0].mode & 0o200):
            raise Wrong("EACCES")
        versions = self.policy.overwrite == "versions"
        if there is node:               # two names of one file, or one
            self.note(end[0])
            return
        if there is not None and versions:
            self.keep_version(*end, there)
        self.add(*end, node)
        self.take(*start)
        self.note(end[0])

    def rename_pending(self, h, new, replaces):
        where, name, there = self.place(new)
        if h.old or h.inplace:
            raise Wrong("EBUSY")
        self.check_place(where, name, there)
        if there is not None and not replaces:
            raise Wrong("EEXIST")
        h.place, h.name, h.path = where, name, new
        if not h.exact and not h.broken:        # its mode is its own
            h.asked_mode, h.exact = h.mode, True
        h.old = there and (there.mode, there.kind)
        h.exclusive = not replaces

    def do_posix_rename(self, one, two):
        return self.do_rename(one, two, True)

    def do_symlink(self, link, text):
        path, slash = self.path(text)
        if link == b"" or b"\0" in link:
            raise Wrong("ENOENT")
        if len(link) >= names.PATH_MAX:
            raise Wrong("ENAMETOOLONG")
        self.check_taken(path)
        self.check_slash(slash, "l")
        where, name, there = self.place(path)
        self.admit()
        self.make(where, name, there, tree.Node("l", text=link), True)

    def make(self, where, name, there, node, made):
        if there is not None:
            raise Wrong("EEXIST")
        if not where.mode & 0o200:
            raise Wrong("EACCES")
        self.add(where, name, node)
        self.count()
        self.note(where)
        if made:
            self.note(node, True)

    def do_hardlink(self, one, two):
        (old, old_slash), (new, slash) = self.both(one, two)
        node = self.find(old, old_slash)[2]
        self.hide(node)
        if node.kind != "f":
            raise Wrong("ERR_KIND")
        self.check_taken(new)
        self.check_slash(slash, "f")
        where, name, there = self.place(new)
        self.admit()
        self.make(where, name, there, node, False)

    def do_readlink(self, text):
        path, slash = self.path(text)
        self.check_slash(slash, "l")
        node = self.look(path, False)
        if node.kind != "l":
            raise Wrong("EINVAL")
        if not self.view.follow:
            raise Wrong("ERR_LINK")
        return "path", node.text

    def do_unknown(self):
        raise Wrong("ERR_UNSUPPORTED")


def height(node):
    """How many directories stand one in the other beneath this one."""
    return max((1 + height(child) for name, child in node.children.items()
                if child.kind == "d" and min(name) >= 32 and
                max(name) != 127), default=0)


def is_above(node, where):
    """Whether a directory is what it would be moved into, or above that."""
    while True:
        if where is node:
            return True
        if where.up is None or where.up is where:
            return False
        where = where.up
