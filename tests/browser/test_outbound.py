"""The packing bench, the menu and the outbound pages in a real browser, wide and on a phone."""

from urllib.parse import quote

import pytest

from backoffice.core.models import User
from inventory.models import Barcode
from tests.factories.carriers import address_for, make_box, make_carrier
from tests.factories.floor import broken_checks, make_channel, make_order, make_picked, status_of
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.plugins.browser import PHONE, WIDE
from warehouse.models import Parcel, ParcelLabel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"


def sign_in(page, server, to):
    page.goto(f"{server.url}/admin/login/?next={quote(to)}")
    page.fill("input[name=username]", "boss")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"**{to}")


def fits(page, viewport):
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"] + 1


def test_each_unit_is_scanned_weighed_boxed_and_labelled(live_server, new_page, screenshot):
    User.objects.create_superuser("boss", password=PASSWORD)
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    for sku, code in ((mug, "5000001"), (cup, "5000002")):
        make_stock(shop, sku, "20")
        Barcode.objects.create(company=shop.company, sku_id=sku, code=code, pack_quantity=1)
    channel = make_channel(shop)
    make_carrier(shop)
    make_box(shop)

    for number, (size, viewport) in enumerate((("wide", WIDE), ("phone", PHONE)), 1):
        placed = make_order(channel, {mug: "2", cup: "1"}, f"B{number}")
        address_for(placed.order_id)
        make_picked(shop, placed)
        page = new_page(viewport)
        sign_in(page, live_server, "/admin/warehouse/picklist/bench/")

        def scan(text, said, page=page):
            page.fill("#bench-scan", text)
            page.press("#bench-scan", "Enter")
            page.locator("#bench-say", has_text=said).wait_for()

        scan("NOBODY", "Nobody knows")
        scan(f"FO-{placed.fulfilment_id:06d}", "")
        page.locator("#bench-lines tr").nth(1).wait_for()
        scan("9999999", "9999999")  # an article that is not of this order
        scan("5000001", "MUG")
        scan("5000001", "MUG")
        scan("5000001", "MUG")  # one too many is said, and not counted
        screenshot(page, f"bench-scanned-{size}")
        scan("5000002", "")
        page.locator("#bench-weight:focus").wait_for()  # all is in: now it is weighed
        page.select_option("#bench-box", label=page.locator("#bench-box option").nth(1).inner_text())
        page.fill("#bench-weight", "900")
        page.select_option("#bench-service", index=1)
        page.click("#bench-pack")
        page.locator("#bench-label").wait_for(state="visible")
        screenshot(page, f"bench-packed-{size}")
        fits(page, viewport)

        parcel = Parcel.objects.order_by("-pk")[0]
        assert (parcel.weight_g, parcel.lines.count()) == (900, 2)
        assert ParcelLabel.objects.filter(parcel=parcel, voided_at=None).count() == 1
        assert status_of("orders_shipment", parcel.shipment_id) == "labelled"
        page.goto(f"{live_server.url}/admin/floor/report/?figure=lines_per_hour&every=week")
        screenshot(page, f"floor-report-{size}")
        fits(page, viewport)
        page.goto(f"{live_server.url}/admin/floor/board/rows/?stage=packed")
        screenshot(page, f"board-rows-{size}")
        fits(page, viewport)
        page.goto(f"{live_server.url}/admin/warehouse/picklist/work/{placed.fulfilment_id}/walk/")
        screenshot(page, f"walk-{size}")
        fits(page, viewport)
        page.goto(f"{live_server.url}/admin/warehouse/wagerate/add/")
        screenshot(page, f"wage-rate-{size}")
        page.goto(f"{live_server.url}/admin/warehouse/trackingwatch/")
        screenshot(page, f"tracking-{size}")
    assert broken_checks() == []


def test_the_menu_folds_and_keeps_what_was_opened(live_server, new_page, screenshot):
    User.objects.create_superuser("boss", password=PASSWORD)
    make_shop()
    page = new_page(WIDE)
    sign_in(page, live_server, "/admin/warehouse/wave/")

    menu = page.locator("#nav-sidebar-apps")
    assert menu.get_by_role("link", name="Packing bench").is_visible()  # the group of this page is open
    assert not menu.get_by_role("link", name="Zones").is_visible()
    menu.get_by_role("button", name="Layout").click()
    menu.get_by_role("link", name="Zones").wait_for()
    screenshot(page, "menu-wide")
    page.goto(f"{live_server.url}/admin/accounting/invoice/")
    assert menu.get_by_role("link", name="Zones").is_visible()  # stays as it was left
    assert menu.get_by_role("link", name="Invoices", exact=True).is_visible()

    phone = new_page(PHONE)
    sign_in(phone, live_server, "/admin/accounting/invoice/")
    phone.locator("[x-on\\:click*=sidebarMobileOpen]:visible").first.click()
    phone.locator("#nav-sidebar-apps").get_by_role("link", name="Invoices", exact=True).wait_for()
    screenshot(phone, "menu-phone")
