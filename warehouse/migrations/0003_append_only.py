"""What lies in a parcel and what a delivery brought are facts."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0002_guarded_references")]

    operations = [AppendOnly("warehouse_parcelline"), AppendOnly("warehouse_receiptline")]
