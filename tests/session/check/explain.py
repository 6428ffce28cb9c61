"""explain: the verdict on one request, and the keyword that decides."""

import os
import re
import subprocess

import suite
from keys import KEY
from machine import (PREFER, TOP, USER, Machine, explain, give, make_tree,
                     need_inspection, rows, write)

# A policy with which SFTP is not served.
NO_SFTP = ["Sftp=no"]

# Options, command, verdict, keyword, path below the root ("" none).
VERDICTS = [
    # what is allowed, and where it goes
    ([], "scp -t new", 0, "Access read-write (default)", "/new"),
    ([], "scp -t .", 0, "Access", ""),
    ([], "scp -r -p -d -t /dir", 0, "Access", "/dir"),
    ([], "scp -t dir/../x", 0, "Access", "/x"),
    ([], "scp -t ~/x", 0, "Access", "/x"),
    ([], "'/usr/bin/scp' -vt \"a b\"", 0, "Access", "/a b"),
    ([], "scp -f small", 0, "Access", "/small"),
    ([], "scp -f -r dir", 0, "Access", "/dir"),
    ([], "scp -f dir/*.txt", 0, "Access", "/dir/a.txt"),
    ([], "scp -f ROOT/small", 0, "Access", "/small"),
    (["StartDirectory=/dir"], "scp -f a.txt", 0, "Access", "/dir/a.txt"),
    (["Symlinks=follow"], "scp -f in", 0, "Access", "/in"),
    ([], "internal-sftp", 0, "Sftp yes (default)", None),
    (["DotFiles=allow", "DenyNames=*.exe"], "sftp", 0, "Sftp yes", None),
    (["Sftp=no"], "internal-sftp", 2, "Sftp no", None),
    (["DotFiles=allow"], "scp -t .ssh/keys", 0, "Access", "/.ssh/keys"),
    # each keyword that refuses
    (["Access=read-only"], "scp -t x", 2, "Access read-only", None),
    (["Access=write-only"], "scp -f x", 2, "Access write-only", None),
    (["Overwrite=deny"], "scp -t small", 2, "Overwrite deny", "/small"),
    (["Overwrite=deny"], "scp -t new", 0, "Access", "/new"),
    (["Access=write-only"], "scp -t small", 2, "Overwrite deny (default)",
     "/small"),
    ([], "scp -f in", 2, "Symlinks refuse (default)", "/in"),
    ([], "scp -f ../passwd", 2, "Root", None),
    (["Symlinks=follow"], "scp -f up", 2, "none: the file system", "/up"),
    ([], "scp -t .ssh/keys", 2, "DotFiles root (default)", "/.ssh/keys"),
    ([], "scp -t BIN/x", 2, "DotFiles root (default)", "/BIN/x"),
    ([], "scp -t dir/.inner", 0, "Access", "/dir/.inner"),
    (["DotFiles=deny"], "scp -t dir/.inner", 2, "DotFiles deny",
     "/dir/.inner"),
    (["AllowNames=*.txt dir"], "scp -f dir/a.txt", 0, "Access", "/dir/a.txt"),
    (["AllowNames=*.txt dir"], "scp -f dir/b.exe", 2,
     "AllowNames *.txt dir", "/dir/b.exe"),
    (["DenyNames=*.exe"], "scp -t dir/b.exe", 2, "DenyNames *.exe",
     "/dir/b.exe"),
    (["MaxFileSize=100"], "scp -f small", 0, "Access", "/small"),
    (["MaxFileSize=100"], "scp -f large", 2, "MaxFileSize 100", "/large"),
    (["MaxSessionBytes=5001"], "scp -f large small", 2,
     "MaxSessionBytes 5001", "/small"),
    (["MaxSessionFiles=1"], "scp -f large small", 2, "MaxSessionFiles 1",
     "/small"),
    ([], "/usr/lib/openssh/sftp-server -R", 0, "Sftp yes (default)", None),
    ([], "sftp-server -P write", 2, "none: the request itself", None),
    # what was typed at a client
    (NO_SFTP, "scp small vault:x", 2, "Sftp no", None),
    ([], "scp -O small vault:x", 0, "Access", "/x"),
    ([], "scp -O small vault:", 0, "Access", "/small"),
    ([], "scp -Orp -P 22 -i key dir me@vault:'dir'", 0, "Access", "/dir/dir"),
    ([], "scp -O -oPort=22 a b scp://me@vault/dir", 0, "Access", "/dir/b"),
    # the name at the client is the one in a directory
    ([], "scp -O ~/a/.bashrc vault:", 2, "DotFiles root (default)",
     "/.bashrc"),
    ([], "scp a/.bashrc vault:", 2, "DotFiles root (default)", "/.bashrc"),
    ([], "scp -O .bashrc vault:dir", 0, "Access", "/dir/.bashrc"),
    ([], "scp -O .bashrc vault:new", 0, "Access", "/new"),
    (["DenyNames=*.exe"], "scp -O b.exe a vault:dir/", 2, "DenyNames *.exe",
     "/dir/a"),
    (["DenyNames=*.exe"], "scp -O -r b.exe/ vault:dir", 2, "DenyNames *.exe",
     "/dir/b.exe"),
    (["DenyNames=*.exe"], "scp -O *.exe vault:dir", 0, "Access", "/dir"),
    (["DenyNames=*.exe"], "scp -O '*.exe' vault:dir", 2, "DenyNames *.exe",
     "/dir/*.exe"),
    (["Overwrite=deny"], "scp -O small vault:", 2, "Overwrite deny", "/small"),
    (["Overwrite=deny"], "scp -O -r dir vault:", 0, "Access", "/dir"),
    ([], "scp -O dir vault:", 2, "none: the file system", "/dir"),
    # "." and ".." are sent as names, but by SFTP
    ([], "scp -O -r . vault:dir", 2, "none: the request itself", "/dir"),
    ([], "scp -O -r site/. vault:", 2, "none: the request itself", ""),
    ([], "scp -O -r . vault:new", 2, "none: the request itself", "/new"),
    ([], "scp -O -r .. vault:", 2, "none: the request itself", ""),
    ([], "scp -r . vault:dir", 0, "Access", "/dir"),
    ([], "scp -r site/. vault:", 0, "Access", ""),
    # by SFTP one file is opened under the very name
    (["MakeParents=yes"], "scp small vault:x/y/", 2, "none: the file system",
     "/x/y"),
    (["MakeParents=yes"], "scp -O small vault:x/y/", 0, "Access", "/x/y/small"),
    (["MakeParents=yes"], "scp small vault:x/y", 0, "Access", "/x/y"),
    (["MakeParents=yes"], "scp small large vault:x/y/", 0, "Access",
     "/x/y/large"),
    (["MakeParents=yes"], "scp -r dir vault:x/y/", 0, "Access", "/x/y/dir"),
    # a path that looks like an option
    ([], "scp -O small vault:-x", 0, "Access", "/-x"),
    ([], "scp small vault:-x", 0, "Access", "/-x"),
    ([], "scp -O vault:-x .", 2, "none: the file system", "/-x"),
    ([], "scp -O vault:small vault:-x .", 2, "none: the file system", "/-x"),
    # by SFTP a target is no pattern, and ".." of the root is the root
    ([], "scp small 'vault:*'", 0, "Access", "/*"),
    ([], "scp small 'vault:dir/[a?'", 0, "Access", "/dir/[a?"),
    ([], "scp -O small 'vault:*'", 2, "none: the request itself", None),
    ([], "scp vault:../small .", 0, "Access", "/small"),
    ([], "scp small vault:../../new", 0, "Access", "/new"),
    (["StartDirectory=/dir"], "scp vault:../small .", 0, "Access", "/small"),
    # a name with a backslash
    ([], "scp -O 'b\\c' vault:", 0, "Access", "/b\\\\c"),
    # between two hosts
    ([], "scp -O -3 vault:small vault:new", 0, "Access", "/new"),
    ([], "scp vault:small vault:dir", 0, "Access", "/dir/small"),
    ([], "scp -O -3 vault:missing vault:new", 2, "none: the file system",
     "/missing"),
    ([], "scp -3 vault:small other:none/new", 0, "Access", "/small"),
    ([], "scp -3 me@vault:small vault:none/new", 0, "Access", "/small"),
    (["Access=read-only"], "scp -O -3 vault:small vault:new", 2,
     "Access read-only", "/small"),
    (["Overwrite=deny"], "scp -3 vault:small vault:large", 2, "Overwrite deny",
     "/large"),
    ([], "scp -3 a/small vault:small vault:new", 2, "none: the request itself",
     None),
    ([], "scp -R vault:small other:new", 2, "Relay deny (default)", None),
    (["Relay=*"], "scp -R vault:small other:new", 0, "Access", "/small"),
    (["Relay=*"], "scp -r -R vault:dir vault:small other:", 0, "Access",
     "/small"),
    (["MakeParents=yes", "DenyNames=x"], "scp -O x vault:a/b/", 2,
     "DenyNames x", "/a/b/x"),
    ([], "scp -O a b vault:small", 2, "none: the file system", "/small"),
    ([], "scp -O -r vault:dir .", 0, "Access", "/dir"),
    ([], "scp -O vault:dir/a* .", 0, "Access", "/dir/a.txt"),
    ([], "/usr/bin/scp -O vault:small vault:'dir/a*' .", 0, "Access",
     "/dir/a.txt"),
    ([], "scp -O vault:../passwd .", 2, "Root", None),
    ([], "scp -O vault:missing .", 2, "none: the file system", "/missing"),
    (["Access=read-only"], "scp -O small vault:x", 2, "Access read-only",
     None),
    ([], "scp -O vault:a vault:b", 2, "none: the file system", "/a"),
    ([], "scp -O a b", 2, "none: the request itself", None),
    ([], "scp -Z a vault:b", 2, "none: the request itself", None),
    (NO_SFTP, "sftp vault", 2, "Sftp no", None),
    ([], "sftp -P 22 me@vault:dir", 0, "Sftp yes (default)", None),
    ([], "scp small vault:x", 0, "Access", "/x"),
    ([], "scp -r vault:dir .", 0, "Access", "/dir"),
    ([], "scp small 'vault:a b'", 0, "Access", "/a b"),
    ([], "scp -s vault:missing .", 2, "none: the file system", "/missing"),
    (["Relay=a@vault"], "scp small b@vault:x", 2, "Relay a@vault", None),
    (["Relay=*@vault"], "scp small b@vault:x", 0, "Access", "/small"),
    (["Relay=*"], "scp -r small dir vault:'a b'", 0, "Access", "/dir"),
    (["Relay=*", "DenyNames=*.exe"], "scp dir/b.exe vault:", 2,
     "DenyNames *.exe", "/dir/b.exe"),
    (["Relay=*", "Access=write-only"], "scp small vault:", 2,
     "Access write-only", None),
    (["Relay=*"], "scp small -oProxyCommand=x:", 2,
     "none: the request itself", None),
    # what no keyword allows
    ([], "scp -t `id`", 2, "none: the request itself", None),
    ([], "scp -S x -t y", 2, "none: the request itself", None),
    ([], "scp -t *", 2, "none: the request itself", None),
    ([], "scp -t ~root/x", 2, "none: the request itself", None),
    ([], "scp -t a b", 2, "none: the request itself", None),
    ([], "scp a b", 2, "none: the request itself", None),
    ([], "/bin/sh ~/.ssh/rc", 2, "none: the request itself", None),
    ([], "scp-server -t x", 2, "none: the request itself", None),
    ([], "", 2, "none: the request itself", None),
    ([], "scp -f missing", 2, "none: the file system", "/missing"),
    ([], "scp -f nothing*", 2, "none: the file system", None),
    ([], "scp -f dir", 2, "none: the file system", "/dir"),
    ([], "scp -f fifo", 2, "none: the file system", "/fifo"),
    ([], "scp -t fifo", 2, "none: the file system", "/fifo"),
    ([], "scp -t no/such", 2, "none: the file system", "/no/such"),
    ([], "scp -d -t new", 2, "none: the file system", "/new"),
    ([], "scp -t new/", 2, "none: the file system", "/new"),
    ([], "scp -r -t new/", 0, "Access", "/new"),
    (["MaxDepth=1"], "scp -r -t new/", 0, "Access", "/new"),
    (["MaxDepth=1"], "scp -r -t dir/new/", 2, "MaxDepth 1", "/dir/new"),
    # what would be made
    (["MakeParents=yes"], "scp -t no/such/x", 0, "Access", "/no/such/x"),
    (["MakeParents=yes"], "scp -d -t new", 0, "Access", "/new"),
    (["MakeParents=yes"], "scp -t small/x/y", 2, "none: the file system",
     "/small/x/y"),
    (["MakeParents=yes", "MaxDepth=1"], "scp -t no/such/x", 2, "MaxDepth 1",
     "/no/such/x"),
    (["MakeParents=yes", "MaxSessionFiles=2"], "scp -t no/such/x", 2,
     "MaxSessionFiles 2", "/no/such/x"),
    (["MakeParents=yes", "DenyNames=such"], "scp -t no/such/x", 2,
     "DenyNames such", "/no/such/x"),
]


