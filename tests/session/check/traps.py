"""Settings of sshd and login shells that let an account do more than SCP."""

import os
import re
import shutil
import subprocess
import time

import suite
from keys import KEY
from machine import (PREFER, TOP, UID, USER, Machine, found, give,
                     install, make_place,
                     need_inspection, rows, run, write)


@suite.case
def a_safe_account_is_called_safe():
    done = Machine().check(*PREFER, make_place("drop"))
    need_inspection(done)
    suite.check_equal(found(done.stdout), [], "findings")
    suite.check_equal(done.returncode, 0, done.stdout)
    suite.check(done.stdout.endswith("result: 0 unsafe, 0 broken\n"), done.stdout)


KEYS = {"shell": "/bin/sh"}
BY_KEYS = {"ForceCommand": None, "PasswordAuthentication": "no",
           "KbdInteractiveAuthentication": "no",
           "AuthorizedKeysFile": TOP + "/one-key"}

# What is wrong, and words of the finding.  Its advice is followed each time.
TRAPS = [
    ("internal_sftp_past_the_login_shell", {}, {"ForceCommand": None},
     "Subsystem sftp internal-sftp: sshd serves SFTP itself"),
    ("user_rc", KEYS, dict(BY_KEYS, PermitUserRC="yes",
                           AuthorizedKeysFile=TOP + "/loose-key"),
     "PermitUserRC yes: ~/.ssh/rc"),
    ("user_environment", {"home": "drop/h"}, {"PermitUserEnvironment": "yes"},
     "PermitUserEnvironment yes: "),
    ("user_environment_list", {"home": "drop/h"},
     {"PermitUserEnvironment": "LD_*"},
     "PermitUserEnvironment LD_*: "),
    ("forwarding", {}, {"DisableForwarding": "no"},
     "forwarding is not disabled: AllowTcpForwarding, "
     "AllowStreamLocalForwarding"),
    ("one_kind_of_forwarding", {},
     {"DisableForwarding": "no", "AllowTcpForwarding": "no",
      "AllowStreamLocalForwarding": "no", "PermitTunnel": "ethernet"},
     "forwarding is not disabled: PermitTunnel"),
    ("accept_env", {}, {"AcceptEnv": "LANG LC_* BASH_ENV"},
     "AcceptEnv LANG LC_* BASH_ENV: "),
    ("foreign_force_command", {}, {"ForceCommand": "internal-sftp -R"},
     "ForceCommand internal-sftp -R: sessions of this account don't"),
    ("no_binding", {"shell": "/bin/sh"}, {"ForceCommand": None},
     "login shell /bin/sh, no ForceCommand, and no key"),
    ("keys_inside", {"home": "drop/.keys"},
     {"AuthorizedKeysFile": "/etc/keys %h/authorized_keys"},
     "/authorized_keys is inside Root"),
    ("other_keys_inside", {"shell": "/bin/sh"},
     {"AuthorizedKeysFile": "/etc/keys/%%u %s/drop/k/%%U" % TOP},
     "AuthorizedKeysFile %s/drop/k/%d is inside Root" % (TOP, UID)),
    ("a_certificate", KEYS, dict(BY_KEYS, TrustedUserCAKeys="/etc/ssh/ca"),
     "TrustedUserCAKeys /etc/ssh/ca: a certificate"),
    ("principals", KEYS,
     dict(BY_KEYS, AuthorizedPrincipalsFile="/etc/ssh/principals"),
     "AuthorizedPrincipalsFile /etc/ssh/principals: "),
    ("keys_of_a_command", KEYS,
     dict(BY_KEYS, AuthorizedKeysCommand="/bin/cat /etc/ssh/k",
          AuthorizedKeysCommandUser="nobody"),
     "AuthorizedKeysCommand /bin/cat /etc/ssh/k: its keys are not known"),
    ("password", KEYS, dict(BY_KEYS, PasswordAuthentication="yes"),
     "a login without a key is possible"),
    ("keyboard", KEYS, dict(BY_KEYS, KbdInteractiveAuthentication="yes"),
     "a login without a key is possible"),
    ("gssapi", KEYS, dict(BY_KEYS, GSSAPIAuthentication="yes"),
     "a login without a key is possible"),
    ("hostbased", KEYS, dict(BY_KEYS, HostbasedAuthentication="yes"),
     "a login without a key is possible"),
    ("one_list_of_methods_without_a_key", KEYS,
     dict(BY_KEYS, PasswordAuthentication="yes",
          AuthenticationMethods="publickey,password password"),
     "a login without a key is possible"),
    ("a_tunnel_past_restricted_keys", KEYS,
     dict(BY_KEYS, DisableForwarding="no", PermitTunnel="yes"),
     "forwarding is not disabled: PermitTunnel"),
    ("forced_command_for_a_shell", {"shell": "/bin/sh"},
     {"ForceCommand": "scp-server ; $SSH_ORIGINAL_COMMAND"},
     "ForceCommand scp-server ; $SSH_ORIGINAL_COMMAND: a shell acts on it"),
    ("forced_command_with_a_pattern", {"shell": "/bin/sh"},
     {"ForceCommand": "scp-server -o AllowNames=*.txt"},
     "AllowNames=*.txt: a shell acts on it"),
    ("forced_command_of_another_program", {"shell": "/bin/sh"},
     {"ForceCommand": TOP + "/fake/scp-server"}, "don't start this program"),
    ("keys_of_all_inside", {}, {"AuthorizedKeysFile": TOP + "/drop/k/%u"},
     "AuthorizedKeysFile %s/drop/k/%s is inside Root" % (TOP, USER)),
]


