"""The floor's screens in a real browser, over HTTPS on a name that is not localhost; the scanner is a keyboard wedge."""

from uuid import UUID

import pytest

from backoffice.core.proof import run_checks
from tests.factories.floor import in_place
from tests.factories.handhelds import CUP_CODE, MUG_CODE, PIN, Floor
from tests.plugins.secure import NAME
from warehouse.models import ScanCommand
from warehouse.scan.guard import COOKIE

SIZES = {"small": (320, 568), "phone": (390, 844), "wide": (1280, 800)}


ANSWERED = """async () => {
    const at = (name) => performance.getEntriesByName(name)[0]?.startTime;
    while (at("scan-answered") === undefined) await new Promise((done) => setTimeout(done, 5));
    return at("scan-answered") - at("scan-begun");
}"""


class Screen:
    """One handheld: a browser context with the enrolled device's cookie."""

    def __init__(self, browser, server, token, size=(320, 568), **values):
        self.base, self.complaints = server.url, []
        self.context = browser.new_context(
            viewport=dict(zip(("width", "height"), size, strict=True)), locale="en-GB", timezone_id="UTC", **values
        )
        self.context.set_default_timeout(30_000)
        self.context.add_cookies(
            [{"name": COOKIE, "value": token, "domain": NAME, "path": "/", "secure": True, "httpOnly": True}]
        )
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on(
            "request",
            lambda request: (
                request.url.startswith((self.base, "data:", "blob:"))
                or self.complaints.append(f"outside request: {request.url}")
            ),
        )
        self.page.on("console", self._heard)

    def _heard(self, message):
        """What a browser says of the network itself is no complaint: it was taken away."""
        if message.type == "error" and "ERR_INTERNET_DISCONNECTED" not in message.text and "503" not in message.text:
            self.complaints.append(message.text)

    def open(self, path):
        self.page.goto(f"{self.base}{path}")
        return self

    def scan(self, code):
        """As a wedge does: the keys within milliseconds, Enter at the end."""
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def sees(self, *texts):
        for text in texts:
            self.page.get_by_text(text).first.wait_for()

    def fits(self):
        """Nothing sticks out sideways, and fingers in gloves hit every control."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        small = self.page.evaluate(
            "[...document.querySelectorAll('a, button, input')].filter(e => e.offsetParent && "
            "e.getBoundingClientRect().height < 40).map(e => e.outerHTML.slice(0, 80))"
        )
        assert small == []


@pytest.mark.browser
def test_a_pick_goes_on_without_wifi_and_no_scan_is_lost(secure_server, floor_browser, screenshot):
    """OCA/stock-logistics-barcode#468, frappe#34156, erpnext#48647: scans lost, slow, a location cannot be scanned."""
    floor = Floor()
    screen = Screen(floor_browser, secure_server, floor.handheld.token)
    page = screen.page
    screen.open("/scan/sign-in/")
    screenshot(page, "scan-sign-in-320")
    screen.scan(floor.badge)
    screen.sees("Pick", "Look up")
    assert page.evaluate("isSecureContext") and NAME in page.url
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    screen.fits()
    screenshot(page, "scan-home-320")
    page.get_by_role("link", name="Pick").click()
    page.wait_for_url("**/scan/pick/")
    screen.scan(f"PL-{floor.list.pick_list_id:06d}")
    screen.sees("Go to A1 and scan it.")
    page.reload()  # now by the service worker
    screen.fits()
    screenshot(page, "scan-pick-320")

    screen.scan("A2")
    screen.sees("Wrong bin: you are at A2, go to A1.")
    screenshot(page, "scan-wrong-bin-320")
    screen.scan("A1")
    screen.scan(CUP_CODE)
    screen.sees(f"Wrong article: put {CUP_CODE} back and take MUG.")
    for n in (1, 2):
        screen.scan(MUG_CODE)
        screen.sees(f"MUG {n} / 3")

    screen.context.set_offline(True)
    screen.scan(MUG_CODE)
    screen.sees("1 waiting", "No Wi-Fi")
    page.reload()
    screen.sees("Go to A2 and scan it.", "1 waiting")
    screen.scan("A2")
    screen.scan(CUP_CODE)
    screen.scan(CUP_CODE)
    screen.sees("2 waiting", "All is scanned; 2 scans wait for the Wi-Fi.")
    screenshot(page, "scan-offline-320")
    page.reload()
    screen.sees("2 waiting")
    assert ScanCommand.objects.filter(kind="pick").count() == 0
    screen.context.set_offline(False)
    page.locator("#waiting").wait_for(state="hidden")

    rows = ScanCommand.objects.filter(kind="pick").order_by("pk")
    assert [(row.state, row.actor.username, row.body["quantity"]) for row in rows] == [
        ("done", "picker", "3"),
        ("done", "picker", "2"),
    ]
    assert in_place(floor.mug, floor.house.staging) == (3, 0) and in_place(floor.mug, floor.house.bin) == (7, 0)
    assert in_place(floor.cup, floor.house.staging) == (2, 0) and in_place(floor.cup, floor.house.second_bin) == (8, 0)
    assert rows[0].effective_at < rows[1].effective_at <= rows[1].recorded_at
    assert all(isinstance(row.client_id, UUID) for row in rows)
    _pack(screen, floor, screenshot)
    _leave(screen)
    screen.context.close()
    assert screen.complaints == []
    assert run_checks().ok


