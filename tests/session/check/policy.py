"""The policy as it is shown, and mistakes in what it is made of."""

import os
import re
import subprocess

import suite
from machine import (PREFER, TOP, UID, USER, Machine, found, make_place,
                     need_inspection, rows, run, write)

# Each keyword: a value, and how it is shown.
VALUES = [
    ("Root", "/", "/"),
    ("Chroot", "yes", "yes"),
    ("User", "root", "root"),
    ("StartDirectory", "/in", "/in"),
    ("Access", "write-only", "write-only"),
    ("Overwrite", "versions", "versions"),
    ("Symlinks", "refuse", "refuse"),
    ("DotFiles", "deny", "deny"),
    ("AllowNames", "*.txt *.csv", "*.txt *.csv"),
    ("DenyNames", "*.exe", "*.exe"),
    ("FileMode", "640", "0640"),
    ("DirectoryMode", "2", "0002"),
    ("Umask", "027", "0027"),
    ("SetIdBits", "yes", "yes"),
    ("PreserveTimes", "no", "no"),
    ("PreserveModes", "no", "no"),
    ("MaxFileSize", "5K", "5120"),
    ("MaxSessionBytes", "1M", "1048576"),
    ("MaxSessionFiles", "12", "12"),
    ("MaxDepth", "7", "7"),
    ("MinFree", "1G", "1073741824"),
    ("IdleTimeout", "2m", "120"),
    ("SessionTimeout", "1h", "3600"),
    ("RateLimit", "100", "100"),
    ("Sync", "always", "always"),
    ("Sandbox", "require", "require"),
    ("Audit", "prefer", "prefer"),
    ("AuditLog", "none", "none"),
    ("AuditFormat", "text", "text"),
    ("AuditDigest", "sha256", "sha256"),
    ("Sftp", "no", "no"),
    ("Modify", "own", "own"),
    ("Interrupted", "keep", "keep"),
    ("Links", "yes", "yes"),
    ("MakeParents", "yes", "yes"),
    ("Pipelining", "yes", "yes"),
    ("Relay", "bob@host [::1]", "bob@host [::1]"),
    ("RelayConfig", "/etc/ssh/relay_config", "/etc/ssh/relay_config"),
]


def check_value(keyword, value, shown):
    def case():
        words = ["-o", "%s=%s" % (keyword, value)]
        if keyword == "User":
            suite.need_root()
        if keyword == "Chroot":
            words.append("/")
        done = run(*words)
        suite.check(done.returncode in (0, 1), done.stderr)
        seen = rows(done.stdout)
        suite.check_equal(seen[keyword], shown, keyword)
        unset = [k for k, _, _ in VALUES
                 if k != keyword and not seen[k].endswith(" (default)")]
        suite.check_equal(unset, ["Root"] if keyword == "Chroot" else [],
                          "set")
    return case


for row in VALUES:
    suite.add("shows_%s_and_what_is_default" % row[0], check_value(*row))


@suite.case
def every_keyword_of_the_help_is_shown():
    keywords = re.findall(r"^ {21}([A-Z]\w+)$", run("--help").stdout, re.M)
    suite.check_equal(keywords, [k for k, _, _ in VALUES], "keywords")


@suite.case
def defaults_follow_the_root():
    open_ = rows(run().stdout)
    confined = rows(run("-o", "Access=write-only", TOP).stdout)
    suite.check_equal(open_["session"],
                      "open when called as scp, else refused (no Root)")
    suite.check_equal(rows(run("-o", "Root=none").stdout)["session"],
                      "open (Root none)")
    suite.check_equal(confined["session"], "confined")
    for keyword, first, second in (
            ("Symlinks", "follow", "refuse"), ("DotFiles", "allow", "root"),
            ("Overwrite", "replace", "deny"), ("MaxDepth", "256", "64"),
            ("Sandbox", "prefer", "require"), ("IdleTimeout", "none", "300")):
        suite.check_equal(open_[keyword], first + " (default)", keyword)
        suite.check_equal(confined[keyword], second + " (default)", keyword)
    suite.check_equal(confined["Root"], TOP, "operand")


