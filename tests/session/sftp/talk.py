"""Conversations: what is asked, what is answered, and the files afterwards.

A conversation is text, a line a request, with the answer that is due behind
an arrow:

	open h new wct 0640
	write h 0 hello
	absent new
	close h
	file new hello mode=0640
	stat none			-> missing

Without an arrow the answer has to be OK, or a handle, which gets the name
before the path.  Several words with | between them are all right; a word in
quotes behind a status has to be in its text.  any: whatever the answer is.

  + at the start: sent at once with the lines behind it, up to and with the
    first line that has none; the answers are read only then
  ~ at the start: left out with OpenSSH's server, which is the control
  // behind the answer: what OpenSSH answers instead

Data: text, 300*x (repeated), @70000 (a pattern of so many octets, in which
no block repeats; @70000+5 begins later), empty, \\xff and the like.
Attributes: size= mode= mtime= (atime= else alike) owner=UID:GID; a number
alone is a mode.
"""

import atexit
import os
import re
import shlex
import shutil
import stat
import subprocess

import sftp
import suite
import trees
from suite import check, check_equal

PATIENCE = 60
CONTROL = "/usr/lib/openssh/sftp-server"

_at_exit = []


def program(name="sftp-server"):
    """The server, under the name that makes it an SFTP server; or another
    one, SFTP_SERVER, to see what a case says of it."""
    if os.environ.get("SFTP_SERVER"):
        return os.environ["SFTP_SERVER"]
    if not _at_exit:
        top = suite.scratch()
        _at_exit.append(top)
        atexit.register(shutil.rmtree, top, True)
    path = os.path.join(_at_exit[0], name)
    if not os.path.lexists(path):
        os.symlink(suite.SERVER, path)
    return path


def octets(word):
    """What a word of data stands for."""
    if word == "empty":
        return b""
    found = re.fullmatch(r"@(\d+)(?:\+(\d+))?", word)
    if found:
        size, skip = int(found[1]), int(found[2] or 0)
        return trees.pattern(skip + size)[skip:]
    found = re.fullmatch(r"(\d+)\*(.*)", word, re.S)
    if found:
        return octets(found[2]) * int(found[1])
    return text(word)


def text(word):
    """A word, with its escapes."""
    return re.sub(rb"\\x([0-9a-f]{2})|\\n",
                  lambda m: bytes([int(m[1], 16)]) if m[1] else b"\n",
                  os.fsencode(word))


def attributes(words):
    has = {}
    for word in words:
        name, _, value = word.rpartition("=")
        if name == "owner":
            uid, gid = value.split(":")
            has.update(uid=int(uid), gid=int(gid))
        elif name in ("", "mode"):
            has["mode"] = int(value, 8)
        else:
            has[name] = int(value)
    if "mtime" in has:
        has.setdefault("atime", has["mtime"])
    return sftp.Attrs(**has)


def where(word):
    return sftp.offset(int(word) % (1 << 64))


