"""Cancelling orders, whole or in part, and closing those that are done."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from inventory.services import reduce_demands
from orders.errors import NothingToCancel, NotReady
from orders.models import Order, OrderCharge, OrderLine, OrderStatus
from orders.services.asking import ask_warehouse, raise_versions, split_wanted
from orders.services.cancelling_drops import by_line, call_off_suppliers, lock_dropped
from orders.services.cancelling_kits import cancelled_demands
from orders.services.changing import change_status
from orders.services.freeing import free_claims
from orders.services.locking import lock_orders
from orders.services.payment_holds import free_paid
from orders.services.shrinking import shrink_work

ZERO = Decimal(0)


@transaction.atomic(savepoint=False)
def cancel_order(
    order_id: int,
    *,
    company_id: int,
    actor: Actor,
    reason: str,
    lines: Mapping[int, Decimal] | None = None,
    give_up_parts: bool = False,
    ask: bool = False,
    supplier_agrees: bool = False,
    drop_ship_line_id: int | None = None,
) -> str:
    """Cancel what is open of an order, or the given quantities by line; the order's status afterwards.

    See cancel_lines. Where what was paid is enough for what is left, the payment hold ends. Statements: 1 more, with
    a payment hold those of ending it.
    """
    status = cancel_lines(
        order_id,
        company_id=company_id,
        actor=actor,
        reason=reason,
        lines=lines,
        give_up_parts=give_up_parts,
        ask=ask,
        supplier_agrees=supplier_agrees,
        drop_ship_line_id=drop_ship_line_id,
    )
    if status not in (OrderStatus.CANCELLED, OrderStatus.SHIPPED):
        free_paid([order_id], company_id=company_id, actor=actor)
    return status


def cancel_lines(
    order_id: int,
    *,
    company_id: int,
    actor: Actor,
    reason: str,
    lines: Mapping[int, Decimal] | None = None,
    give_up_parts: bool = False,
    ask: bool = False,
    supplier_agrees: bool = False,
    drop_ship_line_id: int | None = None,
) -> str:
    """Cancel what is open of an order, or the given quantities by line; the order's status afterwards.

    Exactly that much is freed: the demand falls, claims beyond it are given back, fulfilments that no
    warehouse has begun shrink. An order with nothing shipped and nothing open is cancelled, with something
    shipped it is shipped. Its unbilled charges are not billed any more when all of it is cancelled.

    Goods that a warehouse has begun to pick are not taken from its hands. ask: what nobody works on is
    cancelled now, for the rest the warehouse is asked (CancelRequest), and until it answers those goods do not
    leave. Without ask the cancellation is refused (being_picked) unless what nobody works on yet is enough.

    Of a kit exactly its components are freed, in equal numbers; one of which a part has left is not cancelled,
    unless give_up_parts: the whole rest of its line is, and what left stays with the buyer, unbilled.

    What a supplier has still to ship is called off there after our own part (drop_ship_line_id: this part of it
    first); once they have confirmed it, only if supplier_agrees.

    Raises and publishes what cancel_many does. Statements: as there.
    """
    return cancel_many(
        {order_id: lines},
        company_id=company_id,
        actor=actor,
        reason=reason,
        give_up_parts=give_up_parts,
        ask=ask,
        supplier_agrees=supplier_agrees,
        drop_ship_line_id=drop_ship_line_id,
    )[order_id]


def cancel_many(
    orders: Mapping[int, Mapping[int, Decimal] | None],
    *,
    company_id: int,
    actor: Actor,
    reason: str,
    give_up_parts: bool = False,
    ask: bool = False,
    supplier_agrees: bool = False,
    drop_ship_line_id: int | None = None,
) -> dict[int, str]:
    """cancel_lines of several orders: each with the quantities by line, or None for all that is open (all of them or none).

    Raises PurchaseRefused (confirmed), BeingPicked, NothingToCancel, KitBegun, NotReady (an order has ended);
    nothing is written for any.
    Topics published: OrderCancelled, CancelRequested. Statements: at most 22, 1 more with kits, 8 with drop-ship
    lines, 4 with ask (5 with kits), whatever the number of orders and lines.
    """
    dropped = lock_dropped(list(orders), company_id=company_id)
    locked = lock_orders(sorted(orders), company_id=company_id)
    for order in locked.values():
        _check_status(order)
    whole = None in orders.values()
    present: dict[int, OrderLine] = {}
    of_order: dict[int, dict[int, OrderLine]] = {pk: {} for pk in locked}
    for line in OrderLine.objects.filter(order_id__in=locked).order_by("order_id", "position"):
        present[line.pk] = of_order[line.order_id][line.pk] = line
    wanted = {
        line_id: quantity
        for pk in locked
        for line_id, quantity in _wanted(pk, of_order[pk], orders[pk]).items()
    }  # fmt: skip
    own = call_off_suppliers(
        wanted,
        dropped,
        {pk: line.open_quantity for pk, line in present.items()},
        company_id=company_id,
        actor=actor,
        reason=reason,
        supplier_agrees=supplier_agrees,
        first=drop_ship_line_id,
    )
    called = {pk: quantity - own[pk] for pk, quantity in wanted.items()}
    own = {pk: quantity for pk, quantity in own.items() if quantity}
    if ask and own:
        own, asks = split_wanted(
            own, present, with_suppliers=by_line(dropped), whole=whole, give_up_parts=give_up_parts
        )
        ask_warehouse(asks, present, company_id=company_id, actor=actor, reason=reason)
        wanted = {pk: part for pk in wanted if (part := own.get(pk, ZERO) + called[pk])}
        going = {present[pk].order_id for pk in wanted}
        _only_asked(
            [order for pk, order in locked.items() if pk not in going], {present[ask.line_id].order_id for ask in asks}
        )
        if not going:
            return {pk: order.status for pk, order in locked.items()}
    else:
        going = set(locked)
    demands = cancelled_demands(
        [(present[pk], quantity) for pk, quantity in own.items()], give_up_parts=give_up_parts, reason=reason
    )
    free_claims(demands, company_id=company_id, actor=actor)
    _reduce(wanted, demands, company_id, actor)
    shrink_work(sorted(going), company_id=company_id, actor=actor, reason=reason)
    ended = [
        _Ended(order, of_order[pk], {line: part for line, part in wanted.items() if line in of_order[pk]}, whole)
        for pk, order in locked.items()
        if pk in going
    ]
    record([change for one in ended for change in one.changes(reason)], actor=actor)
    moves = [(one.order.pk, one.order.status, one.status) for one in ended if one.status != one.order.status]
    change_status("orders.order", moves, company_id=company_id, actor=actor, reason=reason)
    raise_versions([one.order.pk for one in ended if one.status == one.order.status])
    outbox.publish([one.event() for one in ended])
    return {pk: order.status for pk, order in locked.items()} | {one.order.pk: one.status for one in ended}


def _check_status(order: Order) -> None:
    if order.status not in (
        OrderStatus.DRAFT,
        OrderStatus.PLACED,
        OrderStatus.RELEASED,
        OrderStatus.PARTLY_SHIPPED,
    ):
        raise NotReady(
            _("An order that is %(status)s cannot be cancelled.") % {"status": order.get_status_display()},
            order_id=order.pk,
            status=order.status,
        )


def _only_asked(orders: Sequence[Order], asked: Collection[int]) -> None:
    """Orders of which nothing is cancelled yet: the warehouse works on all of it."""
    for order in orders:
        if order.pk not in asked:
            raise NothingToCancel(
                _("The warehouse is asked for all of it already: wait for its answer."), order_id=order.pk
            )
    raise_versions([order.pk for order in orders])


def _wanted(order_id: int, present: Mapping[int, OrderLine], lines: Mapping[int, Decimal] | None) -> dict[int, Decimal]:
    """What to cancel of each line, > 0 and within what is open."""
    if lines is None:
        return {pk: line.open_quantity for pk, line in present.items() if line.open_quantity > 0}
    for line_id, quantity in lines.items():
        line = present.get(line_id)
        if line is None or quantity <= 0 or quantity > line.open_quantity:
            raise NothingToCancel(
                _("Of line %(line)s only %(open)s can be cancelled.")
                % {"line": line.position if line else line_id, "open": f"{line.open_quantity:f}" if line else 0},
                order_id=order_id,
                line_id=line_id,
            )
    if not lines:
        raise NothingToCancel(_("Say which lines to cancel, and how much."), order_id=order_id)
    return dict(lines)


def _reduce(wanted: Mapping[int, Decimal], demands: Mapping[int, Decimal], company_id: int, actor: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_orderline l SET cancelled = l.cancelled + n.quantity"
            " FROM unnest(%s::bigint[], %s::numeric[]) AS n(id, quantity) WHERE l.id = n.id",
            [list(wanted), list(wanted.values())],
        )
    reduce_demands(list(demands.items()), company_id=company_id, actor=actor)


class _Ended:
    """An order of which something is cancelled, and what becomes of it. lines: all of its lines, as they were."""

    def __init__(
        self, order: Order, lines: Mapping[int, OrderLine], cancelled: Mapping[int, Decimal], whole: bool
    ) -> None:
        self.order, self.lines, self.cancelled = order, lines, cancelled
        self.left = sum((line.open_quantity for line in lines.values()), ZERO) - sum(cancelled.values(), ZERO)
        self.status = self._status(whole)

    def _status(self, whole: bool) -> str:
        if self.left > 0:
            return self.order.status
        if self.order.status == OrderStatus.PARTLY_SHIPPED or any(line.shipped for line in self.lines.values()):
            return OrderStatus.SHIPPED.value
        if self.lines or whole:
            return OrderStatus.CANCELLED.value
        return self.order.status

    def changes(self, reason: str) -> list[Change]:
        return [
            Change(
                "orders.order",
                self.order.pk,
                "cancelled_part" if self.left else "cancelled_rest",
                field=f"line {self.lines[pk].position}",
                new=f"{quantity.normalize():f}",
                reason=reason,
                company_id=self.order.company_id,
            )
            for pk, quantity in self.cancelled.items()
        ]

    def event(self) -> outbox.Event:
        payload = {
            "order_id": self.order.pk,
            "channel_id": self.order.channel_id,
            "external_id": self.order.external_id,
            "status": self.status,
            "lines": {str(pk): f"{quantity:f}" for pk, quantity in self.cancelled.items()},
        }
        return outbox.Event("OrderCancelled", f"order:{self.order.pk}", payload, self.order.company_id)


@transaction.atomic(savepoint=False)
def complete_orders(order_ids: Sequence[int], *, company_id: int, actor: Actor) -> None:
    """Close orders that are shipped and billed: shipped -> completed.

    Raises NotReady if charges are not billed yet, IllegalTransition; nothing is written. Statements: 4.
    """
    locked = lock_orders(order_ids, company_id=company_id)
    unbilled = OrderCharge.objects.filter(order_id__in=locked, billed=False).exclude(amount=0).first()
    if unbilled:
        raise NotReady(_("Its charges are not billed yet."), order_id=unbilled.order_id)
    moves = [(pk, order.status, OrderStatus.COMPLETED.value) for pk, order in locked.items()]
    change_status("orders.order", moves, company_id=company_id, actor=actor)
