"""What a hostile client sends: more than any limit allows, and all of it at
once, without a look at the answers.

Each stream is a function of a prefix, which all of its names begin with, so
that several sessions have names of their own in one directory, and of a count.
"""

LONG = "n" * 200


def directory(name, mode=0o755):
    return b"D%04o 0 %s\n" % (mode, name.encode())


def file(name, body=b""):
    return b"C0644 %d %s\n" % (len(body), name.encode()) + body + b"\0"


TIMES = b"T1000000000 0 1000000000 0\n"


def directories(prefix, count):
    """One beside the other, and not one file."""
    return b"".join(directory("%s%d" % (prefix, n)) + b"E\n"
                    for n in range(count))


def nested(prefix, count):
    """One inside the other, which are never left."""
    return b"".join(directory("%s%d" % (prefix, n)) for n in range(count))


def long_names(prefix, count):
    return b"".join(directory("%s%d%s" % (prefix, n, LONG)) + b"E\n"
                    for n in range(count))


def empty_files(prefix, count):
    return b"".join(file("%s%d" % (prefix, n)) for n in range(count))


def small_files(prefix, count):
    return b"".join(file("%s%d" % (prefix, n), b"x" * n)
                    for n in range(count))


def filled_directories(prefix, count):
    """A file in each, and times for both."""
    return b"".join(
        TIMES + directory("%s%d" % (prefix, n)) + TIMES + file("f") + b"E\n"
        for n in range(count))


def times_only(_, count):
    return TIMES * count


def refused_records(prefix, count):
    """Names that are refused; only the bodies are swallowed."""
    return b"".join(file(".ssh", b"y" * 50) + file("%s\x01%d" % (prefix, n))
                    for n in range(count))


def some_refused(prefix, count):
    """What is refused uses up nothing, and hides nothing either."""
    return b"".join(file("bin") + file("%s%d" % (prefix, n)) +
                    file(".ssh", b"key") for n in range(count))


def one_after_the_other(prefix, count):
    """The same name again and again: each of them counts."""
    return b"".join(file(prefix, b"z" * 100) for n in range(count))


# Those that create something, for as long as they may.
CREATING = (directories, nested, long_names, empty_files, small_files,
            filled_directories, some_refused)
ALL = CREATING + (one_after_the_other, times_only, refused_records)
