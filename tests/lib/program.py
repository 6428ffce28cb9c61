"""The checkout, and the program that the tests try."""

import os

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


# Where make puts what it makes.
BUILD = os.path.join(TOP, os.environ.get("BUILD") or "build")


def _found():
    """SCP_SERVER, or what make built.

    Only root can hide the host's /etc/scp-server.conf from a session, see
    private.py.  Others try the program that `make test` links from the same
    objects, which looks for its configuration elsewhere.
    """
    if os.environ.get("SCP_SERVER"):
        return os.path.abspath(os.environ["SCP_SERVER"])
    elsewhere = os.path.join(BUILD, "elsewhere", "scp-server")
    if os.geteuid() != 0 and os.access(elsewhere, os.X_OK):
        return elsewhere
    return os.path.join(BUILD, "scp-server")


SERVER = _found()

# The administrator's program, which lies beside it if it was built with it.
CHECK = SERVER + "-check"
if not os.access(CHECK, os.X_OK):
    CHECK = os.path.join(BUILD, "scp-server-check")


def with_root(words):
    """The words of a session by hand, with "Root none" before them where they
    set no Root: without one the program serves nobody."""
    roots = [w for w in words if w.lower().startswith(("root=", "-oroot="))]
    return ([] if roots else ["-o", "Root=none"]) + list(words)
