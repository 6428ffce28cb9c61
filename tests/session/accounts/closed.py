"""A session for which nobody has decided what it reaches does not begin.

A Match block with a mistake in it matches nobody, and a file that is missing
or empty says nothing: either would else leave an account with every file of
the machine.
"""

import contextlib
import errno
import json
import os
import shutil
import subprocess

import suite
import trees
from spoken import Place, put
from suite import check, check_equal, need_root, need_tool

NO_ROOT = b"\2scp: this account has no Root\n"
UP, NEW = "scp -t new", put("new")
REMEDY = b"set Root in"


def refused(seen, what):
    check_equal((seen.status, seen.out), (78, NO_ROOT), what)
    check(b"no Root for this account" in seen.err and REMEDY in seen.err,
          "%s: stderr %r" % (what, seen.err))


class Told(Place):
    """Sessions under a file of root's with this text."""

    def file(self, text):
        path = os.path.join(self.top, "conf")
        trees.write(path, text.replace("ROOT", self.root).encode())
        return ["--config", path, "-o", "AuditLog=none"]

    def forced(self, text, *options, request=UP, sent=NEW):
        words = [suite.SERVER] + self.file(text)
        words += [o.replace("ROOT", self.root) for o in options]
        return self.say([], request, sent, words=words)

    def direct(self, text, *options):
        return self.say([], None, NEW, words=[suite.SERVER] + self.file(
            text) + list(options) + ["-t", self.path("new")])

    def shell(self, text, string=UP, request=None):
        """As sshd starts the login shell."""
        text += "\nAuditLog none\n"
        with suite.policy(text.replace("ROOT", self.root)):
            return self.say([], request, NEW, words=[
                suite.SERVER, "-c", string.replace("ROOT", self.root)])


MISTAKES = ("", "# nothing\n", "Match Group scp-only\nRoot ROOT\n",
            "Match User nobody-here\nRoot none\n",
            "Match Address 192.0.2.0/24 User nobody-here\nRoot ROOT\n",
            "StartDirectory ROOT\n", "Access write-only\n", "User nobody\n",
            "Relay *\n", "Sftp handoff\n")


def a_typo_in_a_groups_name_leaves_nothing_open():
    need_root()
    with Told() as place:
        for text in MISTAKES:
            refused(place.forced(text), "forced: " + text)
            refused(place.direct(text), "direct: " + text)
            refused(place.shell(text), "shell: " + text)
            refused(place.shell(text, "scp-server", UP),
                    "through the login shell: " + text)
        place.holds({"new": None})


def a_forced_command_without_a_file_reaches_nothing():
    need_root()
    check(not os.path.exists("/etc/scp-server.conf"), "there is a file")
    with Place() as place:
        for words in ([], ["--read-only"], ["-o", "StartDirectory=/"]):
            refused(place.say([], "scp -f " + place.path("old"), b"\0", words=[
                suite.SERVER, "-o", "AuditLog=none"] + words), words)
        refused(place.say([], None, b"\0", words=[
            suite.SERVER, "-c", "scp -f " + place.path("old")]), "shell")


def no_other_request_begins_either():
    """Sftp, and copies to another host: told on stderr, as ever."""
    need_root()
    with Told() as place:
        for text, request in (("Sftp handoff\n", "internal-sftp"),
                              ("Relay *\n", "scp old 127.0.0.1:x")):
            seen = place.forced(text, request=request)
            check_equal((seen.status, seen.out), (78, b""), request)
            check(b"scp: this account has no Root\n" in seen.err, seen.err)


def what_is_wrong_with_the_request_is_told_first():
    need_root()
    with Told() as place:
        for request, status, words in (
                ("ls", 2, b"takes scp commands only"),
                (None, 1, b"it is started by sshd")):
            seen = place.forced("", request=request)
            check_equal(seen.status, status, request)
            check(words in seen.out + seen.err, "%r" % (seen,))


