"""The standing proof on the command line."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.core.proof import ERROR, OK, Result, run_checks


class Command(BaseCommand):
    help = "Recompute the books from their facts. Exit 0 and OK, or exit 1 and the first differing row of each check."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("checks", nargs="*", help="names of checks (default: all)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        show_progress = sys.stderr.isatty() and not options["json"]
        try:
            proof = run_checks(names=options["checks"], progress=self._progress if show_progress else lambda name: None)
        except ValueError as error:
            raise CommandError(str(error)) from None
        if show_progress:
            self.stderr.write("\r\033[K", ending="")
        if options["json"]:
            self.stdout.write(json.dumps(proof.as_dict(), indent=2))
        else:
            for result in proof.results:
                self._show(result, options["verbosity"])
            if proof.ok:
                self.stdout.write(self.style.SUCCESS("OK"))
        if not proof.ok:
            sys.exit(1)

    def _progress(self, name: str) -> None:
        self.stderr.write(f"\r\033[K{name} …", ending="")

    def _show(self, result: Result, verbosity: int) -> None:
        if result.state == OK:
            if verbosity >= 2:
                self.stdout.write(f"ok       {result.storey}.{result.name} ({result.ms} ms)")
            return
        self.stdout.write(self.style.ERROR(f"{result.state:8} {result.storey}.{result.name}: {result.title}"))
        if result.state == ERROR:
            self.stdout.write(f"         {result.error}")
        for column, value in (result.row or {}).items():
            self.stdout.write(f"         {column} = {value}")
