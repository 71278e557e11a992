"""What the catalogue's rows may be: no category below itself, one combination per SKU, packs that agree with their codes."""

from django.db import migrations

from backoffice.core.triggers import BookFunction, BookTrigger

UNITS = """
INSERT INTO inventory_unit (code, name, unece) VALUES
    ('each', 'piece', 'C62'), ('pair', 'pair', 'PR'), ('set', 'set', 'SET'), ('dozen', 'dozen', 'DZN'),
    ('kg', 'kilogram', 'KGM'), ('g', 'gram', 'GRM'), ('l', 'litre', 'LTR'), ('ml', 'millilitre', 'MLT'),
    ('m', 'metre', 'MTR'), ('cm', 'centimetre', 'CMT'), ('m2', 'square metre', 'MTK'), ('m3', 'cubic metre', 'MTQ'),
    ('roll', 'roll', 'RO'), ('sheet', 'sheet', 'LEF'), ('hour', 'hour', 'HUR')
"""

TREE = """
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('inventory_category', NEW.company_id));  -- two moves at once
    IF EXISTS (
        WITH RECURSIVE above (id) AS (
            SELECT NEW.parent_id
            UNION SELECT c.parent_id FROM above a JOIN inventory_category c ON c.id = a.id WHERE c.parent_id IS NOT NULL
        ) SELECT FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'category % would stand below itself', NEW.code
            USING ERRCODE = 'check_violation', TABLE = 'inventory_category', CONSTRAINT = 'category_not_below_itself';
    END IF;
    IF (SELECT company_id FROM inventory_category WHERE id = NEW.parent_id) <> NEW.company_id THEN
        RAISE EXCEPTION 'category % has a parent of another company', NEW.code
            USING ERRCODE = 'check_violation', TABLE = 'inventory_category', CONSTRAINT = 'category_parent_of_company';
    END IF;
    RETURN NULL;
END
"""

COMBINATION = """
DECLARE
    touched bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT sku_id) INTO touched FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT sku_id) INTO touched FROM old_rows;
    ELSE
        SELECT array_agg(DISTINCT sku_id) INTO touched
            FROM (SELECT sku_id FROM new_rows UNION SELECT sku_id FROM old_rows) both_rows;
    END IF;
    PERFORM FROM inventory_sku WHERE id = ANY (touched) ORDER BY id FOR NO KEY UPDATE;
    UPDATE inventory_sku s SET variant_key = k.key FROM (
        SELECT t.id, string_agg(v.value_id::text, '-' ORDER BY o.position) AS key FROM unnest(touched) t (id)
            LEFT JOIN inventory_skuoption v ON v.sku_id = t.id
            LEFT JOIN inventory_productoption o ON o.id = v.option_id
            GROUP BY t.id
    ) k WHERE s.id = k.id AND s.variant_key IS DISTINCT FROM k.key;
    RETURN NULL;
END
"""

# A sum of digits, every second one thrice, counted from the right: GS1 General Specifications, section 7.9.
_DIGITS = " + ".join(
    f"{3 if place % 2 else 1} * substr(lpad(code, 14, '0'), {place}, 1)::int" for place in range(1, 15)
)

GTIN = (
    "ALTER TABLE inventory_barcode ADD CONSTRAINT barcode_gtin_check_digit CHECK (symbology <> 'gtin' OR"
    f" CASE WHEN code ~ '^([0-9]{{8}}|[0-9]{{12,14}})$' THEN ({_DIGITS}) % 10 = 0 ELSE false END)"
)


def pair(table: str, name: str, columns: str, target: str, others: str, action: str = "") -> migrations.RunSQL:
    """A foreign key of several columns: what the rows say of each other is true."""
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {target} ({others}) {action}",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def on_options(event: str, referencing: str) -> BookTrigger:
    return BookTrigger(
        "inventory_skuoption",
        f"inventory_skuoption_key_{event.lower()}",
        "inventory_keep_combination",
        when=f"AFTER {event}",
        referencing=referencing,
    )


class Migration(migrations.Migration):
    dependencies = [("inventory", "0006_kit_book")]

    operations = [
        migrations.RunSQL(UNITS, migrations.RunSQL.noop),
        BookFunction("inventory_check_tree", TREE),
        BookTrigger(
            "inventory_category",
            "inventory_category_tree",
            "inventory_check_tree",
            when="AFTER INSERT OR UPDATE OF parent_id",
            level="row",
            condition="NEW.parent_id IS NOT NULL",
        ),
        BookFunction("inventory_keep_combination", COMBINATION),
        on_options("INSERT", "NEW TABLE AS new_rows"),
        on_options("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        on_options("DELETE", "OLD TABLE AS old_rows"),
        migrations.RunSQL(GTIN, "ALTER TABLE inventory_barcode DROP CONSTRAINT barcode_gtin_check_digit"),
        pair(
            "inventory_barcode",
            "barcode_as_its_pack",
            "pack_id, sku_id, pack_quantity",
            "inventory_pack",
            "id, sku_id, quantity",
            "ON UPDATE CASCADE",
        ),
        pair(
            "inventory_skuoption",
            "skuoption_of_the_skus_product",
            "sku_id, product_id",
            "inventory_sku",
            "id, product_id",
        ),
        pair(
            "inventory_skuoption",
            "skuoption_of_the_products_option",
            "option_id, product_id",
            "inventory_productoption",
            "id, product_id",
        ),
        pair(
            "inventory_skuoption",
            "skuoption_value_of_the_option",
            "value_id, option_id",
            "inventory_optionvalue",
            "id, option_id",
        ),
        pair(
            "inventory_productimage",
            "productimage_of_the_skus_product",
            "sku_id, product_id",
            "inventory_sku",
            "id, product_id",
        ),
    ]
