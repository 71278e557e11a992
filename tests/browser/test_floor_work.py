"""More of the floor in a real browser: returns graded by the wedge, pallets moved and broken, a cluster round, lost Wi-Fi."""

from base64 import b64encode

import pytest

from backoffice.core.proof import run_checks
from inventory.models import Location
from tests.browser.test_handhelds import Screen
from tests.factories.floor import in_place, status_of
from tests.factories.goods import level
from tests.factories.handhelds import MUG_CODE, PIN, Floor
from tests.warehouse.test_handling_units import packed_pallet
from tests.warehouse.test_scan_returns import Parcel
from tests.warehouse.test_scan_rounds import Rounds
from tests.warehouse.test_stock_on_pallets import Racks
from warehouse.models import HandlingUnit, ScanCommand
from warehouse.unit_labels import unit_labels_pdf


def signed_in(browser, server, token, user="picker", pin=PIN, **values):
    screen = Screen(browser, server, token, **values)
    screen.open("/scan/sign-in/")
    screen.page.get_by_label("User").fill(user)
    screen.page.get_by_label("PIN").fill(pin)
    screen.page.get_by_role("button", name="Sign in").click()
    screen.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return screen


def ended(screen):
    screen.context.close()
    assert screen.complaints == []
    assert [each.name for each in run_checks().results if each.state != "ok"] in ([], ["schema_released"])


@pytest.mark.browser
def test_returned_units_are_graded_with_the_scanner_alone(secure_server, floor_browser, screenshot):
    parcel = Parcel()
    screen = signed_in(floor_browser, secure_server, parcel.hand.token, "warehouse_lead", "90210")
    page = screen.page
    screen.open("/scan/returns/")
    screen.scan(f"RMA-{parcel.pk:06d}")
    screen.sees("Scan each unit that came back.")
    screen.scan(MUG_CODE)
    screen.sees("Its grade? A, B, C or D.")
    page.keyboard.type("C")
    page.keyboard.press("Enter")
    screen.sees("C: Quarantine?")
    screen.fits()
    screenshot(page, "scan-return-320")
    screen.scan(MUG_CODE)  # the next unit takes what is proposed
    page.get_by_role("button", name="A", exact=True).click()
    page.get_by_role("button", name="Restock").click()
    screen.sees("2 / 2")
    page.get_by_role("button", name="Receive").click()
    screen.sees("No return is expected here.")

    assert status_of("orders_returnorder", parcel.pk) == "inspected"
    assert in_place(parcel.mug, parcel.shop.quarantine)[0] == 1
    ended(screen)


@pytest.mark.browser
def test_a_pallet_is_moved_without_wifi_and_goods_are_taken_off_it(secure_server, floor_browser, screenshot):
    racks = Racks()
    screen = signed_in(floor_browser, secure_server, racks.handheld.token)
    page = screen.page
    screen.open("/scan/move/")
    page.reload()
    screen.scan(racks.pallet.code)
    screen.sees("scan the place, or the unit, that it goes to.")
    screen.scan(MUG_CODE)  # an article after the plate: it is taken off
    screen.sees("How many? Scan each, or type.")
    screen.scan(MUG_CODE)
    screen.scan("A1")
    screen.sees("2 × MUG moved to A1.")
    screen.context.set_offline(True)
    screen.scan(racks.pallet.code)
    screen.scan("A1")
    screen.sees("1 waiting")
    page.reload()
    screen.sees("1 waiting")
    screen.fits()
    screenshot(page, "scan-move-pallet-320")
    assert HandlingUnit.objects.get(pk=racks.pallet.pk).stands_in_id == racks.house.second_bin
    screen.context.set_offline(False)
    page.locator("#waiting").wait_for(state="hidden")

    assert HandlingUnit.objects.get(pk=racks.pallet.pk).stands_in_id == racks.house.bin
    assert Location.objects.get(pk=racks.pallet.location_id).stands_in_id == racks.house.bin
    assert in_place(racks.mug, racks.house.bin)[0] == 5
    ended(screen)


@pytest.mark.browser
def test_a_pallet_is_handed_over_without_wifi_in_one_scan(secure_server, floor_browser, screenshot):
    floor = Floor()
    pallet, _carton = packed_pallet(floor)
    screen = signed_in(floor_browser, secure_server, floor.handheld.token)
    page = screen.page
    screen.open("/scan/move/")
    page.reload()
    screen.context.set_offline(True)
    screen.scan(pallet.code)
    page.get_by_role("button", name="It leaves with a carrier").click()
    page.get_by_label("Carrier, of what has no label").fill("Haulier")
    screen.fits()
    screenshot(page, "scan-hand-over-320")
    page.get_by_role("button", name="Hand over").click()
    screen.sees("1 waiting")
    assert HandlingUnit.objects.get(pk=pallet.pk).shipped_at is None
    screen.context.set_offline(False)
    page.locator("#waiting").wait_for(state="hidden")

    assert HandlingUnit.objects.get(pk=pallet.pk).shipped_at is not None
    assert level(floor.house, floor.mug)[0] == 7
    ended(screen)


