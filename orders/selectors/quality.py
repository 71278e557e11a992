"""How good goods are: what customers sent back of what they got, and what we refused of what suppliers brought."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

GROUPS = {"sku": _("SKU"), "supplier": _("Supplier"), "lot": _("Lot")}
CASE_KINDS = {
    "back": _("Sent back by a customer"),
    "refused": _("Went back to the supplier"),
    "damaged": _("Found damaged"),
}
_KEYS = {
    "sku": ("f.sku_id", "s.code", "s.name"),
    "supplier": ("f.supplier_id", "p.code", "coalesce(nullif(p.name, ''), p.code)"),
    "lot": ("f.lot_id", "l.code", "s.code || ' · ' || s.name"),
}
_JOINS = {
    "sku": "JOIN inventory_sku s ON s.id = f.sku_id",
    "supplier": "JOIN accounting_party p ON p.id = f.supplier_id",
    "lot": "JOIN inventory_lot l ON l.id = f.lot_id JOIN inventory_sku s ON s.id = l.sku_id",
}

# Sent and sent back are moves to and from customers. Received are moves from suppliers; refused is what went back to
# them and what an inspection found damaged, each piece once: what leaves the damaged goods was counted before. Whose
# goods a move brings is known from what is owed for it; whose goods a customer got, where only one supplier brought
# the lot, or of goods without lots the SKU.
_SQL = """
WITH days AS (
    SELECT %(start)s::timestamp AT TIME ZONE c.time_zone AS first, (%(end)s::date + 1)::timestamp AT TIME ZONE c.time_zone AS past
    FROM accounting_company c WHERE c.id = %(company)s
), brought AS (
    SELECT m.sku_id, m.lot_id, min(g.supplier_id) AS supplier_id, count(DISTINCT g.supplier_id) AS suppliers
    FROM inventory_grniitem g JOIN inventory_stockmove m ON m.id = g.move_id
    WHERE g.company_id = %(company)s AND g.kind = 'receipt' AND g.supplier_id IS NOT NULL GROUP BY 1, 2
), alone AS (
    SELECT sku_id, lot_id, supplier_id FROM brought WHERE lot_id IS NOT NULL AND suppliers = 1
    UNION ALL
    SELECT sku_id, NULL, min(supplier_id) FROM brought GROUP BY 1
        HAVING count(DISTINCT supplier_id) = 1 AND max(suppliers) = 1
), facts AS (
    SELECT m.id AS move_id, m.effective_at AS at, m.sku_id, m.lot_id,
        CASE WHEN 'customer' IN (f.kind, t.kind) THEN a.supplier_id ELSE g.supplier_id END AS supplier_id,
        CASE WHEN t.kind = 'customer' THEN m.quantity ELSE 0 END AS sent,
        CASE WHEN f.kind = 'customer' THEN m.quantity ELSE 0 END AS back,
        CASE WHEN f.kind = 'supplier' THEN m.quantity ELSE 0 END AS received,
        CASE WHEN t.kind = 'supplier' AND f.kind <> 'damaged' THEN m.quantity ELSE 0 END AS refused,
        coalesce(f.warehouse_id, t.warehouse_id) AS warehouse_id
    FROM days CROSS JOIN inventory_stockmove m
    JOIN inventory_location f ON f.id = m.from_location_id JOIN inventory_location t ON t.id = m.to_location_id
    LEFT JOIN inventory_grniitem g ON g.move_id = m.id
    LEFT JOIN alone a ON a.sku_id = m.sku_id AND a.lot_id IS NOT DISTINCT FROM m.lot_id
    WHERE m.company_id = %(company)s AND (f.kind IN ('customer', 'supplier')) <> (t.kind IN ('customer', 'supplier'))
        AND m.effective_at >= days.first AND m.effective_at < days.past
    UNION ALL
    SELECT m.id, m.effective_at, i.sku_id, i.lot_id, i.supplier_id, 0, 0, 0, r.quantity, i.warehouse_id
    FROM days CROSS JOIN inventory_inspectionresult r JOIN inventory_inspection i ON i.id = r.inspection_id
    JOIN inventory_stockmove m ON m.id = r.move_id
    WHERE r.company_id = %(company)s AND r.verdict = 'damaged' AND m.effective_at >= days.first AND m.effective_at < days.past
)
"""
_HERE = "(%(warehouse)s::bigint IS NULL OR f.warehouse_id = %(warehouse)s)"
_WHY = """
WITH days AS (
    SELECT %(start)s::timestamp AT TIME ZONE c.time_zone AS first, (%(end)s::date + 1)::timestamp AT TIME ZONE c.time_zone AS past
    FROM accounting_company c WHERE c.id = %(company)s
)
SELECT n.sku_id, coalesce(nullif(w.name, ''), o.reason), sum(n.quantity)
FROM days CROSS JOIN orders_returnline n JOIN orders_returnorder o ON o.id = n.return_order_id
LEFT JOIN orders_returnreason w ON w.id = o.return_reason_id
WHERE o.company_id = %(company)s AND n.sku_id = ANY(%(skus)s) AND coalesce(nullif(w.name, ''), o.reason) <> ''
    AND (%(warehouse)s::bigint IS NULL OR o.warehouse_id = %(warehouse)s) AND n.received > 0 AND o.requested_at >= days.first AND o.requested_at < days.past
