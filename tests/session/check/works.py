"""What can't work, though nothing about it is unsafe."""

import os

import private
import suite
from keys import KEY
from machine import (PREFER, TOP, UID, USER, Machine, found, give, install,
                     make_place, need_inspection, write)


def broken(done):
    return [line.strip() for line in done.stdout.splitlines()
            if line.startswith(("  BROKEN: ", "  UNSAFE: "))]


def expect(m, told, *words):
    """Each of these is found and nothing else."""
    done = m.check(*PREFER, *words)
    need_inspection(done)
    seen = broken(done)
    suite.check_equal(len(seen), len(told), done.stdout + done.stderr)
    for want, have in zip(told, seen):
        suite.check(have.startswith("BROKEN: ") and want in have, have)
    suite.check_equal(done.returncode, 1 if told else 0, "status")


@suite.case
def a_configuration_that_the_account_can_not_read():
    for mode, told in ((0o600, ["conf: Permission denied: no session"]),
                       (0o640, ["conf: Permission denied: no session"]),
                       (0o644, [])):
        conf = write(TOP + "/conf", "Root %s\n" % make_place("drop"), mode)
        expect(Machine(), told, "--config", conf)


@suite.case
def a_root_that_the_account_can_not_enter_or_write():
    for mode, uid, access, told in (
            (0o700, 0, "read-only", ["can't be entered: Permission denied"]),
            (0o755, 0, "read-only", []),
            (0o755, 0, "read-write", ["uploads into / fail: Permission"]),
            (0o755, 0, "write-only", ["uploads into / fail: Permission"]),
            (0o755, UID, "write-only", []), (0o777, 0, "write-only", []),
            (0o555, UID, "write-only", ["uploads into / fail: Permission"])):
        root = make_place("modes", uid)
        os.chmod(root, mode)
        expect(Machine(), told, "-o", "Access=" + access, root)


@suite.case
def what_gives_the_account_its_root_is_told():
    where = TOP + "/not/there"
    closed = make_place("closed", 0)
    os.chmod(closed, 0o700)
    dead = make_place("dead", 0)
    os.chmod(dead, 0o755)
    for root, words, told, fix in (
            (where, [], "Root %s can't be opened: No such file or directory: "
             "no session begins" % where, "install -d -o alice -m 0700 " +
             where),
            (where, ["-ro"], "Root %s can't be opened: No such file or "
             "directory: no session begins" % where, "install -d -m 0755 " +
             where),
            (closed, [], "Root %s can't be entered: Permission denied: nothing "
             "in it is reached" % closed, "let alice enter %s and the "
             "directories above it (chown, chmod)" % closed),
            (dead, [], "uploads into / fail: Permission denied",
             "let alice write %s (chown, chmod), or a directory in it that "
             "StartDirectory names" % dead)):
        done = Machine().check(*PREFER, *words, root)
        need_inspection(done)
        suite.check_equal(found(done.stdout), [(told, fix)], done.stdout)


@suite.case
def a_root_with_a_directory_for_uploads_works():
    make_place("outer", 0)
    expect(Machine(), ["uploads into / fail"], TOP + "/outer")
    make_place("outer/.hidden")
    expect(Machine(), ["uploads into / fail"], TOP + "/outer")
    make_place("outer/in")
    expect(Machine(), [], TOP + "/outer")
    expect(Machine(), [], "-o", "StartDirectory=/in", TOP + "/outer")
    expect(Machine(), ["uploads into /no fail: No such file"],
           "-o", "StartDirectory=/no", TOP + "/outer")


@suite.case
def an_open_session_that_can_publish_nowhere():
    opened = ["-o", "Root=none"]
    expect(Machine(), [], *opened)
    for home, told in (("/proc", "uploads into /proc fail: "),
                       ("/nonexistent", "uploads into /nonexistent fail: No"),
                       ("/etc", "uploads into /etc fail: Permission")):
        expect(Machine(home=home), [told], *opened)
        expect(Machine(home=home), [], "-o", "Access=read-only", *opened)