@suite.case
def file_and_options_are_shown_combined():
    suite.need_root()
    path = write(os.path.join(TOP, "conf"),
                 "Root %s\nMaxFileSize 10M\nAllowNames *.a\n"
                 "Match User %s\n  Access read-only\n"
                 "Match Group drop\n  Umask 077\n"
                 "Match User nobody\n  Sync always\n" % (TOP, USER))
    make_place("sub")
    done = Machine().check("--config", path, "-o", "MaxFileSize=20M",
                           "-o", "AllowNames=b*", TOP + "/sub")
    seen = rows(done.stdout)
    suite.check_equal(seen["configuration"], path)
    suite.check_equal(seen["Access"], "read-only", "of Match User")
    suite.check_equal(seen["Umask"], "0077", "of Match Group")
    suite.check_equal(seen["Sync"], "no (default)", "of another's Match")
    suite.check_equal(seen["MaxFileSize"], "10485760", "the stricter")
    suite.check_equal(seen["Root"], TOP + "/sub", "the deeper")
    suite.check(re.search(r"^ +inside +%s$" % TOP, done.stdout, re.M),
                done.stdout)
    suite.check("names like *.a and like b* only" in done.stdout, done.stdout)
    suite.check(re.search(r"AllowNames +\*\.a\n +and in +b\*$", done.stdout,
                          re.M), done.stdout)


# Text of a file, and the line and the word that the error names.
ERRORS = [
    ("Root /srv\nAcess read-only\n", 2, "Acess", "unknown keyword"),
    ("# one\n\nAccess readonly\n", 3, "readonly", "unknown value"),
    ("Root srv\n", 1, "srv", "not an absolute path"),
    ("Root /a/../b\n", 1, "/a/../b", "a path with .."),
    ("MaxFileSize 10Q\n", 1, "10Q", "not a size"),
    ("IdleTimeout soon\n", 1, "soon", "not a time"),
    ("Umask 999\n", 1, "999", "octal"),
    ("MaxDepth 300\n", 1, "300", "1 to 256"),
    ("Chroot perhaps\n", 1, "perhaps", "yes nor no"),
    ("Sync\n", 1, "Sync", "no value"),
    ("Match Host x\n", 1, "Host", "not User, Group"),
    ("Match User other\nSandbox never\n", 2, "never", "unknown value"),
    ("Root /srv/\x1b[2J\nBad\x1b[2J x\n", 2, "Bad\\x1b[2J", "unknown"),
]


def check_error(text, line, word, why):
    def case():
        suite.need_root()
        path = write(os.path.join(TOP, "conf"), text)
        for words in ([], ["explain", "scp -t x"]):
            done = run(*words, "--config", path)
            suite.check_equal(done.returncode, 78, done.stderr)
            suite.check_equal(done.stdout, "", "output")
            suite.check(done.stderr.startswith(
                "scp-server-check: %s:%d: %s: " % (path, line, word)), done.stderr)
            suite.check(why in done.stderr, done.stderr)
            suite.check("\x1b" not in done.stderr, "raw bytes")
    return case


for row in ERRORS:
    suite.add("tells_line_%d_and_[%s]" % row[1:3], check_error(*row))


@suite.case
def other_mistakes_end_with_78_too():
    suite.need_root()
    loose = write(os.path.join(TOP, "loose"), "Access read-only\n", 0o666)
    for words, told in (
            (["--config", TOP + "/none"], TOP + "/none: no such file"),
            (["--config", loose], loose + ": writable by others"),
            (["-o", "Bad=1"], "scp-server-check: -o Bad=1: unknown keyword"),
            (["-o", "User=no-such-account"],
             "User no-such-account: no such account"),
            (["--user", "no-such-account"],
             "--user no-such-account: no such account"),
            (["-o", "Chroot=yes"], "Chroot yes needs a Root")):
        done = run(*words)
        suite.check_equal((done.returncode, done.stdout), (78, ""),
                          " ".join(words))
        suite.check(told in done.stderr, done.stderr)


@suite.case
def a_default_is_called_one_behind_a_forced_command_too():
    """Our login shell has defaults as if they were set."""
    path = write(os.path.join(TOP, "shared"),
                 "Root %s\nSync always\n" % make_place("drop"))
    m = Machine(ForceCommand="/usr/local/bin/scp-server -o MaxDepth=9")
    m.configure(path)
    done = m.check()
    need_inspection(done)
    seen = rows(done.stdout)
    suite.check_equal(
        [seen[k] for k in ("Overwrite", "Symlinks", "DotFiles", "IdleTimeout",
                           "Sandbox", "Modify", "Links", "MaxDepth", "Sync")],
        ["replace (default)", "refuse (default)", "root (default)",
         "300 (default)", "require (default)", "yes (default)",
         "no (default)", "9", "always"])
    done = m.explain("scp -t x")
    suite.check_equal(re.findall(r"^  still +(.*)$", done.stdout, re.M),
                      ["DotFiles root (default)", "MaxDepth 9"], done.stdout)


