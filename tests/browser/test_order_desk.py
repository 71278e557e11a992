"""The order desk by keyboard in a real browser: from the list to an order, held, released, and on to the next."""

import pytest
from django.utils import timezone

from backoffice.core import bulk
from backoffice.core.models import BulkJob
from backoffice.core.proof import run_checks
from orders.inputs import AddressInput, ContactInput
from orders.models import Hold, Order
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import PASSWORD, make_staff
from tests.plugins.browser import PHONE

HOME = AddressInput(name="Nino Abashidze", line1="Rustaveli 1", city="Tbilisi", postcode="0108", country="GE")


@pytest.fixture
def orders(transactional_db):
    """Four released orders, the oldest first, one of them late, one held, one that waits for goods."""
    shop = make_shop()
    make_stock(shop, make_sku(shop, "MUG"), "100", "500.00")
    make_sku(shop, "CUP")
    channel = make_channel(shop, "web")
    make_staff("order_desk")
    today = timezone.localdate()
    buyer = ContactInput("c-1", "Nino Abashidze", "nino@shop.example", "+995 555 1")
    given = [
        order("W-1", line("MUG", "2", "10", description="A mug with a lid"), promise_date=today.replace(day=1)),
        order("W-2", line("MUG", "1", "10"), line("CUP", "3", "4"), promise_date=today),
        order("W-3", line("MUG", "1", "10"), holds=(("fraud", "The card is from elsewhere"), ("address", "No street"))),
        order("W-4", line("MUG", "4", "10")),
    ]
    from dataclasses import replace

    placed = place(channel, *[replace(item, contact=buyer, shipping_address=HOME) for item in given])
    return [result.order_id for result in placed]


def sign_in(page, live_server):
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("input[name=username]", "order_desk")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{live_server.url}/admin/")


@pytest.mark.browser
def test_the_desk_works_by_keyboard(orders, live_server, new_page, screenshot):
    first, waiting, held, newest = orders
    page = new_page()
    complaints = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/orders/order/")
    keys = page.keyboard

    keys.press("?")
    page.get_by_text("Next row, previous row").wait_for()
    screenshot(page, "desk-keys")
    page.get_by_role("button", name="Close", exact=True).click()
    keys.press("/")
    assert page.evaluate("document.activeElement.id") == "searchbar"
    keys.press("Escape")
    screenshot(page, "desk-list")

    # Down two rows, up one, select it and hold it.
    for key in ("j", "j", "k"):
        keys.press(key)
    assert page.locator("tr.bo-at a").first.inner_text() == f"SO-{newest:06d}"
    keys.press("x")
    assert page.locator("tr.bo-at input.action-select").is_checked()
    screenshot(page, "desk-selected")
    keys.press("h")
    page.locator("#content").get_by_role("heading", name="Hold").wait_for()
    page.get_by_label("Kind").select_option("payment")
    page.get_by_label("Reason").fill("Asked the bank")
    screenshot(page, "desk-hold")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Result of each row").wait_for()
    job = BulkJob.objects.get()
    assert bulk.run_job(job.pk) == "done"
    page.get_by_text("1 of 1 rows (100").wait_for()  # the page asks by itself
    screenshot(page, "bulk-job")
    assert (Hold.objects.get(order_id=newest).reason, Order.objects.get(pk=newest).status) == (
        "Asked the bank",
        "placed",
    )

    # Open the view of held orders, the first of them, and go through them.
    page.goto(f"{live_server.url}/admin/orders/order/?view=held")
    keys.press("j")
    keys.press("Enter")
    page.wait_for_url(f"**/orders/order/{newest}/change/**")
    page.get_by_text("What is next").wait_for()
    keys.press("j")
    page.wait_for_url(f"**/orders/order/{held}/change/**")
    screenshot(page, "order-held")
    keys.press("k")
    page.wait_for_url(f"**/orders/order/{newest}/change/**")
    page.get_by_placeholder("Why it may go on").fill("The bank said yes")
    page.get_by_role("button", name="Release hold").click()
    page.get_by_text("The hold is released.").first.wait_for()
    assert Order.objects.get(pk=newest).status == "released"

    # Hold by key on the page itself, and back to the list.
    page.goto(f"{live_server.url}/admin/orders/order/{first}/change/?_changelist_filters=view%3Dlate")
    screenshot(page, "order-late")
    keys.press("h")
    assert page.evaluate("document.activeElement.name") == "reason"
    keys.type("Ring first")
    keys.press("Enter")
    page.get_by_text("Ring first").first.wait_for()
    assert Hold.objects.filter(order_id=first, released_at=None).count() == 1
    page.goto(f"{live_server.url}/admin/orders/order/{waiting}/change/?_changelist_filters=view%3Dback_ordered")
    screenshot(page, "order-waiting")
    keys.press("u")
    page.wait_for_url("**/orders/order/?view=back_ordered")

    assert complaints == []
    assert run_checks().ok


