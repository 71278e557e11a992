"""Goods on pallets and in cartons are stock like any other: promised, claimed, picked part or whole, moved and shipped."""

from decimal import Decimal

import pytest

from backoffice.core.proof import run_checks
from inventory.models import Location, Zone
from inventory.services import block_bins
from tests.api.conftest import Caller
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts, in_place, make_channel, make_order, make_picked, status_of
from tests.factories.goods import level
from tests.factories.handhelds import MUG_CODE, Floor, only_the_book
from tests.factories.refusals import refused_as
from warehouse.errors import UnitRefused
from warehouse.models import FloorTask, HandlingUnit, PickTask
from warehouse.services import (
    Pack,
    Pick,
    UnitGoods,
    WaveRequest,
    choose_tote,
    confirm_picks,
    create_pick_lists,
    create_units,
    move_unit,
    nest_unit,
    pack,
    pick_unit,
    plan_refills,
    plan_wave,
    put_in,
    release_waves,
    ship_unit,
    unpick,
)

pytestmark = pytest.mark.django_db
D = Decimal


class Racks(Floor):
    """As Floor, with the 7 MUGs that nobody claimed on a pallet, which stands in A2."""

    def __init__(self, order="4"):
        super().__init__()
        self.at = {"company_id": self.house.id, "actor": ACTOR}
        [self.pallet] = create_units(1, kind="pallet", stands_in_id=self.house.dock, **self.at)
        put_in(self.pallet.pk, goods=[UnitGoods(self.mug, D(7))], from_location_id=self.house.bin, at=NOON, **self.at)
        move_unit(self.pallet.pk, to_location_id=self.house.second_bin, **self.at)
        channel = make_channel(self.house, "shop")
        self.order = make_order(channel, {self.mug: order}, external_id="P-1")

    def release(self):
        (made,) = create_pick_lists([self.order.fulfilment_id], **self.at)
        return made

    def body(self, **changes):
        task = PickTask.objects.get(from_location=self.pallet.location_id)
        return {"task": task.pk, "bin": self.pallet.code, "code": MUG_CODE, "quantity": "4"} | changes


def test_a_pallet_is_broken_by_scan_and_the_rest_stays_on_it():
    racks = Racks()
    made = racks.release()

    assert made.state == "created"
    assert in_place(racks.mug, racks.pallet.location_id) == (7, 4)
    page = racks.handheld.client.get(f"/scan/pick/{made.pick_list_id}/").content.decode()
    assert f'"bin": "{racks.pallet.code}", "at": "A2"' in page
    with only_the_book():
        wrong = racks.handheld.does("pick", racks.body(bin="A2"))
    picked = racks.handheld.does("pick", racks.body())

    assert wrong["code"] == "wrong_bin" and picked["state"] == "done"
    assert in_place(racks.mug, racks.pallet.location_id) == (3, 0)
    assert in_place(racks.mug, racks.house.staging) == (4, 0)
    assert [each for each in run_checks().results if each.state != "ok"] == []


def test_a_whole_pallet_is_picked_moved_and_shipped_by_its_plate():
    racks = Racks("7")
    made = racks.release()
    body = {"unit": racks.pallet.code.lower(), "list": made.pick_list_id, "tasks": []}

    picked = racks.handheld.does("pick_unit", body)
    moved = racks.handheld.does("move_unit", {"unit": racks.pallet.code, "to": "STAGING"})

    assert (picked["state"], moved["state"]) == ("done", "done")
    assert in_place(racks.mug, racks.pallet.location_id) == (7, 0)  # still on it, and the order's
    assert status_of("orders_fulfilment", racks.order.fulfilment_id) == "picked"
    assert Location.objects.get(pk=racks.pallet.location_id).stands_in_id is None
    [packed] = pack([Pack(racks.order.fulfilment_id)], effective_at=NOON, **racks.at)
    done = ship_unit(racks.pallet.pk, at=NOON, carrier="Haulier", tracking_number="P1", **racks.at)
    assert [each.shipment_id for each in done.results] == [packed.shipment_id]
    assert level(racks.house, racks.mug) == (3, 3, 3)
    assert [each for each in run_checks().results if each.state != "ok"] == []


def test_what_is_not_all_of_it_is_not_picked_whole_and_nothing_is_written():
    racks = Racks()
    made, before = racks.release(), facts()

    with refused_as(UnitRefused, "not_whole"):
        pick_unit(racks.pallet.pk, pick_list_id=made.pick_list_id, effective_at=NOON, **racks.at)
    with refused_as(UnitRefused, "nothing_asked"):
        pick_unit(racks.pallet.pk, pick_list_id=racks.list.pick_list_id, effective_at=NOON, **racks.at)
    assert facts() == before
    with only_the_book():
        told = racks.handheld.does("pick_unit", {"unit": racks.pallet.code, "list": made.pick_list_id, "tasks": []})
    assert told["code"] == "not_whole" and "scan each article" in told["detail"]


