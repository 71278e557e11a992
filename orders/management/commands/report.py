"""manage.py report sales --by month [--csv | --json]"""

import csv
import json
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounting.models import Company
from orders.selectors.sales import COLUMNS, SalesMonth, sales_by_month, sums_of


class Command(BaseCommand):
    """Prints a report; amounts are exact, as decimal strings in JSON and CSV."""

    help = "Print a report: sales by month."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("report", choices=("sales",))
        parser.add_argument("--by", choices=("month",), default="month")
        parser.add_argument("--company", default="", help="code of the company, where there are several")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--csv", action="store_true")
        form.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        months = sales_by_month(company_id=_company(options["company"]).pk)
        if options["json"]:
            self.stdout.write(json.dumps([_texts(month) for month in months], indent=1))
        elif options["csv"]:
            writer = csv.DictWriter(self.stdout, list(COLUMNS), lineterminator="\n")
            writer.writeheader()
            writer.writerows(_texts(month) for month in months)
        else:
            self._print(months)

    def _print(self, months: list[SalesMonth]) -> None:
        if not months:
            self.stdout.write(_("No sales yet."))
            return
        self.stdout.write("".join(_cell(name, str(title)) for name, title in COLUMNS.items()))
        for month in months:
            self.stdout.write("".join(_cell(name, _shown(value)) for name, value in month.as_row().items()))
        for total in sums_of(months):
            row = {**total.as_row(), "month": _("Sum")}
            self.stdout.write("".join(_cell(name, _shown(value)) for name, value in row.items()))


def _company(code: str) -> Company:
    found = list(Company.objects.filter(code=code) if code else Company.objects.all()[:2])
    if len(found) == 1:
        return found[0]
    codes = ", ".join(Company.objects.order_by("code").values_list("code", flat=True)[:20])
    if not codes:
        raise CommandError(_("There is no company yet."))
    raise CommandError(_("Name one company with --company: {codes}").format(codes=codes))


def _texts(month: SalesMonth) -> dict[str, Any]:
    """month as YYYY-MM, amounts as exact decimal strings with two places at least."""
    row = month.as_row()
    return {
        name: _shown(value, thousands=False) if isinstance(value, Decimal) else value for name, value in row.items()
    } | {"month": f"{month.month:%Y-%m}"}


def _shown(value: Any, *, thousands: bool = True) -> str:
    if isinstance(value, Decimal):
        exponent = value.normalize().as_tuple().exponent
        places = max(2, -exponent if isinstance(exponent, int) else 2)
        return f"{value:,.{places}f}" if thousands else f"{value:.{places}f}"
    return f"{value:%Y-%m}" if hasattr(value, "strftime") else str(value)


def _cell(name: str, text: str) -> str:
    return f"{text:<10}" if name in ("month", "currency") else f"{text:>15}"
