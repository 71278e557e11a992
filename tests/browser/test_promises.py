"""What customers were promised, seen in a real browser: no errors, and no page wider than the phone."""

import pytest
from django.urls import reverse

from inventory.models import Sku
from inventory.services import set_expected_dates
from orders.services import count_promises
from orders.services.release_dates import set_release_date
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import ACTOR
from tests.factories.buying import in_days, make_purchase
from tests.factories.carts import cart
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_promises_reservations_and_what_can_be_promised_are_shown(live_server, page, screenshot):
    make_staff("owner")
    shop = make_shop()
    mug, cup, game = make_sku(shop), make_sku(shop, "CUP"), make_sku(shop, "GAME")
    make_stock(shop, mug, "4")
    Sku.objects.filter(pk=game).update(release_date=in_days(30))
    late = make_purchase(shop, mug, "6", 5)
    make_purchase(shop, mug, "20", 12, until="sent", supplier="SLOW")
    make_purchase(shop, game, "50", 20)
    channel = make_channel(shop)
    set_release_date(channel, game, in_days(25), actor=ACTOR)
    placed, _other = place(
        channel,
        order("1001", line("MUG", "9"), line("CUP", "1"), line("GAME", "2")),
        order("1002", line("MUG", "1"), line("GAME", "1")),
    )
    set_expected_dates(late.pk, company_id=shop.id, expected_date=in_days(9), reason="Port is closed", actor=ACTOR)
    count_promises(company_id=shop.id, actor=ACTOR)
    make_stock(shop, cup, "9", key="more")
    held = cart(channel, ("CUP", "2"))
    desk = Desk(page, live_server, "owner")
    pages = {
        "promises-order": reverse("admin:orders_order_change", args=[placed.order_id]),
        "promises-list": reverse("admin:orders_linepromise_changelist"),
        "promises-sku": reverse("admin:inventory_sku_change", args=[mug]),
        "promises-game": reverse("admin:inventory_sku_change", args=[game]),
        "promises-of-a-list": reverse("promise_list"),
        "promises-purchase": reverse("admin:inventory_purchaseorder_change", args=[late.pk]),
        "reservations-list": reverse("admin:orders_reservation_changelist"),
        "reservation": reverse("admin:orders_reservation_change", args=[held.reservation_id]),
    }

    for name, url in pages.items():
        page.goto(f"{live_server.url}{url}")
        page.wait_for_load_state("networkidle")
        if name == "promises-of-a-list":
            page.get_by_label("One SKU a line").fill("MUG 12\nCUP; 3\nGAME 60\nNOPE\nMUG")
            page.get_by_role("button", name="Show", exact=True).click()
            page.get_by_text("There is no such SKU.").wait_for()
        if name == "promises-purchase":
            page.get_by_text("Expected dates").click()
        screenshot(page, name)
        page.set_viewport_size(PHONE)
        screenshot(page, f"{name}-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
        page.set_viewport_size({"width": 1440, "height": 900})

    assert desk.complaints == []
