"""A session for which nobody has decided what it reaches does not begin.

A Match block with a mistake in it matches nobody, and a file that is missing
or empty says nothing: either would else leave an account with every file of
the machine.
"""

import contextlib
import json
import os

import suite
import trees
from spoken import Place, put
from suite import check, check_equal, need_root

NO_ROOT = b"\2scp: this account has no Root\n"
UP, NEW = "scp -t new", put("new")
REMEDY = b"set Root, or Root none"


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
            "Relay *\n", "Sftp yes\n")


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
        for text, request in (("Sftp yes\n", "internal-sftp"),
                              ("Relay *\n", "scp old 127.0.0.1:x")):
            seen = place.forced(text, request=request)
            check_equal((seen.status, seen.out), (78, b""), request)
            check(b"scp: this account has no Root\n" in seen.err, seen.err)


def what_is_wrong_with_the_request_is_told_first():
    need_root()
    with Told() as place:
        for request, status, words in (
                ("ls", 2, b"takes scp commands only"),
                (None, 1, b"copy from your own machine")):
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


NOT_THERE = "name not allowed (%s)"
# The file, the string, and the keyword that refuses it; None: it begins.
STRINGS = (
    ("Root ROOT\n", "scp-server ROOT/.secret", "DotFiles"),
    ("Root ROOT\n", "scp-server -o Root=ROOT/./.secret/", "DotFiles"),
    ("Root ROOT\n", "scp-server -o DotFiles=allow ROOT/.secret", "DotFiles"),
    ("Root ROOT\nDotFiles allow\n", "scp-server ROOT/.secret", None),
    ("Root ROOT\nDotFiles deny\n", "scp-server ROOT/sub/.in", "DotFiles"),
    ("Root ROOT\n", "scp-server ROOT/sub/.in", None),
    ("Root ROOT\nDenyNames s?b\n", "scp-server ROOT/sub/.in", "DenyNames"),
    ("Root none\nDenyNames s?b\n", "scp-server ROOT/sub", "DenyNames"),
    ("Root ROOT\nAllowNames new\n", "scp-server ROOT/sub", "AllowNames"),
    ("Root ROOT\nAllowNames new sub\n", "scp-server ROOT/sub", None),
    ("Root ROOT/.secret\nDotFiles deny\n", "scp-server ROOT/.secret", None),
    ("Root ROOT/.secret\nDotFiles deny\n", "scp-server ROOT", None),
)


def a_root_in_a_clients_string_is_a_path_of_the_client():
    """A client can send the string itself, so name rules judge it."""
    need_root()
    with Told() as place:
        os.mkdir(place.path(".secret"))
        os.mkdir(place.path("sub/.in"))
        for text, string, keyword in STRINGS:
            seen = place.shell(text, string, UP)
            if keyword is None:
                check_equal((seen.status, seen.out), (0, b"\0\0\0"),
                            (text, string, seen.err))
                continue
            check_equal((seen.status, seen.out), (
                78, b"\2scp: server configuration error\n"), (text, string))
            check((NOT_THERE % keyword).encode() in seen.err, seen.err)
        place.holds({"new": None})
        seen = place.shell("Root ROOT\n",
                           "scp-server -o Root=ROOT/.secret -t new")
        check_equal(seen.status, 2, "with the request in it")


def names_are_judged_as_if_sent(place, way, *words):
    """What the administrator named is not, what is below it is."""
    for name, body, heard in (
            ("new", NEW, b"\0\0\0"),
            (".new", put(".new"),
             b"\0\2scp: ./.new: name not allowed (DotFiles)\n")):
        seen = place.say([], "scp -t .", body, words=[
            suite.SERVER, "-o", "AuditLog=none", *words])
        check_equal(seen.out, heard, (way, name, seen.err))


