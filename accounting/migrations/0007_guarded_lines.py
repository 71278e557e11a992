"""Dimension sets and tax codes are read by the guards of the lines, which hold that they are of the company."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

from backoffice.core.triggers import BookFunction

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")
BEFORE_LINE = import_module("accounting.migrations.0006_stored_value_rules").LINE_GUARD
BEFORE_INVOICE_LINE = import_module("accounting.migrations.0003_documents").INVOICE_LINE_GUARD


def widen(body: str, *changes: tuple[str, str]) -> str:
    """The body with each text, which must stand there once, followed by its addition."""
    for text, addition in changes:
        if body.count(text) != 1:
            raise ValueError(f"not once in the function: {text}")
        body = body.replace(text, text + addition)
    return body


LINE_GUARD = widen(
    BEFORE_LINE,
    (
        "THEN 'journalline_party_of_company'",
        """
                    WHEN l.dimension_set_id IS NOT NULL AND d.company_id IS DISTINCT FROM l.company_id
                        THEN 'journalline_dimensions_of_company'""",
    ),
    (
        "SELECT y.company_id FROM accounting_party y WHERE y.id = l.party_id OFFSET 0) p ON true",
        """
            LEFT JOIN LATERAL (
                SELECT z.company_id FROM accounting_dimensionset z
                WHERE z.id = l.dimension_set_id OFFSET 0) d ON true""",
    ),
)
INVOICE_LINE_GUARD = widen(
    BEFORE_INVOICE_LINE,
    (
        "WHEN k.foreign_account THEN 'invoiceline_account_of_company'",
        """
            WHEN k.foreign_tax THEN 'invoiceline_tax_code_of_company'
            WHEN k.foreign_dimensions THEN 'invoiceline_dimensions_of_company'""",
    ),
    (
        "bool_or(i.company_id IS DISTINCT FROM a.company_id) AS foreign_account",
        """,
                bool_or(n.tax_code_id IS NOT NULL AND i.company_id IS DISTINCT FROM t.company_id) AS foreign_tax,
                bool_or(n.dimension_set_id IS NOT NULL AND i.company_id IS DISTINCT FROM d.company_id)
                    AS foreign_dimensions""",
    ),
    (
        "FROM accounting_account x WHERE x.id = n.account_id OFFSET 0) a ON true",
        """
            LEFT JOIN LATERAL (SELECT x.company_id FROM accounting_taxcode x WHERE x.id = n.tax_code_id OFFSET 0) t ON true
            LEFT JOIN LATERAL (
                SELECT x.company_id FROM accounting_dimensionset x WHERE x.id = n.dimension_set_id OFFSET 0) d ON true""",
    ),
    (
        "WHERE h.xid IS DISTINCT FROM pg_current_xact_id() OR k.foreign_account",
        " OR k.foreign_tax OR k.foreign_dimensions",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounting", "0006_stored_value_rules"),
    ]

    operations = [
        BookFunction("accounting_line_guard", LINE_GUARD, settings=NESTED, previous=BEFORE_LINE),
        BookFunction(
            "accounting_invoice_line_guard", INVOICE_LINE_GUARD, settings=NESTED, previous=BEFORE_INVOICE_LINE
        ),
        migrations.AlterField(
            model_name="invoiceline",
            name="dimension_set",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounting.dimensionset",
            ),
        ),
        migrations.AlterField(
            model_name="invoiceline",
            name="tax_code",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounting.taxcode",
            ),
        ),
        migrations.AlterField(
            model_name="journalline",
            name="dimension_set",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounting.dimensionset",
            ),
        ),
    ]
