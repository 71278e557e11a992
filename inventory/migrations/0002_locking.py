"""Owner functions that take the house's locks in order and return what a service looks at.

The app may not lock totals itself (it has no UPDATE on them). Each statement of a VOLATILE function sees what
was committed before it began, so what is read after the locks is fresh.
"""

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
                AND o.to_location_id = w.to_id
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
    " old_id bigint, old_value numeric, old_entry bigint, old_same boolean)"
)

LOCK_CLAIMS = """
#variable_conflict use_column
BEGIN
    PERFORM FROM inventory_demand d WHERE d.id = ANY (p_demands) AND d.company_id = p_company
        ORDER BY d.id FOR NO KEY UPDATE;
    PERFORM FROM (
            SELECT array_agg(d.sku_id) AS skus, array_agg(w.warehouse) AS warehouses, array_agg(d.owner_id) AS owners
            FROM unnest(p_demands, p_warehouses) w (demand, warehouse)
            JOIN inventory_demand d ON d.id = w.demand AND d.company_id = p_company
        ) k CROSS JOIN LATERAL inventory_lock_levels(p_company, k.skus, k.warehouses, k.owners);
    RETURN QUERY
        SELECT w.n, d.sku_id, d.owner_id, d.warehouse_id, d.quantity, d.claimed, d.used,
            d.expires_at <= clock_timestamp(), l.available, a.id
        FROM unnest(p_demands, p_warehouses, p_lots) WITH ORDINALITY w (demand, warehouse, lot, n)
        LEFT JOIN inventory_demand d ON d.id = w.demand AND d.company_id = p_company
        LEFT JOIN inventory_stocklevel l ON l.sku_id = d.sku_id AND l.warehouse_id = w.warehouse
            AND l.owner_id IS NOT DISTINCT FROM d.owner_id
        LEFT JOIN inventory_allocation a ON a.demand_id = w.demand AND a.warehouse_id = w.warehouse
            AND a.lot_id IS NOT DISTINCT FROM w.lot
        ORDER BY w.n;
END
"""
CLAIM_FACTS = (
    "TABLE (n bigint, sku_id bigint, owner_id bigint, pinned bigint, quantity numeric, claimed numeric,"
    " used numeric, expired boolean, available numeric, allocation_id bigint)"
)

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
            (SELECT coalesce(sum(b.open), 0) FROM inventory_binclaim b WHERE b.allocation_id = a.id)
        FROM inventory_allocation a
        WHERE a.company_id = p_company AND (a.id = ANY (p_allocations) OR a.demand_id = ANY (p_demands))
        ORDER BY a.id;
END
"""
ALLOCATION_FACTS = (
    "TABLE (id bigint, demand_id bigint, sku_id bigint, warehouse_id bigint, lot_id bigint, owner_id bigint,"
    " open numeric, used numeric, in_bins numeric)"
)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial"), ("accounting", "0002_books")]

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
