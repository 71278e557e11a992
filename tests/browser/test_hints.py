"""The hint beneath the title: folded once it is folded on every page, and opened again where one asks."""

from urllib.parse import quote

import pytest

from backoffice.core.models import User
from tests.plugins.browser import PHONE, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "not-a-secret-1"


def test_a_hint_is_folded_away_and_stays_so(live_server, new_page, screenshot):
    User.objects.create_superuser("boss", password=PASSWORD)

    for size, viewport in (("wide", WIDE), ("phone", PHONE)):
        page = new_page(viewport)
        page.goto(f"{live_server.url}/admin/login/?next={quote('/admin/orders/order/')}")
        page.fill("input[name=username]", "boss")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector(".bo-hint[open] >> text=Every order of every channel.")
        screenshot(page, f"hint-list-{size}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        page.click(".bo-hint > summary")
        page.goto(f"{live_server.url}/admin/reports/profit-and-loss/")
        page.wait_for_selector(".bo-hint:not([open])")
        assert not page.is_visible(".bo-hint > p") and page.is_visible("text=What is this page for?")
        screenshot(page, f"hint-folded-{size}")

        page.click(".bo-hint > summary")
        page.reload()
        assert page.is_visible(".bo-hint > p")
        screenshot(page, f"hint-report-{size}")
