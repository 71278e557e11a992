"""Layers, uses and changes of value make the cost of a SKU. They are written before the move they belong to.

Standard cost is pooled like the average; prices and bills of materials are facts, and nothing is made of itself.
"""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

NEW = "NEW TABLE AS new_rows"


def sku_costs(quantity: str, value: str) -> str:
    """SQL: lock the cost rows in key order, then change them. Arguments are sums over new_rows n."""
    return f"""
    PERFORM FROM inventory_skucost c WHERE c.sku_id = ANY (ARRAY(SELECT n.sku_id FROM new_rows n))
        ORDER BY c.sku_id FOR NO KEY UPDATE;
    UPDATE inventory_skucost c SET quantity = c.quantity + d.quantity, value = c.value + d.value
        FROM (SELECT n.sku_id, n.company_id, {quantity} AS quantity, {value} AS value
            FROM new_rows n GROUP BY n.sku_id, n.company_id) d
        WHERE c.sku_id = d.sku_id AND c.company_id = d.company_id;
    GET DIAGNOSTICS counted = ROW_COUNT;
    IF counted < (SELECT count(DISTINCT n.sku_id) FROM new_rows n) THEN
        RAISE EXCEPTION 'skucost_exists: the cost row of a SKU is missing'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'skucost_exists';
    END IF;
"""


def refuse(rule: str, words: str) -> str:
    return f"RAISE EXCEPTION '{rule}: {words}' USING ERRCODE = 'check_violation', CONSTRAINT = '{rule}';"


LAYER_TOTALS = f"""
DECLARE
    counted bigint;
BEGIN
    IF EXISTS (SELECT FROM new_rows n JOIN inventory_stockmove m ON m.id = n.move_id) THEN
        {refuse("costlayer_before_its_move", "the cost of a move is written with it, not later")}
    END IF;
    IF EXISTS (SELECT FROM new_rows n
            LEFT JOIN LATERAL (SELECT cost_method FROM inventory_sku WHERE id = n.sku_id) s ON true
            WHERE n.pooled IS DISTINCT FROM (s.cost_method <> 'fifo')
                OR n.used <> 0 OR n.used_value <> 0 OR n.changed_value <> 0) THEN
        {refuse("costlayer_as_cost_method", "a layer is pooled if its SKU has an average cost, and unused")}
    END IF;
    {sku_costs("sum(n.quantity)", "sum(n.value)")}
    RETURN NULL;
END
"""

USE_TOTALS = f"""
DECLARE
    counted bigint;
BEGIN
    IF EXISTS (SELECT FROM new_rows n JOIN inventory_stockmove m ON m.id = n.move_id) THEN
        {refuse("layeruse_before_its_move", "the cost of a move is written with it, not later")}
    END IF;
    IF EXISTS (SELECT FROM new_rows n
            LEFT JOIN LATERAL (SELECT cost_method FROM inventory_sku WHERE id = n.sku_id) s ON true
            LEFT JOIN LATERAL (
                SELECT sku_id, pooled FROM inventory_costlayer WHERE move_id = n.layer_id) l ON true
            WHERE NOT coalesce(CASE WHEN s.cost_method <> 'fifo' THEN n.layer_id IS NULL
                ELSE l.sku_id = n.sku_id AND NOT l.pooled END, false)) THEN
        {refuse("layeruse_as_cost_method", "cost is used from a layer of the SKU, or from its average")}
    END IF;
    {sku_costs("-sum(n.quantity)", "-sum(n.value)")}
    UPDATE inventory_costlayer l SET used = l.used + d.quantity, used_value = l.used_value + d.value
        FROM (SELECT n.layer_id, sum(n.quantity) AS quantity, sum(n.value) AS value FROM new_rows n
            WHERE n.layer_id IS NOT NULL GROUP BY n.layer_id) d
        WHERE l.move_id = d.layer_id;
    RETURN NULL;
END
"""

