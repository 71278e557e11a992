"""Sixty days of trade, told through the same services that people and channels use."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounting.models import Invoice
from accounting.services import PaymentRequest, UseRequest, apply_items, record_payments
from backoffice.core.actor import Actor
from backoffice.core.models import User
from backoffice.core.money import round_money
from backoffice.demo.buyers import buyer
from backoffice.demo.company import VAT_RATE, ZONE, Demo
from orders.inputs import ChargeInput, LineInput, OrderInput
from orders.models import Fulfilment, Order
from orders.services import cancel_order, complete_orders, place_hold, place_orders
from warehouse.models import PickTask
from warehouse.services import Dispatch, Pack, Pick, confirm_picks, create_pick_lists, fulfil_straight, pack, ship

DAYS = 60
RECENT_DAYS = 4
WALKED_DAYS = 28  # for the boards of the floor; before, nobody wrote down who picked what
SHARE = {"shop": 0.55, "market": 0.35, "wholesale": 0.10}
CARRIERS = ["DPD", "Omniva", "Venipak"]


@dataclass(frozen=True, slots=True)
class Placed:
    """An order of the history and the day it was placed."""

    order_id: int
    channel: str
    placed_at: datetime


def tell(demo: Demo, dice: random.Random, *, today: datetime, progress: Callable[[int, str], None]) -> None:
    """Trade week by week up to now: what is older than three days has left, the rest is in every state.

    progress is called with the number of days told and the last of them.
    """
    actor = Actor.job("demo")
    numbers = iter(range(1001, 10**6))
    days = [_midnight(today - timedelta(days=back)) for back in range(DAYS, -1, -1)]
    settled, recent = days[:-RECENT_DAYS], days[-RECENT_DAYS:]
    for first in range(0, len(settled), 7):
        week = settled[first : first + 7]
        placed = _place(demo, dice, week, numbers, actor, until=today)
        if week[-1] < today - timedelta(days=WALKED_DAYS):
            _ship(demo, placed, actor, dice, until=today)
        else:
            _walk_and_ship(demo, placed, dice, until=today)
        if week[-1] < today - timedelta(days=14):
            _collect(demo, placed, week[-1] + timedelta(days=10), actor)
            _complete(demo, placed, actor)
        progress(len(week), f"{week[-1]:%d %b}")
    _sell_more_than_there_is(demo, dice, settled[-1], next(numbers), actor, until=today)
    for back, day in zip(range(RECENT_DAYS - 1, -1, -1), recent, strict=True):
        placed = _place(demo, dice, [day], numbers, actor, until=today)
        _leave_in_every_state(demo, placed, back, actor, dice, until=today)
        progress(1, f"{day:%d %b}")


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def _place(
    demo: Demo, dice: random.Random, days: Sequence[datetime], numbers: Iterator[int], actor: Actor, *, until: datetime
) -> list[Placed]:
    """The days' orders of every channel, a batch for each channel."""
    placed: list[Placed] = []
    for code, share in SHARE.items():
        orders = []
        for midnight in days:
            quiet = 0.6 if midnight.weekday() >= 5 else 1
            for _ in range(max(1, round(dice.gauss(14, 3) * share * quiet))):
                at = midnight + timedelta(minutes=dice.randint(7 * 60, 15 * 60))
                orders.append(_order(demo, dice, code, next(numbers), min(at, until)))
        orders.sort(key=lambda order: order.placed_at)
        results = place_orders(orders, channel_id=demo.channels[code].pk, actor=actor)
        for order, result in zip(orders, results, strict=True):
            if result.order_id:
                placed.append(Placed(result.order_id, code, order.placed_at))
    return placed


