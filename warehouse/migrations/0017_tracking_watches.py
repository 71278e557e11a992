"""Which shipments a carrier is asked about."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0018_revaluation_guards"),
        ("orders", "0006_tracking"),
        ("warehouse", "0016_pallets_picked_whole"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrackingWatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, default="", max_length=300)),
                ("given_up_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "carrier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="warehouse.carrieraccount"
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                    ),
                ),
                (
                    "shipment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.shipment"
                    ),
                ),
            ],
            options={
                "verbose_name": "parcel under way",
                "verbose_name_plural": "parcels under way",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True), ("given_up_at__isnull", True)),
                        fields=["due_at"],
                        name="trackingwatch_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("given_up_at__isnull", True), models.Q(("error", ""), _negated=True), _connector="OR"
                        ),
                        name="trackingwatch_given_up_with_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("given_up_at__isnull", True), ("ended_at__isnull", True), _connector="OR"),
                        name="trackingwatch_ended_or_given_up",
                    ),
                ],
            },
        ),
    ]
