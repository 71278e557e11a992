"""Owner functions that take the house's locks in order and return what a service looks at."""

from django.db import migrations

from backoffice.core.triggers import BookFunction

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

# Missing rows are made with zeros, in key order, before any lock is taken.
LOCK_LEVELS = """
BEGIN
    IF EXISTS (
        SELECT FROM unnest(p_skus, p_warehouses, p_owners) w (sku, warehouse, owner)
        WHERE NOT EXISTS (
            SELECT FROM inventory_stocklevel l WHERE l.sku_id = w.sku AND l.warehouse_id = w.warehouse
                AND l.owner_id IS NOT DISTINCT FROM w.owner)
    ) THEN
        INSERT INTO inventory_stocklevel (company_id, sku_id, warehouse_id, owner_id)
            SELECT DISTINCT p_company, w.sku, w.warehouse, w.owner
            FROM unnest(p_skus, p_warehouses, p_owners) w (sku, warehouse, owner)
            JOIN inventory_sku s ON s.id = w.sku AND s.company_id = p_company
            JOIN inventory_warehouse h ON h.id = w.warehouse AND h.company_id = p_company
            ORDER BY 2, 3, 4
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY
        SELECT l.* FROM inventory_stocklevel l
        WHERE l.company_id = p_company AND l.id = ANY (ARRAY(
            SELECT k.id FROM unnest(p_skus, p_warehouses, p_owners) w (sku, warehouse, owner)
            JOIN inventory_stocklevel k ON k.sku_id = w.sku AND k.warehouse_id = w.warehouse
                AND k.owner_id IS NOT DISTINCT FROM w.owner))
        ORDER BY l.id FOR NO KEY UPDATE;
END
"""

LOCK_COSTS = """
BEGIN
    IF EXISTS (SELECT FROM unnest(p_skus) w (sku)
            WHERE NOT EXISTS (SELECT FROM inventory_skucost c WHERE c.sku_id = w.sku)) THEN
        INSERT INTO inventory_skucost (company_id, sku_id)
            SELECT DISTINCT p_company, s.id FROM inventory_sku s
            WHERE s.id = ANY (p_skus) AND s.company_id = p_company
            ORDER BY 2
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY
        SELECT c.* FROM inventory_skucost c WHERE c.sku_id = ANY (p_skus) AND c.company_id = p_company
        ORDER BY c.sku_id FOR NO KEY UPDATE;
END
"""

