"""Going round the services with raw SQL, as the application's role: each attempt is refused by name."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounting.models import (
    Invoice,
    InvoiceLine,
    ItemUse,
    JournalEntry,
    JournalLine,
    NumberSeries,
    OpenItem,
    Payment,
    Period,
)
from accounting.selectors import account_ids
from accounting.services import (
    PaymentRequest,
    UseRequest,
    apply_items,
    close_period,
    issue_invoices,
    post_entries,
    record_payments,
)
from backoffice.core.roles import OWNER, role
from tests.factories.books import ACTOR, NOON, make_company, make_entry, make_invoice, make_party

pytestmark = pytest.mark.django_db

CHECK, PRIVILEGE, APPEND_ONLY, UNIQUE = "23514", "42501", "23001", "23505"


@pytest.fixture
def names():
    """Ids by name, to be filled into the attacks."""
    company, other = make_company(), make_company("other")
    party, stranger = make_party(company), make_party(other, "X")
    (posted,) = post_entries([make_entry(company)], company_id=company.pk, actor=ACTOR)
    (issued,) = issue_invoices([make_invoice(party)], company_id=company.pk, actor=ACTOR)
    (paid,) = record_payments(
        [PaymentRequest(party.pk, "in", 100, "GBP", NOON, "payment:1")], company_id=company.pk, actor=ACTOR
    )
    apply_items(
        [UseRequest(issued.open_item_id, paid.open_item_id, 40, "use:1")],
        company_id=company.pk,
        date=NOON.date(),
        actor=ACTOR,
    )
    locked = Period.objects.get(company=company, start_date="2026-04-01")
    close_period(period_id=locked.pk, company_id=company.pk, state="locked", actor=ACTOR)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    with role(connection, "none"), connection.cursor() as cursor:  # as if committed by an earlier transaction
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE accounting_journalentry SET xid = '3'; UPDATE accounting_invoice SET xid = '3'")
        cursor.execute("RESET session_replication_role")
    roles = account_ids(company.pk)
    heading = company.account_set.get(code="1000").pk
    return {
        "company": company.pk,
        "other": other.pk,
        "other_bank": account_ids(other.pk)["bank"],
        "party": party.pk,
        "stranger": stranger.pk,
        "entry": posted.entry_id,
        "invoice": issued.invoice_id,
        "invoice_entry": issued.entry_id,
        "invoice_item": issued.open_item_id,
        "payment_item": paid.open_item_id,
        "series": NumberSeries.objects.get(company=company, code="INV").pk,
        "heading": heading,
        **{name: roles[name] for name in ("bank", "receivable", "payable", "inventory", "opening_equity", "revenue")},
    }


def counts():
    models = (JournalEntry, JournalLine, OpenItem, ItemUse, Invoice, InvoiceLine, Payment)
    return [model.objects.count() for model in models] + list(OpenItem.objects.order_by("id").values_list("used"))


def attack(sql):
    """Run statements as the application would, deferred checks included; (SQLSTATE, constraint, message) or None."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in sql.split(";;"):
                cursor.execute(statement)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError as error:
        cause = error.__cause__
        return cause.sqlstate, cause.diag.constraint_name, str(cause)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return None


ENTRY = (
    "INSERT INTO accounting_journalentry (company_id, date, effective_at, subledger, source_type, source_key,"
    " content_hash, memo, actor_label{columns}) VALUES ({{company}}, '{date}', now(), '{subledger}', '', '{key}', '',"
    " '', 'raw'{values})"
)
LINE = (
    "INSERT INTO accounting_journalline (company_id, entry_id, account_id, party_id, date, currency, amount,"
    " base_amount, memo) VALUES "
)
NEW = "(SELECT max(id) FROM accounting_journalentry)"


def entry(date="2026-03-10", subledger="general", columns="", values="", key="raw"):
    return ENTRY.format(date=date, subledger=subledger, columns=columns, values=values, key=key)


def entry_of(key):
    return f"(SELECT id FROM accounting_journalentry WHERE source_key = '{key}')"


def receivable_of(key):
    of = entry_of(key)
    return line("{receivable}", party="{party}", of=of), line("{revenue}", "-5", of=of)


def line(
    account="{bank}",
    amount="5",
    *,
    base=None,
    company="{company}",
    party="NULL",
    date="2026-03-10",
    currency="GBP",
    of=NEW,
):
    return f"({company}, {of}, {account}, {party}, '{date}', '{currency}', {amount}, {base or amount}, '')"


def lines(*values):
    return LINE + ", ".join(values)


GOOD = lines(line(), line("{opening_equity}", "-5"))

