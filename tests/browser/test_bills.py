"""A bill typed in a real browser: receipts appear with the supplier, sums follow the typing, no page wider than a phone."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounting.models import Bill
from inventory.services import match_bill
from tests.browser.test_order_to_cash import Desk
from tests.factories.bills import make_bill, order_line, post
from tests.factories.books import ACTOR
from tests.factories.buying import deliver, make_purchase
from tests.factories.goods import make_shop, make_sku
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_bill_is_typed_and_its_pages_are_shown(live_server, page, screenshot):
    make_staff("owner")
    shop = make_shop()
    order = make_purchase(shop, make_sku(shop), "10")
    deliver(shop, order, "8")
    other = make_purchase(shop, make_sku(shop, "CUP"), "4", supplier="POTTERY")
    deliver(shop, other, "4")
    paid = post(shop, make_bill(shop, other.supplier_id, order_line(other, "3", "2.50"), number="P-1"))
    wrong = make_bill(shop, order.supplier_id, order_line(order, "10", "2.60"), number="W-1")
    match_bill(wrong.pk, company_id=shop.id, actor=ACTOR)
    desk = Desk(page, live_server, "owner")
    page.goto(f"{live_server.url}{reverse('admin:accounting_bill_add')}")
    page.select_option("#id_supplier", label="SUP")
    page.wait_for_selector("#bill-offers input[type=checkbox]")
    page.fill("#id_number", "R-1")
    page.fill("#id_bill_date", str(timezone.now().date()))
    page.fill("#id_total", "20.00")
    page.check("#bill-offers tbody tr:first-child input[type=checkbox]")
    page.wait_for_selector("#bill-sums >> text=Agrees")
    screenshot(page, "bill-form")
    page.set_viewport_size(PHONE)
    screenshot(page, "bill-form-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size({"width": 1440, "height": 900})
    page.click("text=Save and match")
    page.wait_for_load_state("networkidle")
    assert Bill.objects.get(number="R-1").status in ("approved", "exception")

    pages = {
        "bill-order": reverse("admin:inventory_purchaseorder_change", args=[order.pk]),
        "bill-supplier": reverse("admin:inventory_supplier", args=[other.supplier_id]),
        "bill-exception": reverse("admin:accounting_bill_change", args=[wrong.pk]),
        "bill-posted": reverse("admin:accounting_bill_change", args=[paid.pk]),
        "bill-list": reverse("admin:accounting_bill_changelist"),
        "bill-queue": reverse("admin:accounting_billexception_changelist"),
        "bill-payables": reverse("payables"),
        "bill-grni": reverse("admin:inventory_grni_ageing"),
    }
    for name, url in pages.items():
        page.goto(f"{live_server.url}{url}")
        page.wait_for_load_state("networkidle")
        screenshot(page, name)
        page.set_viewport_size(PHONE)
        screenshot(page, f"{name}-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
        page.set_viewport_size({"width": 1440, "height": 900})
    assert desk is not None
