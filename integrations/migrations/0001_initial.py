import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import backoffice.core.fields
from backoffice.core.create_models import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounting", "0001_initial"),
        ("core", "0001_initial"),
        ("inventory", "0001_initial"),
        ("orders", "0001_initial"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Connection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("connector", models.CharField(max_length=30)),
                        ("settings", models.JSONField(blank=True, default=dict)),
                        ("secrets", models.BinaryField(blank=True, null=True)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("paused", "Paused"),
                                    ("needs_auth", "Needs authorisation"),
                                ],
                                default="active",
                                max_length=12,
                            ),
                        ),
                        ("status_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "buffer",
                            backoffice.core.fields.QuantityField(
                                default=0, help_text="Units never shown to this channel."
                            ),
                        ),
                        ("webhook_secret", models.BinaryField(blank=True, null=True)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "channel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="connection",
                                to="orders.channel",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "connection",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["active", "paused", "needs_auth"])),
                                name="connection_status_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Cursor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("stream", models.CharField(max_length=30)),
                        ("value", models.CharField(blank=True, max_length=300)),
                        ("updated_at", models.DateTimeField(auto_now=True)),
                        (
                            "due_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), help_text="When it is read next."
                            ),
                        ),
                        (
                            "lease_until",
                            models.DateTimeField(blank=True, help_text="Read by one worker until then.", null=True),
                        ),
                        ("failures", models.PositiveIntegerField(default=0, help_text="Reads that failed, in a row.")),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cursors",
                                to="integrations.connection",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cursor",
                        "indexes": [models.Index(fields=["due_at"], name="cursor_due")],
                        "constraints": [
                            models.UniqueConstraint(fields=("connection", "stream"), name="cursor_one_per_stream")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Listing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=120)),
                        ("external_sku", models.CharField(max_length=120)),
                        ("is_active", models.BooleanField(default=True)),
                        ("pushed_quantity", backoffice.core.fields.QuantityField(blank=True, null=True)),
                        ("pushed_at", models.DateTimeField(blank=True, null=True)),
                        ("is_dirty", models.BooleanField(default=True, help_text="Stock changed since the last push.")),
                        ("dirty_since", models.DateTimeField(blank=True, null=True)),
                        (
                            "version",
                            models.PositiveBigIntegerField(
                                default=1,
                                help_text="Raised by every change of stock: a push that began before is stale.",
                            ),
                        ),
                        (
                            "due_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                help_text="Not pushed before then.",
                            ),
                        ),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Tries since the last push that arrived."
                            ),
                        ),
                        ("push_error", models.CharField(blank=True, max_length=300)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="listings",
                                to="integrations.connection",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="listings", to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "listing",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_dirty", True)),
                                fields=["connection", "due_at", "id"],
                                name="listing_to_push",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("connection", "external_id"), name="listing_external_id_unique"
                            ),
                            models.UniqueConstraint(
                                fields=("connection", "external_sku"), name="listing_external_sku_unique"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SyncRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "job",
                            models.CharField(
                                help_text="pull_orders, push_stock, push_tracking, import_file", max_length=30
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                default="running", help_text="running, done, failed, stopped", max_length=10
                            ),
                        ),
                        ("total", models.PositiveIntegerField(blank=True, null=True)),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("failed", models.PositiveIntegerField(default=0)),
                        ("message", models.TextField(blank=True)),
                        (
                            "stop_requested",
                            models.BooleanField(default=False, help_text="Stop after the present batch."),
                        ),
                        ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to="integrations.connection",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "sync run",
                        "indexes": [models.Index(fields=["connection", "job", "-started_at"], name="syncrun_latest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["running", "done", "failed", "stopped"])),
                                name="syncrun_status_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuarantinedRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(help_text="File or message.", max_length=200)),
                        ("row_number", models.PositiveIntegerField(blank=True, null=True)),
                        ("external_id", models.CharField(blank=True, max_length=120)),
                        (
                            "row_key",
                            models.CharField(help_text="Hash of what identifies it: kept once.", max_length=64),
                        ),
                        ("raw", models.JSONField()),
                        ("code", models.CharField(max_length=40)),
                        ("reason", models.CharField(max_length=300)),
                        ("value", backoffice.core.fields.AmountField(default=0)),
                        (
                            "status",
                            models.CharField(default="open", help_text="open, resolved, dropped", max_length=10),
                        ),
                        ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        (
                            "channel",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.channel"),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                blank=True,
                                help_text="Where it came with; empty: a row of a file.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="core.inboxmessage",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.order"
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="integrations.syncrun",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "quarantined row",
                        "indexes": [models.Index(fields=["channel", "status"], name="quarantinedrow_open")],
                        "constraints": [
                            models.UniqueConstraint(fields=("channel", "row_key"), name="quarantinedrow_kept_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrackingPush",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(help_text="The same on every try.", max_length=64)),
                        ("status", models.CharField(default="due", help_text="due, sent, dead", max_length=10)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("error", models.CharField(blank=True, max_length=300)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "external_id",
                            models.CharField(
                                blank=True, help_text="The channel's name of the fulfilment.", max_length=120
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "connection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="integrations.connection"
                            ),
                        ),
                        (
                            "shipment",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="orders.shipment"),
                        ),
                    ],
                    options={
                        "verbose_name": "tracking push",
                        "verbose_name_plural": "tracking pushes",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "due")), fields=["due_at"], name="trackingpush_due"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["due", "sent", "dead"])),
                                name="trackingpush_status_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CodeMapping",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pattern", models.CharField(help_text="A code, or a prefix ending with *.", max_length=120)),
                        (
                            "meaning",
                            models.CharField(help_text="sku, charge, journal, discount, adjustment", max_length=12),
                        ),
                        ("charge_kind", models.CharField(blank=True, max_length=10)),
                        ("account_role", models.CharField(blank=True, max_length=24)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "channel",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.channel"),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "code mapping",
                        "constraints": [
                            models.UniqueConstraint(fields=("channel", "pattern"), name="codemapping_pattern_unique")
                        ],
                    },
                ),
            ]
        ),
    ]
