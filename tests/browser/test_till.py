"""The counter in a real browser: a scanner types and presses Enter, fingers do the rest; also on a phone."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from backoffice.core.proof import run_checks
from inventory.models import Barcode, Sku, StockLevel
from orders.models import PriceList
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import ACTOR
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE
from warehouse.models import TillReceipt, TillShift
from warehouse.services import create_till


@pytest.fixture
def till(transactional_db):
    shop = make_shop()
    for code, barcode in (("MUG", "5012345678900"), ("CUP-BLUE-LARGE", "5012345678917")):
        sku = make_sku(shop, code)
        make_stock(shop, sku, "10", "50.00")
        Barcode.objects.create(company=shop.company, sku_id=sku, code=barcode)
    make_staff("cashier")
    return create_till(company_id=shop.id, code="one", name="Counter 1", warehouse_id=shop.warehouse.pk, actor=ACTOR)


@pytest.mark.browser
def test_the_price_of_a_list_follows_the_quantity_until_one_is_typed(till, live_server, new_page, screenshot):
    prices = PriceList.objects.create(
        company=till.company, code="shop", name="Shop", currency="GBP", prices_include_tax=True
    )
    for least, price in (("1", "3"), ("3", "2.50")):
        prices.items.create(sku=Sku.objects.get(code="MUG"), min_quantity=least, unit_price=price)
    page = new_page(PHONE)
    desk = Desk(page, live_server, "cashier")
    page.goto(f"{live_server.url}/till/")
    page.get_by_label("Cash in the drawer").fill("100")
    desk.press("Open")
    price = page.get_by_label("MUG GBP")
    desk.sees("Scan the first article.")

    for _scan in range(3):  # faster than the answers come
        page.locator("#term").press_sequentially("5012345678900")
        page.keyboard.press("Enter")

    expect(page.get_by_label("MUG ×")).to_have_value("3")
    expect(price).to_have_value("2.50")
    desk.sees("7.50 GBP")
    screenshot(page, "till-breaks")
    page.get_by_role("button", name="−").click()
    expect(price).to_have_value("3.00")
    page.get_by_role("button", name="+").click()
    page.get_by_role("button", name="Cash", exact=True).click()
    page.get_by_role("button", name="Take the money").click()
    desk.sees("Sold")
    assert TillReceipt.objects.get().total == Decimal("7.5")


@pytest.mark.browser
@pytest.mark.parametrize("size", [{"width": 1024, "height": 768}, PHONE], ids=["counter", "phone"])
def test_a_sale_scanned_paid_and_printed(till, live_server, new_page, screenshot, size):
    page = new_page(size)
    desk = Desk(page, live_server, "cashier")
    page.goto(f"{live_server.url}/till/")
    page.get_by_label("Cash in the drawer").fill("100")
    desk.press("Open")

    desk.sees("Scan the first article.")

    def scan(code):
        page.locator("#term").fill(code)
        page.keyboard.press("Enter")

    scan("5012345678900")
    page.get_by_label("MUG GBP").fill("12.50")
    page.keyboard.press("Tab")
    scan("5012345678900")  # once more: two of them
    scan("cup")
    page.get_by_label("CUP-BLUE-LARGE GBP").fill("5")
    page.keyboard.press("Tab")
    page.get_by_text("30.00 GBP").first.wait_for()
    assert page.get_by_label("MUG ×").input_value() == "2"
    scan("nothing-like-it")
    desk.sees("Nothing found for “nothing-like-it”.")
    page.get_by_role("button", name="Cash", exact=True).click()
    page.get_by_label("Cash", exact=True).fill("50")
    page.keyboard.press("Tab")
    desk.sees("20.00 GBP")
    screenshot(page, f"till-{size['width']}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('button, input, select, header a')].filter(e => e.offsetParent && "
        "e.getBoundingClientRect().height < 40).map(e => e.outerHTML.slice(0, 80))"
    )
    assert small == []
    page.dblclick("#sell")  # an impatient finger
    page.locator("#done").get_by_text(re.compile("Sold R-")).wait_for()
    assert page.locator("#done-change").inner_text() == "Change 20.00 GBP"
    screenshot(page, f"till-done-{size['width']}")
    page.get_by_role("link", name="Receipt").click()
    desk.sees("Take goods back", "30.00 GBP")
    screenshot(page, f"till-receipt-{size['width']}")
    page.get_by_role("link", name="Shift").click()
    desk.sees("X report", "130.00")
    screenshot(page, f"till-shift-{size['width']}")
    page.get_by_label("Cash counted").fill("130")
    desk.press("Close the shift")
    desk.sees("Z report")

    assert desk.complaints == []
    assert TillReceipt.objects.count() == 1
    assert TillShift.objects.get().counted == 130
    assert {level.on_hand for level in StockLevel.objects.all()} == {8, 9}
    assert run_checks().ok