def check_trap(account, sshd, words):
    def case():
        root = make_place("drop")
        write(TOP + "/loose-key", "command=\"scp-server %s\" %s\n" % (root, KEY))
        write(TOP + "/one-key", "restrict,command=\"scp-server %s\" %s\n" % (
            root, KEY))
        shutil.copy("/bin/true", make_place("fake", 0) + "/scp-server")
        if "home" in account:
            account["home"] = make_place(account["home"])
        m = Machine(**account, **sshd)
        done = m.check(root)
        need_inspection(done)
        seen = [(w, fix) for w, fix in found(done.stdout) if words in w]
        suite.check_equal(len(seen), 1, done.stdout)
        suite.check_equal(done.returncode, 1, "status")
        m.fix(seen[0][1])
        again = m.check(root)
        suite.check(words not in again.stdout,
                    "%s does not fix it: %s" % (seen[0][1], again.stdout))
    return case


for name, account, sshd, words in TRAPS:
    suite.add("trap_%s_and_its_fix" % name,
              check_trap(account, sshd, words))


@suite.case
def a_program_that_the_account_may_write_is_unsafe():
    m = Machine(shell="/bin/sh", ForceCommand=install(TOP + "/theirs"))
    for mode, uid, words in (
            (0o755, UID, "theirs/scp-server: others than root may change"),
            (0o757, 0, "theirs/scp-server: others than root may change"),
            (0o644, 0, "there is no such program"), (0o755, 0, None)):
        give(TOP + "/theirs/scp-server", uid)
        os.chmod(TOP + "/theirs/scp-server", mode)
        done = m.check(*PREFER, make_place("drop"))
        need_inspection(done)
        seen = [w for w, _ in found(done.stdout)]
        suite.check_equal(len(seen), 0 if words is None else 1, done.stdout)
        suite.check(words is None or words in seen[0], seen)


@suite.case
def an_account_without_a_root_is_named():
    scp = "/usr/local/bin/lib/scp"
    install(TOP + "/bin/lib", "scp")
    for shell, forced, told in (
            ("/usr/local/bin/scp-server", None, "no session begins: no Root"),
            ("/bin/sh", "/usr/local/bin/scp-server",
             "no session begins: no Root"),
            ("/bin/sh", scp + " -f /srv",
             "ForceCommand %s -f /srv: under the name of scp" % scp),
            ("/bin/sh", install(TOP + "/bin/lib", "sftp-server") + " -R",
             "/sftp-server -R: under the name of scp or sftp-server"),
            ("/bin/sh", scp + " -t /srv",
             "ForceCommand %s -t /srv: under" % scp)):
        m = Machine(shell=shell, ForceCommand=forced)
        done = m.check()
        need_inspection(done)
        seen = [pair for pair in found(done.stdout) if told in pair[0]]
        suite.check_equal(len(seen), 1, done.stdout)
        suite.check(seen[0][1].endswith(": Root DIRECTORY"), seen)
        suite.check_equal(done.returncode, 1, "status")
        for root in (make_place("drop"), "none"):
            suite.check(told not in m.check(root).stdout, root)
    for forced in ("/usr/local/bin/scp-server /srv/drop", "/bin/notscp",
                   "scp -t /srv"):
        m = Machine(shell="/bin/sh", ForceCommand=forced)
        suite.check(": Root DIRECTORY\n" not in m.check().stdout, forced)


