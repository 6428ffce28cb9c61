"""What a session leaves in the audit trail, and what ps(1) shows of it."""

import json
import os
import re
import socket
import subprocess
import time

import sshd
import suite
import trees
import world
from spoken import BROKEN, Place, put
from suite import add, check, check_equal, need_root

NAME = "trail"
BODY = 4 << 20
SHOWN_AFTER = 60        # seconds; a title is drawn every second
PS = re.compile(r"scp-server: (\S+) (\w+) (\d+)% (\d+\.\d) ([KMG]?B)/s( \S+)?$")


def add_accounts(w):
    """One that sshd tells of its key, one that it does not."""
    match, lines = [], []
    for how in ("told", "untold"):
        person = w.add("%s-%s" % (NAME, how), "/bin/sh")
        w.srv(person, person.name)
        lines += ["Match User " + person.name, "Root /srv/%u",
                  "AuditLog /srv/%s.log" % person.name]
        match += ["Match User " + person.name,
                  "\tForceCommand " + world.PROGRAM,
                  "\tExposeAuthInfo " + ("yes" if how == "told" else "no")]
        log = w.path("srv", person.name + ".log")
        open(log, "w").close()
        os.chown(log, person.uid, -1)
    return match, lines


def records(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def beginning_of(w, how):
    """The records of who asks, and of what is served."""
    import clients
    person = w.people["%s-%s" % (NAME, how)]
    status, out, err = clients.run(
        clients.ssh_words(person, w.daemons["openssh"].port)
        + ["scp -t f"], person, put("f"))
    check_equal((status, out), (0, b"\0\0\0"), "answer (%s)" % err)
    return records(w.path("srv", person.name + ".log"))[-4:-2], person


def the_key_that_sshd_tells_of(w):
    (start, _), person = beginning_of(w, "told")
    shown = subprocess.run(["ssh-keygen", "-lf", w.path("key.pub")],
                           stdout=subprocess.PIPE, check=True).stdout
    check_equal(start["auth"], "publickey", "method")
    check_equal(start["key"].split()[1], shown.decode().split()[1], "key")
    check(start["key"].startswith("ssh-"), start["key"])


def no_key_where_sshd_says_nothing(w):
    (start, _), _ = beginning_of(w, "untold")
    check("auth" not in start and "key" not in start, "%r" % start)


def the_form_peer_and_policy_of_a_session(w):
    (start, first), person = beginning_of(w, "untold")
    (_, again), _ = beginning_of(w, "untold")
    (_, other), _ = beginning_of(w, "told")
    check_equal((start["event"], first["event"]), ("start", "session"))
    check_equal(start["pid"], first["pid"], "process")
    check_equal(start["user"], person.name, "user")
    check_equal((start["form"], start["request"]), ("forced", "scp -t f"))
    check_equal(start["peer"], sshd.ADDRESS, "peer")
    check(re.fullmatch(r"\d+", start["port"]), start["port"])
    check(re.fullmatch("[0-9a-f]{64}", first["policy"]), first["policy"])
    check_equal(first["policy"], again["policy"], "digest of one policy")
    check(first["policy"] != other["policy"], "another Root, the same digest")


def logged(place, options, request, sent, confined=True):
    log = os.path.join(place.top, "log")
    seen = place.say(["AuditLog=" + log] + options, request, sent, confined)
    return seen, records(log)


# options, request, what is sent, the keyword in the record
KEYWORDS = (
    (["Access=read-only"], "scp -t new", put("new"), "Access"),
    (["Access=write-only"], "scp -f old", b"\0", "Access"),
    (["Overwrite=deny"], "scp -t old", put("old"), "Overwrite"),
    (["DotFiles=deny"], "scp -t .new", put("x"), "DotFiles"),
    (["AllowNames=*.txt"], "scp -t new", put("x"), "AllowNames"),
    (["DenyNames=new"], "scp -t new", put("x"), "DenyNames"),
    (["MaxFileSize=3"], "scp -t new", put("new"), "MaxFileSize"),
    (["MaxSessionBytes=3"], "scp -t new", put("new"), "MaxSessionBytes"),
    (["MaxDepth=1"], "scp -r -t .", b"D0755 0 a\nD0755 0 b\n", "MaxDepth"),
    (["MinFree=4000T"], "scp -t new", put("new"), "MinFree"),
    (["Symlinks=refuse"], "scp -f link", b"\0", "Symlinks"),
    ([], "scp -f /../x", b"\0", "Root"),
    ([], "scp -f none", b"\0", None),
)


def the_keyword_that_refused():
    for options, request, sent, wanted in KEYWORDS:
        with Place() as place:
            _, seen = logged(place, options, request, sent)
            failed = [r for r in seen if r["event"] == "refused" or
                      r.get("result") in ("failed", "fatal")]
            check_equal([r.get("keyword") for r in failed], [wanted],
                        "keyword of %r %r" % (options, request))


# what is refused: our words, the request, form, exit status, reason, detail
REFUSALS = (
    (["--read-only", "ROOT"], "scp -t new", "forced", 2, "read-only", None),
    (["--write-only", "ROOT"], "scp -f old", "forced", 2, "write-only", None),
    (["ROOT"], "id; scp -t x", "forced", 2, "command", None),
    (["ROOT"], "rsync --server .", "forced", 2, "command", None),
    (["ROOT"], "scp -x -t new", "forced", 2, "option", "x"),
    (["ROOT"], "scp --new -t new", "forced", 2, "option", "--new"),
    (["ROOT"], "scp -t *", "forced", 2, "pattern", None),
    (["-o", "Sftp=no", "ROOT"], "internal-sftp", "forced", 2, "sftp", None),
    (["ROOT"], "scp old bob@host:new", "forced", 2, "relay", None),
    (["ROOT"], None, "forced", 1, "request", None),
    (["--readonly", "ROOT"], "scp -f old", "forced", 2, "option",
     "--readonly"),
    (["ROOT", "old"], "scp -f old", "forced", 2, "option", "old"),
    ([], "scp -f old", "forced", 78, "no-root", "no Root for this account"),
    (["-t", "/new"], "ignored", "direct", 78, "no-root", "no Root for this"),
)
PEER = {"SSH_CONNECTION": "192.0.2.7 50022 192.0.2.1 22"}


def received(words, request, form):
    """What the start record has as the request."""
    if form == "direct":
        return " ".join([suite.SERVER, "-o", "AuditLog=LOG"] + words)
    return request or ""


def whoever_is_refused_is_in_the_log():
    import pwd
    me = pwd.getpwuid(os.geteuid()).pw_name
    for words, request, form, status, reason, detail in REFUSALS:
        with Place() as place:
            log = os.path.join(place.top, "log")
            seen = place.say([], request, more=PEER, words=[
                suite.SERVER, "-o", "AuditLog=" + log,
                *(w.replace("ROOT", place.root) for w in words)])
            what = "%r %r" % (words, request)
            check_equal(seen.status, status, "status of " + what)
            start, refused, end = records(log)
            check_equal([r["event"] for r in (start, refused, end)],
                        ["start", "refused", "end"], what)
            check_equal({r["pid"] for r in (start, refused, end)},
                        {start["pid"]}, "processes of " + what)
            check_equal((start["user"], start["peer"], start["port"]),
                        (me, "192.0.2.7", "50022"), what)
            check_equal(start["form"], form, what)
            check_equal(start["request"].replace(log, "LOG"),
                        received(words, request, form), what)
            check_equal((refused["user"], refused["peer"], refused["reason"]),
                        (me, "192.0.2.7", reason), what)
            check((detail or "") in refused.get("detail", ""),
                  "%s: detail %r" % (what, refused.get("detail")))
            check_equal((end["status"], end["reason"]), (status, reason), what)


def a_long_request_is_whole_or_marked():
    with Place() as place:
        log = os.path.join(place.top, "log")
        for length in (1000, 9000):
            request = "scp -x -f " + "n" * length + " end"
            place.say([], request, more=PEER,
                      words=[suite.SERVER, "-o", "AuditLog=" + log,
                             place.root])
            start = records(log)[-3]
            if length == 1000:
                check_equal(start["request"], request)
            check("[...]" in start["request"] or length == 1000,
                  start["request"])
            check_equal(start["request"][-4:], " end")


def in_the_system_log(place, words, request="scp -t new", status=78,
                      program=suite.SERVER):
    """What a session that is refused writes to /dev/log, which is one of our
    own here."""
    log = os.path.join(place.top, "dev-log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as system_log:
        system_log.bind(log)
        system_log.settimeout(SHOWN_AFTER)
        seen = place.say([], request, put("new"), more=PEER, words=[
            "unshare", "-m", "sh", "-c",
            "mount -t tmpfs none /dev && ln -s $1 /dev/log && shift && "
            "exec \"$@\"", "sh", log, program, *words])
        said = [system_log.recv(8192).decode() for _ in range(3)]
    os.unlink(log)
    check_equal(seen.status, status, "status")
    if status == 78:
        check_equal(seen.out, BROKEN, "answer")
    found = [json.loads(line[line.index("{"):]) for line in said]
    check_equal([r["event"] for r in found], ["start", "refused", "end"])
    check_equal(found[0]["peer"], "192.0.2.7", "%r" % words)
    return found[0], found[1]


def a_configuration_that_is_wrong_is_in_the_system_log():
    """File, line and word are in the record, so that nobody has to watch
    stderr.  What the file or an option says of AuditLog counts no more."""
    need_root()
    with Place() as place:
        log = os.path.join(place.top, "log")
        conf = os.path.join(place.top, "conf")
        with open(conf, "w") as f:
            f.write("AuditLog %s\n\nAccess sideways\n" % log)
        unknown = "sideways: unknown value " \
            "(one of read-write read-only write-only)"
        for words, detail in (
                (["--config", conf], conf + ":3: " + unknown),
                (["-o", "AuditLog=" + log, "-o", "Access=sideways"],
                 "-o Access=" + unknown),
                (["-o", "AuditLog=/none/log"],
                 "AuditLog: can't be opened: No such file or directory"),
                (["-o", "AuditLog=" + place.root],
                 "AuditLog: can't be opened: Is a directory")):
            start, refused = in_the_system_log(place, words + [place.root])
            check_equal((start["form"], start["request"]),
                        ("forced", "scp -t new"), "%r" % words)
            check_equal((refused["reason"], refused["detail"]),
                        ("config", detail), "%r" % words)
            check(not os.path.exists(log), "AuditLog was used")


def a_login_shell_that_refuses_is_in_the_log():
    need_root()
    with Place() as place:
        for string, original, form, request, detail in (
                ("id", None, "shell", "id", None),
                ("scp-server --readonly /", "scp -f old", "shell-forced",
                 "scp -f old", "--readonly")):
            start, refused = in_the_system_log(
                place, ["-c", string], original, 2)
            check_equal((start["form"], start["request"]), (form, request),
                        string)
            check_equal((refused["reason"], refused.get("detail")),
                        ("command", detail), string)


def an_sftp_server_that_refuses_is_in_the_log():
    need_root()
    with Place() as place:
        link = os.path.join(place.top, "sftp-server")
        os.symlink(suite.SERVER, link)
        start, refused = in_the_system_log(place, ["-P", "remove"], None, 2,
                                           link)
        check_equal((start["form"], start["request"]),
                    ("sftp", link + " -P remove"), "start")
        check_equal(refused["reason"], "option", "%r" % refused)


def the_log_itself_is_no_target():
    """Beneath Root and with another name there, however files are stored."""
    for way in ("replace", "versions", "inplace", "deny"):
        for name in ("log", "other", "new"):
            with Place() as place:
                log = place.path("log")
                trees.write(log, b'{"event":"earlier"}\n')
                os.link(log, place.path("other"))
                seen = place.say(
                    ["AuditLog=" + log, "Overwrite=" + way] + (
                        ["Root=none"] if way == "inplace" else []),
                    "scp -t " + place.path(name), put(name),
                    confined=way != "inplace")
                found = records(log)
                check_equal(found[0], {"event": "earlier"}, "first record")
                check_equal([r["event"] for r in found[1:3]],
                            ["start", "session"], "then")
                check_equal(os.stat(log).st_ino,
                            os.stat(place.path("other")).st_ino, "the file")
                told = [r["reason"] for r in found[3:] if r["event"] == "file"
                        and r["result"] == "fatal"]
                wanted = "exists" if way == "deny" else "log"
                check_equal((told, seen.status), (
                    ([], 0) if name == "new" else ([wanted], 2)),
                    "%s, %s" % (way, name))


# options, what scp is called with, what it sends
STORED = (
    (["Umask=027"], "-t new", put("new", mode=b"0666")),
    (["Umask=027"], "-p -t new", put("new", mode=b"0666")),
    (["FileMode=0604"], "-t new", put("new", mode=b"0666")),
    ([], "-t old", put("old", mode=b"0777")),
    ([], "-p -t old", put("old", mode=b"0751")),
    (["SetIdBits=yes", "Root=none"], "-p -t ROOT/new",
     put("new", mode=b"4751")),
    (["Overwrite=versions"], "-t old", put("old", mode=b"0777")),
    (["Umask=027"], "-r -t .", b"D0777 0 new\nE\n"),
    (["Umask=027"], "-r -p -t .", b"D0777 0 new\nE\n"),
    (["Umask=027"], "-r -t .", b"D0577 0 new\nE\n"),
    (["DirectoryMode=0710"], "-r -t .", b"D0777 0 new\nE\n"),
    (["Umask=027"], "-r -t .", b"D0777 0 new\n" + put("in") + b"E\n"),
)


def the_mode_in_a_record_is_the_stored_one():
    for options, arguments, sent in STORED:
        with Place() as place:
            os.chmod(place.path("old"), 0o640)
            seen, found = logged(place, options, "scp " + arguments, sent)
            check_equal(seen.status, 0, "%r" % (seen,))
            done = [r for r in found if r["event"] == "file"]
            check(done, "no record")
            for record in done:
                path = record["path"].replace(place.root, "")
                check_equal(int(record["mode"], 8),
                            place.mode(path.lstrip("/")),
                            "%r %s: mode of %s" % (options, arguments,
                                                   record["path"]))


# options, request, what is sent, whether the old directory sub changes
ENTERED = (
    ([], "-r -p -t .", b"D0777 0 sub\nE\n", True),
    ([], "-r -p -t .", b"T5 0 5 0\nD0777 0 sub\nE\n", True),
    (["PreserveModes=no"], "-r -p -t .", b"T5 0 5 0\nD0777 0 sub\nE\n", True),
    ([], "-r -t .", b"D0777 0 sub\nE\n", False),
    (["PreserveModes=no"], "-r -p -t .", b"D0777 0 sub\nE\n", False),
    (["Overwrite=deny"], "-r -p -t .", b"T5 0 5 0\nD0777 0 sub\nE\n",
     False),
)


def a_directory_that_changes_has_a_record():
    for options, arguments, sent, changes in ENTERED:
        with Place() as place:
            os.chmod(place.path("sub"), 0o700)
            before = os.stat(place.path("sub"))
            seen, found = logged(place, options, "scp " + arguments, sent)
            what = "%r %s" % (options, arguments)
            check_equal(seen.status, 0, "%r" % (seen,))
            after = os.stat(place.path("sub"))
            check_equal(changes, (before.st_mode, before.st_mtime) !=
                        (after.st_mode, after.st_mtime), what)
            check_equal([(r["verb"], r["path"], r["mode"], r["result"])
                         for r in found if r["event"] == "file"],
                        [("dir", "/sub", "%04o" % (after.st_mode & 0o777),
                          "ok")] if changes else [], what)


def a_download_that_is_cut_off_says_how_much_was_sent():
    for more in ([], ["AuditDigest=sha256"]):
        with Place() as place:
            trees.write(place.path("large"), b"y" * BODY)
            log = os.path.join(place.top, "log")
            process = place.start(["AuditLog=" + log] + more, "scp -f large")
            process.stdin.write(b"\0\0")
            process.stdin.flush()
            had = 0
            while had < BODY // 2:
                had += len(os.read(process.stdout.fileno(), 65536))
            process.stdout.close()
            process.stdin.close()
            process.wait(60)
            told = [r for r in records(log) if r["event"] == "file"]
            check_equal([(r["verb"], r["path"], r["result"]) for r in told],
                        [("get", "/large", "fatal")], "records")
            # the line before the body is no part of it
            check(had - 64 <= told[0]["bytes"] < BODY,
                  "%r, had %d" % (told[0], had))


def a_refused_path_is_as_it_was_asked_for():
    for arguments, asked, reason in (
            ("-t ../../etc/x", "../../etc/x", "path"),
            ("-f ../../etc/passwd", "../../etc/passwd", "path"),
            ("-f /sub/../../x", "/sub/../../x", "path"),
            ("-f " + "n" * 300, "n" * 300, "ENAMETOOLONG"),
            ("-t " + "n" * 300, "n" * 300, "ENAMETOOLONG"),
            ("-f .hidden", "/.hidden", "DotFiles"),
            ("-f sub/none", "/sub/none", "ENOENT")):
        with Place() as place:
            _, found = logged(place, [], "scp " + arguments, b"\0")
            told = [(r["path"], r["reason"]) for r in found
                    if r["event"] == "file"]
            check_equal(told, [(asked, reason)], arguments)


def titles(process, wanted):
    """What ps shows until the pattern matches."""
    deadline = time.monotonic() + SHOWN_AFTER
    shown = ""
    while time.monotonic() < deadline:
        shown = subprocess.run(
            ["ps", "-o", "args=", "-p", str(process.pid)],
            stdout=subprocess.PIPE).stdout.decode().rstrip(" .\n")
        match = re.match(wanted, shown)
        if match:
            return match
        time.sleep(0.05)
    raise AssertionError("ps shows %r, not %r" % (shown, wanted))


def upload_slowly(place, name, confined):
    import pwd
    target = "new" if confined else place.path(name)
    process = place.start([], "scp -t '%s'" % target, confined)
    try:
        process.stdin.write(b"C0644 %d new\n" % BODY)
        process.stdin.flush()
        titles(process, r"scp-server: \S+ sink$")
        for share in range(3):
            process.stdin.write(b"x" * (BODY // 4))
            process.stdin.flush()
            time.sleep(1.2)
        match = titles(process, PS)
        process.stdin.write(b"x" * (BODY // 4) + b"\0")
        process.stdin.close()
        check_equal(process.wait(SHOWN_AFTER), 0, "status")
    finally:
        process.kill()
        process.wait()
    check_equal(match.group(1), pwd.getpwuid(os.geteuid()).pw_name, "user")
    check_equal(match.group(2), "put", "verb")
    check(25 <= int(match.group(3)) <= 75, "percent " + match.group(3))
    return match.group(6)


def the_live_session_in_ps():
    with Place() as place:
        check_equal(upload_slowly(place, "new", False),
                    " " + place.path("new"), "file")


def no_name_of_a_confined_session_in_ps():
    with Place() as place:
        check_equal(upload_slowly(place, "new", True), None, "file")


def a_name_in_ps_is_escaped():
    with Place() as place:
        shown = upload_slowly(place, "caf\u00e9", False)
        check(shown.endswith("caf\\xc3\\xa9"), "shown as %r" % shown)


def a_download_in_ps():
    with Place() as place:
        trees.write(place.path("large"), b"y" * BODY)
        process = place.start([], "scp -f large")
        try:
            process.stdin.write(b"\0\0")
            process.stdin.flush()
            for _ in range(3):
                time.sleep(1.2)
                os.read(process.stdout.fileno(), 65536)
                os.read(process.stdout.fileno(), 65536)
            check_equal(titles(process, PS).group(2), "get", "verb")
        finally:
            process.kill()
            process.communicate()


ALONE = (the_keyword_that_refused, whoever_is_refused_is_in_the_log,
         a_long_request_is_whole_or_marked,
         a_configuration_that_is_wrong_is_in_the_system_log,
         a_login_shell_that_refuses_is_in_the_log,
         an_sftp_server_that_refuses_is_in_the_log,
         the_log_itself_is_no_target, the_mode_in_a_record_is_the_stored_one,
         a_directory_that_changes_has_a_record,
         a_download_that_is_cut_off_says_how_much_was_sent,
         a_refused_path_is_as_it_was_asked_for,
         the_live_session_in_ps, no_name_of_a_confined_session_in_ps,
         a_name_in_ps_is_escaped, a_download_in_ps)
IN_WORLD = (the_key_that_sshd_tells_of, no_key_where_sshd_says_nothing,
            the_form_peer_and_policy_of_a_session)


def add_cases(get_world):
    for story in ALONE:
        add("trail/" + story.__name__, story)
    for story in IN_WORLD:
        add("trail/" + story.__name__,
            lambda story=story: story(get_world()))
