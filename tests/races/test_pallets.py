"""Several people at one pallet: it is picked once, stands in one place, and nobody waits for ever."""

import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction

from backoffice.core.errors import DomainError
from inventory.models import Location
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place, make_channel, make_order, status_of
from tests.factories.goods import make_shop, make_sku, make_stock, rows
from tests.races.test_warehouse import all_at_once
from warehouse.models import HandlingUnit
from warehouse.services import UnitGoods, create_pick_lists, create_units, move_unit, pick_unit, put_in

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 6


class Pallet:
    """Seven MUGs on a pallet in the first bin, all of them wanted by one pick list."""

    def __init__(self) -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop, "MUG")
        make_stock(self.shop, self.mug, "7", "70.00", at=self.shop.bin)
        self.at = {"company_id": self.shop.id, "actor": ACTOR}
        [self.unit] = create_units(1, kind="pallet", stands_in_id=self.shop.dock, **self.at)
        put_in(
            self.unit.pk, goods=[UnitGoods(self.mug, Decimal(7))], from_location_id=self.shop.bin, at=NOON, **self.at
        )
        move_unit(self.unit.pk, to_location_id=self.shop.bin, **self.at)
        self.order = make_order(make_channel(self.shop), {self.mug: "7"}, "P-1")
        (made,) = create_pick_lists([self.order.fulfilment_id], **self.at)
        self.list_id = made.pick_list_id

    def pick(self) -> str:
        try:
            with transaction.atomic():
                results = pick_unit(self.unit.pk, pick_list_id=self.list_id, effective_at=NOON, **self.at)
        except DomainError as error:
            return str(error.code)
        return results[0].state

    def move(self, to: int) -> str:
        with transaction.atomic():
            move_unit(self.unit.pk, to_location_id=to, **self.at)
        return "moved"


@pytest.fixture
def pallet(transactional_db) -> Pallet:
    return Pallet()


def test_six_pickers_who_scan_one_pallet_pick_it_once(pallet):
    said = all_at_once(*[pallet.pick] * PEOPLE)

    assert sorted(said) == ["done"] + ["nothing_asked"] * (PEOPLE - 1)
    assert in_place(pallet.mug, pallet.unit.location_id) == (7, 0)
    assert rows("SELECT count(*), sum(quantity) FROM inventory_stockmove WHERE reason = 'pick'") == [(1, 7)]
    assert status_of("orders_fulfilment", pallet.order.fulfilment_id) == "picked"
    assert broken_checks() == []


def test_a_pallet_that_is_moved_while_it_is_picked_stands_in_one_place_with_all_its_goods(pallet):
    places = [pallet.shop.second_bin, pallet.shop.staging]

    said = all_at_once(pallet.pick, *[lambda to=to: pallet.move(to) for to in places * 2])

    assert said == ["done", *["moved"] * 4]
    assert in_place(pallet.mug, pallet.unit.location_id) == (7, 0)
    unit, place = HandlingUnit.objects.get(pk=pallet.unit.pk), Location.objects.get(pk=pallet.unit.location_id)
    assert unit.stands_in_id in places
    assert place.stands_in_id is None  # picked: stock of nobody else's any more, wherever it stands
    assert broken_checks() == []


def test_negative_control_without_the_units_lock_two_pickers_find_all_of_it_still_to_be_picked(pallet):
    """What the races above would meet had nobody locked the pallet: both would take it whole."""
    seen = threading.Barrier(2)

    def look():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM warehouse_picktask WHERE pick_list_id = %s AND status = 'open'", [pallet.list_id]
            )
            (found,) = cursor.fetchone()
            seen.wait(10)
            return found

    assert all_at_once(look, look) == [1, 1]
