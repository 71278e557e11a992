"""The money book's proofs: honest books hold, each planted drift is found."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection

from accounting.checks import CHECKS
from accounting.models import OpenItem
from accounting.services import (
    IssueRequest,
    Paid,
    PaymentRequest,
    SpendRequest,
    UseRequest,
    apply_items,
    issue_invoices,
    issue_stored_value,
    post_entries,
    record_payments,
    set_exchange_rate,
    spend_stored_value,
    submit_journal,
)
from backoffice.core import proof
from backoffice.core.roles import role
from tests.factories.books import ACTOR, NOON, make_company, make_entry, make_invoice, make_invoice_line, make_party
from tests.factories.journals import make_journal

pytestmark = pytest.mark.django_db


@pytest.fixture
def books():
    """A company with an entry, two invoices, a credit note, a foreign invoice paid at another rate."""
    company = make_company()
    party, foreign = make_party(company), make_party(company, "C2", currency="EUR")
    for day, rate in ((9, "0.80"), (15, "0.85")):
        set_exchange_rate(company_id=company.pk, currency="EUR", date=datetime.date(2026, 3, day), rate=Decimal(rate))
    post_entries([make_entry(company)], company_id=company.pk, actor=ACTOR)
    *_, euro = issue_invoices(
        [
            make_invoice(party, key="invoice:1"),
            make_invoice(party, make_invoice_line("10.005", "2.001"), key="invoice:2"),
            make_invoice(party, key="credit:1", kind="credit_note"),
            make_invoice(foreign, key="invoice:3"),
        ],
        company_id=company.pk,
        actor=ACTOR,
    )
    (paid,) = record_payments(
        [PaymentRequest(foreign.pk, "in", Decimal(60), "EUR", NOON + datetime.timedelta(days=7), "payment:1")],
        company_id=company.pk,
        actor=ACTOR,
    )
    use = UseRequest(euro.open_item_id, paid.open_item_id, Decimal(55), "use:1")
    apply_items([use], company_id=company.pk, date=datetime.date(2026, 3, 20), actor=ACTOR)
    (card,) = issue_stored_value(
        [IssueRequest("gift_card", "EUR", [Paid(Decimal(50), "cash")], NOON, "card:1")],
        company_id=company.pk,
        actor=ACTOR,
    )
    spending = SpendRequest(card.stored_value_id, Decimal(20), NOON, "spend:1", party_id=foreign.pk)
    spend_stored_value([spending], company_id=company.pk, actor=ACTOR)
    journal = make_journal(company)
    submit_journal(journal.pk, company_id=company.pk, actor=ACTOR)
    return company


def as_superuser(*statements):
    with role(connection, "none"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET session_replication_role = replica")  # goes round every trigger and foreign key
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("RESET session_replication_role")


def problems():
    found = proof.run_checks(names=[check.name for check in CHECKS])
    assert not [result.error for result in found.results if result.error]
    return {result.name: result.row for result in found.results if result.state != "ok"}


def test_honest_books_hold(books):
    assert problems() == {}


NEWEST = "(SELECT max(id) FROM accounting_journalline)"


@pytest.mark.parametrize(
    ("drift", "found_by"),
    [
        (f"UPDATE accounting_journalline SET base_amount = base_amount + 1 WHERE id = {NEWEST}", "entries_balance"),
        (
            "UPDATE accounting_journalline SET amount = amount + 1, base_amount = base_amount"
            " WHERE id = (SELECT min(id) FROM accounting_journalline)",
            "entries_balance",
        ),
        (f"DELETE FROM accounting_journalline WHERE id = {NEWEST}", "entries_balance"),
        (f"UPDATE accounting_journalline SET date = '2026-01-01' WHERE id = {NEWEST}", "entries_balance"),
        (f"UPDATE accounting_journalline SET account_id = 0 WHERE id = {NEWEST}", "lines_have_an_entry"),
        (
            "DELETE FROM accounting_journalentry WHERE id = (SELECT min(id) FROM accounting_journalentry)",
            "lines_have_an_entry",
        ),
        (
            "UPDATE accounting_journalentry SET subledger = 'general' WHERE source_key = 'invoice:1'",
            "control_accounts_own_subledger",
        ),
        (
            "UPDATE accounting_journalline SET party_id = NULL WHERE party_id IS NOT NULL",
            "control_accounts_own_subledger",
        ),
        ("UPDATE accounting_openitem SET base_amount = base_amount + 1", "subledgers_equal_control_accounts"),
        (
            "DELETE FROM accounting_openitem WHERE id = (SELECT min(id) FROM accounting_openitem)",
            "subledgers_equal_control_accounts",
        ),
        ("UPDATE accounting_openitem SET used = used + 1 WHERE used > 0", "item_uses_equal_used"),
        ("DELETE FROM accounting_itemuse", "item_uses_equal_used"),
        ("UPDATE accounting_storedvalue SET base_amount = base_amount + 1", "stored_value_equals_accounts"),
        ("DELETE FROM accounting_storedvalue", "stored_value_equals_accounts"),
        ("UPDATE accounting_storedvalue SET used = used + 1", "stored_value_uses_equal_used"),
        ("UPDATE accounting_invoiceline SET net = net + 1", "invoices_add_up"),
        ("UPDATE accounting_invoice SET total = total + 1, net = net + 1", "invoices_add_up"),
        ("UPDATE accounting_payment SET amount = 61", "payments_equal_items"),
        ("DELETE FROM accounting_invoice WHERE sequence = 2", "numbers_without_gaps"),
        ("UPDATE accounting_numberseries SET next_number = 9 WHERE code = 'INV'", "numbers_without_gaps"),
        ("UPDATE accounting_manualjournalline SET amount = 7 WHERE amount > 0", "manual_journals_equal_entries"),
        ("UPDATE accounting_manualjournal SET status = 'draft'", "manual_journals_equal_entries"),
        ("DELETE FROM accounting_period WHERE start_date = '2026-03-01'", "entries_have_a_period"),
    ],
)
def test_planted_drift_is_found(books, drift, found_by):
    as_superuser(drift)

    assert found_by in problems()


def test_every_check_has_a_planted_drift():
    (mark,) = [m for m in test_planted_drift_is_found.pytestmark if m.name == "parametrize"]

    elsewhere = {"balances_equal_lines"}  # its months are folded from what is committed: test_rollup plants that one
    assert {found_by for _, found_by in mark.args[1]} | elsewhere == {check.name for check in CHECKS}


def test_the_differing_row_says_where(books):
    item = OpenItem.objects.filter(used__gt=0).order_by("id")[0]
    as_superuser(f"UPDATE accounting_openitem SET used = 54 WHERE id = {item.pk}")

    row = problems()["item_uses_equal_used"]

    assert (row["item"], row["used"], row["uses"]) == (str(item.pk), "54.000000", "55.000000")
