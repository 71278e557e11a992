import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.core.fields
from backoffice.core.create_models import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounting", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("inventory", "0001_initial"),
        ("orders", "0001_initial"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Parcel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=1)),
                        ("weight_g", models.PositiveIntegerField(blank=True, null=True)),
                        ("tracking_number", models.CharField(blank=True, max_length=80)),
                        ("packed_at", models.DateTimeField()),
                        ("device", models.CharField(blank=True, max_length=60)),
                        (
                            "company",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.company",
                            ),
                        ),
                        (
                            "packed_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "shipment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parcels",
                                to="orders.shipment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "parcel",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("tracking_number", ""), _negated=True),
                                fields=["tracking_number"],
                                name="parcel_by_tracking",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("shipment", "position"), name="parcel_position_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParcelLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "parcel",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="warehouse.parcel",
                            ),
                        ),
                        (
                            "shipment_line",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.shipmentline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "parcel line",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="parcelline_quantity_positive"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PickList",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("in_progress", "In progress"),
                                    ("done", "Done"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="open",
                                max_length=12,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "assigned_to",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.company",
                            ),
                        ),
                        (
                            "fulfilment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pick_lists",
                                to="orders.fulfilment",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "pick list",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["open", "in_progress"])),
                                fields=["warehouse", "id"],
                                name="picklist_open_work",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "in_progress", "done", "cancelled"])),
                                name="picklist_status_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status__in", ["open", "in_progress"])),
                                fields=("fulfilment",),
                                name="picklist_one_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PickTask",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("picked", backoffice.core.fields.QuantityField(default=0)),
                        (
                            "put_back",
                            backoffice.core.fields.QuantityField(
                                db_default=0, default=0, help_text="Of what was picked: back in its bin."
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("assigned", "Assigned"),
                                    ("in_progress", "In progress"),
                                    ("done", "Done"),
                                    ("short", "Short"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="open",
                                max_length=12,
                            ),
                        ),
                        ("device", models.CharField(blank=True, max_length=60)),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "bin_claim",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.binclaim",
                            ),
                        ),
                        (
                            "from_location",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.location",
                            ),
                        ),
                        (
                            "fulfilment_line",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pick_tasks",
                                to="orders.fulfilmentline",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.lot",
                            ),
                        ),
                        (
                            "pick_list",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tasks",
                                to="warehouse.picklist",
                            ),
                        ),
                        (
                            "picked_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.sku",
                            ),
                        ),
                        (
                            "to_location",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.location",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "pick task",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["open", "assigned", "in_progress", "done", "short", "cancelled"])
                                ),
                                name="picktask_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("picked__gte", 0),
                                    ("put_back__gte", 0),
                                    ("quantity__gt", 0),
                                    ("picked__lte", models.F("quantity")),
                                    ("put_back__lte", models.F("picked")),
                                ),
                                name="picktask_picked_within_quantity",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status__in", ["done", "short"]), _negated=True),
                                    models.Q(("finished_at__isnull", False), ("started_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="picktask_finished_is_timed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pickup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "To be set aside"),
                                    ("ready", "Ready for pickup"),
                                    ("collected", "Collected"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="waiting",
                                max_length=9,
                            ),
                        ),
                        ("code", models.CharField(max_length=8)),
                        ("asked_at", models.DateTimeField()),
                        ("ready_at", models.DateTimeField(blank=True, null=True)),
                        ("collected_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        ("order", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="orders.order")),
                        (
                            "warehouse",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"),
                        ),
                    ],
                    options={
                        "verbose_name": "pickup",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["waiting", "ready"])),
                                fields=["warehouse", "status", "asked_at"],
                                name="pickup_to_do",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["waiting", "ready", "collected", "cancelled"])),
                                name="pickup_status_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("expected", "Expected"),
                                    ("arrived", "Arrived"),
                                    ("receiving", "Receiving"),
                                    ("received", "Received"),
                                    ("put_away", "Put away"),
                                    ("posted_back", "Posted back"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="receiving",
                                max_length=12,
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(blank=True, help_text="The supplier's delivery note.", max_length=60),
                        ),
                        ("device", models.CharField(blank=True, max_length=60)),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "purchase_order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="inventory.purchaseorder",
                            ),
                        ),
                        (
                            "received_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "return_order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="orders.returnorder",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "receipt",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "expected",
                                            "arrived",
                                            "receiving",
                                            "received",
                                            "put_away",
                                            "posted_back",
                                            "cancelled",
                                        ],
                                    )
                                ),
                                name="receipt_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("purchase_order__isnull", True), ("return_order__isnull", True), _connector="OR"
                                ),
                                name="receipt_of_one_document",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("purchase_order__isnull", False), models.Q(("reference", ""), _negated=True)
                                ),
                                fields=("purchase_order", "reference"),
                                name="receipt_delivery_note_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OverDelivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "reference",
                            models.CharField(blank=True, help_text="The supplier's delivery note.", max_length=60),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waits for approval"),
                                    ("accepted", "Accepted"),
                                    ("refused", "Refused"),
                                ],
                                default="waiting",
                                max_length=8,
                            ),
                        ),
                        ("arrived_at", models.DateTimeField()),
                        ("asked_by_label", models.CharField(max_length=150)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.location"
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.lot",
                            ),
                        ),
                        (
                            "purchase_order_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="over_deliveries",
                                to="inventory.purchaseorderline",
                            ),
                        ),
                        (
                            "receipt",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="warehouse.receipt",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "over-delivery",
                        "verbose_name_plural": "over-deliveries",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="overdelivery_quantity_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("receipt__isnull", False), ("status", "accepted")),
                                    models.Q(("status__in", ["waiting", "refused"]), ("receipt__isnull", True)),
                                    _connector="OR",
                                ),
                                name="overdelivery_accepted_has_its_receipt",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReceiptLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "location",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.location"
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.lot",
                            ),
                        ),
                        (
                            "move",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="inventory.stockmove"),
                        ),
                        (
                            "purchase_order_line",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.purchaseorderline",
                            ),
                        ),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="warehouse.receipt",
                            ),
                        ),
                        (
                            "return_line",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.returnline",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "receipt line",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="receiptline_quantity_positive"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Till",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField()),
                        ("name", models.CharField(max_length=120)),
                        ("receipt_text", models.CharField(blank=True, help_text="Below each receipt.", max_length=300)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "channel",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="orders.channel"),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"),
                        ),
                    ],
                    options={
                        "verbose_name": "till",
                        "constraints": [models.UniqueConstraint(fields=("company", "code"), name="till_code_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="ParkedSale",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("basket", models.JSONField()),
                        (
                            "parked_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "till",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="parked", to="warehouse.till"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "parked sale",
                    },
                ),
                migrations.CreateModel(
                    name="TillShift",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "Open"), ("closed", "Closed")], default="open", max_length=6
                            ),
                        ),
                        ("opened_at", models.DateTimeField()),
                        (
                            "float_amount",
                            backoffice.core.fields.AmountField(help_text="Cash in the drawer at the start."),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "expected",
                            backoffice.core.fields.AmountField(
                                blank=True, help_text="Cash that should be there at the end.", null=True
                            ),
                        ),
                        ("counted", backoffice.core.fields.AmountField(blank=True, null=True)),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                help_text="Of the difference.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "till",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="shifts", to="warehouse.till"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "till shift",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "open")), fields=("till",), name="tillshift_one_open"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("float_amount__gte", 0)), name="tillshift_float_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "closed"])), name="tillshift_status_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status", "open"),
                                    models.Q(
                                        ("closed_at__isnull", False), ("counted__gte", 0), ("expected__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="tillshift_closed_is_counted",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TillReceipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("sale", "Sale"), ("return", "Return"), ("pickup", "Pickup")], max_length=6
                            ),
                        ),
                        ("client_id", models.UUIDField()),
                        ("content_hash", models.CharField(max_length=32)),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("total", backoffice.core.fields.AmountField(help_text="Negative for a return.")),
                        ("change", backoffice.core.fields.AmountField(default=0)),
                        ("effective_at", models.DateTimeField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="till_receipts",
                                to="orders.order",
                            ),
                        ),
                        (
                            "return_order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="orders.returnorder",
                            ),
                        ),
                        (
                            "shift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="warehouse.tillshift",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "till receipt",
                        "permissions": [
                            ("discount_tillreceipt", "Can give discounts at the till"),
                            ("return_tillreceipt", "Can take goods back at the till"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "client_id"), name="tillreceipt_client_id_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["sale", "return", "pickup"])),
                                name="tillreceipt_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("change__gte", 0)), name="tillreceipt_change_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CashMove",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("from_bank", "From the bank"),
                                    ("to_bank", "To the bank"),
                                    ("expense", "Petty expense"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("client_id", models.UUIDField(unique=True)),
                        ("amount", backoffice.core.fields.AmountField()),
                        ("reason", models.CharField(max_length=300)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="accounting.journalentry"
                            ),
                        ),
                        (
                            "shift",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cash_moves",
                                to="warehouse.tillshift",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cash move",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["from_bank", "to_bank", "expense"])),
                                name="cashmove_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount__gt", 0), ("kind", "from_bank")),
                                    models.Q(models.Q(("kind", "from_bank"), _negated=True), ("amount__lt", 0)),
                                    _connector="OR",
                                ),
                                name="cashmove_sign_of_kind",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TillTender",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("card", "Card"),
                                    ("cash", "Cash"),
                                    ("bank", "Bank transfer"),
                                    ("online", "Online"),
                                    ("gift_card", "Gift card"),
                                    ("store_credit", "Store credit"),
                                    ("other", "Other"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("amount", backoffice.core.fields.AmountField()),
                        ("reference", models.CharField(blank=True, max_length=120)),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tenders",
                                to="warehouse.tillreceipt",
                            ),
                        ),
                        (
                            "stored_value",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.storedvalue",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tender",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "method__in",
                                        ["card", "cash", "bank", "online", "gift_card", "store_credit", "other"],
                                    )
                                ),
                                name="tilltender_method_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount", 0), _negated=True), name="tilltender_amount_not_zero"
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
