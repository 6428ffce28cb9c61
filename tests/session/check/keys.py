"""Keys of an account: whether command= binds every one of them."""

import os

import suite
from machine import (PREFER, TOP, USER, Machine, found, give, make_place,
                     need_inspection, write)

KEY = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
       " someone")
OURS = 'command="/usr/local/bin/scp-server --write-only %s/drop" ' % TOP


def bound(more):
    return 'restrict,command="%s" %s' % (more.replace('"', '\\"'), KEY)


# A line of authorized_keys, and words of what is said of it; None: it binds.
KEYS = (
    ("restrict," + OURS + KEY, None),
    ('no-pty,COMMAND="scp-server",restrict ' + KEY, None),
    ('environment="A=\\",b c",restrict,' + OURS + KEY, None),
    ("# a comment\n\n  restrict," + OURS + KEY, None),
    (KEY, ":1: a key without command=: it gets the login shell"),
    ("restrict " + KEY, ":1: a key without command=: it gets the login shell, "
     "which restrict leaves it"),
    ("restrict," + OURS + KEY + "\r", None),
    (bound("scp-server /srv x\r;sh"), ": a shell acts on it"),
    ("restrict," + OURS + KEY + "\n" + KEY, ":2: a key without command="),
    ('restrict,command="rsync --server" ' + KEY,
     ':1: command="rsync --server": sessions with this key'),
    ('restrict,command="sh -c scp-server" ' + KEY,
     ':1: command="sh -c scp-server"'),
    ('restrict,command="/usr/bin/notscp-server" ' + KEY, ":1: command="),
    ('environment="X=command=\\"scp-server\\"",restrict ' + KEY,
     ":1: a key without command="),
    (OURS + KEY, "PermitUserRC yes: "),
    (OURS + KEY, "forwarding is not disabled: "),
    ("restrict,port-forwarding," + OURS + KEY,
     "forwarding is not disabled: AllowTcpForwarding"),
    ("restrict,user-rc," + OURS + KEY, "PermitUserRC yes: "),
    ("user-rc,port-forwarding,restrict," + OURS + KEY, None),
    ("restrict,Port-Forwarding,user-rc,no-port-forwarding,NO-user-rc,"
     + OURS + KEY, None),
    ("no-port-forwarding,no-user-rc,no-X11-forwarding,no-agent-forwarding,"
     + OURS + KEY, None),
    ("restrict,X11-forwarding," + OURS + KEY,
     "forwarding is not disabled: X11Forwarding"),
    (bound("scp-server -wo '%s/drop'" % TOP), None),
    (bound('scp-server -wo "%s/drop"' % TOP), None),
    (bound("scp-server \\%s/drop" % TOP), None),
) + tuple((bound("scp-server -wo /srv" + more), ": a shell acts on it")
          for more in ("; $SSH_ORIGINAL_COMMAND", " && sh", "|sh", " & sh",
                       " >x", " <x", " `id`", " $(id)", '"$X"', "'",
                       " # x", "/*", " (x)")) + (
    (bound("~/scp-server"), ": a shell acts on it"),
    (bound("PATH=/tmp scp-server /srv"), ": a shell acts on it"),
    (bound("scp-server " + "x" * 5000 + ";sh"), ": a shell acts on it"),
    (bound("scp-server --version"), "no session begins: command not"),
    (bound("scp-server -c 'scp -t x'"), "no session begins: command not"),
    (bound("scp-server --readonly /srv"), "no session begins: "),
    (bound("scp-server -o Acess=x /srv"), "no session begins: -o Acess=x"),
    (bound("scp-server srv"), "no session begins: srv: "),
    (bound("/nowhere/scp-server /srv"), "there is no such program"),
    (bound("/usr/bin/scp -t /srv"), "sessions with this key don't"),
    (bound("internal-sftp"), "sessions with this key don't"),
    # sshd goes on behind a comma
    ("restrict, " + KEY, ":1: a key without command=: it gets the login shell, "
     "which restrict leaves it"),
    (",restrict,," + OURS.strip() + ", " + KEY, None),
    # sshd takes an option of these once, and else no key from the line
    ("restrict," + OURS.strip() + "," + OURS + KEY,
     "sshd takes none of the keys"),
    ('from="127.0.0.1",restrict,from="10.0.0.1",' + OURS + KEY,
     "sshd takes none of the keys"),
)


def check_keys(text, words):
    def case():
        m = Machine(shell="/bin/sh", ForceCommand=None, PermitUserRC="yes",
                    DisableForwarding="no", X11Forwarding="yes",
                    AllowAgentForwarding="yes",
                    AuthenticationMethods="publickey",
                    AuthorizedKeysFile=TOP + "/keys/%u")
        os.makedirs(TOP + "/keys", exist_ok=True)
        write(TOP + "/keys/" + USER, text + "\n")
        done = m.check(*PREFER, make_place("drop"))
        need_inspection(done)
        seen = [w for w, _ in found(done.stdout)]
        if words is None:
            suite.check_equal(seen, [], text)
            suite.check("keys that can start this program only: 1 of 1"
                        in done.stdout, done.stdout)
        else:
            suite.check_equal(len([w for w in seen if words in w]), 1,
                              done.stdout)
        suite.check_equal(done.returncode, 0 if words is None else 1)
    return case


for number, (text, words) in enumerate(KEYS, 1):
    suite.add("keys_%d" % number, check_keys(text, words))


