"""The last component makes one kit, whoever asks; and components claimed one by one tear the kits apart."""

from threading import Barrier

import pytest
from django.db import DatabaseError

from backoffice.core.proof import run_checks
from orders.models import Order
from tests.factories.goods import level, make_demand, make_shop, make_sku, make_stock, rows
from tests.factories.kits import make_kit
from tests.factories.sales import line, make_channel, order, place
from tests.races.test_last_unit import deadlocks, raw_claim, together

pytestmark = pytest.mark.django_db(transaction=True)


def make_last_set(mugs: str = "9"):
    """Stock for one SET (a mug and a cup)."""
    shop = make_shop()
    mug, cup = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, mug, mugs, "9.00")
    make_stock(shop, cup, "1", "1.00")
    make_kit(shop, {mug: "1", cup: "1"})
    return shop, mug, cup


def test_of_orders_for_the_last_component_one_gets_the_kit_and_the_others_nothing_of_it():
    shop, mug, cup = make_last_set()
    channel = make_channel(shop)
    before = deadlocks()

    def buy(number: int) -> bool:
        (result,) = place(channel, order(f"K{number}", line("SET"), line("CUP") if number % 2 else line("SET")))
        return result.back_ordered

    together(buy, threads=8)

    assert level(shop, cup)[2] == 1
    alone = rows(
        "SELECT coalesce(sum(d.claimed), 0) FROM inventory_demand d WHERE d.sku_id = %s AND d.kit_group IS NULL", cup
    )[0][0]
    assert level(shop, mug)[2] == 1 - alone  # a mug for each kit that has its cup, none hoarded
    assert (
        rows(
            "SELECT kit_group FROM inventory_demand WHERE kit_group IS NOT NULL GROUP BY kit_group"
            " HAVING count(DISTINCT claimed / kit_ratio) > 1"
        )
        == []
    )
    assert (Order.objects.count(), deadlocks()) == (8, before)
    assert run_checks().ok


def test_negative_control_components_claimed_apart_leave_two_halves_and_no_kit():
    """What the test above would find without whole kits under one lock: a mug for one, the cup for the other."""
    shop, mug, cup = make_last_set("1")
    demands = [(make_demand(shop, mug), make_demand(shop, cup)) for _order in range(2)]
    between = Barrier(2)

    def buy(number: int) -> list[bool]:
        parts = [(mug, demands[number][0]), (cup, demands[number][1])]
        got = []
        for sku, demand in parts if number == 0 else reversed(parts):
            try:
                raw_claim(shop, sku, demand)
                got.append(True)
            except DatabaseError:
                got.append(False)
            between.wait(timeout=60)
        return got

    assert together(buy, threads=2) == [[True, False], [True, False]]
    assert (level(shop, mug)[2], level(shop, cup)[2]) == (1, 1)
