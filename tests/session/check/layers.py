"""What the kernel offers: Landlock, seccomp, openat2, user namespaces."""

import subprocess

import suite
from machine import TOP, Machine, make_place, rows, run


@suite.case
def kernel_layers_are_told():
    seen = rows(run().stdout)
    for layer in ("Landlock", "seccomp", "openat2"):
        suite.check(layer in seen, layer)


def injected(what, *words):
    suite.need_tool("strace")
    done = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", "inject=" + what,
         suite.CHECK, *words], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="latin-1")
    if "invalid" in done.stderr:
        suite.skip(done.stderr)
    return done


@suite.case
def a_missing_layer_is_unsafe_where_it_is_required():
    what = "landlock_create_ruleset:error=ENOSYS"
    done = injected(what, "-o", "Access=read-only", "-o", "Sandbox=require")
    suite.check_equal(done.returncode, 1, done.stdout)
    suite.check("BROKEN: Landlock is missing and Sandbox require" in
                done.stdout, done.stdout)
    done = injected(what, "explain", "scp -t x", "-o", "Sandbox=require",
                    make_place("drop"))
    suite.check_equal(done.returncode, 78, done.stdout)
    suite.check_equal(rows(done.stdout)["reason"], "no session begins")
    done = injected(what, "-o", "Sandbox=prefer")
    suite.check_equal(rows(done.stdout)["Landlock"], "missing")
    suite.check(rows(done.stdout)["openat2"].startswith("not used below"),
                done.stdout)
    suite.check("UNSAFE: Landlock" not in done.stdout, done.stdout)
    # the first call of the child is not about a layer
    done = injected("prctl:error=EINVAL:when=2+", "-o", "Sandbox=require")
    suite.check_equal(rows(done.stdout)["seccomp"], "missing")
    done = injected("openat2:error=ENOSYS")
    suite.check(rows(done.stdout)["openat2"].startswith("missing"),
                done.stdout)


@suite.case
def chroot_is_tried():
    make_place("closed", 0)
    done = Machine().check("-o", "Chroot=yes", TOP + "/closed")
    if "works (namespace)" not in done.stdout:
        suite.check("Chroot yes can't be kept" in done.stdout, done.stdout)
        suite.check_equal(done.returncode, 1, done.stdout)
        suite.skip("this machine has no user namespaces")
    suite.check_equal(rows(done.stdout)["/"], "Permission denied",
                      "uploads inside")
    done = Machine().check("-o", "Chroot=yes", TOP + "/missing")
    suite.check("Chroot yes can't be kept" in done.stdout, done.stdout)
