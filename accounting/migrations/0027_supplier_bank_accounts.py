"""Where suppliers are paid to: each change a row of its own, never edited."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0026_lines_guarded_by_kind"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PartyBankAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "holder",
                    models.CharField(
                        help_text="As the bank knows them.", max_length=140, verbose_name="account holder"
                    ),
                ),
                ("iban", models.CharField(blank=True, max_length=34, verbose_name="IBAN")),
                (
                    "number",
                    models.CharField(
                        blank=True, help_text="Where there is no IBAN.", max_length=34, verbose_name="account number"
                    ),
                ),
                ("bic", models.CharField(blank=True, max_length=11, verbose_name="BIC")),
                ("bank_name", models.CharField(blank=True, max_length=120, verbose_name="bank")),
                (
                    "reason",
                    models.CharField(
                        help_text="How you know that it is theirs.", max_length=300, verbose_name="reason"
                    ),
                ),
                ("actor_label", models.CharField(max_length=150, verbose_name="who")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="since"
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
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_accounts",
                        to="accounting.party",
                        verbose_name="supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "bank account of a supplier",
                "verbose_name_plural": "bank accounts of suppliers",
                "indexes": [models.Index(fields=["party", "-id"], name="partybankaccount_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("iban", ""), models.Q(("number", ""), _negated=True)),
                            models.Q(models.Q(("iban", ""), _negated=True), ("number", "")),
                            _connector="OR",
                        ),
                        name="partybankaccount_iban_or_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("holder", ""), _negated=True)
                        ),
                        name="partybankaccount_holder_and_reason",
                    ),
                ],
            },
        ),
        AppendOnly("accounting_partybankaccount"),
    ]
