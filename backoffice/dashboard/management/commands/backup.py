"""manage.py backup: the database and the media, checked, in a folder; as a dump, or as a base for any instant."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from backoffice import backups, basebackup
from backoffice import media as uploads
from backoffice.core.db import database_now
from backoffice.core.models import JobRun
from backoffice.operations.measures import BACKUP


class Command(BaseCommand):
    help = "Make a backup of database and media below FOLDER, read it back, and say where it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--base",
            action="store_true",
            help="copy the whole cluster instead, to be rolled forward to any instant (with archive_wal)",
        )
        parser.add_argument(
            "--keep", type=int, default=0, help="take away all finished ones but so many (default: none)"
        )
        parser.add_argument(
            "--check", action="store_true", help="FOLDER is a finished backup: read it back, make nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].absolute()
        self.began = database_now()
        if options["keep"] < 0:
            raise CommandError("--keep: give a number from 1, or leave it out.")
        try:
            if options["check"]:
                self._check(folder)
                return
            make = basebackup.make_base if options["base"] else backups.make_backup
            with Console(stderr=True).status("database") as status:
                made = make(
                    folder,
                    url=settings.DATABASE_OWNER_URL or settings.DATABASE_URL,
                    media=uploads.folder(),
                    say=lambda what, size: status.update(f"{what}: {size / 1024**2:.1f} MB"),
                )
            forget = basebackup.forget_bases if options["base"] else backups.forget_backups
            gone = forget(folder, keep=options["keep"]) if options["keep"] else []
        except (backups.BackupError, OSError) as error:  # a folder that is not ours to write, a full disk
            self._note("failed", {"error": str(error)})
            raise CommandError(str(error)) from None
        self._note("ok", {"backup": str(made)})
        self.stdout.write(str(made))
        self._tell_media(uploads.bucket())
        for path in gone:
            self.stdout.write(f"taken away: {path}")

    def _check(self, backup: Path) -> None:
        check = basebackup.check_base if backup.name.endswith(f"-{basebackup.KIND}") else backups.check_backup
        facts = check(backup)
        self.stdout.write(f"whole: made {facts['made_at']} on PostgreSQL {facts['postgresql']}")
        self._tell_media(facts.get("media_in", ""))

    def _tell_media(self, bucket: str) -> None:
        if bucket:
            self.stderr.write(
                f"not in it: the uploaded files, which are in the {bucket}: have the store keep a copy elsewhere"
            )

    def _note(self, status: str, detail: dict[str, str]) -> None:
        """For the status page and its alarm: when the last one was made."""
        now = database_now()
        JobRun.objects.create(
            job=BACKUP, due_at=now, started_at=self.began, finished_at=now, status=status, detail=detail
        )
