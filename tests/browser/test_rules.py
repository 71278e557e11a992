"""In a real browser: a rule is put together by somebody who knows no code, tried, and switched on."""

import datetime

import pytest

from inventory.models import Category, Product
from orders.models import AutomationRule, OrderTag
from orders.services.automation import look_at_due, notice_changes, run_firings
from tests.browser.test_order_to_cash import Desk
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place
from tests.factories.staff import make_staff
from tests.orders.test_rule_words import HOME
from tests.plugins.browser import PHONE, WIDE

CUT = "[...document.querySelectorAll('.bo-scroll')].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText)"


@pytest.mark.browser
def test_a_rule_is_put_together_tried_and_switched_on(transactional_db, new_page, live_server, screenshot):
    shop = make_shop()
    make_stock(shop, make_sku(shop), "50")
    now = datetime.datetime.now(datetime.UTC)
    big, _small = place(
        make_channel(shop),
        order("A", line(quantity="9"), placed_at=now, shipping_address=HOME),
        order("B", placed_at=now),
        release=False,
    )
    for name in ("Lamps", "Cups, mugs"):
        category = Category.objects.create(company=shop.company, code=name[:4], name=name)
    Product.objects.update(category=category)
    make_staff("owner")
    desk = Desk(new_page(), live_server, "owner")
    page = desk.page

    page.goto(f"{live_server.url}/admin/orders/automationrule/add/")
    page.fill("#rule-name", "Watch big ones")
    for trigger, offered in (
        ("stock_low", "buy"),
        ("placed", "buy"),
    ):  # what another cause cannot do gives way to what it can
        page.select_option("#rule-trigger", trigger)
        assert page.input_value("[data-actions] select >> nth=0") == offered
    page.get_by_role("button", name="Add a condition").click()
    page.select_option("[data-conditions] select >> nth=0", "units")
    page.select_option("[data-conditions] select >> nth=1", "ge")
    page.fill("[data-conditions] input >> nth=0", "many")
    group, row = page.locator(".bo-rule-group"), page.locator("[data-conditions] .bo-rule-row").nth(1)
    group.get_by_role("button", name="Add a condition").click()
    row.locator("select").nth(0).select_option("country")
    for name in ("Ireland", "United Kingdom"):
        row.locator("select").nth(2).select_option(label=name)
    group.get_by_role("button", name="Remove: Ireland").click()
    group.get_by_role("button", name="Add a condition").click()
    third = page.locator("[data-conditions] .bo-rule-row").nth(2)
    third.locator("select").nth(0).select_option("categories")
    for name in ("Lamps", "Cups, mugs"):  # one value, whatever stands in it
        third.locator("select").nth(2).select_option(label=name)
    group.get_by_role("button", name="Remove: Lamps").click()
    page.select_option("[data-actions] select >> nth=0", "add_tag")
    page.fill("[data-actions] input >> nth=0", "big")
    page.get_by_role("button", name="Add an action").click()
    page.select_option("[data-actions] .bo-rule-row >> nth=1 >> select >> nth=0", "hold")
    page.fill("[data-actions] .bo-rule-row >> nth=1 >> input", "Ring the buyer first")
    page.get_by_role("button", name="Save").click()

    desk.sees("“many” is not a number", "correct what is marked in red")
    assert not AutomationRule.objects.exists() and page.input_value("[data-actions] input >> nth=0") == "big"
    page.fill("[data-conditions] input >> nth=0", "9")
    page.get_by_role("button", name="Save").click()
    desk.sees(
        "“Watch big ones” is saved.",
        "If: Units is at least 9 and Country of delivery is (one of) United Kingdom",
        'Categories has one of "Cups, mugs"',
        "Tag: big",
    )
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Try", exact=True).click()
    desk.sees("It would act on 1 of 2 orders.", f"SO-{big.order_id:06d}")
    assert page.evaluate(CUT) == []
    screenshot(page, "rule-tried")
    page.set_viewport_size(WIDE)
    assert not OrderTag.objects.exists()

    page.locator("summary", has_text="Switch on").click()
    page.select_option("[name=scope]", "open")
    page.get_by_role("button", name="Switch on", exact=True).click()
    desk.sees("“Watch big ones” is switched on.", "in the name of owner")
    notice_changes(), look_at_due(), run_firings()
    page.reload()
    desk.sees("What it did")
    page.locator(".bo-pill", has_text="Done").wait_for()
    screenshot(page, "rule-did")
    page.set_viewport_size(PHONE)
    screenshot(page, "rule-phone")
    page.goto(f"{live_server.url}/admin/orders/order/{big.order_id}/change/")
    desk.sees("big", "Watch big ones", "Ring the buyer first")
    screenshot(page, "rule-order-phone")

    assert list(OrderTag.objects.values_list("order_id", flat=True)) == [big.order_id] and desk.complaints == []
