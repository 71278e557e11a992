"""What stock was worth at any instant, by either clock: in all, by category, warehouse or SKU, and over time."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounting.selectors import books_of
from backoffice.core.money import ZERO, split_by_weight
from inventory.models import Location, Sku
from inventory.selectors.history import Clock, stock_as_of, stock_value_as_of

COLUMNS = {
    "sku": _("SKU"),
    "name": _("Name"),
    "category": _("Category"),
    "warehouse": _("Warehouse"),
    "quantity": _("Quantity"),
    "unit_cost": _("Unit cost"),
    "value": _("Value"),
}
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Valued:
    """One SKU in one warehouse. value: the SKU's, shared by quantity (cost is kept for the company as a whole)."""

    sku_id: int
    sku: str
    name: str
    category: str
    warehouse: str
    quantity: Decimal
    value: Decimal

    @property
    def unit_cost(self) -> Decimal | None:
        return round(self.value / self.quantity, 6) if self.quantity else None

    def as_row(self) -> list[object]:
        return [getattr(self, name) for name in COLUMNS]


def valuation(
    company_id: int,
    at: datetime.datetime,
    *,
    by: Clock = "effective",
    warehouse: str = "",
    category: str = "",
) -> Iterator[Valued]:
    """Stock as of an instant, by SKU and warehouse, in the order of the codes.

    effective: what lay there then, at the value of all entries dated up to that day. recorded: what the books said
    then, whatever was entered later for an earlier time. The values add up to the inventory accounts as of then.
    Statements: 4, and 1 for each 2,000 SKUs.
    """
    books = books_of(company_id)
    exponent = books.exponents[books.base_currency]
    quantities: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    codes = dict(
        Location.objects.filter(company_id=company_id, warehouse__isnull=False).values_list("pk", "warehouse__code")
    )
    for (sku, location), quantity in stock_as_of(company_id, at, by=by).items():
        quantities[sku][codes[location]] += quantity
    if by == "effective":
        values = stock_value_as_of(company_id, date=books.local_date(at))
    else:
        values = stock_value_as_of(company_id, recorded_at=at)
    skus = list(Sku.objects.filter(company_id=company_id).order_by("code").values_list("pk", flat=True))
    wanted = [pk for pk in skus if pk in quantities or pk in values]
    for start in range(0, len(wanted), _BATCH):
        found = Sku.objects.filter(pk__in=wanted[start : start + _BATCH]).order_by("code")
        for pk, code, name, group in found.values_list("pk", "code", "name", "product__category__name"):
            there = sorted((quantities.get(pk) or {"": ZERO}).items())
            parts = split_by_weight(values.get(pk, ZERO), [max(ZERO, quantity) for _w, quantity in there], exponent)
            for (place, quantity), value in zip(there, parts, strict=True):
                if (not warehouse or place == warehouse) and (not category or group == category):
                    yield Valued(pk, code, name, group or "", place, quantity, value)


def value_by_month(company_id: int, *, months: int = 24) -> list[tuple[datetime.date, Decimal]]:
    """(first day of the month, value at its end) by the dates of entries, oldest first. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH m AS (SELECT date_trunc('month', l.date)::date AS month, sum(l.base_amount) AS change"
            " FROM accounting_journalline l JOIN accounting_account a ON a.id = l.account_id"
            " WHERE a.company_id = %s AND a.control = 'inventory' GROUP BY 1)"
            " SELECT g::date, sum(coalesce(m.change, 0)) OVER (ORDER BY g)"
            " FROM generate_series((SELECT min(month) FROM m),"
            " greatest((SELECT max(month) FROM m), date_trunc('month', current_date)::date), interval '1 month') g"
            " LEFT JOIN m ON m.month = g::date ORDER BY g",
            [company_id],
        )
        return cursor.fetchall()[-months:]
