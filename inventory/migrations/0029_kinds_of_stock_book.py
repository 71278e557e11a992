"""Lots, serial numbers, shelf life and consigned goods in the guards and locks of the goods book."""

import importlib

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger, ReplacedFunction

_LOCKS = importlib.import_module("inventory.migrations.0002_locking")
_BOOK = importlib.import_module("inventory.migrations.0003_goods_book")
_CLAIMS = importlib.import_module("inventory.migrations.0004_claims_book")
_DROP_SHIP = importlib.import_module("inventory.migrations.0014_drop_ship")
NESTED = _LOCKS.NESTED
NEW = _BOOK.NEW


def _changed(body: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert body.count(old) == 1, old
        body = body.replace(old, new)
    return body


# What is tracked is known from rows that the guard reads anyway: other SKUs cost nothing.
MOVE_RULES = _changed(
    _DROP_SHIP.MOVE_RULES,
    (
        "            WHEN n.value <> 0 AND (f.warehouse_id IS NULL) = (t.warehouse_id IS NULL) AND",
        """            WHEN s.lot_tracked AND t.warehouse_id IS NOT NULL AND n.lot_id IS NULL THEN 'stockmove_lot_needed'
            WHEN s.expiry_required AND t.warehouse_id IS NOT NULL AND lot.expiry_date IS NULL
                THEN 'stockmove_expiry_date_needed'
            WHEN s.serial_tracked AND n.reason <> 'drop_ship' AND n.quantity <> (
                SELECT count(*) FROM inventory_moveserial x
                WHERE x.move_id = n.id AND x.from_location_id = n.from_location_id
                    AND x.to_location_id = n.to_location_id) THEN 'stockmove_each_unit_has_its_serial'
            WHEN n.value <> 0 AND (f.warehouse_id IS NULL) = (t.warehouse_id IS NULL) AND""",
    ),
    (
        "(SELECT company_id FROM inventory_sku WHERE id = n.sku_id) s",
        "(SELECT company_id, lot_tracked, expiry_required, serial_tracked FROM inventory_sku\n"
        "            WHERE id = n.sku_id) s",
    ),
    (
        "(SELECT sku_id FROM inventory_lot WHERE id = n.lot_id) lot",
        "(SELECT sku_id, expiry_date FROM inventory_lot WHERE id = n.lot_id) lot",
    ),
)

LOCK_MOVES = _changed(
    _LOCKS.LOCK_MOVES,
    (
        "                AND o.to_location_id = w.to_id\n",
        """                AND o.to_location_id = w.to_id,
            CASE WHEN t.warehouse_id IS NULL THEN ''
                WHEN s.lot_tracked AND w.lot IS NULL THEN 'lot_needed'
                WHEN s.expiry_required AND (SELECT x.expiry_date FROM inventory_lot x WHERE x.id = w.lot) IS NULL
                    THEN 'expiry_date_needed'
                ELSE '' END,
            s.serial_tracked
""",
    ),
)
MOVE_FACTS = _LOCKS.MOVE_FACTS[:-1] + ", lot_lacks text, serial_tracked boolean)"
_MOVE_ARGS = (
    "p_company bigint, p_skus bigint[], p_lots bigint[], p_owners bigint[], p_quantities numeric[],"
    " p_froms bigint[], p_tos bigint[], p_allocations bigint[], p_bin_claims bigint[], p_keys text[]"
)

# What of a SKU with lots is free for demands that want it to keep until a day. Whoever wants it fresher can take
# less of it, so the days nest: for each day there is what keeps until then, less what is claimed by all who want
# it to keep as long. A new claim fits if it fits on its own day and on each day before.
SHELF_LIFE = """
    SELECT array_agg(k.day ORDER BY k.day), array_agg(k.free ORDER BY k.day) FROM (
        SELECT days.day,
            (SELECT coalesce(sum(q.quantity), 0) FROM inventory_stockquant q
                JOIN inventory_location l ON l.id = q.location_id AND l.warehouse_id = p_warehouse
                    AND l.kind IN ('bin', 'dock', 'staging', 'tote')
                LEFT JOIN inventory_lot x ON x.id = q.lot_id
                WHERE q.sku_id = p_sku AND q.owner_id IS NOT DISTINCT FROM p_owner
                    AND (x.expiry_date IS NULL OR x.expiry_date >= days.day))
            - (SELECT coalesce(sum(a.open), 0) FROM inventory_allocation a
                JOIN inventory_demand d ON d.id = a.demand_id
                WHERE a.sku_id = p_sku AND a.warehouse_id = p_warehouse AND a.open > 0
                    AND a.owner_id IS NOT DISTINCT FROM p_owner
                    AND greatest(d.min_expiry_date, today.day) >= days.day) AS free
        FROM (SELECT (clock_timestamp() AT TIME ZONE c.time_zone)::date AS day FROM inventory_sku s
            JOIN accounting_company c ON c.id = s.company_id WHERE s.id = p_sku) today
        CROSS JOIN LATERAL (
            SELECT today.day
            UNION SELECT d.min_expiry_date FROM inventory_allocation a JOIN inventory_demand d ON d.id = a.demand_id
                WHERE a.sku_id = p_sku AND a.warehouse_id = p_warehouse AND a.open > 0
                    AND d.min_expiry_date > today.day
            UNION SELECT wanted FROM unnest(p_days) wanted WHERE wanted > today.day
        ) days
    ) k
"""
_SHELF_ARGS = "p_sku bigint, p_warehouse bigint, p_owner bigint, p_days date[], OUT days date[], OUT free numeric[]"

# The least of what is free on that day and the days before: what a claim can take, empty day: today.
KEEPING = """
    SELECT min(f.free) FROM inventory_shelf_life(p_sku, p_warehouse, p_owner, ARRAY[p_until]) y
    CROSS JOIN unnest(y.days, y.free) f (day, free) WHERE f.day <= greatest(p_until, y.days[1])
"""
_KEEPING_ARGS = "p_sku bigint, p_warehouse bigint, p_owner bigint, p_until date"

LOCK_CLAIMS = """
#variable_conflict use_column
BEGIN
    PERFORM FROM inventory_demand d WHERE d.id = ANY (p_demands) AND d.company_id = p_company
        ORDER BY d.id FOR NO KEY UPDATE;
    PERFORM FROM (
            SELECT array_agg(k.sku_id) AS skus, array_agg(k.warehouse) AS warehouses, array_agg(k.owner_id) AS owners
            FROM (
                SELECT d.sku_id, w.warehouse, d.owner_id
                FROM unnest(p_demands, p_warehouses) w (demand, warehouse)
                JOIN inventory_demand d ON d.id = w.demand AND d.company_id = p_company
                UNION ALL
                SELECT d.sku_id, w.warehouse, o.party_id
                FROM unnest(p_demands, p_warehouses) w (demand, warehouse)
                JOIN inventory_demand d ON d.id = w.demand AND d.company_id = p_company AND d.owner_id IS NULL
                JOIN inventory_consignmentterm c ON c.sku_id = d.sku_id AND c.is_active
                JOIN inventory_stockowner o ON o.id = c.owner_id AND o.is_active AND o.kind = 'consignment'
                JOIN inventory_stocklevel l ON l.sku_id = d.sku_id AND l.warehouse_id = w.warehouse
                    AND l.owner_id = o.party_id
            ) k
        ) k CROSS JOIN LATERAL inventory_lock_levels(p_company, k.skus, k.warehouses, k.owners);
    RETURN QUERY
        SELECT w.n, d.sku_id, d.owner_id, d.warehouse_id, d.quantity, d.claimed, d.used,
            d.expires_at <= clock_timestamp(), l.available, a.id, d.min_expiry_date, shelf.days, shelf.free,
            c.owners, c.free, c.allocations
        FROM unnest(p_demands, p_warehouses, p_lots) WITH ORDINALITY w (demand, warehouse, lot, n)
        LEFT JOIN inventory_demand d ON d.id = w.demand AND d.company_id = p_company
        LEFT JOIN inventory_sku s ON s.id = d.sku_id
        LEFT JOIN inventory_stocklevel l ON l.sku_id = d.sku_id AND l.warehouse_id = w.warehouse
            AND l.owner_id IS NOT DISTINCT FROM d.owner_id
        LEFT JOIN inventory_allocation a ON a.demand_id = w.demand AND a.warehouse_id = w.warehouse
            AND a.lot_id IS NOT DISTINCT FROM w.lot AND a.owner_id IS NOT DISTINCT FROM d.owner_id
        LEFT JOIN LATERAL (SELECT f.days, f.free FROM inventory_shelf_life(d.sku_id, w.warehouse, d.owner_id, ARRAY(
            SELECT x.min_expiry_date FROM inventory_demand x
            WHERE x.id = ANY (p_demands) AND x.sku_id = d.sku_id AND x.min_expiry_date IS NOT NULL)) f
            WHERE s.lot_tracked OFFSET 0) shelf ON true  -- OFFSET 0: not even called for what has no lots
        LEFT JOIN LATERAL (
            SELECT array_agg(o.party_id ORDER BY t.unit_price, t.id) AS owners,
                array_agg(CASE WHEN s.lot_tracked THEN least(k.available,
                        inventory_keeping(d.sku_id, w.warehouse, o.party_id, d.min_expiry_date)) ELSE k.available END
                    ORDER BY t.unit_price, t.id) AS free,
                array_agg(b.id ORDER BY t.unit_price, t.id) AS allocations
            FROM inventory_consignmentterm t
            JOIN inventory_stockowner o ON o.id = t.owner_id AND o.is_active AND o.kind = 'consignment'
            JOIN inventory_stocklevel k ON k.sku_id = t.sku_id AND k.warehouse_id = w.warehouse
                AND k.owner_id = o.party_id AND k.available > 0
            LEFT JOIN inventory_allocation b ON b.demand_id = w.demand AND b.warehouse_id = w.warehouse
                AND b.lot_id IS NOT DISTINCT FROM w.lot AND b.owner_id = o.party_id
            WHERE t.sku_id = d.sku_id AND t.is_active AND d.owner_id IS NULL
        ) c ON true
        ORDER BY w.n;
END
"""
CLAIM_FACTS = (
    _LOCKS.CLAIM_FACTS[:-1] + ", min_expiry_date date, shelf_days date[], shelf_free numeric[],"
    " consigned_owners bigint[], consigned numeric[], consigned_allocations bigint[])"
)
_CLAIM_ARGS = "p_company bigint, p_demands bigint[], p_warehouses bigint[], p_lots bigint[]"

LOCK_ALLOCATIONS = _changed(
    _LOCKS.LOCK_ALLOCATIONS,
    (
        "WHERE b.allocation_id = a.id)\n",
        """WHERE b.allocation_id = a.id),
            (SELECT d.min_expiry_date FROM inventory_demand d WHERE d.id = a.demand_id)
""",
    ),
)
ALLOCATION_FACTS = _LOCKS.ALLOCATION_FACTS[:-1] + ", min_expiry_date date)"
_ALLOCATION_ARGS = "p_company bigint, p_allocations bigint[], p_demands bigint[]"

ALLOCATION_RULES = _changed(
    _CLAIMS.ALLOCATION_RULES,
    (
        "            AND d.owner_id IS NOT DISTINCT FROM n.owner_id\n",
        """            AND (d.owner_id IS NOT DISTINCT FROM n.owner_id OR d.owner_id IS NULL AND EXISTS (
                SELECT FROM inventory_consignmentterm t
                JOIN inventory_stockowner o ON o.id = t.owner_id AND o.party_id = n.owner_id
                    AND o.is_active AND o.kind = 'consignment'
                WHERE t.sku_id = n.sku_id AND t.is_active))
""",
    ),
)

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


def _function(name: str, body: str, args: str, returns: str) -> BookFunction:
    return BookFunction(name, body, args=args, returns=returns, settings=NESTED)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0028_kinds_of_stock")]

    operations = [
        BookFunction("inventory_move_rules", MOVE_RULES, settings=NESTED, previous=_DROP_SHIP.MOVE_RULES),
        ReplacedFunction(
            _function("inventory_lock_moves", _LOCKS.LOCK_MOVES, _MOVE_ARGS, _LOCKS.MOVE_FACTS),
            _function("inventory_lock_moves", LOCK_MOVES, _MOVE_ARGS, MOVE_FACTS),
        ),
        BookFunction(
            "inventory_shelf_life", SHELF_LIFE, args=_SHELF_ARGS, returns="record", language="sql", settings=NESTED
        ),
        BookFunction(
            "inventory_keeping", KEEPING, args=_KEEPING_ARGS, returns="numeric", language="sql", settings=NESTED
        ),
        ReplacedFunction(
            _function("inventory_lock_claims", _LOCKS.LOCK_CLAIMS, _CLAIM_ARGS, _LOCKS.CLAIM_FACTS),
            _function("inventory_lock_claims", LOCK_CLAIMS, _CLAIM_ARGS, CLAIM_FACTS),
        ),
        ReplacedFunction(
            _function("inventory_lock_allocations", _LOCKS.LOCK_ALLOCATIONS, _ALLOCATION_ARGS, _LOCKS.ALLOCATION_FACTS),
            _function("inventory_lock_allocations", LOCK_ALLOCATIONS, _ALLOCATION_ARGS, ALLOCATION_FACTS),
        ),
        BookFunction(
            "inventory_allocation_rules", ALLOCATION_RULES, settings=NESTED, previous=_CLAIMS.ALLOCATION_RULES
        ),
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
        _BOOK.fixed("inventory_serial", "company_id", "sku_id", "code"),
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
