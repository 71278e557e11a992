"""Compositions are facts, and a kit SKU has no goods of its own."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

KIT_WITHOUT_STOCK = """
BEGIN
    IF EXISTS (SELECT FROM inventory_stocklevel l WHERE l.sku_id = NEW.id AND l.on_hand <> 0) THEN
        RAISE EXCEPTION 'sku_kit_while_stocked: a SKU with stock of its own cannot be a kit'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sku_kit_while_stocked';
    END IF;
    RETURN NEW;
END
"""

LAYER_OF_NO_KIT = """
BEGIN
    IF EXISTS (SELECT FROM new_rows n JOIN inventory_sku s ON s.id = n.sku_id WHERE s.kit_id IS NOT NULL) THEN
        RAISE EXCEPTION 'costlayer_of_no_kit: a kit is held as its components'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'costlayer_of_no_kit';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0005_cost_book")]

    operations = [
        AppendOnly("inventory_kit"),
        AppendOnly("inventory_kitcomponent"),
        BookFunction("inventory_kit_without_stock", KIT_WITHOUT_STOCK),
        BookTrigger(
            "inventory_sku",
            "inventory_sku_kit",
            "inventory_kit_without_stock",
            when="BEFORE UPDATE OF kit_id",
            level="row",
            condition="OLD.kit_id IS NULL AND NEW.kit_id IS NOT NULL",
        ),
        BookFunction("inventory_layer_of_no_kit", LAYER_OF_NO_KIT),
        BookTrigger(
            "inventory_costlayer",
            "inventory_layer_of_no_kit",
            "inventory_layer_of_no_kit",
            referencing="NEW TABLE AS new_rows",
        ),
    ]
