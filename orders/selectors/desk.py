"""The order desk's questions: which orders need somebody now. Each narrows any set of orders and is bounded by an index."""

import datetime
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from orders.models import Hold, Order, OrderStatus

OPEN = (OrderStatus.PLACED, OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)
FEW = 1_000  # up to here the orders are looked up from what makes them so, above it order by order
Orders = QuerySet[Order]

_OPEN = "o.status IN ('placed', 'released', 'partly_shipped')"
# At most so many orders, each once, found from the rows of a partial index (in whose order they are read, for nothing
# tells the planner how few they are). %(many)s rows are looked at; `cut`: there may be more behind them.
_TO_SHIP_TODAY = f"""
SELECT due.id, false AS cut FROM (
    SELECT o.id FROM orders_order o WHERE {_OPEN} AND o.promise_date <= %(today)s
    UNION ALL SELECT o.id FROM orders_order o WHERE {_OPEN} AND o.promise_date IS NULL
) AS due CROSS JOIN LATERAL (
    SELECT FROM orders_fulfilment f WHERE f.order_id = due.id AND f.status NOT IN ('shipped', 'cancelled', 'on_hold')
        AND (f.ship_by IS NULL OR f.ship_by < %(tomorrow)s) LIMIT 1
) AS work LIMIT %(few)s
"""
_LATE = f"SELECT o.id, false AS cut FROM orders_order o WHERE {_OPEN} AND o.promise_date < %(today)s LIMIT %(few)s"
_HELD = f"""
WITH looked AS MATERIALIZED (SELECT order_id FROM orders_hold WHERE released_at IS NULL LIMIT %(many)s)
SELECT DISTINCT looked.order_id, (SELECT count(*) FROM looked) >= %(many)s AS cut FROM looked
CROSS JOIN LATERAL (SELECT FROM orders_order o WHERE o.id = looked.order_id AND {_OPEN} LIMIT 1) AS o LIMIT %(few)s
"""
# A demand that waits is of an open order: what is cancelled or shipped is wanted no more.
_BACK_ORDERED = """
WITH looked AS MATERIALIZED (
    SELECT source_id AS line_id FROM inventory_demand
    WHERE quantity > claimed + used AND source_type = 'orders.orderline'
    ORDER BY sku_id, priority, promise_date, wanted_at LIMIT %(many)s
)
SELECT DISTINCT line.order_id, (SELECT count(*) FROM looked) >= %(many)s AS cut FROM looked
CROSS JOIN LATERAL (SELECT l.order_id FROM orders_orderline l WHERE l.id = looked.line_id LIMIT 1) AS line
LIMIT %(few)s
"""
_UNPAID = f"""
WITH looked AS MATERIALIZED (
    SELECT id FROM accounting_openitem WHERE used < amount AND kind = 'invoice'
    ORDER BY party_id, due_date LIMIT %(many)s
), awaited AS MATERIALIZED (
    SELECT order_id FROM orders_hold WHERE released_at IS NULL AND kind = 'payment' LIMIT %(many)s
)
SELECT DISTINCT owing.order_id,
    (SELECT count(*) FROM looked) >= %(many)s OR (SELECT count(*) FROM awaited) >= %(many)s AS cut
FROM (
    SELECT billed.order_id FROM looked CROSS JOIN LATERAL (
        SELECT CASE i.source_type WHEN 'orders.order' THEN i.source_id
            ELSE (SELECT s.order_id FROM orders_shipment s WHERE s.id = i.source_id) END AS order_id
        FROM accounting_invoice i
        WHERE i.open_item_id = looked.id AND i.source_type IN ('orders.shipment', 'orders.order')
    ) AS billed
    UNION ALL
    SELECT awaited.order_id FROM awaited
    CROSS JOIN LATERAL (SELECT FROM orders_order o WHERE o.id = awaited.order_id AND {_OPEN} LIMIT 1) AS o
) AS owing LIMIT %(few)s
"""
FEW_SQL = {
    "to_ship_today": _TO_SHIP_TODAY,
    "late": _LATE,
    "held": _HELD,
    "back_ordered": _BACK_ORDERED,
    "unpaid": _UNPAID,
}
# The same, asked of each order on its own: for a list that is read from its top. As a value, not as a join: then the
# orders are read in their index's order until a page is full, and nothing is read beside it.
_WORK = """
(SELECT true FROM orders_fulfilment f WHERE f.order_id = orders_order.id
    AND f.status NOT IN ('shipped', 'cancelled', 'on_hold') AND (f.ship_by IS NULL OR f.ship_by < %s) LIMIT 1)
"""
_WAITS = """
(SELECT true FROM (
    SELECT FROM orders_orderline l JOIN inventory_demand d ON d.id = l.demand_id
        WHERE l.order_id = orders_order.id AND d.quantity > d.claimed + d.used
    UNION ALL SELECT FROM orders_orderline l JOIN orders_orderlinecomponent c ON c.order_line_id = l.id
        JOIN inventory_demand d ON d.id = c.demand_id
        WHERE l.order_id = orders_order.id AND d.quantity > d.claimed + d.used
) AS waiting LIMIT 1)
"""
_OWES = """
(SELECT true FROM (
    SELECT FROM orders_shipment s JOIN accounting_invoice i ON i.source_type = 'orders.shipment' AND i.source_id = s.id
        JOIN accounting_openitem p ON p.id = i.open_item_id
        WHERE s.order_id = orders_order.id AND i.kind = 'invoice' AND p.used < p.amount
    UNION ALL SELECT FROM accounting_invoice i JOIN accounting_openitem p ON p.id = i.open_item_id
        WHERE i.source_type = 'orders.order' AND i.source_id = orders_order.id AND i.kind = 'invoice' AND p.used < p.amount
    UNION ALL SELECT FROM orders_hold h WHERE h.order_id = orders_order.id AND h.kind = 'payment' AND h.released_at IS NULL
        AND orders_order.status IN ('placed', 'released', 'partly_shipped')
) AS owing LIMIT 1)
"""


