"""Where a policy comes from: a file, its Match blocks, options, a umask.

Where the file and the options differ, the stricter value counts.
"""

import os
import re

import suite
import trees
from spoken import Place, put
from suite import check, check_equal

# keyword, value in the file, in the options, request, sent, what must come
BOTH = (
    ("Access", "read-only", "read-write", "scp -t new", put("new"),
     rb"\x02scp: uploads are not allowed\n"),
    ("Access", "read-write", "read-only", "scp -t new", put("new"),
     rb"\x02scp: uploads are not allowed\n"),
    ("Access", "read-only", "write-only", "scp -t new", put("new"),
     rb"\x02scp: server configuration error\n"),
    ("Overwrite", "deny", "replace", "scp -t old", put("old"),
     rb"\0\x02scp: old: File exists\n"),
    ("Overwrite", "replace", "deny", "scp -t old", put("old"),
     rb"\0\x02scp: old: File exists\n"),
    ("MaxFileSize", "3", "none", "scp -t new", put("new"),
     rb"\0\x02scp: new: [^\n]*\(MaxFileSize\)\n"),
    ("MaxFileSize", "none", "3", "scp -t new", put("new"),
     rb"\0\x02scp: new: [^\n]*\(MaxFileSize\)\n"),
    ("MinFree", "4000T", "1", "scp -t new", put("new"),
     rb"\0\x02scp: new: [^\n]*\(MinFree\)\n"),
    ("Symlinks", "refuse", "follow", "scp -f link", b"\0",
     rb"\x01scp: link: Symbolic link not followed\n"),
    ("DotFiles", "deny", "allow", "scp -t sub/.x", put("x"),
     rb"\x02scp: [^\n]*\(DotFiles\)\n"),
    ("AllowNames", "a*", "*b", "scp -t axe", put("axe"),
     rb"\x02scp: [^\n]*\(AllowNames\)\n"),
    ("AllowNames", "a*", "*b", "scp -t ab", put("ab"), rb"\0\0\0"),
    ("DenyNames", "a*", "b*", "scp -t axe", put("axe"),
     rb"\x02scp: [^\n]*\(DenyNames\)\n"),
    ("DenyNames", "a*", "b*", "scp -t bob", put("bob"),
     rb"\x02scp: [^\n]*\(DenyNames\)\n"),
    ("Root", "ROOT", "ROOT/sub", "scp -f /leaf", b"\0\0\0",
     rb"C0644 5 leaf\nleaf\n\0"),
    ("Root", "ROOT/sub", "ROOT", "scp -f /leaf", b"\0\0\0",
     rb"C0644 5 leaf\nleaf\n\0"),
    ("Root", "ROOT/sub", "/", "scp -f /leaf", b"\0\0\0",
     rb"C0644 5 leaf\nleaf\n\0"),
    ("Root", "ROOT/sub", "ROOT/su", "scp -f /leaf", b"\0\0\0",
     rb"\x02scp: server configuration error\n"),
    ("Root", "none", "ROOT/sub", "scp -f /leaf", b"\0\0\0",
     rb"C0644 5 leaf\nleaf\n\0"),
    ("Root", "ROOT/sub", "none", "scp -f /leaf", b"\0\0\0",
     rb"C0644 5 leaf\nleaf\n\0"),
)

ADDRESS = {"SSH_CONNECTION": "192.0.2.7 40000 192.0.2.1 22"}

MATCHES = (
    ("User root,nobody", True), ("User !root,*", False), ("User ro*", True),
    ("Group root,nogroup", True), ("Group no-such-group", False),
    ("Address 192.0.2.0/24", True), ("Address 192.0.2.8/32", False),
    ("Address 2001:db8::/32", False), ("Address !192.0.2.7,192.0.2.0/24",
                                       False),
    ("User root Address 192.0.2.7", True), ("All", True),
    ("User root Address 198.51.100.0/24", False),
)


