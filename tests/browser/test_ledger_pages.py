"""The pages of the books in a real browser: journals are typed with sums that follow; no page is wider than a phone."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from accounting.models import InvoiceLine, TaxCode
from accounting.services import (
    close_year,
    create_return,
    create_schedule,
    defer_revenue,
    issue_invoices,
    lay_tax_template,
    revalue_currencies,
    set_exchange_rate,
    submit_journal,
)
from tests.browser.test_order_to_cash import Desk
from tests.factories.books import ACTOR, make_company, make_invoice, make_invoice_line, make_party
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
        "() => /Balanced[^]*100.50|100.50[^]*Balanced/.test(document.querySelector('#journal-sums').innerText)"
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


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pages_of_periods_taxes_and_rates_fit_a_phone(live_server, page, screenshot):
    make_staff("owner")
    company = make_company(base_currency="EUR", country="DE")
    lay_tax_template(company_id=company.pk, template="de", actor=ACTOR)
    code = TaxCode.objects.get(company=company, code="DE19")
    line = make_invoice_line("100", "19", tax_code_id=code.pk, tax_rate=Decimal("0.19"))
    (sold,) = issue_invoices([make_invoice(make_party(company), line)], company_id=company.pk, actor=ACTOR)
    for day, rate in ((datetime.date(2026, 3, 1), "0.80"), (datetime.date(2026, 3, 31), "0.90")):
        set_exchange_rate(company_id=company.pk, currency="USD", date=day, rate=Decimal(rate))
    foreign = make_invoice(make_party(company, "U1", currency="USD"), key="invoice:2")
    issue_invoices([foreign], company_id=company.pk, actor=ACTOR)
    first = InvoiceLine.objects.get(invoice_id=sold.invoice_id)
    start = datetime.date(2026, 3, 1)
    found = create_return(company_id=company.pk, kind="vat", template="de", start=start, actor=ACTOR)
    deferral = defer_revenue(first.pk, company_id=company.pk, start=start, months=12, actor=ACTOR)
    worth = revalue_currencies(company_id=company.pk, date=datetime.date(2026, 3, 31), actor=ACTOR)
    closing = close_year(company_id=company.pk, year=2025, actor=ACTOR)
    Desk(page, live_server, "owner")
    tester = reverse("admin:accounting_taxrule_try")
    asked = f"?company={company.pk}&country=FR&customer_kind=consumer&date=2026-03-10&amount=120&inclusive=on"
    for name, where in {
        "tax-tester": tester + asked,
        "tax-rules": reverse("admin:accounting_taxrule_changelist"),
        "tax-return": reverse("admin:accounting_taxreturn_change", args=[found.pk]) + "?box=81",
        "tax-return-form": reverse("admin:accounting_taxreturn_add"),
        "period": reverse("admin:accounting_period_change", args=[company.period_set.get(start_date=start).pk]),
        "year": reverse("admin:accounting_yearclose_change", args=[closing.pk]),
        "revaluation": reverse("admin:accounting_currencyrevaluation_change", args=[worth.pk]),
        "deferral": reverse("admin:accounting_revenuedeferral_change", args=[deferral.pk]),
        "invoice": reverse("admin:accounting_invoice_change", args=[sold.invoice_id]),
    }.items():
        look(page, screenshot, live_server.url + where, name)
