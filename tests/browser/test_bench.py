"""The packing bench and the dock's pages in a real browser: keyboard and wedge only, lost Wi-Fi, and on a phone."""

import pytest
from django.urls import reverse

from tests.browser.test_order_to_cash import Desk
from tests.factories.floor import status_of
from tests.factories.handhelds import CUP_CODE, MUG_CODE, Floor
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE
from tests.warehouse.test_receipt_states import Dock
from warehouse.models import Parcel


def scan(page, code):
    page.keyboard.type(code)
    page.keyboard.press("Enter")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_parcel_is_packed_by_scanner_and_keyboard_and_survives_lost_wifi(live_server, page, screenshot):
    floor = Floor()
    for body in (floor.mugs(), floor.cups()):
        assert floor.handheld.does("pick", body)["state"] == "done"
    make_staff("warehouse_lead")
    desk = Desk(page, live_server, "warehouse_lead")
    page.goto(f"{live_server.url}{reverse('admin:warehouse_bench')}")
    scan(page, f"FO-{floor.placed.fulfilment_id:06d}")
    page.locator("#bench-lines tr").first.wait_for()
    for code in (MUG_CODE, MUG_CODE, MUG_CODE, CUP_CODE):
        scan(page, code)
    desk.sees("CUP: 1 of 2")
    scan(page, "4006381333931")
    desk.sees("is not in this order: put it aside.")
    scan(page, MUG_CODE)
    desk.sees("MUG: all 3 are in already. Take one out.")
    scan(page, CUP_CODE)
    desk.sees("All is in: weigh it and press Enter.")
    page.context.set_offline(True)
    scan(page, "900")
    page.locator("#bench-say.bad").wait_for()
    assert Parcel.objects.count() == 0 and page.locator("#bench-weight").input_value() == "900"
    page.context.set_offline(False)
    page.locator("#bench-weight").press("Enter")
    desk.sees("Packed: SH-")

    assert Parcel.objects.get().weight_g == 900
    assert status_of("orders_fulfilment", floor.placed.fulfilment_id) == "packed"
    assert [each for each in desk.complaints if "ERR_INTERNET_DISCONNECTED" not in each] == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_docks_pages_fit_a_phone(live_server, page, screenshot):
    dock = Dock()
    make_staff("warehouse_lead")
    page.set_viewport_size(PHONE)
    desk = Desk(page, live_server, "warehouse_lead")
    for name, path in (
        ("receipt-390", reverse("admin:warehouse_receipt_change", args=[dock.pk])),
        ("receive-390", reverse("admin:warehouse_receive", args=[dock.order.pk])),
        ("receipts-390", reverse("admin:warehouse_receipt_changelist") + "?view=coming"),
        ("floor-tasks-390", reverse("admin:warehouse_floortask_changelist")),
    ):
        page.goto(f"{live_server.url}{path}")
        if name == "receive-390":
            page.get_by_text("Some is damaged").first.click()
        screenshot(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert desk.complaints == []