CHANGE_TOTALS = f"""
DECLARE
    bad record;
    counted bigint;
BEGIN
    SELECT v.id, v.rule INTO bad FROM (
        SELECT n.id, CASE
            WHEN n.xid <> pg_current_xact_id() OR n.recorded_at <> statement_timestamp()
                THEN 'valuechange_recorded_now'
            WHEN e.xid IS DISTINCT FROM pg_current_xact_id() OR e.company_id <> n.company_id
                OR e.subledger <> 'inventory' THEN 'valuechange_entry_born_here'
            WHEN s.company_id IS DISTINCT FROM n.company_id THEN 'valuechange_one_company'
            WHEN n.layer_id IS NOT NULL AND l.sku_id IS DISTINCT FROM n.sku_id THEN 'valuechange_layer_of_sku'
            WHEN s.cost_method = 'fifo' AND n.layer_id IS NULL THEN 'valuechange_names_layer'
            WHEN inventory_entry_difference(n.entry_id) <> 0 THEN 'journalentry_matches_goods'
        END AS rule
        FROM new_rows n
        LEFT JOIN LATERAL (
            SELECT xid, company_id, subledger FROM accounting_journalentry WHERE id = n.entry_id) e ON true
        LEFT JOIN LATERAL (SELECT company_id, cost_method FROM inventory_sku WHERE id = n.sku_id) s ON true
        LEFT JOIN LATERAL (SELECT sku_id FROM inventory_costlayer WHERE move_id = n.layer_id) l ON true
    ) v WHERE v.rule IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: change of value % is refused', bad.rule, bad.id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    {sku_costs("0", "sum(n.value)")}
    UPDATE inventory_costlayer l SET changed_value = l.changed_value + d.value
        FROM (SELECT n.layer_id, sum(n.value) AS value FROM new_rows n
            WHERE n.layer_id IS NOT NULL GROUP BY n.layer_id) d
        WHERE l.move_id = d.layer_id;
    RETURN NULL;
END
"""

NO_CYCLE = """
BEGIN
    IF EXISTS (
        WITH RECURSIVE newest AS (
            SELECT DISTINCT ON (b.sku_id) b.id, b.sku_id FROM inventory_billofmaterials b
            WHERE b.company_id IN (SELECT x.company_id FROM new_rows n JOIN inventory_billofmaterials x ON x.id = n.bom_id)
            ORDER BY b.sku_id, b.number DESC
        ), down AS (
            SELECT b.sku_id AS top, n.sku_id FROM new_rows n JOIN inventory_billofmaterials b ON b.id = n.bom_id
            UNION
            SELECT d.top, c.sku_id FROM down d JOIN newest m ON m.sku_id = d.sku_id
                JOIN inventory_bomcomponent c ON c.bom_id = m.id
        )
        SELECT FROM down WHERE top = sku_id
    ) THEN
        RAISE EXCEPTION 'bomcomponent_no_cycle: a SKU cannot be made of itself, however far down'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bomcomponent_no_cycle';
    END IF;
    RETURN NULL;
END
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0004_claims_book")]

    operations = [
        BookFunction("inventory_layer_totals", LAYER_TOTALS, settings=NESTED),
        BookTrigger("inventory_costlayer", "inventory_layer_totals", "inventory_layer_totals", referencing=NEW),
        BookFunction("inventory_use_totals", USE_TOTALS, settings=NESTED),
        BookTrigger("inventory_layeruse", "inventory_use_totals", "inventory_use_totals", referencing=NEW),
        AppendOnly("inventory_layeruse"),
        BookFunction("inventory_change_totals", CHANGE_TOTALS, settings=NESTED),
        BookTrigger("inventory_valuechange", "inventory_change_totals", "inventory_change_totals", referencing=NEW),
        AppendOnly("inventory_valuechange"),
        AppendOnly("inventory_standardprice"),
        AppendOnly("inventory_billofmaterials"),
        AppendOnly("inventory_bomcomponent"),
        BookFunction("inventory_bom_no_cycle", NO_CYCLE),
        BookTrigger(
            "inventory_bomcomponent",
            "inventory_bom_no_cycle",
            "inventory_bom_no_cycle",
            referencing="NEW TABLE AS new_rows",
        ),
    ]
