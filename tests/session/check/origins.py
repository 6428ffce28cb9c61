"""Blocks of Match Address: what holds for clients at some addresses only."""

import os

import suite
from keys import KEY
from machine import (PREFER, TOP, USER, Machine, found, make_place,
                     need_inspection, write)

HERE, THERE = "127.0.0.0/8", "10.0.0.0/8,!10.9.0.0/16"
OPEN = "sessions are open, and from other addresses confined"
CONFINED = "sessions are confined, and from other addresses open"
UP, ALL = "upload and download, in ", "every directory that its own rights reach"


def block(addresses, *lines, who="User " + USER):
    return "Match %s Address %s\n%s" % (
        who, addresses, "".join("\t%s\n" % line for line in lines))


def asked(text, *words, command=None, **account):
    m = Machine(**account)
    m.configure(write(os.path.join(TOP, "conf"), text))
    done = m.explain(command, *words) if command else m.check(*PREFER, *words)
    need_inspection(done)
    return done


def may(done):
    return [" ".join(line.split()[1:]) for line in done.stdout.splitlines()
            if line.startswith("  may ")]


def starts(done, *wanted):
    """The closing sentences begin with these."""
    said = may(done)
    suite.check_equal(len(said), len(wanted), done.stdout)
    for sentence, begin in zip(said, wanted):
        suite.check(sentence.startswith(begin), done.stdout)


ACCOUNTS = ({}, {"shell": "/bin/sh"},
            {"shell": "/usr/local/bin/scp-server", "ForceCommand": None,
             "Subsystem": "sftp /usr/lib/openssh/sftp-server",
             "AuthorizedKeysFile": write(
                 TOP + "/bare-key", "ssh-ed25519 AAAA k\n")})


@suite.case
def an_open_session_from_some_addresses_is_unsafe():
    root = make_place("drop")
    for account in ACCOUNTS:
        done = asked(block(HERE, "Root none") + "Match All\nRoot %s\n" % root,
                     **account)
        suite.check_equal([w for w, _ in found(done.stdout)],
                          ["from %s (line 1): %s" % (HERE, OPEN)])
        starts(done, "from %s (line 1): %s%s" % (HERE, UP, ALL),
               "from elsewhere: %s%s" % (UP, root))
        done = asked("Root none\n" + block(HERE, "Root " + root), **account)
        suite.check_equal([w for w, _ in found(done.stdout)],
                          ["from %s (line 2): %s" % (HERE, CONFINED)])


@suite.case
def a_root_for_some_addresses_alone_is_what_is_judged():
    root = make_place("drop")
    for account in ACCOUNTS:
        done = asked(block(HERE, "Root " + root, "Access write-only",
                           who="Group drop"), **account)
        suite.check_equal(found(done.stdout), [], done.stdout)
        suite.check("result: 0 unsafe, 0 broken\n" in done.stdout, "result")
        starts(done, "from %s (line 1): only upload, into %s" % (HERE, root),
               "from elsewhere: nothing, since no session begins")
        done = asked(block(HERE, "Access write-only"), **account)
        suite.check("no session begins: no Root" in done.stdout, done.stdout)


@suite.case
def what_is_found_there_names_its_line():
    root, other = make_place("drop"), make_place("other", 0)
    for account in ACCOUNTS:
        done = asked("Root %s\n" % root + block(
            THERE, "Root " + other) + block("::1", "Root /nowhere"), **account)
        seen = [w for w, _ in found(done.stdout)]
        suite.check_equal(len(seen), 2, done.stdout)
        suite.check(any(w.startswith("from ::1 (line 4): Root /nowhere can't")
                        for w in seen), seen)
        suite.check(any(w.startswith("from %s (line 2): uploads" % THERE)
                        for w in seen), seen)


@suite.case
def keys_are_judged_for_each_of_them():
    root = make_place("drop")
    keys = write(TOP + "/three-keys", "".join(
        'restrict,command="scp-server%s" %s\n' % (more, KEY)
        for more in ("", " -o Access=read-only", " " + root)))
    done = asked(block(HERE, "Root none") + "Match Group drop\nRoot %s\n" % root,
                 shell="/bin/sh", ForceCommand=None, AuthorizedKeysFile=keys,
                 PasswordAuthentication="no",
                 KbdInteractiveAuthentication="no")
    seen = [w for w, _ in found(done.stdout)]
    suite.check_equal(seen, ["from %s (line 1): %s" % (HERE, OPEN)],
                      done.stdout)
    starts(done, "from %s (line 1): %s%s" % (HERE, UP, ALL),
           "from %s (line 1): only download, from %s" % (HERE, ALL),
           "from %s (line 1): %s%s" % (HERE, UP, root),
           "from elsewhere: " + UP + root,
           "from elsewhere: only download, from " + root)


