"""Moves make quants and levels, and each move with value agrees with its costs and its journal entry."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly, BookFunction, BookTrigger

NESTED = ("enable_hashjoin = off", "enable_mergejoin = off", "enable_seqscan = off")

NEW = "NEW TABLE AS new_rows"

# Net value of the goods that an entry is about, less its lines on inventory accounts: must be zero.
ENTRY_DIFFERENCE = """
    SELECT (SELECT coalesce(sum(m.value), 0) FROM inventory_stockmove m
        WHERE m.entry_id = p_entry AND m.reason <> 'drop_ship')
        + (SELECT coalesce(sum(v.value), 0) FROM inventory_valuechange v WHERE v.entry_id = p_entry)
        - (SELECT coalesce(sum(l.base_amount), 0) FROM accounting_journalline l
            WHERE l.entry_id = p_entry
                AND (SELECT a.control FROM accounting_account a WHERE a.id = l.account_id) = 'inventory')
"""

ENTRY_MATCHES_GOODS = """
BEGIN
    IF inventory_entry_difference(NEW.id) <> 0 THEN
        RAISE EXCEPTION 'journalentry_matches_goods: entry % differs from its goods by %',
            NEW.id, inventory_entry_difference(NEW.id)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_matches_goods';
    END IF;
    RETURN NULL;
END
"""

# A place is internal if it has a warehouse. The first rule that a row breaks is the one that is told. What is
# tracked is known from rows that the guard reads anyway: other SKUs cost nothing.
MOVE_RULES = """
DECLARE
    bad record;
