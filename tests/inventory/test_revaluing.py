"""change_values: value without goods."""

from decimal import Decimal

import pytest

from inventory.errors import StockRefused
from inventory.services import ValueChangeRequest, change_values, post_moves
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import balance, cost, make_move, make_shop, make_sku, make_stock, rows, written
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

D = Decimal


def change(sku, value, key="landed:1", **values):
    return ValueChangeRequest(sku, D(value), "landed", NOON, "tests.case", 1, key, **values)


def test_landed_cost_raises_the_average():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "10", "50.00")

    change_values([change(sku, "10.00", offset_role="grni")], company_id=shop.id, actor=ACTOR)

    assert cost(sku) == (10, 60)
    assert balance(shop.company, "inventory") == 60
    assert balance(shop.company, "grni") == -10
    (issue,) = post_moves([make_move(shop, sku, "1", shop.bin, shop.customer)], company_id=shop.id, actor=ACTOR)
    assert issue.value == -6


def test_a_fifo_skus_change_is_spread_over_what_is_left_of_its_layers():
    shop = make_shop()
    sku = make_sku(shop, cost_method="fifo")
    make_stock(shop, sku, "2", "10.00", key="first")
    make_stock(shop, sku, "4", "20.00", at=shop.second_bin, key="second")
    post_moves([make_move(shop, sku, "1", shop.bin, shop.customer)], company_id=shop.id, actor=ACTOR)

    change_values([change(sku, "1.00")], company_id=shop.id, actor=ACTOR)
    change_values([change(sku, "-26.00", key="writedown:1")], company_id=shop.id, actor=ACTOR)

    assert rows("SELECT remaining, remaining_value, changed_value FROM inventory_costlayer ORDER BY move_id") == [
        (1, 0, -5),
        (4, 0, -20),
    ]
    assert cost(sku) == (5, 0)


@pytest.mark.parametrize(("stock", "value", "code"), [(True, "-50.01", "below_zero"), (False, "1.00", "no_stock")])
def test_an_impossible_change_is_refused(stock, value, code):
    shop = make_shop()
    sku = make_sku(shop)
    if stock:
        make_stock(shop, sku, "10", "50.00")
    before = written()

    with refused(StockRefused) as caught:
        change_values([change(sku, value)], company_id=shop.id, actor=ACTOR)

    assert caught.value.context["items"][0]["code"] == code
    assert written() == before
