"""Standard cost is pooled like the average; prices and bills of materials are facts, and nothing is made of itself."""

from importlib import import_module

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

BEFORE = import_module("inventory.migrations.0005_cost_book")

LAYER_TOTALS = BEFORE.LAYER_TOTALS.replace("(s.cost_method = 'average')", "(s.cost_method <> 'fifo')")
USE_TOTALS = BEFORE.USE_TOTALS.replace("WHEN s.cost_method = 'average'", "WHEN s.cost_method <> 'fifo'")

NO_CYCLE = """
BEGIN
    IF EXISTS (
        WITH RECURSIVE newest AS (
            SELECT DISTINCT ON (b.sku_id) b.id, b.sku_id FROM inventory_billofmaterials b
            WHERE b.company_id IN (SELECT x.company_id FROM new_rows n JOIN inventory_billofmaterials x ON x.id = n.bom_id)
            ORDER BY b.sku_id, b.number DESC
        ), down AS (
            SELECT b.sku_id AS top, n.sku_id FROM new_rows n JOIN inventory_billofmaterials b ON b.id = n.bom_id
            UNION
            SELECT d.top, c.sku_id FROM down d JOIN newest m ON m.sku_id = d.sku_id
                JOIN inventory_bomcomponent c ON c.bom_id = m.id
        )
        SELECT FROM down WHERE top = sku_id
    ) THEN
        RAISE EXCEPTION 'bomcomponent_no_cycle: a SKU cannot be made of itself, however far down'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bomcomponent_no_cycle';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0026_valuations")]

    operations = [
        BookFunction("inventory_layer_totals", LAYER_TOTALS, settings=BEFORE.NESTED, previous=BEFORE.LAYER_TOTALS),
        BookFunction("inventory_use_totals", USE_TOTALS, settings=BEFORE.NESTED, previous=BEFORE.USE_TOTALS),
        AppendOnly("inventory_standardprice"),
        AppendOnly("inventory_billofmaterials"),
        AppendOnly("inventory_bomcomponent"),
        BookFunction("inventory_bom_no_cycle", NO_CYCLE),
        BookTrigger(
            "inventory_bomcomponent",
            "inventory_bom_no_cycle",
            "inventory_bom_no_cycle",
            referencing="NEW TABLE AS new_rows",
        ),
    ]
