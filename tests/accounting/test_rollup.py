"""The rollup of balances: reports are exact before, while and after it is folded, and nobody who posts waits for it."""

import datetime
from decimal import Decimal
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounting.models import AccountMonth, AccountRole, BalanceWatermark
from accounting.selectors import account_ids
from accounting.selectors.sums import CLOSING, turnovers
from accounting.services import Entry, Line, post_entries
from accounting.services.balances import fold_balances
from accounting.statements.spans import Span
from backoffice.core.proof import run_checks
from tests.core.test_proof import as_superuser
from tests.factories.books import ACTOR, make_company

D = Decimal
pytestmark = pytest.mark.django_db(transaction=True)
DAYS = [datetime.date(2026, 1, 31), datetime.date(2026, 2, 1), datetime.date(2026, 2, 15), datetime.date(2026, 3, 10)]
SPANS = [
    Span(None, DAYS[0]),
    Span(None, datetime.date(2026, 2, 28)),
    Span(None, datetime.date(2026, 3, 9)),
    Span(datetime.date(2026, 1, 15), datetime.date(2026, 3, 10)),
    Span(datetime.date(2026, 2, 1), datetime.date(2026, 2, 28)),
    Span(datetime.date(2026, 2, 10), datetime.date(2026, 2, 20)),
]


def post(company, number, *, source=""):
    """An entry on each of the days, with and without a channel; amounts grow, so that no two sums are alike."""
    roles = account_ids(company.pk)
    entries = []
    for place, day in enumerate(DAYS):
        amount = D(10**place * (number + 1))
        channel = (("channel", "web"),) if place % 2 else ()
        lines = [
            Line(roles[AccountRole.BANK], amount, "GBP"),
            Line(roles[AccountRole.REVENUE], -amount, "GBP", dimensions=channel),
        ]
        at = datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
        entries.append(Entry(day, at, "general", source, None, f"{source}{number}:{place}", lines))
    post_entries(entries, company_id=company.pk, actor=ACTOR)


def plain(company, span, **filters):
    """The balances of a span from the lines alone."""
    where = "AND e.source_type <> 'accounting.yearclose'" if filters.get("with_closing") is False else ""
    if filters.get("dimensions"):
        where += " AND l.dimension_set_id IN (SELECT id FROM accounting_dimensionset WHERE key = 'channel=web')"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.account_id, sum(l.base_amount) FROM accounting_journalline l"
            " JOIN accounting_journalentry e ON e.id = l.entry_id WHERE l.company_id = %s"
            f" AND l.date BETWEEN coalesce(%s, '-infinity'::date) AND %s {where} GROUP BY 1",
            [company.pk, span.start, span.end],
        )
        return dict(cursor.fetchall())


def agree(company):
    for filters in ({}, {"with_closing": False}, {"dimensions": (("channel", "web"),)}):
        sums = turnovers(company.pk, SPANS, **filters)
        for place, span in enumerate(SPANS):
            found = {pk: parts[place].balance for pk, parts in sums.items() if parts[place].balance}
            assert found == plain(company, span, **filters), (span, filters)


def test_reports_are_exact_before_and_after_folding_and_with_a_tail():
    company = make_company()
    post(company, 0)
    agree(company)

    assert fold_balances() > 0
    assert AccountMonth.objects.exists()
    agree(company)
    post(company, 1)
    post(company, 2, source=CLOSING)
    agree(company)  # the tail is read from the lines
    assert fold_balances() > 0 and fold_balances() == 0
    agree(company)
    assert run_checks(names=["balances_equal_lines"]).ok


def test_an_entry_that_was_begun_before_the_fold_and_ends_after_it_is_not_lost():
    company = make_company()
    post(company, 0)
    begun, folded = Event(), Event()

    def slow():
        with transaction.atomic():
            post(company, 1)
            begun.set()
            folded.wait(20)
        connection.close()

    thread = Thread(target=slow)
    thread.start()
    begun.wait(20)
    post(company, 2)  # a later transaction that ends first: by ids alone the slow one would be passed over
    fold_balances()  # does not wait for it
    folded.set()
    thread.join()

    agree(company)
    fold_balances()
    agree(company)
    assert run_checks(names=["balances_equal_lines"]).ok


def test_negative_control_a_watermark_by_id_loses_the_slow_entry():
    company = make_company()
    post(company, 0)
    begun, folded = Event(), Event()

    def slow():
        with transaction.atomic():
            post(company, 1)
            begun.set()
            folded.wait(20)
        connection.close()

    thread = Thread(target=slow)
    thread.start()
    begun.wait(20)
    post(company, 2)
    fold_balances()
    as_superuser("UPDATE accounting_balancewatermark SET entry_id = (SELECT max(id) FROM accounting_journalentry)")
    folded.set()
    thread.join()

    with pytest.raises(AssertionError):
        agree(company)


def test_after_a_dump_was_restored_elsewhere_the_rollup_is_made_anew():
    company = make_company()
    post(company, 0)
    fold_balances()
    as_superuser("UPDATE accounting_balancewatermark SET system_identifier = 1")
    agree(company)  # nothing of the other cluster's mark is believed

    fold_balances()

    agree(company)
    post(company, 1)
    agree(company)
    assert BalanceWatermark.objects.get().entry_id > 0 and run_checks(names=["balances_equal_lines"]).ok


def test_drift_is_found_by_the_proof_and_the_app_may_write_none_of_it():
    company = make_company()
    post(company, 0)
    fold_balances()
    as_superuser("UPDATE accounting_accountmonth SET debit = debit + 1 WHERE debit > 0")

    proof = run_checks(names=["balances_equal_lines"])

    assert not proof.ok and proof.results[0].row["debit"] != proof.results[0].row["lines_debit"]
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounting_accountmonth")


def test_frappe_erpnext_43435_months_that_are_over_are_not_read_line_by_line_again():
    company = make_company()
    post(company, 0)
    fold_balances()
    bank = account_ids(company.pk)[AccountRole.BANK]
    before = turnovers(company.pk, SPANS[:1])[bank][0].balance
    as_superuser("UPDATE accounting_accountmonth SET debit = debit + 5 WHERE debit > 0")

    with CaptureQueriesContext(connection) as queries:
        after = turnovers(company.pk, [*SPANS, Span(None, DAYS[1])])

    assert after[bank][0].balance == before + 5  # the rollup was believed: no line of January was read
    assert len(queries) == 2  # whatever the number of periods compared
