"""Who an account is, and what somebody who would like to be another one can do.

The blocks here make a session stricter, or give it a Root: an account that may
be the one of the block never gets more than it would with and without it.
"""

import errno
import json
import os
import shutil
import subprocess

import suite
import trees
from closed import Told, as_account, block, etc, read_only
from suite import check, check_equal, need_root, need_tool
from spoken import Place

SERVICE = "passwd: files probe\ngroup: files probe\n"


class Probe:
    """A name service of ours is asked after the files."""

    def __init__(self, *flags):
        self.flags = flags

    def __enter__(self):
        need_tool("cc")
        with open(suite.SERVER, "rb") as f:
            if b"/ld-" not in f.read(4096):
                suite.skip("a static program asks no name service")
        self.top = suite.scratch()
        subprocess.run(
            ["cc", *self.flags, "-shared", "-fPIC", "-o", self.top + "/libnss_probe.so.2",
             os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "nss_probe.c")], check=True)
        os.chmod(self.top, 0o755)
        self.path = "LD_LIBRARY_PATH=" + self.top
        self.file = etc("nsswitch.conf", lambda _: SERVICE)
        self.file.__enter__()
        return self

    def __exit__(self, *why):
        self.file.__exit__(*why)
        shutil.rmtree(self.top)


def not_read_only(place, text, words):
    """The control: a session that is not under the block."""
    seen = place.say([], "scp -f old", b"\0\0\0", words=words + place.file(
        text.replace("read-only", "write-only")))
    check_equal((seen.status, seen.out[:1]), (0, b"C"), text)


def a_file_of_groups_that_cannot_be_read_decides_nothing():
    need_root()
    with etc("group", lambda text: text, mode=0o600), Told() as place:
        for names in ("daemon", "no-such-group", "*"):
            read_only(place, block("Group " + names),
                      as_account() + [suite.SERVER])


def an_account_of_user_has_all_of_its_groups():
    """A file that the last of 2,000 may read."""
    need_root()
    rows = ["many%d:x:%d:first" % (n, 62000 + n) for n in range(2000)]
    with etc("passwd", with_two_rows), etc(
            "group", with_rows(*rows)), Told() as place:
        for name in (place.top, place.root):
            os.chmod(name, 0o755)
        os.chown(place.path("old"), 0, 63999)
        os.chmod(place.path("old"), 0o640)
        for user, status in (("first", 0), ("second", 1)):
            seen = place.say([], "scp -f old", b"\0\0\0", words=[
                suite.SERVER] + place.file("Root ROOT\nUser " + user + "\n"))
            check_equal(seen.status, status, "%s: %r" % (user, seen))


def groups_of(passwd):
    return passwd + ("plain:x:64399:\nalias:x:64399:\n"
                     "twice:x:64398:\ntwice:x:64399:\n"
                     "apart:x:64397:\n")


def a_group_is_meant_by_each_of_its_names():
    """Also where the file has two rows of one name, or of one number."""
    need_root()
    with etc("group", groups_of), Told() as place:
        words = as_account(gid=64399) + [suite.SERVER]
        for names in ("plain", "alias", "twice", "al*", "*,!apart",
                      "apart,alias", '"alias"', "[a]lias"):
            read_only(place, block("Group " + names), words)
        for names in ("apart", "*,!alias", "!plain,alias", "!tw*,*", "Alias",
                      "alias*x"):
            not_read_only(place, block("Group " + names), words)


def a_second_name_that_only_the_service_has_is_one():
    need_root()
    with Probe() as probe, Told() as place:
        words = as_account(probe.path, gid=64399) + [suite.SERVER]
        for names in ("ldgroup", "ldother", "*,!nobody-here"):
            read_only(place, block("Group " + names), words)
        not_read_only(place, block("Group *,!ldother"), words)
        words = as_account(probe.path, gid=64398) + [suite.SERVER]
        not_read_only(place, block("Group ldother"), words)