def what_the_administrator_names_is_not_judged():
    with Place() as place:
        os.makedirs(place.path(".deep/.in"))
        deep = place.path(".deep/.in")
        names_are_judged_as_if_sent(
            place, "Root", "-o", "DotFiles=deny", deep)
        names_are_judged_as_if_sent(
            place, "StartDirectory", "-o", "DotFiles=deny", "-o",
            "StartDirectory=/.deep/.in", place.root)
        seen = place.say([], None, put(".new"), words=[
            suite.SERVER, "-o", "AuditLog=none", "-o", "DotFiles=deny", "-o",
            "Root=" + place.root, "-t", "/.deep/.in/.one"])
        check_equal((seen.status, seen.out), (0, b"\0\0\0"), seen.err)
        place.holds({".deep/.in/.one": b"new\n"})


def a_deeper_root_in_a_clients_string_gives_no_deeper_tree():
    need_root()
    with Told() as place:
        os.mkdir(place.path("sub/in"))
        for string, depth in (("scp-server", 3), ("scp-server ROOT/sub", 2),
                              ("scp-server ROOT/sub/in", 1)):
            sent = b"".join(b"D0755 0 %d\n" % n for n in range(4))
            with suite.policy("Root %s\nMaxDepth 3\nAuditLog none\n"
                              % place.root):
                seen = place.say([], "scp -r -t .", sent, words=[
                    suite.SERVER, "-c", string.replace("ROOT", place.root)])
            check_equal(seen.out.count(b"\0"), 1 + depth, string)
            check(b"too deep" in seen.out, seen.out)


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
    """Begins a command of an account that has several names, or none.

    setpriv would take a number for a name, if there is such a one.
    """
    return ["env", *environment, "/usr/sbin/chroot",
            "--userspec=+%d:+%d" % (uid, gid),
            "--groups=", "/"]


def block(criterion):
    return "Root ROOT\nMatch %s\nAccess read-only\n" % criterion


OTHER_KIND = b"this account's command serves another kind of copy"
INIT = bytes((0, 0, 0, 5, 1, 0, 0, 0, 3))


def a_forced_command_of_another_kind_says_so_at_once():
    """It names the request itself, so that two would wait for each other."""
    need_root()
    with Told() as place:
        words = [suite.SERVER] + place.file("Root ROOT\n")
        for own, request, sent in (
                (["-f", "old"], "scp -t new", NEW),
                (["-r", "-f", "old"], "/usr/bin/scp -r -p -t -- new", NEW),
                (["-t", "."], "scp -f old", b"\0"),
                (["-f", "old"], "internal-sftp", INIT),
                (["-t", "."], "/usr/lib/openssh/sftp-server", INIT)):
            seen = place.say([], request, sent, words=words + own)
            check_equal(seen.status, 2, "%s: %r" % (request, seen))
            check(OTHER_KIND in seen.out + seen.err, "%s: %r" % (
                request, seen))
            check(seen.out.startswith(b"\0\0\0\5\2" if sent == INIT else
                                      (b"\1scp: ", b"\2scp: ")), seen.out)
        for string, request in (("scp -f old", UP), ("scp -t .", "scp -f old")):
            seen = place.shell("Root ROOT", string, request)
            check_equal(seen.status, 2, "shell, %s: %r" % (string, seen))
            check(OTHER_KIND in seen.out, "shell, %s: %r" % (string, seen))
        seen = place.say([], "scp -f other", b"\0\0\0",
                         words=words + ["-f", "old"])
        check_equal((seen.status, seen.out.split(b" ")[-1][:4]),
                    (0, b"old\n"), "what the command names is sent")
        place.holds({"new": None})


STORIES = (a_typo_in_a_groups_name_leaves_nothing_open,
           a_forced_command_without_a_file_reaches_nothing,
           no_other_request_begins_either,
           what_is_wrong_with_the_request_is_told_first,
           a_forced_command_of_another_kind_says_so_at_once,
           root_none_opens_what_the_administrator_means,
           a_clients_string_decides_about_no_root,
           a_root_in_a_clients_string_counts_below_that_of_the_file,
           a_root_in_a_clients_string_is_a_path_of_the_client,
           a_deeper_root_in_a_clients_string_gives_no_deeper_tree,
           what_the_administrator_names_is_not_judged,
           called_as_scp_it_stays_as_open_as_scp_is, the_log_names_the_remedy)


def add_cases(_):
    for story in STORIES:
        suite.add("closed/" + story.__name__, story)
