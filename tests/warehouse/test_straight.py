"""The whole way at once: goods leave their bins by their move alone, and never those that a picker walks for."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.models import BinClaim, StockMove
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, make_channel, make_order, make_picked, status_of
from tests.factories.goods import level, make_shop, make_sku, make_stock, rows
from tests.races.test_last_unit import deadlocks, together
from warehouse.models import PickList
from warehouse.services import create_pick_lists, fulfil_straight

pytestmark = pytest.mark.django_db
D = Decimal


def straight(shop, *placed):
    return fulfil_straight([each.fulfilment_id for each in placed], company_id=shop.id, actor=ACTOR, effective_at=NOON)


def test_straight_takes_a_batch_the_whole_way_each_at_its_own_time():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "10", "50.00", at=shop.bin)
    channel = make_channel(shop)
    first, second, picking = (make_order(channel, {mug: "2"}, n) for n in ("1", "2", "3"))
    make_picked(shop, picking)
    later = NOON + timedelta(hours=3)

    results = fulfil_straight(
        [first.fulfilment_id, second.fulfilment_id, picking.fulfilment_id],
        company_id=shop.id,
        actor=ACTOR,
        effective_at={first.fulfilment_id: NOON, second.fulfilment_id: later, picking.fulfilment_id: NOON},
    )

    assert [(r.state, r.code) for r in results] == [("shipped", ""), ("shipped", ""), ("refused", "not_ready")]
    assert rows("SELECT shipped_at FROM orders_shipment ORDER BY id") == [(NOON,), (later,)]
    assert rows("SELECT effective_at FROM accounting_invoice ORDER BY id") == [(NOON,), (later,)]
    assert level(shop, mug) == (6, 6, 2)
    assert broken_checks() == []


def test_goods_leave_their_bins_without_pick_lists_and_the_trail_shows_each_step():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "10", "50.00", at=shop.bin)
    placed = make_order(make_channel(shop), {mug: "3"})

    (done,) = straight(shop, placed)

    assert done.state == "shipped"
    assert not PickList.objects.exists() and not BinClaim.objects.exists()
    move = StockMove.objects.get(reason="sale")
    assert (move.from_location_id, move.quantity, move.allocation_id is not None) == (shop.bin, 3, True)
    assert in_place(mug, shop.bin) == (7, 0)
    assert rows("SELECT quantity, picked, shipped FROM orders_fulfilmentline") == [(3, 3, 3)]
    trail = "SELECT new_value FROM core_auditevent WHERE object_type = 'orders.fulfilment' ORDER BY id"
    assert rows(trail) == [("picking",), ("picked",), ("packed",), ("shipped",)]
    assert broken_checks() == []


def test_what_a_picker_walks_for_is_refused_and_what_he_claimed_stays_his():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "5", "50.00", at=shop.bin)
    channel = make_channel(shop)
    walked, other = make_order(channel, {mug: "3"}, "1"), make_order(channel, {mug: "2"}, "2")
    create_pick_lists([walked.fulfilment_id], company_id=shop.id, actor=ACTOR)

    refused, done = straight(shop, walked, other)

    assert [(r.state, r.code) for r in (refused, done)] == [("refused", "being_picked"), ("shipped", "")]
    assert in_place(mug, shop.bin) == (3, 3)
    assert status_of("orders_fulfilment", walked.fulfilment_id) == "picking"
    assert broken_checks() == []


def test_goods_that_are_not_in_bins_keep_their_order_and_nothing_is_written_for_it():
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug, "5", "50.00", at=shop.bin)
    make_stock(shop, cup, "5", "50.00", at=shop.dock)
    channel = make_channel(shop)
    on_dock, in_bin = make_order(channel, {cup: "1", mug: "1"}, "1"), make_order(channel, {mug: "1"}, "2")

    refused, done = straight(shop, on_dock, in_bin)

    assert [(r.state, r.code) for r in (refused, done)] == [("refused", "not_in_bins"), ("shipped", "")]
    assert status_of("orders_fulfilment", on_dock.fulfilment_id) == "ready"
    assert rows("SELECT count(*) FROM orders_shipment WHERE order_id = %s", on_dock.order_id) == [(0,)]
    assert broken_checks() == []


def test_one_and_twelve_orders_cost_the_same_statements():
    shop = make_shop()
    skus = [make_sku(shop, f"S{n}") for n in range(3)]
    for sku in skus:
        make_stock(shop, sku, "1000", "1000.00", at=shop.bin)
    channel = make_channel(shop)
    placed = [make_order(channel, dict.fromkeys(skus, "1"), f"o{n}") for n in range(13)]
    straight(shop, placed.pop())  # the month and its dimensions are there now

    counts = []
    for batch in (placed[:1], placed[1:]):
        with CaptureQueriesContext(connection) as queries:
            straight(shop, *batch)
        counts.append(len(queries))

    assert counts == [18, 18]


@pytest.mark.django_db(transaction=True)
def test_pickers_and_the_straight_way_share_a_bin_to_the_last_unit():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "16", "160.00", at=shop.bin)
    channel = make_channel(shop)
    placed = [make_order(channel, {mug: "1"}, f"o{n}") for n in range(16)]
    before = deadlocks()

    def work(number):
        with transaction.atomic():
            if number % 2:
                return straight(shop, placed[number])[0].state
            return create_pick_lists([placed[number].fulfilment_id], company_id=shop.id, actor=ACTOR)[0].state

    states = together(work, 16)

    assert sorted(states) == ["created"] * 8 + ["shipped"] * 8
    assert in_place(mug, shop.bin) == (8, 8)
    assert level(shop, mug) == (8, 8, 8)
    assert (deadlocks(), broken_checks()) == (before, [])