BEGIN
    SELECT v.id, v.rule INTO bad FROM (
        SELECT n.id, CASE
            WHEN n.xid <> pg_current_xact_id() OR n.recorded_at <> statement_timestamp()
                THEN 'stockmove_recorded_now'
            WHEN s.company_id IS DISTINCT FROM n.company_id OR f.company_id IS DISTINCT FROM n.company_id
                OR t.company_id IS DISTINCT FROM n.company_id
                OR (n.owner_id IS NOT NULL AND p.company_id IS DISTINCT FROM n.company_id)
                THEN 'stockmove_one_company'
            WHEN n.lot_id IS NOT NULL AND lot.sku_id IS DISTINCT FROM n.sku_id THEN 'stockmove_lot_of_sku'
            WHEN (n.reason = 'drop_ship') <> (f.kind = 'supplier' AND t.kind = 'customer' AND n.owner_id IS NULL)
                THEN 'stockmove_drop_ship_says_so'
            WHEN s.lot_tracked AND t.warehouse_id IS NOT NULL AND n.lot_id IS NULL THEN 'stockmove_lot_needed'
            WHEN s.expiry_required AND t.warehouse_id IS NOT NULL AND lot.expiry_date IS NULL
                THEN 'stockmove_expiry_date_needed'
            WHEN s.serial_tracked AND n.reason <> 'drop_ship' AND n.quantity <> (
                SELECT count(*) FROM inventory_moveserial x
                WHERE x.move_id = n.id AND x.from_location_id = n.from_location_id
                    AND x.to_location_id = n.to_location_id) THEN 'stockmove_each_unit_has_its_serial'
            WHEN n.value <> 0 AND (f.warehouse_id IS NULL) = (t.warehouse_id IS NULL) AND n.reason <> 'drop_ship'
                THEN 'stockmove_value_at_border_only'
            WHEN (f.warehouse_id IS NULL AND n.value < 0 AND n.reason <> 'drop_ship')
                    OR (t.warehouse_id IS NULL AND n.value > 0)
                THEN 'stockmove_value_sign'
            WHEN n.entry_id IS NOT NULL AND (e.xid IS DISTINCT FROM pg_current_xact_id()
                OR e.company_id <> n.company_id OR e.subledger <> 'inventory') THEN 'stockmove_entry_born_here'
            WHEN n.allocation_id IS NOT NULL AND NOT coalesce(
                a.company_id = n.company_id AND a.sku_id = n.sku_id AND a.owner_id IS NOT DISTINCT FROM n.owner_id
                AND (a.lot_id IS NULL OR a.lot_id IS NOT DISTINCT FROM n.lot_id)
                AND a.warehouse_id = f.warehouse_id AND f.kind IN ('bin', 'dock', 'staging', 'tote')
                AND NOT (t.warehouse_id IS NOT DISTINCT FROM f.warehouse_id
                    AND t.kind IN ('bin', 'dock', 'staging', 'tote')), false) THEN 'stockmove_allocation_fits'
            WHEN n.bin_claim_id IS NOT NULL AND NOT coalesce(
                b.company_id = n.company_id AND b.sku_id = n.sku_id AND b.lot_id IS NOT DISTINCT FROM n.lot_id
                AND b.owner_id IS NOT DISTINCT FROM n.owner_id AND b.location_id = n.from_location_id, false)
                THEN 'stockmove_bin_claim_fits'
            WHEN n.returns_move_id IS NOT NULL AND NOT coalesce(
                r.company_id = n.company_id AND r.sku_id = n.sku_id AND r.owner_id IS NOT DISTINCT FROM n.owner_id
                AND r.to_location_id = n.from_location_id AND f.warehouse_id IS NULL
                AND t.warehouse_id IS NOT NULL
                AND r.quantity >= (SELECT sum(x.quantity) FROM inventory_stockmove x
                    WHERE x.returns_move_id = n.returns_move_id), false) THEN 'stockmove_return_within_issue'
            WHEN (layer.quantity, layer.value, layer.sku_id, layer.company_id) IS DISTINCT FROM
                CASE WHEN n.owner_id IS NULL AND f.warehouse_id IS NULL AND t.warehouse_id IS NOT NULL
                    THEN (n.quantity, n.value, n.sku_id, n.company_id)
                    ELSE (NULL::numeric, NULL::numeric, NULL::bigint, NULL::bigint) END
                THEN 'stockmove_cost_layer_fits'
            WHEN (u.quantity, u.value, u.fits) IS DISTINCT FROM
                CASE WHEN n.owner_id IS NULL AND t.warehouse_id IS NULL AND f.warehouse_id IS NOT NULL
                    THEN (n.quantity, -n.value, true) ELSE (NULL::numeric, NULL::numeric, NULL::boolean) END
                THEN 'stockmove_cost_use_fits'
        END AS rule
        FROM new_rows n
        LEFT JOIN LATERAL (SELECT company_id, lot_tracked, expiry_required, serial_tracked FROM inventory_sku
            WHERE id = n.sku_id) s ON true
        LEFT JOIN LATERAL (
            SELECT company_id, warehouse_id, kind FROM inventory_location WHERE id = n.from_location_id) f ON true
        LEFT JOIN LATERAL (
            SELECT company_id, warehouse_id, kind FROM inventory_location WHERE id = n.to_location_id) t ON true
        LEFT JOIN LATERAL (SELECT company_id FROM accounting_party WHERE id = n.owner_id) p ON true
        LEFT JOIN LATERAL (SELECT sku_id, expiry_date FROM inventory_lot WHERE id = n.lot_id) lot ON true
        LEFT JOIN LATERAL (
            SELECT xid, company_id, subledger FROM accounting_journalentry WHERE id = n.entry_id) e ON true
        LEFT JOIN LATERAL (SELECT * FROM inventory_allocation WHERE id = n.allocation_id) a ON true
        LEFT JOIN LATERAL (SELECT * FROM inventory_binclaim WHERE id = n.bin_claim_id) b ON true
        LEFT JOIN LATERAL (SELECT * FROM inventory_stockmove WHERE id = n.returns_move_id) r ON true
        LEFT JOIN LATERAL (
            SELECT quantity, value, sku_id, company_id FROM inventory_costlayer WHERE move_id = n.id) layer ON true
        LEFT JOIN LATERAL (
            SELECT sum(quantity) AS quantity, sum(value) AS value,
                bool_and(sku_id = n.sku_id AND company_id = n.company_id) AS fits
            FROM inventory_layeruse WHERE move_id = n.id) u ON true
    ) v WHERE v.rule IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%: move % is refused', bad.rule, bad.id
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.rule;
    END IF;
    -- At once and not at commit only: deferred checks can be called early, moves cannot slip in after them.
    SELECT x.entry_id INTO bad FROM (SELECT DISTINCT entry_id FROM new_rows WHERE entry_id IS NOT NULL) x
        WHERE inventory_entry_difference(x.entry_id) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'journalentry_matches_goods: entry % differs from its goods by %',
            bad.entry_id, inventory_entry_difference(bad.entry_id)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journalentry_matches_goods';
    END IF;
    RETURN NULL;
