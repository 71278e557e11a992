"""The counter's pages: shift, sale, receipt on paper and as text, return, pickups, Z report."""

import io
import json
import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from backoffice.core.proof import run_checks
from inventory.models import StockLevel
from tests.factories.books import ACTOR
from tests.factories.pictures import barcodes
from tests.factories.staff import said, sign_in
from tests.factories.tills import facts
from warehouse.models import CashMove, ParkedSale, Pickup, Till, TillReceipt, TillShift
from warehouse.services import create_till
from warehouse.till.reads import shift_figures
from warehouse.till.receipts import WIDTH, as_pdf, as_text

D = Decimal


@pytest.fixture
def till(world):
    return create_till(
        company_id=world.house.id,
        code="one",
        name="Counter 1",
        warehouse_id=world.house.warehouse.pk,
        actor=ACTOR,
        receipt_text="გმადლობთ! Спасибо!",
    )


def page(client, name, *ids, **query):
    return client.get(reverse(f"till:{name}", args=ids), query)


def post(client, name, *ids, **data):
    return client.post(reverse(f"till:{name}", args=ids), data)


def sale(till, *lines, tenders=(("cash", "100"),), **values):
    body = {
        "client_id": str(uuid4()),
        "lines": [{"sku": sku, "quantity": quantity, "price": price} for sku, quantity, price in lines],
        "tenders": [{"method": method, "amount": amount} for method, amount in tenders],
    }
    return body | values


def sell(client, till, *lines, **values):
    """As the page's script sends it."""
    headers = {"idempotency-key": str(uuid4())}
    body = json.dumps(sale(till, *lines, **values))
    return client.post(f"/api/v1/tills/{till.pk}/sell/", body, content_type="application/json", headers=headers)


def opened(till, role="cashier"):
    client = sign_in(role)
    post(client, "open", till.pk, float_amount="100")
    return client


def text_of(response):
    return response.content.decode()


def test_a_day_at_the_counter(world, till):
    client = sign_in("cashier")
    assert page(client, "choose").url == reverse("till:counter", args=[till.pk])
    assert "Cash in the drawer" in text_of(page(client, "counter", till.pk))
    post(client, "open", till.pk, float_amount="100,00")
    text = text_of(page(client, "counter", till.pk))
    assert "Scan a barcode" in text and "Only who may give discounts" in text
    sold = sell(client, till, ("MUG", "3", "10"))
    assert (sold.status_code, sold.json()["change"]) == (201, "70.000000")
    receipt = TillReceipt.objects.get()

    found = client.get(reverse("till:find_receipt", args=[till.pk]), {"q": receipt.number.lower()}, follow=True)
    line = re.search(r'name="back-(\d+)"', text_of(found))[1]
    key = re.search(r'name="key" value="([\w-]+)"', text_of(found))[1]
    back = {"key": key, f"back-{line}": "1", "reason": "Chipped", "method": "cash", f"to-{line}": "quarantine"}
    first = post(client, "take_back", till.pk, receipt.pk, **back)
    assert post(client, "take_back", till.pk, receipt.pk, **back).url == first.url  # a double click
    assert "-10.00" in text_of(client.get(first.url))

    shift = TillShift.objects.get()
    cash = {"key": str(uuid4()), "kind": "to_bank", "amount": "50", "reason": "Safe bag 7"}
    assert said(post(client, "cash", shift.pk, **cash)) == ["The cash is booked."]
    assert "Safe bag 7" in text_of(page(client, "report", shift.pk))
    assert said(post(client, "close", shift.pk, counted="69.50", note="A coin")) == ["The shift is closed."]
    text = text_of(page(client, "report", shift.pk))
    assert "Z report" in text and "-0.50" in text and "A coin" in text
    shift.refresh_from_db()
    assert (shift.expected, shift.counted, shift_figures(shift).expected) == (70, D("69.5"), 70)
    level = StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse)
    assert (level.on_hand, level.sellable) == (95, 94)  # 3 shipped before, 3 sold, 1 back in quarantine
    assert run_checks().ok


