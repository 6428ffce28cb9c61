"""Which policies and requests lead to the hand-off, and which are refused."""

import os

import kernel
import place
import sshd
import suite
import trees
from place import clean_site, site
from suite import check, check_equal

OBSTACLES = (
    ("DotFiles", "root"), ("DotFiles", "deny"), ("DotFiles", None),
    ("Overwrite", "deny"), ("Overwrite", "versions"),
    ("AllowNames", "*.txt"), ("DenyNames", "*.exe"),
    ("FileMode", "0640"), ("FileMode", "0000"), ("DirectoryMode", "0750"),
    ("MaxFileSize", "1M"), ("MaxSessionBytes", "1M"),
    ("MaxSessionFiles", "5"), ("MinFree", "1M"), ("RateLimit", "1M"),
    ("Sync", "always"), ("Audit", "require"), ("AuditDigest", "sha256"), ("Chroot", "yes"))

OPEN_OBSTACLES = (("SetIdBits", "yes"), ("Overwrite", "inplace"),
                  ("DotFiles", "root"), ("MaxFileSize", "1M"))

NO_OBSTACLES = (
    ("Symlinks", "follow"), ("Symlinks", "refuse"), ("IdleTimeout", "5"),
    ("MaxDepth", "3"), ("PreserveTimes", "no"), ("PreserveModes", "no"),
    ("Pipelining", "yes"), ("Relay", "host"), ("RelayConfig", "/etc/passwd"),
    ("SessionTimeout", "1h"), ("Umask", "027"), ("Sandbox", "require"),
    ("Sandbox", "prefer"), ("AuditFormat", "json"), ("StartDirectory", "/"),
    ("Sync", "no"), ("MaxFileSize", "none"), ("RateLimit", "none"),
    ("AllowNames", "none"), ("SetIdBits", "no"), ("Chroot", "no"))


def is_named(policy, name):
    s = site()
    if os.path.exists(s.log):
        os.unlink(s.log)
    status, out, err = place.finish(s.session(policy))
    check_equal((status, out), (2, b""), "status and stdout (%s)" % err)
    why = "%s: can't be kept by Sftp handoff" % name
    check_equal(err.splitlines(),
                ["scp-server: " + why,
                 "scp: this account takes the SCP protocol only; "
                 "use: scp -O"])
    check_equal([(r["event"], r.get("detail"), r.get("status"))
                 for r in s.records()],
                [("start", None, None), ("refused", why, None),
                 ("end", None, 2)], "records")


@suite.case
def each_keyword_that_cannot_be_kept_is_named():
    s = clean_site()
    for name, value in OBSTACLES:
        is_named(s.policy("read-write", **{name: value}), name)
    for name, value in OPEN_OBSTACLES:
        is_named(s.policy(Root="none", **{name: value}), name)
    is_named(s.policy("write-only", Overwrite=None), "Overwrite")
    is_named(s.policy("read-only", DotFiles=None, Sync="always"),
             "DotFiles Sync")


@suite.case
def each_other_keyword_does_not_matter():
    s = clean_site()
    for name, value in NO_OBSTACLES:
        status, out, err = place.finish(
            s.session(s.policy("read-write", **{name: value})))
        check(status == 0 and place.greeted(out),
              "%s %s: %d %r" % (name, value, status, err))


@suite.case
def every_keyword_is_judged():
    """One that is made later has to be thought about here, too."""
    out = sshd.run(suite.SERVER, "--help")
    known = {w.strip() for w in out[out.index("one of\n") + 7:].split()}
    judged = {k for k, _ in OBSTACLES + OPEN_OBSTACLES + NO_OBSTACLES}
    judged |= {"Root", "User", "Access", "AuditLog", "Sftp", "SftpServer"}
    check_equal(known - judged, set(), "not judged")


@suite.case
def every_way_to_ask_is_answered_alike():
    s = clean_site()
    deny = s.policy("read-write", Sftp=None)
    for request in ("internal-sftp", place.SYSTEM_SERVER, "sftp-server",
                    "internal-sftp -l VERBOSE", "/opt/x/sftp-server -e"):
        status, out, err = place.finish(
            s.session(s.policy("read-write"), request))
        check(status == 0 and place.greeted(out), "%s: %r" % (request, err))
        status, out, err = place.finish(s.session(deny, request))
        check_equal((status, out), (2, b""), request)
        check_equal(err, "scp: this account takes the SCP protocol only; "
                         "use: scp -O\n", request)


