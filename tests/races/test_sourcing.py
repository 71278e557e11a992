"""Buyers who must be sent to one of several warehouses, all at once: no unit is sold twice, and none is left lying."""

from threading import Barrier
from typing import Any

import pytest

from backoffice.core.proof import run_checks
from orders.services import deciding, pin_orders, source_again, unpin_orders
from tests.factories.books import ACTOR
from tests.factories.goods import level
from tests.factories.sales import line, order, place
from tests.factories.sourcing import Map
from tests.races.test_last_unit import THREADS, deadlocks, together

pytestmark = pytest.mark.django_db(transaction=True)


def served(world: Map) -> list[int]:
    """Units claimed in each warehouse."""
    return [int(level(house, world.mug)[2]) for house in world.houses]


def test_sixteen_buyers_of_the_last_units_of_three_warehouses_get_every_one():
    """Answers overselling by parallel checkouts (saleor/saleor#543, vendurehq/vendure#3508) and its other side: a
    buyer told "out of stock" while another warehouse still has the goods (medusajs/medusa#14987)."""
    world = Map(mug=("5", "4", "3"))
    before = deadlocks()

    results = together(lambda number: place(world.channel, order(f"B{number}", line("MUG")))[0])

    assert sorted(result.back_ordered for result in results) == [False] * 12 + [True] * 4
    assert served(world) == [5, 4, 3]
    assert deadlocks() == before
    assert run_checks().ok


def test_negative_control_without_the_lock_units_are_left_lying(monkeypatch):
    """The very same race, planned on a look that nobody holds: all go to the first warehouse, most come too late."""
    world = Map(mug=("5", "4", "3"))
    planned = Barrier(THREADS)

    def unlocked(*args: Any, **values: Any) -> dict[Any, Any]:
        planned.wait(timeout=60)
        return {}

    monkeypatch.setattr(deciding, "lock_supply", unlocked)

    together(lambda number: place(world.channel, order(f"B{number}", line("MUG")))[0])

    assert served(world) == [5, 0, 0]


def test_pins_and_orders_for_the_same_goods_do_not_deadlock():
    """Answers deadlocks of stock rows taken in another order (frappe/erpnext#51375, odoo/odoo#78786): pins give back
    in one warehouse what they claim in another while buyers do the opposite."""
    world = Map(mug=("40", "40", "40"), cup=("40", "40", "40"))
    placed = place(world.channel, *[order(f"O{n}", line("MUG"), line("CUP")) for n in range(THREADS)])
    before = deadlocks()

    def work(number: int) -> str:
        ids = [placed[number].order_id]
        houses = [world.houses[(number + turn) % 3].warehouse.pk for turn in range(3)]
        for turn, house in enumerate(houses):
            pin_orders(ids, warehouse_id=house, company_id=world.london.id, actor=ACTOR, reason="x")
            place(world.channel, order(f"N{number}-{turn}", line("CUP"), line("MUG")))
        unpin_orders(ids, company_id=world.london.id, actor=ACTOR, reason="x")
        source_again(ids, company_id=world.london.id, actor=ACTOR, reason="x")
        return "done"

    assert together(work) == ["done"] * THREADS
    assert deadlocks() == before
    for sku in (world.mug, world.cup):
        assert sum(level(house, sku)[2] for house in world.houses) == THREADS * 4
    assert run_checks().ok
