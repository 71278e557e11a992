"""Child processes in groups of their own that end with the supervisor, however it ends."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from backoffice.embedded import PROJECT
from backoffice.embedded.processes import until

STOP_TIMEOUT_S = 15
PR_SET_PDEATHSIG = 1


class Child:
    """One long-running process and its log."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path) -> None:
        self.name, self.command, self.log = name, command, log
        # Beat has nothing to put away, and while it loads a SIGTERM can get lost in it.
        self.orphaned_by = signal.SIGKILL if name == "beat" else signal.SIGTERM
        self.restarts = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start in a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=end_with_parent(os.getpid(), self.orphaned_by),
            )  # fmt: skip

    def ended(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.process.poll() if self.process else None

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""


def end_with_parent(parent: int, sign: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """What a child of `parent` calls to have Linux send it `sign` when the parent dies, also by SIGKILL."""
    if sys.platform != "linux":
        return None  # elsewhere the next start ends what the record names
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:  # died between fork and prctl
            os._exit(1)

    return ask


def stop_all(processes: Sequence[psutil.Process]) -> None:
    """SIGTERM to each, then SIGKILL to the groups of those that do not end in time."""
    _signal(processes, signal.SIGTERM)
    until(lambda: not any(alive(process) for process in processes), STOP_TIMEOUT_S)
    stubborn = [process for process in processes if alive(process)]
    _signal(stubborn, signal.SIGKILL)
    until(lambda: not any(alive(process) for process in stubborn), 5)


def alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie that nobody reaps has ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(processes: Sequence[psutil.Process], sign: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            if sign == signal.SIGKILL and os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, sign)
            else:
                process.send_signal(sign)


class Record:
    """Who was started, in a file: pid and start time, for a pid alone may be somebody else's by now."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def write(self, children: Sequence[Child]) -> None:
        rows = []
        for child in children:
            if child.process and child.process.poll() is None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process = psutil.Process(child.process.pid)
                    rows.append({"name": child.name, "pid": process.pid, "started": process.create_time()})
        unfinished = self.file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(rows))
        unfinished.rename(self.file)

    def survivors(self) -> list[psutil.Process]:
        """What an earlier, killed supervisor left running."""
        try:
            rows = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return []
        return [process for row in rows if (process := _same_process(row["pid"], row["started"]))]


def _same_process(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return None
    return process if alive(process) and abs(process.create_time() - started) < 1 else None
