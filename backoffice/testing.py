"""Pytest plugin: a real PostgreSQL and Valkey for one test run (`addopts = "-p backoffice.testing"`).

The servers start when this module is imported, because pytest-django reads the settings before any
conftest.py. With DATABASE_URL and REDIS_URL given, nothing is started. Each worker of pytest-xdist has servers
of its own: a transaction that is open anywhere in a cluster holds back the outbox of all its databases.

BACKOFFICE_TEST_DIR   folder of the servers' data (default `.embedded-test`); a second run at the same
                      time takes `<folder>-<pid>`, which the next run removes
BACKOFFICE_TEST_KEEP  1 leaves the servers running after the run
"""

import fcntl
import os
import re
import shutil
from pathlib import Path
from typing import IO

from backoffice.collector import collect_seldom
from backoffice.embedded.servers import Embedded

ROOT = Path(__file__).resolve().parent.parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
STARTED = "BACKOFFICE_TEST_STARTED"  # tells the workers that the addresses they inherit are the run's own
_held: list[IO[str]] = []  # an open file is a held lock
_servers: Embedded | None = None


def pytest_unconfigure() -> None:
    """Stop what this run started."""
    global _servers
    if _servers is None:
        return
    servers, _servers = _servers, None
    if os.environ.get("BACKOFFICE_TEST_KEEP") != "1":
        servers.down()
        if _held and Path(_held[0].name).parent != _wanted_folder():
            shutil.rmtree(servers.root, ignore_errors=True)
            shutil.rmtree(Path(_held[0].name).parent, ignore_errors=True)


def _wanted_folder() -> Path:
    return Path(os.environ.get("BACKOFFICE_TEST_DIR") or ROOT / ".embedded-test").absolute()


def _lock(folder: Path) -> bool:
    """Whether this run now owns the folder; the lock ends with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = open(folder / ".run.lock", "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return False
    _held.append(handle)
    return True


def _remove_leftovers(wanted: Path) -> None:
    """Stop and remove the private folders of runs that are no more."""
    for folder in wanted.parent.glob(f"{wanted.name}-*"):
        if folder.name.rpartition("-")[2].isdecimal() and _lock(folder):
            servers = Embedded(folder, durable=False)
            servers.down()
            _held.pop().close()
            shutil.rmtree(servers.root, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)


def _own_folder() -> Path:
    wanted = _wanted_folder()
    if WORKER:
        wanted = wanted / WORKER
    if _lock(wanted):
        if not WORKER:
            _remove_leftovers(wanted)
        return wanted
    private = wanted.with_name(f"{wanted.name}-{os.getpid()}")
    _lock(private)
    return private


def _private_valkey_database(url: str) -> str:
    """Worker gwN takes Valkey database 2N+2 as cache (and, by the settings, 2N+3 as broker)."""
    number = 2 * int(WORKER.removeprefix("gw")) + 2
    return re.sub(r"([?&]db=)\d+", rf"\g<1>{number}", url)


def _start() -> None:
    global _servers
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    os.environ.setdefault("BACKOFFICE_MODE", "test")
    given = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL") and not os.environ.get(STARTED)
    if not given:
        _servers = Embedded(_own_folder(), durable=False).up()
        os.environ |= {"DATABASE_URL": _servers.database_url, "REDIS_URL": _servers.redis_url, STARTED: "1"}
    elif WORKER:
        os.environ["REDIS_URL"] = _private_valkey_database(os.environ["REDIS_URL"])
    # Tests migrate as the owner; the database fixtures take on the application's role afterwards.
    os.environ.setdefault("BACKOFFICE_AS_OWNER", "1")


collect_seldom()
_start()
