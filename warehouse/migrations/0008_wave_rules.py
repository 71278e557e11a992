"""A wave holds fulfilments of its own warehouse, a round tasks of its own wave; a tote is a tote of that warehouse.

Where a pick goes to may change while nobody has picked it: the picker chooses the tote.
"""

from django.db import migrations

from backoffice.core.triggers import BookFunction, BookTrigger

NEW = "NEW TABLE AS new_rows"

WAVE_ITEM_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        JOIN warehouse_wave w ON w.id = n.wave_id JOIN orders_fulfilment f ON f.id = n.fulfilment_id
        WHERE (f.company_id, f.warehouse_id) IS DISTINCT FROM (w.company_id, w.warehouse_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'waveitem_of_its_warehouse: fulfilment in a wave % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'waveitem_of_its_warehouse';
    END IF;
    RETURN NULL;
END
"""

PICK_TASK_WAY_RULES = """
DECLARE
    list record;
BEGIN
    SELECT warehouse_id, wave_id INTO list FROM warehouse_picklist WHERE id = NEW.pick_list_id;
    IF NEW.to_location_id IS DISTINCT FROM OLD.to_location_id AND (
        OLD.status NOT IN ('open', 'assigned', 'in_progress') OR NOT EXISTS (
            SELECT FROM inventory_location x WHERE x.id = NEW.to_location_id AND x.warehouse_id = list.warehouse_id
                AND x.kind IN ('staging', 'tote')))
    OR NEW.round_id IS DISTINCT FROM OLD.round_id AND NEW.round_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM warehouse_pickround r WHERE r.id = NEW.round_id AND r.wave_id = list.wave_id) THEN
        RAISE EXCEPTION 'picktask_goes_its_way: pick task % is refused', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'picktask_goes_its_way';
    END IF;
    RETURN NULL;
END
"""

ROUND_TOTE_RULES = """
BEGIN
    IF NOT EXISTS (
        SELECT FROM warehouse_pickround r JOIN warehouse_picklist l ON l.id = NEW.pick_list_id AND l.wave_id = r.wave_id
        WHERE r.id = NEW.round_id AND (NEW.location_id IS NULL OR EXISTS (
            SELECT FROM inventory_location x
            WHERE x.id = NEW.location_id AND x.warehouse_id = r.warehouse_id AND x.kind = 'tote'))) THEN
        RAISE EXCEPTION 'roundtote_of_its_warehouse: tote % is refused', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roundtote_of_its_warehouse';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0007_waves")]

    operations = [
        BookFunction("warehouse_wave_item_rules", WAVE_ITEM_RULES),
        BookTrigger("warehouse_waveitem", "warehouse_wave_item_rules", "warehouse_wave_item_rules", referencing=NEW),
        BookFunction("warehouse_pick_task_way_rules", PICK_TASK_WAY_RULES),
        BookTrigger(
            "warehouse_picktask",
            "warehouse_pick_task_way_rules",
            "warehouse_pick_task_way_rules",
            when="AFTER UPDATE OF to_location_id, round_id",
            level="row",
        ),
        BookFunction("warehouse_round_tote_rules", ROUND_TOTE_RULES),
        BookTrigger(
            "warehouse_roundtote",
            "warehouse_round_tote_rules",
            "warehouse_round_tote_rules",
            when="AFTER INSERT OR UPDATE",
            level="row",
        ),
    ]
