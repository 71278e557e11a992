"""Goods of others in the demo's warehouse: a potter's on consignment, and a client's that are only kept."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from accounting.services import ensure_party
from backoffice.core.actor import Actor
from backoffice.core.money import round_money
from backoffice.demo.company import VAT_RATE, Demo
from inventory.models import OwnerKind, StockOwner
from inventory.services import (
    OwnersGoods,
    SkuInput,
    bill_consignor,
    ensure_skus,
    receive_for_owner,
    return_to_owner,
    set_consignment_term,
)
from orders.inputs import LineInput, OrderInput
from orders.services import create_channel, place_orders
from warehouse.services import fulfil_straight

# code, name, units, price we owe, price we sell at
POTTERY = (
    ("POT-0001", "Stoneware jug, 1 l", 24, Decimal("14.00"), Decimal("32.00")),
    ("POT-0002", "Stoneware bowl, 18 cm", 40, Decimal("6.50"), Decimal("16.00")),
)
KEPT = (("KEP-0001", "Trade fair stand, folded", 6), ("KEP-0002", "Brochures, box of 200", 35))
SALES = ((26, "POT-0001", 3), (17, "POT-0002", 6), (4, "POT-0001", 2))  # days ago, what, how many


def keep_for_others(demo: Demo, *, today: datetime) -> None:
    """What came in, what was sold, the bill of its first half, and what went back."""
    actor = Actor.job("demo")
    potter = _owner(demo, "POTTER", "Molėtai Pottery", OwnerKind.CONSIGNMENT)
    client = _owner(demo, "NORDEXPO", "Nordexpo Fairs", OwnerKind.CLIENT)
    skus = _take_in(demo, potter, [row[:3] for row in POTTERY], today - timedelta(days=35), actor)
    kept = _take_in(demo, client, KEPT, today - timedelta(days=30), actor)
    given: dict[str, Any] = {"company_id": demo.company.pk, "actor": actor}
    for code, _name, _units, price, _sold_at in POTTERY:
        set_consignment_term(potter.pk, sku_id=skus[code], unit_price=price, **given)
    for number, (days_ago, code, units) in enumerate(SALES, 1):
        _sell(demo, f"pottery-{number}", code, units, today - timedelta(days=days_ago), actor)
    _ship_for_client(demo, client, today, actor)
    bill_consignor(potter.pk, until=(today - timedelta(days=10)).date(), **given)
    return_to_owner(
        [OwnersGoods(kept["KEP-0002"], Decimal(10), _place(demo))],
        owner_id=client.pk, effective_at=today - timedelta(days=8), source_key="demo:kept:1", **given,
    )  # fmt: skip


def _ship_for_client(demo: Demo, client: StockOwner, today: datetime, actor: Actor) -> None:
    """Their own channel: one order left, one waits for more than they keep here."""
    channel = create_channel(
        company_id=demo.company.pk,
        code="nordexpo",
        name="Nordexpo",
        currency="EUR",
        tax_code_id=demo.vat.pk,
        actor=actor,
    )
    channel.goods_owner = client
    channel.save(update_fields=["goods_owner"])
    for number, days_ago, code, units in ((1, 12, "KEP-0002", 8), (2, 1, "KEP-0001", 9)):
        at = today - timedelta(days=days_ago)
        order = OrderInput(f"NX-{number}", at, "EUR", (LineInput(code, Decimal(units), Decimal(0)),))
        [placed] = place_orders([order], channel_id=channel.pk, actor=actor)
        if number == 1:
            fulfil_straight(placed.fulfilment_ids, company_id=demo.company.pk, actor=actor, effective_at=at)


def _owner(demo: Demo, code: str, name: str, kind: str) -> StockOwner:
    supplies = kind == OwnerKind.CONSIGNMENT
    party = ensure_party(
        company_id=demo.company.pk, code=code, name=name, currency="EUR", is_supplier=supplies, is_customer=not supplies
    )
    return StockOwner.objects.create(company=demo.company, party=party, kind=kind)


def _place(demo: Demo) -> int:
    return demo.bins[demo.warehouses[0].pk][-1].pk


def _take_in(
    demo: Demo, owner: StockOwner, goods: list[tuple[str, str, int]] | tuple[tuple[str, str, int], ...],
    at: datetime, actor: Actor,
) -> dict[str, int]:  # fmt: skip
    ids = ensure_skus([SkuInput(code=code, name=name) for code, name, _units in goods], company_id=demo.company.pk)
    receive_for_owner(
        [OwnersGoods(sku, Decimal(units), _place(demo)) for sku, (_code, _name, units) in zip(ids, goods, strict=True)],
        owner_id=owner.pk, company_id=demo.company.pk, effective_at=at, actor=actor, source_key=f"demo:owner:{owner.pk}",
    )  # fmt: skip
    return {code: sku for sku, (code, _name, _units) in zip(ids, goods, strict=True)}


def _sell(demo: Demo, number: str, code: str, units: int, at: datetime, actor: Actor) -> None:
    price = next(row[4] for row in POTTERY if row[0] == code)
    tax = round_money(units * price * VAT_RATE, 2)
    line = LineInput(code, Decimal(units), price, tax=tax, tax_code_id=demo.vat.pk, tax_rate=VAT_RATE)
    order = OrderInput(number, at, "EUR", (line,))
    [placed] = place_orders([order], channel_id=demo.channels["wholesale"].pk, actor=actor)
    fulfil_straight(placed.fulfilment_ids, company_id=demo.company.pk, actor=actor, effective_at=at)
