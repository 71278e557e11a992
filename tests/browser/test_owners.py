"""Other owners' goods in a real browser: their page, statement and ages, wide and on a phone."""

from decimal import Decimal
from urllib.parse import quote

import pytest

from backoffice.core.models import User
from tests.factories.buying import arrive
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.tracking import make_owner, make_term
from tests.pages.test_owners import sell
from tests.plugins.browser import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"


def test_the_pages_of_owners_fit_wide_and_on_a_phone(live_server, new_page, screenshot):
    User.objects.create_superuser("boss", password=PASSWORD)
    shop = make_shop()
    mug, cup = make_sku(shop, "MUG"), make_sku(shop, "CUP")
    make_stock(shop, cup, "5", "20.00")
    owner = make_owner(shop)
    for sku in (mug, cup):
        make_term(owner, sku, "4.00")
    came = {"quantity": Decimal(12), "owner_id": owner.party_id, "location_id": shop.bin}
    arrive(shop, {"sku_id": mug, **came}, {"sku_id": cup, **came})
    sell(shop, mug, owner, "3")
    pages = {
        "page": f"/admin/inventory/stockowner/{owner.pk}/change/",
        "statement": f"/admin/inventory/stockowner/{owner.pk}/statement/?start=2026-01-01",
        "ages": f"/admin/reports/ageing/?owner={owner.party.code}",
        "ages-warehouse": "/admin/reports/ageing/?warehouse=LON",
        "explorer": f"/admin/stock/?owner={owner.party.code}",
    }

    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        page = new_page(viewport)
        page.goto(f"{live_server.url}/admin/login/?next={quote('/admin/inventory/stockowner/')}")
        page.fill("input[name=username]", "boss")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/inventory/stockowner/")
        for name, address in pages.items():
            page.goto(live_server.url + address)
            page.locator(".bo-head").first.wait_for()
            screenshot(page, f"owners-{name}-{size}")
