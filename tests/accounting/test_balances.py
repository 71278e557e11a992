"""Trial balance, account ledger, open items and ageing."""

import datetime
from decimal import Decimal

import pytest

from accounting.errors import TaxRateMissing
from accounting.models import AccountRole
from accounting.selectors import (
    account_ids,
    account_ledger,
    ageing,
    balances,
    books_of,
    exchange_rate,
    open_items,
    tax_rate,
    trial_balance,
)
from accounting.services import (
    PaymentRequest,
    UseRequest,
    apply_items,
    create_company,
    create_tax_code,
    issue_invoices,
    post_entries,
    record_payments,
    set_exchange_rate,
)
from tests.factories.books import ACTOR, NOON, make_company, make_entry, make_invoice, make_invoice_line, make_party
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db
D = Decimal
MARCH, APRIL = datetime.date(2026, 3, 1), datetime.date(2026, 4, 30)


def test_trial_balance_opens_moves_and_closes():
    company = make_company()
    post_entries(
        [
            make_entry(company, "100", key="1", at=NOON - datetime.timedelta(days=30)),
            make_entry(company, "40", key="2"),
            make_entry(company, "-15", key="3"),
        ],
        company_id=company.pk,
        actor=ACTOR,
    )

    rows = trial_balance(company_id=company.pk, start=MARCH, end=APRIL)

    assert [(r.code, r.opening, r.debit, r.credit, r.closing) for r in rows] == [
        ("1020", D(100), D(40), D(15), D(125)),
        ("3900", D(-100), D(15), D(40), D(-125)),
    ]


def test_ledger_of_an_account_runs():
    company = make_company()
    post_entries(
        [
            make_entry(company, "100", key="1", at=NOON - datetime.timedelta(days=30)),
            make_entry(company, "-30", key="2"),
        ],
        company_id=company.pk,
        actor=ACTOR,
    )
    bank = account_ids(company.pk)["bank"]

    rows = list(account_ledger(account_id=bank, start=MARCH, end=APRIL))

    assert [(row.date, row.base_amount, row.balance) for row in rows] == [(NOON.date(), D(-30), D(70))]
    assert balances(company_id=company.pk, as_of=datetime.date(2026, 2, 28)) == {
        bank: D(100),
        account_ids(company.pk)["opening_equity"]: D(-100),
    }


def test_open_items_and_ageing_as_of_a_day():
    company = make_company()
    party = make_party(company, terms=10)
    late, due = issue_invoices(
        [
            make_invoice(party, make_invoice_line("70"), key="1", effective_at=NOON - datetime.timedelta(days=60)),
            make_invoice(party, make_invoice_line("30"), key="2"),
        ],
        company_id=company.pk,
        actor=ACTOR,
    )
    (paid,) = record_payments(
        [PaymentRequest(party.pk, "in", D(50), "GBP", NOON, "3")], company_id=company.pk, actor=ACTOR
    )
    use = UseRequest(late.open_item_id, paid.open_item_id, D(45), "4")
    apply_items([use], company_id=company.pk, date=datetime.date(2026, 3, 12), actor=ACTOR)

    before = open_items(company_id=company.pk, as_of=datetime.date(2026, 3, 11))
    after = open_items(company_id=company.pk, as_of=datetime.date(2026, 3, 12), party_id=party.pk)

    assert [(i.kind, i.open_amount) for i in before] == [("invoice", D(70)), ("payment", D(-50)), ("invoice", D(30))]
    assert [(i.kind, i.open_amount) for i in after] == [("invoice", D(25)), ("payment", D(-5)), ("invoice", D(30))]
    (row,) = ageing(company_id=company.pk, as_of=datetime.date(2026, 3, 12))
    assert row.parts == (D(30), D(-5), D(25), D(0), D(0))
    assert row.total == 50


def test_rates_hold_from_their_day():
    company = make_company()
    create_tax_code(
        company_id=company.pk,
        code="S",
        name="Standard",
        rates=[(datetime.date(2011, 1, 4), D("0.2")), (datetime.date(2010, 1, 1), D("0.175"))],
    )
    for day, rate in ((1, "0.8"), (5, "0.9")):
        set_exchange_rate(company_id=company.pk, currency="EUR", date=datetime.date(2026, 3, day), rate=D(rate))

    assert tax_rate(company.pk, "S", datetime.date(2011, 1, 3)) == D("0.175")
    assert tax_rate(company.pk, "S", datetime.date(2011, 1, 4)) == D("0.2")
    assert exchange_rate(company.pk, "EUR", datetime.date(2026, 3, 4)) == D("0.8")
    assert exchange_rate(company.pk, "EUR", datetime.date(2026, 9, 1)) == D("0.9")
    with refused(TaxRateMissing):
        tax_rate(company.pk, "S", datetime.date(2009, 12, 31))


@pytest.mark.parametrize("chart", ["ifrs", "ge"])
def test_each_chart_maps_every_role(chart):
    company = create_company(code="c", name="C", base_currency="GEL", country="GE", chart=chart, actor=ACTOR)

    books = books_of(company.pk)

    assert set(books.roles) == set(AccountRole.values)
    assert sorted(books.series) == ["CRN", "INV"]


def test_unknown_chart_zone_or_currency_is_refused():
    given = {"code": "c", "name": "C", "base_currency": "GEL", "country": "GE", "actor": ACTOR}

    for wrong in ({"chart": "xx"}, {"base_currency": "ZZZ"}, {"time_zone": "Mars/Base"}):
        with refused(ValueError):
            create_company(**(given | wrong))
