"""Time travel by both clocks."""

from decimal import Decimal

import pytest

from inventory.selectors import available, levels, stock_as_of, stock_value_as_of, unit_costs, value_as_of
from inventory.services import post_moves
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import days_later, make_claim, make_move, make_shop, make_sku, make_stock, rows

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

    assert stock_as_of(shop.id, days_later(-1)) == {}
    assert stock_as_of(shop.id, NOON) == {(sku, shop.bin): 10}
    assert stock_as_of(shop.id, days_later(1)) == {(sku, shop.bin): 9, (sku, shop.staging): 1}
    assert stock_as_of(shop.id, days_later(2)) == {(sku, shop.bin): 5, (sku, shop.staging): 1}
    assert stock_as_of(shop.id, middle, by="recorded") == {(sku, shop.bin): 6}
    assert stock_as_of(shop.id, days_later(2), sku_ids=[]) == {}
    assert value_as_of(shop.id, date=days_later(-1).date()) == 0
    assert value_as_of(shop.id, date=days_later(1).date()) == 50
    assert value_as_of(shop.id, date=days_later(2).date()) == 30
    assert value_as_of(shop.id, recorded_at=middle) == 30
    assert stock_value_as_of(shop.id) == {sku: 30}


def test_levels_availability_and_unit_cost():
    shop = make_shop()
    sku, never = make_sku(shop), make_sku(shop, "CUP")
    make_stock(shop, sku, "3", "10.00")
    make_claim(shop, sku, "1")

    assert available(shop.id, [sku, never]) == {(sku, shop.warehouse.pk): 2}
    assert unit_costs(shop.id, [sku, never]) == {sku: D("3.333333")}
    assert [tuple(row) for row in levels(shop.id)] == [(sku, shop.warehouse.pk, 3, 3, 1, 2)]
