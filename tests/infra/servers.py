"""Helpers of the tests that start servers of their own."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from backoffice.embedded.account import ServiceAccount
from backoffice.embedded.local import schema_digest
from backoffice.embedded.servers import Embedded

PROJECT = Path(__file__).resolve().parent.parent.parent
TEMPLATE = Path(os.environ.get("BACKOFFICE_TEST_DIR") or PROJECT / ".embedded-test") / "migrated"
SITE = Path(psutil.__file__).parent.parent


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder that the servers' account can reach (pytest's tmp_path is 0700 and root's)."""
    folder = Path(tempfile.mkdtemp(prefix="bo-test-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def embedded(root: Path, *, durable: bool = False, migrated: bool = False) -> Iterator[Embedded]:
    """Servers for one test, not started; stopped and removed afterwards. migrated: with the schema, and nothing in it."""
    servers = Embedded(root, durable=durable)
    try:
        if migrated:
            _copy_migrated(servers)
        yield servers
    finally:
        root.mkdir(parents=True, exist_ok=True)  # a test may have removed it
        servers.root.mkdir(parents=True, exist_ok=True)
        servers.down()
        for folder in {servers.root, servers.run, root}:
            shutil.rmtree(folder, ignore_errors=True)


def _copy_migrated(servers: Embedded) -> None:
    """From a cluster that all runs of this checkout share: migrating from nothing takes as long as many a test."""
    TEMPLATE.mkdir(parents=True, exist_ok=True)
    with open(TEMPLATE / ".copy", "w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        made = Embedded(TEMPLATE)
        stamp = made.postgres.data / "backoffice.schema"
        if not stamp.exists() or stamp.read_text() != schema_digest():
            made.down()
            shutil.rmtree(made.postgres.data, ignore_errors=True)
            manage = [sys.executable, "manage.py", "shell", "--no-imports", "-c", ""]  # any command migrates it
            environment = _without_a_house() | {"BACKOFFICE_DATA_DIR": str(TEMPLATE)}
            subprocess.run(manage, cwd=PROJECT, env=environment, check=True, capture_output=True)
        subprocess.run(["cp", "-a", made.postgres.data, servers.postgres.data], check=True)


def query(servers: Embedded, sql: str) -> str:
    """The first value of the answer, as text."""
    import psycopg

    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return str(cursor.fetchone()[0]) if cursor.description else ""


def postmasters(servers: Embedded) -> list[int]:
    """Pids of the servers (not of their backends) that run on this folder.

    A backend that was forked a moment ago has not yet taken its own name: it is told by its parent.
    """
    parents = {
        process.pid: process.info["ppid"]
        for process in psutil.process_iter(["name", "cmdline", "ppid"])
        if process.info["name"] == "postgres" and str(servers.postgres.data) in (process.info["cmdline"] or [])
    }
    return [pid for pid, parent in parents.items() if parent not in parents]


def python(code: str, **environment: str) -> subprocess.Popen[str]:
    """Run a piece of Python beside the test."""
    return _python(sys.executable, code, environment, {})


def plain_users_python(code: str) -> subprocess.Popen[str] | None:
    """The same as the servers' account; None where no interpreter is within its reach (a venv in a 0700 home)."""
    account = ServiceAccount()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for interpreter in (Path(sys.executable), Path("/usr/bin") / version):
        if account.may("-x", interpreter) and account.may("-r", SITE):
            return _python(str(interpreter), code, {"PYTHONPATH": f"{PROJECT}:{SITE}"}, account.ids)
    return None


def _python(interpreter: str, code: str, environment: dict[str, str], ids: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [interpreter, "-c", code],
        cwd=PROJECT, env={**_without_a_house(), "PYTHONPATH": str(PROJECT), **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **ids,
    )  # fmt: skip


def _without_a_house() -> dict[str, str]:
    """This process's environment without the addresses and settings of the run."""
    ours = ("BACKOFFICE_", "PYTEST_", "DATABASE_", "REDIS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