def root_none_opens_what_the_administrator_means():
    need_root()
    with Told() as place:
        up = "scp -t ROOT/new"
        for way, *words in (
                (place.forced, "Root none\n"),
                (place.forced, "", "-o", "Root=none"),
                (place.forced, "", "none"),
                (place.forced, "Root /nowhere\nMatch All\nRoot None\n"),
                (place.direct, "", "-o", "Root=none"),
                (place.direct, "root = NONE\n"),
                (place.shell, "Root none\n", up),
                (place.shell, "Root none\n", "scp-server")):
            more = {} if way == place.direct else {"request": up}
            seen = way(*words, **more)
            check_equal((seen.status, seen.out), (0, b"\0\0\0"), seen.err)
            check_equal(trees.read(place.path("new")), b"new\n", "stored")
            os.remove(place.path("new"))


def a_clients_string_decides_about_no_root():
    """A client can send a forced command to the login shell itself."""
    need_root()
    with Told() as place:
        for string in ("scp-server -o Root=none", "scp-server none",
                       "scp-server -o Root=ROOT", "scp-server ROOT",
                       "scp-server -o Root=none ROOT",
                       "scp-server -o root=NONE -o Root=/"):
            refused(place.shell("Match Group no-such-group\nRoot none\n",
                                string, UP), string)
        place.holds({"new": None})


def a_root_in_a_clients_string_counts_below_that_of_the_file():
    need_root()
    with Told() as place:
        for text, string, new in (
                ("Root none\n", "scp-server ROOT/sub", "sub/new"),
                ("Root ROOT\n", "scp-server ROOT/sub", "sub/new"),
                ("Root ROOT\n", "scp-server -o Root=none", "new"),
                ("Root ROOT\n", "scp-server none", "new")):
            seen = place.shell(text, string, UP)
            check_equal((seen.status, seen.out), (0, b"\0\0\0"), string)
            check_equal(trees.read(place.path(new)), b"new\n", string)
            os.remove(place.path(new))
        seen = place.shell("Root ROOT/sub\n", "scp-server /", UP)
        check_equal(seen.status, 0, "the lower of both")
        place.holds({"sub/new": b"new\n", "new": None})


def called_as_scp_it_stays_as_open_as_scp_is():
    """However it is started: it is the account's own scp then."""
    with Place() as place:
        os.symlink(suite.SERVER, os.path.join(place.top, "scp"))
        seen = place.say([], "scp -t x", NEW, words=[
            os.path.join(place.top, "scp"), "-t", place.path("new")])
        check_equal((seen.status, seen.out), (0, b"\0\0\0"), "as scp")


def the_log_names_the_remedy():
    with Place() as place:
        log = os.path.join(place.top, "log")
        seen = place.say([], UP, NEW, words=[
            suite.SERVER, "-o", "AuditLog=" + log])
        check_equal(seen.status, 78, "status")
        with open(log) as f:
            records = [json.loads(line) for line in f]
        told = [r for r in records if r["event"] == "refused"]
        check_equal([r["reason"] for r in told], ["no-root"], "reason")
        check("no Root for this account" in told[0]["detail"] and
              "Root none" in told[0]["detail"], told[0]["detail"])
        check_equal(told[0].get("keyword"), "Root", "keyword")


def read_only(place, text, words):
    """Whether a session begun by these words is under the block."""
    seen = place.say([], UP, NEW, words=words + place.file(text))
    check_equal(seen.status, 2, "%s: %r %r" % (text, seen.out, seen.err))
    check_equal(seen.out, b"\2scp: uploads are not allowed\n", text)


def many_groups_hide_none():
    """More than 1,024, and one of them is the block's."""
    need_root()
    groups = ",".join(str(g) for g in [1] + list(range(20000, 21100)))
    with Told() as place:
        read_only(place, "Root ROOT\nMatch Group daemon\nAccess read-only\n",
                  ["setpriv", "--reuid", "65534", "--regid", "65534",
                   "--groups", groups, suite.SERVER])


@contextlib.contextmanager
def etc(name, change, mode=0o644):
    """A changed file of /etc, which is this suite's own."""
    path = os.path.join("/etc", name)
    with open(path) as f:
        before = f.read()
    trees.write(path, change(before).encode())
    os.chmod(path, mode)
    try:
        yield
    finally:
        trees.write(path, before.encode())
        os.chmod(path, 0o644)


