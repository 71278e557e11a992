"""manage.py restore: a backup into an empty database, brought to this version's schema, and proved."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from backoffice import backups
from backoffice import media as uploads
from backoffice.core import proof
from backoffice.core.roles import ensure_roles, raw_login


class Command(BaseCommand):
    help = (
        "Restore BACKUP into the empty database of DATABASE_URL, migrate it, and run the proof. In another cluster the"
        " outbox waits until you let it go on (resume_outbox)."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "backup", type=Path, help="a finished backup; with --to: a base backup, or the folder of them"
        )
        parser.add_argument(
            "--to", metavar="INSTANT", help="with a base backup: 2026-11-28T10:15:00+02:00, or latest. Needs --into"
        )
        parser.add_argument("--into", type=Path, metavar="FOLDER", help="the new cluster's folder, which must be empty")

    def handle(self, *args: Any, **options: Any) -> None:
        backup: Path = options["backup"].absolute()
        if options["to"] or options["into"]:
            self._to_an_instant(backup, options["to"], options["into"])
            return
        try:
            facts = backups.check_backup(backup)
            if not backups.is_empty_database():
                raise CommandError(
                    "The database is not empty: make a new one (createdb) and point DATABASE_URL to it. Nothing was changed."
                )
            with raw_login(connection):
                ensure_roles(connection)
            self.stderr.write("database")
            backups.restore_database(backup, url=settings.DATABASE_OWNER_URL or settings.DATABASE_URL)
            self.stderr.write("schema")
            call_command("migrate", verbosity=0)
            files = backups.restore_media(backup, uploads.folder())
        except (backups.BackupError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"restored: {facts['database']} of {facts['made_at']}, {files} media file(s)")
        self._tell_missing(facts.get("media_in", ""))
        self._prove()
        if facts["cluster"] != _cluster():
            self.stdout.write(
                "This is another cluster: what had not left the building waits. Look, then run manage.py resume_outbox."
            )

    def _to_an_instant(self, folder: Path, to: str | None, into: Path | None) -> None:
        """A cluster of its own from a base backup; the running one, if any, is not touched."""
        from backoffice.recovery import restore_instant

        if not (to and into):
            raise CommandError("Give both: --to INSTANT and --into FOLDER.")
        try:
            restore_instant(folder, to=to, into=into, media=uploads.folder(), say=self.stderr.write)
        except (backups.BackupError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"restored: {into}, proof: OK")
        self.stdout.write(
            "Start PostgreSQL on it. It is another cluster: what had not left the building waits. Look, then run manage.py"
            " resume_outbox, and make a base backup: the former ones are of the former cluster."
        )

    def _tell_missing(self, bucket: str) -> None:
        if bucket:
            self.stdout.write(f"not in the backup: the uploaded files, which were in the {bucket}")
        if missing := uploads.missing():
            self.stdout.write(f"{len(missing)} uploaded file(s) are not in the storage, the first: {missing[0]}")

    def _prove(self) -> None:
        found = proof.run_checks(names=backups.checks_after_restore())
        if not found.ok:
            wrong = ", ".join(result.name for result in found.results if result.state != "ok")
            raise CommandError(f"Restored, but the proof does not hold: {wrong}. See manage.py prove.")
        self.stdout.write("proof: OK")


def _cluster() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (pg_control_system()).system_identifier")
        return str(cursor.fetchone()[0])
