"""Kits on the floor: picked as components, put back where their kit cannot be complete, shipped whole."""

from decimal import Decimal

import pytest

from inventory.models import StockQuant
from orders.models import Fulfilment, OrderLine
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, make_channel, make_order, make_packed, status_of
from tests.factories.goods import level, make_shop, make_sku, make_stock
from tests.factories.kits import make_kit
from warehouse.models import PickTask
from warehouse.services import Dispatch, Pack, Pick, confirm_picks, create_pick_lists, fulfil_straight, pack, ship

pytestmark = pytest.mark.django_db
D = Decimal


class Floor:
    """SET = 2 MUG + 1 CUP, ten of each in the bin."""

    def __init__(self, kits: str, policy: str = "whole") -> None:
        self.shop = make_shop()
        self.mug, self.cup = make_sku(self.shop), make_sku(self.shop, "CUP")
        make_stock(self.shop, self.mug, "10", "50.00")
        make_stock(self.shop, self.cup, "10", "30.00")
        self.kit = make_kit(self.shop, {self.mug: "2", self.cup: "1"}, policy=policy)
        self.channel = make_channel(self.shop)
        self.placed = make_order(self.channel, {self.kit: kits})

    def pick(self, **taken: str) -> None:
        if not PickTask.objects.exists():
            create_pick_lists([self.placed.fulfilment_id], company_id=self.shop.id, actor=ACTOR)
        tasks = {task.sku.code.lower(): task.pk for task in PickTask.objects.select_related("sku")}
        picks = [Pick(tasks[sku], D(quantity)) for sku, quantity in taken.items()]
        confirm_picks(picks, company_id=self.shop.id, effective_at=NOON, actor=ACTOR)

    def ship(self) -> None:
        (packed,) = pack([Pack(self.placed.fulfilment_id)], company_id=self.shop.id, effective_at=NOON, actor=ACTOR)
        (sent,) = ship([Dispatch(packed.shipment_id, "", "", "", NOON)], company_id=self.shop.id, actor=ACTOR)
        assert sent.state == "shipped"

    @property
    def line(self) -> OrderLine:
        return OrderLine.objects.get()


def test_a_kit_is_picked_packed_and_shipped_as_its_components():
    floor = Floor("2")

    shipment = make_packed(floor.shop, floor.placed)
    (sent,) = ship([Dispatch(shipment, "DHL", "", "T1", NOON)], company_id=floor.shop.id, actor=ACTOR)

    assert sent.state == "shipped" and sent.invoice_id
    assert (level(floor.shop, floor.mug), level(floor.shop, floor.cup)) == ((6, 6, 0), (8, 8, 0))
    assert (floor.line.shipped, broken_checks()) == (2, [])


@pytest.mark.parametrize(
    "steps", [({"mug": "4", "cup": "1"},), ({"cup": "1"}, {"mug": "4"}), ({"mug": "4"}, {"cup": "1"})]
)
def test_a_short_component_sends_the_others_of_its_kit_back_to_their_bins(steps):
    floor = Floor("2")

    for taken in steps:
        floor.pick(**taken)

    assert in_place(floor.mug, floor.shop.staging) == (2, 0)
    assert in_place(floor.mug, floor.shop.bin) == (8, 0)
    assert in_place(floor.cup, floor.shop.missing) == (1, 0)
    assert (level(floor.shop, floor.mug), level(floor.shop, floor.cup)) == ((10, 10, 2), (10, 9, 1))
    assert broken_checks() == []
    floor.ship()
    assert (floor.line.shipped, floor.line.open_quantity, broken_checks()) == (1, 1, [])


def test_without_any_whole_kit_the_work_is_cancelled_and_everything_is_back():
    floor = Floor("1")

    floor.pick(mug="2", cup="0")

    assert status_of("orders_fulfilment", floor.placed.fulfilment_id) == "cancelled"
    assert in_place(floor.mug, floor.shop.bin) == (10, 0)
    assert (level(floor.shop, floor.mug)[2], level(floor.shop, floor.cup)[2]) == (0, 0)
    assert StockQuant.objects.filter(location=floor.shop.staging, quantity__gt=0).count() == 0
    assert broken_checks() == []


def test_a_kit_that_may_leave_in_parts_ships_what_was_found():
    floor = Floor("1", "parts")

    floor.pick(mug="2", cup="0")
    floor.ship()

    assert (floor.line.shipped, level(floor.shop, floor.mug)) == (0, (8, 8, 0))
    assert broken_checks() == []


def test_kits_leave_straight_from_their_bins():
    floor = Floor("3")

    (done,) = fulfil_straight(
        [floor.placed.fulfilment_id], company_id=floor.shop.id, actor=ACTOR, effective_at=NOON, tracking={}
    )

    assert (done.state, floor.line.shipped, Fulfilment.objects.get().status) == ("shipped", 3, "shipped")
    assert (level(floor.shop, floor.mug), level(floor.shop, floor.cup)) == ((4, 4, 0), (7, 7, 0))
    assert broken_checks() == []
