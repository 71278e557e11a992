from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0005_scheduled_reports")]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="requests_per_minute",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Empty: as many as keys may send usually.",
                null=True,
                verbose_name="requests per minute",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(("requests_per_minute__gt", 0)), name="apikey_some_requests"
            ),
        ),
    ]
