"""Click and collect: orders set aside in a shop and handed over at its counter."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.core import outbox
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import insert_rows
from backoffice.core.states import check_transition
from orders.models import Fulfilment, FulfilmentStatus, Order, OrderLine, OrderStatus, Shipment
from orders.selectors.payments import money_of
from orders.services.locking import lock_orders
from orders.services.pinning import pin_orders
from warehouse import states
from warehouse.errors import NotFound, PickupRefused
from warehouse.models import Pickup, PickupStatus, TillReceiptKind
from warehouse.services.packing import Pack, pack
from warehouse.services.picking import Pick, confirm_picks
from warehouse.services.shipping import Dispatch, ship
from warehouse.services.till.cash import check_open, lock_shift
from warehouse.services.till.receipts import content_of, known_receipt, write_receipt, write_tenders
from warehouse.services.till.selling import SaleResult
from warehouse.services.till.tenders import check_cards, pay, shares_of
from warehouse.services.waves import create_pick_lists
from warehouse.till.amounts import Tender

ZERO = Decimal(0)
CODE_LETTERS = "23456789"
GOING = ("pending", "ready", "in_wave", "picking", "picked", "packing", "packed", "on_hold")


@transaction.atomic(savepoint=False)
def ask_pickups(
    order_ids: Sequence[int], *, company_id: int, warehouse_id: int, asked_at: datetime, actor: Actor
) -> list[Pickup]:
    """Orders will be fetched in a shop; each gets a code. One that has a pickup there is answered with it.

    The orders are pinned to the shop: their goods are claimed there, whatever the channel's rules say.

    Raises PickupRefused (ended, of another shop, or work elsewhere), NotFound; nothing is written.
    Statements: 6 and those of pinning, whatever the number.
    """
    orders = lock_orders(sorted(set(order_ids)), company_id=company_id)
    known = {found.order_id: found for found in Pickup.objects.filter(order_id__in=orders)}
    _pin([pk for pk in orders if pk not in known], warehouse_id, company_id, actor)
    elsewhere = set(
        Fulfilment.objects.filter(order_id__in=orders, status__in=GOING)
        .exclude(warehouse_id=warehouse_id)
        .values_list("order_id", flat=True)
    )
    for pk, order in orders.items():
        _check_asked(order, known.get(pk), warehouse_id, pk in elsewhere)
    fresh = [pk for pk in orders if pk not in known]
    columns = {
        "company_id": "bigint", "order_id": "bigint", "warehouse_id": "bigint", "status": "text", "code": "text",
        "asked_at": "timestamptz",
    }  # fmt: skip
    insert_rows(
        "warehouse_pickup",
        columns,
        [(company_id, pk, warehouse_id, PickupStatus.WAITING.value, _new_code(), asked_at) for pk in fresh],
    )
    made = {found.order_id: found for found in Pickup.objects.filter(order_id__in=orders)}
    record([_change(made[pk], "", PickupStatus.WAITING) for pk in fresh], actor=actor)
    return [made[pk] for pk in order_ids]


def _pin(order_ids: Sequence[int], warehouse_id: int, company_id: int, actor: Actor) -> None:
    if order_ids:
        for done in pin_orders(
            order_ids, warehouse_id=warehouse_id, company_id=company_id, actor=actor, reason=_("Fetched in the shop")
        ):
            if done.state == "refused":
                raise PickupRefused(done.detail or done.code, order_id=done.order_id, reason=done.code)


def _check_asked(order: Order, known: Pickup | None, warehouse_id: int, elsewhere: bool) -> None:
    if known is not None and known.warehouse_id == warehouse_id:
        return
    if known is not None or elsewhere:
        raise PickupRefused(
            _("A warehouse works on %(order)s already, or another shop keeps it; undo that first.")
            % {"order": order.number},
            order_id=order.pk,
        )
    if order.status not in (OrderStatus.PLACED, OrderStatus.RELEASED):
        raise PickupRefused(
            _("%(order)s is %(status)s: it cannot be fetched in a shop any more.")
            % {"order": order.number, "status": order.get_status_display()},
            order_id=order.pk,
            status=order.status,
        )


def _new_code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _place in range(6))


@transaction.atomic(savepoint=False)
def ready_pickups(pickup_ids: Sequence[int], *, company_id: int, ready_at: datetime, actor: Actor) -> list[Pickup]:
    """Take the goods from their bins and set them aside, packed; the customers may come.

    Topic published: PickupReady. Raises PickupRefused (not everything is there, held, being picked by somebody),
    NotFound; nothing is written then. A ready one is answered as it is. Statements: about 30, whatever the number.
    """
    pickups = _lock(pickup_ids, company_id)
    waiting = {pk: found for pk, found in pickups.items() if found.status != PickupStatus.READY}
    for found in waiting.values():
        check_transition(states.PICKUP, "pickup", found.status, PickupStatus.READY)
    work = _work_of([found.order_id for found in waiting.values()])
    lacking = _lacking(list(work))
    for found in waiting.values():
        if found.order_id in lacking:
            raise PickupRefused(
                _("Some goods of %(order)s are not there yet; the customer comes once for all.")
                % {"order": found.order.number},
                reason="waits_for_goods",
            )
        if found.order_id not in work:
            raise PickupRefused(_("Nothing is ready to be set aside for %(order)s.") % {"order": found.order.number})
    fulfilments = [pk for pks in work.values() for pk in pks]
    lists = create_pick_lists(fulfilments, company_id=company_id, actor=actor) if fulfilments else []
    for made in lists:
        if made.state == "refused" and made.code != "not_ready":
            raise PickupRefused(
                _("The goods cannot be taken from their bins: %(code)s.") % {"code": made.code}, reason=made.code
            )
    picks = [Pick(task, quantity) for made in lists for task, quantity in made.tasks]
    confirm_picks(picks, company_id=company_id, effective_at=ready_at, actor=actor)
    boxes = pack([Pack(pk) for pk in fulfilments], company_id=company_id, effective_at=ready_at, actor=actor)
    for box in boxes:
        if box.state == "refused":
            raise PickupRefused(_("The goods cannot be packed: %(code)s.") % {"code": box.code}, reason=box.code)
    _set(waiting, PickupStatus.READY, actor, ready_at=ready_at)
    outbox.publish(
        [
            outbox.Event("PickupReady", f"pickup:{pk}", {"pickup_id": pk, "order_id": found.order_id}, company_id)
            for pk, found in waiting.items()
        ]
    )
    return [pickups[pk] for pk in pickup_ids]


def _work_of(order_ids: Sequence[int]) -> dict[int, list[int]]:
    rows = Fulfilment.objects.filter(order_id__in=order_ids, status__in=GOING).order_by("order_id", "pk")
    found: dict[int, list[int]] = {}
    for order_id, pk in rows.values_list("order_id", "pk"):
        found.setdefault(order_id, []).append(pk)
    return found


def _lacking(order_ids: Sequence[int]) -> set[int]:
    """Orders with a line that is not claimed in full. Statements: 1."""
    rows = OrderLine.objects.filter(
        order_id__in=order_ids, demand__quantity__gt=F("demand__claimed") + F("demand__used")
    )
    return set(rows.values_list("order_id", flat=True))


@dataclass(frozen=True, slots=True)
class CollectRequest:
    """A customer at the counter with the code of a pickup; tenders for what is not paid yet."""

    shift_id: int
    client_id: UUID
    pickup_id: int
    code: str
    effective_at: datetime
    tenders: Sequence[Tender] = ()


@transaction.atomic(savepoint=False)
def collect_pickup(request: CollectRequest, *, company_id: int, actor: Actor) -> SaleResult:
    """Hand the goods over: shipped, billed, and paid in full, in one transaction.

    The same client_id again is the same hand-over. Raises ShiftClosed, TillReused, PickupRefused (wrong code, not
    ready), Underpaid, NotFound and what the kernels raise; nothing is written then.
    """
    shift = lock_shift(request.shift_id, company_id=company_id)
    content = content_of(request)
    if known := known_receipt(request.client_id, content, company_id):
        return SaleResult(known.pk, "already", known.total, known.change)
    check_open(shift)
    pickup = _lock([request.pickup_id], company_id)[request.pickup_id]
    if not secrets.compare_digest(pickup.code, request.code.strip()):
        raise PickupRefused(_("This is not the code of the pickup."), pickup_id=pickup.pk, reason="wrong_code")
    check_transition(states.PICKUP, "pickup", pickup.status, PickupStatus.COLLECTED)
    if pickup.warehouse_id != shift.till.warehouse_id:
        raise PickupRefused(_("These goods are kept in another shop."), pickup_id=pickup.pk, reason="other_shop")
    check_cards(request.tenders, company_id)
    lock_orders([pickup.order_id], company_id=company_id)
    missing = money_of([pickup.order_id])[pickup.order_id].money.missing
    shares = shares_of(request.tenders, goods=missing)
    _ship(pickup, request.effective_at, company_id, actor)
    if shares.goods:
        pay(pickup.order_id, shares.goods, request.client_id, request.effective_at, company_id, actor)
    _set({pickup.pk: pickup}, PickupStatus.COLLECTED, actor, collected_at=request.effective_at)
    receipt = write_receipt(
        shift,
        TillReceiptKind.PICKUP,
        request.client_id,
        content,
        missing,
        request.effective_at,
        actor,
        order_id=pickup.order_id,
        change=shares.change,
    )
    write_tenders(receipt, shares.goods, company_id)
    return SaleResult(receipt.pk, "done", missing, shares.change)


@transaction.atomic(savepoint=False)
def cancel_pickups(pickup_ids: Sequence[int], *, company_id: int, actor: Actor, reason: str) -> None:
    """Nobody fetches them: the orders stay, to be shipped or cancelled as any other.

    Raises IllegalTransition (collected, or cancelled before), NotFound; nothing is written then. Statements: 3.
    """
    pickups = _lock(pickup_ids, company_id)
    for found in pickups.values():
        check_transition(states.PICKUP, "pickup", found.status, PickupStatus.CANCELLED)
    _set(pickups, PickupStatus.CANCELLED, actor, reason)


def _ship(pickup: Pickup, at: datetime, company_id: int, actor: Actor) -> None:
    shipments = Shipment.objects.filter(
        order_id=pickup.order_id,
        fulfilment__status=FulfilmentStatus.PACKED,
        status__in=("draft", "labelled", "manifested"),
    )
    dispatches = [
        Dispatch(pk, "counter", "pickup", "", at) for pk in shipments.order_by("pk").values_list("pk", flat=True)
    ]
    if not dispatches:
        raise PickupRefused(_("Nothing is set aside for %(order)s.") % {"order": pickup.order.number})
    for done in ship(dispatches, company_id=company_id, actor=actor):
        if done.state != "shipped":
            raise PickupRefused(_("The goods cannot be handed over: %(code)s.") % {"code": done.code}, reason=done.code)


def _lock(pickup_ids: Sequence[int], company_id: int) -> dict[int, Pickup]:
    """Pickups locked in key order: warehouse work, before the orders. Statements: 1. Raises NotFound."""
    locked = {
        found.pk: found
        for found in Pickup.objects.filter(pk__in=pickup_ids, company_id=company_id)
        .select_related("order")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    for pk in pickup_ids:
        if pk not in locked:
            raise NotFound(_("There is no pickup %(id)s in this company.") % {"id": pk}, pickup_id=pk)
    return locked


def _set(pickups: dict[int, Pickup], status: PickupStatus, actor: Actor, reason: str = "", **values: datetime) -> None:
    record([_change(found, found.status, status, reason) for found in pickups.values()], actor=actor)
    Pickup.objects.filter(pk__in=pickups).update(status=status, **values)
    for found in pickups.values():
        found.status = status
        for name, value in values.items():
            setattr(found, name, value)


def _change(pickup: Pickup, old: str, new: PickupStatus, reason: str = "") -> Change:
    return Change(
        "orders.order",
        pickup.order_id,
        "pickup",
        field="pickup",
        old=old,
        new=new.value,
        reason=reason,
        company_id=pickup.company_id,
    )
