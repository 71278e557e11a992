"""A cart that was reserved becomes an order: its claims pass over without being given back in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from inventory.models import DemandKind
from inventory.selectors import kit_parts
from inventory.services import Repoint, reduce_demands, repoint_demands
from orders.errors import ReservationRefused
from orders.inputs import OrderInput, PlaceResult
from orders.models import Order, OrderLine, OrderStatus, Reservation, ReservationLine, ReservationStatus
from orders.selectors.setting import KnownSkus, known_skus
from orders.services.changing import change_status
from orders.services.fulfilling import claim_again, fulfil
from orders.services.locking import lock_orders
from orders.services.placing import place_orders
from orders.services.promising import promise_placed
from orders.services.reservations import held_demands, lock_reservation, refuse_ended

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class _Held:
    """A cart's demand: so much of a SKU is wanted by it now."""

    demand_id: int
    quantity: Decimal


@transaction.atomic(savepoint=False)
def place_reserved(
    order: OrderInput, *, reference: str, channel_id: int, actor: Actor, reclaim: bool = False
) -> PlaceResult:
    """Place an order with the goods that a reservation holds; see place_orders for the rest.

    Lines of the cart's SKUs take over its claims, also if the quantities differ: what the order wants more is
    claimed if it is there, what it wants less is given back. A reservation that has expired is refused, unless
    `reclaim`: then the order is placed and gets what is still there.
    The same order again is `already`, whatever became of the reservation.

    Raises NotFound, ReservationRefused (expired, released, ordered), nothing written; a refusal of the order
    itself is answered, and the reservation stays as it was.
    Statements: those of place_orders and at most 20 and inventory's.
    """
    if Order.objects.filter(channel_id=channel_id, external_id=order.external_id).exists():
        return place_orders([order], channel_id=channel_id, actor=actor)[0]
    reservation, over = lock_reservation(reference, channel_id=channel_id)
    refuse_ended(reservation)
    if over and not reclaim:
        raise ReservationRefused(
            _("This reservation has expired: reserve again, or send the order with reclaim to take what is there."),
            code="expired",
        )
    known = known_skus(
        reservation.company_id,
        codes=[line.channel_sku for line in order.lines],
        ids=[line.sku_id or 0 for line in order.lines],
    )
    held = _held(reservation)
    taken = _matched(order, known, reservation, held)
    result = place_orders([replace(order, held=taken)], channel_id=channel_id, actor=actor)[0]
    if result.state != "placed" or result.order_id is None:
        return result
    back_ordered, work = _hand_over(result.order_id, reservation, held, taken, known, actor)
    _end(reservation, result.order_id, actor)
    return replace(result, back_ordered=back_ordered, fulfilment_ids=(*result.fulfilment_ids, *work))


def _held(reservation: Reservation) -> dict[tuple[int, int], _Held]:
    """What the cart's demands want, by (reservation line, SKU); locked."""
    return {
        (line_id, sku_id): _Held(demand_id, quantity)
        for line_id, sku_id, demand_id, quantity in held_demands(reservation.pk)
    }


def _matched(
    order: OrderInput, known: KnownSkus, reservation: Reservation, held: Mapping[tuple[int, int], _Held]
) -> dict[tuple[int, int], int]:
    """Which cart demand each line takes over, by (the line's index, SKU claimed); each is taken once."""
    skus = [known.by_code.get(line.channel_sku) if line.sku_id is None else line.sku_id for line in order.lines]
    if any(sku_id is None for sku_id in skus):
        return {}  # the order is held, and nothing is claimed for it until all is mapped
    free: dict[int, list[int]] = {}
    rows = ReservationLine.objects.filter(reservation=reservation).order_by("position")
    for line_id, sku_id in rows.values_list("pk", "sku_id"):
        free.setdefault(sku_id, []).append(line_id)
    taken: dict[tuple[int, int], int] = {}
    for index, sold in enumerate(skus):
        if sold is not None and free.get(sold):
            cart_line = free[sold].pop(0)
            taken |= {(index, sku): found.demand_id for (row, sku), found in held.items() if row == cart_line}
    return taken


def _hand_over(
    order_id: int,
    reservation: Reservation,
    held: Mapping[tuple[int, int], _Held],
    taken: Mapping[tuple[int, int], int],
    known: KnownSkus,
    actor: Actor,
) -> tuple[bool, tuple[int, ...]]:
    """Give the cart's demands to the order's lines, the rest back; claim what is still missing."""
    company_id = reservation.company_id
    order = lock_orders([order_id], company_id=company_id)[order_id]
    lines = list(OrderLine.objects.filter(order=order).order_by("position"))
    kits = kit_parts(known.kits.values()) if known.kits else {}
    repoints = []
    for (index, sku), demand_id in taken.items():
        line = lines[index]
        kit = kits.get(known.kits.get(line.sku_id or 0, 0))
        if sku not in (kit.parts if kit else {line.sku_id}):
            continue  # the kit is made otherwise by now
        per = kit.parts[sku] if kit else ONE
        repoints.append(
            Repoint(
                demand_id,
                DemandKind.COMPONENT if kit else DemandKind.ORDER_LINE,
                "orders.orderline",
                line.pk,
                quantity=line.quantity * per,
                priority=order.priority,
                promise_date=order.promise_date,
                kit_group=line.pk if kit and kit.whole else None,
                kit_ratio=per if kit else None,
            )
        )
    _give_back(held, {r.demand_id: r.quantity or ZERO for r in repoints}, company_id, actor)
    repoint_demands(repoints, company_id=company_id, even_expired=True)
    lacking = claim_again({order_id: order}, company_id=company_id, actor=actor)
    promise_placed([line.pk for line in lines], company_id=company_id, actor=actor)
    if order.status != OrderStatus.RELEASED:
        return bool(lacking), ()
    made = fulfil({order_id: order}, lacking, company_id=company_id)
    return bool(lacking), tuple(made.get(order_id, ()))


def _give_back(
    held: Mapping[tuple[int, int], _Held], wanted: Mapping[int, Decimal], company_id: int, actor: Actor
) -> None:
    """What the cart held and the order does not want."""
    reductions: Sequence[tuple[int, Decimal]] = [
        (found.demand_id, over)
        for found in held.values()
        if (over := found.quantity - wanted.get(found.demand_id, ZERO)) > 0
    ]
    if reductions:
        reduce_demands(reductions, company_id=company_id, actor=actor)


def _end(reservation: Reservation, order_id: int, actor: Actor) -> None:
    Reservation.objects.filter(pk=reservation.pk).update(order_id=order_id, status=ReservationStatus.ORDERED)
    move = (reservation.pk, reservation.status, ReservationStatus.ORDERED.value)
    change_status("orders.reservation", [move], company_id=reservation.company_id, actor=actor)
