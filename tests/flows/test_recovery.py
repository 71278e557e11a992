"""The worst day, to the second: a new cluster as it was between two orders; nothing is sent twice, and it is proved."""

import json
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command

from backoffice.backups import BackupError
from backoffice.core.models import JobRun
from backoffice.embedded.processes import until
from backoffice.operations.measures import BACKUP
from backoffice.recovery import crc32c, parse_instant, restore_instant
from tests.flows.test_online_retail_command import SAMPLE, environment, manage
from tests.infra.servers import PROJECT, embedded, query, reachable_folder

FIRST, BETWEEN, AFTER = ("536365", "536366", "536367"), "536368", "536385"  # invoices of the sample
TELL = """
import json
from accounting.models import Company
from backoffice.core.outbox import deliver_due
from integrations.models import WebhookDelivery, WebhookEndpoint
from integrations.selectors.changes_feed import cursor_now
WebhookEndpoint.objects.get_or_create(company=Company.objects.get(), name="n8n", url="https://n8n.example/")
passed = sum(deliver_due().values())
told = WebhookDelivery.objects.filter(type="order.placed").count()
"""
PRINT = "print(json.dumps({'passed': passed, 'told': told, 'cursor': str(cursor_now())}))"
WAKE = """
from django.core.management import call_command
from backoffice.core.outbox import OutboxPaused, deliver_due
from integrations.selectors.changes_feed import Cursor, CursorExpired, changes_since
seen = []
try:
    deliver_due()
except OutboxPaused:
    seen.append("paused")
try:
    changes_since(Cursor.parse("{cursor}"), resources=["orders"], company_id=None, channel_id=None, limit=10)
except CursorExpired:
    seen.append("expired")
call_command("resume_outbox", verbosity=0, stdout=open("/dev/null", "w"))
"""
WOKEN = "print(json.dumps({'passed': passed, 'told': told, 'seen': seen}))"
PROVE = """
from backoffice.core.proof import run_checks
print(json.dumps({'told': told, 'proof': run_checks().ok}))
"""


def sell(folder, tmp_path, *invoices):
    """Import some invoices of the sample, as a channel would bring them."""
    header, *lines = SAMPLE.read_text().splitlines()
    file = tmp_path / f"{invoices[0]}.csv"
    file.write_text("\n".join([header, *(line for line in lines if line.startswith(invoices))]) + "\n")
    done = manage(
        folder, "import_orders", str(file), "--channel", "retail", "--profile", "online-retail", "--ship", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["lines_imported"] > 0


def shell(folder, code):
    done = manage(folder, "shell", "--no-imports", "-c", code)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # log lines come before it


@contextmanager
def archiving(folder, backups):
    command = [sys.executable, "manage.py", "archive_wal", str(backups)]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment(folder), stderr=subprocess.PIPE, text=True)
    try:
        assert until(lambda: any(backups.glob("wal-*/*")) or process.poll() is not None, 240)
        assert process.poll() is None, process.stderr.read()
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


NOW = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US+00:00')"
ARCHIVED = "SELECT count(*) FROM pg_stat_replication WHERE flush_lsn >= pg_current_wal_flush_lsn()"
CLUSTER = "SELECT (pg_control_system()).system_identifier"


def orders(servers):
    return query(servers, "SELECT string_agg(external_id, ' ' ORDER BY external_id) FROM orders_order")


def test_a_cluster_is_restored_to_an_instant_between_two_orders(tmp_path):
    with reachable_folder() as folder:
        backups = folder / "backups"
        with embedded(folder / "old", durable=True, migrated=True) as servers:
            servers.up()
            with archiving(servers.root, backups):  # holds the servers up, too
                sell(servers.root, tmp_path, *FIRST)
                base = manage(servers.root, "backup", str(backups), "--base")
                assert base.returncode == 0, base.stderr
                sell(servers.root, tmp_path, BETWEEN)
                told = shell(servers.root, TELL + PRINT)
                instant = query(servers, NOW)
                sell(servers.root, tmp_path, AFTER)
                later = shell(servers.root, TELL + PRINT)
                assert until(lambda: query(servers, ARCHIVED) == "1", 30)
                assert AFTER in orders(servers) and later["told"] == told["told"] + 1
                cluster = query(servers, CLUSTER)

        new = folder / "new"
        new.mkdir()
        restored = manage(new, "restore", str(backups), "--to", instant, "--into", str(new / "pg"))
        assert restored.returncode == 0, restored.stderr
        assert "proof: OK" in restored.stdout and "resume_outbox" in restored.stdout
        with embedded(new) as servers:
            assert orders(servers.up()) == " ".join([*FIRST, BETWEEN])
            assert query(servers, CLUSTER) != cluster
            woken = shell(new, WAKE.format(cursor=later["cursor"]) + TELL + WOKEN)
            # Nothing is sent twice, and of the order after the instant nobody hears until it is brought again.
            assert woken == {"passed": 0, "told": told["told"], "seen": ["paused", "expired"]}
            sell(new, tmp_path, AFTER)
            assert shell(new, TELL + PROVE) == {"told": told["told"] + 1, "proof": True}


def test_what_cannot_be_restored_is_refused_by_name(tmp_path, db):
    def ask(to, into):
        restore_instant(tmp_path / "backups", to=to, into=into, media=None, say=print)

    with pytest.raises(BackupError, match="no base backup in .*manage.py backup"):
        ask("latest", tmp_path / "new")
    base = tmp_path / "backups" / "20260102T000000Z-base"
    (base / "pg").mkdir(parents=True)
    (base / "pg" / "PG_VERSION").write_text("18\n")
    facts = {
        "format": 1,
        "kind": "base",
        "made_at": "2026-01-02T00:00:00+00:00",
        "cluster": "1",
        "files": {},
        "wal": "0",
    }
    (base / "manifest.json").write_text(json.dumps(facts))

    with pytest.raises(BackupError, match="choose a later instant"):
        ask("2026-01-01T00:00:00+00:00", tmp_path / "new")
    with pytest.raises(BackupError, match="which clock"):
        ask("2026-01-03T00:00:00", tmp_path / "new")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(BackupError, match="not empty"):
        ask("latest", tmp_path / "full")
    with pytest.raises(BackupError, match="pg_verifybackup"):  # no backup_manifest: damaged
        ask("latest", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    for command in (("restore", str(base), "--to", "latest"), ("restore", str(base), "--into", "x")):
        with pytest.raises(CommandError, match="Give both"):
            call_command(*command)


def test_a_backup_where_nothing_can_be_written_is_refused_in_one_sentence_and_noted(tmp_path, db):
    (tmp_path / "file").touch()

    for options in ([], ["--base"]):
        with pytest.raises(CommandError, match="file"):
            call_command("backup", str(tmp_path / "file" / "backups"), *options)

    assert [run.status for run in JobRun.objects.filter(job=BACKUP)] == ["failed", "failed"]


def test_an_instant_says_which_clock_it_is_of():
    assert parse_instant("latest") is None
    assert parse_instant("2026-11-28T10:15:00+02:00").isoformat() == "2026-11-28T08:15:00+00:00"
    for text in ("yesterday", "2026-11-28T10:15:00"):
        with pytest.raises(BackupError):
            parse_instant(text)


def test_the_checksum_is_castagnolis():
    assert crc32c(b"123456789") == 0xE3069283
