"""An interpreter of the classic BPF that filters are made of.

Only what libseccomp makes is known; anything else is an error, as is a jump
out of the program.
"""

import re
import struct

ALLOW = 0x7fff0000
KILL_PROCESS = 0x80000000

LOAD, AND, RETURN, JUMP = 0x20, 0x54, 0x06, 0x05
GREATER, NOT_LESS = 0x25, 0x35
TESTS = {
    0x15: lambda a, k: a == k,
    GREATER: lambda a, k: a > k,
    NOT_LESS: lambda a, k: a >= k,
    0x45: lambda a, k: a & k != 0,
}


def read_arrays(header):
    """{program name: [(code, jt, jf, k)]} of a seccomp_programs.h."""
    arrays = {}
    steps = re.search(r" seccomp_steps\[\] = \{(.*?)\};", header, re.S)[1]
    steps = [tuple(int(word, 0) for word in line.split(","))
             for line in re.findall(r"\{ (.*?) \}", steps)]
    for name, body in re.findall(r" short program_(\w+)\[\] = \{(.*?)\};",
                                 header, re.S):
        arrays[name.replace("_", "-")] = [
            steps[int(number)] for number in re.findall(r"\d+", body)]
    # columns that are alike share one program
    for name, same in re.findall(
            r"^#define program_(\w+) program_(\w+)$", header, re.M):
        arrays[name.replace("_", "-")] = arrays[same.replace("_", "-")]
    return arrays


def read_header(header):
    return {name: compile_program(code)
            for name, code in read_arrays(header).items()}


def compile_program(code):
    """A function of (architecture, number, arguments): the verdict."""
    def run(token, number, arguments):
        # struct seccomp_data: number, architecture, pointer, six arguments
        data = struct.unpack("<16I", struct.pack("<IIQ6Q", number, token, 0,
                                                 *arguments))
        a = at = 0
        while True:
            op, jt, jf, k = code[at]
            at += 1
            if op == LOAD:
                if k % 4:
                    raise ValueError("load from %d" % k)
                a = data[k // 4]
            elif op == AND:
                a &= k
            elif op in TESTS:
                at += jt if TESTS[op](a, k) else jf
            elif op == JUMP:
                at += k
            elif op == RETURN:
                return k
            else:
                raise ValueError("instruction %#x" % op)
    return run


def beyond(op, k, numbers):
    """A constant with which one of the numbers goes the other way."""
    if op == GREATER:
        return min(n for n in numbers if n > k)
    if op == NOT_LESS:
        return min(n for n in numbers if n >= k) + 1
    return k ^ 1


def mutants(code, numbers):
    """The program with one instruction wrong.

    A test is turned around or has another constant, a mask has a bit more or
    less, a verdict is the other one.  numbers: of the calls that it allows,
    in some form.

    The two tests for x32 are left out: behind them no number of that
    interface is allowed either.
    """
    for i, (op, jt, jf, k) in enumerate(code):
        if op == RETURN:
            other = KILL_PROCESS if k == ALLOW else ALLOW
            yield code[:i] + [(op, jt, jf, other)] + code[i + 1:]
        if op == AND:
            for bit in (0, 9, 11, 31):
                yield code[:i] + [(op, jt, jf, k ^ 1 << bit)] + code[i + 1:]
        if op not in TESTS or k in (0x40000000, 0xffffffff):
            continue
        if jt != jf:
            yield code[:i] + [(op, jf, jt, k)] + code[i + 1:]
        yield code[:i] + [(op, jt, jf, beyond(op, k, numbers))] + code[i + 1:]
