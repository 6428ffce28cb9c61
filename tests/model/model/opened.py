"""What an SFTP session has opened, and what is told of a file."""

from tree import Wrong

VERSION_ROOM = 7
NUMBER_MAX = 2 ** 63 - 1
ANY = "any"         # a time that nobody can tell


class Handle:
    """What was opened: kind is file, dir or upload."""

    def __init__(self, kind, path, node=None):
        self.kind, self.path, self.node = kind, path, node
        self.wire = None                # what the server calls it
        self.slot = None                # where it is in the table
        self.listed = False


class Upload(Handle):
    """A file that is written.  straight: so much of it is without a gap."""

    def __init__(self, path, place, name, policy):
        super().__init__("upload", path)
        self.place, self.name, self.policy = place, name, policy
        self.old = None                 # (node, mode, kind) that stood there
        self.last_name = None           # of it: this name was the last one
        self.inplace = self.reads = self.removed = False
        self.changed = self.dressed = False
        self.appends = False
        self.broken = None
        self.passed = False             # by a newer one of its name
        self.joined = 0
        self.data = bytearray()
        self.base = b""                 # what is still to be taken from there
        self.base_node = self.old_node = None
        self.base_open = False
        self.base_error = None
        self.straight = 0
        self.mode = self.asked_mode = 0
        self.exact = False
        self.times = None               # (atime, mtime) to be set in the end
        self.mtime = None
        self.can_read = True
        self.charged = self.written = self.fetched = 0
        self.blind, self.tail = False, 0    # a hidden file stood there
        self.foreign = self.read = False    # octets of others are in it
        self.exclusive = False

    def revive(self):
        """Something is written to it."""
        if self.passed:
            self.passed = self.removed = False

    def has_name(self):
        """Whether the old file is still where it was opened."""
        return self.place.children.get(self.name) is self.old_node

    def octets(self):
        return self.node.text if self.inplace else self.data

    def end(self):
        return len(self.octets())

    def size(self):
        return max(self.end(), len(self.base))

    def end_for(self, at):
        """How long it is when something comes there: what is taken from the
        old file is not the peer's."""
        late = self.base and (self.appends or at > self.straight)
        return self.size() if late else self.end()

    def fetch(self, to):
        """Takes what is missing of the old file, up to there."""
        to = min(to, len(self.base))
        if self.straight < to:
            if self.base_error:
                raise Wrong(self.base_error)
            most = self.policy.max_file_size
            if most is not None and to > most:
                raise Wrong("EFBIG")
            self.data[self.straight:to] = self.base[self.straight:to]
            self.base_node.atime = None
            self.fetched += to - self.straight
            self.straight = to
            self.touch(None)
        self.base = b""

    def fetch_all(self):
        if self.base:
            self.fetch(len(self.base))

    def put(self, at, octets):
        if at > self.straight:
            if self.blind:
                raise Wrong("EACCES")
            self.fetch_all()
        data = bytearray(self.octets())
        if len(data) < at:
            data += bytes(at - len(data))
        data[at:at + len(octets)] = octets
        if at <= self.straight:
            self.straight = max(self.straight, at + len(octets))
        self.keep(data)

    def cut(self, size):
        if self.blind and size > self.straight:
            raise Wrong("EACCES")
        self.tail = 0
        if self.base:
            self.fetch(size)
        data = bytearray(self.octets()[:size])
        data += bytes(size - len(data))
        self.straight = min(self.straight, size)
        self.keep(data)
        self.touch(ANY)

    def keep(self, data):
        if self.inplace:
            self.node.text = bytes(data)
        else:
            self.data = data
        self.touch(None)

    def touch(self, mtime):
        if self.inplace:
            self.node.mtime = mtime
        self.mtime = mtime


class Attributes:
    """mtime: (seconds, 0), None for a moment ago, ANY for who knows."""

    def __init__(self, size, kind, mode, mtime):
        self.size, self.kind, self.mode, self.mtime = size, kind, mode, mtime

    def __repr__(self):
        return "%s %s %o %s" % (self.size, self.kind, self.mode or 0, self.mtime)
