"""A floor task names places of its warehouse and a lot of its SKU: its guard reads them, so no second check locks them."""

from django.db import migrations

from backoffice.core.triggers import BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

FLOOR_TASK_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (SELECT company_id FROM inventory_warehouse WHERE id = n.warehouse_id OFFSET 0) w ON true
        LEFT JOIN LATERAL (SELECT company_id FROM inventory_sku WHERE id = n.sku_id OFFSET 0) s ON true
        LEFT JOIN LATERAL (SELECT sku_id FROM inventory_lot WHERE id = n.lot_id OFFSET 0) o ON true
        LEFT JOIN LATERAL (
            SELECT warehouse_id FROM inventory_location WHERE id = n.from_location_id OFFSET 0) f ON true
        LEFT JOIN LATERAL (
            SELECT warehouse_id FROM inventory_location WHERE id = n.to_location_id OFFSET 0) t ON true
        WHERE NOT coalesce(w.company_id = n.company_id AND s.company_id = n.company_id
            AND f.warehouse_id = n.warehouse_id
            AND (n.to_location_id IS NULL OR t.warehouse_id = n.warehouse_id)
            AND (n.lot_id IS NULL OR o.sku_id = n.sku_id), false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'floortask_of_its_warehouse: floor task % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'floortask_of_its_warehouse';
    END IF;
    RETURN NULL;
END
"""

NEW = "NEW TABLE AS new_rows"


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0004_floor_work"), ("inventory", "0013_layout_rules")]

    operations = [
        BookFunction("warehouse_floor_task_rules", FLOOR_TASK_RULES, settings=NESTED),
        BookTrigger("warehouse_floortask", "warehouse_floor_task_made", "warehouse_floor_task_rules", referencing=NEW),
        BookTrigger(
            "warehouse_floortask",
            "warehouse_floor_task_changed",
            "warehouse_floor_task_rules",
            when="AFTER UPDATE",
            referencing=NEW,
        ),
    ]
