"""Sessions in a machine of our own, and the directories they need."""

import os
import shutil

import peer
import suite
from suite import check

CONTRIB = os.path.join(suite.TOP, "contrib")


def put(machine, records, *options, root="/srv/drop"):
    """An upload inside; every record must be acknowledged."""
    words = machine.words(suite.SERVER, "-o", "Sandbox=prefer", *options,
                          "-o", "Root=" + root, "-r", "-t", "/")
    session = peer.upload(words, records, timeout=60)
    check(session.all_acknowledged(records), "replies %r, status %r" % (
        session.replies(), session.status))
    return session


def get(machine, name, *options, root="/srv/drop"):
    return peer.download(machine.words(
        suite.SERVER, "-o", "Sandbox=prefer", *options, "-o", "Root=" + root,
        "-f", name), timeout=60)


# What a worker is given: it writes down what it saw at that moment.
WORKER = """#!/bin/sh
sha256sum <"$1" | sed "s|-|${1##*/}|" >>/srv/seen
"""


def furnish(machine):
    """Directories for uploads, and what acts on them."""
    for name in ("drop", "taken"):
        os.mkdir(machine.path("srv", name))
    machine.run("mkdir", "/usr/local/lib/scp-server")
    shutil.copy(os.path.join(CONTRIB, "finished-upload", "finished"),
                machine.path("lib", "scp-server", "finished"))
    path = machine.path("srv", "worker")
    with open(path, "w") as f:
        f.write(WORKER)
    os.chmod(path, 0o755)
