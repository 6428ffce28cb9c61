"""The rows that go through a real sshd on the loopback, and from afar."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import clients
import delay
import rig
import sshd
import suite
from rig import FILES, PEER, SIZE, figure, result

ONE_WAY = 0.025
TRIES = 1 if rig.QUICK else 2   # the best of them: load only adds
PATIENCE = 600
WRAPPER = """\
#!/bin/sh
exec %s -o Root=none -o Pipelining=yes "$@"
"""


class Site(sshd.Site):
    """With a subsystem for SFTP: ours by the name that tells it, or the
    peer's."""

    def _openssh_words(self, port):
        words = super()._openssh_words(port)
        program = self.path("bin", "sftp-server")
        if not os.path.lexists(program):
            os.symlink(self.sftp or "scp", program)
        with open(self.path("sshd_config"), "a") as f:
            f.write("Subsystem sftp %s\n" % program)
        return words

    def __init__(self, server, sftp):
        self.sftp = sftp
        super().__init__(server)


class Far:
    """A Site whose scp is ours, ours with Pipelining, or the peer."""

    def __init__(self, r, kind):
        self.kind = kind
        peer = kind == "peer"
        self.site = Site(shutil.which(PEER) if peer else suite.SERVER,
                         rig.SFTP_PEER if peer else None)
        if kind == "pipelined":
            program = self.site.path("bin", "scp")
            os.rename(program, program + "-server")
            sshd.write(program, WRAPPER % (program + "-server"), 0o755)
        self.daemon = self.site.openssh()
        self.place = r.fresh(kind)
        self.own(self.place)

    def own(self, path):
        """Gives the account what it shall serve or write to."""
        os.chown(path, self.site.account.uid, self.site.account.gid)
        return path

    def fresh(self, name):
        path = os.path.join(self.place, name)
        shutil.rmtree(path, ignore_errors=True)
        os.mkdir(path)
        return self.own(path)

    def copy(self, client, port, words, paths):
        """Seconds that a client takes; it has to succeed."""
        begun = time.monotonic()
        status, out, err = clients.run(client.words(port) + words + paths,
                                       self.site, seconds=PATIENCE)
        if status != 0:
            raise RuntimeError("%s %s: %s" % (self.kind, paths, out + err))
        return time.monotonic() - begun


def make_files(top, count, size):
    os.mkdir(top)
    for n in range(count):
        with open(os.path.join(top, "f%05d" % n), "wb") as f:
            f.write(b"x" * size)
    return top


class Modern(clients.OpenSSH):
    """The same scp, as it is called today: it asks for SFTP."""

    def words(self, port):
        return [word for word in super().words(port) if word != "-O"]


def local(r):
    """File and tree through sshd, with the stock scp, by each protocol."""
    yield from local_by(r, clients.OpenSSH, "")
    yield from local_by(r, Modern, "SFTP ")


def local_by(r, kind, title):
    served = r.fresh("served")
    r.copy("floor", "pipe", "up", 1, SIZE // 4, served)
    make_files(os.path.join(served, "tree"), FILES // 10, 1024)
    fars = {kind: Far(r, kind) for kind in ("ours", "peer")}

    def once(who, name, way):
        far = fars[who]
        client = kind(far.site)
        source = os.path.join(served, name)
        target = far.fresh("target")
        paths = [source] + client.at(target) if way == "up" \
            else client.at(source) + [target]
        return {"wall": far.copy(client, far.daemon.port,
                                 ["-r"] * (name == "tree"), paths)}
    try:
        for name, what in (("file", "%d MB" % (SIZE // 4 // 10 ** 6)),
                           ("tree", "%d × 1 KiB" % (FILES // 10))):
            for way in ("up", "down"):
                seen = rig.interleaved(
                    ("ours", "peer"), lambda who: once(who, name, way))
                yield result("local", "through sshd, %s%s %s, wall"
                             % (title, what, way), "s", seen["ours"]["wall"],
                             seen["peer"]["wall"], None, 1.02)
    finally:
        for far in fars.values():
            far.site.close()


def trips_of(far, client, port, round_trip, way, preserve, many):
    """Round trips a file: how much longer many take than one."""
    took = {}
    for count in (1, many) * TRIES:
        top = far.fresh("%s-%s-%d-%d" % (client.name, way, preserve, count))
        source = make_files(os.path.join(top, "from"), count, 1000)
        target = far.own(make_files(os.path.join(top, "to"), 0, 0))
        paths = [source] + client.at(target) if way == "up" \
            else client.at(source) + [target]
        seconds = far.copy(client, port, ["-r"] + ["-p"] * preserve, paths)
        took[count] = min(seconds, took.get(count, seconds))
    return (took[many] - took[1]) / (many - 1) / round_trip


# who, most round trips a file without and with -p
TRIPS = (("peer", None, None), ("ours", None, None),
         ("pipelined", 1.05, 1.05))
TITLES = {"peer": "peer", "ours": "Pipelining no",
          "pipelined": "Pipelining yes"}


def trips(r):
    """From afar: each kind of server, client, way, with and without -p."""
    many = rig.number("TRIP_FILES", "200", "20")
    jobs = []
    fars, relays = {}, {}
    try:
        for kind, *most in TRIPS:
            far = fars[kind] = Far(r, kind)
            relay = delay.Delay(far.daemon.port, ONE_WAY)
            relays[kind] = (relay, relay.round_trip())
            jobs += [(kind, client(far.site), way, preserve, most[preserve])
                     for client in (clients.OpenSSH, clients.PuTTY)
                     for way in ("up", "down") for preserve in (0, 1)]

        def measured(job):
            kind, client, way, preserve, _ = job
            relay, round_trip = relays[kind]
            return trips_of(fars[kind], client, relay.port, round_trip,
                            way, preserve, many)
        with ThreadPoolExecutor(rig.number("AT_ONCE", "8", "8")) as pool:
            for job, seen in zip(jobs, pool.map(measured, jobs)):
                yield line_of(job, seen)
    finally:
        for relay, _ in relays.values():
            relay.__exit__()
        for far in fars.values():
            far.site.close()


def line_of(job, seen):
    kind, client, way, preserve, most = job
    target, met = ("≤ %g" % most, seen <= most) if most else ("", None)
    line = figure("trips", "round trips a file, %s, %s%s, %s" % (
        client.name, way, " -p" * preserve, TITLES[kind]), "", seen,
        target, met)
    return dict(line, cell=["%s %s%s" % (client.name, way, " -p" * preserve),
                            TITLES[kind]])


GROUPS = {"local": local, "trips": trips}
