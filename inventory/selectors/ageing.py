"""How long stock has been lying: what there is of each SKU, by the days since it came in, and when it last sold."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db import connection
from django.utils import timezone

from accounting.selectors import books_of
from backoffice.core.money import ZERO, split_by_weight
from inventory.models import Warehouse
from inventory.selectors.ageing_sql import ageing_sql
from inventory.selectors.valuation import Valuation

BANDS = (0, 31, 61, 91, 181, 366)  # first day of each band; the last has no end


@dataclass(frozen=True, slots=True)
class Aged:
    """One SKU. quantities, values: by band, the newest first; they add up to quantity and value."""

    sku_id: int
    sku: str
    name: str
    category: str
    quantity: Decimal
    value: Decimal
    quantities: tuple[Decimal, ...]
    values: tuple[Decimal, ...]
    last_sold: datetime.date | None

    @property
    def old_value(self) -> Decimal:
        """Of what has been lying for longer than half a year."""
        return sum(self.values[4:], ZERO)


def band_names() -> list[str]:
    """Days, such as 0–30; the last: 366+."""
    return [*(f"{first}–{past - 1}" for first, past in pairwise(BANDS)), f"{BANDS[-1]}+"]


def ageing(
    company_id: int,
    *,
    category: str = "",
    warehouse: Warehouse | None = None,
    owner_id: int | None = None,
    day: datetime.date | None = None,
) -> list[Aged]:
    """Stock at the end of a day (None: now), the dearest first; owner_id: a party's goods, which have no value.

    Goods of the average and of standard cost leave no trace of which arrival they were of, so what is left is taken to
    be the newest; FIFO layers say it themselves. In one warehouse the days count from when goods came there, and its
    value is its share of the SKU's (Valuation). What no arrival explains counts as the oldest. Statements: 2, of a past
    day or in one warehouse 7.
    """
    books = books_of(company_id)
    given: dict[str, Any] = {
        "company": company_id, "category": category, "bands": list(BANDS), "day": day, "owner": owner_id,
        "warehouse": warehouse.pk if warehouse else None,
    }  # fmt: skip
    if owner_id is not None:
        sql = ageing_sql("owner", "moves")
    elif warehouse is None and day is None:
        sql = ageing_sql("totals", "layers")
    else:
        at = timezone.now() if day is None else datetime.datetime.combine(day, datetime.time.max, tzinfo=books.zone)
        place = warehouse.code if warehouse else ""
        valued = Valuation(company_id, at, per="warehouse" if place else "sku", warehouse=place, category=category)
        rows = [row for row in valued.rows() if row.quantity > 0]
        given |= {
            "skus": [row.sku_id for row in rows],
            "quantities": [row.quantity for row in rows],
            "values": [row.value for row in rows],
        }
        sql = ageing_sql("valued", "past_layers" if warehouse is None else "moves")
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found = cursor.fetchall()
    exponent = books.exponents[books.base_currency]
    return [_aged(exponent, *row) for row in found]


def _aged(
    exponent: int, sku_id: int, code: str, name: str, category: str, quantity: Decimal, value: Decimal,
    known: list[Decimal] | None, layer_values: list[Decimal] | None, bands: list[int] | None, exact: bool,
    last_sold: datetime.date | None,
) -> Aged:  # fmt: skip
    quantities, values = [ZERO] * len(BANDS), [ZERO] * len(BANDS)
    for band, part in zip(bands or [], known or [], strict=True):
        quantities[band] = part
    quantities[-1] += quantity - sum(quantities)
    if exact and sum(layer_values or []) <= value:
        for band, part in zip(bands or [], layer_values or [], strict=True):
            values[band] = part
        values[-1] += value - sum(values)
    else:
        values = split_by_weight(value, quantities, exponent)
    return Aged(sku_id, code, name, category, quantity, value, tuple(quantities), tuple(values), last_sold)
