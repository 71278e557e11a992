"""What carriers say of shipments, and when the last parcel arrived."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0018_revaluation_guards"),
        ("inventory", "0017_cross_docking"),
        ("orders", "0005_taxes_by_rule"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrackingEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tracking_number", models.CharField(blank=True, default="", max_length=80)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("in_transit", "In transit"),
                            ("exception", "Exception"),
                            ("delivered", "Delivered"),
                            ("returned_to_sender", "Returned to sender"),
                        ],
                        max_length=20,
                    ),
                ),
                ("occurred_at", models.DateTimeField()),
                ("place", models.CharField(blank=True, default="", max_length=120)),
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("source", models.CharField(choices=[("carrier", "Carrier"), ("hand", "By hand")], max_length=8)),
                ("recorded_by", models.CharField(max_length=150)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
            ],
            options={
                "verbose_name": "tracking event",
            },
        ),
        migrations.AddField(
            model_name="shipment",
            name="delivered_at",
            field=models.DateTimeField(
                blank=True, help_text="When the last parcel arrived, as the carrier says.", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="shipment",
            constraint=models.CheckConstraint(
                condition=models.Q(("delivered_at__isnull", True), ("status", "delivered"), _connector="OR"),
                name="shipment_delivered_when_it_arrived",
            ),
        ),
        migrations.AddConstraint(
            model_name="shipment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("shipped_at__isnull", True), ("status__in", ["draft", "labelled", "voided"])),
                    ("status", "manifested"),
                    models.Q(
                        models.Q(("status__in", ["draft", "labelled", "voided", "manifested"]), _negated=True),
                        ("shipped_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="shipment_left_when_it_is_on_its_way",
            ),
        ),
        migrations.AddField(
            model_name="trackingevent",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
            ),
        ),
        migrations.AddField(
            model_name="trackingevent",
            name="shipment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tracking_events",
                to="orders.shipment",
            ),
        ),
        migrations.AddConstraint(
            model_name="trackingevent",
            constraint=models.UniqueConstraint(
                fields=("shipment", "tracking_number", "status", "occurred_at", "note"), name="trackingevent_said_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="trackingevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("source__in", ["carrier", "hand"]),
                    ("status__in", ["in_transit", "exception", "delivered", "returned_to_sender"]),
                ),
                name="trackingevent_status_known",
            ),
        ),
    ]