def check_verdict(options, command, status, keyword, path):
    def case():
        root = make_tree()
        command_ = command.replace("ROOT", root)
        words = [w for o in options for w in ("-o", o)]
        done = explain(command_, *words, root)
        what = "%s %s: %s%s" % (options, command_, done.stdout, done.stderr)
        seen = rows(done.stdout)
        suite.check_equal(done.returncode, status, what)
        suite.check("verdict: %s\n" % ("refused" if status else "allowed") in
                    done.stdout, what)
        suite.check(seen["keyword"].startswith(keyword), what)
        suite.check_equal("reason" in seen, status != 0, what)
        if path is not None:
            suite.check_equal(seen["path"], root + path, what)
    return case


@suite.case
def both_requests_of_a_copy_between_hosts_are_told():
    root = make_tree()
    done = explain("scp -O -p -3 vault:small vault:-x", root)
    suite.check("  client                 sends:\n" + " " * 25 +
                "scp -p -f small\n" + " " * 25 + "scp -p -t -- -x\n" in
                done.stdout, done.stdout)
    note = ("note: the target is on another host: the verdict is about what "
            "is read\n")
    suite.check(note not in done.stdout, done.stdout)
    done = explain("scp -O -3 vault:small other:x", root)
    suite.check(note in done.stdout, done.stdout)


