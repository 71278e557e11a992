"""The rules of bank lines, their matches and reconciliations; the journal's respect for reconciled days."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")
NEW = "NEW TABLE AS new_rows"

LINE_GUARD = """
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE matched <> 0) THEN
        RAISE EXCEPTION 'bankline_born_unmatched: matched is kept by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bankline_born_unmatched';
    END IF;
    IF EXISTS (SELECT FROM new_rows n
            LEFT JOIN LATERAL (SELECT b.company_id, b.currency_id FROM accounting_bankaccount b
                WHERE b.id = n.bank_account_id OFFSET 0) b ON true
            LEFT JOIN LATERAL (SELECT s.bank_account_id FROM accounting_bankstatement s
                WHERE s.id = n.statement_id OFFSET 0) s ON true
            WHERE (n.company_id, n.currency, n.bank_account_id)
                IS DISTINCT FROM (b.company_id, b.currency_id, s.bank_account_id)) THEN
        RAISE EXCEPTION 'bankline_of_its_account: a line has the company, currency and account of its statement'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bankline_of_its_account';
    END IF;
    RETURN NULL;
END
"""

LOCK_LINES = """
BEGIN
    RETURN QUERY SELECT l.id, l.company_id, l.bank_account_id, l.date, l.currency::text, l.amount, l.matched
        FROM accounting_bankline l WHERE l.id = ANY (ids) ORDER BY l.id FOR NO KEY UPDATE;
END
"""

# Postings share the period; who holds it waits for those under way and makes later ones wait.
HOLD_PERIODS = """
BEGIN
    PERFORM FROM accounting_period p
        WHERE p.company_id = company AND p.start_date <= up_to AND p.state = 'open'
        ORDER BY p.start_date FOR NO KEY UPDATE;
END
"""

MATCH_GUARD = """
DECLARE
    bad record;
BEGIN
    IF EXISTS (SELECT FROM new_rows
            WHERE xid <> pg_current_xact_id() OR recorded_at <> statement_timestamp()) THEN
        RAISE EXCEPTION 'bankmatch_recorded_now: xid and recorded_at are set by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bankmatch_recorded_now';
    END IF;
    PERFORM FROM accounting_bankline l WHERE l.id = ANY (ARRAY(SELECT n.line_id FROM new_rows n))
        ORDER BY l.id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM new_rows n
            LEFT JOIN LATERAL (SELECT l.company_id, l.bank_account_id FROM accounting_bankline l
                WHERE l.id = n.line_id OFFSET 0) l ON true
            LEFT JOIN LATERAL (SELECT m.line_id, m.entry_id, m.amount, m.undoes_id FROM accounting_bankmatch m
                WHERE m.id = n.undoes_id OFFSET 0) m ON true
            WHERE (n.company_id, n.bank_account_id) IS DISTINCT FROM (l.company_id, l.bank_account_id)
                OR (n.undoes_id IS NOT NULL AND ((m.line_id, m.entry_id, m.amount)
                    IS DISTINCT FROM (n.line_id, n.entry_id, -n.amount) OR m.undoes_id IS NOT NULL))) THEN
        RAISE EXCEPTION 'bankmatch_of_its_line: a match has its line''s account, and undoes exactly what was matched'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bankmatch_of_its_line';
    END IF;
    -- What is matched of an entry stays within what the entry posts to the bank's account.
    SELECT k.entry_id INTO bad
        FROM (SELECT DISTINCT n.entry_id, n.bank_account_id FROM new_rows n) k
        LEFT JOIN LATERAL (SELECT sum(m.amount) AS amount FROM (SELECT * FROM accounting_bankmatch x
            WHERE x.entry_id = k.entry_id OFFSET 0) m WHERE m.bank_account_id = k.bank_account_id) m ON true
        LEFT JOIN LATERAL (SELECT sum(l.amount) AS amount FROM (SELECT * FROM accounting_journalline x
            WHERE x.entry_id = k.entry_id OFFSET 0) l
            JOIN accounting_bankaccount b ON b.account_id = l.account_id AND b.currency_id = l.currency
            WHERE b.id = k.bank_account_id) l ON true
        WHERE l.amount IS NULL
            OR (m.amount <> 0 AND (sign(m.amount) <> sign(l.amount) OR abs(m.amount) > abs(l.amount)))
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'bankmatch_within_entry: entry % posts less to this bank account', bad.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bankmatch_within_entry';
    END IF;
    UPDATE accounting_bankline l SET matched = l.matched + t.amount
        FROM (SELECT n.line_id, sum(n.amount) AS amount FROM new_rows n GROUP BY n.line_id) t
        WHERE l.id = t.line_id;
    RETURN NULL;
END
"""

RECONCILIATION_GUARD = """
DECLARE
    row record;
    posted numeric;
