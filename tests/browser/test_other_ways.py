"""Orders that go other ways than a parcel from our shelf, seen in a real browser: suppliers' parts, shop pickups."""

import pytest
from django.urls import reverse

from accounting.models import Party
from inventory.services import confirm_purchase_order, send_purchase_order
from orders.inputs import AddressInput
from orders.models import DropShipLine, OrderLine
from orders.services import DropShipInput, drop_ship_lines, record_dropship
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import ACTOR, NOON
from tests.factories.buying import make_offer
from tests.factories.goods import days_later, make_shop, make_sku, make_stock
from tests.factories.sales import D, line, make_channel, order, place
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE, WIDE
from warehouse.services import ask_pickups, create_till, ready_pickups

HOME = AddressInput(name="Ana Buyer", line1="Street 1", city="London", postcode="E1", country="GB")


def look(page, live_server, screenshot, pages):
    for name, url in pages.items():
        for size, ending in ((WIDE, ""), (PHONE, "-phone")):
            page.set_viewport_size(size)
            page.goto(f"{live_server.url}{url}")
            page.wait_for_load_state("networkidle")
            screenshot(page, f"{name}{ending}")
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], (name, ending)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_what_a_supplier_ships_is_shown_on_the_order_and_the_purchase_order(live_server, page, screenshot):
    make_staff("owner")
    shop = make_shop()
    mug, lamp = make_sku(shop), make_sku(shop, "LAMP-BRASS-LARGE")
    make_stock(shop, mug, "9")
    make_offer(shop, "LAMP-BRASS-LARGE", supplier="LIGHT", price="14.20")
    supplier = Party.objects.get(code="LIGHT")
    goods = [line("MUG", "2", "10"), line("LAMP-BRASS-LARGE", "5", "30")]
    fresh, sent = place(make_channel(shop), *(order(name, *goods, shipping_address=HOME) for name in ("W-1", "W-2")))
    given = {"company_id": shop.id, "actor": ACTOR}
    sold = OrderLine.objects.get(order_id=sent.order_id, sku=lamp)
    drop_ship_lines(sent.order_id, lines=[DropShipInput(sold.pk, D(5), supplier.pk)], ordered_at=NOON, **given)
    part = DropShipLine.objects.get()
    purchase = part.po_line.purchase_order
    send_purchase_order(purchase.pk, **given)
    confirm_purchase_order(purchase.pk, **given)
    record_dropship(
        purchase.pk, quantities={part.pk: D(2)}, shipped_at=days_later(1), carrier="DHL", tracking_number="T-9", **given
    )
    desk = Desk(page, live_server, "owner")

    look(
        page, live_server, screenshot,
        {
            "drop-ship-ask": reverse("admin:orders_order_change", args=[fresh.order_id]),
            "drop-ship-part": reverse("admin:orders_order_change", args=[sent.order_id]),
            "drop-ship-purchase": reverse("admin:inventory_purchaseorder_change", args=[purchase.pk]),
        },
    )  # fmt: skip
    assert desk.complaints == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pickups_are_shown_at_the_counter_and_on_the_order(live_server, page, screenshot):
    make_staff("owner")
    shop = make_shop()
    make_stock(shop, make_sku(shop), "30")
    placed = place(
        make_channel(shop),
        *(order(f"W-{n}", line("MUG", str(n), "10"), shipping_address=HOME) for n in (1, 2, 3)),
    )
    till = create_till(company_id=shop.id, code="one", name="Counter 1", warehouse_id=shop.warehouse.pk, actor=ACTOR)
    given = {"company_id": shop.id, "actor": ACTOR}
    pickups = ask_pickups(
        [result.order_id for result in placed], warehouse_id=shop.warehouse.pk, asked_at=NOON, **given
    )
    ready_pickups([pickups[0].pk], ready_at=NOON, **given)
    desk = Desk(page, live_server, "owner")
    page.goto(f"{live_server.url}{reverse('till:counter', args=[till.pk])}")
    page.get_by_label("Cash in the drawer").fill("100")
    desk.press("Open")

    look(
        page, live_server, screenshot,
        {
            "till-wide": reverse("till:counter", args=[till.pk]),
            "till-pickups": reverse("till:pickups", args=[till.pk]),
            "pickup-order": reverse("admin:orders_order_change", args=[placed[0].order_id]),
            "pickup-list": reverse("admin:warehouse_pickup_changelist"),
        },
    )  # fmt: skip
    assert desk.complaints == []
