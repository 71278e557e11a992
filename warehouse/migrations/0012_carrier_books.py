"""What was handed over stays as the driver signed it."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0011_carriers")]

    operations = [AppendOnly("warehouse_manifest"), AppendOnly("warehouse_manifestline")]
