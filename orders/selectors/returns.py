"""What of an order may be returned, and until when."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from orders.models import Order, ReturnReason
from orders.selectors.return_terms import terms_of
from orders.selectors.returnable import returnable_lines

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class MayReturn:
    """A shipped line. left: units that may still be asked back. until: the last day in the window; None: no limit."""

    order_line_id: int
    position: int
    sku: str
    description: str
    shipped: Decimal
    left: Decimal
    until: datetime.date | None
    in_time: bool


def may_return(order: Order, *, at: datetime.datetime | None = None) -> list[MayReturn]:
    """The shipped lines of an order. Statements: 3."""
    terms, _reason, day = terms_of(order.channel_id, "", at=at or timezone.now())
    found = []
    for line in returnable_lines([order.pk]).values():
        until = terms.until(line.shipped_on)
        left = max(line.left, ZERO)
        found.append(
            MayReturn(
                line.order_line_id,
                line.position,
                line.code,
                line.description,
                line.shipped,
                left,
                until,
                until is None or day <= until,
            )
        )
    return found


def reasons_of(company_id: int) -> list[ReturnReason]:
    """The reasons on offer, in their order. Statements: 1."""
    return list(ReturnReason.objects.filter(company_id=company_id, is_active=True).order_by("position", "code"))
