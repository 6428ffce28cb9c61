"""Runs parts one after the other, keeps what they found, writes the page."""

import collections
import ctypes
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time

# Its name; what it shows; its command; minutes on two processors; and the file
# in which it keeps counts of its own between two runs, or None.
Part = collections.namedtuple("Part", "name title command minutes counts")

BEAT = 60               # seconds between two looks at a part
TELL = 10               # of these looks between two lines about it
PATIENCE_MIN = 60       # minutes that every part gets
PATIENCE = 8            # times as long as it should take
PR_SET_PDEATHSIG = 1


class Wrong(Exception):
    """Why nothing can be run."""


def machine():
    """What a figure depends on, without naming the machine."""
    return "Linux %s, %s, %d processors" % (
        platform.release().split("-")[0], platform.machine(),
        os.cpu_count() or 1)


def clock(seconds):
    return time.strftime("%d %b %H:%M UTC", time.gmtime(seconds))


def hours(minutes):
    return "%d h %02d min" % divmod(round(minutes), 60)


def end_with_us():
    """A part does not outlive the runner, however that ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Proof:
    """What was run of the sources as they are committed in top."""

    def __init__(self, top, parts, page="tests/PROOF.md", beat=BEAT):
        self.top, self.parts, self.beat = top, parts, beat
        self.page = os.path.join(top, page)
        self.kept = os.path.join(top, "build", "proof")
        self.commit = self.sources(page)
        self.pace = []          # (minutes taken, minutes expected)
        os.makedirs(self.kept, exist_ok=True)
        self.forget_others()

    def git(self, *words):
        done = subprocess.run(["git", *words], cwd=self.top, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise Wrong("the proof is one of a commit, and git says: "
                        + done.stderr.strip())
        return done.stdout.strip()

    def sources(self, page):
        """The commit; there must be no change that it does not have."""
        changed = self.git("status", "--porcelain", "--", ".",
                           ":(exclude)" + page)
        if changed:
            raise Wrong("the proof is one of a commit, and these files are "
                        "not as in it:\n" + changed)
        return self.git("rev-parse", "HEAD")

    def path(self, name):
        return os.path.join(self.kept, name)

    def forget_others(self):
        """What was found of another commit does not count for this one."""
        try:
            with open(self.path("commit")) as f:
                if f.read().strip() == self.commit:
                    return
        except FileNotFoundError:
            pass
        for part in self.parts:
            for path in (self.path(part.name + ".json"),
                         part.counts and os.path.join(self.top, part.counts)):
                if path and os.path.exists(path):
                    os.unlink(path)
        with open(self.path("commit"), "w") as f:
            f.write(self.commit + "\n")

    def found(self, name):
        """What is kept of a part, or None."""
        try:
            with open(self.path(name + ".json")) as f:
                return json.load(f)
        except FileNotFoundError:
            return None

    def passed(self, part):
        kept = self.found(part.name)
        return kept is not None and kept["status"] == 0

    def expected(self, parts):
        """Minutes, as slow as the parts before have been."""
        taken = sum(minutes for minutes, _ in self.pace)
        planned = sum(minutes for _, minutes in self.pace)
        return sum(part.minutes for part in parts) * (
            taken / planned if planned else 1)

    def tell(self, text):
        """A line for who looks on, and for who looks later."""
        print(text, flush=True)
        with open(self.path("progress"), "w") as f:
            f.write("%s  %s\n" % (clock(time.time()), text))

    def run(self, names=()):
        """Runs these parts, or all that have not passed; True if they have
        all passed then."""
        left = [part for part in self.parts
                if (part.name in names if names else not self.passed(part))]
        if not names and len(left) < len(self.parts):
            print("%d of %d parts have passed already" % (
                len(self.parts) - len(left), len(self.parts)))
        for number, part in enumerate(left):
            rest = self.expected(left[number:])
            self.tell("== %s (%d of %d): %s; the end is expected at %s, in %s"
                      % (part.name, number + 1, len(left),
                         " ".join(part.command),
                         clock(time.time() + rest * 60), hours(rest)))
            self.keep(part, *self.run_part(part))
            self.write_page()
        good = [part for part in self.parts if self.passed(part)]
        self.tell("proof: %d passed, %d failed, %d not run" % (
            len(good), sum(self.found(p.name) is not None and
                           not self.passed(p) for p in self.parts),
            sum(self.found(p.name) is None for p in self.parts)))
        return all(self.passed(p) for p in self.parts
                   if not names or p.name in names)

    def run_part(self, part):
        """(exit status, its lines, minutes)"""
        begun, lines = time.time(), []
        with open(self.path(part.name + ".log"), "w") as log, \
                subprocess.Popen(
                    part.command, cwd=self.top, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    errors="replace", start_new_session=True,
                    preexec_fn=end_with_us) as process:
            reader = threading.Thread(target=self.read, args=(
                process.stdout, log, lines))
            reader.start()
            try:
                status = self.wait(part, process, begun, lines)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            reader.join()
        return status, lines, (time.time() - begun) / 60

    @staticmethod
    def read(stream, log, lines):
        for line in stream:
            log.write(line)
            log.flush()
            lines.append(line.rstrip("\n"))
            if line.startswith("proof\t"):
                print("  " + line.rstrip("\n").replace("\t", "  "), flush=True)

    def wait(self, part, process, begun, lines):
        looks = 0
        while True:
            try:
                return process.wait(self.beat)
            except subprocess.TimeoutExpired:
                looks += 1
            minutes = (time.time() - begun) / 60
            if minutes > max(PATIENCE_MIN, PATIENCE * part.minutes):
                self.tell("  %s does not end: given up after %s" % (
                    part.name, hours(minutes)))
                os.killpg(process.pid, signal.SIGKILL)
                return process.wait()
            if looks % TELL == 0:
                self.tell("  %s: %s of about %s; last: %.60s" % (
                    part.name, hours(minutes), hours(part.minutes),
                    lines[-1] if lines else "nothing"))

    def keep(self, part, status, lines, minutes):
        """What a part found counts from here on, also if we end now."""
        if part.minutes:
            self.pace.append((minutes, part.minutes))
        closing = [line.strip() for line in lines
                   if " passed, " in line and " failed" in line]
        fields = [line.split("\t") for line in lines]
        kept = {"figures": [f[1:] for f in fields
                            if f[0] == "proof" and len(f) == 4],
                "status": status, "minutes": minutes, "machine": machine(),
                "closing": closing[-1] if closing else "no closing line",
                "command": " ".join(part.command),
                "day": time.strftime("%Y-%m-%d", time.gmtime())}
        path = self.path(part.name + ".json")
        with open(path + ".new", "w") as f:
            json.dump(kept, f)
        os.rename(path + ".new", path)
        print("  %s: exit status %d" % (kept["closing"], status), flush=True)

    def section(self, part, kept):
        lines = ["## " + part.title, "",
                 "`make proof-%s` (%s), %s, %.0f minutes, %s: %s" % (
                     part.name, kept["command"], kept["day"], kept["minutes"],
                     kept["machine"], kept["closing"]), ""]
        if kept["status"] != 0:
            lines += ["**It did not pass: exit status %d.**" % kept["status"],
                      ""]
        if kept["figures"]:
            lines += ["| what | figure | target |", "|---|---|---|"]
            lines += ["| %s |" % " | ".join(
                cell.replace("|", "\\|") for cell in row)
                      for row in kept["figures"]] + [""]
        return lines

    def write_page(self):
        """The page, of this commit alone."""
        lines = ["# Proof", "", "Figures that `make proof` measured of commit "
                 "%s; `tests/proof/README` says how, and each part can be run "
                 "alone." % self.commit[:12], ""]
        missing = []
        for part in self.parts:
            kept = self.found(part.name)
            if kept is None:
                missing.append(part.name)
            else:
                lines += self.section(part, kept)
        if missing:
            lines += ["Not run of this commit: %s." % ", ".join(missing), ""]
        with open(self.page + ".new", "w") as f:
            f.write("\n".join(lines))
        os.rename(self.page + ".new", self.page)


def main(top, parts, words, **more):
    """words: names of parts, or --write for the page alone."""
    unknown = set(words) - {part.name for part in parts} - {"--write"}
    if unknown:
        sys.exit("no such part: %s" % " ".join(sorted(unknown)))
    try:
        proof = Proof(top, parts, **more)
    except Wrong as e:
        sys.exit(str(e))
    if "--write" in words:
        proof.write_page()
        return
    sys.exit(0 if proof.run([w for w in words if w != "--write"]) else 1)
