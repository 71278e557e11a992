"""manage.py import_postcodes FILE: where postcodes are, from a file in the layout of GeoNames' postal codes."""

from argparse import ArgumentParser
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.core.actor import Actor
from orders.services.postcodes import Centroid, set_centroids

COUNTRY, POSTCODE, LATITUDE, LONGITUDE = 0, 1, 9, 10
MOST_BYTES = 300_000_000
MOST_LINE = 2_000


class Command(BaseCommand):
    """A second run of the same file changes nothing."""

    help = "Import postcode centroids (tab-separated as in GeoNames: country, postcode, …, latitude, longitude, …)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            raise CommandError(f"{file} is no file of at most {MOST_BYTES // 1_000_000} MB")
        try:
            count = set_centroids(list(_centroids(file)), actor=Actor.job("import_postcodes"))
        except ValueError as error:
            raise CommandError(f"{file}: {error}; nothing was imported") from error
        self.stdout.write(f"{count} postcodes")


def _centroids(file: Path) -> Iterator[Centroid]:
    """Raises ValueError, naming the line, for one that is not in the layout."""
    with file.open(encoding="utf-8", errors="strict") as lines:
        for number, line in enumerate(lines, 1):
            fields = line[:MOST_LINE].rstrip("\n").split("\t")
            if not line.strip():
                continue
            try:
                position = Decimal(fields[LATITUDE]), Decimal(fields[LONGITUDE])
                found = Centroid(fields[COUNTRY], fields[POSTCODE], *position)
            except (IndexError, InvalidOperation) as error:
                raise ValueError(f"line {number} is not in the layout") from error
            if not all(value.is_finite() for value in position):
                raise ValueError(f"line {number} is not in the layout")
            yield found
