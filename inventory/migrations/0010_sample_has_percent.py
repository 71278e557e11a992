"""A rule for a sample says how much of it; without that, all was looked at anyway."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0006_bill_guards"),
        ("inventory", "0009_kinds_of_stock"),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE inventory_inspectionrule SET mode = 'always' WHERE mode = 'sample' AND sample_percent IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveConstraint(
            model_name="inspectionrule",
            name="inspectionrule_sample_has_percent",
        ),
        migrations.AddConstraint(
            model_name="inspectionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("mode", "sample"),
                        ("sample_percent__gt", 0),
                        ("sample_percent__isnull", False),
                        ("sample_percent__lte", 100),
                    ),
                    models.Q(models.Q(("mode", "sample"), _negated=True), ("sample_percent__isnull", True)),
                    _connector="OR",
                ),
                name="inspectionrule_sample_has_percent",
                violation_error_message="A sample needs a percentage above 0 up to 100; other rules have none.",
            ),
        ),
    ]
