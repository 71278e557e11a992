"""What a buyer has ordered and sent back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from orders.models import Order, OrderStatus

NEWEST = 20
OPEN = (OrderStatus.PLACED, OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """totals: by currency, of orders that were not cancelled. open: placed or released and not all shipped."""

    orders: int
    open: int
    cancelled: int
    first: datetime | None
    last: datetime | None
    totals: tuple[tuple[str, Decimal], ...]
    newest: tuple[Order, ...]


def buyer_facts(orders: QuerySet[Order]) -> BuyerFacts:
    """Of these orders, as a rule all that a person may see of one buyer. Statements: 2, or 1 without orders."""
    cancelled = Q(status=OrderStatus.CANCELLED)
    rows = list(
        orders.order_by("currency")
        .values("currency")
        .annotate(
            count=Count("pk"),
            open=Count("pk", filter=Q(status__in=OPEN)),
            cancelled=Count("pk", filter=cancelled),
            ordered=Sum("total", filter=~cancelled),
            first=Min("placed_at"),
            last=Max("placed_at"),
        )
    )
    newest = orders.order_by("-placed_at", "-pk")[:NEWEST] if rows else ()
    return BuyerFacts(
        orders=sum(row["count"] for row in rows),
        open=sum(row["open"] for row in rows),
        cancelled=sum(row["cancelled"] for row in rows),
        first=min((row["first"] for row in rows), default=None),
        last=max((row["last"] for row in rows), default=None),
        totals=tuple((row["currency"], row["ordered"]) for row in rows if row["ordered"] is not None),
        newest=tuple(newest),
    )
