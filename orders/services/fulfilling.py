"""Releasing orders, and turning claims into fulfilments."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.services import allocate_waiting
from orders.models import Fulfilment, FulfilmentStatus, Order, OrderStatus, SourcingCause
from orders.selectors.setting import unreleased
from orders.selectors.sites import supply_of
from orders.selectors.work import orders_with_new_claims
from orders.services.changing import change_status
from orders.services.claiming import Work, claim, make_fulfilments
from orders.services.deciding import OrderWants
from orders.services.drop_shipping import drop_ship_by_rules
from orders.services.locking import lock_orders
from orders.sourcing import Kit, Want

WORKED_ON = (OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED)


@dataclass(frozen=True, slots=True)
class ReleaseResult:
    """state: released, already (it was before; its claims were tried again) or refused (see code and detail)."""

    order_id: int
    state: str
    code: str = ""
    detail: str = ""
    back_ordered: bool = False
    fulfilment_ids: tuple[int, ...] = ()


@transaction.atomic(savepoint=False)
def release_orders(order_ids: Sequence[int], *, company_id: int, actor: Actor) -> list[ReleaseResult]:
    """Clear orders for work: claims are tried again and fulfilments made of what is claimed.

    Refused, the rest go on: an order with an open hold (order_held), one that is cancelled or already
    shipped (illegal_transition). Work that a hold had stopped becomes ready again.

    Raises NotFound, nothing written. Statements: at most 12 and those of inventory's allocate.
    """
    locked = lock_orders(order_ids, company_id=company_id)
    held = _held(locked)
    refused = {pk: refusal for pk, order in locked.items() if (refusal := _refusal(order, pk in held))}
    fresh = [pk for pk, order in locked.items() if pk not in refused and order.status == OrderStatus.PLACED]
    change_status(
        "orders.order",
        [(pk, OrderStatus.PLACED, OrderStatus.RELEASED) for pk in fresh],
        company_id=company_id,
        actor=actor,
    )
    resume_work([pk for pk in locked if pk not in refused], company_id=company_id, actor=actor)
    going = {pk: order for pk, order in locked.items() if pk not in refused}
    lacking = claim_again(going, company_id=company_id, actor=actor)
    made = fulfil(going, lacking, company_id=company_id)
    return [
        refused.get(pk)
        or ReleaseResult(
            pk, "released" if pk in fresh else "already", back_ordered=pk in lacking, fulfilment_ids=made.get(pk, ())
        )
        for pk in order_ids
    ]


def _held(orders: Mapping[int, Order]) -> set[int]:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT order_id FROM orders_hold WHERE released_at IS NULL AND order_id = ANY(%s)", [list(orders)]
        )
        return {order_id for (order_id,) in cursor.fetchall()}


def _refusal(order: Order, held: bool) -> ReleaseResult | None:
    if held:
        return ReleaseResult(order.pk, "refused", "order_held", _("Release its holds first."))
    if order.status not in (OrderStatus.PLACED, *WORKED_ON):
        detail = _("An order that is %(status)s cannot be released.") % {"status": order.get_status_display()}
        return ReleaseResult(order.pk, "refused", "illegal_transition", detail)
    return None


def resume_work(order_ids: Collection[int], *, company_id: int, actor: Actor) -> None:
    """Fulfilments that a hold had stopped are ready again; the orders are locked. Statements: 1, 3 if there are some."""
    stopped = Fulfilment.objects.filter(order_id__in=order_ids, status=FulfilmentStatus.ON_HOLD)
    change_status(
        "orders.fulfilment",
        [
            (pk, FulfilmentStatus.ON_HOLD, FulfilmentStatus.READY)
            for pk in stopped.order_by("order_id", "pk").values_list("pk", flat=True)
        ],
        company_id=company_id,
        actor=actor,
    )


# A line's demands name the line as their source: one of its own, or one for each component of a kit.
_LACKING = """
SELECT l.order_id, d.id, d.sku_id, d.unmet, d.kit_group, d.kit_ratio, d.min_expiry_date,
    d.owner_id IS NULL AND EXISTS (SELECT FROM orders_dropshiprule r WHERE r.sku_id = l.sku_id AND r.is_active), d.owner_id
