"""In a real browser: the sync page shows what to do and tries again."""

import pytest

from tests.browser.test_order_to_cash import Desk
from tests.factories.staff import make_staff
from tests.pages.conftest import World
from tests.pages.test_sync import trouble
from tests.plugins.browser import PHONE


@pytest.mark.browser
def test_the_desk_sees_what_to_do_and_tries_again(transactional_db, new_page, live_server, screenshot):
    trouble(World())
    make_staff("owner")
    desk = Desk(new_page(), live_server, "owner")

    desk.page.goto(f"{live_server.url}/admin/sync/")
    desk.sees("1 rows were not imported", "more than an hour behind")
    screenshot(desk.page, "sync")
    desk.page.set_viewport_size(PHONE)
    screenshot(desk.page, "sync-phone")
    desk.page.set_viewport_size({"width": 1440, "height": 900})
    desk.page.locator("input[name=reason]").first.fill("Mended there")
    desk.press("Tell of the shipments again")

    desk.sees("1 are tried again.")
    assert desk.complaints == []
