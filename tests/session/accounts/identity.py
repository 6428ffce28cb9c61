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
from suite import check_equal, need_root, need_tool
from spoken import Place

SERVICE = "passwd: files probe\ngroup: files probe\n"


class Probe:
    """A name service of ours is asked after the files."""

    def __enter__(self):
        need_tool("cc")
        self.top = suite.scratch()
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-o", self.top + "/libnss_probe.so.2",
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


STORIES = (many_groups_hide_none,
           a_second_name_of_a_uid_loosens_nothing,
           the_log_has_the_name_that_sshd_names,
           a_name_service_decides_only_when_it_answers,
           a_group_is_meant_by_each_of_its_names,
           a_second_name_that_only_the_service_has_is_one,
           a_service_that_knows_no_names_decides_nothing)


def add_cases(_):
    for story in STORIES:
        suite.add("identity/" + story.__name__, story)