@suite.case
def directories_that_would_be_made_are_told_and_not_made():
    root = make_tree()
    for request, made in (("scp -t dir/a/b/x", ("dir/a", "dir/a/b")),
                          ("scp -d -t a/b", ("a", "a/b")),
                          ("scp -r -t a/", ("a",)),
                          ("scp -t dir/x", ())):
        done = explain(request, "-o", "MakeParents=yes", root)
        told = re.findall(r"^ *makes +(\S+)$", done.stdout, re.M)
        suite.check_equal(told, [root + "/" + p for p in made], request)
        for path in made:
            suite.check(not os.path.exists(os.path.join(root, path)),
                        path + " was made")
    done = explain("scp -t a/x", root)
    suite.check("makes" not in done.stdout, done.stdout)


for row in VERDICTS:
    suite.add("explains_[%s]" % " ".join(row[0] + [row[1]]),
              check_verdict(*row))


@suite.case
def a_verdict_is_the_accounts_own():
    suite.need_root()
    root = make_tree()
    secret = give(write(root + "/secret", "x", 0o600), 0)
    done = Machine().explain("scp -f secret", root)
    suite.check_equal(done.returncode, 2, done.stdout)
    suite.check_equal(rows(done.stdout)["reason"], "Permission denied")
    suite.check_equal(explain("scp -f secret", root).returncode, 0,
                      "as root")
    os.unlink(secret)
    path = write(os.path.join(TOP, "conf"),
                 "Root none\nMatch User %s\nAccess read-only\n" % USER)
    done = Machine().explain("scp -t x", "--config", path)
    suite.check_equal(rows(done.stdout)["keyword"], "Access read-only")
    done = explain("scp -t x", "--config", path)
    suite.check_equal(done.returncode, 0, "another's Match")


