"""Who is let in, where requests lead, and what a session may do, in words."""

import os
import re
import shutil

import suite
from machine import (PREFER, TOP, UID, Machine, found, install, make_place,
                     need_inspection, write)
from keys import KEY
from works import expect


def broken_words(m):
    done = m.check(*PREFER, make_place("drop"))
    need_inspection(done)
    return [w for w, _ in found(done.stdout)]


@suite.case
def lists_of_sshd_that_keep_the_account_out():
    root = make_place("drop")
    for keyword, value, out in (
            ("AllowUsers", "bob carol", True), ("AllowUsers", "bob a*", False),
            ("AllowUsers", "alice@*", False), ("AllowUsers", "al?ce", False),
            ("AllowUsers", "alice@10.0.0.0/8", False),
            ("DenyUsers", "bob ali*", True), ("DenyUsers", "bob", False),
            ("DenyUsers", "alice@10.0.0.1", False),
            ("AllowGroups", "staff", True), ("AllowGroups", "dr*p", False),
            ("AllowGroups", "alice", False),
            ("DenyGroups", "drop", True), ("DenyGroups", "staff", False)):
        expect(Machine(**{keyword: value}),
               ["%s %s: alice is" % (keyword, value) if keyword != "DenyUsers"
                else "DenyUsers %s: sshd lets nobody in as alice" % value]
               if out else [], root)


@suite.case
def lists_with_hosts_are_noted():
    for keyword in ("AllowUsers", "DenyUsers"):
        done = Machine(**{keyword: "alice@10.0.0.1"}).check(make_place("drop"))
        suite.check("note: %s alice@10.0.0.1: sshd lets the account in from "
                    "some hosts only\n" % keyword in done.stdout, done.stdout)


@suite.case
def a_login_shell_that_is_not_there():
    done = Machine(shell="/bin/noshell").check(make_place("drop"))
    suite.check("BROKEN: login shell /bin/noshell: there is no such program, "
                "so sshd lets nobody in" in done.stdout, done.stdout)


def with_pam(environment, pam="session required pam_env.so\n", **sshd):
    m = Machine(shell="/bin/sh", UsePAM="yes", **sshd)
    m.over += [(write(TOP + "/environment", environment), "/etc/environment"),
               (write(TOP + "/pam", pam), "/etc/pam.d/sshd")]
    return m


def need_pam():
    suite.need_root()
    if not os.path.exists("/etc/pam.d/sshd"):
        suite.skip("needs /etc/pam.d/sshd")
    if not os.path.exists("/etc/environment"):
        suite.skip("needs /etc/environment")


@suite.case
def the_path_that_pam_sets_is_the_one():
    need_pam()
    install(make_place("elsewhere", 0))
    missing = ["ForceCommand scp-server: sessions of this account start nothing"]
    root = make_place("drop")
    for text, told in (
            ("PATH=/usr/bin:/bin\n", missing),
            ('export PATH="/usr/bin:/bin"\n', missing),
            ("PATH=/usr/bin:%s/elsewhere\n" % TOP, []),
            ("XPATH=/usr/bin\n#PATH=/\n", [])):
        expect(with_pam(text), told, root)
        expect(with_pam(text, pam="#session required pam_env.so\n"), [], root)
    expect(with_pam("PATH=/usr/bin\n", "@include sshd-more\n"), [], root)
    expect(with_pam("PATH=/usr/bin\n",
                    "session include %s/pam-more\n" % TOP), [], root)
    write(TOP + "/pam-more", "session required pam_env.so readenv=1\n")
    expect(with_pam("PATH=/usr/bin\n",
                    "session include %s/pam-more\n" % TOP), missing, root)
    expect(with_pam("PATH=/usr/bin\n", SetEnv="PATH=%s/elsewhere" % TOP), [],
           root)


@suite.case
def a_path_that_is_not_known_is_unsafe():
    need_pam()
    write(TOP + "/env.conf", "PATH DEFAULT=/usr/bin:@{HOME}/bin\n")
    pam = "session required pam_env.so conffile=%s/env.conf\n" % TOP
    told = "depends on PATH, and PAM (pam_env.conf) may set another one"
    seen = broken_words(with_pam("", pam))
    suite.check(len(seen) == 1 and told in seen[0], seen)
    m = with_pam("", pam, ForceCommand="/usr/local/bin/scp-server")
    suite.check_equal(broken_words(m), [], "a whole path")


@suite.case
def a_directory_of_path_that_others_may_write_is_unsafe():
    suite.need_root()
    install(make_place("bin-of-root", 0))
    for uid, mode, loose in ((0, 0o755, False), (UID, 0o755, True),
                             (0, 0o775, True), (0, 0o1777, True)):
        os.chmod(make_place("early", 0), mode)
        os.chown(TOP + "/early", uid, uid)
        seen = broken_words(Machine(
            shell="/bin/sh", SetEnv="PATH=%s/early:%s/bin-of-root" % (TOP, TOP)))
        suite.check_equal(len(seen), 1 if loose else 0, seen)
        suite.check(not loose or "others than root may change" in seen[0], seen)


