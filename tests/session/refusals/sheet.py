"""A table of what clients show of refusals: a file that is compared and can be
written anew.

	scene, client, what it shows; "|" is a line break
"""

import functools
import os
import re
import time

import suite
import world
from suite import check, check_equal

WORKERS = 4
# The server waits for 2 s of silence, at most 10 s; a busy machine takes more.
LONGEST = 30


class Sheet:
    """why_none(scene, client) says why there is nothing to try, or None;
    copy(client, daemon, scene, here) tries it; mute has why a client, or
    one in one scene, shows no word of any server."""

    def __init__(self, path, prefix, scenes, copiers, mute, why_none, copy):
        self.path, self.prefix = path, prefix
        self.scenes, self.copiers, self.mute = scenes, copiers, mute
        self.why_none, self.copy = why_none, copy
        self.seen = {}

    def add_cases(self, the_world):
        ahead = world.Ahead(WORKERS, the_world)
        for scene in self.scenes:
            for client in self.copiers:
                if self.why_none(scene, client) is None:
                    ahead.add("%s%s/%s" % (self.prefix, scene.name,
                                           client.name), functools.partial(
                        self.try_cell, the_world, scene, client))

    def try_cell(self, the_world, scene, make_client):
        w = the_world()
        client = make_client(w.people[scene.name])
        if client.missing():
            suite.skip("needs " + client.missing())
        here = w.path("here-%s-%s" % (client.name, scene.name))
        os.makedirs(here, exist_ok=True)
        begun = time.monotonic()
        outcome = self.copy(client, w.daemons["openssh"], scene, here)
        took = time.monotonic() - begun
        text, mute = shown(outcome.text, w), self.mute.get(
            (scene.name, client.name), self.mute.get(client.name))
        if mute and (scene.words == "" or scene.words not in text):
            text += "; " + mute
        self.seen[scene.name, client.name] = text
        check(outcome.status != 0 or client.name in ("pscp", "psftp"),
              "no failure: %r" % text)
        check(took < LONGEST, "it took %.1f s" % took)
        check(scene.words in text or mute, "showed %r" % text)
        check_equal(text, self.read().get((scene.name, client.name)),
                    "in the table")

    def cells(self):
        """Why each cell has no text, or None."""
        return {(s.name, c.name): self.why_none(s, c)
                for s in self.scenes for c in self.copiers}

    @functools.lru_cache(maxsize=None)
    def read(self):
        if not os.path.exists(self.path):
            return {}
        with open(self.path) as f:
            rows = [line.rstrip("\n").split("\t") for line in f]
        return {(scene, client): text for scene, client, text in rows}

    def has_every_cell(self):
        table, cells = self.read(), self.cells()
        check_equal(set(table), set(cells), "cells")
        for cell, text in table.items():
            check(text, "an empty cell of %s/%s" % cell)
            check_equal(text if text.startswith("none:") else None,
                        cells[cell], "why %s/%s shows nothing" % cell)

    def write(self, path):
        """The table with what was seen now; in the order of scenes and
        clients, without cells that are none now."""
        table = {**self.read(), **self.seen}
        with open(path, "w") as f:
            for cell, none in self.cells().items():
                f.write("%s\t%s\t%s\n" % (*cell, none or table.get(cell, "")))


def shown(text, w):
    """Its lines, each once, without what differs from run to run."""
    text = text.replace(w.top, "").replace(str(w.daemons["openssh"].port),
                                           "PORT")
    text = re.sub(r"/here-[\w.-]+/", "", text)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return " | ".join(sorted({line for line in lines if line}))
