"""Orders of one to six lines placed, sourced, claimed and given to warehouses: a whole batch in one transaction.

Each SKU lies in about half of the warehouses, a few units in each, so that most orders need a choice and many a split.
"""

import time
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from statistics import median
from typing import Any

from django.db import connection

from backoffice.collector import calm_collector
from bench import house as our
from bench.floors import PRICE
from bench.statements import counted
from orders.inputs import AddressInput, LineInput, OrderInput
from orders.models import PostcodeCentroid
from orders.services import deciding
from orders.services.placing import place_orders

ROUNDS = 5
SINGLES = 8  # orders placed alone: one that nobody has in stock takes fewer statements
SKUS = 2_000
LINES = (1, 1, 2, 2, 3, 3, 3, 4, 5, 6)
PLACES = (("DE", "10"), ("DE", "20"), ("DE", "50"), ("DE", "80"), ("FR", "75"), ("PL", "00"), ("IT", "20"))


def measure(progress: Any, *, orders: int, warehouses: int) -> dict[str, Any]:
    """orders_per_s: the median round's, of the whole of placing; statements: of one batch, as of a batch of one."""
    house = our.build(progress, products=10)
    random = Random(42)
    shelves = [
        our.add_warehouse(
            house, f"W{n}", parcel_cost=Decimal(random.randint(3, 7)), line_cost=Decimal("0.2"),
            kg_cost=Decimal(random.randint(0, 2)) / 4, latitude=Decimal(random.randint(45, 55)),
            longitude=Decimal(random.randint(2, 20)),
        )
        for n in range(warehouses)
    ]  # fmt: skip
    our.close_warehouse(house)
    skus = _stock(house, shelves, random, progress, orders)
    for country, postcode in PLACES:
        PostcodeCentroid.objects.create(
            country=country, postcode=postcode, latitude=Decimal(random.randint(42, 54)),
            longitude=Decimal(random.randint(0, 20)),
        )  # fmt: skip
    channel_id = our.open_channel(house)
    our.analyse()
    shop = Shop(channel_id, skus, random)
    place_orders(shop.orders(20), channel_id=channel_id, actor=our.ACTOR)
    calm_collector()
    single = max(_statements_of_one(shop) for _order in range(SINGLES))
    bar = progress.add_task("orders", total=ROUNDS * orders)
    seconds, deciding_seconds, placed = [], [], []
    for _round in range(ROUNDS):
        given = shop.orders(orders)
        with Stopwatch() as decided, counted() as count:
            started = time.perf_counter()
            placed += place_orders(given, channel_id=channel_id, actor=our.ACTOR)
            seconds.append(time.perf_counter() - started)
        deciding_seconds.append(decided.seconds)
        progress.advance(bar, orders)
    if bad := [result for result in placed if result.state != "placed"]:
        raise SystemExit(f"an order did not go through: {bad[0]}")
    rates = sorted(orders / second for second in seconds)
    return {
        "orders": orders,
        "warehouses": warehouses,
        "orders_per_s": round(median(rates), 1),
        "slowest_orders_per_s": round(rates[0], 1),
        "decided_per_s": round(median(orders / second for second in deciding_seconds), 1),
        "statements": count.statements,
        "statements_of_one_order": single,
        **_outcome(channel_id),
    }


def _statements_of_one(shop: "Shop") -> int:
    with counted() as count:
        place_orders(shop.orders(1), channel_id=shop.channel_id, actor=our.ACTOR)
    return count.statements


class Stopwatch:
    """How long the choice itself takes: looking, planning, locking."""

    def __enter__(self) -> "Stopwatch":
        from orders.services import claiming

        self.seconds, self._module, self._plain = 0.0, claiming, claiming.decide

        def timed(*args: Any, **values: Any) -> Any:
            started = time.perf_counter()
            try:
                return deciding.decide(*args, **values)
            finally:
                self.seconds += time.perf_counter() - started

        claiming.decide = timed
        return self

    def __exit__(self, *details: Any) -> None:
        self._module.decide = self._plain


class Shop:
    """Orders for random SKUs to random places."""

    def __init__(self, channel_id: int, skus: list[int], random: Random) -> None:
        self.channel_id, self.skus, self.random, self.count = channel_id, skus, random, 0

    def orders(self, count: int) -> list[OrderInput]:
        return [self._order() for _number in range(count)]

    def _order(self) -> OrderInput:
        self.count += 1
        lines = [
            LineInput(f"#{sku_id}", Decimal(self.random.choice((1, 1, 1, 2, 3))), PRICE, sku_id=sku_id)
            for sku_id in self.random.sample(self.skus, self.random.choice(LINES))
        ]
        country, postcode = self.random.choice(PLACES)
        address = AddressInput(name="A buyer", postcode=f"{postcode}123", country=country)
        return OrderInput(f"S-{self.count}", datetime.now(UTC), "EUR", lines, shipping_address=address)


def _stock(house: our.House, shelves: list[int], random: Random, progress: Any, orders: int) -> list[int]:
    """Enough for all rounds, in about half of the warehouses each."""
    bar = progress.add_task("stocking the warehouses", total=len(shelves))
    codes = [f"SRC-{n:05d}" for n in range(SKUS)]
    skus = our.ensure_skus([our.SkuInput(code, code) for code in codes], company_id=house.company_id)
    each = Decimal(2 + 12 * orders * (ROUNDS + 1) // (SKUS * max(len(shelves) // 2, 1)))
    for shelf in shelves:
        our.stock(house, [sku for sku in skus if len(shelves) == 1 or random.random() < 0.5], shelf, each)
        progress.advance(bar)
    return skus


def _outcome(channel_id: int) -> dict[str, Any]:
    """What was decided, counted from the decisions and the claims."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE d.is_exact), count(*) FILTER (WHERE (d.plan->>'parcels')::int > 1),"
            " count(*) FILTER (WHERE (d.plan->>'units')::numeric < (d.plan->>'wanted')::numeric), count(*)"
            " FROM orders_sourcingdecision d JOIN orders_order o ON o.id = d.order_id WHERE o.channel_id = %s",
            [channel_id],
        )
        exact, split, short, decided = cursor.fetchone()
    return {"decided": decided, "exact": exact, "split_orders": split, "short_orders": short}
