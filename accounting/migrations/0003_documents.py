"""The rules of open items, invoices, payments and legal numbers."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

# As in 0002_books: look-ups are LATERAL … OFFSET 0, so that a grown journal is always asked by its index.
NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

ITEM_GUARD = """
DECLARE
    bad record;
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE used <> 0 OR base_used <> 0) THEN
        RAISE EXCEPTION 'openitem_born_unused: used is kept by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'openitem_born_unused';
    END IF;
    SELECT k.entry_id, CASE
            WHEN e.xid IS DISTINCT FROM pg_current_xact_id() THEN 'openitem_entry_born_here'
            WHEN e.company_id <> k.company_id THEN 'openitem_company_of_entry'
            ELSE 'openitem_amount_of_entry' END AS rule
        INTO bad
        FROM (SELECT DISTINCT company_id, entry_id, account_id, party_id, currency FROM new_rows) k
        LEFT JOIN LATERAL (
            SELECT j.xid, j.company_id FROM accounting_journalentry j WHERE j.id = k.entry_id OFFSET 0) e ON true
        LEFT JOIN LATERAL (
            SELECT sum(l.amount) AS amount, sum(l.base_amount) AS base
            FROM (SELECT * FROM accounting_journalline x WHERE x.entry_id = k.entry_id OFFSET 0) l
            WHERE l.account_id = k.account_id AND l.party_id = k.party_id AND l.currency = k.currency) l ON true
        LEFT JOIN LATERAL (
            SELECT sum(CASE i.side WHEN 'debit' THEN i.amount ELSE -i.amount END) AS amount,
                sum(CASE i.side WHEN 'debit' THEN i.base_amount ELSE -i.base_amount END) AS base
            FROM (SELECT * FROM accounting_openitem x WHERE x.entry_id = k.entry_id OFFSET 0) i
            WHERE i.account_id = k.account_id AND i.party_id = k.party_id AND i.currency = k.currency) i ON true
        WHERE e.xid IS DISTINCT FROM pg_current_xact_id() OR e.company_id <> k.company_id
            OR (l.amount, l.base) IS DISTINCT FROM (i.amount, i.base)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: open items of entry % are refused', bad.rule, bad.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    RETURN NULL;
END
"""

LOCK_ITEMS = """
BEGIN
    RETURN QUERY SELECT i.id, i.company_id, i.party_id, i.account_id, i.side::text, i.currency::text,
            i.amount, i.base_amount, i.used, i.base_used
        FROM accounting_openitem i WHERE i.id = ANY (ids) ORDER BY i.id FOR NO KEY UPDATE;
END
"""

USE_GUARD = """
DECLARE
    bad record;
