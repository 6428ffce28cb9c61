"""seccomp_rules.h as a person reads it, after the preprocessor."""

import collections
import os
import re

# The columns of the table, by their letters.
COLUMNS = {
    "S": "source",
    "W": "source-walk",
    "N": "sink-new",
    "G": "sink-new-setgid",
    "T": "sink-new-setid",
    "R": "sink",
    "M": "sink-named",
    "V": "sink-versions",
    "O": "sink-open",
    "H": "sink-setgid",
    "I": "sink-inplace",
    "J": "sink-inplace-setgid",
    "U": "sink-setid",
    "Z": "refusal",
    "D": "sftp-read",
    "E": "sftp-read-walk",
    "A": "sftp-add",
    "P": "sftp-write",
    "B": "sftp-both",
    "K": "sftp-links",
    "C": "sftp-write-setgid",
    "F": "sftp-both-setgid",
    "X": "sftp-open",
    "Y": "sftp-setid",
}

Condition = collections.namedtuple("Condition", "argument mask value")
Row = collections.namedtuple("Row", "call programs conditions reason")
Arch = collections.namedtuple("Arch", "token numbers limit")

# Its calls have arguments of 32 bits.
NARROW = {0x40000028}

# AUDIT_ARCH_*: x86-64, i386, aarch64, arm, riscv64
TOKENS = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028, 0xc00000f3]

# name, x86-64, aarch64: from the kernel's own tables
_NUMBERS = """
read 0 63                write 1 64            close 3 57
fstat 5 80               clock_gettime 228 113 rt_sigreturn 15 139
exit_group 231 94        sendto 44 206         openat2 437 437
openat 257 56            getdents64 217 61     lseek 8 62
mkdirat 258 34           fallocate 285 47      ftruncate 77 46
fchmod 91 52             fchown 93 55          utimensat 280 88
linkat 265 37            renameat2 316 276     unlinkat 263 35
writev 20 66            sendfile 40 71
clock_nanosleep 230 115  fsync 74 82           fdatasync 75 83
fstatfs 138 44           readlinkat 267 78     pread64 17 67
pwrite64 18 68           copy_file_range 326 285  symlinkat 266 36
statx 332 291            fchmodat 268 53
"""
# The same for arm, whose table has words of its own.
_ARM = """
read 3          write 4            close 6          statx 397
sendto 290      clock_gettime64 403                 sigreturn 119
exit_group 248  openat2 437        openat 322       getdents64 217
_llseek 140     mkdirat 323        fallocate 352    ftruncate64 194
fchmod 94       fchown32 207       fsync 118        utimensat_time64 412
linkat 330      renameat2 382      unlinkat 328     fdatasync 148
fstatfs64 267   clock_nanosleep_time64 407          writev 146
sendfile64 239  readlinkat 332     pread64 180
pwrite64 181    copy_file_range 391 symlinkat 331
fchmodat 333
"""
_WORDS = _NUMBERS.split()
_TRIPLES = list(zip(_WORDS[0::3], _WORDS[1::3], _WORDS[2::3]))

ARCHES = {
    # from limit on it is the x32 interface
    "x86_64": Arch(0xc000003e, {n: int(x) for n, x, _ in _TRIPLES},
                   0x40000000),
    "aarch64": Arch(0xc00000b7, {n: int(a) for n, _, a in _TRIPLES}, 2 ** 32),
    "arm": Arch(0x40000028, {n: int(a) for n, a in zip(
        _ARM.split()[0::2], _ARM.split()[1::2])}, 2 ** 32),
}


def _evaluate(words):
    """Conditions as C wrote them: octal numbers, and int by default."""
    words = re.sub(r"\b0+([0-7]+)\b", r"0o\1", words)
    words = re.sub(r"\)\s+(BITS|INT|POINTER)\(", r"), \1(", words)
    low = 2 ** 32 - 1
    names = {
        "BITS": lambda n, mask, value: Condition(n, mask & low, value & low),
        "INT": lambda n, value: Condition(n, low, value & low),
        "POINTER": lambda n, value: Condition(n, 2 ** 64 - 1, value),
    }
    return [] if words == "ANY" else list(eval("[%s]" % words, names))


def read(path):
    """The rows of a preprocessed table; a line that is no row is an error."""
    rows = []
    with open(path) as f:
        for line in f:
            found = re.fullmatch(
                r'CALL\("(\w+)", "([A-Z-]{24})", (.*), "([^"]*)"\)\n', line)
            if found is None:
                raise ValueError("no row: %r" % line)
            call, programs, words, reason = found.groups()
            for letter, seen in zip(COLUMNS, programs):
                if seen not in (letter, "-"):
                    raise ValueError("no columns: %s" % programs)
            rows.append(Row(call, programs, _evaluate(words), reason))
    return rows


_LOW = 2 ** 32 - 1
_LARGEFILE = 0o100000           # some C libraries add it to every open


def _number(word):
    return int(word, 8 if re.fullmatch(r"0[0-7]+", word) else 0)


def _condition(word):
    """n=value, n=value:64, n&mask=value of the file allowed."""
    n, mask, value, wide = re.fullmatch(
        r"(\d)(?:&~(\w+))?=(\w+)(:64)?", word).groups()
    bits = 2 ** 64 - 1 if wide else _LOW
    if mask is not None:
        bits &= ~_number(mask)
    return Condition(int(n), bits, _number(value))


def _open_conditions(words):
    flags = 0
    for word in words.split("|"):
        flags |= getattr(os, word)
    return [Condition(2, _LOW & ~_LARGEFILE, flags),
            Condition(3, _LOW & ~0o777, 0)]


def _call(line):
    call, *words = line.split()
    if call == "open":
        return "openat", tuple(_open_conditions(*words))
    return call, tuple(map(_condition, words))


def read_allowed(path):
    """Program -> the calls, with their conditions, that it may make."""
    groups = {}
    calls = []          # of the group that the line is in
    with open(path) as f:
        for line in f:
            line = line.split("#")[0].rstrip()
            if line.startswith("\t"):
                calls.append(_call(line))
            elif line:
                name, *has = line.rstrip(":").split()
                calls = groups[name] = [c for h in has for c in groups[h]]
    return {name: groups[name] for name in COLUMNS.values()}


def calls_of(rows):
    """The same of the rows of a table."""
    found = {name: [] for name in COLUMNS.values()}
    for row in rows:
        conditions = tuple(
            c._replace(mask=c.mask & ~_LARGEFILE)
            if row.call == "openat" and c.argument == 2 else c
            for c in row.conditions)
        for letter in row.programs.replace("-", ""):
            found[COLUMNS[letter]].append((row.call, conditions))
    return found


def arch_of_header(header):
    return re.search(r"#error these programs are for (\w+)", header).group(1)


def programs_that_allow(rows, arch, token, number, arguments):
    """The names of the programs that let a call through."""
    allowed = set()
    if token != arch.token or number >= arch.limit:
        return allowed
    for row in rows:
        if arch.numbers[row.call] == number and all(
                arguments[c.argument] & c.mask == c.value
                for c in row.conditions):
            allowed.update(COLUMNS[letter] for letter in row.programs
                           if letter != "-")
    return allowed
