"""Small questions about processes and sockets."""

import contextlib
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil


def live_pid(file: Path, needle: str) -> int | None:
    """The pid that the file names, if it is alive, no zombie, and has `needle` on its command line.

    A pid alone proves nothing: it may have been reused, or be a zombie that a container's PID 1 never reaps.
    """
    try:
        process = psutil.Process(int(file.read_text().split()[0]))
        ours = process.status() != psutil.STATUS_ZOMBIE and any(needle in part for part in process.cmdline())
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process.pid if ours else None


def reap(mine: Callable[[psutil.Process], bool], sign: signal.Signals) -> None:
    """Send the signal to every process that is `mine`; kill what is still there after 5 seconds."""
    found = [process for process in psutil.process_iter(["name", "cmdline"]) if mine(process)]
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(sign)
    for process in psutil.wait_procs(found, timeout=5)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def talk(path: Path, message: bytes = b"") -> bytes | None:
    """What the socket answers (b"" when nothing was asked), or None if nobody listens."""
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(2)
            sock.connect(str(path))
            if not message:
                return b""
            sock.sendall(message)
            return sock.recv(64)
    except OSError:
        return None


def until(condition: Callable[[], object], seconds: float) -> bool:
    """Wait for the condition; whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False
