"""The verdict of explain is what a session then does.

Requests, policies and trees are combined; for each combination explain is
asked as the account, and then a session of the same account with the same
options gets what a client would send.  A session that ends with 0 was allowed.
"""

import os
import shutil
import subprocess

import suite
from machine import TOP, UID, give

AS = [] if os.geteuid() != 0 else [
    "setpriv", "--reuid", str(UID), "--regid", str(UID), "--clear-groups"]
ROOT = os.path.join(TOP, "verdicts")

PATHS = ("f", "d", "d/", "d/new", "new", "new/", "none/new", "f/none/new",
         "ro/new", "ro", "ro/none/new", "to-d/none/new", "to-none",
         "sticky/theirs", "sticky/new", "locked", "fifo", "to-f", "to-d",
         ".ssh/x", "../x", "/", "~/f", "e/e")
UPLOADS = ("-t", "-d -t", "-r -t", "-r -d -t")
DOWNLOADS = ("-f", "-r -f")
# No file and no directory may be created under these.
NOTHING_FITS = (("MinFree=4000T",), ("MaxSessionBytes=1023",))
POLICIES = ((), ("Overwrite=deny",), ("Overwrite=versions",),
            ("Access=read-only",), ("Access=write-only",),
            ("Symlinks=follow",), ("DenyNames=f new",),
            ("MaxSessionBytes=1024",), *NOTHING_FITS,
            ("StartDirectory=/d", "AllowNames=n new d"), ("MaxDepth=1",),
            ("MakeParents=yes",), ("MakeParents=yes", "MaxSessionFiles=1"),
            ("MakeParents=yes", "Symlinks=follow", "Access=write-only"),
            ("AuditLog=%s/f" % ROOT,),
            ("AuditLog=%s/f" % ROOT, "Overwrite=versions"))


def lock(path, sign):
    """Whether the file can't be changed by anybody now, or can again."""
    return subprocess.run(["chattr", sign + "i", path],
                          stderr=subprocess.DEVNULL).returncode == 0


def make_tree():
    if os.path.exists(ROOT + "/locked"):
        lock(ROOT + "/locked", "-")
    shutil.rmtree(ROOT, ignore_errors=True)
    for name in ("", "d", "ro", "sticky", "e", "e/e"):
        os.mkdir(os.path.join(ROOT, name))
        give(os.path.join(ROOT, name))
    for name in ("f", "d/f", "locked", "sticky/theirs"):
        with open(os.path.join(ROOT, name), "w") as f:
            f.write("old")
        give(os.path.join(ROOT, name))
    os.mkfifo(ROOT + "/fifo")
    os.symlink("f", ROOT + "/to-f")
    os.symlink("d", ROOT + "/to-d")
    os.symlink("none", ROOT + "/to-none")
    os.chmod(ROOT + "/ro", 0o555)
    if os.geteuid() == 0:       # else all of it is ours
        os.chown(ROOT + "/sticky", 0, 0)
        os.chmod(ROOT + "/sticky", 0o1777)
        os.chown(ROOT + "/sticky/theirs", UID + 1, UID + 1)
        os.chmod(ROOT + "/sticky/theirs", 0o666)
        lock(ROOT + "/locked", "+")


def asked(options, request):
    done = subprocess.run(
        [*AS, suite.CHECK, "explain", request, *options, ROOT],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=60)
    suite.check(done.returncode in (0, 2), request + done.stdout)
    return done.returncode == 0, done.stdout


def client(flags, path):
    """What a client sends that copies one thing."""
    whole = os.path.join(ROOT, path.lstrip("~/"))
    if flags.endswith("-f"):
        return b"\0" * 40
    if "-r" in flags and not os.path.isfile(whole):
        return b"D0755 0 n\nE\n"
    return b"C0644 1 n\nx\0"


def served(options, request, says):
    done = subprocess.run(
        [*AS, suite.SERVER, *options, ROOT], input=says,
        env=dict(os.environ, SSH_ORIGINAL_COMMAND=request),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return done.returncode == 0, done.stdout


def compare(policy):
    options = ["-o", "Sandbox=prefer"] + [
        word for value in ("AuditLog=none",) + policy if not (
            value == "AuditLog=none" and "AuditLog" in str(policy))
        for word in ("-o", value)]
    wrong, seen = [], set()
    for flags in UPLOADS + DOWNLOADS:
        for path in PATHS:
            if policy and "-d" in flags and policy[0] != "MakeParents=yes":
                continue                # the policies have no say in these
            if policy == ("MaxDepth=1",) and flags == "-r -t":
                continue                # nor is a D judged before it comes
            if (flags, path) == ("-r -f", "/"):
                continue                # what is inside is judged later
            request = "scp %s %s" % (flags, path)
            make_tree()
            verdict, why = asked(options, request)
            result, said = served(options, request, client(flags, path))
            seen.add(result)
            if verdict != result:
                wrong.append("%s: explain %s, session %s\n%s\n%r" % (
                    request, verdict, result, why, said))
    lock(ROOT + "/locked", "-")
    suite.check_equal(seen, {True, False}, "both happen")
    suite.check(not wrong, "%d differ\n%s" % (len(wrong), "\n".join(wrong)))


for each in POLICIES:
    suite.add("verdicts_are_what_a_session_does_[%s]" % " ".join(each),
              lambda policy=each: compare(policy))
