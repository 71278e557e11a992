"""How long suppliers take from the order to the dock, and how much that swings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.db import prepared_cursor

ENOUGH = 3  # deliveries before they are believed rather than what somebody typed
LATEST = 20  # order lines looked at, the newest


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Days from order to dock and their standard deviation.

    source: history (of this SKU from this supplier), sku or terms (typed there), or empty: nobody knows.
    deliveries: order lines that arrived, at most the 20 newest.
    """

    days: Decimal | None
    spread_days: Decimal
    source: str
    deliveries: int = 0


# A receipt that was taken back never came.
KEPT = """NOT EXISTS (SELECT FROM inventory_stockmove b WHERE b.company_id = m.company_id
        AND b.source_key = 'receipt_back:' || m.id)"""
# What arrived in parts counts at the mean of its parts' days, by their quantities.
ARRIVED = f"""
SELECT count(*)::int AS deliveries, avg(a.days) AS days, coalesce(stddev_samp(a.days), 0) AS spread FROM (
    SELECT sum(m.quantity * extract(epoch FROM m.effective_at - coalesce(o.sent_at, o.ordered_at)))
        / sum(m.quantity) / 86400 AS days
    FROM inventory_purchaseorderline l
    JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id AND o.ship_to_id IS NULL
    JOIN inventory_stockmove m ON m.source_type = 'inventory.purchaseorderline' AND m.source_id = l.id
    JOIN inventory_location f ON f.id = m.from_location_id AND f.kind = 'supplier'
    WHERE l.sku_id = s.sku_id AND o.supplier_id = s.supplier_id AND l.received > 0 AND {KEPT}
    GROUP BY l.id ORDER BY l.id DESC LIMIT {LATEST}
) a
"""
_SQL = f"""
SELECT s.id, s.lead_time_days, s.lead_time_spread_days, (
    SELECT t.lead_time_days FROM inventory_supplierterms t
    WHERE t.company_id = s.company_id AND (t.supplier_id = s.supplier_id OR t.supplier_id IS NULL)
    ORDER BY t.supplier_id NULLS LAST LIMIT 1
), h.deliveries, h.days, h.spread
FROM inventory_suppliersku s CROSS JOIN LATERAL ({ARRIVED}) h
WHERE s.id = ANY(%s)
"""


def lead_times(supplier_sku_ids: Collection[int]) -> Mapping[int, LeadTime]:
    """The lead time of each supplier SKU: what 3 deliveries or more tell, else what was typed. Statements: 1."""
    if not supplier_sku_ids:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(_SQL, [sorted(supplier_sku_ids)])
        return {row[0]: _chosen(*row[1:]) for row in cursor.fetchall()}


def _chosen(
    typed: int | None, typed_spread: Decimal, terms: int | None, deliveries: int, days: Decimal, spread: Decimal
) -> LeadTime:
    if deliveries >= ENOUGH:
        return LeadTime(round(max(days, Decimal(0)), 2), round(spread, 2), "history", deliveries)
    if typed is not None:
        return LeadTime(Decimal(typed), typed_spread, "sku", deliveries)
    if terms is not None:
        return LeadTime(Decimal(terms), typed_spread, "terms", deliveries)
    return LeadTime(None, typed_spread, "", deliveries)
