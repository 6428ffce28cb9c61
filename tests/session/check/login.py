"""Whether somebody can log in: keys that are none, methods, passwords."""

import os
import subprocess
import time

import suite
from keys import KEY
from machine import (PREFER, TOP, USER, Machine, found, make_place,
                     need_inspection, write)

DAY = 24 * 60 * 60
NO_PASSWORD = {"PasswordAuthentication": "no",
               "KbdInteractiveAuthentication": "no"}
NONE = "sshd takes none of the keys: nobody can log in as alice"
EXPIRED = "all keys have expired: nobody can log in as alice"
AGED = "the password of alice has to be changed: no session begins"
NOTE = "note: %s:%%d: sshd takes no key from this line: %%s\n" % (
    TOP + "/keys.login")
NO_KEY = "it is no key, or not all of one"
NO_OPTION = "it does not know an option of it, or its value"


def day(days, form="%Y%m%d"):
    return time.strftime(form, time.localtime(time.time() + days * DAY))


def machine(keys, row="*:20000:0:99999:7:::", **sshd):
    """An account with these keys and this row of /etc/shadow."""
    path = write(TOP + "/keys.login", keys)
    m = Machine(AuthorizedKeysFile=path, **sshd)
    m.over.append((write(TOP + "/shadow", "root:*:1::::::\n%s:%s\n" % (
        USER, row)), "/etc/shadow"))
    return m


def expect(m, *told):
    done = m.check(*PREFER, make_place("drop"))
    need_inspection(done)
    suite.check_equal([words for words, _ in found(done.stdout)], list(told),
                      done.stdout)
    suite.check_equal(done.returncode, 1 if told else 0, done.stdout)
    return done


def has(option):
    return "%s %s\n" % (option, KEY)


# A file of keys, the line that is no good, and why.
FAULTS = (
    (KEY[:40] + "\n" + KEY[40:] + "\n", 1, NO_KEY),
    (KEY[:76] + "\n", 1, NO_KEY),
    (KEY.replace("ssh-ed25519", "ssh-rsa") + "\n", 1, NO_KEY),
    (KEY.split()[1] + "\n", 1, NO_KEY),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", 1,
     NO_KEY + ": a private key"),
    ("PuTTY-User-Key-File-3: ssh-ed25519\n", 1, NO_KEY + ": a private key"),
    ("---- BEGIN SSH2 PUBLIC KEY ----\n%s\n" % KEY.split()[1], 1,
     NO_KEY + ": ssh-keygen -i -f converts it"),
    ("# mine\n" + has("restrictt"), 2, NO_OPTION),
    (has('comand="x"'), 1, NO_OPTION),
    (has("command=x"), 1, NO_OPTION),
    (has('command="x"y'), 1, NO_OPTION),
    (has('command="x'), 1, NO_KEY),
    (has('command="scp-server -wo /srv\\"'), 1, NO_KEY),
    (has("restrict, pty"), 1, NO_KEY),
    (has('restrict="x"'), 1, NO_OPTION),
    (has('expiry-time="2030-01-01"'), 1, NO_OPTION),
    (has('expiry-time="20301301"'), 1, NO_OPTION),
    (has('permitopen="host"'), 1, NO_OPTION),
    (has('permitopen="host:0"'), 1, NO_OPTION),
    (has('permitopen="::1:22"'), 1, NO_OPTION),
    (has('permitopen="[::1:22"'), 1, NO_OPTION),
    (has('permitlisten="x:y"'), 1, NO_OPTION),
    (has('permitlisten="65536"'), 1, NO_OPTION),
    (has('tunnel="x"'), 1, NO_OPTION),
    (has('tunnel=""'), 1, NO_OPTION),
    (has('environment="FOO"'), 1, NO_OPTION),
    (has('environment="A-B=c"'), 1, NO_OPTION),
    (has('from="10.*,192.0.2.7/24"'), 1, NO_OPTION),
    (has('from="!2001:db8::1/32,*"'), 1, NO_OPTION),
    (has('from="10.0.0.0/33"'), 1, NO_OPTION),
    (has('principals="alice"'), 1, "principals= without cert-authority"),
)


def check_fault(keys, line, why):
    def case():
        done = expect(machine(keys, **NO_PASSWORD), NONE)
        suite.check(NOTE % (line, why) in done.stdout, done.stdout)
        suite.check_equal(done.stdout.count("takes no key from this line"), 1,
                          done.stdout)
        # PAM could know a password; but somebody wanted a key
        expect(machine(keys, UsePAM="yes"), NONE)
        expect(machine(keys, "$y$x:20000:0:99999:7:::"))
        done = expect(machine(keys + KEY + "\n", **NO_PASSWORD))
        suite.check(NOTE % (line, why) in done.stdout, done.stdout)
    return case


for number, row in enumerate(FAULTS, 1):
    suite.add("no_key_%d" % number, check_fault(*row))


