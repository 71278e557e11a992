"""What left, and what the channel stated, is never changed."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        AppendOnly("orders_shipmentline"),
        AppendOnly("orders_orderdiscount"),
        AppendOnly("orders_ordertax"),
    ]