BROKEN_RULES = {
    "unbalanced": (entry() + ";;" + lines(line(), line("{opening_equity}", "-4")), "journalentry_balanced"),
    "unbalanced in its currency": (
        entry()
        + ";;"
        + lines(line(currency="EUR", amount="5"), line("{opening_equity}", "-4", base="-5", currency="EUR")),
        "journalentry_balanced_in_currency",
    ),
    "no lines": (entry(), "journalentry_two_lines"),
    "one line": (entry() + ";;" + lines(line(amount="0")), "journalentry_two_lines"),
    "one line, checks called early": (
        "SET CONSTRAINTS ALL IMMEDIATE;;" + entry() + ";;" + GOOD,
        "journalentry_two_lines",
    ),
    "half written in two statements": (
        entry() + ";;" + lines(line()) + ";;" + lines(line("{opening_equity}", "-5")),
        "journalentry_balanced",
    ),
    "late lines": (
        lines(line(of="{entry}"), line("{opening_equity}", "-5", of="{entry}")),
        "journalline_entry_born_here",
    ),
    "late lines by COPY's twin, a query": (
        LINE.replace("VALUES ", "")
        + "SELECT company_id, entry_id, account_id, party_id, date, currency, amount, base_amount, memo"
        " FROM accounting_journalline",
        "journalline_entry_born_here",
    ),
    "another company's account": (
        entry() + ";;" + lines(line("{other_bank}"), line("{opening_equity}", "-5")),
        "journalline_account_of_company",
    ),
    "another company's lines": (
        entry() + ";;" + lines(line("{other_bank}", company="{other}"), line("{other_bank}", "-5", company="{other}")),
        "journalline_company_of_entry",
    ),
    "one line of another company": (
        entry() + ";;" + lines(line(), line("{other_bank}", "-5", company="{other}")),
        "journalline_company_of_entry",
    ),
    "another company's dimensions": (
        "INSERT INTO accounting_dimensionset (company_id, key) VALUES ({other}, 'channel=x');;"
        + entry()
        + ";;"
        + lines(line(), line("{opening_equity}", "-5"))
        .replace("base_amount, memo)", "base_amount, memo, dimension_set_id)")
        .replace("'')", "'', (SELECT id FROM accounting_dimensionset WHERE company_id = {other}))"),
        "journalline_dimensions_of_company",
    ),
    "another company's party": (
        entry() + ";;" + lines(line(party="{stranger}"), line("{opening_equity}", "-5")),
        "journalline_party_of_company",
    ),
    "an account that is not there": (
        entry() + ";;" + lines(line("0"), line("{opening_equity}", "-5")),
        "journalline_account_of_company",
    ),
    "another day than the entry's": (
        entry() + ";;" + lines(line(date="2026-03-11"), line("{opening_equity}", "-5")),
        "journalline_date_of_entry",
    ),
    "a heading": (
        entry() + ";;" + lines(line("{heading}"), line("{opening_equity}", "-5")),
        "journalline_account_postable",
    ),
    "inventory by hand": (
        entry() + ";;" + lines(line("{inventory}"), line("{opening_equity}", "-5")),
        "journalline_control_own_subledger",
    ),
    "receivable by hand": (
        entry() + ";;" + lines(line("{receivable}", party="{party}"), line("{revenue}", "-5")),
        "journalline_control_own_subledger",
    ),
    "receivable by hand, beside its own book's": (
        ";;".join(
            (
                entry(subledger="receivable", key="own"),
                entry(key="hand"),
                lines(*receivable_of("own"), *receivable_of("hand")),
            )
        ),
        "journalline_control_own_subledger",
    ),
    "receivable from the payable book": (
        entry(subledger="payable") + ";;" + lines(line("{receivable}", party="{party}"), line("{revenue}", "-5")),
        "journalline_control_own_subledger",
    ),
    "receivable from nobody": (
        entry(subledger="receivable") + ";;" + lines(line("{receivable}"), line("{revenue}", "-5")),
        "journalline_party_needed",
    ),
    "an amount beyond bounds": (
        entry() + ";;" + lines(line(amount="1e15"), line("{opening_equity}", "-1e15")),
        "journalline_amount_bounded",
    ),
    "a locked period": (entry(date="2026-04-02"), "journalentry_period_open"),
    "no period": (entry(date="2009-04-02"), "journalentry_period_open"),
    "a forged transaction id": (entry(columns=", xid", values=", '5'"), "journalentry_recorded_now"),
    "a forged recording time": (
        entry(columns=", recorded_at", values=", '2020-01-01'"),
        "journalentry_recorded_now",
    ),
    "reversing another company's entry": (
        entry()
        .replace("{company}", "{other}")
        .replace(", memo,", ", memo, reverses_id,")
        .replace("'', '', 'raw')", "'', '', {entry}, 'raw')"),
        "journalentry_reverses_own_company",
    ),
    "an open item of nothing": (
        entry(subledger="receivable")
        + ";;"
        + lines(line("{receivable}", party="{party}"), line("{revenue}", "-5"))
        + ";;INSERT INTO accounting_openitem (company_id, party_id, account_id, entry_id, kind, side, currency, amount,"
        f" base_amount, date, due_date) VALUES ({{company}}, {{party}}, {{receivable}}, {NEW}, 'x', 'debit', 'GBP', 6, 6,"
        " '2026-03-10', '2026-03-10')",
        "openitem_amount_of_entry",
    ),
    "a late open item": (
        "INSERT INTO accounting_openitem (company_id, party_id, account_id, entry_id, kind, side, currency, amount,"
        " base_amount, date, due_date) VALUES ({company}, {party}, {receivable}, {invoice_entry}, 'x', 'debit', 'GBP',"
        " 0, 0, '2026-03-10', '2026-03-10')",
        "openitem_entry_born_here",
    ),
    "an open item born used": (
        "INSERT INTO accounting_openitem (company_id, party_id, account_id, entry_id, kind, side, currency, amount,"
        " base_amount, used, base_used, date, due_date) VALUES ({company}, {party}, {receivable}, {invoice_entry}, 'x',"
        " 'debit', 'GBP', 5, 5, 1, 1, '2026-03-10', '2026-03-10')",
        "openitem_born_unused",
    ),
    "more applied than is open": (
        "INSERT INTO accounting_itemuse (company_id, debit_item_id, credit_item_id, amount, debit_base, credit_base,"
        " date, source_key, actor_label) VALUES ({company}, {invoice_item}, {payment_item}, 61, 60, 60, '2026-03-10',"
        " 'raw', 'raw')",
        "openitem_used_within_amount",
    ),
    "sides swapped": (
        "INSERT INTO accounting_itemuse (company_id, debit_item_id, credit_item_id, amount, debit_base, credit_base,"
        " date, source_key, actor_label) VALUES ({company}, {payment_item}, {invoice_item}, 1, 1, 1, '2026-03-10',"
        " 'raw', 'raw')",
        "itemuse_items_match",
    ),
    "a difference that nothing posts": (
        "INSERT INTO accounting_itemuse (company_id, debit_item_id, credit_item_id, amount, debit_base, credit_base,"
        " date, source_key, actor_label) VALUES ({company}, {invoice_item}, {payment_item}, 1, 1, 2, '2026-03-10',"
        " 'raw', 'raw')",
        "itemuse_difference_is_posted",
    ),
    "a difference under an old entry": (
        "INSERT INTO accounting_itemuse (company_id, debit_item_id, credit_item_id, amount, debit_base, credit_base,"
        " date, entry_id, source_key, actor_label) VALUES ({company}, {invoice_item}, {payment_item}, 1, 1, 2,"
        " '2026-03-10', {entry}, 'raw', 'raw')",
        "itemuse_difference_of_entry",
    ),
    "a late invoice line": (
        "INSERT INTO accounting_invoiceline (invoice_id, position, kind, sku_code, description, quantity, unit_price,"
        " net, tax, tax_rate, account_id, source_type) VALUES ({invoice}, 9, 'goods', '', '', 1, 0, 0, 0, 0,"
        " {revenue}, '')",
        "invoiceline_invoice_born_here",
    ),
    "numbers drawn and thrown away": (
        "SELECT accounting_draw_numbers(ARRAY[{series}]::bigint[], ARRAY[3]::bigint[])",
        "numberseries_drawn_is_used",
    ),
    "numbers given back": (
        "SELECT accounting_draw_numbers(ARRAY[{series}]::bigint[], ARRAY[-1]::bigint[])",
        "numberseries_draw_bounded",
    ),
    "a locked period opened at once": (
        "SELECT accounting_set_period_state(1, 'locked', 'open')",
        "period_state_may_follow",
    ),
    "a period in the year 1": (
        "SELECT accounting_ensure_periods({company}, ARRAY['0001-01-01'::date])",
        "period_date_plausible",
    ),
}


