"""manage.py import_orders FILE --channel retail --profile online-retail [--ship] [--json]"""

import json
from argparse import ArgumentTypeError
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from integrations.management.progress import showing
from integrations.services.online_retail import Options, Outcome, import_file, rerun_quarantine
from integrations.services.online_retail.outcome import Tally, plain

PROFILES = ("online-retail",)


class Command(BaseCommand):
    """Takes a file of orders whole; on an empty database it makes company, warehouse and channel too."""

    help = (
        "Import a file of orders and credits (.csv, .csv.gz, .csv.xz); a second run of the same file changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the file; not needed with --rerun-quarantine")
        parser.add_argument("--channel", required=True, help="code of the sales channel; made if it is not there")
        parser.add_argument("--company", default="", help="code of the company, where several have such a channel")
        parser.add_argument("--profile", required=True, choices=PROFILES, help="the layout of the file")
        parser.add_argument(
            "--opening-stock",
            choices=("derive", "none"),
            default="derive",
            help="derive: bring in what the file needs; none: what is not in stock is back-ordered",
        )
        parser.add_argument(
            "--cost-ratio", type=_ratio, default=Decimal("0.55"), help="cost of opening stock / median price"
        )
        parser.add_argument("--ship", action="store_true", help="pick, pack, ship and invoice, dated as in the file")
        parser.add_argument("--rerun-quarantine", action="store_true", help="try the rows kept aside again")
        parser.add_argument("--batch", type=_batch, default=250, help="documents in one transaction")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["file"]
        if (path is None) != options["rerun_quarantine"]:
            raise CommandError(_("give either a file or --rerun-quarantine"))
        chosen = Options(
            channel=options["channel"],
            company=options["company"],
            opening_stock=options["opening_stock"],
            cost_ratio=options["cost_ratio"],
            ship=options["ship"],
            batch=options["batch"],
        )
        actor = Actor.job("import")
        try:
            with showing(self.stderr) as progress:
                if path is None:
                    outcome = rerun_quarantine(chosen, actor=actor, progress=progress)
                else:
                    outcome = import_file(path, chosen, actor=actor, progress=progress)
        except DomainError as error:
            raise CommandError(f"{path.name}: {error.detail}" if path else error.detail) from error
        except KeyboardInterrupt:
            message = _("stopped; what was imported stays, run the same command again to go on")
            raise CommandError(message, returncode=130) from None
        if options["json"]:
            self.stdout.write(json.dumps(outcome.as_json()))
        for line in _reconciliation(outcome):
            (self.stderr if options["json"] else self.stdout).write(line)
        if not outcome.reconciles:
            raise CommandError(_("the lines do not add up to the file's"))


def _ratio(text: str) -> Decimal:
    try:
        ratio = Decimal(text)
    except InvalidOperation:
        ratio = Decimal("NaN")
    if not (ratio.is_finite() and 0 < ratio <= 10):
        raise ArgumentTypeError(f"{text!r} is no ratio between 0 and 10")
    return ratio


def _batch(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 5000:
        raise ArgumentTypeError(f"{text!r} is no number between 1 and 5000")
    return int(text)


def _reconciliation(outcome: Outcome) -> list[str]:
    """The file's lines and value by what became of them, and what is left over: nothing."""
    rows: list[tuple[str, Tally]] = [
        (_("imported now"), outcome.imported),
        (_("imported before"), outcome.imported_before),
        (_("quarantined now"), outcome.quarantined),
        (_("quarantined before"), outcome.quarantined_before),
        (_("in the file"), outcome.file),
        (_("difference"), outcome.difference),
    ]
    count, value = _("lines"), _("value")
    lines = [f"{'':20}{count:>10}{value:>20}"]
    lines += [f"{name:20}{tally.lines:>10,}{_spelled(tally.value):>20}" for name, tally in rows]
    lines.append(
        _("{orders} orders and {credits} credits in {seconds} s").format(
            orders=f"{outcome.orders:,}", credits=f"{outcome.credits:,}", seconds=f"{outcome.seconds:.1f}"
        )
    )
    return lines


def _spelled(value: Decimal) -> str:
    """With thousands marks and all its decimals."""
    whole, _point, decimals = plain(value).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}.{decimals}"