FROM orders_orderline l JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id
WHERE l.order_id = ANY(%s) AND d.quantity > d.claimed + d.used ORDER BY l.order_id, l.position, d.id
"""


def claim_again(orders: Mapping[int, Order], *, company_id: int, actor: Actor) -> set[int]:
    """Try to claim what the lines of locked orders still lack; the orders that lack something afterwards.

    Statements: 1, and with lacking lines 1 and those of inventory's allocate.
    """
    with prepared_cursor() as cursor:
        cursor.execute(_LACKING, [list(orders)])
        rows = cursor.fetchall()
    if not rows:
        return set()
    wants: dict[int, list[Want]] = {}
    kits: dict[int, dict[int, Kit]] = {}
    missing: dict[int, Decimal] = {}
    owner: dict[int, int] = {}
    until: dict[int, date] = {}
    goods_of: dict[int, int] = {}
    for order_id, demand_id, sku_id, unmet, kit_group, per_kit, keeps_until, _ruled, goods_owner in rows:
        if goods_owner is not None:
            goods_of[order_id] = goods_owner
        if keeps_until is not None:
            until[order_id] = max(keeps_until, until.get(order_id, keeps_until))
        wants.setdefault(order_id, []).append(Want(demand_id, sku_id, unmet))
        if kit_group is not None:
            group = kits.setdefault(order_id, {}).setdefault(kit_group, Kit(int(unmet / per_kit), {}))
            group.parts[demand_id] = per_kit
        missing[demand_id], owner[demand_id] = unmet, order_id
    sourced = [
        OrderWants(
            pk,
            orders[pk].pinned_warehouse_id,
            orders[pk].ship_complete,
            lines,
            list(kits.get(pk, {}).values()),
            until.get(pk),
            goods_of.get(pk),
        )
        for pk, lines in wants.items()
    ]
    warehouses, is_ruled = supply_of(company_id, [order.channel_id for order in orders.values()])
    for choice, result in claim(
        sourced,
        company_id=company_id,
        warehouses=warehouses,
        is_ruled=is_ruled,
        actor=actor,
        cause=SourcingCause.CLAIMED_AGAIN,
    ):
        missing[choice.key] -= result.claimed
    ruled = {row[1] for row in rows if row[7]}
    lacking = {demand_id for demand_id, quantity in missing.items() if quantity > 0}
    if lacking & ruled:
        dropped = drop_ship_by_rules({owner[pk] for pk in lacking & ruled}, company_id=company_id, actor=actor)
        lacking = {pk for pk in lacking if not (pk in ruled and owner[pk] in dropped)}
    return {owner[demand_id] for demand_id in lacking}


# What is claimed and not yet asked of a warehouse: open claims less what stands on live fulfilments. Lines of
# pre-orders wait for their day, and hold back the others of an order that ships complete.
_UNRELEASED = unreleased("o.channel_id")
_UNASKED = f"""
SELECT l.order_id, a.warehouse_id, l.id, a.id, a.open - coalesce(asked.quantity, 0) AS unasked
FROM orders_orderline l
JOIN orders_order o ON o.id = l.order_id
JOIN inventory_sku s ON s.id = l.sku_id AND NOT ({_UNRELEASED})
JOIN inventory_demand d ON d.source_type = 'orders.orderline' AND d.source_id = l.id
JOIN inventory_allocation a ON a.demand_id = d.id AND a.open > 0
LEFT JOIN LATERAL (
    SELECT sum(fl.quantity - fl.shipped) AS quantity
    FROM orders_fulfilmentline fl JOIN orders_fulfilment f ON f.id = fl.fulfilment_id
    WHERE fl.allocation_id = a.id AND f.status NOT IN ('cancelled', 'shipped')
) asked ON true
WHERE l.order_id = ANY(%s) AND a.open > coalesce(asked.quantity, 0)
    AND NOT (o.ship_complete AND EXISTS (
        SELECT FROM orders_orderline x JOIN inventory_sku s ON s.id = x.sku_id AND {_UNRELEASED}
        WHERE x.order_id = o.id AND x.quantity > x.cancelled + x.shipped))
