"""Why an invoice charges no tax: said by the tax code, kept with each line as it was issued."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounting", "0031_held_by")]

    operations = [
        migrations.AddField(
            "taxcode",
            "exemption_reason",
            models.CharField(
                max_length=300,
                blank=True,
                db_default="",
                help_text="Printed on invoices whose lines bear this code and no tax: the provision why.",
            ),
        ),
        migrations.AddField(
            "invoiceline",
            "exemption_reason",
            models.CharField(
                max_length=300,
                blank=True,
                db_default="",
                help_text="The tax code's of then, where the line bears no tax.",
            ),
        ),
    ]
