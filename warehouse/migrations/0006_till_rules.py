"""What was sold, tendered and moved at a counter is never changed."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0005_till")]

    operations = [
        AppendOnly("warehouse_tillreceipt"),
        AppendOnly("warehouse_tilltender"),
        AppendOnly("warehouse_cashmove"),
    ]
