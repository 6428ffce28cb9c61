"""What is compared, and how one run of it is measured."""

import os
import shutil
import statistics
import subprocess
import tempfile

import suite
from program import with_root

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(suite.TOP, "build", "bench")
QUICK = bool(os.environ.get("QUICK"))
LARGE = os.environ.get("LARGE", "0") not in ("", "0")
PEER = os.environ.get("PEER", "scp")
SFTP_PEER = os.environ.get("SFTP_PEER", "/usr/lib/openssh/sftp-server")
PATIENCE = 1800

# What sshd gives a session.
ENVIRONMENT = {
    "USER": "nobody", "LOGNAME": "nobody", "HOME": "/nonexistent",
    "PATH": "/usr/local/bin:/usr/bin:/bin", "SHELL": "/bin/sh",
    "SSH_CLIENT": "127.0.0.1 40000 22",
    "SSH_CONNECTION": "127.0.0.1 40000 127.0.0.1 22"}


def number(name, usual, quick):
    """A number from the environment, with K, M or G of 1000."""
    text = os.environ.get(name) or (quick if QUICK else usual)
    power = "KMG".find(text[-1].upper()) + 1
    return int(float(text[:-1] if power else text) * 1000 ** power)


RUNS = number("RUNS", "5", "3")
SIZE = number("SIZE", "2G", "100M")
FILES = number("FILES", "20K", "2K")
STARTS = number("STARTS", "100", "20")
SESSIONS = number("SESSIONS", "200", "50")


class Rig:
    """A directory in memory, the driver, and the programs in turn."""

    def __init__(self):
        if os.geteuid() != 0:
            raise SystemExit("bench: needs root, to see a server's memory")
        os.makedirs(OUT, exist_ok=True)
        self.driver = self._compile("drive", ["drive.c", "sftp.c", "floor.c",
                                              "floor_sftp.c", "guard.c"])
        self.bare = self._compile("bare", ["bare.c"], "-static")
        self.sealed = self._compile("sealed", ["bare.c", "guard.c"],
                                    "-static", "-DGUARDED")
        # linked as the default build is
        self.linked = self._compile("linked", ["bare.c", "guard.c"],
                                    "-fPIE", "-pie", "-Wl,-z,relro,-z,now",
                                    "-DGUARDED")
        self.static = self._build_static()
        self.musl = self._build_musl()
        self.top = suite.scratch("/dev/shm")
        self.log = os.path.join(self.top, "log")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def _compile(self, name, sources, *options):
        program = os.path.join(OUT, name)
        subprocess.run(
            [os.environ.get("CC", "cc"), "-O2", "-Wall", *options,
             "-I", os.path.join(suite.TOP, "build"), "-o", program]
            + [os.path.join(HERE, s) for s in sources], check=True)
        return program

    def _build_static(self):
        """The static build, beside the one that is measured."""
        subprocess.run(["make", "-s", "-j2", "-C", suite.TOP, "STATIC=1",
                        "BUILD=build/bench/static"], check=True,
                       stdout=subprocess.DEVNULL)
        return os.path.join(OUT, "static", "scp-server")

    def _build_musl(self):
        """The static build with musl, or None where there is none."""
        made = subprocess.run(["packaging/musl", "-s", "-j2", "all"],
                              cwd=suite.TOP, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        path = os.path.join(suite.TOP, "build/musl/build/scp-server")
        return path if made.returncode == 0 else None

    def command(self, who, options=()):
        """The words of a contestant, up to what the driver adds."""
        ours = {"ours": suite.SERVER, "static": self.static,
                "musl": self.musl}
        if who in ours:
            program = ours[who]
            words = with_root(["-o", "AuditLog=" + self.log])
            for option in options:
                words += ["-o", option]
            return [program] + words
        return {"peer": [PEER], "floor": ["floor"], "bare": [self.bare],
                "sftp-server": [SFTP_PEER], "guarded": ["floor", self.log],
                "sealed": [self.sealed], "linked": [self.linked]}[who]

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def on_disk(self):
        """A directory beside the build, which is on a disk as a rule."""
        return tempfile.TemporaryDirectory(dir=OUT)

    def fresh(self, name):
        """An empty directory: that something has to go costs too."""
        shutil.rmtree(self.path(name), ignore_errors=True)
        os.mkdir(self.path(name))
        return self.path(name)

    def let_in(self, uid, place):
        """An account can write there, and to the log."""
        os.chmod(self.top, 0o711)
        with open(self.log, "a"):
            pass
        for path in (place, self.log):
            os.chown(path, uid, uid)

    def drive(self, who, wire, work, count, size, place, options=()):
        """One run; the figures that the driver prints."""
        if os.path.exists(self.log):
            os.truncate(self.log, 0)
        done = subprocess.run(
            ["setarch", "-R", self.driver, wire, work, str(count), str(size),
             place] + self.command(who, options), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True, timeout=PATIENCE,
            env=ENVIRONMENT)
        if done.returncode != 0:
            raise RuntimeError("%s %s: the driver failed" % (who, work))
        return [float(word) for word in done.stdout.split()]

    def copy(self, who, wire, work, count, size, place, options=()):
        wall, user, system = self.drive(who, wire, work, count, size, place,
                                        options)
        return {"wall": wall, "cpu": user + system}


def interleaved(contestants, measure, runs=None):
    """measure(who) -> {metric: figure}, each in turn and again: medians."""
    seen = {}
    for _ in range(runs or RUNS):
        for who in contestants:
            for metric, figure in measure(who).items():
                seen.setdefault(who, {}).setdefault(metric, []).append(figure)
    return {who: {metric: statistics.median(figures)
                  for metric, figures in metrics.items()}
            for who, metrics in seen.items()}


def result(group, work, unit, ours, peer=None, floor=None, most=None,
           most_floor=None):
    """A line of the table; targets are ratios to the peer and the floor."""
    line = {"group": group, "work": work, "unit": unit, "ours": ours,
            "peer": peer, "floor": floor, "target": "", "met": None}
    wants = []
    for other, limit, name in ((peer, most, ""),
                               (floor, most_floor, " of the floor")):
        if other and limit:
            wants.append((ours / other <= limit, "≤ %g%s" % (limit, name)))
    if wants:
        line["target"] = ", ".join(text for _, text in wants)
        line["met"] = all(met for met, _ in wants)
    return line


def figure(group, work, unit, ours, target="", met=None):
    """A line that stands alone, without a peer."""
    return dict(result(group, work, unit, ours), target=target, met=met)
