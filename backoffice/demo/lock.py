"""One demo in a data folder at a time."""

import fcntl
import time
from pathlib import Path

STARTING_S, STOPPING_S = 3.0, 40.0


class OnlyOne:
    """A lock that ends with the process, however it ends; its file says what the holder is doing.

    A start waits for a demo that is stopping, and is refused by one that runs.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.handle = open(file, "a+")

    def __enter__(self) -> "OnlyOne":
        began = time.monotonic()
        while not self._take():
            patience = STOPPING_S if self._holder() == "stopping" else STARTING_S
            if time.monotonic() - began > patience:
                raise SystemExit(
                    f"a demo already {self._holder() or 'starts'} in {self.file.parent}; BACKOFFICE_DATA_DIR picks another"
                )
            time.sleep(0.1)
        self.note("")
        return self

    def __exit__(self, *_: object) -> None:
        self.handle.close()

    def note(self, what: str) -> None:
        """Say what this demo is doing: "", "runs on …" or "stopping"."""
        self.handle.truncate(0)
        self.handle.write(what)
        self.handle.flush()

    def _take(self) -> bool:
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _holder(self) -> str:
        return self.file.read_text()
