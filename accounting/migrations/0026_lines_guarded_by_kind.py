"""The lines' guard asks each entry, and each account with its party and dimensions, once in a statement, not for every line."""

from django.db import migrations

from backoffice.core.triggers import BookFunction

# A plan cached while the tables are small must not turn into a hash join over a grown journal.
NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

ENTRY_TWO_LINES_BEFORE = """
BEGIN
    IF (SELECT count(*) FROM (
            SELECT FROM accounting_journalline l WHERE l.entry_id = NEW.id LIMIT 2) two) < 2 THEN
        RAISE EXCEPTION 'journalentry_two_lines: entry % has fewer than two lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_two_lines';
    END IF;
    RETURN NULL;
END
"""

ENTRY_TWO_LINES = """
BEGIN
    PERFORM FROM accounting_journalline l WHERE l.entry_id = NEW.id OFFSET 1 LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'journalentry_two_lines: entry % has fewer than two lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_two_lines';
    END IF;
    RETURN NULL;
END
"""

LINE_GUARD_BEFORE = """
DECLARE
    bad record;
BEGIN
    SELECT s.entry_id, coalesce(s.rule, CASE
            WHEN s.base <> 0 THEN 'journalentry_balanced'
            ELSE 'journalentry_balanced_in_currency' END) AS rule
        INTO bad
        FROM (
            SELECT l.entry_id, sum(l.base_amount) AS base, sum(l.amount) AS amount,
                min(l.currency COLLATE "C") = max(l.currency COLLATE "C") AS one_currency,
                max(CASE
                    WHEN e.xid IS DISTINCT FROM pg_current_xact_id() THEN 'journalline_entry_born_here'
                    WHEN e.company_id <> l.company_id THEN 'journalline_company_of_entry'
                    WHEN e.date <> l.date THEN 'journalline_date_of_entry'
                    WHEN a.company_id IS DISTINCT FROM l.company_id THEN 'journalline_account_of_company'
                    WHEN NOT a.is_postable THEN 'journalline_account_postable'
                    WHEN a.currency_id <> l.currency THEN 'journalline_currency_of_account'
                    WHEN a.control <> '' AND a.control <> e.subledger
                        AND NOT (a.control = 'stored_value' AND e.subledger = 'receivable') THEN 'journalline_control_own_subledger'
                    WHEN l.party_id IS NULL AND a.control IN ('receivable', 'payable')
                        THEN 'journalline_party_needed'
                    WHEN l.party_id IS NOT NULL AND p.company_id IS DISTINCT FROM l.company_id
                        THEN 'journalline_party_of_company'
                    WHEN l.dimension_set_id IS NOT NULL AND d.company_id IS DISTINCT FROM l.company_id
                        THEN 'journalline_dimensions_of_company'
                END COLLATE "C") AS rule
            FROM new_rows l
            LEFT JOIN LATERAL (
                SELECT j.xid, j.company_id, j.date, j.subledger FROM accounting_journalentry j
                WHERE j.id = l.entry_id OFFSET 0) e ON true
            LEFT JOIN LATERAL (
                SELECT x.company_id, x.is_postable, x.control, x.currency_id FROM accounting_account x
                WHERE x.id = l.account_id OFFSET 0) a ON true
            LEFT JOIN LATERAL (
                SELECT y.company_id FROM accounting_party y WHERE y.id = l.party_id OFFSET 0) p ON true
            LEFT JOIN LATERAL (
                SELECT z.company_id FROM accounting_dimensionset z
                WHERE z.id = l.dimension_set_id OFFSET 0) d ON true
            GROUP BY l.entry_id
        ) s
        WHERE s.rule IS NOT NULL OR s.base <> 0 OR (s.one_currency AND s.amount <> 0)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: lines of entry % are refused', bad.rule, bad.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    RETURN NULL;
END
"""

