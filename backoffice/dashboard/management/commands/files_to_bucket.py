"""manage.py files_to_bucket: the uploaded files of a folder into the bucket of BACKOFFICE_S3_BUCKET."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice import media as uploads
from backoffice.core.errors import Unavailable


class Command(BaseCommand):
    help = "Copy the uploaded files below FOLDER into the bucket; what is there stays. Say what is still missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="what BACKOFFICE_MEDIA_ROOT was")

    def handle(self, *args: Any, **options: Any) -> None:
        bucket = uploads.bucket()
        if not bucket:
            raise CommandError("BACKOFFICE_S3_BUCKET is not set: there is no bucket to copy to.")
        if not options["folder"].is_dir():
            raise CommandError(f"{options['folder']} is no folder.")
        try:
            copied, missing = uploads.take_in(options["folder"]), uploads.missing()
        except Unavailable as error:
            raise CommandError(str(error.detail)) from None
        self.stdout.write(f"{copied} file(s) copied into the {bucket}")
        if missing:
            raise CommandError(f"{len(missing)} file(s) that rows name are not there, the first: {missing[0]}")