def a_service_that_knows_no_names_decides_nothing():
    """Numbers of groups are found, and names are not."""
    need_root()
    with Probe() as probe, Told() as place:
        words = as_account(probe.path, "PROBE_DEAF=1", gid=64399) + [
            suite.SERVER]
        for names in ("ldgroup", "ldother", "nobody-here", "ld*,!nobody-here"):
            read_only(place, block("Group " + names), words)
        not_read_only(place, block("Group zz*"), words)


def many_groups_hide_none():
    """More than 1,024, and one of them is the block's."""
    need_root()
    groups = ",".join(str(g) for g in [1] + list(range(20000, 21100)))
    with Told() as place:
        read_only(place, "Root ROOT\nMatch Group daemon\nAccess read-only\n",
                  ["setpriv", "--reuid", "65534", "--regid", "65534",
                   "--groups", groups, suite.SERVER])


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


def a_name_service_decides_only_when_it_answers():
    """Names that are in no file, a service that does not run, and a file that
    can't be read."""
    need_root()
    with Probe() as probe, Told() as place:
        # the control: the module is asked
        group = as_account(probe.path, gid=64399) + [suite.SERVER]
        read_only(place, block("Group ldgroup"), group)
        read_only(place, block("User ldfirst,ldsecond"), group)
        for logname in ("ldfirst", "ldsecond", "other"):
            read_only(place, block("User ldfirst"), as_account(
                probe.path, "LOGNAME=" + logname) + [suite.SERVER])
        for number in (errno.ENOENT, errno.ESRCH, errno.ECONNREFUSED):
            down = as_account(probe.path, "PROBE_DOWN=%d" % number,
                              gid=64399) + [suite.SERVER]
            read_only(place, block("User ldfirst"), down)
            read_only(place, block("Group ldgroup"), down)
        # glibc asks the next one then, and says "no such account"
        with etc("passwd", lambda passwd: passwd +
                 "only:x:64322:64322::/:/bin/sh\n", mode=0o600):
            read_only(place, block("User only"), as_account(
                probe.path, uid=64322) + [suite.SERVER])


def open_to(criterion):
    """A block that would give an account everything."""
    return "Match %s\nRoot none\n" % criterion


def begin(place, text, words):
    """A session under this file, begun by these words."""
    return place.say([], "scp -f " + place.path("old"), b"\0\0\0",
                     words=words + place.file(text))


def closed(place, text, words):
    """No session begins: nobody gave this account a Root that holds."""
    seen = begin(place, text, words)
    check_equal(seen.status, 78, "%s %s: %r %r" % (
        text, words[:6], seen.out, seen.err))
    check(seen.out.startswith(b"\2scp: "), seen.out)


def opened(place, text, words):
    """The control: the block is about the account."""
    seen = begin(place, text, words)
    check_equal((seen.status, seen.out[:1]), (0, b"C"), "%s %s: %r" % (
        text, words[:6], seen.err))


def with_rows(*rows):
    return lambda text: text + "".join(row + "\n" for row in rows)


HERE = [suite.SERVER]
LOGNAMES = ("root", "nobody", "", "mine2", "0", "64321", "*", "mine,root",
            "mine\nroot", "x" * 300, "x" * 100000, "../root", "\xff")


def logname_makes_nobody_another_account():
    """Unset, forged, overlong, and that of another account."""
    need_root()
    row = "mine:x:64321:64321::/:/bin/sh"
    with etc("passwd", with_rows(row)), Told() as place:
        opened(place, open_to("User mine"), as_account() + HERE)
        for words in [as_account("-u", "LOGNAME")] + [
                as_account("LOGNAME=" + name) for name in LOGNAMES]:
            opened(place, open_to("User mine"), words + HERE)
            for name in ("root", "nobody", "*,!mine", "0", "64321"):
                closed(place, open_to("User " + name), words + HERE)
            read_only(place, block("User mine"), words + HERE)


def a_uid_of_several_names_has_no_root_of_its_own():
    """The client may choose between them, and between their homes."""
    need_root()
    with etc("passwd", with_two_rows), Told() as place:
        for name in ("first", "second"):
            os.mkdir(place.path(name))
        for logname in ("first", "second", "root"):
            words = as_account("LOGNAME=" + logname) + HERE
            for text in ("Root ROOT/%u\n", "Root %h\n",
                         open_to("User first"), open_to("User second"),
                         open_to("User *,!first")):
                closed(place, text, words)
            opened(place, open_to("User first,second"), words)


