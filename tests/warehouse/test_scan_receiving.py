"""Receiving on the handheld: lots, dates and serial numbers, damaged goods with photos, what is over and what is short."""

from decimal import Decimal
from uuid import uuid4

import pytest

from inventory.models import AdvanceNotice, Barcode, Location, Lot, PurchaseOrderLine, Serial, Sku
from inventory.services import NoticeLine, note_delivery
from tests.factories.books import ACTOR
from tests.factories.buying import in_days, make_purchase
from tests.factories.floor import broken_checks, in_place
from tests.factories.goods import level, make_shop, make_sku
from tests.factories.handhelds import Handheld, make_person, only_the_book
from tests.factories.photos import png
from warehouse.models import Receipt, ReceiptPhoto, ReceiptProblem, ScanCommand

pytestmark = pytest.mark.django_db
D = Decimal


class Dock:
    """An order of 5 of a SKU of which a notice announces 4, and a lead's handheld at the dock."""

    def __init__(self, **sku):
        self.shop = make_shop()
        self.sku = make_sku(self.shop, "MILK")
        Sku.objects.filter(pk=self.sku).update(**sku)
        Barcode.objects.create(company=self.shop.company, sku_id=self.sku, code="4006381333931")
        self.order = make_purchase(self.shop, self.sku, "5")
        self.line = PurchaseOrderLine.objects.get(purchase_order=self.order).pk
        _lead, badge = make_person("warehouse_lead", "90210")
        self.hand = Handheld(self.shop, "Dock 1").sign_in(badge)
        note_delivery(
            [NoticeLine(self.line, D(4))], purchase_order_id=self.order.pk, reference="ASN-1", company_id=self.shop.id,
            expected_date=in_days(1), actor=ACTOR,
        )  # fmt: skip
        self.notice = AdvanceNotice.objects.get().pk

    def body(self, *lines, **values):
        given = [{"line": self.line, "quantity": "1"} | line for line in lines]
        return {"order": self.order.pk, "notice": self.notice, "place": "RECEIVING", "lines": given} | values

    def photo(self, command, n=0, content=None):
        url = f"/scan/photo/?command={command}&n={n}"
        return self.hand.client.post(url, content or png(), content_type="image/png").status_code


def test_damaged_goods_are_set_aside_with_their_note_and_photo_and_what_is_short_is_told(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    dock = Dock()
    command = dock.hand.command(
        "receive",
        dock.body(
            {"quantity": "2"}, {"quantity": "1", "condition": "damaged", "note": "Leaks"}, note="One box is open"
        ),
    )

    early = dock.photo(command["id"])  # it may come before its command
    [done] = dock.hand.send(command).json()["results"]
    codes = [
        dock.photo(command["id"]),
        dock.photo(command["id"]),
        dock.photo(command["id"], 1, png(2)),
        dock.photo(command["id"], 2),
        dock.photo("x"),
    ]

    assert (early, codes) == (409, [200, 200, 200, 410, 400])
    problems = {problem.kind: problem for problem in ReceiptProblem.objects.all()}
    assert (problems["damaged"].note, problems["damaged"].quantity, problems["short"].quantity) == ("Leaks", 1, 1)
    receipt = Receipt.objects.get()
    assert (
        done["result"]["photo_of"] == [{"problem": problems["damaged"].pk}, {"receipt": receipt.pk}]
        and done["result"]["short"] == 1
    )
    of_damage, of_delivery = ReceiptPhoto.objects.order_by("pk")
    assert (of_damage.problem_id, of_delivery.receipt_id) == (problems["damaged"].pk, receipt.pk)
    assert of_damage.actor_label == "warehouse_lead" and receipt.note == "One box is open"
    assert level(dock.shop, dock.sku) == (3, 2, 0)
    assert broken_checks() == []


def test_a_delivery_is_received_in_parts_and_what_is_over_waits():
    dock = Dock()

    first = dock.hand.does("receive", dock.body({"quantity": "3"}, more=True, reference="DN-1"))
    assert Receipt.objects.get().status == "receiving"
    second = dock.hand.does("receive", dock.body({"quantity": "4"}, reference="DN-1"))

    assert (first["state"], second["result"]["waiting"], second["result"]["short"]) == ("done", 1, 0)
    assert Receipt.objects.get().status == "received"
    assert in_place(dock.sku, dock.shop.dock) == (5, 0)
    assert broken_checks() == []


def test_lots_with_their_dates_and_serial_numbers_are_captured():
    dock = Dock(lot_tracked=True, expiry_required=True)
    day = str(in_days(30))

    done = dock.hand.does(
        "receive",
        dock.body({"quantity": "2", "lot": "L-1", "expiry": day}, {"quantity": "2", "lot": "L-2", "expiry": day}),
    )

    assert done["state"] == "done"
    assert {lot.code: str(lot.expiry_date) for lot in Lot.objects.all()} == {"L-1": day, "L-2": day}
    assert broken_checks() == []


def test_units_are_known_by_their_numbers():
    dock = Dock(serial_tracked=True)
    with only_the_book():
        less = dock.hand.does("receive", dock.body({"quantity": "2", "serials": ["S-1"]}))
    done = dock.hand.does(
        "receive",
        dock.body({"quantity": "2", "serials": ["S-1", "S-2"]}, {"serials": ["S-3"], "condition": "damaged"}),
    )

    assert less["code"] == "serials_needed" and done["state"] == "done"
    damaged = Location.objects.get(kind="damaged", warehouse=dock.shop.warehouse)
    assert Serial.objects.get(code="S-3").location_id == damaged.pk
    assert broken_checks() == []


def test_what_is_wrong_is_said_and_nothing_is_booked():
    dock = Dock(lot_tracked=True, expiry_required=True)

    def answer(*lines, **values):
        with only_the_book():
            return dock.hand.does("receive", dock.body(*lines, **values))

    told = [
        answer({})["code"],
        answer({"lot": "L-1"})["code"],
        answer({"lot": "L-1", "expiry": "soon"})["code"],
        answer({"lot": "L-1", "expiry": str(in_days(-2))})["code"],
        answer({"lot": "L-1", "expiry": str(in_days(2)), "condition": "wet"})["code"],
        answer({"lot": 7, "line": "x"})["code"],
        answer({}, place="NOWHERE")["code"],
    ]

    assert told == [
        "lot_needed", "expiry_date_needed", "bad_field", "expired", "unknown_condition", "no_lines", "unknown_bin",
    ]  # fmt: skip
    assert ScanCommand.objects.exclude(state="refused").count() == 0
    assert dock.photo(uuid4()) == 409
    dock.hand.client.cookies.clear()
    assert dock.photo(uuid4()) == 401


def test_a_blind_count_is_never_told_what_is_expected():
    dock = Dock()
    page = dock.hand.client.get(f"/scan/receive/{dock.order.pk}/?notice={dock.notice}&blind=1").content.decode()
    seen = dock.hand.client.get(f"/scan/receive/{dock.order.pk}/?notice={dock.notice}").content.decode()

    assert '"quantity": ""' in page and '"quantity": "4"' in seen