@suite.case
def a_program_that_the_account_can_not_run():
    where = make_place("only-root", 0)
    m = Machine(shell="/bin/sh", ForceCommand=install(where))
    for mode, told in ((0o700, ["the account can't run"]), (0o755, [])):
        os.chmod(where, mode)
        expect(m, told, make_place("drop"))
    program = os.path.join(where, "scp-server")
    for mode in 0o4755, 0o2755:
        os.chmod(program, mode)
        expect(m, ["%s is setuid or setgid: no session" % program],
               make_place("drop"))
    os.chmod(program, 0o755)
    for shell in "/nowhere/scp-server", "scp-server":
        expect(Machine(shell=shell), ["there is no such program"],
               TOP + "/drop")
    expect(Machine(shell="/bin/sh", ForceCommand="/nowhere/scp-server"),
           ["there is no such program"], TOP + "/drop")


@suite.case
def a_machine_without_a_log_socket():
    """Where Audit is required no session begins."""
    m = Machine()
    m.hidden = "/dev/log"
    root = make_place("drop")
    expect(m, ["no syslog: nothing takes records at /dev/log: sessions"], root)
    expect(m, ["no syslog: nothing takes records at /dev/log: no session"],
           "-o", "Audit=require", root)
    expect(m, [], "-o", "AuditLog=none", root)
    expect(m, ["Audit require with AuditLog none: no session begins"],
           "-o", "AuditLog=none", "-o", "Audit=require", root)


@suite.case
def the_path_of_sshd_stands_among_other_variables():
    for other in ("LD_LIBRARY_PATH=/nowhere ", "A=b ", ""):
        m = Machine(shell="/bin/sh", SetEnv=other + "PATH=/usr/local/bin")
        expect(m, [], make_place("drop"))
        m = Machine(shell="/bin/sh", SetEnv=other + "PATH=/nowhere")
        expect(m, ["there is no such program"], make_place("drop"))


@suite.case
def a_relay_without_any_key():
    root = make_place("drop")
    m = Machine()
    for item in ("host:22", "http://x", "store@vault:/srv", "user@", "@host",
                 "10.0.0.0/33", "10/8", "host/24"):
        expect(m, ["Relay %s names no host" % item, "has no key"],
               "-o", "Relay=vault %s *" % item, root)
    expect(m, ["has no key"], "-o", "Relay=* a@* [::1] [::1]/64 ::1 fd00:* "
           "10.0.0.0/8 fe80::1%eth0 u@[::1] u@10.1.2.3 a?.[b-c]d", root)
    relay = ["-o", "Relay=vault", root]
    expect(m, ["Relay can't work: alice has no key"], *relay)
    key = write(TOP + "/relay-key", "x", 0o600)
    config = write(TOP + "/relay", "Host *\n  IdentityFile %s\n" % key)
    for uid, told in ((0, ["has no key"]), (UID, [])):
        give(key, uid)
        expect(m, told, "-o", "RelayConfig=" + config, *relay)
    config = write(TOP + "/relay", "IdentityFile ~/.ssh/relay\n", 0o600)
    expect(m, ["the account can't read it"], "-o", "RelayConfig=" + config,
           *relay)
    os.chmod(config, 0o644)
    expect(m, ["has no key"], "-o", "RelayConfig=" + config, *relay)
    make_place("home/%s/.ssh" % USER)
    for name in ("relay", "id_ed25519"):
        path = give(write(m.home + "/.ssh/" + name, "x", 0o600))
        expect(m, [], "-o", "RelayConfig=" + config, *relay)
        os.unlink(path)
    expect(Machine(DisableForwarding="no", AllowTcpForwarding="no",
                   AllowStreamLocalForwarding="no", X11Forwarding="no",
                   AllowAgentForwarding="no"), ["has no key"], *relay)


@suite.case
def a_key_is_found_as_ssh_finds_it():
    relay = ["-o", "Relay=vault", "-o", "RelayConfig=" + TOP + "/relay",
             make_place("drop")]
    give(write(TOP + "/a key", "x", 0o600))
    for line, told in (("IdentityFile '%s/a key'", []),
                       ('IdentityFile "%s/a key"  ', []),
                       ('IdentityFile="%s/a key"', []),
                       ("IdentityFile = %s/a\\ key # a key", []),
                       ("Include %s/more", []),
                       ("IdentityFile ${HOME}/x %s", []),
                       ("IdentityFile %s/a key", ["has no key"]),
                       ("IdentityFile %s/none", ["has no key"])):
        write(TOP + "/relay", line % TOP + "\n")
        expect(Machine(), told, *relay)


