"""Allocation entries make reserved, allocations and demands; bin claims make what is claimed in a place."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

NEW = "NEW TABLE AS new_rows"

ALLOCATION_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (SELECT * FROM inventory_demand WHERE id = n.demand_id) d ON true
        LEFT JOIN LATERAL (SELECT company_id FROM inventory_sku WHERE id = n.sku_id) s ON true
        LEFT JOIN LATERAL (
            SELECT company_id, is_transit FROM inventory_warehouse WHERE id = n.warehouse_id) w ON true
        LEFT JOIN LATERAL (SELECT sku_id FROM inventory_lot WHERE id = n.lot_id) lot ON true
        WHERE NOT coalesce(d.company_id = n.company_id AND s.company_id = n.company_id
            AND w.company_id = n.company_id AND NOT w.is_transit AND d.sku_id = n.sku_id
            AND (d.owner_id IS NOT DISTINCT FROM n.owner_id OR d.owner_id IS NULL AND EXISTS (
                SELECT FROM inventory_consignmentterm t
                JOIN inventory_stockowner o ON o.id = t.owner_id AND o.party_id = n.owner_id
                    AND o.is_active AND o.kind = 'consignment'
                WHERE t.sku_id = n.sku_id AND t.is_active))
            AND (d.warehouse_id IS NULL OR d.warehouse_id = n.warehouse_id)
            AND (n.lot_id IS NULL OR lot.sku_id = n.sku_id)
            AND n.open = 0 AND n.used = 0, false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation_fits_demand: allocation % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_fits_demand';
    END IF;
    RETURN NULL;
END
"""

# Uses were already taken from reserved by the move, in the same update that lowered what is sellable.
ENTRY_TOTALS = """
DECLARE
    bad record;
    skus bigint[];
    warehouses bigint[];
    owners bigint[];
    quantities numeric[];
    counted bigint;
BEGIN
    SELECT n.id, CASE
            WHEN n.xid <> pg_current_xact_id() OR n.recorded_at <> statement_timestamp()
                THEN 'allocationentry_recorded_now'
            WHEN a.company_id IS DISTINCT FROM n.company_id THEN 'allocationentry_one_company'
            ELSE 'allocationentry_use_is_a_move' END AS rule
        INTO bad FROM new_rows n
        LEFT JOIN LATERAL (SELECT company_id FROM inventory_allocation WHERE id = n.allocation_id) a ON true
        WHERE n.xid <> pg_current_xact_id() OR n.recorded_at <> statement_timestamp()
            OR a.company_id IS DISTINCT FROM n.company_id
            OR (n.kind = 'use' AND NOT EXISTS (
                SELECT FROM inventory_stockmove m WHERE m.id = n.move_id AND m.xid = pg_current_xact_id()
                    AND m.allocation_id = n.allocation_id AND m.quantity = -n.quantity))
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: allocation entry % is refused', bad.rule, bad.id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    PERFORM FROM inventory_demand d
        WHERE d.id = ANY (ARRAY(SELECT a.demand_id FROM inventory_allocation a
            WHERE a.id = ANY (ARRAY(SELECT n.allocation_id FROM new_rows n))))
        ORDER BY d.id FOR NO KEY UPDATE;
    SELECT array_agg(d.sku_id), array_agg(d.warehouse_id), array_agg(d.owner_id), array_agg(d.quantity)
        INTO skus, warehouses, owners, quantities
        FROM (
            SELECT a.sku_id, a.warehouse_id, a.owner_id, sum(n.quantity) AS quantity
            FROM new_rows n JOIN inventory_allocation a ON a.id = n.allocation_id
            WHERE n.kind <> 'use' GROUP BY a.sku_id, a.warehouse_id, a.owner_id
        ) d;
    IF skus IS NOT NULL THEN
        SELECT count(*) INTO counted FROM (
            SELECT FROM unnest(skus, warehouses, owners) d (sku, warehouse, owner)
            JOIN inventory_stocklevel l ON l.sku_id = d.sku AND l.warehouse_id = d.warehouse
                AND l.owner_id IS NOT DISTINCT FROM d.owner
            ORDER BY l.id FOR NO KEY UPDATE OF l) locked;
        IF counted < cardinality(skus) THEN
            RAISE EXCEPTION 'stocklevel_exists: a stock level is missing; ensure levels before claiming goods'
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'stocklevel_exists';
        END IF;
        UPDATE inventory_stocklevel l SET reserved = l.reserved + d.quantity
            FROM unnest(skus, warehouses, owners, quantities) d (sku, warehouse, owner, quantity)
            WHERE l.sku_id = d.sku AND l.warehouse_id = d.warehouse AND l.owner_id IS NOT DISTINCT FROM d.owner;
    END IF;
    UPDATE inventory_allocation a SET open = a.open + d.quantity, used = a.used + d.used
        FROM (SELECT n.allocation_id, sum(n.quantity) AS quantity,
                sum(CASE WHEN n.kind = 'use' THEN -n.quantity ELSE 0 END) AS used
            FROM new_rows n GROUP BY n.allocation_id) d
        WHERE a.id = d.allocation_id;
    UPDATE inventory_demand d SET claimed = d.claimed + c.quantity, used = d.used + c.used
        FROM (SELECT a.demand_id, sum(n.quantity) AS quantity,
                sum(CASE WHEN n.kind = 'use' THEN -n.quantity ELSE 0 END) AS used
            FROM new_rows n JOIN inventory_allocation a ON a.id = n.allocation_id GROUP BY a.demand_id) c
        WHERE d.id = c.demand_id;
    SELECT n.allocation_id AS id INTO bad FROM new_rows n
        WHERE n.quantity < 0 AND (SELECT a.open FROM inventory_allocation a WHERE a.id = n.allocation_id)
            < (SELECT sum(b.open) FROM inventory_binclaim b WHERE b.allocation_id = n.allocation_id)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation_covers_bin_claims: allocation % is being picked', bad.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_covers_bin_claims';
    END IF;
    RETURN NULL;
END
"""