def a_number_is_the_name_of_whoever_has_it():
    """An account called 64400, and the uid 64400, which has no row."""
    need_root()
    with Told() as place:
        for name in ("64400", "64401"):
            os.mkdir(place.path(name))
        nobody = as_account(uid=64400) + HERE
        opened(place, open_to("User 64400"), nobody)
        row = "64400:x:64401:64401::/:/bin/sh"
        with etc("passwd", with_rows(row)):
            opened(place, open_to("User 64400"), as_account(uid=64401) + HERE)
            closed(place, open_to("User 64401"), as_account(uid=64401) + HERE)
            for text in (open_to("User 64400"), "Root ROOT/%u\n",
                         "Root %h\n"):
                closed(place, text, nobody)
            read_only(place, block("User somebody"), nobody)


def one_name_of_two_uids_is_that_of_the_first():
    """Which is the one that sshd lets in under it."""
    need_root()
    rows = with_rows("twin:x:64402:64402::/:/bin/sh",
                     "twin:x:64403:64403::/:/bin/sh")
    with etc("passwd", rows), Told() as place:
        for logname in ("twin", "root", ""):
            words = as_account("LOGNAME=" + logname, uid=64402) + HERE
            opened(place, open_to("User twin"), words)
            words = as_account("LOGNAME=" + logname, uid=64403) + HERE
            closed(place, open_to("User twin"), words)
            closed(place, "Root /%u\n", words)
            read_only(place, block("User twin"), words)


ODD_NAMES = (
    # the name, lists that mean it, and lists that do not
    ("a,b", ("a\\,b", "a*b", '"a\\,b"'), ("a", "b", "a,b")),
    ("a b", ('"a b"', "a?b", '"x,a b"'), ("a", "b", "a,b")),
    ("!a", ("\\!a", "[!]a]a", "?a"), ("!a", "a", "*,!!a")),
    ("a*", ("a\\*", "a?"), ("a", "a\\*\\*")),
    ("EXAMPLE\\bob", ("EXAMPLE\\bob", "EXAMPLE\\\\bob"),
     ("bob", "EXAMPLEbob", "example\\bob")),
    ("all", ("all", "All,all"), ("All", "root")),
    ("bob@example.org", ("bob@example.org", "*@example.org"),
     ("bob", "*.org@example")),
)


def odd_names_are_names():
    """Commas, blanks, and what else means something in a list."""
    need_root()
    for name, meant, others in ODD_NAMES:
        row = name + ":x:64404:64404::/:/bin/sh"
        with etc("passwd", with_rows(row)), Told() as place:
            words = as_account("LOGNAME=" + name, uid=64404) + HERE
            for names in meant:
                opened(place, open_to("User " + names), words)
            for names in others:
                closed(place, open_to("User " + names), words)


def a_name_that_could_be_a_path_or_an_option_makes_no_root():
    need_root()
    for name in ("..", ".", "-a", "!a", "a b", "a,b", "a/b", "../x", "%u",
                 "+a", "@a", "a\\b"):
        row = name + ":x:64405:64405::/tmp:/bin/sh"
        with etc("passwd", with_rows(row)), Told() as place:
            closed(place, "Root ROOT/%u\n", as_account(
                "LOGNAME=" + name, uid=64405) + HERE)
            closed(place, "Root ROOT/x%u\n", as_account(
                "LOGNAME=" + name, uid=64405) + HERE)


def a_name_that_is_too_long_is_not_cut():
    """Neither to what fits, nor to a number that a block may mean."""
    need_root()
    for size in (257, 300, 70000):
        name = "n" * size
        row = name + ":x:64406:64406::/:/bin/sh"
        with etc("passwd", with_rows(row)), Told() as place:
            words = as_account("LOGNAME=" + name[:100000], uid=64406) + HERE
            for text in (open_to("User " + "n" * 256), open_to("User n*"),
                         open_to("User 64406"), "Root ROOT/%u\n",
                         "Root %h\n"):
                closed(place, text, words)
            for names in ("n*", "64406", "x"):
                read_only(place, block("User " + names), words)


