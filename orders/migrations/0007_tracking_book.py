"""What was said of a shipment stays as it was said."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_tracking")]

    operations = [AppendOnly("orders_trackingevent")]
