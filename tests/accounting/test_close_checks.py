"""What closes a month is proved: filed returns, revaluations, deferrals; each planted drift is found."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from accounting.close_checks import CLOSE_CHECKS
from accounting.models import InvoiceLine, TaxCode
from accounting.selectors.tax_returns import late_lines, return_lines
from accounting.services import (
    create_return,
    defer_revenue,
    earn_due_revenue,
    file_return,
    lay_tax_template,
    revalue_currencies,
    set_exchange_rate,
)
from backoffice.core import proof
from tests.accounting.test_bypass import attack
from tests.accounting.test_proof import as_superuser
from tests.accounting.test_taxes import sell
from tests.api.conftest import World
from tests.factories.books import ACTOR, NOON, make_company
from tests.factories.staff import sign_in

pytestmark = pytest.mark.django_db
D, day = Decimal, datetime.date


@pytest.fixture
def closed():
    """March 2026 of a German company: sold, deferred, measured, filed; the quarter's OSS return too."""
    company = make_company("gmbh", base_currency="EUR", country="DE", time_zone="Europe/Berlin")
    lay_tax_template(company_id=company.pk, template="de", actor=ACTOR)
    for date, rate in ((day(2026, 3, 1), "0.80"), (day(2026, 3, 31), "0.90")):
        set_exchange_rate(company_id=company.pk, currency="USD", date=date, rate=D(rate))
    sold = sell(company, ("DE19", "120", "22.80"), ("OSSFR", "40", "8"))
    sell(company, ("DEEXPORT", "100", "0"), key="us", code="US", currency="USD")
    line = InvoiceLine.objects.filter(invoice_id=sold.invoice_id).order_by("pk")[0]
    defer_revenue(line.pk, company_id=company.pk, start=day(2026, 3, 1), months=12, actor=ACTOR)
    earn_due_revenue(company_id=company.pk, now=datetime.datetime(2026, 5, 15, tzinfo=datetime.UTC), actor=ACTOR)
    revalue_currencies(company_id=company.pk, date=day(2026, 3, 31), actor=ACTOR)
    for kind, start in (("vat", day(2026, 3, 1)), ("oss", day(2026, 1, 1))):
        made = create_return(company_id=company.pk, kind=kind, template="de", start=start, actor=ACTOR)
        file_return(made.pk, company_id=company.pk, actor=ACTOR)
    return company


def problems():
    found = proof.run_checks(names=[check.name for check in CLOSE_CHECKS])
    assert not [result.error for result in found.results if result.error]
    return {result.name: result.row for result in found.results if result.state != "ok"}


def test_a_month_that_was_closed_well_holds(closed):
    assert problems() == {}


DRIFTS = [
    ("UPDATE accounting_invoiceline SET net = net + 1", "filed_returns_equal_documents"),
    ("UPDATE accounting_taxreturnbox SET amount = amount + 1 WHERE code = '81'", "filed_returns_equal_documents"),
    ("UPDATE accounting_taxreturnbox SET amount = 9 WHERE code = 'FR 20 tax'", "filed_returns_equal_documents"),
    ("UPDATE accounting_taxreturn SET payable = payable + 1", "filed_returns_equal_documents"),
    ("UPDATE accounting_taxcode SET treatment = 'reduced' WHERE code = 'DEEXPORT'", "filed_returns_equal_documents"),
    ("UPDATE accounting_invoice SET date = '2026-03-31' WHERE date = '2026-04-01'", "filed_returns_equal_documents"),
    ("UPDATE accounting_currencyrevaluation SET difference = 1", "revaluations_equal_entries"),
    ("UPDATE accounting_currencyrevaluationline SET rate = rate * 2", "revaluations_equal_entries"),
    ("UPDATE accounting_currencyrevaluation SET reversal_id = NULL", "revaluations_equal_entries"),
    ("UPDATE accounting_revenuedeferralpart SET amount = amount + 1 WHERE entry_id IS NULL", "deferrals_equal_entries"),
    ("UPDATE accounting_revenuedeferral SET status = 'done'", "deferrals_equal_entries"),
    (
        "UPDATE accounting_revenuedeferralpart SET entry_id = NULL WHERE id = (SELECT min(id) FROM"
        " accounting_revenuedeferralpart); UPDATE accounting_revenuedeferral SET amount = 121",
        "deferrals_equal_entries",
    ),
    (
        "UPDATE accounting_journalline SET base_amount = base_amount * 2 WHERE entry_id IN"
        " (SELECT entry_id FROM accounting_revenuedeferralpart)",
        "deferrals_equal_entries",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("drift", "found_by"), DRIFTS)
def test_planted_drift_is_found(closed, drift, found_by):
    sell(closed, ("DE19", "10", "1.90"), key="late")
    assert problems() == {}
    as_superuser(drift)
    assert found_by in problems()


def test_every_check_has_a_planted_drift():
    assert {found_by for _drift, found_by in DRIFTS} == {check.name for check in CLOSE_CHECKS}


def test_a_late_document_is_declared_in_the_next_return_and_shown_there(closed):
    sell(closed, ("DE19", "10", "1.90"), key="late")
    april = create_return(company_id=closed.pk, kind="vat", template="de", start=day(2026, 4, 1), actor=ACTOR)
    (late,) = late_lines(april, return_lines(april))
    assert (late.happened, late.date, late.tax) == (NOON.date(), day(2026, 4, 1), D("1.90"))
    page = sign_in("auditor").get(reverse("admin:accounting_taxreturn_change", args=[april.pk])).content.decode()
    assert "Late documents" in page and late.number in page
    desk = World().caller("accounting:read", bound=False, company_id=closed.pk)
    (line,) = desk.get(f"tax-returns/{april.pk}/lines/", box="81").json()
    assert (line["date"], line["happened"]) == ("2026-04-01", "2026-03-10")
    assert problems() == {}


def test_what_a_filed_return_counted_by_a_code_stays_counted_so(closed):
    code = TaxCode.objects.get(company=closed, code="DE19")
    assert attack(f"UPDATE accounting_taxcode SET treatment = 'none' WHERE id = {code.pk}")[1] == (
        "taxcode_counted_by_return"
    )
    form = reverse("admin:accounting_taxcode_change", args=[code.pk])
    given = {
        "company": closed.pk, "code": "DE19", "name": "x", "country": "DE", "treatment": "none", "is_active": "on",
        "rates-TOTAL_FORMS": "0", "rates-INITIAL_FORMS": "0",
    }  # fmt: skip
    answer = sign_in("accountant").post(form, given)
    assert "make a new tax code instead" in answer.content.decode()
    code.refresh_from_db()
    assert code.treatment == "standard"
    unused = TaxCode.objects.get(company=closed, code="DE7")
    TaxCode.objects.filter(pk=unused.pk).update(treatment="standard")
