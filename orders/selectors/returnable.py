"""What may still come back, and how it left."""

import json
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection

from orders.refunds import KitPart, Left, Returnable

_LINES = """
SELECT l.id, l.order_id, l.position, l.sku_id, u.code, coalesce(nullif(l.description, ''), u.name), l.quantity, l.shipped,
    coalesce((SELECT CASE WHEN l.kit_id IS NULL THEN sum(t.quantity) ELSE ceil(max(t.quantity / c.per_kit)) END
        FROM (SELECT rl.sku_id, sum(rl.quantity) AS quantity FROM orders_returnline rl
            JOIN orders_returnorder r ON r.id = rl.return_order_id
            WHERE rl.order_line_id = l.id AND r.status NOT IN ('rejected', 'cancelled', 'closed') GROUP BY 1) t
        LEFT JOIN orders_orderlinecomponent c ON c.order_line_id = l.id AND c.sku_id = t.sku_id), 0),
    l.unit_price, l.discount, l.tax, l.tax_collector, o.prices_include_tax, k.exponent,
    CASE WHEN l.kit_id IS NOT NULL THEN (SELECT json_agg(json_build_array(c.sku_id, x.code, c.per_kit::text)
        ORDER BY c.position)::text FROM orders_orderlinecomponent c JOIN inventory_sku x ON x.id = c.sku_id
        WHERE c.order_line_id = l.id) END
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id JOIN accounting_currency k ON k.code = o.currency
JOIN inventory_sku u ON u.id = l.sku_id
WHERE l.order_id = ANY(%s) AND l.shipped > 0 ORDER BY l.order_id, l.position
"""
# What came back, and what is on its way back, to each issue.
MOVES = """
SELECT sl.order_line_id, m.id, m.quantity
    - coalesce((SELECT sum(b.quantity) FROM inventory_stockmove b WHERE b.returns_move_id = m.id), 0)
    - coalesce((SELECT sum(rl.quantity - rl.received) FROM orders_returnline rl
        JOIN orders_returnorder r ON r.id = rl.return_order_id
        WHERE rl.issue_move_id = m.id AND r.status IN ('requested', 'approved', 'in_transit', 'received')), 0),
    m.sku_id, round(-m.value / m.quantity, 6)
FROM orders_shipmentline sl
JOIN inventory_stockmove m ON m.source_type = 'orders.shipmentline' AND m.source_id = sl.id
WHERE sl.order_line_id = ANY(%s) ORDER BY m.id
"""


def returnable_lines(order_ids: Sequence[int]) -> dict[int, Returnable]:
    """Shipped lines of orders by id, with what may still come back. Statements: 2."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [list(order_ids)])
        rows = cursor.fetchall()
        moves = left_moves([row[0] for row in rows])
        return {row[0]: Returnable(*row[:-1], moves=moves.get(row[0], ()), parts=_parts(row[-1])) for row in rows}


def _parts(text: str | None) -> list[KitPart]:
    return [KitPart(sku_id, code, Decimal(per_kit)) for sku_id, code, per_kit in json.loads(text)] if text else []


def left_moves(order_line_ids: Sequence[int]) -> dict[int, list[Left]]:
    """By order line, the issues that may still take goods back, oldest first. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(MOVES, [list(order_line_ids)])
        found: dict[int, list[Left]] = {}
        for order_line_id, move_id, quantity, sku_id, unit_cost in cursor.fetchall():
            if quantity > 0:
                found.setdefault(order_line_id, []).append(Left(move_id, quantity, sku_id, unit_cost))
        return found
