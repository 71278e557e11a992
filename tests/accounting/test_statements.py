"""Profit and loss, balance sheet and trial balance: what they add up to, and what they are compared with."""

import datetime
from decimal import Decimal

import pytest

from accounting.models import Account, AccountRole, StatementLine
from accounting.selectors.cash_flow import cash_flow_report
from accounting.selectors.statements import (
    Question,
    balance_sheet_report,
    profit_and_loss_report,
    trial_balance_report,
)
from accounting.selectors.sums import CLOSING, turnovers
from accounting.services import Entry, Line, post_entries
from accounting.statements.asking import Asked
from accounting.statements.spans import Span, add_months, last_year, months_up_to, previous
from accounting.statements.structure import LedgerAccount, line_of
from backoffice.core.errors import InvalidInput
from backoffice.core.proof import run_checks
from tests.factories.books import ACTOR, make_company, make_entry

D = Decimal
pytestmark = pytest.mark.django_db


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{text}T12:00:00+00:00")


def make_year(company):
    """Capital of 1,000; 2025: sales 300; 2026: in February sales 400 at a cost of 150, in March wages of 50."""
    entries = [
        make_entry(company, "1000", key="1", at=at("2025-01-05")),
        make_entry(company, "300", key="2", at=at("2025-02-10"), credit=AccountRole.REVENUE),
        make_entry(company, "400", key="3", at=at("2026-02-10"), credit=AccountRole.REVENUE),
        make_entry(company, "150", key="4", at=at("2026-02-10"), debit=AccountRole.COGS, credit=AccountRole.BANK),
        make_entry(
            company, "50", key="5", at=at("2026-03-10"), debit=AccountRole.BANK_CHARGES, credit=AccountRole.BANK
        ),
    ]
    post_entries(entries, company_id=company.pk, actor=ACTOR)


def by_key(report):
    return {row.key: tuple(row.values) for row in report.rows}


def test_profit_and_loss_beside_the_period_before_and_last_year():
    company = make_company()
    make_year(company)

    report = profit_and_loss_report(
        Question(company, Span(day("2026-02-01"), day("2026-02-28")), ("previous", "last_year")), chart=True
    )

    rows = by_key(report)
    assert rows["revenue"][1:] == (D(400), D(0), D(300), D("100.0"))
    assert rows["cost_of_sales"][1:] == (D(-150), D(0), D(0), D("-37.5"))
    assert rows["gross_profit"][1:4] == (D(250), D(0), D(300)) and rows["profit"][1:4] == (D(250), D(0), D(300))
    assert [(c.start, c.end) for c in report.columns[2:4]] == [
        (day("2026-01-01"), day("2026-01-31")),
        (day("2025-02-01"), day("2025-02-28")),
    ]
    assert report.chart["datasets"][0]["data"][-1] == 400.0 and len(report.chart["labels"]) == 12


def test_the_balance_sheet_balances_on_any_day_before_and_after_the_year_is_closed():
    company = make_company()
    make_year(company)

    rows = by_key(balance_sheet_report(Question(company, Span(None, day("2026-02-28")), ("last_year",))))

    assert rows["assets"][1:] == rows["equity_and_liabilities"][1:] == (D(1550), D(1300))
    assert rows["result_before"][1:] == (D(300), D(0)) and rows["result_of_year"][1:] == (D(250), D(300))

    revenue, retained = _accounts(company, AccountRole.REVENUE, AccountRole.RETAINED_EARNINGS)
    closing = Entry(
        day("2025-12-31"), at("2025-12-31"), "general", CLOSING, 1, "close:2025",
        [Line(revenue, D(300), "GBP"), Line(retained, D(-300), "GBP")],
    )  # fmt: skip
    post_entries([closing], company_id=company.pk, actor=ACTOR)
    rows = by_key(balance_sheet_report(Question(company, Span(None, day("2026-02-28")))))
    assert "result_before" not in rows and rows["retained_earnings"][1:] == (D(300),)
    assert rows["assets"][1:] == rows["equity_and_liabilities"][1:] == (D(1550),)
    last = by_key(profit_and_loss_report(Question(company, Span(day("2025-01-01"), day("2025-12-31")))))
    assert last["profit"][1] == 300  # what closes the year is no part of its result
    assert run_checks().ok


def _accounts(company, *roles):
    found = dict(company.accountmapping_set.values_list("role", "account_id"))
    return [found[role] for role in roles]


