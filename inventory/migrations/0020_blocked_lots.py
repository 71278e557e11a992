"""What is blocked is not claimed and does not leave for a customer, and a lifted block stays as it is."""

from importlib import import_module

from django.db import migrations

from backoffice.core.triggers import BookFunction, BookTrigger

LOCKING = import_module("inventory.migrations.0002_locking")
HELD = "EXISTS (SELECT FROM inventory_lothold h WHERE h.lot_id = {lot} AND h.lifted_at IS NULL)"

SHELF_LIFE = LOCKING.SHELF_LIFE.replace(
    "AND (x.expiry_date IS NULL OR x.expiry_date >= days.day))",
    f"AND (x.expiry_date IS NULL OR x.expiry_date >= days.day)\n                    AND NOT {HELD.format(lot='q.lot_id')})",
)
LOCK_MOVES = LOCKING.LOCK_MOVES.replace(
    "CASE WHEN t.warehouse_id IS NULL THEN ''",
    f"CASE WHEN t.kind = 'customer' AND w.lot IS NOT NULL AND {HELD.format(lot='w.lot')} THEN 'lot_held'\n"
    "                WHEN t.warehouse_id IS NULL THEN ''",
)

HELD_STAYS = f"""
DECLARE found bigint;
BEGIN
    SELECT n.id INTO found FROM new_rows n JOIN inventory_location t ON t.id = n.to_location_id AND t.kind = 'customer'
        WHERE n.lot_id IS NOT NULL AND {HELD.format(lot="n.lot_id")} LIMIT 1;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION 'stockmove_lot_not_held: move % is refused', found
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stockmove_lot_not_held';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0019_lot_holds")]

    operations = [
        BookFunction(
            "inventory_shelf_life",
            SHELF_LIFE,
            args="p_sku bigint, p_warehouse bigint, p_owner bigint, p_days date[], OUT days date[], OUT free numeric[]",
            returns="record",
            language="sql",
            settings=LOCKING.NESTED,
            previous=LOCKING.SHELF_LIFE,
        ),
        BookFunction(
            "inventory_lock_moves",
            LOCK_MOVES,
            args="p_company bigint, p_skus bigint[], p_lots bigint[], p_owners bigint[], p_quantities numeric[],"
            " p_froms bigint[], p_tos bigint[], p_allocations bigint[], p_bin_claims bigint[], p_keys text[]",
            returns=LOCKING.MOVE_FACTS,
            settings=LOCKING.NESTED,
            previous=LOCKING.LOCK_MOVES,
        ),
        BookFunction("inventory_held_stays", HELD_STAYS),
        BookTrigger(
            "inventory_stockmove",
            "inventory_move_1_held",
            "inventory_held_stays",
            referencing="NEW TABLE AS new_rows",
        ),
        BookTrigger(
            "inventory_lothold",
            "inventory_lothold_fixed",
            "inventory_refuse_change",
            when="BEFORE UPDATE",
            level="row",
            condition="OLD.lifted_at IS NOT NULL OR OLD.lot_id <> NEW.lot_id OR OLD.cause <> NEW.cause",
        ),
    ]