ORDER BY l.order_id, l.position, a.id
"""


def fulfil(orders: Mapping[int, Order], lacking: Collection[int], *, company_id: int) -> Mapping[int, tuple[int, ...]]:
    """Make fulfilments of the claims of locked orders that stand on none yet; ids by order.

    lacking: orders with unmet demand, which wait if they are to ship complete. Statements: 1 or 2.
    """
    ready = [pk for pk, order in orders.items() if not (order.ship_complete and pk in lacking)]
    with prepared_cursor() as cursor:
        cursor.execute(_UNASKED, [ready])
        work = [Work(*row) for row in cursor.fetchall()]
    return make_fulfilments(work, company_id=company_id)


@transaction.atomic(savepoint=False)
def fulfil_allocated(
    *, company_id: int, actor: Actor, order_ids: Sequence[int] | None = None, limit: int = 1000
) -> list[int]:
    """Pull what became claimed (goods received, a cancellation elsewhere) into new fulfilments; their ids.

    Only released orders without open holds; one claim never stands on two fulfilments, for it is looked at
    again under the order's lock. order_ids None: the oldest `limit` orders of the company with such claims.

    Statements: at most 6.
    """
    candidates = orders_with_new_claims(company_id, order_ids=order_ids, limit=limit)
    if not candidates:
        return []
    locked = lock_orders(candidates, company_id=company_id)
    made = fulfil_going(locked, lacking_of([pk for pk, order in locked.items() if order.ship_complete]), company_id)
    return [fulfilment_id for ids in made.values() for fulfilment_id in ids]


def fulfil_going(
    locked: Mapping[int, Order], lacking: Collection[int], company_id: int
) -> Mapping[int, tuple[int, ...]]:
    """`fulfil` for those of the locked orders that are released and not held. Statements: 2 or 3."""
    held = _held(locked)
    going = {pk: order for pk, order in locked.items() if pk not in held and order.status in WORKED_ON}
    return fulfil(going, lacking, company_id=company_id)


def lacking_of(order_ids: Collection[int]) -> set[int]:
    """Which of the orders want something that is not claimed. Statements: 1, or 0 for none."""
    if not order_ids:
        return set()
    with prepared_cursor() as cursor:
        cursor.execute(_LACKING, [sorted(order_ids)])
        return {row[0] for row in cursor.fetchall()}


def allocate_back_orders(*, company_id: int, actor: Actor, sku_ids: Sequence[int] | None = None) -> list[int]:
    """Claim what is free for lines that wait, by priority, promise date and age; the new fulfilments' ids.

    sku_ids None: every SKU that somebody waits for. Goods received claim for those who wait by themselves;
    this is for the clock and for people. A transaction for each warehouse and one more, for orders are locked
    before demands and demands before stock levels: call it outside any.
    Statements: those of inventory's allocate_waiting for each warehouse, and 8.
    """
    warehouses, _is_ruled = supply_of(company_id)
    wanted = _waited_for(company_id) if sku_ids is None else sorted(sku_ids)
    for warehouse_id in warehouses if wanted else ():
        with transaction.atomic():
            allocate_waiting(company_id=company_id, sku_ids=wanted, warehouse_id=warehouse_id, actor=actor)
    return fulfil_allocated(company_id=company_id, actor=actor)


def _waited_for(company_id: int) -> list[int]:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT sku_id FROM inventory_demand WHERE company_id = %s AND quantity > claimed + used"
            " ORDER BY sku_id",
            [company_id],
        )
        return [sku_id for (sku_id,) in cursor.fetchall()]
