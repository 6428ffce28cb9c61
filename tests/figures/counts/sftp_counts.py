"""System calls a request of SFTP, and how many answers leave at once."""

import os
import re
import shutil

import sftp
import suite
import trees

FEW, MANY = 10, 110
PATIENCE = 120
WHOLE = 261120          # what OpenSSH's clients ask for
USUAL = 32768


class Session:
    """A server that strace looks at; which options it has."""

    def __init__(self, options):
        suite.need_tool("strace")
        self.top = suite.scratch()
        self.root = os.path.join(self.top, "root")
        os.mkdir(self.root)
        for n in range(MANY):
            trees.write(os.path.join(self.root, "f%04d" % n), b"x" * 1024)
        with open(os.path.join(self.root, "large"), "wb") as f:
            f.truncate(WHOLE * (MANY + 1))
        self.trace = os.path.join(self.top, "trace")
        words = ["strace", "-qq", "-o", self.trace, suite.SERVER,
                 "-o", "AuditLog=" + os.path.join(self.top, "log")]
        for option in options:
            words += ["-o", option.replace("TOP", self.root)]
        self.client = sftp.Client(words, self.root, PATIENCE, {
            "PATH": os.environ["PATH"], "SSH_ORIGINAL_COMMAND": "sftp"})

    def __enter__(self):
        self.client.init()
        return self

    def __exit__(self, *_):
        self.client.close()
        shutil.rmtree(self.top)

    def calls(self):
        """Those of the session, once it is over."""
        suite.check_equal(self.client.end(), (b"", 0), "the end")
        with open(self.trace) as f:
            return [line for line in f if re.match(r"\w+\(", line)]


OPEN = ["Root=none"]
CONFINED = ["Root=TOP", "Access=read-write", "Overwrite=replace",
            "Modify=yes"]


def stat(client, count):
    for n in range(count):
        client.ask("stat", "f%04d" % n)


def realpath(client, count):
    for n in range(count):
        client.ask("realpath", "f%04d" % n)


def read(size):
    def run(client, count):
        handle = client.open("large", "r").handle
        for n in range(count):
            seen = client.read(handle, n * size, size)
            suite.check_equal(len(seen.data), size, "size")
    return run


def write(size):
    def run(client, count):
        handle = client.open("new", "wct").handle
        for n in range(count):
            suite.check_equal(client.write(handle, n * size, b"x" * size
                                           ).code, "ok", "WRITE")
    return run


def copy(client, count):
    """A MiB each: many pieces of a WRITE would be 4 or 32."""
    source = client.open("large", "r").handle
    handle = client.open("new", "wct").handle
    for n in range(count):
        at = sftp.offset(n << 20)
        seen = client.extended("copy-data", source, sftp.offset(0),
                               sftp.offset(1 << 20), handle, at)
        suite.check_equal(seen.code, "ok", "copy-data")


def fstat(client, count):
    handle = client.open("large", "r").handle
    for _ in range(count):
        client.ask("fstat", handle)


def flush(client, count):
    handle = client.open("new", "wct").handle
    for _ in range(count):
        client.extended("fsync@openssh.com", handle)


def list_again(client, count):
    """110 names in one answer, each looked at."""
    for _ in range(count):
        suite.check(len(client.listed(".")) > MANY, "names")


def make(client, count):
    for n in range(count):
        suite.check_equal(client.ask("mkdir", "d%04d" % n, sftp.NONE).code,
                          "ok", "MKDIR")


def rename(client, count):
    for n in range(count):
        suite.check_equal(client.ask("rename", "f%04d" % n, "r%04d" % n
                                     ).code, "ok", "RENAME")


def change(client, count):
    for n in range(count):
        suite.check_equal(client.ask("setstat", "f%04d" % n,
                                     sftp.Attrs(mode=0o600)).code,
                          "ok", "SETSTAT")


