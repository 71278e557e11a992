"""A file of exchange rates: a currency, a day, what one unit is worth."""

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounting.models import Company, Currency, ExchangeRate
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.registry import TableImport
from backoffice.core.tabular import Column, Outcome, Plan, Row, RowError

COLUMNS = (
    Column("currency", gettext_lazy("Currency"), required=True, max_length=10, example="USD"),
    Column("date", gettext_lazy("Date"), "date", required=True),
    Column(
        "rate", gettext_lazy("Rate"), "decimal", required=True, minimum=Decimal("0.000000000001"), places=12, example="0.92",
        help=gettext_lazy("What one unit of it is worth in the company's currency."),
    ),
    Column("source", gettext_lazy("Source"), max_length=60),
)  # fmt: skip
Key = tuple[str, datetime.date]


class RateChecker:
    """What the file would make and change. Statements: 3."""

    def __init__(self, company_id: int) -> None:
        rows = ExchangeRate.objects.filter(company_id=company_id).values_list("currency_id", "date", "rate")
        self.there: dict[Key, Decimal] = {(currency, day): rate for currency, day, rate in rows}
        self.currencies = set(Currency.objects.values_list("pk", flat=True))
        self.base = Company.objects.values_list("base_currency_id", flat=True).get(pk=company_id)
        self.first: dict[Key, int] = {}

    def look(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if (key := key_of(row)) is not None:
                self.first.setdefault(key, row.number)

    def check(self, rows: Sequence[Row]) -> list[Plan]:
        return [self.plan(row) for row in rows]

    def plan(self, row: Row) -> Plan:
        errors = self._errors(row)
        if errors or row.errors:
            return Plan("wrong", (), tuple(errors))
        old, new = self.there.get(key_of(row) or ("", datetime.date.min)), row.values["rate"]
        if old is None:
            return Plan("new")
        if old == new:
            return Plan("unchanged")
        return Plan("changed", (("rate", f"{old.normalize():f}", f"{new.normalize():f}"),))

    def _errors(self, row: Row) -> list[RowError]:
        key = key_of(row)
        if key is None:
            return []
        currency = key[0]
        if currency not in self.currencies:
            message = _("There is no currency %(code)s.") % {"code": currency[:10]}
            return [RowError("currency", message, "unknown_currency")]
        if currency == self.base:
            return [RowError("currency", _("That is the company's own currency."), "own_currency")]
        if self.first.get(key, row.number) != row.number:
            message = _("This stands in row %(row)s already.") % {"row": self.first[key]}
            return [RowError("date", message, "twice")]
        return []


def key_of(row: Row) -> Key | None:
    currency, day = row.values.get("currency"), row.values.get("date")
    return (currency.upper(), day) if currency and day else None


def import_rates(rows: Sequence[Row], company_id: int, actor: Actor) -> list[Outcome]:
    """Make and change rates; a rate of a day that is there is replaced. Statements: at most 6."""
    checker = RateChecker(company_id)
    checker.look(rows)
    plans = checker.check(rows)
    made = [
        ExchangeRate(
            company_id=company_id,
            currency_id=row.values["currency"].upper(),
            date=row.values["date"],
            rate=row.values["rate"],
            source=row.values.get("source") or "",
        )
        for row, plan in zip(rows, plans, strict=True)
        if plan.state in ("new", "changed")
    ]
    ExchangeRate.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=["company", "currency", "date"],
        update_fields=["rate", "source"],
    )
    audit.record(
        [
            audit.Change(
                "accounting.company", company_id, "rate", f"{rate.currency_id} {rate.date}", "",
                f"{rate.rate.normalize():f}", "", company_id,
            )
            for rate in made
        ],
        actor=actor,
    )  # fmt: skip
    return [_outcome(row, plan) for row, plan in zip(rows, plans, strict=True)]


def _outcome(row: Row, plan: Plan) -> Outcome:
    if plan.state == "wrong":
        error = [*row.errors, *plan.errors][0]
        return Outcome("refused", error.code, f"{error.field}: {error.message}")
    return Outcome("already" if plan.state == "unchanged" else "done")


def rates_to_export(company_id: int) -> Iterator[Sequence[Any]]:
    """Statements: 1."""
    rows = ExchangeRate.objects.filter(company_id=company_id).order_by("currency_id", "date")
    for currency, day, rate, source in rows.values_list("currency_id", "date", "rate", "source").iterator():
        yield (currency, day.isoformat(), f"{rate.normalize():f}", source)


def companies() -> list[tuple[int, str]]:
    """Whom a file can be for. Statements: 1."""
    return list(Company.objects.order_by("code").values_list("pk", "code"))


RATES = TableImport(
    "accounting.import_rates",
    gettext_lazy("Exchange rates"),
    "accounting.add_exchangerate",
    COLUMNS,
    RateChecker,
    import_rates,
    companies,
    rates_to_export,
    2_000,
    scope="rates:write",
    help=gettext_lazy("A currency, a day and what one unit was worth from that day on."),
    order=60,
)
