"""Programs that act on finished uploads never see half a file."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time

import peer
import suite
import trees
from machine import Machine, until
from sessions import CONTRIB, furnish, put
from suite import case, check, check_equal, need_tool

UNITS = ("scp-finished.path", "scp-finished.timer", "scp-finished.service")
SIZE = 300 * 1024       # a second's worth at the rate of the slow sessions
SLOW = "300K"


def body(number):
    return trees.pattern(SIZE)[number:] + b"x" * number


def digest(data):
    return hashlib.sha256(data).hexdigest()


def seen(machine):
    """[(digest, name)] that the worker has written down."""
    try:
        with open(machine.path("srv", "seen")) as f:
            return [tuple(line.split()) for line in f]
    except FileNotFoundError:
        return []


def send_slowly(machine, names, *options):
    """A session whose files take their time; their digests by name."""
    sent = {name: body(n) for n, name in enumerate(names)}
    put(machine, [peer.file(0o644, n, b) for n, b in sent.items()],
        "-o", "RateLimit=" + SLOW, *options)
    return sorted((digest(b), n) for n, b in sent.items())


def write_in_place(machine, name):
    """What a server does that writes to the file under its name."""
    data = body(9)
    with open(machine.path("srv", "drop", name), "wb") as f:
        for n in range(0, len(data), 65536):
            f.write(data[n:n + 65536])
            f.flush()
            time.sleep(0.2)
    return digest(data)


def start_watch(machine, *options):
    need_tool("inotifywait")
    machine.start(os.path.join(CONTRIB, "finished-upload", "watch"),
                  *options, "/srv/drop", "/srv/worker")
    probes = []

    def watches():
        probes.append(machine.path("srv", "drop", "probe%d" % len(probes)))
        with open(machine.path("srv", "probe"), "w"):
            pass
        (os.link if options else os.rename)(machine.path("srv", "probe"),
                                            probes[-1])
        time.sleep(0.2)
        return seen(machine)
    until(watches, "inotifywait")
    last = os.path.basename(probes[-1])
    until(lambda: last in [name for _, name in seen(machine)], last)
    for path in probes:
        os.unlink(path)
    os.unlink(machine.path("srv", "seen"))


@case
def inotify_sees_whole_files_only():
    with Machine() as machine:
        furnish(machine)
        start_watch(machine)
        wanted = send_slowly(machine, ["a", "b", "c"])
        # over those that stand there: another way to publish
        wanted += send_slowly(machine, ["c", "a"])
        until(lambda: len(seen(machine)) >= len(wanted), "five files")
        check_equal(sorted(seen(machine)), sorted(wanted), "seen")


@case
def inotify_sees_what_may_not_be_replaced():
    with Machine() as machine:
        furnish(machine)
        start_watch(machine, "-c")
        wanted = send_slowly(machine, ["a", "b"], "-o", "Overwrite=deny")
        until(lambda: len(seen(machine)) >= len(wanted), "two files")
        check_equal(sorted(seen(machine)), sorted(wanted), "seen")


@case
def inotify_would_see_half_a_file():
    with Machine() as machine:
        furnish(machine)
        start_watch(machine, "-c")
        whole = write_in_place(machine, "half")
        until(lambda: seen(machine), "the file")
        check(seen(machine)[0][0] != whole, "it was whole")


def install_units(machine):
    need_tool("systemctl")
    units = machine.path("srv", "config", "systemd", "user")
    os.makedirs(units)
    for name in UNITS:
        with open(os.path.join(CONTRIB, "finished-upload", name)) as f:
            text = f.read()
        text = text.replace("Sec=30", "Sec=3")
        # the worker, which the example has a place for
        text = text.replace("/srv/drop /srv/taken",
                            "/srv/drop /srv/taken /srv/worker")
        with open(os.path.join(units, name), "w") as f:
            f.write(text)


def start_systemd(machine, *units):
    """A real one, as a user's manager, for it needs no machine of its own."""
    if not os.path.exists("/lib/systemd/systemd"):
        suite.skip("needs systemd")
    install_units(machine)
    where = {"XDG_RUNTIME_DIR": "/run/user",
             "XDG_CONFIG_HOME": "/srv/config", "HOME": "/srv"}
    environment = dict(os.environ, **where)
    machine.start("/lib/systemd/systemd", "--user", env=environment)
    until(lambda: machine.exists("/run/user/systemd/private"), "systemd")
    machine.run("systemctl", "--user", "start", *units or UNITS[:1],
                env=environment)


def taken(machine):
    """(digest, name) of what is in /srv/taken, its time cut off."""
    found = []
    for name in os.listdir(machine.path("srv", "taken")):
        data = trees.read(machine.path("srv", "taken", name))
        found.append((digest(data), re.sub(r"\.\d+T[\d.]+$", "", name)))
    return sorted(found)


