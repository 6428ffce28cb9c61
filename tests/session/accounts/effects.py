"""Keywords that act on modes, times, owners, the log, or other programs.

A row of the table in keywords.py can only say what a session answers and which
files it leaves; these cases look further.
"""

import hashlib
import json
import os
import pwd
import re
import subprocess
import time

import trees
from spoken import Place, is_broken, put
from suite import check, check_equal, need_root, need_tool, skip

NEW = put("new")


def overwrite_inplace_keeps_the_file(place):
    """Open sessions only: inode, hard links and mode stay."""
    os.link(place.path("old"), place.path("other-name"))
    os.chmod(place.path("old"), 0o640)
    before = os.stat(place.path("old")).st_ino
    seen = place.say(["Overwrite=inplace"], "scp -t ROOT/old",
                     put("old", b"longer than before\n"), confined=False)
    check_equal((seen.status, seen.out), (0, b"\0\0\0"), "answer")
    check_equal(os.stat(place.path("old")).st_ino, before, "inode")
    check_equal(place.mode("old"), 0o640, "mode")
    check_equal(trees.read(place.path("other-name")),
                b"longer than before\n", "the other name")


def stored_with(place, options, request="scp -t new", sent=NEW, name="new",
                confined=True):
    seen = place.say(options, request, sent, confined)
    check_equal(seen.status, 0, "status (%r %r)" % (seen.out, seen.err))
    return os.stat(place.path(name))


def file_mode(place):
    for request in ("scp -t new", "scp -p -t new"):
        for sent in (b"0777", b"0600"):
            stored_with(place, ["FileMode=0640", "Umask=077"], request,
                        put("new", mode=sent))
            check_equal(place.mode("new"), 0o640, request)


def directory_mode(place):
    stored_with(place, ["DirectoryMode=0750", "Umask=077"], "scp -r -t .",
                b"D0777 0 made\n" + NEW + b"E\n", "made/new")
    check_equal(place.mode("made"), 0o750, "mode")
    check_equal(place.mode("made/new"), 0o600, "the file's")


def umask(place):
    stored_with(place, ["Umask=027"], sent=put("new", mode=b"0777"))
    check_equal(place.mode("new"), 0o750, "mode")
    stored_with(place, ["Umask=0"], "scp -r -t .",
                b"D0777 0 made\n" + put("f", mode=b"0666") + b"E\n",
                "made/f")
    check_equal((place.mode("made"), place.mode("made/f")), (0o777, 0o666),
                "modes")


def set_id_bits(place):
    for value, mode in (("yes", 0o4755), ("no", 0o755)):
        stored_with(place, ["SetIdBits=" + value], "scp -p -t ROOT/new",
                    put("new", mode=b"4755"), confined=False)
        check_equal(place.mode("new"), mode, value)


def preserve_times(place):
    sent = b"T1000000000 0 1000000077 0\n" + NEW
    for value in ("yes", "no"):
        st = stored_with(place, ["PreserveTimes=" + value], sent=sent)
        kept = (int(st.st_mtime), int(st.st_atime)) == (
            1000000000, 1000000077)
        check_equal(kept, value == "yes", value)
        check(kept or st.st_mtime > time.time() - 60, "neither time")


def preserve_modes(place):
    for value, mode in (("yes", 0o666), ("no", 0o644)):
        stored_with(place, ["PreserveModes=" + value, "Umask=022"],
                    "scp -p -t %s" % value, put(value, mode=b"0666"), value)
        check_equal(place.mode(value), mode, value)


def default_acls(place):
    """What cp would make of it: the directory's default, nothing wider."""
    need_tool("setfacl", "getfacl")
    done = subprocess.run(["setfacl", "-d", "-m", "u:12345:rw,o::-",
                           place.path("sub")], stderr=subprocess.PIPE)
    if done.returncode != 0:
        skip("needs a file system with ACLs")
    stored_with(place, [], "scp -t sub/new", NEW, "sub/new")
    subprocess.run(["cp", place.path("old"), place.path("sub/by-cp")],
                   check=True)
    seen, wanted = [subprocess.run(
        ["getfacl", "-cn", place.path("sub", name)], check=True,
        stdout=subprocess.PIPE).stdout for name in ("new", "by-cp")]
    check_equal(seen, wanted, "ACL")
    check(b"user:12345:rw" in seen and b"other::---" in seen, seen)


def chroot_yes(_):
    """Below a directory that nobody else may write to, as root has to."""
    with Place("/run" if os.geteuid() == 0 else None) as place:
        stored_with(place, ["Chroot=yes"])
        place.holds({"new": b"new\n"})
        seen = place.say(["Chroot=yes"], "scp -t ROOT/new", NEW,
                         confined=False)
        is_broken(seen, "Chroot")


def user(place):
    need_root()
    nobody = pwd.getpwnam("nobody")
    os.chown(place.root, nobody.pw_uid, nobody.pw_gid)
    st = stored_with(place, ["User=nobody"])
    check_equal((st.st_uid, st.st_gid), (nobody.pw_uid, nobody.pw_gid),
                "owner")


