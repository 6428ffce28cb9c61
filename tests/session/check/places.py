"""The Root, the start directory, the log and the home of the account."""

import os

import suite
from keys import KEY
from machine import (PREFER, TOP, UID, USER, Machine, found, give, make_place,
                     need_inspection, rows, run, write)


@suite.case
def a_directory_that_can_publish_is_told():
    seen = rows(run(TOP).stdout)
    suite.check(seen["/"].startswith(("unnamed", "named")), seen["/"])


@suite.case
def a_directory_that_cannot_publish_new_files_is_unsafe():
    """procfs has no unnamed files; only root gets that far."""
    suite.need_root()
    done = run("/proc")
    suite.check_equal(rows(done.stdout)["/"].split(":")[0], "named")
    suite.check("can't publish" not in done.stdout, done.stdout)
    done = run("--write-only", "/proc")
    suite.check_equal(done.returncode, 1, done.stdout)
    suite.check("uploads into / are refused" in done.stdout, done.stdout)


@suite.case
def directories_are_tried_as_the_account():
    make_place("closed", 0)
    seen = rows(Machine().check(TOP + "/closed").stdout)
    suite.check_equal(seen["/"], "Permission denied")
    make_place("closed/in")
    seen = rows(Machine().check("-o", "StartDirectory=/in",
                                TOP + "/closed").stdout)
    suite.check(seen["/in"].startswith(("unnamed", "named")), seen["/in"])


@suite.case
def a_root_that_is_not_there_is_unsafe():
    done = run(TOP + "/missing")
    suite.check_equal(done.returncode, 1, done.stdout)
    suite.check("/missing can't be opened: No such file" in done.stdout,
                done.stdout)


@suite.case
def a_log_that_the_account_may_not_write_is_unsafe():
    log = write(TOP + "/log", "", 0o600)
    for mine, words in ((False, "Permission denied: no session begins"),
                        (True, None)):
        if mine:
            give(log)
        done = Machine().check(*PREFER, "-o", "AuditLog=" + log,
                               make_place("drop"))
        need_inspection(done)
        seen = [w for w, _ in found(done.stdout)]
        suite.check_equal(len(seen), 0 if words is None else 1, done.stdout)
        suite.check(words is None or words in seen[0], seen)
    for log, told in ((TOP + "/none", "none: Permission denied: no session"),
                      (make_place("logs") + "/none", "there is none yet")):
        done = Machine().check("-o", "AuditLog=" + log, make_place("drop"))
        suite.check(told in done.stdout, done.stdout)
        suite.check(not os.path.exists(log), "it was made")


@suite.case
def a_log_that_root_opens_where_another_account_may_write_is_unsafe():
    """With User the log is opened before the account changes."""
    if os.geteuid() != 0:
        suite.skip("needs root")
    nobody = 65534
    for owner, told in ((nobody, True), (0, False)):
        log = make_place("logs-of", owner) + "/log"
        done = Machine(uid=0).check(
            *PREFER, "-o", "User=nobody", "-o", "AuditLog=" + log,
            make_place("drop"))
        need_inspection(done)
        suite.check_equal("others may write %s/logs-of" % TOP in done.stdout,
                          told, done.stdout)


@suite.case
def a_log_within_reach_is_unsafe():
    """Whether it is there already or not, and by whatever name."""
    root, link = make_place("drop"), TOP + "/way-in"
    if not os.path.lexists(link):
        os.symlink("drop", link)
    give(write(root + "/log", "", 0o600))
    give(write(TOP + "/log", "", 0o600))
    for log, told in ((root + "/log", True), (root + "/none", True),
                      (root + "/no/ne", True), (link + "/log", True),
                      (TOP + "/log", False), (TOP + "/none", False)):
        done = Machine().check(*PREFER, "-o", "AuditLog=" + log, root)
        need_inspection(done)
        seen = [w for w, _ in found(done.stdout) if "is inside" in w]
        suite.check_equal(seen, [
            "AuditLog %s is inside Root %s: a session reaches its own records"
            % (log, root)] if told else [], log)
    os.unlink(root + "/log")


@suite.case
def a_home_within_reach_is_unsafe():
    home = make_place("homes/" + USER)
    make_place("homes/%s/drop" % USER)
    make_place("homes/%s/.ssh/deep" % USER)
    make_place("homes/%s2" % USER)
    link = os.path.join(TOP, "link")
    if not os.path.lexists(link):
        os.symlink("homes", link)
    for root, told in (
            (home, "is the same as Root"),
            (TOP + "/homes", "is inside Root"),
            ("/", "is inside Root"),
            (link, "is inside Root"),
            (link + "/" + USER, "is the same as Root"),
            (home + "/.ssh", "/.ssh, which sshd or shells read"),
            (home + "/.ssh/deep", "/.ssh, which sshd or shells read"),
            (home + "/drop", None),
            (home + "2", None),
            (make_place("drop"), None)):
        done = Machine(home=home).check("-o", "Symlinks=follow", root)
        seen = [f for f in found(done.stdout) if "home" in f[0] or
                "which sshd" in f[0]]
        if told is None:
            suite.check_equal(seen, [], root)
        else:
            suite.check_equal(len(seen), 1, root + done.stdout)
            suite.check(told in seen[0][0], seen)