# A mount namespace in which /etc holds what this case needs.
PRIVATE_ETC = """
mount --bind "$0" /etc || exit 99
exec setpriv --reuid %d --regid %d --clear-groups -- "$@"
"""


@suite.case
def a_login_shell_hands_off_too():
    s = clean_site()
    suite.need_tool("unshare", "setpriv")
    etc = s.path("etc")
    if not os.path.exists(etc):
        os.mkdir(etc)
    for name in ("passwd", "group", "nsswitch.conf", "ld.so.cache"):
        if os.path.exists("/etc/" + name):
            sshd.write(os.path.join(etc, name), "")
            with open(os.path.join(etc, name), "wb") as f:
                f.write(trees.read("/etc/" + name))
    for value, wanted in (("handoff", 0), ("deny", 2)):
        sshd.write(os.path.join(etc, "scp-server.conf"), "".join(
            "%s %s\n" % item
            for item in s.policy("read-write", Sftp=value).items()))
        words = ["unshare", "--mount", "sh", "-c",
                 PRIVATE_ETC % (s.account.uid, s.account.gid), etc,
                 s.path("bin/scp-server"), "-c", "internal-sftp"]
        status, out, err = place.finish(
            s.session({}, None, words=words, user=0, group=0,
                      env={"PATH": os.environ["PATH"]}))
        check_equal(status, wanted, "status (%s)" % err)
        check_equal(place.greeted(out), wanted == 0, "greeting")


@suite.case
def only_a_program_of_roots_is_started():
    s = clean_site()
    good = s.path("bin/its-server")
    sshd.write(good, "")
    with open(good, "wb") as f:
        f.write(trees.read(place.SYSTEM_SERVER))
    for mode, uid, starts in ((0o755, 0, True), (0o775, 0, False),
                              (0o757, 0, False), (0o755, s.account.uid, False),
                              (0o644, 0, False)):
        os.chown(good, uid, 0)
        os.chmod(good, mode)
        status, out, err = place.finish(s.session(
            s.policy("read-write", SftpServer=good)))
        check_equal((status, place.greeted(out)), (0, True) if starts else
                    (78, False), "%o of %d: %s" % (mode, uid, err))
        check(starts or "scp-server: SftpServer: " in err, err)
    for path in (s.path("none"), s.path("bin"), "/dev/null"):
        status, out, err = place.finish(s.session(
            s.policy("read-write", SftpServer=path)))
        check_equal((status, out), (78, b""), path)
        check("scp-server: SftpServer: " in err, err)


@suite.case
def a_missing_start_directory_is_told():
    s = clean_site()
    os.symlink("/", s.path("root", "link"))
    for path in ("/none", "/link"):
        status, out, err = place.finish(s.session(
            s.policy("read-write", StartDirectory=path)))
        check_equal((status, out), (78, b""), path)
        check("scp-server: StartDirectory: " in err, err)


@suite.case
def roots_confined_session_is_not_handed_off():
    """It could open /etc/passwd and set its mode by the handle."""
    s = clean_site()
    status, out, err = place.finish(s.session(
        s.policy("read-write"), user=0, group=0))
    check_equal((status, out), (2, b""), "status and stdout")
    check("scp-server: User: " in err, err)


@suite.case
def without_landlock_only_what_needs_none_is_handed_off():
    s = clean_site()
    for policy, wanted in (
            (s.policy("read-write"), 78),
            (s.policy("read-write", Sandbox="prefer"), 78),
            (s.policy("read-only", Sandbox="prefer"), 78),
            (s.policy("write-only", Root="none"), 78),
            (s.policy(Root="none", DotFiles=None, Sandbox="require"), 78),
            (s.policy(Root="none", DotFiles=None), 0)):
        status, out, err = place.finish(
            s.session(policy, preexec_fn=kernel.without_landlock))
        check_equal((status, place.greeted(out)), (wanted, wanted == 0),
                    "%r: %s" % (policy, err))
        check(wanted == 0 or "landlock" in err, err)
    session, = s.records("session")[-1:]
    check_equal((session["landlock"], session["sandbox"]), (0, "reduced"))
