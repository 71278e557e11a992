"""What may still come back, and how it left."""

import json
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection

from orders.refunds import ChargeLeft, KitPart, Left, Returnable

_LINES = """
SELECT l.id, l.order_id, l.position, l.sku_id, u.code, coalesce(nullif(l.description, ''), u.name), l.quantity, l.shipped,
    coalesce(t.coming, 0), l.unit_price, l.discount, l.tax, l.tax_collector, o.prices_include_tax, k.exponent,
    coalesce(i.net, 0) - coalesce(b.net, 0), coalesce(i.tax, 0) - coalesce(b.tax, 0), coalesce(i.net, 0),
    coalesce(l.tax_code_id, c.tax_code_id), (s.shipped_at AT TIME ZONE co.time_zone)::date,
    CASE WHEN l.kit_id IS NOT NULL THEN (SELECT json_agg(json_build_array(c.sku_id, x.code, c.per_kit::text)
        ORDER BY c.position)::text FROM orders_orderlinecomponent c JOIN inventory_sku x ON x.id = c.sku_id
        WHERE c.order_line_id = l.id) END
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id JOIN accounting_currency k ON k.code = o.currency
JOIN orders_channel c ON c.id = o.channel_id JOIN accounting_company co ON co.id = o.company_id
JOIN inventory_sku u ON u.id = l.sku_id
CROSS JOIN LATERAL (
    SELECT coalesce(max(s.shipped_at), o.placed_at) AS shipped_at FROM orders_shipmentline sl
    JOIN orders_shipment s ON s.id = sl.shipment_id WHERE sl.order_line_id = l.id
) s
LEFT JOIN LATERAL (
    SELECT sum(il.net) AS net, sum(il.tax) AS tax FROM (
        SELECT 'orders.shipmentline' AS source_type, sl.id FROM orders_shipmentline sl WHERE sl.order_line_id = l.id
        UNION ALL SELECT 'orders.shipmentkit', sk.id FROM orders_shipmentkit sk WHERE sk.order_line_id = l.id
    ) d JOIN accounting_invoiceline il ON il.source_type = d.source_type AND il.source_id = d.id
) i ON true
LEFT JOIN LATERAL (
    SELECT CASE WHEN l.kit_id IS NULL THEN sum(g.quantity) ELSE ceil(max(g.quantity / c.per_kit)) END AS coming
    FROM (
        SELECT rl.sku_id, sum(CASE WHEN r.goods_expected
                AND r.status IN ('requested', 'approved', 'in_transit', 'received')
            THEN rl.quantity ELSE rl.received END) AS quantity
        FROM orders_returnline rl JOIN orders_returnorder r ON r.id = rl.return_order_id
        WHERE rl.order_line_id = l.id AND r.status NOT IN ('rejected', 'cancelled') GROUP BY 1
    ) g LEFT JOIN orders_orderlinecomponent c ON c.order_line_id = l.id AND c.sku_id = g.sku_id
) t ON true
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN r.credit_note_id IS NOT NULL THEN coalesce(il.net, 0)
            WHEN r.refunds AND r.status NOT IN ('resolved', 'closed') THEN rl.net ELSE 0 END) AS net,
        sum(CASE WHEN r.credit_note_id IS NOT NULL THEN coalesce(il.tax, 0)
            WHEN r.refunds AND r.status NOT IN ('resolved', 'closed') THEN rl.tax ELSE 0 END) AS tax
    FROM orders_returnline rl JOIN orders_returnorder r ON r.id = rl.return_order_id
    LEFT JOIN accounting_invoiceline il ON il.source_type = 'orders.returnline' AND il.source_id = rl.id
    WHERE rl.order_line_id = l.id AND r.status NOT IN ('rejected', 'cancelled')
) b ON true
WHERE l.order_id = ANY(%s) AND l.shipped > 0 ORDER BY l.order_id, l.position
"""
# What came back, and what is on its way back, to each issue.
MOVES = """
SELECT sl.order_line_id, m.id, m.quantity
    - coalesce((SELECT sum(b.quantity) FROM inventory_stockmove b WHERE b.returns_move_id = m.id), 0)
    - coalesce((SELECT sum(rl.quantity - rl.received) FROM orders_returnline rl
        JOIN orders_returnorder r ON r.id = rl.return_order_id
        WHERE rl.issue_move_id = m.id AND r.goods_expected
            AND r.status IN ('requested', 'approved', 'in_transit', 'received')), 0),
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


_CHARGES = """
SELECT x.id, x.position, x.kind, coalesce(nullif(x.code, ''), x.kind), x.description, coalesce(x.tax_code_id, c.tax_code_id),
    x.account_role, i.net - coalesce(b.net, 0), i.tax - coalesce(b.tax, 0), i.net, i.tax
FROM orders_ordercharge x JOIN orders_order o ON o.id = x.order_id JOIN orders_channel c ON c.id = o.channel_id
JOIN LATERAL (
    SELECT sum(il.net) AS net, sum(il.tax) AS tax FROM accounting_invoiceline il
    JOIN accounting_invoice v ON v.id = il.invoice_id AND v.kind = 'invoice'
    WHERE il.source_type = 'orders.ordercharge' AND il.source_id = x.id
) i ON i.net > 0
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN r.credit_note_id IS NOT NULL THEN coalesce(il.net, 0)
            WHEN r.status NOT IN ('resolved', 'closed') THEN rl.net ELSE 0 END) AS net,
        sum(CASE WHEN r.credit_note_id IS NOT NULL THEN coalesce(il.tax, 0)
            WHEN r.status NOT IN ('resolved', 'closed') THEN rl.tax ELSE 0 END) AS tax
    FROM orders_returnline rl JOIN orders_returnorder r ON r.id = rl.return_order_id
    LEFT JOIN accounting_invoiceline il ON il.source_type = 'orders.returnline' AND il.source_id = rl.id
    WHERE rl.charge_id = x.id AND r.status NOT IN ('rejected', 'cancelled')
) b ON true
WHERE x.order_id = %s AND x.billed ORDER BY x.position
"""


def charges_left(order_id: int) -> list[ChargeLeft]:
    """Billed charges of an order, with what of each is neither refunded nor asked back. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_CHARGES, [order_id])
        return [ChargeLeft(*row) for row in cursor.fetchall()]