END
"""

# Level locks cover the quants and bin claims of their warehouse: whoever writes those holds the level first.
MOVE_TOTALS = """
DECLARE
    skus bigint[];
    warehouses bigint[];
    owners bigint[];
    on_hands numeric[];
    sellables numeric[];
    reserveds numeric[];
    wanted bigint;
    counted bigint;
    claims boolean;
BEGIN
    claims := EXISTS (SELECT FROM new_rows WHERE allocation_id IS NOT NULL);
    IF claims THEN
        PERFORM FROM inventory_demand d
            WHERE d.id = ANY (ARRAY(SELECT a.demand_id FROM inventory_allocation a
                WHERE a.id = ANY (ARRAY(SELECT n.allocation_id FROM new_rows n))))
            ORDER BY d.id FOR NO KEY UPDATE;
    END IF;
    SELECT array_agg(d.sku_id), array_agg(d.warehouse_id), array_agg(d.owner_id),
            array_agg(d.on_hand), array_agg(d.sellable), array_agg(d.reserved)
        INTO skus, warehouses, owners, on_hands, sellables, reserveds
        FROM (
            SELECT n.sku_id, l.warehouse_id, n.owner_id, sum(sign.of * n.quantity) AS on_hand,
                sum(CASE WHEN l.kind IN ('bin', 'dock', 'staging', 'tote')
                    THEN sign.of * n.quantity ELSE 0 END) AS sellable,
                sum(CASE WHEN sign.of < 0 AND n.allocation_id IS NOT NULL
                    THEN -n.quantity ELSE 0 END) AS reserved
            FROM new_rows n
            CROSS JOIN (VALUES (-1), (1)) sign (of)
            JOIN inventory_location l
                ON l.id = CASE WHEN sign.of < 0 THEN n.from_location_id ELSE n.to_location_id END
            WHERE l.warehouse_id IS NOT NULL
            GROUP BY n.sku_id, l.warehouse_id, n.owner_id
        ) d;
    SELECT count(*) INTO counted FROM (
        SELECT FROM unnest(skus, warehouses, owners) d (sku, warehouse, owner)
        JOIN inventory_stocklevel l ON l.sku_id = d.sku AND l.warehouse_id = d.warehouse
            AND l.owner_id IS NOT DISTINCT FROM d.owner
        ORDER BY l.id FOR NO KEY UPDATE OF l) locked;
    IF counted < cardinality(skus) THEN
        RAISE EXCEPTION 'stocklevel_exists: a stock level is missing; ensure levels before moving goods'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'stocklevel_exists';
    END IF;
    WITH delta AS MATERIALIZED (
        SELECT n.company_id, n.sku_id, l.id AS location_id, n.lot_id, n.owner_id,
            sum(sign.of * n.quantity) AS quantity,
            sum(CASE WHEN sign.of < 0 AND n.bin_claim_id IS NOT NULL THEN -n.quantity ELSE 0 END) AS claimed
        FROM new_rows n
        CROSS JOIN (VALUES (-1), (1)) sign (of)
        JOIN inventory_location l
            ON l.id = CASE WHEN sign.of < 0 THEN n.from_location_id ELSE n.to_location_id END
        WHERE l.warehouse_id IS NOT NULL
        GROUP BY n.company_id, n.sku_id, l.id, n.lot_id, n.owner_id
    ), put AS (
        INSERT INTO inventory_stockquant AS q (company_id, sku_id, location_id, lot_id, owner_id, quantity)
            SELECT d.company_id, d.sku_id, d.location_id, d.lot_id, d.owner_id, d.quantity FROM delta d
            WHERE d.quantity > 0 AND d.claimed = 0
            ORDER BY d.sku_id, d.location_id, d.lot_id, d.owner_id
            ON CONFLICT (sku_id, location_id, lot_id, owner_id)
                DO UPDATE SET quantity = q.quantity + excluded.quantity
    ), taken AS (
        UPDATE inventory_stockquant q SET quantity = q.quantity + d.quantity, claimed = q.claimed + d.claimed
            FROM delta d
            WHERE (d.quantity < 0 OR d.claimed <> 0) AND q.sku_id = d.sku_id AND q.location_id = d.location_id
                AND q.lot_id IS NOT DISTINCT FROM d.lot_id AND q.owner_id IS NOT DISTINCT FROM d.owner_id
            RETURNING 1
    )
    SELECT (SELECT count(*) FROM delta WHERE quantity < 0 OR claimed <> 0), (SELECT count(*) FROM taken)
        INTO wanted, counted;
    IF counted < wanted THEN
        RAISE EXCEPTION 'stockquant_exists: goods leave a place where there are none'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stockquant_exists';
    END IF;
    UPDATE inventory_stocklevel l SET on_hand = l.on_hand + d.on_hand, sellable = l.sellable + d.sellable,
            reserved = l.reserved + d.reserved
        FROM unnest(skus, warehouses, owners, on_hands, sellables, reserveds)
            d (sku, warehouse, owner, on_hand, sellable, reserved)
        WHERE (d.on_hand <> 0 OR d.sellable <> 0 OR d.reserved <> 0) AND l.sku_id = d.sku
            AND l.warehouse_id = d.warehouse AND l.owner_id IS NOT DISTINCT FROM d.owner;
    UPDATE inventory_binclaim b SET picked = b.picked + d.quantity
        FROM (SELECT n.bin_claim_id, sum(n.quantity) AS quantity FROM new_rows n
            WHERE n.bin_claim_id IS NOT NULL GROUP BY n.bin_claim_id) d
        WHERE b.id = d.bin_claim_id;
    IF claims THEN
        INSERT INTO inventory_allocationentry
                (company_id, allocation_id, kind, quantity, move_id, actor_id, actor_label)
            SELECT n.company_id, n.allocation_id, 'use', -n.quantity, n.id, n.actor_id, n.actor_label
            FROM new_rows n WHERE n.allocation_id IS NOT NULL ORDER BY n.id;
    END IF;
    RETURN NULL;
