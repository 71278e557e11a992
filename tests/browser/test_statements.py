"""Statements in a real browser: every page shown, no wider than a phone, and a figure that leads to its lines."""

import datetime

import pytest
from django.urls import reverse

from accounting.models import AccountRole
from accounting.services import post_entries
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import ACTOR, NOON, make_entry
from tests.factories.goods import make_shop, make_sku, make_stock
from tests.factories.sales import line, make_channel, order, place, shipping
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE
from warehouse.services import fulfil_straight

PAGES = ("profit_and_loss", "balance_sheet", "trial_balance", "general_ledger", "cash_flow", "margin_report")
MARCH = "start=2026-03-01&end=2026-03-31&compare=both"


def make_history(shop):
    """A year of sales by hand, and one order that was shipped."""
    make_stock(shop, make_sku(shop, "MUG"), "100", "500.00")
    channel = make_channel(shop, "web")
    entries = []
    for month in range(12):
        at = NOON - datetime.timedelta(days=30 * month)
        sales = make_entry(
            shop.company, str(900 + 70 * (month % 5)), key=f"s{month}", at=at, credit=AccountRole.REVENUE
        )
        costs = make_entry(
            shop.company, str(400 + 35 * (month % 4)), key=f"c{month}", at=at, debit=AccountRole.BANK_CHARGES,
            credit=AccountRole.BANK,
        )  # fmt: skip
        entries += [sales, costs]
    post_entries(entries, company_id=shop.id, actor=ACTOR)
    [sold] = place(channel, order("1", line("MUG", "3", "10"), charges=(shipping(),)))
    fulfil_straight(sold.fulfilment_ids, company_id=shop.id, actor=ACTOR, effective_at=NOON)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_statements_are_shown_on_desk_and_phone_and_a_figure_leads_to_its_lines(live_server, page, screenshot):
    make_staff("owner")
    make_history(make_shop())
    Desk(page, live_server, "owner")
    for name in PAGES:
        page.goto(f"{live_server.url}{reverse(name)}?{MARCH}")
        page.wait_for_load_state("networkidle")
        screenshot(page, f"statement-{name}")
        page.set_viewport_size(PHONE)
        screenshot(page, f"statement-{name}-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.set_viewport_size({"width": 1440, "height": 900})

    page.goto(f"{live_server.url}{reverse('profit_and_loss')}?{MARCH}")
    page.click("tr.bo-row-account:has-text('5010') td.bo-r a >> nth=0")
    page.wait_for_selector("h1 >> text=General ledger")
    assert page.locator("tr.bo-row-total:has-text('15.00')").count() == 1
