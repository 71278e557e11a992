"""The dock in a real browser: goods that nobody ordered come in, partly while the Wi-Fi is away."""

import pytest

from inventory.models import Barcode, Sku
from tests.browser.test_handhelds import Screen
from tests.factories.buying import in_days
from tests.factories.floor import broken_checks, in_place
from tests.factories.goods import make_sku, make_stock
from tests.warehouse.test_scan_unordered import CODE, Dock, make_stock_price
from warehouse.models import Receipt, ReceiptProblem

MUG, CHEESE = "5012345678900", "7612345000008"


@pytest.mark.browser
def test_goods_without_an_order_are_received_over_lost_wifi(secure_server, floor_browser, screenshot):
    """A supplier is found by name; what they are not known to sell is looked up, without Wi-Fi later; lots are asked for."""
    dock = Dock()
    mug, cheese = make_sku(dock.shop, "MUG"), make_sku(dock.shop, "CHEESE")
    make_stock(dock.shop, mug, "10", "50.00")
    Sku.objects.filter(pk=cheese).update(lot_tracked=True, expiry_required=True, shelf_life_days=30)
    Barcode.objects.create(company=dock.shop.company, sku_id=mug, code=MUG)
    Barcode.objects.create(company=dock.shop.company, sku_id=cheese, code=CHEESE)
    screen = Screen(floor_browser, secure_server, dock.hand.token)
    page = screen.page
    screen.open("/scan/sign-in/")
    page.get_by_label("User").fill("warehouse_lead")
    page.get_by_label("PIN").fill("90210")
    page.get_by_role("button", name="Sign in").click()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    screen.open("/scan/receive/")
    page.get_by_role("link", name="Receive without an order").click()
    page.get_by_label("Supplier: name or code").fill("zzz")
    screen.sees("No supplier is called that.")
    page.get_by_label("Supplier: name or code").fill("alp")
    screen.fits()
    screenshot(page, "scan-unordered-suppliers-320")
    page.get_by_label("Supplier: name or code").press("Enter")
    screen.sees("Alpine Dairy")
    page.wait_for_url("**/scan/receive/unordered/*/")
    page.reload()  # now by the service worker
    screen.scan(CODE)
    screen.scan(CODE)
    screen.sees("MILK 2")
    screen.scan("0000000000000")
    screen.sees("Nobody knows the barcode 0000000000000: put it aside.")
    screen.scan(MUG)
    screen.sees("MUG 1")
    make_stock_price(dock, cheese)  # the page does not know it yet

    screen.context.set_offline(True)
    screen.scan(CODE)
    screen.sees("MILK 3")
    screen.scan(CHEESE)
    screen.sees("is not known here without Wi-Fi")
    screen.scan(CHEESE)
    page.get_by_role("button", name="Receive").click()
    screen.sees("can be received when the Wi-Fi is back")
    page.reload()
    screen.sees(CHEESE)
    screen.fits()
    screenshot(page, "scan-unordered-offline-320")
    screen.context.set_offline(False)
    screen.sees("Scan the lot.")
    screen.scan("L-7")
    page.get_by_label("Expiry date").fill(str(in_days(40)))
    page.locator("#dated").get_by_role("button", name="OK").click()
    screen.sees("CHEESE 2")
    page.get_by_role("button", name="Damaged").click()
    screen.scan(MUG)
    page.get_by_label("What is wrong MUG").fill("Broken")
    page.get_by_role("button", name="Quarantine").click()
    screen.sees("Scan each article that is to be looked at.")
    screen.scan(CODE)
    page.evaluate("localStorage.setItem('scan:hand', 'left')")
    page.reload()
    screen.sees("CHEESE")
    screen.fits()
    screenshot(page, "scan-unordered-left-320")

    screen.context.set_offline(True)
    page.get_by_role("button", name="Receive", exact=True).click()
    screen.sees("1 waiting")
    assert not Receipt.objects.exists()
    screen.context.set_offline(False)
    page.locator("#waiting").wait_for(state="hidden")
    page.wait_for_url("**/scan/receive/")

    receipt = Receipt.objects.get()
    lines = receipt.lines.order_by("sku__code", "location__kind").values_list(
        "sku__code", "lot__code", "location__kind", "quantity"
    )
    assert list(lines) == [
        ("CHEESE", "L-7", "dock", 2),
        ("MILK", None, "dock", 3),
        ("MILK", None, "quarantine", 1),
        ("MUG", None, "damaged", 1),
        ("MUG", None, "dock", 1),
    ]
    assert (receipt.supplier_id, ReceiptProblem.objects.get(kind="damaged").note) == (dock.supplier, "Broken")
    assert ReceiptProblem.objects.get(kind="other").note == "To be looked at"
    assert in_place(dock.sku, dock.shop.dock) == (3, 0)
    screen.context.close()
    assert screen.complaints == []
    assert broken_checks() == []
