"""Landed cost, assembly, revaluation and the valuation in a real browser: nothing wider than its screen."""

from decimal import Decimal
from urllib.parse import quote

import pytest

from backoffice.core.models import User
from inventory import services
from tests.factories.books import ACTOR, NOON
from tests.factories.costs import bought, moved
from tests.factories.goods import make_shop, make_sku
from tests.plugins.browser import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"


def test_the_pages_about_cost_fit_wide_and_on_a_phone(live_server, new_page, screenshot):
    User.objects.create_superuser("boss", password=PASSWORD)
    shop = make_shop()
    given = {"company_id": shop.id, "actor": ACTOR}
    mug, box = make_sku(shop, "MUG", cost_method="fifo"), make_sku(shop, "BOX")
    receipt = bought(shop, mug, "10", "50.00")
    moved(shop, mug, "4", shop.bin, shop.customer)
    landed = services.create_landed_cost(
        [services.LandedCostLineInput("freight", Decimal("12.00"))],
        move_ids=[receipt],
        effective_at=NOON,
        is_estimate=True,
        **given,
    )
    services.post_landed_cost(landed.pk, **given)
    services.set_bill_of_materials(box, parts=[services.BomPart(mug, Decimal(2))], labour_cost=Decimal("0.50"), **given)
    order = services.create_assembly_order(box, quantity=Decimal(2), location_id=shop.bin, **given)
    services.release_assembly_order(order.pk, effective_at=NOON, **given)
    services.complete_assembly(order.pk, quantity=Decimal(1), effective_at=NOON, **given)
    line = services.RevaluationLineInput(mug, Decimal("4.00"))
    lower = services.create_revaluation([line], kind="write_down", valid_from=NOON.date(), **given)
    pages = {
        "landed": f"/admin/inventory/landedcost/{landed.pk}/change/",
        "landed-new": "/admin/inventory/landedcost/add/",
        "assembly": f"/admin/inventory/assemblyorder/{order.pk}/change/",
        "revaluation": f"/admin/inventory/revaluation/{lower.pk}/change/",
        "revaluation-new": "/admin/inventory/revaluation/add/",
        "sku-cost": f"/admin/inventory/sku/{mug}/change/",
        "valuation": "/admin/reports/valuation/",
    }

    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        page = new_page(viewport)
        page.goto(f"{live_server.url}/admin/login/?next={quote('/admin/inventory/landedcost/')}")
        page.fill("input[name=username]", "boss")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/inventory/landedcost/")
        for name, address in pages.items():
            page.goto(live_server.url + address)
            page.locator(".bo-head").first.wait_for()
            screenshot(page, f"costs-{name}-{size}")
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"] + 1, name
