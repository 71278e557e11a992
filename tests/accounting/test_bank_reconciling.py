"""Closing balances agreed with the books stay agreed: the database refuses what would contradict them."""

import threading
from contextlib import contextmanager
from datetime import date
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounting.banking import BankFileRefused
from accounting.errors import BankRefused, ReconciledBalance
from accounting.models import AccountRole, BankLine, BankMatch, BankReconciliation, BankStatement
from accounting.selectors import account_ids
from accounting.selectors.banking import reconciled_to
from accounting.services import post_entries
from accounting.services.banking import (
    MatchRequest,
    PostShare,
    import_statements,
    match_lines,
    reconcile,
    reopen_reconciliation,
    unmatch_line,
)
from backoffice.core.proof import run_checks
from backoffice.core.roles import role
from tests.factories.bank_files import booked, camt053
from tests.factories.banking import make_bank, make_books, take_in, written
from tests.factories.books import ACTOR, make_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank():
    company = make_books()
    return make_bank(company)


def matched_march(bank):
    """March with one line, matched."""
    [line] = take_in(bank, booked("-40.00", "2026-03-05", "Rent"), opening="40.00", closing="0.00")
    roles = account_ids(bank.company_id)
    post_entries(
        [make_entry(bank.company, "40", key="opening", date=date(2026, 3, 1))], company_id=bank.company_id, actor=ACTOR
    )
    match_lines([MatchRequest(line.pk, posts=(PostShare(roles[AccountRole.BANK_CHARGES], D(-40)),))],
                company_id=bank.company_id, actor=ACTOR)  # fmt: skip
    return line, BankStatement.objects.get()


def agree(bank, statement, **options):
    return reconcile(statement.pk, company_id=bank.company_id, actor=ACTOR, **options)


def post(bank, day, key, amount="5"):
    return post_entries([make_entry(bank.company, amount, key=key, date=day)], company_id=bank.company_id, actor=ACTOR)


def test_a_later_posting_into_reconciled_days_is_refused_by_the_books(bank):
    line, statement = matched_march(bank)

    made = agree(bank, statement)

    assert (made.date, made.closing, made.book, reconciled_to(bank.pk)) == (date(2026, 3, 31), 0, 0, date(2026, 3, 31))
    before = written()
    with pytest.raises(ReconciledBalance), transaction.atomic():
        post(bank, date(2026, 3, 31), "late")
    with pytest.raises(BankRefused) as refusal, transaction.atomic():
        unmatch_line(line.pk, company_id=bank.company_id, actor=ACTOR, reason="x")
    assert (refusal.value.code, written()) == ("reconciled", before)
    with pytest.raises(BankFileRefused) as late, transaction.atomic():
        import_statements(
            camt053([booked("1.00", "2026-03-30")], opening="40.00"), company_id=bank.company_id, actor=ACTOR
        )
    assert (late.value.code, written()) == ("contradicts_reconciled", before)
    post(bank, date(2026, 4, 1), "in time")
    assert run_checks().ok


def test_reopened_with_a_reason_the_days_take_postings_again(bank):
    line, statement = matched_march(bank)
    made = agree(bank, statement)

    with pytest.raises(BankRefused) as refusal, transaction.atomic():
        reopen_reconciliation(made.pk, company_id=bank.company_id, actor=ACTOR, reason=" ")
    assert refusal.value.code == "reason_missing"
    reopen_reconciliation(made.pk, company_id=bank.company_id, actor=ACTOR, reason="A fee was forgotten")

    assert reconciled_to(bank.pk) is None
    post(bank, date(2026, 3, 31), "late")
    assert BankReconciliation.objects.count() == 2  # both are kept
    assert run_checks().ok


