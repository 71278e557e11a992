"""A supplier ships to the buyer, driven through the order's page."""

import re
from decimal import Decimal

from django.urls import reverse

from accounting.models import Party
from backoffice.core.proof import run_checks
from inventory.models import PurchaseOrder
from orders.inputs import AddressInput
from orders.models import DropShipLine, DropShipRule, OrderLine, Shipment
from tests.factories.buying import make_offer
from tests.factories.sales import line
from tests.factories.staff import said, sign_in

D = Decimal
HOME = AddressInput(name="Ana", line1="Street 1", city="London", country="GB")


def press(client, order_id, name, **data):
    return client.post(reverse(f"admin:orders_order_{name}", args=[order_id]), data)


def test_a_line_is_given_to_a_supplier_shipped_in_parts_and_the_rest_called_off(world):
    order_id = world.place("D-1", line("CUP", "5", "10"), shipping_address=HOME)
    sold = OrderLine.objects.get(order_id=order_id)
    desk, buyer = sign_in("order_desk"), sign_in("buyer")
    page = desk.get(reverse("admin:orders_order_change", args=[order_id])).content.decode()
    assert "Let a supplier ship it" in page

    given = press(
        desk, order_id, "drop", supplier=world.supplier.pk, **{f"drop-{sold.pk}": "5", f"cost-{sold.pk}": "2,50"}
    )

    assert said(given) == ["Supplier ships it to the buyer: send the purchase order next."]
    purchase = PurchaseOrder.objects.get(ship_to__isnull=False)
    page = desk.get(reverse("admin:orders_order_change", args=[order_id])).content.decode()
    assert f"Send {purchase.number} to the supplier" in page and "5 claimed" not in page
    buyer.post(reverse("admin:inventory_purchaseorder_step", args=[purchase.pk, "send"]))
    bought = buyer.get(reverse("admin:inventory_purchaseorder_change", args=[purchase.pk])).content.decode()
    assert "Street 1" in bought and "Book a delivery in" not in bought  # nothing of it comes here
    part = DropShipLine.objects.get()
    shipped = press(
        desk,
        order_id,
        "record_part",
        purchase=purchase.pk,
        carrier="DHL",
        tracking_number="T-9",
        **{f"part-{part.pk}": "2"},
    )
    sent = Shipment.objects.get(purchase_order=purchase)
    assert said(shipped)[0].startswith(f"Shipment {sent.number} is recorded, invoice ")
    page = desk.get(reverse("admin:orders_order_change", args=[order_id])).content.decode()
    assert f"{purchase.number} is with the supplier" in page
    for words in ("Shipped by suppliers", "T-9", "Record what the supplier shipped", "The supplier agrees"):
        assert words in page, words
    assert desk.get(reverse("admin:orders_shipment_change", args=[sent.pk])).status_code == 200
    before = world.written()
    refused = press(desk, order_id, "call_off", part=part.pk, reason="buyer")
    assert said(refused) == [f"The supplier has confirmed {purchase.number}: ask them, and cancel when they agree."]
    again = press(
        desk, order_id, "record_part", purchase=purchase.pk, tracking_number="T-10", **{f"part-{part.pk}": "4"}
    )
    assert said(again) == ["Of line 1 the supplier has 3 left to ship, not 4."]
    assert world.written() == before
    press(desk, order_id, "call_off", part=part.pk, reason="buyer", supplier_agrees="1")
    assert world.status("orders_order", order_id) == "shipped"
    sold.refresh_from_db()
    assert (sold.shipped, sold.cancelled, sold.open_quantity) == (2, 3, 0)
    assert run_checks().ok


def test_wrong_input_is_named_and_nothing_is_written(world):
    order_id = world.place("D-1", line("CUP", "5", "10"), shipping_address=HOME)
    sold = OrderLine.objects.get(order_id=order_id)
    desk = sign_in("order_desk")
    before = world.written()

    for data, words in (
        ({}, "Choose a supplier."),
        ({"supplier": "x"}, "Choose a supplier."),
        ({"supplier": world.supplier.pk}, "Say which lines the supplier ships, and how much."),
        (
            {"supplier": world.supplier.pk, f"drop-{sold.pk}": "6", f"cost-{sold.pk}": "1"},
            "Of line 1 only 5 can be given to a supplier.",
        ),
        (
            {"supplier": world.supplier.pk, f"drop-{sold.pk}": "1", f"cost-{sold.pk}": "x"},
            "Unit cost of line 1: “x” is not a quantity. Give a number, 0 or more.",
        ),
        (
            {"supplier": world.supplier.pk, f"drop-{sold.pk}": "1"},
            "CUP: the supplier's list has no price in GBP; type one.",
        ),
    ):
        assert said(press(desk, order_id, "drop", **data)) == [words]
    assert said(press(desk, order_id, "record_part", purchase="9")) == ["Give a quantity for at least one line."]
    assert press(desk, order_id, "call_off", part="9", reason="x").status_code == 404
    assert press(sign_in("picker"), order_id, "drop").status_code == 403
    assert (world.written(), DropShipLine.objects.count()) == (before, 0)


def test_a_rule_is_written_in_its_form_and_orders_what_stock_lacks(world):
    desk = sign_in("order_desk")
    form = {
        "company": world.house.id, "sku": world.cup, "channel": "", "supplier": world.supplier.pk,
        "unit_cost": "2.50", "is_active": "on",
    }  # fmt: skip

    answer = desk.post(reverse("admin:orders_dropshiprule_add"), form)

    assert answer.status_code == 302, answer.context["errors"]
    assert DropShipRule.objects.get().unit_cost == D("2.50")
    assert "CUP" in desk.get(reverse("admin:orders_dropshiprule_changelist")).content.decode()
    world.place("D-1", line("CUP", "3", "10"), shipping_address=HOME)
    assert DropShipLine.objects.get().quantity == 3
    assert run_checks().ok


def test_the_form_says_who_offers_it_and_what_they_have(world):
    make_offer(world.house, "CUP", supplier="NEAR", price="3.10", stock="12", lead_time_days=2)
    order_id = world.place("D-9", line("CUP", "5", "10"), shipping_address=HOME)
    sold, desk = OrderLine.objects.get(order_id=order_id), sign_in("order_desk")
    page = desk.get(reverse("admin:orders_order_change", args=[order_id])).content.decode()
    offered = re.sub(r"<[^>]+>|&nbsp;", " ", page[page.index('data-label="Offered by"') :])
    assert "NEAR · 3.10 GBP · 12 on their shelf · 2 days" in " ".join(offered.split())

    near = Party.objects.get(code="NEAR")
    press(desk, order_id, "drop", supplier=near.pk, **{f"drop-{sold.pk}": "5", f"cost-{sold.pk}": ""})

    assert DropShipLine.objects.get().po_line.unit_cost == D("3.10") and run_checks().ok
