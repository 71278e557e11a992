"""Lots keep their dates, serial numbers follow their moves, inspections are done when nothing is left to decide."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")
NEW = "NEW TABLE AS new_rows"

# A unit goes on from where it is. The first time it comes from outside. Rows of one unit follow one another by move.
SERIAL_TOTALS = """
DECLARE
    bad record;
BEGIN
    PERFORM FROM inventory_serial s WHERE s.id = ANY (ARRAY(SELECT n.serial_id FROM new_rows n))
        ORDER BY s.id FOR NO KEY UPDATE;
    SELECT v.move_id, v.code, v.rule INTO bad FROM (
        SELECT n.move_id, s.code, CASE
            WHEN s.company_id IS DISTINCT FROM n.company_id THEN 'moveserial_one_company'
            WHEN EXISTS (SELECT FROM inventory_stockmove m WHERE m.id = n.move_id) THEN 'moveserial_before_its_move'
            WHEN coalesce(lag(n.to_location_id) OVER unit, s.location_id, n.from_location_id)
                <> n.from_location_id THEN 'moveserial_from_where_it_is'
            WHEN coalesce(lag(n.to_location_id) OVER unit, s.location_id) IS NULL
                AND (SELECT f.warehouse_id FROM inventory_location f WHERE f.id = n.from_location_id) IS NOT NULL
                THEN 'moveserial_from_where_it_is'
        END AS rule
        FROM new_rows n JOIN inventory_serial s ON s.id = n.serial_id
        WINDOW unit AS (PARTITION BY n.serial_id ORDER BY n.move_id)
    ) v WHERE v.rule IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: serial number % cannot go with move %', bad.rule, bad.code, bad.move_id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    UPDATE inventory_serial s SET location_id = d.to_location_id, last_move_id = d.move_id
        FROM (SELECT DISTINCT ON (n.serial_id) n.serial_id, n.to_location_id, n.move_id FROM new_rows n
            ORDER BY n.serial_id, n.move_id DESC) d
        WHERE s.id = d.serial_id;
    RETURN NULL;
END
"""

SERIAL_FITS_MOVE = """
BEGIN
    IF NOT EXISTS (
        SELECT FROM inventory_stockmove m JOIN inventory_serial s ON s.id = NEW.serial_id
        WHERE m.id = NEW.move_id AND m.company_id = NEW.company_id AND m.sku_id = s.sku_id
            AND m.from_location_id = NEW.from_location_id AND m.to_location_id = NEW.to_location_id
            AND (m.returns_move_id IS NULL
                OR NOT EXISTS (SELECT FROM inventory_moveserial x WHERE x.move_id = m.returns_move_id)
                OR EXISTS (SELECT FROM inventory_moveserial x
                    WHERE x.move_id = m.returns_move_id AND x.serial_id = NEW.serial_id))
    ) THEN
        RAISE EXCEPTION 'moveserial_fits_its_move: move % is not of this unit', NEW.move_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'moveserial_fits_its_move';
    END IF;
    RETURN NULL;
END
"""

TRACKING_FREE = """
BEGIN
    -- Whoever moves goods holds a level: after this, moves in flight are seen, and later ones see the new setting.
    PERFORM FROM inventory_stocklevel l WHERE l.sku_id = NEW.id ORDER BY l.id FOR NO KEY UPDATE;
    IF NEW.serial_tracked <> OLD.serial_tracked AND EXISTS (
        SELECT FROM inventory_stockquant q WHERE q.sku_id = NEW.id AND q.quantity > 0
    ) OR EXISTS (
        SELECT FROM inventory_stockquant q LEFT JOIN inventory_lot l ON l.id = q.lot_id
        WHERE q.sku_id = NEW.id AND q.quantity > 0
            AND (NEW.lot_tracked AND q.lot_id IS NULL OR NEW.expiry_required AND l.expiry_date IS NULL)
    ) THEN
        RAISE EXCEPTION 'sku_tracking_fits_stock: what lies in stock lacks what is to be tracked'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sku_tracking_fits_stock';
    END IF;
    RETURN NEW;
