"""Numbers are drawn after the deferred checks, by the database itself: who waits for a series waits for nothing else."""

from importlib import import_module

from django.db import migrations

from backoffice.core.triggers import BookFunction

BEFORE = import_module("accounting.migrations.0003_documents")

DRAW_NUMBERS = BEFORE.DRAW_NUMBERS.replace(
    "BEGIN\n",
    "BEGIN\n    SET CONSTRAINTS ALL IMMEDIATE;\n    SET CONSTRAINTS ALL DEFERRED;\n",
    1,
)


class Migration(migrations.Migration):
    dependencies = [("accounting", "0009_company_versions")]

    operations = [
        BookFunction(
            "accounting_draw_numbers",
            DRAW_NUMBERS,
            args="ids bigint[], counts bigint[]",
            returns="TABLE (series bigint, drawn_from bigint)",
            settings=BEFORE.NESTED,
            previous=BEFORE.DRAW_NUMBERS,
        ),
    ]
