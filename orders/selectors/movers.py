"""Which goods move: what went to customers in a period by SKU, ranked by one measure and put into classes A, B and C."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from inventory.abc import SHARES, classify
from inventory.selectors.categories import IN_CATEGORY

MEASURES = {
    "quantity": _("Quantity"),
    "lines": _("Lines"),
    "revenue": _("Revenue"),
    "cost": _("Cost of sales"),
    "margin": _("Margin"),
}

# Quantities and costs are of the goods book: what left for customers less what came back. Revenue is of the invoices
# and credit notes, at their entry's rate; in one warehouse it is the SKU's, by the share of what left from there.
_SQL = f"""
WITH days AS (
    SELECT %(start)s::timestamp AT TIME ZONE c.time_zone AS first, (%(end)s::date + 1)::timestamp AT TIME ZONE c.time_zone AS past
    FROM accounting_company c WHERE c.id = %(company)s
), moved AS (
    SELECT m.sku_id, coalesce(f.warehouse_id, t.warehouse_id) AS warehouse_id,
        CASE WHEN t.kind = 'customer' THEN m.quantity ELSE - m.quantity END AS quantity,
        (t.kind = 'customer')::int AS lines, - m.value AS cost
    FROM days CROSS JOIN inventory_stockmove m
    JOIN inventory_location f ON f.id = m.from_location_id JOIN inventory_location t ON t.id = m.to_location_id
    WHERE m.company_id = %(company)s AND m.owner_id IS NULL AND (f.kind = 'customer') <> (t.kind = 'customer')
        AND m.effective_at >= days.first AND m.effective_at < days.past
), issued AS (
    SELECT sku_id, sum(quantity) AS whole, sum(quantity) FILTER (WHERE here) AS quantity,
        sum(lines) FILTER (WHERE here) AS lines, sum(cost) FILTER (WHERE here) AS cost
    FROM (SELECT *, %(warehouse)s::bigint IS NULL OR warehouse_id = %(warehouse)s::bigint AS here FROM moved) m GROUP BY sku_id
), billed AS (
    SELECT s.id AS sku_id, sum(l.net * CASE WHEN i.kind = 'credit_note' THEN -1 ELSE 1 END
        * coalesce(o.base_amount / nullif(o.amount, 0), 1)) AS revenue
    FROM accounting_invoice i JOIN accounting_invoiceline l ON l.invoice_id = i.id AND l.kind <> 'charge'
    JOIN accounting_openitem o ON o.id = i.open_item_id
    JOIN inventory_sku s ON s.company_id = i.company_id AND s.code = l.sku_code
    WHERE i.company_id = %(company)s AND i.date BETWEEN %(start)s AND %(end)s GROUP BY s.id
)
SELECT s.id, s.code, s.name, coalesce(c.name, ''), coalesce(i.quantity, 0), coalesce(i.lines, 0)::int,
    round(coalesce(b.revenue, 0) * CASE WHEN %(warehouse)s::bigint IS NULL THEN 1
        WHEN i.whole > 0 THEN greatest(coalesce(i.quantity, 0), 0) / i.whole ELSE 0 END, 6), coalesce(i.cost, 0)
FROM issued i FULL JOIN billed b ON b.sku_id = i.sku_id
JOIN inventory_sku s ON s.id = coalesce(i.sku_id, b.sku_id)
JOIN inventory_product p ON p.id = s.product_id LEFT JOIN inventory_category c ON c.id = p.category_id
WHERE {IN_CATEGORY} AND (i.lines > 0 OR i.quantity <> 0 OR %(warehouse)s::bigint IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Mover:
    """One SKU's figures in the company's currency; abc: its class by the measure; so_far: what it and all greater
    ones make of the whole, in per cent."""

    sku_id: int
    sku: str
    name: str
    category: str
    quantity: Decimal
    lines: int
    revenue: Decimal
    cost: Decimal
    abc: str = ""
    so_far: Decimal = Decimal(0)

    @property
    def margin(self) -> Decimal:
        return self.revenue - self.cost

    def measured(self, measure: str) -> Decimal:
        return Decimal(getattr(self, measure))


def movers(
    company_id: int,
    start: datetime.date,
    end: datetime.date,
    *,
    measure: str = "revenue",
    warehouse_id: int | None = None,
    category: str = "",
    shares: tuple[Decimal, Decimal] = SHARES,
) -> list[Mover]:
    """The greatest first, by one of MEASURES; days by the company's clock, both included. Statements: 1."""
    if measure not in MEASURES:
        raise ValueError(f"{measure!r} is no measure of movers")
    given: dict[str, Any] = {
        "company": company_id,
        "start": start,
        "end": end,
        "warehouse": warehouse_id,
        "category": category,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, given)
        found = [Mover(*row) for row in cursor.fetchall()]
    found.sort(key=lambda row: (-row.measured(measure), row.sku))
    ranks = classify([row.measured(measure) for row in found], shares)
    return [
        Mover(
            row.sku_id, row.sku, row.name, row.category, row.quantity, row.lines, row.revenue, row.cost,
            rank.abc, round(rank.so_far, 2),
        )
        for row, rank in zip(found, ranks, strict=True)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AbcClass:
    """What a class comes to: its SKUs, its sum of the measure, and that in per cent of the whole."""

    abc: str
    skus: int
    sum: Decimal
    share: Decimal


def classes_of(found: list[Mover], measure: str) -> list[AbcClass]:
    """A, B and C, empty ones too."""
    whole = sum((row.measured(measure) for row in found), Decimal(0))
    classes = []
    for name in "ABC":
        rows = [row.measured(measure) for row in found if row.abc == name]
        part = sum(rows, Decimal(0))
        classes.append(AbcClass(name, len(rows), part, round(100 * part / whole, 1) if whole else Decimal(0)))
    return classes
