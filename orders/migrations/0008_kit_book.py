"""Which kits a shipment completed is a fact."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_kits")]

    operations = [AppendOnly("orders_shipmentkit")]
