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
