"""Books closed one by one within a month, and years closed into retained earnings."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from accounting.errors import BookRefused, PeriodClosed, YearIsClosed, YearRefused
from accounting.models import AccountRole, JournalEntry, JournalLine, Period, YearClose
from accounting.selectors import account_ids, trial_balance
from accounting.services import (
    PaymentRequest,
    UseRequest,
    apply_items,
    close_year,
    ensure_periods,
    issue_invoices,
    post_entries,
    record_payments,
    reopen_period,
    reopen_year,
    set_period_books,
)
from backoffice.core.models import AuditEvent
from backoffice.core.proof import run_checks
from tests.accounting.test_bypass import attack
from tests.api.conftest import World
from tests.factories.books import ACTOR, NOON, make_company, make_entry, make_invoice, make_party
from tests.factories.journals import account, make_journal
from tests.factories.refusals import refused, refused_as
from tests.factories.staff import said, sign_in

pytestmark = pytest.mark.django_db
D, day = Decimal, datetime.date
MARCH = day(2026, 3, 1)
YEAR = datetime.datetime(2025, 6, 10, 12, tzinfo=datetime.UTC)


@pytest.fixture
def company():
    return make_company()


def month(company, start=MARCH):
    ensure_periods(company_id=company.pk, dates=[start])
    return Period.objects.get(company=company, start_date=start)


def close_book(company, *books, reason=""):
    set_period_books(period_id=month(company).pk, company_id=company.pk, closed=books, actor=ACTOR, reason=reason)


def facts():
    return (
        JournalEntry.objects.count(),
        JournalLine.objects.count(),
        AuditEvent.objects.count(),
        YearClose.objects.count(),
    )


def test_a_closed_book_takes_late_facts_in_the_next_month_and_leaves_the_others_alone(company):
    close_book(company, "receivable")

    (issued,) = issue_invoices([make_invoice(make_party(company))], company_id=company.pk, actor=ACTOR)
    (other,) = post_entries([make_entry(company)], company_id=company.pk, actor=ACTOR)

    entry = JournalEntry.objects.get(pk=issued.entry_id)
    assert (entry.date, entry.effective_at) == (day(2026, 4, 1), NOON)
    assert other.date == NOON.date()
    with refused(PeriodClosed):
        post_entries(
            [make_entry(company, key="x", date=day(2026, 3, 5), subledger="receivable")],
            company_id=company.pk,
            actor=ACTOR,
        )
    sql = (
        "INSERT INTO accounting_journalentry (company_id, date, effective_at, subledger, source_type, source_key,"
        f" content_hash, memo, actor_label) VALUES ({company.pk}, '2026-03-05', now(), 'receivable', '', 'y', '', '', '')"
    )
    assert attack(sql)[1] == "journalentry_book_open"
    assert run_checks().ok


def test_a_settlement_is_dated_where_its_book_is_open(company):
    party = make_party(company)
    (issued,) = issue_invoices([make_invoice(party)], company_id=company.pk, actor=ACTOR)
    (paid,) = record_payments(
        [PaymentRequest(party.pk, "in", D(100), "GBP", NOON, "p:1")], company_id=company.pk, actor=ACTOR
    )
    close_book(company, "receivable")
    use = UseRequest(issued.open_item_id, paid.open_item_id, D(100), "u:1")
    (applied,) = apply_items([use], company_id=company.pk, date=NOON.date(), actor=ACTOR)
    assert applied.date == day(2026, 4, 1)


def test_opening_a_book_needs_a_reason_and_stands_in_the_trail(company):
    close_book(company, "inventory", "payable")
    before = facts()
    with refused_as(BookRefused, "no_reason"):
        close_book(company, "payable")
    with refused_as(BookRefused, "unknown_book"):
        close_book(company, "inventory", "payable", "nonsense")
    assert facts() == before
    close_book(company, "payable", reason="Late count")
    last = AuditEvent.objects.latest("id")
    assert (last.field, last.old_value, last.new_value, last.reason) == (
        "closed_books", "inventory, payable", "payable", "Late count",
    )  # fmt: skip


def earn(company, year=2025, sales="100", rent="30"):
    at = YEAR.replace(year=year)
    roles = account_ids(company.pk)
    entries = [
        make_entry(company, sales, key=f"s{year}", at=at, debit=AccountRole.BANK, credit=AccountRole.REVENUE),
        make_entry(company, rent, key=f"r{year}", at=at, debit=AccountRole.COGS, credit=AccountRole.BANK),
    ]
    post_entries(entries, company_id=company.pk, actor=ACTOR)
    return roles


def balance(company, role, at=None):
    rows = trial_balance(company_id=company.pk, start=day(1900, 1, 1), end=at or day(2025, 12, 31))
    return {row.account_id: row.closing for row in rows}.get(account_ids(company.pk)[role], D(0))


def test_a_year_goes_to_retained_earnings_and_is_locked(company):
    earn(company)
    earn(company, 2026, "7", "0.50")
    closing = close_year(company_id=company.pk, year=2025, actor=ACTOR)

    assert (closing.result, closing.status) == (D(70), "closed")
    assert (balance(company, "revenue"), balance(company, "cogs"), balance(company, "retained_earnings")) == (0, 0, -70)
    assert balance(company, "revenue", day(2026, 12, 31)) == -7
    entry = JournalEntry.objects.get(pk=closing.entry_id)
    assert (entry.date, entry.source_type, entry.source_id) == (day(2025, 12, 31), "accounting.yearclose", closing.pk)
    states = Period.objects.filter(company=company, start_date__year=2025).values_list("state", flat=True)
    assert set(states) == {"locked"} and len(states) == 12
    assert run_checks().ok


def test_what_cannot_be_closed_is_refused_by_name(company):
    earn(company, 2024)
    earn(company)
    before = facts()
    for year, code in ((2025, "gap"), (2026, "not_over"), (1800, "bad_year")):
        with refused_as(YearRefused, code):
            close_year(company_id=company.pk, year=year, actor=ACTOR)
    assert facts() == before
    close_year(company_id=company.pk, year=2024, actor=ACTOR)
    with refused_as(YearRefused, "closed_before"):
        close_year(company_id=company.pk, year=2024, actor=ACTOR)
    (late,) = post_entries(
        [make_entry(company, key="late", at=YEAR.replace(year=2024))], company_id=company.pk, actor=ACTOR
    )
    assert late.date == day(2025, 1, 1)  # dated in the open period, with its own day kept


def test_a_year_is_reopened_by_a_mirror_and_its_months_only_with_it(company):
    earn(company, 2024)
    earn(company)
    first = close_year(company_id=company.pk, year=2024, actor=ACTOR)
    closing = close_year(company_id=company.pk, year=2025, actor=ACTOR)
    december = Period.objects.get(company=company, start_date=day(2025, 12, 1))
    before = facts()
    with refused(YearIsClosed):
        reopen_period(period_id=december.pk, company_id=company.pk, actor=ACTOR, reason="late")
    assert (
        attack(f"SELECT accounting_set_period_state({december.pk}, 'locked', 'soft_closed')")[1] == "period_year_open"
    )
    with refused_as(YearRefused, "later_year_closed"):
        reopen_year(first.pk, company_id=company.pk, actor=ACTOR, reason="audit")
    with refused_as(YearRefused, "no_reason"):
        reopen_year(closing.pk, company_id=company.pk, actor=ACTOR, reason=" ")
    assert facts() == before

    reopen_year(closing.pk, company_id=company.pk, actor=ACTOR, reason="audit")
    assert (balance(company, "revenue"), balance(company, "retained_earnings")) == (-100, -70)
    make_journal(company, ("6520", "5"), ("1020", "-5"), date=day(2025, 12, 30))
    again = close_year(company_id=company.pk, year=2025, actor=ACTOR)
    assert (again.result, balance(company, "retained_earnings")) == (D(70), D(-140))
    assert run_checks().ok


def test_the_pages_close_books_months_and_years(company):
    earn(company)
    accountant = sign_in("accountant")
    period = month(company)
    page = reverse("admin:accounting_period_change", args=[period.pk])

    def step(name):
        return reverse("admin:accounting_period_step", args=[period.pk, name])

    assert "Receivable" in accountant.get(page).content.decode()
    accountant.post(reverse("admin:accounting_period_books", args=[period.pk]), {"closed": ["receivable"]})
    period.refresh_from_db()
    assert period.closed_books == ["receivable"]
    accountant.post(step("soft-close"))
    assert said(accountant.post(step("reopen"))) == ["Say why: the reason is kept with the change."]
    accountant.post(step("reopen"), {"reason": "late bill"})
    assert "late bill" in accountant.get(page).content.decode()

    accountant.post(reverse("admin:accounting_yearclose_add"), {"company": company.pk, "year": "2025"})
    closing = YearClose.objects.get()
    shown = accountant.get(reverse("admin:accounting_yearclose_change", args=[closing.pk])).content.decode()
    assert "70.00" in shown and "Retained earnings" in shown
    wrong = accountant.post(reverse("admin:accounting_yearclose_add"), {"company": company.pk, "year": "2025"})
    assert "2025 is closed already." in wrong.content.decode()
    auditor = sign_in("auditor")
    assert auditor.get(reverse("admin:accounting_yearclose_changelist")).status_code == 200
    assert auditor.post(step("lock")).status_code == 403
    assert auditor.post(reverse("admin:accounting_yearclose_reopen", args=[closing.pk])).status_code == 403
    assert (
        auditor.post(reverse("admin:accounting_yearclose_add"), {"company": company.pk, "year": "2024"}).status_code
        == 403
    )
    accountant.post(reverse("admin:accounting_yearclose_reopen", args=[closing.pk]), {"reason": "audit"})
    closing.refresh_from_db()
    assert closing.status == "reopened"
    assert account(company, "1020")


def test_the_same_over_http():
    world = World()
    company = world.house.company
    earn(company)
    desk = world.caller("accounting:read", "periods:write", bound=False, company_id=company.pk)
    period = month(company)
    where = f"periods/{period.pk}/"
    assert desk.post(f"{where}books/", {"closed": ["inventory"]}).json()["closed_books"] == ["inventory"]
    assert desk.post(f"{where}books/", {"closed": []}).json()["code"] == "no_reason"
    assert desk.post(f"{where}books/", {"closed": ["x"]}).status_code == 400
    assert desk.post(f"{where}close/", {"state": "locked"}).json()["state"] == "locked"
    assert desk.post(f"{where}reopen/", {"reason": "late"}).json()["state"] == "soft_closed"
    assert desk.get("periods/", on="2026-03-31").json()["results"][0]["id"] == period.pk

    made = desk.post("year-closes/", {"year": 2025})
    assert (made.status_code, made.json()["result"]) == (201, "70.000000")
    again = desk.post("year-closes/", {"year": 2025})
    assert [row["year"] for row in desk.get("year-closes/").json()["results"]] == [2025]
    assert (again.status_code, again.json()["code"]) == (409, "closed_before")
    done = desk.post(f"year-closes/{made.json()['id']}/reopen/", {"reason": "audit"}).json()
    assert done["status"] == "reopened" and done["reversal"]
    assert (
        world.caller("accounting:read", bound=False, company_id=company.pk)
        .post("year-closes/", {"year": 2025})
        .status_code
        == 403
    )
