"""Holds: named reasons why an order waits, and mapping what a channel sells under a code nobody knows."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from inventory.models import Sku
from inventory.selectors import kit_parts
from inventory.services import create_demands
from orders.errors import HoldKept, NotFound, NotReady
from orders.models import Fulfilment, FulfilmentStatus, Hold, HoldKind, Order, OrderLine, OrderStatus
from orders.selectors.setting import freshness, keeps_until, owners_of
from orders.services.changing import change_status
from orders.services.fulfilling import ReleaseResult, release_orders
from orders.services.kits import demand_requests, insert_components
from orders.services.locking import lock_orders

NOT_BEGUN = (FulfilmentStatus.PENDING, FulfilmentStatus.READY)
BEGUN = (
    FulfilmentStatus.IN_WAVE,
    FulfilmentStatus.PICKING,
    FulfilmentStatus.PICKED,
    FulfilmentStatus.PACKING,
    FulfilmentStatus.PACKED,
)
ENDED = (OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)


@transaction.atomic(savepoint=False)
def place_hold(order_id: int, *, company_id: int, kind: str, reason: str, actor: Actor) -> int:
    """Stop an order; the id of its hold. See place_holds."""
    return place_holds({order_id: reason}, company_id=company_id, kind=kind, actor=actor)[order_id]


def place_holds(reasons: Mapping[int, str], *, company_id: int, kind: str, actor: Actor) -> dict[int, int]:
    """Stop orders, each for its reason; the ids of their holds. One that is open already takes no second of the same kind.

    Work that no warehouse has begun stops (on_hold), and the order goes back to placed if none has begun.
    What is being picked may be finished, but is not shipped while a hold is open. Claims are kept.

    Raises NotReady for an order that has ended, ValueError for an unknown kind or no reason; nothing is written.
    Statements: at most 9, however many orders; 0 for none.
    """
    kind = HoldKind(kind).value
    if not all(reason.strip() for reason in reasons.values()):
        raise ValueError("a hold says why")
    if not reasons:
        return {}
    orders = lock_orders(list(reasons), company_id=company_id)
    for order in orders.values():
        if order.status in ENDED:
            raise NotReady(
                _("An order that is %(status)s cannot be held.") % {"status": order.get_status_display()},
                order_id=order.pk,
                status=order.status,
            )
    open_holds = Hold.objects.filter(order_id__in=reasons, kind=kind, released_at__isnull=True)
    held = dict(open_holds.values_list("order_id", "pk"))
    fresh = {pk: reasons[pk] for pk in orders if pk not in held}
    made = Hold.objects.bulk_create(
        Hold(order_id=pk, kind=kind, reason=reason[:300], placed_by=actor.label) for pk, reason in fresh.items()
    )
    record(
        [
            Change("orders.order", pk, "held", field="hold", new=kind, reason=reason, company_id=company_id)
            for pk, reason in fresh.items()
        ],
        actor=actor,
    )
    _stop({pk: orders[pk] for pk in fresh}, company_id, actor, fresh)
    return held | {hold.order_id: hold.pk for hold in made}


def _stop(orders: Mapping[int, Order], company_id: int, actor: Actor, reasons: Mapping[int, str]) -> None:
    """Statements: at most 5, or 0 for none."""
    if not orders:
        return
    work = Fulfilment.objects.filter(order_id__in=orders, status__in=[*NOT_BEGUN, *BEGUN]).order_by("order_id", "pk")
    found = list(work.values_list("order_id", "pk", "status"))
    stopped = [(pk, status, FulfilmentStatus.ON_HOLD.value) for _order, pk, status in found if status in NOT_BEGUN]
    begun = {order_id for order_id, _pk, status in found if status not in NOT_BEGUN}
    moves = [
        (pk, OrderStatus.RELEASED.value, OrderStatus.PLACED.value)
        for pk, order in orders.items()
        if order.status == OrderStatus.RELEASED and pk not in begun
    ]
    why = {pk: reasons[order_id] for order_id, pk, _status in found}
    change_status("orders.fulfilment", stopped, company_id=company_id, actor=actor, reason=why)
    change_status("orders.order", moves, company_id=company_id, actor=actor, reason=reasons)


@dataclass(frozen=True, slots=True)
class HoldReleased:
    """still_held: other holds are open. release: what became of the order when this was the last one."""

    hold_id: int
    order_id: int
    still_held: bool
    release: ReleaseResult | None


@transaction.atomic(savepoint=False)
def release_hold(hold_id: int, *, company_id: int, actor: Actor, reason: str) -> HoldReleased:
    """Release one hold; with the last one the order is released too, if its channel does that by itself
    (or if work on it goes on already). A person releases, and says why.

    Raises HoldKept (nobody is named, no reason, or lines are not mapped yet), NotFound; nothing is written.
    """
    hold = Hold.objects.filter(pk=hold_id, order__company_id=company_id).first()
    if hold is None:
        raise NotFound(_("There is no hold %(id)s in this company.") % {"id": hold_id}, hold_id=hold_id)
    if actor.user_id is None or not reason.strip():
        raise HoldKept(_("A hold is released by a named user who says why."), hold_id=hold_id)
    order = lock_orders([hold.order_id], company_id=company_id)[hold.order_id]
    if hold.kind == HoldKind.MAPPING and OrderLine.objects.filter(order=order, sku__isnull=True).exists():
        raise HoldKept(_("Lines of this order have no SKU yet; map them first."), hold_id=hold_id)
    freed = Hold.objects.filter(pk=hold_id, released_at__isnull=True).update(
        released_by_id=actor.user_id, released_at=timezone.now(), release_reason=reason[:300]
    )
    if freed:
        record(
            [
                Change(
                    "orders.order",
                    order.pk,
                    "hold_released",
                    field="hold",
                    old=hold.kind,
                    reason=reason,
                    company_id=company_id,
                )
            ],
            actor=actor,
        )
    still_held = Hold.objects.filter(order=order, released_at__isnull=True).exists()
    release = None
    if freed and not still_held and (order.channel.auto_release or order.status != OrderStatus.PLACED):
        (release,) = release_orders([order.pk], company_id=company_id, actor=actor)
    return HoldReleased(hold_id, order.pk, still_held, release)


@transaction.atomic(savepoint=False)
def map_lines(skus: Mapping[int, int], *, company_id: int, actor: Actor) -> list[int]:
    """Say which SKU lines are (SKU id by order line id); the orders that are now mapped in full, in key order.

    Their lines get demands, and when their mapping hold is released they are claimed.

    Raises NotFound (line or SKU), NotReady for a line that has an SKU, or that wants a part of a kit; nothing is
    written. Statements: 6, 2 more for kits.
    """
    wanted = OrderLine.objects.filter(pk__in=skus).values_list("pk", "order_id")
    order_ids = {order_id for _pk, order_id in wanted}
    orders = lock_orders(sorted(order_ids), company_id=company_id)
    lines = {
        line.pk: line for line in OrderLine.objects.filter(order_id__in=order_ids).order_by("order_id", "position")
    }
    known = dict(Sku.objects.filter(pk__in=set(skus.values()), company_id=company_id).values_list("pk", "kit_id"))
    for line_id, sku_id in skus.items():
        if line_id not in lines or sku_id not in known:
            raise NotFound(_("There is no such order line or SKU in this company."), line_id=line_id, sku_id=sku_id)
        if lines[line_id].sku_id is not None:
            raise NotReady(_("Line %(line)s has an SKU already.") % {"line": line_id}, line_id=line_id)
        lines[line_id].sku_id, lines[line_id].kit_id = sku_id, known[sku_id]
        if known[sku_id] is not None and lines[line_id].quantity % 1:
            raise NotReady(
                _("A kit is sold whole: line %(line)s wants a part of one.") % {"line": line_id}, line_id=line_id
            )
    unmapped = {line.order_id for line in lines.values() if line.sku_id is None}
    complete = [line for line in lines.values() if line.order_id not in unmapped and line.demand_id is None]
    demand_lines(complete, orders, company_id)
    OrderLine.objects.bulk_update(
        [line for pk, line in lines.items() if pk in skus or line in complete], ["sku", "kit", "demand"]
    )
    record(
        [
            Change(
                "orders.order", lines[pk].order_id, "mapped", field=f"line {pk}", new=str(sku_id), company_id=company_id
            )
            for pk, sku_id in skus.items()
        ],
        actor=actor,
    )
    return sorted(order_ids - unmapped)


def demand_lines(lines: Sequence[OrderLine], orders: Mapping[int, Order], company_id: int) -> None:
    """Demands for mapped lines of locked orders, which are not saved; a kit keeps the composition that it had when the order named it. Statements: 3 to 5."""
    wanted = [line for line in lines if line.quantity > line.cancelled]
    kits = kit_parts([line.kit_id for line in wanted if line.kit_id]) if any(line.kit_id for line in wanted) else {}
    channels = {orders[line.order_id].channel_id for line in wanted}
    fresh, owners = (freshness(channels), owners_of(channels)) if wanted else ({}, {})

    def keep(line: OrderLine) -> datetime.date | None:
        days, until = fresh.get(orders[line.order_id].channel_id, (None, None))
        return keeps_until(days, until, line.promise_date)

    requests = [
        request
        for line in wanted
        for request in demand_requests(
            line.pk,
            line.sku_id,  # type: ignore[arg-type]  # all lines are mapped
            line.quantity - line.cancelled,
            kits.get(line.kit_id or 0),
            wanted_at=orders[line.order_id].placed_at,
            priority=orders[line.order_id].priority,
            promise_date=line.promise_date,
            warehouse_id=orders[line.order_id].pinned_warehouse_id,
            min_expiry_date=keep(line),
            owner_id=owners.get(orders[line.order_id].channel_id),
        )
    ]
    made = iter(create_demands(requests, company_id=company_id)) if requests else iter(())
    components = []
    for line in wanted:
        if line.kit_id in kits:
            kit = kits[line.kit_id]
            components.append((line.pk, kit, [next(made) for _part in kit.parts]))
        else:
            line.demand_id = next(made)
    insert_components(components)
