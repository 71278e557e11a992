"""Lots and units with serial numbers: where they are, and what of the stock expires when."""

import datetime
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Subquery, Sum, Value, When

from inventory.models import INTERNAL_KINDS, Lot, LotHold, Serial, StockQuant

# What becomes of a unit, by the kind of the place where it is.
SERIAL_STATES = ("in_stock", "aside", "sold", "gone", "expected")
_KINDS = {
    "in_stock": ("bin", "dock", "staging", "tote"),
    "aside": ("quarantine", "damaged", "refurbish", "missing", "transit"),
    "sold": ("customer",),
}


def held_lots(lot_ids: Collection[int]) -> set[int]:
    """Those that are blocked. Statements: 1, or 0 without lots."""
    if not lot_ids:
        return set()
    holds = LotHold.objects.filter(lot__in=lot_ids, lifted_at__isnull=True)
    return set(holds.values_list("lot_id", flat=True))


def lots_with_stock(rows: QuerySet[Lot]) -> QuerySet[Lot]:
    """Each lot with `on_hand`, the quantity of it that lies somewhere, and `held`, whether it is blocked."""
    quants = StockQuant.objects.filter(sku=OuterRef("sku"), lot=OuterRef("pk"), quantity__gt=0).order_by().values("lot")
    held = Exists(LotHold.objects.filter(lot=OuterRef("pk"), lifted_at__isnull=True))
    return rows.annotate(on_hand=Subquery(quants.annotate(total=Sum("quantity")).values("total")), held=held)


def lots_in_stock(rows: QuerySet[Lot], *, there: bool = True, warehouse: str = "") -> QuerySet[Lot]:
    """Those that lie somewhere (in the warehouse with this code), or nowhere."""
    quants = StockQuant.objects.filter(sku=OuterRef("sku"), lot=OuterRef("pk"), quantity__gt=0)
    if warehouse:
        quants = quants.filter(location__warehouse__code=warehouse)
    return rows.filter(Exists(quants)) if there else rows.filter(~Exists(quants))


def serials_with_state(rows: QuerySet[Serial]) -> QuerySet[Serial]:
    """Each unit with `state`, one of SERIAL_STATES."""
    cases = [When(location__kind__in=kinds, then=Value(state)) for state, kinds in _KINDS.items()]
    never = When(location__isnull=True, then=Value("expected"))
    return rows.annotate(state=Case(never, *cases, default=Value("gone"), output_field=CharField()))


class Expiring(NamedTuple):
    """What lies of a lot in a warehouse; value at the SKU's cost now. week: 0 this week, below zero: expired;
    days: until it expires."""

    lot_id: int
    lot: str
    sku_id: int
    sku: str
    name: str
    warehouse: str
    expiry_date: datetime.date
    days: int
    week: int
    quantity: Decimal
    claimed: Decimal
    value: Decimal


_EXPIRING = """
WITH today AS (
    SELECT (clock_timestamp() AT TIME ZONE c.time_zone)::date AS day FROM accounting_company c WHERE c.id = %(company)s
), lying AS (
    SELECT q.lot_id, q.sku_id, p.warehouse_id, sum(q.quantity) AS quantity, sum(q.claimed) AS claimed,
        coalesce(sum(q.quantity) FILTER (WHERE q.owner_id IS NULL), 0) AS own
    FROM inventory_lot o
    JOIN inventory_stockquant q ON q.lot_id = o.id AND q.sku_id = o.sku_id AND q.quantity > 0
    JOIN inventory_location p ON p.id = q.location_id AND p.kind = ANY(%(kinds)s)
    WHERE o.company_id = %(company)s AND o.expiry_date IS NOT NULL
        AND (%(warehouse)s::bigint IS NULL OR p.warehouse_id = %(warehouse)s::bigint)
    GROUP BY 1, 2, 3
)
SELECT l.lot_id, o.code, s.id, s.code, s.name, w.code, o.expiry_date, o.expiry_date - t.day,
    floor((o.expiry_date - t.day) / 7.0)::int, l.quantity, l.claimed,
    coalesce(round(l.own * c.value / nullif(c.quantity, 0), 2), 0)
FROM lying l CROSS JOIN today t
JOIN inventory_lot o ON o.id = l.lot_id
JOIN inventory_sku s ON s.id = l.sku_id
JOIN inventory_warehouse w ON w.id = l.warehouse_id
LEFT JOIN inventory_skucost c ON c.sku_id = s.id
WHERE o.expiry_date < t.day + %(days)s
ORDER BY o.expiry_date, s.code, w.code
"""


def expiring(company_id: int, *, days: int, warehouse_id: int | None = None) -> Iterator[Expiring]:
    """What has expired or will within so many days, the first first; other owners' goods have no value of ours.

    Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _EXPIRING,
            {"company": company_id, "kinds": list(INTERNAL_KINDS), "warehouse": warehouse_id, "days": days},
        )
        while rows := cursor.fetchmany(1000):
            for row in rows:
                yield Expiring(*row)


def quants_of_lot(lot: Lot) -> list[StockQuant]:
    """Where it lies. Statements: 1."""
    quants = StockQuant.objects.filter(sku_id=lot.sku_id, lot=lot, quantity__gt=0).select_related(
        "location__warehouse", "owner"
    )
    return list(quants.order_by("location__warehouse", "location__pick_sequence")[:200])