class FromFile(Place):
    """The policy, or a part of it, from a file of root's."""

    def say_with(self, lines, options, request, sent=b"", more=()):
        path = os.path.join(self.top, "conf")
        with open(path, "w") as f:
            f.write("\n".join(lines).replace("ROOT", self.root) + "\n")
        words = [suite.SERVER, "--config", path, "-o", "AuditLog=none"]
        for option in options:
            words += ["-o", option.replace("ROOT", self.root)]
        return self.say([], request, sent, words=words, more=more)


def the_stricter_of_both(keyword, filed, given, request, sent, wanted):
    def run():
        suite.need_root()
        root = [] if keyword == "Root" else ["Root ROOT"]
        with FromFile() as place:
            seen = place.say_with(root + ["%s %s" % (keyword, filed)],
                                  ["%s=%s" % (keyword, given)],
                                  request, sent)
            check(re.fullmatch(wanted, seen.out, re.DOTALL),
                  "%r does not match %r (%r)" % (seen.out, wanted, seen.err))
            place.no_leftovers()
    return run


def masks_and_modes():
    """Modes: what both give; Umask: what either takes."""
    suite.need_root()
    with FromFile() as place:
        seen = place.say_with(
            ["Root ROOT", "FileMode 0664"], ["FileMode=0646"],
            "scp -t new", put("new"))
        check_equal((seen.status, place.mode("new")), (0, 0o644), "FileMode")
        seen = place.say_with(["Root ROOT", "Umask 020"], ["Umask=007"],
                              "scp -t it", put("it", mode=b"0777"))
        check_equal((seen.status, place.mode("it")), (0, 0o750), "Umask")


# What a Match in doubt says, the request, what is sent, and the mode stored.
MODES_IN_DOUBT = (
    ("FileMode 0666", "-t new", put("new", mode=b"0600"), 0o600),
    ("FileMode 0666", "-t new", put("new", mode=b"0666"), 0o644),
    ("FileMode 0640", "-t new", put("new", mode=b"0666"), 0o640),
    ("FileMode 0666", "-t old", put("old", mode=b"0666"), 0o600),
    ("FileMode 0040", "-t old", put("old", mode=b"0666"), 0),
    ("FileMode 0640", "-p -t old", put("old", mode=b"0660"), 0o640),
    ("Umask 0", "-t new", put("new", mode=b"0666"), 0o644),
    ("DirectoryMode 0777", "-r -t .", b"D0777 0 new\nE\n", 0o755),
    ("DirectoryMode 0777", "-r -t .", b"D0700 0 new\nE\n", 0o700),
    ("DirectoryMode 0750", "-r -p -t .", b"D0777 0 new\nE\n", 0o750),
)


def a_match_in_doubt_adds_no_right():
    """The address of the peer is not known, and the umask is 022."""
    suite.need_root()
    for line, request, sent, wanted in MODES_IN_DOUBT:
        with FromFile() as place:
            with open(place.path("old"), "w"):
                os.chmod(place.path("old"), 0o600)
            seen = place.say_with(
                ["Root ROOT", "Match Address 192.0.2.0/24", line], [],
                "scp " + request, sent)
            name = "old" if "old" in request else "new"
            check_equal((seen.status, place.mode(name)), (0, wanted),
                        "%s, %s" % (line, request))


def match_blocks():
    suite.need_root()
    with FromFile() as place:
        for what, matches in MATCHES:
            seen = place.say_with(
                ["Root ROOT", "Access read-write", "Match " + what,
                 "Access read-only"], [], "scp -t new", put("new"),
                ADDRESS.items())
            check_equal(seen.status, 2 if matches else 0, what)
        for what in ("Match", "Match Host x", "Match User",
                     "Match All User x"):
            seen = place.say_with(["Root ROOT", what], [], "scp -t new")
            check_equal(seen.status, 78, what)


def the_first_value_wins():
    suite.need_root()
    with FromFile() as place:
        seen = place.say_with(
            ["Root ROOT", "maxfilesize = 3", "MaxFileSize none",
             "Match User root", "Access read-write", "Match All",
             "Access read-only"], [], "scp -t new", put("new"))
        check_equal((seen.status, b"(MaxFileSize)" in seen.out), (2, True),
                    "answer %r %r" % (seen.out, seen.err))