def fetch(client, count):
    """OPEN, READ, READ that finds the end, CLOSE."""
    for n in range(count):
        suite.check_equal(client.fetched("f%04d" % n), b"x" * 1024, "content")


def store(client, count):
    """OPEN, WRITE, FSETSTAT of the size, CLOSE, as scp does."""
    for n in range(count):
        handle = client.open("n%04d" % n, "wc").handle
        client.write(handle, 0, b"x" * 1024)
        client.ask("fsetstat", handle, sftp.Attrs(size=1024))
        suite.check_equal(client.close_handle(handle).code, "ok", "CLOSE")


def replace(client, count):
    for n in range(count):
        handle = client.open("f%04d" % n, "wct").handle
        client.write(handle, 0, b"y" * 1024)
        suite.check_equal(client.close_handle(handle).code, "ok", "CLOSE")


# name, what is asked, calls for each at most: open session, confined one
COUNTS = (
    ("stat", stat, 5, 6), ("realpath", realpath, 2, 2),
    ("read_of_32_KiB", read(USUAL), 3, 3),
    ("read_of_255_KiB", read(WHOLE), 5, 5),
    ("write_of_32_KiB", write(USUAL), 3, 3),
    ("write_of_255_KiB", write(WHOLE), 9, 9),
    ("download_of_1_KiB", fetch, 18, 19),
    ("upload_of_1_KiB", store, 21, 20),
    ("upload_over_another_one", replace, 25, 22),
    ("copy_of_1_MiB", copy, 6, 6), ("fstat", fstat, 3, 3),
    ("fsync", flush, 3, 3), ("mkdir", make, 11, 11),
    ("rename", rename, 12, 12), ("setstat", change, 15, 17),
    ("listing_of_110_names", list_again, 360, 360),
)


def each(options, ask):
    """How much more many requests cost than few."""
    found = []
    for count in (FEW, MANY):
        with Session(options) as session:
            ask(session.client, count)
            found.append(len(session.calls()))
    return (found[1] - found[0]) / (MANY - FEW)


def counted(options, ask, most):
    def run():
        seen = each(options, ask)
        print("        %.2f calls (at most %d)" % (seen, most))
        # what a pipe brings in two pieces is read twice
        suite.check(0 < seen <= most * 1.1, "%.2f calls" % seen)
    return run


def answers_leave_together():
    """Those to requests that are all there already."""
    with Session(OPEN) as session:
        client = session.client
        data = b"".join(client.build("stat", "f0000")[1] for _ in range(100))
        client.send(data)
        for _ in range(100):
            suite.check_equal(client.answer().kind, "attrs", "answer")
        wrote = [line for line in session.calls()
                 if re.match(r"(write|writev|sendto|sendmsg)\(1,", line)]
    # one for VERSION; the pipe may be read when a part of them is there
    print("        %d writes for 100 answers" % (len(wrote) - 1))
    suite.check(len(wrote) - 1 <= 5, "".join(wrote[:9]))


def a_session_takes_no_memory():
    """No call for memory behind the filter."""
    with Session(CONFINED) as session:
        for ask in (stat, fetch, store, read(WHOLE), write(WHOLE)):
            ask(session.client, 20)
        session.client.listed(".")
        calls = session.calls()
    names = [re.match(r"(\w+)", line)[1] for line in calls]
    last = max(n for n, line in enumerate(calls)
               if "SECCOMP" in line)
    wrong = {"brk", "mmap", "munmap", "mremap", "madvise"} & set(
        names[last + 1:])
    suite.check(not wrong, wrong)


def add_cases():
    for name, ask, most, most_confined in COUNTS:
        suite.add("sftp_%s/open" % name, counted(OPEN, ask, most))
        suite.add("sftp_%s/confined" % name,
                  counted(CONFINED, ask, most_confined))
    for case in (answers_leave_together, a_session_takes_no_memory):
        suite.add("sftp_" + case.__name__, case)
