"""In a real browser: the files of the first day, and the checklist on the first page."""

import pytest

from tests.browser.test_order_to_cash import Desk
from tests.factories.goods import make_shop, make_sku
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE, WIDE, width_of


@pytest.mark.browser
def test_a_trial_balance_is_brought(transactional_db, new_page, live_server, screenshot, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make_sku(make_shop(), "MUG")
    make_staff("owner")
    desk = Desk(new_page(), live_server, "owner")
    page = desk.page

    def keep(name: str) -> None:
        page.set_viewport_size(WIDE)
        screenshot(page, f"opening-{name}")
        page.set_viewport_size(PHONE)
        screenshot(page, f"opening-{name}-phone")
        assert width_of(page) <= PHONE["width"]
        page.set_viewport_size(WIDE)

    page.goto(f"{live_server.url}/admin/")
    desk.sees("Still to do", "Bring the stock")
    keep("checklist")
    page.get_by_role("link", name="Bring the opening balances").click()
    page.get_by_role("row", name="Opening balances").get_by_role("link", name="Bring a file").click()
    text = "account,date,debit,credit\n1020,2025-12-31,1000,\n1210,2025-12-31,120,\n3010,2025-12-31,,1120\n"
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "balances.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    keep("new")
    desk.press("Check the file")
    keep("preview")
    page.goto(f"{live_server.url}/admin/opening/")
    desk.sees("balances.csv")
    keep("page")