@suite.case
def what_is_a_key_is_taken():
    for line in (KEY, " \t" + KEY, KEY.rsplit(" ", 1)[0], has('from="10.*,!1"'),
                 has('command="a \\"b, c\\" d",no-PTY,environment="A=b"'),
                 has('from="192.0.2.0/24,!192.0.2.7,2001:db8::/32,::1,a/b"'),
                 has('from="fe80::1%lo"'), has('from=""'),
                 has('from="%s10.0.0.0/24"' % ("10.0.0.0/24," * 1000)), has('permitopen="a/1"'),
                 has("Restrict,pty\t"), has('permitopen="a:1",tunnel="0"'),
                 has('permitopen="[::1]:*",tunnel="Any",environment="A_1="'),
                 has('permitlisten="8080",permitlisten="[::]:1"')):
        done = expect(machine(line + "\n", **NO_PASSWORD))
        suite.check("takes no key" not in done.stdout, done.stdout)


@suite.case
def a_key_of_rsa_may_have_the_name_of_its_signature():
    suite.need_tool("ssh-keygen")
    path = TOP + "/rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", path],
                   check=True)
    with open(path + ".pub") as f:
        key = f.read()
    for name, is_key in (("ssh-rsa", True), ("rsa-sha2-256", True),
                         ("rsa-sha2-512", True), ("rsa", False),
                         ("rsa-sha2-384", False), ("ssh-ed25519", False)):
        done = machine(key.replace("ssh-rsa", name), **NO_PASSWORD).check(
            *PREFER, make_place("drop"))
        suite.check_equal("takes no key from" not in done.stdout, is_key, name)


@suite.case
def a_key_expires_when_its_day_begins():
    for end, past in ((day(0), True), (day(0) + "0000", True), (day(1), False),
                      (day(-1) + "235959", True), (day(2) + "0000Z", False),
                      (day(-0.1, "%Y%m%d%H%M"), True),
                      (day(0.1, "%Y%m%d%H%M"), False),
                      (day(-2) + "Z", True), ("20200101UTC", True)):
        told = [EXPIRED] if past else []
        expect(machine(has('expiry-time="%s"' % end), **NO_PASSWORD), *told)
    both = has('expiry-time="%s",expiry-time="%s"' % (day(-1), day(1)))
    expect(machine(both, **NO_PASSWORD), EXPIRED)


@suite.case
def a_password_that_has_to_be_changed():
    now = int(time.time() / DAY)
    for row, aged in (("0:0:99999:7:::", True), ("%d:0:99999:7:::" % now, False),
                      ("%d:0:90:7:::" % (now - 91), True),
                      ("%d:0:90:7:::" % (now - 90), False),
                      ("%d:0:-1:7:::" % (now - 900), False),
                      ("%d:0::7:::" % (now - 900), False),
                      (":0:90:7:::", False)):
        m = machine(KEY + "\n", "!:" + row, UsePAM="yes")
        expect(m, *[AGED] * aged)
        # without PAM only after a login with it
        expect(machine(KEY + "\n", "*:" + row))
        expect(machine("", "$y$x:" + row), *[AGED] * aged)


@suite.case
def methods_that_the_account_does_not_have():
    told = "AuthenticationMethods %s: %s: nobody can log in as alice"
    no_password = "there is no password here"
    for methods, keys, row, pam, why in (
            ("publickey,password", KEY, "!", "yes", no_password),
            ("password", KEY, "!", "yes", no_password),
            ("password", KEY, "*", "no", no_password),
            ("publickey,keyboard-interactive:pam", KEY, "!", "yes",
             no_password),
            ("publickey,password", KEY, "$y$x", "no", None),
            ("publickey,password publickey", KEY, "!", "yes", None),
            ("password publickey", KEY, "*", "no", None),
            ("any", KEY, "!", "yes", None),
            ("publickey", "", "$y$x", "no", "there is no key"),
            ("publickey,password", "", "$y$x", "no", "there is no key"),
            ("password", "", "$y$x", "no", None)):
        m = machine(keys + "\n", row + ":20000:0:99999:7:::", UsePAM=pam,
                    AuthenticationMethods=methods)
        expect(m, *[told % (methods, why)] * (why is not None))


@suite.case
def neither_key_nor_password_and_no_pam():
    expect(machine("", "*:20000:0:99999:7:::"),
           "there is no key: nobody can log in as alice")
    expect(machine("", "$y$x:20000:0:99999:7:::"))


@suite.case
def that_nobody_may_log_in_is_noted():
    note = ("note: /etc/nologin: as long as it is there, sshd lets nobody in "
            "but root\n")
    suite.check(note not in machine(KEY).check().stdout, "without it")
    if os.path.exists("/etc/nologin"):
        suite.skip("nobody may log in here")
    write("/etc/nologin", "")
    try:
        suite.check(note in machine(KEY).check(TOP).stdout, "with it")
    finally:
        os.unlink("/etc/nologin")
