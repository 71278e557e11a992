"""The journal's own rules: balanced, born whole in one transaction, in an open period, never changed."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

# A plan cached while the tables are small must not turn into a hash join over a grown journal. For the same
# reason look-ups are LATERAL … OFFSET 0: each row asks the index, nothing is read as a whole.
NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

SHARE_PERIODS = """
DECLARE
    first_start date;
BEGIN
    FOR asked_date IN SELECT DISTINCT d FROM unnest(dates) d WHERE d IS NOT NULL ORDER BY d LOOP
        posting_date := NULL;
        SELECT p.start_date INTO first_start FROM accounting_period p
            WHERE p.company_id = company AND p.end_date >= asked_date ORDER BY p.end_date LIMIT 1;
        IF first_start <= asked_date THEN
            -- A period that closes while we wait for it drops out, and the next open one is taken.
            SELECT greatest(asked_date, p.start_date) INTO posting_date FROM accounting_period p
                WHERE p.company_id = company AND p.end_date >= asked_date AND p.state = 'open'
                ORDER BY p.end_date LIMIT 1 FOR SHARE;
        END IF;
        RETURN NEXT;
    END LOOP;
END
"""

ENSURE_PERIODS = """
DECLARE
    first_day date;
    last_day date;
    made integer;
BEGIN
    SELECT min(d), max(d) INTO first_day, last_day FROM unnest(dates) d;
    IF first_day < '1900-01-01' OR last_day > '2199-12-31' THEN
        RAISE EXCEPTION 'period_date_plausible: no period is made for % to %', first_day, last_day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_date_plausible';
    END IF;
    -- No gaps: "the first open day after" must never jump over months nobody asked for yet.
    SELECT least(first_day, min(p.start_date)), greatest(last_day, max(p.end_date)) INTO first_day, last_day
        FROM accounting_period p WHERE p.company_id = company;
    INSERT INTO accounting_period (company_id, start_date, end_date, state)
        SELECT company, m::date, (m + interval '1 month - 1 day')::date,
            -- What lies before a closed period is as closed as it.
            coalesce((SELECT p.state FROM accounting_period p
                WHERE p.company_id = company AND p.start_date > m AND p.state <> 'open'
                ORDER BY p.state = 'locked' DESC LIMIT 1), 'open')
        FROM generate_series(date_trunc('month', first_day), date_trunc('month', last_day), interval '1 month') m
        ORDER BY m
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END
"""

SET_PERIOD_STATE = """
BEGIN
    IF (old_state, new_state) NOT IN (('open', 'soft_closed'), ('open', 'locked'), ('soft_closed', 'open'),
            ('soft_closed', 'locked'), ('locked', 'soft_closed')) THEN
        RAISE EXCEPTION 'period_state_may_follow: % after %', new_state, old_state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_state_may_follow';
    END IF;
    -- Waits for every transaction that posts into the period.
    UPDATE accounting_period SET state = new_state WHERE id = period AND state = old_state;
    RETURN FOUND;
END
"""

PREPARE_ENTRIES = """
DECLARE
    zone text;
    base text;
BEGIN
    SELECT c.time_zone, c.base_currency_id INTO zone, base FROM accounting_company c WHERE c.id = company;
    RETURN QUERY
        WITH asked AS MATERIALIZED (
            SELECT k.n, k.key, coalesce(k.day, (k.instant AT TIME ZONE zone)::date) AS day
            FROM unnest(keys, days, instants) WITH ORDINALITY k (key, day, instant, n)
        ), shared AS MATERIALIZED (
            SELECT s.asked_date, s.posting_date
            FROM accounting_share_periods(company, ARRAY(SELECT a.day FROM asked a)) s
        )
        SELECT a.n, e.id, e.date, e.content_hash::text, a.day, s.posting_date, base
        FROM asked a
        LEFT JOIN LATERAL (
            SELECT j.id, j.date, j.content_hash FROM accounting_journalentry j
            WHERE j.company_id = company AND j.source_key = a.key OFFSET 0
        ) e ON true
        LEFT JOIN shared s ON s.asked_date = a.day
        ORDER BY a.n;
END
"""

ENTRY_GUARD = """
DECLARE
    asked record;
    found_period record;