END
"""

LOT_KEEPS_DATE = """
BEGIN
    IF (SELECT s.expiry_required FROM inventory_sku s WHERE s.id = NEW.sku_id) THEN
        RAISE EXCEPTION 'lot_keeps_its_expiry_date: lots of this SKU have an expiry date'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lot_keeps_its_expiry_date';
    END IF;
    RETURN NEW;
END
"""

# A result is a move of goods that were inspected, and the inspection is done when nothing is left to decide.
RESULT_TOTALS = """
DECLARE
    bad bigint;
BEGIN
    PERFORM FROM inventory_inspection i WHERE i.id = ANY (ARRAY(SELECT n.inspection_id FROM new_rows n))
        ORDER BY i.id FOR NO KEY UPDATE;
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (SELECT * FROM inventory_inspection WHERE id = n.inspection_id) i ON true
        LEFT JOIN LATERAL (SELECT * FROM inventory_stockmove WHERE id = n.move_id) m ON true
        WHERE NOT coalesce(i.company_id = n.company_id AND m.company_id = n.company_id AND m.sku_id = i.sku_id
            AND m.lot_id IS NOT DISTINCT FROM i.lot_id AND m.owner_id IS NOT DISTINCT FROM i.owner_id
            AND m.from_location_id = i.location_id AND m.quantity = n.quantity
            AND m.xid = pg_current_xact_id(), false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'inspectionresult_is_a_move: inspection result % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'inspectionresult_is_a_move';
    END IF;
    UPDATE inventory_inspection i SET passed = i.passed + d.passed, failed = i.failed + d.failed,
            status = CASE WHEN i.quantity = i.passed + i.failed + d.passed + d.failed THEN 'done' ELSE 'open' END
        FROM (SELECT n.inspection_id, coalesce(sum(n.quantity) FILTER (WHERE n.verdict = 'pass'), 0) AS passed,
                coalesce(sum(n.quantity) FILTER (WHERE n.verdict <> 'pass'), 0) AS failed
            FROM new_rows n GROUP BY n.inspection_id) d
        WHERE i.id = d.inspection_id;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0008_grni_book")]

    operations = [
        BookFunction("inventory_serial_totals", SERIAL_TOTALS, settings=NESTED),
        BookTrigger("inventory_moveserial", "inventory_serial_totals", "inventory_serial_totals", referencing=NEW),
        BookFunction("inventory_serial_fits_move", SERIAL_FITS_MOVE, settings=NESTED),
        BookTrigger(
            "inventory_moveserial",
            "inventory_serial_fits_move",
            "inventory_serial_fits_move",
            level="row",
            deferred=True,
        ),
        AppendOnly("inventory_moveserial"),
        BookFunction("inventory_tracking_free", TRACKING_FREE),
        BookTrigger(
            "inventory_sku",
            "inventory_sku_tracking",
            "inventory_tracking_free",
            when="BEFORE UPDATE OF lot_tracked, expiry_required, serial_tracked",
            level="row",
            condition="ROW(OLD.lot_tracked, OLD.expiry_required, OLD.serial_tracked)"
            " IS DISTINCT FROM ROW(NEW.lot_tracked, NEW.expiry_required, NEW.serial_tracked)",
        ),
        BookFunction("inventory_lot_keeps_date", LOT_KEEPS_DATE),
        BookTrigger(
            "inventory_lot",
            "inventory_lot_expiry",
            "inventory_lot_keeps_date",
            when="BEFORE UPDATE OF expiry_date",
            level="row",
            condition="OLD.expiry_date IS NOT NULL AND NEW.expiry_date IS NULL",
        ),
        BookFunction("inventory_result_totals", RESULT_TOTALS, settings=NESTED),
        BookTrigger(
            "inventory_inspectionresult", "inventory_result_totals", "inventory_result_totals", referencing=NEW
        ),
        AppendOnly("inventory_inspectionresult"),
    ]
