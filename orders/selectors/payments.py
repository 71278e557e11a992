"""What orders ask for, what was paid for them, and what of it is still ours to use or to give back."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from orders.payments import Money


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """An order's money. party_id: whom invoices and deposits are with. policy: the channel's payment policy."""

    order_id: int
    channel_id: int
    party_id: int
    currency: str
    exponent: int
    policy: str
    status: str
    money: Money


_MONEY = """
SELECT o.id, o.channel_id, coalesce(ct.party_id, c.party_id), o.currency, k.exponent, c.payment_policy, o.status,
    CASE WHEN o.status = 'cancelled' THEN 0 ELSE o.total - coalesce((
        SELECT sum(round(l.cancelled / l.quantity * (l.quantity * l.unit_price - l.discount
            + CASE WHEN o.prices_include_tax THEN 0 ELSE l.tax END), k.exponent))
        FROM orders_orderline l WHERE l.order_id = o.id AND l.cancelled > 0), 0) END,
    coalesce(p.authorised, 0), coalesce(p.captured, 0), coalesce(p.voided, 0), coalesce(p.refunded, 0)
FROM orders_order o
JOIN orders_channel c ON c.id = o.channel_id
JOIN accounting_currency k ON k.code = o.currency
LEFT JOIN orders_contact ct ON ct.id = o.contact_id
LEFT JOIN LATERAL (
    SELECT sum(x.authorised) AS authorised, sum(x.captured) AS captured, sum(x.voided) AS voided,
        sum(x.refunded) AS refunded
    FROM orders_orderpayment x WHERE x.order_id = o.id
) p ON true
WHERE o.id = ANY(%s) ORDER BY o.id
"""


def money_of(order_ids: Collection[int]) -> dict[int, OrderMoney]:
    """The money of many orders. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_MONEY, [list(order_ids)])
        return {row[0]: OrderMoney(*row[:7], money=Money(*row[7:])) for row in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Means:
    """Something of an order's that settles or is settled. kind: invoice, credit_note (item_id) or deposit (its id)."""

    order_id: int
    kind: str
    id: int
    party_id: int
    currency: str
    open: Decimal
    used: Decimal


_MEANS = """
WITH documents AS (
    SELECT s.order_id, 'orders.shipment' AS source_type, s.id AS source_id FROM orders_shipment s
        WHERE s.order_id = ANY(%(orders)s)
    UNION ALL SELECT id, 'orders.order', id FROM orders_order WHERE id = ANY(%(orders)s)
    UNION ALL SELECT r.order_id, 'orders.returnorder', r.id FROM orders_returnorder r
        LEFT JOIN orders_order x ON x.id = r.exchange_order_id
        WHERE r.order_id = ANY(%(orders)s) AND (x.id IS NULL OR x.status IN ('shipped', 'completed', 'cancelled'))
    UNION ALL SELECT r.exchange_order_id, 'orders.returnorder', r.id FROM orders_returnorder r
        WHERE r.exchange_order_id = ANY(%(orders)s)
)
SELECT d.order_id, v.kind, i.id, i.party_id, i.currency, i.amount - i.used, i.used
FROM documents d
JOIN accounting_invoice v ON v.source_type = d.source_type AND v.source_id = d.source_id
JOIN accounting_openitem i ON i.id = v.open_item_id AND i.used < i.amount
UNION ALL
SELECT s.source_id, 'deposit', s.id, s.party_id, s.currency, s.amount - s.used, s.used
FROM accounting_storedvalue s
WHERE s.source_type = 'orders.order' AND s.source_id = ANY(%(orders)s) AND s.kind = 'deposit' AND s.used < s.amount
ORDER BY 1, 3
"""


def open_means(order_ids: Collection[int]) -> list[Means]:
    """Open invoices, credit notes and deposits of orders, oldest first within each kind. Statements: 1.

    The credit note of an exchange pays the new order first; the order it came from gets what is left.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MEANS, {"orders": list(order_ids)})
        return [Means(*row) for row in cursor.fetchall()]
