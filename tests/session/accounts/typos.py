"""What an administrator mistyped, and what the session says to that."""

import functools
import os
import re

import suite
from spoken import Place
from suite import add, check, check_equal

OPTION = "scp-server: %s: unknown option\n"
PERHAPS = "scp-server: perhaps %s is meant\n"
HELP = "scp-server: see scp-server --help\n"
PAGES = "scp-server: see scp-server.conf(5) and scp-server-check(8)\n"

# of the forced command -> what was perhaps meant
OPTIONS = {
    "--readonly": "--read-only", "--read_only": "--read-only",
    "--read-onyl": "--read-only", "--Read-Only": "--read-only",
    "-readonly": "--read-only", "-read-only": "--read-only",
    "--writeonly": "--write-only", "--wirte-only": "--write-only",
    "--nooverwrite": "--no-overwrite", "--no-overwite": "--no-overwrite",
    "--cofnig": "--config", "--conf": "--config", "--versoin": "--version",
    "--root=/srv": "-o Root=...", "--Root": "-o Root=...",
    "--max-file-size=1G": "-o MaxFileSize=...", "--chroot": "-o Chroot=...",
    "--minfree=1G": "-o MinFree=...",
    "--nonsense": None, "-x": None, "--frobnicate=yes": None,
}
# a line of the file, or what stands after -o
KEYWORDS = {"Acces read-only": "Access", "Rooot /srv": "Root",
            "max-file-size 1G": "MaxFileSize", "Overwite deny": "Overwrite",
            "DotFile deny": "DotFiles", "Auditlog2 none": "AuditLog",
            "Frobnicate yes": None, "Access sideways": None,
            "MaxFileSize much": None}


# a line of the file -> what is wrong with it
LINES = {
    "Access readonly": "readonly: unknown value "
                       "(one of read-write read-only write-only)",
    "Overwrite version": "version: unknown value "
                         "(one of replace deny versions inplace)",
    "Symlinks no": "no: unknown value (one of follow refuse)",
    "DotFiles no": "no: unknown value (one of allow root deny)",
    "Sync maybe": "maybe: unknown value (one of no always)",
    "Sandbox off": "off: unknown value (one of prefer require)",
    "Modify all": "all: unknown value (one of no own yes)",
    "AuditFormat xml": "xml: unknown value (one of json text)",
    "AuditDigest md5": "md5: unknown value (one of none sha256)",
    "Sftp off": "off: neither yes nor no",
    "Root srv": "srv: not an absolute path",
    "Root \"/srv": "\"/srv: not an absolute path",
    "Root": "Root: no value",
    "MaxFileSize 1GB": "1GB: not a size: octets, or K M G T",
    "MinFree 10%": "10%: not a size: octets, or K M G T",
    "IdleTimeout 5 minutes": "5 minutes: not a time: seconds, or s m h d",
    "FileMode rw-r--r--": "rw-r--r--: not an octal mode",
    "MaxDepth deep": "deep: not a number from 1 to 256",
    "AllowNames a,b": "a,b: patterns are separated by blanks, not quoted",
    "DenyNames *.exe;*.php": "*.exe;*.php: patterns are separated by blanks, "
                             "not quoted",
    "DenyNames *.exe|*.php": "*.exe|*.php: patterns are separated by blanks, "
                             "not quoted",
    "DenyNames backup[1-0]": "backup[1-0]: a backward range",
    "DenyNames x[ab9-0]": "x[ab9-0]: a backward range",
    "DenyNames report\\ ": "report\\\\: patterns are separated by blanks, "
                           "not quoted",
    "DenyNames '*.exe'": "'*.exe': patterns are separated by blanks, not quoted",
    "DenyNames secret/*": "secret/*: a slash: patterns are of single names",
    "DenyNames *.[eE][xX][eE": "*.[eE][xX][eE: a [ without its ]",
    "AllowNames !*.exe *": "!*.exe *: a ! outside of a set",
    "AllowNames *.txt None": "*.txt None: none or deny beside others",
    "Relay !bad.example *": "!bad.example *: a ! outside of a set",
    "Relay deny vault.example": "deny vault.example: none or deny beside "
                                "others",
    "Relay vault.example none": "vault.example none: none or deny beside "
                                "others",
    "Relay [::1": "[::1: a [ without its ]",
    "DirectoryMode 4755": "4755: mode is not within 2777",
    "Match User !bob": "!bob: nothing but exclusions",
    "Match Address !10.0.0.0/8,!::1": "!10.0.0.0/8,!::1: nothing but "
                                      "exclusions",
    "Match Group !staff User *": "!staff: nothing but exclusions",
    "Match": "Match: no value",
    "Match Usr bob": "Usr: not User, Group, Address or All "
                     "(names of a list are separated by commas)",
    "Match Address host.example": "host.example: not an address",
    "ForceCommand scp-server": "ForceCommand: unknown keyword",
    "Include /etc/x": "Include: unknown keyword",
}
# words of the forced command -> status, sentence, where to read
WORDS = (
    (["-o"], 2, "-o: no value", HELP),
    (["--config"], 2, "--config: no value", HELP),
    (["-o", "Root"], 78, "-o Root: no value", PAGES),
    (["-o", "Match=User bob"], 78, "-o Match=User bob: unknown keyword",
     PAGES),
    (["internal-sftp"], 78, "internal-sftp: not an absolute path", PAGES),
    (["/srv", "extra"], 2, "extra: unknown option", HELP),
    (["/srv", "-t", "x"], 2, "-t: unknown option", HELP),
    (["/none/such"], 78, "sandbox: /none/such: No such file or directory", PAGES),
    (["-o", "Root=/etc/passwd"], 78, "sandbox: /etc/passwd: Not a directory", PAGES),
    (["-o", "Root=/a", "/b"], 78, "/b: not beneath the other Root", PAGES),
    (["--read-only", "--write-only", "/a"], 78,
     "-o Access=write-only: file and options leave no access", PAGES),
    (["--config", "/none"], 78, "/none: no such file", PAGES),
    (["--config", "/etc/passwd/x"], 78,
     "/etc/passwd/x: can't be opened: Not a directory", PAGES),
    (["-o", "AuditLog=/none/log"], 78,
     "AuditLog: can't be opened: No such file or directory", PAGES),
    (["-o", "AuditLog=/dev/null"], 78, "AuditLog: can't be opened", PAGES),
)


