"""What an allocation entry adds to a total is added in the statement that locks it: others wait for these rows."""

from importlib import import_module

from django.db import migrations

from backoffice.core.triggers import BookFunction

BEFORE = import_module("inventory.migrations.0011_claims_summed_once")
OLD = BEFORE.ENTRY_TOTALS.replace("DEMANDS", BEFORE.SUMMED_ONCE)

TOTALS = """\
    -- Each total is locked in key order and changed in one statement: demands, then levels, then allocations.
    WITH c AS MATERIALIZED (
        SELECT a.demand_id, sum(n.quantity) AS quantity,
            sum(CASE WHEN n.kind = 'use' THEN -n.quantity ELSE 0 END) AS used
        FROM new_rows n CROSS JOIN LATERAL (
            SELECT x.demand_id FROM inventory_allocation x WHERE x.id = n.allocation_id OFFSET 0) a
        GROUP BY a.demand_id
    ), locked AS MATERIALIZED (
        SELECT d.id, c.quantity, c.used FROM c JOIN inventory_demand d ON d.id = c.demand_id
            ORDER BY d.id FOR NO KEY UPDATE OF d)
    UPDATE inventory_demand d SET claimed = d.claimed + k.quantity, used = d.used + k.used
        FROM locked k WHERE d.id = k.id;
    WITH c AS MATERIALIZED (
        SELECT a.sku_id, a.warehouse_id, a.owner_id, sum(n.quantity) AS quantity
        FROM new_rows n CROSS JOIN LATERAL (
            SELECT x.sku_id, x.warehouse_id, x.owner_id FROM inventory_allocation x
            WHERE x.id = n.allocation_id OFFSET 0) a
        WHERE n.kind <> 'use' GROUP BY a.sku_id, a.warehouse_id, a.owner_id
    ), locked AS MATERIALIZED (
        SELECT l.id, c.quantity FROM c JOIN inventory_stocklevel l ON l.sku_id = c.sku_id
            AND l.warehouse_id = c.warehouse_id AND l.owner_id IS NOT DISTINCT FROM c.owner_id
            ORDER BY l.id FOR NO KEY UPDATE OF l
    ), changed AS (
        UPDATE inventory_stocklevel l SET reserved = l.reserved + k.quantity
            FROM locked k WHERE l.id = k.id RETURNING l.id)
    SELECT (SELECT count(*) FROM changed) < (SELECT count(*) FROM c) INTO missing;
    IF missing THEN
        RAISE EXCEPTION 'stocklevel_exists: a stock level is missing; ensure levels before claiming goods'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'stocklevel_exists';
    END IF;
"""

_FIRST, _REST = (
    OLD.index("    PERFORM FROM inventory_demand d"),
    OLD.index("    UPDATE inventory_allocation a SET open"),
)
ENTRY_TOTALS = (OLD[:_FIRST] + TOTALS + OLD[_REST:].replace(BEFORE.SUMMED_ONCE, "")).replace(
    """    skus bigint[];
    warehouses bigint[];
    owners bigint[];
    quantities numeric[];
    counted bigint;
""",
    "    missing boolean;\n",
)


class Migration(migrations.Migration):
    dependencies = [("inventory", "0020_blocked_lots")]

    operations = [
        BookFunction("inventory_entry_totals", ENTRY_TOTALS, settings=BEFORE.NESTED, previous=OLD),
    ]
