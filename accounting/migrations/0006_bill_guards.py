"""A posted bill is what its entry and open item say and changes no more, but for its reversal."""

from django.db import migrations

from backoffice.core.triggers import BookFunction, BookTrigger

BILL_GUARD = """
DECLARE
    found record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            RAISE EXCEPTION 'bill_born_a_draft: bill % is refused', NEW.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_born_a_draft';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status IN ('posted', 'reversed') THEN
        IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - ARRAY['status', 'reversal_entry_id', 'credit_expected', 'version'])
                <> (to_jsonb(OLD) - ARRAY['status', 'reversal_entry_id', 'credit_expected', 'version'])
                OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) <> ('posted', 'reversed')) THEN
            RAISE EXCEPTION 'bill_posted_stays: bill % is posted; reverse it', OLD.number
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bill_posted_stays';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.status = 'reversed' AND OLD.status <> 'reversed' THEN
        SELECT j.xid = pg_current_xact_id() AND i.used = i.amount AS ok INTO found
            FROM accounting_journalentry j, accounting_openitem i
            WHERE j.id = NEW.reversal_entry_id AND j.company_id = NEW.company_id AND i.id = NEW.open_item_id;
        IF NOT coalesce(found.ok, false) THEN
            RAISE EXCEPTION 'bill_reversed_by_its_mirror: bill % is refused', NEW.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_reversed_by_its_mirror';
        END IF;
    END IF;
    IF NEW.status = 'posted' AND OLD.status <> 'posted' THEN
        SELECT (e.xid, e.company_id, i.entry_id, i.party_id, i.currency, i.amount, i.side, l.net, l.tax)
                IS NOT DISTINCT FROM (pg_current_xact_id(), NEW.company_id, NEW.entry_id, NEW.party_id, NEW.currency,
                    NEW.total, CASE NEW.kind WHEN 'bill' THEN 'credit' ELSE 'debit' END, NEW.net, NEW.tax)
                AND NEW.total = NEW.net + NEW.tax AS ok INTO found
            FROM (SELECT sum(x.net) AS net, sum(CASE WHEN x.reverse_charge THEN 0 ELSE x.tax END) AS tax
                FROM accounting_billline x WHERE x.bill_id = NEW.id) l
            LEFT JOIN accounting_journalentry e ON e.id = NEW.entry_id
            LEFT JOIN accounting_openitem i ON i.id = NEW.open_item_id;
        IF NOT coalesce(found.ok, false) THEN
            RAISE EXCEPTION 'bill_of_its_entry: bill % is not what its lines, entry and open item say', NEW.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_of_its_entry';
        END IF;
    END IF;
    RETURN NEW;
END
"""

LINE_GUARD = """
DECLARE
    posted boolean;
BEGIN
    SELECT b.status IN ('posted', 'reversed') INTO posted FROM accounting_bill b
        WHERE b.id = CASE TG_OP WHEN 'DELETE' THEN OLD.bill_id ELSE NEW.bill_id END FOR SHARE;
    IF coalesce(posted, false) THEN
        RAISE EXCEPTION 'billline_posted_stays: the bill is posted; reverse it'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'billline_posted_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0005_company_versions")]

    operations = [
        BookFunction("accounting_bill_guard", BILL_GUARD),
        BookTrigger(
            "accounting_bill",
            "accounting_bill_guard",
            "accounting_bill_guard",
            when="BEFORE INSERT OR UPDATE OR DELETE",
            level="row",
        ),
        BookFunction("accounting_bill_line_guard", LINE_GUARD),
        BookTrigger(
            "accounting_billline",
            "accounting_bill_line_guard",
            "accounting_bill_line_guard",
            when="BEFORE INSERT OR UPDATE OR DELETE",
            level="row",
        ),
    ]
