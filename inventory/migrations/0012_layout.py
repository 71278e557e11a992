"""Zones, kinds of bin, storage classes, pick faces, and where a bin stands in the layout."""

import django.db.models.deletion
from django.db import migrations, models

import backoffice.core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0006_bill_guards"),
        ("inventory", "0011_claims_summed_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="BinType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=120)),
                ("length_mm", models.PositiveIntegerField(blank=True, help_text="Inside.", null=True)),
                ("width_mm", models.PositiveIntegerField(blank=True, help_text="Inside.", null=True)),
                ("height_mm", models.PositiveIntegerField(blank=True, help_text="Inside.", null=True)),
                (
                    "max_volume_l",
                    models.DecimalField(
                        blank=True,
                        decimal_places=3,
                        help_text="What it holds at most; empty: its inside.",
                        max_digits=12,
                        null=True,
                        verbose_name="volume in litres",
                    ),
                ),
                ("max_weight_g", models.PositiveIntegerField(blank=True, null=True, verbose_name="weight in grams")),
                ("max_pallets", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="pallets")),
                (
                    "mixing",
                    models.CharField(
                        choices=[
                            ("any", "Any goods together"),
                            ("one_sku", "One SKU at a time"),
                            ("one_lot", "One SKU and one lot at a time"),
                        ],
                        default="any",
                        max_length=7,
                    ),
                ),
            ],
            options={
                "verbose_name": "bin type",
            },
        ),
        migrations.CreateModel(
            name="PickFace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("minimum", backoffice.core.fields.QuantityField(default=0, help_text="Below this it is refilled.")),
                (
                    "maximum",
                    backoffice.core.fields.QuantityField(
                        help_text="What fits there, in base units: never filled beyond."
                    ),
                ),
            ],
            options={
                "verbose_name": "pick face",
            },
        ),
        migrations.CreateModel(
            name="StorageClass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=120)),
                (
                    "takes_others",
                    models.BooleanField(
                        default=False, help_text="Ordinary goods may lie there too. Off: only goods of this class."
                    ),
                ),
            ],
            options={
                "verbose_name": "storage class",
                "verbose_name_plural": "storage classes",
            },
        ),
        migrations.CreateModel(
            name="Zone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(blank=True, max_length=120)),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("pick", "Picked from"),
                            ("reserve", "Reserve: refills pick faces, nobody picks orders here"),
                        ],
                        default="pick",
                        max_length=7,
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0, help_text="Its place in the walk and on the map.")),
            ],
            options={
                "verbose_name": "zone",
                "ordering": ["warehouse", "position", "code"],
            },
        ),
        migrations.AddField(
            model_name="location",
            name="aisle",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="location",
            name="blocked_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="location",
            name="blocked_reason",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="location",
            name="is_pick_face",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Picked from first, and refilled from reserve.",
                verbose_name="pick face",
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="level",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Height in the rack.", max_length=20
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="max_pallets",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Empty: as its type.", null=True, verbose_name="pallets"
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="max_volume_l",
            field=models.DecimalField(
                blank=True,
                decimal_places=3,
                help_text="Empty: as its type.",
                max_digits=12,
                null=True,
                verbose_name="volume in litres",
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="max_weight_g",
            field=models.PositiveIntegerField(
                blank=True, help_text="Empty: as its type.", null=True, verbose_name="weight in grams"
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="position",
            field=models.CharField(blank=True, db_default="", default="", help_text="On its level.", max_length=20),
        ),
        migrations.AddField(
            model_name="location",
            name="rack",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="location",
            name="version",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddConstraint(
            model_name="warehouse",
            constraint=models.UniqueConstraint(fields=("id", "company"), name="warehouse_of_company"),
        ),
        migrations.AddField(
            model_name="bintype",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="bin_type",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.bintype",
            ),
        ),
        migrations.AddField(
            model_name="pickface",
            name="location",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="faces", to="inventory.location"
            ),
        ),
        migrations.AddField(
            model_name="pickface",
            name="sku",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pick_faces",
                to="inventory.sku",
            ),
        ),
        migrations.AddField(
            model_name="storageclass",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="storage_class",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="What it is fit for; empty: as its zone.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.storageclass",
            ),
        ),
        migrations.AddField(
            model_name="sku",
            name="storage_class",
            field=models.ForeignKey(
                blank=True,
                help_text="The kind of place it needs, e.g. cold; empty: ordinary.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.storageclass",
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="storage_class",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="What all its bins are fit for; empty: ordinary goods.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.storageclass",
            ),
        ),
        migrations.AddField(
            model_name="zone",
            name="warehouse",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="zones",
                to="inventory.warehouse",
            ),
        ),
        migrations.AddField(
            model_name="location",
            name="zone",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="locations",
                to="inventory.zone",
            ),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(
                condition=models.Q(("aisle", ""), _negated=True),
                fields=["warehouse", "aisle"],
                name="location_by_aisle",
            ),
        ),
        migrations.AddIndex(
            model_name="location",
            index=models.Index(
                condition=models.Q(("blocked_at__isnull", False)), fields=["warehouse"], name="location_blocked"
            ),
        ),
        migrations.AddConstraint(
            model_name="location",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("blocked_at__isnull", True), ("blocked_reason", "")),
                    models.Q(("blocked_at__isnull", False), models.Q(("blocked_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="location_blocked_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="location",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "bin"), ("is_pick_face", False), _connector="OR"),
                name="location_pick_face_is_a_bin",
                violation_error_message="Only a bin can be a pick face.",
            ),
        ),
        migrations.AddConstraint(
            model_name="location",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("max_volume_l__isnull", True), ("max_volume_l__gt", 0), _connector="OR"),
                    models.Q(("max_weight_g__isnull", True), ("max_weight_g__gt", 0), _connector="OR"),
                    models.Q(("max_pallets__isnull", True), ("max_pallets__gt", 0), _connector="OR"),
                ),
                name="location_limits_positive",
                violation_error_message="Limits are above zero.",
            ),
        ),
        migrations.AddConstraint(
            model_name="bintype",
            constraint=models.UniqueConstraint(fields=("company", "code"), name="bintype_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="bintype",
            constraint=models.UniqueConstraint(fields=("id", "company"), name="bintype_of_company"),
        ),
        migrations.AddConstraint(
            model_name="bintype",
            constraint=models.CheckConstraint(
                condition=models.Q(("mixing__in", ["any", "one_sku", "one_lot"])), name="bintype_mixing_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="bintype",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("max_volume_l__isnull", True), ("max_volume_l__gt", 0), _connector="OR"),
                    models.Q(("max_weight_g__isnull", True), ("max_weight_g__gt", 0), _connector="OR"),
                    models.Q(("max_pallets__isnull", True), ("max_pallets__gt", 0), _connector="OR"),
                    models.Q(
                        models.Q(("height_mm__isnull", True), ("length_mm__isnull", True), ("width_mm__isnull", True)),
                        models.Q(("height_mm__gt", 0), ("length_mm__gt", 0), ("width_mm__gt", 0)),
                        _connector="OR",
                    ),
                ),
                name="bintype_limits_positive",
                violation_error_message="Limits are above zero, and a size has all three sides.",
            ),
        ),
        migrations.AddConstraint(
            model_name="pickface",
            constraint=models.UniqueConstraint(fields=("sku", "location"), name="pickface_once"),
        ),
        migrations.AddConstraint(
            model_name="pickface",
            constraint=models.CheckConstraint(
                condition=models.Q(("maximum__gt", 0), ("minimum__gte", 0), ("minimum__lte", models.F("maximum"))),
                name="pickface_minimum_within_maximum",
                violation_error_message="The maximum is above zero, and the minimum not above it.",
            ),
        ),
        migrations.AddConstraint(
            model_name="storageclass",
            constraint=models.UniqueConstraint(fields=("company", "code"), name="storageclass_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="storageclass",
            constraint=models.UniqueConstraint(fields=("id", "company"), name="storageclass_of_company"),
        ),
        migrations.AddConstraint(
            model_name="zone",
            constraint=models.UniqueConstraint(fields=("warehouse", "code"), name="zone_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="zone",
            constraint=models.UniqueConstraint(fields=("id", "warehouse"), name="zone_of_warehouse"),
        ),
        migrations.AddConstraint(
            model_name="zone",
            constraint=models.CheckConstraint(
                condition=models.Q(("use__in", ["pick", "reserve"])), name="zone_use_known"
            ),
        ),
    ]
