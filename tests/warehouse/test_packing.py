"""Packing: what was picked lies in parcels, and a shipment says so."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts, make_channel, make_order, make_picked, status_of
from tests.factories.goods import make_shop, make_sku, make_stock, rows
from warehouse.models import Parcel, ParcelLine
from warehouse.services import Pack, Pick, confirm_picks, create_pick_lists, pack

pytestmark = pytest.mark.django_db
D = Decimal


def test_everything_picked_goes_into_one_parcel():
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug)
    make_stock(shop, cup)
    placed = make_order(make_channel(shop), {mug: "2", cup: "3"})
    make_picked(shop, placed)

    (packed,) = pack([Pack(placed.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR, device="bench-1")

    assert packed.state == "packed"
    assert status_of("orders_shipment", packed.shipment_id) == "draft"
    assert status_of("orders_fulfilment", placed.fulfilment_id) == "packed"
    parcel = Parcel.objects.get()
    assert (parcel.shipment_id, parcel.position, parcel.packed_at, parcel.device) == (
        packed.shipment_id,
        1,
        NOON,
        "bench-1",
    )
    assert sorted(ParcelLine.objects.values_list("quantity", flat=True)) == [2, 3]
    assert broken_checks() == []


def test_goods_are_parted_over_parcels_as_told():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    placed = make_order(make_channel(shop), {mug: "5"})
    make_picked(shop, placed)
    ((line,),) = rows("SELECT id FROM orders_fulfilmentline")

    (packed,) = pack(
        [Pack(placed.fulfilment_id, [(1200, {line: D(2)}), (1800, {line: D(3)})])],
        company_id=shop.id,
        effective_at=NOON,
        actor=ACTOR,
    )

    found = rows(
        "SELECT p.position, p.weight_g, l.quantity FROM warehouse_parcel p"
        " JOIN warehouse_parcelline l ON l.parcel_id = p.id WHERE p.shipment_id = %s ORDER BY 1",
        packed.shipment_id,
    )
    assert found == [(1, 1200, 2), (2, 1800, 3)]
    assert broken_checks() == []


@pytest.mark.parametrize("quantities", [["2", "2"], ["2", "4"], ["5", "0"]])
def test_parcels_that_do_not_hold_the_picks_are_refused(quantities):
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    placed = make_order(make_channel(shop), {mug: "5"})
    make_picked(shop, placed)
    ((line,),) = rows("SELECT id FROM orders_fulfilmentline")
    before = facts()

    (packed,) = pack(
        [Pack(placed.fulfilment_id, [(None, {line: D(q)}) for q in quantities])],
        company_id=shop.id,
        effective_at=NOON,
        actor=ACTOR,
    )

    assert (packed.state, packed.code) == ("refused", "parcels_do_not_match")
    assert facts() == before
    assert status_of("orders_fulfilment", placed.fulfilment_id) == "picked"


def test_unpicked_is_refused_packed_is_already_the_rest_go_on():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    channel = make_channel(shop)
    ready, first, second = (make_order(channel, {mug: "1"}, n) for n in ("1", "2", "3"))
    make_picked(shop, first)
    make_picked(shop, second)
    (before,) = pack([Pack(first.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    packs = [Pack(one.fulfilment_id) for one in (ready, first, second)]
    results = pack(packs, company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert [(r.state, r.code) for r in results] == [("refused", "not_picked"), ("already", ""), ("packed", "")]
    assert results[1].shipment_id == before.shipment_id
    assert Parcel.objects.count() == 2


def test_a_short_pick_packs_what_is_there():
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug)
    make_stock(shop, cup)
    placed = make_order(make_channel(shop), {mug: "2", cup: "3"})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    picks = [Pick(task, quantity - 2) for task, quantity in made.tasks]
    confirm_picks(picks, company_id=shop.id, effective_at=NOON, actor=ACTOR)

    (packed,) = pack([Pack(placed.fulfilment_id)], company_id=shop.id, effective_at=NOON, actor=ACTOR)

    assert packed.state == "packed"
    assert list(ParcelLine.objects.values_list("quantity", flat=True)) == [1]
    assert broken_checks() == []


def test_statements_do_not_grow_with_the_batch():
    shop = make_shop()
    skus = [make_sku(shop, f"S{n}") for n in range(3)]
    for sku in skus:
        make_stock(shop, sku, "1000", "1000.00")
    channel = make_channel(shop)
    placed = [make_order(channel, dict.fromkeys(skus, "1"), f"o{n}") for n in range(12)]
    for one in placed:
        make_picked(shop, one)

    counts = []
    for batch in (placed[:1], placed[1:]):
        with CaptureQueriesContext(connection) as queries:
            packs = [Pack(one.fulfilment_id) for one in batch]
            pack(packs, company_id=shop.id, effective_at=NOON, actor=ACTOR)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 7
