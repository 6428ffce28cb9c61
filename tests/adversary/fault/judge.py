"""What may be found after a session that was killed or disturbed.

judge_*() return what is wrong in words; an empty list is a pass.
"""

import json
import os
import re
import signal

import peer
from scenes import MTIME, OLD_MTIME, OUTSIDE, Upload

TEMP = re.compile(r"\.scp-server\.[0-9a-f]{16}\.part\Z")


def stored(root):
    """Every name below root but directories, with its content."""
    found = {}
    for where, _, names in os.walk(root):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, root)] = f.read()
    return found


def modes_and_times(root):
    """What -p must have set, of files and directories below the root."""
    found = {}
    for where, dirs, names in os.walk(root):
        for name in dirs + names:
            path = os.path.join(where, name)
            s = os.stat(path)
            found[os.path.relpath(path, root)] = (s.st_mode, int(s.st_mtime))
    return found


def is_overwritten(data, old, new):
    """Begun at the front: so many bytes of the new, then the old one's."""
    least = min(len(data), len(new))
    same = next((n for n in range(least) if data[n] != new[n]), least)
    return data[same:] == old[same:] and len(data) == max(same, len(old))


def is_allowed(scene, path, data):
    """Overwrite inplace promises no more than the order of its bytes."""
    if data in [files[path] for files in (scene.old, scene.new, scene.kept)
                if path in files]:
        return True
    if scene.prefix and path in scene.kept and \
            scene.kept[path].startswith(data):
        return True
    return (scene.inplace and path in scene.new and path in scene.old and
            is_overwritten(data, scene.old[path], scene.new[path]))


def judge_names(scene, found, killed, named):
    """Final names are absent, old or new; nothing else is there."""
    wrong = []
    for path, data in found.items():
        if TEMP.match(os.path.basename(path)):
            whole = data in [*scene.new.values(), *scene.kept.values()]
            if not killed:
                wrong.append("temporary left behind")
            elif not whole and not named:
                wrong.append("partial temporary of %d bytes" % len(data))
        elif not any(path in files for files in
                     (scene.old, scene.new, scene.kept)):
            wrong.append("stray name %s" % path)
        elif not is_allowed(scene, path, data):
            wrong.append("PARTIAL %s: %d bytes" % (path, len(data)))
    wrong += ["old file %s is gone" % path for path in scene.old
              if path not in found]
    return wrong


def acknowledged_files(scene, session):
    """Paths of the files whose bodies were acknowledged."""
    if scene.sftp:
        return session.closed
    trail, paths = [], []
    for answer in session.answers:
        line = answer.record.line.rstrip(b"\n")
        name = line.split(b" ", 2)[2].decode() if line[:1] in b"CD" else ""
        if line[:1] == b"D" and answer.reply == peer.OK:
            trail.append(name)
        elif line[:1] == b"E" and trail:
            trail.pop()
        elif line[:1] == b"C" and answer.verdict == peer.OK:
            paths.append(scene.below + "/".join(trail + [name]))
    return paths


def judge_promises(scene, session, found):
    """What was acknowledged is stored; success is said only of all."""
    wrong = ["acknowledged but not stored: " + path
             for path in acknowledged_files(scene, session)
             if found.get(path) != scene.new.get(path)]
    complete = all(found.get(p) == d for p, d in scene.new.items())
    if session.succeeded() and not complete:
        wrong.append("exit 0, not all stored")
    if session.succeeded() and not session.all_acknowledged(scene.records):
        wrong.append("exit 0, not all acknowledged")
    if (session.all_acknowledged(scene.records) and not complete):
        wrong.append("all acknowledged, not all stored")
    return wrong


def judge_replies(session, killed):
    """One well-formed reply per record, and a status that agrees."""
    wrong = []
    told = session.replies() + ([session.extra] if session.extra else [])
    for reply in told:
        if reply and reply != peer.OK and not is_message(reply):
            wrong.append("malformed reply %r" % reply[:40])
    if session.extra and session.extra[:1] != b"\2":
        wrong.append("extra reply %r" % session.extra[:40])
    if not killed and session.succeeded() and session.failure_told():
        wrong.append("exit 0 after telling a failure")
    return wrong


def is_message(reply):
    return (reply[:1] in (b"\1", b"\2") and reply[-1:] == b"\n" and
            reply.count(b"\n") == 1)


def judge_end(session):
    if session.hung:
        return ["HUNG"]
    if session.status < 0:
        return ["ended by " + signal.Signals(-session.status).name]
    return []


def judge_outside(place):
    """Nothing beside the root is touched, but the audit file is ours."""
    outside = os.path.join(place, "outside")
    wrong = []
    if set(os.listdir(place)) - {"audit"} != {"root", "outside"}:
        wrong.append("names outside the root")
    if stored(outside) != OUTSIDE or any(
            mtime != OLD_MTIME for _, mtime in
            modes_and_times(outside).values()):
        wrong.append("changed outside the root")
    return wrong