def records(place, name="log"):
    with open(os.path.join(place.top, name)) as f:
        return f.read().splitlines()


def log_option(place):
    return "AuditLog=" + os.path.join(place.top, "log")


def audit_log(place):
    stored_with(place, [log_option(place)])
    events = [json.loads(line)["event"] for line in records(place)]
    check_equal(events, ["start", "session", "file", "end"], "events")
    stored_with(place, ["AuditLog=none"])
    check_equal(len(records(place)), 4, "records after AuditLog none")
    stored_with(place, [log_option(place)])
    check_equal(len(records(place)), 8, "records after a third session")


def audit_format(place):
    stored_with(place, [log_option(place), "AuditFormat=text"])
    for line in records(place):
        check(re.fullmatch(r'scp-server: time=\S+ pid=\d+ event=\w+'
                           r'( \w+=("[^"]*"|\S*))*', line), line)
    check("path=\"/new\"" in records(place)[2], records(place)[2])
    stored_with(place, [log_option(place), "AuditFormat=json"])
    check_equal(json.loads(records(place)[6])["path"], "/new", "path")


def audit_digest(place):
    body = trees.pattern(300001)
    for name, content in (("new", body), ("empty", b"")):
        stored_with(place, [log_option(place), "AuditDigest=sha256"],
                    "scp -t " + name, put(name, content), name)
        record = json.loads(records(place)[-2])
        told = subprocess.run(["sha256sum", place.path(name)], check=True,
                              stdout=subprocess.PIPE).stdout.decode()
        check_equal(record["sha256"], told.split()[0], name)
    seen = place.say([log_option(place), "AuditDigest=sha256"],
                     "scp -f new", b"\0\0\0")
    check_equal(seen.status, 0, "status")
    check_equal(json.loads(records(place)[-2])["sha256"],
                hashlib.sha256(body).hexdigest(), "of a download")
    stored_with(place, [log_option(place), "AuditDigest=none"])
    check("sha256" not in json.loads(records(place)[-2]), "with none")


def make_parents(place):
    """Each gets its mode, and has a record of its own as that of a D."""
    stored_with(place, ["MakeParents=yes", "DirectoryMode=0710", "Umask=077",
                        log_option(place)], "scp -t a/b/new", NEW, "a/b/new")
    check_equal([place.mode(n) for n in ("a", "a/b", "a/b/new")],
                [0o710, 0o710, 0o600], "modes")
    made = [json.loads(line) for line in records(place)]
    check_equal([r["event"] for r in made],
                ["start", "file", "file", "session", "file", "end"], "events")
    check_equal([(r["verb"], r["path"], r["mode"], r["result"])
                 for r in made if r["event"] == "file"],
                [("mkdir", "/a", "0710", "ok"),
                 ("mkdir", "/a/b", "0710", "ok"),
                 ("put", "/a/b/new", "0600", "ok")], "records")
    # only files count as such
    check_equal(made[-1]["files"], 1, "files")
    # nothing is made, and so recorded, where all is there
    stored_with(place, ["MakeParents=yes", log_option(place)],
                "scp -t a/b/new", NEW, "a/b/new")
    check_equal(len(records(place)) - len(made), 4, "records")


def a_refused_file_names_its_keyword(place):
    """In the record, as the peer was told."""
    place.say([log_option(place), "MaxFileSize=1"], "scp -t new", NEW)
    record = json.loads(records(place)[2])
    check_equal((record["result"], record["reason"]),
                ("fatal", "MaxFileSize"), "the record")


# INIT and REALPATH; their answers are VERSION, and NAME or STATUS
ASKED = (b"\0\0\0\5\1\0\0\0\3"
         b"\0\0\0\012\020\0\0\0\1\0\0\0\1.")
NAMES, STATUS = 104, 101


def sftp(place):
    """The program answers with a path, or with why it does not."""
    for options, wanted in (([], NAMES), (["Sftp=yes"], NAMES),
                            (["Sftp=no"], STATUS)):
        seen = place.say(options + ["Sandbox=prefer"], "internal-sftp", ASKED)
        second = 4 + int.from_bytes(seen.out[:4], "big")
        check_equal((seen.status, seen.out[second + 4]),
                    (0 if wanted == NAMES else 2, wanted), options)


MORE = {
    "Overwrite": overwrite_inplace_keeps_the_file, "FileMode": file_mode,
    "DirectoryMode": directory_mode, "Umask": umask,
    "SetIdBits": set_id_bits, "PreserveTimes": preserve_times,
    "PreserveModes": preserve_modes, "Chroot": chroot_yes, "User": user,
    "AuditLog": audit_log, "AuditFormat": audit_format,
    "AuditDigest": audit_digest, "Sftp": sftp, "MakeParents": make_parents,
}

STORIES = (default_acls, a_refused_file_names_its_keyword)