def a_group_that_is_called_like_an_account_is_a_group():
    need_root()
    with etc("passwd", with_rows("same:x:64407:64407::/:/bin/sh")), etc(
            "group", with_rows("same:x:64408:", "numbered:x:64407:",
                               "64409:x:64410:", "bare:x:64411:same")):
        with Told() as place:
            user = as_account("LOGNAME=same", uid=64407, gid=64407) + HERE
            group = as_account(uid=64420, gid=64408) + HERE
            opened(place, open_to("User same"), user)
            closed(place, open_to("Group same"), user)
            opened(place, open_to("Group same"), group)
            closed(place, open_to("User same"), group)
            # the kernel's groups count, and not those of the file
            closed(place, open_to("Group bare"), user)
            # a gid without a row has no name, also where one is a number
            lost = as_account(uid=64420, gid=64409) + HERE
            for names in ("64409", "*", "numbered", "", "0"):
                closed(place, open_to("Group %s," % names), lost)


def an_account_without_a_home_has_no_root_there():
    need_root()
    for home in ("", "relative", "/nowhere-at-all", "/", "/etc/hostname",
                 "/" + "h" * 5000):
        row = "houseless:x:64412:64412::%s:/bin/sh" % home
        with etc("passwd", with_rows(row)), Told() as place:
            words = as_account("LOGNAME=houseless", uid=64412) + HERE
            seen = place.say([], "scp -f /old", b"\0\0\0",
                             words=words + place.file("Root %h/\n"))
            check(seen.status != 0 and b"C0" not in seen.out,
                  "%s: %r" % (home[:40], seen))


def a_check_names_what_cannot_be_looked_up():
    need_root()
    with Probe('-DPROBE_DOWN="111"') as probe, Told() as place:
        path = place.file("Root /\nMatch Group lost,daemon\nMatch User gone\n"
                          "Match Group *,!left\n")[1]
        done = subprocess.run([suite.CHECK, "--user", "root", "--config", path],
                              capture_output=True, timeout=60, check=False,
                              env={"LD_LIBRARY_PATH": probe.top})
        told = [line for line in done.stdout.decode().splitlines()
                if "UNSAFE: " + path + ":" in line and "looked up" in line]
        check_equal(told, ["  UNSAFE: %s:%d: Match %s can't be looked up" % (
            path, *row) for row in ((2, "Group lost"), (3, "User gone"),
                                    (4, "Group left"))], done.stdout)
        check_equal(done.returncode, 1, "status")


ADDRESSES = (
    # what sshd says, an address that is meant, and networks that are not
    ("10.0.0.1", "10.0.0.0/8", ("11.0.0.0/8", "::/0", "!10.0.0.1,0.0.0.0/0")),
    ("::ffff:10.0.0.1", "10.0.0.1", ("11.0.0.0/8", "::/0")),
    ("::FFFF:a00:1", "10.0.0.1", ("11.0.0.0/8", "::/0")),
    ("::ffff:10.0.0.1%eth0", "10.0.0.1", ("0.0.0.0/1,!10.0.0.1",)),
    ("fe80::1%eth0", "fe80::1", ("fe80::2", "0.0.0.0/0")),
    ("fe80::1%", "fe80::/64", ("fe80::2",)),
    ("::1", "::1", ("127.0.0.1", "0.0.0.0/0")),
)
NO_ADDRESSES = ("", "UNKNOWN", "10.0.0.1:22", "10.0.0", "0x0a000001",
                "010.0.0.1", "10.0.0.1%eth0", "[::1]", "::1:22:x", "1" * 200,
                "fe80::" + "1" * 60, "%eth0", "10.0.0.1,10.0.0.2")


