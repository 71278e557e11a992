"""The page of plain-text journals in a real browser, as wide as a desk and as a phone."""

import pytest
from django.urls import reverse

from accounting.models import JournalEntry
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import make_company
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_journal_is_checked_and_posted(live_server, page, screenshot, tmp_path):
    make_staff("owner")
    make_company(base_currency="USD")
    file = tmp_path / "books.ledger"
    file.write_text("2024-01-03 * Shop\n    Assets:Cash   $100.00\n    Income:Sales\n")
    Desk(page, live_server, "owner")
    page.goto(f"{live_server.url}{reverse('journal_files')}")
    page.set_input_files("#journal-file", str(file))
    with page.expect_navigation():
        page.click("button[value=check]")
    page.wait_for_load_state("networkidle")
    screenshot(page, "journal-file")
    page.set_viewport_size(PHONE)
    screenshot(page, "journal-file-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    with page.expect_navigation():
        page.click("text=Post them")
    page.wait_for_load_state("networkidle")

    assert JournalEntry.objects.count() == 1