GROUP BY 1, 2 ORDER BY 3 DESC, 2
"""


@dataclass(frozen=True, slots=True)
class Quality:
    """One SKU, supplier or lot: quantities of a period; why: the reasons of returns, the most frequent first (SKUs)."""

    key: int
    code: str
    name: str
    sent: Decimal
    back: Decimal
    received: Decimal
    refused: Decimal
    why: tuple[str, ...] = ()

    @property
    def return_rate(self) -> Decimal | None:
        """Sent back of what was sent, in per cent; None where nothing was sent."""
        return round(100 * self.back / self.sent, 1) if self.sent else None

    @property
    def defect_rate(self) -> Decimal | None:
        """Refused of what came in, in per cent; None where nothing came in."""
        return round(100 * self.refused / self.received, 1) if self.received else None


def quality(
    company_id: int,
    start: datetime.date,
    end: datetime.date,
    *,
    by: str = "sku",
    at_least: Decimal = Decimal(0),
    warehouse_id: int | None = None,
) -> list[Quality]:
    """The worst first. Days by the company's clock, both included. at_least: only what was sent or came in so often.
    warehouse_id: only what left from there and came in there.

    Suppliers have the returns of goods that they alone brought. Statements: 1, for SKUs 2.
    """
    if by not in GROUPS:
        raise ValueError(f"{by!r} is no group of the quality report")
    key, code, name = _KEYS[by]
    sql = f"""{_SQL}
        SELECT {key}, {code}, {name}, sum(f.sent), sum(f.back), sum(f.received), sum(f.refused)
        FROM facts f {_JOINS[by]} WHERE {_HERE} GROUP BY 1, 2, 3
        HAVING greatest(sum(f.sent), sum(f.received)) >= %(least)s AND sum(f.sent + f.back + f.received + f.refused) > 0
    """
    given: dict[str, Any] = {
        "company": company_id,
        "start": start,
        "end": end,
        "least": at_least,
        "warehouse": warehouse_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found = [Quality(*row) for row in cursor.fetchall()]
        reasons: dict[int, list[str]] = {}
        if by == "sku":
            skus = [row.key for row in found if row.back]
            cursor.execute(_WHY, given | {"skus": skus})
            for sku_id, words, _quantity in cursor.fetchall():
                reasons.setdefault(sku_id, []).append(words)
    found.sort(key=lambda row: (-max(row.return_rate or 0, row.defect_rate or 0), -row.back - row.refused, row.code))
    if not reasons:
        return found
    return [
        Quality(
            row.key, row.code, row.name, row.sent, row.back, row.received, row.refused,
            tuple(reasons.get(row.key, ())[:3]),
        )
        for row in found
    ]  # fmt: skip


_CASES = """
SELECT f.move_id, f.at, s.code, coalesce(l.code, ''), CASE WHEN f.back > 0 THEN 'back' WHEN t.kind = 'damaged' THEN 'damaged' ELSE 'refused' END,
    f.back + f.refused, m.source_type, m.source_id, m.reason
FROM facts f JOIN inventory_stockmove m ON m.id = f.move_id JOIN inventory_location t ON t.id = m.to_location_id
JOIN inventory_sku s ON s.id = f.sku_id LEFT JOIN inventory_lot l ON l.id = f.lot_id
WHERE f.back + f.refused > 0 AND {key} = %(of)s AND {here} ORDER BY f.at DESC, f.move_id DESC LIMIT %(limit)s
"""


class QualityCase(NamedTuple):
    """Goods that came back or were refused. kind: back (from a customer), refused (to the supplier) or damaged."""

    move_id: int
    at: datetime.datetime
    sku: str
    lot: str
    kind: str
    quantity: Decimal
    source_type: str
    source_id: int | None
    reason: str

    @property
    def label(self) -> str:
        return str(CASE_KINDS[self.kind])


def quality_cases(
    company_id: int,
    start: datetime.date,
    end: datetime.date,
    *,
    by: str,
    of: int,
    limit: int = 1000,
    warehouse_id: int | None = None,
) -> list[QualityCase]:
    """What is behind a row of the report: of is its key; the newest first. Statements: 1."""
    if by not in GROUPS:
        raise ValueError(f"{by!r} is no group of the quality report")
    given: dict[str, Any] = {
        "company": company_id, "start": start, "end": end, "of": of, "limit": limit,
        "warehouse": warehouse_id,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SQL + _CASES.format(key=_KEYS[by][0], here=_HERE), given)
        return [QualityCase(*row) for row in cursor.fetchall()]