# Each statement's lines must balance by themselves, so any number of statements do. A liability of stored value is
# posted by its own book, or together with a receivable that it pays.
LINE_GUARD = """
DECLARE
    bad record;
BEGIN
    SELECT x.entry_id, x.rule INTO bad
        FROM (
            SELECT s.entry_id, CASE
                WHEN e.xid IS DISTINCT FROM pg_current_xact_id() THEN 'journalline_entry_born_here'
                WHEN s.company_id <> e.company_id OR s.other_company_id <> e.company_id
                    THEN 'journalline_company_of_entry'
                WHEN s.date <> e.date OR s.other_date <> e.date THEN 'journalline_date_of_entry'
                WHEN s.base <> 0 THEN 'journalentry_balanced'
                WHEN s.amount <> 0 AND s.currency = s.other_currency THEN 'journalentry_balanced_in_currency'
            END AS rule
            FROM (
                SELECT l.entry_id, sum(l.base_amount) AS base, sum(l.amount) AS amount,
                    min(l.currency COLLATE "C") AS currency, max(l.currency COLLATE "C") AS other_currency,
                    min(l.company_id) AS company_id, max(l.company_id) AS other_company_id,
                    min(l.date) AS date, max(l.date) AS other_date
                FROM new_rows l GROUP BY l.entry_id
            ) s
            LEFT JOIN LATERAL (
                SELECT j.xid, j.company_id, j.date FROM accounting_journalentry j
                WHERE j.id = s.entry_id OFFSET 0) e ON true
        ) x
        WHERE x.rule IS NOT NULL LIMIT 1;
    IF NOT FOUND THEN
        SELECT (array_agg(x.entry_id) FILTER (WHERE x.rule IS NOT NULL))[1] AS entry_id,
                (array_agg(x.rule) FILTER (WHERE x.rule IS NOT NULL))[1] AS rule,
                array_agg(x.account_id) FILTER (WHERE x.control <> '') AS controls
            INTO bad
            FROM (
                SELECT l.entry_id, l.account_id, a.control, CASE
                    WHEN a.company_id IS DISTINCT FROM l.company_id THEN 'journalline_account_of_company'
                    WHEN NOT a.is_postable THEN 'journalline_account_postable'
                    WHEN a.currency_id <> l.currency THEN 'journalline_currency_of_account'
                    WHEN l.party_id IS NULL AND a.control IN ('receivable', 'payable') THEN 'journalline_party_needed'
                    WHEN l.party_id IS NOT NULL AND p.company_id IS DISTINCT FROM l.company_id
                        THEN 'journalline_party_of_company'
                    WHEN l.dimension_set_id IS NOT NULL AND d.company_id IS DISTINCT FROM l.company_id
                        THEN 'journalline_dimensions_of_company'
                END AS rule
                FROM (
                    SELECT account_id, company_id, currency, party_id, dimension_set_id, min(entry_id) AS entry_id
                    FROM new_rows GROUP BY 1, 2, 3, 4, 5
                ) l
                LEFT JOIN LATERAL (
                    SELECT y.company_id, y.is_postable, y.control, y.currency_id FROM accounting_account y
                    WHERE y.id = l.account_id OFFSET 0) a ON true
                LEFT JOIN LATERAL (
                    SELECT y.company_id FROM accounting_party y WHERE y.id = l.party_id OFFSET 0) p ON true
                LEFT JOIN LATERAL (
                    SELECT y.company_id FROM accounting_dimensionset y
                    WHERE y.id = l.dimension_set_id OFFSET 0) d ON true
            ) x;
        IF bad.rule IS NULL AND bad.controls IS NOT NULL THEN
            SELECT l.entry_id, 'journalline_control_own_subledger' AS rule INTO bad
                FROM new_rows l
                JOIN LATERAL (
                    SELECT y.control FROM accounting_account y WHERE y.id = l.account_id OFFSET 0) a ON true
                JOIN LATERAL (
                    SELECT j.subledger FROM accounting_journalentry j WHERE j.id = l.entry_id OFFSET 0) e ON true
                WHERE l.account_id = ANY (bad.controls) AND a.control <> e.subledger
                    AND NOT (a.control = 'stored_value' AND e.subledger = 'receivable')
                LIMIT 1;
        END IF;
    END IF;
    IF bad.rule IS NOT NULL THEN
        RAISE EXCEPTION '%: lines of entry % are refused', bad.rule, bad.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0025_addresses_stay")]

    operations = [
        BookFunction("accounting_entry_two_lines", ENTRY_TWO_LINES, settings=NESTED, previous=ENTRY_TWO_LINES_BEFORE),
        BookFunction("accounting_line_guard", LINE_GUARD, settings=NESTED, previous=LINE_GUARD_BEFORE),
    ]