@suite.case
def an_open_path_begins_at_the_home():
    m = Machine()
    opened = ("-o", "Root=none")
    done = m.explain("scp -t x", *opened)
    suite.check_equal(rows(done.stdout)["path"], m.home + "/x")
    done = m.explain("scp -t /tmp", *opened)
    suite.check_equal(rows(done.stdout)["path"], "/tmp")
    done = m.explain("scp -t /dev/null", *opened)
    suite.check_equal(done.returncode, 0, done.stdout)


@suite.case
def without_a_root_our_login_shell_is_refused():
    done = Machine().explain("scp -t x")
    suite.check_equal(done.returncode, 78, done.stdout)
    suite.check_equal(rows(done.stdout)["keyword"], "Root none (default)")
    suite.check_equal(rows(done.stdout)["reason"], "this account has no Root")
    done = Machine(shell="/bin/sh", ForceCommand=None).explain("scp -t x")
    suite.check_equal(done.returncode, 0, done.stdout)
    suite.check("note: no Root: a forced command is refused" in done.stdout,
                done.stdout)
    done = Machine(shell="/bin/sh").explain("scp -t x")
    suite.check_equal(done.returncode, 78, done.stdout)
    suite.check_equal(rows(done.stdout)["reason"], "this account has no Root")


@suite.case
def what_sshd_forces_is_taken_over():
    root = make_tree()
    forced = "scp-server --read-only -o DenyNames=b.exe " + root
    for shell, force, words, command, want in (
            ("/bin/sh", forced, [], "scp -t x", (2, "Access read-only")),
            ("/bin/sh", forced, [], "scp -f small", (0, "Access read-only")),
            ("/bin/sh", forced, [], "scp -f dir/b.exe",
             (2, "DenyNames b.exe")),
            ("/bin/sh", forced, ["-o", "MaxFileSize=10"], "scp -f large",
             (2, "MaxFileSize 10")),
            ("/bin/sh", "scp-server", [root], "scp -t x",
             (0, "Access read-write (default)")),
            ("/bin/sh", "/usr/bin/true", [root], "scp -t x",
             (0, "Access read-write (default)"))):
        done = Machine(shell=shell, ForceCommand=force).explain(
            command, *words)
        suite.check_equal((done.returncode, rows(done.stdout)["keyword"]),
                          want, done.stdout)
        suite.check(("don't start this program" in done.stdout) ==
                    (force == "/usr/bin/true"), done.stdout)


