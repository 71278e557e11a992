"""A new series of numbers may begin; what a filed return counted by a tax code stays counted so."""

from django.db import migrations

from backoffice.core.triggers import BookFunction, BookTrigger

# A series that no document has used is replaced; one that is in use is closed under another code and kept for good.
BEGIN_SERIES = """
DECLARE
    old accounting_numberseries;
    made bigint;
BEGIN
    SELECT * INTO old FROM accounting_numberseries s WHERE s.id = series FOR NO KEY UPDATE;
    IF NOT FOUND OR old.code LIKE '%/%' THEN
        RAISE EXCEPTION 'numberseries_counts: series % does not count', series
            USING ERRCODE = 'check_violation', CONSTRAINT = 'numberseries_counts';
    END IF;
    IF EXISTS (SELECT FROM accounting_numberseries s WHERE s.company_id = old.company_id AND s.prefix = new_prefix
            AND (s.id <> old.id OR old.next_number > old.first_number)) THEN
        RAISE EXCEPTION 'numberseries_prefix_taken: % has another series', new_prefix
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'numberseries_prefix_taken';
    END IF;
    IF old.next_number = old.first_number THEN
        DELETE FROM accounting_numberseries s WHERE s.id = old.id;
    ELSE
        UPDATE accounting_numberseries s SET code = left(old.code, 8) || '/' || old.id WHERE s.id = old.id;
    END IF;
    INSERT INTO accounting_numberseries (company_id, code, prefix, digits, first_number, next_number)
        VALUES (old.company_id, old.code, new_prefix, new_digits, first_one, first_one) RETURNING id INTO made;
    RETURN made;
END
"""

CODE_GUARD = """
BEGIN
    IF (OLD.treatment, OLD.country) IS DISTINCT FROM (NEW.treatment, NEW.country) AND EXISTS (
            SELECT FROM accounting_taxreturn r WHERE r.company_id = NEW.company_id AND r.status = 'filed' AND (
                EXISTS (SELECT FROM accounting_invoice n JOIN accounting_invoiceline l ON l.invoice_id = n.id
                    WHERE n.company_id = r.company_id AND n.date BETWEEN r.start_date AND r.end_date
                        AND l.tax_code_id = NEW.id)
                OR EXISTS (SELECT FROM accounting_bill b JOIN accounting_billline l ON l.bill_id = b.id
                    JOIN accounting_journalentry e ON e.id IN (b.entry_id, b.reversal_entry_id)
                    WHERE b.company_id = r.company_id AND e.date BETWEEN r.start_date AND r.end_date
                        AND l.tax_code_id = NEW.id))) THEN
        RAISE EXCEPTION 'taxcode_counted_by_return: % stands in a filed return', OLD.code
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'taxcode_counted_by_return';
    END IF;
    RETURN NEW;
END
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0019_tax_exemptions")]

    operations = [
        BookFunction(
            "accounting_begin_series",
            BEGIN_SERIES,
            args="series bigint, new_prefix text, new_digits smallint, first_one bigint",
            returns="bigint",
        ),
        BookFunction("accounting_tax_code_guard", CODE_GUARD),
        BookTrigger(
            "accounting_taxcode",
            "accounting_tax_code_guard",
            "accounting_tax_code_guard",
            when="BEFORE UPDATE OF treatment, country",
            level="row",
        ),
    ]