def as_account(*environment, uid=64321, gid=64321):
    """Begins a command of an account that has several names, or none."""
    return ["env", *environment, "setpriv", "--reuid", str(uid), "--regid",
            str(gid), "--clear-groups"]


def block(criterion):
    return "Root ROOT\nMatch %s\nAccess read-only\n" % criterion


def with_two_rows(passwd):
    return passwd + ("first:x:64321:64321::/:/bin/sh\n"
                     "second:x:64321:64321::/:/bin/sh\n")


def a_second_name_of_a_uid_loosens_nothing():
    """Whichever of the names the client names."""
    need_root()
    with etc("passwd", with_two_rows), Told() as place:
        for logname in ("first", "second", "other", ""):
            for name in ("first", "second", "first,second"):
                read_only(place, block("User " + name),
                          as_account("LOGNAME=" + logname) + [suite.SERVER])


def the_log_has_the_name_that_sshd_names():
    """If it is one of the account's own."""
    need_root()
    with etc("passwd", with_two_rows), Place() as place:
        for logname, user in (("second", "second"), ("root", "first")):
            log = os.path.join(place.top, logname + ".log")
            trees.write(log, b"")
            os.chown(log, 64321, 64321)
            os.chmod(place.top, 0o755)
            place.say([], "scp -f old", b"\0\0\0", words=as_account(
                "LOGNAME=" + logname) + [
                    suite.SERVER, "-o", "AuditLog=" + log, place.root])
            with open(log) as f:
                check_equal(json.loads(f.readline())["user"], user, logname)


SERVICE = "passwd: files probe\ngroup: files probe\n"


def a_name_service_decides_only_when_it_answers():
    """Names that are in no file, a service that does not run, and a file that
    can't be read."""
    need_root()
    need_tool("cc")
    here = suite.scratch()
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", here + "/libnss_probe.so.2",
         os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "nss_probe.c")], check=True)
    os.chmod(here, 0o755)
    path = "LD_LIBRARY_PATH=" + here
    try:
        with etc("nsswitch.conf", lambda _: SERVICE), Told() as place:
            # the control: the module is asked
            group = as_account(path, gid=64399) + [suite.SERVER]
            read_only(place, block("Group ldgroup"), group)
            read_only(place, block("User ldfirst,ldsecond"), group)
            for logname in ("ldfirst", "ldsecond", "other"):
                read_only(place, block("User ldfirst"), as_account(
                    path, "LOGNAME=" + logname) + [suite.SERVER])
            for number in (errno.ENOENT, errno.ESRCH, errno.ECONNREFUSED):
                down = as_account(path, "PROBE_DOWN=%d" % number,
                                  gid=64399) + [suite.SERVER]
                read_only(place, block("User ldfirst"), down)
                read_only(place, block("Group ldgroup"), down)
            # glibc asks the next one then, and says "no such account"
            with etc("passwd", lambda passwd: passwd +
                     "only:x:64322:64322::/:/bin/sh\n", mode=0o600):
                read_only(place, block("User only"), as_account(
                    path, uid=64322) + [suite.SERVER])
    finally:
        shutil.rmtree(here)


STORIES = (a_typo_in_a_groups_name_leaves_nothing_open, many_groups_hide_none,
           a_second_name_of_a_uid_loosens_nothing,
           the_log_has_the_name_that_sshd_names,
           a_name_service_decides_only_when_it_answers,
           a_forced_command_without_a_file_reaches_nothing,
           no_other_request_begins_either,
           what_is_wrong_with_the_request_is_told_first,
           root_none_opens_what_the_administrator_means,
           a_clients_string_decides_about_no_root,
           a_root_in_a_clients_string_counts_below_that_of_the_file,
           called_as_scp_it_stays_as_open_as_scp_is, the_log_names_the_remedy)


def add_cases(_):
    for story in STORIES:
        suite.add("closed/" + story.__name__, story)
