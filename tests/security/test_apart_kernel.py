"""S5: what is read apart is held by the kernel too: asked for by system calls that no hook of Python sees."""

import errno
import re
from pathlib import Path

import pytest

from backoffice.core import apart_kernel
from backoffice.core.apart import read_apart
from backoffice.core.apart_kernel import CALLS, MACHINES, NOT_THERE
from tests.security import syscalls
from tests.security.test_apart import TooMuch

ALLOWED, KILLED = "allowed", "killed"
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
linux = pytest.mark.skipif(apart_kernel.sys.platform != "linux", reason="only Linux's kernel holds a process so")


@linux
def test_the_kernel_refuses_connections_programs_processes_files_and_new_code():
    told = read_apart(syscalls.attempts, TooMuch)

    assert len(told) >= 25
    assert {name: answer for name, answer in told.items() if answer != -errno.EPERM} == {}
    assert not Path("/tmp/written-apart").exists()


@linux
def test_negative_control_here_the_same_calls_are_answered():
    harmless = [
        "socket",
        "unix socket",
        "pair of sockets",
        "pipe",
        "file in memory",
        "memory for code",
        "memory made code",
    ]
    told = syscalls.attempts(harmless)

    assert all(answer >= 0 for answer in told.values()) and len(told) == len(harmless), told


@linux
def test_no_key_nor_file_of_others_is_read_and_programs_are(tmp_path):
    project = Path(__file__).resolve().parents[2]
    beside = tmp_path / "upload"
    beside.write_text("of somebody else")
    closed = ["/etc/passwd", "/proc/self/environ", str(beside), str(project / "pyproject.toml"), str(project)]
    open_ = [apart_kernel.__file__, str(project / "locale")]

    assert min(syscalls.open_reading(closed)) >= 0  # the control
    if "landlock" not in read_apart(apart_kernel.told, TooMuch):
        pytest.skip("this kernel has no Landlock")
    assert read_apart(syscalls.open_reading, TooMuch, closed) == [-errno.EACCES] * len(closed)
    assert min(read_apart(syscalls.open_reading, TooMuch, open_)) >= 0


def test_an_older_kernel_is_told_honestly(monkeypatch):
    monkeypatch.setattr(apart_kernel.platform, "machine", lambda: "riscv64")

    assert apart_kernel.hold([]) == []


def answer(machine, number, *given, asked_of=None):
    """What the filter says of a call, step by step as the kernel goes."""
    column, own, _seccomp = MACHINES[machine]
    data = {0: number, 4: asked_of or own} | {16 + 8 * at: value for at, value in enumerate(given)}
    steps, at, kept = apart_kernel._filter(column, own), 0, 0
    while True:
        what, if_so, if_not, value = steps[at]
        at += 1
        if what == 0x20:
            kept = data.get(value, 0) & 0xFFFFFFFF
        elif what == 0x54:
            kept &= value
        elif what == 0x15:
            at += if_so if kept == value else if_not
        else:
            error = value & 0xFFFF
            return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(value) or errno.errorcode[error]


@pytest.mark.parametrize("machine", MACHINES)
def test_the_filter_answers_what_is_named_and_nothing_else(machine):
    column = MACHINES[machine][0]
    named = {numbers[column] for numbers in CALLS.values()} - {None}
    thread = (0x10000,)

    for number in range(1024):
        given = thread if number == CALLS["clone"][column] else ()
        wanted = ALLOWED if number in named else "ENOSYS" if number in NOT_THERE else "EPERM"
        assert answer(machine, number, *given) == wanted, number
        assert answer(machine, number | 0x40000000) == "EPERM"  # the calls of x32
        assert answer(machine, number, asked_of=0x40000003) == KILLED  # those of 32 bits


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        ("openat", (0, 0, 0o2000000), ALLOWED),
        ("openat", (0, 0, 0o2000001), "EPERM"),
        ("openat", (0, 0, 0o100), "EPERM"),
        ("mmap", (0, 0, 3, 0x22), ALLOWED),
        ("mmap", (0, 0, 5, 2), ALLOWED),  # a library of C
        ("mmap", (0, 0, 5, 0x22), "EPERM"),
        ("mmap", (0, 0, 7, 2), "EPERM"),
        ("mprotect", (0, 0, 3), ALLOWED),
        ("mprotect", (0, 0, 5), "EPERM"),
        ("clone", (0x3D0F00,), ALLOWED),
        ("clone", (17,), "EPERM"),
    ],
)
def test_the_filter_looks_at_what_is_asked(machine, name, given, wanted):
    assert answer(machine, CALLS[name][MACHINES[machine][0]], *given) == wanted


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_linux(machine):
    if not HEADERS[machine].exists():
        pytest.skip("no headers of Linux on this machine")
    told = dict(re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", HEADERS[machine].read_text()))
    column = MACHINES[machine][0]
    other = {"newfstatat": "fstatat"} if machine == "aarch64" else {}

    found = {name: told.get(other.get(name, name)) for name in CALLS}
    assert {name: number and int(number) for name, number in found.items()} == {
        name: numbers[column] for name, numbers in CALLS.items()
    }
