"""Differences between two servers' sessions, and the rows they fall into."""

import collections
import os
import re

# what: reply, status, or a field of the tree; at: step or path
Difference = collections.namedtuple(
    "Difference", "what at features ours theirs")
# needs: features, all of them, "a|b" for either, "not a" for the lack of one;
# ours and theirs: regular expressions for the values
Row = collections.namedtuple("Row", "id what needs ours theirs reason")


# What OpenSSH leaves for, whatever else is wrong with the record.
ENDS_THEIRS = {"mode-digits", "times-blank", "times-minus"}


def fits(row, d):
    if d.what not in row.what.split():
        return False
    for need in row.needs:
        if need.startswith("not "):
            if need[4:] in d.features:
                return False
        elif not d.features.intersection(need.split("|")):
            return False
    return re.fullmatch(row.ours, str(d.ours), re.S) is not None and \
        re.fullmatch(row.theirs, str(d.theirs), re.S) is not None


def find_row(table, d):
    for row in table:
        if fits(row, d):
            return row
    return None


def replies(session, notes, ours, theirs):
    """Differing replies, step by step, up to where the two part.

    Returns the differences and the step they part at, or None.
    """
    found = []
    for number in range(-1, len(session.steps)):
        a, b = ours.replies.get(number), theirs.replies.get(number)
        features = session.features() | (
            notes[number][1] if number >= 0 else {"target"})
        if a == b:
            if a is None:
                break
            continue
        found.append(Difference("reply", number, features, a, b))
        goes_on = a is not None and b is not None and a[-1:] == b[-1:] and \
            a[-1:] in ("0", "1") and not features & ENDS_THEIRS
        if not goes_on:
            return found, number
    return found, None


def concerned(notes, name, links):
    """The features of all steps that touch a path, or what links to it."""
    features = set()
    for path, those in notes:
        if path is None:
            continue
        if path == name:
            features |= those
        elif os.path.dirname(path) == (b"" if name == b"." else name):
            features |= {"below " + f for f in those}
        lands = links.get(path)
        if lands is not None and (
                name == lands or name == os.path.dirname(lands)):
            features.add("behind a link that was sent")
        if "over-hard-link" in those or lands == b"jail/a":
            features.add("a hard link was sent")
    return features


def outcomes(heard):
    """What both sides said in the whole session."""
    features = set()
    for side, who in ((heard[b"ours"], "ours"), (heard[b"theirs"], "theirs")):
        if any("1" in r or "2" in r for r in side.replies.values()):
            features.add(who + " refused")
        if side.status == 2 or any(
                r.endswith("2") for r in side.replies.values()):
            features.add(who + " stopped")
    return features


def trees(session, notes, links, common, ours, theirs):
    """Differing names and fields."""
    found = []
    for name in sorted(set(ours) | set(theirs)):
        features = common | concerned(notes, name, links)
        if name not in ours or name not in theirs:
            found.append(Difference(
                "name", name, features, ours.get(name, {}).get("kind"),
                theirs.get(name, {}).get("kind")))
            continue
        a, b = ours[name], theirs[name]
        fields = ["kind"] if a["kind"] != b["kind"] else \
            sorted(set(a) | set(b))
        for field in fields:
            if a.get(field) != b.get(field):
                found.append(Difference(field, name, features, a.get(field),
                                        b.get(field)))
    return found


def statuses(session, notes, common, ours, theirs):
    if ours.status == theirs.status:
        return []
    features = set(common)
    last = max(list(ours.replies) + list(theirs.replies) + [-1])
    features |= {"last " + f for f in notes[last][1]} if last >= 0 else set()
    sent = {s.kind for s in session.steps[:last + 1]}
    features |= {"peer " + k for k in sent & {"1", "2"}}
    features |= {"peer status-1"} & {
        "peer " + f for s in session.steps[:last + 1] for f in s.features}
    return [Difference("status", last, features, ours.status, theirs.status)]
