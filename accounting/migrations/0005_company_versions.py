"""What a company says of itself is kept each time it changes, for documents issued while it held."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

KEEP = """
BEGIN
    INSERT INTO accounting_companyversion (company_id, valid_from, facts)
        VALUES (NEW.id, clock_timestamp(), to_jsonb(NEW));
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0004_stored_value")]

    operations = [
        BookFunction("accounting_keep_company_version", KEEP),
        BookTrigger(
            "accounting_company",
            "accounting_company_first_version",
            "accounting_keep_company_version",
            when="AFTER INSERT",
            level="row",
        ),
        BookTrigger(
            "accounting_company",
            "accounting_company_next_version",
            "accounting_keep_company_version",
            when="AFTER UPDATE",
            level="row",
            condition="OLD.* IS DISTINCT FROM NEW.*",
        ),
        AppendOnly("accounting_companyversion"),
    ]
