"""Asking the kernel itself, past Python and its hooks, as machine code in a reader's process would."""

import ctypes
import os
import platform
from collections.abc import Callable
from typing import Any

_C = ctypes.CDLL(None)
_syscall = _C.syscall  # looked up now: the hook sees that, and no call of what was found
_syscall.argtypes, _syscall.restype = None, ctypes.c_long
_errno = _C.__errno_location
_errno.restype = ctypes.POINTER(ctypes.c_int)
_ROOM = ctypes.create_string_buffer(128)
_AT_CWD, _PAGE, _PRIVATE_ANONYMOUS = -100, 4096, 0x22
_NOBODY = 2**22 + 1  # no process has it


def _numbers(x86_64: int, aarch64: int) -> int:
    return {"x86_64": x86_64, "aarch64": aarch64}.get(platform.machine(), 0)


def ask(number: int, *given: Any) -> int:
    """What the kernel answers: 0 or more, or the error's number below 0."""
    told: int = _syscall(ctypes.c_long(number), *(ctypes.c_long(one) if isinstance(one, int) else one for one in given))
    return -_errno().contents.value if told == -1 else told


def _make_executable() -> int:
    page = ask(_numbers(9, 222), 0, _PAGE, 3, _PRIVATE_ANONYMOUS, -1, 0)
    return ask(_numbers(10, 226), page, _PAGE, 5)


def _another_process() -> int:
    told = ask(_numbers(56, 220), 17, 0, 0, 0, 0)  # clone, SIGCHLD: fork
    if told == 0:
        os._exit(0)
    return told


def _write_beside(place: bytes) -> int:
    return ask(_numbers(257, 56), _AT_CWD, place, os.O_CREAT | os.O_WRONLY, 0o600)


ATTEMPTS: dict[str, Callable[[], int]] = {
    "socket": lambda: ask(_numbers(41, 198), 2, 1, 0),
    "unix socket": lambda: ask(_numbers(41, 198), 1, 1, 0),
    "pair of sockets": lambda: ask(_numbers(53, 199), 1, 1, 0, _ROOM),
    "connect": lambda: ask(_numbers(42, 203), 0, _ROOM, 16),
    "pipe": lambda: ask(_numbers(293, 59), _ROOM, 0),
    "io_uring": lambda: ask(_numbers(425, 425), 1, _ROOM),
    "program": lambda: ask(_numbers(59, 221), b"/nowhere", 0, 0),
    "program by a file": lambda: ask(_numbers(322, 281), _AT_CWD, b"/nowhere", 0, 0, 0),
    "another process": _another_process,
    "another's memory": lambda: ask(_numbers(310, 270), os.getppid(), 0, 0, 0, 0, 0),
    "ptrace": lambda: ask(_numbers(101, 117), 0x4206, _NOBODY, 0, 0),
    "signal": lambda: ask(_numbers(62, 129), os.getppid(), 0),
    "another's files": lambda: ask(_numbers(434, 434), os.getppid(), 0),
    "namespace": lambda: ask(_numbers(272, 97), 0),
    "limits": lambda: ask(_numbers(302, 261), 0, 0, 0, _ROOM),
    "file in memory": lambda: ask(_numbers(319, 279), b"x", 0),
    "new file": lambda: _write_beside(b"/tmp/written-apart"),
    "file that is there": lambda: ask(_numbers(257, 56), _AT_CWD, __file__.encode(), os.O_RDWR, 0),
    "emptied file": lambda: ask(_numbers(257, 56), _AT_CWD, b"/dev/null", os.O_TRUNC, 0),
    "removed file": lambda: ask(_numbers(263, 35), _AT_CWD, b"/nowhere", 0),
    "folder": lambda: ask(_numbers(258, 34), _AT_CWD, b"/tmp", 0o700),
    "other name": lambda: ask(_numbers(316, 276), _AT_CWD, b"/nowhere", _AT_CWD, b"/elsewhere", 0),
    "memory for code": lambda: min(ask(_numbers(9, 222), 0, _PAGE, 7, _PRIVATE_ANONYMOUS, -1, 0), 1),
    "memory made code": _make_executable,
    "other input": lambda: ask(_numbers(16, 29), 0, 0x5412, b"x"),  # TIOCSTI: typing into a terminal
}  # fmt: skip


def attempts(names: list[str] | None = None) -> dict[str, int]:
    return {name: attempt() for name, attempt in ATTEMPTS.items() if names is None or name in names}


def open_reading(places: list[str]) -> list[int]:
    return [ask(_numbers(257, 56), _AT_CWD, place.encode(), os.O_RDONLY, 0) for place in places]