@suite.case
def a_configuration_of_a_relay_that_others_may_exchange():
    relay = ["-o", "Relay=vault", make_place("drop")]
    inner = make_place("theirs") + "/relay"
    write(inner, "IdentityAgent x\n")
    link = TOP + "/relay-link"
    if not os.path.lexists(link):
        os.symlink("theirs", link)
    loose = write(TOP + "/relay-loose", "IdentityAgent x\n", 0o664)
    for path, told in ((inner, "others than root may put another"),
                       (link + "/relay", "others than root may put another"),
                       (loose, "writable by others than root")):
        expect(Machine(), ["Relay can't work: RelayConfig %s: %s"
                           % (path, told)], "-o", "RelayConfig=" + path,
               *relay)


@suite.case
def sync_needs_a_directory_that_can_be_read():
    root = make_place("one-way")
    os.chmod(root, 0o300)
    expect(Machine(), ["uploads into / fail: Permission denied"],
           "-o", "Sync=always", root)
    expect(Machine(), [], root)
    os.chmod(root, 0o700)


@suite.case
def a_chroot_without_the_program():
    expect(Machine(ChrootDirectory=make_place("jail", 0)),
           ["/usr/local/bin/scp-server is not in it"], make_place("drop"))
    install(make_place("jail/usr/local/bin", 0))
    done = Machine(ChrootDirectory=TOP + "/%u").check(*PREFER, TOP + "/drop")
    suite.check("ChrootDirectory %s/alice: /usr/local/bin/scp-server is not" %
                TOP in done.stdout, done.stdout)
    done = Machine(ChrootDirectory=TOP + "/jail").check(*PREFER, TOP + "/drop")
    suite.check("UNSAFE: ChrootDirectory %s/jail: Root, the configuration and "
                "this program are looked up inside" % TOP in done.stdout,
                done.stdout)


@suite.case
def a_forced_command_without_a_root():
    for forced in ("scp-server", "scp-server --read-only",
                   "scp-server -t /srv", "scp-server -o Umask=077"):
        expect(Machine(shell="/bin/sh", ForceCommand=forced),
               ["ForceCommand %s: no session begins: no Root" % forced])
    root = make_place("drop")
    expect(Machine(shell="/bin/sh", ForceCommand="scp-server " + root), [])
    keys = write(TOP + "/keys-of-one", 'restrict,command="scp-server" %s\n' %
                 KEY)
    m = Machine(shell="/bin/sh", ForceCommand=None,
                AuthenticationMethods="publickey", AuthorizedKeysFile=keys)
    expect(m, ['command="scp-server": no session begins: no Root'])
    expect(m, [], root)
    write(keys, 'restrict,command="scp-server %s/no" %s\n' % (TOP, KEY))
    expect(m, ["/no can't be opened: No such file"])


@suite.case
def an_option_that_our_login_shell_does_not_take():
    """What is asked in addition does not hide it."""
    for option in ("AuditLog=none", "Sandbox=prefer"):
        told = "no session begins: %s: not allowed through" % option
        m = Machine(ForceCommand="scp-server -o " + option)
        done = m.check(*PREFER, make_place("drop"))
        suite.check(told in done.stdout, done.stdout)
    expect(Machine(ForceCommand="scp-server -wo"), [], make_place("drop"))


@suite.case
def a_journal_that_drops_records_is_noted():
    words = "note: journald takes the records, and drops what comes too fast"
    root = make_place("drop")
    suite.check(words not in Machine().check(root).stdout, "without one")
    path = "/run/systemd/journal/socket"
    if os.path.exists(path) or not os.environ.get(private.ENTERED):
        suite.skip("needs a private system")
    os.makedirs(os.path.dirname(path))
    write(path, "")
    try:
        done = Machine().check(root)
        suite.check(words in done.stdout, done.stdout)
        suite.check(words not in Machine().check(
            "-o", "AuditLog=none", root).stdout, "without a record")
    finally:
        os.unlink(path)
