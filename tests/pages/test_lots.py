"""Lots, expiry dates and serial numbers on screen: received, found, followed, called back."""

from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.core.proof import run_checks
from inventory.models import Lot, PurchaseOrderLine, Serial, Sku
from orders.models import ReturnOrder
from tests.factories.buying import in_days, make_purchase
from tests.factories.goods import level
from tests.factories.sales import line
from tests.factories.staff import make_staff, sign_in
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked, make_units

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def lead(client, world):
    client.force_login(make_staff("warehouse_lead"))
    return client


def receive(client, world, order, **values):
    pk = PurchaseOrderLine.objects.get(purchase_order=order).pk
    body = {f"{name}-{pk}": value for name, value in values.items()} | {"location": world.house.bin}
    answer = client.post(reverse("admin:warehouse_receive", args=[order.pk]), body, follow=True)
    return answer.content.decode()


def page(client, name, *args, **query):
    return client.get(reverse(f"admin:{name}", args=args), query).content.decode()


def test_a_lot_is_received_with_its_date_and_what_is_wrong_is_told_and_kept(lead, world):
    sku = make_tracked(world.house)
    order = make_purchase(world.house, sku, "10")
    before = world.written()

    nameless = receive(lead, world, order, line="6")
    undated = receive(lead, world, order, line="6", lot="L-77")
    expired = receive(lead, world, order, line="6", lot="L-77", expiry=str(in_days(-1)))

    assert "MILK is tracked by lot: name the lot." in nameless
    assert "MILK needs an expiry date for lot L-77." in undated and 'value="L-77"' in undated
    assert 'value="6"' in undated
    assert "has expired: put it into quarantine" in expired
    assert world.written() == before and not Lot.objects.filter(code="L-77").exists()

    assert "Received into stock." in receive(lead, world, order, line="6", lot="L-77", expiry=str(in_days(30)))
    assert "expires on" in receive(lead, world, order, line="4", lot="L-77", expiry=str(in_days(31)))
    assert "Received into stock." in receive(lead, world, order, line="4", lot="L-77", expiry=str(in_days(30)))
    lot = Lot.objects.get(code="L-77")
    assert (lot.expiry_date, level(world.house, sku)[0]) == (in_days(30), D(10))
    shown = page(lead, "inventory_lot_change", lot.pk)
    assert "GR-" in shown and "A1" in shown and "MILK" in shown
    assert run_checks().ok


def test_units_come_in_by_their_numbers_once(lead, world):
    sku = make_tracked(world.house, "PHONE", serial=True)
    make_units(world.house, sku, "SER-0")
    order = make_purchase(world.house, sku, "3")
    before = world.written()

    few = receive(lead, world, order, line="3", serials="SER-1\nSER-2")
    twice = receive(lead, world, order, line="3", serials="SER-1\nSER-2\nSER-2")
    known = receive(lead, world, order, line="3", serials="SER-0\nSER-1\nSER-2")

    assert "3 are needed, 2 are named" in few and "SER-1\nSER-2</textarea>" in few
    assert "Serial number SER-2 of PHONE is named twice." in twice
    assert "Serial number SER-0 of PHONE has come in before." in known
    assert world.written() == before and Serial.objects.count() == 1

    assert "Received into stock." in receive(lead, world, order, line="3", serials="SER-1\nSER-2\n\nSER-3\n")
    unit = Serial.objects.get(code="SER-2")
    shown = page(lead, "inventory_serial_change", unit.pk)
    assert "In stock" in shown and "GR-" in shown
    assert "SER-2" in page(lead, "inventory_serial_changelist", state="in_stock", warehouse="LON")
    assert "SER-2" not in page(lead, "inventory_serial_changelist", state="sold").split("</thead>")[-1]
    found = lead.get(reverse("search"), {"q": "SER-2"})
    assert (
        reverse("admin:inventory_serial_change", args=[unit.pk])
        in found.headers.get("Location", "") + found.content.decode()
    )
    assert run_checks().ok


def test_a_lot_is_called_back_from_the_orders_that_got_it(lead, world):
    sku = make_tracked(world.house)
    lot = make_lot(world.house, sku, "BAD", 40)
    make_lot_stock(world.house, sku, lot, "10")
    world.ship(world.place("L-1", line("MILK", "2", "3")))

    shown = page(lead, "inventory_lot_change", lot)
    answer = lead.get(reverse("admin:orders_recall", args=["lot", lot]), {"as": "csv"})
    text = b"".join(answer.streaming_content).decode()
    sheet = lead.get(reverse("admin:orders_recall", args=["lot", lot]), {"as": "xlsx"})

    assert "Orders that got it" in shown and "L-1" in shown
    assert "L-1" in text and "TR-1" in text and len(text.strip().splitlines()) == 2
    assert b"".join(sheet.streaming_content)[:2] == b"PK"


def test_lists_are_narrowed_and_the_report_shows_value_by_weeks(lead, world):
    sku = make_tracked(world.house)
    for code, days in (("OLD", -2), ("SOON", 5), ("LATE", 60)):
        make_lot_stock(world.house, sku, make_lot(world.house, sku, code, days), "10")
    make_lot(world.house, sku, "EMPTY", 5)

    def listed(**query):
        text = page(lead, "inventory_lot_changelist", **query)
        return {code for code in ("OLD", "SOON", "LATE", "EMPTY") if f">{code}<" in text}

    assert listed(expiry="expired") == {"OLD"}
    assert listed(expiry="7") == {"SOON", "EMPTY"}
    assert listed(expiry="7", state="in_stock", warehouse="LON") == {"SOON"}
    assert listed(state="gone") == {"EMPTY"}
    report = lead.get(reverse("expiry_report")).context
    assert [row.lot for row in report["rows"]] == ["OLD", "SOON", "LATE"] and report["total"] == 150
    week = lead.get(reverse("expiry_report"), {"week": "0"}).context
    assert [row.lot for row in week["rows"]] == ["SOON"] and week["total"] == 50
    answer = lead.get(reverse("expiry_report"), {"as": "csv", "week": "-1"})
    text = b"".join(answer.streaming_content).decode()
    assert "OLD" in text and "SOON" not in text


