"""Receivables by age at the end of any day: what was paid since is open then, and the control account agrees."""

import datetime
from decimal import Decimal

import pytest

from accounting.models import Invoice, Payment
from accounting.selectors.receivables import AgeingQuestion, ageing_report, open_items_report
from accounting.services import (
    PaymentRequest,
    UseRequest,
    apply_items,
    issue_invoices,
    record_payments,
    set_exchange_rate,
)
from tests.factories.books import ACTOR, NOON, make_company, make_invoice, make_invoice_line, make_party

D = Decimal
pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
TODAY = NOON.date()


def make_debts():
    """C1 owes 100 since 100 days (due at once); 80 since 20 days, of which 50 were paid 5 days ago; C2 owes 7 not yet due."""
    company = make_company()
    first, second = make_party(company), make_party(company, "C2", terms=30)

    def bill(party, net, days, key):
        return make_invoice(party, make_invoice_line(net), key=key, effective_at=NOON - days * DAY)

    wanted = [bill(first, "100", 100, "a"), bill(first, "80", 20, "b"), bill(second, "7", 3, "c")]
    issue_invoices(wanted, company_id=company.pk, actor=ACTOR)
    paid = PaymentRequest(
        party_id=first.pk, direction="in", currency="GBP", amount=D(50), effective_at=NOON - 5 * DAY, source_key="p",
        account_role="bank", method="bank",
    )  # fmt: skip
    record_payments([paid], company_id=company.pk, actor=ACTOR)
    invoice, payment = Invoice.objects.get(source_key="b"), Payment.objects.get(source_key="p")
    use = UseRequest(invoice.open_item_id, payment.open_item_id, D(50), "u")
    apply_items([use], company_id=company.pk, date=TODAY - 5 * DAY, actor=ACTOR)
    return company


def aged(company, day):
    report = ageing_report(AgeingQuestion(company, day))
    assert not report.notes  # the control account agrees
    return {row.key: tuple(row.values[1:]) for row in report.rows}


def test_ageing_of_today_and_of_a_past_day():
    company = make_debts()

    assert aged(company, TODAY) == {
        "C1": (D(130), D(0), D(30), D(0), D(0), D(100)),
        "C2": (D(7), D(7), D(0), D(0), D(0), D(0)),
        "sum": (D(137), D(7), D(30), D(0), D(0), D(100)),
    }
    assert aged(company, TODAY - 6 * DAY)["C1"] == (D(180), D(0), D(80), D(0), D(0), D(100))
    assert aged(company, TODAY - 100 * DAY)["C1"] == (D(100), D(100), D(0), D(0), D(0), D(0))
    assert aged(company, TODAY - 101 * DAY) == {}


def test_open_items_of_a_day_add_up_to_the_ageing():
    company = make_debts()

    rows = list(open_items_report(AgeingQuestion(company, TODAY - 6 * DAY), limit=1).rows)

    assert [row.kind for row in rows] == ["row", "total"]
    assert rows[0].values[7] == D(100) and rows[0].values[9] == 94
    assert rows[-1].values[8] == D(180) and "1" in rows[-1].values[2]


def test_debts_are_told_in_the_documents_currencies_too():
    company = make_debts()
    abroad = make_party(company, "U1", currency="USD")
    set_exchange_rate(company_id=company.pk, currency="USD", date=TODAY, rate=D("0.5"))
    request = make_invoice(abroad, make_invoice_line("40"), key="usd")
    issue_invoices([request], company_id=company.pk, actor=ACTOR)

    report = ageing_report(AgeingQuestion(company, TODAY + DAY, in_documents=True))
    found = {row.key: row.values[1:3] for row in report.rows}

    assert found["U1-USD"] == ("USD", D(40)) and found["sum-USD"] == ("USD", D(40))
    assert found["sum-GBP"] == ("GBP", D(137))
    base = ageing_report(AgeingQuestion(company, TODAY + DAY)).rows[-1]
    assert base.values[1] == D(157)
