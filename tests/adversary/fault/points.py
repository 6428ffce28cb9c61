"""Which system calls of a scene are changed, and how."""

import collections
import errno
import signal

import inject

ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EINTR", "EACCES", "EMFILE", "EAGAIN",
          "ENOMEM")
# Errors that only some calls give, and that have a way around.
SPECIAL = {
    "openat": ("EOPNOTSUPP", "EISDIR", "ELOOP", "ENOENT", "EROFS", "ESTALE"),
    "openat2": ("ENOSYS", "EPERM", "EXDEV", "ELOOP", "ENOENT"),
    "linkat": ("EEXIST", "ENOENT", "EPERM", "EXDEV", "EMLINK"),
    "renameat2": ("ENOSYS", "EINVAL", "EBUSY", "EEXIST", "ENOENT"),
    "fallocate": ("EOPNOTSUPP", "ENOSYS", "EFBIG"),
    "mkdirat": ("EEXIST", "ENOENT", "EROFS"),
    "seccomp": ("ENOSYS", "EINVAL", "EFAULT"),
    "landlock_create_ruleset": ("ENOSYS", "EOPNOTSUPP"),
    "landlock_restrict_self": ("EPERM", "E2BIG"),
    "sendfile": ("EINVAL", "ENOSYS"),
    "copy_file_range": ("EXDEV", "EINVAL", "EOPNOTSUPP", "ENOSYS"),
    "ftruncate": ("EPERM", "EFBIG"),
    "fchmod": ("EPERM",),
    "fchown": ("EPERM",),
    "utimensat": ("EPERM",),
}
# A lasting error: from this call on, every one of its kind.
LASTING = ("ENOSPC", "EACCES", "EIO")
LASTING_NOT = {"read", "write", "writev"}     # these would silence the session
SHORT = {"read", "write", "sendfile", "pread64", "pwrite64",
         "copy_file_range"}
NEVER = {"execve", "rt_sigreturn", "restart_syscall"}
# These always succeed; the C library does not even look.
CANNOT_FAIL = {"umask", "getuid", "geteuid", "getgid", "getegid", "getpid",
               "getppid", "gettid", "set_tid_address", "exit_group"}
SANDBOX = {"seccomp", "landlock_create_ruleset", "landlock_add_rule",
           "landlock_restrict_self"}

# How much is tried: the errors of every call; transfers that move so many
# bytes, once and from then on; or so many less than asked.
Effort = collections.namedtuple("Effort", "errors most always less")
CHECK = Effort(ERRORS, (1, 4099), (), ())
PROOF = Effort(ERRORS + ("EROFS", "ESTALE"), (1, 4099), (4099,), (1,))

# what: a key of OPTIONS.  locked: the filter is in force by then.
Point = collections.namedtuple(
    "Point", "ground scene call occurrence what value locked")
OPTIONS = {"kill": "-x", "stop": "-x", "error": "-e", "lasting": "-E",
           "most": "-n", "always": "-N", "less": "-m"}
SHORTENED = {"most", "always", "less"}


def fault_of(point):
    """What inject is told."""
    value = point.value
    if point.what in ("error", "lasting"):
        value = getattr(errno, value)
    elif point.what in ("kill", "stop"):
        value = int(getattr(signal, value))
    return point.call, point.occurrence, OPTIONS[point.what], value


def first_of_interest(calls, from_start):
    """The start of a process is alike in all scenes: changed in some only."""
    if from_start:
        return 0
    names = [c.name for c in calls]
    starts = [names.index(n) for n in SANDBOX if n in names]
    return min(starts, default=0)


def occurrences(calls, from_start):
    """(call, occurrence, under the filter) for the calls of a scene."""
    begin = first_of_interest(calls, from_start)
    lockdown = inject.lockdown(calls)
    seen = collections.Counter()
    for n, call in enumerate(calls):
        seen[call.name] += 1
        if n < begin or call.name in NEVER:
            continue
        locked = lockdown is not None and n > lockdown
        yield call.name, seen[call.name], locked


def of_kill(ground, scene, calls, from_start):
    """Before each call; after the last is before exit_group."""
    return [Point(ground, scene, call, k, "kill", "SIGKILL", locked)
            for call, k, locked in occurrences(calls, from_start)]


def of_stop(ground, scene, calls, from_start):
    return [Point(ground, scene, call, k, "stop", value, locked)
            for call, k, locked in occurrences(calls, from_start)
            if locked and call != "exit_group"
            for value in ("SIGTERM", "SIGHUP")]


def values(call, locked, effort):
    """(what, value) for all that can be wrong with a call."""
    for value in effort.errors:
        yield "error", value
    for value in SPECIAL.get(call, ()):
        if value not in effort.errors:
            yield "error", value
    if call not in LASTING_NOT:
        for value in LASTING:
            yield "lasting", value
    if call in SHORT and locked:
        for what in ("most", "always", "less"):
            for value in getattr(effort, what):
                yield what, value


def of_fault(ground, scene, calls, from_start, effort):
    return [Point(ground, scene, call, k, what, value, locked)
            for call, k, locked in occurrences(calls, from_start)
            if call not in CANNOT_FAIL
            for what, value in values(call, locked, effort)]
