"""manage.py archive_wal: keep the server's WAL beside the base backups, as it is written."""

import signal
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from backoffice.backups import BackupError
from backoffice.basebackup import archive_wal


class Command(BaseCommand):
    help = (
        "Keep the server's WAL below FOLDER until stopped, so that a base backup there can be restored to any instant."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            receiver = archive_wal(
                options["folder"].absolute(), url=settings.DATABASE_OWNER_URL or settings.DATABASE_URL
            )
        except BackupError as error:
            raise CommandError(str(error)) from None
        connection.close()

        def stop(number: int, frame: FrameType | None) -> None:
            receiver.send_signal(signal.SIGINT)  # it ends the file it writes

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        if code := receiver.wait():
            raise CommandError(f"pg_receivewal ended with {code}: see above.")