def a_line(line, wrong):
    with Place() as place:
        conf = os.path.join(place.top, "conf")
        with open(conf, "w") as f:
            f.write("Root /srv\n" + line + "\n")
        seen = place.say([], "scp -t x",
                         words=[suite.SERVER, "--config", conf])
        check_equal((seen.status, seen.err.decode()), (
            78, "scp-server: %s:2: %s\n%s" % (conf, wrong, PAGES)), "stderr")


def words_of_a_key(words, status, wrong, where):
    with Place() as place:
        seen = place.say([], "scp -f x", words=[suite.SERVER] + words)
        check_equal((seen.status, seen.err.decode()), (
            status, "scp-server: %s\n%s" % (wrong, where)), "stderr")


def who_may_have_written_it():
    suite.need_root()
    with Place() as place:
        conf = os.path.join(place.top, "conf")
        for mode, owner, wrong in ((0o666, 0, "writable by others than root"),
                                   (0o644, 1, "not owned by root")):
            with open(conf, "w") as f:
                f.write("Root /srv\n")
            os.chmod(conf, mode)
            os.chown(conf, owner, 0)
            seen = place.say([], "scp -t x",
                             words=[suite.SERVER, "--config", conf])
            check_equal((seen.status, seen.err.decode()), (
                78, "scp-server: %s: %s\n%s" % (conf, wrong, PAGES)),
                "stderr")


def an_option(word, meant):
    with Place() as place:
        words = [suite.SERVER, word]
        for request, first in (("scp -t x", b"\2"), ("scp -f x", b"\2")):
            seen = place.say([], request, words=words)
            check_equal(seen.status, 2, "status")
            err = seen.err.decode()
            check(OPTION % word in err and HELP in err, err)
            check_equal(err.count("is meant"), int(meant is not None), err)
            check(meant is None or PERHAPS % meant in err, err)
            check(seen.out.startswith(first + b"scp: unknown option"),
                  "in-band: %r" % seen.out)


def a_keyword(line, meant):
    with Place() as place:
        conf = os.path.join(place.top, "conf")
        with open(conf, "w") as f:
            f.write(line + "\n")
        for words in (["--config", conf], ["-o", line.replace(" ", "=", 1)]):
            seen = place.say([], "scp -t x", words=[suite.SERVER] + words)
            check_equal(seen.status, 78, "status")
            err = seen.err.decode()
            check(PAGES in err, err)
            check_equal(err.count("is meant"), int(meant is not None), err)
            check(meant is None or PERHAPS % meant in err, err)


def a_client_is_told_no_options_of_the_administrator():
    with Place() as place:
        seen = place.say(["Root=ROOT"], "scp -t --readonly x")
        check_equal((seen.status, seen.err), (2, b""), "answer")


def add_cases(_):
    for word, meant in OPTIONS.items():
        add("typo/option/" + word.replace("/", "_"),
            functools.partial(an_option, word, meant))
    for line, meant in KEYWORDS.items():
        add("typo/keyword/" + line.split()[0] + "-" + line.split()[1].replace(
            "/", "_"), functools.partial(a_keyword, line, meant))
    for line, wrong in LINES.items():
        add("typo/line/" + re.sub(r"\W+", "_", line),
            functools.partial(a_line, line, wrong))
    for row in WORDS:
        add("typo/words/" + re.sub(r"\W+", "_", "".join(row[0])),
            functools.partial(words_of_a_key, *row))
    add("typo/who_may_have_written_it", who_may_have_written_it)
    add("typo/a_client_is_told_no_options_of_the_administrator",
        a_client_is_told_no_options_of_the_administrator)
