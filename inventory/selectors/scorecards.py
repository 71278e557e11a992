"""How well suppliers deliver: on time, in full, at their price, and how long they take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backoffice.core.db import prepared_cursor
from inventory.selectors.lead_times import KEPT

# A line counts in the month in which it was due, or else came. On time: all of it came by its first promised day,
# a confirmed one before ours. Days: from sending it; an order that was typed in after its goods came counts from its own
# date. In full: what came is what was ordered, short by no more than the terms allow.
_LINES = f"""
SELECT o.supplier_id, l.id, l.quantity, l.received, l.unit_cost, coalesce(l.confirmed_date, l.expected_date, o.expected_date) AS due,
    a.last, a.days, l.list_cost, coalesce(b.back, 0) AS back,
    l.received >= l.quantity * (1 - coalesce(t.short_percent, 0) / 100) AS in_full,
    l.list_cost IS NULL OR l.unit_cost <= l.list_cost * (1 + coalesce(t.price_percent, 0) / 100) AS at_price,
    date_trunc('month', coalesce(coalesce(l.confirmed_date, l.expected_date, o.expected_date), a.last))::date AS month
FROM inventory_purchaseorderline l
JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id AND o.ship_to_id IS NULL
JOIN accounting_company c ON c.id = o.company_id
LEFT JOIN LATERAL (
    SELECT max((m.effective_at AT TIME ZONE c.time_zone)::date) AS last,
        sum(m.quantity * extract(epoch FROM m.effective_at
            - CASE WHEN o.sent_at <= m.effective_at THEN o.sent_at ELSE o.ordered_at END)) / sum(m.quantity) / 86400 AS days
    FROM inventory_stockmove m JOIN inventory_location f ON f.id = m.from_location_id AND f.kind = 'supplier'
    WHERE m.source_type = 'inventory.purchaseorderline' AND m.source_id = l.id AND {KEPT}
) a ON true
LEFT JOIN LATERAL (
    SELECT sum(r.shipped) AS back FROM inventory_supplierreturnline r WHERE r.po_line_id = l.id
) b ON true
LEFT JOIN LATERAL (
    SELECT t.short_percent, t.price_percent FROM inventory_supplierterms t
    WHERE t.company_id = o.company_id AND (t.supplier_id = o.supplier_id OR t.supplier_id IS NULL)
    ORDER BY t.supplier_id NULLS LAST LIMIT 1
) t ON true
WHERE o.company_id = %s AND (%s::bigint[] IS NULL OR o.supplier_id = ANY(%s))
    AND o.status IN ('partly_received', 'received', 'closed') AND o.ordered_at >= %s::date
    AND (o.status <> 'partly_received' OR l.received + l.cancelled >= l.quantity
        OR coalesce(l.confirmed_date, l.expected_date, o.expected_date) < (clock_timestamp() AT TIME ZONE c.time_zone)::date)
"""
_FIGURES = """
    count(*)::int, count(*) FILTER (WHERE w.due IS NOT NULL)::int,
    count(*) FILTER (WHERE w.due IS NOT NULL AND w.in_full AND w.last <= w.due)::int,
    count(*) FILTER (WHERE w.in_full)::int, count(*) FILTER (WHERE w.list_cost IS NOT NULL)::int,
    count(*) FILTER (WHERE w.list_cost IS NOT NULL AND w.at_price)::int, avg(w.days), coalesce(stddev_samp(w.days), 0),
    sum(w.received), sum(w.back)
"""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Counts of order lines. dated, listed: of those that had a day, or a list price, to be measured by.

    received, returned: units. lead_days, spread_days: mean and standard deviation from sending to the dock.
    """

    supplier_id: int
    month: date | None
    lines: int
    dated: int
    on_time: int
    in_full: int
    listed: int
    at_price: int
    lead_days: Decimal | None
    spread_days: Decimal
    received: Decimal
    returned: Decimal

    @property
    def on_time_percent(self) -> Decimal | None:
        return _percent(self.on_time, self.dated)

    @property
    def in_full_percent(self) -> Decimal | None:
        return _percent(self.in_full, self.lines)

    @property
    def price_percent(self) -> Decimal | None:
        return _percent(self.at_price, self.listed)

    @property
    def returned_percent(self) -> Decimal | None:
        return _percent(self.returned, self.received)


def _percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    return round(Decimal(part) * 100 / Decimal(whole), 1) if whole else None


def scorecards(company_id: int, *, since: date, supplier_ids: Sequence[int] | None = None) -> list[Scorecard]:
    """One for each supplier of lines that came or were given up, of orders written since a day. Statements: 1."""
    return _read(
        f"SELECT w.supplier_id, NULL::date, {_FIGURES} FROM ({_LINES}) w GROUP BY 1 ORDER BY 1",
        company_id, since, supplier_ids,
    )  # fmt: skip


def scorecard_months(company_id: int, supplier_id: int, *, since: date) -> list[Scorecard]:
    """One supplier's by the month in which lines were due, the oldest first. Statements: 1."""
    return _read(
        f"SELECT w.supplier_id, w.month, {_FIGURES} FROM ({_LINES}) w WHERE w.month IS NOT NULL GROUP BY 1, 2 ORDER BY 2",
        company_id, since, [supplier_id],
    )  # fmt: skip


def _read(sql: str, company_id: int, since: date, supplier_ids: Sequence[int] | None) -> list[Scorecard]:
    ids = None if supplier_ids is None else sorted(supplier_ids)
    with prepared_cursor() as cursor:
        cursor.execute(sql, [company_id, ids, ids, since])
        return [Scorecard(*row) for row in cursor.fetchall()]