def judge_parents(scene, place):
    """MakeParents: each is there as a directory, or not at all."""
    if scene.parents is None:
        return []
    root = scene.root(place)
    found = {os.path.relpath(os.path.join(where, name), root)
             for where, names, _ in os.walk(root) for name in names}
    return ["stray directory " + name
            for name in found - set(scene.parents)]


def judge_locked(scene, place, killed):
    """Unlocked for the time: it stays so only after a kill, and no more."""
    wrong = []
    for name, mode in scene.locked.items():
        seen = os.stat(os.path.join(scene.root(place), name)).st_mode & 0o7777
        if seen not in ((mode, mode | 0o300) if killed else (mode,)):
            wrong.append("LEFT UNLOCKED %s: %o" % (name, seen))
    return wrong


def judge_upload(scene, place, session, killed, named):
    found = stored(scene.root(place))
    wrong = judge_names(scene, found, killed, named)
    wrong += judge_parents(scene, place)
    wrong += judge_locked(scene, place, killed)
    if scene.refused:
        if session.status == 0:
            wrong.append("exit 0 for a refused file")
    else:
        wrong += judge_promises(scene, session, found)
    wrong += judge_replies(session, killed)
    if killed:
        return wrong + (["HUNG"] if session.hung else [])
    return wrong + judge_end(session)


def judge_download(scene, place, session, killed):
    """Nobody is given a whole file with status OK that differs from ours."""
    wrong = []
    for item in session.items:
        whole = len(item.data) == item.size
        if whole and item.status == peer.OK:
            if scene.old.get(item.path.decode()) != item.data:
                wrong.append("WRONG BYTES of %s" % item.path.decode())
    good = [i.path.decode() for i in session.items if i.status == peer.OK]
    if session.succeeded() and sorted(good) != sorted(scene.old):
        wrong.append("exit 0, sent only %s" % ", ".join(good))
    if session.succeeded() and session.told:
        wrong.append("exit 0 after telling a failure")
    for message in session.told:
        if not is_message(message):
            wrong.append("malformed message %r" % message[:40])
    if stored(scene.root(place)) != scene.old:
        wrong.append("a source changed files")
    if killed:
        return wrong + (["HUNG"] if session.hung else [])
    return wrong + judge_end(session)


def moved(scene, place, session):
    """Paths of the files that somebody has now, whole, and had not before."""
    if not isinstance(scene, Upload):
        return [i.path.decode() for i in session.items
                if len(i.data) == i.size]
    found = stored(scene.root(place))
    return [path for path, data in scene.new.items()
            if found.get(path) == data and scene.old.get(path) != data]


def records_of(place):
    try:
        with open(os.path.join(place, "audit")) as f:
            return [json.loads(line) for line in f]
    except FileNotFoundError:
        return []


def judge_records(scene, place, session, records):
    """Whatever moved is in the log, however the session ended."""
    paths = moved(scene, place, session)
    verb = "put" if isinstance(scene, Upload) else "get"
    results = ("ok", "begun") if scene.inplace else ("ok",)
    seen = [r.get("path", "") for r in records
            if r.get("verb") == verb and r.get("result") in results]
    wrong = ["UNRECORDED " + path for path in paths
             if not any(s.endswith(("/" + path, "/" + scene.renamed.get(
                 path, path))) for s in seen)]
    # what MakeParents makes is recorded before all is known of a session
    first = [r["event"] for r in records if r.get("verb") != "mkdir"][:2]
    if paths and first != ["start", "session"]:
        wrong.append("UNRECORDED session")
    return wrong


def could_be_told(scene, session):
    """In the middle of a body a source has no way to say anything; over SFTP
    it is the end itself, or its status, that tells."""
    if scene.sftp:
        return False
    # what is above a target gets its mode after the last reply
    if scene.parents and session.all_acknowledged(scene.records):
        return False
    return isinstance(scene, Upload) or not session.items or \
        len(session.items[-1].data) == session.items[-1].size


def judge(scene, place, session, killed=False, named=False):
    """named: where there is no O_TMPFILE, and a killed session leaves such."""
    wrong = judge_outside(place)
    if isinstance(scene, Upload):
        return wrong + judge_upload(scene, place, session, killed, named)
    return wrong + judge_download(scene, place, session, killed)


def judge_success(scene, place, session):
    """A run in which nothing was changed: all stored or sent, -p obeyed."""
    wrong = judge(scene, place, session)
    if session.status != (2 if getattr(scene, "refused", False) else 0):
        wrong.append("exit %s" % session.status)
    if scene.sftp and not session.succeeded():
        wrong.append("not all acknowledged: %r" % session.replies())
    if (scene.timed or "-p" in scene.arguments) and \
            isinstance(scene, Upload):
        seen = modes_and_times(scene.root(place))
        for path, (_, mtime) in seen.items():
            if mtime != MTIME:
                wrong.append("%s has not the time of its T record" % path)
    return wrong