@pytest.mark.parametrize(("sql", "rule"), BROKEN_RULES.values(), ids=BROKEN_RULES.keys())
def test_broken_rules_are_refused_by_name(names, sql, rule):
    before = counts()

    state, constraint, _ = attack(sql.format(**names))

    assert (state, constraint) == (CHECK, rule)
    assert counts() == before


BOOKS = [
    "journalentry",
    "journalline",
    "dimensionset",
    "dimensionvalue",
    "invoice",
    "invoiceline",
    "itemuse",
    "payment",
    "openitem",
    "period",
    "numberseries",
]


@pytest.mark.parametrize("table", BOOKS)
def test_books_are_not_changed_deleted_or_emptied(names, table):
    table = f"accounting_{table}"

    for sql in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        assert attack(sql)[0] == PRIVILEGE, sql


FORBIDDEN = {
    "ON CONFLICT DO UPDATE": entry() + " ON CONFLICT (company_id, source_key) DO UPDATE SET memo = 'changed'",
    "MERGE": "MERGE INTO accounting_journalline t USING (SELECT 1) s ON true WHEN MATCHED THEN UPDATE SET amount = 0",
    "MERGE that deletes": "MERGE INTO accounting_journalline t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    "DISABLE TRIGGER": "ALTER TABLE accounting_journalline DISABLE TRIGGER ALL",
    "DROP TRIGGER": "DROP TRIGGER accounting_line_guard ON accounting_journalline",
    "replacing a guard": "CREATE OR REPLACE FUNCTION accounting_line_guard() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN RETURN NULL; END'",
    "session_replication_role": "SET session_replication_role = replica",
    "becoming the owner": f"GRANT {OWNER} TO CURRENT_USER",
    "a trigger of one's own": "CREATE TRIGGER mine AFTER INSERT ON accounting_journalline EXECUTE FUNCTION"
    " core_refuse_change()",
    "a total by hand": "UPDATE accounting_openitem SET used = 0",
    "a number by hand": "UPDATE accounting_numberseries SET next_number = 50",
    "a period by hand": "UPDATE accounting_period SET state = 'open'",
    "a period of one's own": "INSERT INTO accounting_period (company_id, start_date, end_date, state)"
    " VALUES ({company}, '2001-01-01', '2001-12-31', 'open')",
}