# variable_conflict use_column
LOCK_MOVES = """
#variable_conflict use_column
BEGIN
    PERFORM FROM inventory_demand d
        WHERE d.id = ANY (ARRAY(SELECT a.demand_id FROM inventory_allocation a WHERE a.id = ANY (p_allocations)))
        ORDER BY d.id FOR NO KEY UPDATE;
    PERFORM FROM (
            SELECT array_agg(w.sku) AS skus, array_agg(l.warehouse_id) AS warehouses, array_agg(w.owner) AS owners
            FROM unnest(p_skus, p_owners, p_froms, p_tos) w (sku, owner, from_id, to_id)
            JOIN inventory_location l ON l.id IN (w.from_id, w.to_id)
            WHERE l.warehouse_id IS NOT NULL
        ) k CROSS JOIN LATERAL inventory_lock_levels(p_company, k.skus, k.warehouses, k.owners);
    PERFORM FROM (
            SELECT array_agg(w.sku) AS skus
            FROM unnest(p_skus, p_owners, p_froms, p_tos) w (sku, owner, from_id, to_id)
            JOIN inventory_location f ON f.id = w.from_id
            JOIN inventory_location t ON t.id = w.to_id
            WHERE w.owner IS NULL AND (f.warehouse_id IS NULL) <> (t.warehouse_id IS NULL)
        ) k CROSS JOIN LATERAL inventory_lock_costs(p_company, k.skus);
    RETURN QUERY
        SELECT w.n, nextval('inventory_stockmove_id_seq'),
            s.code::text, s.cost_method::text,
            f.kind::text, f.code::text, f.warehouse_id, t.kind::text, t.code::text, t.warehouse_id,
            q.quantity, q.claimed, l.sellable, l.reserved,
            a.open,
            a.sku_id = w.sku AND a.warehouse_id = f.warehouse_id AND a.owner_id IS NOT DISTINCT FROM w.owner
                AND (a.lot_id IS NULL OR a.lot_id = w.lot),
            b.open,
            b.sku_id = w.sku AND b.location_id = w.from_id AND b.owner_id IS NOT DISTINCT FROM w.owner
                AND b.lot_id IS NOT DISTINCT FROM w.lot,
            c.quantity, c.value,
            o.id, o.value, o.entry_id,
            o.sku_id = w.sku AND o.quantity = w.quantity AND o.from_location_id = w.from_id
                AND o.to_location_id = w.to_id,
            CASE WHEN t.warehouse_id IS NULL THEN ''
                WHEN s.lot_tracked AND w.lot IS NULL THEN 'lot_needed'
                WHEN s.expiry_required AND (SELECT x.expiry_date FROM inventory_lot x WHERE x.id = w.lot) IS NULL
                    THEN 'expiry_date_needed'
                ELSE '' END,
            s.serial_tracked
        FROM unnest(p_skus, p_lots, p_owners, p_quantities, p_froms, p_tos, p_allocations, p_bin_claims, p_keys)
            WITH ORDINALITY w (sku, lot, owner, quantity, from_id, to_id, allocation, bin_claim, key, n)
        LEFT JOIN inventory_sku s ON s.id = w.sku AND s.company_id = p_company
        LEFT JOIN inventory_location f ON f.id = w.from_id AND f.company_id = p_company
        LEFT JOIN inventory_location t ON t.id = w.to_id AND t.company_id = p_company
        LEFT JOIN inventory_stockquant q ON q.sku_id = w.sku AND q.location_id = w.from_id
            AND q.lot_id IS NOT DISTINCT FROM w.lot AND q.owner_id IS NOT DISTINCT FROM w.owner
        LEFT JOIN inventory_stocklevel l ON l.sku_id = w.sku AND l.warehouse_id = f.warehouse_id
            AND l.owner_id IS NOT DISTINCT FROM w.owner
        LEFT JOIN inventory_allocation a ON a.id = w.allocation AND a.company_id = p_company
        LEFT JOIN inventory_binclaim b ON b.id = w.bin_claim AND b.company_id = p_company
        LEFT JOIN inventory_skucost c ON c.sku_id = w.sku
        LEFT JOIN inventory_stockmove o ON o.company_id = p_company AND o.source_key = w.key
        ORDER BY w.n;
END
"""

MOVE_FACTS = (
    "TABLE (n bigint, move_id bigint, sku_code text, cost_method text,"
    " from_kind text, from_code text, from_warehouse bigint, to_kind text, to_code text, to_warehouse bigint,"
    " there numeric, picked numeric, sellable numeric, reserved numeric,"
    " allocation_open numeric, allocation_fits boolean, bin_open numeric, bin_fits boolean,"
    " cost_quantity numeric, cost_value numeric,"
    " old_id bigint, old_value numeric, old_entry bigint, old_same boolean,"
    " lot_lacks text, serial_tracked boolean)"
)

# variable_conflict use_column
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

# The least of what is free on that day and the days before: what a claim can take, empty day: today.
KEEPING = """
    SELECT min(f.free) FROM inventory_shelf_life(p_sku, p_warehouse, p_owner, ARRAY[p_until]) y
    CROSS JOIN unnest(y.days, y.free) f (day, free) WHERE f.day <= greatest(p_until, y.days[1])
"""

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
    "TABLE (n bigint, sku_id bigint, owner_id bigint, pinned bigint, quantity numeric, claimed numeric,"
    " used numeric, expired boolean, available numeric, allocation_id bigint,"
    " min_expiry_date date, shelf_days date[], shelf_free numeric[],"
    " consigned_owners bigint[], consigned numeric[], consigned_allocations bigint[])"
)

