"""OpenSSH's sftp and scp, which start the program themselves."""

import json
import os
import shutil
import subprocess

import suite
from suite import check, check_equal


class Here:
    """A directory with the program in it, called as sftp-server."""

    def __enter__(self):
        suite.need_tool("sftp", "scp")
        self.top = suite.scratch()
        self.server = os.path.join(self.top, "sftp-server")
        os.symlink(suite.SERVER, self.server)
        os.mkdir(self.path("there"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def path(self, *names):
        return os.path.join(self.top, *names)

    def write(self, name, octets):
        with open(self.path(name), "wb") as f:
            f.write(octets)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def batch(self, lines, *words):
        done = subprocess.run(
            ["sftp", "-q", "-b", "-", "-D",
             " ".join((self.server,) + words)],
            input="".join(line + "\n" for line in lines).encode(),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
            cwd=self.path("there"))
        return done.returncode, done.stdout


BIG = os.urandom(1000000)


@suite.case
def a_file_goes_up_and_down():
    with Here() as here:
        here.write("big", BIG)
        here.write("small", b"x")
        status, out = here.batch([
            "put %s big" % here.path("big"), "put %s big" % here.path("small"),
            "put -p %s two" % here.path("big"),
            "get big %s" % here.path("one"), "get two %s" % here.path("back"),
            "ls -l"])
        check_equal(status, 0, out)
        check_equal(here.read("one"), b"x")
        check(here.read("back") == BIG, "not what was sent")
        check_equal(sorted(os.listdir(here.path("there"))), ["big", "two"])


@suite.case
def a_tree_goes_up_and_down_again():
    with Here() as here:
        os.makedirs(here.path("tree", "deep", "deeper"))
        here.write("tree/deep/a", b"a")
        here.write("tree/empty", b"")
        for _ in range(2):              # its directories exist then
            status, out = here.batch(["put -r %s tree" % here.path("tree"),
                                      "get -r tree %s" % here.path("back")])
            check_equal(status, 0, out)
            check_equal(here.read("back/deep/a"), b"a")
            check_equal(here.read("back/empty"), b"")
            shutil.rmtree(here.path("back"))


@suite.case
def an_interrupted_file_is_gone_on_with():
    with Here() as here:
        here.write("big", BIG)
        here.write("there/big", BIG[:300001])
        status, out = here.batch(["reput %s big" % here.path("big")])
        check_equal(status, 0, out)
        check(here.read("there/big") == BIG, "not what was sent")


@suite.case
def read_only_stores_nothing():
    with Here() as here:
        here.write("small", b"x")
        here.write("there/old", b"old")
        status, out = here.batch(["put %s new" % here.path("small")], "-R")
        check_equal(status, 1, out)
        check(b"ermission denied" in out or b"not allowed" in out, out)
        check_equal(os.listdir(here.path("there")), ["old"])
        status, out = here.batch(["get old %s" % here.path("back")], "-R")
        check_equal(status, 0, out)


@suite.case
def what_is_changed_is_recorded():
    with Here() as here:
        here.write("there/old", b"old")
        log = here.path("log")
        os.environ["SSH_ORIGINAL_COMMAND"] = "internal-sftp"
        try:
            os.unlink(here.server)
            os.symlink(suite.SERVER, here.path("forced"))
            here.server = here.path("forced")
            status, out = here.batch(
                ["chmod 600 /old", "rename /old /new", "rm /new"], "-o",
                "Root=" + here.path("there"), "-o", "AuditLog=" + log,
                "-o", "Sandbox=prefer")
        finally:
            del os.environ["SSH_ORIGINAL_COMMAND"]
        check_equal(status, 0, out)
        with open(log) as f:
            records = [json.loads(line) for line in f]
        check_equal([(r["verb"], r["path"], r["result"], r.get("detail"))
                     for r in records if r["event"] == "file"],
                    [("setstat", "/old", "ok", None),
                     ("rename", "/old", "ok", "/new"),
                     ("remove", "/new", "ok", None)])
