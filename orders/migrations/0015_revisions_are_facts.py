"""How an order stood before it was edited is never changed."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_drafts_and_changes")]

    operations = [AppendOnly("orders_orderrevision")]