@pytest.mark.parametrize("sql", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_the_application_may_not_do(names, sql):
    before = counts()

    refusal = attack(sql.format(**names))

    assert refusal is not None
    assert refusal[0] == PRIVILEGE, refusal
    assert counts() == before


def test_postponing_the_checks_does_not_avoid_them(names):
    sql = f"SET CONSTRAINTS ALL DEFERRED;;{entry()};;SET CONSTRAINTS ALL DEFERRED"

    assert attack(sql.format(**names))[1] == "journalentry_two_lines"


def test_the_statement_guards_cannot_be_postponed(names):
    sql = "SET CONSTRAINTS ALL DEFERRED;;" + BROKEN_RULES["unbalanced"][0]

    assert attack(sql.format(**names))[1] == "journalentry_balanced"


def test_a_temporary_table_shadows_nothing(names):
    shadow = (
        "CREATE TEMPORARY TABLE accounting_journalentry ON COMMIT DROP AS SELECT * FROM public.accounting_journalentry;;"
        "CREATE TEMPORARY TABLE accounting_account ON COMMIT DROP AS SELECT * FROM public.accounting_account;;"
        "UPDATE pg_temp.accounting_account SET control = '';;"
        "UPDATE pg_temp.accounting_journalentry SET xid = pg_current_xact_id();;"
    )
    late = lines(line(of="{entry}"), line("{opening_equity}", "-5", of="{entry}"))

    assert attack((shadow + late).format(**names)) is not None
    late = late.replace("INTO accounting_journalline", "INTO public.accounting_journalline")
    refusal = attack((shadow + late).format(**names))

    assert refusal[1] == "journalline_entry_born_here"


def test_unbalanced_copy_is_refused(names):
    before = counts()
    row = "{company}\t%s\t{bank}\t2026-03-10\tGBP\t5\t5\t\n"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(entry().format(**names))
        cursor.execute(f"SELECT {NEW}")
        (new,) = cursor.fetchone()
        columns = "company_id, entry_id, account_id, date, currency, amount, base_amount, memo"
        try:
            with cursor.copy(f"COPY accounting_journalline ({columns}) FROM STDIN") as copy:
                copy.write(row.format(**names) % new)
        except Exception as error:
            assert error.diag.constraint_name == "journalentry_balanced"
            raise DatabaseError from error

    assert counts() == before


def test_two_entries_of_one_key_are_refused(names):
    sql = entry() + ";;" + GOOD + ";;" + entry()

    assert attack(sql.format(**names))[:2] == (UNIQUE, "journalentry_source_key_unique")


def test_even_the_owner_does_not_change_the_books(names):
    with role(connection, OWNER):
        for table in BOOKS[:8]:
            for sql in (f"UPDATE accounting_{table} SET id = id", f"DELETE FROM accounting_{table}"):
                state, _, message = attack(sql)
                assert (state, f"accounting_{table} is append-only" in message) == (APPEND_ONLY, True)


def test_an_honest_raw_entry_passes(names):
    """The control: what is refused above is refused for its fault, not for being raw."""
    before = JournalLine.objects.count()

    assert attack((entry() + ";;" + GOOD).format(**names)) is None
    assert JournalLine.objects.count() == before + 2
