"""In a real browser: a shop is connected on a telephone, from choosing it to going live."""

import pytest

from integrations.models import Connection, Listing
from orders.models import Order
from tests.browser.test_order_to_cash import Desk
from tests.factories.staff import make_staff
from tests.pages.test_connecting import Setting
from tests.plugins.browser import PHONE, width_of
from tests.simulators.engine import running
from tests.simulators.vendure import VendureSimulator


@pytest.mark.browser
def test_a_shop_is_connected_on_a_telephone(transactional_db, new_page, live_server, screenshot):
    with running(VendureSimulator()) as simulator:
        shop = Setting(simulator)
        shop.sell(2, "MUG", "CUPBLUE")
        shop.sell(3, "SPOON")
        make_staff("owner")
        desk = Desk(new_page(), live_server, "owner")
        page = desk.page

        def keep(name: str) -> None:
            """As it is on a desk, then on a telephone, where the work goes on."""
            page.set_viewport_size({"width": 1440, "height": 900})
            screenshot(page, f"setup-{name}")
            page.set_viewport_size(PHONE)
            screenshot(page, f"setup-{name}-phone")
            width = width_of(page)
            assert width <= PHONE["width"], f"{name} is {width} wide"

        def go_on() -> None:
            with page.expect_navigation():
                page.get_by_role("link", name="Go on").click()

        page.goto(f"{live_server.url}/admin/integrations/connection/add/")
        keep("choose")
        page.get_by_label("Vendure").check()
        page.get_by_label("Channel", exact=True).select_option(label=str(shop.channel))
        desk.press("Go on")
        keep("login")
        page.get_by_label("Address of the shop").fill(simulator.url)
        page.get_by_label("Administrator").fill("user-a")
        page.get_by_label("Password").fill("wrong")
        desk.press("Save and try it")
        desk.sees("The provided credentials are invalid", "Check the keys")
        keep("refused")
        page.get_by_label("Password").fill("secret")
        desk.press("Save and try it")
        desk.sees("The login works.")
        desk.press("Read the catalogue")
        keep("skus")
        page.get_by_label("CUPBLUE").check()
        desk.press("Keep the ticked ones")
        desk.sees("2 listings are kept.")
        go_on()
        keep("start")
        page.get_by_role("button", name="7 days ago").click()
        desk.press("Look at the orders")
        desk.sees("2 orders were looked at; nothing was imported.", "unknown: SPOON")
        keep("preview")
        go_on()
        keep("live")
        assert not Order.objects.exists() and Connection.objects.get().status == "draft"
        desk.press("Go live")
        desk.sees("It is live: orders are pulled from now on.")

    assert (Connection.objects.get().status, Listing.objects.count()) == ("active", 2)
    assert desk.complaints == []