BEGIN
    FOR row IN SELECT n.*, b.account_id, b.currency_id, b.company_id AS owner FROM new_rows n
            JOIN accounting_bankaccount b ON b.id = n.bank_account_id LOOP
        IF row.owner <> row.company_id THEN
            RAISE EXCEPTION 'bankreconciliation_of_its_account: another company''s account'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'bankreconciliation_of_its_account';
        END IF;
        CONTINUE WHEN row.reopens_id IS NOT NULL;
        PERFORM accounting_hold_periods(row.company_id, row.date);
        SELECT coalesce(sum(l.amount), 0) INTO posted FROM accounting_journalline l
            WHERE l.account_id = row.account_id AND l.currency = row.currency_id AND l.date <= row.date;
        IF posted <> row.book THEN
            RAISE EXCEPTION 'bankreconciliation_book: the books say %, not %', posted, row.book
                USING ERRCODE = 'check_violation', CONSTRAINT = 'bankreconciliation_book';
        END IF;
        IF EXISTS (SELECT FROM accounting_bankline l WHERE l.bank_account_id = row.bank_account_id
                AND l.date <= row.date AND l.matched <> l.amount) THEN
            RAISE EXCEPTION 'bankreconciliation_matched: a line up to % is not matched', row.date
                USING ERRCODE = 'check_violation', CONSTRAINT = 'bankreconciliation_matched';
        END IF;
    END LOOP;
    RETURN NULL;
END
"""

# One look where nothing is reconciled; otherwise each line asks two small indexes.
RECONCILED_DAYS = """
DECLARE
    bad record;
BEGIN
    IF NOT EXISTS (SELECT FROM accounting_bankreconciliation) THEN
        RETURN NULL;
    END IF;
    SELECT n.account_id, r.day, sum(n.amount) AS amount INTO bad
        FROM new_rows n
        CROSS JOIN LATERAL (SELECT b.id FROM accounting_bankaccount b WHERE b.account_id = n.account_id OFFSET 0) b
        CROSS JOIN LATERAL (SELECT max(x.date) AS day FROM (SELECT * FROM accounting_bankreconciliation y
            WHERE y.bank_account_id = b.id OFFSET 0) x WHERE x.reopens_id IS NULL
            AND NOT EXISTS (SELECT FROM accounting_bankreconciliation o WHERE o.reopens_id = x.id)) r
        WHERE n.date <= r.day
        GROUP BY n.account_id, r.day HAVING sum(n.amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'bankreconciliation_holds: account % is reconciled up to %', bad.account_id, bad.day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bankreconciliation_holds';
    END IF;
    RETURN NULL;
END
"""

# What the bank said stands; names and texts may be blanked, the total is kept by the matches' trigger.
LINE_KEPT = """
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_user = 'backoffice_owner' THEN
        RETURN NULL;  -- emptying a whole database, as between tests, is the owner's right
    END IF;
    RAISE EXCEPTION 'bankline_kept: % of what the bank said is refused', TG_OP
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
END
"""

FACTS = (
    "BEFORE UPDATE OF company_id, bank_account_id, statement_id, position, date, value_date, currency, amount,"
    " bank_reference, kind, is_reversal, identity"
)


def guard(table: str, name: str, body: str) -> list[object]:
    return [BookFunction(name, body, settings=NESTED), BookTrigger(table, name, name, referencing=NEW)]


class Migration(migrations.Migration):
    dependencies = [("accounting", "0010_banking")]

    operations = [
        AppendOnly("accounting_bankstatement"),
        AppendOnly("accounting_bankmatch"),
        AppendOnly("accounting_bankreconciliation"),
        BookFunction("accounting_bank_line_kept", LINE_KEPT, security_definer=False),
        *[
            BookTrigger("accounting_bankline", f"accounting_bankline_{name}", "accounting_bank_line_kept", when=when)
            for name, when in (("facts", FACTS), ("kept", "BEFORE DELETE"), ("no_truncate", "BEFORE TRUNCATE"))
        ],
        BookFunction(
            "accounting_lock_bank_lines",
            LOCK_LINES,
            args="ids bigint[]",
            returns="TABLE (id bigint, company_id bigint, bank_account_id bigint, date date, currency text,"
            " amount numeric, matched numeric)",
            settings=NESTED,
        ),
        BookFunction("accounting_hold_periods", HOLD_PERIODS, args="company bigint, up_to date", returns="void"),
        *guard("accounting_bankline", "accounting_bank_line_guard", LINE_GUARD),
        *guard("accounting_bankmatch", "accounting_bank_match_guard", MATCH_GUARD),
        *guard("accounting_bankreconciliation", "accounting_bank_reconciliation_guard", RECONCILIATION_GUARD),
        *guard("accounting_journalline", "accounting_reconciled_days", RECONCILED_DAYS),
    ]
