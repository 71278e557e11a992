"""Goods may go from a supplier straight to a customer, at a cost of their own and never through stock."""

import importlib

import django.db.models.deletion
from django.db import migrations, models

from backoffice.core.triggers import BookFunction

_BOOK = importlib.import_module("inventory.migrations.0003_goods_book")

MOVE_RULES = _BOOK.MOVE_RULES.replace(
    """            WHEN n.value <> 0 AND (f.warehouse_id IS NULL) = (t.warehouse_id IS NULL)
                THEN 'stockmove_value_at_border_only'
            WHEN (f.warehouse_id IS NULL AND n.value < 0) OR (t.warehouse_id IS NULL AND n.value > 0)
                THEN 'stockmove_value_sign'
""",
    """            WHEN (n.reason = 'drop_ship') <> (f.kind = 'supplier' AND t.kind = 'customer' AND n.owner_id IS NULL)
                THEN 'stockmove_drop_ship_says_so'
            WHEN n.value <> 0 AND (f.warehouse_id IS NULL) = (t.warehouse_id IS NULL) AND n.reason <> 'drop_ship'
                THEN 'stockmove_value_at_border_only'
            WHEN (f.warehouse_id IS NULL AND n.value < 0 AND n.reason <> 'drop_ship')
                    OR (t.warehouse_id IS NULL AND n.value > 0)
                THEN 'stockmove_value_sign'
""",
)
ENTRY_DIFFERENCE = _BOOK.ENTRY_DIFFERENCE.replace(
    "FROM inventory_stockmove m WHERE m.entry_id = p_entry)",
    "FROM inventory_stockmove m\n        WHERE m.entry_id = p_entry AND m.reason <> 'drop_ship')",
)
assert MOVE_RULES != _BOOK.MOVE_RULES and ENTRY_DIFFERENCE != _BOOK.ENTRY_DIFFERENCE


class Migration(migrations.Migration):
    dependencies = [("accounting", "0007_guarded_lines"), ("inventory", "0013_barred_demands")]

    operations = [
        BookFunction("inventory_move_rules", MOVE_RULES, settings=_BOOK.NESTED, previous=_BOOK.MOVE_RULES),
        BookFunction(
            "inventory_entry_difference",
            ENTRY_DIFFERENCE,
            args="p_entry bigint",
            returns="numeric",
            language="sql",
            settings=_BOOK.NESTED,
            previous=_BOOK.ENTRY_DIFFERENCE,
        ),
        migrations.AddField(
            model_name="purchaseorder",
            name="ship_to",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="The customer's address of a drop-ship order.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounting.address",
            ),
        ),
        migrations.AlterField(
            model_name="purchaseorder",
            name="warehouse",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: it goes to the customer.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="inventory.warehouse",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("ship_to__isnull", True), ("warehouse__isnull", False))
                | models.Q(("ship_to__isnull", False), ("warehouse__isnull", True)),
                name="purchaseorder_goes_to_one_place",
            ),
        ),
    ]
