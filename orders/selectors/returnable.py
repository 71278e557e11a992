"""What may still come back, and how it left."""

from collections.abc import Sequence

from django.db import connection

from orders.refunds import Left, Returnable

_LINES = """
SELECT l.id, l.order_id, l.position, l.sku_id, u.code, coalesce(nullif(l.description, ''), u.name), l.quantity, l.shipped,
    coalesce((SELECT sum(rl.quantity) FROM orders_returnline rl JOIN orders_returnorder r ON r.id = rl.return_order_id
        WHERE rl.order_line_id = l.id AND r.status NOT IN ('rejected', 'cancelled', 'closed')), 0),
    l.unit_price, l.discount, l.tax, l.tax_collector, o.prices_include_tax, k.exponent
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
        WHERE rl.issue_move_id = m.id AND r.status IN ('requested', 'approved', 'in_transit', 'received')), 0)
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
        return {row[0]: Returnable(*row, moves=moves.get(row[0], ())) for row in rows}


def left_moves(order_line_ids: Sequence[int]) -> dict[int, list[Left]]:
    """By order line, the issues that may still take goods back, oldest first. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(MOVES, [list(order_line_ids)])
        found: dict[int, list[Left]] = {}
        for order_line_id, move_id, quantity in cursor.fetchall():
            if quantity > 0:
                found.setdefault(order_line_id, []).append(Left(move_id, quantity))
        return found