def few_params(today: datetime.date, few: int) -> dict[str, Any]:
    """The parameters of FEW_SQL: an order may have several rows that make it so, some more than orders are looked at."""
    return {"today": today, "tomorrow": _tomorrow(today), "few": few, "many": few + few // 4}


def _tomorrow(today: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(today + datetime.timedelta(days=1), datetime.time(), datetime.UTC)


def to_ship_today(orders: Orders, today: datetime.date) -> Orders:
    """Given to a warehouse, not held, and due by today: by the cut-off of its work, else by its promise."""
    work = RawSQL(_WORK, [_tomorrow(today)], output_field=BooleanField())
    due = orders.filter(Q(promise_date=None) | Q(promise_date__lte=today), status__in=OPEN)
    return due.alias(work=work).filter(work=True)


def late(orders: Orders, today: datetime.date) -> Orders:
    """Promised for a day that has passed, and not shipped in full."""
    return orders.filter(status__in=OPEN, promise_date__lt=today)


def held(orders: Orders, today: datetime.date | None = None) -> Orders:
    """With an open hold. Statements: 1."""
    few = _few("held")
    if few is not None:
        return _these(orders, few)
    return orders.filter(Exists(Hold.objects.filter(order=OuterRef("pk"), released_at__isnull=True)), status__in=OPEN)


def back_ordered(orders: Orders, today: datetime.date | None = None) -> Orders:
    """With a line, or a component of a kit, that waits for goods. Statements: 1."""
    few = _few("back_ordered")
    if few is not None:
        return _these(orders, few)
    waits = RawSQL(_WAITS, [], output_field=BooleanField())
    return orders.filter(status__in=OPEN).alias(waits=waits).filter(waits=True)


def unpaid(orders: Orders, today: datetime.date | None = None) -> Orders:
    """Money that should be here: billed and not paid in full, or held until its buyer pays. Statements: 1.

    An order that is neither billed nor held for payment owes nothing yet: its channel bills at shipment, or pays out
    itself.
    """
    few = _few("unpaid")
    if few is not None:
        return _these(orders, few)
    return orders.alias(owes=RawSQL(_OWES, [], output_field=BooleanField())).filter(owes=True)


def _few(question: str) -> list[int] | None:
    """The orders if they are few; None if there are, or may be, more."""
    with connection.cursor() as cursor:
        cursor.execute(FEW_SQL[question], few_params(timezone.localdate(), FEW + 1))
        found = cursor.fetchall()
    if len(found) > FEW or any(cut for _id, cut in found):
        return None
    return [order_id for order_id, _cut in found]


def _these(orders: Orders, ids: list[int]) -> Orders:
    """As one array: a thousand parameters of their own took longer to bind and plan than the orders to be read."""
    these = RawSQL("orders_order.id = ANY(%s::bigint[])", [ids], output_field=BooleanField())
    return orders.alias(these=these).filter(these=True)


Question = Callable[[Orders, datetime.date], Orders]
QUESTIONS: dict[str, Question] = {
    "to_ship_today": to_ship_today,
    "late": late,
    "held": held,
    "back_ordered": back_ordered,
    "unpaid": unpaid,
}