@pytest.mark.browser
def test_a_pallet_is_picked_whole_by_scanning_its_plate_twice(secure_server, floor_browser, screenshot):
    racks = Racks("7")
    made = racks.release()
    screen = signed_in(floor_browser, secure_server, racks.handheld.token)
    page = screen.page
    screen.open(f"/scan/pick/{made.pick_list_id}/")
    screen.sees(f"Go to A2 and scan the label of {racks.pallet.code}")
    page.locator("#waiting").wait_for(state="hidden")
    screen.scan("A2")  # the bin is not enough: the plate tells which pallet
    screenshot(page, "scan-pick-pallet-320")
    screen.scan(racks.pallet.code)
    screen.sees("Scan MUG.")
    screen.scan(racks.pallet.code)
    screen.sees("The list is done")
    page.locator("#waiting").wait_for(state="hidden")

    assert ScanCommand.objects.get(kind="pick_unit").state == "done"
    assert in_place(racks.mug, racks.pallet.location_id) == (7, 0)
    assert status_of("orders_fulfilment", racks.order.fulfilment_id) == "picked"
    ended(screen)


# A look at what is kept, begun before the scan and ended after it: the scan must not be forgotten.
SCAN_WHILE_LOOKING = """async (code) => {
    const looked = Handheld.queue.changed();
    document.getElementById("typed").value = code;
    document.getElementById("entry").requestSubmit();
    await looked;
    return document.getElementById("step").textContent;
}"""


def walk_on(screen):
    """Scan what the screen asks for until nothing is left."""
    for _scan in range(12):
        screen.page.wait_for_timeout(200)
        if not screen.page.locator("#now").is_visible():
            return
        step = screen.page.locator("#step").inner_text()
        screen.scan("A1" if "Go to" in step else step.split("tote ")[1][:2] if "tote" in step else MUG_CODE)


@pytest.mark.browser
@pytest.mark.parametrize("method", ["batch", "cluster"])
def test_a_round_is_walked_while_the_wifi_is_away_and_every_unit_is_where_it_should_be(
    secure_server, floor_browser, screenshot, method
):
    floor = Rounds(method)
    for code in ("T1", "T2"):
        Location.objects.create(company=floor.house.company, warehouse=floor.house.warehouse, kind="tote", code=code)
    screen = signed_in(floor_browser, secure_server, floor.handheld.token)
    page = screen.page
    screen.open(f"/scan/pick/round/{floor.round.pk}/")
    screen.sees("Go to A1 and scan it." if method == "batch" else "Scan an empty tote")
    page.locator("#waiting").wait_for(state="hidden")  # the round is taken
    page.reload()
    if method == "cluster":
        assert "(2 of 2)" in page.evaluate(SCAN_WHILE_LOOKING, "T1")
        screen.scan("T1")
        screen.sees("This tote is another order's: take an empty one.")
        screen.scan("T2")
    screen.sees("Go to A1 and scan it.")
    page.locator("#waiting").wait_for(state="hidden")
    screen.context.set_offline(True)
    screen.scan("A1")
    screen.sees("Scan MUG.")
    screen.scan(MUG_CODE)
    if method == "cluster":
        asked = page.get_by_text("and scan the tote.").first
        asked.wait_for()
        screen.scan("T2" if "T1" in asked.inner_text() else "T1")
        screen.sees("Wrong tote: this goes into")
    page.reload()  # in the middle of it
    walk_on(screen)
    screen.sees("All is scanned;")
    screen.fits()
    screenshot(page, f"scan-round-{method}-320")
    page.reload()
    assert in_place(floor.mug, floor.house.staging) == (0, 0)
    screen.context.set_offline(False)
    page.locator("#waiting").wait_for(state="hidden")

    totes = Location.objects.filter(code__in=("T1", "T2")).values_list("pk", flat=True)
    picked = sorted(in_place(floor.mug, pk)[0] for pk in totes)
    assert picked == ([1, 2] if method == "cluster" else [0, 0])
    assert in_place(floor.mug, floor.house.staging)[0] == (0 if method == "cluster" else 3)
    assert [status_of("orders_fulfilment", each.fulfilment_id) for each in (floor.one, floor.two)] == ["picked"] * 2
    ended(screen)


CAMERA = """(picture) => {
    delete window.BarcodeDetector;
    navigator.mediaDevices.getUserMedia = async () => {
        const bytes = Uint8Array.from(atob(picture), (each) => each.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
        const draw = () => canvas.getContext("2d").drawImage(image, 0, 0);
        draw(); setInterval(draw, 100);
        return canvas.captureStream(10);
    };
}"""


@pytest.mark.browser
def test_the_camera_reads_a_label_where_the_browser_has_no_detector(secure_server, floor_browser):
    """Safari and Firefox have no BarcodeDetector: the library that comes with the pages reads it, from no other host."""
    racks = Racks()
    label = b64encode(unit_labels_pdf([racks.pallet], ppi=150)).decode()
    screen = signed_in(floor_browser, secure_server, racks.handheld.token)
    screen.open("/scan/move/")
    screen.page.evaluate(CAMERA, label)
    screen.page.get_by_role("button", name="Camera").click()
    screen.sees(f"{racks.pallet.code}: scan the place, or the unit, that it goes to.")
    screen.fits()
    screen.context.close()
    assert screen.complaints == []