@suite.case
def no_advice_takes_the_shell_of_root_away():
    """No ForceCommand and no other login shell: the host could not be
    repaired then."""
    keys = write(TOP + "/keys-of-root", KEY + "\n")
    root = make_place("firmware", 0)
    for text, told in (
            ("", "and no key with a command=: this policy binds nobody"),
            (KEY, ":1: a key without command=: it gets the login shell"),
            ('restrict,command="scp-server" ' + KEY, "reads ~/.bashrc before")):
        write(keys, text + "\n")
        m = Machine(ForceCommand=None, AuthorizedKeysFile=keys,
                    AuthenticationMethods="publickey")
        with open(m.passwd) as f:
            rows_of_all = f.read()
        write(m.passwd, re.sub(r"(?m)^(root:.*):[^:]*$", r"\1:/bin/bash",
                               rows_of_all))
        done = m.run("--user", "root", *PREFER, root)
        need_inspection(done)
        seen = found(done.stdout)
        suite.check(any(told in w for w, _ in seen), done.stdout)
        for what, fix in seen:
            suite.check("usermod" not in fix and "ForceCommand" not in fix,
                        what + fix)
            suite.check("a key" not in what or
                        fix.startswith("for a key that only copies, begin"),
                        fix)


@suite.case
def what_sshd_takes_of_root_counts():
    keys = write(TOP + "/keys-of-root", "")
    root = make_place("firmware", 0)
    bound = 'restrict,command="scp-server" %s\n' % KEY
    password = "a login without a key is possible"
    bare = "a key without command=: it gets the login shell"
    nobody = "no key with a command=: nobody can log in as root"
    for permit, text, wanted in (
            ("yes", bound, [password]), ("prohibit-password", bound, []),
            ("without-password", bound, []),
            ("forced-commands-only", bound, []),
            ("prohibit-password", KEY, [bare]),
            ("forced-commands-only", bound + KEY, []),
            ("forced-commands-only", "cert-authority " + KEY,
             ["a key that signs others, without command="]),
            ("forced-commands-only", KEY, [nobody])):
        write(keys, text + "\n")
        m = Machine(ForceCommand=None, AuthorizedKeysFile=keys,
                    PermitRootLogin=permit, PasswordAuthentication="yes")
        done = m.run("--user", "root", *PREFER, root)
        need_inspection(done)
        seen = [w for w, _ in found(done.stdout)]
        for words in (password, bare, nobody, "a key that signs"):
            suite.check_equal(any(words in w for w in seen),
                              any(words in w for w in wanted),
                              (permit, text, words, done.stdout))


@suite.case
def a_login_shell_with_start_up_files_is_unsafe():
    for shell, told in (("/bin/bash", "reads ~/.bashrc before"),
                        ("/usr/bin/zsh", "reads ~/.zshenv before"),
                        ("/bin/tcsh", "reads ~/.tcshrc before"),
                        ("/usr/sbin/nologin", "no session begins"),
                        ("/bin/sh", None), ("/bin/dash", None)):
        done = Machine(shell=shell).check(make_place("drop"))
        need_inspection(done)
        seen = [w for w in found(done.stdout) if "login shell" in w[0] and
                "no such program" not in w[0]]
        if told is None:
            suite.check_equal(seen, [], shell)
            continue
        suite.check_equal(len(seen), 1, done.stdout)
        suite.check(told in seen[0][0], seen)
        suite.check_equal(
            seen[0][1], 'p=$(command -v scp-server) && usermod -s "$p" ' + USER)


