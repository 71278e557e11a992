"""The order desk's questions and the search by SKU and by the buyer's number each have their index."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

OPEN = ["placed", "released", "partly_shipped"]


class Migration(migrations.Migration):
    atomic = False  # indexes are built while the shop goes on

    dependencies = [
        ("accounting", "0006_stored_value_rules"),
        ("inventory", "0007_guarded_references"),
        ("orders", "0008_kit_book"),
    ]

    operations = [
        AddIndexConcurrently("order", models.Index(fields=["external_number"], condition=~models.Q(external_number=""), name="order_by_external_number")),
        AddIndexConcurrently("order", models.Index(fields=["-placed_at", "-id"], condition=models.Q(status__in=OPEN), name="order_open_newest")),
        AddIndexConcurrently("order", models.Index(fields=["promise_date", "id"], condition=models.Q(status__in=OPEN, promise_date__isnull=False), name="order_open_by_promise")),
        AddIndexConcurrently("orderline", models.Index(fields=["sku", "-id"], name="orderline_newest_of_sku")),
        migrations.AlterField(
            "orderline",
            "sku",
            models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: not yet mapped; the order is held.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.sku",
            ),
        ),
    ]  # fmt: skip
