"""A picture is asked for by its content by whoever knows it: the row that has it is found at once."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("inventory", "0021_totals_locked_and_changed")]

    operations = [
        AddIndexConcurrently("productimage", models.Index(fields=["sha256"], name="productimage_by_content")),
    ]
