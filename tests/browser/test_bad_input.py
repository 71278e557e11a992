"""Bad input on the handheld's screen: each a message that says what to do, and a sound; nothing wrong in the books."""

import datetime

import pytest
from django.utils import timezone

from inventory.models import Lot
from orders.services import cancel_order
from tests.browser.test_handhelds import Screen
from tests.factories.books import ACTOR
from tests.factories.floor import broken_checks, in_place, status_of
from tests.factories.handhelds import CUP_CODE, MUG_CODE, Floor, only_the_book
from tests.factories.tracking import make_lot, make_lot_stock, make_tracked
from warehouse.models import FloorTask

# What is played is written down: 220 Hz and 165 Hz are "no".
LISTEN = """
window.heard = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.heard.push(Math.round(this.frequency.value)); return start.apply(this, given); };
"""


class Listening(Screen):
    def sign_in(self, badge):
        self.page.add_init_script(LISTEN)
        self.open("/scan/sign-in/")
        self.scan(badge)
        self.sees("Look up")
        return self

    def refuses(self, *codes, says):
        """The codes, scanned one after the other, are answered by these words, a red page and the sound of "no"."""
        with only_the_book():
            for code in codes:
                self.page.evaluate("window.heard = []")
                self.scan(code)
                self.page.wait_for_function("() => window.heard.length > 0")
            self.sees(says)
            self.page.wait_for_function("() => window.heard.slice(-2).join() === '220,165'")
            assert self.page.locator("#said").get_attribute("class") == "said bad"


@pytest.mark.browser
def test_each_wrong_scan_is_told_with_a_sound_and_books_nothing(secure_server, floor_browser, screenshot):
    floor = Floor()
    floor.handheld.does("take", {"list": floor.list.pick_list_id})
    milk = make_tracked(floor.house)
    lot = make_lot(floor.house, milk, "OLD", 5)
    make_lot_stock(floor.house, milk, lot, "4")
    Lot.objects.filter(pk=lot).update(expiry_date=timezone.localdate() - datetime.timedelta(days=2))
    screen = Listening(floor_browser, secure_server, floor.handheld.token).sign_in(floor.badge)

    screen.open("/scan/lookup/")
    screen.refuses("0000000000000", says="Nothing is known as “0000000000000”.")
    screen.open("/scan/move/")
    screen.refuses("HU-999999", "A2", says="HU-999999")
    screenshot(screen.page, "scan-unknown-unit-320")
    screen.open("/scan/move/")
    screen.refuses("A1", "MILK", "A2", says="Lot OLD has expired: bring it to quarantine and ask your lead.")
    screen.open("/scan/move/")
    screen.scan("A1")
    screen.scan(MUG_CODE)
    screen.sees("How many?")
    screen.page.get_by_label("Quantity").fill("99")
    screen.page.get_by_label("Quantity").press("Enter")
    screen.refuses("A2", says="A1 holds 10 of MUG, 3 of them for picking: at most 7 can be moved.")

    screen.open(f"/scan/pick/{floor.list.pick_list_id}/")
    screen.sees("Go to A1 and scan it.")
    screen.refuses("A2", says="Wrong bin: you are at A2, go to A1.")
    screen.scan("A1")
    screen.sees("Scan MUG.")
    screen.refuses("0000000000000", says="Wrong article: put 0000000000000 back and take MUG.")
    screen.scan(MUG_CODE)
    screen.scan(MUG_CODE)
    screen.sees("MUG 2 / 3")
    who = floor.other_picks()
    screen.refuses(MUG_CODE, says=f"{who} has picked this already: put what you took back into A1.")
    screenshot(screen.page, "scan-two-pickers-320")
    cancel_order(floor.placed.order_id, company_id=floor.house.id, actor=ACTOR, reason="changed mind", ask=True)
    screen.scan("A2")
    screen.scan(CUP_CODE)
    screen.sees("CUP 1 / 2")
    screen.refuses(CUP_CODE, says="The order is being cancelled: leave it, or put what you took back into A2.")

    assert (in_place(floor.mug, floor.house.staging), in_place(floor.cup, floor.house.staging)) == ((3, 0), (0, 0))
    screen.context.close()
    assert screen.complaints == []
    assert broken_checks() == []


@pytest.mark.browser
def test_a_wrong_pick_is_taken_back_at_the_shelf(secure_server, floor_browser, screenshot):
    """Un-picked without Wi-Fi; when it is back the goods have their way to their bin, and the order is ready again."""
    floor = Floor()
    screen = Listening(floor_browser, secure_server, floor.handheld.token).sign_in(floor.badge)
    page = screen.page
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    screen.open(f"/scan/pick/{floor.list.pick_list_id}/")
    screen.scan("A1")
    for _n in range(3):
        screen.scan(MUG_CODE)
    screen.sees("MUG picked.")
    page.reload()  # something is picked: it can be taken back
    page.get_by_role("button", name="Un-pick").wait_for()
    screen.fits()
    screenshot(page, "scan-unpick-320")
    screen.context.set_offline(True)
    page.get_by_role("button", name="Un-pick").click()
    screenshot(page, "scan-unpick-why-320")
    page.get_by_role("button", name="Picked by mistake").click()
    screen.sees("Kept on this handheld")
    screen.context.set_offline(False)
    page.locator("#waiting").wait_for(state="hidden")
    screen.open("/scan/put-back/")
    screen.sees("MUG")

    task = FloorTask.objects.get()
    assert (task.to_location_id, task.quantity) == (floor.house.bin, 3)
    assert status_of("orders_fulfilment", floor.placed.fulfilment_id) == "ready"
    screen.context.close()
    assert screen.complaints == []
    assert broken_checks() == []
