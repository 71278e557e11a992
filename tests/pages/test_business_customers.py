"""Price lists, credit and blanket orders, driven through their pages."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounting.models import Party
from accounting.services import ensure_party
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from orders.inputs import ContactInput
from orders.models import BlanketOrder, Contact, Order, PriceList, PriceListItem
from tests.factories.sales import line
from tests.factories.staff import said, sign_in

D = Decimal


@pytest.fixture
def prices(world):
    return PriceList.objects.create(company=world.house.company, code="trade", name="Trade", currency="GBP")


@pytest.fixture
def buyer(world):
    world.place("B-1", line("MUG", "1", "0"), contact=ContactInput("b-1", "Nino Abashidze"))
    return Contact.objects.get(external_id="b-1")


def upload(client, prices, text, **data):
    file = SimpleUploadedFile("prices.csv", text if isinstance(text, bytes) else text.encode(), "text/csv")
    return client.post(reverse("admin:orders_pricelist_upload", args=[prices.pk]), {"file": file, **data})


def test_a_list_is_made_and_filled_from_a_file_and_given_back(world, prices):
    desk = sign_in("order_desk")

    response = upload(desk, prices, "sku,min_quantity,unit_price\nMUG,1,9.5\nmug,10,8\nCUP,1,3\n")
    again = upload(desk, prices, "sku,min_quantity,unit_price\nMUG,1,9.5\n", replace="1")

    assert said(response) == ["Rows read: 3. Prices changed: 3."]
    assert said(again) == ["Rows read: 1. Prices changed: 2."]
    page = desk.get(response.url).content.decode()
    assert "9.50" in page and "MUG" in page
    download = desk.get(reverse("admin:orders_pricelist_csv", args=[prices.pk]))
    assert b"".join(download.streaming_content).decode("utf-8-sig").split() == [
        "sku,min_quantity,unit_price",
        "MUG,1,9.5",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sku,price\nMUG,1\n", "The column min_quantity, unit_price is missing"),
        (b"sku,min_quantity,unit_price\nM\xff,1,1\n", "not UTF-8: byte 29"),
        ("sku,min_quantity,unit_price\nMUG,one,2\nMUG,1,NaN\n", "“NaN” is not a number"),
        ("sku,min_quantity,unit_price\nNOPE,1,2\n", "There is no SKU NOPE."),
        ("sku,min_quantity,unit_price\nMUG,1,-2\n", "must not be negative"),
    ],
)
def test_a_wrong_file_is_told_row_by_row_and_nothing_is_written(world, prices, text, told):
    response = upload(sign_in("order_desk"), prices, text)

    assert told in response.content.decode()
    assert PriceListItem.objects.count() == 0


def test_who_may_not_change_prices_is_refused(world, prices):
    assert upload(sign_in("picker"), prices, "sku,min_quantity,unit_price\nMUG,1,1\n").status_code == 403
    assert PriceListItem.objects.count() == 0


def test_lists_and_forms_open(world, prices, buyer):
    desk = sign_in("order_desk")

    for name in ("pricelist", "pricelistitem", "customergroup", "blanketorder", "contact"):
        assert desk.get(reverse(f"admin:orders_{name}_changelist")).status_code == 200
    assert desk.get(reverse("admin:orders_pricelist_change", args=[prices.pk])).status_code == 200
    assert desk.get(reverse("admin:orders_blanketorder_add")).status_code == 200


def test_a_buyers_page_tells_their_credit(world, buyer):
    party = ensure_party(company_id=world.house.id, code="NINO", name="Nino Ltd", currency="GBP", is_customer=True)
    Party.objects.filter(pk=party.pk).update(credit_limit=D(500))
    Contact.objects.filter(pk=buyer.pk).update(party=party)
    held = world.place("B-2", line("MUG", "60", "10"), contact=ContactInput("b-1"))

    page = sign_in("order_desk").get(reverse("admin:orders_contact_change", args=[buyer.pk])).content.decode()

    assert "left of a limit of" in page and "500.00" in page
    assert Order.objects.get(pk=held).holds.get().kind == "credit"


def form(buyer="b-1", *rows, **head):
    data = {
        "buyer": buyer, "reference": "F-1", "valid_from": "2020-01-01", "valid_to": "2099-12-31",
        "lines-TOTAL_FORMS": str(max(len(rows), 1)), "lines-INITIAL_FORMS": "0",
    } | head  # fmt: skip
    for number, (sku, quantity, price) in enumerate(rows):
        data |= {f"lines-{number}-sku": sku, f"lines-{number}-quantity": quantity, f"lines-{number}-unit_cost": price}
    return data


def test_a_blanket_order_is_agreed_and_called_off_on_its_page(world, buyer):
    desk = sign_in("order_desk")

    agreed = desk.post(reverse("admin:orders_blanketorder_add"), form("abashidze", ("mug", "20", "7.5")))
    blanket = BlanketOrder.objects.get()
    line_id = blanket.lines.get().pk
    page = desk.get(agreed.url).content.decode()
    once = page.split('name="once" value="')[1].split('"')[0]
    press = {f"line-{line_id}": "12", "once": once}
    called = desk.post(reverse("admin:orders_blanketorder_call", args=[blanket.pk]), press)
    twice = desk.post(reverse("admin:orders_blanketorder_call", args=[blanket.pk]), press)

    order = Order.objects.get(external_id=f"{blanket.number}-{once}")
    assert called.url == twice.url == reverse("admin:orders_order_change", args=[order.pk])
    assert (order.goods_total, order.contact) == (90, buyer)
    page = desk.get(agreed.url).content.decode()
    assert order.number in page and "60 %" in page
    closed = desk.post(reverse("admin:orders_blanketorder_status", args=[blanket.pk, "closed"]), {"reason": "done"})
    assert said(closed) == [f"{blanket.number}: Closed"]
    trail = AuditEvent.objects.filter(object_type="orders.blanketorder", object_id=blanket.pk)
    assert set(trail.values_list("action", "actor__username")) == {
        ("created", "order_desk"), ("called_off", "order_desk"), ("closed", "order_desk"),
    }  # fmt: skip
    assert [r.name for r in run_checks().results if r.state != "ok"] == []


def test_a_blanket_orders_buyer_is_found_while_typing(world, buyer):
    desk = sign_in("order_desk")
    page = desk.get(reverse("admin:orders_blanketorder_add")).content.decode()
    assert 'list="buyers"' in page and reverse("admin:orders_find_contacts") in page

    [found] = desk.get(reverse("admin:orders_find_contacts"), {"q": "abash"}).json()["found"]
    assert found["value"].startswith(f"#{buyer.pk} ") and world.channel.name in found["text"]
    desk.post(reverse("admin:orders_blanketorder_add"), form(found["value"], ("MUG", "2", "7.5")))

    assert BlanketOrder.objects.get().contact == buyer


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(world, buyer):
    desk = sign_in("order_desk")
    address = reverse("admin:orders_blanketorder_add")

    nobody = desk.post(address, form("nobody at all", ("MUG", "1", "1")))
    backwards = desk.post(address, form("b-1", ("MUG", "1", "1"), valid_to="2019-01-01"))
    row = desk.post(address, form("b-1", ("NOPE", "1", "1")))

    assert set(nobody.context["form"].errors) == {"buyer"}
    assert set(backwards.context["form"].errors) == {"valid_to"}
    assert row.context["lines"].forms[0].errors == {"sku": ["There is no SKU “NOPE”."]}
    assert BlanketOrder.objects.count() == 0


def test_too_much_is_refused_with_a_sentence(world, buyer):
    desk = sign_in("order_desk")
    desk.post(reverse("admin:orders_blanketorder_add"), form("b-1", ("MUG", "20", "7.5")))
    blanket = BlanketOrder.objects.get()
    before = world.written()

    pressed = desk.post(
        reverse("admin:orders_blanketorder_call", args=[blanket.pk]), {f"line-{blanket.lines.get().pk}": "21"}
    )

    assert said(pressed) == [f"20 of MUG are left of {blanket.number}; 21 cannot be called off."]
    assert world.written() == before
