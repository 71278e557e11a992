"""The dock in a real browser: a delivery with a damaged unit is received while the Wi-Fi is away, its photo with it."""

import pytest

from backoffice.core.proof import run_checks
from tests.browser.test_handhelds import Screen
from tests.factories.floor import in_place
from tests.warehouse.test_scan_receiving import Dock
from warehouse.models import Receipt, ReceiptPhoto, ReceiptProblem

CODE = "4006381333931"


@pytest.mark.browser
def test_a_damaged_unit_is_received_without_wifi_and_its_photo_follows(
    secure_server, floor_browser, screenshot, settings, tmp_path
):
    """The goods and the photo wait on the handheld, over a reload, and are booked once when the Wi-Fi is back."""
    settings.MEDIA_ROOT = tmp_path
    dock = Dock()
    screen = Screen(floor_browser, secure_server, dock.hand.token)
    page = screen.page
    screen.open("/scan/sign-in/")
    page.get_by_label("User").fill("warehouse_lead")
    page.get_by_label("PIN").fill("90210")
    page.get_by_role("button", name="Sign in").click()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    screen.open("/scan/receive/")
    screen.scan("ASN-1")
    screen.sees("Scan each article that arrived.")
    page.reload()  # now by the service worker
    screen.scan(CODE)
    screen.scan(CODE)
    screen.sees("MILK: 2 of 4")
    screen.scan("0000000000000")
    screen.sees("is not on this delivery: put it aside.")

    screen.context.set_offline(True)
    page.get_by_role("button", name="Damaged").click()
    screen.scan(CODE)
    screen.sees("MILK: 3 of 4")
    page.get_by_label("What is wrong MILK").fill("Leaks")
    page.locator("#lines input[type=file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": page.screenshot()}
    )
    screen.sees("The photo is kept.")
    page.get_by_label("Note", exact=True).fill("Pallet wrapped badly")
    page.locator("#photo").set_input_files(
        {"name": "b.png", "mimeType": "image/png", "buffer": page.screenshot(full_page=True)}
    )
    page.locator("#photos", has_text="1").wait_for()
    screen.fits()
    screenshot(page, "scan-receive-damaged-320")
    page.reload()
    screen.sees("Photo 1")
    page.locator("#photos", has_text="1").wait_for()
    page.get_by_role("button", name="Receive").click()
    screen.sees("Less than announced: MILK.")
    screenshot(page, "scan-receive-short-320")
    page.get_by_role("button", name="Yes, note what is short").click()
    screen.sees("1 waiting")
    assert Receipt.objects.filter(status="received").count() == 0
    screen.context.set_offline(False)
    page.locator("#waiting").wait_for(state="hidden")
    page.wait_for_function("() => Handheld.photos === undefined || Handheld.photos.waiting().then((n) => n === 0)")

    assert in_place(dock.sku, dock.shop.dock) == (2, 0)
    kinds = ReceiptProblem.objects.order_by("kind").values_list("kind", "quantity", "note")
    assert list(kinds) == [("damaged", 1, "Leaks"), ("short", 1, "4 were announced.")]
    assert ReceiptPhoto.objects.get(receipt=None).problem.kind == "damaged"
    assert ReceiptPhoto.objects.exclude(receipt=None).get().receipt == Receipt.objects.get()
    assert Receipt.objects.get().note == "Pallet wrapped badly"
    screen.context.close()
    assert screen.complaints == []
    assert [each.name for each in run_checks().results if each.state != "ok"] in ([], ["schema_released"])