@suite.case
def without_a_forced_command_the_shell_is_what_counts():
    done = Machine(ForceCommand=None,
                   Subsystem="sftp /usr/lib/openssh/sftp-server").check(
                       *PREFER, make_place("drop"))
    need_inspection(done)
    suite.check_equal(found(done.stdout), [], "with our shell")


@suite.case
def a_match_block_for_another_account_does_not_count():
    m = Machine(DisableForwarding="no")
    m.last = "Match User nobody\nDisableForwarding yes\n"
    done = m.check(make_place("drop"))
    need_inspection(done)
    suite.check("UNSAFE: forwarding" in done.stdout, done.stdout)
    m.last = "Match User %s Address 127.0.0.1\nDisableForwarding yes\n" % USER
    suite.check("UNSAFE: forwarding" not in m.check(TOP + "/drop").stdout,
                "its own Match")


@suite.case
def every_kind_of_match_can_be_asked():
    """sshd refuses a question that leaves out what a Match looks at."""
    m = Machine()
    m.last = ("Match LocalAddress 10.0.0.1\nX11Forwarding yes\n"
              "Match LocalPort 2222\nX11Forwarding yes\n"
              "Match Host *.example\nX11Forwarding yes\n"
              "Match Group drop\nPermitUserRC yes\n")
    done = m.check(make_place("drop"))
    suite.check("not inspected" not in done.stdout, done.stdout)
    suite.check_equal(rows(done.stdout)["PermitUserRC"], "yes")


@suite.case
def an_open_account_with_a_shell_is_not_judged():
    done = Machine(shell="/bin/bash", ForceCommand=None, PermitUserRC="yes",
                   DisableForwarding="no").check()
    suite.check_equal(found(done.stdout), [], "findings")
    suite.check_equal(done.returncode, 0, done.stdout)
    done = Machine(DisableForwarding="no").check()
    need_inspection(done)
    suite.check("UNSAFE: forwarding" in done.stdout,
                "with our login shell: " + done.stdout)


@suite.case
def an_sshd_that_cannot_be_asked_is_told():
    m = Machine(NoSuchKeyword="yes")
    done = m.check(make_place("drop"))
    suite.check("UNSAFE: not inspected: /usr/sbin/sshd -T: " in done.stdout,
                done.stdout)
    suite.need_root()
    done = run(user=UID, group=UID, extra_groups=[])
    suite.check("not inspected: " in done.stdout, done.stdout)


@suite.case
def an_sshd_that_does_not_answer_is_given_up():
    """What it includes is a FIFO, at which it waits for ever."""
    m = Machine()
    fifo = TOP + "/fifo.conf"
    os.mkfifo(fifo)
    m.first = "Include %s\n" % fifo
    begun = time.monotonic()
    done = m.check(make_place("drop"))
    took = time.monotonic() - begun
    suite.check("UNSAFE: not inspected: /usr/sbin/sshd -T: it does not answer"
                in done.stdout, done.stdout)
    suite.check(9 < took < 20, "it took %.1f s" % took)
    left = subprocess.run(["pgrep", "-f", "sshd -T -C user=" + USER],
                          stdout=subprocess.PIPE, text=True)
    suite.check_equal(left.stdout, "", "sshd is left")


