"""Pick lists: bins claimed, tasks in walking order; what cannot be picked is refused and leaves nothing."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Location
from orders.errors import NotFound
from orders.models import Hold
from tests.factories.books import ACTOR
from tests.factories.floor import facts, in_place, make_channel, make_order, status_of
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.refusals import refused
from warehouse.models import PickList, PickTask
from warehouse.services import create_pick_lists

pytestmark = pytest.mark.django_db
D = Decimal


def test_tasks_are_in_walking_order_with_their_bins_claimed():
    shop = make_shop()
    Location.objects.filter(pk=shop.bin).update(pick_sequence=20)
    Location.objects.filter(pk=shop.second_bin).update(pick_sequence=10)
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug, "10", at=shop.bin)
    make_stock(shop, cup, "10", at=shop.second_bin)
    placed = make_order(make_channel(shop), {mug: "2", cup: "3"})

    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)

    assert made.state == "created"
    tasks = PickTask.objects.filter(pick_list_id=made.pick_list_id).order_by("id")
    assert [(t.sku_id, t.from_location_id, t.to_location_id, t.quantity, t.status) for t in tasks] == [
        (cup, shop.second_bin, shop.staging, D(3), "open"),
        (mug, shop.bin, shop.staging, D(2), "open"),
    ]
    assert made.tasks == tuple((t.pk, t.quantity) for t in tasks)
    assert in_place(mug, shop.bin) == (10, 2)
    assert status_of("orders_fulfilment", placed.fulfilment_id) == "picking"
    assert status_of("warehouse_picklist", made.pick_list_id) == "open"


def test_one_line_from_two_bins_makes_two_tasks():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug, "3", at=shop.bin)
    make_stock(shop, mug, "4", at=shop.second_bin)
    placed = make_order(make_channel(shop), {mug: "5"})

    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)

    assert [quantity for _task, quantity in made.tasks] == [3, 2]
    assert (in_place(mug, shop.bin), in_place(mug, shop.second_bin)) == ((3, 3), (4, 2))


def test_again_answers_already_with_the_same_list():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    placed = make_order(make_channel(shop), {mug: "2"})
    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    before = facts()

    (again,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)

    assert (again.state, again.pick_list_id, again.tasks) == ("already", made.pick_list_id, made.tasks)
    assert facts() == before


def test_goods_on_the_dock_are_refused_and_the_rest_goes_on():
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, mug, "5", at=shop.dock)
    make_stock(shop, cup, "5")
    channel = make_channel(shop)
    on_dock = make_order(channel, {mug: "1", cup: "1"}, "1")
    fine = make_order(channel, {cup: "2"}, "2")

    made = create_pick_lists([on_dock.fulfilment_id, fine.fulfilment_id], company_id=shop.id, actor=ACTOR)

    assert [(m.state, m.code) for m in made] == [("refused", "not_in_bins"), ("created", "")]
    assert status_of("orders_fulfilment", on_dock.fulfilment_id) == "ready"
    assert in_place(cup, shop.bin) == (5, 2)
    assert PickList.objects.count() == 1


def test_held_order_is_refused_and_nothing_is_written():
    shop = make_shop()
    mug = make_sku(shop)
    make_stock(shop, mug)
    placed = make_order(make_channel(shop), {mug: "2"})
    Hold.objects.create(order_id=placed.order_id, kind="manual", reason="Call the buyer", placed_by="test")
    before = facts()

    (made,) = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)

    assert (made.state, made.code) == ("refused", "order_held")
    assert facts() == before
    assert status_of("orders_fulfilment", placed.fulfilment_id) == "ready"


def test_fulfilment_of_another_company_is_not_found():
    shop, other = make_shop(), make_shop("other", "PAR")
    mug = make_sku(shop)
    make_stock(shop, mug)
    placed = make_order(make_channel(shop), {mug: "2"})
    before = facts()

    with refused(NotFound):
        create_pick_lists([placed.fulfilment_id], company_id=other.id, actor=ACTOR)

    assert facts() == before


def test_statements_do_not_grow_with_the_batch():
    shop = make_shop()
    skus = [make_sku(shop, f"S{n}") for n in range(3)]
    for sku in skus:
        make_stock(shop, sku, "1000", "1000.00")
    channel = make_channel(shop)
    one = make_order(channel, dict.fromkeys(skus, "1"), "one")
    many = [make_order(channel, dict.fromkeys(skus, "1"), f"m{n}").fulfilment_id for n in range(20)]

    counts = []
    for batch in ([one.fulfilment_id], many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            create_pick_lists(batch, company_id=shop.id, actor=ACTOR)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 8