BEGIN
    IF EXISTS (SELECT FROM new_rows
            WHERE xid <> pg_current_xact_id() OR recorded_at <> statement_timestamp()) THEN
        RAISE EXCEPTION 'itemuse_recorded_now: xid and recorded_at are set by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'itemuse_recorded_now';
    END IF;
    PERFORM FROM accounting_openitem i
        WHERE i.id = ANY (ARRAY(SELECT debit_item_id FROM new_rows UNION SELECT credit_item_id FROM new_rows))
        ORDER BY i.id FOR NO KEY UPDATE;
    SELECT u.id INTO bad
        FROM new_rows u
        LEFT JOIN LATERAL (SELECT * FROM accounting_openitem i WHERE i.id = u.debit_item_id OFFSET 0) d ON true
        LEFT JOIN LATERAL (SELECT * FROM accounting_openitem i WHERE i.id = u.credit_item_id OFFSET 0) c ON true
        WHERE d.side IS DISTINCT FROM 'debit' OR c.side IS DISTINCT FROM 'credit'
            OR (u.company_id, d.account_id, d.party_id, d.currency)
                IS DISTINCT FROM (d.company_id, c.account_id, c.party_id, c.currency)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'itemuse_items_match: a use takes a debit and a credit item of one account, party and currency'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'itemuse_items_match';
    END IF;
    -- What the two rates make differently must stand on the control account under the use's own entry.
    SELECT u.entry_id INTO bad
        FROM (SELECT n.entry_id, sum(n.credit_base - n.debit_base) AS difference FROM new_rows n
            WHERE n.entry_id IS NOT NULL GROUP BY n.entry_id) u
        LEFT JOIN LATERAL (
            SELECT j.xid FROM accounting_journalentry j WHERE j.id = u.entry_id OFFSET 0) e ON true
        LEFT JOIN LATERAL (
            SELECT sum(l.base_amount) AS base, sum(l.amount) AS amount
            FROM (SELECT * FROM accounting_journalline x WHERE x.entry_id = u.entry_id OFFSET 0) l
            JOIN accounting_account a ON a.id = l.account_id WHERE a.control <> '') l ON true
        WHERE e.xid IS DISTINCT FROM pg_current_xact_id() OR l.base IS DISTINCT FROM u.difference OR l.amount <> 0
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'itemuse_difference_of_entry: entry % does not post the uses'' exchange difference', bad.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'itemuse_difference_of_entry';
    END IF;
    UPDATE accounting_openitem i SET used = i.used + t.amount, base_used = i.base_used + t.base
        FROM (SELECT item, sum(s.amount) AS amount, sum(s.base) AS base FROM (
                SELECT debit_item_id AS item, amount, debit_base AS base FROM new_rows
                UNION ALL SELECT credit_item_id, amount, credit_base FROM new_rows) s GROUP BY item) t
        WHERE i.id = t.item;
    RETURN NULL;
END
"""

DRAW_NUMBERS = """
DECLARE
    wanted record;
BEGIN
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    FOR wanted IN SELECT k.id, k.n FROM unnest(ids, counts) k (id, n) ORDER BY k.id LOOP
        IF wanted.n IS NULL OR wanted.n < 1 OR wanted.n > 100000 THEN
            RAISE EXCEPTION 'numberseries_draw_bounded: % numbers', wanted.n
                USING ERRCODE = 'check_violation', CONSTRAINT = 'numberseries_draw_bounded';
        END IF;
        UPDATE accounting_numberseries s SET next_number = s.next_number + wanted.n WHERE s.id = wanted.id
            RETURNING s.id, s.next_number - wanted.n INTO series, drawn_from;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'numberseries_exists: no series %', wanted.id
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'numberseries_exists';
        END IF;
        RETURN NEXT;
    END LOOP;
END
"""

SERIES_GUARD = """
BEGIN
    IF (SELECT count(*) FROM accounting_invoice i WHERE i.series_id = NEW.id
            AND i.sequence >= OLD.next_number AND i.sequence < NEW.next_number)
            <> NEW.next_number - OLD.next_number THEN
        RAISE EXCEPTION 'numberseries_drawn_is_used: numbers % to % of series % are not all on documents',
            OLD.next_number, NEW.next_number - 1, NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numberseries_drawn_is_used';
    END IF;
    RETURN NULL;
END
"""

INVOICE_GUARD = """
DECLARE
    bad record;
