"""Pick faces are refilled from the reserve: for what is released, and below their minimum."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.models import Lot, Zone
from inventory.services import BinPlan, FaceInput, block_bins, make_bins, post_moves, set_pick_faces
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, make_channel, make_order
from tests.factories.goods import make_move, make_shop, make_sku, make_stock
from warehouse.models import FloorTask
from warehouse.services import Put, create_pick_lists, do_tasks, plan_refills

pytestmark = pytest.mark.django_db
D = Decimal


class House:
    """A1 is picked from; R-1 and R-2 are reserve."""

    def __init__(self) -> None:
        self.shop = make_shop()
        self.zone = Zone.objects.create(
            company=self.shop.company, warehouse=self.shop.warehouse, code="RES", use="reserve"
        )
        make_bins(BinPlan("R-{1..2}", self.zone.pk), warehouse=self.shop.warehouse, actor=ACTOR)
        self.near, self.far = self.zone.locations.order_by("code").values_list("pk", flat=True)
        self.mug = make_sku(self.shop)

    def face(self, minimum, maximum, sku=None):
        given = [FaceInput(sku or self.mug, self.shop.bin, D(minimum), D(maximum))]
        set_pick_faces(given, company_id=self.shop.id, actor=ACTOR)

    def plan(self):
        made = plan_refills(self.shop.warehouse.pk, company_id=self.shop.id, actor=ACTOR)
        return [(t.quantity, t.from_location_id, t.to_location_id) for t in made]


@pytest.fixture
def house():
    return House()


def test_a_face_below_its_minimum_is_filled_to_its_maximum_once(house):
    make_stock(house.shop, house.mug, "3", "3")
    make_stock(house.shop, house.mug, "4", "4", at=house.near)
    make_stock(house.shop, house.mug, "20", "20", at=house.far)
    house.face("3", "12")

    assert house.plan() == []  # three are there: not below the minimum
    house.face("4", "12")
    assert house.plan() == [(4, house.near, house.shop.bin), (5, house.far, house.shop.bin)]
    assert house.plan() == []


def test_what_is_released_is_fetched_before_it_is_picked(house):
    """frappe/erpnext#51939: goods in reserve are not "free stock that is taken": they are fetched for who waits."""
    shop, channel = house.shop, make_channel(house.shop)
    make_stock(shop, house.mug, "2", "2")
    make_stock(shop, house.mug, "20", "20", at=house.near)
    house.face("0", "10")
    placed = make_order(channel, {house.mug: "7"})
    [unpicked] = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)
    assert (unpicked.state, unpicked.code) == ("refused", "not_in_bins")

    assert house.plan() == [(5, house.near, shop.bin)]
    task = FloorTask.objects.get()
    assert (task.priority, task.reason) == (50, "Released orders want it")
    [done] = do_tasks([Put(task.pk, D(5), shop.bin, "k")], company_id=shop.id, effective_at=NOON, actor=ACTOR)
    [picked] = create_pick_lists([placed.fulfilment_id], company_id=shop.id, actor=ACTOR)

    assert (done.state, picked.state) == ("done", "created")
    assert in_place(house.mug, shop.bin) == (7, 7)
    assert house.plan() == []
    assert broken_checks() == []


def test_without_a_face_released_goods_go_to_a_bin_with_room(house):
    shop, channel = house.shop, make_channel(house.shop)
    make_stock(shop, house.mug, "20", "20", at=house.near)
    make_order(channel, {house.mug: "6"})

    assert house.plan() == [(6, house.near, shop.bin)]


def test_what_expires_first_is_brought_and_nothing_expired_blocked_or_claimed(house):
    shop = house.shop
    today = timezone.localdate()
    gone, soon, late = (
        Lot.objects.create(
            company=shop.company, sku_id=house.mug, code=code, expiry_date=today + datetime.timedelta(days)
        )
        for code, days in (("GONE", -1), ("SOON", 9), ("LATE", 99))
    )
    make_stock(shop, house.mug, "30", "30", at=shop.staging)
    for lot, place, quantity in ((gone, house.near, "5"), (late, house.near, "5"), (soon, house.far, "2")):
        make_stock_of(shop, house.mug, lot, place, quantity)
    house.face("10", "10")

    assert house.plan() == [(2, house.far, shop.bin), (5, house.near, shop.bin)]
    FloorTask.objects.update(status="cancelled", finished_at=timezone.now())
    block_bins([house.near], reason="Ladder broken", company_id=shop.id, actor=ACTOR)
    assert house.plan() == [(2, house.far, shop.bin)]


def make_stock_of(shop, sku, lot, place, quantity):
    from inventory.services import OpeningLine, post_opening_stock

    post_opening_stock(
        [OpeningLine(sku, place, D(quantity), D(quantity), lot_id=lot.pk)],
        company_id=shop.id, effective_at=NOON, actor=ACTOR, source_key=f"o:{lot.pk}:{place}",
    )  # fmt: skip


def test_a_refill_that_comes_too_late_ends_short(house):
    shop = house.shop
    make_stock(shop, house.mug, "5", "5", at=house.near)
    house.face("5", "10")
    assert house.plan() == [(5, house.near, shop.bin)]
    task = FloorTask.objects.get()
    post_moves([make_move(shop, house.mug, "3", house.near, shop.staging)], company_id=shop.id, actor=ACTOR)

    def put(quantity, **values):
        [result] = do_tasks(
            [Put(task.pk, D(quantity), shop.bin, f"k{quantity}", **values)],
            company_id=shop.id, effective_at=NOON, actor=ACTOR,
        )  # fmt: skip
        return result

    assert put("5").code == "not_there"
    assert put("2", short=True, reason="not there").state == "short"
    task.refresh_from_db()
    assert (task.status, task.done) == ("short", 2) and in_place(house.mug, shop.bin) == (2, 0)
    assert broken_checks() == []


def test_a_plan_costs_the_same_for_one_sku_and_for_many(house):
    def statements(count, prefix):
        for number in range(count):
            sku = make_sku(house.shop, f"{prefix}{number}")
            make_stock(house.shop, sku, "5", "5", at=house.near)
            set_pick_faces([FaceInput(sku, house.shop.second_bin, D(2), D(4))], company_id=house.shop.id, actor=ACTOR)
        with CaptureQueriesContext(connection) as queries:
            assert len(house.plan()) == count
        return len(queries)

    assert statements(1, "A") == statements(20, "B")