@suite.case
def settings_for_other_addresses_count():
    root = make_place("drop")
    included = write(TOP + "/included.conf",
                     "Match LocalPort 2022\nMaxSessions 5\n")
    odd = write(TOP + "/my file=.conf", "Match LocalPort 2023\nMaxSessions 5\n")
    for match, where in (
            ("Match Address 127.0.0.1", "Address is 192.0.2.77"),
            ("Match Address 10.1.*,!10.1.2.3/32", "Address is 10.1.1.1"),
            ("Match Address 10.0.0.0/8", "Address is 10.0.0.0"),
            ("Match Address ::/0", "Address is 2001:db8::77"),
            ("Match User bob Address 10.0.0.0/8", None),
            ("Match Host *.example.com", "Host is 1.example.com"),
            ("Match LocalAddress 10.9.*", "LocalAddress is 10.9.1.1"),
            ("Match LocalPort 2222", "LocalPort is 2222"),
            ("Match LocalPort 2222 Address 10.8.0.0/16",
             "Address is 10.8.0.0 and LocalPort is 2222"),
            ("Match Address nonsense,10.7.0.0/16 Host a,b",
             "Address is 10.7.0.0 and Host is a"),
            ("Match Address 10.1.1.*,!10.1.1.1", "Address is 10.1.1.2"),
            ("Match Address 10.0.0.0/8,!10.0.0.0/15", "Address is 10.2.0.0"),
            ("Match Address 10.0.0.0/8,!10.0.0.*", "Address is 10.0.1.0"),
            ("Match Address *.99", "Address is 1.1.1.99"),
            ("Match Address *99", "Address is 1.1.1.199"),
            ("Match Address 10.*.3.?,!10.1.*", "Address is 10.2.3.2"),
            ("Match Address fe80:*", "Address is fe80::1"),
            ("Match Address *:99", "Address is 1::99"),
            ("Match Address nonsense,*.example.com", None),
            ("Match Address 10.0.0.0/16,!10.0.0.0/8", None),
            ("Match Host *.example.com,!1.*", "Host is 2.example.com"),
            ("Match LocalAddress 10.9.0.*,!10.9.0.1,!10.9.0.2",
             "LocalAddress is 10.9.0.3"),
            ("Match Address 10.1.0.0/16\nMaxSessions 10\n"
             "Match Address 10.0.0.0/8", "Address is 10.0.0.0"),
            ("Match Address 10.0.0.0/16\nMaxSessions 10\n"
             "Match Address 10.0.0.0/8", "Address is 10.1.0.0"),
            ("Match Address 10.1.*\nMaxSessions 10\n"
             "Match Address 10.*", "Address is 10.2.2.2"),
            ("".join("Match Address 10.1.0.%d\nMaxSessions 10\n" % n
                     for n in range(40)) + "Match Address 10.2.0.0/16",
             "Address is 10.2.0.0"),
            ("Include /etc/ss[h]/*.none %s/in*d.conf" % TOP,
             "LocalPort is 2022"),
            ("Include " + included, "LocalPort is 2022"),
            ("Include %s/incl*.conf" % TOP, "LocalPort is 2022"),
            ('Include "%s"' % odd, "LocalPort is 2023"),
            ("Include '%s'" % odd, "LocalPort is 2023"),
            ("Include " + odd.replace(" ", "\\ "), "LocalPort is 2023"),
            ("Include /nowhere %s # %s" % (included, odd),
             "LocalPort is 2022"),
            ("Include /nowhere/*.conf", None)):
        m = Machine()
        m.last = match + "\n"
        m.last += "" if "Include" in match else "MaxSessions 5\n"
        done = m.check(*PREFER, root)
        need_inspection(done)
        seen = [w for w, _ in found(done.stdout)]
        suite.check_equal(seen, [] if where is None else [
            "MaxSessions of sshd is another one where %s: what is said here "
            "holds on this host only" % where], match)


