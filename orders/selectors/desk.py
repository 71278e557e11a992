"""The order desk's questions: which orders need somebody now. Each narrows any set of orders and is bounded by an index."""

import datetime
from collections.abc import Callable

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounting.models import Invoice
from orders.models import Fulfilment, FulfilmentStatus, Hold, Order, OrderLine, OrderStatus, Shipment

OPEN = (OrderStatus.PLACED, OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)
IDLE_WORK = (FulfilmentStatus.SHIPPED, FulfilmentStatus.CANCELLED, FulfilmentStatus.ON_HOLD)
Orders = QuerySet[Order]


def to_ship_today(orders: Orders, today: datetime.date) -> Orders:
    """Given to a warehouse, not held, and due by today: by the cut-off of its work, else by its promise."""
    tomorrow = datetime.datetime.combine(today + datetime.timedelta(days=1), datetime.time(), datetime.UTC)
    work = Fulfilment.objects.filter(Q(ship_by=None) | Q(ship_by__lt=tomorrow), order=OuterRef("pk"))
    return orders.filter(
        Q(promise_date=None) | Q(promise_date__lte=today),
        Exists(work.exclude(status__in=IDLE_WORK)),
        status__in=OPEN,
    )


def late(orders: Orders, today: datetime.date) -> Orders:
    """Promised for a day that has passed, and not shipped in full."""
    return orders.filter(status__in=OPEN, promise_date__lt=today)


def held(orders: Orders, today: datetime.date | None = None) -> Orders:
    """With an open hold."""
    return orders.filter(Exists(Hold.objects.filter(order=OuterRef("pk"), released_at__isnull=True)), status__in=OPEN)


def back_ordered(orders: Orders, today: datetime.date | None = None) -> Orders:
    """With a line that waits for goods."""
    waiting = OrderLine.objects.filter(
        order=OuterRef("pk"), demand__quantity__gt=F("demand__claimed") + F("demand__used")
    )
    return orders.filter(Exists(waiting), status__in=OPEN)


def unpaid(orders: Orders, today: datetime.date | None = None) -> Orders:
    """Billed, and something of it is not paid yet."""
    open_invoices = Invoice.objects.filter(kind="invoice", open_item__used__lt=F("open_item__amount"))
    shipments = Shipment.objects.filter(
        Exists(open_invoices.filter(source_type="orders.shipment", source_id=OuterRef("pk"))), order=OuterRef("pk")
    )
    own = open_invoices.filter(source_type="orders.order", source_id=OuterRef("pk"))
    return orders.filter(Exists(shipments) | Exists(own))


Question = Callable[[Orders, datetime.date], Orders]
QUESTIONS: dict[str, Question] = {
    "to_ship_today": to_ship_today,
    "late": late,
    "held": held,
    "back_ordered": back_ordered,
    "unpaid": unpaid,
}