def test_the_receipt_as_text_and_as_pdf(world, till):
    client = opened(till, "owner")
    world.house.company.address = "Rustaveli 1\nTbilisi"
    world.house.company.tax_number = "GE 404"
    world.house.company.save()
    long = "A mug with a very long name that no printer of 42 columns has room for, чашка, ჭიქა"
    Sku = StockLevel.objects.get(sku_id=world.mug, warehouse=world.house.warehouse).sku
    Sku.name = long
    Sku.save()
    lines = [("MUG", "1", "10")] * 30
    sold = sell(client, till, *lines, tenders=[("cash", "500")], gift_cards=["25.00"], discount="1.00")
    assert sold.status_code == 201, sold.content
    receipt = TillReceipt.objects.get()

    text = text_of(page(client, "receipt_text", receipt.pk))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.count("1 × 10.00") == 30
    for expected in (
        receipt.number,
        "Rustaveli 1",
        "GE 404",
        "324.00 GBP",
        "500.00",
        "176.00",
        "გმადლობთ",
        "чашка",
        "25.00",
    ):
        assert expected in text, expected
    [code] = re.findall(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", text)
    assert as_text(receipt) == text  # the same code when it is printed again

    answer = page(client, "receipt_pdf", receipt.pk)
    assert answer["Content-Type"] == "application/pdf"
    [sheet] = PdfReader(io.BytesIO(answer.content)).pages
    assert abs(float(sheet.mediabox.width) - 80 / 25.4 * 72) < 1
    words = " ".join(sheet.extract_text().split())
    assert words.count("1 × 10.00") == 30
    for expected in (receipt.number, "324.00 GBP", "ჭიქა", "чашка", code):
        assert expected in words, expected
    assert code in text_of(page(client, "receipt", receipt.pk))
    assert run_checks().ok


def test_the_barcodes_are_read_back(world, till):
    client = opened(till, "owner")
    sell(client, till, ("MUG", "1", "10"), gift_cards=["5"])
    receipt = TillReceipt.objects.get()

    read = {text for _kind, text in barcodes(as_pdf(receipt, ppi=200))}

    [code] = [text for text in read if text != receipt.number]
    assert receipt.number in read and code in as_text(receipt)


def test_a_sale_is_parked_and_resumed_once(world, till):
    client = opened(till)
    basket = [{"code": "MUG", "name": "<b>MUG</b>", "quantity": "2", "price": "10", "discount": ""}]
    made = client.post(
        reverse("till:park", args=[till.pk]), json.dumps({"name": "Red <hat>", "lines": basket}), "application/json"
    )
    assert made.status_code == 200
    assert "Red &lt;hat&gt;" in text_of(page(client, "counter", till.pk))

    parked = ParkedSale.objects.get()
    assert post(client, "resume", till.pk, parked.pk).json() == {"lines": basket}
    assert post(client, "resume", till.pk, parked.pk).status_code == 404
    assert client.post(reverse("till:park", args=[till.pk]), "[", "application/json").status_code == 400
    assert ParkedSale.objects.count() == 0


def test_a_pickup_is_set_aside_and_handed_over(world, till):
    client = opened(till)
    assert said(post(client, "ask", till.pk, order="?"))[0].startswith("Give the number of an order")
    assert said(post(client, "ask", till.pk, order=f"so-{world.ready:06d}")) == [
        "The order is kept here for its customer."
    ]
    pickup = Pickup.objects.get()
    told = sign_in("order_desk").get(reverse("admin:orders_order_change", args=[world.ready])).content.decode()
    assert pickup.code in told and "Pickup in a shop" in told
    text = text_of(page(client, "pickups", till.pk))
    assert "SO-" in text and "40.00" in text and pickup.code not in text  # the customer says it
    assert said(post(client, "ready", till.pk, pickup.pk)) == ["Set aside: the customer may come."]
    told = sign_in("order_desk").get(reverse("admin:orders_order_change", args=[world.ready])).content.decode()
    assert "Packed: it waits to be handed over." in told and "waits for the carrier" not in told
    before = facts()
    key = str(uuid4())
    given = {"key": key, "amount": "50", "method": "cash"}
    assert said(post(client, "collect", till.pk, pickup.pk, **given, code="0")) == [
        "This is not the code of the pickup."
    ]
    assert said(post(client, "collect", till.pk, pickup.pk, **given | {"amount": "1"}, code=pickup.code)) == [
        "39.00 is still missing."
    ]
    assert facts() == before

    done = post(client, "collect", till.pk, pickup.pk, **given, code=pickup.code)

    assert "Change" in text_of(client.get(done.url))
    assert Pickup.objects.get().status == "collected"
    assert "Nobody is waiting" in text_of(page(client, "pickups", till.pk))
    assert run_checks().ok


def test_a_pickup_that_nobody_fetches_leaves_the_list(world, till):
    client = opened(till)
    post(client, "ask", till.pk, order=f"SO-{world.ready:06d}")
    pickup = Pickup.objects.get()

    assert said(post(client, "cancel_pickup", till.pk, pickup.pk, reason=" "))[0].startswith("Say why")
    post(client, "cancel_pickup", till.pk, pickup.pk, reason="Moved away")

    assert Pickup.objects.get().status == "cancelled"
    assert "Nobody is waiting" in text_of(page(client, "pickups", till.pk))
    assert said(post(client, "cancel_pickup", till.pk, pickup.pk, reason="Again"))
    assert run_checks().ok


def test_who_may_not_and_what_makes_no_sense_writes_nothing(world, till):
    client, before = opened(till), facts()
    refused = [
        (sell(client, till, ("MUG", "1", "10"), discount="1"), 403),
        (sell(client, till, ("MUG", "98", "10"), tenders=[("cash", "980")]), 409),
        (sell(client, till, ("MUG", "1", "10"), tenders=[("gift_card", "10")]), 400),
        (sell(sign_in("picker"), till, ("MUG", "1", "10")), 403),
        (sell(Client(), till, ("MUG", "1", "10")), 401),
    ]
    shift = TillShift.objects.get()
    assert [answer.status_code for answer, _status in refused] == [status for _answer, status in refused]
    assert said(post(client, "cash", shift.pk, key=str(uuid4()), kind="to_bank", amount="1e9", reason="x"))
    assert said(post(client, "cash", shift.pk, key="x", kind="to_bank", amount="1", reason="x"))
    assert said(post(client, "open", till.pk, float_amount="1"))[0].startswith("Counter 1 has an open shift")
    assert page(sign_in("picker"), "counter", till.pk).status_code == 403
    assert page(Client(), "counter", till.pk).status_code == 302
    assert facts() == before
    assert CashMove.objects.count() == 0


def test_a_till_is_opened_in_the_back_office(world):
    client = sign_in("owner")

    client.post(
        reverse("admin:warehouse_till_add"),
        {
            "code": "two",
            "name": "Counter 2",
            "warehouse": world.house.warehouse.pk,
            "prices_include_tax": "on",
            "receipt_text": "",
        },
    )

    made = Till.objects.get()
    assert (made.code, made.channel.kind, made.channel.warehouse_id) == ("two", "till", world.house.warehouse.pk)
    for name in ("till", "tillshift", "tillreceipt", "pickup"):
        assert client.get(reverse(f"admin:warehouse_{name}_changelist")).status_code == 200
