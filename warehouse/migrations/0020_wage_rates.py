"""What an hour of work costs, and finding work by when it was done."""

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import backoffice.core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0019_tax_exemptions"),
        ("inventory", "0018_standing_places"),
        ("orders", "0007_tracking_book"),
        ("warehouse", "0019_carrier_checks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WageRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("owner", "owner"),
                            ("order_desk", "order desk"),
                            ("buyer", "buyer"),
                            ("warehouse_lead", "warehouse lead"),
                            ("picker", "picker"),
                            ("cashier", "cashier"),
                            ("accountant", "accountant"),
                            ("auditor", "auditor"),
                        ],
                        default="",
                        help_text="Empty: of a person, or of everybody.",
                        max_length=20,
                    ),
                ),
                ("from_date", models.DateField(help_text="From this day on, until the next rate.")),
                (
                    "hourly",
                    backoffice.core.fields.AmountField(
                        validators=[django.core.validators.MinValueValidator(0)], verbose_name="an hour costs"
                    ),
                ),
            ],
            options={
                "verbose_name": "wage rate",
                "ordering": ["company", "role", "person", "-from_date"],
            },
        ),
        migrations.AddIndex(
            model_name="floortask",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["finished_at"], name="floortask_by_finish", pages_per_range=32
            ),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["packed_at"], name="parcel_by_time", pages_per_range=32
            ),
        ),
        migrations.AddIndex(
            model_name="picktask",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["finished_at"], name="picktask_by_finish", pages_per_range=32
            ),
        ),
        migrations.AddField(
            model_name="wagerate",
            name="company",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounting.company"
            ),
        ),
        migrations.AddField(
            model_name="wagerate",
            name="person",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Empty: of a role, or of everybody.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="wagerate",
            constraint=models.UniqueConstraint(
                fields=("company", "person", "role", "from_date"),
                name="wagerate_one_a_day",
                nulls_distinct=False,
                violation_error_message="There is a rate from this day on already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="wagerate",
            constraint=models.CheckConstraint(
                condition=models.Q(("person__isnull", True), ("role", ""), _connector="OR"),
                name="wagerate_of_a_person_or_a_role",
                violation_error_message="A rate is of a person or of a role, not of both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="wagerate",
            constraint=models.CheckConstraint(
                condition=models.Q(("hourly__gte", 0)),
                name="wagerate_not_negative",
                violation_error_message="Rates are 0 or more.",
            ),
        ),
    ]
