"""A handling unit's goods lie in a tote of its warehouse; it stands in its warehouse, and never in itself."""

from django.db import migrations

from backoffice.core.triggers import BookFunction, BookTrigger

RULES = """
BEGIN
    IF NOT EXISTS (
        SELECT FROM inventory_location x
        WHERE x.id = NEW.location_id AND x.warehouse_id = NEW.warehouse_id AND x.kind = 'tote')
    OR NEW.stands_in_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM inventory_location x WHERE x.id = NEW.stands_in_id AND x.warehouse_id = NEW.warehouse_id
            AND x.kind IN ('bin', 'dock', 'staging'))
    OR NEW.parent_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM warehouse_handlingunit h WHERE h.id = NEW.parent_id AND h.warehouse_id = NEW.warehouse_id)
    OR NEW.parent_id IS NOT NULL AND EXISTS (
        WITH RECURSIVE up AS (
            SELECT h.parent_id FROM warehouse_handlingunit h WHERE h.id = NEW.parent_id
            UNION SELECT h.parent_id FROM warehouse_handlingunit h JOIN up ON h.id = up.parent_id)
        SELECT FROM up WHERE up.parent_id = NEW.id) THEN
        RAISE EXCEPTION 'handlingunit_of_its_warehouse: handling unit % is refused', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'handlingunit_of_its_warehouse';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0013_handling_units")]

    operations = [
        BookFunction("warehouse_handling_unit_rules", RULES),
        BookTrigger(
            "warehouse_handlingunit",
            "warehouse_handling_unit_rules",
            "warehouse_handling_unit_rules",
            when="AFTER INSERT OR UPDATE",
            level="row",
        ),
    ]