def _order(demo: Demo, dice: random.Random, channel: str, number: int, at: datetime) -> OrderInput:
    goods = list(demo.skus.values())
    picked = {
        good.code: (sku_id, good)
        for sku_id, good in dice.choices(
            goods, weights=[g.popularity for _, g in goods], k=dice.choice([1, 1, 2, 2, 3, 4])
        )
    }
    wholesale, charged = channel == "wholesale", channel == "market"  # the others leave taxes to the rules
    lines = []
    for sku_id, good in picked.values():
        quantity = Decimal(dice.choice([6, 12, 12, 24]) if wholesale else dice.choice([1, 1, 1, 2, 3]))
        price = round_money(good.price * Decimal("0.6"), 2) if wholesale else good.price
        lines.append(
            LineInput(
                channel_sku=good.code,
                sku_id=sku_id,
                description=good.name,
                quantity=quantity,
                unit_price=price,
                **(_contained(demo, quantity * price) if charged else {}),
            )
        )
    charges = []
    if not wholesale and sum(line.quantity * line.unit_price for line in lines) < 60:
        fee = Decimal("4.90")
        charges.append(
            ChargeInput(
                kind="shipping",
                account_role="shipping_revenue",
                unit_price=fee,
                description="Parcel",
                **(_contained(demo, fee) if charged else {}),
            )
        )
    contact, address = buyer(dice, wholesale=wholesale)
    prefix = {"shop": "LL", "market": "NM", "wholesale": "WS"}[channel]
    return OrderInput(
        external_id=f"{prefix}-{number}",
        external_number=f"#{number}",
        placed_at=at,
        currency="EUR",
        lines=lines,
        charges=charges,
        contact=contact,
        shipping_address=address,
        promise_date=(at + timedelta(days=3)).date(),
        shipping_service=dice.choice(["Parcel locker", "Courier"]),
        taxes_unstated=not charged,
    )


def _contained(demo: Demo, gross: Decimal) -> dict[str, Any]:
    """The tax in a marketplace's price."""
    tax = round_money(gross * VAT_RATE / (1 + VAT_RATE), 2)
    return {"tax": tax, "tax_code_id": demo.vat.pk, "tax_rate": VAT_RATE}


def _ship(demo: Demo, placed: Sequence[Placed], actor: Actor, dice: random.Random, *, until: datetime) -> None:
    """What can leave leaves some hours after it was placed."""
    if at := _leaving(placed, until):
        fulfil_straight(
            list(at),
            company_id=demo.company.pk,
            effective_at=at,
            actor=actor,
            carrier=dice.choice(CARRIERS),
            tracking={pk: f"LT{pk:08d}EE" for pk in at},
        )


def _walk_and_ship(demo: Demo, placed: Sequence[Placed], dice: random.Random, *, until: datetime) -> None:
    """The same by hand: people of the floor walk with pick lists, pack and hand over."""
    at, company_id = _leaving(placed, until), demo.company.pk
    people = [Actor.of(user) for user in User.objects.filter(username__in=("picker", "lead")).order_by("pk")]
    for person, share in zip(people, (0, 1), strict=True):
        mine = [pk for pk in at if pk % 2 == share]
        lists = [made for made in create_pick_lists(mine, company_id=company_id, actor=person) if made.tasks]
        mine = [made.fulfilment_id for made in lists]
        walks = {pk: at[pk] - timedelta(minutes=dice.randint(40, 90)) for pk in mine}
        picks = [
            Pick(
                task_id, quantity, effective_at=walks[made.fulfilment_id] + timedelta(seconds=dice.randint(30, 55) * n)
            )
            for made in lists
            for n, (task_id, quantity) in enumerate(made.tasks, 1)
        ]
        confirm_picks(picks, company_id=company_id, effective_at=until, actor=person, device="Scanner 1")
        boxes = [Pack(pk, effective_at=at[pk] - timedelta(minutes=20)) for pk in mine]
        packed = pack(boxes, company_id=company_id, effective_at=until, actor=person, device="Bench 1")
        carrier = dice.choice(CARRIERS)
        ship(
            [
                Dispatch(box.shipment_id, carrier, "", f"LT{box.fulfilment_id:08d}EE", at[box.fulfilment_id])
                for box in packed
                if box.shipment_id is not None
            ],
            company_id=company_id,
            actor=person,
        )


def _leaving(placed: Sequence[Placed], until: datetime) -> dict[int, datetime]:
    """When each fulfilment that is ready leaves."""
    placed_at = {item.order_id: item.placed_at for item in placed}
    ready = Fulfilment.objects.filter(order_id__in=list(placed_at), status="ready").order_by("pk")
    return {pk: min(placed_at[order] + timedelta(hours=4), until) for pk, order in ready.values_list("id", "order_id")}


