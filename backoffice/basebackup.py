"""Point-in-time recovery, first half: base backups of the whole cluster, and its WAL kept as it is written.

In the folder of backups: `<time>-base/` (the cluster's files as pg_basebackup copies them, the media, a manifest) and
`wal-<cluster>/`, which `manage.py archive_wal` fills from the server's own stream: a second or two behind.
"""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backoffice import media as uploads
from backoffice.backups import FORMAT, MANIFEST, MEDIA, BackupError, Say, _digest, _facts, _pack, _run, program

FILES, KIND = "pg", "base"
SLOT = "backoffice_archive"


def make_base(folder: Path, *, url: str, media: Path | None, say: Say) -> Path:
    """A new base backup below `folder`, read back; its own folder's path. url: of a login that may replicate.

    Raises BackupError; nothing is left behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{KIND}"
    partial = folder / f"{name}.partial"
    try:
        partial.mkdir(mode=0o700)
        say("cluster", 0)
        _run(
            [
                program("pg_basebackup"), "--pgdata", str(partial / FILES), "--checkpoint=fast", "--wal-method=stream",
                "--manifest-checksums=SHA256", f"--dbname={url}",
            ]
        )  # fmt: skip
        if media is not None:
            _pack(media, partial / MEDIA, say)
        facts = _facts() | {
            "kind": KIND,
            "files": {MEDIA: _digest(partial / MEDIA)} if media is not None else {},
            "media_in": uploads.bucket(),
            "wal": _first_wal(partial / FILES),
        }
        (partial / MANIFEST).write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
        check_base(partial)
        return partial.rename(folder / name)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def check_base(base: Path, verify: str = "") -> dict[str, Any]:
    """Read a base backup back: every file by its digest, and the WAL that makes it whole. Its manifest.

    verify: the program, where no server is there to ask for its version. Raises BackupError.
    """
    facts = base_facts(base)
    for name, digest in facts["files"].items():
        if not (base / name).exists() or _digest(base / name) != digest:
            raise BackupError(f"{base / name} is missing or damaged: take another backup.")
    _run([verify or program("pg_verifybackup"), "--quiet", str(base / FILES)])
    return facts


def base_facts(base: Path) -> dict[str, Any]:
    """Its manifest. Raises BackupError where it is no base backup."""
    try:
        facts: dict[str, Any] = json.loads((base / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise BackupError(f"{base} is no backup, or an unfinished one: {error}") from None
    if facts.get("kind") != KIND or facts.get("format") != FORMAT:
        raise BackupError(f"{base} is no base backup of this version: make one with manage.py backup --base.")
    return facts


def wal_folder(folder: Path, cluster: str) -> Path:
    return folder / f"wal-{cluster}"


def archive_wal(folder: Path, *, url: str) -> subprocess.Popen[bytes]:
    """Begin to keep the WAL of the server in its folder below `folder`; the process runs until it is stopped.

    The server keeps what was not yet fetched (a replication slot); max_slot_wal_keep_size bounds that.
    """
    target = wal_folder(folder, _facts()["cluster"])
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    receive = program("pg_receivewal")
    _run([receive, "--create-slot", "--if-not-exists", f"--slot={SLOT}", f"--dbname={url}"])
    # --synchronous: what is written is flushed at once, and the server is told.
    return subprocess.Popen([receive, "--directory", str(target), f"--slot={SLOT}", "--synchronous", f"--dbname={url}"])


def forget_bases(folder: Path, *, keep: int) -> list[Path]:
    """Take away all finished base backups but the newest, and the WAL that no base backup needs any more; what went."""
    bases = sorted(path.parent for path in folder.glob(f"*-{KIND}/{MANIFEST}"))
    gone = bases[:-keep]
    for path in gone:
        shutil.rmtree(path)
    if left := bases[-keep:]:
        facts = base_facts(left[0])
        wal = wal_folder(folder, facts["cluster"])
        if wal.exists():
            _run([program("pg_archivecleanup"), str(wal), facts["wal"]])
    return gone


def _first_wal(files: Path) -> str:
    """The first WAL file that the backup needs, as its label says: START WAL LOCATION: 0/2000028 (file 0000…)."""
    label = (files / "backup_label").read_text().splitlines()[0]
    return label.rpartition("(file ")[2].rstrip(")")
