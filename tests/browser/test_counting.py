"""Counting on a handheld in a real browser, with and without Wi-Fi; the boards as people see them."""

from decimal import Decimal

import pytest

from tests.browser.test_handhelds import Screen
from tests.factories.counting import CountFloor, result, status
from tests.factories.handhelds import CUP_CODE, MUG_CODE
from warehouse.models import CountEntry

pytestmark = pytest.mark.browser


def test_a_bin_is_counted_without_wifi_and_booked_when_it_is_back(secure_server, floor_browser, screenshot):
    floor = CountFloor()
    made = floor.planned(floor.shop.bin, floor.shop.second_bin)
    screen = Screen(floor_browser, secure_server, floor.hand.token)
    page = screen.page
    screen.open("/scan/sign-in/")
    screen.scan(floor.badge)
    screen.sees("Count")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("link", name="Count").click()
    page.wait_for_url("**/scan/count/")
    page.reload()  # now by the service worker
    screen.sees("A1", "A2")
    screen.fits()
    screenshot(page, "scan-count-list-320")

    screen.scan("Z9")
    screen.sees("Z9 is not to be counted: scan a bin of the list.")
    screen.scan("A1")
    screen.sees("Scan what lies here, each unit, or type how many.")
    screen.scan(MUG_CODE)
    screen.sees("MUG 1")
    screen.scan("A2")
    screen.sees("You are counting A1: finish it first.")
    page.locator("#quantity").fill("10")
    page.locator("#quantity").press("Enter")
    screen.sees("MUG 10")
    screen.fits()
    screenshot(page, "scan-count-320")
    page.get_by_role("button", name="Bin is counted").click()
    screen.sees("Is everything in this bin written down?")
    page.get_by_role("button", name="Yes, the bin is counted").click()
    screen.sees("A1 is counted.")

    screen.context.set_offline(True)
    screen.scan("A2")
    for _unit in range(4):
        screen.scan(CUP_CODE)
    screen.sees("CUP 4")
    page.get_by_role("button", name="Bin is counted").click()
    page.get_by_role("button", name="Yes, the bin is counted").click()
    screen.sees("2 waiting", "No Wi-Fi")
    page.reload()
    screen.sees("2 waiting")
    assert CountEntry.objects.count() == 1
    screen.context.set_offline(False)
    page.locator("#waiting").wait_for(state="hidden")

    assert [entry.quantity for entry in CountEntry.objects.order_by("pk")] == [Decimal(10), Decimal(4)]
    assert (status(made), result(made, floor.cup).variance) == ("posted", 0)
    screen.context.close()
    assert screen.complaints == []


def test_the_wall_board_needs_nobody_signed_in(secure_server, floor_browser, screenshot):
    floor = CountFloor()
    floor.planned(floor.shop.bin, floor.shop.second_bin)
    for name, size in (("wide", (1440, 900)), ("phone", (390, 844))):
        screen = Screen(floor_browser, secure_server, floor.hand.token, size=size)
        screen.open("/scan/board/")
        screen.sees("To be picked", "Counts")
        assert screen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        screenshot(screen.page, f"wall-board-{name}")
        screen.context.close()
        assert screen.complaints == []