@suite.case
def what_sshd_is_not_asked_about_is_told():
    root = make_place("drop")
    many = ["Match Address 10.%d.0.%d" % (n // 250, n % 250)
            for n in range(700)]
    for lines, words in (
            (["Match Address 10.*,!*.*"], "Match Address 10.*,!*.*"),
            (["Match RDomain mgmt"], "Match RDomain mgmt"),
            (["Match User %s RDomain *" % USER], "Match RDomain *"),
            (["Match RDomain mgmt User bob", "Match all"], None),
            (["Match Address 10.0.0.1 Address 10.0.0.2"],
             "Match Address 10.0.0.2"),
            (["Match Address " + ",".join(
                "10.0.%d.1" % n for n in range(80))],
             "Match Address 10.0.0.1,10.0.1.1"),
            (many[:300], "more than 200 connections"),
            (many, "more than 500 lines of Match"),
            (["Match User bob %s" % m[6:] for m in many], None)):
        m = Machine()
        m.last = "".join("%s\nMaxSessions 10\n" % line for line in lines)
        done = m.check(*PREFER, root)
        need_inspection(done)
        seen = [w for w, _ in found(done.stdout)]
        suite.check_equal(len(seen), 0 if words is None else 1, done.stdout)
        suite.check(words is None or (seen[0].startswith(words) and
                    "sshd was not asked about it" in seen[0]), seen)


@suite.case
def an_included_file_that_includes_itself_is_read_so_often_only():
    path = TOP + "/again.conf"
    write(path, "Match all\nInclude %s\n" % (TOP + "/other.conf"))
    m = Machine()
    m.last = "Include %s\n" % path
    write(TOP + "/other.conf", "Match LocalPort 2222\n")
    suite.check_equal(m.check(*PREFER, make_place("drop")).returncode, 0)
    write(TOP + "/other.conf", "Include %s\n" % path)
    begun = time.monotonic()
    m.check(*PREFER, make_place("drop"))
    suite.check(time.monotonic() - begun < 20, "it goes round")


@suite.case
def sftp_of_sshd_under_another_name_leads_past_a_login_shell():
    root = make_place("drop")
    words = ("Subsystem backup internal-sftp: sshd serves SFTP itself to who "
             "asks for that name, past the login shell and this policy")
    for force, subsystem, want in (
            (None, "backup internal-sftp", [words]),
            (None, "backup /usr/bin/internal-sftp", []),
            (None, "backup /usr/lib/internal-sftp-not", []),
            ("scp-server", "backup internal-sftp", [])):
        m = Machine(Subsystem=None, ForceCommand=force)
        m.last = "Match all\n"      # the lines before it are global
        m.first = "Subsystem %s\n" % subsystem
        done = m.check(*PREFER, root)
        need_inspection(done)
        seen = [w for w, _ in found(done.stdout) if "serves SFTP" in w]
        suite.check_equal(seen, want, (force, subsystem, done.stdout))


@suite.case
def an_environment_that_nobody_can_make_is_noted():
    m = Machine(PermitUserEnvironment="yes")
    root = make_place("drop")
    path = make_place("home/%s/.ssh" % USER) + "/environment"
    words = "PermitUserEnvironment yes: ~/.ssh/environment may be there"
    suite.check("note: PermitUserEnvironment yes: there is no" in
                m.check(root).stdout, "none")
    suite.check("~/.ssh/environment is within reach" in
                m.check("-o", "Root=none").stdout, "an open session")
    write(path, "")
    suite.check(words in m.check(root).stdout, "one")
    os.unlink(path)


@suite.case
def variables_of_a_key_reach_every_program():
    line = 'restrict,environment="%%s",command="scp-server" %s\n' % KEY
    for value, variable, told in (
            ("yes", "PATH=/srv/x:/usr/bin", True),
            ("yes", "LD_PRELOAD=/srv/x", True), ("no", "PATH=/srv/x", False),
            ("yes", "LC_ALL=C", False), ("yes", "LANG=C", False)):
        m = Machine(PermitUserEnvironment=value,
                    AuthorizedKeysFile=TOP + "/keys-with-variables")
        write(TOP + "/keys-with-variables", line % variable)
        done = m.check(*PREFER, make_place("drop"))
        need_inspection(done)
        words = "environment= of this key reaches every program"
        suite.check_equal(words in done.stdout, told, done.stdout)


@suite.case
def foreign_bytes_are_escaped():
    done = Machine(home="/ho\x1b]me\x9b").check(make_place("drop"))
    suite.check_equal(rows(done.stdout)["home"], "/ho\\x1b]me\\x9b")
    done = Machine(AcceptEnv="A\x9bB").check(TOP + "/drop")
    suite.check("\x9b" not in done.stdout, "raw bytes of sshd's")
    path = TOP + "/c\x1b[0m.conf"
    write(path, "Root none\n", 0o644)
    done = Machine().check("--config", path)
    suite.check_equal(rows(done.stdout)["configuration"],
                      TOP + "/c\\x1b[0m.conf")
    os.unlink(path)
    done = Machine().check("--config", path)
    suite.check("/c\\x1b[0m.conf" in done.stderr and "\x1b" not in done.stderr,
                "%r" % done.stderr)
