"""What is to be done: orders to ship, back-orders, claims that no fulfilment has taken up yet."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from orders.selectors.setting import unreleased

_UNRELEASED = unreleased("o.channel_id")
_NEW_CLAIMS = f"""
SELECT l.order_id FROM inventory_allocation a
JOIN inventory_demand d ON d.id = a.demand_id AND d.source_type = 'orders.orderline'
JOIN orders_orderline l ON l.id = d.source_id
JOIN orders_order o ON o.id = l.order_id AND o.status IN ('released', 'partly_shipped')
JOIN inventory_sku s ON s.id = l.sku_id AND NOT ({_UNRELEASED})
WHERE a.open > 0 AND a.company_id = %s AND (%s::bigint[] IS NULL OR l.order_id = ANY(%s))
    AND a.open > coalesce((
        SELECT sum(fl.quantity - fl.shipped) FROM orders_fulfilmentline fl
        JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
        WHERE fl.allocation_id = a.id AND f.status NOT IN ('cancelled', 'shipped')), 0)
    AND NOT EXISTS (SELECT 1 FROM orders_hold h WHERE h.order_id = o.id AND h.released_at IS NULL)
GROUP BY l.order_id, o.priority ORDER BY o.priority, l.order_id LIMIT %s
"""


def orders_with_new_claims(company_id: int, *, order_ids: Sequence[int] | None = None, limit: int = 1000) -> list[int]:
    """Released orders whose goods were claimed but stand on no fulfilment, by priority and age. Statements: 1."""
    ids = None if order_ids is None else list(order_ids)
    with connection.cursor() as cursor:
        cursor.execute(_NEW_CLAIMS, [company_id, ids, ids, limit])
        return [order_id for (order_id,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class BackOrder:
    """An order line that waits for goods, or a component of a kit's line (sku: the component).

    promise_date: what the customer was told; expected_date: when all of the line can be kept by today's knowledge.
    """

    order_id: int
    order_line_id: int
    sku_id: int
    sku_code: str
    quantity: Decimal
    wanted_at: datetime.datetime
    promise_date: datetime.date | None
    priority: int
    expected_date: datetime.date | None


_BACK_ORDERS = """
SELECT l.order_id, l.id, d.sku_id, s.code, d.unmet, d.wanted_at, d.promise_date, d.priority, p.expected_date
FROM inventory_demand d
JOIN orders_orderline l ON d.source_type = 'orders.orderline' AND l.id = d.source_id
JOIN inventory_sku s ON s.id = d.sku_id
LEFT JOIN orders_linepromise p ON p.order_line_id = l.id
WHERE d.company_id = %s AND d.quantity > d.claimed + d.used AND (%s::bigint[] IS NULL OR l.order_id = ANY(%s))
ORDER BY d.priority, d.promise_date NULLS LAST, d.wanted_at, d.id LIMIT %s
"""


def back_orders(company_id: int, *, order_ids: Sequence[int] | None = None, limit: int = 500) -> list[BackOrder]:
    """Lines that wait for goods, in the order in which they will be served. Statements: 1."""
    ids = None if order_ids is None else list(order_ids)
    with connection.cursor() as cursor:
        cursor.execute(_BACK_ORDERS, [company_id, ids, ids, limit])
        return [BackOrder(*row) for row in cursor.fetchall()]