BEGIN
    SELECT n.number, CASE
            WHEN n.xid <> pg_current_xact_id() OR n.recorded_at <> statement_timestamp() THEN 'invoice_recorded_now'
            WHEN (e.xid, e.company_id, e.date) IS DISTINCT FROM (pg_current_xact_id(), n.company_id, n.date)
                THEN 'invoice_entry_born_here'
            WHEN (i.entry_id, i.party_id, i.currency, i.amount, i.side) IS DISTINCT FROM (n.entry_id, n.party_id,
                n.currency, n.total, CASE n.kind WHEN 'invoice' THEN 'debit' ELSE 'credit' END)
                THEN 'invoice_open_item_of_total'
            WHEN s.company_id IS DISTINCT FROM n.company_id OR n.sequence < s.first_number
                OR n.sequence >= s.next_number THEN 'invoice_sequence_drawn'
            WHEN n.number <> s.prefix || lpad(n.sequence::text, greatest(s.digits, length(n.sequence::text)), '0')
                THEN 'invoice_number_of_series'
            WHEN n.corrects_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounting_invoice o
                WHERE o.id = n.corrects_id AND o.company_id = n.company_id AND o.party_id = n.party_id)
                THEN 'invoice_corrects_own_party' END AS rule
        INTO bad
        FROM new_rows n
        LEFT JOIN LATERAL (
            SELECT j.xid, j.company_id, j.date FROM accounting_journalentry j WHERE j.id = n.entry_id OFFSET 0) e ON true
        LEFT JOIN LATERAL (SELECT * FROM accounting_openitem o WHERE o.id = n.open_item_id OFFSET 0) i ON true
        LEFT JOIN LATERAL (SELECT * FROM accounting_numberseries x WHERE x.id = n.series_id OFFSET 0) s ON true
        WHERE n.xid <> pg_current_xact_id() OR n.recorded_at <> statement_timestamp()
            OR (e.xid, e.company_id, e.date) IS DISTINCT FROM (pg_current_xact_id(), n.company_id, n.date)
            OR (i.entry_id, i.party_id, i.currency, i.amount, i.side) IS DISTINCT FROM (n.entry_id, n.party_id,
                n.currency, n.total, CASE n.kind WHEN 'invoice' THEN 'debit' ELSE 'credit' END)
            OR s.company_id IS DISTINCT FROM n.company_id OR n.sequence < s.first_number
            OR n.sequence >= s.next_number
            OR n.number <> s.prefix || lpad(n.sequence::text, greatest(s.digits, length(n.sequence::text)), '0')
            OR (n.corrects_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounting_invoice o
                WHERE o.id = n.corrects_id AND o.company_id = n.company_id AND o.party_id = n.party_id))
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: document % is refused', bad.rule, bad.number
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    RETURN NULL;
END
"""

INVOICE_HAS_LINES = """
BEGIN
    IF NOT EXISTS (SELECT FROM accounting_invoiceline l WHERE l.invoice_id = NEW.id) THEN
        RAISE EXCEPTION 'invoice_has_lines: document % has no lines', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_has_lines';
    END IF;
    RETURN NULL;
END
"""

INVOICE_LINE_GUARD = """
DECLARE
    bad record;
BEGIN
    SELECT k.invoice_id, CASE
            WHEN h.xid IS DISTINCT FROM pg_current_xact_id() THEN 'invoiceline_invoice_born_here'
            WHEN k.foreign_account THEN 'invoiceline_account_of_company'
            WHEN k.foreign_tax THEN 'invoiceline_tax_code_of_company'
            WHEN k.foreign_dimensions THEN 'invoiceline_dimensions_of_company'
            ELSE 'invoice_lines_add_up' END AS rule
        INTO bad
        FROM (SELECT n.invoice_id, bool_or(i.company_id IS DISTINCT FROM a.company_id) AS foreign_account,
                bool_or(n.tax_code_id IS NOT NULL AND i.company_id IS DISTINCT FROM t.company_id) AS foreign_tax,
                bool_or(n.dimension_set_id IS NOT NULL AND i.company_id IS DISTINCT FROM d.company_id)
                    AS foreign_dimensions
            FROM new_rows n
            LEFT JOIN LATERAL (SELECT x.company_id FROM accounting_invoice x WHERE x.id = n.invoice_id OFFSET 0) i ON true
            LEFT JOIN LATERAL (SELECT x.company_id FROM accounting_account x WHERE x.id = n.account_id OFFSET 0) a ON true
            LEFT JOIN LATERAL (SELECT x.company_id FROM accounting_taxcode x WHERE x.id = n.tax_code_id OFFSET 0) t ON true
            LEFT JOIN LATERAL (
                SELECT x.company_id FROM accounting_dimensionset x WHERE x.id = n.dimension_set_id OFFSET 0) d ON true
            GROUP BY n.invoice_id) k
        LEFT JOIN LATERAL (
            SELECT x.xid, x.net, x.tax FROM accounting_invoice x WHERE x.id = k.invoice_id OFFSET 0) h ON true
        LEFT JOIN LATERAL (
            SELECT sum(l.net) AS net, sum(l.tax) AS tax FROM accounting_invoiceline l
            WHERE l.invoice_id = k.invoice_id) l ON true
        WHERE h.xid IS DISTINCT FROM pg_current_xact_id() OR k.foreign_account OR k.foreign_tax OR k.foreign_dimensions
            OR (h.net, h.tax) IS DISTINCT FROM (l.net, l.tax)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: lines of document % are refused', bad.rule, bad.invoice_id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    RETURN NULL;
