"""What a session inherits: libraries, descriptors, and a bare /dev."""

import contextlib
import os
import subprocess

import suite
from sessions import (NEW, PATIENCE, QUIET, SEND_NEW, expect, place, root_of,
                      serve, talk)
from trees import read, write

LIBRARY = """
#include <sys/mman.h>
static void *page;
__attribute__((constructor)) static void
begin(void)
{
	page = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
__attribute__((destructor)) static void
end(void)
{
	munmap(page, 4096);
}
"""


@suite.case
def a_librarys_destructor_does_not_get_the_session_killed():
    if os.environ.get("SANITIZED") == "1":
        suite.skip("a sanitizer must be loaded first")
    suite.need_tool("cc")
    with place() as base:
        root = root_of(base)
        source = os.path.join(base, "tidy.c")
        library = os.path.join(base, "tidy.so")
        write(source, LIBRARY.encode())
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source],
                       check=True)
        env = dict(os.environ, LD_PRELOAD=library)
        expect(serve(["-t", root], SEND_NEW, env=env), 0, b"\0\0\0")
        path = os.path.join(root, "f")
        expect(serve(["-f", path], b"\0\0\0", env=env), 0,
               b"C0644 4 f\n" + NEW + b"\0", "download")


# What the kernel says of a program that a security module has moved to
# another domain; there is none here.
SECURE = """
#include <dlfcn.h>
unsigned long
getauxval(unsigned long type)
{
	unsigned long (*real)(unsigned long) = (unsigned long (*)(
	    unsigned long))dlsym(RTLD_NEXT, "getauxval");

	return type == 23 /* AT_SECURE */ ? 1 : real(type);
}
"""


@suite.case
def another_domain_is_no_reason_to_refuse_but_capabilities_are():
    if os.environ.get("SANITIZED") == "1":
        suite.skip("a sanitizer must be loaded first")
    suite.need_root()
    suite.need_tool("cc", "setpriv")
    with place() as base:
        root = root_of(base)
        library = os.path.join(base, "secure.so")
        write(library + ".c", SECURE.encode())
        subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o",
                        library, library + ".c"], check=True)
        os.chmod(base, 0o755)
        os.chown(root, 65534, 65534)
        for more, status, said in (
                ([], 0, b"\0\0\0"),
                (["--inh-caps=+net_raw", "--ambient-caps=+net_raw"], 78, b"")):
            done = subprocess.run(
                ["setpriv", "--reuid=65534", "--regid=65534",
                 "--clear-groups", *more, "env", "LD_PRELOAD=" + library,
                 suite.SERVER, *QUIET, "-o", "Root=none", "-t", root],
                input=SEND_NEW, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, timeout=PATIENCE)
            suite.check_equal((done.returncode, done.stdout), (status, said),
                              done.stderr)


@suite.case
def root_may_become_root():
    """User names the account that it is already."""
    suite.need_root()
    with place() as base:
        root = root_of(base)
        expect(serve(["-o", "User=root", "-t", root], SEND_NEW), 0,
               b"\0\0\0")


@suite.case
def descriptors_that_do_not_block_serve_as_well():
    with place() as base:
        root = root_of(base)
        ours, theirs = os.pipe(), os.pipe()     # to the server, from it
        os.set_blocking(ours[0], False)
        os.set_blocking(theirs[1], False)
        process = subprocess.Popen(
            [suite.SERVER] + QUIET + ["-o", "Root=none", "-t", root],
            stdin=ours[0], stdout=theirs[1], stderr=subprocess.DEVNULL)
        os.close(ours[0])
        os.close(theirs[1])
        try:
            with open(theirs[0], "rb", 0) as out, \
                    open(ours[1], "wb", 0) as to:
                suite.check_equal(out.read(1), b"\0", "first answer")
                with contextlib.suppress(BrokenPipeError):
                    to.write(SEND_NEW[:-5])     # the record
                    suite.check_equal(out.read(1), b"\0", "go-ahead")
                    to.write(SEND_NEW[-5:])     # the body
                suite.check_equal(out.read(1), b"\0", "verdict")
                to.close()
                suite.check_equal(process.wait(PATIENCE), 0, "exit status")
        finally:
            process.kill()
            process.wait()
        suite.check_equal(read(os.path.join(root, "f")), NEW, "content")


@suite.case
def without_dev_null_a_session_with_all_its_descriptors_works():
    suite.need_root()
    suite.need_tool("unshare", "mount")
    with place() as base:
        root = root_of(base)
        seen = talk(["unshare", "-m", "sh", "-c",
                     "mount -t tmpfs none /dev && "
                     "! test -e /dev/null && exec \"$@\"", "sh",
                     suite.SERVER] + QUIET + ["-o", "Root=none", "-t", root], SEND_NEW)
        expect(seen, 0, b"\0\0\0")
        suite.check_equal(read(os.path.join(root, "f")), NEW, "content")
