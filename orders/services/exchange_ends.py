"""What becomes of an exchange's new order when the old goods come, or do not."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.errors import BeingPicked, ExchangeUnderWay
from orders.models import Hold, HoldKind, Order, OrderStatus, ReturnOrder
from orders.services.cancelling import cancel_order
from orders.services.changing import change_status
from orders.services.fulfilling import fulfil, lacking_of, resume_work

BEFORE = (OrderStatus.DRAFT, OrderStatus.PLACED, OrderStatus.RELEASED)


def drop_exchanges(
    returns: Iterable[ReturnOrder], *, company_id: int, actor: Actor, reason: str, strict: bool = True
) -> None:
    """Cancel the new orders of locked returns that end without goods. One that has left stays (strict: is refused).

    Raises ExchangeUnderWay where the warehouse has begun on it. Statements: 1, and cancel_order's for each.
    """
    ids = [found.exchange_order_id for found in returns if found.exchange_order_id]
    if not ids:
        return
    for order in Order.objects.filter(pk__in=ids).order_by("pk"):
        if order.status in BEFORE:
            _cancel(order, company_id, actor, reason)
        elif strict and order.status != OrderStatus.CANCELLED:
            raise _under_way(order)


def _cancel(order: Order, company_id: int, actor: Actor, reason: str) -> None:
    try:
        cancel_order(order.pk, company_id=company_id, actor=actor, reason=reason or _("The exchange is off."))
    except BeingPicked as refusal:
        raise _under_way(order) from refusal


def _under_way(order: Order) -> ExchangeUnderWay:
    return ExchangeUnderWay(
        _(
            "The new goods of %(order)s are on their way or being picked: stop them there first, or let the return go on."
        )
        % {"order": order.number},
        order_id=order.pk,
    )


def free_exchanges(return_order_ids: Iterable[int], *, company_id: int, actor: Actor) -> None:
    """The old goods of locked returns are in: the orders that waited for them go on with what they have claimed.

    Nothing is claimed here, for the goods that came in are locked already. Statements: 1, at most 8 more where
    something waited.
    """
    holds = dict(
        Hold.objects.filter(
            kind=HoldKind.EXCHANGE, released_at__isnull=True, order__exchange_of__in=list(return_order_ids)
        )
        .order_by("order_id")
        .values_list("pk", "order_id")
    )
    if not holds:
        return
    reason = _("The old goods are in.")
    Hold.objects.filter(pk__in=holds).update(
        released_by_id=actor.user_id, released_at=timezone.now(), release_reason=reason
    )
    record(
        [
            Change("orders.order", pk, "hold_released", "hold", HoldKind.EXCHANGE.value, "", reason, company_id)
            for pk in holds.values()
        ],
        actor=actor,
    )
    start_orders(holds.values(), company_id=company_id, actor=actor, reason=reason)


def start_orders(order_ids: Iterable[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """Let locked orders without open holds go to the warehouse with what they have claimed. Statements: 2 to 8."""
    wanted = set(order_ids)
    held = Hold.objects.filter(order_id__in=wanted, released_at__isnull=True).values_list("order_id", flat=True)
    orders = Order.objects.filter(pk__in=wanted - set(held)).select_related("channel").order_by("pk")
    free = {o.pk: o for o in orders if o.status in BEFORE[1:] and (o.channel.auto_release or o.status != BEFORE[1])}
    placed = [(pk, o.status, OrderStatus.RELEASED.value) for pk, o in free.items() if o.status == OrderStatus.PLACED]
    change_status("orders.order", placed, company_id=company_id, actor=actor, reason=reason)
    resume_work(list(free), company_id=company_id, actor=actor)
    fulfil(free, lacking_of(free), company_id=company_id)
