"""Our own side of the measurement: a company with stock, and whole orders through the services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from django.db import connection, transaction

from accounting.services import create_company, create_tax_code, ensure_party
from backoffice.core.actor import Actor
from backoffice.core.db import pipelined
from bench.floors import LINES, PRICE, PRODUCTS, TAX
from inventory.models import Warehouse
from inventory.services import OpeningLine, SkuInput, add_bins, create_warehouse, ensure_skus, post_opening_stock
from orders.inputs import LineInput, OrderInput
from orders.models import Channel
from orders.services.placing import place_orders
from warehouse.services import Dispatch, Pack, Pick, confirm_picks, create_pick_lists, fulfil_straight, pack, ship

ACTOR = Actor.job("bench")
COST = Decimal(10)
PLENTY = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class House:
    company_id: int
    channel_id: int
    bin_id: int
    tax_code_id: int
    sku_ids: list[int]


def build(progress: Any, *, products: int = PRODUCTS, stock: Decimal = PLENTY) -> House:
    """A company with one channel, one warehouse, and `products` SKUs with `stock` units each in one bin."""
    company = create_company(code="bench", name="Bench", base_currency="EUR", country="DE", actor=ACTOR)
    party = ensure_party(company_id=company.pk, code="SHOP", name="Shop", currency="EUR", is_channel=True)
    tax_code = create_tax_code(
        company_id=company.pk, code="STD", name="Standard", rates=[(date(2000, 1, 1), Decimal("0.2"))]
    )
    warehouse = create_warehouse(company_id=company.pk, code="MAIN", name="Main", actor=ACTOR)
    (shelf,) = add_bins(["A-01"], warehouse=warehouse)
    channel = Channel.objects.create(
        company_id=company.pk, code="shop", name="Shop", party=party, currency="EUR", tax_code=tax_code,
        warehouse_id=warehouse.pk,
    )  # fmt: skip
    house = House(company.pk, channel.pk, shelf.pk, tax_code.pk, [])
    step = 1_000
    bar = progress.add_task("preparing products and stock", total=products)
    for start in range(0, products, step):
        codes = [f"SKU-{n:05d}" for n in range(start, min(start + step, products))]
        house.sku_ids.extend(add_stocked_skus(house, codes, stock))
        progress.update(bar, completed=len(house.sku_ids))
    prime(house, progress)
    return house


def prime(house: House, progress: Any, *, batches: int = 2, size: int = 250) -> None:
    """500 orders and ANALYZE, as autovacuum does within a minute: plans made on empty tables are bad ones."""
    bar = progress.add_task("first orders", total=batches)
    maker = Maker(house, seed=0)
    for _batch in range(batches):
        maker.straight(maker.orders(size))
        progress.advance(bar)
    analyse()


def add_stocked_skus(house: House, codes: Sequence[str], quantity: Decimal) -> list[int]:
    sku_ids = ensure_skus([SkuInput(code, f"Product {code}") for code in codes], company_id=house.company_id)
    stock(house, sku_ids, house.bin_id, quantity)
    return sku_ids


def stock(house: House, sku_ids: Sequence[int], bin_id: int, quantity: Decimal, *, at: datetime | None = None) -> None:
    """So many units of each in one bin."""
    post_opening_stock(
        [OpeningLine(sku_id, bin_id, quantity, quantity * COST) for sku_id in sku_ids],
        company_id=house.company_id, effective_at=at or datetime.now(UTC), actor=ACTOR,
        source_key=f"opening:{bin_id}:{sku_ids[0]}",
    )  # fmt: skip


def add_warehouse(house: House, code: str, **values: Any) -> int:
    """One more warehouse; the id of its only bin. values: fields that its sourcing looks at."""
    warehouse = create_warehouse(company_id=house.company_id, code=code, name=code, actor=ACTOR)
    if values:
        Warehouse.objects.filter(pk=warehouse.pk).update(**values)
    return add_bins(["A-01"], warehouse=warehouse)[0].pk


def close_warehouse(house: House) -> None:
    """The first one ships no more: only those that were added are chosen from."""
    Warehouse.objects.filter(company_id=house.company_id, code="MAIN").update(is_active=False)


def open_channel(house: House, **values: Any) -> int:
    """A channel that is bound to no warehouse."""
    bound = Channel.objects.get(pk=house.channel_id)
    return Channel.objects.create(
        company_id=house.company_id, code="open", name="Open", party=bound.party, currency="EUR",
        tax_code_id=house.tax_code_id, **values,
    ).pk  # fmt: skip


def analyse() -> None:
    """Only the owner may."""
    from backoffice.core.roles import as_owner

    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class Maker:
    """Orders of three lines for random SKUs, and the services that take them to cash."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.random, self.prefix, self.count = house, Random(seed), f"{seed}-{datetime.now(UTC):%f}", 0

    def orders(self, count: int) -> list[OrderInput]:
        return [self._order() for _number in range(count)]

    def _order(self) -> OrderInput:
        self.count += 1
        lines = [
            LineInput(
                channel_sku=f"#{sku_id}", quantity=Decimal(1), unit_price=PRICE, sku_id=sku_id, tax=TAX,
                tax_code_id=self.house.tax_code_id, tax_rate=Decimal("0.2"),
            )
            for sku_id in self.random.sample(self.house.sku_ids, LINES)
        ]  # fmt: skip
        return OrderInput(f"{self.prefix}-{self.count}", datetime.now(UTC), "EUR", lines)

    def straight(self, orders: Sequence[OrderInput]) -> None:
        """Place, claim, pick, pack, ship, invoice, post: one transaction."""
        with transaction.atomic(), pipelined():
            fulfilments = self._place(orders)
            shipped = fulfil_straight(
                fulfilments, company_id=self.house.company_id, effective_at=datetime.now(UTC), actor=ACTOR
            )
        _expect(len(shipped) == len(orders) and all(s.invoice_number for s in shipped), shipped)

    def steps(self, orders: Sequence[OrderInput]) -> None:
        """The same in a transaction for each of place, pick, pack, ship, as people and scanners do it."""
        company_id, now = self.house.company_id, datetime.now(UTC)
        with transaction.atomic():
            fulfilments = self._place(orders)
        with transaction.atomic():
            lists = create_pick_lists(fulfilments, company_id=company_id, actor=ACTOR)
            picks = [Pick(task_id, quantity) for made in lists for task_id, quantity in made.tasks]
            picked = confirm_picks(picks, company_id=company_id, effective_at=now, actor=ACTOR)
        _expect(len(picked) == LINES * len(orders), lists)
        with transaction.atomic():
            packed = pack([Pack(f) for f in fulfilments], company_id=company_id, effective_at=now, actor=ACTOR)
        with transaction.atomic():
            dispatches = [
                Dispatch(p.shipment_id, "DHL", "parcel", f"T{p.shipment_id}", now) for p in packed if p.shipment_id
            ]
            shipped = ship(dispatches, company_id=company_id, actor=ACTOR)
        _expect(len(shipped) == len(orders) and all(s.invoice_number for s in shipped), shipped)

    def _place(self, orders: Sequence[OrderInput]) -> list[int]:
        placed = place_orders(orders, channel_id=self.house.channel_id, actor=ACTOR)
        fulfilments = [f for p in placed for f in p.fulfilment_ids]
        _expect(len(fulfilments) == len(orders) and not any(p.back_ordered for p in placed), placed)
        return fulfilments


def _expect(holds: bool, shown: object) -> None:
    if not holds:
        raise RuntimeError(f"an order did not go through: {shown}")
