"""The embedded servers as manage.py and the demo use them: shared by processes, migrated, with a key."""

import atexit
import contextlib
import fcntl
import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from backoffice.embedded import PROJECT
from backoffice.embedded.servers import Embedded

# What may change the schema, its triggers or its grants.
SCHEMA_SOURCES = ("*/migrations/*.py", "*/models/*.py", "backoffice/core/**/*.py")

STDERR = 2  # standard output belongs to the command, which may print JSON there


class SharedServers:
    """The servers of a folder while at least one process uses them; the last to leave stops them.

    Each user holds the same lock shared; who can get it alone was the last. A killed process leaves its
    lock to the system, and the servers, if it was the last, to the next start.
    """

    def __init__(self, root: Path) -> None:
        self.servers = Embedded(root)
        self._users: IO[str] | None = None

    def join(self) -> "SharedServers":
        self._users = open(self.servers.root / ".users", "w")
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self.servers.up()
        return self

    def leave(self) -> bool:
        """Whether this was the last user, and the servers are down."""
        if self._users is None:
            return False
        handle, self._users = self._users, None
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            if os.environ.get("BACKOFFICE_KEEP_SERVERS") != "1":
                self.servers.down()
            return True


def publish(servers: Embedded) -> None:
    """Put the addresses, a key of this copy's own and the media folder into the environment."""
    os.environ.setdefault("DATABASE_URL", servers.database_url)
    os.environ.setdefault("REDIS_URL", servers.redis_url)
    os.environ.setdefault("BACKOFFICE_SECRET_KEY", _secret_key(servers.root / "secret-key"))
    os.environ.setdefault("BACKOFFICE_MEDIA_ROOT", str(servers.root / "media"))


def use_local_services(root: Path, *, migrate: bool) -> None:
    """Join the servers for the life of this process."""
    shared = SharedServers(root).join()
    joined = os.getpid()
    atexit.register(lambda: shared.leave() if os.getpid() == joined else None)  # not in forked children
    publish(shared.servers)
    if migrate:
        migrate_if_needed(shared.servers)


def migrate_if_needed(servers: Embedded, say: Callable[[str], None] = lambda text: None) -> None:
    """Migrate as the owner, in a process of its own, when the schema's sources differ from the last time."""
    stamp = servers.postgres.data / "backoffice.schema"  # goes when the cluster goes
    with _alone(servers.root / ".migrate"):
        digest = schema_digest()
        if stamp.exists() and stamp.read_text() == digest:
            return
        say("migrating the database")
        environment = {**os.environ, "BACKOFFICE_AS_OWNER": "1", **addresses(servers)}
        command = [sys.executable, str(PROJECT / "manage.py"), "migrate", "--verbosity", "0"]
        if subprocess.run(command, env=environment, stdout=STDERR).returncode:
            raise SystemExit("the database could not be migrated")
        stamp.write_text(digest)


def addresses(servers: Embedded) -> dict[str, str]:
    return {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}


def schema_digest() -> str:
    digest = hashlib.sha256()
    for pattern in SCHEMA_SOURCES:
        for path in sorted(PROJECT.glob(pattern)):
            digest.update(str(path.relative_to(PROJECT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _secret_key(file: Path) -> str:
    with _alone(file.with_name(".secret-key.lock")):
        if not file.exists():
            unfinished = file.with_suffix(".tmp")
            unfinished.touch(mode=0o600)
            unfinished.write_text(secrets.token_urlsafe(50))
            unfinished.rename(file)
        return file.read_text()


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with open(lock, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
