"""The rules of stored value: totals kept from uses, every row worth its entry's lines, accounts of their own."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")
NEW = "NEW TABLE AS new_rows"

VALUE_GUARD = """
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE used <> 0 OR base_used <> 0) THEN
        RAISE EXCEPTION 'storedvalue_born_unused: used is kept by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'storedvalue_born_unused';
    END IF;
    IF EXISTS (SELECT FROM new_rows n WHERE n.xid <> pg_current_xact_id() OR n.recorded_at <> statement_timestamp()
            OR NOT EXISTS (SELECT FROM accounting_account a
                WHERE a.id = n.account_id AND a.company_id = n.company_id AND a.control = 'stored_value')
            OR (n.party_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounting_party p
                WHERE p.id = n.party_id AND p.company_id = n.company_id))) THEN
        RAISE EXCEPTION 'storedvalue_of_its_account: stored value stands on an account of its own, recorded now'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'storedvalue_of_its_account';
    END IF;
    RETURN NULL;
END
"""

LOCK_VALUES = """
BEGIN
    RETURN QUERY SELECT v.id, v.company_id, v.kind::text, v.account_id, v.party_id, v.currency::text,
            v.amount, v.base_amount, v.used, v.base_used, v.expires_on
        FROM accounting_storedvalue v WHERE v.id = ANY (ids) ORDER BY v.id FOR NO KEY UPDATE;
END
"""

USE_GUARD = """
BEGIN
    IF EXISTS (SELECT FROM new_rows
            WHERE xid <> pg_current_xact_id() OR recorded_at <> statement_timestamp()) THEN
        RAISE EXCEPTION 'storedvalueuse_recorded_now: xid and recorded_at are set by the database'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'storedvalueuse_recorded_now';
    END IF;
    PERFORM FROM accounting_storedvalue v
        WHERE v.id = ANY (ARRAY(SELECT stored_value_id FROM new_rows)) ORDER BY v.id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM new_rows n LEFT JOIN accounting_storedvalue v ON v.id = n.stored_value_id
            WHERE v.company_id IS DISTINCT FROM n.company_id) THEN
        RAISE EXCEPTION 'storedvalueuse_of_company: a use belongs to the company of its stored value'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'storedvalueuse_of_company';
    END IF;
    UPDATE accounting_storedvalue v SET used = v.used + t.amount, base_used = v.base_used + t.base
        FROM (SELECT stored_value_id, sum(amount) AS amount, sum(base_amount) AS base FROM new_rows
            GROUP BY stored_value_id) t
        WHERE v.id = t.stored_value_id;
    RETURN NULL;
END
"""

# Asked once all of a transaction's rows are there: a card that pays for a deposit stands in the same entry.
OF_ENTRY = """
DECLARE
    account bigint;
BEGIN
    IF TG_TABLE_NAME = 'accounting_storedvalue' THEN
        account := NEW.account_id;
    ELSE
        SELECT v.account_id INTO account FROM accounting_storedvalue v WHERE v.id = NEW.stored_value_id;
    END IF;
    IF NOT EXISTS (SELECT FROM accounting_journalentry e
            WHERE e.id = NEW.entry_id AND e.xid = NEW.xid AND e.company_id = NEW.company_id)
        OR (SELECT row(coalesce(sum(l.amount), 0), coalesce(sum(l.base_amount), 0)) FROM accounting_journalline l
            WHERE l.entry_id = NEW.entry_id AND l.account_id = account)
        IS DISTINCT FROM (SELECT row(coalesce(sum(s.amount), 0), coalesce(sum(s.base), 0)) FROM (
            SELECT -v.amount AS amount, -v.base_amount AS base FROM accounting_storedvalue v
                WHERE v.entry_id = NEW.entry_id AND v.account_id = account
            UNION ALL SELECT u.amount, u.base_amount FROM accounting_storedvalueuse u
                JOIN accounting_storedvalue v ON v.id = u.stored_value_id AND v.account_id = account
                WHERE u.entry_id = NEW.entry_id) s) THEN
        RAISE EXCEPTION 'storedvalue_of_entry: entry % does not post what its stored value says', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'storedvalue_of_entry';
    END IF;
    RETURN NULL;
END
"""


def of_entry(table: str) -> BookTrigger:
    return BookTrigger(table, f"{table}_of_entry", "accounting_stored_value_of_entry", level="row", deferred=True)


class Migration(migrations.Migration):
    dependencies = [("accounting", "0003_documents")]

    operations = [
        *[
            step
            for table, name, body in (
                ("accounting_storedvalue", "accounting_value_guard", VALUE_GUARD),
                ("accounting_storedvalueuse", "accounting_value_use_guard", USE_GUARD),
            )
            for step in (
                BookFunction(name, body, settings=NESTED),
                BookTrigger(table, name, name, referencing=NEW),
            )
        ],
        BookFunction(
            "accounting_lock_stored_values",
            LOCK_VALUES,
            args="ids bigint[]",
            returns="TABLE (id bigint, company_id bigint, kind text, account_id bigint, party_id bigint, currency text,"
            " amount numeric, base_amount numeric, used numeric, base_used numeric, expires_on date)",
            settings=NESTED,
        ),
        BookFunction("accounting_stored_value_of_entry", OF_ENTRY, settings=NESTED),
        of_entry("accounting_storedvalue"),
        of_entry("accounting_storedvalueuse"),
        AppendOnly("accounting_storedvalueuse"),
    ]