def test_what_does_not_agree_is_refused_and_payments_under_way_are_accepted(bank):
    _line, statement = matched_march(bank)
    post(bank, date(2026, 3, 30), "cheque", "-7")
    before = written()

    with pytest.raises(BankRefused) as refusal, transaction.atomic():
        agree(bank, statement)
    assert refusal.value.code == "does_not_agree"  # the opening entry is of the books alone
    take_in(bank, booked("40.00", "2026-02-27", "Opening"), opening="0.00", start="2026-02-26", end="2026-02-28")
    opening = BankLine.objects.get(text="Opening")
    with pytest.raises(BankRefused) as refusal, transaction.atomic():
        agree(bank, statement)
    assert (refusal.value.code, written()[2:]) == ("lines_open", before[2:])
    from accounting.models import JournalEntry
    from accounting.services.banking import EntryShare

    entry = JournalEntry.objects.get(source_key="opening")
    match_lines(
        [MatchRequest(opening.pk, entries=(EntryShare(entry.pk, D(40)),))], company_id=bank.company_id, actor=ACTOR
    )
    with pytest.raises(BankRefused) as refusal, transaction.atomic():
        agree(bank, statement)
    assert refusal.value.code == "outstanding"

    made = agree(bank, statement, accept_outstanding=True)

    assert (made.closing, made.outstanding, made.book) == (0, -7, -7)
    assert run_checks().ok


def test_the_database_refuses_what_goes_round_the_services(bank):
    line, statement = matched_march(bank)
    made = agree(bank, statement)
    match = BankMatch.objects.get()
    attacks = {
        "core_refuse": "DELETE FROM accounting_bankline",
        "append": "UPDATE accounting_bankmatch SET amount = 1",
        "facts": f"UPDATE accounting_bankline SET amount = 1 WHERE id = {line.pk}",
        "matched": f"UPDATE accounting_bankline SET matched = 0 WHERE id = {line.pk}",
        "reopened": f"DELETE FROM accounting_bankreconciliation WHERE id = {made.pk}",
        "again": "INSERT INTO accounting_bankmatch (company_id, line_id, bank_account_id, kind, amount, entry_id, why,"
        f" source_key, actor_label) SELECT company_id, line_id, bank_account_id, kind, amount, entry_id, '', 'x', 'x'"
        f" FROM accounting_bankmatch WHERE id = {match.pk}",
        "untrue": "INSERT INTO accounting_bankreconciliation (company_id, bank_account_id, statement_id, date, closing, book,"
        f" outstanding, reason, actor_label) SELECT company_id, bank_account_id, statement_id, '2026-04-30', 3, 3, 0, '', 'x'"
        f" FROM accounting_bankreconciliation WHERE id = {made.pk}",
        "born matched": "INSERT INTO accounting_bankline (company_id, bank_account_id, statement_id, position, date, currency,"
        " amount, matched, name, counterparty, text, reference, bank_reference, kind, is_reversal, parts, identity)"
        " SELECT company_id, bank_account_id, statement_id, 9, date, currency, amount, amount, '', '', '', '', '', '', false,"
        f" '[]', 'zz' FROM accounting_bankline WHERE id = {line.pk}",
    }

    for name, statement_sql in attacks.items():
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement_sql)
            pytest.fail(name)


@contextmanager
def without_the_hold():
    """The function that holds the periods does nothing meanwhile."""
    name = "FUNCTION accounting_hold_periods(company bigint, up_to date)"
    with role(connection, "none"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('accounting_hold_periods'::regproc)")
        [(body,)] = cursor.fetchall()
        cursor.execute(f"CREATE OR REPLACE {name} RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END'")
    try:
        yield
    finally:
        with role(connection, "none"), connection.cursor() as cursor:
            cursor.execute(body)


def race(bank):
    """A posting into March that is under way while March is agreed; whether it was agreed, and what went wrong."""
    _line, statement = matched_march(bank)
    posted, go_on, trouble = threading.Event(), threading.Event(), []

    def slow_posting():
        try:
            with transaction.atomic():
                post(bank, date(2026, 3, 20), "under way")
                posted.set()
                go_on.wait(1)
        except ReconciledBalance as refusal:
            trouble.append(refusal.code)
        finally:
            connection.close()

    thread = threading.Thread(target=slow_posting)
    thread.start()
    assert posted.wait(10)
    try:
        with transaction.atomic():
            agree(bank, statement)
        agreed = True
    except (BankRefused, IntegrityError):
        agreed = False
    go_on.set()
    thread.join()
    return agreed, trouble


@pytest.mark.django_db(transaction=True)
def test_a_posting_under_way_is_waited_for_and_seen(bank):
    assert race(bank) == (False, [])

    assert run_checks().ok


@pytest.mark.django_db(transaction=True)
def test_negative_control_without_the_hold_both_go_through_and_contradict_each_other(bank):
    with without_the_hold():
        assert race(bank) == (True, [])

    assert "reconciled_balances_hold" in {result.name for result in run_checks().results if result.state == "differs"}