def an_address_is_compared_or_not_known():
    need_root()
    with Told() as place:
        for address, meant, others in ADDRESSES:
            words = ["env", "SSH_CONNECTION=%s 4000 192.0.2.1 22" % address]
            opened(place, open_to("Address " + meant), words + HERE)
            for networks in others:
                closed(place, open_to("Address " + networks), words + HERE)
        for address in NO_ADDRESSES:
            words = ["env", "SSH_CONNECTION=%s 4000 192.0.2.1 22" % address]
            for networks in ("0.0.0.0/0,::/0", "10.0.0.0/8", "!10.0.0.1,::/0"):
                closed(place, open_to("Address " + networks), words + HERE)
            read_only(place, block("Address 192.0.2.0/24"), words + HERE)
        closed(place, open_to("Address 0.0.0.0/0"), [
            "env", "-u", "SSH_CONNECTION"] + HERE)


def a_root_of_the_options_keeps_its_defaults():
    """Values in doubt are compared with the defaults of a confined session,
    though the file alone has none."""
    need_root()
    text = "Match Address 10.0.0.1\nDotFiles allow\nSymlinks follow\n"
    with Told() as place:
        for address, stored in (("192.0.2.1", False), ("10.0.0.1", True),
                                ("UNKNOWN", False)):
            words = ["env", "SSH_CONNECTION=%s 4000 192.0.2.1 22" % address,
                     suite.SERVER] + place.file(text) + [place.root]
            seen = place.say([], "scp -t .ssh2", b"C0600 2 x\nx\n\0",
                             words=words)
            check_equal(os.path.exists(place.path(".ssh2")), stored,
                        "%s: %r" % (address, seen))
            seen = place.say([], "scp -f link", b"\0\0\0", words=words)
            check_equal(seen.out[:1], b"C" if stored else b"\1", seen)
            if stored:
                os.unlink(place.path(".ssh2"))


def a_list_of_a_block_that_may_be_meant_counts():
    """Of several of them each, and those of the options as well."""
    need_root()
    text = ("Root ROOT\nAllowNames *\nRelay *.example\n"
            "Match User first\nAllowNames n* o*\nRelay a.example b.*\n"
            "Match User second\nAllowNames o* s*\nRelay b.example\n")
    with etc("passwd", with_two_rows), Told() as place:
        words = as_account() + HERE + place.file(text)
        for more, name, status in (
                ([], "old", 0), ([], "note.txt", 1), ([], "sub", 1),
                (["-o", "AllowNames=s* n*"], "old", 1),
                (["-o", "AllowNames=o*"], "old", 0)):
            seen = place.say([], "scp -r -f " + name, b"\0" * 9,
                             words=words + more)
            check_equal(seen.status, status, (more, name, seen))
            check_equal(b"(AllowNames)" in seen.out, status != 0, seen)
        for host in ("a.example", "c.example"):
            seen = place.say([], "scp old %s:x" % host, words=words)
            check(b"(Relay)" in seen.err, (host, seen))


STORIES = (many_groups_hide_none,
           a_list_of_a_block_that_may_be_meant_counts,
           a_root_of_the_options_keeps_its_defaults,
           a_second_name_of_a_uid_loosens_nothing,
           the_log_has_the_name_that_sshd_names,
           a_name_service_decides_only_when_it_answers,
           a_file_of_groups_that_cannot_be_read_decides_nothing,
           an_account_of_user_has_all_of_its_groups,
           a_group_is_meant_by_each_of_its_names,
           a_second_name_that_only_the_service_has_is_one,
           a_service_that_knows_no_names_decides_nothing,
           logname_makes_nobody_another_account,
           a_uid_of_several_names_has_no_root_of_its_own,
           a_number_is_the_name_of_whoever_has_it,
           one_name_of_two_uids_is_that_of_the_first, odd_names_are_names,
           a_name_that_could_be_a_path_or_an_option_makes_no_root,
           a_name_that_is_too_long_is_not_cut,
           a_group_that_is_called_like_an_account_is_a_group,
           an_account_without_a_home_has_no_root_there,
           an_address_is_compared_or_not_known,
           a_check_names_what_cannot_be_looked_up)


def add_cases(_):
    for story in STORIES:
        suite.add("identity/" + story.__name__, story)