def test_a_program_picks_a_whole_pallet():
    from backoffice.core.api.auth import make_api_key
    from backoffice.core.models import User

    racks = Racks("7")
    made = racks.release()
    robot = User.objects.create_superuser("robot")
    scopes = ("warehouse:read", "warehouse:write")
    _key, secret = make_api_key(name="t", user=robot, scopes=scopes, channel_id=None, company_id=racks.house.id)
    program = Caller(secret)

    refused = program.post(f"handling-units/{racks.pallet.pk}/pick/", {"pick_list": racks.list.pick_list_id})
    before = facts()
    done = program.post(f"handling-units/{racks.pallet.pk}/pick/", {"pick_list": made.pick_list_id})

    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_asked")
    assert done.status_code == 200 and facts()[8] == before[8] + 2
    assert in_place(racks.mug, racks.pallet.location_id) == (7, 0)
    assert broken_checks() == []


def test_loose_goods_come_first_and_pallets_that_nobody_may_reach_never():
    racks = Racks("2")
    staging = racks.house.staging
    assert in_place(racks.mug, racks.house.bin) == (3, 3)  # the first order's, no loose one is left
    make_picked(racks.house, racks.placed)
    assert in_place(racks.mug, staging) == (3, 0)
    block_bins([racks.house.second_bin], reason="Wet floor", **racks.at)

    assert racks.release().code == "not_in_bins"
    assert in_place(racks.mug, racks.pallet.location_id) == (7, 0)
    move_unit(racks.pallet.pk, to_location_id=racks.house.bin, **racks.at)
    assert racks.release().state == "created"


def test_picked_goods_in_a_carton_are_nobody_elses():
    """openboxes#229: the same goods are never picked twice."""
    racks = Racks("1")
    [carton] = create_units(1, kind="carton", stands_in_id=racks.house.dock, **racks.at)
    wave = plan_wave(WaveRequest(racks.house.warehouse.pk, method="cluster"), **racks.at)
    release_waves([wave.wave_id], **racks.at)
    task = PickTask.objects.get(pick_list__fulfilment_id=racks.order.fulfilment_id)
    choose_tote(task.round_id, pick_list_id=task.pick_list_id, code=carton.code, **racks.at)
    confirm_picks([Pick(task.pk, D(1))], effective_at=NOON, **racks.at)
    nest_unit(carton.pk, parent_id=racks.pallet.pk, **racks.at)

    assert Location.objects.get(pk=carton.location_id).stands_in_id is None
    other = make_order(make_channel(racks.house, "third"), {racks.mug: "6"}, external_id="P-2")
    (made,) = create_pick_lists([other.fulfilment_id], **racks.at)
    assert made.state == "created"
    assert in_place(racks.mug, carton.location_id) == (1, 0)
    assert in_place(racks.mug, racks.pallet.location_id) == (6, 6)
    with refused_as(UnitRefused, "not_whole"):
        pick_unit(racks.pallet.pk, pick_list_id=made.pick_list_id, effective_at=NOON, **racks.at)


def test_a_pallet_in_reserve_refills_what_is_picked_from():
    racks = Racks("2")
    zone = Zone.objects.create(company=racks.house.company, warehouse=racks.house.warehouse, code="RES", use="reserve")
    reserve = Location.objects.create(
        company=racks.house.company, warehouse=racks.house.warehouse, kind="bin", code="R1", zone=zone
    )
    move_unit(racks.pallet.pk, to_location_id=reserve.pk, **racks.at)

    assert racks.release().code == "not_in_bins"
    tasks = plan_refills(racks.house.warehouse.pk, **racks.at)

    assert [(task.quantity, task.from_location_id) for task in tasks] == [(2, racks.pallet.location_id)]
    task = FloorTask.objects.get()
    done = racks.handheld.does(
        "floor",
        {"task": task.pk, "from": racks.pallet.code, "code": MUG_CODE, "quantity": "2", "to": str(task.to_location)},
    )
    assert done["state"] == "done" and racks.release().state == "created"
    assert HandlingUnit.objects.get(pk=racks.pallet.pk).stands_in_id == reserve.pk


def test_a_pallet_that_is_unpicked_is_stock_again():
    racks = Racks("7")
    made = racks.release()
    pick_unit(racks.pallet.pk, pick_list_id=made.pick_list_id, effective_at=NOON, **racks.at)

    [result] = unpick([racks.order.fulfilment_id], reason="Van is full", **racks.at)

    assert (result.state, result.put_back) == ("unpicked", 7)
    assert FloorTask.objects.count() == 0  # it stands where it stood
    assert in_place(racks.mug, racks.pallet.location_id) == (7, 0)
    assert racks.release().state == "created"
    assert broken_checks() == []
