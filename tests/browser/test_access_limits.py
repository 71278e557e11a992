"""A person is limited to one warehouse in a real browser, and then finds nothing of the other."""

from urllib.parse import quote

import pytest

from backoffice.core.models import User
from inventory.services import create_warehouse
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.plugins.browser import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"


def sign_in(page, live_server, name):
    page.goto(f"{live_server.url}/admin/login/?next={quote('/admin/inventory/stocklevel/')}")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/inventory/stocklevel/")


def test_the_owner_limits_a_lead_to_one_warehouse(live_server, new_page, screenshot):
    User.objects.create_superuser("boss", password=PASSWORD)
    lead = User.objects.create_superuser("lead", password=PASSWORD)
    shop = make_shop()
    make_stock(shop, make_sku(shop, "MUG"), "5", "20.00")
    create_warehouse(company_id=shop.id, code="FAR", name="Far away", actor=ACTOR)

    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        page = new_page(viewport)
        sign_in(page, live_server, "boss")
        page.goto(f"{live_server.url}/admin/core/user/{lead.pk}/change/")
        page.get_by_label("FAR · Far away").check()
        page.get_by_label("FAR · Far away").scroll_into_view_if_needed()
        screenshot(page, f"access-limits-{size}")
    page.locator("[name=_save]").first.click()
    page.wait_for_url("**/core/user/")

    limited = new_page(WIDE)
    sign_in(limited, live_server, "lead")
    assert "MUG" not in limited.locator("#changelist").inner_text()
    screenshot(limited, "access-limits-lead")