@suite.case
def what_sshd_forces_may_be_another_kind_of_copy():
    root = make_tree()
    own = "scp-server -o Root=%s -f small" % root
    for command, refused in (("scp -t x", True), ("internal-sftp", True),
                             ("scp -f large", False)):
        done = Machine(shell="/bin/sh", ForceCommand=own).explain(
            command)
        suite.check_equal(done.returncode, 2 if refused else 0, done.stdout)
        suite.check(("another kind of copy" in done.stdout) == refused,
                    done.stdout)
        suite.check(("the paths of the request don't count" in done.stdout)
                    != refused, done.stdout)


@suite.case
def keys_with_options_of_their_own_are_noted():
    root = make_tree()
    noted = ("note: 1 of the keys have a command= with options, which "
             "hold for sessions with that key")
    path = write(TOP + "/keys.explained", 'restrict,command="scp-server -ro" '
                 "%s\n%s\n" % (KEY, KEY))
    for force, want in ((None, True), ("scp-server", False)):
        done = Machine(ForceCommand=force, AuthorizedKeysFile=path).explain(
            "scp -t x", root)
        suite.check_equal(noted in done.stdout, want, done.stdout)
        suite.check_equal(done.returncode, 0, done.stdout)


@suite.case
def what_can_still_refuse_is_told():
    done = explain("scp -t x", "-o", "MaxFileSize=5", "-o", "MinFree=1G", TOP)
    still = re.findall(r"^  still +(.*)$", done.stdout, re.M)
    suite.check_equal(still, ["DotFiles root (default)", "MaxFileSize 5",
                              "MaxDepth 64 (default)", "MinFree 1073741824"])
    done = explain("scp -t x", "-o", "Root=none", "-o", "MaxDepth=9")
    still = re.findall(r"^  still +(.*)$", done.stdout, re.M)
    suite.check_equal(still, ["MaxDepth 9"])