@suite.case
def an_account_that_nothing_binds_is_judged_if_any_address_restricts_it():
    done = asked("Root none\n" + block(HERE, "Root " + make_place("drop")),
                 shell="/bin/sh", ForceCommand=None)
    suite.check("this policy binds nobody" in done.stdout, done.stdout)


@suite.case
def blocks_that_make_no_difference_are_not_named():
    root = make_place("drop")
    for text in (block(HERE, "Root none", who="User root"),
                 block("10.0.0.0/16,!10.0.0.0/8", "Root none"),
                 "Match User %s\n\tRoot %s\n" % (USER, root) +
                 block(HERE, "Root none"),
                 block(HERE, "Root " + root), ""):
        done = asked(text + "Match All\nRoot %s\n" % root)
        suite.check("result: 0 unsafe, 0 broken\n" in done.stdout, done.stdout)
        starts(done, UP + root)


@suite.case
def of_addresses_in_two_blocks_the_first_sentence_counts():
    root = make_place("drop")
    done = asked("Root %s\n" % root + block(HERE, "Access read-only") +
                 block("127.0.0.0/16", "Access write-only", "Sftp no") +
                 block("127.0.0.1", "MaxDepth 3"))
    suite.check_equal(found(done.stdout), [], done.stdout)
    lists = [HERE + " (line 2)", "127.0.0.0/16 (line 4)"]
    starts(done, "from %s and 127.0.0.1 (line 7): only" % " and ".join(lists),
           "from %s: only download" % " and ".join(lists),
           "from %s: only download" % lists[0], "from elsewhere: " + UP)
    suite.check("note: of these lines the first" in done.stdout, "note")


@suite.case
def more_blocks_than_are_judged_are_told():
    root = make_place("drop")
    text = "".join(block("10.0.%d.1" % n, "MaxDepth 9") for n in range(80))
    done = asked("Root %s\n" % root + text + block(HERE, "Root none"))
    seen = [w for w, _ in found(done.stdout)]
    suite.check_equal(len(seen), 1, done.stdout)
    suite.check(":130: not judged: more than 64 blocks" in seen[0], seen)
    done = asked("Root %s\n" % root + block(",".join(
        "10.%d.%d.1" % (n // 200, n % 200) for n in range(300)), "Sftp no") +
        block(",".join("11.%d.%d.1" % (n // 200, n % 200)
                       for n in range(300)), "Root none"))
    suite.check(":4: not judged: more than 64 blocks" in done.stdout,
                done.stdout)


@suite.case
def one_address_can_be_asked_about():
    root = make_place("drop")
    text = block(HERE, "Root none") + "Match All\nRoot %s\n" % root
    copy = "scp -O host:/etc/hostname ."
    for address, verdict in (("127.0.0.9", "allowed"), ("10.0.0.1", "refused"),
                             ("::ffff:127.0.0.1", "allowed"),
                             (None, "refused")):
        words = ["--address", address] if address else []
        done = asked(text, *words, command=copy)
        suite.check("verdict: %s\n" % verdict in done.stdout, done.stdout)
        suite.check_equal("note: another policy may hold" in done.stdout,
                          address is None, done.stdout)
    done = asked(text, "--address", "127.0.0.9")
    starts(done, "from 127.0.0.9: " + UP + ALL)
    suite.check("holds for clients at 127.0.0.9 alone" in done.stdout, "note")
    done = asked(text, "--address", "localhost")
    suite.check("scp-server-check: localhost: not an address\n" in done.stderr,
                done.stderr)
    suite.check_equal(done.returncode, 2, "a name")
    done = asked(block(HERE, "Root " + root), command="scp -O new host:")
    suite.check("verdict: allowed\n" in done.stdout, done.stdout)


@suite.case
def sshd_is_asked_about_that_address():
    root = make_place("drop")
    m = Machine(DisableForwarding="no")
    m.last = "Match Address 10.0.0.1\nDisableForwarding yes\n"
    done = m.check(*PREFER, "--address", "10.0.0.1", root)
    need_inspection(done)
    suite.check_equal(found(done.stdout), [], done.stdout)
    done = m.check(*PREFER, "--address", "10.0.0.2", root)
    suite.check("forwarding is not disabled" in done.stdout, done.stdout)
