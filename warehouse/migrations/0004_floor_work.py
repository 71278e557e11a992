"""Floor tasks, put-away rules, problems and photos of deliveries, and receipts that are counted line by line."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.core.fields
import warehouse.models.problems


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0006_bill_guards"),
        ("inventory", "0012_layout"),
        ("orders", "0003_reservation_limits"),
        ("warehouse", "0003_handhelds"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FloorTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("put_away", "Put away"), ("refill", "Refill"), ("move", "Move")], max_length=8
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
                        db_default="open",
                        default="open",
                        max_length=11,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField(default=100)),
                ("quantity", backoffice.core.fields.QuantityField()),
                ("done", backoffice.core.fields.QuantityField(db_default=0, default=0)),
                (
                    "reason",
                    models.CharField(
                        blank=True, help_text="Why there, as the one who does it reads it.", max_length=300
                    ),
                ),
                ("source_type", models.CharField(blank=True, max_length=40)),
                ("source_id", models.BigIntegerField(blank=True, null=True)),
                ("device", models.CharField(blank=True, max_length=60)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("created_by_label", models.CharField(blank=True, max_length=150)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "floor task",
            },
        ),
        migrations.CreateModel(
            name="PutAwayRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField(default=100, help_text="Lower is tried first.")),
                (
                    "name",
                    models.CharField(help_text="Shown as the reason to whoever puts the goods away.", max_length=120),
                ),
                (
                    "strategy",
                    models.CharField(
                        choices=[
                            ("same_sku", "Where the SKU lies already"),
                            ("pick_face", "Its pick face, up to the maximum"),
                            ("empty", "An empty bin"),
                            ("nearest", "The first bin of the walk with room"),
                        ],
                        default="nearest",
                        max_length=9,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "put-away rule",
                "ordering": ["warehouse", "position", "id"],
            },
        ),
        migrations.CreateModel(
            name="ReceiptPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "content",
                    models.FileField(blank=True, upload_to=warehouse.models.problems.photo_path, verbose_name="file"),
                ),
                ("kind", models.CharField(choices=[("png", "PNG"), ("jpg", "JPG")], max_length=3)),
                ("size", models.PositiveIntegerField(help_text="In bytes.")),
                ("digest", models.CharField(max_length=64)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("actor_label", models.CharField(max_length=150)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "photo of a delivery",
                "verbose_name_plural": "photos of deliveries",
            },
        ),
        migrations.CreateModel(
            name="ReceiptProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("over", "More than ordered"),
                            ("short", "Less than announced"),
                            ("damaged", "Damaged"),
                            ("wrong_item", "Not what was ordered"),
                            ("papers", "Papers missing or wrong"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("settled", "Settled")],
                        db_default="open",
                        default="open",
                        max_length=7,
                    ),
                ),
                ("quantity", backoffice.core.fields.QuantityField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("actor_label", models.CharField(max_length=150)),
                ("device", models.CharField(blank=True, max_length=60)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("settled_by_label", models.CharField(blank=True, max_length=150)),
                ("settlement", models.CharField(blank=True, help_text="What was agreed.", max_length=300)),
            ],
            options={
                "verbose_name": "problem of a delivery",
                "verbose_name_plural": "problems of deliveries",
            },
        ),
        migrations.AddField(
            model_name="receipt",
            name="arrived_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="receipt",
            name="dock",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.location",
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="is_blind",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Counted without being told what to expect.",
                verbose_name="blind",
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="receipt",
            name="notice",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipts",
                to="inventory.advancenotice",
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="put_away_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="receipt",
            name="supplier",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Of a delivery that nobody ordered.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounting.party",
            ),
        ),
        migrations.AddIndex(
            model_name="picktask",
            index=models.Index(
                condition=models.Q(("status__in", ["open", "assigned", "in_progress"])),
                fields=["from_location", "sku"],
                name="picktask_open_at_bin",
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("status__in", ["expected", "arrived", "receiving", "received"])),
                fields=["warehouse", "id"],
                name="receipt_open_work",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("notice__isnull", False), models.Q(("status", "cancelled"), _negated=True)),
                fields=("notice",),
                name="receipt_notice_once",
            ),
        ),
        migrations.AddField(
            model_name="floortask",
            name="assigned_to",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="floortask",
            name="company",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounting.company",
            ),
        ),
        migrations.AddField(
            model_name="floortask",
            name="from_location",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.location",
            ),
        ),
        migrations.AddField(
            model_name="floortask",
            name="lot",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.lot",
            ),
        ),
        migrations.AddField(
            model_name="floortask",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounting.party",
            ),
        ),
        migrations.AddField(
            model_name="floortask",
            name="sku",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.sku"
            ),
        ),
        migrations.AddField(
            model_name="floortask",
            name="to_location",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.location",
            ),
        ),
        migrations.AddField(
            model_name="floortask",
            name="warehouse",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.warehouse",
            ),
        ),
        migrations.AddField(
            model_name="putawayrule",
            name="bin_type",
            field=models.ForeignKey(
                blank=True,
                help_text="Only bins of this type; empty: any.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.bintype",
            ),
        ),
        migrations.AddField(
            model_name="putawayrule",
            name="category",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: any category.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.category",
            ),
        ),
        migrations.AddField(
            model_name="putawayrule",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
            ),
        ),
        migrations.AddField(
            model_name="putawayrule",
            name="location",
            field=models.ForeignKey(
                blank=True,
                help_text="Only this bin; empty: any.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.location",
            ),
        ),
        migrations.AddField(
            model_name="putawayrule",
            name="sku",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: any SKU.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.sku",
            ),
        ),
        migrations.AddField(
            model_name="putawayrule",
            name="storage_class",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: any class.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.storageclass",
            ),
        ),
        migrations.AddField(
            model_name="putawayrule",
            name="supplier",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: any supplier.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounting.party",
            ),
        ),
        migrations.AddField(
            model_name="putawayrule",
            name="warehouse",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="put_away_rules", to="inventory.warehouse"
            ),
        ),
        migrations.AddField(
            model_name="putawayrule",
            name="zone",
            field=models.ForeignKey(
                blank=True,
                help_text="Only bins of this zone; empty: any.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.zone",
            ),
        ),
        migrations.AddField(
            model_name="receiptphoto",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="receiptphoto",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
            ),
        ),
        migrations.AddField(
            model_name="receiptphoto",
            name="receipt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="photos",
                to="warehouse.receipt",
            ),
        ),
        migrations.AddField(
            model_name="receiptproblem",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="receiptproblem",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
            ),
        ),
        migrations.AddField(
            model_name="receiptproblem",
            name="lot",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.lot",
            ),
        ),
        migrations.AddField(
            model_name="receiptproblem",
            name="purchase_order",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipt_problems",
                to="inventory.purchaseorder",
            ),
        ),
        migrations.AddField(
            model_name="receiptproblem",
            name="purchase_order_line",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.purchaseorderline",
            ),
        ),
        migrations.AddField(
            model_name="receiptproblem",
            name="receipt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="problems",
                to="warehouse.receipt",
            ),
        ),
        migrations.AddField(
            model_name="receiptproblem",
            name="sku",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inventory.sku",
            ),
        ),
        migrations.AddField(
            model_name="receiptphoto",
            name="problem",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="photos",
                to="warehouse.receiptproblem",
            ),
        ),
        migrations.AddIndex(
            model_name="floortask",
            index=models.Index(
                condition=models.Q(("status__in", ("open", "assigned", "in_progress"))),
                fields=["warehouse", "kind", "priority", "id"],
                name="floortask_open_work",
            ),
        ),
        migrations.AddIndex(
            model_name="floortask",
            index=models.Index(
                condition=models.Q(("status__in", ("open", "assigned", "in_progress"))),
                fields=["from_location", "sku"],
                name="floortask_open_from",
            ),
        ),
        migrations.AddIndex(
            model_name="floortask",
            index=models.Index(
                condition=models.Q(("status__in", ("open", "assigned", "in_progress")), ("to_location__isnull", False)),
                fields=["to_location", "sku"],
                name="floortask_open_to",
            ),
        ),
        migrations.AddIndex(
            model_name="floortask",
            index=models.Index(fields=["source_type", "source_id"], name="floortask_by_source"),
        ),
        migrations.AddConstraint(
            model_name="floortask",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["put_away", "refill", "move"])), name="floortask_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="floortask",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["open", "assigned", "in_progress", "done", "short", "cancelled"])),
                name="floortask_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="floortask",
            constraint=models.CheckConstraint(
                condition=models.Q(("done__gte", 0), ("done__lte", models.F("quantity")), ("quantity__gt", 0)),
                name="floortask_done_within_quantity",
            ),
        ),
        migrations.AddConstraint(
            model_name="floortask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("to_location__isnull", True),
                    models.Q(("from_location", models.F("to_location")), _negated=True),
                    _connector="OR",
                ),
                name="floortask_two_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="floortask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("status__in", ("open", "assigned", "in_progress"))),
                    models.Q(("finished_at__isnull", False), ("status__in", ("done", "short", "cancelled"))),
                    _connector="OR",
                ),
                name="floortask_over_is_timed",
            ),
        ),
        migrations.AddConstraint(
            model_name="floortask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["done", "short"]), _negated=True),
                    models.Q(("done", models.F("quantity")), ("started_at__isnull", False), ("status", "done")),
                    models.Q(("done__lt", models.F("quantity")), ("started_at__isnull", False), ("status", "short")),
                    _connector="OR",
                ),
                name="floortask_done_is_the_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="floortask",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "assigned"), _negated=True), ("assigned_to__isnull", False), _connector="OR"
                ),
                name="floortask_assigned_to_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="putawayrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("strategy__in", ["same_sku", "pick_face", "empty", "nearest"])),
                name="putawayrule_strategy_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="putawayrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("sku__isnull", True), ("category__isnull", True), _connector="OR"),
                name="putawayrule_sku_or_category",
                violation_error_message="Name a SKU or a category, not both.",
            ),
        ),
        migrations.AddIndex(
            model_name="receiptproblem",
            index=models.Index(
                condition=models.Q(("status", "open")), fields=["company", "id"], name="receiptproblem_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptproblem",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["over", "short", "damaged", "wrong_item", "papers", "other"])),
                name="receiptproblem_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptproblem",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__isnull", True), ("quantity__gt", 0), _connector="OR"),
                name="receiptproblem_quantity_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptproblem",
            constraint=models.CheckConstraint(
                condition=models.Q(("receipt__isnull", False), ("purchase_order__isnull", False), _connector="OR"),
                name="receiptproblem_of_a_delivery",
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptproblem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("settled_at__isnull", True), ("settlement", ""), ("status", "open")),
                    models.Q(
                        ("settled_at__isnull", False),
                        ("status", "settled"),
                        models.Q(("settlement", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="receiptproblem_settled_says_how",
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("problem__isnull", True), ("receipt__isnull", False)),
                    models.Q(("problem__isnull", False), ("receipt__isnull", True)),
                    _connector="OR",
                ),
                name="receiptphoto_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptphoto",
            constraint=models.UniqueConstraint(
                condition=models.Q(("erased_at__isnull", True)),
                fields=("receipt", "problem", "digest"),
                name="receiptphoto_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["png", "jpg"])), name="receiptphoto_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(("erased_at__isnull", True), ("content", ""), _connector="OR"),
                name="receiptphoto_erased_has_no_file",
            ),
        ),
    ]
