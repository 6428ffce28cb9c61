"""How a session begins, what it announces, and how it ends.

Called as sftp-server, as a forced command, as a login shell; the options of
OpenSSH's sftp-server; the exit status.
"""

import json
import os
import pwd
import re
import resource

import sftp
import suite
import talk
import trees
from hold import CONFINED, need_native
from spoken import Place
from suite import check, check_equal

REQUESTS = ("internal-sftp", "sftp", "sftp-server",
            "/usr/lib/openssh/sftp-server", "/usr/lib/sftp-server",
            "/usr/libexec/sftp-server", "internal-sftp -l VERBOSE",
            "internal-sftp -f AUTH -l INFO", "/opt/x/sftp-server -e",
            "internal-sftp -u 027 -e", "internal-sftp -R")

# extension -> whether sessions of this kind announce it
ALWAYS = ("limits@openssh.com", "statvfs@openssh.com",
          "fstatvfs@openssh.com", "expand-path@openssh.com")
WRITING = ("fsync@openssh.com", "lsetstat@openssh.com")
ANNOUNCED = (
    ("read_only", ["Access=read-only"], (),
     WRITING + ("posix-rename@openssh.com", "hardlink@openssh.com",
                "copy-data")),
    ("replace", CONFINED, WRITING + ("posix-rename@openssh.com", "copy-data"),
     ("hardlink@openssh.com",)),
    ("deny", ["Access=read-write", "Overwrite=deny"],
     ("fsync@openssh.com", "copy-data"),
     ("posix-rename@openssh.com", "hardlink@openssh.com")),
    ("links", CONFINED + ["Links=yes"], ("hardlink@openssh.com",), ()),
    ("write_only", ["Access=write-only"], ("fsync@openssh.com",),
     ("posix-rename@openssh.com", "hardlink@openssh.com", "copy-data")),
)


def started(place, words, request=None, **more):
    return sftp.Client(words, place.root, talk.PATIENCE,
                       place.environment(request), umask=0o022, **more)


def case(function):
    """A case with a place."""
    def run():
        need_native()
        with Place() as place:
            function(place)
            place.no_leftovers()
    suite.add("way/" + function.__name__, run)


def is_served(client, name="new"):
    check_equal(client.init().version, 3, "version")
    for answer in client.stored(name, b"x"):
        check(answer.kind == "handle" or answer.code == "ok", answer)
    check_equal(client.end(), (b"", 0), "the end (%s)" % client.stderr())


@case
def every_request_is_understood(place):
    for n, request in enumerate(REQUESTS):
        with started(place, place.words(CONFINED), request) as client:
            if request.endswith("-R"):
                client.init()
                check_equal(client.open("x", "wct")[::2], (
                    "status", "denied"), request)
                client.end()
                continue
            is_served(client, "new%d" % n)
        check_equal(place.mode("new%d" % n), 0o640 if "027" in request else
                    0o644, request)


@case
def as_sftp_server_with_the_options_of_openssh(place):
    program = talk.program()
    for more in ([], ["-e"], ["-l", "DEBUG3"], ["-f", "AUTH"],
                 ["-e", "-l", "INFO"]):
        with started(place, [program] + more) as client:
            is_served(client)
    with started(place, [program, "-u", "077"]) as client:
        is_served(client, "masked")
    check_equal(place.mode("masked"), 0o600, "-u 077")
    with started(place, [program, "-d", place.path("sub")]) as client:
        is_served(client, "there")
    place.holds({"sub/there": b"x"})
    with started(place, [program, "-R"]) as client:
        client.init()
        check_equal(client.open("x", "wct").code, "denied", "-R")
        check_equal(client.open("old", "r").kind, "handle", "-R")
        client.end()


def refused(client):
    """A session in which no request is served: what the first is told."""
    check_equal(client.init().extensions, [], "extensions")
    seen = client.ask("realpath", ".")
    check_equal(seen.kind, "status", "kind")
    return seen


