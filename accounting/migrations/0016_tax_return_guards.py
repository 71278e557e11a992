"""What is filed with the tax office stays as it was filed, and its months stay closed for taxed documents."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

RETURN_GUARD = """
BEGIN
    IF OLD.status = 'filed' THEN
        RAISE EXCEPTION 'taxreturn_filed_stays: % is filed', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'taxreturn_filed_stays';
    END IF;
    RETURN NEW;
END
"""

SET_BOOKS_BEFORE = """
BEGIN
    IF NOT books <@ ARRAY['receivable', 'payable', 'inventory', 'stored_value', 'general']::text[] THEN
        RAISE EXCEPTION 'period_books_known: %', books
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_books_known';
    END IF;
    -- Waits for every transaction that posts into the period.
    UPDATE accounting_period p SET closed_books = books WHERE p.id = period AND p.state = 'open';
    RETURN FOUND;
END
"""

SET_BOOKS = SET_BOOKS_BEFORE.replace(
    "    -- Waits for",
    """    IF NOT books @> ARRAY['receivable', 'payable']::text[] AND EXISTS (SELECT FROM accounting_period p
            JOIN accounting_taxreturn r ON r.company_id = p.company_id AND r.status = 'filed'
                AND r.start_date <= p.end_date AND r.end_date >= p.start_date
            WHERE p.id = period) THEN
        RAISE EXCEPTION 'period_return_filed: a tax return of these days is filed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_return_filed';
    END IF;
    -- Waits for""",
)


class Migration(migrations.Migration):
    dependencies = [("accounting", "0015_tax_rules_and_returns")]

    operations = [
        BookFunction("accounting_tax_return_guard", RETURN_GUARD),
        BookTrigger(
            "accounting_taxreturn",
            "accounting_tax_return_guard",
            "accounting_tax_return_guard",
            when="BEFORE UPDATE OR DELETE",
            level="row",
        ),
        AppendOnly("accounting_taxreturnbox"),
        BookFunction(
            "accounting_set_period_books",
            SET_BOOKS,
            args="period bigint, books text[]",
            returns="boolean",
            previous=SET_BOOKS_BEFORE,
        ),
    ]