@case
def the_path_unit_takes_whole_files_only():
    with Machine() as machine:
        furnish(machine)
        start_systemd(machine)
        wanted = send_slowly(machine, ["a.tar", "b.tar", "c.tar"])
        wanted += send_slowly(machine, ["b.tar"])
        until(lambda: len(seen(machine)) >= len(wanted), "four files")
        check_equal(taken(machine), sorted(wanted), "taken")
        check_equal(sorted(re.sub(r"\.\d+T[\d.]+$", "", n)
                           for _, n in seen(machine)),
                    sorted(n for _, n in wanted), "the worker's")
        check_equal(sorted(d for d, _ in seen(machine)),
                    sorted(d for d, _ in wanted), "what the worker saw")
        check_equal(os.listdir(machine.path("srv", "drop")), [], "left")


@case
def what_is_left_stops_no_other_from_being_taken():
    """A directory is none of the finished; the timer finds what came while
    the service ran, and what could not be taken at first."""
    with Machine() as machine:
        furnish(machine)
        os.mkdir(machine.path("srv", "drop", "tree.tar"))
        taken_at = machine.path("srv", "taken")
        os.rename(taken_at, taken_at + "-away")
        start_systemd(machine, *UNITS[:2])
        wanted = send_slowly(machine, ["a.tar"])
        time.sleep(3)
        os.rename(taken_at + "-away", taken_at)
        for n in range(20):     # each of them starts the service
            wanted += send_slowly(machine, ["b%d.tar" % n], "-o",
                                  "RateLimit=none")
        until(lambda: len(seen(machine)) >= len(wanted), "all files")
        check_equal(taken(machine), sorted(wanted), "taken")


@case
def the_path_unit_would_take_half_a_file():
    with Machine() as machine:
        furnish(machine)
        start_systemd(machine)
        whole = write_in_place(machine, "half.tar")
        until(lambda: seen(machine), "the file")
        check(seen(machine)[0][0] != whole, "it was whole")


def take(names, *command, **more):
    """What becomes of such uploads: the exit status, those that were taken,
    without their time, and those that were left."""
    with tempfile.TemporaryDirectory() as top:
        for where in ("in", "out"):
            os.mkdir(os.path.join(top, where))
        for name in names:
            with open(os.path.join(top, "in", name), "w"):
                pass
        done = subprocess.run(
            [os.path.join(CONTRIB, "finished-upload", "finished"),
             "in", "out", *command], cwd=top, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            **more)
        return (done.returncode, done.stdout.split(),
                sorted(re.sub(r"\.\d+T[\d.]+$", "", name)
                       for name in os.listdir(os.path.join(top, "out"))),
                os.listdir(os.path.join(top, "in")))


@case
def the_longest_name_is_taken_with_all_that_follow():
    names = ["a" * 229, "b" * 230, "c" * 255, "d.tar"]
    check_equal(take(names), (0, [], [n[:229] for n in names], []), "taken")


@case
def a_command_that_fails_keeps_no_other_file():
    done = take(["a", "b", "c"], "sh", "-c",
                "echo ${0%%.*}; [ ${0%%.*} != out/a ]")
    check_equal(done, (1, ["out/a", "out/b", "out/c"], ["a", "b", "c"], []),
                "taken")


@case
def a_file_that_cant_be_moved_keeps_no_other():
    with tempfile.TemporaryDirectory() as stand_in:
        mv = os.path.join(stand_in, "mv")
        with open(mv, "w") as f:
            f.write('#!/bin/sh\n[ "$4" != in/a ] && exec /bin/mv "$@"\n')
        os.chmod(mv, 0o755)
        path = stand_in + ":" + os.environ["PATH"]
        check_equal(take(["a", "b", "c"], "echo", "took",
                         env=dict(os.environ, PATH=path))[2:],
                    (["b", "c"], ["a"]), "taken")


@case
def inotify_goes_on_after_a_command_that_fails():
    with Machine() as machine:
        furnish(machine)
        start_watch(machine)
        with open(machine.path("srv", "worker"), "a") as f:
            f.write("cat\nexit 1\n")      # it could take the next event, too
        for name in ("a", "b", "c"):
            put(machine, [peer.file(0o644, name, b"x")])
        until(lambda: len(seen(machine)) >= 3, "three files", 20)
        check_equal(sorted(name for _, name in seen(machine)),
                    ["a", "b", "c"], "seen")


@case
def the_units_find_what_their_comment_installs():
    need_tool("systemd-analyze")
    with Machine() as machine:
        where = machine.path("srv", "finished-upload")
        shutil.copytree(os.path.join(CONTRIB, "finished-upload"), where)
        with open(os.path.join(where, "scp-finished.service")) as f:
            text = f.read()
        commands = re.findall(r"^#\t(install .*)$", text, re.M)
        check_equal(len(commands), 2, "documented commands")
        machine.run("sh", "-c", " && ".join(["cd /srv/finished-upload"] +
                                            commands))
        for path in re.search(r"^ExecStart=(.*)$", text, re.M)[1].split()[2:]:
            machine.run("test", "-d", path)
        program = re.search(r"^ExecStart=(\S+)", text, re.M).group(1)
        machine.run("test", "-x", program)
        said = machine.run("systemd-analyze", "verify", "--man=no",
                           "/srv/finished-upload/scp-finished.path",
                           "/srv/finished-upload/scp-finished.service")
        check("scp-finished" not in said, said)
