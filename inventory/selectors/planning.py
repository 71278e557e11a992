"""The figures that planning counts from: stock, what comes, what waits, what was sold, what stands still."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from backoffice.core.db import prepared_cursor
from inventory.models import PlanningSettings


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """One SKU in one warehouse, our own goods. on_order: on purchase orders, drafts too; on_transfer: on the way from,
    or asked of, another warehouse. issued: sold or used up within the history. days: how much of the history there
    is. still_days: since the last unit left, or since the first came; None if nothing ever came. value: of what is
    on hand, at cost. rule: whether a reorder rule holds; is_planned: whether that rule is on.
    """

    sku_id: int
    warehouse_id: int
    on_hand: Decimal
    available: Decimal
    on_order: Decimal
    on_transfer: Decimal
    waiting: Decimal
    issued: Decimal
    days: int
    still_days: int | None
    value: Decimal
    rule: bool
    is_planned: bool
    point: Decimal | None
    up_to: Decimal | None
    safety_days: int | None
    cover_days: int | None
    source_id: int | None
    is_bought: bool  # the SKU may still be bought


@dataclass(frozen=True, slots=True)
class ExpiringLot:
    sku_id: int
    warehouse_id: int
    lot_id: int
    code: str
    expiry_date: datetime.date
    quantity: Decimal
    value: Decimal


# Demand that is bound to no warehouse counts where goods are sent from first.
_PLACES = """
WITH first_warehouse AS MATERIALIZED (
    SELECT id FROM inventory_warehouse WHERE company_id = %(company)s AND is_active AND NOT is_transit
    ORDER BY priority, id LIMIT 1
), skus AS MATERIALIZED (
    SELECT s.id, s.status = 'active' AS is_bought FROM inventory_sku s
    WHERE s.company_id = %(company)s AND s.id = ANY(%(skus)s) AND s.is_stocked AND s.kit_id IS NULL
), ordered AS MATERIALIZED (
    SELECT l.sku_id, o.warehouse_id, sum(l.quantity - l.received - l.cancelled) AS quantity
    FROM inventory_purchaseorderline l JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id
    WHERE l.sku_id = ANY(%(skus)s) AND l.received < l.quantity AND l.received + l.cancelled < l.quantity
        AND o.warehouse_id IS NOT NULL AND o.status NOT IN ('received', 'closed', 'cancelled')
    GROUP BY 1, 2
), transferred AS MATERIALIZED (
    SELECT l.sku_id, t.target_id AS warehouse_id, sum(l.quantity - l.cancelled - l.received - l.settled) AS quantity
    FROM inventory_transferline l JOIN inventory_transfer t ON t.id = l.transfer_id
    WHERE l.sku_id = ANY(%(skus)s) AND t.status NOT IN ('closed', 'cancelled', 'received') AND l.owner_id IS NULL
    GROUP BY 1, 2
), unmet AS MATERIALIZED (
    SELECT d.sku_id, coalesce(d.warehouse_id, (SELECT id FROM first_warehouse)) AS warehouse_id, sum(d.unmet) AS quantity
    FROM inventory_demand d
    WHERE d.sku_id = ANY(%(skus)s) AND d.quantity > d.claimed + d.used AND d.owner_id IS NULL
        AND (d.expires_at IS NULL OR d.expires_at > clock_timestamp())
    GROUP BY 1, 2
), issued AS MATERIALIZED (
    SELECT m.sku_id, f.warehouse_id, sum(m.quantity) AS quantity FROM inventory_stockmove m
    JOIN inventory_location f ON f.id = m.from_location_id AND f.warehouse_id IS NOT NULL
    JOIN inventory_location t ON t.id = m.to_location_id AND t.kind IN ('customer', 'production')
    WHERE m.sku_id = ANY(%(skus)s) AND m.owner_id IS NULL
        AND m.effective_at >= now() - make_interval(days => %(history)s::int)
    GROUP BY 1, 2
), places AS (
    SELECT l.sku_id, l.warehouse_id FROM inventory_stocklevel l WHERE l.sku_id = ANY(%(skus)s) AND l.owner_id IS NULL
    UNION SELECT sku_id, warehouse_id FROM ordered
    UNION SELECT sku_id, warehouse_id FROM transferred
    UNION SELECT sku_id, warehouse_id FROM unmet
    UNION SELECT r.sku_id, r.warehouse_id FROM inventory_reorderrule r
        WHERE r.sku_id = ANY(%(skus)s) AND r.warehouse_id IS NOT NULL
)
SELECT p.sku_id, p.warehouse_id, coalesce(l.on_hand, 0), coalesce(l.available, 0), coalesce(o.quantity, 0),
    coalesce(t.quantity, 0), coalesce(u.quantity, 0), coalesce(i.quantity, 0),
    least(%(history)s, greatest(1, ceil(extract(epoch FROM now() - first.at) / 86400)))::int,
    floor(extract(epoch FROM now() - coalesce(out.at, came.at)) / 86400)::int,
    CASE WHEN c.quantity > 0 THEN c.value * coalesce(l.on_hand, 0) / c.quantity ELSE 0 END,
    r.id IS NOT NULL, coalesce(r.is_active, true), r.reorder_point, r.order_up_to, r.safety_days, r.cover_days,
    r.source_id, s.is_bought