END
"""

PAYMENT_GUARD = """
DECLARE
    bad record;
BEGIN
    SELECT n.id INTO bad
        FROM new_rows n
        LEFT JOIN LATERAL (
            SELECT j.xid, j.company_id, j.date FROM accounting_journalentry j WHERE j.id = n.entry_id OFFSET 0) e ON true
        LEFT JOIN LATERAL (SELECT * FROM accounting_openitem o WHERE o.id = n.open_item_id OFFSET 0) i ON true
        WHERE n.xid <> pg_current_xact_id() OR n.recorded_at <> statement_timestamp()
            OR (e.xid, e.company_id, e.date) IS DISTINCT FROM (pg_current_xact_id(), n.company_id, n.date)
            OR (i.entry_id, i.party_id, i.currency, i.amount, i.side) IS DISTINCT FROM (n.entry_id, n.party_id,
                n.currency, n.amount, CASE n.direction WHEN 'in' THEN 'credit' ELSE 'debit' END)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'payment_of_entry: payment % does not match its entry and open item', bad.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_of_entry';
    END IF;
    RETURN NULL;
END
"""

NEW = "NEW TABLE AS new_rows"


def guard(table: str, name: str, body: str) -> list[object]:
    return [BookFunction(name, body, settings=NESTED), BookTrigger(table, name, name, referencing=NEW)]


class Migration(migrations.Migration):
    dependencies = [("accounting", "0002_books")]

    operations = [
        *guard("accounting_openitem", "accounting_item_guard", ITEM_GUARD),
        BookFunction(
            "accounting_lock_items",
            LOCK_ITEMS,
            args="ids bigint[]",
            returns="TABLE (id bigint, company_id bigint, party_id bigint, account_id bigint, side text,"
            " currency text, amount numeric, base_amount numeric, used numeric, base_used numeric)",
            settings=NESTED,
        ),
        *guard("accounting_itemuse", "accounting_use_guard", USE_GUARD),
        BookFunction(
            "accounting_draw_numbers",
            DRAW_NUMBERS,
            args="ids bigint[], counts bigint[]",
            returns="TABLE (series bigint, drawn_from bigint)",
            settings=NESTED,
        ),
        BookFunction("accounting_series_guard", SERIES_GUARD, settings=NESTED),
        BookTrigger(
            "accounting_numberseries",
            "accounting_series_guard",
            "accounting_series_guard",
            when="AFTER UPDATE OF next_number",
            level="row",
            deferred=True,
        ),
        *guard("accounting_invoice", "accounting_invoice_guard", INVOICE_GUARD),
        BookFunction("accounting_invoice_has_lines", INVOICE_HAS_LINES, settings=NESTED),
        BookTrigger(
            "accounting_invoice",
            "accounting_invoice_has_lines",
            "accounting_invoice_has_lines",
            level="row",
            deferred=True,
        ),
        *guard("accounting_invoiceline", "accounting_invoice_line_guard", INVOICE_LINE_GUARD),
        *guard("accounting_payment", "accounting_payment_guard", PAYMENT_GUARD),
        AppendOnly("accounting_invoice"),
        AppendOnly("accounting_invoiceline"),
        AppendOnly("accounting_itemuse"),
        AppendOnly("accounting_payment"),
    ]
