"""An owner's account of goods: what lay with us, came in, was sold or shipped, went back, and lies with us, and each move."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from backoffice.core.money import ZERO
from inventory.models import StockOwner


class OwnerMoveKind(TextChoices):
    """What a move over the house's border means to the owner."""

    CAME_IN = "came_in", _("Came in")
    SOLD = "sold", _("Sold or shipped")
    CAME_BACK = "came_back", _("Came back")
    WENT_BACK = "went_back", _("Went back to the owner")
    ADJUSTED = "adjusted", _("Adjusted")


# What a consignor's sold unit is bought by leaves its goods to the supplier's place, with the reason `consigned`.
_MOVES = """
WITH days AS (
    SELECT %(start)s::timestamp AT TIME ZONE c.time_zone AS first, (%(end)s::date + 1)::timestamp AT TIME ZONE c.time_zone AS past
    FROM accounting_company c WHERE c.id = %(company)s
), moved AS (
    SELECT m.id, m.effective_at, m.sku_id, m.lot_id, m.source_type, m.source_id, m.reason, m.effective_at < days.first AS before,
        CASE WHEN f.warehouse_id IS NULL THEN m.quantity ELSE - m.quantity END AS quantity,
        CASE WHEN t.kind = 'customer' OR t.kind = 'supplier' AND m.reason = 'consigned' THEN 'sold'
            WHEN f.kind = 'customer' THEN 'came_back' WHEN f.kind = 'supplier' THEN 'came_in'
            WHEN t.kind = 'supplier' THEN 'went_back' ELSE 'adjusted' END AS kind
    FROM days CROSS JOIN inventory_stockmove m
    JOIN inventory_location f ON f.id = m.from_location_id JOIN inventory_location t ON t.id = m.to_location_id
    WHERE m.company_id = %(company)s AND m.owner_id = %(party)s AND m.effective_at < days.past
        AND (f.warehouse_id IS NULL) <> (t.warehouse_id IS NULL)
)
"""
_OWED = """
, owed AS (
    SELECT m.sku_id, sum(m.value) AS owed FROM days CROSS JOIN inventory_consignmentterm c
    JOIN inventory_stockmove m ON m.source_type = 'inventory.consignmentterm' AND m.source_id = c.id AND m.owner_id IS NULL
    WHERE c.owner_id = %(owner)s AND m.effective_at >= days.first AND m.effective_at < days.past GROUP BY 1
)
"""
_SUMS = f"""{_MOVES}{_OWED}
SELECT s.id, s.code, s.name, coalesce(sum(m.quantity) FILTER (WHERE m.before), 0),
    {", ".join(f"coalesce(sum(m.quantity) FILTER (WHERE NOT m.before AND m.kind = '{kind}'), 0)" for kind in OwnerMoveKind.values)},
    coalesce(sum(m.quantity), 0), coalesce(max(o.owed), 0)
FROM moved m JOIN inventory_sku s ON s.id = m.sku_id LEFT JOIN owed o ON o.sku_id = m.sku_id
GROUP BY 1, 2, 3 HAVING bool_or(NOT m.before) OR sum(m.quantity) <> 0 ORDER BY s.code
"""
_LIST = f"""{_MOVES}
SELECT m.id, m.effective_at, s.code, s.name, coalesce(l.code, ''), m.kind, m.quantity, m.source_type, m.source_id
FROM moved m JOIN inventory_sku s ON s.id = m.sku_id LEFT JOIN inventory_lot l ON l.id = m.lot_id
WHERE NOT m.before ORDER BY m.effective_at, m.id
"""


@dataclass(frozen=True, slots=True)
class OwnedLine:
    """One SKU in a period. Changes are signed: opening and all of them come to closing. owed: for what was sold, in
    base currency."""

    sku_id: int
    sku: str
    name: str
    opening: Decimal
    came_in: Decimal
    sold: Decimal
    came_back: Decimal
    went_back: Decimal
    adjusted: Decimal
    closing: Decimal
    owed: Decimal


class OwnedMove(NamedTuple):
    """quantity: below zero for what left."""

    move_id: int
    at: datetime.datetime
    sku: str
    name: str
    lot: str
    kind: str
    quantity: Decimal
    source_type: str
    source_id: int | None

    @property
    def label(self) -> str:
        return str(OwnerMoveKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class OwnerStatement:
    """An owner's goods from one day through another, by the company's clock."""

    owner: StockOwner
    start: datetime.date
    end: datetime.date

    def lines(self) -> list[OwnedLine]:
        """By SKU; without those that neither lay with us nor moved. Statements: 1."""
        with connection.cursor() as cursor:
            cursor.execute(_SUMS, self._given())
            return [OwnedLine(*row) for row in cursor.fetchall()]

    def moves(self, *, limit: int | None = None) -> Iterator[OwnedMove]:
        """The oldest first. Statements: 1."""
        with connection.chunked_cursor() if limit is None else connection.cursor() as cursor:
            cursor.execute(_LIST + (f" LIMIT {int(limit)}" if limit else ""), self._given())
            while rows := cursor.fetchmany(1000):
                yield from (OwnedMove(*row) for row in rows)

    def _given(self) -> dict[str, Any]:
        return {
            "company": self.owner.company_id, "owner": self.owner.pk, "party": self.owner.party_id,
            "start": self.start, "end": self.end,
        }  # fmt: skip


def owed_in_all(lines: list[OwnedLine]) -> Decimal:
    return sum((line.owed for line in lines), ZERO)
