"""The worst day: a company's data comes back in another cluster, proved, and nothing leaves the building twice."""

import json
import subprocess
import sys
from pathlib import Path

from tests.flows.test_online_retail_command import IMPORT, environment, manage
from tests.infra.servers import PROJECT, embedded, query, reachable_folder

COUNTS = "SELECT (SELECT count(*) FROM orders_orderline) || ' ' || (SELECT count(*) FROM accounting_journalline)"


def with_media(folder: Path, media: Path, *arguments: str):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=PROJECT, env=environment(folder) | {"BACKOFFICE_MEDIA_ROOT": str(media)}, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip


def asked(servers, sql):
    servers.up()  # they stop with the last command that used them
    return query(servers, sql)


def test_a_company_is_restored_in_another_cluster_and_proved(tmp_path):
    media, backups = tmp_path / "media", tmp_path / "backups"
    (media / "photos").mkdir(parents=True)
    (media / "photos" / "a.png").write_bytes(b"\x89PNG")
    with reachable_folder() as folder, embedded(folder, migrated=True) as servers:
        manage(folder, *IMPORT)
        made = with_media(folder, media, "backup", str(backups))
        assert made.returncode == 0, made.stderr
        before = asked(servers, COUNTS)
        full = manage(folder, "restore", made.stdout.strip())
    backup = Path(made.stdout.strip())
    assert full.returncode == 1 and "not empty" in full.stderr  # never over a company's data

    with reachable_folder() as folder, embedded(folder) as servers:
        damaged = backup / "database.dump"
        whole = damaged.read_bytes()
        damaged.write_bytes(whole[:-10])
        refused = manage(folder, "restore", str(backup))
        assert refused.returncode == 1 and "missing or damaged" in refused.stderr
        damaged.write_bytes(whole)
        restored = with_media(folder, tmp_path / "new", "restore", str(backup))
        assert restored.returncode == 0, restored.stderr
        assert "proof: OK" in restored.stdout and "resume_outbox" in restored.stdout
        assert asked(servers, COUNTS) == before
        assert (tmp_path / "new" / "photos" / "a.png").read_bytes() == b"\x89PNG"

        sent = (
            "SELECT count(*) FROM core_outboxcursor WHERE system_identifier = (pg_control_system()).system_identifier"
        )
        paused = asked(servers, sent)
        again = manage(folder, "resume_outbox")
        proof = manage(folder, "prove", "--json")
        stays = manage(folder, *IMPORT)

    assert int(paused) == 0 and again.returncode == 0, again.stderr
    assert proof.returncode == 0, proof.stdout
    assert json.loads(stays.stdout)["lines_imported"] == 0  # the same file again changes nothing


def test_old_backups_go_and_an_unfinished_one_is_none(tmp_path):
    from backoffice.backups import MANIFEST, BackupError, check_backup, forget_backups

    for name in ("20260101T000000Z", "20260102T000000Z", "20260103T000000Z.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).write_text("{}")

    assert [path.name for path in forget_backups(tmp_path, keep=1)] == ["20260101T000000Z"]
    assert (tmp_path / "20260103T000000Z.partial").exists()
    try:
        check_backup(tmp_path / "20260102T000000Z")
        raise AssertionError("an empty manifest is no backup")
    except BackupError as refusal:
        assert "is no backup" in str(refusal)