@suite.case
def a_home_that_is_still_to_be_made_counts():
    root = make_place("drop")
    done = Machine(home=root + "/to/come").check(root)
    suite.check("is inside Root" in done.stdout, done.stdout)
    done = Machine(home="/nonexistent").check(root)
    suite.check("is inside Root" not in done.stdout, done.stdout)


@suite.case
def a_log_beneath_root_is_unsafe():
    root = make_place("drop")
    log = give(write(root + "/log", "", 0o600))
    for where, told in ((root, True), (make_place("drop2"), False)):
        done = Machine().check(*PREFER, "-o", "AuditLog=" + log, where)
        need_inspection(done)
        suite.check_equal("AuditLog %s is inside Root" % log in done.stdout,
                          told, done.stdout)


@suite.case
def a_root_that_others_may_replace_is_unsafe():
    """Each: mode and owner of the directory above, owner of Root, verdict."""
    suite.need_root()
    above, root = TOP + "/above", TOP + "/above/root"
    os.makedirs(root)
    os.symlink(above + "/root", TOP + "/to-root")
    os.symlink("above", TOP + "/to-above")
    for mode, owner, mine, told in (
            (0o755, 0, UID, False), (0o777, 0, UID, True),
            (0o1777, 0, UID, False), (0o1777, 0, UID + 1, True),
            (0o1777, 0, 0, False), (0o775, 0, UID, True),
            (0o755, UID, UID, False), (0o755, UID + 1, UID, True)):
        os.chown(above, owner, 0)
        os.chmod(above, mode)
        os.chown(root, mine, mine)
        for path in (root, root + "/", above + "/./root",
                     TOP + "/to-root", TOP + "/to-above/root"):
            done = Machine().check("-o", "Symlinks=follow", path)
            words = "others may write %s and put" % above
            # what is somebody else's is not taken from him
            suite.check_equal("fix: chmod go-w %s\n" % above in done.stdout,
                              told and mode & 0o1000 == 0 and owner == 0,
                              "a fix with chmod")
            suite.check("chown root" not in done.stdout, done.stdout)
            suite.check_equal(words in done.stdout, told, "%o %d %d %s %s" % (
                mode, owner, mine, path, done.stdout))


@suite.case
def a_directory_of_a_group_is_left_to_it():
    """As /var/log is that of a log daemon."""
    suite.need_root()
    above = make_place("of-a-group", 0)
    make_place("of-a-group/root")
    os.chown(above, 0, 4)
    os.chmod(above, 0o775)
    done = Machine().check(above + "/root")
    suite.check("others may write %s and put" % above in done.stdout,
                done.stdout)
    suite.check("fix: Root PATH, where nobody but root may write the "
                "directories\n" in done.stdout, done.stdout)


@suite.case
def variables_that_pam_reads_from_the_home_are_within_reach():
    suite.need_root()
    if not os.path.exists("/etc/pam.d/sshd"):
        suite.skip("needs /etc/pam.d/sshd")
    told = "~/.pam_environment is within reach"
    for module, words, want in (
            ("user_readenv=1", ["-o", "Root=none"], True),
            ("user_readenv=1", ["-o", "Root=none", "-ro"], False),
            ("user_readenv=1", [make_place("drop")], False),
            ("user_readenv=1", [make_place("home/alice")], True),
            ("user_readenv=0", ["-o", "Root=none"], False),
            ("", ["-o", "Root=none"], False)):
        for pam in ("yes", "no"):
            m = Machine(UsePAM=pam)
            m.over.append((write(TOP + "/pam.variables",
                                 "session required pam_env.so %s\n" % module),
                           "/etc/pam.d/sshd"))
            done = m.check(*PREFER, *words)
            need_inspection(done)
            suite.check_equal(told in done.stdout, want and pam == "yes",
                              done.stdout)


@suite.case
def an_open_session_that_writes_its_keys_is_unsafe():
    keys = make_place("ssh")
    write(keys + "/keys", 'restrict,command="scp-server -o Root=none" %s\n' %
          KEY)
    m = Machine(shell="/bin/sh", ForceCommand=None,
                AuthenticationMethods="publickey",
                AuthorizedKeysFile=keys + "/keys")
    for uid, told in ((UID, True), (0, False)):
        give(keys, uid)
        done = m.check(*PREFER)
        need_inspection(done)
        suite.check_equal("an open session may write it" in done.stdout, told,
                          done.stdout)
