"""Time travel by both clocks."""

from collections import defaultdict
from decimal import Decimal

import pytest

from accounting.selectors import books_of
from inventory.selectors import available, levels, unit_costs
from inventory.selectors.valuation import Valuation
from inventory.services import LateCost, post_moves, spread_late_costs
from tests.factories.books import ACTOR, NOON
from tests.factories.costs import bought
from tests.factories.goods import (
    add_shop,
    balance,
    days_later,
    make_claim,
    make_move,
    make_shop,
    make_sku,
    make_stock,
    rows,
)
from tests.factories.history import stock_as_of, stock_value_as_of

pytestmark = pytest.mark.django_db

D = Decimal


def test_stock_and_value_as_of_any_instant():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")
    post_moves(
        [make_move(shop, sku, "4", shop.bin, shop.customer, effective_at=days_later(2))],
        company_id=shop.id,
        actor=ACTOR,
    )
    (middle,) = rows("SELECT recorded_at FROM inventory_stockmove ORDER BY id DESC LIMIT 1")[0]
    post_moves(
        [make_move(shop, sku, "1", shop.bin, shop.staging, effective_at=days_later(1))],
        company_id=shop.id,
        actor=ACTOR,
    )

    def told(at, by="effective"):
        return [(row.sku, row.warehouse, row.quantity, row.value) for row in Valuation(shop.id, at, by).rows()]

    assert told(days_later(-1)) == []
    assert told(NOON) == told(days_later(1)) == [("MUG", "LON", 10, 50)]
    assert told(days_later(2)) == [("MUG", "LON", 6, 30)]
    assert told(middle, "recorded") == [("MUG", "LON", 6, 30)]
    assert told(NOON, "recorded") == []  # nothing was in the books yet
    assert stock_as_of(shop.id, days_later(1)) == {(sku, shop.bin): 9, (sku, shop.staging): 1}


def test_the_valuation_is_the_same_from_either_end(monkeypatch):
    """What stock was worth on a day does not depend on when or how it is asked, nor on what became known later
    (luminatechnology/Tomofun_23R1#36: after a landed cost the historical valuation showed zero)."""
    shop = make_shop()
    spare = add_shop(shop.company, "PAR").bin
    skus = [make_sku(shop, code) for code in ("CUP", "MUG", "PEN")]
    for sku, (quantity, value) in zip(skus, (("7", "10.00"), ("3", "0.10"), ("9", "90.00")), strict=True):
        make_stock(shop, sku, quantity, value)
    given, books = {"company_id": shop.id, "actor": ACTOR}, books_of(shop.id)
    for day, sku, quantity, where, to in (
        (3, 0, "2", shop.bin, spare),
        (5, 1, "3", shop.bin, shop.customer),
        (9, 2, "4", shop.bin, shop.customer),
        (4, 0, "1", shop.bin, shop.customer),  # entered late
    ):
        post_moves([make_move(shop, skus[sku], quantity, where, to, effective_at=days_later(day))], **given)
    receipt = bought(shop, skus[2], "5", "60.00")
    before = Valuation(shop.id, days_later(8), per="sku")
    was = list(before.rows())
    late = LateCost(receipt, Decimal("10.00"), "landed_cost", days_later(10), "tests.case", 1, "late:1")
    spread_late_costs([late], **given)
    assert list(before.rows()) == was
    assert Valuation(shop.id, days_later(10)).sums().value == balance(shop.company, "inventory")
    instants = [recorded for (recorded,) in rows("SELECT recorded_at FROM inventory_stockmove ORDER BY id")]
    places = dict(
        rows("SELECT l.id, w.code FROM inventory_location l JOIN inventory_warehouse w ON w.id = l.warehouse_id")
    )

    for clock, moments in (("effective", [days_later(day) for day in range(-1, 11)]), ("recorded", instants)):
        for at in moments:
            there = defaultdict(Decimal)
            for (sku, place), quantity in stock_as_of(shop.id, at, by=clock).items():
                there[sku, places[place]] += quantity
            limit = {"date": books.local_date(at)} if clock == "effective" else {"recorded_at": at}
            worth = stock_value_as_of(shop.id, **limit)
            for late in (True, False):
                monkeypatch.setattr(Valuation, "_is_late", lambda self, late=late: late)
                by_sku, by_place = (list(Valuation(shop.id, at, clock, per).rows()) for per in ("sku", "warehouse"))
                assert {row.sku_id: row.value for row in by_sku if row.value} == worth
                assert {(row.sku_id, row.warehouse): row.quantity for row in by_place if row.quantity} == there
                for row in by_sku:
                    parts = [part for part in by_place if part.sku_id == row.sku_id]
                    assert sum(part.quantity for part in parts) == row.quantity
                    assert sum(part.value for part in parts) == row.value
                    assert all(part.value == round(part.value, 2) for part in parts)
                sums = Valuation(shop.id, at, clock).sums()
                assert (sums.rows, sums.value) == (len(by_place), sum(worth.values()))


def test_levels_availability_and_unit_cost():
    shop = make_shop()
    sku, never = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, sku, "3", "10.00")
    make_claim(shop, sku, "1")

    assert available(shop.id, [sku, never]) == {(sku, shop.warehouse.pk): 2}
    assert unit_costs(shop.id, [sku, never]) == {sku: D("3.333333")}
    assert [tuple(row) for row in levels(shop.id)] == [(sku, shop.warehouse.pk, 3, 3, 1, 2)]