@case
def options_that_are_not_kept_are_refused(place):
    program = talk.program()
    for more in (["-P", "remove"], ["-p", "open,close"], ["-Q", "requests"],
                 ["-z"], ["-l"], ["-u", "9"], ["extra"]):
        with started(place, [program] + more) as client:
            seen = refused(client)
            check_equal(seen.code, "failure", more)
            check(client.end()[1] != 0, "%s: status" % more)
            check(seen.text in client.stderr(), client.stderr())
            check(more[0] not in ("-P", "-p", "-Q") or
                  re.search("Access.*Modify", seen.text), seen.text)


@case
def a_directory_in_the_request_is_a_path_of_the_client(place):
    for path, wanted in (("/sub", b"/sub"), ("sub", b"/sub")):
        with started(place, place.words(CONFINED),
                     "internal-sftp -d " + path) as client:
            client.init()
            check_equal(client.ask("realpath", ".").names[0].name, wanted)
            client.end()


@case
def tokens_in_that_directory(place):
    """Those of sftp-server(8): the account, its home, and a percent sign."""
    account = pwd.getpwuid(os.geteuid())
    os.makedirs(place.path("100%", account.pw_name))
    home = os.fsencode(account.pw_dir)
    for words, path, wanted in (
            ([talk.program()], place.root + "/100%%/%u",
             os.fsencode(place.path("100%", account.pw_name))),
            ([talk.program()], "%d", home),
            ([talk.program()], "%d/x%%", home.rstrip(b"/") + b"/x%"),
            ([talk.program()], "%h/.", home)):
        with started(place, words + ["-d", path]) as client:
            client.init()
            check_equal(client.ask("realpath", ".").names[0].name, wanted,
                        path)
            client.end()
    for path, wanted in (("/100%%/%u", b"/100%/" + os.fsencode(
            account.pw_name)), ("%d", b"/"), ("sub/%d", b"/sub"),
                         ("../%u/../../x", b"/x")):
        with started(place, place.words(CONFINED),
                     "internal-sftp -d " + path) as client:
            client.init()
            check_equal(client.ask("realpath", ".").names[0].name, wanted,
                        path)
            client.end()
    for path in ("%", "%x", "/%%%", "%u/%", "%d" * 3000):
        with started(place, [talk.program(), "-d", path]) as client:
            check(not client.more(), "%s: it began" % path[:9])
            check(client.wait() != 0, "%s: status 0" % path[:9])


@case
def in_a_start_directory(place):
    with started(place, place.words(CONFINED + ["StartDirectory=/sub"]),
                 "internal-sftp") as client:
        client.init()
        check_equal(client.ask("realpath", ".").names[0].name, b"/sub")
        check_equal(client.fetched("leaf"), b"leaf\n", "leaf")
        check_equal(client.fetched("/old"), b"old\n", "/old")
        client.end()


@case
def a_start_directory_of_the_client_is_no_mistake_of_the_server(place):
    for typed, status in (("''", 0), ("x" * 300, 1)):
        with started(place, place.words(CONFINED), "sftp-server -d " + typed) \
                as client:
            client.send(sftp.packet("init", sftp.u32(3)))
            if status == 0:
                client.answer()
                check_equal(client.fetched("old"), b"old\n", "old")
            code = client.end()[1]
            check(code == status or status and code not in (0, 78),
                  "%s: status %d" % (typed[:9], code))


@case
def sftp_no_is_told(place):
    for request in REQUESTS[:4]:
        with started(place, place.words(["Sftp=no"]), request) as client:
            check_equal(refused(client)[2:], ("unsupported", (
                "this account takes the SCP protocol only; use: scp -O")))
            check(client.end()[1] not in (0, 78), request)
            check("SCP" in client.stderr(), client.stderr())


@case
def what_refuses_a_session_is_told_in_its_answers(place):
    for options, status, words in (
            (["Access=sideways"], 78, "server configuration error"),
            (["Root=/none/such"], 78, "server configuration error"),
            (None, 78, "this account has no Root")):
        words_of = place.words(options) if options else [suite.SERVER]
        with started(place, words_of, "sftp") as client:
            check_equal(refused(client)[2:], ("failure", words))
            check_equal(client.ask("opendir", "/").text, words, "another")
            check_equal(client.end(), (b"", status), "the end")


