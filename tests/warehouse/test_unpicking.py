"""Un-picking and unpacking: the order keeps its claims, the goods get put-back tasks, nothing is lost on the way."""

from decimal import Decimal

import pytest

from backoffice.core.errors import IllegalTransition
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import (
    broken_checks,
    facts,
    in_place,
    make_channel,
    make_order,
    make_packed,
    make_picked,
    status_of,
)
from tests.factories.goods import level, make_shop, make_sku, make_stock, rows
from tests.factories.refusals import refused
from warehouse.models import FloorTask
from warehouse.services import Dispatch, Pick, confirm_picks, create_pick_lists, ship, unpack, unpick

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def picked(db):
    """(shop, MUG, CUP, placed): MUG 2 and CUP 3 of one order on a list, MUG picked."""
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug, at=shop.bin)
    make_stock(shop, cup, at=shop.second_bin)
    placed = make_order(make_channel(shop), {mug: "2", cup: "3"})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    task = rows("SELECT id FROM warehouse_picktask WHERE sku_id = %s", mug)[0][0]
    confirm_picks([Pick(task, D(2))], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    return shop, mug, cup, placed


def test_picked_goods_get_a_put_back_task_and_the_order_keeps_its_claims(picked):
    shop, mug, cup, placed = picked

    [result] = unpick([placed.fulfilment_id], company_id=shop.id, actor=ACTOR, reason="Van broke down")

    assert (result.state, result.put_back) == ("unpicked", 2)
    assert status_of("orders_fulfilment", placed.fulfilment_id) == "ready"
    task = FloorTask.objects.get()
    assert (task.from_location_id, task.to_location_id, task.quantity) == (shop.staging, shop.bin, 2)
    assert "Van broke down" in task.reason
    assert (in_place(mug, shop.staging), in_place(cup, shop.second_bin)) == ((2, 0), (10, 0))
    assert level(shop, mug) == (10, 10, 2)
    assert rows("SELECT sum(picked) FROM orders_fulfilmentline") == [(0,)]
    assert broken_checks() == []
    (again,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    assert again.state == "created"  # from the bins: there is enough
    confirm_picks(
        [Pick(pk, quantity) for pk, quantity in again.tasks], company_id=shop.id, effective_at=NOON, actor=ACTOR
    )
    assert status_of("orders_fulfilment", placed.fulfilment_id) == "picked"
    assert broken_checks() == []


def test_what_is_packed_is_unpacked_first_and_what_is_ready_is_refused(picked):
    shop, mug, _cup, placed = picked
    other = make_order(make_channel(shop, "two"), {mug: "1"}, "2")
    untouched = make_order(make_channel(shop, "three"), {mug: "1"}, "3")
    shipment = make_packed(shop, other)
    before = facts()

    results = unpick([other.fulfilment_id, untouched.fulfilment_id], company_id=shop.id, actor=ACTOR, reason="Wrong")

    assert [(each.state, each.code) for each in results] == [("refused", "packed"), ("refused", "not_picking")]
    assert facts() == before
    assert unpack([other.fulfilment_id], company_id=shop.id, actor=ACTOR, reason="Wrong box") == [shipment]
    assert status_of("orders_shipment", shipment) == "voided"
    [done] = unpick([other.fulfilment_id], company_id=shop.id, actor=ACTOR, reason="Wrong box")
    assert (done.state, done.put_back) == ("unpicked", 1)
    assert status_of("orders_fulfilment", other.fulfilment_id) == "ready"
    assert broken_checks() == []
    assert placed.order_id


def test_what_has_left_is_not_unpacked():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    placed = make_order(make_channel(shop), {mug: "2"})
    shipment = make_packed(shop, placed)
    ship([Dispatch(shipment, "DHL", "parcel", "T", NOON)], company_id=shop.id, actor=ACTOR)

    with refused(IllegalTransition):
        unpack([placed.fulfilment_id], company_id=shop.id, actor=ACTOR, reason="Too late")

    assert status_of("orders_shipment", shipment) == "in_transit"


def test_a_picked_order_ships_after_an_unpick_as_if_nothing_had_been():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "4")
    placed = make_order(make_channel(shop), {mug: "2"})
    make_picked(shop, placed)
    unpick([placed.fulfilment_id], company_id=shop.id, actor=ACTOR, reason="Later")

    shipment = make_packed(shop, placed)
    [sent] = ship([Dispatch(shipment, "DHL", "parcel", "T", NOON)], company_id=shop.id, actor=ACTOR)

    assert sent.state == "shipped"
    assert in_place(mug, shop.staging) == (2, 0)  # they wait for their put-back task
    assert level(shop, mug) == (2, 2, 0)
    assert broken_checks() == []
