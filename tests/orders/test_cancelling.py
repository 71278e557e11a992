"""Cancelling frees exactly what was cancelled, and never what a warehouse works on."""

from decimal import Decimal

import pytest

from orders.errors import BeingPicked, NothingToCancel, NotReady
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from orders.services import (
    begin_picking,
    cancel_order,
    complete_orders,
    fulfil_allocated,
    return_to_ready,
)
from tests.factories.books import ACTOR
from tests.factories.goods import add_shop, level, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused
from tests.factories.sales import line, make_channel, order, orders_written, place, ship, shipping

pytestmark = pytest.mark.django_db
D = Decimal


def cancel(shop, result, lines=None) -> str:
    return cancel_order(result.order_id, company_id=shop.id, actor=ACTOR, reason="buyer's wish", lines=lines)


def test_a_whole_order_is_cancelled_and_its_goods_are_free():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2")
    (result,) = place(make_channel(shop), order("A", line(quantity="3")))

    assert cancel(shop, result) == "cancelled"

    assert level(shop, sku) == (2, 2, 0)
    assert rows("SELECT quantity, claimed FROM inventory_demand") == [(0, 0)]
    assert (Order.objects.get().status, Fulfilment.objects.get().status) == ("cancelled", "cancelled")
    assert OrderLine.objects.get().cancelled == 3
    assert rows("SELECT payload->>'status' FROM core_outboxevent WHERE topic = 'OrderCancelled'") == [("cancelled",)]
    before = orders_written()
    with refused(NotReady):
        cancel(shop, result)
    assert orders_written() == before


def test_a_part_takes_what_nobody_claimed_first():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "2")
    (result,) = place(make_channel(shop), order("A", line(quantity="4")))
    kept = OrderLine.objects.get()

    cancel(shop, result, {kept.pk: D(1)})
    assert (level(shop, sku)[2], FulfilmentLine.objects.get().quantity) == (2, 2)
    cancel(shop, result, {kept.pk: D(2)})

    assert (level(shop, sku)[2], FulfilmentLine.objects.get().quantity) == (1, 1)
    assert rows("SELECT quantity, claimed FROM inventory_demand") == [(1, 1)]
    assert Order.objects.get().status == "released"
    assert Order.objects.get().version == 3


def test_more_than_is_open_is_refused():
    shop = make_shop()
    make_stock(shop, make_sku(shop), "5")
    (result,) = place(make_channel(shop), order("A", line(quantity="3")))
    kept = OrderLine.objects.get()
    before = orders_written()

    for lines in ({kept.pk: D(4)}, {kept.pk: D(0)}, {kept.pk + 1: D(1)}, {}):
        with refused(NothingToCancel):
            cancel(shop, result, lines)

    assert orders_written() == before


def test_what_is_being_picked_is_kept_until_the_warehouse_gives_it_back():
    shop = make_shop()
    north = add_shop(shop.company, "YRK")
    sku = make_sku(shop)
    make_stock(shop, sku, "2")
    make_stock(north, sku, "2")
    (result,) = place(make_channel(shop), order("A", line(quantity="5")))
    kept = OrderLine.objects.get()
    picking, ready = Fulfilment.objects.order_by("pk")
    begin_picking([picking.pk], company_id=shop.id, actor=ACTOR)
    before = orders_written()

    with refused(BeingPicked):
        cancel(shop, result)
    assert orders_written() == before
    assert cancel(shop, result, {kept.pk: D(3)}) == "released"

    assert (level(shop, sku)[2], level(north, sku)[2]) == (2, 0)
    assert list(Fulfilment.objects.order_by("pk").values_list("status", flat=True)) == ["picking", "cancelled"]
    return_to_ready([picking.pk], company_id=shop.id, actor=ACTOR, reason="cancelled by the buyer")
    assert cancel(shop, result) == "cancelled"
    assert level(shop, sku)[2] == 0


def test_cancelling_the_rest_of_a_partly_shipped_order_ends_it_as_shipped():
    shop = make_shop()
    sku = make_sku(shop)
    make_stock(shop, sku, "1")
    (result,) = place(make_channel(shop), order("A", line(quantity="3"), charges=[shipping()]))
    ship(shop, result)

    assert cancel(shop, result) == "shipped"
    complete_orders([result.order_id], company_id=shop.id, actor=ACTOR)

    assert Order.objects.get().status == "completed"
    assert fulfil_allocated(company_id=shop.id, actor=ACTOR) == []


def test_an_order_held_for_mapping_can_be_cancelled():
    shop = make_shop()
    (result,) = place(make_channel(shop), order("A", line("NOPE")))

    assert cancel(shop, result) == "cancelled"
