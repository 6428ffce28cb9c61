"""A system of many accounts and many Match blocks, and sessions of them."""

import contextlib
import os
import shutil

import peer
import private
import sftp
import suite

ACCOUNTS, BLOCKS = 10000, 500
FIRST = 20000           # their numbers
SESSIONS = 1000
PATIENCE = 300
BODY = b"x" * 4096


def name_of(n):
    return "crowd%05d" % n


def block(n):
    """In turn about an account, a group and an address, and of nobody who
    has a session here."""
    return ("Match User %s\n\tMinFree 1\n" % name_of(ACCOUNTS + n),
            "Match Group team%05d\n\tMinFree 1\n" % (n + 1),
            "Match User crowd* Address 192.0.2.%d/32\n\tAccess read-only\n"
            % (n % 256))[n % 3]


def configuration(blocks, top):
    return "".join(block(n) for n in range(blocks)) + \
        "Match User crowd*\n\tRoot %s/%%u\n\tAuditLog %s/log\n" % (top, top)


# The first account stands last: whoever looks for it reads all rows.  The
# groups that the blocks are about stand first, since old ones do.

def passwd_rows(count):
    return "".join("%s:x:%d:%d::/:/bin/sh\n" % (
        name_of(n), FIRST + n, FIRST + n) for n in reversed(range(count)))


def group_rows(count):
    return "".join("team%05d:x:%d:\n" % (n, FIRST + ACCOUNTS + n)
                   for n in range(count))


class Crowd:
    """So many accounts in /etc/passwd, so many blocks in the file."""

    def __init__(self, patience):
        suite.need_root()
        self.patience = patience
        if not private.is_entered():
            suite.skip("needs a private system")
        self.top = suite.scratch()
        private.write(self.path("log"), "begun\n", 0o666)
        self.links, self.kept = {}, {}
        for name in ("scp", "sftp-server"):
            self.links[name] = self.path(name)
            os.symlink(suite.SERVER, self.links[name])
        for name in ("passwd", "group"):
            with open("/etc/" + name, encoding="utf-8") as f:
                self.kept[name] = f.read()

    def resize(self, accounts, blocks):
        for name, rows in (("passwd", passwd_rows(accounts)),
                           ("group", group_rows(accounts))):
            private.write("/etc/" + name, self.kept[name] + rows)
        private.write("/etc/scp-server.conf", configuration(blocks, self.top))

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def home(self, n):
        """The directory of an account, which is made when it is asked for."""
        path = self.path(name_of(n))
        if not os.path.isdir(path):
            os.mkdir(path, 0o755)
            os.chown(path, FIRST + n, FIRST + n)
        return path

    def environment(self, n):
        return {"USER": name_of(n), "LOGNAME": name_of(n), "HOME": "/",
                "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh",
                "SSH_CONNECTION": "127.0.0.1 40000 127.0.0.1 22"}

    def start(self, kind, n, words, before=()):
        """A session of an account; kind is the class of its peer."""
        self.home(n)
        return kind(list(before) + words, "/", self.patience, self.environment(n),
                    user=FIRST + n, group=FIRST + n, extra_groups=[])

    def sink(self, n, *options, before=()):
        return self.start(peer.Server, n, [
            self.links["scp"], *options, "-t", "."], before)

    def source(self, n, path, *options):
        return self.start(peer.Server, n, [
            self.links["scp"], *options, "-f", path])

    def sftp(self, n, before=()):
        return self.start(sftp.Client, n, [self.links["sftp-server"]], before)

    def close(self):
        for name, text in self.kept.items():
            private.write("/etc/" + name, text)
        if os.path.exists("/etc/scp-server.conf"):
            os.remove("/etc/scp-server.conf")
        shutil.rmtree(self.top, ignore_errors=True)


@contextlib.contextmanager
def crowd(accounts=ACCOUNTS, blocks=BLOCKS, patience=PATIENCE):
    made = Crowd(patience)
    try:
        made.resize(accounts, blocks)
        yield made
    finally:
        made.close()


def memory(pid):
    """KiB that no other process shares, and those of them that were written:
    pages of code are shared or not as others run the same program."""
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as lines:
        fields = dict(line.split()[:2] for line in list(lines)[1:])
    written = int(fields["Private_Dirty:"])
    return int(fields["Private_Clean:"]) + written, written


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def answers(session):
    """Waits for the first answer of a session that has begun."""
    if isinstance(session, sftp.Client):
        session.init()
    else:
        suite.check_equal(session.reply(), peer.OK, "first reply")


def stores(session):
    """One file, over either protocol."""
    if isinstance(session, sftp.Client):
        for answer in session.stored("file", BODY):
            suite.check(answer.kind == "handle" or answer.code == "ok", answer)
        return
    session.send(b"C0644 %d file\n" % len(BODY))
    suite.check_equal(session.reply(), peer.OK, "go-ahead")
    session.send(BODY + peer.OK)
    suite.check_equal(session.reply(), peer.OK, "verdict")


def ends(session):
    rest, status = session.end() if isinstance(session, sftp.Client) else \
        session.finish()
    suite.check_equal((rest, status), (b"", 0), "end of a session")
    session.close()