@suite.case
def a_directory_of_path_that_a_session_could_make_is_unsafe():
    suite.need_root()
    install(make_place("bin-of-root", 0))
    for first, loose in ((".", True), ("", True), ("bin", True),
                         (make_place("mine") + "/bin", True),
                         (make_place("roots", 0) + "/bin", False)):
        seen = broken_words(Machine(
            shell="/bin/sh", SetEnv="PATH=%s:%s/bin-of-root" % (first, TOP)))
        suite.check_equal(len(seen), 1 if loose else 0, (first, seen))


@suite.case
def a_login_shell_that_others_may_change_is_unsafe():
    suite.need_root()
    place = make_place("shells", 0)
    shutil.copy("/bin/sh", place + "/sh")
    for of_dir, of_shell, mode, loose in (
            (0, 0, 0o755, False), (0, 0, 0o777, True), (0, UID, 0o755, True),
            (UID, 0, 0o755, True)):
        os.chown(place, of_dir, 0)
        os.chown(place + "/sh", of_shell, 0)
        os.chmod(place + "/sh", mode)
        seen = broken_words(Machine(shell=place + "/sh"))
        suite.check_equal(seen, ["login shell %s/sh: others than root may "
                                 "change it" % place] if loose else [])


@suite.case
def a_forced_copy_that_the_policy_refuses_is_broken():
    root = make_place("drop")
    for words, access, told in (
            ("-t /", "read-only", "uploads are not allowed"),
            ("-f /x", "write-only", "downloads are not allowed"),
            ("-t /", "write-only", None), ("-f /x", "read-only", None)):
        m = Machine(shell="/bin/sh", ForceCommand="scp-server -o Access=%s %s"
                    % (access, words))
        expect(m, ["each copy is refused: " + told] if told else [], root)


@suite.case
def a_program_in_a_directory_that_others_may_write_is_unsafe():
    m = Machine(shell="/bin/sh", ForceCommand=install(TOP + "/open/deep"))
    for uid, mode, loose in ((0, 0o755, False), (0, 0o777, True),
                             (UID, 0o755, True), (0, 0o1777, False)):
        os.chown(TOP + "/open", uid, uid)
        os.chmod(TOP + "/open", mode)
        seen = broken_words(m)
        suite.check_equal(len(seen), 1 if loose else 0, seen)


@suite.case
def a_key_that_signs_others_has_to_have_a_command():
    keys = write(TOP + "/keys-that-sign", "cert-authority,restrict %s\n" % KEY)
    m = Machine(shell="/bin/sh", ForceCommand=None,
                AuthenticationMethods="publickey", AuthorizedKeysFile=keys)
    seen = broken_words(m)
    suite.check(len(seen) == 1 and ":1: a key that signs others, without "
                "command=: it gets the login shell" in seen[0], seen)
    write(keys, "cert-authority,restrict,command=\"scp-server %s\" %s\n" % (
        make_place("drop"), KEY))
    suite.check_equal(broken_words(m), [], "with a command")


@suite.case
def where_requests_lead_is_shown():
    server = "/usr/local/bin/scp-server"
    root = make_place("drop")
    for shell, sshd, words, want in (
            ("/bin/sh", {}, [root], (server, server, "work: SFTP is served")),
            (server, {"ForceCommand": None, "Subsystem": None}, [root],
             (server, server, "need scp -O: sshd has no Subsystem sftp")),
            (server, {"ForceCommand": None, "Subsystem": "sftp " + server},
             [root], (server, server, "need scp -O: what Subsystem sftp of "
                      "sshd names is not served")),
            ("/bin/sh", {"Subsystem": "sftp /usr/lib/sftp-server -P remove"},
             [root], (server, server, "need scp -O: what Subsystem sftp of "
                      "sshd names is not served")),
            ("/bin/sh", {"Subsystem": "sftp /usr/lib/sftp-server -l INFO"},
             [root], (server, server, "work: SFTP is served")),
            ("/bin/bash", {"ForceCommand": None}, [],
             ("/usr/bin/scp (another program)",
              "sshd itself (internal-sftp)", None)),
            ("/bin/bash", {"ForceCommand": None,
                           "Subsystem": "sftp /nowhere/sftp-server -e"}, [],
             ("/usr/bin/scp (another program)",
              "/nowhere/sftp-server (there is no such program)", None))):
        done = Machine(shell=shell, **sshd).check(*PREFER, *words)
        need_inspection(done)
        seen = {line[2:24].strip(): line[25:] for line in
                done.stdout.splitlines() if " to  " in line or
                "modern clients" in line}
        suite.check_equal(
            (seen.get("scp leads to"), seen.get("sftp leads to"),
             seen.get("modern clients")), want, done.stdout)


