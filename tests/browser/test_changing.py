"""An order written at the screen, on a phone too, changed by two people, and answered in the warehouse."""

import pytest

from backoffice.core.proof import run_checks
from orders.inputs import AddressInput, ContactInput
from orders.models import DraftOrder, Fulfilment, Order, OrderLine
from orders.services import LineEdit, OrderEdit, cancel_order, change_order, merge_fulfilments
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import PASSWORD, make_staff
from tests.plugins.browser import PHONE
from warehouse.services import create_pick_lists

HOME = AddressInput(name="Nino Abashidze", line1="Rustaveli 1", city="Tbilisi", postcode="0108", country="GE")


@pytest.fixture
def world(transactional_db):
    """Two orders of one buyer, in stock."""
    shop = make_shop()
    make_stock(shop, make_sku(shop, "MUG"), "100", "500.00")
    make_stock(shop, make_sku(shop, "MUG-BLUE"), "100", "500.00", key="blue")
    channel = make_channel(shop, "web", kind="manual")
    make_staff("owner")
    buyer = ContactInput("c-1", "Nino Abashidze", "nino@shop.example")
    given = {"contact": buyer, "shipping_address": HOME}
    placed = place(channel, order("W-1", line("MUG", "4", "12.50"), **given), order("W-2", line("MUG"), **given))
    return shop, channel, placed


def sign_in(page, live_server):
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("input[name=username]", "owner")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{live_server.url}/admin/")


@pytest.mark.browser
@pytest.mark.parametrize("phone", [False, True])
def test_an_order_is_written_by_searching(world, live_server, new_page, screenshot, phone):
    page = new_page(**({"viewport": PHONE} if phone else {}))
    complaints = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    sign_in(page, live_server)
    page.goto(f"{live_server.url}/admin/orders/draftorder/add/")

    page.get_by_label("Buyer: search, or a new name").press_sequentially("nino")
    page.wait_for_selector("#buyers option", state="attached")
    known = page.eval_on_selector("#buyers option", "option => option.value")
    page.get_by_label("Buyer: search, or a new name").fill(known)
    page.locator("[name=sku-new-0]").press_sequentially("MUG")
    page.wait_for_selector("#found-0 option", state="attached")
    page.locator("[name=sku-new-0]").blur()
    page.locator(".bo-found", has_text="available").first.wait_for()
    page.locator("[name=quantity-new-0]").fill("2")
    for _more in range(2):
        page.get_by_role("button", name="One more row").click()
    page.locator("[name=sku-new-5]").fill("MUG-BLUE")
    page.locator("[name=quantity-new-5]").fill("1")
    page.locator("[name=price-new-5]").fill("9")
    screenshot(page, f"draft-form-{'phone' if phone else 'wide'}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Save draft").click()
    page.get_by_role("button", name="Place the order").wait_for()
    screenshot(page, f"draft-{'phone' if phone else 'wide'}")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/orders/order/*/change/")

    draft = DraftOrder.objects.get()
    assert (draft.order.status, draft.lines.count(), draft.contact.person.name) == ("released", 2, "Nino Abashidze")
    assert complaints == []
    assert run_checks().ok


@pytest.mark.browser
@pytest.mark.parametrize("phone", [False, True])
def test_two_editors_meet(world, live_server, new_page, screenshot, phone):
    shop, _channel, (first, second) = world
    page = new_page(**({"viewport": PHONE} if phone else {}))
    sign_in(page, live_server)
    number = OrderLine.objects.get(order_id=first.order_id).pk
    page.goto(f"{live_server.url}/admin/orders/order/{first.order_id}/edit/")
    page.locator(f"[name=quantity-{number}]").fill("7")
    page.locator("[name=reason]").fill("The buyer rang")
    change_order(
        first.order_id,
        edit=OrderEdit([LineEdit(number, quantity=5)]),
        company_id=shop.id,
        actor=ACTOR,
        reason="By mail",
        today=NOON.date(),
    )

    page.get_by_role("button", name="Save the change").click()
    page.get_by_text("Nothing of yours is lost").wait_for()
    screenshot(page, f"edit-conflict-{'phone' if phone else 'wide'}")
    assert page.locator(f"[name=quantity-{number}]").input_value() == "7"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Save on top of it").click()
    page.wait_for_url("**/change/")
    page.get_by_text("Changed 2 times").click()
    screenshot(page, f"order-changed-{'phone' if phone else 'wide'}")

    assert OrderLine.objects.get(pk=number).quantity == 7
    works = list(Fulfilment.objects.order_by("pk").values_list("pk", flat=True))
    merge_fulfilments(works, company_id=shop.id, actor=ACTOR)
    create_pick_lists(works, company_id=shop.id, actor=ACTOR)
    cancel_order(second.order_id, company_id=shop.id, actor=ACTOR, reason="Ordered twice", ask=True)
    page.goto(f"{live_server.url}/admin/warehouse/picklist/work/")
    page.get_by_text("Cancellations to answer").wait_for()
    screenshot(page, f"queue-cancels-{'phone' if phone else 'wide'}")
    page.goto(f"{live_server.url}/admin/warehouse/picklist/work/{works[1]}/")
    screenshot(page, f"work-cancel-{'phone' if phone else 'wide'}")
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("it is off the pick list").wait_for()
    assert Order.objects.get(pk=second.order_id).status == "cancelled"
    assert run_checks().ok
