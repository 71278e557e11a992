"""What a party was called and its tax number are kept each time they change, for invoices issued while they held."""

import django.db.models.deletion
from django.db import migrations, models

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

KEEP = """
BEGIN
    INSERT INTO accounting_partyversion (party_id, valid_from, name, tax_number)
        VALUES (NEW.id, clock_timestamp(), NEW.name, NEW.tax_number);
    RETURN NULL;
END
"""
FIRST = """
INSERT INTO accounting_partyversion (party_id, valid_from, name, tax_number)
    SELECT id, clock_timestamp(), name, tax_number FROM accounting_party
"""


class Migration(migrations.Migration):
    dependencies = [("accounting", "0023_dunning")]

    operations = [
        migrations.CreateModel(
            name="PartyVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateTimeField()),
                ("name", models.CharField(blank=True, max_length=200)),
                ("tax_number", models.CharField(blank=True, max_length=40)),
                (
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="accounting.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "party version",
                "indexes": [models.Index(fields=["party", "-valid_from"], name="partyversion_newest")],
            },
        ),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
        BookFunction("accounting_keep_party_version", KEEP),
        BookTrigger(
            "accounting_party",
            "accounting_party_first_version",
            "accounting_keep_party_version",
            when="AFTER INSERT",
            level="row",
        ),
        BookTrigger(
            "accounting_party",
            "accounting_party_next_version",
            "accounting_keep_party_version",
            when="AFTER UPDATE",
            level="row",
            condition="(OLD.name, OLD.tax_number) IS DISTINCT FROM (NEW.name, NEW.tax_number)",
        ),
        AppendOnly("accounting_partyversion"),
    ]
