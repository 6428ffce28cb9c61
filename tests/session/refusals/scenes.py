"""Every refusal that a client can meet, and how it comes to it."""

import collections
import os
import re

import suite
import trees

# token: of err.def; words: of the answer; up: an upload; options: of the
# forced command; path: as the client names it; raw: a path that clients which
# quote could not send; act: what a client does over SFTP
Scene = collections.namedtuple(
    "Scene", "name token words up options path raw act",
    defaults=(False, "copy"))

ROOT = "-o Root=/srv/%s"


def up(name, token, words, options, path, raw=False):
    return Scene(name, token, words, True, (ROOT + " " + options).strip(),
                 path, raw)


def down(name, token, words, options, path):
    return Scene(name + "-down", token, words, False,
                 (ROOT + " " + options).strip(), path)


SCENES = (
    up("read-only", "read-only", "uploads are not allowed",
       "-o Access=read-only", "/f"),
    Scene("no-root", "no-root", "this account has no Root", True, "", "/f"),
    up("config", "config", "server configuration error",
       "-o Overwrite=sideways", "/f"),
    Scene("sandbox", "sandbox", "server configuration error", True,
          "-o Root=/srv/none", "/f"),
    up("missing", "ENOENT", "No such file or directory", "", "/none/f"),
    up("through-a-file", "ENOTDIR", "Not a directory", "", "/old/f"),
    up("outside", "path", "Path leaves the served directory", "", "../../f"),
    up("link", "link", "Symbolic link not followed", "-o Symlinks=refuse",
       "/link/f"),
    up("loop", "ELOOP", "Too many levels of symbolic links",
       "-o Symlinks=follow", "/loop/f"),
    up("dot-file", "DotFiles", "name not allowed (DotFiles)", "", "/.f"),
    up("start-up-name", "startup-name",
       "one of the start-up names, not allowed here (DotFiles)", "", "/bin"),
    up("allow-names", "AllowNames", "name not allowed (AllowNames)",
       "-o AllowNames=*.txt", "/f"),
    up("deny-names", "DenyNames", "name not allowed (DenyNames)",
       "-o DenyNames=f", "/f"),
    up("fifo", "kind", "not a regular file", "", "/fifo"),
    up("log", "log", "This is the server's own log (AuditLog)",
       "-o AuditLog=/srv/%s/log", "/log"),
    up("reserved", "reserved", "Name is reserved for temporary files",
       "-o DotFiles=allow", "/.scp-server.0123456789abcdef.part"),
    up("exists", "exists", "File exists", "-o Overwrite=deny", "/old"),
    up("file-size", "MaxFileSize",
       "larger than this account may copy (MaxFileSize)",
       "-o MaxFileSize=1", "/f"),
    up("session-bytes", "MaxSessionBytes",
       "more than one session may copy (MaxSessionBytes)",
       "-o MaxSessionBytes=1", "/f"),
    up("min-free", "MinFree", "the file system would be too full (MinFree)",
       "-o MinFree=1000T", "/f"),
    up("locked", "EACCES", "Permission denied", "", "/locked/f"),
    up("directory-there", "EISDIR", "Is a directory", "", "/sub"),
    up("pattern", "pattern", "a pattern can't be a target", "", "/*", True),
    up("tilde", "tilde", "~user is not allowed", "", "~other/f", True),
    up("shell", "command", "command not allowed", "", "/$x", True),
    up("blank", "request", "ambiguous target", "", "/a b", True),
    down("write-only", "write-only", "downloads are not allowed",
         "-o Access=write-only", "/old"),
    Scene("no-root-down", "no-root", "this account has no Root", False, "",
          "/old"),
    down("config", "config", "server configuration error",
         "-o Overwrite=sideways", "/old"),
    down("missing", "ENOENT", "No such file or directory", "", "/none"),
    down("dot-file", "DotFiles", "name not allowed (DotFiles)", "", "/.old"),
    down("locked", "EACCES", "Permission denied", "", "/secret"),
    down("directory", "kind", "not a regular file", "", "/sub"),
    down("file-size", "MaxFileSize",
         "larger than this account may copy (MaxFileSize)",
         "-o MaxFileSize=1", "/old"),
)

SFTP_ONLY = (
    up("sftp", "sftp", "this account takes the SCP protocol only; use: scp -O",
       "-o Sftp=no", "/f"),
    up("modify", "Modify", "not a change that this account may make (Modify)",
       "-o Modify=no", "/old")._replace(act="remove"),
    up("links", "Links", "links can't be made here (Links)", "-o Links=no",
       "/new")._replace(act="link"),
)
# Words over SFTP that are others: a link is no directory there, and what a
# client may not see it says itself in many ways.
OVER_SFTP = {"write-only-down": "", "directory-down": ""}
# Over SFTP there is nothing above "/", which is Root.
SFTP_SCENES = tuple(
    s._replace(words=OVER_SFTP.get(s.name, s.words))
    for s in SCENES if not s.raw and s.name != "outside") + SFTP_ONLY
ALL = SCENES + SFTP_ONLY


# Why a token of err.def has no scene.
ELSEWHERE = {
    "during a session, and not a refusal": (
        "ok", "lost", "unanswered", "no-reply", "timeout", "signal", "deaf",
        "peer", "peer-fatal", "changed", "again", "set-mode", "set-times"),
    "no client asks SFTP for that: tests/session/sftp": (
        "packet", "handle", "unsupported"),
    "no client of these sends that: tests/session/dialog": (
        "line", "record", "mode", "size", "times", "name", "dot", "status",
        "order", "untimed", "noise", "bytes", "option", "steps", "loop"),
    "on standard error, which ssh shows: tests/session/accounts, relay": (
        "relay", "destination"),
    "needs a file system or log that fails: tests/session/regress": (
        "publish", "audit"),
    "the same words as another: tests/session/dialog": ("escape",),
    "at the second file or in a tree: tests/session/accounts, dialog": (
        "MaxSessionFiles", "depth"),
}


def prepare(person, root):
    """What the scenes of an account find in its root."""
    trees.write(os.path.join(root, "old"), b"old\n")
    trees.write(os.path.join(root, ".old"), b"old\n")
    trees.write(os.path.join(root, "log"), b"")
    trees.write(os.path.join(root, "secret"), b"", 0)
    for name in ("sub/deep", "sub/f", "locked"):
        os.makedirs(os.path.join(root, name))
    os.mkfifo(os.path.join(root, "fifo"))
    for name, text in (("link", "sub"), ("loop", "loop")):
        os.symlink(text, os.path.join(root, name))
    person.own(root)
    os.chown(os.path.join(root, "locked"), 0, 0)
    os.chmod(os.path.join(root, "locked"), 0o555)


def tokens():
    """Those of the table of errors; of errnos, which the scenes sample, none."""
    with open(os.path.join(suite.TOP, "src/base/err.def")) as f:
        text = f.read()
    return set(re.findall(r"^(?:OURS|REFUSED|PROTOCOL|ENDS|ERR)"
                          r"\(ERR_\w+, \"([\w-]+)\"", text, re.MULTILINE))
