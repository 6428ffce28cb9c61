"""What is advised instead of a forced command that is no good.

Its options restrict the account: the advice keeps them all, or is a sentence.
"""

import os

import suite
from keys import KEY
from machine import (PREFER, TOP, Machine, found, make_place, need_inspection,
                     write)

OURS = "/usr/local/bin/scp-server"
PLAIN = "plain words instead of \"%s\" in the forced command"
RESTRICTS = "a forced command of scp-server that restricts what \"%s\" does"
CORRECT = "correct \"%s\" in the forced command, and keep the rest of it"
SAY = ("say in /etc/scp-server.conf what \"%s\" is to restrict, or make /bin/sh "
       "the login shell, if a ForceCommand binds the account")

# The login shell, ForceCommand, the end of the finding, and the ForceCommand
# that is advised, or a sentence that begins with "!".
ADVICE = (
    (OURS, '"%s --read-only"' % OURS, "%s --read-only: in quotes this is one "
     "word, the name of a program" % OURS, OURS + " --read-only"),
    (OURS, OURS + " --read-only # nightly", "#: no plain word",
     OURS + " --read-only"),
    (OURS, OURS + " -o 'DenyNames=a b' -ro; id", "-ro;: no plain word",
     OURS + " -o 'DenyNames=a b' -ro"),
    (OURS, OURS + " -ro >log", ">log: no plain word", "!" + PLAIN % ">log"),
    (OURS, OURS + " -ro $X -wo", "$X: no plain word", "!" + PLAIN % "$X"),
    (OURS, OURS + " -f /hook", "-f: not allowed through a login shell",
     "!" + SAY % "-f"),
    (OURS, OURS + " -ro -l 800", "-l: not allowed through a login shell",
     "!" + SAY % "-l"),
    (OURS, OURS + " --readonly", "--readonly: unknown option",
     "!" + CORRECT % "--readonly"),
    (OURS, OURS + " -o Access=readonly", "-o Access=readonly: ",
     "!" + CORRECT % "-o Access=readonly"),
    (OURS, OURS + " --read-only -o AuditLog=none",
     "AuditLog=none: not allowed through a login shell",
     "!/etc/scp-server.conf: Match User alice / AuditLog none; then "
     "sshd_config: Match User alice / ForceCommand " + OURS + " --read-only"),
    (OURS, "rsync --server", "rsync: a program that the login shell does not "
     "start", "!" + RESTRICTS % "rsync --server"),
    (OURS, "/usr/bin/true", "/usr/bin/true: a program that the login shell "
     "does not start", "scp-server"),
    ("/bin/sh", "rrsync -ro ROOT", "don't start this program",
     "scp-server -ro ROOT"),
    ("/bin/sh", "rrsync -wo -no-overwrite ROOT", "don't start this program",
     "scp-server -wo -no-overwrite ROOT"),
    ("/bin/sh", "rrsync -munge ROOT", "don't start this program",
     "!correct"),
    # what is left out could be what restricts it
    ("/bin/sh", "umask 027; scp-server -ro ROOT", "a shell acts on it",
     "!" + PLAIN % "027;"),
    ("/bin/sh", "cd /srv && exec scp-server -wo", "a shell acts on it",
     "!" + PLAIN % "&&"),
    ("/bin/sh", "true | scp-server -ro", "a shell acts on it",
     "!" + PLAIN % "|"),
    ("/bin/sh", "if true; then scp-server -ro; fi", "a shell acts on it",
     "!" + PLAIN % "true;"),
    ("/bin/sh", "scp-server -ro || scp-server", "a shell acts on it",
     "!" + PLAIN % "||"),
    ("/bin/sh", '"scp-server --read-only"', "sessions of this account ",
     "scp-server --read-only"),
    ("/bin/sh", "scp-server -wo # drop", "a shell acts on it",
     "scp-server -wo"),
    ("/bin/sh", "/nowhere/scp-server -wo", "start nothing",
     "scp-server -wo"),
    ("/bin/sh", "nice -n 5 scp-server -wo", "don't start this program",
     "scp-server -wo"),
    ("/bin/sh", "sh -c 'scp-server -wo'", "don't start this program",
     "!" + RESTRICTS % "sh -c 'scp-server -wo'"),
    ("/bin/sh", "internal-sftp -R", "don't start this program",
     "scp-server -o Access=read-only"),
    ("/bin/sh", "internal-sftp -P write", "don't start this program",
     "!" + RESTRICTS % "internal-sftp -P write"),
    ("/bin/sh", "scp-server -o DenyNames=*.txt", "a shell acts on it",
     "scp-server -o 'DenyNames=*.txt'"),
    ("/bin/sh", "scp-server ~/x", "a shell acts on it", "!" + PLAIN % "~/x"),
    ("/bin/sh", "X=1 scp-server -ro", "a shell acts on it",
     "!" + PLAIN % "X=1"),
    # too long to be advised whole
    ("/bin/sh", "scp-server -wo -o DenyNames=" + "x" * 700 + " # x",
     "a shell acts on it", "!correct"),
)


def check_advice(shell, force_, words, advised_):
    def case():
        root = make_place("drop")
        force, advised = (s.replace("ROOT", root) for s in (force_, advised_))
        m = Machine(shell=shell, ForceCommand=force)
        done = m.check(*PREFER, "-o", "Root=" + root)
        need_inspection(done)
        seen = found(done.stdout)
        suite.check_equal(len(seen), 1, done.stdout)
        suite.check(words in seen[0][0], done.stdout)
        if advised.startswith("!"):
            suite.check(seen[0][1].startswith(advised[1:]), done.stdout)
            return
        suite.check_equal(seen[0][1], "sshd_config: Match User alice / "
                          "ForceCommand " + advised, done.stdout)
        m = Machine(shell=shell, ForceCommand=advised)
        again = m.check(*PREFER, "-o", "Root=" + root)
        suite.check_equal(found(again.stdout), [], again.stdout)
        for option, may in (("-ro", "download"), ("read-only", "download"),
                            ("-wo", "upload")):
            if " %s" % option in force:
                suite.check(" only %s" % may in again.stdout, again.stdout)
    return case


for number, row in enumerate(ADVICE, 1):
    suite.add("advice_%d" % number, check_advice(*row))


@suite.case
def a_key_keeps_its_options():
    """Those of its command, and those beside it."""
    root = make_place("drop")
    path = TOP + "/keys.advised"
    for command, advised in (
            ("scp-server -ro %s # x" % root, "scp-server -ro " + root),
            ("scp-server -ro # x", "scp-server -ro DIRECTORY"),
            ("scp-server -o \\\"DenyNames=a b\\\" %s;id" % root,
             "scp-server -o 'DenyNames=a b' " + root),
            ("umask 027; scp-server -wo " + root, None),
            ("rsync --server", None), ("true", "scp-server DIRECTORY")):
        write(path, 'from="10.0.0.1",restrict,command="%s" %s\n' % (
            command, KEY))
        done = Machine(shell="/bin/sh", ForceCommand=None,
                       AuthenticationMethods="publickey",
                       AuthorizedKeysFile=path).check(*PREFER, "-ro")
        need_inspection(done)
        seen = [fix for what, fix in found(done.stdout) if "command=" in what]
        suite.check_equal(len(seen), 1, done.stdout)
        suite.check_equal(
            seen[0] if advised else "command=" in seen[0],
            'in the options of line 1: command="%s"' % advised if advised
            else False, done.stdout)
    os.unlink(path)