class Talk:
    """One conversation with one server, in a place with files."""

    def __init__(self, client, root, control=False):
        self.client, self.root, self.control = client, root, control
        self.handles = {}
        self.waiting = []       # (line, id, wanted, name) not yet answered

    def path(self, name):
        return os.path.join(os.fsencode(self.root), text(name))

    def run(self, lines):
        for line in lines.splitlines():
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            try:
                self._line(line)
            except (AssertionError, sftp.Wrong, sftp.Hung) as e:
                raise AssertionError("%s: %s %r" % (
                    line, e, type(e).__name__)) from None

    def _line(self, line):
        later = ours = False
        while line[:2] in ("+ ", "~ "):
            later, ours = later or line[0] == "+", ours or line[0] == "~"
            line = line[2:]
        if ours and self.control:
            return
        asked, _, wanted = line.partition("->")
        mine, _, theirs = wanted.partition("//")
        wanted = (theirs if self.control and theirs else mine).strip()
        words = shlex.split(asked.replace("\\", "\\\\"))
        look = getattr(self, "see_" + words[0].replace("-", "_"), None)
        if look is not None:
            self.collect()
            look(*words[1:])
            return
        self.waiting.append((line, *self.send(words), wanted))
        if not later:
            self.collect()

    # Requests.

    def send(self, words):
        """Sends one; returns its id, its kind and the handle's name."""
        kind, name = words[0], None
        if kind in ("open", "opendir"):
            name, words = words[1], [kind] + words[2:]
        build = getattr(self, "ask_" + kind.replace("-", "_"), None)
        if build is not None:
            kind, *parts = build(*words[1:])
        elif kind in sftp.NUMBERS:
            parts = [text(word) for word in words[1:]]
        else:
            kind, parts = "extended", [kind] + [text(w) for w in words[1:]]
        return self.client.request(kind, *parts), words[0], name

    def handle(self, name):
        """The handle of this name; "=text" is one that the test made up."""
        return text(name[1:]) if name[0] == "=" else self.handles[name]

    def ask_open(self, path, letters, *attrs):
        return ("open", text(path),
                sftp.flags_of(letters.replace("-", "")), attributes(attrs))

    def ask_close(self, handle):
        return "close", self.handle(handle)

    def ask_read(self, handle, at, size):
        return "read", self.handle(handle), where(at), int(size)

    def ask_write(self, handle, at, data):
        return "write", self.handle(handle), where(at), octets(data)

    def ask_fstat(self, handle):
        return "fstat", self.handle(handle)

    def ask_readdir(self, handle):
        return "readdir", self.handle(handle)

    def ask_fsetstat(self, handle, *attrs):
        return "fsetstat", self.handle(handle), attributes(attrs)

    def ask_setstat(self, path, *attrs):
        return "setstat", text(path), attributes(attrs)

    def ask_mkdir(self, path, *attrs):
        return "mkdir", text(path), attributes(attrs)

    def ask_lsetstat(self, path, *attrs):
        return ("extended", "lsetstat@openssh.com", text(path),
                attributes(attrs))

    def ask_fsync(self, handle):
        return "extended", "fsync@openssh.com", self.handle(handle)

    def ask_fstatvfs(self, handle):
        return "extended", "fstatvfs@openssh.com", self.handle(handle)

    def ask_statvfs(self, path):
        return "extended", "statvfs@openssh.com", text(path)

    def ask_limits(self):
        return "extended", "limits@openssh.com"

    def ask_posix_rename(self, old, new):
        return ("extended", "posix-rename@openssh.com", text(old), text(new))

    def ask_hardlink(self, old, new):
        return "extended", "hardlink@openssh.com", text(old), text(new)

    def ask_expand_path(self, path):
        return "extended", "expand-path@openssh.com", text(path)

    def ask_copy_data(self, source, at, size, target, there):
        return ("extended", "copy-data", self.handle(source), where(at),
                where(size), self.handle(target), where(there))

    def ask_type(self, number, *words):
        """A request of another type."""
        return int(number), *[text(word) for word in words]

    # Answers.

    def collect(self):
        waiting, self.waiting = self.waiting, []
        for line, number, kind, name, wanted in waiting:
            self._answered(line, number, kind, name, wanted)

    def _answered(self, line, number, kind, name, wanted):
        try:
            seen = self.client.answer_to(number)
        except sftp.Ended:
            check_equal("dies", wanted, "%s: the session ended" % line)
            return
        if name is not None and seen.kind == "handle":
            check(wanted in ("", "handle", "any"), "%s: it was opened" % line)
            self.handles[name] = seen.handle
            return
        default = "handle" if name is not None else "ok"
        self._matches(line, seen, shlex.split(
            (wanted or default).replace("\\", "\\\\")))

    def _matches(self, line, seen, wanted):
        kind, rest = wanted[0], wanted[1:]
        if kind == "any":
            return
        if seen.kind == "status":
            check(seen.code in kind.split("|"), "%s: status %s (%s)" % (
                line, seen.code, seen.text))
            for part in rest:
                check(part in seen.text, "%s: no %r in %r" % (
                    line, part, seen.text))
            return
        judge = getattr(self, "is_" + kind, None)
        check(judge is not None and seen.kind != "handle",
              "%s: not due: %r" % (line, seen))
        judge(line, seen, rest)

    def is_data(self, line, seen, rest):
        check_equal(seen.kind, "data", line)
        wanted = octets(rest[0])
        check(seen.data == wanted, "%s: %d octets: %r" % (
            line, len(seen.data), seen.data[:60]))

    def is_attrs(self, line, seen, rest):
        check_equal(seen.kind, "attrs", line)
        has_attributes(line, seen.attrs, rest)

    def is_names(self, line, seen, rest):
        check_equal(seen.kind, "name", line)
        check_equal(sorted(e.name for e in seen.names),
                    sorted(text(word) for word in rest), line)

    def is_path(self, line, seen, rest):
        check_equal(seen.kind, "name", line)
        check_equal(len(seen.names), 1, line)
        check_equal(seen.names[0].name, text(
            rest[0].replace("ROOT", self.root)), line)

    def is_reply(self, line, seen, rest):
        check_equal(seen.kind, "extended_reply", line)
        check(seen.body, "%s: an empty reply" % line)

    # What is looked at, not asked.

    def see_same(self, number, kind, path):
        """Sends a STAT under this id; one answer comes for each."""
        self.client.send(sftp.packet(kind, sftp.u32(int(number)) +
                                     sftp.body_of(kind, text(path))))
        check_equal(self.client.answer().id, int(number), "id")

    def see_list(self, path, *names):
        """The names of a directory, without . and .."""
        found = self.client.listed(text(path))
        check(isinstance(found, list), "list %s: %r" % (path, found))
        seen = sorted(e.name for e in found)
        check_equal([n for n in seen if n not in (b".", b"..")],
                    sorted(text(n) for n in names), "list " + path)

    def see_file(self, name, data, *attrs):
        content = trees.read(self.path(name))
        check(content == octets(data), "%s: %d octets: %r" % (
            name, len(content), content[:60]))
        self.see_inode(name, *attrs)

    def see_inode(self, name, *attrs):
        st = os.lstat(self.path(name))
        has_attributes(name, sftp.Attrs(
            st.st_size, st.st_uid, st.st_gid, st.st_mode & 0o7777,
            int(st.st_atime), int(st.st_mtime)), attrs)

    def see_directory(self, name, *attrs):
        check(stat.S_ISDIR(os.lstat(self.path(name)).st_mode), name)
        self.see_inode(name, *attrs)

    def see_link(self, name, target):
        check_equal(os.readlink(self.path(name)), text(target), name)

    def see_absent(self, *names):
        for name in names:
            check(not os.path.lexists(self.path(name)), name + " is there")

    def see_only(self, path, *names):
        """All that is in a directory, as another process sees it."""
        check_equal(sorted(os.listdir(self.path(path))),
                    sorted(text(n) for n in names), "in " + path)

    def see_make(self, name, data, mode="0644"):
        """Somebody else makes a file."""
        trees.write(self.path(name), octets(data), int(mode, 8))

    def see_shell(self, command):
        """Somebody else does something, in the root."""
        subprocess.run(["sh", "-c", command], cwd=self.root, check=True)

    def see_end(self, status="0"):
        """Hangs up: nothing is left over, and this is the exit status."""
        rest, seen = self.client.end()
        check_equal((rest, seen), (b"", int(status)), "the end (%s)"
                    % self.client.stderr())

    def see_dies(self, status="2"):
        """It has ended by itself."""
        check(not self.client.more(), "something came")
        check_equal(self.client.wait(), int(status), "the end (%s)"
                    % self.client.stderr())


def has_attributes(line, attrs, words):
    for word in words:
        name, _, value = word.rpartition("=")
        if name == "owner":
            check_equal("%s:%s" % (attrs.uid, attrs.gid), value, line)
        elif name in ("", "mode"):
            check_equal(oct(attrs.mode), oct(int(value, 8)), line + ": mode")
        else:
            check_equal(getattr(attrs, name), int(value),
                        "%s: %s" % (line, name))


def hold(words, place, lines, control=False, more=()):
    """A whole conversation, with its greeting and its end."""
    env = place.environment("internal-sftp" if len(words) > 1 else None, more)
    with sftp.Client(words, place.root, PATIENCE, env, umask=0o022) as client:
        talk = Talk(client, place.root, control)
        try:
            seen = client.init()
            check_equal(seen.version, 3, "version")
            talk.run(lines)
            talk.collect()
            if not client.process.stdin.closed and client.status is None \
                    and client.process.poll() is None:
                talk.see_end()
        except sftp.Ended:
            raise AssertionError("it ended: %s %s" % (
                client.process.poll(), client.stderr())) from None
        except AssertionError as e:
            raise AssertionError("%s (stderr: %s)" % (
                e, client.stderr() or "empty")) from None
    if not control:
        place.no_leftovers()
