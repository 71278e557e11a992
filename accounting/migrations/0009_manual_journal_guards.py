"""A journal by hand counts once it is posted: it and its lines change no more, and its papers stay."""

from django.db import migrations

from backoffice.core.triggers import BookFunction, BookTrigger

JOURNAL_GUARD = """
DECLARE
    ok boolean;
    free text[] := ARRAY['status', 'reversal_id', 'version'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            RAISE EXCEPTION 'manualjournal_born_a_draft: it is drafted, approved and then posted'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'manualjournal_born_a_draft';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status IN ('posted', 'reversed') AND ((to_jsonb(NEW) - free) <> (to_jsonb(OLD) - free)
            OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) <> ('posted', 'reversed'))) THEN
        RAISE EXCEPTION 'manualjournal_posted_stays: % is posted; reverse it', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'manualjournal_posted_stays';
    END IF;
    IF NEW.status = 'posted' AND OLD.status <> 'posted' THEN
        -- Its entry is of this transaction and says in currency, account by account, what the lines say.
        SELECT e.xid = pg_current_xact_id() AND e.company_id = NEW.company_id AND e.subledger = 'general'
            AND NOT EXISTS (
                SELECT FROM (
                    SELECT x.account_id, x.amount FROM accounting_manualjournalline x WHERE x.journal_id = NEW.id
                    UNION ALL SELECT y.account_id, -y.amount FROM accounting_journalline y WHERE y.entry_id = e.id) s
                GROUP BY s.account_id HAVING sum(s.amount) <> 0)
            INTO ok FROM accounting_journalentry e WHERE e.id = NEW.entry_id;
        IF NOT coalesce(ok, false) THEN
            RAISE EXCEPTION 'manualjournal_of_its_entry: % is not what its lines and entry say', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'manualjournal_of_its_entry';
        END IF;
    END IF;
    IF NEW.status = 'reversed' AND OLD.status <> 'reversed' AND NOT EXISTS (
            SELECT FROM accounting_journalentry r WHERE r.id = NEW.reversal_id AND r.reverses_id = NEW.entry_id) THEN
        RAISE EXCEPTION 'manualjournal_reversed_by_its_mirror: % is refused', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'manualjournal_reversed_by_its_mirror';
    END IF;
    RETURN NEW;
END
"""

LINE_GUARD = """
DECLARE
    found text;
BEGIN
    SELECT j.status INTO found FROM accounting_manualjournal j
        WHERE j.id = CASE TG_OP WHEN 'DELETE' THEN OLD.journal_id ELSE NEW.journal_id END FOR SHARE;
    IF coalesce(found, 'draft') <> 'draft' THEN
        RAISE EXCEPTION 'manualjournalline_of_a_draft: only the lines of a draft change'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'manualjournalline_of_a_draft';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
"""

ATTACHMENT_GUARD = """
BEGIN
    IF OLD.object_type <> 'accounting.manualjournal' OR NOT EXISTS (
            SELECT FROM accounting_manualjournal j WHERE j.id = OLD.object_id AND j.status = 'draft') THEN
        RAISE EXCEPTION 'attachment_of_a_draft: only the papers of a draft are removed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'attachment_of_a_draft';
    END IF;
    RETURN OLD;
END
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0008_manual_journals")]

    operations = [
        BookFunction("accounting_manual_journal_guard", JOURNAL_GUARD),
        BookTrigger(
            "accounting_manualjournal",
            "accounting_manual_journal_guard",
            "accounting_manual_journal_guard",
            when="BEFORE INSERT OR UPDATE",
            level="row",
        ),
        BookFunction("accounting_manual_journal_line_guard", LINE_GUARD),
        BookTrigger(
            "accounting_manualjournalline",
            "accounting_manual_journal_line_guard",
            "accounting_manual_journal_line_guard",
            when="BEFORE INSERT OR UPDATE OR DELETE",
            level="row",
        ),
        BookFunction("accounting_attachment_guard", ATTACHMENT_GUARD),
        BookTrigger(
            "accounting_attachment",
            "accounting_attachment_guard",
            "accounting_attachment_guard",
            when="BEFORE DELETE",
            level="row",
        ),
    ]