BEGIN
    IF EXISTS (SELECT FROM new_rows
            WHERE xid <> pg_current_xact_id() OR recorded_at <> statement_timestamp()) THEN
        RAISE EXCEPTION 'journalentry_recorded_now: xid and recorded_at are set by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_recorded_now';
    END IF;
    IF EXISTS (SELECT FROM new_rows n WHERE n.reverses_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM accounting_journalentry r WHERE r.id = n.reverses_id AND r.company_id = n.company_id)) THEN
        RAISE EXCEPTION 'journalentry_reverses_own_company: an entry reverses one of its own company'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_reverses_own_company';
    END IF;
    FOR asked IN SELECT DISTINCT company_id, date FROM new_rows ORDER BY company_id, date LOOP
        SELECT p.start_date, p.state INTO found_period FROM accounting_period p
            WHERE p.company_id = asked.company_id AND p.end_date >= asked.date
            ORDER BY p.end_date LIMIT 1 FOR SHARE;
        IF NOT FOUND OR found_period.start_date > asked.date OR found_period.state <> 'open' THEN
            RAISE EXCEPTION 'journalentry_period_open: % is in no open period of company %',
                asked.date, asked.company_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_period_open';
        END IF;
    END LOOP;
    RETURN NULL;
END
"""

ENTRY_TWO_LINES = """
BEGIN
    IF (SELECT count(*) FROM (
            SELECT FROM accounting_journalline l WHERE l.entry_id = NEW.id LIMIT 2) two) < 2 THEN
        RAISE EXCEPTION 'journalentry_two_lines: entry % has fewer than two lines', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_two_lines';
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

# A set's values are spelled out from its key, so the two cannot differ.
DIMENSION_VALUES = """
BEGIN
    INSERT INTO accounting_dimensionvalue (dimension_set_id, axis, code)
        SELECT n.id, split_part(pair, '=', 1), substr(pair, strpos(pair, '=') + 1)
        FROM new_rows n CROSS JOIN LATERAL string_to_table(n.key, ';') pair;
    IF EXISTS (SELECT FROM new_rows n CROSS JOIN LATERAL string_to_table(n.key, ';') pair
            WHERE strpos(pair, '=') < 2) THEN
        RAISE EXCEPTION 'dimensionset_key_readable: a key reads axis=code;axis=code'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dimensionset_key_readable';
    END IF;
    RETURN NULL;
END
"""

NEW = "NEW TABLE AS new_rows"


class Migration(migrations.Migration):
    dependencies = [("accounting", "0001_initial")]

    operations = [
        BookFunction(
            "accounting_share_periods",
            SHARE_PERIODS,
            args="company bigint, dates date[]",
            returns="TABLE (asked_date date, posting_date date)",
            settings=NESTED,
        ),
        BookFunction(
            "accounting_ensure_periods", ENSURE_PERIODS, args="company bigint, dates date[]", returns="integer"
        ),
        BookFunction(
            "accounting_set_period_state",
            SET_PERIOD_STATE,
            args="period bigint, old_state text, new_state text",
            returns="boolean",
        ),
        BookFunction(
            "accounting_prepare_entries",
            PREPARE_ENTRIES,
            args="company bigint, keys text[], days date[], instants timestamptz[]",
            returns="TABLE (n bigint, entry_id bigint, entry_date date, content_hash text, asked_date date,"
            " posting_date date, base_currency text)",
            settings=NESTED,
        ),
        BookFunction("accounting_entry_guard", ENTRY_GUARD, settings=NESTED),
        BookTrigger("accounting_journalentry", "accounting_entry_guard", "accounting_entry_guard", referencing=NEW),
        BookFunction("accounting_entry_two_lines", ENTRY_TWO_LINES, settings=NESTED),
        BookTrigger(
            "accounting_journalentry",
            "accounting_entry_two_lines",
            "accounting_entry_two_lines",
            level="row",
            deferred=True,
        ),
        BookFunction("accounting_line_guard", LINE_GUARD, settings=NESTED),
        BookTrigger("accounting_journalline", "accounting_line_guard", "accounting_line_guard", referencing=NEW),
        BookFunction("accounting_dimension_values", DIMENSION_VALUES),
        BookTrigger(
            "accounting_dimensionset",
            "accounting_dimension_values",
            "accounting_dimension_values",
            referencing=NEW,
        ),
        AppendOnly("accounting_journalentry"),
        AppendOnly("accounting_journalline"),
        AppendOnly("accounting_dimensionset"),
        AppendOnly("accounting_dimensionvalue"),
    ]