def tokens_in_root():
    suite.need_root()
    with FromFile() as place:
        for root, name in (("ROOT/%u", "root"), ("ROOT/100%%", "100%")):
            os.mkdir(place.path(name))
            trees.write(place.path(name, "f"), b"f\n")
            seen = place.say_with(["Root " + root], [], "scp -f f",
                                  b"\0\0\0")
            check_equal((seen.status, seen.out), (0, b"C0644 2 f\nf\n\0"),
                        root)


def a_file_that_others_could_have_written():
    """Owner, mode, kind: judged on what was opened."""
    suite.need_root()
    with FromFile() as place:
        path = os.path.join(place.top, "conf")
        words = [suite.SERVER, "--config", path, "-o", "AuditLog=none"]

        def refused(what):
            seen = place.say([], "scp -t new", put("new"), words=words)
            check_equal((seen.status, seen.out), (
                78, b"\2scp: server configuration error\n"), what)
            check(path.encode() in seen.err, "%s: %r" % (what, seen.err))
        refused("no file")
        trees.write(path, b"Root %s\n" % place.root.encode())
        for mode in (0o664, 0o646, 0o666):
            os.chmod(path, mode)
            refused("mode %o" % mode)
        os.chmod(path, 0o644)
        os.chown(path, 65534, 0)
        refused("owner")
        os.rename(path, path + ".real")
        os.chown(path + ".real", 0, 0)
        os.symlink(path + ".real", path)
        refused("a link")
        os.unlink(path)
        os.mkdir(path)
        refused("a directory")
        os.rmdir(path)
        os.mkfifo(path)
        refused("a FIFO")


def a_clients_umask_through_our_shell_only_adds():
    """A client may send a forced command to the login shell itself."""
    for mask, wanted in (("0", 0o755), ("027", 0o750), ("070", 0o705)):
        with Place() as place, suite.policy("Root none\n"):
            seen = place.say([], "scp -t " + place.path("it"),
                             put("it", mode=b"0777"),
                             words=[suite.SERVER, "-c",
                                    "scp-server -o Umask=" + mask])
            check_equal((seen.status, place.mode("it")), (0, wanted), mask)


def a_root_made_of_no_home():
    """An account without a home must not get the whole file system."""
    suite.need_root()
    with Place() as place:
        seen = place.say([], "scp -f /etc/hostname", b"\0", words=[
            "setpriv", "--reuid=64999", "--clear-groups", suite.SERVER,
            "-o", "AuditLog=none", "-o", "Root=%h"])
        check_equal((seen.status, seen.out), (
            78, b"\2scp: server configuration error\n"), "answer")
        check(b"can't expand" in seen.err, "%r" % seen.err)


def file_size_limit(place, options):
    process = place.start(["MaxFileSize=5000"] + options, "scp -t new")
    try:
        check_equal(process.stdout.read(1), b"\0", "answer")
        with open("/proc/%d/limits" % process.pid) as f:
            return re.search(r"Max file size +(\w+) +(\w+)", f.read()).groups()
    finally:
        process.kill()
        process.communicate()


def the_kernel_keeps_the_file_size_too():
    """Not where the log is a file, which the limit would hold as well."""
    with Place() as place:
        check_equal(file_size_limit(place, []), ("5000", "5000"), "limit")
        check(file_size_limit(place, ["AuditLog=%s/log" % place.top])[0] !=
              "5000", "the log is limited")


FILES = (a_clients_umask_through_our_shell_only_adds,
         a_match_in_doubt_adds_no_right, a_root_made_of_no_home,
         the_kernel_keeps_the_file_size_too, masks_and_modes, match_blocks,
         the_first_value_wins, tokens_in_root,
         a_file_that_others_could_have_written)


def add_cases(_):
    for n, row in enumerate(BOTH, 1):
        suite.add("stricter/%d:%s:%s:%s" % (n, row[0], row[1], row[2]),
                  the_stricter_of_both(*row))
    for story in FILES:
        suite.add("file/" + story.__name__, story)