END
"""

REFUSE_CHANGE = """
BEGIN
    RAISE EXCEPTION '%_fixed: what totals and facts are built on is not changed', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_fixed';
END
"""

COST_METHOD_FREE = """
BEGIN
    IF EXISTS (SELECT FROM inventory_skucost c WHERE c.sku_id = NEW.id AND c.quantity <> 0) THEN
        RAISE EXCEPTION 'sku_cost_method_while_stocked: the cost method changes only while there is no stock'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sku_cost_method_while_stocked';
    END IF;
    RETURN NEW;
END
"""


def fixed(table: str, *columns: str) -> BookTrigger:
    """These columns are never changed, by nobody."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return BookTrigger(
        table,
        f"{table}_fixed",
        "inventory_refuse_change",
        when=f"BEFORE UPDATE OF {', '.join(columns)}",
        level="row",
        condition=f"ROW({old}) IS DISTINCT FROM ROW({new})",
    )


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_locking")]

    operations = [
        BookFunction(
            "inventory_entry_difference",
            ENTRY_DIFFERENCE,
            args="p_entry bigint",
            returns="numeric",
            language="sql",
            settings=NESTED,
        ),
        BookFunction("inventory_entry_matches_goods", ENTRY_MATCHES_GOODS),
        BookTrigger(
            "accounting_journalentry",
            "inventory_entry_matches_goods",
            "inventory_entry_matches_goods",
            level="row",
            deferred=True,
            condition="NEW.subledger = 'inventory'",
        ),
        BookFunction("inventory_move_rules", MOVE_RULES, settings=NESTED),
        BookTrigger("inventory_stockmove", "inventory_move_1_rules", "inventory_move_rules", referencing=NEW),
        BookFunction("inventory_move_totals", MOVE_TOTALS, settings=NESTED),
        BookTrigger("inventory_stockmove", "inventory_move_2_totals", "inventory_move_totals", referencing=NEW),
        AppendOnly("inventory_stockmove"),
        BookFunction("inventory_refuse_change", REFUSE_CHANGE),
        fixed("inventory_location", "company_id", "warehouse_id", "kind"),
        fixed("inventory_warehouse", "company_id", "is_transit"),
        fixed("inventory_sku", "company_id"),
        fixed("inventory_lot", "company_id", "sku_id"),
        fixed("inventory_serial", "company_id", "sku_id", "code"),
        BookFunction("inventory_cost_method_free", COST_METHOD_FREE),
        BookTrigger(
            "inventory_sku",
            "inventory_sku_cost_method",
            "inventory_cost_method_free",
            when="BEFORE UPDATE OF cost_method",
            level="row",
            condition="OLD.cost_method IS DISTINCT FROM NEW.cost_method",
        ),
    ]
