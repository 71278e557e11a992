"""What a hostile file may have a reader do; run apart by test_apart.py."""

import os
import socket
import subprocess
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from backoffice.core.tabular.errors import TableRefused


def eat(count: int) -> int:
    return len(bytearray(count))


def spin() -> None:
    while True:
        pass


def connect() -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def run() -> None:
    subprocess.run(["true"])


def look(path: str) -> str:
    return Path(path).read_text()


def write(path: str) -> None:
    Path(path).write_text("x" * 100)


def write_beside(path: str) -> None:
    with open(os.open(path, os.O_CREAT | os.O_WRONLY), "wb", buffering=0) as file:
        file.write(b"x")


def end() -> None:
    os._exit(7)


def surroundings() -> tuple[list[str], list[int]]:
    """The names of the environment, and what is open beside input, output and errors."""
    return sorted(os.environ), [number for number in range(3, 200) if _is_open(number)]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def refuse() -> None:
    raise TableRefused(_("The file is empty."), code="empty", row=7)


def hand_back_code() -> Any:
    return Path("x")
