"""Which sessions a conversation is held with."""

import functools
import os

import sftp
import suite
import talk
from spoken import Place

# A confined session that may do what an open one may, but for links.
CONFINED = ["Access=read-write", "Overwrite=replace", "Modify=yes",
            "DotFiles=allow"]


def open_words(_):
    return [talk.program()]


def confined_words(place, options=CONFINED):
    return place.words(options)


def control_words(_):
    return [talk.CONTROL]


def begun(place, words):
    """A client of a session of these words, after the greeting."""
    client = sftp.Client(words, place.root, talk.PATIENCE,
                         place.environment("internal-sftp"), umask=0o022)
    client.init()
    return client


@functools.lru_cache(maxsize=None)
def speaks():
    with sftp.Client([talk.program()], timeout=10) as client:
        try:
            return client.init() is not None
        except (sftp.Ended, sftp.Wrong):
            return False


def need_native():
    if not speaks():
        suite.skip("needs a server that speaks SFTP itself")


def need_control():
    if not os.access(talk.CONTROL, os.X_OK):
        suite.skip("needs " + talk.CONTROL)


def _held(kind, lines, options):
    with Place() as place:
        confined = kind == "confined"
        lines = lines.replace("ROOT/", "/" if confined else "ROOT/")
        lines = lines.replace("ROOT", "/" if confined else "ROOT")
        lines = lines.replace("ROOT", place.root)
        if kind == "control":
            need_control()
            talk.hold([talk.CONTROL], place, lines, True)
            return
        need_native()
        if confined:
            talk.hold(confined_words(place, options or CONFINED), place,
                      lines)
        else:
            talk.hold(open_words(place), place, lines)


def add_talks(subject, talks, kinds=("open", "confined", "control")):
    """Rows of a name and lines: with each kind of session."""
    for name, lines in talks:
        for kind in kinds:
            suite.add("%s/%s/%s" % (subject, name, kind),
                      functools.partial(_held, kind, lines, None))


def add_policies(subject, rows):
    """Rows of a name, options and lines: confined sessions."""
    for name, options, lines in rows:
        suite.add("%s/%s" % (subject, name),
                  functools.partial(_held, "confined", lines, options))


def add_open_policies(subject, rows):
    """The same with Root none."""
    for name, options, lines in rows:
        def run(options=options, lines=lines):
            need_native()
            with Place() as place:
                talk.hold(place.words(options, False), place,
                          lines.replace("ROOT", place.root))
        suite.add("%s/%s" % (subject, name), run)


def an_open_one(subject, story):
    """A story that is told of an open session and of a confined one."""
    for kind, words in (("open", open_words), ("confined", confined_words)):
        def run(words=words):
            need_native()
            with Place() as place:
                story(words(place), place, place.root)
                place.no_leftovers()
        suite.add("%s/%s/%s" % (subject, story.__name__, kind), run)