@pytest.mark.browser
def test_orders_are_found_released_and_printed_by_keyboard_and_one_refusal_stops_nothing(
    orders, live_server, new_page, screenshot
):
    first, waiting, held, newest = orders
    Order.objects.filter(pk__in=[first, newest]).update(status="placed")
    page = new_page()
    complaints = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/orders/order/")
    keys = page.keyboard

    # Search by the channel's number, without a mouse; the one that is found opens.
    keys.press("/")
    keys.type("W-3")
    keys.press("Enter")
    page.wait_for_url("**/orders/order/?q=W-3")
    keys.press("j")
    assert page.locator("#result_list tbody tr").count() == 1
    keys.press("Enter")
    page.wait_for_url(f"**/orders/order/{held}/change/**")
    keys.press("u")
    page.wait_for_url("**/orders/order/?q=W-3")

    # All four released by one key: the held one and the one under way do not stop the others.
    page.goto(f"{live_server.url}/admin/orders/order/")
    for _row in range(4):
        keys.press("j")
        keys.press("x")
    keys.press("r")
    page.get_by_text("Result of each row").wait_for()
    assert bulk.run_job(BulkJob.objects.get().pk) == "done"
    page.get_by_text("4 of 4 rows (100").wait_for()
    page.get_by_text("Release its holds first.").wait_for()
    screenshot(page, "desk-one-refused")
    found = dict(BulkJob.objects.get().rows.values_list("object_id", "state"))
    assert found == {first: "done", waiting: "already", held: "refused", newest: "done"}
    assert set(Order.objects.filter(pk__in=[first, newest]).values_list("status", flat=True)) == {"released"}

    # Packing slips by key, from the list; on the order's page the first document opens beside it.
    page.goto(f"{live_server.url}/admin/orders/order/")
    keys.press("j")
    keys.press("p")
    page.wait_for_url("**/core/bulkjob/**")
    printing = BulkJob.objects.latest("pk")
    assert (printing.action, list(printing.rows.values_list("object_id", flat=True))) == (
        "orders.print_slips",
        [newest],
    )
    page.goto(f"{live_server.url}/admin/orders/order/{first}/change/")
    with page.expect_popup() as opened:
        keys.press("p")
    assert f"/documents/order_confirmation/{first}" in opened.value.url or "order_confirmation" in opened.value.url

    # A released order is changed, and a placed one released, by key.
    page.bring_to_front()
    keys.press("e")
    page.wait_for_url(f"**/orders/order/{first}/edit/**")
    Order.objects.filter(pk=first).update(status="placed")
    page.goto(f"{live_server.url}/admin/orders/order/{first}/change/")
    keys.press("r")
    page.get_by_text("The order is with the warehouse").or_(page.get_by_text("In the warehouse")).first.wait_for()
    assert Order.objects.get(pk=first).status == "released"
    assert complaints == []


@pytest.mark.browser
def test_the_desk_fits_a_phone(orders, live_server, new_page, screenshot):
    page = new_page(PHONE)
    sign_in(page, live_server)
    for name, address in (
        ("list", "/admin/orders/order/?view=held"),
        ("order", f"/admin/orders/order/{orders[2]}/change/"),
    ):
        page.goto(f"{live_server.url}{address}")
        page.get_by_text(f"SO-{orders[2]:06d}").first.wait_for()
        screenshot(page, f"desk-phone-{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
