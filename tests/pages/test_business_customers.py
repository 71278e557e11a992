"""Price lists, credit and blanket orders, driven through their pages."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounting.models import Party
from accounting.services import ensure_party
from backoffice.core import bulk, tabular
from backoffice.core.actor import Actor
from backoffice.core.models import AuditEvent, BulkJob, ImportFile
from backoffice.core.proof import run_checks
from inventory.models import Sku
from orders.inputs import ContactInput
from orders.models import BlanketOrder, Contact, Order, PriceList, PriceListItem
from orders.services.pricing import write_prices
from tests.factories.books import ACTOR
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


NOUN = "orders.import_prices"


def upload(client, content, name="prices.csv"):
    given = {"noun": NOUN, "file": SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)}
    return client.post(reverse("admin:core_importfile_new"), given)


def told():
    """(field, code) of all that is wrong in the newest file, by row."""
    rows = ImportFile.objects.latest("pk").rows.filter(state="wrong").order_by("number")
    return {row.number: [(error["field"], error["code"]) for error in row.errors] for row in rows}


def test_a_list_is_filled_from_a_file_previewed_first_and_given_back_as_csv_and_xlsx(world, prices):
    desk = sign_in("order_desk")
    head = "price_list,sku,min_quantity,unit_price\n"

    shown = upload(desk, f"{head}trade,MUG,,9.5\ntrade,mug,10,8\nTRADE,CUP,1,3\n")
    assert (PriceListItem.objects.count(), ImportFile.objects.get().new) == (0, 3)
    job = desk.post(reverse("admin:core_importfile_run", args=[ImportFile.objects.get().pk]))
    bulk.run_job(BulkJob.objects.get().pk)

    assert (shown.status_code, job.status_code) == (302, 302)
    page = desk.get(reverse("admin:orders_pricelist_items", args=[prices.pk])).content.decode()
    assert "9.50" in page and "MUG" in page and NOUN in page
    files = [
        desk.get(reverse("admin:orders_pricelist_file", args=[prices.pk, kind])).getvalue() for kind in ("csv", "xlsx")
    ]
    assert files[0].decode("utf-8-sig").split() == [
        "price_list,sku,min_quantity,unit_price", "trade,CUP,1,3", "trade,MUG,1,9.5", "trade,MUG,10,8",
    ]  # fmt: skip
    upload(desk, files[1], "prices.xlsx")
    assert [(f.new, f.changed, f.unchanged, f.wrong) for f in ImportFile.objects.order_by("-pk")[:1]] == [(0, 0, 3, 0)]
    assert AuditEvent.objects.filter(object_type="orders.pricelist", action="priced", reason="Import").count() == 3


def test_an_empty_price_takes_it_off_the_list(world, prices):
    MUG = Sku.objects.get(code="MUG").pk
    write_prices({(prices.pk, MUG, D(1)): D(5)}, company_id=prices.company_id, actor=ACTOR)
    desk = sign_in("order_desk")

    upload(desk, "price_list,sku,unit_price\ntrade,MUG,\ntrade,CUP,\n")
    file = ImportFile.objects.get()
    assert [change[0] for change in file.rows.get(state="changed").changes] == ["unit_price"]
    bulk.run_job(tabular.start_import(file.pk, actor=Actor.of(file.user)).pk)

    assert (PriceListItem.objects.count(), file.unchanged) == (0, 1)


def test_every_wrong_row_of_a_file_is_told_at_once_and_nothing_is_written(world, prices):
    rows = ("trade,NOPE,1,2", "none,MUG,one,2", "trade,MUG,1,-2", "trade,CUP,1,2", "trade,cup,1,3")
    desk = sign_in("order_desk")

    upload(desk, "price_list,sku,min_quantity,unit_price\n" + "\n".join(rows))
    refused = upload(desk, "sku,price_for_one\nMUG,1\n")

    assert told() == {
        2: [("sku", "unknown_sku")], 3: [("min_quantity", "not_a_number"), ("price_list", "unknown_price_list")],
        4: [("unit_price", "min_value")], 6: [("min_quantity", "twice")],
    }  # fmt: skip
    assert "price_for_one" in refused.content.decode()
    errors = desk.get(reverse("admin:core_importfile_errors", args=[ImportFile.objects.get().pk])).getvalue()
    assert "There is no SKU “NOPE”." in errors.decode("utf-8-sig")
    assert (PriceListItem.objects.count(), BulkJob.objects.count()) == (0, 0)


def test_who_may_not_change_prices_is_refused(world, prices):
    assert upload(sign_in("picker"), "price_list,sku,unit_price\ntrade,MUG,1\n").status_code == 403
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
