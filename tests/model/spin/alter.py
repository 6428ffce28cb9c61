"""Recordings made wrong: each way must be refused.

Each function takes the events of a session and gives wrong ones, or None
where the session has nothing to alter in that way.  With Pipelining an answer
more may be one ahead, so some ways are for sessions without.
"""

import conform


def _answers(events):
    """Where the server said nothing but \\0 that somebody had asked for."""
    return [i for i, (sign, data) in enumerate(events)
            if sign == "<" and data == conform.OK]


def answer_twice(session, events):
    at = _answers(events)
    if session.role != "sink" or session.pipelining or not at:
        return None
    i = at[-1]
    return events[:i + 1] + [events[i]] + events[i + 1:]


def answer_before_asked(session, events):
    """The second reply before what it answers."""
    at = _answers(events)
    if session.role != "sink" or len(at) < 2 or at[0] != 0:
        return None
    return [events[0], events[at[1]]] + \
        events[1:at[1]] + events[at[1] + 1:]


def answer_missing(session, events):
    at = _answers(events)
    if session.role != "sink" or session.pipelining or not at:
        return None
    return events[:at[-1]] + events[at[-1] + 1:]


def refuse_and_read_on(session, events):
    """\\1 in place of the go-ahead."""
    if session.role != "sink":
        return None
    for i in _answers(events):
        if i > 0 and events[i - 1][1] is not None and \
                conform.HEADER.fullmatch(events[i - 1][1]) and \
                i < len(events) - 1:
            return events[:i] + [("<", b"\1scp: no\n")] + events[i + 1:]
    return None


def record_unasked(session, events):
    """The source's first words before the peer's first \\0."""
    if session.role != "source":
        return None
    first = [i for i, (sign, data) in enumerate(events)
             if sign == "<" and data[:1] not in (b"\1", b"\2")]
    if not first:
        return None
    i = first[0]
    return [events[i]] + events[:i] + events[i + 1:]


def _answered_ahead(session, events):
    """Whether the peer said more than these had asked it for."""
    source = conform.follow(session, events)
    return len(source.heard) > source.asked


def body_unasked(session, events):
    """A source never sends a body together with its C, unless the peer
    answered that C ahead."""
    if session.role != "source":
        return None
    for i in range(len(events) - 2):
        if events[i][0] == events[i + 2][0] == "<" and \
                events[i + 1] == (">", conform.OK) and \
                conform.HEADER.fullmatch(events[i][1]) and \
                events[i][1][:1] == b"C" and \
                not _answered_ahead(session, events[:i]):
            return events[:i] + [("<", events[i][1] + events[i + 2][1]),
                                 (">", conform.OK)] + events[i + 3:]
    return None


def end_twice(session, events):
    if session.role != "source":
        return None
    for i, (sign, data) in enumerate(events):
        if sign == "<" and data == b"E\n":
            return events[:i + 1] + [(">", conform.OK), ("<", data)] + \
                events[i + 1:]
    return None


def octet_missing(session, events):
    """The last octet of the server's last words: a status, or a newline."""
    if session.role != "source":
        return None
    for i in reversed(range(len(events))):
        sign, data = events[i]
        if sign == "<":
            return events[:i] + ([(sign, data[:-1])] if data[1:] else []) + \
                events[i + 1:]
    return None


WAYS = (answer_twice, answer_before_asked, answer_missing, refuse_and_read_on,
        record_unasked, body_unasked, end_twice, octet_missing)
