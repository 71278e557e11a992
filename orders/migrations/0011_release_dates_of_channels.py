"""A channel may release a SKU to the warehouse on another day than the SKU's own."""

import django.db.models.deletion
from django.db import migrations, models

from backoffice.core.triggers import BookFunction, BookTrigger

ONE_COMPANY = """
BEGIN
    IF (SELECT company_id FROM orders_channel WHERE id = NEW.channel_id)
        IS DISTINCT FROM (SELECT company_id FROM inventory_sku WHERE id = NEW.sku_id) THEN
        RAISE EXCEPTION 'releasedate_one_company: a release date is of a channel and a SKU of one company'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'releasedate_one_company';
    END IF;
    RETURN NEW;
END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0020_blocked_lots"),
        ("orders", "0010_client_channels"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReleaseDate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "release_date",
                    models.DateField(
                        help_text="Sold before that day as a pre-order: claimed, but not given to the warehouse."
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release_dates",
                        to="orders.channel",
                    ),
                ),
                (
                    "sku",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.sku"
                    ),
                ),
            ],
            options={
                "verbose_name": "release date of a channel",
                "verbose_name_plural": "release dates of channels",
                "constraints": [models.UniqueConstraint(fields=("channel", "sku"), name="releasedate_one_a_channel")],
            },
        ),
        BookFunction("orders_releasedate_one_company", ONE_COMPANY),
        BookTrigger(
            "orders_releasedate",
            "orders_releasedate_one_company",
            "orders_releasedate_one_company",
            when="BEFORE INSERT OR UPDATE",
            level="row",
        ),
    ]