def test_tracking_is_set_in_the_form_and_refused_over_stock_that_lacks_it(client, world):
    client.force_login(make_staff("owner"))
    url = reverse("admin:inventory_sku_edit", args=[world.mug])
    form = client.get(url).context["adminform"].form
    given = {name: form.initial.get(name) for name in form.fields}
    given = {name: "" if value is None or value is False else value for name, value in given.items()}
    given["is_stocked"] = "on"
    given.pop("expiry_required", None), given.pop("serial_tracked", None)

    refused = client.post(url, given | {"lot_tracked": "on"}).content.decode()

    assert "MUG has stock without a lot" in refused and not Sku.objects.get(pk=world.mug).lot_tracked
    url = reverse("admin:inventory_sku_edit", args=[world.cup])
    given |= {"code": "CUP", "name": "Cup", "product": Sku.objects.get(pk=world.cup).product_id}
    client.post(url, given | {"lot_tracked": "on", "expiry_required": "on", "shelf_life_days": "90"})
    cup = Sku.objects.get(pk=world.cup)
    assert (cup.lot_tracked, cup.expiry_required, cup.shelf_life_days) == (True, True, 90)


def test_a_unit_leaves_by_its_number_and_comes_back_by_it(lead, world):
    sku = make_tracked(world.house, "PHONE", serial=True)
    make_units(world.house, sku, "S1", "S2", "S3")
    order = world.place("P-1", line("PHONE", "2", "10"))
    work = world.fulfilment_of(order)
    lead.post(reverse("admin:warehouse_start", args=[work]))
    task = world.one("SELECT id FROM warehouse_picktask ORDER BY id DESC LIMIT 1")
    before = world.written()

    def pick(*codes):
        body = {f"task-{task}": "2", f"serials-{task}": "\n".join(codes)}
        return lead.post(reverse("admin:warehouse_pick", args=[work]), body, follow=True).content.decode()

    assert "name one for each of the 2 units" in pick("S1")
    twice = pick("S1", "S1")
    assert "Serial number S1 of PHONE is named twice." in twice and "S1\nS1</textarea>" in twice
    assert "is not at A1" in pick("S1", "S9")
    assert world.written() == before

    pick("S1", "S3")
    lead.post(reverse("admin:warehouse_pack", args=[work]))
    lead.post(reverse("admin:warehouse_ship", args=[work]), {"carrier": "DPD"})
    places = dict(Serial.objects.values_list("code", "location__kind"))
    assert places == {"S1": "customer", "S2": "bin", "S3": "customer"}
    unit = Serial.objects.get(code="S3")
    assert "P-1" in page(lead, "inventory_serial_change", unit.pk)

    back = world.take_back(order, "1")
    [row] = ReturnOrder.objects.get(pk=back).lines.all()
    receipt = reverse("admin:warehouse_receive_return", args=[back])
    body = {f"line-{row.pk}": "1", f"disposition-{row.pk}": "restock"}
    lead.force_login(make_staff("owner"))
    lead.post(reverse("admin:orders_returnorder_step", args=[back, "approve"]))
    strange = lead.post(receipt, body | {f"serials-{row.pk}": "S2"}, follow=True).content.decode()
    assert "Serial number S2 of PHONE" in strange
    assert "textarea" in lead.get(receipt).content.decode()
    lead.post(receipt, body | {f"serials-{row.pk}": "S3"})
    assert dict(Serial.objects.values_list("code", "location__kind")) == {"S1": "customer", "S2": "bin", "S3": "bin"}
    life = page(lead, "inventory_serial_change", unit.pk)
    assert "RMA-" in life and "SH-" in life
    assert run_checks().ok


def test_a_channel_that_wants_fresh_goods_leaves_older_lots_and_says_so(lead, world):
    sku = make_tracked(world.house)
    make_lot_stock(world.house, sku, make_lot(world.house, sku, "OLD", 10), "10")
    owner, address = sign_in("owner"), reverse("admin:orders_channel_change", args=[world.channel.pk])
    form = owner.get(address).context["adminform"].form
    values = {name: value for name in form.fields if (value := form[name].value()) not in (None, False)}
    none = {f"{rules}-{of}_FORMS": "0" for rules in ("sourcing_rules", "mail_rules") for of in ("TOTAL", "INITIAL")}
    saved = owner.post(address, values | none | {"min_remaining_days": "30"})
    assert saved.status_code == 302, saved.context["errors"]
    world.channel.refresh_from_db()
    assert world.channel.min_remaining_days == 30

    waits = world.place("F-1", line("MILK", "2", "3"))

    shown = lead.get(reverse("admin:orders_order_change", args=[waits])).content.decode()
    assert "2 × MILK wait for fresher goods: what is in stock does not keep until" in shown
    make_lot_stock(world.house, sku, make_lot(world.house, sku, "NEW", 40), "10")
    fresh = world.place("F-2", line("MILK", "2", "3"))
    assert "fresher goods" not in lead.get(reverse("admin:orders_order_change", args=[fresh])).content.decode()
    assert run_checks().ok
