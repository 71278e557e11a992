"""The bank desk in a real browser: lines are matched by keyboard alone, and no page is wider than a phone."""

import pytest
from django.urls import reverse

from accounting.models import BankLine
from tests.browser.test_order_to_cash import Desk
from tests.factories.bank_files import booked
from tests.factories.banking import make_bank, make_books, make_second_bank, number_of, owed, take_in
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE, WIDE

CUT_AMOUNTS = """() => { const edge = document.querySelector('.bo-desk-list').getBoundingClientRect().right
  return [...document.querySelectorAll('.bo-desk-list td.bo-r')].filter(cell => cell.getBoundingClientRect().right > edge + 1).length }"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_lines_are_matched_by_keyboard_alone(live_server, page, screenshot):
    make_staff("owner")
    bank = make_bank(make_books())
    make_second_bank(bank.company)
    first = owed(bank.company, "119", name="Blue Door Ltd")
    owed(bank.company, "60", code="C2", name="Corner Café")
    owed(bank.company, "40", code="C2")
    lines = take_in(
        bank,
        booked("119.00", text=f"Invoice {number_of(first)}", name="BLUE DOOR LTD"),
        booked("100.00", "2026-03-09", "two invoices, thank you", name="Corner Cafe", account="FR7612345"),
        booked("-12.90", "2026-03-31", "Account fee March, booking items and the keeping of the account", name=""),
        booked("-350.00", "2026-03-31", "Savings", account="DE02120300000000202051"),
        opening="1812812.40",
    )
    Desk(page, live_server, "owner")
    page.goto(f"{live_server.url}{reverse('admin:accounting_bank_desk', args=[bank.pk])}")
    page.wait_for_selector("[data-first]")
    screenshot(page, "bank-desk")
    page.set_viewport_size({"width": 1280, "height": 900})
    screenshot(page, "bank-desk-1280")
    assert page.evaluate(CUT_AMOUNTS) == 0
    assert page.locator("#nav-sidebar-apps [aria-current=page]").inner_text().endswith("Bank desk")
    page.set_viewport_size(WIDE)
    page.keyboard.press("?")
    page.wait_for_selector("#bank-keys[open]")
    screenshot(page, "bank-desk-keys")
    page.keyboard.press("Escape")
    page.wait_for_selector("#bank-keys", state="hidden")

    def press(key):
        with page.expect_navigation():
            page.keyboard.press(key)

    press("Enter")
    press("j")
    press("k")
    press("1")
    page.keyboard.press("f")
    page.select_option("#bank-account", index=1)
    page.keyboard.press("Escape")
    press("m")
    page.wait_for_selector("text=the other side is an account of ours")
    page.fill("input[name=q]", "INV")
    press("Enter")
    screenshot(page, "bank-desk-by-hand")
    page.set_viewport_size(PHONE)
    screenshot(page, "bank-desk-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(WIDE)
    press("Enter")

    assert [line.is_matched for line in BankLine.objects.filter(pk__in=[line.pk for line in lines]).order_by("pk")] == [
        True
    ] * 4
    for name in ("bankaccount", "bankstatement", "bankrule"):
        page.goto(f"{live_server.url}{reverse(f'admin:accounting_{name}_changelist')}")
        screenshot(page, f"bank-{name}-list")
    page.goto(f"{live_server.url}{reverse('admin:accounting_bankrule_add')}")
    screenshot(page, "bank-rule-form")
