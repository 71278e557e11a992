"""What there is of SKUs, each kind apart: to sell, claimed, in quarantine, damaged, missing, coming, other owners'."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.models import SELLABLE_KINDS


@dataclass(frozen=True, slots=True)
class StockKinds:
    """One SKU in one warehouse for one owner (empty: ourselves).

    on_hand = sellable + quarantine + refurbish + damaged + missing; available = sellable - claimed. incoming: of
    purchase orders that were sent; in_transit: on its way from another warehouse. Neither is on hand.
    """

    sku_id: int
    warehouse_id: int
    warehouse: str
    owner: str
    sellable: Decimal
    claimed: Decimal
    quarantine: Decimal
    refurbish: Decimal
    damaged: Decimal
    missing: Decimal
    incoming: Decimal
    in_transit: Decimal

    @property
    def unsellable(self) -> Decimal:
        return self.quarantine + self.refurbish + self.damaged + self.missing

    @property
    def on_hand(self) -> Decimal:
        return self.sellable + self.unsellable

    @property
    def available(self) -> Decimal:
        return self.sellable - self.claimed


_KINDS = ("sellable", "claimed", "quarantine", "refurbish", "damaged", "missing", "incoming", "in_transit")
_SQL = f"""
WITH found AS (
    SELECT q.sku_id, l.warehouse_id, q.owner_id,
        CASE WHEN l.kind = ANY(%(sellable)s) THEN 'sellable' ELSE l.kind END AS kind, q.quantity
    FROM inventory_stockquant q JOIN inventory_location l ON l.id = q.location_id
    WHERE q.company_id = %(company)s AND q.sku_id = ANY(%(skus)s) AND l.kind <> 'transit'
    UNION ALL
    SELECT sku_id, warehouse_id, owner_id, 'claimed', reserved FROM inventory_stocklevel
    WHERE company_id = %(company)s AND sku_id = ANY(%(skus)s)
    UNION ALL
    SELECT l.sku_id, o.warehouse_id, NULL, 'incoming', l.quantity - l.received - l.cancelled
    FROM inventory_purchaseorderline l JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id
    WHERE o.company_id = %(company)s AND l.sku_id = ANY(%(skus)s) AND o.warehouse_id IS NOT NULL
        AND l.received + l.cancelled < l.quantity AND o.status IN ('sent', 'confirmed', 'partly_received')
    UNION ALL
    SELECT l.sku_id, t.target_id, l.owner_id, 'in_transit', l.shipped - l.received - l.settled
    FROM inventory_transferline l JOIN inventory_transfer t ON t.id = l.transfer_id
    WHERE t.company_id = %(company)s AND l.sku_id = ANY(%(skus)s) AND l.shipped > l.received + l.settled
)
SELECT f.sku_id, w.id, w.code, coalesce(p.code, ''),
    {", ".join(f"coalesce(sum(f.quantity) FILTER (WHERE f.kind = '{kind}'), 0)" for kind in _KINDS)}
FROM found f JOIN inventory_warehouse w ON w.id = f.warehouse_id AND NOT w.is_transit
LEFT JOIN accounting_party p ON p.id = f.owner_id
WHERE %(warehouse)s::bigint IS NULL OR w.id = %(warehouse)s::bigint
GROUP BY 1, 2, 3, 4, w.priority HAVING bool_or(f.quantity <> 0) ORDER BY f.sku_id, w.priority, w.code, 4
"""


def stock_kinds(company_id: int, sku_ids: Sequence[int], *, warehouse_id: int | None = None) -> list[StockKinds]:
    """By SKU, the order of the warehouses, owner (ourselves first); rows of nothing are missing. Statements: 1."""
    given: dict[str, Any] = {
        "company": company_id,
        "skus": list(sku_ids),
        "sellable": list(SELLABLE_KINDS),
        "warehouse": warehouse_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, given)
        return [StockKinds(*row) for row in cursor.fetchall()]