@case
def a_refused_session_tells_scp_of_no_missing_file(place):
    """It says so of whatever LSTAT and STAT fail for, and looks no further:
    OPEN is what it shows."""
    with started(place, place.words(["Sftp=no"]), "sftp") as client:
        client.init()
        check_equal([client.ask(kind, "old").kind for kind in (
            "stat", "lstat", "stat", "lstat")],
            ["status", "status", "attrs", "status"], "kinds")
        check_equal(client.open("old", "r").code, "unsupported", "open")
        client.end()


@case
def version_3_is_the_answer_to_every_version(place):
    for version in (0, 1, 2, 3, 4, 6, 0xffffffff):
        with started(place, place.words(CONFINED), "sftp") as client:
            check_equal(client.init(version).version, 3, version)
            client.end()
    with started(place, place.words(CONFINED), "sftp") as client:
        client.send(sftp.packet("init", sftp.u32(3) + sftp.string("x@y") +
                                sftp.string("1")))
        check_equal(client.answer().version, 3, "with an extension")
        client.end()


@case
def what_is_announced_is_served(place):
    for name, options, there, absent in ANNOUNCED:
        with started(place, place.words(options), "sftp") as client:
            client.init()
            seen = set(client.extensions)
            check(set(ALWAYS + there) <= seen, "%s: %s are missing" % (
                name, set(ALWAYS + there) - seen))
            check(not set(absent) & seen, "%s: %s are announced" % (
                name, set(absent) & seen))
            client.end()


@case
def nothing_announced_is_unsupported(place):
    """Clients do not fall back from what was announced."""
    path = sftp.string("old")
    words = {"limits@openssh.com": b"", "posix-rename@openssh.com":
             sftp.string("none") + path, "lsetstat@openssh.com":
             path + sftp.NONE.encode(), "hardlink@openssh.com":
             sftp.string("none") + path}
    handles = {"fstatvfs@openssh.com", "fsync@openssh.com"}
    for name, options, _, _ in ANNOUNCED:
        with started(place, place.words(options), "sftp") as client:
            client.init()
            handle = (client.open("old", "r") if name == "read_only" else
                      client.open("new", "wct"))
            for extension in client.extensions:
                body = words.get(extension, path)
                if extension in handles:
                    body = sftp.string(handle.handle)
                if extension == "copy-data":
                    body = sftp.string("x") + bytes(16) + sftp.string(
                        "y") + bytes(8)
                seen = client.ask("extended", extension, bytearray(body))
                check(seen.kind != "status" or seen.code != "unsupported",
                      "%s: %s" % (name, extension))
            client.end()


@case
def what_is_not_announced_is_unsupported(place):
    with started(place, place.words(["Access=read-only"]), "sftp") as client:
        client.init()
        for name in ("hardlink@openssh.com", "home-directory",
                     "users-groups-by-id@openssh.com", "check-file",
                     "vendor-id", "posix-rename@openssh.com\0", ""):
            check(name not in client.extensions, name)
            seen = client.ask("extended", name, "a", "b")
            check(seen.code in ("unsupported", "denied"),
                  "%s: %s" % (name, seen))
        client.end()


@case
def the_status_is_0_whatever_was_refused(place):
    """scp takes the status of the session for its own."""
    with started(place, place.words(["Access=read-only"]), "sftp") as client:
        client.init()
        for kind, words in (("open", ("new", 26, sftp.NONE)),
                            ("stat", ("none",)), ("remove", ("old",)),
                            ("mkdir", ("d", sftp.NONE)),
                            ("close", ("nothing",)), ("extended", ("x",))):
            check_equal(client.ask(kind, *words).kind, "status", kind)
        check_equal(client.end(), (b"", 0), "the end")


@case
def without_a_word_the_status_is_0(place):
    with started(place, place.words(CONFINED), "sftp") as client:
        check_equal(client.end(), (b"", 0), "the end")


