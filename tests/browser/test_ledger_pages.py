"""The pages of the books in a real browser: journals are typed with sums that follow; no page is wider than a phone."""

import pytest
from django.urls import reverse

from accounting.services import create_schedule, submit_journal
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import ACTOR, make_company
from tests.factories.journals import make_journal
from tests.factories.staff import make_staff
from tests.plugins.browser import PHONE, WIDE


def look(page, screenshot, address, name):
    """A page wide and on a phone, where nothing is wider than the screen."""
    page.set_viewport_size(WIDE)
    page.goto(address)
    screenshot(page, name)
    page.set_viewport_size(PHONE)
    page.goto(address)
    screenshot(page, f"{name}-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_journal_is_typed_and_the_sums_follow(live_server, page, screenshot):
    make_staff("owner")
    company = make_company()
    Desk(page, live_server, "owner")
    page.set_viewport_size(WIDE)
    page.goto(f"{live_server.url}{reverse('admin:accounting_manualjournal_add')}")
    page.fill("#id_memo", "Rent of March")
    page.fill("#id_lines-0-account", "6520 Rent and utilities")
    page.fill("#id_lines-0-debit", "100.50")
    page.fill("#id_lines-1-account", "1020")
    page.fill("#id_lines-1-credit", "100.50")
    page.press("#id_lines-1-credit", "Tab")
    page.wait_for_function(
        "(text => text.includes('Balanced') && text.includes('100.50'))(document.querySelector('#journal-sums').innerText)"
    )
    screenshot(page, "journal-form")
    page.set_viewport_size(PHONE)
    screenshot(page, "journal-form-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.click("text=Save draft")
    page.wait_for_selector("text=is a draft.")

    posted = make_journal(company)
    submit_journal(posted.pk, company_id=company.pk, actor=ACTOR)
    schedule = create_schedule(
        posted.pk, company_id=company.pk, name="Rent", first_date=posted.date.replace(month=4), actor=ACTOR
    )
    for name, where in {
        "journal": reverse("admin:accounting_manualjournal_change", args=[posted.pk]),
        "journals": reverse("admin:accounting_manualjournal_changelist"),
        "schedule": reverse("admin:accounting_recurringjournal_change", args=[schedule.pk]),
        "entry": reverse("admin:accounting_journalentry_change", args=[submit_entry(posted)]),
    }.items():
        look(page, screenshot, live_server.url + where, name)


def submit_entry(journal):
    journal.refresh_from_db()
    return journal.entry_id
