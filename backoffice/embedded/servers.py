"""Both servers of one folder, as one thing to start and stop."""

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from backoffice.embedded.account import ServiceAccount
from backoffice.embedded.postgres import PostgresServer
from backoffice.embedded.valkey import ValkeyServer

SOCKET_FOLDER_LIMIT = 80  # characters; the whole path of a socket may have about 104


class Embedded:
    """PostgreSQL and Valkey under `root`; any number of processes may call `up` and `down` at once.

    durable: fsync on, and Valkey keeps its log. Tests do without.
    The folder really used may be another one (`root` attribute): under /var/tmp where the servers' account
    cannot reach the one that was asked for; parents' permissions are never touched.
    """

    def __init__(self, root: Path | str, durable: bool = True) -> None:
        self.account = ServiceAccount()
        self.root = self.account.own(Path(root).absolute())
        if not self.account.may("-w", self.root):
            self.root = self.account.own(Path("/var/tmp") / _tag(self.root))
        self.run = self.root / "run"
        if len(str(self.run)) > SOCKET_FOLDER_LIMIT:
            self.run = Path(tempfile.gettempdir()) / _tag(self.root)
        self.postgres = PostgresServer(self.account, root=self.root, run=self.run, durable=durable)
        self.valkey = ValkeyServer(self.account, root=self.root, run=self.run, durable=durable)
        self.database_url = f"postgresql://backoffice@/backoffice?host={self.run}"
        self.redis_url = f"unix://{self.valkey.socket}?db=0"

    def ok(self) -> bool:
        return self.postgres.ok() and self.valkey.ok()

    def up(self) -> "Embedded":
        """Both servers answer when this returns. Raises SystemExit with the server's own last words if not."""
        if not self.ok():
            with self._lock():
                self.account.own(self.run)
                self.postgres.up()
                self.valkey.up()
        return self

    def down(self) -> None:
        with self._lock():
            self.postgres.down()
            self.valkey.down()

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with open(self.root / ".lock", "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _tag(path: Path) -> str:
    return "backoffice-" + hashlib.sha256(f"{os.getuid()}{path}".encode()).hexdigest()[:12]