@case
def fewer_open_files_are_fewer_handles(place):
    """What is announced can be had, also of the costliest, and no more.  A
    soft limit is raised."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for soft, hard, most in ((64, hard, 64), (64, 64, 16), (40, 40, 8),
                             (20, 20, 1), (12, 12, 1)):
        def limit(files=(soft, hard)):
            resource.setrlimit(resource.RLIMIT_NOFILE, files)
        for options in (CONFINED, ["Access=read-write", "Overwrite=versions",
                                   "Modify=yes"]):
            with started(place, place.words(options + ["AuditLog=" + os.path.
                         join(place.top, "log")]), "sftp",
                         preexec_fn=limit) as client:
                only_so_many(place, client, most)


def only_so_many(place, client, most):
    client.init()
    body = sftp.Reader(client.extended("limits@openssh.com").body)
    handles = [body.u64() for _ in range(4)][3]
    check_equal(handles, most, "handles")
    os.makedirs(place.path("dir/in/in"), exist_ok=True)
    for n in range(handles - 1):
        # one that is opened again is the same handle
        trees.write(place.path("old%d" % n), b"old")
        seen = client.open("old%d" % n, "rw")
        check_equal(seen.kind, "handle", "handle %d of %d: %s" % (
            n, handles, seen))
    for path, letters in (("old", "r"), ("old", "rw"), ("new", "wct")):
        seen = client.open(path, letters)
        check_equal(seen.kind, "handle", "the last of %d: %s" % (
            handles, seen))
        check_equal(client.open("sub/leaf", "r").code, "failure", "too many")
        check_equal(client.open("note.txt", "wct").code, "failure",
                    "too many")
        check_equal(client.ask("opendir", ".").code, "failure", "too many")
        check_equal(client.ask("stat", "sub/leaf").kind, "attrs", "STAT")
        # a directory that moves deeper is searched
        for old, new in (("sub/leaf", "moved"), ("moved", "sub/leaf"),
                         ("dir", "sub/dir"), ("sub/dir", "dir")):
            check_equal(client.ask("rename", old, new).code, "ok", "RENAME")
        check_equal(client.close_handle(seen.handle).code, "ok", "CLOSE")
    names = client.listed(".")
    check(isinstance(names, list) and len(names) > 3, names)
    client.end()


@case
def more_handles_than_there_are_is_a_failure(place):
    with started(place, place.words(CONFINED), "sftp") as client:
        client.init()
        body = sftp.Reader(client.extended("limits@openssh.com").body)
        handles = [body.u64() for _ in range(4)][3]
        found = [client.open("old", "r") for _ in range(handles)]
        check_equal({answer.kind for answer in found}, {"handle"}, "kinds")
        check_equal(len({answer.handle for answer in found}), handles,
                    "handles that differ")
        check_equal(client.open("old", "r").code, "failure", "one more")
        check_equal(client.open("new", "wct").code, "failure", "one more")
        check_equal(client.ask("opendir", ".").code, "failure", "one more")
        check_equal(client.close_handle(found[7].handle).code, "ok", "CLOSE")
        check_equal(client.open("old", "r").kind, "handle", "again")
        check_equal(client.end(), (b"", 0), "the end")


@case
def a_home_is_no_part_of_a_confined_path(place):
    with started(place, place.words(CONFINED), "sftp") as client:
        client.init()
        for path, wanted in (("~", b"/"), ("~/x", b"/x"), ("~/../x", b"/x")):
            check_equal(client.extended("expand-path@openssh.com", path
                                        ).names[0].name, wanted, path)
        check_equal(client.extended("expand-path@openssh.com", "~root/x"
                                    ).kind, "status", "~root")
        client.end()


@case
def the_log_says_who_did_what(place):
    log = os.path.join(place.top, "log")
    with started(place, place.words(CONFINED + ["AuditLog=" + log]),
                 "sftp") as client:
        client.init()
        client.stored("new", b"abc")
        client.fetched("old")
        client.stored("one", b"1")
        first = client.open("two", "wct").handle
        second = client.open("three", "wct").handle
        client.write(second, 0, b"3")
        client.close_handle(second)
        client.close_handle(first)
        client.open("lost", "wct")
        client.end()
    with open(log) as f:
        records = [json.loads(line) for line in f]
    check_equal([r["event"] for r in records][:2], ["start", "session"])
    check_equal(records[-1]["event"], "end", "the last")
    check_equal(records[1]["verb"], "sftp", "verb")
    files = [(r["path"], r["result"]) for r in records
             if r["event"] == "file" and r["result"] != "begun"]
    for path in ("/new", "/old", "/one", "/two", "/three"):
        check_equal([p for p, _ in files].count(path), 1, path)
    check(("/lost", "ok") not in files, files)
    check_equal(trees.read(place.path("three")), b"3", "three")