LOCK_BINS = """
    PERFORM FROM inventory_demand d
        WHERE d.id = ANY (ARRAY(SELECT a.demand_id FROM inventory_allocation a WHERE a.id = ANY (allocations)))
        ORDER BY d.id FOR NO KEY UPDATE;
    PERFORM FROM inventory_stocklevel l
        WHERE l.id = ANY (ARRAY(
            SELECT k.id FROM inventory_allocation a
            JOIN inventory_stocklevel k ON k.sku_id = a.sku_id AND k.warehouse_id = a.warehouse_id
                AND k.owner_id IS NOT DISTINCT FROM a.owner_id
            WHERE a.id = ANY (allocations)))
        ORDER BY l.id FOR NO KEY UPDATE;
"""

BIN_CLAIM_TOTALS = f"""
DECLARE
    bad bigint;
    allocations bigint[];
    wanted bigint;
    counted bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (SELECT * FROM inventory_allocation WHERE id = n.allocation_id) a ON true
        LEFT JOIN LATERAL (SELECT * FROM inventory_location WHERE id = n.location_id) l ON true
        WHERE NOT coalesce(a.company_id = n.company_id AND a.sku_id = n.sku_id
            AND a.owner_id IS NOT DISTINCT FROM n.owner_id
            AND (a.lot_id IS NULL OR a.lot_id IS NOT DISTINCT FROM n.lot_id)
            AND l.warehouse_id = a.warehouse_id AND l.kind IN ('bin', 'dock', 'staging', 'tote')
            AND n.picked = 0 AND n.released = 0, false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'binclaim_fits_allocation: bin claim % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'binclaim_fits_allocation';
    END IF;
    allocations := ARRAY(SELECT n.allocation_id FROM new_rows n);
    {LOCK_BINS}
    WITH delta AS MATERIALIZED (
        SELECT n.sku_id, n.location_id, n.lot_id, n.owner_id, sum(n.quantity) AS quantity
        FROM new_rows n GROUP BY n.sku_id, n.location_id, n.lot_id, n.owner_id
    ), taken AS (
        UPDATE inventory_stockquant q SET claimed = q.claimed + d.quantity FROM delta d
            WHERE q.sku_id = d.sku_id AND q.location_id = d.location_id
                AND q.lot_id IS NOT DISTINCT FROM d.lot_id AND q.owner_id IS NOT DISTINCT FROM d.owner_id
            RETURNING 1
    )
    SELECT (SELECT count(*) FROM delta), (SELECT count(*) FROM taken) INTO wanted, counted;
    IF counted < wanted THEN
        RAISE EXCEPTION 'stockquant_exists: there are no such goods in this place'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stockquant_exists';
    END IF;
    SELECT a.id INTO bad FROM inventory_allocation a WHERE a.id = ANY (allocations)
        AND a.open < (SELECT sum(b.open) FROM inventory_binclaim b WHERE b.allocation_id = a.id)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'allocation_covers_bin_claims: more is claimed in bins than allocation % holds', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_covers_bin_claims';
    END IF;
    RETURN NULL;
END
"""

