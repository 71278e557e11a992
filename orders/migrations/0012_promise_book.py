"""What was promised, and when that changed, is never rewritten."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_promises")]

    operations = [AppendOnly("orders_promisechange")]
