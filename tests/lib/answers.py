"""What a session answered, read the way a client reads it."""

import re

TWICE = re.compile(rb"\x01(scp: [^\n]*\n)(?:\x02(.*\n))?", re.DOTALL)


def refusal(status, out):
    """An upload that is refused at once is told so twice: as \\1, and after
    the peer's first line as \\2.  Here as \\2 only, like any other refusal;
    where the input ended within that line there was no second time."""
    twice = TWICE.fullmatch(out)
    if status in (2, 78) and twice and twice[2] in (None, twice[1]):
        return b"\2" + twice[1]
    return out
