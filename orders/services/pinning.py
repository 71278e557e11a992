"""Giving orders to a warehouse by hand, and sourcing anew what no warehouse has begun."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import prepared_cursor
from inventory.models import Warehouse
from inventory.selectors import available as available_now
from inventory.services import Claim, Release, allocate, lock_supply, release
from orders.errors import NotFound
from orders.models import Order, OrderStatus, SourcingCause
from orders.services.deciding import OrderWants, decide, record_decisions
from orders.services.fulfilling import fulfil_going, lacking_of
from orders.services.locking import lock_orders
from orders.services.shrinking import shrink_work
from orders.sourcing import Kit, Want

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
    work = _look(going, pins, company_id)
    begun = _begun(list(going))
    _set_pins(going, pins, cause, company_id, actor, reason)
    _claim_anew(going, work, pins, cause, company_id, actor, reason)
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


@dataclass(slots=True)
class _Line:
    """What one demand wants and holds that no warehouse has begun: (allocation, free quantity) by warehouse.

    kit_group, per_kit: of a component of kits that leave whole.
    """

    sku_id: int
    unmet: Decimal
    kit_group: int | None = None
    per_kit: Decimal | None = None
    keeps_until: date | None = None
    owner_id: int | None = None
    held: dict[int, list[tuple[int, Decimal]]] = field(default_factory=dict)

    def free(self, warehouse_id: int) -> Decimal:
        return sum((quantity for _allocation, quantity in self.held.get(warehouse_id, [])), ZERO)

    @property
    def wanted(self) -> Decimal:
        return self.unmet + sum((self.free(warehouse) for warehouse in self.held), ZERO)


_DEMANDS = """
SELECT d.id, d.sku_id FROM orders_orderline l
JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id WHERE l.order_id = ANY(%s)
"""
_HELD = """
SELECT l.order_id, d.id, d.sku_id, d.unmet, d.kit_group, d.kit_ratio, d.min_expiry_date, d.owner_id,
    a.id, a.warehouse_id, a.open - coalesce(begun.quantity, 0)
FROM orders_orderline l JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id
LEFT JOIN inventory_allocation a ON a.demand_id = d.id AND a.open > 0
LEFT JOIN LATERAL (
    SELECT sum(fl.quantity - fl.shipped) AS quantity
    FROM orders_fulfilmentline fl JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
    WHERE fl.allocation_id = a.id AND f.status IN ('in_wave', 'picking', 'picked', 'packing', 'packed')
) begun ON true
WHERE l.order_id = ANY(%s) ORDER BY l.order_id, l.position, d.id, a.id
"""


def _look(orders: Mapping[int, Order], pins: Mapping[int, int | None], company_id: int) -> dict[int, dict[int, _Line]]:
    """Lock the orders' demands with every level they might use, then read what they hold; by order and demand."""
    with prepared_cursor() as cursor:
        cursor.execute(_DEMANDS, [list(orders)])
        demands = dict(cursor.fetchall())
    places: dict[int, set[int]] = {sku: {pin for pin in pins.values() if pin} for sku in demands.values()}
    for sku, warehouse in available_now(company_id, sorted(places)):
        places[sku].add(warehouse)
    lock_supply(demands, warehouses={sku: sorted(found) for sku, found in places.items()}, company_id=company_id)
    work: dict[int, dict[int, _Line]] = {}
    with prepared_cursor() as cursor:
        cursor.execute(_HELD, [list(orders)])
        for order_id, demand_id, *wanted, allocation_id, warehouse_id, free in cursor.fetchall():
            line = work.setdefault(order_id, {}).setdefault(demand_id, _Line(*wanted))
            if allocation_id is not None and free > 0:
                line.held.setdefault(warehouse_id, []).append((allocation_id, free))
    return work


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


def _claim_anew(
    orders: Mapping[int, Order],
    work: Mapping[int, Mapping[int, _Line]],
    pins: Mapping[int, int | None],
    cause: SourcingCause,
    company_id: int,
    actor: Actor,
    reason: str,
) -> None:
    """Plan over what is free and what is held, give back what the plan does not use, claim what it adds."""
    asked = []
    given_back: dict[tuple[int, int, int], Decimal] = {}
    for pk, lines in work.items():
        for line in lines.values():
            for warehouse in line.held:
                key = (pk, line.sku_id, warehouse)
                given_back[key] = given_back.get(key, ZERO) + line.free(warehouse)
        wants = [Want(demand_id, line.sku_id, line.wanted) for demand_id, line in lines.items() if line.wanted > 0]
        if wants:
            days = [line.keeps_until for line in lines.values() if line.keeps_until is not None]
            asked.append(
                OrderWants(
                    pk,
                    pins[pk],
                    orders[pk].ship_complete,
                    wants,
                    _kits(lines),
                    max(days, default=None),
                    next(iter(lines.values())).owner_id,
                )
            )
    if not asked:
        return
    plans = decide(asked, company_id=company_id, given_back=given_back)
    record_decisions(list(plans.values()), company_id=company_id, cause=cause, actor=actor, reason=reason[:300])
    releases, claims = [], []
    for pk, decided in plans.items():
        chosen = {(choice.key, choice.warehouse_id): choice.quantity for choice in decided.plan.choices}
        for demand_id, line in work[pk].items():
            releases += _surplus(line, {place: chosen.get((demand_id, place), ZERO) for place in line.held})
        for (demand_id, place), quantity in chosen.items():
            line = work[pk][demand_id]
            if quantity > line.free(place):
                claims.append(
                    Claim(
                        demand_id,
                        line.sku_id,
                        place,
                        quantity - line.free(place),
                        kit_group=line.kit_group,
                        per_kit=line.per_kit,
                    )
                )
    claims.sort(key=lambda claim: (claim.kit_group or 0, claim.warehouse_id))  # a kit's components side by side
    release(releases, company_id=company_id, actor=actor)
    allocate(claims, company_id=company_id, actor=actor)


def _kits(lines: Mapping[int, _Line]) -> list[Kit]:
    """The kits that leave whole: as many as every component is still wanted for."""
    parts: dict[int, dict[int, Decimal]] = {}
    for demand_id, line in lines.items():
        if line.kit_group is not None and line.per_kit is not None and line.wanted > 0:
            parts.setdefault(line.kit_group, {})[demand_id] = line.per_kit
    return [Kit(min(int(lines[key].wanted / per_kit) for key, per_kit in kit.items()), kit) for kit in parts.values()]


def _surplus(line: _Line, kept: Mapping[int, Decimal]) -> list[Release]:
    """What is held beyond what is kept, from the newest claim back."""
    releases = []
    for place, quantity in kept.items():
        over = line.free(place) - quantity
        for allocation_id, free in reversed(line.held[place]):
            if (part := min(over, free)) > 0:
                releases.append(Release(allocation_id, part))
                over -= part
    return releases