@suite.case
def a_root_that_is_missing_can_explain_nothing():
    done = explain("scp -t x", TOP + "/missing")
    suite.check_equal(done.returncode, 78, done.stdout)
    suite.check_equal(done.stderr, "scp-server-check: Root %s/missing can't "
                      "be opened\n" % TOP)


@suite.case
def what_keeps_every_session_from_beginning_refuses():
    suite.need_root()
    root = make_tree()
    conf = write(TOP + "/unread", "Root %s\n" % root, 0o600)
    closed = write(TOP + "/closed.log", "", 0o600)
    for words, broken in (
            (["--config", conf], "can't read %s: Permission denied" % conf),
            (["-o", "Audit=require", "-o", "AuditLog=none", root],
             "Audit require with AuditLog none"),
            (["-o", "AuditLog=" + closed, root], "AuditLog %s: " % closed)):
        for request in ("scp -t x", "sftp alice@vault:"):
            done = Machine().explain(request, *words)
            suite.check_equal(done.returncode, 78, done.stdout)
            suite.check("BROKEN: " in done.stdout and broken in done.stdout,
                        done.stdout)
            suite.check("verdict: refused" in done.stdout, done.stdout)
            suite.check_equal(rows(done.stdout)["reason"],
                              "no session begins")


@suite.case
def sessions_without_records_are_explained():
    suite.need_root()
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /dev && "
         "mknod -m 666 /dev/null c 1 3 && exec \"$@\"", "sh", suite.CHECK, "explain", "scp -t x", *PREFER,
         make_tree()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="latin-1", timeout=60)
    suite.check_equal(done.returncode, 0, done.stdout + done.stderr)


@suite.case
def without_a_subsystem_sshd_refuses_clients_that_speak_sftp():
    root = make_tree()
    for request, want in (("sftp vault:", 2), ("scp small vault:", 2),
                          ("scp -O small vault:", 0), ("scp -t x", 0),
                          # sftp -s starts the server by its path
                          ("/usr/lib/sftp-server", 0)):
        for subsystem, told in (
                (None, "sshd has no Subsystem sftp"),
                ("sftp /usr/local/bin/scp-server",
                 "what Subsystem sftp of sshd names is not served")):
            m = Machine(Subsystem=subsystem)
            done = m.explain(request, root)
            need_inspection(m.check(*PREFER, root))
            suite.check_equal(done.returncode, want, done.stdout)
            suite.check_equal(rows(done.stdout).get("reason"),
                              told if want else None, done.stdout)


@suite.case
def foreign_bytes_of_a_command_are_escaped():
    done = explain("scp -t a\x1bb", TOP)
    suite.check_equal(rows(done.stdout)["command"], "scp -t a\\x1bb")
    suite.check_equal(done.returncode, 2, done.stdout)
