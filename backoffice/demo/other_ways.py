"""Orders of the demo that go another way: fetched in the shop, sent by the supplier, ordered before its release, a gift
set, an exchange, call-offs."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backoffice.core.actor import Actor
from backoffice.demo.buyers import buyer
from backoffice.demo.catalogue import DemoSku
from backoffice.demo.company import Demo
from inventory.models import PurchaseOrder, Sku
from inventory.services import (
    PurchaseLineInput,
    SkuInput,
    approve_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    ensure_skus,
    send_purchase_order,
    submit_purchase_order,
)
from orders.inputs import LineInput, OrderInput
from orders.models import BlanketOrder, DropShipLine, DropShipRule, Order
from orders.services import (
    ExchangeLine,
    ReturnInput,
    call_off,
    place_orders,
    record_dropship,
    request_exchange,
)
from orders.services.release_dates import set_release_date
from warehouse.services import ask_pickups, ready_pickups

BENCH, BENCH_COST, BENCH_PRICE = "Garden bench, oak", Decimal("189.00"), Decimal("349.00")
CALENDAR, CALENDAR_COST, CALENDAR_PRICE = "Wall calendar, printed by hand", Decimal("6.50"), Decimal("19.00")
SENT = (submit_purchase_order, approve_purchase_order, send_purchase_order)
FIRST_NUMBER = 9001  # the history's numbers stay below


def go_other_ways(demo: Demo, dice: random.Random, *, today: datetime) -> None:
    """After the agreements: the gift set and the blanket order are there."""
    actor, at = Actor.job("demo"), today - timedelta(minutes=5)
    goods = [pair for pair in demo.skus.values() if pair[1].category in ("mugs", "baskets")]
    _fetch(demo, dice, goods, at, actor)
    _drop_ship(demo, dice, at, actor)
    _pre_order(demo, dice, at, actor)
    _sell(demo, dice, FIRST_NUMBER + 20, [_gift_set(demo)], at, actor)
    _exchange(demo, goods, at, actor)
    _call_off(demo, at, actor)


def _line(sku_id: int, good: DemoSku, quantity: int = 1) -> LineInput:
    return LineInput(good.code, Decimal(quantity), good.price, sku_id, good.name)


def _gift_set(demo: Demo) -> LineInput:
    kit = Sku.objects.get(company=demo.company, code="GIFT-SET")
    return LineInput(kit.code, Decimal(2), Decimal("54.00"), kit.pk, kit.name)


def _sell(demo: Demo, dice: random.Random, number: int, lines: list[LineInput], at: datetime, actor: Actor) -> int:
    """An order of the web shop; its id."""
    contact, address = buyer(dice, wholesale=False)
    (result,) = place_orders(
        [
            OrderInput(
                external_id=f"LL-{number}", external_number=f"#{number}", placed_at=at, currency="EUR", lines=lines,
                contact=contact, shipping_address=address, shipping_service="Courier", taxes_unstated=True,
            )
        ],
        channel_id=demo.channels["shop"].pk, actor=actor,
    )  # fmt: skip
    assert result.order_id is not None, result
    return result.order_id


def _fetch(demo: Demo, dice: random.Random, goods: list[tuple[int, DemoSku]], at: datetime, actor: Actor) -> None:
    """Three are fetched in the second shop: one is set aside already, two have to be."""
    asked = [
        _sell(demo, dice, FIRST_NUMBER + number, [_line(*pair) for pair in dice.sample(goods, 2)], at, actor)
        for number in range(3)
    ]
    pickups = ask_pickups(
        asked, company_id=demo.company.pk, warehouse_id=demo.warehouses[1].pk, asked_at=at, actor=actor
    )
    ready_pickups([pickups[0].pk], company_id=demo.company.pk, ready_at=at, actor=actor)


def _drop_ship(demo: Demo, dice: random.Random, at: datetime, actor: Actor) -> None:
    """What we never stock is sent by its maker: one order in part, one not yet."""
    supplier, company_id = demo.suppliers[-1], demo.company.pk
    (bench,) = ensure_skus([SkuInput("GARDEN-BENCH", BENCH)], company_id=company_id)
    DropShipRule.objects.create(company=demo.company, sku_id=bench, supplier=supplier, unit_cost=BENCH_COST)
    for number, quantity in ((10, 3), (11, 1)):
        line = LineInput("GARDEN-BENCH", Decimal(quantity), BENCH_PRICE, bench, BENCH)
        _sell(demo, dice, FIRST_NUMBER + number, [line], at, actor)
    part = DropShipLine.objects.select_related("po_line").earliest("pk")
    order_id = part.po_line.purchase_order_id
    _walk(order_id, SENT, company_id, actor)
    record_dropship(
        order_id, quantities={part.pk: Decimal(1)}, company_id=company_id, shipped_at=at, actor=actor, carrier="Omniva",
        tracking_number="OM-77120045-LT",
    )  # fmt: skip


def _pre_order(demo: Demo, dice: random.Random, at: datetime, actor: Actor) -> None:
    """Sold before it is out: the web shop may ship a week before the others, and the goods come in between."""
    company_id, day = demo.company.pk, at.date()
    (calendar,) = ensure_skus([SkuInput("WALL-CALENDAR", CALENDAR)], company_id=company_id)
    Sku.objects.filter(pk=calendar).update(release_date=day + timedelta(days=28))
    set_release_date(demo.channels["shop"], calendar, day + timedelta(days=21), actor=actor)
    purchase = create_purchase_order(
        [PurchaseLineInput(calendar, Decimal(60), CALENDAR_COST)], company_id=company_id,
        supplier_id=demo.suppliers[0].pk, warehouse_id=demo.warehouses[0].pk, ordered_at=at, actor=actor,
        expected_date=day + timedelta(days=14),
    )  # fmt: skip
    _walk(purchase.pk, (*SENT, confirm_purchase_order), company_id, actor)
    for number, quantity in ((12, 2), (13, 1)):
        line = LineInput("WALL-CALENDAR", Decimal(quantity), CALENDAR_PRICE, calendar, CALENDAR)
        _sell(demo, dice, FIRST_NUMBER + number, [line], at, actor)


def _walk(order_id: int, steps: Sequence[Callable[..., Any]], company_id: int, actor: Actor) -> None:
    for step in steps:
        found = PurchaseOrder.objects.get(pk=order_id)
        if found.status != "approved" or step not in SENT[:2]:  # small ones are approved when submitted, or before
            step(order_id, company_id=company_id, actor=actor)


def _exchange(demo: Demo, goods: list[tuple[int, DemoSku]], at: datetime, actor: Actor) -> None:
    """A buyer of last week wants another one instead."""
    order = Order.objects.filter(channel=demo.channels["shop"], status__in=["shipped", "completed"]).latest("placed_at")
    line = order.lines.exclude(sku=None).earliest("position")
    other = next(good for sku_id, good in goods if sku_id != line.sku_id)
    request_exchange(
        order.pk,
        company_id=demo.company.pk,
        back=[ReturnInput(line.pk, Decimal(1))],
        instead=[ExchangeLine(other.code, Decimal(1), other.price)],
        reason="Rather in another colour",
        requested_at=at,
        actor=actor,
        may_price=True,
    )


def _call_off(demo: Demo, at: datetime, actor: Actor) -> None:
    """Two calls on the blanket order, of some lines each."""
    blanket = BlanketOrder.objects.filter(company=demo.company).first()
    if blanket is None:
        return
    lines = list(blanket.lines.order_by("pk"))
    for number, taken in enumerate((lines[:2], lines[1:]), start=1):
        call_off(
            blanket.pk,
            quantities={line.pk: Decimal(24) for line in taken},
            company_id=demo.company.pk,
            external_id=f"{blanket.number}-{number}",
            placed_at=at,
            actor=actor,
        )
