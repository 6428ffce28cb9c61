"""Files of an SFTP session: OPEN, READ, WRITE, CLOSE and its end."""

import ground
import tree
from opened import NUMBER_MAX, VERSION_ROOM, Handle, Upload
from tree import Wrong

READ_MOST = 261120
PIECE = 65536       # of an upload no more is read at once


class Files(ground.Ground):
    """Requests about what was opened."""

    def do_open(self, text, letters, attrs):
        self.writing = "w" in letters
        path, slash = self.path(text)
        self.may("write" if self.writing else "read")
        if self.writing and not self.reads():
            letters = letters.replace("r", "")
        if self.writing:
            return self.open_upload(path, slash, letters, attrs)
        makes = "c" in letters and self.policy.access == "read-write"
        if not (makes and "x" in letters):
            h = self.pending(path)
            if h is not None and not slash:
                return self.join(h, "r")
            try:
                return self.open_file(path, slash)
            except Wrong as e:
                if not makes or e.args[0] != "ENOENT":
                    raise
        self.writing = True
        if slash:
            raise Wrong("EISDIR")
        self.check_taken(path)
        self.do_close(self.open_upload(
            path, slash, "cx" if "x" in letters else "c", attrs)[1])
        return self.open_file(path, slash)

    def open_file(self, path, slash):
        node = self.open_node(path)
        if node.kind != "f":
            raise Wrong("ERR_KIND")
        if slash:
            raise Wrong("ENOTDIR")
        size = len(node.text)
        self.too_much(size, self.files, self.bytes, size)
        self.files += 1
        return self.give(Handle("file", path, node))

    @staticmethod
    def join(h, letters):
        """One more who has the upload open."""
        if "x" in letters:
            raise Wrong("EEXIST")
        if "w" in letters and ("a" in letters) != h.appends:
            raise Wrong("EBUSY")
        if "r" in letters and h.inplace and not h.can_read:
            if not h.node.mode & 0o400:
                raise Wrong("EACCES")
            h.can_read = True
        h.reads = h.reads or "r" in letters
        h.joined += 1
        return "handle", h

    def open_upload(self, path, slash, letters, attrs):
        h = self.pending(path)
        if slash:
            raise Wrong("EISDIR")
        if h is not None and ("t" not in letters or "x" in letters):
            return self.join(h, letters)
        if h is not None and self.policy.overwrite == "deny":
            raise Wrong("ERR_EXISTS")
        if h is None:
            return self.begin_upload(path, letters, attrs)
        # it is there, and keeps its mode
        newer = self.begin_upload(path, letters + "c",
                                  attrs._replace(mode=h.asked_mode))
        h.passed, newer[1].exact = True, h.exact
        return newer

    def begin_upload(self, path, letters, attrs):
        """One of its own, whatever other handles are open to write there."""
        self.last = None
        if attrs.size is not None and attrs.size > NUMBER_MAX:
            raise Wrong("EFBIG")
        where, name, old = self.place(path, "x" not in letters)
        self.admit(attrs.size or 0)
        h = Upload(path, where, name, self.policy)
        makes = "c" in letters and attrs.mode is not None
        h.mode = attrs.mode & 0o777 if makes else 0o666
        if self.policy.file_mode is not None:
            h.mode = self.policy.file_mode
        h.asked_mode = h.mode
        h.mode &= ~self.policy.umask
        h.exact = self.policy.file_mode is not None
        self.begin(h, old, letters)
        self.files += 1
        h.charged = max(attrs.size or 0, ground.LEAST)
        self.bytes += h.charged
        return self.give(h)

    def check_place(self, where, name, old):
        """Whether a file may take this name."""
        p = self.policy
        if old is None:
            return
        if old.kind == "d":
            raise Wrong("EISDIR")
        if old.kind == "o":
            raise Wrong("ERR_KIND")
        if p.overwrite == "deny":
            raise Wrong("ERR_EXISTS")
        if p.overwrite == "versions" and len(name) > 255 - VERSION_ROOM:
            raise Wrong("ENAMETOOLONG")

    def begin(self, h, old, letters):
        p = self.policy
        self.check_place(h.place, h.name, old)
        h.can_read = self.reads()
        if old is not None and p.overwrite == "inplace":
            if old.kind == "l":
                raise Wrong("ERR_LINK")
            if not old.mode & 0o200:
                raise Wrong("EACCES")
            h.inplace, h.node = True, old
        elif not h.place.mode & 0o200:
            raise Wrong("EACCES")
        elif getattr(h.place, "gone", False):
            raise Wrong("ENOENT")
        if old is not None and "x" in letters:
            raise Wrong("EEXIST")
        if old is None and "c" not in letters:
            raise Wrong("ENOENT")
        if old is not None and old.kind == "l":
            raise Wrong("ERR_LINK")
        h.reads, h.appends = "r" in letters, "a" in letters
        h.changed = "t" in letters or old is None
        h.exclusive = "x" in letters
        if old is None:
            return
        h.old, h.old_node = (old.mode, old.kind), old
        h.links = getattr(old, "names", 1)
        h.last_name = old if h.links == 1 else None
        old.atime = None                # it may be read
        if h.inplace:
            self.begin_inplace(h, old, letters)
        elif "t" not in letters and not self.reads():
            h.blind, h.tail = True, len(old.text)
        elif "t" not in letters:
            h.base, h.base_node = old.text, old
            h.base_open = bool(old.mode & 0o400) and not (
                h.appends and old.text)
            if old.text and not old.mode & 0o400:
                h.base_error = "EACCES"
        h.foreign = h.inplace or "t" not in letters
        if h.appends and h.blind:
            raise Wrong("EACCES")
        if h.appends:
            h.fetch_all()

    def begin_inplace(self, h, old, letters):
        h.can_read = "r" in letters
        if h.can_read and not old.mode & 0o400:
            raise Wrong("EACCES")
        if "t" in letters:
            h.keep(b"")
        else:
            h.straight = len(old.text)

    def give(self, h):
        """Takes the first place that is free in the table."""
        taken = {other.slot for other in self.handles}
        h.slot = next(n for n in range(ground.HANDLES_MAX + 1) if n not in taken)
        self.handles.append(h)
        return "handle", h

    def handle(self, h):
        if h not in self.handles:
            raise Wrong("ERR_HANDLE")
        return h

    def do_read(self, h, at, size):
        h = self.handle(h)
        if h.kind == "dir":
            raise Wrong("ERR_HANDLE")
        if h.kind == "upload" and not h.reads:
            raise Wrong("EBADF" if self.reads() else "ERR_WRITE_ONLY")
        if h.kind == "upload" and h.broken:
            raise Wrong(h.broken)
        if h.kind == "upload" and h.foreign and not h.read:
            self.too_much(h.size(), self.files, self.bytes, h.size())
            self.files += 1
            h.read = True
        size = min(size, READ_MOST)
        if at >= NUMBER_MAX - READ_MOST:
            raise Wrong("ERR_EOF")
        found = self.read_upload(h, at, size) if h.kind == "upload" else \
            self.read_file(h, at, size)
        if found == b"" and size > 0:
            raise Wrong("ERR_EOF")
        if h.kind == "file" or h.read:
            most = self.policy.max_session_bytes
            if most is not None and len(found) > most - self.bytes:
                raise Wrong("ERR_MAX_SESSION_BYTES")
            self.bytes += len(found)
        return "data", found

    def read_upload(self, h, at, size):
        size = min(size, PIECE)
        if not h.can_read:
            raise Wrong("EACCES")
        if h.inplace:
            h.node.atime = None
        if h.base and not h.base_error and h.end() == 0:
            h.base_node.atime = None
            return bytes(h.base[at:at + size])
        h.fetch_all()
        return bytes(h.octets()[at:at + size])

    def read_file(self, h, at, size):
        h.node.atime = None
        return h.node.text[at:at + size]

    def do_write(self, h, at, octets):
        if h not in self.handles:
            raise Wrong("ERR_HANDLE")
        if h.kind != "upload":
            raise Wrong("ERR_READ_ONLY" if self.policy.access == "read-only"
                        else "EBADF")
        if octets == b"":
            return
        if h.broken:
            raise Wrong(h.broken)
        h.revive()
        try:
            if at > NUMBER_MAX - len(octets):
                raise Wrong("EFBIG")
            end = h.end_for(at)
            if h.appends:
                at = end
            stop = at + len(octets)
            self.grow(h, stop, max(0, stop - end))
            h.put(at, octets)
        except Wrong as e:
            h.broken = e.args[0]
            raise
        h.changed = True

    def do_fstat(self, h):
        h = self.handle(h)
        if h.kind == "upload":
            return "attrs", self.pending_attrs(h)
        if h.kind == "dir" and not self.reads():
            return "attrs", self.attrs(self.look(h.path, True))
        return "attrs", self.attrs(h.node)

    def do_fsync(self, h):
        if h not in self.handles or h.kind not in ("file", "upload"):
            raise Wrong("ERR_HANDLE")
        if h.kind == "upload" and h.broken:
            raise Wrong(h.broken)

    def do_close(self, h):
        h = self.handle(h)
        if h.kind == "upload" and h.joined:
            h.joined -= 1
            if h.broken and not h.removed:
                raise Wrong(h.broken)
            return
        older = self.handles[:self.handles.index(h)]
        self.handles.remove(h)
        if h.kind != "upload":
            return
        if h.dressed and not h.changed:     # attributes bring nothing back
            h.changed = h.has_name()
        if h.removed or not (h.broken or h.changed):
            self.release(h)
            return
        try:
            if h.broken:
                raise Wrong(h.broken)
            node = self.publish(h)
        except Wrong:
            self.release(h)
            raise
        for other in older:
            if other.kind == "upload" and other.passed and \
                    not other.broken and other.path == h.path and \
                    self.leads_to(h.path, other):
                other.removed = True
        if not h.inplace and self.policy.overwrite != "versions":
            self.made.pop(h.last_name, None)    # what stood there at OPEN
        self.note(node, not h.inplace)
        self.note(h.place)
        if not self.reads():
            self.last = node

    def publish(self, h, deny=False):
        """Gives a file its mode, its times and its name."""
        if h.tail > h.end():
            raise Wrong("EACCES")
        h.fetch_all()
        if h.fetched:
            stays = self.policy.overwrite == "versions" or h.links > 1
            self.grow(h, h.size(), h.fetched if stays else 0)
        node = h.node if h.inplace else tree.Node("f", h.mode, bytes(h.data))
        if h.old and h.old[1] == "f" and not h.inplace:
            node.mode = h.old[0] & 0o777
        if h.exact:
            node.mode = h.asked_mode
        if not h.inplace:
            node.mtime = h.mtime
        if h.times:
            node.atime, node.mtime = (h.times[0], 0), (h.times[1], 0)
        if not h.inplace:
            self.name(h, node, deny)
        return node

    def name(self, h, node, deny):
        if getattr(h.place, "gone", False):
            raise Wrong("ENOENT")
        there = h.place.children.get(h.name)
        deny = deny or self.policy.overwrite == "deny"
        if there is not None and not deny:
            h.place.mtime = None        # it gets a temporary name
        if there is not None and h.old is None and h.exclusive and not deny:
            raise Wrong("EEXIST")
        if there is not None and h.old is None:     # it came meanwhile
            if deny:
                raise Wrong("ERR_EXISTS")
            self.look_again(there)
            if there.kind == "f" and not h.exact:
                node.mode = there.mode & 0o777
        elif there is not None and there.kind == "d":
            raise Wrong("EISDIR")
        if there is not None and self.policy.overwrite == "versions":
            self.keep_version(h.place, h.name, there)
        stored = self.made.get(there)
        self.add(h.place, h.name, node)
        if stored is not None and h.old and there is not h.last_name:
            self.made[there] = stored   # do_close() forgets what stood there

    def look_again(self, there):
        if there.kind == "d":
            raise Wrong("EISDIR")
        if there.kind == "o":
            raise Wrong("ERR_KIND")

    def keep_version(self, where, name, node):
        if len(name) > 255 - VERSION_ROOM:
            raise Wrong("ENAMETOOLONG")
        version = 1
        while name + b".~%d~" % version in where.children:
            version += 1
        self.add(where, name + b".~%d~" % version, node)

    def end(self):
        """The peer hangs up: what is still open is dropped, or kept."""
        for h in sorted(self.handles, key=lambda h: h.slot):
            kept = h.kind == "upload" and not h.old and h.straight > 0 and \
                self.policy.interrupted == "keep" and self.pending(h.path) is h
            self.handles.remove(h)
            if not kept:
                continue
            try:
                h.base = b""
                h.cut(h.straight)
                h.touch(None)
                self.publish(h, True)
            except Wrong:
                pass
