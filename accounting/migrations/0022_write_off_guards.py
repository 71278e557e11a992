"""What a write-off gives up stays as it was asked for."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("accounting", "0021_write_offs")]

    operations = [AppendOnly("accounting_writeoffitem")]
