"""A warehouse may send goods from the dock straight to the orders that wait for them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0016_tell_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="warehouse",
            name="cross_docks",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Orders that wait are picked from the dock; what they want is not put away.",
                verbose_name="cross-docks",
            ),
        ),
    ]
