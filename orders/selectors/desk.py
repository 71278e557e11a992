"""The order desk's questions: which orders need somebody now. Each narrows any set of orders and is bounded by an index."""

import datetime
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from orders.models import Fulfilment, FulfilmentStatus, Hold, Order, OrderStatus

OPEN = (OrderStatus.PLACED, OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)
IDLE_WORK = (FulfilmentStatus.SHIPPED, FulfilmentStatus.CANCELLED, FulfilmentStatus.ON_HOLD)
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
_BACK_ORDERED = f"""
WITH looked AS MATERIALIZED (
    SELECT id FROM inventory_demand WHERE quantity > claimed + used
    ORDER BY sku_id, priority, promise_date, wanted_at LIMIT %(many)s
)
SELECT DISTINCT line.order_id, (SELECT count(*) FROM looked) >= %(many)s AS cut FROM looked
CROSS JOIN LATERAL (
    SELECT l.order_id FROM orders_orderline l WHERE l.demand_id = looked.id
    UNION ALL SELECT l.order_id FROM orders_orderlinecomponent c JOIN orders_orderline l ON l.id = c.order_line_id
        WHERE c.demand_id = looked.id
) AS line
CROSS JOIN LATERAL (SELECT FROM orders_order o WHERE o.id = line.order_id AND {_OPEN} LIMIT 1) AS o LIMIT %(few)s
"""
_UNPAID = """
WITH looked AS MATERIALIZED (
    SELECT id FROM accounting_openitem WHERE used < amount AND kind = 'invoice'
    ORDER BY party_id, due_date LIMIT %(many)s
)
SELECT DISTINCT owing.order_id, (SELECT count(*) FROM looked) >= %(many)s AS cut FROM looked
CROSS JOIN LATERAL (
    SELECT s.order_id FROM accounting_invoice i JOIN orders_shipment s ON s.id = i.source_id
        WHERE i.open_item_id = looked.id AND i.source_type = 'orders.shipment'
    UNION ALL SELECT i.source_id FROM accounting_invoice i
        WHERE i.open_item_id = looked.id AND i.source_type = 'orders.order'
) AS owing LIMIT %(few)s
"""
FEW_SQL = {
    "to_ship_today": _TO_SHIP_TODAY,
    "late": _LATE,
    "held": _HELD,
    "back_ordered": _BACK_ORDERED,
    "unpaid": _UNPAID,
}
# The same, asked of each order on its own: for a list that is read from its top.
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
) AS owing LIMIT 1)
"""


def few_params(today: datetime.date, few: int) -> dict[str, Any]:
    """The parameters of FEW_SQL: an order may have several rows that make it so, some more than orders are looked at."""
    return {"today": today, "tomorrow": _tomorrow(today), "few": few, "many": few + few // 4}


def _tomorrow(today: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(today + datetime.timedelta(days=1), datetime.time(), datetime.UTC)


def to_ship_today(orders: Orders, today: datetime.date) -> Orders:
    """Given to a warehouse, not held, and due by today: by the cut-off of its work, else by its promise."""
    work = Fulfilment.objects.filter(Q(ship_by=None) | Q(ship_by__lt=_tomorrow(today)), order=OuterRef("pk"))
    return orders.filter(
        Q(promise_date=None) | Q(promise_date__lte=today),
        Exists(work.exclude(status__in=IDLE_WORK)),
        status__in=OPEN,
    )


def late(orders: Orders, today: datetime.date) -> Orders:
    """Promised for a day that has passed, and not shipped in full."""
    return orders.filter(status__in=OPEN, promise_date__lt=today)


def held(orders: Orders, today: datetime.date | None = None) -> Orders:
    """With an open hold. Statements: 1."""
    few = _few("held")
    if few is not None:
        return orders.filter(pk__in=few)
    return orders.filter(Exists(Hold.objects.filter(order=OuterRef("pk"), released_at__isnull=True)), status__in=OPEN)


def back_ordered(orders: Orders, today: datetime.date | None = None) -> Orders:
    """With a line, or a component of a kit, that waits for goods. Statements: 1."""
    few = _few("back_ordered")
    if few is not None:
        return orders.filter(pk__in=few)
    waits = RawSQL(_WAITS, [], output_field=BooleanField())
    return orders.filter(status__in=OPEN).alias(waits=waits).filter(waits=True)


def unpaid(orders: Orders, today: datetime.date | None = None) -> Orders:
    """Billed, and something of it is not paid yet. Statements: 1."""
    few = _few("unpaid")
    if few is not None:
        return orders.filter(pk__in=few)
    return orders.alias(owes=RawSQL(_OWES, [], output_field=BooleanField())).filter(owes=True)


def _few(question: str) -> list[int] | None:
    """The orders if they are few; None if there are, or may be, more."""
    with connection.cursor() as cursor:
        cursor.execute(FEW_SQL[question], few_params(timezone.localdate(), FEW + 1))
        found = cursor.fetchall()
    if len(found) > FEW or any(cut for _id, cut in found):
        return None
    return [order_id for order_id, _cut in found]


Question = Callable[[Orders, datetime.date], Orders]
QUESTIONS: dict[str, Question] = {
    "to_ship_today": to_ship_today,
    "late": late,
    "held": held,
    "back_ordered": back_ordered,
    "unpaid": unpaid,
}