FROM places p
JOIN skus s ON s.id = p.sku_id
JOIN inventory_warehouse w ON w.id = p.warehouse_id AND w.is_active AND NOT w.is_transit
LEFT JOIN inventory_stocklevel l ON l.sku_id = p.sku_id AND l.warehouse_id = p.warehouse_id AND l.owner_id IS NULL
LEFT JOIN ordered o ON o.sku_id = p.sku_id AND o.warehouse_id = p.warehouse_id
LEFT JOIN transferred t ON t.sku_id = p.sku_id AND t.warehouse_id = p.warehouse_id
LEFT JOIN unmet u ON u.sku_id = p.sku_id AND u.warehouse_id = p.warehouse_id
LEFT JOIN issued i ON i.sku_id = p.sku_id AND i.warehouse_id = p.warehouse_id
LEFT JOIN inventory_skucost c ON c.sku_id = p.sku_id
LEFT JOIN LATERAL (SELECT min(m.effective_at) AS at FROM inventory_stockmove m WHERE m.sku_id = p.sku_id) first ON true
LEFT JOIN LATERAL (
    SELECT m.effective_at AS at FROM inventory_stockmove m
    JOIN inventory_location f ON f.id = m.from_location_id AND f.warehouse_id = p.warehouse_id
    JOIN inventory_location t ON t.id = m.to_location_id AND t.kind IN ('customer', 'production')
    WHERE m.sku_id = p.sku_id AND m.owner_id IS NULL ORDER BY m.effective_at DESC LIMIT 1
) out ON coalesce(l.on_hand, 0) > 0 AND coalesce(i.quantity, 0) = 0
LEFT JOIN LATERAL (
    SELECT m.effective_at AS at FROM inventory_stockmove m
    JOIN inventory_location t ON t.id = m.to_location_id AND t.warehouse_id = p.warehouse_id
    WHERE m.sku_id = p.sku_id AND m.owner_id IS NULL ORDER BY m.effective_at LIMIT 1
) came ON coalesce(l.on_hand, 0) > 0 AND coalesce(i.quantity, 0) = 0
LEFT JOIN LATERAL (
    SELECT r.* FROM inventory_reorderrule r
    WHERE r.sku_id = p.sku_id AND (r.warehouse_id = p.warehouse_id OR r.warehouse_id IS NULL)
        AND r.source_id IS DISTINCT FROM p.warehouse_id
    ORDER BY r.warehouse_id NULLS LAST LIMIT 1
) r ON true
ORDER BY p.sku_id, p.warehouse_id
"""
_LOTS = """
SELECT q.sku_id, f.warehouse_id, o.id, o.code, o.expiry_date, sum(q.quantity),
    sum(CASE WHEN c.quantity > 0 THEN c.value * q.quantity / c.quantity ELSE 0 END)
FROM inventory_stockquant q
JOIN inventory_lot o ON o.id = q.lot_id AND o.expiry_date <= (now() + make_interval(days => %(days)s::int))::date
JOIN inventory_location f ON f.id = q.location_id AND f.warehouse_id IS NOT NULL
JOIN inventory_warehouse w ON w.id = f.warehouse_id AND w.is_active AND NOT w.is_transit
LEFT JOIN inventory_skucost c ON c.sku_id = q.sku_id
WHERE q.sku_id = ANY(%(skus)s) AND q.company_id = %(company)s AND q.quantity > 0 AND q.owner_id IS NULL
GROUP BY 1, 2, 3, 4, 5
"""


def planning_settings(company_id: int) -> PlanningSettings:
    """The company's, or the usual ones. Statements: 1."""
    found = PlanningSettings.objects.filter(company_id=company_id).first()
    return found or PlanningSettings(company_id=company_id)


def place_figures(sku_ids: Sequence[int], *, company_id: int, history_days: int) -> list[PlaceFigures]:
    """Every active warehouse that has, expects or lacks one of these SKUs, or has a rule for it; kits and SKUs that
    are not stocked are left out. By SKU and warehouse. Statements: 1."""
    if not sku_ids:
        return []
    with prepared_cursor() as cursor:
        cursor.execute(_PLACES, {"company": company_id, "skus": list(sku_ids), "history": history_days})
        return [PlaceFigures(*row) for row in cursor.fetchall()]


def expiring_lots(sku_ids: Sequence[int], *, company_id: int, days: int) -> list[ExpiringLot]:
    """Lots of these SKUs that are on hand and expire within so many days, or have. Statements: 1."""
    if not sku_ids:
        return []
    with prepared_cursor() as cursor:
        cursor.execute(_LOTS, {"company": company_id, "skus": list(sku_ids), "days": days})
        return [ExpiringLot(*row) for row in cursor.fetchall()]
