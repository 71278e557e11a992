"""Addresses and countries of carriers are checked where they are typed."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("warehouse", "0018_packed_is_no_label"),
    ]

    operations = [
        migrations.AlterField(
            model_name="carrieraccount",
            name="tracking_url",
            field=models.CharField(
                blank=True,
                help_text="Where buyers follow a parcel, with {number} in it.",
                max_length=200,
                validators=[
                    django.core.validators.RegexValidator(
                        "^https?://\\S*\\{number\\}\\S*$", "A web address with {number} in it."
                    )
                ],
            ),
        ),
        migrations.AlterField(
            model_name="carrierrate",
            name="countries",
            field=models.CharField(
                blank=True,
                help_text="ISO codes with commas between, e.g. LT, LV. Empty: everywhere.",
                max_length=300,
                validators=[
                    django.core.validators.RegexValidator(
                        "^\\s*[A-Za-z]{2}(\\s*,\\s*[A-Za-z]{2})*\\s*$", "ISO codes of two letters, with commas between."
                    )
                ],
            ),
        ),
    ]
