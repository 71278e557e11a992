"""Which invoices still need an address is asked for each one that is to be erased."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounting", "0029_company_invoice_years")]

    operations = [
        AddIndexConcurrently(
            "invoice",
            models.Index(fields=["address"], condition=models.Q(address__isnull=False), name="invoice_by_address"),
        )
    ]
