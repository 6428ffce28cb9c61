"""Two equal worlds for one session: jail/ to work in, outside/ beside it."""

import os
import stat
import time

import uploads

RECENT = 600


def plant(spec, path):
    os.mkdir(path, 0o755)
    for name, what in spec.items():
        where = path + b"/" + name
        if isinstance(what, dict):
            plant(what, where)
        elif isinstance(what, tuple):
            os.symlink(what[1], where)
        else:
            with open(where, "wb") as f:
                f.write(what)


def dress(path, modes):
    """Modes by name, and old times, different for every name."""
    for n, entry in enumerate(sorted(os.listdir(path))):
        where = path + b"/" + entry
        st = os.lstat(where)
        if stat.S_ISDIR(st.st_mode):
            dress(where, modes)
        elif stat.S_ISREG(st.st_mode):
            os.chmod(where, modes.get(entry, 0o644))
        os.utime(where, (uploads.OLD + n, uploads.OLD + n),
                 follow_symlinks=False)
    os.utime(path, (uploads.OLD, uploads.OLD))


def make(path, session):
    """The world of one server; the session runs in its jail."""
    old = os.umask(0o022)
    os.mkdir(path, 0o755)
    plant({b"secret": b"secret", b"dir": {}}, path + b"/outside")
    plant(session.tree, path + b"/jail")
    first = path + b"/jail/a"
    if session.hard and os.path.isfile(first) and not os.path.islink(first):
        os.link(first, path + b"/outside/hard")
    dress(path, session.old_modes)
    os.umask(old)


def remove(path):
    """A tree of ours, whatever modes its directories have."""
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    os.chmod(path, 0o700)
    for entry in os.listdir(path):
        remove(path + b"/" + entry)
    os.rmdir(path)


def moment(ns):
    """A time, or "now" for one that nobody said."""
    return "now" if abs(ns / 1e9 - time.time()) < RECENT else ns


def look(path, found, name=b"."):
    """Relative name -> {field: value}; of what is only looked at, no atime."""
    st = os.lstat(path)
    mode = stat.S_IMODE(st.st_mode)
    if stat.S_ISLNK(st.st_mode):
        found[name] = {"kind": "link", "content": os.readlink(path)}
    elif stat.S_ISDIR(st.st_mode):
        found[name] = {"kind": "directory", "mode": oct(mode),
                       "dir-mtime": moment(st.st_mtime_ns)}
        if mode & 0o700 != 0o700:
            os.chmod(path, 0o700)
        for entry in os.listdir(path):
            look(path + b"/" + entry, found, os.path.normpath(
                name + b"/" + entry))
    else:
        if not mode & 0o400:
            os.chmod(path, 0o600)
        with open(path, "rb") as f:
            content = f.read()
        mtime = moment(st.st_mtime_ns)
        found[name] = {"kind": "file", "mode": oct(mode), "mtime": mtime,
                       "content": content}
        if mtime != "now":
            found[name]["atime"] = moment(st.st_atime_ns)
    return found


def describe(path):
    """What stands at a path before the session, for the features."""
    try:
        st = os.lstat(path)
    except OSError:
        return set()
    if stat.S_ISLNK(st.st_mode):
        return {"over-link"}
    if stat.S_ISDIR(st.st_mode):
        return {"over-directory"}
    features = {"over-file"}
    if not st.st_mode & 0o200:
        features.add("over-read-only")
    if st.st_nlink > 1:
        features.add("over-hard-link")
    return features


def where_it_goes(target):
    """What is odd about the place that an operand names."""
    if os.path.isdir(target):
        return set()
    real = os.path.realpath(target)
    if os.path.islink(real) or not os.path.isdir(os.path.dirname(real)):
        return {"target-without-place"}
    found = {"target-with-slash"} if target.endswith(b"/") else set()
    plain = target.rstrip(b"/")
    if os.path.islink(plain) and not os.path.exists(plain):
        found.add("target-dangling")
    return found


def annotate(session, world):
    """(path, features) of each step, from what stands there and was sent.

    A path is seen from the world; None for a step that names none.
    """
    top = os.path.realpath(world)
    target = os.path.join(top, b"jail", session.target or b".")
    is_dir = os.path.isdir(target)
    base = os.path.realpath(target)
    trail, sent, pending, far, notes = [base], {}, None, False, []
    session.place = where_it_goes(target) if session.target else \
        {"target-without-place"}
    locked, opened, unreadable = [False], [False], [False]
    for step in session.steps:
        features = set(step.features) | {step.kind}
        path = None
        if step.kind in "CD":
            path = trail[-1] if len(trail) == 1 and not is_dir else \
                os.path.join(trail[-1], step.name.split(b"\0")[0])
            features |= describe(path) | sent.get(path, set())
            if len(trail) == 1 and not is_dir:
                features.add("file-target")
                features |= {"second-file"} if sent else set()
            features |= {"old-times"} if pending == "old" else set()
            features |= {"far-times"} if far else set()
            features |= {"in-locked"} if any(locked) else set()
            features |= {"in-opened"} if any(opened) else set()
            features |= {"in-unreadable"} if any(unreadable) else set()
            kept = sent.get(path, set()) & {
                "over-directory", "over-locked", "over-unreadable",
                "over-read-only", "sent-withdrawn", "sent-through-link"}
            sent[path] = kept | {"sent-before", "over-directory"
                                 if step.kind == "D" else "over-file"}
            if "over-link" in features:
                sent.setdefault(os.path.realpath(path), set()).add(
                    "sent-through-link")
            if features & {"status-1", "body-long"}:
                sent[path].add("sent-withdrawn")
            if step.kind == "C" and step.line[2:3] in b"0145":
                sent[path].add("over-read-only")
            if step.kind == "C" and not step.line[2:3] in b"2367":
                features.add("without-w")
        if step.kind == "T":
            pending, far = "fresh", "times-far" in features
        elif pending:
            pending = "old"
        if step.kind == "D":
            trail.append(path)
            locked.append(session.preserve and "over-directory" in features
                          and step.line[2:3] not in b"37")
            opened.append("over-locked" in features)
            unreadable.append("over-unreadable" in features)
            if step.line[2:3] not in b"37":
                sent[path].add("over-locked")
            if step.line[2:3] in b"012":
                sent[path].add("over-unreadable")
        elif step.kind == "E" and len(trail) > 1:
            trail.pop()
            locked.pop()
            unreadable.pop()
            if opened.pop():
                features.add("of-locked")
        relative = None if path is None else os.path.relpath(path, top)
        notes.append((relative, features))
    return notes


def destinations(world):
    """What the links of a world lead to, seen from it: link -> place."""
    top = os.path.realpath(world)
    found = {}
    for where, dirs, files in os.walk(top):
        for name in dirs + files:
            path = os.path.join(where, name)
            if os.path.islink(path):
                found[os.path.relpath(path, top)] = os.path.relpath(
                    os.path.realpath(path), top)
    return found