def _pack(screen, floor, screenshot):
    """Each unit is scanned on the bench; one too many is refused."""
    screen.open("/scan/pack/")
    screen.scan(f"FO-{floor.placed.fulfilment_id:06d}")
    screen.sees("0 / 3")
    for code in (MUG_CODE, MUG_CODE, MUG_CODE, CUP_CODE, CUP_CODE):
        screen.scan(code)
    screen.sees("CUP: 2 of 2")
    screen.scan(CUP_CODE)
    screen.sees("That is more than asked: put it back.")
    screen.fits()
    screenshot(screen.page, "scan-pack-320")
    screen.page.evaluate("performance.clearMarks()")
    screen.page.get_by_role("button", name="Pack").click()
    screen.sees("Packed.")
    screen.sees("Nothing is to be packed here now.")
    _measure(screen)


def _measure(screen):
    """How long a scan takes from the Enter to the answer on the screen (told, not asserted)."""
    screen.open("/scan/lookup/")
    times = []
    for _time in range(10):
        screen.page.evaluate("performance.clearMarks()")
        screen.scan(MUG_CODE)
        times.append(screen.page.evaluate(ANSWERED))
    times.sort()
    print(f"\na look-up answers in the browser in {times[4]:.0f} ms (median), {times[-1]:.0f} ms (slowest of 10)")


def _leave(screen):
    """After the sign-out nothing of the person is left to be opened without Wi-Fi, not even what was still under way."""
    screen.open("/scan/")
    screen.page.evaluate("() => { for (let n = 0; n < 12; n++) fetch('/scan/queue/?n=' + n).catch(() => {}); }")
    screen.page.get_by_role("button", name="Sign out").click()
    screen.sees("Scan your badge")
    screen.page.wait_for_function(
        "() => caches.keys().then((names) => names.every((name) => !name.startsWith('scan-data-')))"
    )
    screen.page.wait_for_timeout(1500)  # what was asked for before has been answered by then
    kept = screen.page.evaluate("caches.keys().then((names) => names.filter((name) => name.startsWith('scan-data-')))")
    assert kept == []


@pytest.mark.browser
def test_a_refused_scan_is_told_loudly_and_settled_by_a_person(secure_server, floor_browser, screenshot):
    """Two pickers on one task while one has no Wi-Fi: the second is told what to do, and the books are right."""
    floor = Floor()
    screen = Screen(floor_browser, secure_server, floor.handheld.token, SIZES["phone"], color_scheme="dark")
    page = screen.page
    screen.open("/scan/sign-in/")
    page.get_by_label("User").fill("picker")
    page.get_by_label("PIN").fill(PIN)
    screenshot(page, "scan-sign-in-390")
    page.get_by_role("button", name="Sign in").click()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    screenshot(page, "scan-home-390")
    screen.open(f"/scan/pick/{floor.list.pick_list_id}/")
    screen.scan("A1")
    screen.sees("Scan MUG.")
    page.locator("#waiting").wait_for(state="hidden")  # the list is taken
    screen.context.set_offline(True)
    for _unit in range(3):
        screen.scan(MUG_CODE)
    screen.sees("1 waiting")
    other = floor.other_picks()
    screen.context.set_offline(False)
    screen.sees("1 refused", f"{other} has picked this already: put what you took back into A1.")
    screenshot(page, "scan-refused-390")
    page.locator("#waiting").click()
    screen.sees("3 × MUG · A1")
    screen.fits()
    screenshot(page, "scan-queue-390")
    page.get_by_role("button", name="Discard scan").click()
    page.get_by_label("Why is it discarded?").fill("put back")
    page.locator("#drop").get_by_role("button", name="Discard scan").click()
    screen.sees("Nothing waits, nothing was refused.")

    assert [row.state for row in ScanCommand.objects.exclude(kind="take").order_by("pk")] == ["refused", "discarded"]
    assert in_place(floor.mug, floor.house.staging) == (3, 0)
    for path, name in (("/scan/move/", "move"), ("/scan/lookup/", "lookup"), ("/scan/", "home")):
        screen.open(path)
        page.set_viewport_size(dict(zip(("width", "height"), SIZES["wide"], strict=True)))
        screen.fits()
        screenshot(page, f"scan-{name}-1280")
    screen.context.close()
    assert screen.complaints == []
    assert run_checks().ok
