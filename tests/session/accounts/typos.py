"""What an administrator mistyped, and what the session says to that."""

import functools
import os

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
    "--config": None,
}
# a line of the file, or what stands after -o
KEYWORDS = {"Acces read-only": "Access", "Rooot /srv": "Root",
            "max-file-size 1G": "MaxFileSize", "Overwite deny": "Overwrite",
            "DotFile deny": "DotFiles", "Auditlog2 none": "AuditLog",
            "Frobnicate yes": None, "Access sideways": None,
            "MaxFileSize much": None}


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
    add("typo/a_client_is_told_no_options_of_the_administrator",
        a_client_is_told_no_options_of_the_administrator)
