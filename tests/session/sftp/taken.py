"""An upload that has no name yet: what its name and its directory are for the
session that has it open."""

import os

import filesystems
import suite
from hold import begun
from spoken import Place
from suite import check_equal
from trees import read

RW = ["Access=read-write", "Overwrite=replace", "Modify=yes"]


@suite.case
def an_upload_stays_on_its_file_system():
    """Where its name is, when it can't be brought to another one."""
    suite.need_root()
    with Place() as place:
        other = os.path.join(place.root, "other")
        os.mkdir(other)
        filesystems.mount("tmpfs", "tmpfs", other, "size=1m")
        try:
            words = [suite.SERVER, "-o", "Root=" + place.root]
            for option in RW:
                words += ["-o", option]
            with begun(place, words) as client:
                handle = client.open("/new", "wct").handle
                client.write(handle, 0, b"mine")
                for found in (
                        client.ask("rename", "/new", "/other/new"),
                        client.extended("posix-rename@openssh.com", "/new",
                                        "/other/new")):
                    check_equal(found.code, "failure", found)
                check_equal(client.ask("rename", "/new", "/named").code, "ok",
                            "RENAME beside it")
                check_equal(client.close_handle(handle).code, "ok", "CLOSE")
                client.end()
            check_equal(os.listdir(other), [], "names in the other one")
            check_equal(read(os.path.join(place.root, "named")), b"mine",
                        "content")
        finally:
            filesystems.unmount(other)
