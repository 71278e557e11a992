"""Open accounts in a real browser: a payment is settled by keyboard alone, and no page is wider than a phone."""

import pytest
from django.urls import reverse

from accounting.models import OpenItem
from tests.accounting.test_settlements import bill_to, paid_by
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import make_company, make_party
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_payment_is_settled_by_keyboard_alone(live_server, page, screenshot):
    make_staff("owner")
    party = make_party(make_company())
    invoice, second = bill_to(party, "100", "60")
    [credit] = paid_by(party, "130")
    Desk(page, live_server, "owner")
    page.goto(f"{live_server.url}{reverse('matching_desk')}")
    screenshot(page, "matching-list")
    page.goto(f"{live_server.url}{reverse('matching_desk')}?party=C1")
    for key in ("j", "x", "j", "x", "j", "x"):
        page.keyboard.press(key)
    assert page.inner_text("[data-sum=left]") == "30.00"
    screenshot(page, "matching-account")
    page.set_viewport_size(PHONE)
    screenshot(page, "matching-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    with page.expect_navigation():
        page.keyboard.press("m")

    found = dict(OpenItem.objects.values_list("pk", "open_amount"))
    assert (found[invoice], found[second], found[credit]) == (0, 30, 0)
