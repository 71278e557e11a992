"""What the kernel itself refuses the process that reads files of others, whatever runs in it: machine code too.

seccomp: only the system calls named here are answered. None of them makes a connection, a pipe or a program, writes to
anything but what is open already, or makes memory that is written executable. Landlock: files are read beneath the
given places alone. Both last for the rest of the process and all its threads. Linux on x86_64 and aarch64.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable

# name: (x86_64, aarch64); asm/unistd_64.h, asm-generic/unistd.h. None: this machine has another for it.
CALLS: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "lseek": (8, 62), "pread64": (17, 67), "fcntl": (72, 25), "dup": (32, 23),
    "open": (2, None), "openat": (257, 56), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "stat": (4, None), "lstat": (6, None), "fstat": (5, 80), "newfstatat": (262, 79), "statx": (332, 291), "getdents64": (217, 61),
    "readlink": (89, None), "readlinkat": (267, 78), "getcwd": (79, 17),
    "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216), "madvise": (28, 233), "brk": (12, 214),
    "clone": (56, 220), "set_robust_list": (273, 99), "rseq": (334, 293), "futex": (202, 98), "membarrier": (324, 283),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "exit": (60, 93), "exit_group": (231, 94),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "getpid": (39, 172), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "uname": (63, 160), "sysinfo": (99, 179), "getrandom": (318, 278),
    "getrusage": (98, 165), "times": (100, 153), "time": (201, None), "gettimeofday": (96, 169), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
}  # fmt: skip
# The C library takes an older call where it is told that there is none.
NOT_THERE = (435, 437)  # clone3, openat2: what they ask for is told in memory, where no filter looks
MACHINES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}  # column, AUDIT_ARCH_*, seccomp
LANDLOCK = (444, 445, 446)

_WRITE, _EXEC, _ANONYMOUS, _CLONE_THREAD = 2, 4, 0x20, 0x10000
# call: refused where each (argument, bits, their value) of one line is met.
REFUSED: dict[str, list[list[tuple[int, int, int]]]] = {
    **{
        name: [[(at, flag, flag)] for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC)]
        for name, at in (("open", 1), ("openat", 2))
    },
    "mmap": [[(2, _WRITE, _WRITE), (2, _EXEC, _EXEC)], [(2, _EXEC, _EXEC), (3, _ANONYMOUS, _ANONYMOUS)]],
    "mprotect": [[(2, _EXEC, _EXEC)]],
    "clone": [[(0, _CLONE_THREAD, 0)]],  # a thread of this process, never another one
}

# linux/bpf_common.h, linux/seccomp.h
_LOAD, _IF_EQUAL, _AND, _RETURN = 0x20, 0x15, 0x54, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16  # in struct seccomp_data; arguments of 8 bytes, their low half first
_NO_NEW_PRIVS = 38


_held: list[str] = []


def told() -> list[str]:
    """By what this process is held: asked of one that reads apart."""
    return _held


def hold(places: Iterable[str]) -> list[str]:
    """Which of seccomp and landlock hold this process from now on; none elsewhere than on Linux."""
    if sys.platform != "linux" or platform.machine() not in MACHINES or sys.maxsize < 2**32:
        return []
    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0):
        return []
    wanted = {"landlock": lambda: _only_beneath(kernel, places), "seccomp": lambda: _only_calls(kernel)}
    _held.extend(name for name, holds in wanted.items() if holds())
    return _held


def _only_beneath(kernel: ctypes.CDLL, places: Iterable[str]) -> bool:
    """linux/landlock.h. False: the kernel is older than 5.13 or was started without it."""
    make, add, restrict = LANDLOCK
    version = kernel.syscall(make, None, 0, 1)
    if version < 1:
        return False
    kinds = 13 + (version >= 2) + (version >= 3) + (version >= 5)  # of access to files that this kernel knows
    rules = kernel.syscall(make, struct.pack("=Q", 2**kinds - 1), 8, 0)
    if rules < 0:
        return False
    for place in places:
        try:
            opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
        except OSError:  # a place that this machine has not
            continue
        reading = 0b1100 if os.path.isdir(place) else 0b0100  # of files, and of lists of them
        kernel.syscall(add, rules, 1, struct.pack("=Qi", reading, opened), 0)
        os.close(opened)
    holds: bool = kernel.syscall(restrict, rules, 0) == 0
    os.close(rules)
    return holds


def _only_calls(kernel: ctypes.CDLL) -> bool:
    column, machine, seccomp = MACHINES[platform.machine()]
    program = b"".join(struct.pack("=HBBI", *step) for step in _filter(column, machine))
    kept = ctypes.create_string_buffer(program)
    given = struct.pack("@HP", len(program) // 8, ctypes.addressof(kept))
    holds: bool = kernel.syscall(seccomp, 1, 1, given) == 0  # SET_MODE_FILTER, for all threads
    return holds


def _filter(column: int, machine: int) -> list[tuple[int, int, int, int]]:
    """(what, steps over if so, if not, value) of each step; what is named nowhere meets the last one."""
    steps = [(_LOAD, 0, 0, _MACHINE_AT), (_IF_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _KILL)]
    for name, numbers in CALLS.items():
        if (number := numbers[column]) is not None:
            steps += _answered(number, [_refusal(met) for met in REFUSED.get(name, ())])
    for number in NOT_THERE:
        steps += [(_LOAD, 0, 0, _NUMBER_AT), (_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    return [*steps, (_RETURN, 0, 0, _ERRNO | errno.EPERM)]


def _answered(number: int, refusals: list[list[tuple[int, int, int, int]]]) -> list[tuple[int, int, int, int]]:
    inside = [step for refusal in refusals for step in refusal]
    return [(_LOAD, 0, 0, _NUMBER_AT), (_IF_EQUAL, 0, len(inside) + 1, number), *inside, (_RETURN, 0, 0, _ALLOW)]


def _refusal(met: list[tuple[int, int, int]]) -> list[tuple[int, int, int, int]]:
    steps: list[tuple[int, int, int, int]] = []
    for left, (argument, bits, value) in zip(range(len(met), 0, -1), met, strict=True):
        over = (left - 1) * 3 + 1  # the rest of the line and its refusal
        steps += [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument), (_AND, 0, 0, bits), (_IF_EQUAL, 0, over, value)]
    return [*steps, (_RETURN, 0, 0, _ERRNO | errno.EPERM)]
