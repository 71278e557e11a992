"""Kits in shipments: which of them are complete when these goods have left."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from backoffice.core.db import insert_rows, prepared_cursor
from inventory.kits import whole_kits

ZERO = Decimal(0)


class PartLeaving(NamedTuple):
    """A component in a shipment."""

    shipment_id: int
    order_line_id: int
    sku_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ShippedKits:
    """Whole kits of a line that a shipment completes. shipment_kit_id: of the row that will say so.

    ordered and before (kits complete earlier) are the order line's, and so are the amounts.
    """

    shipment_kit_id: int
    shipment_id: int
    order_line_id: int
    quantity: Decimal
    before: Decimal
    sku_code: str
    description: str
    ordered: Decimal
    unit_price: Decimal
    discount: Decimal
    tax: Decimal
    tax_rate: Decimal
    tax_code_id: int | None
    tax_collector: str
    category: str | None = None


_READ = """
WITH given AS MATERIALIZED (
    SELECT g.shipment_id, g.line_id, nextval(pg_get_serial_sequence('orders_shipmentkit', 'id')) AS id
    FROM unnest(%s::bigint[], %s::bigint[]) AS g(shipment_id, line_id)
)
SELECT given.id, given.shipment_id, l.id, c.sku_id, c.per_kit, d.used - c.given_up, l.shipped, u.code,
    coalesce(nullif(l.description, ''), u.name), l.quantity, l.unit_price, l.discount, l.tax, l.tax_rate,
    l.tax_code_id, l.tax_collector, g.code
FROM given
JOIN orders_orderline l ON l.id = given.line_id
JOIN inventory_sku u ON u.id = l.sku_id
JOIN inventory_product p ON p.id = u.product_id
LEFT JOIN inventory_category g ON g.id = p.category_id
JOIN orders_orderlinecomponent c ON c.order_line_id = l.id
JOIN inventory_demand d ON d.id = c.demand_id
ORDER BY given.shipment_id, l.id, c.position
"""


def complete_kits(leaving: Sequence[PartLeaving]) -> list[ShippedKits]:
    """Kits that are complete once these components have left, the shipments one after the other.

    A kit is complete when all of its components have left, in however many shipments: the one that brings the
    last of them completes it. Nothing is written. Statements: 1.
    """
    pairs = sorted({(part.shipment_id, part.order_line_id) for part in leaving})
    with prepared_cursor() as cursor:
        cursor.execute(_READ, [[pair[0] for pair in pairs], [pair[1] for pair in pairs]])
        rows = cursor.fetchall()
    now: dict[tuple[int, int, int], Decimal] = {}
    for part in leaving:
        key = (part.shipment_id, part.order_line_id, part.sku_id)
        now[key] = now.get(key, ZERO) + part.quantity
    gone: dict[tuple[int, int], Decimal] = {}
    before: dict[int, Decimal] = {}
    found = []
    for pk, shipment_id, line_id, parts, line in _lines(rows):
        for sku_id, _per_kit, used in parts:
            gone[line_id, sku_id] = gone.get((line_id, sku_id), used) + now.get((shipment_id, line_id, sku_id), ZERO)
        shipped = before.setdefault(line_id, line[0])
        complete = whole_kits([(gone[line_id, sku_id], per_kit) for sku_id, per_kit, _used in parts])
        if complete > shipped:
            found.append(ShippedKits(pk, shipment_id, line_id, complete - shipped, shipped, *line[1:]))
            before[line_id] = complete
    return found


def _lines(rows: Sequence[tuple]) -> list[tuple]:
    """(row id, shipment, line, [(component's SKU, per kit, used)], the line's own columns), in order."""
    found: dict[int, tuple] = {}
    for pk, shipment_id, line_id, sku_id, per_kit, used, *line in rows:
        found.setdefault(pk, (pk, shipment_id, line_id, [], line))[3].append((sku_id, per_kit, used))
    return list(found.values())


def record_kits(kits: Sequence[ShippedKits]) -> None:
    """Say which kits the shipments completed. Statements: 1, or 0 without kits."""
    insert_rows(
        "orders_shipmentkit",
        {"id": "bigint", "shipment_id": "bigint", "order_line_id": "bigint", "quantity": "numeric"},
        [(kit.shipment_kit_id, kit.shipment_id, kit.order_line_id, kit.quantity) for kit in kits],
    )
