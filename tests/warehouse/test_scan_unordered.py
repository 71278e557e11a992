"""Receiving on the handheld what nobody ordered: a supplier, then each article, lot, date and number."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting.services import ensure_party
from inventory.models import Barcode, Location, Lot, Sku, SupplierPrice, SupplierSku
from tests.factories.books import ACTOR
from tests.factories.buying import in_days
from tests.factories.floor import broken_checks, in_place
from tests.factories.goods import balance, level, make_shop, make_sku, make_stock
from tests.factories.handhelds import Handheld, make_person, only_the_book
from tests.factories.photos import png
from warehouse.models import FloorTask, Receipt, ReceiptPhoto, ReceiptProblem, ScanCommand
from warehouse.services import BlindLine, receive_blind

pytestmark = pytest.mark.django_db
D = Decimal
CODE = "4006381333931"


class Dock:
    """A SKU that the supplier's list asks 3.00 for and that nobody ordered, and a lead's handheld at the dock."""

    def __init__(self, **sku):
        self.shop = make_shop()
        self.sku = make_sku(self.shop, "MILK")
        Sku.objects.filter(pk=self.sku).update(**sku)
        Barcode.objects.create(company=self.shop.company, sku_id=self.sku, code=CODE)
        self.supplier = ensure_party(
            company_id=self.shop.id, code="DAIRY", name="Alpine Dairy", currency="GBP", is_supplier=True
        ).pk
        self.offer = SupplierSku.objects.create(
            company=self.shop.company, supplier_id=self.supplier, sku_id=self.sku, currency="GBP"
        )
        SupplierPrice.objects.create(supplier_sku=self.offer, unit_price="3.00")
        _lead, badge = make_person("warehouse_lead", "90210")
        self.hand = Handheld(self.shop, "Dock 1").sign_in(badge)

    def body(self, *lines, **values):
        given = [{"code": CODE, "quantity": "1"} | line for line in lines]
        return {"supplier": self.supplier, "place": "RECEIVING", "lines": given} | values

    def refused(self, *lines, **values):
        with only_the_book():
            return self.hand.does("receive_unordered", self.body(*lines, **values))


def test_goods_without_an_order_come_in_once_at_the_suppliers_price_and_are_put_away(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    dock = Dock()
    before = balance(dock.shop.company, "grni")
    command = dock.hand.command(
        "receive_unordered",
        dock.body({"quantity": "4"}, {"condition": "damaged", "note": "Leaks"}, reference="DN-7"),
    )

    [done] = dock.hand.send(command).json()["results"]
    [again] = dock.hand.send(command).json()["results"]
    url = f"/scan/photo/?command={command['id']}&n=0"
    photo = dock.hand.client.post(url, png(), content_type="image/png").status_code

    receipt = Receipt.objects.get()
    assert done["state"] == "done" and again == done | {"replayed": True}
    assert (receipt.supplier_id, receipt.is_blind, receipt.device) == (dock.supplier, True, "Dock 1")
    assert (receipt.reference, receipt.received_by.username) == ("DN-7", "warehouse_lead")
    assert balance(dock.shop.company, "grni") - before == -15
    assert in_place(dock.sku, dock.shop.dock) == (4, 0) and level(dock.shop, dock.sku)[0] == 5
    assert FloorTask.objects.get().quantity == 4
    problem = ReceiptProblem.objects.get()
    assert (problem.kind, problem.note, problem.receipt_id) == ("damaged", "Leaks", receipt.pk)
    assert photo == 200 and ReceiptPhoto.objects.get().problem_id == problem.pk
    assert dock.refused({}, reference="DN-7")["code"] == "received_already"
    assert broken_checks() == []


def test_what_it_costs_is_the_average_or_the_last_cost_where_the_supplier_has_no_price():
    dock = Dock()
    mug = make_sku(dock.shop, "MUG")
    SupplierPrice.objects.all().delete()

    nobody = dock.refused({})
    make_stock(dock.shop, mug, "10", "50.00")
    before = balance(dock.shop.company, "grni")
    done = dock.hand.does("receive_unordered", dock.body({"code": "MUG", "quantity": "2"}))

    assert nobody["code"] == "no_cost" and "MILK" in nobody["detail"]
    assert done["state"] == "done" and balance(dock.shop.company, "grni") - before == -10
    assert broken_checks() == []


def test_lots_dates_and_numbers_are_captured_and_asked_for():
    dock = Dock(lot_tracked=True, expiry_required=True)
    unit = make_sku(dock.shop, "PHONE")
    Sku.objects.filter(pk=unit).update(serial_tracked=True)
    make_stock_price(dock, unit)
    day = str(in_days(30))

    told = [
        dock.refused({})["code"],
        dock.refused({"lot": "L-1"})["code"],
        dock.refused({"lot": "L-1", "expiry": str(in_days(-2))})["code"],
        dock.refused({"code": "PHONE", "serials": []})["code"],
    ]
    done = dock.hand.does(
        "receive_unordered",
        dock.body({"lot": "L-1", "expiry": day}, {"code": "phone", "quantity": "2", "serials": ["S-1", "S-2"]}),
    )

    late = dock.hand.does(
        "receive_unordered",
        dock.body({"lot": "L-0", "expiry": str(in_days(-2)), "condition": "quarantine", "note": "Late"}),
    )
    assert late["state"] == "done" and ReceiptProblem.objects.get().note == "Late"
    assert told == ["lot_needed", "expiry_date_needed", "expired", "serials_needed"]
    assert done["state"] == "done", done
    assert str(Lot.objects.get(code="L-1").expiry_date) == day
    assert dock.refused({"code": "PHONE", "serials": ["S-1"]})["code"] == "serial_known"
    assert broken_checks() == []


def make_stock_price(dock, sku):
    offer = SupplierSku.objects.create(company=dock.shop.company, supplier_id=dock.supplier, sku_id=sku, currency="GBP")
    SupplierPrice.objects.create(supplier_sku=offer, unit_price="100.00")


def test_what_is_wrong_is_said_in_words_and_nothing_is_booked():
    dock = Dock()
    told = [
        dock.refused({"code": "0000000000000"}),
        dock.refused({"quantity": "0"}),
        dock.refused({"condition": "wet"}),
        dock.refused({"serials": ["S"]}),
        dock.refused({}, place="NOWHERE"),
        dock.refused({}, place="STAGING"),
        dock.refused({}, supplier=0),
        dock.refused(lines=[]),
        dock.refused({"code": ""}),
    ]
    Sku.objects.filter(pk=dock.sku).update(status="discontinued")
    gone = dock.refused({})
    Location.objects.filter(code="RECEIVING").update(blocked_at="2026-01-01T00:00Z", blocked_reason="Wet floor")
    blocked = dock.refused({})

    assert [answer["code"] for answer in told] == [
        "unknown_item", "receipt_refused", "unknown_condition", "serial_not_tracked", "unknown_bin", "wrong_bin",
        "unknown_supplier", "no_lines", "no_lines",
    ]  # fmt: skip
    assert told[0]["detail"] == "Nobody knows the barcode 0000000000000: put it aside."
    assert (gone["code"], blocked["code"]) == ("inactive_sku", "blocked_bin") and "Discontinued" in gone["detail"]
    assert not ScanCommand.objects.exclude(state="refused").exists() and not Receipt.objects.exists()


def test_who_may_not_receive_is_told_and_nothing_is_booked():
    dock = Dock()
    _picker, badge = make_person("picker", "471147")
    hand = Handheld(dock.shop, "Aisle 1").sign_in(badge)
    pages = ["/scan/receive/unordered/", f"/scan/receive/unordered/{dock.supplier}/"]

    with only_the_book():
        answer = hand.does("receive_unordered", dock.body({}))

    assert (answer["state"], answer["code"]) == ("refused", "not_permitted")
    assert [hand.client.get(page).status_code for page in pages] == [403, 403]


def test_suppliers_are_found_by_name_and_their_articles_are_on_the_page():
    dock = Dock()
    other = ensure_party(company_id=dock.shop.id, code="GLASS", name="Bottle Works", currency="GBP", is_supplier=True)
    buyer = ensure_party(company_id=dock.shop.id, code="BUYER", name="Alpine Hotel", currency="GBP", is_customer=True)

    def seen(**query):
        page = dock.hand.client.get("/scan/receive/unordered/", query).content.decode()
        return [name for name in ("Alpine Dairy", "Bottle Works", "Alpine Hotel") if name in page]

    page = dock.hand.client.get(f"/scan/receive/unordered/{dock.supplier}/").content.decode()
    assert "/scan/receive/unordered/" in dock.hand.client.get("/scan/receive/").content.decode()
    assert (seen(), seen(q="alp"), seen(q="glass")) == (
        ["Alpine Dairy", "Bottle Works"],
        ["Alpine Dairy"],
        ["Bottle Works"],
    )
    assert CODE in page and '"MILK"' in page
    assert CODE not in dock.hand.client.get(f"/scan/receive/unordered/{other.pk}/").content.decode()
    assert dock.hand.client.get(f"/scan/receive/unordered/{buyer.pk}/").status_code == 404
    [found] = dock.hand.client.get("/scan/find/", {"q": CODE}).json()["found"]
    assert found["article"]["sku"] == "MILK" and found["closed"] == ""


def test_many_lines_cost_no_more_statements_than_one():
    dock = Dock()
    skus = [make_sku(dock.shop, f"S{number}") for number in range(21)]
    for sku in skus:
        make_stock_price(dock, sku)

    def cost(some):
        lines = [BlindLine(sku, D(1), dock.shop.dock) for sku in some]
        with CaptureQueriesContext(connection) as seen:
            receive_blind(
                lines, supplier_id=dock.supplier, warehouse_id=dock.shop.warehouse.pk, company_id=dock.shop.id,
                effective_at=timezone.now(), actor=ACTOR,
            )  # fmt: skip
        return len(seen)

    cost(skus[:1])
    assert cost(skus[:2]) == cost(skus[2:])
