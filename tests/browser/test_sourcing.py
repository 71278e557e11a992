"""In a real browser: why an order ships from where it ships, and a pin by hand."""

import pytest

from tests.browser.test_order_to_cash import Desk
from tests.factories.sales import line, order, place
from tests.factories.sourcing import D, Map, ship_to
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE


@pytest.mark.browser
def test_the_desk_reads_why_and_pins(transactional_db, new_page, live_server, screenshot):
    world = Map(mug=("10", "10", "1"), cup=("10", "10", "0"))
    world.set(world.london, parcel_cost=D("5"))
    world.set(world.york, parcel_cost=D("4.50"), cut_off="00:00")
    world.rule(world.leeds, position=2)
    (result,) = place(world.channel, order("1001", line("MUG", "2"), line("CUP"), line("MUG", "20"),
                                            shipping_address=ship_to("YO1 7HH")))  # fmt: skip
    make_staff("owner")
    desk = Desk(new_page(), live_server, "owner")

    desk.page.goto(f"{live_server.url}/admin/orders/order/{result.order_id}/change/")
    desk.sees("Where it ships from", "Why it has not shipped yet", "Best choice: ")
    screenshot(desk.page, "sourcing-before")
    desk.page.get_by_text("Pin to a warehouse").click()
    desk.page.select_option("#sourcing select[name=warehouse]", "YRK")
    desk.page.fill("#sourcing input[name=reason] >> nth=0", "Fetched there")
    desk.page.locator("#sourcing").get_by_role("button", name="Pin", exact=True).click()

    desk.sees("The order is pinned to YRK.", "Pinned to YRK by owner")
    screenshot(desk.page, "sourcing-pinned")
    assert {claim[0] for claim in world.claims()} == {"YRK"}
    desk.page.set_viewport_size(PHONE)
    screenshot(desk.page, "sourcing-phone")
    desk.page.goto(f"{live_server.url}/admin/orders/channel/{world.channel.pk}/change/")
    desk.page.get_by_role("heading", name="Sourcing").first.wait_for()
    screenshot(desk.page, "sourcing-channel-phone")
    desk.page.set_viewport_size({"width": 1440, "height": 900})
    screenshot(desk.page, "sourcing-channel")
    desk.page.goto(f"{live_server.url}/admin/inventory/warehouse/{world.york.warehouse.pk}/change/")
    desk.sees("Place and time")
    screenshot(desk.page, "sourcing-warehouse")
    assert desk.complaints == []
