"""manage.py backup: the database and the media, checked, in a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from backoffice import backups


class Command(BaseCommand):
    help = "Make a backup of database and media below FOLDER, read it back, and say where it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--keep", type=int, default=0, help="take away all finished ones but so many (default: none)"
        )
        parser.add_argument(
            "--check", action="store_true", help="FOLDER is a finished backup: read it back, make nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].absolute()
        if options["keep"] < 0:
            raise CommandError("--keep: give a number from 1, or leave it out.")
        try:
            if options["check"]:
                facts = backups.check_backup(folder)
                self.stdout.write(f"whole: made {facts['made_at']} on PostgreSQL {facts['postgresql']}")
                return
            with Console(stderr=True).status("database") as status:
                made = backups.make_backup(
                    folder,
                    url=settings.DATABASE_OWNER_URL or settings.DATABASE_URL,
                    media=Path(settings.MEDIA_ROOT),
                    say=lambda what, size: status.update(f"{what}: {size / 1024**2:.1f} MB"),
                )
        except backups.BackupError as error:
            raise CommandError(str(error)) from None
        gone = backups.forget_backups(folder, keep=options["keep"]) if options["keep"] else []
        self.stdout.write(str(made))
        for path in gone:
            self.stdout.write(f"taken away: {path}")
