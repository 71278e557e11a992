"""Handling units: what is in them is what the ledger says; a pallet moves, nests and leaves in one scan."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.errors import StockRefused
from inventory.models import Location
from tests.factories.books import ACTOR, NOON
from tests.factories.floor import broken_checks, facts, in_place, make_channel, make_order, status_of
from tests.factories.goods import level, make_shop, make_sku, make_stock
from tests.factories.handhelds import Floor, Handheld, make_person, only_the_book
from tests.factories.pictures import barcodes
from tests.factories.refusals import refused, refused_as
from warehouse.errors import UnitRefused
from warehouse.models import HandlingUnit, PickRound, PickTask, RoundTote
from warehouse.services import (
    Pack,
    Pick,
    UnitGoods,
    WaveRequest,
    choose_tote,
    confirm_picks,
    contents,
    create_units,
    find_unit,
    move_unit,
    nest_unit,
    pack,
    plan_wave,
    put_in,
    release_waves,
    ship_unit,
    take_goods_out,
)
from warehouse.sscc import check_digit, is_sscc, make_sscc, read_plate
from warehouse.unit_labels import unit_labels_pdf, unit_labels_zpl

pytestmark = pytest.mark.django_db
D = Decimal


class Dock:
    """10 MUG in a bin, an empty pallet and a carton on the dock."""

    def __init__(self) -> None:
        self.shop = make_shop()
        self.mug = make_sku(self.shop, "MUG")
        make_stock(self.shop, self.mug, "10", at=self.shop.bin)
        self.at = {"company_id": self.shop.id, "actor": ACTOR}
        self.pallet, self.carton = create_units(2, kind="pallet", stands_in_id=self.shop.dock, **self.at)

    def fill(self, unit: HandlingUnit, quantity: str) -> None:
        goods = [UnitGoods(self.mug, D(quantity))]
        put_in(unit.pk, goods=goods, from_location_id=self.shop.bin, at=NOON, **self.at)

    def inside(self, unit: HandlingUnit):
        return {each.code: [(row.sku_id, row.quantity) for row in own] for each, own in contents(unit.pk)}


@pytest.fixture
def dock(db):
    return Dock()


def test_an_sscc_has_its_check_digit_and_is_read_however_it_is_sent():
    code = make_sscc("0614141", 123456789)

    assert code == "006141411234567890" and check_digit("00614141123456789") == 0  # GS1's own example
    assert is_sscc(code) and not is_sscc(code[:-1] + "1")
    assert {read_plate(text) for text in (code, f"00{code}", f"(00){code}", f"]C100{code}")} == {code}
    assert read_plate(" hu-000012 ") == "HU-000012"
    with pytest.raises(ValueError, match="prefix"):
        make_sscc("12", 1)


def test_contents_are_what_the_ledger_says(dock):
    dock.fill(dock.carton, "4")

    assert dock.inside(dock.carton) == {dock.carton.code: [(dock.mug, 4)]}
    assert (in_place(dock.mug, dock.shop.bin), in_place(dock.mug, dock.carton.location_id)) == ((6, 0), (4, 0))
    assert level(dock.shop, dock.mug) == (10, 10, 0)  # on sale wherever it stands
    take_goods_out(dock.carton.pk, goods=None, to_location_id=dock.shop.second_bin, at=NOON, **dock.at)
    assert dock.inside(dock.carton) == {dock.carton.code: []}
    assert in_place(dock.mug, dock.shop.second_bin) == (4, 0)
    assert broken_checks() == []


def test_a_pallet_moves_with_all_in_it_in_one_row(dock):
    dock.fill(dock.carton, "4")
    nest_unit(dock.carton.pk, parent_id=dock.pallet.pk, **dock.at)
    before = facts()

    with CaptureQueriesContext(connection) as queries:
        move_unit(dock.pallet.pk, to_location_id=dock.shop.second_bin, **dock.at)

    assert len(queries) <= 14
    assert facts()[8] == before[8]  # no stock move: the goods are where they were, in their carton
    assert dock.inside(dock.pallet) == {dock.pallet.code: [], dock.carton.code: [(dock.mug, 4)]}
    assert HandlingUnit.objects.get(pk=dock.pallet.pk).stands_in_id == dock.shop.second_bin
    assert broken_checks() == []


def test_what_cannot_be_is_refused_by_name_and_nothing_is_written(dock):
    other = make_shop("other", "PAR")
    nest_unit(dock.carton.pk, parent_id=dock.pallet.pk, **dock.at)
    before, at = facts(), dock.at

    with refused_as(UnitRefused, "in_itself"):
        nest_unit(dock.pallet.pk, parent_id=dock.carton.pk, **at)
    with refused_as(UnitRefused, "in_itself"):
        nest_unit(dock.pallet.pk, parent_id=dock.pallet.pk, **at)
    with refused_as(UnitRefused, "wrong_place"):
        move_unit(dock.pallet.pk, to_location_id=other.bin, **at)
    with refused_as(UnitRefused, "wrong_place"):
        move_unit(dock.pallet.pk, to_location_id=dock.shop.missing, **at)
    with refused_as(UnitRefused, "unknown_unit"):
        find_unit("HU-99999999", company_id=dock.shop.id)
    with refused_as(UnitRefused, "empty"):
        take_goods_out(dock.pallet.pk, goods=None, to_location_id=dock.shop.bin, at=NOON, **at)
    with refused(StockRefused):
        dock.fill(dock.pallet, "11")
    with refused_as(UnitRefused, "nothing_packed"):
        ship_unit(dock.pallet.pk, at=NOON, **at)

    assert facts() == before


def test_the_database_refuses_a_unit_elsewhere_and_one_in_itself(dock):
    other = make_shop("other", "PAR")
    for change, value in (("stands_in_id", other.bin), ("location_id", dock.shop.bin)):
        with pytest.raises(IntegrityError, match="handlingunit"), connection.cursor() as cursor:
            cursor.execute("SAVEPOINT a")
            try:
                cursor.execute(
                    f"UPDATE warehouse_handlingunit SET {change} = %s WHERE id = %s", [value, dock.pallet.pk]
                )
            except Exception as error:
                if "permission denied" in str(error):
                    raise IntegrityError("handlingunit column is not the app's") from error
                raise
            finally:
                cursor.execute("ROLLBACK TO SAVEPOINT a")


def test_a_pallet_of_a_packed_order_leaves_in_one_scan(dock):
    placed = make_order(make_channel(dock.shop), {dock.mug: "3"})
    wave = plan_wave(WaveRequest(dock.shop.warehouse.pk, method="cluster"), **dock.at)
    release_waves([wave.wave_id], **dock.at)
    tote, task = RoundTote.objects.get(), PickTask.objects.get()
    choose_tote(PickRound.objects.get().pk, pick_list_id=tote.pick_list_id, code=dock.carton.code, **dock.at)
    confirm_picks([Pick(task.pk, D(3))], effective_at=NOON, **dock.at)
    nest_unit(dock.carton.pk, parent_id=dock.pallet.pk, **dock.at)
    [packed] = pack([Pack(placed.fulfilment_id)], effective_at=NOON, **dock.at)

    done = ship_unit(dock.pallet.pk, at=NOON, carrier="Haulier", tracking_number="P1", **dock.at)

    assert [result.shipment_id for result in done.results] == [packed.shipment_id]
    assert status_of("orders_shipment", packed.shipment_id or 0) == "in_transit"
    assert level(dock.shop, dock.mug) == (7, 7, 0)
    assert HandlingUnit.objects.filter(shipped_at__isnull=False).count() == 2
    with refused_as(UnitRefused, "gone"):
        move_unit(dock.pallet.pk, to_location_id=dock.shop.dock, **dock.at)
    assert broken_checks() == []


def test_what_belongs_to_nobody_keeps_the_pallet_here(dock):
    placed = make_order(make_channel(dock.shop), {dock.mug: "3"})
    wave = plan_wave(WaveRequest(dock.shop.warehouse.pk, method="cluster"), **dock.at)
    release_waves([wave.wave_id], **dock.at)
    tote, task = RoundTote.objects.get(), PickTask.objects.get()
    choose_tote(PickRound.objects.get().pk, pick_list_id=tote.pick_list_id, code=dock.carton.code, **dock.at)
    confirm_picks([Pick(task.pk, D(3))], effective_at=NOON, **dock.at)
    dock.fill(dock.carton, "1")
    [packed] = pack([Pack(placed.fulfilment_id)], effective_at=NOON, **dock.at)

    with refused_as(UnitRefused, "not_all_packed"):
        ship_unit(dock.carton.pk, at=NOON, **dock.at)

    assert status_of("orders_shipment", packed.shipment_id or 0) == "draft"


def test_labels_are_read_back_as_gs1(dock, settings):
    settings.GS1_COMPANY_PREFIX = "0614141"
    [unit] = create_units(1, kind="pallet", stands_in_id=dock.shop.dock, **dock.at)

    assert is_sscc(unit.code)
    assert any(
        text.replace("(00)", "00") == f"00{unit.code}" for _kind, text in barcodes(unit_labels_pdf([unit], ppi=150))
    )
    assert ("Code128", dock.pallet.code) in barcodes(unit_labels_pdf([dock.pallet], ppi=150))
    assert f"(00){unit.code}" in unit_labels_zpl([unit]) and "N,N,D" in unit_labels_zpl([unit])


def test_a_handheld_moves_a_pallet_and_stands_a_carton_on_it():
    floor = Floor()
    at = {"company_id": floor.house.id, "actor": ACTOR}
    pallet, carton = create_units(2, kind="pallet", stands_in_id=floor.house.dock, **at)
    place = Location.objects.get(pk=floor.house.second_bin)

    nested = floor.handheld.does("move_unit", {"unit": carton.code, "to": pallet.code})
    moved = floor.handheld.does("move_unit", {"unit": f"{pallet.code.lower()}", "to": place.code})
    with only_the_book():
        unknown = floor.handheld.does("move_unit", {"unit": "HU-99999999", "to": place.code})
        nowhere = floor.handheld.does("move_unit", {"unit": pallet.code, "to": "NOWHERE"})

    assert (nested["result"], moved["result"]) == (
        {"unit": carton.code, "to": pallet.code}, {"unit": pallet.code, "to": place.code},
    )  # fmt: skip
    assert (unknown["code"], nowhere["code"]) == ("unknown_unit", "unknown_unit")
    assert "scan its label" in unknown["detail"]


def packed_pallet(floor):
    """An order of 3 MUGs, packed, in a carton on a pallet of the floor's dock."""
    at = {"company_id": floor.house.id, "actor": ACTOR}
    pallet, carton = create_units(2, kind="pallet", stands_in_id=floor.house.dock, **at)
    placed = make_order(make_channel(floor.house, "two"), {floor.mug: "3"}, "2")
    wave = plan_wave(WaveRequest(floor.house.warehouse.pk, method="cluster"), **at)
    release_waves([wave.wave_id], **at)
    tote = RoundTote.objects.get()
    choose_tote(PickRound.objects.get().pk, pick_list_id=tote.pick_list_id, code=carton.code, **at)
    task = PickTask.objects.get(pick_list=tote.pick_list_id)
    confirm_picks([Pick(task.pk, D(3))], effective_at=timezone.now(), **at)
    nest_unit(carton.pk, parent_id=pallet.pk, **at)
    pack([Pack(placed.fulfilment_id)], effective_at=timezone.now(), **at)
    return pallet, carton


def test_a_handheld_hands_a_pallet_over_in_one_scan():
    floor = Floor()
    pallet, _carton = packed_pallet(floor)
    _cashier, badge = make_person("cashier", "90210")
    other, hand = Handheld(floor.house, "Till").sign_in(badge), floor.handheld
    body = {"unit": pallet.code.lower(), "carrier": "Haulier", "tracking": "P1"}
    with only_the_book():
        refused = [
            other.does("ship_unit", body)["code"],
            hand.does("ship_unit", {"unit": "HU-99999999"})["code"],
        ]
    command = hand.command("ship_unit", body)

    [done] = hand.send(command).json()["results"]
    [again] = hand.send(command).json()["results"]
    with only_the_book():
        gone = hand.does("move_unit", {"unit": pallet.code, "to": "A1"})

    assert refused == ["not_permitted", "unknown_unit"]
    assert done["result"] == {"unit": pallet.code, "shipments": 1} and again["replayed"]
    assert (gone["state"], gone["code"]) == ("refused", "gone")
    assert level(floor.house, floor.mug)[0] == 7 and HandlingUnit.objects.filter(shipped_at=None).count() == 0
    assert 'id="hand-over"' in hand.client.get("/scan/move/").content.decode()
    assert broken_checks() == []
