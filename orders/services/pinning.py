"""Giving orders to a warehouse by hand, and sourcing anew what no warehouse has begun."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import prepared_cursor
from inventory.models import Warehouse
from orders.errors import NotFound
from orders.models import Order, OrderStatus, SourcingCause
from orders.services.claiming_anew import claim_anew, look
from orders.services.fulfilling import fulfil_going, lacking_of
from orders.services.locking import lock_orders
from orders.services.shrinking import shrink_work

ZERO = Decimal(0)
ENDED = (OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class PinResult:
    """state: done, already (it was so before; nothing was written) or refused (see code and detail).

    being_worked_on: fulfilments that a warehouse has begun, which stay as they are. back_ordered: units are
    wanted that the warehouses it may come from do not have.
    """

    order_id: int
    state: str
    code: str = ""
    detail: str = ""
    back_ordered: bool = False
    being_worked_on: tuple[int, ...] = ()
    fulfilment_ids: tuple[int, ...] = ()


@transaction.atomic(savepoint=False)
def pin_orders(
    order_ids: Sequence[int], *, warehouse_id: int, company_id: int, actor: Actor, reason: str
) -> list[PinResult]:
    """Have orders served by this warehouse only, whatever the channel's rules say, until somebody unpins them.

    What no warehouse has begun is claimed anew from there, even if the goods are not there yet: it waits for them.
    The pin survives every later sourcing. An order that has ended is refused (not_open), the rest go on.

    Raises NotFound (an order, or a warehouse that does not ship), ValueError without a reason; nothing is written.
    Statements: at most 30, whatever the number of orders.
    """
    _check(warehouse_id, company_id)
    return _source(order_ids, lambda order: warehouse_id, SourcingCause.PINNED, company_id, actor, reason)


@transaction.atomic(savepoint=False)
def unpin_orders(order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> list[PinResult]:
    """Take pins off, and source anew what no warehouse has begun, by the channel's rules.

    An order of a channel with a warehouse of its own goes back to that one. Refusals and statements: `pin_orders`.
    """
    return _source(
        order_ids, lambda order: order.channel.warehouse_id, SourcingCause.UNPINNED, company_id, actor, reason
    )


@transaction.atomic(savepoint=False)
def source_again(order_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> list[PinResult]:
    """Find the best warehouses anew for what none has begun; pins stay. Refusals and statements: `pin_orders`."""
    return _source(
        order_ids, lambda order: order.pinned_warehouse_id, SourcingCause.SOURCED_AGAIN, company_id, actor, reason
    )


def _check(warehouse_id: int, company_id: int) -> None:
    if not Warehouse.objects.filter(pk=warehouse_id, company_id=company_id, is_active=True, is_transit=False).exists():
        raise NotFound(_("There is no warehouse %(id)s that ships.") % {"id": warehouse_id}, warehouse_id=warehouse_id)


def _source(
    order_ids: Sequence[int],
    pin_of: Callable[[Order], int | None],
    cause: SourcingCause,
    company_id: int,
    actor: Actor,
    reason: str,
) -> list[PinResult]:
    if not reason.strip():
        raise ValueError("say why")
    locked = lock_orders(order_ids, company_id=company_id)
    refused = {pk: _refusal(order) for pk, order in locked.items() if order.status in ENDED}
    going = {pk: order for pk, order in locked.items() if pk not in refused}
    if cause != SourcingCause.SOURCED_AGAIN:
        going = {pk: order for pk, order in going.items() if order.pinned_warehouse_id != pin_of(order)}
    pins = {pk: pin_of(order) for pk, order in going.items()}
    work = look(going, pins, company_id)
    begun = _begun(list(going))
    _set_pins(going, pins, cause, company_id, actor, reason)
    claim_anew(going, work, pins, cause, company_id, actor, reason)
    lacking = lacking_of(list(going))
    withdraw = {pk for pk in lacking if going[pk].ship_complete}
    shrink_work(list(going), company_id=company_id, actor=actor, reason=reason, withdraw=withdraw)
    made = fulfil_going(going, lacking, company_id)
    return [
        refused.get(pk)
        or (
            PinResult(
                pk, "done", back_ordered=pk in lacking, being_worked_on=begun.get(pk, ()),
                fulfilment_ids=made.get(pk, ()),
            )
            if pk in going
            else PinResult(pk, "already")
        )
        for pk in order_ids
    ]  # fmt: skip


def _refusal(order: Order) -> PinResult:
    detail = _("An order that is %(status)s is not sourced any more.") % {"status": order.get_status_display()}
    return PinResult(order.pk, "refused", "not_open", detail)


def _begun(order_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT order_id, array_agg(id ORDER BY id) FROM orders_fulfilment WHERE order_id = ANY(%s)"
            " AND status IN ('in_wave', 'picking', 'picked', 'packing', 'packed') GROUP BY 1",
            [list(order_ids)],
        )
        return {order_id: tuple(ids) for order_id, ids in cursor.fetchall()}


def _set_pins(
    orders: Mapping[int, Order],
    pins: Mapping[int, int | None],
    cause: SourcingCause,
    company_id: int,
    actor: Actor,
    reason: str,
) -> None:
    """The pin stands on the order and on its demands, so that goods received elsewhere leave them alone."""
    codes = dict(Warehouse.objects.filter(company_id=company_id).values_list("pk", "code"))
    with prepared_cursor() as cursor:
        cursor.execute(
            "UPDATE orders_order o SET pinned_warehouse_id = n.pin, version = o.version + 1"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, pin) WHERE o.id = n.id",
            [list(pins), list(pins.values())],
        )
        cursor.execute(
            "UPDATE inventory_demand d SET warehouse_id = n.pin FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, pin)"
            " JOIN orders_orderline l ON l.order_id = n.id WHERE d.source_type = 'orders.orderline'"
            " AND d.source_id = l.id AND d.warehouse_id IS DISTINCT FROM n.pin",
            [list(pins), list(pins.values())],
        )
    record(
        [
            Change(
                "orders.order",
                pk,
                cause.value,
                field="warehouse",
                old=codes.get(order.pinned_warehouse_id or 0, ""),
                new=codes.get(pins[pk] or 0, ""),
                reason=reason[:300],
                company_id=company_id,
            )
            for pk, order in orders.items()
        ],
        actor=actor,
    )
