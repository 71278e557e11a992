"""Compare the database's schema with the released fingerprint, or write it anew."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from backoffice.core import fingerprint


class Command(BaseCommand):
    help = "Compare triggers, functions, grants and constraints with the released ones; exit 1 if they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="make the database's state the released one")

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            if options["write"]:
                self.stdout.write(f"{fingerprint.write(cursor)} objects written to {fingerprint.FILE}")
                return
            found = fingerprint.differences(cursor)
        for kind, line in found:
            self.stdout.write(f"{kind}: {line}")
        if found:
            sys.exit(1)
        self.stdout.write("OK")
