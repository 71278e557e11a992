"""An address never changes once it is written: documents were printed from it. It can only be blanked."""

from django.db import migrations

from backoffice.core.triggers import BookFunction, BookTrigger

STAYS = """
BEGIN
    IF NEW.erased_at IS NULL OR (NEW.id, NEW.company_id, NEW.country) IS DISTINCT FROM (OLD.id, OLD.company_id, OLD.country)
        OR concat(NEW.name, NEW.organisation, NEW.line1, NEW.line2, NEW.city, NEW.region, NEW.postcode, NEW.phone) <> ''
    THEN
        RAISE EXCEPTION 'address_stays: documents were printed from an address, so it is not changed: write another one'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'address_stays';
    END IF;
    RETURN NEW;
END
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0024_party_versions")]

    operations = [
        BookFunction("accounting_address_stays", STAYS),
        BookTrigger(
            "accounting_address",
            "accounting_address_stays",
            "accounting_address_stays",
            when="BEFORE UPDATE",
            level="row",
        ),
    ]
