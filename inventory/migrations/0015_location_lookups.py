"""A scanned code finds its place in any letter case by an index, and each change of a place counts."""

from django.db import migrations, models
from django.db.models.functions import Upper

from backoffice.core.triggers import BookFunction, BookTrigger

VERSION = """
BEGIN
    NEW.version = OLD.version + 1;
    RETURN NEW;
END
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0014_adjusted_serials")]

    operations = [
        migrations.AddIndex(
            model_name="location",
            index=models.Index("warehouse", Upper("code"), name="location_by_scanned_code"),
        ),
        BookFunction("inventory_location_version", VERSION),
        BookTrigger(
            "inventory_location",
            "inventory_location_version",
            "inventory_location_version",
            when="BEFORE UPDATE",
            level="row",
        ),
    ]