# (arguments, the message, the word that is suggested or None)
MISTYPED = (
    (["-o", "Acess=read-only"], "-o Acess=read-only: unknown keyword",
     "Access"),
    (["-o", "MaxFilSise=1"], "-o MaxFilSise=1: unknown keyword",
     "MaxFileSize"),
    (["-o", "Followlinks=1"], "-o Followlinks=1: unknown keyword", None),
    (["--config", "CONF"], "CONF:1: Dotfile: unknown keyword", "DotFiles"),
    (["--reed-only"], "--reed-only: unknown option", "--read-only"),
    (["--usr", "alice"], "--usr: unknown option", "--user"),
    (["--\x1b"], "--\\x1b: unknown option", None),
    (["exlain", "scp -t x"], None, "explain"),
    (["alice"], "alice: not an absolute path", "--user alice"),
    (["explain", "scp -t x", "alice"], "alice: not an absolute path",
     "--user alice"),
    (["srv/scp"], "srv/scp: not an absolute path", None),
)


@suite.case
def what_may_be_meant_is_told():
    path = write(os.path.join(TOP, "mistyped"), "Dotfile deny\n")
    suite.need_root()
    for words, told, meant in MISTYPED:
        done = run(*(w.replace("CONF", path) for w in words))
        lines = ["scp-server-check: " + line for line in (
            told and told.replace("CONF", path),
            meant and "perhaps %s is meant" % meant) if line]
        seen = [line for line in done.stderr.splitlines()
                if line.startswith("scp-server-check: ")]
        suite.check_equal(seen, lines, words)
        suite.check(done.returncode in (2, 78), done.returncode)


@suite.case
def no_other_words_go_with_it():
    for words in (["a", "b"], ["-t"], ["-f"], ["-x"], ["explain"]):
        suite.check(run(*words).returncode != 0, words)


@suite.case
def a_uid_with_two_names_is_judged_as_in_a_session():
    m = Machine()
    with open(m.passwd, "a") as f:
        f.write("second:x:%d:%d::%s:/bin/sh\n" % (UID, UID, m.home))
    path = write(os.path.join(TOP, "shared"), "Root %s\nMatch User %s\n"
                 "Access read-only\n" % (TOP, USER))
    for name in (USER, "second"):
        done = m.run("--user", name, "--config", path)
        suite.check_equal(rows(done.stdout).get("Access"), "read-only",
                          name + done.stderr)
    path = write(path, "Root %s/%%u\n" % TOP)
    done = m.run("--user", "second", "--config", path)
    suite.check_equal(done.returncode, 78, done.stdout)


NAMES = """Root %s
Match User alice,nobody-here
Access read-only
# none of them is an account of this host
Match User "x y,!gone,al*" Address 192.0.2.0/24
Match group drop,lost,dr*,!alice
Match Group "domain users" User EXAMPLE\\bob
Match User 54321,54329,054329,!54322,99999999999
Match User \\!ann,, Group dr*,!
Match Group [ab]c,[ab,a\\*b
Match All
"""


@suite.case
def a_name_that_nobody_has_is_unsafe():
    """Each of them, in every block, with its file and line."""
    m = Machine()
    with open(m.passwd, "a") as f:
        f.write("second:x:54322:54322::/:/bin/sh\n")
    path = write(os.path.join(TOP, "names"), NAMES % TOP)
    done = m.check("--config", path)
    told = [(text, fix) for text, fix in found(done.stdout)
            if text.startswith(path) and not text.endswith("sets nothing")]
    suite.check_equal([text[len(path) + 1:] for text, _ in told], [
        "%d: Match %s: there is no such %s" % row for row in (
            (2, "User nobody-here", "account"), (5, "User x y", "account"),
            (5, "User gone", "account"), (6, "Group lost", "group"),
            (7, "Group domain users", "group"),
            (7, "User EXAMPLE\\\\bob", "account"),
            # 54329 is the name of the uid, which has no row
            (8, "User 54321", "account"), (8, "User 054329", "account"),
            (8, "User 54322", "account"), (8, "User 99999999999", "account"),
            (9, "User !ann", "account"), (10, "Group [ab", "group"),
            (10, "Group a*b", "group"))], "names: " + done.stdout + done.stderr)
    suite.check(all(fix.startswith(path + ": Match ") for _, fix in told),
                done.stdout)
    suite.check_equal(done.returncode, 1, "status")


