"""This process as on a kernel that has no Landlock."""

import ctypes
import errno
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
LANDLOCK_CREATE_RULESET = 444           # the same everywhere
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ERRNO, ALLOW = 0x00050000, 0x7FFF0000


def without_landlock():
    """From here on landlock_create_ruleset(2) does not exist."""
    code = b"".join(struct.pack("HBBI", *line) for line in (
        (LOAD, 0, 0, 0),
        (JUMP_EQUAL, 0, 1, LANDLOCK_CREATE_RULESET),
        (RETURN, 0, 0, ERRNO | errno.ENOSYS),
        (RETURN, 0, 0, ALLOW)))
    lines = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = [("count", ctypes.c_ushort), ("lines", ctypes.c_void_p)]

    program = Program(len(code) // 8, ctypes.addressof(lines))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or \
       libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program),
                  0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