@suite.case
def a_password_passes_by_the_keys():
    m = Machine(shell="/bin/sh", ForceCommand=None,
                PasswordAuthentication="yes",
                AuthorizedKeysFile=TOP + "/keys/%u")
    os.makedirs(TOP + "/keys", exist_ok=True)
    write(TOP + "/keys/" + USER, "restrict," + OURS + KEY + "\n")
    done = m.check(make_place("drop"))
    need_inspection(done)
    seen = [f for f in found(done.stdout) if "a login without a key" in f[0]]
    suite.check_equal(len(seen), 1, done.stdout)
    m.fix(seen[0][1])
    suite.check("a login without a key" not in m.check(TOP + "/drop").stdout,
                "not fixed")


@suite.case
def options_in_a_key_that_a_forced_command_leaves_out_are_unsafe():
    words = ("command= with options has no effect: sshd runs ForceCommand "
             "instead")
    for option, ignored in ((' --read-only', True), ("", False),
                            (" -o MaxFileSize=5M", False)):
        path = write(TOP + "/keys.ignored",
                     'restrict,command="scp-server%s" %s\n' % (option, KEY))
        done = Machine(ForceCommand="scp-server -o MaxFileSize=5M",
                       AuthorizedKeysFile=path).check(
                           *PREFER, make_place("drop"))
        need_inspection(done)
        suite.check_equal([f for f, _ in found(done.stdout)],
                          ["%s:1: %s" % (path, words)] if ignored else [],
                          done.stdout)
        suite.check_equal(done.returncode, 1 if ignored else 0, "status")


@suite.case
def that_nothing_restricts_the_account_is_in_the_result():
    for force, words in ((None, "; no policy restricts this account"),
                         ("scp-server", "")):
        root = [*PREFER, make_place("drop")] if force else []
        done = Machine(shell="/bin/sh", ForceCommand=force,
                       AuthorizedKeysFile="none").check(*root)
        need_inspection(done)
        suite.check_equal(done.stdout.splitlines()[-1],
                          "result: 0 unsafe, 0 broken" + words, done.stdout)


@suite.case
def that_there_is_neither_key_nor_password_is_noted():
    words = "no key lets anybody in as alice"
    keys = TOP + "/keys/" + USER
    os.makedirs(TOP + "/keys", exist_ok=True)
    for shadow, key, noted in (("*", "", True), ("!", "", True),
                               ("$y$x", "", False), ("*", KEY, False)):
        m = Machine(PasswordAuthentication="yes", UsePAM="yes",
                    AuthorizedKeysFile=TOP + "/keys/%u")
        m.over.append((write(TOP + "/shadow", "root:*:1::::::\n%s:%s:1::::::\n"
                             % (USER, shadow)), "/etc/shadow"))
        write(keys, key + "\n")
        done = m.check(make_place("drop"))
        need_inspection(done)
        suite.check_equal(words in done.stdout, noted, done.stdout)
    os.unlink(keys)


@suite.case
def a_password_is_not_held_against_a_restricted_key():
    """Who comes in without a key has the shell, and needs no ~/.ssh/rc; and
    no session of this key is open, or may write the keys."""
    m = Machine(shell="/bin/sh", ForceCommand=None, PermitUserRC="yes",
                DisableForwarding="no", PasswordAuthentication="yes",
                AuthorizedKeysFile="%h/authorized_keys")
    path = give(write(m.home + "/authorized_keys", "restrict," + OURS + KEY + "\n"))
    make_place("drop")
    done = m.check(*PREFER)
    need_inspection(done)
    suite.check_equal([w for w, _ in found(done.stdout)], [
        "a login without a key is possible: it has no command="], done.stdout)
    m = Machine(shell="/bin/sh", ForceCommand=None,
                AuthenticationMethods="publickey",
                AuthorizedKeysFile="%h/authorized_keys")
    write(path, 'restrict,command="scp-server" %s\n' % KEY)
    done = m.check(*PREFER, "-o", "Root=none")
    suite.check_equal([w for w, _ in found(done.stdout)], [
        "AuthorizedKeysFile %s: an open session may write it, and nothing but "
        "its keys binds the account" % path], done.stdout)
    os.unlink(path)


@suite.case
def what_binds_a_key_is_told():
    keys = TOP + "/keys-to-bind"
    ours = 'restrict,command=\"scp-server%s\"'
    for options, words, want in (
            ("", [TOP], "begin line 1 with: " + ours % ""),
            ("", ["-ro"], "begin line 1 with: " + ours % " DIRECTORY"),
            ('from="10.0.0.1" ', [TOP],
             "add to the options of line 1: " + ours % ""),
            ("restrict ", [TOP],
             "add to the options of line 1: " + ours % "")):
        write(keys, options + KEY + "\n")
        done = Machine(shell="/bin/sh", ForceCommand=None,
                       AuthorizedKeysFile=keys).check(*PREFER, *words)
        need_inspection(done)
        fixes = [fix for w, fix in found(done.stdout) if ":1: a key" in w]
        suite.check_equal(fixes, [want], done.stdout)


@suite.case
def keys_that_are_a_fifo_do_not_keep_us_waiting():
    m = Machine(shell="/bin/sh", ForceCommand=None,
                AuthorizedKeysFile=TOP + "/keys.fifo")
    os.mkfifo(TOP + "/keys.fifo")
    done = m.check(make_place("drop"))
    suite.check("binds nobody" in done.stdout, done.stdout)


@suite.case
def reading_keys_lets_nobody_in():
    root = make_place("drop")
    m = Machine(AuthorizedKeysFile=root + "/keys")
    done = m.check(root)
    need_inspection(done)
    suite.check("AuthorizedKeysFile %s/keys is" % root in done.stdout,
                done.stdout)
    done = m.check("--read-only", *PREFER, root)
    suite.check_equal(found(done.stdout), [], "read-only")