def test_the_trial_balance_adds_up_to_nothing_and_groups_by_heading():
    company = make_company()
    make_year(company)

    report = trial_balance_report(Question(company, Span(day("2026-02-01"), day("2026-02-28")), ("last_year",)))

    rows = by_key(report)
    assert rows["1020"][2:] == (D(1300), D(400), D(150), D(1550), D(1300))
    assert rows["sum"][2:] == (D(0), D(550), D(550), D(0), D(0))
    assert rows["1000"][0] == "1000" and [row.kind for row in report.rows][0] == "heading"


def test_cash_flow_ends_in_the_change_of_cash_from_profit_and_by_what_was_paid_for():
    company = make_company()
    make_year(company)
    depreciation, wear, loan, van = (company.account_set.get(code=code).pk for code in ("6530", "1519", "2510", "1520"))
    bank = _accounts(company, AccountRole.BANK)[0]

    def entry(key, debit, credit, amount):
        lines = [Line(debit, D(amount), "GBP"), Line(credit, D(-amount), "GBP")]
        return Entry(None, at("2026-02-20"), "general", "", None, key, lines)

    post_entries(
        [entry("d", depreciation, wear, 30), entry("l", bank, loan, 500), entry("v", van, bank, 200)],
        company_id=company.pk,
        actor=ACTOR,
    )
    asked = Question(company, Span(day("2026-02-01"), day("2026-02-28")), ("last_year",))

    indirect = by_key(cash_flow_report(asked, chart=True))
    direct = by_key(cash_flow_report(asked, direct=True))

    assert indirect["profit"][1:] == (D(220), D(300)) and indirect["non_cash"][1:] == (D(30), D(0))
    assert indirect["operating"][1:] == (D(250), D(300)) == direct["operating"][1:]
    assert indirect["investing"][1:] == direct["investing"][1:] == (D(-200), D(0))
    assert indirect["financing"][1:] == direct["financing"][1:] == (D(500), D(0))
    assert indirect["cash_before"][1:] == (D(1300), D(1000))
    assert indirect["cash_after"][1:] == direct["cash_after"][1:] == (D(1850), D(1300))


def test_another_company_s_lines_count_in_none_of_it():
    company, other = make_company(), make_company("other")
    make_year(other)

    assert turnovers(company.pk, [Span(None, day("2026-12-31"))]) == {}


def test_an_account_that_stands_where_its_type_may_not_is_put_by_its_type():
    account = LedgerAccount(1, "1", "x", "asset", "", StatementLine.REVENUE)

    assert line_of(account) == StatementLine.OTHER_CURRENT_ASSETS
    assert line_of(LedgerAccount(1, "1", "x", "liability", "payable")) == StatementLine.PAYABLES


def test_both_charts_give_every_account_a_line():
    for chart in ("ifrs", "ge"):
        company = make_company(chart, chart=chart)
        for account in Account.objects.filter(company=company, is_postable=True):
            found = LedgerAccount(account.pk, account.code, "", account.type, account.control, account.statement_line)
            assert account.statement_line and line_of(found) == account.statement_line, account


@pytest.mark.parametrize(
    ("span", "before", "year"),
    [
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2025-03-01", "2025-03-31")),
        (("2026-01-01", "2026-06-30"), ("2025-07-01", "2025-12-31"), ("2025-01-01", "2025-06-30")),
        (("2026-03-05", "2026-03-09"), ("2026-02-28", "2026-03-04"), ("2025-03-05", "2025-03-09")),
        (("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
    ],
)
def test_periods_are_compared_with_their_like(span, before, year):
    asked = Span(*map(day, span))

    assert previous(asked) == Span(*map(day, before)) and last_year(asked) == Span(*map(day, year))
    assert months_up_to(asked.end)[-1] == Span(asked.end.replace(day=1), asked.end)
    assert add_months(day("2026-02-28"), -1) == day("2026-01-31")


def test_everything_wrong_with_what_is_asked_is_named_at_once():
    asked = Asked({"start": "2026-02-30", "end": "02/03/2026", "compare": "x"}, day("2026-03-10"))

    asked.span(), asked.compare()
    with pytest.raises(InvalidInput) as refusal:
        asked.check()

    assert [(e["field"], e["code"]) for e in refusal.value.context["errors"]] == [
        ("end", "not_a_date"),
        ("start", "not_a_date"),
        ("compare", "invalid_choice"),
    ]
