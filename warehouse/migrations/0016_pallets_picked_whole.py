"""A pick may end on the pallet that it was taken from: the whole pallet is the order's, and nothing leaves it."""

from importlib import import_module

from django.db import migrations

from backoffice.core.triggers import BookFunction

BEFORE = import_module("warehouse.migrations.0008_wave_rules").PICK_TASK_WAY_RULES

PICK_TASK_WAY_RULES = """
DECLARE
    list record;
BEGIN
    SELECT warehouse_id, wave_id INTO list FROM warehouse_picklist WHERE id = NEW.pick_list_id;
    IF NEW.to_location_id IS DISTINCT FROM OLD.to_location_id AND NOT (
        OLD.status IN ('open', 'assigned', 'in_progress') AND EXISTS (
            SELECT FROM inventory_location x WHERE x.id = NEW.to_location_id AND x.warehouse_id = list.warehouse_id
                AND x.kind IN ('staging', 'tote'))
        OR OLD.status = 'done' AND NEW.to_location_id = OLD.from_location_id AND EXISTS (
            SELECT FROM inventory_location x WHERE x.id = NEW.to_location_id AND x.kind = 'tote'))
    OR NEW.round_id IS DISTINCT FROM OLD.round_id AND NEW.round_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM warehouse_pickround r WHERE r.id = NEW.round_id AND r.wave_id = list.wave_id) THEN
        RAISE EXCEPTION 'picktask_goes_its_way: pick task % is refused', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'picktask_goes_its_way';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0015_stock_in_units")]

    operations = [BookFunction("warehouse_pick_task_way_rules", PICK_TASK_WAY_RULES, previous=BEFORE)]
