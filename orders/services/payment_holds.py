"""Payment holds: ended when a channel's policy is met, put on again when an edit asks for more than was paid."""

from collections.abc import Collection, Mapping, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.show import show_number
from orders.models import Hold, HoldKind, Order, OrderStatus
from orders.selectors.payments import OrderMoney, money_of
from orders.services.fulfilling import release_orders
from orders.services.holding import place_holds
from orders.services.locking import lock_orders


def end_payment_holds(
    order_ids: Collection[int], orders: Mapping[int, Order], *, company_id: int, actor: Actor, reason: str
) -> None:
    """End the payment holds of locked orders whose channel is content; with the last hold an order goes to the
    warehouse. Statements: 1, and with such holds 4 and release_orders'.
    """
    held = Hold.objects.filter(order_id__in=order_ids, kind=HoldKind.PAYMENT, released_at__isnull=True)
    holds = dict(held.order_by("pk").values_list("pk", "order_id"))
    if not holds:
        return
    Hold.objects.filter(pk__in=holds).update(
        released_by_id=actor.user_id, released_at=timezone.now(), release_reason=reason
    )
    record(
        [
            Change(
                "orders.order",
                order_id,
                "hold_released",
                field="hold",
                old=HoldKind.PAYMENT.value,
                reason=reason,
                company_id=company_id,
            )
            for order_id in holds.values()
        ],
        actor=actor,
    )
    others = set(
        Hold.objects.filter(order_id__in=holds.values(), released_at__isnull=True).values_list("order_id", flat=True)
    )
    free = [
        pk
        for pk in sorted(set(holds.values()) - others)
        if orders[pk].status in (OrderStatus.PLACED, OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)
        and (orders[pk].channel.auto_release or orders[pk].status != OrderStatus.PLACED)
    ]
    if free:
        release_orders(free, company_id=company_id, actor=actor)


def hold_unpaid(order_ids: Collection[int], *, company_id: int, actor: Actor) -> None:
    """Hold locked orders that ask for more since they were edited, if their channel wants more paid than was.

    Statements: 1, and place_holds' if some are held now; 0 for none.
    """
    unpaid = money_of(order_ids) if order_ids else {}
    reasons = {pk: _asks_for_more(found) for pk, found in unpaid.items() if not found.money.meets(found.policy)}
    place_holds(reasons, company_id=company_id, kind=HoldKind.PAYMENT, actor=actor)


def _asks_for_more(found: OrderMoney) -> str:
    paid = found.money.kept + (found.money.reserved if found.policy == "authorised" else 0)
    return _("Changed to %(due)s %(currency)s, of which %(paid)s is paid.") % {
        "due": show_number(found.money.due, found.exponent),
        "currency": found.currency,
        "paid": show_number(paid, found.exponent),
    }


def free_paid(order_ids: Sequence[int], *, company_id: int, actor: Actor) -> None:
    """End the payment holds of orders that ask for less now, where what was paid is enough.

    Statements: 1; with a payment hold 2 and end_payment_holds'.
    """
    held = Hold.objects.filter(order_id__in=order_ids, kind=HoldKind.PAYMENT, released_at__isnull=True)
    waiting = sorted(set(held.values_list("order_id", flat=True)))
    if not waiting:
        return
    orders = lock_orders(waiting, company_id=company_id)
    content = [pk for pk, found in money_of(waiting).items() if found.money.meets(found.policy)]
    end_payment_holds(
        content, orders, company_id=company_id, actor=actor, reason=_("What was paid is enough for what it asks now.")
    )
