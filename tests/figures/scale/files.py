"""One session of very many files, and a directory of very many names: what
the session holds at the end is what it held at the start."""

import os
import shutil

import crowd
import peer
import suite

FILES = int(os.environ.get("SCALE_FILES", "10000"))
NAMES = int(os.environ.get("SCALE_NAMES", "100000"))
EARLY = 100             # files after which the session is looked at first
GROWTH = 40             # KiB written: pages of buffers that are first used later
PATIENCE = 7200
ACCOUNT = 1


def figure(what, reached, target):
    """A line for the proof, where it is one."""
    if os.environ.get("SCALE_PROOF"):
        print("proof\t%s\t%s\t%s" % (what, reached, target), flush=True)


class Held:
    """What a session has of its own, early and late."""

    def __init__(self, what, session):
        self.what, self.pid = what, session.process.pid
        self.seen = []

    def look(self):
        self.seen.append((crowd.memory(self.pid)[1],
                          crowd.descriptors(self.pid)))

    def verdict(self, count):
        (first, early), (last, late) = self.seen[0], self.seen[-1]
        print("        %s, %d: %d KiB and %d, %d descriptors and %d" % (
            self.what, count, first, last, early, late))
        figure("%s, %d in one session" % (self.what, count),
               "%d KiB written, %d after %d; %d descriptors, %d" % (
                   last, first, EARLY, late, early),
               "growth of at most %d KiB, no descriptor" % GROWTH)
        # a source has the next file open, as long as there is one
        suite.check(late <= early, "descriptors are left open")
        if os.environ.get("SANITIZED") != "1":
            suite.check(last - first <= GROWTH, "it grows with the number")


def name(n):
    return "f%07d" % n


def make_names(top, count):
    os.mkdir(top)
    for n in range(count):
        os.close(os.open(os.path.join(top, name(n)),
                         os.O_CREAT | os.O_WRONLY, 0o644))


def check_stored(top):
    """Every file is there once with its one octet, and nothing else is."""
    with os.scandir(top) as entries:
        sizes = {e.name: e.stat().st_size for e in entries}
    suite.check(len(sizes) == FILES and set(sizes.values()) == {1} and
                all(name(n) in sizes for n in range(FILES)),
                "%d names of %d" % (len(sizes), FILES))


def own(place, top):
    os.mkdir(top)
    os.chown(top, crowd.FIRST + ACCOUNT, crowd.FIRST + ACCOUNT)


def scp_upload(place, top):
    own(place, top)
    session = place.sink(ACCOUNT, "-r")
    held = Held("files uploaded by SCP", session)
    crowd.answers(session)
    session.send(b"D0755 0 tree\n")
    suite.check_equal(session.reply(), peer.OK, "D")
    for n in range(FILES):
        session.send(b"C0644 1 %s\n" % name(n).encode())
        suite.check_equal(session.reply(), peer.OK, "go-ahead")
        session.send(b"x" + peer.OK)
        suite.check_equal(session.reply(), peer.OK, "verdict")
        if n in (EARLY, FILES - 1):
            held.look()
    session.send(b"E\n")
    suite.check_equal(session.reply(), peer.OK, "E")
    crowd.ends(session)
    check_stored(top)
    held.verdict(FILES)


def scp_download(place, top):
    session = place.source(ACCOUNT, "tree", "-r")
    held = Held("files downloaded by SCP", session)
    seen = set()
    session.send(peer.OK)
    suite.check_equal(session.line()[:1], b"D", "D")
    session.send(peer.OK)
    while (line := session.line())[:1] == b"C":
        session.send(peer.OK)
        suite.check_equal(session.take(2), b"x" + peer.OK, "body")
        seen.add(line.split()[2])
        if len(seen) in (EARLY, FILES):
            held.look()
        session.send(peer.OK)
    suite.check_equal(line, b"E\n", "E")
    session.send(peer.OK)
    crowd.ends(session)
    suite.check_equal(len(seen), FILES, "files")
    held.verdict(FILES)


def sftp_upload(place, top):
    own(place, top)
    session = place.sftp(ACCOUNT)
    held = Held("files uploaded by SFTP", session)
    crowd.answers(session)
    for n in range(FILES):
        for answer in session.stored("tree/" + name(n), b"x"):
            suite.check(answer.kind == "handle" or answer.code == "ok", answer)
        if n in (EARLY, FILES - 1):
            held.look()
    crowd.ends(session)
    check_stored(top)
    held.verdict(FILES)


def sftp_download(place, top):
    session = place.sftp(ACCOUNT)
    held = Held("files downloaded by SFTP", session)
    crowd.answers(session)
    for n in range(FILES):
        suite.check_equal(session.fetched("tree/" + name(n)), b"x", "content")
        if n in (EARLY, FILES - 1):
            held.look()
    crowd.ends(session)
    held.verdict(FILES)


def both_ways(upload, download):
    def run():
        with crowd.crowd(10, 1, PATIENCE) as place:
            tree = os.path.join(place.home(ACCOUNT), "tree")
            upload(place, tree)
            download(place, tree)
            shutil.rmtree(tree)
    return run


def directory_of_many_names():
    with crowd.crowd(10, 1, PATIENCE) as place:
        make_names(os.path.join(place.home(ACCOUNT), "many"), NAMES)
        session = place.sftp(ACCOUNT)
        held = Held("names listed by SFTP", session)
        crowd.answers(session)
        handle = session.ask("opendir", "many").handle
        seen = {}
        while (found := session.ask("readdir", handle)).kind == "name":
            if not seen:
                held.look()
            for entry in found.names:
                seen[entry.name] = seen.get(entry.name, 0) + 1
        held.look()
        suite.check_equal(found.code, "eof", "the end of the names")
        suite.check_equal(session.close_handle(handle).code, "ok", "CLOSE")
        crowd.ends(session)
        suite.check(set(seen.values()) == {1} and all(
            name(n).encode() in seen for n in range(NAMES)) and
            set(seen) - {name(n).encode() for n in range(NAMES)}
            <= {b".", b".."}, "not every name once: %d" % len(seen))
        held.verdict(NAMES)


def add_cases():
    suite.add("many_files_in_one_session/scp",
              both_ways(scp_upload, scp_download))
    suite.add("many_files_in_one_session/sftp",
              both_ways(sftp_upload, sftp_download))
    suite.add("directory_of_many_names", directory_of_many_names)