# variable_conflict use_column
LOCK_ALLOCATIONS = """
#variable_conflict use_column
BEGIN
    PERFORM FROM inventory_demand d
        WHERE d.company_id = p_company AND d.id = ANY (p_demands || ARRAY(
            SELECT a.demand_id FROM inventory_allocation a WHERE a.id = ANY (p_allocations)))
        ORDER BY d.id FOR NO KEY UPDATE;
    PERFORM FROM (
            SELECT array_agg(a.sku_id) AS skus, array_agg(a.warehouse_id) AS warehouses,
                array_agg(a.owner_id) AS owners
            FROM inventory_allocation a
            WHERE a.company_id = p_company AND (a.id = ANY (p_allocations) OR a.demand_id = ANY (p_demands))
        ) k CROSS JOIN LATERAL inventory_lock_levels(p_company, k.skus, k.warehouses, k.owners);
    RETURN QUERY
        SELECT a.id, a.demand_id, a.sku_id, a.warehouse_id, a.lot_id, a.owner_id, a.open, a.used,
            (SELECT coalesce(sum(b.open), 0) FROM inventory_binclaim b WHERE b.allocation_id = a.id),
            (SELECT d.min_expiry_date FROM inventory_demand d WHERE d.id = a.demand_id)
        FROM inventory_allocation a
        WHERE a.company_id = p_company AND (a.id = ANY (p_allocations) OR a.demand_id = ANY (p_demands))
        ORDER BY a.id;
END
"""

ALLOCATION_FACTS = (
    "TABLE (id bigint, demand_id bigint, sku_id bigint, warehouse_id bigint, lot_id bigint, owner_id bigint,"
    " open numeric, used numeric, in_bins numeric, min_expiry_date date)"
)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("accounting", "0006_bill_guards")]

    operations = [
        BookFunction(
            "inventory_lock_levels",
            LOCK_LEVELS,
            args="p_company bigint, p_skus bigint[], p_warehouses bigint[], p_owners bigint[]",
            returns="SETOF inventory_stocklevel",
            settings=NESTED,
        ),
        BookFunction(
            "inventory_lock_costs",
            LOCK_COSTS,
            args="p_company bigint, p_skus bigint[]",
            returns="SETOF inventory_skucost",
            settings=NESTED,
        ),
        BookFunction(
            "inventory_lock_moves",
            LOCK_MOVES,
            args="p_company bigint, p_skus bigint[], p_lots bigint[], p_owners bigint[], p_quantities numeric[],"
            " p_froms bigint[], p_tos bigint[], p_allocations bigint[], p_bin_claims bigint[], p_keys text[]",
            returns=MOVE_FACTS,
            settings=NESTED,
        ),
        BookFunction(
            "inventory_shelf_life",
            SHELF_LIFE,
            args="p_sku bigint, p_warehouse bigint, p_owner bigint, p_days date[], OUT days date[], OUT free numeric[]",
            returns="record",
            language="sql",
            settings=NESTED,
        ),
        BookFunction(
            "inventory_keeping",
            KEEPING,
            args="p_sku bigint, p_warehouse bigint, p_owner bigint, p_until date",
            returns="numeric",
            language="sql",
            settings=NESTED,
        ),
        BookFunction(
            "inventory_lock_claims",
            LOCK_CLAIMS,
            args="p_company bigint, p_demands bigint[], p_warehouses bigint[], p_lots bigint[]",
            returns=CLAIM_FACTS,
            settings=NESTED,
        ),
        BookFunction(
            "inventory_lock_allocations",
            LOCK_ALLOCATIONS,
            args="p_company bigint, p_allocations bigint[], p_demands bigint[]",
            returns=ALLOCATION_FACTS,
            settings=NESTED,
        ),
    ]
