"""What a contact bought, for credits that name no order; and where goods lie."""

from collections.abc import Collection

from django.db import connection

from orders.matching import Sold
from orders.selectors.returnable import left_moves

_SOLD = """
SELECT o.contact_id, l.sku_id, l.id, o.id, o.placed_at, l.shipped - l.returned
FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::bigint[]) AS t(contact_id, sku_id)) g
JOIN orders_order o ON o.contact_id = g.contact_id
JOIN orders_orderline l ON l.order_id = o.id AND l.sku_id = g.sku_id AND l.shipped > l.returned
WHERE %s::bigint[] IS NULL OR l.id = ANY(%s)
ORDER BY o.placed_at DESC, l.id DESC
"""


def sold_lines(
    pairs: Collection[tuple[int | None, int | None]], *, only: Collection[int] | None = None
) -> dict[tuple[int | None, int | None], list[Sold]]:
    """Lines with goods not yet returned, by (contact, SKU), newest first. Statements: 2, or 0 without pairs.

    only: these order lines.
    """
    if not pairs:
        return {}
    contacts, skus = zip(*pairs, strict=True)
    ids = None if only is None else sorted(only)
    with connection.cursor() as cursor:
        cursor.execute(_SOLD, [list(contacts), list(skus), ids, ids])
        rows = cursor.fetchall()
    moves = left_moves([row[2] for row in rows])
    found: dict[tuple[int | None, int | None], list[Sold]] = {}
    for contact_id, sku_id, line_id, order_id, placed_at, left in rows:
        parts = [(part.move_id, part.quantity) for part in moves.get(line_id, ())]
        found.setdefault((contact_id, sku_id), []).append(Sold(line_id, order_id, placed_at, left, parts))
    return found


_SHELF = """
SELECT s.id, coalesce(
    (SELECT q.location_id FROM inventory_stockquant q JOIN inventory_location l ON l.id = q.location_id
        WHERE q.sku_id = s.id AND l.warehouse_id = %s AND l.kind = 'bin' AND l.is_active
        AND l.blocked_at IS NULL
        ORDER BY q.quantity DESC, q.location_id LIMIT 1),
    (SELECT l.id FROM inventory_location l WHERE l.warehouse_id = %s AND l.kind = 'bin' AND l.is_active
        AND l.blocked_at IS NULL
        ORDER BY l.pick_sequence, l.code LIMIT 1),
    (SELECT l.id FROM inventory_location l WHERE l.warehouse_id = %s AND l.kind = 'dock' ORDER BY l.id LIMIT 1))
FROM unnest(%s::bigint[]) AS s(id)
"""


def shelf_of(sku_ids: Collection[int | None], *, warehouse_id: int | None) -> dict[int | None, int]:
    """Where each SKU lies in a warehouse, else its first bin, else its dock. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_SHELF, [warehouse_id, warehouse_id, warehouse_id, sorted(pk for pk in sku_ids if pk)])
        return dict(cursor.fetchall())
