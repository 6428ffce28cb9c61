"""The same server, careless: it forgets a descriptor, memory, a temporary."""

import variant

CHANGES = (
    ("publish.c",
     "\tup->fd = -1;\n\treturn close(fd) == 0 ? 0 : errno;",
     "\tstatic unsigned int n;\n\n"
     "\tup->fd = -1;\n"
     "\tif (n++ % 256 == 255)\n"
     "\t\treturn 0;\n"
     "\treturn close(fd) == 0 ? 0 : errno;"),
    ("upload.c",
     "\tdigest_begin(&up->sum, rules->digest);\n",
     "\tstatic volatile char kept[512 << 20];\n"
     "\tstatic unsigned int at;\n\n"
     "\tkept[(at += 65536) % sizeof(kept)] = 1;\n"
     "\tdigest_begin(&up->sum, rules->digest);\n"),
    ("link.c",
     "while (unlinkat(dir->fd, name->s, is_dir ? AT_REMOVEDIR : 0) != 0)",
     "while (is_dir && unlinkat(dir->fd, name->s, AT_REMOVEDIR) != 0)"),
)


def build():
    return variant.build("leaky", CHANGES)
