"""The map and the making of bins in a real browser: nothing wider than its screen."""

from urllib.parse import quote

import pytest

from backoffice.core.models import User
from inventory.models import BinType, Location, Zone
from inventory.services import BinPlan, block_bins, make_bins
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.plugins.browser import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"


def test_the_pages_of_the_layout_fit_wide_and_on_a_phone(live_server, new_page, screenshot):
    User.objects.create_superuser("boss", password=PASSWORD)
    shop = make_shop()
    zone = Zone.objects.create(company=shop.company, warehouse=shop.warehouse, code="FAST", name="Fast movers")
    shelf = BinType.objects.create(company=shop.company, code="SHELF", name="Shelf", max_weight_g=20_000)
    for aisle in "BC":
        plan = BinPlan(f"{aisle}-{{01..12}}-{{A..D}}-{{1..3}}", zone.pk, shelf.pk, is_pick_face=aisle == "B")
        make_bins(plan, warehouse=shop.warehouse, actor=ACTOR)
    mug = make_sku(shop, "MUG")
    type(zone).objects.filter(pk=zone.pk).update(position=1)
    mug_row = shop.company.sku_set.get(pk=mug)
    type(mug_row).objects.filter(pk=mug).update(weight_g=350, name="Mug, blue, 0.3 l")
    places = list(Location.objects.filter(aisle="B").order_by("pk")[:60])
    for number, place in enumerate(places[::2]):
        make_stock(shop, mug, str(5 + 3 * number), "1", at=place.pk)
    block_bins([places[7].pk], reason="Shelf broken", company_id=shop.id, actor=ACTOR)

    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        page = new_page(viewport)
        page.goto(f"{live_server.url}/admin/login/?next={quote('/admin/inventory/location/map/')}")
        page.fill("input[name=username]", "boss")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/inventory/location/map/")
        page.locator(f"svg a[href*='bin={places[4].pk}#']").click()
        page.get_by_text("Block it, because").wait_for()
        screenshot(page, f"layout-map-{size}")
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"] + 1
        page.goto(f"{live_server.url}/admin/inventory/location/make/")
        page.fill("input[name=pattern]", "D-{01..04}-{A..B}-{1..2}")
        page.click("button[value=preview]")
        page.get_by_text("16 new").wait_for()
        screenshot(page, f"layout-make-{size}")
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"] + 1
        page.goto(f"{live_server.url}/admin/inventory/location/walk/?warehouse=LON&zone=FAST")
        page.click("button[value=look]")
        page.get_by_text("How they would be walked").wait_for()
        screenshot(page, f"layout-walk-{size}")
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"] + 1
        page.click("button[value=apply]")
        page.goto(f"{live_server.url}/admin/inventory/location/map/?by=walk&zone=FAST")
        screenshot(page, f"layout-map-walk-{size}")
        page.goto(f"{live_server.url}/admin/inventory/location/")
        screenshot(page, f"layout-list-{size}")
        page.goto(f"{live_server.url}/admin/inventory/location/{places[0].pk}/change/")
        screenshot(page, f"layout-place-{size}")