# Lines of the file, and what is said of them: number and words.
LINES = (
    ("DenyNames *.exe\nDenyNames *.dll\n",
     [(3, "DenyNames has no effect: it is set in line 2")]),
    ("Access read-only\nMatch All\nAccess read-write\naccess=read-only # x\n",
     [(5, "Access has no effect: it is set in line 4")]),
    ("Match All\nMaxDepth 3\nMatch All\nMaxDepth 4\nMaxDepth\t5\n",
     [(6, "MaxDepth has no effect: it is set in line 5")]),
    ("Sync no\nSYNC=NO\nMaxFileSize 1K\nMaxFileSize 1024\n", []),
    ("Match User root\n# comment\n\nMatch User %s\nLinks no\n" % USER,
     [(2, "this Match sets nothing")]),
    ("Match User root\nLinks no\nMatch User %s\n" % USER,
     [(4, "this Match sets nothing")]),
    ("Links no\r\nMatch All\r\n", []),
    ("DenyNames \xe2\x80\x9c*.exe\xe2\x80\x9d\n",
     [(2, "a quote or blank that is part of a pattern")]),
    ("AllowNames *.a *.b\xc2\xa0*.c\nDenyNames it\xe2\x80\x99s\nLinks no\n",
     [(2, "a quote or blank that is part of a pattern")]),
    # U+200B, U+2009 and a quote behind a pattern
    ("DenyNames *.exe\xe2\x80\x8b\n",
     [(2, "a quote or blank that is part of a pattern")]),
    ("DenyNames *.exe\xe2\x80\x89*.scr\n",
     [(2, "a quote or blank that is part of a pattern")]),
    ("DenyNames *.scr *.exe\xe2\x80\x9d\n",
     [(2, "a quote or blank that is part of a pattern")]),
    ("DenyNames *\xe2\x80\xa6 *\xe2\x80\x93 *\xc3\xa4\n", []),
    ("DenyNames *.exe MaxFileSize 10M\n",
     [(2, "MaxFileSize is a pattern of this list, and no keyword")]),
    ("AllowNames *.gz access read-only\nDenyNames Accesses\n",
     [(2, "access is a pattern of this list, and no keyword")]),
    ("# one\rAccess read-only\rLinks no\r\n",
     [(2, "a carriage return in the middle of a line")]),
)


def check_lines(text, told):
    def case():
        path = write(os.path.join(TOP, "lines"),
                     "\xef\xbb\xbfRoot %s\n%s" % (make_place("drop"), text))
        done = Machine().check(*PREFER, "--config", path)
        need_inspection(done)
        suite.check_equal([text for text, _ in found(done.stdout)], [
            "%s:%d: %s" % (path, number, words) for number, words in told],
            "found")
        suite.check_equal(done.returncode, 1 if told else 0, "status")
    return case


for i, row in enumerate(LINES):
    suite.add("lines_without_effect_are_told/%d" % (i + 1), check_lines(*row))


@suite.case
def what_is_advised_can_be_copied_into_a_shell():
    """A path is one word, whatever is in it."""
    for root, word in (("/srv/none", "/srv/none"),
                       ("/ srv/none", "'/ srv/none'"),
                       ("/srv/none;id", "'/srv/none;id'"),
                       ("/srv/no'ne $(id)", "'/srv/no'\"'\"'ne $(id)'")):
        done = Machine().check(*PREFER, root)
        need_inspection(done)
        fixes = [fix for text, fix in found(done.stdout)
                 if "can't be opened" in text]
        suite.check_equal(fixes, ["install -d -o %s -m 0700 %s" % (USER, word)],
                          done.stdout)


@suite.case
def names_that_somebody_has_are_safe():
    path = write(os.path.join(TOP, "names"), "Root %s\nMatch User %s,root\n"
                 "Match Group drop,%s\nMatch User al*,!ro?t\n" % (
                     TOP, USER, USER))
    done = Machine().check("--config", path)
    suite.check("there is no such" not in done.stdout, done.stdout)


@suite.case
def a_session_does_not_ask_whether_a_name_exists():
    """It is no mistake there: it may be made later."""
    path = write(os.path.join(TOP, "names"),
                 "Root %s\nMatch User nobody-here\nAccess read-only\n" % TOP)
    suite.need_root()
    done = subprocess.run(
        [suite.SERVER, "--config", path, "-o", "AuditLog=none", "-f", "none"],
        input=b"\0", capture_output=True, timeout=60)
    suite.check(b"none: No such file" in done.stdout, done)
