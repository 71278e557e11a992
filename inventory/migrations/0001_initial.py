import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import accounting.models.journal
import backoffice.core.fields
import inventory.models.places
import inventory.models.variants
from backoffice.core.create_models import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounting", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Kit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(help_text="Counts the SKU's compositions from 1.")),
                        (
                            "policy",
                            models.CharField(
                                choices=[("whole", "Whole kits only"), ("parts", "Ship parts")],
                                default="whole",
                                max_length=5,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=300)),
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
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "kit",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("policy__in", ["whole", "parts"])), name="kit_policy_known"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Brand",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "brand",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Upper("code"),
                                name="brand_code_unique",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Category",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60)),
                        ("name", models.CharField(max_length=120)),
                        (
                            "cost_method",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("average", "Moving average"),
                                    ("fifo", "First in, first out"),
                                    ("standard", "Standard cost"),
                                ],
                                help_text="What new SKUs of it take; empty: the nearest category above that has one, else moving average.",
                                max_length=8,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.category",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "category",
                        "verbose_name_plural": "categories",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="category_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Product",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Your own number of it, e.g. the style; new SKUs are named after it.",
                                max_length=60,
                            ),
                        ),
                        ("name", models.CharField(max_length=300)),
                        ("description", models.TextField(blank=True)),
                        (
                            "brand",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="inventory.brand"
                            ),
                        ),
                        (
                            "category",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.category",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "tax_code",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Its class of tax; empty: the channel's.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.taxcode",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "product",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Upper("code"),
                                condition=models.Q(("code", ""), _negated=True),
                                name="product_code_unique",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Unit",
                    fields=[
                        ("code", models.CharField(max_length=12, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=60)),
                        (
                            "unece",
                            models.CharField(
                                blank=True,
                                help_text="Code of UN/ECE Recommendation 20, as in e-invoices.",
                                max_length=3,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "unit",
                    },
                ),
                migrations.CreateModel(
                    name="Sku",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60)),
                        ("name", models.CharField(max_length=300)),
                        (
                            "cost_method",
                            models.CharField(
                                choices=[
                                    ("average", "Moving average"),
                                    ("fifo", "First in, first out"),
                                    ("standard", "Standard cost"),
                                ],
                                default="average",
                                max_length=8,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("active", "Active"),
                                    ("phase_out", "Phasing out"),
                                    ("discontinued", "Discontinued"),
                                ],
                                default="active",
                                max_length=12,
                            ),
                        ),
                        ("is_stocked", models.BooleanField(default=True)),
                        (
                            "release_date",
                            models.DateField(
                                blank=True,
                                help_text="Before this day it is a pre-order: sold, but not given to the warehouse.",
                                null=True,
                            ),
                        ),
                        ("weight_g", models.PositiveIntegerField(blank=True, null=True)),
                        ("length_mm", models.PositiveIntegerField(blank=True, null=True)),
                        ("width_mm", models.PositiveIntegerField(blank=True, null=True)),
                        ("height_mm", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "origin_country",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Where it was made, as customs asks: two letters.",
                                max_length=2,
                                validators=[
                                    django.core.validators.RegexValidator("^[A-Z]{2}$", "Two capital letters, e.g. DE.")
                                ],
                            ),
                        ),
                        (
                            "hs_code",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Its number in the customs tariff, 6 to 12 digits.",
                                max_length=12,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[0-9]{6,12}$", "6 to 12 digits without points."
                                    )
                                ],
                            ),
                        ),
                        (
                            "image",
                            models.CharField(
                                blank=True, help_text="A picture among the shop's own static files.", max_length=300
                            ),
                        ),
                        ("variant_key", models.CharField(blank=True, editable=False, max_length=200, null=True)),
                        (
                            "lot_tracked",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Nothing of it comes in without its lot.",
                                verbose_name="tracked by lot",
                            ),
                        ),
                        (
                            "expiry_required",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Its lots have a date; what expires first leaves first, and nothing expired is sold.",
                                verbose_name="expiry date needed",
                            ),
                        ),
                        (
                            "shelf_life_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="How long a new lot keeps: proposes its expiry date, and tells what is promised of coming goods.",
                                null=True,
                                verbose_name="shelf life in days",
                            ),
                        ),
                        (
                            "serial_tracked",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Each unit has a number that is named with every move.",
                                verbose_name="tracked by serial number",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "kit",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                help_text="What it is made of now; empty: no kit.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.kit",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="skus", to="inventory.product"
                            ),
                        ),
                        (
                            "unit",
                            models.ForeignKey(
                                db_column="unit",
                                db_index=False,
                                default="each",
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.unit",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "SKU",
                        "verbose_name_plural": "SKUs",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.Upper("code"),
                                name="sku_code_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cost_method__in", ["average", "fifo", "standard"])),
                                name="sku_cost_method_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["draft", "active", "phase_out", "discontinued"])),
                                name="sku_status_known",
                            ),
                            models.UniqueConstraint(fields=("id", "product"), name="sku_of_product"),
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                                fields=("product", "variant_key"),
                                name="sku_combination_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("origin_country__regex", "^([A-Z]{2})?$")),
                                name="sku_origin_is_a_country_code",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("hs_code__regex", "^([0-9]{6,12})?$")), name="sku_hs_code_is_digits"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expiry_required", False), ("lot_tracked", True), _connector="OR"),
                                name="sku_expiry_is_of_lots",
                                violation_error_message="Only a SKU that is tracked by lot has expiry dates.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Warehouse",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20)),
                        ("name", models.CharField(max_length=120)),
                        ("is_transit", models.BooleanField(default=False)),
                        ("is_active", models.BooleanField(default=True)),
                        ("priority", models.PositiveSmallIntegerField(default=100, help_text="Lower ships first.")),
                        (
                            "latitude",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                help_text="In degrees, north positive. Empty: found by the address.",
                                max_digits=9,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-90),
                                    django.core.validators.MaxValueValidator(90),
                                ],
                            ),
                        ),
                        (
                            "longitude",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                help_text="In degrees, east positive.",
                                max_digits=9,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(-180),
                                    django.core.validators.MaxValueValidator(180),
                                ],
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                blank=True,
                                help_text="Empty: the company's.",
                                max_length=64,
                                validators=[inventory.models.places.validate_time_zone],
                            ),
                        ),
                        (
                            "cut_off",
                            models.TimeField(
                                blank=True,
                                help_text="Local time until which orders still leave on the same day.",
                                null=True,
                                verbose_name="cut-off",
                            ),
                        ),
                        (
                            "parcel_cost",
                            backoffice.core.fields.AmountField(
                                default=0,
                                help_text="What one parcel from here costs, in the company's currency.",
                                verbose_name="cost of a parcel",
                            ),
                        ),
                        (
                            "line_cost",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="What each SKU to be picked adds.", verbose_name="cost of a line"
                            ),
                        ),
                        (
                            "kg_cost",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="What each kilogram adds.", verbose_name="cost of a kilogram"
                            ),
                        ),
                        (
                            "max_lines",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Of one order, at most so many different SKUs ship from here.",
                                null=True,
                                verbose_name="lines at most",
                            ),
                        ),
                        (
                            "address",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.address",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "warehouse",
                        "ordering": ["priority", "code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                                    models.Q(
                                        ("latitude__isnull", False),
                                        ("longitude__isnull", False),
                                        ("latitude__range", (-90, 90)),
                                        ("longitude__range", (-180, 180)),
                                    ),
                                    _connector="OR",
                                ),
                                name="warehouse_coordinates_on_earth",
                                violation_error_message="Give both latitude and longitude, in degrees, or neither.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kg_cost__gte", 0), ("line_cost__gte", 0), ("parcel_cost__gte", 0)),
                                name="warehouse_costs_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("max_lines__isnull", True), ("max_lines__gte", 1), _connector="OR"),
                                name="warehouse_max_lines_positive",
                            ),
                            models.UniqueConstraint(fields=("company", "code"), name="warehouse_code_unique"),
                            models.UniqueConstraint(
                                condition=models.Q(("is_transit", True)),
                                fields=("company",),
                                name="warehouse_one_transit_a_company",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Demand",
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
                                    ("order_line", "Order line"),
                                    ("cart", "Cart hold"),
                                    ("transfer", "Transfer line"),
                                    ("component", "Kit component"),
                                    ("assembly", "Assembly"),
                                    ("supplier_return", "Return to supplier"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("source_type", models.CharField(max_length=40)),
                        ("source_id", models.BigIntegerField()),
                        (
                            "quantity",
                            backoffice.core.fields.QuantityField(
                                help_text="Still wanted in all; falls when part is cancelled."
                            ),
                        ),
                        ("claimed", backoffice.core.fields.QuantityField(db_default=0)),
                        ("used", backoffice.core.fields.QuantityField(db_default=0)),
                        (
                            "unmet",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("quantity"), "-", models.F("claimed")
                                    ),
                                    "-",
                                    models.F("used"),
                                ),
                                output_field=backoffice.core.fields.QuantityField(),
                            ),
                        ),
                        ("priority", models.PositiveSmallIntegerField(default=100, help_text="Lower comes first.")),
                        ("promise_date", models.DateField(blank=True, null=True)),
                        (
                            "wanted_at",
                            models.DateTimeField(help_text="When it was asked for: age decides between equals."),
                        ),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "barred",
                            models.JSONField(
                                blank=True, help_text="Warehouses that may not meet it, unless it is pinned.", null=True
                            ),
                        ),
                        (
                            "kit_group",
                            models.BigIntegerField(
                                blank=True,
                                help_text="Components of kits that leave whole: claimed in equal numbers of kits.",
                                null=True,
                            ),
                        ),
                        (
                            "kit_ratio",
                            backoffice.core.fields.QuantityField(
                                blank=True, help_text="How many one kit takes.", null=True
                            ),
                        ),
                        (
                            "min_expiry_date",
                            models.DateField(
                                blank=True,
                                help_text="Only lots that keep until then; empty: any that have not expired.",
                                null=True,
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
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
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
                            "warehouse",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "demand",
                        "indexes": [
                            models.Index(fields=["source_type", "source_id"], name="demand_by_source"),
                            models.Index(
                                condition=models.Q(
                                    (
                                        "quantity__gt",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("claimed"), "+", models.F("used")
                                        ),
                                    )
                                ),
                                fields=["sku", "priority", "promise_date", "wanted_at"],
                                name="demand_waiting",
                            ),
                            models.Index(
                                condition=models.Q(("claimed__gt", 0), ("expires_at__isnull", False)),
                                fields=["expires_at"],
                                name="demand_expiring",
                            ),
                            models.Index(
                                condition=models.Q(("kit_group__isnull", False)),
                                fields=["kit_group"],
                                name="demand_by_kit",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("min_expiry_date__isnull", False),
                                    (
                                        "quantity__gt",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("claimed"), "+", models.F("used")
                                        ),
                                    ),
                                ),
                                fields=["sku"],
                                name="demand_waiting_for_fresh",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        ["order_line", "cart", "transfer", "component", "assembly", "supplier_return"],
                                    )
                                ),
                                name="demand_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("claimed__gte", 0),
                                    ("quantity__gte", 0),
                                    ("used__gte", 0),
                                    (
                                        "quantity__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("claimed"), "+", models.F("used")
                                        ),
                                    ),
                                ),
                                name="demand_claimed_and_used_within_quantity",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Lot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60)),
                        ("expiry_date", models.DateField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="lots", to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "lot",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("expiry_date__isnull", False)),
                                fields=["expiry_date"],
                                name="lot_by_expiry",
                            )
                        ],
                        "constraints": [models.UniqueConstraint(fields=("sku", "code"), name="lot_code_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="Allocation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("open", backoffice.core.fields.QuantityField(db_default=0)),
                        ("used", backoffice.core.fields.QuantityField(db_default=0)),
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
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        (
                            "demand",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="allocations",
                                to="inventory.demand",
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
                            "sku",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.sku",
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
                        "verbose_name": "allocation",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("open__gt", 0)),
                                fields=["sku", "warehouse"],
                                name="allocation_still_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("demand", "warehouse", "lot", "owner"),
                                name="allocation_one_per_place",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("open__gte", 0), ("used__gte", 0)),
                                name="allocation_open_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Location",
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
                                    ("bin", "Bin"),
                                    ("dock", "Dock"),
                                    ("staging", "Staging"),
                                    ("tote", "Tote"),
                                    ("quarantine", "Quarantine"),
                                    ("refurbish", "Being refurbished"),
                                    ("damaged", "Damaged"),
                                    ("missing", "Missing"),
                                    ("transit", "In transit"),
                                    ("supplier", "Supplier"),
                                    ("customer", "Customer"),
                                    ("adjustment", "Adjustment"),
                                    ("opening", "Opening stock"),
                                    ("production", "Production"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("code", models.CharField(max_length=40)),
                        ("name", models.CharField(blank=True, max_length=120)),
                        ("pick_sequence", models.PositiveIntegerField(default=0)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="locations",
                                to="inventory.warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "location",
                        "ordering": ["warehouse", "pick_sequence", "code"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "warehouse", "code"),
                                name="location_code_unique",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "bin",
                                            "dock",
                                            "staging",
                                            "tote",
                                            "quarantine",
                                            "refurbish",
                                            "damaged",
                                            "missing",
                                            "transit",
                                            "supplier",
                                            "customer",
                                            "adjustment",
                                            "opening",
                                            "production",
                                        ],
                                    )
                                ),
                                name="location_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "kind__in",
                                            (
                                                "bin",
                                                "dock",
                                                "staging",
                                                "tote",
                                                "quarantine",
                                                "refurbish",
                                                "damaged",
                                                "missing",
                                                "transit",
                                            ),
                                        ),
                                        ("warehouse__isnull", False),
                                    ),
                                    models.Q(
                                        ("kind__in", ("supplier", "customer", "adjustment", "opening", "production")),
                                        ("warehouse__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="location_internal_has_warehouse",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BinClaim",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("picked", backoffice.core.fields.QuantityField(db_default=0)),
                        ("released", backoffice.core.fields.QuantityField(db_default=0)),
                        (
                            "open",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("quantity"), "-", models.F("picked")
                                    ),
                                    "-",
                                    models.F("released"),
                                ),
                                output_field=backoffice.core.fields.QuantityField(),
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "allocation",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bin_claims",
                                to="inventory.allocation",
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
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.location",
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
                            "sku",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.sku",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bin claim",
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    (
                                        "quantity__gt",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("picked"), "+", models.F("released")
                                        ),
                                    )
                                ),
                                fields=["sku", "location"],
                                name="binclaim_still_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("picked__gte", 0),
                                    ("quantity__gt", 0),
                                    ("released__gte", 0),
                                    (
                                        "quantity__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("picked"), "+", models.F("released")
                                        ),
                                    ),
                                ),
                                name="binclaim_open_within_quantity",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockMove",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("effective_at", models.DateTimeField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "xid",
                            backoffice.core.fields.XidField(
                                db_default=accounting.models.journal.CurrentXid(), editable=False
                            ),
                        ),
                        ("value", backoffice.core.fields.AmountField(default=0)),
                        ("reason", models.CharField(blank=True, max_length=40)),
                        ("source_type", models.CharField(max_length=40)),
                        ("source_id", models.BigIntegerField(blank=True, null=True)),
                        ("source_key", models.CharField(blank=True, max_length=120, null=True)),
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
                            "allocation",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves",
                                to="inventory.allocation",
                            ),
                        ),
                        (
                            "bin_claim",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves",
                                to="inventory.binclaim",
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
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves",
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        (
                            "returns_move",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="The issue whose goods come back.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.stockmove",
                            ),
                        ),
                        (
                            "from_location",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves_out",
                                to="inventory.location",
                            ),
                        ),
                        (
                            "to_location",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moves_in",
                                to="inventory.location",
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
                            "sku",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.sku",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "stock move",
                        "indexes": [
                            models.Index(fields=["sku", "effective_at"], name="stockmove_by_sku"),
                            models.Index(fields=["source_type", "source_id"], name="stockmove_by_source"),
                            models.Index(
                                condition=models.Q(("entry__isnull", False)),
                                fields=["entry"],
                                name="stockmove_by_entry",
                            ),
                            models.Index(
                                condition=models.Q(("allocation__isnull", False)),
                                fields=["allocation"],
                                name="stockmove_by_allocation",
                            ),
                            models.Index(
                                condition=models.Q(("bin_claim__isnull", False)),
                                fields=["bin_claim"],
                                name="stockmove_by_bin_claim",
                            ),
                            models.Index(
                                condition=models.Q(("returns_move__isnull", False)),
                                fields=["returns_move"],
                                name="stockmove_by_returns_move",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="stockmove_quantity_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("from_location", models.F("to_location")), _negated=True),
                                name="stockmove_two_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("value", 0), ("entry__isnull", False), _connector="OR"),
                                name="stockmove_value_has_entry",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("owner__isnull", True), ("value", 0), _connector="OR"),
                                name="stockmove_others_goods_no_value",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("source_key__isnull", False)),
                                fields=("company", "source_key"),
                                name="stockmove_source_key_unique",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdjustmentReason",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=40)),
                        ("name", models.CharField(max_length=80)),
                        (
                            "direction",
                            models.CharField(
                                choices=[("both", "Gain or loss"), ("loss", "Loss only"), ("gain", "Gain only")],
                                default="both",
                                max_length=4,
                            ),
                        ),
                        (
                            "offset_role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("inventory_loss", "Stock write-offs"),
                                    ("inventory_gain", "Stock found"),
                                    ("cogs", "Cost of goods sold"),
                                    ("samples", "Samples and promotion"),
                                    ("charity", "Charity and commissions"),
                                    ("petty_expenses", "Petty expenses"),
                                ],
                                help_text="Where the other side is posted. Empty: stock write-offs for losses, stock found for gains.",
                                max_length=24,
                                verbose_name="account in the role",
                            ),
                        ),
                        (
                            "is_shrinkage",
                            models.BooleanField(
                                default=True, help_text="Counts as unexplained loss in the report on shrinkage."
                            ),
                        ),
                        (
                            "approval_above",
                            backoffice.core.fields.AmountField(
                                blank=True,
                                help_text="A value, in the company's currency, above which somebody else approves. Empty: the company's.",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(0)],
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=100)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "adjustment reason",
                        "verbose_name_plural": "adjustment reasons",
                        "ordering": ["position", "name"],
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="adjustmentreason_code_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("direction__in", ["both", "loss", "gain"])),
                                name="adjustmentreason_direction_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approval_above__isnull", True), ("approval_above__gte", 0), _connector="OR"
                                ),
                                name="adjustmentreason_approval_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Adjustment",
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
                                    ("draft", "Draft"),
                                    ("submitted", "Waits for approval"),
                                    ("approved", "Approved"),
                                    ("posted", "Posted"),
                                    ("reversed", "Reversed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=500)),
                        (
                            "value",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Gains and losses added up without their signs, at cost."
                            ),
                        ),
                        ("created_label", models.CharField(max_length=150)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("posted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "created_by",
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
                            "reverses",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="inventory.adjustment",
                            ),
                        ),
                        (
                            "reason",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="inventory.adjustmentreason"
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"),
                        ),
                    ],
                    options={
                        "verbose_name": "stock adjustment",
                        "verbose_name_plural": "stock adjustments",
                        "permissions": [("audit_shrinkage", "Can see who lost what")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        ["draft", "submitted", "approved", "posted", "reversed", "cancelled"],
                                    )
                                ),
                                name="adjustment_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("posted_at__isnull", False),
                                    models.Q(("status__in", ["posted", "reversed"]), _negated=True),
                                    _connector="OR",
                                ),
                                name="adjustment_posted_says_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BillOfMaterials",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(help_text="Counted from 1 for each SKU.")),
                        (
                            "labour_cost",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Of one unit, in the company's currency."
                            ),
                        ),
                        (
                            "overhead_cost",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Of one unit, in the company's currency."
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="boms", to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bill of materials",
                        "verbose_name_plural": "bills of materials",
                        "constraints": [
                            models.UniqueConstraint(fields=("sku", "number"), name="billofmaterials_number_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("labour_cost__gte", 0), ("overhead_cost__gte", 0)),
                                name="billofmaterials_costs_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssemblyOrder",
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
                                choices=[("assemble", "Assemble"), ("dismantle", "Take apart")],
                                default="assemble",
                                max_length=9,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("released", "Released"),
                                    ("in_progress", "In progress"),
                                    ("done", "Done"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                max_length=11,
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "done",
                            backoffice.core.fields.QuantityField(
                                default=0, help_text="Units finished, scrap included."
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "created_by",
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
                            "bom",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="inventory.billofmaterials"
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                help_text="Where what is made is put.",
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.location",
                            ),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                        (
                            "warehouse",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"),
                        ),
                    ],
                    options={
                        "verbose_name": "assembly order",
                        "verbose_name_plural": "assembly orders",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["assemble", "dismantle"])),
                                name="assemblyorder_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["draft", "released", "in_progress", "done", "cancelled"])
                                ),
                                name="assemblyorder_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("done__gte", 0), ("done__lte", models.F("quantity")), ("quantity__gt", 0)
                                ),
                                name="assemblyorder_done_within",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssemblyRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField(help_text="Good units.")),
                        ("scrapped", backoffice.core.fields.QuantityField(default=0)),
                        (
                            "cost",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Of what was made, in the company's currency."
                            ),
                        ),
                        ("scrap_cost", backoffice.core.fields.AmountField(default=0)),
                        ("effective_at", models.DateTimeField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to="inventory.assemblyorder",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "assembly run",
                        "verbose_name_plural": "assembly runs",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("quantity__gte", 0),
                                    ("scrapped__gte", 0),
                                    models.Q(("quantity__gt", 0), ("scrapped__gt", 0), _connector="OR"),
                                ),
                                name="assemblyrun_makes_something",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BillTolerance",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "price_percent",
                            models.DecimalField(
                                decimal_places=2, default=0, help_text="Of a line at the order's price.", max_digits=5
                            ),
                        ),
                        (
                            "price_amount",
                            backoffice.core.fields.AmountField(default=0, help_text="A line, in the bill's currency."),
                        ),
                        (
                            "quantity_percent",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                help_text="Of the quantity that was received.",
                                max_digits=5,
                            ),
                        ),
                        ("quantity_units", backoffice.core.fields.QuantityField(default=0, help_text="Units a line.")),
                        (
                            "total_percent",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                help_text="Of the goods at the orders' prices; 0 with 0: not limited.",
                                max_digits=5,
                            ),
                        ),
                        (
                            "total_amount",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="All lines together; 0 with 0 percent: not limited."
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: all suppliers without tolerances.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bill tolerance",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "supplier"),
                                name="billtolerance_one_a_supplier",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("price_amount__gte", 0),
                                    ("price_percent__gte", 0),
                                    ("quantity_percent__gte", 0),
                                    ("quantity_units__gte", 0),
                                    ("total_amount__gte", 0),
                                    ("total_percent__gte", 0),
                                ),
                                name="billtolerance_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BinRelease",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("reason", models.CharField(blank=True, max_length=40)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "bin_claim",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="releases",
                                to="inventory.binclaim",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bin release",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="binrelease_quantity_positive"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CostLayer",
                    fields=[
                        (
                            "move",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="layer",
                                serialize=False,
                                to="inventory.stockmove",
                            ),
                        ),
                        ("pooled", models.BooleanField(help_text="Part of the SKU's average, not used by itself.")),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("value", backoffice.core.fields.AmountField(help_text="As received, in the base currency.")),
                        ("used", backoffice.core.fields.QuantityField(db_default=0)),
                        ("used_value", backoffice.core.fields.AmountField(db_default=0)),
                        (
                            "changed_value",
                            backoffice.core.fields.AmountField(
                                db_default=0, help_text="Later changes: landed cost, bill variance."
                            ),
                        ),
                        (
                            "remaining",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("quantity"), "-", models.F("used")
                                ),
                                output_field=backoffice.core.fields.QuantityField(),
                            ),
                        ),
                        (
                            "remaining_value",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("value"), "+", models.F("changed_value")
                                    ),
                                    "-",
                                    models.F("used_value"),
                                ),
                                output_field=backoffice.core.fields.AmountField(),
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                    ],
                    options={
                        "verbose_name": "cost layer",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("pooled", False), ("used__lt", models.F("quantity"))),
                                fields=["sku", "move"],
                                name="costlayer_still_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("quantity__gt", 0),
                                    ("used__gte", 0),
                                    ("used_value__gte", 0),
                                    ("value__gte", 0),
                                    ("used__lte", models.F("quantity")),
                                    (
                                        "used_value__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("value"), "+", models.F("changed_value")
                                        ),
                                    ),
                                ),
                                name="costlayer_used_within_layer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("used__lt", models.F("quantity")),
                                    (
                                        "used_value",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("value"), "+", models.F("changed_value")
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="costlayer_last_use_takes_the_rest",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("pooled", False), models.Q(("used", 0), ("used_value", 0)), _connector="OR"
                                ),
                                name="costlayer_pooled_not_used",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AllocationEntry",
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
                                choices=[("claim", "Claim"), ("release", "Release"), ("use", "Use")], max_length=8
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "xid",
                            backoffice.core.fields.XidField(
                                db_default=accounting.models.journal.CurrentXid(), editable=False
                            ),
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
                            "allocation",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="inventory.allocation",
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
                            "move",
                            models.OneToOneField(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.stockmove",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "allocation entry",
                        "verbose_name_plural": "allocation entries",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "claim"), ("move__isnull", True), ("quantity__gt", 0)),
                                    models.Q(("kind", "release"), ("move__isnull", True), ("quantity__lt", 0)),
                                    models.Q(("kind", "use"), ("move__isnull", False), ("quantity__lt", 0)),
                                    _connector="OR",
                                ),
                                name="allocationentry_sign_matches_kind",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GrniWriteOff",
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
                                    ("requested", "Waits for approval"),
                                    ("posted", "Posted"),
                                    ("refused", "Refused"),
                                ],
                                default="requested",
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(max_length=300)),
                        (
                            "value",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Of all its lines, in the base currency."
                            ),
                        ),
                        ("made_by_label", models.CharField(max_length=150)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("decided_by_label", models.CharField(blank=True, max_length=150)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("decision", models.CharField(blank=True, max_length=300)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "entry",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "write-off of uninvoiced goods",
                        "verbose_name_plural": "write-offs of uninvoiced goods",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["requested", "posted", "refused"])),
                                name="grniwriteoff_status_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseOrder",
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
                                    ("draft", "Draft"),
                                    ("submitted", "Submitted"),
                                    ("approved", "Approved"),
                                    ("sent", "Sent"),
                                    ("confirmed", "Confirmed"),
                                    ("partly_received", "Partly received"),
                                    ("received", "Received"),
                                    ("closed", "Closed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                max_length=16,
                            ),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("reference", models.CharField(blank=True, max_length=60)),
                        ("ordered_at", models.DateTimeField()),
                        (
                            "sent_at",
                            models.DateTimeField(blank=True, help_text="When the supplier got it first.", null=True),
                        ),
                        ("expected_date", models.DateField(blank=True, null=True)),
                        (
                            "trusted",
                            models.BooleanField(
                                blank=True,
                                help_text="Whether its goods may be promised to customers before they arrive; empty: by the supplier's rule.",
                                null=True,
                            ),
                        ),
                        ("note", models.TextField(blank=True)),
                        (
                            "revision",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="How often it was changed after approval."
                            ),
                        ),
                        (
                            "sent_revision",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="The revision that the supplier got last.", null=True
                            ),
                        ),
                        (
                            "supplier_reference",
                            models.CharField(blank=True, help_text="The supplier's own number of it.", max_length=60),
                        ),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "buyer",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Who wrote it: above a value somebody else approves it.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "ship_to",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="The customer's address of a drop-ship order.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.address",
                            ),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.party"),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: it goes to the customer.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "purchase order",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "draft",
                                            "submitted",
                                            "approved",
                                            "sent",
                                            "confirmed",
                                            "partly_received",
                                            "received",
                                            "closed",
                                            "cancelled",
                                        ],
                                    )
                                ),
                                name="purchaseorder_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ship_to__isnull", True), ("warehouse__isnull", False)),
                                    models.Q(("ship_to__isnull", False), ("warehouse__isnull", True)),
                                    _connector="OR",
                                ),
                                name="purchaseorder_goes_to_one_place",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseOrderLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("received", backoffice.core.fields.QuantityField(default=0)),
                        ("cancelled", backoffice.core.fields.QuantityField(default=0)),
                        (
                            "unit_cost",
                            backoffice.core.fields.AmountField(help_text="In the order's currency, before tax."),
                        ),
                        ("expected_date", models.DateField(blank=True, help_text="Empty: the order's.", null=True)),
                        (
                            "list_cost",
                            backoffice.core.fields.AmountField(
                                blank=True,
                                help_text="What the supplier's list said when it was written; empty: nothing.",
                                null=True,
                            ),
                        ),
                        (
                            "confirmed_quantity",
                            backoffice.core.fields.QuantityField(
                                blank=True, help_text="What the supplier said; empty: nothing yet.", null=True
                            ),
                        ),
                        ("confirmed_date", models.DateField(blank=True, null=True)),
                        ("confirmed_cost", backoffice.core.fields.AmountField(blank=True, null=True)),
                        (
                            "purchase_order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="inventory.purchaseorder",
                            ),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                    ],
                    options={
                        "verbose_name": "purchase order line",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("received__lt", models.F("quantity"))),
                                fields=["sku"],
                                name="purchaseorderline_incoming",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("purchase_order", "position"), name="purchaseorderline_position_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cancelled__gte", 0),
                                    ("quantity__gt", 0),
                                    ("received__gte", 0),
                                    ("unit_cost__gte", 0),
                                    ("cancelled__lte", models.F("quantity")),
                                ),
                                name="purchaseorderline_quantities_sane",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GrniItem",
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
                                    ("receipt", "Receipt"),
                                    ("supplier_return", "Return to supplier"),
                                    ("bill", "Bill"),
                                    ("credit_note", "Supplier credit note"),
                                    ("write_off", "Write-off"),
                                    ("reversal", "Reversal"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("side", models.CharField(choices=[("debit", "Debit"), ("credit", "Credit")], max_length=6)),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("value", backoffice.core.fields.AmountField()),
                        ("used", backoffice.core.fields.QuantityField(db_default=0)),
                        ("used_value", backoffice.core.fields.AmountField(db_default=0)),
                        (
                            "open_quantity",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("quantity"), "-", models.F("used")
                                ),
                                output_field=backoffice.core.fields.QuantityField(),
                            ),
                        ),
                        (
                            "open_value",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("value"), "-", models.F("used_value")
                                ),
                                output_field=backoffice.core.fields.AmountField(),
                            ),
                        ),
                        ("date", models.DateField(help_text="Of its journal entry.")),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "xid",
                            backoffice.core.fields.XidField(
                                db_default=accounting.models.journal.CurrentXid(), editable=False
                            ),
                        ),
                        (
                            "bill_line",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="grni_item",
                                to="accounting.billline",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "move",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="grni_item",
                                to="inventory.stockmove",
                            ),
                        ),
                        (
                            "reverses",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversal",
                                to="inventory.grniitem",
                            ),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: goods that nobody ordered.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        (
                            "write_off",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="inventory.grniwriteoff",
                            ),
                        ),
                        (
                            "po_line",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.purchaseorderline",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.sku",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "uninvoiced item",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("used__lt", models.F("quantity"))),
                                fields=["company", "supplier", "date"],
                                name="grniitem_still_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["debit", "credit"])), name="grniitem_side_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ["receipt", "credit_note"]), ("side", "credit")),
                                    models.Q(("kind__in", ["bill", "supplier_return"]), ("side", "debit")),
                                    ("kind__in", ["write_off", "reversal"]),
                                    _connector="OR",
                                ),
                                name="grniitem_side_of_its_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("bill_line__isnull", True),
                                        ("kind__in", ["receipt", "supplier_return"]),
                                        ("move__isnull", False),
                                    ),
                                    models.Q(
                                        ("bill_line__isnull", False),
                                        ("kind__in", ["bill", "credit_note"]),
                                        ("move__isnull", True),
                                    ),
                                    models.Q(
                                        ("bill_line__isnull", True),
                                        ("kind", "write_off"),
                                        ("move__isnull", True),
                                        ("write_off__isnull", False),
                                    ),
                                    models.Q(
                                        ("bill_line__isnull", True),
                                        ("kind", "reversal"),
                                        ("move__isnull", True),
                                        ("reverses__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="grniitem_has_its_fact",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("quantity__gt", 0), ("used__gte", 0), ("used__lte", models.F("quantity"))
                                ),
                                name="grniitem_used_within_quantity",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("used_value__gte", 0), ("used_value__lte", models.F("value")), ("value__gte", 0)
                                ),
                                name="grniitem_used_within_value",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("used__lt", models.F("quantity")),
                                    ("used_value", models.F("value")),
                                    _connector="OR",
                                ),
                                name="grniitem_last_use_takes_the_rest",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GrniMatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("debit_value", backoffice.core.fields.AmountField()),
                        ("credit_value", backoffice.core.fields.AmountField()),
                        ("date", models.DateField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "xid",
                            backoffice.core.fields.XidField(
                                db_default=accounting.models.journal.CurrentXid(), editable=False
                            ),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "credit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="matches_as_credit",
                                to="inventory.grniitem",
                            ),
                        ),
                        (
                            "debit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="matches_as_debit",
                                to="inventory.grniitem",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "match of bill and receipt",
                        "verbose_name_plural": "matches of bills and receipts",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("credit_value__gte", 0), ("debit_value__gte", 0), ("quantity__gt", 0)),
                                    models.Q(("credit_value__lte", 0), ("debit_value__lte", 0), ("quantity__lt", 0)),
                                    _connector="OR",
                                ),
                                name="grnimatch_values_have_its_sign",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GrniWriteOffLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("value", backoffice.core.fields.AmountField()),
                        (
                            "item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.grniitem"
                            ),
                        ),
                        (
                            "write_off",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="inventory.grniwriteoff",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "line of a write-off",
                        "verbose_name_plural": "lines of write-offs",
                        "constraints": [
                            models.UniqueConstraint(fields=("write_off", "item"), name="grniwriteoffline_once"),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0), ("value__gte", 0)), name="grniwriteoffline_sane"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InboundRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "is_trusted",
                            models.BooleanField(
                                default=True,
                                help_text="Whether this supplier's orders may be promised before they arrive.",
                            ),
                        ),
                        (
                            "unconfirmed_too",
                            models.BooleanField(
                                default=False, help_text="Count orders that were sent but not confirmed yet."
                            ),
                        ),
                        (
                            "margin_days",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Days added to the expected date before anything is promised."
                            ),
                        ),
                        (
                            "overdue_days",
                            models.PositiveSmallIntegerField(
                                default=14,
                                help_text="How many days after its expected date an order is still believed in.",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: all suppliers without a rule.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "inbound rule",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "supplier"), name="inboundrule_one_a_supplier", nulls_distinct=False
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Inspection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("sample", backoffice.core.fields.QuantityField(help_text="How many are to be looked at.")),
                        ("passed", backoffice.core.fields.QuantityField(db_default=0)),
                        ("failed", backoffice.core.fields.QuantityField(db_default=0)),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "Open"), ("done", "Done")],
                                db_default="open",
                                default="open",
                                max_length=6,
                            ),
                        ),
                        ("source_type", models.CharField(max_length=40)),
                        ("source_id", models.BigIntegerField(blank=True, null=True)),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "move",
                            models.OneToOneField(
                                help_text="What brought the goods.",
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.stockmove",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.party",
                            ),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.party",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                db_index=False,
                                help_text="Where the goods wait.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.location",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                db_index=False,
                                help_text="Where they go when they pass.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.location",
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
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "inspection",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "open")),
                                fields=["warehouse"],
                                name="inspection_still_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("failed__gte", 0),
                                    ("passed__gte", 0),
                                    ("quantity__gt", 0),
                                    ("sample__gt", 0),
                                    ("sample__lte", models.F("quantity")),
                                    (
                                        "quantity__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("passed"), "+", models.F("failed")
                                        ),
                                    ),
                                ),
                                name="inspection_results_within_quantity",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "quantity__gt",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("passed"), "+", models.F("failed")
                                            ),
                                        ),
                                        ("status", "open"),
                                    ),
                                    models.Q(
                                        (
                                            "quantity",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("passed"), "+", models.F("failed")
                                            ),
                                        ),
                                        ("status", "done"),
                                    ),
                                    _connector="OR",
                                ),
                                name="inspection_done_when_all_is_decided",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionResult",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("pass", "Passed"),
                                    ("damaged", "Failed: to the damaged goods"),
                                    ("return", "Failed: back to the supplier"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("reason", models.CharField(blank=True, max_length=120)),
                        ("note", models.TextField(blank=True)),
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
                            "inspection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="results",
                                to="inventory.inspection",
                            ),
                        ),
                        (
                            "move",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="inventory.stockmove"),
                        ),
                    ],
                    options={
                        "verbose_name": "inspection result",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="inspectionresult_quantity_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("verdict__in", ["pass", "damaged", "return"])),
                                name="inspectionresult_verdict_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("verdict", "pass"), models.Q(("reason", ""), _negated=True), _connector="OR"
                                ),
                                name="inspectionresult_failure_has_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LandedCost",
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
                                choices=[("draft", "Draft"), ("posted", "Posted"), ("reversed", "Reversed")],
                                default="draft",
                                max_length=8,
                            ),
                        ),
                        (
                            "basis",
                            models.CharField(
                                choices=[
                                    ("value", "Value"),
                                    ("quantity", "Quantity"),
                                    ("weight", "Weight"),
                                    ("volume", "Volume"),
                                ],
                                default="value",
                                help_text="How the cost is split over the arrivals.",
                                max_length=8,
                                verbose_name="split by",
                            ),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        (
                            "rate",
                            models.DecimalField(
                                decimal_places=9,
                                default=1,
                                help_text="What one unit of the currency is worth in the books.",
                                max_digits=18,
                            ),
                        ),
                        ("is_estimate", models.BooleanField(default=False, help_text="The bill is not known yet.")),
                        ("reference", models.CharField(blank=True, max_length=60)),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("effective_at", models.DateTimeField()),
                        ("created_label", models.CharField(max_length=150)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("posted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "corrects",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrections",
                                to="inventory.landedcost",
                            ),
                        ),
                        (
                            "created_by",
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
                            "supplier",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who will bill it: the carrier, customs.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "landed cost",
                        "verbose_name_plural": "landed costs",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["draft", "posted", "reversed"])),
                                name="landedcost_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("basis__in", ["value", "quantity", "weight", "volume"])),
                                name="landedcost_basis_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rate__gt", 0)), name="landedcost_rate_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("posted_at__isnull", False), ("status", "draft"), _connector="OR"),
                                name="landedcost_posted_says_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("corrects", models.F("id")), _negated=True),
                                name="landedcost_corrects_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LandedCostLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("freight", "Freight"),
                                    ("duty", "Customs duty"),
                                    ("insurance", "Insurance"),
                                    ("other", "Other"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "amount",
                            backoffice.core.fields.AmountField(help_text="In the document's currency, before tax."),
                        ),
                        (
                            "landed_cost",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="inventory.landedcost",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "landed cost line",
                        "verbose_name_plural": "landed cost lines",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("landed_cost", "position"), name="landedcostline_position_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["freight", "duty", "insurance", "other"])),
                                name="landedcostline_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount", 0), _negated=True), name="landedcostline_not_zero"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LandedCostShare",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "value",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Its part, in the company's currency."
                            ),
                        ),
                        (
                            "stock",
                            backoffice.core.fields.AmountField(default=0, help_text="Added to what is left of it."),
                        ),
                        (
                            "gone",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Posted to where the rest of it went."
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "landed_cost",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="inventory.landedcost",
                            ),
                        ),
                        (
                            "move",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="landed_costs",
                                to="inventory.stockmove",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "share of a landed cost",
                        "verbose_name_plural": "shares of landed costs",
                        "constraints": [
                            models.UniqueConstraint(fields=("landed_cost", "move"), name="landedcostshare_move_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "value",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("stock"), "+", models.F("gone")
                                        ),
                                    )
                                ),
                                name="landedcostshare_adds_up",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanningSettings",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "history_days",
                            models.PositiveSmallIntegerField(
                                default=90, help_text="Sales of so many days make the daily demand."
                            ),
                        ),
                        (
                            "lead_time_days",
                            models.PositiveSmallIntegerField(default=14, help_text="Where no supplier's is known."),
                        ),
                        (
                            "safety_days",
                            models.PositiveSmallIntegerField(
                                default=7, help_text="Demand of so many days is kept on top, against swings."
                            ),
                        ),
                        (
                            "cover_days",
                            models.PositiveSmallIntegerField(
                                default=30, help_text="An order should last so many days beyond the reorder point."
                            ),
                        ),
                        (
                            "overstock_days",
                            models.PositiveSmallIntegerField(
                                default=180, help_text="Stock for more days than this is too much."
                            ),
                        ),
                        (
                            "dead_days",
                            models.PositiveSmallIntegerField(
                                default=180, help_text="Stock of which nothing left for so many days is dead."
                            ),
                        ),
                        (
                            "expiry_days",
                            models.PositiveSmallIntegerField(
                                default=30, help_text="Lots that expire within so many days are shown."
                            ),
                        ),
                        (
                            "company",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "planning settings",
                        "verbose_name_plural": "planning settings",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("dead_days__gt", 0), ("history_days__gt", 0), ("overstock_days__gt", 0)
                                ),
                                name="planningsettings_days_positive",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProductOption",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("name", models.CharField(max_length=60)),
                        (
                            "product",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="options",
                                to="inventory.product",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "product option",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("product"),
                                django.db.models.functions.text.Upper("name"),
                                name="productoption_name_unique",
                            ),
                            models.UniqueConstraint(
                                fields=("product", "position"), name="productoption_position_unique"
                            ),
                            models.UniqueConstraint(fields=("id", "product"), name="productoption_of_product"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OptionValue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("name", models.CharField(max_length=60)),
                        ("code", models.CharField(max_length=20)),
                        (
                            "option",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="values",
                                to="inventory.productoption",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "option value",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("option"),
                                django.db.models.functions.text.Upper("name"),
                                name="optionvalue_name_unique",
                            ),
                            models.UniqueConstraint(
                                models.F("option"),
                                django.db.models.functions.text.Upper("code"),
                                name="optionvalue_code_unique",
                            ),
                            models.UniqueConstraint(fields=("option", "position"), name="optionvalue_position_unique"),
                            models.UniqueConstraint(fields=("id", "option"), name="optionvalue_of_option"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdvanceNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(help_text="The supplier's number of the delivery.", max_length=60),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("expected", "Expected"),
                                    ("received", "Received"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="expected",
                                max_length=9,
                            ),
                        ),
                        ("expected_date", models.DateField(help_text="When it should arrive.")),
                        ("shipped_date", models.DateField(blank=True, null=True)),
                        ("carrier", models.CharField(blank=True, max_length=60)),
                        ("tracking_number", models.CharField(blank=True, max_length=80)),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "purchase_order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notices",
                                to="inventory.purchaseorder",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "advance shipping notice",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "expected")),
                                fields=["expected_date"],
                                name="advancenotice_expected",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("purchase_order", "reference"), name="advancenotice_reference_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["expected", "received", "cancelled"])),
                                name="advancenotice_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdvanceNoticeLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("lot_code", models.CharField(blank=True, max_length=60, verbose_name="lot")),
                        ("expiry_date", models.DateField(blank=True, null=True)),
                        (
                            "package",
                            models.CharField(
                                blank=True, help_text="The carton's or pallet's number (SSCC).", max_length=40
                            ),
                        ),
                        (
                            "notice",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="inventory.advancenotice",
                            ),
                        ),
                        (
                            "po_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="announced",
                                to="inventory.purchaseorderline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "notice line",
                        "constraints": [
                            models.UniqueConstraint(fields=("notice", "position"), name="noticeline_position_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="noticeline_quantity_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseOrderRevision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[("change", "Our change"), ("confirmation", "Supplier's confirmation")],
                                max_length=12,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Waits for approval"),
                                    ("applied", "Applied"),
                                    ("refused", "Refused"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("before", models.JSONField()),
                        ("after", models.JSONField()),
                        ("total_before", backoffice.core.fields.AmountField(help_text="In the order's currency.")),
                        ("total_after", backoffice.core.fields.AmountField(help_text="In the order's currency.")),
                        ("reason", models.CharField(max_length=300)),
                        ("made_by_label", models.CharField(max_length=150)),
                        (
                            "made_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("decided_by_label", models.CharField(blank=True, max_length=150)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("decision", models.CharField(blank=True, max_length=300)),
                        (
                            "made_by",
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
                            "purchase_order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="revisions",
                                to="inventory.purchaseorder",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "purchase order revision",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("purchase_order", "number"), name="purchaserevision_number_unique"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "pending")),
                                fields=("purchase_order",),
                                name="purchaserevision_one_pending",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at__isnull", True), ("status", "pending")),
                                    models.Q(("status__in", ["applied", "refused"]), ("decided_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="purchaserevision_decided_has_its_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["change", "confirmation"])),
                                name="purchaserevision_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Revaluation",
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
                                    ("revaluation", "Revaluation"),
                                    ("write_down", "Write-down"),
                                    ("standard", "Standard price"),
                                ],
                                default="revaluation",
                                max_length=12,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("submitted", "Waits for approval"),
                                    ("approved", "Approved"),
                                    ("posted", "Posted"),
                                    ("reversed", "Reversed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        (
                            "valid_from",
                            models.DateField(help_text="Of standard prices: the first day on which they count."),
                        ),
                        ("note", models.CharField(blank=True, max_length=500)),
                        (
                            "value",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Changes added up without their signs."
                            ),
                        ),
                        ("created_label", models.CharField(max_length=150)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("posted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "revaluation",
                        "verbose_name_plural": "revaluations",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["revaluation", "write_down", "standard"])),
                                name="revaluation_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        ["draft", "submitted", "approved", "posted", "reversed", "cancelled"],
                                    )
                                ),
                                name="revaluation_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("posted_at__isnull", False),
                                    models.Q(("status__in", ["posted", "reversed"]), _negated=True),
                                    _connector="OR",
                                ),
                                name="revaluation_posted_says_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Serial",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=80)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "last_move",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.stockmove",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.location",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="serials", to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "serial number",
                        "indexes": [
                            models.Index(fields=["location", "sku"], name="serial_by_location"),
                            models.Index(fields=["code"], name="serial_by_code"),
                        ],
                        "constraints": [models.UniqueConstraint(fields=("sku", "code"), name="serial_code_unique")],
                    },
                ),
                migrations.CreateModel(
                    name="MoveSerial",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                            "move",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="serials",
                                to="inventory.stockmove",
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
                        (
                            "serial",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="inventory.serial"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "serial number moved",
                        "verbose_name_plural": "serial numbers moved",
                        "constraints": [
                            models.UniqueConstraint(fields=("move", "serial"), name="moveserial_once_a_move")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RevaluationLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("unit_cost", backoffice.core.fields.AmountField(help_text="New, in the company's currency.")),
                        ("quantity", backoffice.core.fields.QuantityField(default=0)),
                        ("change", backoffice.core.fields.AmountField(default=0)),
                        (
                            "revaluation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="inventory.revaluation",
                            ),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                    ],
                    options={
                        "verbose_name": "revaluation line",
                        "verbose_name_plural": "revaluation lines",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("revaluation", "position"), name="revaluationline_position_unique"
                            ),
                            models.UniqueConstraint(fields=("revaluation", "sku"), name="revaluationline_sku_once"),
                            models.CheckConstraint(
                                condition=models.Q(("unit_cost__gte", 0)), name="revaluationline_cost_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProductImage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("file", models.FileField(max_length=120, upload_to=inventory.models.variants.picture_path)),
                        ("sha256", models.CharField(max_length=64)),
                        ("width_px", models.PositiveIntegerField()),
                        ("height_px", models.PositiveIntegerField()),
                        (
                            "alt",
                            models.CharField(
                                blank=True, help_text="What it shows, for who cannot see it.", max_length=200
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="images",
                                to="inventory.product",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="images",
                                to="inventory.sku",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "product image",
                        "constraints": [
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                                fields=("product", "position"),
                                name="productimage_position_unique",
                            ),
                            models.UniqueConstraint(
                                fields=("product", "sku", "sha256"), name="productimage_once", nulls_distinct=False
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Pack",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "code",
                            models.CharField(help_text="Short and unique for the SKU, e.g. CASE12.", max_length=20),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("each", "Each"),
                                    ("inner", "Inner pack"),
                                    ("case", "Case"),
                                    ("pallet", "Pallet"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField(help_text="How many base units it holds.")),
                        ("weight_g", models.PositiveIntegerField(blank=True, null=True)),
                        ("length_mm", models.PositiveIntegerField(blank=True, null=True)),
                        ("width_mm", models.PositiveIntegerField(blank=True, null=True)),
                        ("height_mm", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="packs",
                                to="inventory.sku",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "pack",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("sku"), django.db.models.functions.text.Upper("code"), name="pack_code_unique"
                            ),
                            models.UniqueConstraint(fields=("id", "sku", "quantity"), name="pack_with_quantity"),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["each", "inner", "case", "pallet"])),
                                name="pack_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="pack_quantity_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "each"), _negated=True), ("quantity", 1), _connector="OR"
                                ),
                                name="pack_each_is_one",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LayerUse",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("value", backoffice.core.fields.AmountField()),
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
                            "move",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cost_uses",
                                to="inventory.stockmove",
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
                            "layer",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses",
                                to="inventory.costlayer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "use of cost",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("layer__isnull", False)), fields=["layer"], name="layeruse_by_layer"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0), ("value__gte", 0)),
                                name="layeruse_quantity_positive",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="KitComponent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("quantity", backoffice.core.fields.QuantityField(help_text="In one kit.")),
                        (
                            "kit",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="components",
                                to="inventory.kit",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="in_kits", to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "kit component",
                        "constraints": [
                            models.UniqueConstraint(fields=("kit", "sku"), name="kitcomponent_once_in_a_kit"),
                            models.UniqueConstraint(fields=("kit", "position"), name="kitcomponent_position_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="kitcomponent_quantity_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InspectionRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[("always", "Always"), ("sample", "A sample"), ("never", "Never")],
                                default="always",
                                max_length=8,
                            ),
                        ),
                        (
                            "sample_percent",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="How much of the quantity is looked at; all of it waits in quarantine meanwhile.",
                                max_digits=5,
                                null=True,
                            ),
                        ),
                        (
                            "note",
                            models.CharField(blank=True, help_text="What the inspector looks for.", max_length=300),
                        ),
                        (
                            "category",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: any category.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.category",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: any supplier.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: any SKU.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.sku",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "inspection rule",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "sku", "category", "supplier"),
                                name="inspectionrule_one_for_each",
                                nulls_distinct=False,
                                violation_error_message="There is a rule for this already.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sku__isnull", True), ("category__isnull", True), _connector="OR"),
                                name="inspectionrule_sku_or_category",
                                violation_error_message="Name a SKU or a category, not both.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mode__in", ["always", "sample", "never"])),
                                name="inspectionrule_mode_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("mode", "sample"), ("sample_percent__gt", 0), ("sample_percent__lte", 100)
                                    ),
                                    models.Q(
                                        models.Q(("mode", "sample"), _negated=True), ("sample_percent__isnull", True)
                                    ),
                                    _connector="OR",
                                ),
                                name="inspectionrule_sample_has_percent",
                                violation_error_message="A sample needs a percentage above 0 up to 100; other rules have none.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BomComponent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "weight",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                help_text="Its part of the cost when a unit is taken apart; empty: by present cost.",
                                max_digits=12,
                                null=True,
                            ),
                        ),
                        (
                            "bom",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="components",
                                to="inventory.billofmaterials",
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
                        "verbose_name": "component",
                        "verbose_name_plural": "components",
                        "ordering": ["position"],
                        "constraints": [
                            models.UniqueConstraint(fields=("bom", "sku"), name="bomcomponent_sku_once"),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="bomcomponent_quantity_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weight__isnull", True), ("weight__gte", 0), _connector="OR"),
                                name="bomcomponent_weight_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Barcode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60)),
                        (
                            "symbology",
                            models.CharField(
                                choices=[("gtin", "GTIN (EAN, UPC, ITF-14)"), ("code128", "Internal (Code 128)")],
                                default="code128",
                                max_length=7,
                            ),
                        ),
                        ("pack_quantity", backoffice.core.fields.QuantityField(default=1)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "pack",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="barcodes",
                                to="inventory.pack",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="barcodes", to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "barcode",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="barcode_code_unique"),
                            models.UniqueConstraint(
                                models.F("company"),
                                django.db.models.functions.text.LPad("code", 14, models.Value("0")),
                                condition=models.Q(("symbology", "gtin")),
                                name="barcode_gtin_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("symbology__in", ["gtin", "code128"])),
                                name="barcode_symbology_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pack_quantity__gt", 0)), name="barcode_pack_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pack__isnull", False), ("pack_quantity", 1), _connector="OR"),
                                name="barcode_many_only_of_a_pack",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AssemblyNeed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="needs",
                                to="inventory.assemblyorder",
                            ),
                        ),
                        (
                            "demand",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.demand",
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
                        "verbose_name": "need of an assembly order",
                        "verbose_name_plural": "needs of assembly orders",
                        "constraints": [models.UniqueConstraint(fields=("order", "sku"), name="assemblyneed_sku_once")],
                    },
                ),
                migrations.CreateModel(
                    name="AdjustmentLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("value", backoffice.core.fields.AmountField(default=0)),
                        ("note", models.CharField(blank=True, max_length=200)),
                        (
                            "adjustment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="inventory.adjustment",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        (
                            "move",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.stockmove",
                            ),
                        ),
                        (
                            "location",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.location"),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="inventory.lot"
                            ),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                    ],
                    options={
                        "verbose_name": "adjustment line",
                        "verbose_name_plural": "adjustment lines",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("adjustment", "position"), name="adjustmentline_position_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity", 0), _negated=True),
                                name="adjustmentline_quantity_not_zero",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("value", 0),
                                    models.Q(("quantity__gt", 0), ("value__gt", 0)),
                                    models.Q(("quantity__lt", 0), ("value__lt", 0)),
                                    _connector="OR",
                                ),
                                name="adjustmentline_value_has_its_sign",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SkuCost",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField(db_default=0)),
                        ("value", backoffice.core.fields.AmountField(db_default=0)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "sku",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="cost", to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cost of a SKU",
                        "verbose_name_plural": "costs of SKUs",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gte", 0), ("value__gte", 0)), name="skucost_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0), ("value", 0), _connector="OR"),
                                name="skucost_no_goods_no_value",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SkuOption",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "option",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.productoption",
                            ),
                        ),
                        (
                            "product",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.product",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="option_values",
                                to="inventory.sku",
                            ),
                        ),
                        (
                            "value",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.optionvalue",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "SKU option",
                        "constraints": [models.UniqueConstraint(fields=("sku", "option"), name="skuoption_one_value")],
                    },
                ),
                migrations.CreateModel(
                    name="StandardPrice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("price", backoffice.core.fields.AmountField()),
                        ("valid_from", models.DateField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "revaluation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prices",
                                to="inventory.revaluation",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="standard_prices",
                                to="inventory.sku",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "standard price",
                        "verbose_name_plural": "standard prices",
                        "indexes": [models.Index(fields=["sku", "-id"], name="standardprice_newest")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("price__gte", 0)), name="standardprice_not_negative"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockOwner",
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
                                    ("consignment", "Consignor: we sell its goods"),
                                    ("client", "Client: we keep and ship its goods"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "party",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="accounting.party"),
                        ),
                    ],
                    options={
                        "verbose_name": "stock owner",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["consignment", "client"])),
                                name="stockowner_kind_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConsignmentTerm",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "unit_price",
                            backoffice.core.fields.AmountField(
                                help_text="What we owe for a unit when it is sold, in the company's currency, before tax."
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="terms",
                                to="inventory.stockowner",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "consignment term",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("owner", "sku"),
                                name="consignmentterm_one_a_sku",
                                violation_error_message="This owner has a term for the SKU already.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("unit_price__gte", 0)), name="consignmentterm_price_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockQuant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField(db_default=0)),
                        (
                            "claimed",
                            backoffice.core.fields.QuantityField(
                                db_default=0, help_text="Claimed for picking: one unit, one picker."
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
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
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
                        "verbose_name": "stock in a location",
                        "verbose_name_plural": "stock in locations",
                        "indexes": [models.Index(fields=["location", "sku"], name="stockquant_by_location")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sku", "location", "lot", "owner"),
                                name="stockquant_one_row",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("claimed__gte", 0), ("claimed__lte", models.F("quantity"))),
                                name="stockquant_claimed_within_quantity",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Substitute",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="substitutes",
                                to="inventory.sku",
                            ),
                        ),
                        (
                            "substitute",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inventory.sku"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "substitute",
                        "constraints": [
                            models.UniqueConstraint(fields=("sku", "substitute"), name="substitute_once"),
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                                fields=("sku", "position"),
                                name="substitute_position_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sku", models.F("substitute")), _negated=True),
                                name="substitute_is_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupplierReturn",
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
                                    ("draft", "Draft"),
                                    ("approved", "Approved"),
                                    ("shipped", "Shipped"),
                                    ("credited", "Credited"),
                                    ("closed", "Closed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                max_length=9,
                            ),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        (
                            "reference",
                            models.CharField(
                                blank=True, help_text="The supplier's number of the return.", max_length=60
                            ),
                        ),
                        ("reason", models.CharField(max_length=300)),
                        ("carrier", models.CharField(blank=True, max_length=60)),
                        ("tracking_number", models.CharField(blank=True, max_length=80)),
                        (
                            "credit_reference",
                            models.CharField(blank=True, help_text="The supplier's credit note.", max_length=60),
                        ),
                        ("expected", backoffice.core.fields.AmountField(default=0)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("shipped_at", models.DateTimeField(blank=True, null=True)),
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
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "made_by",
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
                            "supplier",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.party"),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "supplier return",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["draft", "approved", "shipped", "credited", "closed", "cancelled"])
                                ),
                                name="supplierreturn_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expected__gte", 0)), name="supplierreturn_expected_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupplierReturnLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("shipped", backoffice.core.fields.QuantityField(default=0)),
                        ("unit_price", backoffice.core.fields.AmountField()),
                        (
                            "demand",
                            models.OneToOneField(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.demand",
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
                            "po_line",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="supplier_returns",
                                to="inventory.purchaseorderline",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.sku"
                            ),
                        ),
                        (
                            "supplier_return",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="inventory.supplierreturn",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "supplier return line",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("supplier_return", "position"), name="supplierreturnline_position_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("quantity__gt", 0),
                                    ("shipped__gte", 0),
                                    ("shipped__lte", models.F("quantity")),
                                    ("unit_price__gte", 0),
                                ),
                                name="supplierreturnline_quantities_sane",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupplierSku",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                blank=True, help_text="The supplier's own code; empty: ours.", max_length=60
                            ),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField(help_text="Of the prices.")),
                        (
                            "priority",
                            models.PositiveSmallIntegerField(
                                default=100, help_text="Between suppliers of a SKU the lower is preferred."
                            ),
                        ),
                        (
                            "min_quantity",
                            backoffice.core.fields.QuantityField(
                                default=1, help_text="The least they deliver in one order (MOQ)."
                            ),
                        ),
                        (
                            "pack_multiple",
                            backoffice.core.fields.QuantityField(default=1, help_text="Ordered in multiples of this."),
                        ),
                        (
                            "lead_time_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Order to dock, until deliveries tell it; empty: the supplier's terms.",
                                null=True,
                            ),
                        ),
                        (
                            "lead_time_spread_days",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                help_text="Standard deviation, until deliveries tell it.",
                                max_digits=6,
                            ),
                        ),
                        (
                            "over_percent",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                help_text="More than ordered that is taken without asking; empty: the supplier's terms.",
                                max_digits=5,
                                null=True,
                            ),
                        ),
                        (
                            "stock_quantity",
                            backoffice.core.fields.QuantityField(
                                blank=True, help_text="What the supplier has, as they last said.", null=True
                            ),
                        ),
                        ("stock_as_of", models.DateTimeField(blank=True, help_text="When they said so.", null=True)),
                        (
                            "stock_hours",
                            models.PositiveSmallIntegerField(
                                default=48, help_text="For how many hours their figure is believed."
                            ),
                        ),
                        (
                            "promise_stock",
                            models.BooleanField(
                                default=False,
                                help_text="Promise customers what the supplier has, from today and the lead time on.",
                            ),
                        ),
                        (
                            "is_discontinued",
                            models.BooleanField(default=False, help_text="The supplier sells it no more."),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="supplier_skus",
                                to="inventory.sku",
                            ),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(
                                limit_choices_to={"is_supplier": True},
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="supplier_skus",
                                to="accounting.party",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "supplier SKU",
                        "verbose_name_plural": "supplier SKUs",
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("is_discontinued", False), ("promise_stock", True), ("stock_quantity__gt", 0)
                                ),
                                fields=["sku"],
                                name="suppliersku_promised",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("supplier", "sku"), name="suppliersku_one_a_supplier"),
                            models.UniqueConstraint(
                                models.F("supplier"),
                                django.db.models.functions.text.Upper("code"),
                                condition=models.Q(("code", ""), _negated=True),
                                name="suppliersku_their_code_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("lead_time_spread_days__gte", 0), ("min_quantity__gt", 0), ("pack_multiple__gt", 0)
                                ),
                                name="suppliersku_quantities_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("stock_as_of__isnull", True), ("stock_quantity__isnull", True)),
                                    models.Q(("stock_as_of__isnull", False), ("stock_quantity__gte", 0)),
                                    _connector="OR",
                                ),
                                name="suppliersku_stock_has_its_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("over_percent__isnull", True), ("over_percent__gte", 0), _connector="OR"
                                ),
                                name="suppliersku_over_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupplierPrice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "min_quantity",
                            backoffice.core.fields.QuantityField(
                                default=1, help_text="From this quantity of the SKU in one order on."
                            ),
                        ),
                        (
                            "unit_price",
                            backoffice.core.fields.AmountField(help_text="In the supplier's currency, before tax."),
                        ),
                        ("valid_from", models.DateField(blank=True, null=True)),
                        ("valid_to", models.DateField(blank=True, help_text="The last day; empty: no end.", null=True)),
                        (
                            "supplier_sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prices",
                                to="inventory.suppliersku",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "supplier price",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("supplier_sku", "min_quantity", "valid_from"),
                                name="supplierprice_one_per_break",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("min_quantity__gt", 0), ("unit_price__gte", 0)),
                                name="supplierprice_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from__isnull", True),
                                    ("valid_to__isnull", True),
                                    ("valid_to__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="supplierprice_ends_after_its_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupplierTerms",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("ka", "ქართული"), ("ru", "Русский")],
                                default="en",
                                help_text="Of the documents they get.",
                                max_length=8,
                            ),
                        ),
                        (
                            "lead_time_days",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Order to dock, until deliveries tell it.", null=True
                            ),
                        ),
                        (
                            "confirm_days",
                            models.PositiveSmallIntegerField(
                                default=3, help_text="How many days after it was sent an order should be confirmed."
                            ),
                        ),
                        (
                            "over_percent",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                help_text="More than ordered that is taken without asking.",
                                max_digits=5,
                            ),
                        ),
                        (
                            "over_quantity",
                            backoffice.core.fields.QuantityField(
                                default=0, help_text="Units more that are taken without asking."
                            ),
                        ),
                        (
                            "short_percent",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                help_text="A line that is short by no more counts as in full.",
                                max_digits=5,
                            ),
                        ),
                        (
                            "price_percent",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                help_text="How far a price may be above their list unflagged.",
                                max_digits=5,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "supplier",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: all suppliers without terms.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "supplier terms",
                        "verbose_name_plural": "supplier terms",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "supplier"),
                                name="supplierterms_one_a_supplier",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("over_percent__gte", 0),
                                    ("over_quantity__gte", 0),
                                    ("short_percent__range", (0, 100)),
                                    ("price_percent__gte", 0),
                                ),
                                name="supplierterms_tolerances_sane",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Transfer",
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
                                    ("draft", "Draft"),
                                    ("approved", "Approved"),
                                    ("allocated", "Allocated"),
                                    ("partly_shipped", "Partly shipped"),
                                    ("shipped", "Shipped"),
                                    ("partly_received", "Partly received"),
                                    ("received", "Received"),
                                    ("closed", "Closed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                max_length=16,
                            ),
                        ),
                        ("priority", models.PositiveSmallIntegerField(default=100, help_text="Lower comes first.")),
                        (
                            "expected_date",
                            models.DateField(
                                blank=True,
                                help_text="When it arrives; from then on its goods may be promised there.",
                                null=True,
                            ),
                        ),
                        ("carrier", models.CharField(blank=True, max_length=60)),
                        ("tracking_number", models.CharField(blank=True, max_length=80)),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("source_key", models.CharField(blank=True, max_length=120, null=True)),
                        ("created_label", models.CharField(max_length=150)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "shipped_at",
                            models.DateTimeField(blank=True, help_text="When the first goods left.", null=True),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "created_by",
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
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers_out",
                                to="inventory.warehouse",
                                verbose_name="from",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers_in",
                                to="inventory.warehouse",
                                verbose_name="to",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "transfer",
                        "verbose_name_plural": "transfers",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "draft",
                                            "approved",
                                            "allocated",
                                            "partly_shipped",
                                            "shipped",
                                            "partly_received",
                                            "received",
                                            "closed",
                                            "cancelled",
                                        ],
                                    )
                                ),
                                name="transfer_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", models.F("target")), _negated=True),
                                name="transfer_between_two_warehouses",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("source_key__isnull", False)),
                                fields=("company", "source_key"),
                                name="transfer_source_key_unique",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TransferLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("cancelled", backoffice.core.fields.QuantityField(default=0)),
                        ("shipped", backoffice.core.fields.QuantityField(default=0)),
                        ("received", backoffice.core.fields.QuantityField(default=0)),
                        ("settled", backoffice.core.fields.QuantityField(default=0)),
                        (
                            "demand",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.demand",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: any lot.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.lot",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: our own goods.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                        (
                            "transfer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="inventory.transfer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "transfer line",
                        "verbose_name_plural": "transfer lines",
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    (
                                        "shipped__gt",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("received"), "+", models.F("settled")
                                        ),
                                    )
                                ),
                                fields=["sku"],
                                name="transferline_in_transit",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("transfer", "position"), name="transferline_position_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cancelled__gte", 0),
                                    ("quantity__gt", 0),
                                    ("received__gte", 0),
                                    ("settled__gte", 0),
                                    ("shipped__gte", 0),
                                ),
                                name="transferline_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "quantity__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("shipped"), "+", models.F("cancelled")
                                        ),
                                    )
                                ),
                                name="transferline_shipped_within_quantity",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "shipped__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("received"), "+", models.F("settled")
                                        ),
                                    )
                                ),
                                name="transferline_received_within_shipped",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TransferSettlement",
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
                                    ("found_source", "Found where it came from"),
                                    ("found_target", "Found where it went to"),
                                    ("loss", "Lost"),
                                    ("claim", "Claimed from the carrier"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "value",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="What it cost, in the company's currency."
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "claim_on",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.party",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="settlements",
                                to="inventory.transferline",
                            ),
                        ),
                        (
                            "move",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.stockmove"
                            ),
                        ),
                        (
                            "open_item",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.openitem",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "transfer settlement",
                        "verbose_name_plural": "transfer settlements",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["found_source", "found_target", "loss", "claim"])),
                                name="transfersettlement_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0), ("value__gte", 0)),
                                name="transfersettlement_quantity_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("claim_on__isnull", False), ("kind", "claim")),
                                    models.Q(models.Q(("kind", "claim"), _negated=True), ("claim_on__isnull", True)),
                                    _connector="OR",
                                ),
                                name="transfersettlement_claim_names_whom",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ValueChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("value", backoffice.core.fields.AmountField()),
                        ("reason", models.CharField(max_length=40)),
                        ("source_type", models.CharField(max_length=40)),
                        ("source_id", models.BigIntegerField(blank=True, null=True)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "xid",
                            backoffice.core.fields.XidField(
                                db_default=accounting.models.journal.CurrentXid(), editable=False
                            ),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="value_changes",
                                to="accounting.journalentry",
                            ),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                        (
                            "layer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="inventory.costlayer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change of value",
                        "verbose_name_plural": "changes of value",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("value", 0), _negated=True), name="valuechange_not_zero"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockLevel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("on_hand", backoffice.core.fields.QuantityField(db_default=0)),
                        (
                            "sellable",
                            backoffice.core.fields.QuantityField(
                                db_default=0, help_text="On hand less quarantine and missing."
                            ),
                        ),
                        ("reserved", backoffice.core.fields.QuantityField(db_default=0)),
                        (
                            "available",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("sellable"), "-", models.F("reserved")
                                ),
                                output_field=backoffice.core.fields.QuantityField(),
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.sku"
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
                        "verbose_name": "stock level",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sku", "warehouse", "owner"), name="stocklevel_one_row", nulls_distinct=False
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reserved__gte", 0),
                                    ("reserved__lte", models.F("sellable")),
                                    ("sellable__lte", models.F("on_hand")),
                                ),
                                name="stocklevel_reserved_within_sellable_within_on_hand",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StockAlert",
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
                                    ("low", "Low stock"),
                                    ("over", "Overstock"),
                                    ("dead", "Dead stock"),
                                    ("expiry", "Expires soon"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "value",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Of the stock it is about, at cost."
                            ),
                        ),
                        ("facts", models.JSONField(default=dict)),
                        (
                            "opened_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("seen_at", models.DateTimeField(blank=True, null=True)),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
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
                            "seen_by",
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
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="alerts", to="inventory.sku"
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"),
                        ),
                    ],
                    options={
                        "verbose_name": "stock alert",
                        "verbose_name_plural": "stock alerts",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("closed_at__isnull", True)),
                                fields=["company", "kind", "-id"],
                                name="stockalert_open",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at__isnull", True)),
                                fields=("kind", "sku", "warehouse", "lot"),
                                name="stockalert_one_open",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["low", "over", "dead", "expiry"])),
                                name="stockalert_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReorderRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "reorder_point",
                            backoffice.core.fields.QuantityField(
                                blank=True,
                                help_text="At or below this something is proposed; empty: from the demand.",
                                null=True,
                            ),
                        ),
                        (
                            "order_up_to",
                            backoffice.core.fields.QuantityField(
                                blank=True, help_text="Empty: from the demand.", null=True
                            ),
                        ),
                        (
                            "safety_days",
                            models.PositiveSmallIntegerField(blank=True, help_text="Empty: the company's.", null=True),
                        ),
                        (
                            "cover_days",
                            models.PositiveSmallIntegerField(blank=True, help_text="Empty: the company's.", null=True),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True, help_text="Off: nothing is proposed and no low stock is told."
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reorder_rules",
                                to="inventory.sku",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                blank=True,
                                help_text="Brought over from this warehouse instead of being bought.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.warehouse",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: all without a rule.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "reorder rule",
                        "verbose_name_plural": "reorder rules",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sku", "warehouse"), name="reorderrule_one_a_place", nulls_distinct=False
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("reorder_point__isnull", True), ("reorder_point__gte", 0), _connector="OR"
                                    ),
                                    models.Q(("order_up_to__isnull", True), ("order_up_to__gt", 0), _connector="OR"),
                                    models.Q(
                                        ("reorder_point__isnull", True),
                                        ("order_up_to__isnull", True),
                                        ("order_up_to__gt", models.F("reorder_point")),
                                        _connector="OR",
                                    ),
                                ),
                                name="reorderrule_levels_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("source__isnull", True),
                                    ("warehouse__isnull", True),
                                    models.Q(("source", models.F("warehouse")), _negated=True),
                                    _connector="OR",
                                ),
                                name="reorderrule_source_is_another",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Proposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField(help_text="As counted.")),
                        (
                            "chosen_quantity",
                            backoffice.core.fields.QuantityField(
                                blank=True, help_text="As somebody decided; empty: as counted.", null=True
                            ),
                        ),
                        (
                            "value",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="At the supplier's price, else at cost, in the company's currency."
                            ),
                        ),
                        ("needed_date", models.DateField(blank=True, help_text="When the stock runs out.", null=True)),
                        ("facts", models.JSONField(default=dict)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("ordered", "Ordered"),
                                    ("dismissed", "Dismissed"),
                                    ("gone", "No longer needed"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "dismissed_until",
                            models.DateField(blank=True, help_text="Not proposed again before.", null=True),
                        ),
                        ("reason", models.CharField(blank=True, max_length=300)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("counted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("ended_label", models.CharField(blank=True, max_length=150)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "ended_by",
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
                            "supplier",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: nobody is known who sells it.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        (
                            "purchase_order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposals",
                                to="inventory.purchaseorder",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposals",
                                to="inventory.sku",
                            ),
                        ),
                        (
                            "transfer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposals",
                                to="inventory.transfer",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Empty: it is bought.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.warehouse",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"),
                        ),
                    ],
                    options={
                        "verbose_name": "proposal",
                        "verbose_name_plural": "proposals",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "open")),
                                fields=["company", "needed_date", "id"],
                                name="proposal_open",
                            ),
                            models.Index(
                                condition=models.Q(("status", "dismissed")),
                                fields=["sku", "warehouse"],
                                name="proposal_dismissed_place",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("status", "open")),
                                fields=("sku", "warehouse"),
                                name="proposal_one_open_a_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "ordered", "dismissed", "gone"])),
                                name="proposal_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("quantity__gt", 0),
                                    models.Q(
                                        ("chosen_quantity__isnull", True), ("chosen_quantity__gt", 0), _connector="OR"
                                    ),
                                ),
                                name="proposal_quantity_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("source__isnull", True),
                                    models.Q(
                                        ("supplier__isnull", True),
                                        models.Q(("source", models.F("warehouse")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="proposal_bought_or_brought",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("purchase_order__isnull", False),
                                        ("status", "ordered"),
                                        ("transfer__isnull", True),
                                    ),
                                    models.Q(
                                        ("purchase_order__isnull", True),
                                        ("status", "ordered"),
                                        ("transfer__isnull", False),
                                    ),
                                    models.Q(
                                        models.Q(("status", "ordered"), _negated=True),
                                        ("purchase_order__isnull", True),
                                        ("transfer__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="proposal_ordered_names_its_order",
                            ),
                        ],
                    },
                ),
            ]
        ),
        migrations.AddField(
            model_name="Kit",
            name="sku",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="kits", to="inventory.sku"
            ),
        ),
        migrations.AddConstraint(
            model_name="Kit",
            constraint=models.UniqueConstraint(fields=("sku", "number"), name="kit_number_unique"),
        ),
    ]
