"""The same server, written as many are: look at a path, then open it.

Every check of the true one is still made, but on a name that somebody may
exchange before it is used; and no Landlock stands behind it.
"""

import variant

CHANGES = (
    # A source's path: is it a link?  No: then open it.
    ("root.c",
     "\t\tfd = tree_openat2(j->root, path, flags,\n"
     "\t\t    RESOLVE_NO_MAGICLINKS |\n"
     "\t\t\t(j->follow ? RESOLVE_IN_ROOT :\n"
     "\t\t\t\t     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));\n",
     "\t{\n"
     "\t\tfd = tree_openat2(j->root, path, F_LOOK,\n"
     "\t\t    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);\n"
     "\t\tif (fd >= 0) {\n"
     "\t\t\t(void)close(fd);\n"
     "\t\t\tfd = tree_openat2(\n"
     "\t\t\t    j->root, path, flags & ~O_NOFOLLOW, 0);\n"
     "\t\t}\n"
     "\t}\n"),
    # An entry of a directory: its kind is known, so open it.
    ("read.c",
     "RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |\n"
     "\t\t\tRESOLVE_NO_MAGICLINKS);\n"
     "\tif (fd == -ELOOP)",
     "0);\n"
     "\tif (fd == -ELOOP)"),
    ("open_flags.h", "(F_READ | O_NOFOLLOW)", "(F_READ)"),
    # A sink's directory: it was looked at, so open it.
    ("open_flags.h",
     "(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)",
     "(O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK)"),
    ("landlock.c",
     "syscall(SYS_landlock_restrict_self, (int)fd, 0) != 0",
     "role_rights(plan) == 0"),
)


def build():
    return variant.build("naive", CHANGES)