def _leave_in_every_state(
    demo: Demo, placed: Sequence[Placed], back: int, actor: Actor, dice: random.Random, *, until: datetime
) -> None:
    """The last days: some shipped, some packed, picking, ready, held, cancelled."""
    company_id = demo.company.pk
    groups: dict[str, list[Placed]] = {"ship": [], "pack": [], "pick": [], "hold": [], "cancel": [], "wait": []}
    for item in placed:
        weights = [back * 3, 2, 2, 1, 1, 5 - back]
        groups[dice.choices(list(groups), weights=weights)[0]].append(item)
    now = max((item.placed_at for item in placed), default=None)
    if now is None:
        return
    _ship(demo, groups["ship"], actor, dice, until=until)
    for name in ("pack", "pick"):
        ids = list(
            Fulfilment.objects.filter(
                order_id__in=[item.order_id for item in groups[name]], status="ready"
            ).values_list("id", flat=True)
        )
        if not ids:
            continue
        create_pick_lists(ids, company_id=company_id, actor=actor)
        if name == "pack":
            _pick_all(ids, company_id, now, actor)
            pack([Pack(fulfilment_id=pk) for pk in ids], company_id=company_id, effective_at=now, actor=actor)
    for item in groups["hold"]:
        if Order.objects.filter(pk=item.order_id, status__in=["placed", "released"]).exists():
            place_hold(
                item.order_id,
                company_id=company_id,
                kind="fraud",
                reason="Address and card country differ",
                actor=actor,
            )
    for item in groups["cancel"]:
        if Order.objects.filter(pk=item.order_id, status__in=["placed", "released"]).exists():
            cancel_order(item.order_id, company_id=company_id, reason="Buyer changed their mind", actor=actor)


def _pick_all(fulfilment_ids: Sequence[int], company_id: int, at: datetime, actor: Actor) -> None:
    tasks = PickTask.objects.filter(pick_list__fulfilment__in=fulfilment_ids, status="open").order_by("id")
    picks = [Pick(task_id=task.pk, quantity=task.quantity) for task in tasks]
    confirm_picks(picks, company_id=company_id, effective_at=at, actor=actor, device="demo")


def _sell_more_than_there_is(
    demo: Demo, dice: random.Random, day: datetime, number: int, actor: Actor, *, until: datetime
) -> None:
    """One order that ships in part; the rest waits for a delivery."""
    order = _order(demo, dice, "wholesale", number, day + timedelta(hours=9))
    sku_id, slow = min(demo.skus.values(), key=lambda item: item[1].popularity)
    quantity = Decimal(500)
    tax = round_money(quantity * slow.cost * VAT_RATE, 2)
    wanted = LineInput(
        slow.code, quantity, slow.cost, sku_id, slow.name, tax=tax, tax_code_id=demo.vat.pk, tax_rate=VAT_RATE
    )
    lines = [wanted, *(line for line in order.lines if line.sku_id != sku_id)]
    [result] = place_orders([replace(order, lines=lines)], channel_id=demo.channels["wholesale"].pk, actor=actor)
    if result.order_id:
        _ship(demo, [Placed(result.order_id, "wholesale", order.placed_at)], actor, dice, until=until)


def _complete(demo: Demo, placed: Sequence[Placed], actor: Actor) -> None:
    """Shipped, billed and paid: nothing more is expected."""
    ids = [item.order_id for item in placed]
    shipped = list(Order.objects.filter(pk__in=ids, status="shipped").values_list("id", flat=True))
    complete_orders(shipped, company_id=demo.company.pk, actor=actor)


def _collect(demo: Demo, placed: Sequence[Placed], at: datetime, actor: Actor) -> None:
    """The channels pay what was invoiced, in one sum each."""
    for code, channel in demo.channels.items():
        orders = [item.order_id for item in placed if item.channel == code]
        shipments = Fulfilment.objects.filter(order_id__in=orders).values("shipments")
        invoices = list(
            Invoice.objects.filter(
                source_type="orders.shipment", source_id__in=shipments, open_item__open_amount__gt=0
            ).select_related("open_item")
        )
        if not invoices:
            continue
        total = sum((invoice.open_item.open_amount for invoice in invoices), Decimal(0))
        [payment] = record_payments(
            [
                PaymentRequest(
                    party_id=channel.party_id,
                    direction="in",
                    method="payout",
                    reference=f"{code}-{at:%Y%m%d}",
                    account_role="bank",
                    currency="EUR",
                    amount=total,
                    effective_at=at,
                    source_key=f"demo:payout:{code}:{at:%Y%m%d}",
                )
            ],
            company_id=demo.company.pk,
            actor=actor,
        )
        apply_items(
            [
                UseRequest(
                    debit_item_id=invoice.open_item_id,
                    credit_item_id=payment.open_item_id,
                    amount=invoice.open_item.open_amount,
                    source_key=f"demo:payout:{code}:{at:%Y%m%d}:{invoice.pk}",
                )
                for invoice in invoices
            ],
            company_id=demo.company.pk,
            date=at.date(),
            actor=actor,
        )
