"""How long a company keeps its invoices whole, where it is not what its country usually asks."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounting", "0028_four_eyes_from_start")]

    operations = [
        migrations.AddField(
            "company",
            "invoice_years",
            models.PositiveSmallIntegerField(
                "years invoices are kept",
                null=True,
                blank=True,
                validators=[MinValueValidator(1), MaxValueValidator(100)],
                help_text="Full years after the year of issue; then the addresses on them are erased for good. Empty: as"
                " the law of the country usually wants it (see Privacy requests).",
            ),
        )
    ]
