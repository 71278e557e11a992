"""Moving by hand: what a bin cannot hold is refused in words that say what to do, and nothing is booked."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from inventory.models import BinType, Location, Lot, PickFace, Sku, StorageClass
from inventory.services import ensure_places
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, in_place
from tests.factories.handhelds import CUP_CODE, MUG_CODE, Floor, only_the_book
from tests.factories.refusals import refused_as
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked
from warehouse.errors import UnitRefused
from warehouse.models import HandlingUnit
from warehouse.services import UnitGoods, create_units, move_unit, nest_unit, put_in

pytestmark = pytest.mark.django_db
D = Decimal


class Aisle(Floor):
    """As Floor; a third bin B1 takes what a test says, and MUGs weigh 500 g and take 1 l each."""

    def __init__(self, **limits):
        super().__init__()
        Sku.objects.filter(pk__in=[self.mug, self.cup]).update(weight_g=500, length_mm=100, width_mm=100, height_mm=100)
        self.limited = Location.objects.create(
            company=self.house.company, warehouse=self.house.warehouse, kind="bin", code="B1", **limits
        )
        self.at = {"company_id": self.house.id, "actor": ACTOR}

    def moves(self, quantity="3", to="B1", code=MUG_CODE, source="A1"):
        return self.handheld.does("move", {"from": source, "to": to, "code": code, "quantity": quantity})

    def pallet(self, quantity="4", kind="pallet"):
        [unit] = create_units(1, kind=kind, stands_in_id=self.house.dock, **self.at)
        put_in(unit.pk, goods=[UnitGoods(self.mug, D(quantity))], from_location_id=self.house.bin, at=NOON, **self.at)
        return unit


@pytest.mark.parametrize(
    ("limits", "quantity", "code", "says"),
    [
        ({"max_weight_g": 1_000}, "3", "full", "2 more fit. Put these there, and the rest into another bin."),
        ({"max_volume_l": 2}, "3", "full", "2 more fit"),
        ({"blocked_reason": "Wet floor"}, "1", "blocked_bin", "Wet floor"),
    ],
)
def test_a_bin_takes_what_it_can_carry_and_no_more(limits, quantity, code, says):
    if "blocked_reason" in limits:
        limits = limits | {"blocked_at": NOON}
    aisle = Aisle(**limits)

    with only_the_book():
        answer = aisle.moves(quantity)

    assert (answer["state"], answer["code"]) == ("refused", code) and says in answer["detail"]
    if code == "full":
        assert aisle.moves("2")["state"] == "done"
        with only_the_book():
            assert aisle.moves("1")["code"] == "full"
        assert in_place(aisle.mug, aisle.limited.pk) == (2, 0)
    assert broken_checks() == []


def test_goods_of_a_class_a_size_or_another_kind_go_elsewhere():
    aisle = Aisle()
    cold = StorageClass.objects.create(company=aisle.house.company, code="COLD", name="Cold", takes_others=False)
    small = BinType.objects.create(
        company=aisle.house.company, code="S", name="S", length_mm=50, width_mm=50, height_mm=50
    )
    single = BinType.objects.create(company=aisle.house.company, code="ONE", name="One", mixing="one_sku")

    def answer(**changes):
        Location.objects.filter(pk=aisle.limited.pk).update(**({"storage_class": None, "bin_type": None} | changes))
        with only_the_book():
            return aisle.moves("1")

    assert (answer(storage_class=cold)["code"], answer(bin_type=small)["code"]) == ("wrong_class", "too_big")
    Location.objects.filter(pk=aisle.limited.pk).update(bin_type=single, storage_class=None)
    assert aisle.moves("1", code=CUP_CODE, source="A2")["state"] == "done"
    with only_the_book():
        mixed = aisle.moves("1")
    assert mixed["code"] == "mixed" and "take another bin" in mixed["detail"]


def test_a_pick_face_takes_its_maximum():
    aisle = Aisle(is_pick_face=True)
    PickFace.objects.create(sku_id=aisle.mug, location=aisle.limited, minimum=1, maximum=2)

    with only_the_book():
        assert aisle.moves("3")["code"] == "full"
    assert aisle.moves("2")["state"] == "done"


def test_pallets_want_a_pallet_place_and_a_floor_that_carries_them():
    aisle = Aisle(max_pallets=1, max_weight_g=2_500)
    first, second = aisle.pallet("3"), aisle.pallet("1")
    box = aisle.pallet("2", kind="carton")

    assert move_unit(first.pk, to_location_id=aisle.limited.pk, **aisle.at).stands_in_id == aisle.limited.pk
    with refused_as(UnitRefused, "no_pallets"):
        move_unit(second.pk, to_location_id=aisle.limited.pk, **aisle.at)
    assert move_unit(box.pk, to_location_id=aisle.limited.pk, **aisle.at)  # beside it: 2.5 kg in all
    with refused_as(UnitRefused, "too_heavy"):
        nest_unit(second.pk, parent_id=first.pk, **aisle.at)
    with only_the_book():
        told = aisle.handheld.does("move_unit", {"unit": second.code, "to": "B1"})
    assert told["code"] == "no_pallets" and "take another bin" in told["detail"]
    with only_the_book():
        loose = aisle.moves("1")
    assert loose["code"] == "full"  # what stands there on pallets weighs, too
    assert HandlingUnit.objects.get(pk=second.pk).stands_in_id == aisle.house.dock


def test_goods_are_taken_off_a_pallet_and_put_on_another_by_scan():
    aisle = Aisle()
    full, empty = aisle.pallet("4"), create_units(1, kind="pallet", stands_in_id=aisle.house.dock, **aisle.at)[0]

    off = aisle.moves("1", source=full.code, to="B1")
    over = aisle.moves("2", source=full.code, to=empty.code)
    with only_the_book():
        more = aisle.moves("2", source=full.code, to="B1")

    assert [each["state"] for each in (off, over)] == ["done", "done"] and more["code"] == "more_than_there"
    assert [in_place(aisle.mug, pk)[0] for pk in (full.location_id, empty.location_id, aisle.limited.pk)] == [1, 2, 1]
    assert Location.objects.get(pk=empty.location_id).stands_in_id == aisle.house.dock
    assert broken_checks() == []


def test_what_has_expired_goes_to_quarantine_and_nowhere_else():
    aisle = Aisle()
    milk = make_tracked(aisle.house)
    lot = make_lot(aisle.house, milk, "OLD", 5)
    make_lot_stock(aisle.house, milk, lot, "4")
    quarantine = ensure_places([aisle.house.warehouse.pk], kind="quarantine", company_id=aisle.house.id)
    code = Location.objects.get(pk=quarantine[aisle.house.warehouse.pk]).code
    with only_the_book():
        fresh = aisle.moves("1", to=code, code="MILK")
    Lot.objects.filter(pk=lot).update(expiry_date=timezone.localdate() - datetime.timedelta(days=2))

    with only_the_book():
        shelf = aisle.moves("1", code="MILK")
    done = aisle.moves("4", to=code, code="MILK")

    assert (fresh["code"], shelf["code"], done["state"]) == ("wrong_bin", "expired_lot", "done")
    assert shelf["detail"] == "Lot OLD has expired: bring it to quarantine and ask your lead."
    assert in_place(milk, quarantine[aisle.house.warehouse.pk]) == (4, 0)
    assert broken_checks() == []