BIN_RELEASE_TOTALS = f"""
DECLARE
    allocations bigint[];
BEGIN
    IF EXISTS (SELECT FROM new_rows n WHERE n.company_id IS DISTINCT FROM
            (SELECT b.company_id FROM inventory_binclaim b WHERE b.id = n.bin_claim_id)) THEN
        RAISE EXCEPTION 'binrelease_one_company: a bin release belongs to the company of its claim'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'binrelease_one_company';
    END IF;
    allocations := ARRAY(SELECT b.allocation_id FROM inventory_binclaim b
        WHERE b.id = ANY (ARRAY(SELECT n.bin_claim_id FROM new_rows n)));
    {LOCK_BINS}
    UPDATE inventory_binclaim b SET released = b.released + d.quantity
        FROM (SELECT n.bin_claim_id, sum(n.quantity) AS quantity FROM new_rows n GROUP BY n.bin_claim_id) d
        WHERE b.id = d.bin_claim_id;
    UPDATE inventory_stockquant q SET claimed = q.claimed - d.quantity
        FROM (SELECT b.sku_id, b.location_id, b.lot_id, b.owner_id, sum(n.quantity) AS quantity
            FROM new_rows n JOIN inventory_binclaim b ON b.id = n.bin_claim_id
            GROUP BY b.sku_id, b.location_id, b.lot_id, b.owner_id) d
        WHERE q.sku_id = d.sku_id AND q.location_id = d.location_id
            AND q.lot_id IS NOT DISTINCT FROM d.lot_id AND q.owner_id IS NOT DISTINCT FROM d.owner_id;
    RETURN NULL;
END
"""

DEMAND_RULES = """
DECLARE
    bad bigint;
BEGIN
    SELECT n.id INTO bad FROM new_rows n
        LEFT JOIN LATERAL (SELECT company_id FROM inventory_sku WHERE id = n.sku_id OFFSET 0) s ON true
        WHERE s.company_id IS DISTINCT FROM n.company_id
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'demand_of_its_skus_company: demand % is refused', bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'demand_of_its_skus_company';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_goods_book")]

    operations = [
        BookFunction("inventory_allocation_rules", ALLOCATION_RULES, settings=NESTED),
        BookTrigger(
            "inventory_allocation", "inventory_allocation_rules", "inventory_allocation_rules", referencing=NEW
        ),
        BookFunction("inventory_entry_totals", ENTRY_TOTALS, settings=NESTED),
        BookTrigger("inventory_allocationentry", "inventory_entry_totals", "inventory_entry_totals", referencing=NEW),
        AppendOnly("inventory_allocationentry"),
        BookFunction("inventory_bin_claim_totals", BIN_CLAIM_TOTALS, settings=NESTED),
        BookTrigger("inventory_binclaim", "inventory_bin_claim_totals", "inventory_bin_claim_totals", referencing=NEW),
        BookFunction("inventory_bin_release_totals", BIN_RELEASE_TOTALS, settings=NESTED),
        BookTrigger(
            "inventory_binrelease", "inventory_bin_release_totals", "inventory_bin_release_totals", referencing=NEW
        ),
        AppendOnly("inventory_binrelease"),
        BookFunction("inventory_demand_rules", DEMAND_RULES, settings=NESTED),
        BookTrigger("inventory_demand", "inventory_demand_rules", "inventory_demand_rules", referencing=NEW),
    ]
