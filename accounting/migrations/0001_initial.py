import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import accounting.logos
import accounting.models.journal
import accounting.papers
import backoffice.core.fields
from backoffice.core.create_models import CreateModels


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Currency",
                    fields=[
                        ("code", backoffice.core.fields.CurrencyCodeField(primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=60)),
                        ("symbol", models.CharField(blank=True, max_length=8)),
                        (
                            "exponent",
                            models.PositiveSmallIntegerField(default=2, help_text="Decimals of its smallest unit."),
                        ),
                    ],
                    options={
                        "verbose_name": "currency",
                        "verbose_name_plural": "currencies",
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("exponent__lte", 6)), name="currency_exponent_up_to_six"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Company",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(unique=True)),
                        ("name", models.CharField(max_length=200)),
                        ("legal_name", models.CharField(blank=True, max_length=200)),
                        ("tax_number", models.CharField(blank=True, max_length=40)),
                        ("country", models.CharField(max_length=2)),
                        ("time_zone", models.CharField(default="UTC", max_length=64)),
                        (
                            "language",
                            models.CharField(
                                choices=[("en", "English"), ("ka", "ქართული"), ("ru", "Русский")],
                                default="en",
                                max_length=8,
                            ),
                        ),
                        ("address", models.TextField(blank=True)),
                        (
                            "registration_number",
                            models.CharField(blank=True, help_text="In the register of companies.", max_length=40),
                        ),
                        (
                            "email",
                            models.EmailField(blank=True, help_text="Where customers answer to.", max_length=254),
                        ),
                        ("phone", models.CharField(blank=True, max_length=40)),
                        ("website", models.URLField(blank=True)),
                        ("bank_name", models.CharField(blank=True, max_length=120)),
                        (
                            "bank_account",
                            models.CharField(blank=True, help_text="IBAN, or an account number.", max_length=40),
                        ),
                        ("bank_code", models.CharField(blank=True, help_text="BIC of the bank.", max_length=20)),
                        (
                            "document_note",
                            models.CharField(
                                blank=True, help_text="Printed small below every document.", max_length=500
                            ),
                        ),
                        (
                            "logo",
                            models.FileField(
                                blank=True,
                                help_text="PNG or JPEG, at most 1 MB and 4,000 pixels a side; printed on documents.",
                                max_length=120,
                                upload_to=accounting.logos.logo_path,
                                validators=[accounting.logos.check_logo],
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "base_currency",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.currency"),
                        ),
                    ],
                    options={
                        "verbose_name": "company",
                        "verbose_name_plural": "companies",
                    },
                ),
                migrations.CreateModel(
                    name="Address",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=200)),
                        ("organisation", models.CharField(blank=True, max_length=200)),
                        ("line1", models.CharField(blank=True, max_length=200)),
                        ("line2", models.CharField(blank=True, max_length=200)),
                        ("city", models.CharField(blank=True, max_length=120)),
                        ("region", models.CharField(blank=True, max_length=120)),
                        ("postcode", models.CharField(blank=True, max_length=24)),
                        (
                            "country",
                            models.CharField(blank=True, help_text="ISO 3166 code, two letters.", max_length=2),
                        ),
                        ("phone", models.CharField(blank=True, max_length=40)),
                        ("erased_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="addresses",
                                to="accounting.company",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "address",
                        "verbose_name_plural": "addresses",
                    },
                ),
                migrations.CreateModel(
                    name="JournalEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField(help_text="The day it counts for, in an open period.")),
                        ("effective_at", models.DateTimeField(help_text="When it happened.")),
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
                            "subledger",
                            models.CharField(
                                choices=[
                                    ("general", "General"),
                                    ("receivable", "Receivable"),
                                    ("payable", "Payable"),
                                    ("inventory", "Inventory"),
                                    ("stored_value", "Stored value"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "source_type",
                            models.CharField(blank=True, help_text="Such as orders.shipment.", max_length=40),
                        ),
                        ("source_id", models.BigIntegerField(blank=True, null=True)),
                        ("source_key", models.CharField(max_length=120)),
                        ("content_hash", models.CharField(max_length=32)),
                        ("memo", models.CharField(blank=True, max_length=200)),
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
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.company",
                            ),
                        ),
                        (
                            "reverses",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="accounting.journalentry",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "journal entry",
                        "verbose_name_plural": "journal entries",
                        "indexes": [
                            models.Index(fields=["company", "date", "id"], name="journalentry_by_date"),
                            models.Index(fields=["source_type", "source_id"], name="journalentry_by_source"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "source_key"), name="journalentry_source_key_unique"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("subledger__in", ["general", "receivable", "payable", "inventory", "stored_value"])
                                ),
                                name="journalentry_subledger_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20)),
                        ("name", models.CharField(max_length=200)),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("asset", "Asset"),
                                    ("liability", "Liability"),
                                    ("equity", "Equity"),
                                    ("income", "Income"),
                                    ("expense", "Expense"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "control",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "None"),
                                    ("receivable", "Receivable"),
                                    ("payable", "Payable"),
                                    ("inventory", "Inventory"),
                                    ("stored_value", "Stored value"),
                                ],
                                default="",
                                max_length=12,
                            ),
                        ),
                        ("is_postable", models.BooleanField(default=True)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.account",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "currency",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.currency",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "account",
                        "ordering": ["code"],
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="account_code_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("type__in", ["asset", "liability", "equity", "income", "expense"])),
                                name="account_type_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("control__in", ["", "receivable", "payable", "inventory", "stored_value"])
                                ),
                                name="account_control_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PersonalData",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=200)),
                        ("email", models.CharField(blank=True, max_length=254)),
                        ("phone", models.CharField(blank=True, max_length=40)),
                        ("erased_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "personal data",
                        "verbose_name_plural": "personal data",
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Upper("name"), name="gin_trgm_ops"
                                ),
                                name="personaldata_name_search",
                            ),
                            django.contrib.postgres.indexes.GinIndex(
                                django.contrib.postgres.indexes.OpClass(
                                    django.db.models.functions.text.Upper("email"), name="gin_trgm_ops"
                                ),
                                name="personaldata_email_search",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Party",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=60)),
                        (
                            "name",
                            models.CharField(
                                blank=True, help_text="An organisation's name; a person's is apart.", max_length=200
                            ),
                        ),
                        ("is_customer", models.BooleanField(default=False)),
                        ("is_supplier", models.BooleanField(default=False)),
                        ("is_channel", models.BooleanField(default=False)),
                        ("tax_number", models.CharField(blank=True, max_length=40)),
                        ("payment_terms_days", models.PositiveSmallIntegerField(default=0)),
                        ("credit_limit", backoffice.core.fields.AmountField(blank=True, null=True)),
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
                        (
                            "currency",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.currency"),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.personaldata",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "party",
                        "verbose_name_plural": "parties",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="party_code_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("credit_limit__isnull", True), ("credit_limit__gte", 0), _connector="OR"
                                ),
                                name="party_credit_limit_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpenItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(help_text="invoice, credit_note, payment, bill, deposit …", max_length=16),
                        ),
                        ("side", models.CharField(choices=[("debit", "Debit"), ("credit", "Credit")], max_length=6)),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("amount", backoffice.core.fields.AmountField()),
                        ("base_amount", backoffice.core.fields.AmountField()),
                        ("used", backoffice.core.fields.AmountField(db_default=0)),
                        ("base_used", backoffice.core.fields.AmountField(db_default=0)),
                        (
                            "open_amount",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("amount"), "-", models.F("used")
                                ),
                                output_field=backoffice.core.fields.AmountField(),
                            ),
                        ),
                        ("date", models.DateField()),
                        ("due_date", models.DateField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.account",
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
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "party",
                            models.ForeignKey(
                                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.party"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "open item",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("used__lt", models.F("amount"))),
                                fields=["party", "due_date"],
                                name="openitem_still_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["debit", "credit"])), name="openitem_side_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount__gte", 0), ("used__gte", 0), ("used__lte", models.F("amount"))
                                ),
                                name="openitem_used_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("base_used__gte", 0), ("base_used__lte", models.F("base_amount"))),
                                name="openitem_base_used_within_base_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("used__lt", models.F("amount")),
                                    ("base_used", models.F("base_amount")),
                                    ("amount", 0),
                                    _connector="OR",
                                ),
                                name="openitem_last_use_takes_the_rest",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Bill",
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
                                choices=[("bill", "Bill"), ("credit_note", "Supplier credit note")],
                                default="bill",
                                max_length=12,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("matching", "Matching"),
                                    ("exception", "Exception"),
                                    ("approved", "Approved"),
                                    ("posted", "Posted"),
                                    ("partly_paid", "Partly paid"),
                                    ("paid", "Paid"),
                                    ("reversed", "Reversed"),
                                ],
                                default="draft",
                                max_length=12,
                            ),
                        ),
                        ("number", models.CharField(help_text="The supplier's own number.", max_length=60)),
                        ("bill_date", models.DateField()),
                        (
                            "due_date",
                            models.DateField(help_text="By the supplier's payment terms, if it is left empty."),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        (
                            "exchange_rate",
                            models.DecimalField(
                                blank=True,
                                decimal_places=12,
                                help_text="Of the bill's currency to ours; empty: the company's rate of the bill's day.",
                                max_digits=24,
                                null=True,
                            ),
                        ),
                        ("net", backoffice.core.fields.AmountField(default=0)),
                        ("tax", backoffice.core.fields.AmountField(default=0)),
                        ("total", backoffice.core.fields.AmountField(help_text="As the paper says.")),
                        ("note", models.CharField(blank=True, max_length=300)),
                        (
                            "credit_expected",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="What the supplier was asked to credit, before tax."
                            ),
                        ),
                        (
                            "waits_for_goods",
                            models.BooleanField(
                                default=False, help_text="Matched again when goods of its orders arrive."
                            ),
                        ),
                        ("made_by_label", models.CharField(max_length=150)),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("posted_at", models.DateTimeField(blank=True, null=True)),
                        ("version", models.PositiveIntegerField(default=1)),
                        (
                            "corrects",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credit_notes",
                                to="accounting.bill",
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
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "entry",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bill_of_entry",
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "reversal_entry",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bill_of_reversal",
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "open_item",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.openitem",
                            ),
                        ),
                        (
                            "party",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bills",
                                to="accounting.party",
                                verbose_name="supplier",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bill",
                        "permissions": [
                            ("approve_bill", "Can approve bills that differ from order and receipt"),
                            ("post_bill", "Can post and reverse bills"),
                            ("pay_bill", "Can pay bills"),
                        ],
                        "indexes": [
                            models.Index(fields=["company", "-bill_date", "-id"], name="bill_newest_first"),
                            models.Index(
                                condition=models.Q(("status__in", ["draft", "matching", "exception", "approved"])),
                                fields=["company", "status"],
                                name="bill_to_be_worked_on",
                            ),
                            models.Index(
                                condition=models.Q(("corrects__isnull", False)),
                                fields=["corrects"],
                                name="bill_by_corrected",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("party"),
                                models.F("kind"),
                                django.db.models.functions.text.Upper("number"),
                                condition=models.Q(("status", "reversed"), _negated=True),
                                name="bill_number_once_a_supplier",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["bill", "credit_note"])), name="bill_kind_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ("draft", "matching", "exception", "approved", "posted", "reversed"))
                                ),
                                name="bill_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("credit_expected__gte", 0), ("total__gte", 0)),
                                name="bill_amounts_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number", ""), _negated=True), name="bill_has_a_number"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("entry__isnull", False),
                                        ("open_item__isnull", False),
                                        ("status__in", ["posted", "reversed"]),
                                    ),
                                    models.Q(
                                        models.Q(("status__in", ["posted", "reversed"]), _negated=True),
                                        ("entry__isnull", True),
                                        ("open_item__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="bill_posted_has_its_entry",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reversal_entry__isnull", False), ("status", "reversed")),
                                    models.Q(
                                        models.Q(("status", "reversed"), _negated=True),
                                        ("reversal_entry__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="bill_reversed_has_its_entry",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DimensionSet",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=300)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "dimension set",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "key"), name="dimensionset_key_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TaxCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20)),
                        ("name", models.CharField(max_length=120)),
                        ("country", models.CharField(blank=True, max_length=2)),
                        (
                            "is_reverse_charge",
                            models.BooleanField(
                                default=False,
                                help_text="On bills we owe the tax ourselves and deduct it: the supplier asks for none.",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                help_text="Where the tax collected is owed.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.account",
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "tax code",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="taxcode_code_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BillLine",
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
                                    ("goods", "Goods"),
                                    ("price", "Price difference"),
                                    ("landed_cost", "Landed cost"),
                                    ("expense", "Expense"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("sku_code", models.CharField(blank=True, max_length=60)),
                        ("description", models.CharField(blank=True, max_length=300)),
                        ("quantity", backoffice.core.fields.QuantityField(default=1)),
                        ("unit_price", backoffice.core.fields.AmountField()),
                        ("net", backoffice.core.fields.AmountField()),
                        ("tax", backoffice.core.fields.AmountField(default=0)),
                        ("tax_rate", models.DecimalField(decimal_places=6, default=0, max_digits=9)),
                        ("reverse_charge", models.BooleanField(default=False)),
                        ("source_type", models.CharField(blank=True, max_length=40)),
                        ("source_id", models.BigIntegerField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.account",
                            ),
                        ),
                        (
                            "bill",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="accounting.bill",
                            ),
                        ),
                        (
                            "dimension_set",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.dimensionset",
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
                        "verbose_name": "bill line",
                        "indexes": [models.Index(fields=["source_type", "source_id"], name="billline_by_source")],
                        "constraints": [
                            models.UniqueConstraint(fields=("bill", "position"), name="billline_position_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["goods", "price", "landed_cost", "expense"])),
                                name="billline_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("net__gte", 0), ("quantity__gt", 0), ("unit_price__gte", 0)),
                                name="billline_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "expense"), _negated=True),
                                    ("account__isnull", False),
                                    _connector="OR",
                                ),
                                name="billline_expense_has_an_account",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BillException",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("price_over", "Price is higher"),
                                    ("quantity_over", "More than ordered"),
                                    ("not_received", "Not received yet"),
                                    ("no_order", "No purchase order"),
                                    ("duplicate", "Looks like another bill"),
                                    ("tax_differs", "Tax differs"),
                                    ("currency_differs", "Currency differs"),
                                    ("total_over", "Too much in all"),
                                    ("credit_short", "Less is credited than is owed"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("expected", models.CharField(blank=True, max_length=60)),
                        ("found", models.CharField(blank=True, max_length=60)),
                        (
                            "difference",
                            backoffice.core.fields.AmountField(
                                default=0, help_text="In the bill's currency; units where it is about a quantity."
                            ),
                        ),
                        (
                            "found_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("outcome", models.CharField(blank=True, help_text="What was decided.", max_length=40)),
                        ("closed_by_label", models.CharField(blank=True, max_length=150)),
                        (
                            "bill",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="exceptions",
                                to="accounting.bill",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                to="accounting.billline",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bill exception",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("closed_at__isnull", True)),
                                fields=["reason"],
                                name="billexception_open",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        [
                                            "price_over",
                                            "quantity_over",
                                            "not_received",
                                            "no_order",
                                            "duplicate",
                                            "tax_differs",
                                            "currency_differs",
                                            "total_over",
                                            "credit_short",
                                        ],
                                    )
                                ),
                                name="billexception_reason_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BillPaper",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("file", models.FileField(max_length=120, upload_to=accounting.papers.paper_path)),
                        ("name", models.CharField(help_text="As it was called when it was uploaded.", max_length=120)),
                        ("content_type", models.CharField(max_length=40)),
                        ("size", models.PositiveIntegerField()),
                        (
                            "recorded_at",
                            models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                        ),
                        ("added_by_label", models.CharField(max_length=150)),
                        (
                            "bill",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="papers", to="accounting.bill"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "paper of a bill",
                        "verbose_name_plural": "papers of bills",
                    },
                ),
                migrations.CreateModel(
                    name="CompanyVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateTimeField()),
                        ("facts", models.JSONField()),
                        (
                            "company",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="accounting.company",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "company version",
                        "indexes": [models.Index(fields=["company", "-valid_from"], name="companyversion_newest")],
                    },
                ),
                migrations.CreateModel(
                    name="DimensionValue",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("axis", models.CharField(max_length=30)),
                        ("code", models.CharField(max_length=60)),
                        (
                            "dimension_set",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="values",
                                to="accounting.dimensionset",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "dimension value",
                        "indexes": [models.Index(fields=["axis", "code"], name="dimensionvalue_by_code")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("dimension_set", "axis"), name="dimensionvalue_one_per_axis"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExchangeRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField()),
                        (
                            "rate",
                            models.DecimalField(
                                decimal_places=12,
                                max_digits=24,
                                validators=[django.core.validators.MinValueValidator(0)],
                            ),
                        ),
                        ("source", models.CharField(blank=True, max_length=60)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                        (
                            "currency",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.currency"),
                        ),
                    ],
                    options={
                        "verbose_name": "exchange rate",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("company", "currency", "date"), name="exchangerate_one_a_day"
                            ),
                            models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="exchangerate_positive"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NumberSeries",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20)),
                        ("prefix", models.CharField(blank=True, max_length=20)),
                        ("digits", models.PositiveSmallIntegerField(default=6)),
                        (
                            "first_number",
                            models.BigIntegerField(
                                default=1, help_text="Above one where another system began the series."
                            ),
                        ),
                        ("next_number", models.BigIntegerField(default=1)),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "number series",
                        "verbose_name_plural": "number series",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "code"), name="numberseries_code_unique"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("first_number__gt", 0), ("next_number__gte", models.F("first_number"))
                                ),
                                name="numberseries_counts_up",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invoice",
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
                                choices=[("invoice", "Invoice"), ("credit_note", "Credit note")], max_length=12
                            ),
                        ),
                        ("sequence", models.BigIntegerField()),
                        ("number", models.CharField(max_length=40)),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("date", models.DateField()),
                        ("due_date", models.DateField()),
                        ("effective_at", models.DateTimeField()),
                        ("net", backoffice.core.fields.AmountField()),
                        ("tax", backoffice.core.fields.AmountField()),
                        ("rounding", backoffice.core.fields.AmountField(default=0)),
                        ("total", backoffice.core.fields.AmountField()),
                        ("source_type", models.CharField(max_length=40)),
                        ("source_id", models.BigIntegerField(blank=True, null=True)),
                        ("source_key", models.CharField(max_length=120)),
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
                            "address",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.address",
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
                            "corrects",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credit_notes",
                                to="accounting.invoice",
                            ),
                        ),
                        (
                            "entry",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "series",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.numberseries",
                            ),
                        ),
                        (
                            "open_item",
                            models.OneToOneField(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.openitem",
                            ),
                        ),
                        (
                            "party",
                            models.ForeignKey(
                                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.party"
                            ),
                        ),
                        (
                            "contact",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.personaldata",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "invoice",
                        "indexes": [
                            models.Index(fields=["company", "-date", "-id"], name="invoice_newest_first"),
                            models.Index(fields=["source_type", "source_id"], name="invoice_by_source"),
                            models.Index(fields=["number"], name="invoice_by_number"),
                            models.Index(
                                condition=models.Q(("corrects__isnull", False)),
                                fields=["corrects"],
                                name="invoice_by_corrected",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("series", "sequence"), name="invoice_number_unique"),
                            models.UniqueConstraint(fields=("company", "source_key"), name="invoice_source_key_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["invoice", "credit_note"])), name="invoice_kind_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "total",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("net"), "+", models.F("tax")
                                            ),
                                            "+",
                                            models.F("rounding"),
                                        ),
                                    )
                                ),
                                name="invoice_total_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total__gte", 0)), name="invoice_total_not_negative"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvoiceLine",
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
                                choices=[("goods", "Goods"), ("charge", "Charge"), ("discount", "Discount")],
                                max_length=10,
                            ),
                        ),
                        ("sku_code", models.CharField(blank=True, max_length=60)),
                        ("description", models.CharField(max_length=300)),
                        ("quantity", backoffice.core.fields.QuantityField()),
                        ("unit_price", backoffice.core.fields.AmountField()),
                        ("net", backoffice.core.fields.AmountField()),
                        ("tax", backoffice.core.fields.AmountField(default=0)),
                        ("tax_rate", models.DecimalField(decimal_places=6, default=0, max_digits=9)),
                        (
                            "source_type",
                            models.CharField(blank=True, help_text="Such as orders.orderline.", max_length=40),
                        ),
                        ("source_id", models.BigIntegerField(blank=True, null=True)),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.account",
                            ),
                        ),
                        (
                            "dimension_set",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.dimensionset",
                            ),
                        ),
                        (
                            "invoice",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="accounting.invoice",
                            ),
                        ),
                        (
                            "tax_code",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.taxcode",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "invoice line",
                        "indexes": [models.Index(fields=["source_type", "source_id"], name="invoiceline_by_source")],
                        "constraints": [
                            models.UniqueConstraint(fields=("invoice", "position"), name="invoiceline_position_unique")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ItemUse",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("amount", backoffice.core.fields.AmountField()),
                        ("debit_base", backoffice.core.fields.AmountField()),
                        ("credit_base", backoffice.core.fields.AmountField()),
                        ("date", models.DateField()),
                        ("source_key", models.CharField(max_length=120)),
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
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "credit_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses_as_credit",
                                to="accounting.openitem",
                            ),
                        ),
                        (
                            "debit_item",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses_as_debit",
                                to="accounting.openitem",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "settlement of open items",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount", 0), _negated=True), name="itemuse_amount_not_zero"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("amount__gt", 0), ("credit_base__gte", 0), ("debit_base__gte", 0)),
                                    models.Q(("amount__lt", 0), ("credit_base__lte", 0), ("debit_base__lte", 0)),
                                    _connector="OR",
                                ),
                                name="itemuse_base_has_the_same_sign",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("debit_base", models.F("credit_base")), ("entry__isnull", False), _connector="OR"
                                ),
                                name="itemuse_difference_is_posted",
                            ),
                            models.UniqueConstraint(fields=("company", "source_key"), name="itemuse_source_key_unique"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JournalLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField(help_text="The entry's date.")),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("amount", backoffice.core.fields.AmountField(help_text="Zero for an exchange difference.")),
                        ("base_amount", backoffice.core.fields.AmountField()),
                        ("memo", models.CharField(blank=True, max_length=200)),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.account",
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
                            "dimension_set",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.dimensionset",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="accounting.journalentry",
                            ),
                        ),
                        (
                            "party",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "journal line",
                        "indexes": [
                            models.Index(
                                fields=["account", "date"], include=("base_amount",), name="journalline_by_account"
                            ),
                            models.Index(
                                condition=models.Q(("party__isnull", False)),
                                fields=["party", "account"],
                                name="journalline_by_party",
                            ),
                            models.Index(
                                condition=models.Q(("dimension_set__isnull", False)),
                                fields=["dimension_set"],
                                name="journalline_by_dimension_set",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount__gt", -1000000000000000),
                                    ("amount__lt", 1000000000000000),
                                    ("base_amount__gt", -1000000000000000),
                                    ("base_amount__lt", 1000000000000000),
                                ),
                                name="journalline_amount_bounded",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(choices=[("in", "Received"), ("out", "Paid out")], max_length=3),
                        ),
                        ("method", models.CharField(blank=True, max_length=40)),
                        ("reference", models.CharField(blank=True, max_length=120)),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("amount", backoffice.core.fields.AmountField()),
                        ("date", models.DateField()),
                        ("effective_at", models.DateTimeField()),
                        ("source_key", models.CharField(max_length=120)),
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
                            "account",
                            models.ForeignKey(
                                help_text="Bank, cash or clearing account.",
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.account",
                            ),
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
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, to="accounting.journalentry"
                            ),
                        ),
                        (
                            "open_item",
                            models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="accounting.openitem"),
                        ),
                        (
                            "party",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.party"),
                        ),
                    ],
                    options={
                        "verbose_name": "payment",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "source_key"), name="payment_source_key_unique"),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="payment_amount_positive"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("direction__in", ["in", "out"])), name="payment_direction_known"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Period",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("start_date", models.DateField()),
                        ("end_date", models.DateField(help_text="The last day of the period.")),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("soft_closed", "Soft-closed"), ("locked", "Locked")],
                                default="open",
                                max_length=12,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "period",
                        "ordering": ["start_date"],
                        "indexes": [models.Index(fields=["company", "end_date"], name="period_by_end")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("end_date__gte", models.F("start_date"))),
                                name="period_ends_after_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["open", "soft_closed", "locked"])),
                                name="period_state_known",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("company", "="),
                                    (
                                        accounting.models.journal.DateRange(
                                            "start_date",
                                            "end_date",
                                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                                inclusive_lower=True, inclusive_upper=True
                                            ),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="period_no_overlap",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StoredValue",
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
                                    ("gift_card", "Gift card"),
                                    ("store_credit", "Store credit"),
                                    ("deposit", "Deposit"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("currency", backoffice.core.fields.CurrencyCodeField()),
                        ("amount", backoffice.core.fields.AmountField()),
                        ("base_amount", backoffice.core.fields.AmountField()),
                        ("used", backoffice.core.fields.AmountField(db_default=0)),
                        ("base_used", backoffice.core.fields.AmountField(db_default=0)),
                        (
                            "open_amount",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("amount"), "-", models.F("used")
                                ),
                                output_field=backoffice.core.fields.AmountField(),
                            ),
                        ),
                        ("code_digest", models.CharField(blank=True, editable=False, max_length=64, null=True)),
                        (
                            "code_hint",
                            models.CharField(blank=True, help_text="The last letters of the code.", max_length=4),
                        ),
                        ("date", models.DateField()),
                        (
                            "expires_on",
                            models.DateField(blank=True, help_text="The last day it can be spent.", null=True),
                        ),
                        ("source_type", models.CharField(blank=True, max_length=40)),
                        ("source_id", models.BigIntegerField(blank=True, null=True)),
                        ("source_key", models.CharField(max_length=120)),
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
                            "account",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.account"
                            ),
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
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="accounting.journalentry"
                            ),
                        ),
                        (
                            "party",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: whoever holds the code.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounting.party",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "stored value",
                        "indexes": [
                            models.Index(fields=["source_type", "source_id"], name="storedvalue_by_source"),
                            models.Index(
                                condition=models.Q(("used__lt", models.F("amount"))),
                                fields=["kind", "-id"],
                                name="storedvalue_still_open",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["gift_card", "store_credit", "deposit"])),
                                name="storedvalue_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount__gt", 0), ("used__gte", 0), ("used__lte", models.F("amount"))
                                ),
                                name="storedvalue_used_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("base_used__gte", 0), ("base_used__lte", models.F("base_amount"))),
                                name="storedvalue_base_used_within_base_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("used__lt", models.F("amount")),
                                    ("base_used", models.F("base_amount")),
                                    _connector="OR",
                                ),
                                name="storedvalue_last_use_takes_the_rest",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "deposit"), ("code_digest__isnull", False), _connector="OR"
                                ),
                                name="storedvalue_has_a_code",
                            ),
                            models.UniqueConstraint(fields=("company", "code_digest"), name="storedvalue_code_unique"),
                            models.UniqueConstraint(
                                fields=("company", "source_key"), name="storedvalue_source_key_unique"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StoredValueUse",
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
                                choices=[("spend", "Spent"), ("pay_out", "Paid out"), ("expire", "Expired")],
                                max_length=8,
                            ),
                        ),
                        ("amount", backoffice.core.fields.AmountField()),
                        ("base_amount", backoffice.core.fields.AmountField()),
                        ("date", models.DateField()),
                        ("source_key", models.CharField(max_length=120)),
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
                            "company",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="accounting.journalentry"
                            ),
                        ),
                        (
                            "stored_value",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses",
                                to="accounting.storedvalue",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "use of stored value",
                        "verbose_name_plural": "uses of stored value",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["spend", "pay_out", "expire"])),
                                name="storedvalueuse_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0), ("base_amount__gte", 0)),
                                name="storedvalueuse_amount_positive",
                            ),
                            models.UniqueConstraint(
                                fields=("company", "source_key"), name="storedvalueuse_source_key_unique"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TaxRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        ("valid_to", models.DateField(blank=True, help_text="The last day; empty: no end.", null=True)),
                        ("rate", models.DecimalField(decimal_places=6, help_text="0.2 is 20 %.", max_digits=9)),
                        (
                            "tax_code",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rates",
                                to="accounting.taxcode",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tax rate",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("rate__gte", 0), ("rate__lte", 1)),
                                name="taxrate_between_zero_and_one",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("tax_code", "="),
                                    (
                                        accounting.models.journal.DateRange(
                                            "valid_from",
                                            "valid_to",
                                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                                inclusive_lower=True, inclusive_upper=True
                                            ),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="taxrate_no_overlap",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AccountMapping",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("receivable", "Trade receivables"),
                                    ("payable", "Trade payables"),
                                    ("inventory", "Inventory"),
                                    ("grni", "Goods received, not invoiced"),
                                    ("revenue", "Sales of goods"),
                                    ("shipping_revenue", "Shipping charged"),
                                    ("other_revenue", "Other charges"),
                                    ("discount", "Discounts given"),
                                    ("returns", "Returns and credits"),
                                    ("cogs", "Cost of goods sold"),
                                    ("inventory_loss", "Stock write-offs"),
                                    ("inventory_gain", "Stock found"),
                                    ("price_variance", "Purchase price variance"),
                                    ("landed_cost", "Landed cost, not invoiced"),
                                    ("work_in_progress", "Goods being assembled"),
                                    ("assembly_cost", "Assembly cost absorbed"),
                                    ("output_tax", "Output tax"),
                                    ("input_tax", "Input tax"),
                                    ("bank", "Bank"),
                                    ("cash", "Cash"),
                                    ("clearing", "Payments in clearing"),
                                    ("deposits", "Customer deposits"),
                                    ("rounding", "Rounding"),
                                    ("fx_gain", "Exchange gains"),
                                    ("fx_loss", "Exchange losses"),
                                    ("channel_fees", "Channel fees"),
                                    ("bank_charges", "Bank charges"),
                                    ("bad_debt", "Bad debts"),
                                    ("samples", "Samples and promotion"),
                                    ("charity", "Charity and commissions"),
                                    ("vouchers", "Gift vouchers"),
                                    ("gift_cards", "Gift cards"),
                                    ("store_credit", "Store credit"),
                                    ("cash_differences", "Cash over and short"),
                                    ("petty_expenses", "Petty expenses"),
                                    ("opening_equity", "Opening balances"),
                                    ("retained_earnings", "Retained earnings"),
                                ],
                                max_length=24,
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.account"),
                        ),
                        (
                            "company",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="accounting.company"),
                        ),
                    ],
                    options={
                        "verbose_name": "account in a role",
                        "verbose_name_plural": "accounts in roles",
                        "constraints": [
                            models.UniqueConstraint(fields=("company", "role"), name="accountmapping_one_per_role")
                        ],
                    },
                ),
            ]
        ),
    ]
