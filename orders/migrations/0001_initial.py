import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import backoffice.core.fields
import orders.models.return_photos
from backoffice.core.create_models import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounting", "0001_initial"),
        ("core", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("inventory", "0001_initial"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Channel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField()),
                        ("name", models.CharField(max_length=120)),
                        (
                            "kind",
                            models.CharField(
                                default="manual", help_text="shopify, amazon, storefront, csv, fake …", max_length=30
                            ),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("prices_include_tax", models.BooleanField(default=False)),
                        (
                            "ship_complete",
                            models.BooleanField(default=False, help_text="Wait until the whole order can leave."),
                        ),
                        (
                            "auto_release",
                            models.BooleanField(default=True, help_text="Release orders without holds at once."),
                        ),
                        (
                            "payment_policy",
                            models.CharField(
                                choices=[
                                    ("none", "Do not wait for payment"),
                                    ("authorised", "Wait until it is authorised"),
                                    ("paid", "Wait until it is paid"),
                                ],
                                db_default="none",
                                default="none",
                                help_text="New orders are held until then.",
                                max_length=10,
                            ),
                        ),
                        (
                            "hold_above",
                            backoffice.core.fields.AmountField(
                                blank=True,
                                help_text="Orders above this total are held for a fraud check. Empty: never.",
                                null=True,
                            ),
                        ),
                        (
                            "check_address",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Hold orders without a complete shipping address.",
                            ),
                        ),
                        ("priority", models.PositiveSmallIntegerField(default=100, help_text="Lower is served first.")),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "objective",
                            models.CharField(
                                choices=[
                                    ("fewest_parcels", "Fewest parcels, then cost, then distance"),
                                    ("lowest_cost", "Lowest cost, then fewest parcels, then distance"),
                                    ("nearest", "Shortest distance, then fewest parcels, then cost"),
                                    ("preference", "The warehouses in their order, then fewest parcels"),
                                ],
                                default="fewest_parcels",
                                help_text="Which warehouse is best, once as much as possible can ship.",
                                max_length=14,
                            ),
                        ),
                        (
                            "max_parcels",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="From so many warehouses at most; 1: an order is never split.",
                                null=True,
                                verbose_name="parcels at most",
                            ),
                        ),
                        (
                            "same_day",
                            models.BooleanField(
                                default=False,
                                help_text="Prefer warehouses whose cut-off has not passed, even if it costs more.",
                                verbose_name="same day first",
                            ),
                        ),
                        (
                            "min_remaining_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Only goods that keep so many days after the day they leave. Empty: any that have not expired.",
                                null=True,
                                verbose_name="shelf life left, in days",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                blank=True,
                                choices=[("en", "English"), ("ka", "ქართული"), ("ru", "Русский")],
                                db_default="",
                                help_text="Of documents and mails, when a buyer's is not known. Empty: the company's.",
                                max_length=8,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "party",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.party"),
                        ),
                        (
                            "tax_code",
                            models.ForeignKey(
                                help_text="When the order states none.",
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.taxcode",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                blank=True,
                                help_text="Orders ship from here only. Empty: from the best by the objective.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.warehouse",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "channel",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="channel_code_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("payment_policy__in", ["none", "authorised", "paid"])),
                                name="channel_payment_policy_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("objective__in", ["fewest_parcels", "lowest_cost", "nearest", "preference"])
                                ),
                                name="channel_objective_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("max_parcels__isnull", True), ("max_parcels__gte", 1), _connector="OR"
                                ),
                                name="channel_max_parcels_positive",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CustomerGroup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField()),
                        ("name", models.CharField(max_length=120)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "customer group",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="customergroup_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=120)),
                        ("country", models.CharField(blank=True, max_length=2)),
                        (
                            "language",
                            models.CharField(
                                blank=True,
                                choices=[("en", "English"), ("ka", "ქართული"), ("ru", "Русский")],
                                db_default="",
                                help_text="Of their documents and mails. Empty: the channel's.",
                                max_length=8,
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.channel"
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "party",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="accounting.personaldata"
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.customergroup",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "contact",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "external_id"), name="contact_external_id_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True), name="contact_external_id_given"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BlanketOrder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(
                                help_text="The agreement's number, as the buyer writes it.", max_length=120
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "Open"), ("closed", "Closed")], default="open", max_length=6
                            ),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("valid_from", models.DateField()),
                        ("valid_to", models.DateField(help_text="The last day on which goods can be called off.")),
                        ("note", models.TextField(blank=True)),
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
                            "channel",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.channel"),
                        ),
                        (
                            "contact",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.contact"),
                        ),
                    ],
                    options={
                        "verbose_name": "blanket order",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("contact", "reference"), name="blanketorder_reference_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "closed"])), name="blanketorder_status_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_to__gte", models.F("valid_from"))),
                                name="blanketorder_ends_after_its_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BlanketLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("unit_price", backoffice.core.fields.AmountField()),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                        (
                            "blanket",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.blanketorder",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "blanket order line",
                        "constraints": [
                            models.UniqueConstraint(fields=("blanket", "position"), name="blanketline_position_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0), ("unit_price__gte", 0)),
                                name="blanketline_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Order",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=120)),
                        (
                            "external_number",
                            models.CharField(blank=True, help_text="As the buyer sees it.", max_length=120),
                        ),
                        (
                            "content_hash",
                            models.CharField(
                                help_text="Of what was sent: the same id with other content is told.", max_length=32
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("placed", "Placed"),
                                    ("released", "Released"),
                                    ("partly_shipped", "Partly shipped"),
                                    ("shipped", "Shipped"),
                                    ("completed", "Completed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="placed",
                                max_length=16,
                            ),
                        ),
                        ("placed_at", models.DateTimeField(help_text="When the buyer placed it.")),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("prices_include_tax", models.BooleanField(default=False)),
                        (
                            "goods_total",
                            backoffice.core.fields.AmountField(
                                help_text="Lines at their prices, before discounts, as sent."
                            ),
                        ),
                        ("charges_total", backoffice.core.fields.AmountField(default=0)),
                        ("discount_total", backoffice.core.fields.AmountField(default=0, help_text="Positive.")),
                        ("tax_total", backoffice.core.fields.AmountField(default=0)),
                        (
                            "total",
                            backoffice.core.fields.AmountField(help_text="What the channel says the buyer owes."),
                        ),
                        ("priority", models.PositiveSmallIntegerField(default=100)),
                        ("promise_date", models.DateField(blank=True, null=True)),
                        ("ship_complete", models.BooleanField(default=False)),
                        ("shipping_service", models.CharField(blank=True, max_length=60)),
                        ("note", models.TextField(blank=True)),
                        (
                            "version",
                            models.PositiveIntegerField(
                                default=1, help_text="Raised by every change: two editors cannot meet."
                            ),
                        ),
                        (
                            "billing_address",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.address",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.channel"
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Empty: a guest.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.contact",
                            ),
                        ),
                        (
                            "pinned_warehouse",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.warehouse",
                            ),
                        ),
                        (
                            "shipping_address",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.address",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order",
                        "indexes": [
                            models.Index(fields=["-placed_at", "-id"], name="order_newest_first"),
                            models.Index(fields=["channel", "-placed_at"], name="order_by_channel"),
                            models.Index(fields=["status", "-placed_at", "-id"], name="order_by_status"),
                            models.Index(fields=["external_id"], name="order_by_external_id"),
                            models.Index(fields=["contact", "-placed_at"], name="order_by_contact"),
                            models.Index(
                                condition=models.Q(("external_number", ""), _negated=True),
                                fields=["external_number"],
                                name="order_by_external_number",
                            ),
                            models.Index(
                                condition=models.Q(("status__in", ["placed", "released", "partly_shipped"])),
                                fields=["-placed_at", "-id"],
                                name="order_open_newest",
                            ),
                            models.Index(
                                condition=models.Q(("status__in", ["placed", "released", "partly_shipped"])),
                                fields=["promise_date", "id"],
                                name="order_open_by_promise",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("channel", "external_id"), name="order_external_id_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "draft",
                                            "placed",
                                            "released",
                                            "partly_shipped",
                                            "shipped",
                                            "completed",
                                            "cancelled",
                                        ],
                                    )
                                ),
                                name="order_status_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DraftOrder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "external_id",
                            models.CharField(
                                help_text="Given by the caller, or made up: the order's later.", max_length=110
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("quoted", "Quoted"),
                                    ("placed", "Placed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        (
                            "valid_until",
                            models.DateField(blank=True, help_text="The last day on which the quote holds.", null=True),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("prices_include_tax", models.BooleanField(default=False)),
                        ("goods_total", backoffice.core.fields.AmountField(default=0)),
                        ("charges_total", backoffice.core.fields.AmountField(default=0)),
                        ("discount_total", backoffice.core.fields.AmountField(default=0)),
                        ("tax_total", backoffice.core.fields.AmountField(default=0)),
                        ("total", backoffice.core.fields.AmountField(default=0)),
                        (
                            "external_number",
                            models.CharField(blank=True, help_text="The buyer's own reference.", max_length=120),
                        ),
                        ("promise_date", models.DateField(blank=True, null=True)),
                        ("shipping_service", models.CharField(blank=True, max_length=60)),
                        ("note", models.TextField(blank=True)),
                        ("made_by", models.CharField(max_length=150)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "version",
                            models.PositiveIntegerField(
                                default=1, help_text="Raised by every change: two editors cannot meet."
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.channel"
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.contact",
                            ),
                        ),
                        (
                            "shipping_address",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.address",
                            ),
                        ),
                        (
                            "order",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="draft",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "draft order",
                        "verbose_name_plural": "quotes and drafts",
                        "indexes": [models.Index(fields=["status", "-id"], name="draftorder_by_status")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "external_id"), name="draftorder_external_id_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["draft", "quoted", "placed", "cancelled"])),
                                name="draftorder_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "quoted"), _negated=True),
                                    ("valid_until__isnull", False),
                                    _connector="OR",
                                ),
                                name="draftorder_quote_holds_until",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("order__isnull", False), ("status", "placed")),
                                    models.Q(models.Q(("status", "placed"), _negated=True), ("order__isnull", True)),
                                    _connector="OR",
                                ),
                                name="draftorder_placed_is_an_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DraftLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("description", models.CharField(blank=True, max_length=300)),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("unit_price", backoffice.core.fields.AmountField()),
                        (
                            "discount",
                            backoffice.core.fields.AmountField(default=0, help_text="On the whole line, positive."),
                        ),
                        ("tax_rate", models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                        ("tax", backoffice.core.fields.AmountField(default=0, help_text="On the whole line.")),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                        (
                            "draft",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.draftorder",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "draft line",
                        "constraints": [
                            models.UniqueConstraint(fields=("draft", "position"), name="draftline_position_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("discount__gte", 0), ("quantity__gt", 0), ("unit_price__gte", 0)),
                                name="draftline_amounts_sane",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DraftCharge",
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
                                    ("shipping", "Shipping"),
                                    ("gift_wrap", "Gift wrap"),
                                    ("handling", "Handling"),
                                    ("fee", "Fee"),
                                    ("manual", "Manual"),
                                    ("other", "Other"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("description", models.CharField(blank=True, max_length=300)),
                        ("amount", backoffice.core.fields.AmountField()),
                        ("tax_rate", models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                        ("tax", backoffice.core.fields.AmountField(default=0)),
                        (
                            "draft",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="charges",
                                to="orders.draftorder",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "draft charge",
                        "constraints": [
                            models.UniqueConstraint(fields=("draft", "position"), name="draftcharge_position_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["shipping", "gift_wrap", "handling", "fee", "manual", "other"])
                                ),
                                name="draftcharge_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DropShipRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "unit_cost",
                            backoffice.core.fields.AmountField(
                                help_text="What the supplier asks for one, in their currency, before tax."
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: orders of every channel.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.channel",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                        (
                            "supplier",
                            models.ForeignKey(
                                limit_choices_to={"is_supplier": True},
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "drop-ship rule",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("sku", "channel"),
                                name="dropshiprule_one_for_a_sku_and_channel",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("unit_cost__gte", 0)), name="dropshiprule_cost_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GradeWriteDown",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "grade",
                            models.CharField(
                                choices=[
                                    ("A", "A: like new"),
                                    ("B", "B: opened, small marks"),
                                    ("C", "C: used or worn"),
                                    ("D", "D: damaged"),
                                ],
                                max_length=1,
                            ),
                        ),
                        (
                            "percent",
                            models.DecimalField(
                                decimal_places=2, help_text="Of the cost at which it came back.", max_digits=5
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "write-down of a grade",
                        "verbose_name_plural": "write-downs of grades",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "grade"), name="gradewritedown_once_for_a_grade"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("grade__in", ["A", "B", "C", "D"])),
                                name="gradewritedown_grade_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("percent__gte", 0), ("percent__lte", 100)),
                                name="gradewritedown_percent_sane",
                                violation_error_message="A write-down is 0 to 100 percent.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MailRule",
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
                                    ("order_confirmation", "Order confirmation"),
                                    ("packing_slip", "Packing slip"),
                                    ("invoice", "Invoice"),
                                    ("credit_note", "Credit note"),
                                    ("return_form", "Return form"),
                                ],
                                max_length=20,
                                verbose_name="document",
                            ),
                        ),
                        (
                            "since",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mail_rules",
                                to="orders.channel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "mail rule",
                        "verbose_name_plural": "mailed by itself",
                        "constraints": [
                            models.UniqueConstraint(fields=("channel", "kind"), name="mailrule_one_of_a_kind"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        ("order_confirmation", "packing_slip", "invoice", "credit_note", "return_form"),
                                    )
                                ),
                                name="mailrule_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MailText",
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
                                    ("quote", "Quote"),
                                    ("order_confirmation", "Order confirmation"),
                                    ("packing_slip", "Packing slip"),
                                    ("invoice", "Invoice"),
                                    ("credit_note", "Credit note"),
                                    ("return_form", "Return form"),
                                    ("purchase_order", "Purchase order"),
                                ],
                                max_length=20,
                                verbose_name="document",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("ka", "ქართული"), ("ru", "Русский")], max_length=8
                            ),
                        ),
                        ("subject", models.CharField(max_length=200)),
                        ("body", models.TextField(max_length=5000)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "mail text",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "kind", "language"), name="mailtext_one_of_a_kind"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MergeGroup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("made_by", models.CharField(max_length=150)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
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
                        "verbose_name": "merge group",
                    },
                ),
                migrations.CreateModel(
                    name="Hold",
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
                                    ("payment", "Payment"),
                                    ("fraud", "Fraud"),
                                    ("address", "Address"),
                                    ("stock", "Stock"),
                                    ("credit", "Credit"),
                                    ("total", "Total does not add up"),
                                    ("mapping", "Unknown SKU"),
                                    ("exchange", "Exchange: the old goods first"),
                                    ("manual", "Manual"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(max_length=300)),
                        ("placed_by", models.CharField(max_length=150)),
                        (
                            "placed_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("released_at", models.DateTimeField(blank=True, null=True)),
                        ("release_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "released_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "hold",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("released_at__isnull", True)),
                                fields=("order", "kind"),
                                name="hold_one_open_of_a_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "payment",
                                            "fraud",
                                            "address",
                                            "stock",
                                            "credit",
                                            "total",
                                            "mapping",
                                            "exchange",
                                            "manual",
                                        ],
                                    )
                                ),
                                name="hold_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("released_at__isnull", True),
                                    ("released_by__isnull", False),
                                    ("kind__in", ["payment", "exchange"]),
                                    _connector="OR",
                                ),
                                name="hold_released_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fulfilment",
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
                                    ("pending", "Pending"),
                                    ("ready", "Ready"),
                                    ("in_wave", "In a wave"),
                                    ("picking", "Picking"),
                                    ("picked", "Picked"),
                                    ("packing", "Packing"),
                                    ("packed", "Packed"),
                                    ("shipped", "Shipped"),
                                    ("on_hold", "On hold"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="ready",
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        ("ship_by", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"
                            ),
                        ),
                        (
                            "merge_group",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Packed and shipped together with these.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fulfilments",
                                to="orders.mergegroup",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fulfilments",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "fulfilment",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["shipped", "cancelled"]), _negated=True),
                                fields=["warehouse", "status", "id"],
                                name="fulfilment_open_work",
                            ),
                            models.Index(
                                condition=models.Q(("merge_group__isnull", False)),
                                fields=["merge_group"],
                                name="fulfilment_merged",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "pending",
                                            "ready",
                                            "in_wave",
                                            "picking",
                                            "picked",
                                            "packing",
                                            "packed",
                                            "shipped",
                                            "on_hold",
                                            "cancelled",
                                        ],
                                    )
                                ),
                                name="fulfilment_status_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DocumentMail",
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
                                    ("quote", "Quote"),
                                    ("order_confirmation", "Order confirmation"),
                                    ("packing_slip", "Packing slip"),
                                    ("invoice", "Invoice"),
                                    ("credit_note", "Credit note"),
                                    ("return_form", "Return form"),
                                    ("purchase_order", "Purchase order"),
                                ],
                                max_length=20,
                                verbose_name="document",
                            ),
                        ),
                        (
                            "object_id",
                            models.BigIntegerField(
                                help_text="Of the order, shipment, invoice, return or purchase order."
                            ),
                        ),
                        ("key", models.CharField(help_text="One mail for each.", max_length=120, unique=True)),
                        ("asked_by", models.CharField(max_length=150)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("due", "Due"),
                                    ("sending", "Being handed over"),
                                    ("sent", "Sent"),
                                    ("unsure", "Perhaps sent"),
                                    ("dead", "Given up"),
                                    ("suppressed", "Not to be sent"),
                                ],
                                default="due",
                                max_length=10,
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        (
                            "requested_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "error",
                            models.CharField(
                                blank=True, help_text="A code; orders.mail_errors has its words.", max_length=300
                            ),
                        ),
                        ("error_context", models.JSONField(blank=True, db_default={}, default=dict)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.personaldata",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mails",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "document mail",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["due", "sending"])),
                                fields=["due_at"],
                                name="documentmail_due",
                            ),
                            models.Index(fields=["status", "-id"], name="documentmail_by_status"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "quote",
                                            "order_confirmation",
                                            "packing_slip",
                                            "invoice",
                                            "credit_note",
                                            "return_form",
                                            "purchase_order",
                                        ],
                                    )
                                ),
                                name="documentmail_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["due", "sending", "sent", "unsure", "dead", "suppressed"])
                                ),
                                name="documentmail_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at__isnull", False), ("status", "sent")),
                                    models.Q(models.Q(("status", "sent"), _negated=True), ("sent_at__isnull", True)),
                                    _connector="OR",
                                ),
                                name="documentmail_sent_has_its_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderCharge",
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
                                    ("shipping", "Shipping"),
                                    ("gift_wrap", "Gift wrap"),
                                    ("handling", "Handling"),
                                    ("fee", "Fee"),
                                    ("manual", "Manual"),
                                    ("other", "Other"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=60)),
                        ("description", models.CharField(blank=True, max_length=300)),
                        ("quantity", backoffice.core.fields.QuantityField(default=1)),
                        ("unit_price", backoffice.core.fields.AmountField()),
                        (
                            "amount",
                            backoffice.core.fields.AmountField(
                                help_text="Before tax unless the order's prices include it; negative lowers the bill."
                            ),
                        ),
                        ("tax", backoffice.core.fields.AmountField(default=0)),
                        ("tax_rate", models.DecimalField(decimal_places=6, default=0, max_digits=9)),
                        ("account_role", models.CharField(max_length=24)),
                        ("billed", models.BooleanField(default=False)),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="charges",
                                to="orders.order",
                            ),
                        ),
                        (
                            "tax_code",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.taxcode",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "charge",
                        "constraints": [
                            models.UniqueConstraint(fields=("order", "position"), name="ordercharge_position_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["shipping", "gift_wrap", "handling", "fee", "manual", "other"])
                                ),
                                name="ordercharge_kind_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("external_id", models.CharField(blank=True, max_length=120)),
                        ("channel_sku", models.CharField(max_length=120)),
                        ("description", models.CharField(blank=True, max_length=300)),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("unit_price", backoffice.core.fields.AmountField()),
                        (
                            "discount",
                            backoffice.core.fields.AmountField(default=0, help_text="On the whole line, positive."),
                        ),
                        ("tax", backoffice.core.fields.AmountField(default=0, help_text="On the whole line.")),
                        ("tax_rate", models.DecimalField(decimal_places=6, default=0, max_digits=9)),
                        (
                            "tax_collector",
                            models.CharField(default="seller", help_text="seller or marketplace", max_length=11),
                        ),
                        ("cancelled", backoffice.core.fields.QuantityField(default=0)),
                        ("shipped", backoffice.core.fields.QuantityField(default=0)),
                        ("returned", backoffice.core.fields.QuantityField(default=0)),
                        ("promise_date", models.DateField(blank=True, null=True)),
                        (
                            "demand",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.demand",
                            ),
                        ),
                        (
                            "kit",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="What the kit was made of when it was ordered; empty: no kit.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.kit",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.order",
                            ),
                        ),
                        (
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
                        (
                            "tax_code",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.taxcode",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order line",
                        "permissions": [("change_price", "Can change the price of goods that were ordered")],
                        "indexes": [models.Index(fields=["sku", "-id"], name="orderline_newest_of_sku")],
                        "constraints": [
                            models.UniqueConstraint(fields=("order", "position"), name="orderline_position_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cancelled__gte", 0),
                                    ("quantity__gt", 0),
                                    ("returned__gte", 0),
                                    ("shipped__gte", 0),
                                    (
                                        "quantity__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("cancelled"), "+", models.F("shipped")
                                        ),
                                    ),
                                    ("returned__lte", models.F("shipped")),
                                ),
                                name="orderline_quantities_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("tax_collector__in", ["seller", "marketplace"])),
                                name="orderline_tax_collector_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderDiscount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=60)),
                        ("description", models.CharField(blank=True, max_length=200)),
                        ("amount", backoffice.core.fields.AmountField()),
                        (
                            "funded_by",
                            models.CharField(default="seller", help_text="seller or marketplace", max_length=11),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="discounts", to="orders.order"
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.orderline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "discount",
                    },
                ),
                migrations.CreateModel(
                    name="LinePromise",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("is_open", models.BooleanField(default=True)),
                        ("waiting", backoffice.core.fields.QuantityField(help_text="Not claimed yet.")),
                        ("promised_date", models.DateField(blank=True, null=True)),
                        (
                            "stated",
                            models.BooleanField(default=False, help_text="Given by the channel: it does not move."),
                        ),
                        ("expected_date", models.DateField(blank=True, null=True)),
                        ("parts", models.JSONField(default=list)),
                        (
                            "release_date",
                            models.DateField(blank=True, help_text="A pre-order that waits for this day.", null=True),
                        ),
                        (
                            "counted_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "order_line",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="promise",
                                to="orders.orderline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "promise",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("is_open", True)),
                                fields=["company", "promised_date", "id"],
                                name="linepromise_still_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("waiting__gte", 0)), name="linepromise_waiting_not_negative"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FulfilmentLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "quantity",
                            backoffice.core.fields.QuantityField(
                                help_text="To ship; falls when a pick comes up short or part is cancelled."
                            ),
                        ),
                        ("picked", backoffice.core.fields.QuantityField(default=0)),
                        ("shipped", backoffice.core.fields.QuantityField(default=0)),
                        (
                            "allocation",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.allocation",
                            ),
                        ),
                        (
                            "fulfilment",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.fulfilment",
                            ),
                        ),
                        (
                            "order_line",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fulfilment_lines",
                                to="orders.orderline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "fulfilment line",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("fulfilment", "allocation"), name="fulfilmentline_one_per_allocation"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("quantity__gte", 0),
                                    ("shipped__gte", 0),
                                    ("shipped__lte", models.F("picked")),
                                    ("picked__lte", models.F("quantity")),
                                ),
                                name="fulfilmentline_shipped_within_picked_within_quantity",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DropShipLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("shipped", backoffice.core.fields.QuantityField(default=0)),
                        ("cancelled", backoffice.core.fields.QuantityField(default=0)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "po_line",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="drop_ship",
                                to="inventory.purchaseorderline",
                            ),
                        ),
                        (
                            "order_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="drop_ships",
                                to="orders.orderline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "drop-ship line",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cancelled__gte", 0),
                                    ("quantity__gt", 0),
                                    ("shipped__gte", 0),
                                    (
                                        "quantity__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("shipped"), "+", models.F("cancelled")
                                        ),
                                    ),
                                ),
                                name="dropshipline_quantities_sane",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CancelRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "kits",
                            backoffice.core.fields.QuantityField(
                                blank=True,
                                help_text="Whole kits, on the first of the requests for their components; they are answered together.",
                                null=True,
                            ),
                        ),
                        ("reason", models.CharField(max_length=300)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("accepted", "Accepted"),
                                    ("refused", "Refused"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("requested_by", models.CharField(max_length=150)),
                        (
                            "requested_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("answered_at", models.DateTimeField(blank=True, null=True)),
                        ("answer", models.CharField(blank=True, max_length=300)),
                        (
                            "answered_by",
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
                            "fulfilment",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cancel_requests",
                                to="orders.fulfilment",
                            ),
                        ),
                        (
                            "fulfilment_line",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.fulfilmentline"
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cancel_requests",
                                to="orders.order",
                            ),
                        ),
                        (
                            "order_line",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.orderline"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "cancel request",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "open")),
                                fields=["fulfilment"],
                                name="cancelrequest_open_work",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "accepted", "refused", "withdrawn"])),
                                name="cancelrequest_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="cancelrequest_quantity_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kits__isnull", True), ("kits__gt", 0), _connector="OR"),
                                name="cancelrequest_kits_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered_at__isnull", True), ("status", "open")),
                                    models.Q(
                                        models.Q(("status", "open"), _negated=True), ("answered_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="cancelrequest_answered_is_timed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BlanketCall",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "blanket_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="calls",
                                to="orders.blanketline",
                            ),
                        ),
                        (
                            "order_line",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blanket_call",
                                to="orders.orderline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "call-off",
                    },
                ),
                migrations.CreateModel(
                    name="OrderLineComponent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("per_kit", backoffice.core.fields.QuantityField(help_text="In one kit.")),
                        (
                            "given_up",
                            backoffice.core.fields.QuantityField(
                                default=0,
                                help_text="Left with kits that were cancelled before they were complete: not billed.",
                            ),
                        ),
                        ("given_up_reason", models.CharField(blank=True, max_length=300)),
                        (
                            "demand",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="kit_component",
                                to="inventory.demand",
                            ),
                        ),
                        (
                            "order_line",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="components",
                                to="orders.orderline",
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
                        "verbose_name": "component of an order line",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("order_line", "position"), name="orderlinecomponent_position_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("given_up__gte", 0), ("per_kit__gt", 0)),
                                name="orderlinecomponent_quantities_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("given_up", 0), models.Q(("given_up_reason", ""), _negated=True), _connector="OR"
                                ),
                                name="orderlinecomponent_given_up_with_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderPayment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(max_length=120)),
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
                        (
                            "reference",
                            models.CharField(
                                blank=True,
                                help_text="Of the terminal, the bank or the payment service.",
                                max_length=120,
                            ),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("authorised", backoffice.core.fields.AmountField(db_default=0)),
                        ("captured", backoffice.core.fields.AmountField(db_default=0)),
                        ("voided", backoffice.core.fields.AmountField(db_default=0)),
                        ("refunded", backoffice.core.fields.AmountField(db_default=0)),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.channel"
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="orders.order"
                            ),
                        ),
                        (
                            "stored_value",
                            models.ForeignKey(
                                blank=True,
                                help_text="The gift card or credit that pays.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.storedvalue",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "order payment",
                        "permissions": [("refund_orderpayment", "Can refund order payments")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "external_id"), name="orderpayment_external_id_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "method__in",
                                        ["card", "cash", "bank", "online", "gift_card", "store_credit", "other"],
                                    )
                                ),
                                name="orderpayment_method_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("external_id", ""), _negated=True),
                                name="orderpayment_external_id_given",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "authorised__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("captured"), "+", models.F("voided")
                                        ),
                                    ),
                                    ("captured__gte", 0),
                                    ("voided__gte", 0),
                                ),
                                name="orderpayment_captured_within_authorised",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("refunded__gte", 0), ("refunded__lte", models.F("captured"))),
                                name="orderpayment_refunded_within_captured",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderPaymentEvent",
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
                                    ("authorise", "Authorised"),
                                    ("capture", "Captured"),
                                    ("void", "Voided"),
                                    ("refund", "Refunded"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("amount", backoffice.core.fields.AmountField()),
                        (
                            "source_key",
                            models.CharField(help_text="The same key again is the same event.", max_length=120),
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
                                help_text="Of a refund: where it went.",
                                max_length=12,
                            ),
                        ),
                        ("reference", models.CharField(blank=True, max_length=120)),
                        ("reason", models.CharField(blank=True, max_length=300)),
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
                            "deposit",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.storedvalue",
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
                            "payment",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="orders.orderpayment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "payment event",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("payment", "source_key"), name="orderpaymentevent_source_key_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="orderpaymentevent_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["authorise", "capture", "void", "refund"])),
                                name="orderpaymentevent_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "capture"), _negated=True),
                                    ("deposit__isnull", False),
                                    _connector="OR",
                                ),
                                name="orderpaymentevent_capture_is_posted",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "refund"), _negated=True),
                                    ("entry__isnull", False),
                                    _connector="OR",
                                ),
                                name="orderpaymentevent_refund_is_posted",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderRevision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("version", models.PositiveIntegerField(help_text="The order's version after the change.")),
                        ("reason", models.CharField(max_length=300)),
                        ("changes", models.JSONField(help_text="[{field, old, new}] in words of the order's page.")),
                        ("before", models.JSONField(help_text="Lines and totals as they were.")),
                        ("total_before", backoffice.core.fields.AmountField()),
                        ("total_after", backoffice.core.fields.AmountField()),
                        ("made_by", models.CharField(max_length=150)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        (
                            "address_before",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounting.address",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="revisions",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "revision",
                        "constraints": [
                            models.UniqueConstraint(fields=("order", "version"), name="orderrevision_version_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OrderTax",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("rate", models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True)),
                        ("amount", backoffice.core.fields.AmountField()),
                        ("collector", models.CharField(default="seller", max_length=11)),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="taxes", to="orders.order"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tax",
                    },
                ),
                migrations.CreateModel(
                    name="PostcodeCentroid",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("country", models.CharField(help_text="ISO 3166 code, two letters.", max_length=2)),
                        (
                            "postcode",
                            models.CharField(
                                help_text="Whole or its first part, in capitals without spaces.", max_length=12
                            ),
                        ),
                        (
                            "latitude",
                            models.DecimalField(
                                decimal_places=6,
                                max_digits=9,
                                validators=[
                                    django.core.validators.MinValueValidator(-90),
                                    django.core.validators.MaxValueValidator(90),
                                ],
                            ),
                        ),
                        (
                            "longitude",
                            models.DecimalField(
                                decimal_places=6,
                                max_digits=9,
                                validators=[
                                    django.core.validators.MinValueValidator(-180),
                                    django.core.validators.MaxValueValidator(180),
                                ],
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "postcode centroid",
                        "constraints": [
                            models.UniqueConstraint(fields=("country", "postcode"), name="postcodecentroid_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("country__regex", "^[A-Z]{2}$"), ("postcode__regex", "^[A-Z0-9]+$")
                                ),
                                name="postcodecentroid_normal_form",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                                name="postcodecentroid_on_earth",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriceList",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField()),
                        ("name", models.CharField(max_length=120)),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("prices_include_tax", models.BooleanField(default=False)),
                        (
                            "priority",
                            models.PositiveSmallIntegerField(
                                default=100, help_text="Between lists that are as narrow, the lower comes first."
                            ),
                        ),
                        ("valid_from", models.DateField(blank=True, null=True)),
                        ("valid_to", models.DateField(blank=True, help_text="The last day; empty: no end.", null=True)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: for every channel.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.channel",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: for every buyer.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.contact",
                            ),
                        ),
                        (
                            "group",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: for every group.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.customergroup",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "price list",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="pricelist_code_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_from__isnull", True),
                                    ("valid_to__isnull", True),
                                    ("valid_to__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="pricelist_ends_after_its_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PriceListItem",
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
                        ("unit_price", backoffice.core.fields.AmountField()),
                        (
                            "price_list",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="orders.pricelist",
                            ),
                        ),
                        ("sku", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.sku")),
                    ],
                    options={
                        "verbose_name": "price",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("price_list", "sku", "min_quantity"), name="pricelistitem_one_per_break"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("min_quantity__gt", 0), ("unit_price__gte", 0)),
                                name="pricelistitem_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PromiseChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("old_date", models.DateField(blank=True, null=True)),
                        ("new_date", models.DateField(blank=True, null=True)),
                        ("waiting", backoffice.core.fields.QuantityField()),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("placed", "Promised when ordered"),
                                    ("inbound", "What suppliers will bring changed"),
                                    ("counted", "Counted again"),
                                    ("served", "Goods were given to it"),
                                    ("released", "Its release date has come"),
                                    ("cancelled", "No longer wanted"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "detail",
                            models.CharField(blank=True, help_text="Such as the purchase order.", max_length=200),
                        ),
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
                            "order_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="promise_changes",
                                to="orders.orderline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "change of promise",
                        "verbose_name_plural": "changes of promises",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reason__in", ["placed", "inbound", "counted", "served", "released", "cancelled"])
                                ),
                                name="promisechange_reason_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reservation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reference", models.CharField(max_length=40, unique=True)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("ordered", "Became an order"),
                                    ("released", "Released"),
                                    ("expired", "Expired"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("expires_at", models.DateTimeField()),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "api_key",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="core.apikey",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="orders.channel"
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
                                related_name="reservations",
                                to="orders.order",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "reservation",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status", "open")),
                                fields=["expires_at", "id"],
                                name="reservation_open_by_expiry",
                            ),
                            models.Index(
                                condition=models.Q(("status", "open")),
                                fields=["channel", "api_key"],
                                name="reservation_open_by_key",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("status__in", ["open", "ordered", "released", "expired"])),
                                name="reservation_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("order__isnull", False), ("status", "ordered")),
                                    models.Q(models.Q(("status", "ordered"), _negated=True), ("order__isnull", True)),
                                    _connector="OR",
                                ),
                                name="reservation_ordered_has_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReservationLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("quantity", backoffice.core.fields.QuantityField(help_text="What was reserved.")),
                        (
                            "reservation",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.reservation",
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
                        "verbose_name": "reservation line",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("reservation", "position"), name="reservationline_position_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="reservationline_quantity_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReturnReason",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(help_text="As programs name it, such as too_small.")),
                        ("name", models.CharField(max_length=120)),
                        (
                            "seller_at_fault",
                            models.BooleanField(
                                default=False,
                                help_text="No restocking fee is kept, and shipping is refunded at least for what comes back.",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=100, help_text="Lower stands first.")),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "return reason",
                        "ordering": ["position", "code"],
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="returnreason_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReturnOrder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("external_id", models.CharField(blank=True, max_length=120, null=True)),
                        ("content_hash", models.CharField(blank=True, max_length=32)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("requested", "Requested"),
                                    ("approved", "Approved"),
                                    ("rejected", "Rejected"),
                                    ("in_transit", "In transit"),
                                    ("received", "Received"),
                                    ("inspected", "Inspected"),
                                    ("resolved", "Resolved"),
                                    ("closed", "Closed"),
                                    ("cancelled", "Cancelled"),
                                ],
                                default="requested",
                                max_length=12,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=120)),
                        ("goods_expected", models.BooleanField(db_default=True, default=True)),
                        ("refunds", models.BooleanField(db_default=True, default=True)),
                        (
                            "outside_window",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Asked for too late: only a named user approves it.",
                            ),
                        ),
                        (
                            "carrier",
                            models.CharField(
                                blank=True, db_default="", help_text="Of the parcel that comes back.", max_length=60
                            ),
                        ),
                        ("tracking_number", models.CharField(blank=True, db_default="", max_length=120)),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("requested_at", models.DateTimeField()),
                        (
                            "channel",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="orders.channel"),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="orders.contact"
                            ),
                        ),
                        (
                            "credit_note",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.invoice",
                            ),
                        ),
                        (
                            "exchange_order",
                            models.OneToOneField(
                                blank=True,
                                help_text="What the customer gets instead.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exchange_of",
                                to="orders.order",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="returns",
                                to="orders.order",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.warehouse",
                            ),
                        ),
                        (
                            "return_reason",
                            models.ForeignKey(
                                blank=True,
                                help_text="Of the company's list.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.returnreason",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "return",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("external_id__isnull", False)),
                                fields=("channel", "external_id"),
                                name="returnorder_external_id_unique",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "requested",
                                            "approved",
                                            "rejected",
                                            "in_transit",
                                            "received",
                                            "inspected",
                                            "resolved",
                                            "closed",
                                            "cancelled",
                                        ],
                                    )
                                ),
                                name="returnorder_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("goods_expected", True), ("refunds", True), _connector="OR"),
                                name="returnorder_goods_or_money",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReturnLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("code", models.CharField(max_length=120)),
                        ("description", models.CharField(blank=True, max_length=300)),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "unit_price",
                            backoffice.core.fields.AmountField(help_text="Refunded for one, before tax, unrounded."),
                        ),
                        ("net", backoffice.core.fields.AmountField(help_text="Refunded for the line before tax.")),
                        ("tax", backoffice.core.fields.AmountField(default=0)),
                        ("account_role", models.CharField(help_text="Where the refund is posted.", max_length=24)),
                        ("received", backoffice.core.fields.QuantityField(default=0)),
                        (
                            "disposition",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("restock", "Restock"),
                                    ("quarantine", "Quarantine"),
                                    ("refurbish", "Refurbish"),
                                    ("scrap", "Scrap"),
                                    ("inspect", "To be inspected"),
                                    ("split", "Several things"),
                                    ("no_goods", "No goods came back"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("is_fee", models.BooleanField(db_default=False, default=False)),
                        ("in_full", models.BooleanField(db_default=False, default=False)),
                        ("unexpected", models.BooleanField(db_default=False, default=False)),
                        (
                            "charge",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="return_lines",
                                to="orders.ordercharge",
                            ),
                        ),
                        (
                            "issue_move",
                            models.ForeignKey(
                                blank=True,
                                help_text="How it left.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.stockmove",
                            ),
                        ),
                        (
                            "order_line",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="return_lines",
                                to="orders.orderline",
                            ),
                        ),
                        (
                            "sku",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="inventory.sku"
                            ),
                        ),
                        (
                            "tax_code",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.taxcode",
                            ),
                        ),
                        (
                            "return_order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.returnorder",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "return line",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_fee", False),
                                    models.Q(("net__lte", 0), ("sku__isnull", True), ("tax__lte", 0)),
                                    _connector="OR",
                                ),
                                name="returnline_fee_lowers",
                            ),
                            models.UniqueConstraint(
                                fields=("return_order", "position"), name="returnline_position_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("quantity__gt", 0), ("received__gte", 0), ("received__lte", models.F("quantity"))
                                ),
                                name="returnline_received_within_quantity",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReturnedGoods",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "grade",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("A", "A: like new"),
                                    ("B", "B: opened, small marks"),
                                    ("C", "C: used or worn"),
                                    ("D", "D: damaged"),
                                ],
                                max_length=1,
                            ),
                        ),
                        (
                            "disposition",
                            models.CharField(
                                choices=[
                                    ("restock", "Restock"),
                                    ("quarantine", "Quarantine"),
                                    ("refurbish", "Refurbish"),
                                    ("scrap", "Scrap"),
                                    ("inspect", "To be inspected"),
                                    ("split", "Several things"),
                                    ("no_goods", "No goods came back"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "write_down",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="Cost taken off so far, in the company's currency."
                            ),
                        ),
                        ("note", models.CharField(blank=True, max_length=300)),
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
                            "location",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Where it was put.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="inventory.location",
                            ),
                        ),
                        (
                            "move",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="inventory.stockmove",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="orders.returnedgoods",
                            ),
                        ),
                        (
                            "return_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="goods",
                                to="orders.returnline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "returned goods",
                        "verbose_name_plural": "returned goods",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0), ("write_down__gte", 0)),
                                name="returnedgoods_quantities_sane",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("grade__in", ["", "A", "B", "C", "D"])),
                                name="returnedgoods_grade_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("disposition__in", ["restock", "quarantine", "refurbish", "scrap", "inspect"])
                                ),
                                name="returnedgoods_disposition_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReturnPhoto",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "content",
                            models.FileField(
                                blank=True, upload_to=orders.models.return_photos.photo_path, verbose_name="file"
                            ),
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
                            "return_line",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="photos",
                                to="orders.returnline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "return photo",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("erased_at__isnull", True)),
                                fields=("return_line", "digest"),
                                name="returnphoto_once_on_a_line",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["png", "jpg"])), name="returnphoto_kind_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("erased_at__isnull", True), ("content", ""), _connector="OR"),
                                name="returnphoto_erased_has_no_file",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReturnPolicy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "window_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Days after shipment in which goods may be returned. Empty: no limit.",
                                null=True,
                            ),
                        ),
                        (
                            "auto_approve_limit",
                            backoffice.core.fields.AmountField(
                                blank=True,
                                help_text="Returns in time whose refund is at most this are approved at once. Empty: none are.",
                                null=True,
                            ),
                        ),
                        (
                            "refund_shipping",
                            models.CharField(
                                choices=[
                                    ("no", "Not refunded"),
                                    ("proportional", "By the value of what comes back"),
                                    ("yes", "Refunded in full"),
                                ],
                                default="no",
                                max_length=12,
                            ),
                        ),
                        (
                            "exchange_ships",
                            models.CharField(
                                choices=[("after_receipt", "When the old goods are in"), ("at_once", "At once")],
                                default="after_receipt",
                                max_length=13,
                            ),
                        ),
                        (
                            "channel",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="return_policy",
                                to="orders.channel",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "return policy",
                        "verbose_name_plural": "return policies",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("auto_approve_limit__isnull", True),
                                    ("auto_approve_limit__gte", 0),
                                    _connector="OR",
                                ),
                                name="returnpolicy_limit_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("refund_shipping__in", ["no", "proportional", "yes"])),
                                name="returnpolicy_refund_shipping_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("exchange_ships__in", ["after_receipt", "at_once"])),
                                name="returnpolicy_exchange_ships_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RestockingFee",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "percent",
                            models.DecimalField(
                                decimal_places=2,
                                default=0,
                                help_text="Of what is refunded for the goods.",
                                max_digits=5,
                            ),
                        ),
                        (
                            "fixed",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="In the order's currency, once for each return."
                            ),
                        ),
                        (
                            "policy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fees",
                                to="orders.returnpolicy",
                            ),
                        ),
                        (
                            "reason",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: every other reason.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.returnreason",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "restocking fee",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("policy", "reason"),
                                name="restockingfee_once_for_a_reason",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("fixed__gte", 0), ("percent__gte", 0), ("percent__lte", 100)),
                                name="restockingfee_sane",
                                violation_error_message="A fee is 0 to 100 percent, and a fixed amount is not negative.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Shipment",
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
                                    ("labelled", "Labelled"),
                                    ("manifested", "Manifested"),
                                    ("in_transit", "In transit"),
                                    ("delivered", "Delivered"),
                                    ("exception", "Exception"),
                                    ("returned_to_sender", "Returned to sender"),
                                    ("voided", "Voided"),
                                ],
                                default="draft",
                                max_length=20,
                            ),
                        ),
                        ("carrier", models.CharField(blank=True, max_length=60)),
                        ("service", models.CharField(blank=True, max_length=60)),
                        ("tracking_number", models.CharField(blank=True, max_length=80)),
                        ("tracking_url", models.URLField(blank=True, max_length=300)),
                        (
                            "shipped_at",
                            models.DateTimeField(blank=True, help_text="When it was handed over.", null=True),
                        ),
                        ("not_billable_reason", models.CharField(blank=True, max_length=120)),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "fulfilment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipments",
                                to="orders.fulfilment",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="shipments", to="orders.order"
                            ),
                        ),
                        (
                            "purchase_order",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipments",
                                to="inventory.purchaseorder",
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
                        "verbose_name": "shipment",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("tracking_number", ""), _negated=True),
                                fields=["tracking_number"],
                                name="shipment_by_tracking",
                            ),
                            models.Index(
                                condition=models.Q(("purchase_order__isnull", False)),
                                fields=["purchase_order"],
                                name="shipment_by_supplier",
                            ),
                            models.Index(fields=["-shipped_at"], name="shipment_by_time"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "status__in",
                                        [
                                            "draft",
                                            "labelled",
                                            "manifested",
                                            "in_transit",
                                            "delivered",
                                            "exception",
                                            "returned_to_sender",
                                            "voided",
                                        ],
                                    )
                                ),
                                name="shipment_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("fulfilment__isnull", False),
                                        ("purchase_order__isnull", True),
                                        ("warehouse__isnull", False),
                                    ),
                                    models.Q(
                                        ("fulfilment__isnull", True),
                                        ("purchase_order__isnull", False),
                                        ("warehouse__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="shipment_of_a_fulfilment_or_a_supplier",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShipmentKit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField(help_text="Whole kits.")),
                        (
                            "order_line",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipment_kits",
                                to="orders.orderline",
                            ),
                        ),
                        (
                            "shipment",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="kits",
                                to="orders.shipment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "shipped kit",
                        "constraints": [
                            models.UniqueConstraint(fields=("shipment", "order_line"), name="shipmentkit_one_per_line"),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="shipmentkit_quantity_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShipmentLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        (
                            "drop_ship_line",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipment_lines",
                                to="orders.dropshipline",
                            ),
                        ),
                        (
                            "fulfilment_line",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="orders.fulfilmentline",
                            ),
                        ),
                        (
                            "order_line",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shipment_lines",
                                to="orders.orderline",
                            ),
                        ),
                        (
                            "shipment",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="orders.shipment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "shipment line",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("shipment", "fulfilment_line"), name="shipmentline_one_per_claim"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity__gt", 0)), name="shipmentline_quantity_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("drop_ship_line__isnull", True), ("fulfilment_line__isnull", False)),
                                    models.Q(("drop_ship_line__isnull", False), ("fulfilment_line__isnull", True)),
                                    _connector="OR",
                                ),
                                name="shipmentline_claimed_or_from_a_supplier",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SourcingDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "cause",
                            models.CharField(
                                choices=[
                                    ("placed", "Order placed"),
                                    ("claimed_again", "Goods claimed again"),
                                    ("pinned", "Pinned by hand"),
                                    ("unpinned", "Pin taken off"),
                                    ("sourced_again", "Sourced again"),
                                ],
                                max_length=14,
                            ),
                        ),
                        (
                            "objective",
                            models.CharField(
                                choices=[
                                    ("fewest_parcels", "Fewest parcels, then cost, then distance"),
                                    ("lowest_cost", "Lowest cost, then fewest parcels, then distance"),
                                    ("nearest", "Shortest distance, then fewest parcels, then cost"),
                                    ("preference", "The warehouses in their order, then fewest parcels"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("is_exact", models.BooleanField(help_text="Proved to be the best plan.")),
                        ("candidates", models.JSONField()),
                        ("plan", models.JSONField()),
                        ("reason", models.CharField(blank=True, max_length=300)),
                        ("actor_label", models.CharField(max_length=150)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sourcing_decisions",
                                to="orders.order",
                            ),
                        ),
                        (
                            "pinned_warehouse",
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
                        "verbose_name": "sourcing decision",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cause__in", ["placed", "claimed_again", "pinned", "unpinned", "sourced_again"])
                                ),
                                name="sourcingdecision_cause_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("cause", "pinned"), _negated=True),
                                    models.Q(
                                        ("pinned_warehouse__isnull", False), models.Q(("reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="sourcingdecision_pin_says_where_and_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SourcingRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Place in the channel's order of preference, the lowest first.",
                                null=True,
                            ),
                        ),
                        (
                            "is_excluded",
                            models.BooleanField(
                                default=False,
                                help_text="Never ships for this channel, unless an order is pinned to it by hand.",
                                verbose_name="excluded",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sourcing_rules",
                                to="orders.channel",
                            ),
                        ),
                        (
                            "warehouse",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="inventory.warehouse"),
                        ),
                    ],
                    options={
                        "verbose_name": "sourcing rule",
                        "ordering": ["is_excluded", "position", "warehouse"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("channel", "warehouse"), name="sourcingrule_one_a_warehouse"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