@suite.case
def the_script_of_the_drop_in_leads_to_this_program():
    """contrib/drop-in, wherever it and the server were installed."""
    suite.need_root()
    place = make_place("drop-in", 0)
    server = install(make_place("drop-in-server", 0))
    with open(os.path.join(suite.TOP, "contrib/drop-in/scp")) as f:
        script = re.sub(r"(?m)^server=.*$", "server=" + server, f.read())
    m = Machine(shell="/bin/sh", ForceCommand=None,
                SetEnv="PATH=%s:/usr/bin:/bin" % place)
    for text, want in (
            (script, "%s (this program, by the script %s/scp)"
             % (server, place)),
            (script.replace(server, "/nowhere/scp"), "/nowhere/scp (there is "
             "no such program, by the script %s/scp)" % place),
            ("#!/bin/sh\nserver=%s\n" % server,
             "%s/scp (another program)" % place)):
        os.chmod(write(place + "/scp", text), 0o755)
        done = m.check(*PREFER)
        need_inspection(done)
        suite.check(re.search("scp leads to +%s\n" % re.escape(want),
                              done.stdout), done.stdout)


def said(done):
    need_inspection(done)
    return [line[25:] for line in done.stdout.splitlines()
            if line.startswith("  may ")]


@suite.case
def what_an_account_may_do_is_said_in_words():
    root = make_place("drop")
    for words, want in (
            (["-wo", "-no-overwrite", "-o", "MaxFileSize=100M", root],
             "only upload, into %s, new files only, each up to 100 MiB, by "
             "SCP and SFTP" % root),
            (["-ro", root],
             "only download, from %s, by SCP and SFTP" % root),
            ([root], "upload and download, in %s, old files are replaced, "
             "by SCP and SFTP" % root),
            (["-no-overwrite", "-o", "Modify=yes", root],
             "upload and download, in %s, new files only, but by SFTP old "
             "ones are removed and renamed, by SCP and SFTP" % root),
            (["-o", "Overwrite=versions", "-o", "Modify=own", root],
             "upload and download, in %s, old files are kept beside new ones, "
             "by SCP and SFTP" % root),
            (["-o", "Root=none", "-o", "MaxSessionBytes=5000000", "-o",
              "MaxSessionFiles=10"],
             "upload and download, in every directory that its own rights "
             "reach, old files are replaced, at most 10 files in a session, at most 5 MB in a "
             "session, by SCP and SFTP")):
        suite.check_equal(said(Machine().check(*PREFER, *words)), [want])
    suite.check_equal(
        said(Machine(shell="/bin/bash", ForceCommand=None).check()),
        ["do whatever its login shell lets it do"])


@suite.case
def a_key_that_names_the_copy_may_do_nothing_else():
    root = make_place("drop")
    for words, want in (("-f /hook", "only download, from"),
                        ("-t /new", "only upload, into")):
        keys = write(TOP + "/keys-that-name", 'restrict,command="scp-server '
                     '-o Root=%s %s" %s\n' % (root, words, KEY))
        done = Machine(shell="/bin/sh", ForceCommand=None,
                       AuthenticationMethods="publickey",
                       AuthorizedKeysFile=keys).check(*PREFER)
        may, = said(done)
        suite.check(may.startswith("%s %s" % (want, root)) and
                    may.endswith("what the command names, by SCP"), may)
        suite.check("need scp -O: the command names the copy" in done.stdout,
                    done.stdout)


@suite.case
def what_each_key_may_do_is_said_in_words():
    root = make_place("drop")
    keys = write(TOP + "/keys-in-words", "".join(
        'restrict,%scommand="scp-server %s %s" %s%d\n' % (
            more, options, root, KEY, number)
        for number, (more, options) in enumerate((
            ('from="10.0.0.0/8",', "-wo -o MaxFileSize=1M"), ("", "-ro"),
            ("", "-ro")))))
    m = Machine(shell="/bin/sh", ForceCommand=None,
                AuthenticationMethods="publickey", AuthorizedKeysFile=keys)
    done = m.check(*PREFER)
    suite.check_equal(said(done), [
        "only upload, into %s, new files only, each up to 1 MiB, by "
        "SCP and SFTP, from 10.0.0.0/8" % root,
        "only download, from %s, by SCP and SFTP" % root], done.stdout)
    for name, value in (("Access", "write-only"), ("MaxFileSize", "1048576"),
                        ("from", "10.0.0.0/8"), ("Access", "read-only")):
        suite.check("\n  %-22s %s\n" % ("  " + name, value) in done.stdout,
                    done.stdout)
    with open(keys, "a") as f:
        f.write(KEY + "\n")
    done = m.check(*PREFER, root)
    suite.check("as long as something is UNSAFE the account may do more than "
                "this:\n" in done.stdout, done.stdout)
    suite.check_equal(said(done)[2:], ["do whatever its login shell lets it "
                                       "do"], done.stdout)


@suite.case
def an_account_that_nothing_binds_may_do_what_its_shell_does():
    done = Machine(shell="/bin/sh", ForceCommand=None).check(
        *PREFER, make_place("drop"))
    suite.check_equal(said(done), ["do whatever its login shell lets it do"])
