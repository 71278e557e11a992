"""The main job in a real browser: an order comes by API, a picker ships it, the accountant sees it in the books."""

import json
from decimal import Decimal
from urllib.request import Request, urlopen

import pytest

from accounting.models import Invoice
from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User
from backoffice.core.proof import run_checks
from inventory.models import StockLevel
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import make_channel
from tests.factories.staff import PASSWORD, make_staff
from tests.plugins.browser import PHONE

BODY = {
    "external_id": "W-1001",
    "placed_at": "2026-03-10T12:00:00Z",
    "currency": "GBP",
    "lines": [{"sku": "MUG", "quantity": "2", "unit_price": "10.00", "tax": "4.00", "tax_rate": "0.2"}],
    "charges": [{"kind": "shipping", "unit_price": "5.00", "tax": "1.00"}],
    "total": "30.00",
    "contact": {"external_id": "c-1", "name": "Ana Buyer", "email": "ana@shop.example", "country": "GB"},
    "shipping_address": {"name": "Ana Buyer", "line1": "Street 1", "city": "London", "postcode": "E1", "country": "GB"},
}


class Desk:
    """A member of the staff at a screen; what the browser complains of is kept."""

    def __init__(self, page, live_server, role):
        self.page, self.base, self.complaints = page, live_server.url, []
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on(
            "response", lambda answer: answer.status >= 400 and self.complaints.append(f"{answer.status} {answer.url}")
        )
        page.goto(f"{self.base}/admin/login/")
        page.fill("input[name=username]", role)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{self.base}/admin/")

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, *texts):
        for text in texts:
            self.page.get_by_text(text).first.wait_for()


@pytest.fixture
def house(transactional_db):
    shop = make_shop()
    mug = make_sku(shop, "MUG")
    make_stock(shop, mug, "10", "50.00")
    channel = make_channel(shop, "web")
    for role in ("picker", "accountant"):
        make_staff(role)
    robot = User.objects.create_superuser("robot")
    _key, secret = make_api_key(name="shop", user=robot, scopes=["orders:write"], channel_id=channel.pk)
    return shop, mug, secret


def send(live_server, secret, body):
    """POST an order as a storefront does; (status, answer)."""
    headers = {
        "Authorization": f"Api-Key {secret}",
        "Idempotency-Key": body["external_id"],
        "Content-Type": "application/json",
    }
    request = Request(f"{live_server.url}/api/v1/orders/", json.dumps(body).encode(), headers)
    with urlopen(request, timeout=20) as answer:
        return answer.status, json.load(answer)


@pytest.mark.browser
def test_an_order_by_api_is_shipped_in_the_browser_and_seen_in_the_books(house, live_server, new_page, screenshot):
    shop, mug, secret = house

    status, placed = send(live_server, secret, BODY)
    assert (status, placed["status"]) == (201, "released")
    number = placed["number"]

    picker = Desk(new_page(), live_server, "picker")
    folded = picker.page.locator("#nav-sidebar button.bo-group[aria-expanded=false]")
    while folded.count():
        folded.first.click()
    picker.page.locator("#nav-sidebar a[href='/admin/warehouse/picklist/work/']").click()
    picker.page.get_by_role("row", name=number).get_by_role("link").first.click()
    picker.press("Make pick list")
    picker.sees("The pick list is ready.", "A1", "MUG")
    picker.press("Confirm picks")
    picker.sees("Picked.")
    picker.press("Pack into one parcel")
    picker.sees("Packed: the shipment is ready to leave.")
    picker.page.get_by_placeholder("Carrier").fill("DHL")
    picker.page.get_by_placeholder("Tracking number").fill("TRACK-77")
    screenshot(picker.page, "work-packed")
    picker.press("Ship")
    picker.sees("Shipped and invoiced: INV-000001", "TRACK-77")

    accountant = Desk(new_page(), live_server, "accountant")
    accountant.page.locator("form[role=search] input[name=q]").fill("TRACK-77")
    accountant.press("Search")
    accountant.page.wait_for_url(f"{live_server.url}/admin/orders/order/{placed['id']}/change/")
    accountant.sees(number, "Everything has left the building.", "Ana Buyer")
    screenshot(accountant.page, "order")
    accountant.page.get_by_role("link", name="INV-000001").click()
    accountant.page.get_by_role("heading", name="INV-000001").wait_for()
    text = accountant.page.locator("main, #content, body").first.inner_text()
    for figure in ("25.00", "5.00", "30.00"):
        assert figure in text, figure
    accountant.page.locator("a", has_text="JE-").first.click()
    accountant.sees("Where it comes from")
    entry = accountant.page.locator("body").inner_text()
    for figure in ("20.00", "5.00", "30.00"):  # goods, tax and postage, receivable
        assert figure in entry, figure
    screenshot(accountant.page, "journal-entry")

    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.net, invoice.tax, invoice.total) == ("INV-000001", 25, 5, 30)
    level = StockLevel.objects.get(sku_id=mug, warehouse=shop.warehouse)
    assert (level.on_hand, level.reserved) == (Decimal(8), Decimal(0))
    assert picker.complaints == accountant.complaints == []
    proof = run_checks()
    assert proof.ok, proof.as_dict()


@pytest.mark.browser
def test_the_picking_page_works_on_a_phone(house, live_server, new_page, screenshot):
    _shop, _mug, secret = house
    _status, placed = send(live_server, secret, BODY)

    picker = Desk(new_page(PHONE), live_server, "picker")
    picker.page.goto(f"{live_server.url}/admin/warehouse/picklist/work/")
    picker.page.get_by_role("link", name="FO-").first.click()
    picker.press("Make pick list")
    picker.sees("The pick list is ready.")
    box = picker.page.locator("input[name^=task-]")
    box.fill("1")
    screenshot(picker.page, "phone-pick")
    button = picker.page.get_by_role("button", name="Confirm picks").bounding_box()
    field = box.bounding_box()
    assert button["height"] >= 36 and field["height"] >= 30  # a thumb hits it
    assert field["x"] + field["width"] <= PHONE["width"]
    assert picker.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picker.press("Confirm picks")
    picker.sees("Picked.", "Short")

    assert picker.complaints == []
    assert run_checks().ok
    assert Invoice.objects.count() == 0
    assert placed["number"]


@pytest.mark.browser
def test_the_palette_finds_an_order_by_its_external_id(house, live_server, new_page):
    _shop, _mug, secret = house
    _status, placed = send(live_server, secret, BODY)
    accountant = Desk(new_page(), live_server, "accountant")

    accountant.page.goto(f"{live_server.url}/admin/proof/")  # on the first page the big search box has the keyboard
    accountant.page.wait_for_load_state("networkidle")  # the theme's script listens by then
    accountant.page.keyboard.press("Control+k")
    accountant.page.locator("#search-input-command").wait_for()
    accountant.page.locator("#search-input-command").press_sequentially("W-1001", delay=20)
    accountant.page.locator("#command-results a", has_text=placed["number"]).click()

    accountant.page.wait_for_url(f"{live_server.url}/admin/orders/order/{placed['id']}/change/")
    assert accountant.complaints == []
