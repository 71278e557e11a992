"""What the standing proof asks of the goods book: facts added up again, against the totals that triggers keep."""

from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import Check, Text
from inventory.selectors.lead_times import KEPT

_BOTH_ENDS = """
    SELECT m.sku_id, e.location_id, m.lot_id, m.owner_id, sum(e.quantity) AS quantity
    FROM inventory_stockmove m
    CROSS JOIN LATERAL (VALUES (m.from_location_id, -m.quantity), (m.to_location_id, m.quantity))
        e (location_id, quantity)
    JOIN inventory_location l ON l.id = e.location_id AND l.warehouse_id IS NOT NULL
    GROUP BY m.sku_id, e.location_id, m.lot_id, m.owner_id
"""

MOVES_EQUAL_QUANTS = f"""
WITH moved AS ({_BOTH_ENDS})
SELECT k.sku_id, k.location_id, k.lot_id, k.owner_id, sum(k.moves) AS moves, sum(k.quant) AS quant FROM (
    SELECT sku_id, location_id, lot_id, owner_id, quantity AS moves, 0 AS quant FROM moved
    UNION ALL
    SELECT sku_id, location_id, lot_id, owner_id, 0, quantity FROM inventory_stockquant
) k GROUP BY 1, 2, 3, 4 HAVING sum(k.moves) <> sum(k.quant) ORDER BY 1, 2
"""

QUANTS_EQUAL_LEVELS = """
SELECT k.sku_id, k.warehouse_id, k.owner_id, sum(k.quants) AS quants, sum(k.on_hand) AS on_hand,
    sum(k.sellable_quants) AS sellable_quants, sum(k.sellable) AS sellable
FROM (
    SELECT q.sku_id, l.warehouse_id, q.owner_id, q.quantity AS quants, 0 AS on_hand,
        CASE WHEN l.kind IN ('bin', 'dock', 'staging', 'tote') THEN q.quantity ELSE 0 END AS sellable_quants,
        0 AS sellable
    FROM inventory_stockquant q JOIN inventory_location l ON l.id = q.location_id
    UNION ALL
    SELECT sku_id, warehouse_id, owner_id, 0, on_hand, 0, sellable FROM inventory_stocklevel
) k GROUP BY 1, 2, 3
HAVING sum(k.quants) <> sum(k.on_hand) OR sum(k.sellable_quants) <> sum(k.sellable) ORDER BY 1, 2
"""

ENTRIES_EQUAL_RESERVED = """
SELECT k.sku_id, k.warehouse_id, k.owner_id, sum(k.entries) AS entries, sum(k.reserved) AS reserved FROM (
    SELECT a.sku_id, a.warehouse_id, a.owner_id, e.quantity AS entries, 0 AS reserved
    FROM inventory_allocationentry e JOIN inventory_allocation a ON a.id = e.allocation_id
    UNION ALL
    SELECT sku_id, warehouse_id, owner_id, 0, reserved FROM inventory_stocklevel
) k GROUP BY 1, 2, 3 HAVING sum(k.entries) <> sum(k.reserved) ORDER BY 1, 2
"""

ENTRIES_EQUAL_ALLOCATIONS = """
SELECT a.id AS allocation_id, a.open, a.used, coalesce(e.open, 0) AS entries, coalesce(e.used, 0) AS uses
FROM inventory_allocation a
LEFT JOIN (
    SELECT allocation_id, sum(quantity) AS open, -sum(quantity) FILTER (WHERE kind = 'use') AS used
    FROM inventory_allocationentry GROUP BY 1
) e ON e.allocation_id = a.id
WHERE a.open <> coalesce(e.open, 0) OR a.used <> coalesce(e.used, 0) ORDER BY a.id
"""

ALLOCATIONS_EQUAL_DEMANDS = """
SELECT d.id AS demand_id, d.claimed, d.used, coalesce(a.open, 0) AS allocations, coalesce(a.used, 0) AS uses
FROM inventory_demand d
LEFT JOIN (
    SELECT a.demand_id, sum(e.quantity) AS open, coalesce(-sum(e.quantity) FILTER (WHERE e.kind = 'use'), 0) AS used
    FROM inventory_allocation a JOIN inventory_allocationentry e ON e.allocation_id = a.id GROUP BY 1
) a ON a.demand_id = d.id
WHERE d.claimed <> coalesce(a.open, 0) OR d.used <> coalesce(a.used, 0) ORDER BY d.id
"""

USES_EQUAL_MOVES = """
SELECT m.id AS move_id, m.allocation_id, m.quantity, e.allocation_id AS used_allocation, e.quantity AS used
FROM inventory_stockmove m
FULL JOIN (SELECT * FROM inventory_allocationentry WHERE kind = 'use') e ON e.move_id = m.id
WHERE (m.allocation_id IS NOT NULL OR e.id IS NOT NULL)
    AND (m.allocation_id, m.quantity) IS DISTINCT FROM (e.allocation_id, -e.quantity)
ORDER BY 1
"""

BIN_CLAIMS_ADD_UP = """
SELECT b.id AS bin_claim_id, b.picked, b.released, coalesce(m.quantity, 0) AS moves,
    coalesce(r.quantity, 0) AS releases
FROM inventory_binclaim b
LEFT JOIN (SELECT bin_claim_id, sum(quantity) AS quantity FROM inventory_stockmove
    WHERE bin_claim_id IS NOT NULL GROUP BY 1) m ON m.bin_claim_id = b.id
LEFT JOIN (SELECT bin_claim_id, sum(quantity) AS quantity FROM inventory_binrelease GROUP BY 1) r
    ON r.bin_claim_id = b.id
WHERE b.picked <> coalesce(m.quantity, 0) OR b.released <> coalesce(r.quantity, 0) ORDER BY b.id
"""

BIN_CLAIMS_EQUAL_QUANTS = """
SELECT k.sku_id, k.location_id, k.lot_id, k.owner_id, sum(k.claims) AS bin_claims, sum(k.claimed) AS claimed FROM (
    SELECT sku_id, location_id, lot_id, owner_id, open AS claims, 0 AS claimed FROM inventory_binclaim
    UNION ALL
    SELECT sku_id, location_id, lot_id, owner_id, 0, claimed FROM inventory_stockquant
) k GROUP BY 1, 2, 3, 4 HAVING sum(k.claims) <> sum(k.claimed) ORDER BY 1, 2
"""

LAYERS_ADD_UP = """
SELECT l.move_id AS layer_id, l.used, l.used_value, l.changed_value, coalesce(u.quantity, 0) AS uses,
    coalesce(u.value, 0) AS uses_value, coalesce(v.value, 0) AS changes
FROM inventory_costlayer l
LEFT JOIN (SELECT layer_id, sum(quantity) AS quantity, sum(value) AS value FROM inventory_layeruse
    WHERE layer_id IS NOT NULL GROUP BY 1) u ON u.layer_id = l.move_id
LEFT JOIN (SELECT layer_id, sum(value) AS value FROM inventory_valuechange
    WHERE layer_id IS NOT NULL GROUP BY 1) v ON v.layer_id = l.move_id
WHERE (l.used, l.used_value, l.changed_value)
    IS DISTINCT FROM (coalesce(u.quantity, 0), coalesce(u.value, 0), coalesce(v.value, 0))
ORDER BY 1
"""

COSTS_EQUAL_SKU_COSTS = """
SELECT k.sku_id, sum(k.quantity) AS facts_quantity, sum(k.value) AS facts_value,
    sum(k.total_quantity) AS cost_quantity, sum(k.total_value) AS cost_value
FROM (
    SELECT sku_id, quantity, value, 0 AS total_quantity, 0 AS total_value FROM inventory_costlayer
    UNION ALL SELECT sku_id, -quantity, -value, 0, 0 FROM inventory_layeruse
    UNION ALL SELECT sku_id, 0, value, 0, 0 FROM inventory_valuechange
    UNION ALL SELECT sku_id, 0, 0, quantity, value FROM inventory_skucost
) k GROUP BY 1 HAVING sum(k.quantity) <> sum(k.total_quantity) OR sum(k.value) <> sum(k.total_value) ORDER BY 1
"""

OPEN_LAYERS_EQUAL_SKU_COSTS = """
SELECT s.id AS sku_id, c.quantity, c.value, coalesce(l.quantity, 0) AS layers_quantity,
    coalesce(l.value, 0) AS layers_value
FROM inventory_skucost c
JOIN inventory_sku s ON s.id = c.sku_id AND s.cost_method = 'fifo'
LEFT JOIN (SELECT sku_id, sum(remaining) AS quantity, sum(remaining_value) AS value
    FROM inventory_costlayer WHERE NOT pooled GROUP BY 1) l ON l.sku_id = s.id
WHERE (c.quantity, c.value) IS DISTINCT FROM (coalesce(l.quantity, 0), coalesce(l.value, 0)) ORDER BY 1
"""

SKU_COSTS_EQUAL_LEVELS = """
SELECT k.sku_id, sum(k.cost) AS cost_quantity, sum(k.on_hand) AS on_hand FROM (
    SELECT sku_id, quantity AS cost, 0 AS on_hand FROM inventory_skucost
    UNION ALL SELECT sku_id, 0, on_hand FROM inventory_stocklevel WHERE owner_id IS NULL
) k GROUP BY 1 HAVING sum(k.cost) <> sum(k.on_hand) ORDER BY 1
"""

MOVES_EQUAL_COSTS = """
SELECT k.move_id, sum(k.quantity) AS moved, sum(k.value) AS move_value, sum(k.cost_quantity) AS cost_quantity,
    sum(k.cost_value) AS cost_value
FROM (
    SELECT m.id AS move_id, CASE WHEN t.warehouse_id IS NULL THEN -m.quantity ELSE m.quantity END AS quantity,
        m.value, 0 AS cost_quantity, 0 AS cost_value
    FROM inventory_stockmove m
    JOIN inventory_location f ON f.id = m.from_location_id
    JOIN inventory_location t ON t.id = m.to_location_id
    WHERE m.owner_id IS NULL AND (f.warehouse_id IS NULL) <> (t.warehouse_id IS NULL)
    UNION ALL SELECT move_id, 0, 0, quantity, value FROM inventory_costlayer
    UNION ALL SELECT move_id, 0, 0, -quantity, -value FROM inventory_layeruse
) k GROUP BY 1 HAVING sum(k.quantity) <> sum(k.cost_quantity) OR sum(k.value) <> sum(k.cost_value) ORDER BY 1
"""

SKU_COSTS_EQUAL_ACCOUNTS = """
SELECT k.company_id, sum(k.cost) AS stock_value, sum(k.account) AS inventory_accounts FROM (
    SELECT company_id, value AS cost, 0 AS account FROM inventory_skucost
    UNION ALL
    SELECT l.company_id, 0, l.base_amount FROM accounting_journalline l
    JOIN accounting_account a ON a.id = l.account_id AND a.control = 'inventory'
) k GROUP BY 1 HAVING sum(k.cost) <> sum(k.account) ORDER BY 1
"""

ENTRIES_EQUAL_GOODS = """
SELECT k.entry_id, sum(k.goods) AS goods, sum(k.lines) AS lines FROM (
    SELECT entry_id, value AS goods, 0 AS lines FROM inventory_stockmove
    WHERE entry_id IS NOT NULL AND reason <> 'drop_ship'
    UNION ALL SELECT entry_id, value, 0 FROM inventory_valuechange
    UNION ALL
    SELECT l.entry_id, 0, l.base_amount FROM accounting_journalline l
    JOIN accounting_account a ON a.id = l.account_id AND a.control = 'inventory'
) k GROUP BY 1 HAVING sum(k.goods) <> sum(k.lines) ORDER BY 1
"""

RECEIVED_EQUALS_MOVES = f"""
SELECT l.id AS purchase_order_line_id, l.received, coalesce(m.quantity, 0) AS moves
FROM inventory_purchaseorderline l
JOIN inventory_purchaseorder o ON o.id = l.purchase_order_id AND o.ship_to_id IS NULL
LEFT JOIN (
    SELECT m.source_id, sum(m.quantity) AS quantity FROM inventory_stockmove m
    JOIN inventory_location f ON f.id = m.from_location_id AND f.kind = 'supplier'
    WHERE m.source_type = 'inventory.purchaseorderline' AND {KEPT} GROUP BY 1
) m ON m.source_id = l.id
WHERE l.received <> coalesce(m.quantity, 0) ORDER BY l.id
"""

RETURNS_WITHIN_ISSUES = """
SELECT i.id AS issue_id, i.quantity, -i.value AS value, sum(r.quantity) AS returned, sum(r.value) AS returned_value
FROM inventory_stockmove r JOIN inventory_stockmove i ON i.id = r.returns_move_id
GROUP BY i.id HAVING sum(r.quantity) > i.quantity OR sum(r.value) > -i.value ORDER BY i.id
"""

TRANSIT_EQUALS_TRANSFERS = """
SELECT k.sku_id, k.owner_id, sum(k.places) AS in_transit, sum(k.lines) AS transfers FROM (
    SELECT q.sku_id, q.owner_id, q.quantity AS places, 0 AS lines FROM inventory_stockquant q
    JOIN inventory_location l ON l.id = q.location_id AND l.kind = 'transit'
    UNION ALL
    SELECT sku_id, owner_id, 0, shipped - received - settled FROM inventory_transferline
) k GROUP BY 1, 2 HAVING sum(k.places) <> sum(k.lines) ORDER BY 1
"""

TRANSFER_LINES_EQUAL_MOVES = """
SELECT l.id AS transfer_line_id, l.shipped, coalesce(m.shipped, 0) AS moved_out, l.received,
    coalesce(m.received, 0) AS moved_in, l.settled, coalesce(m.settled, 0) AS moved_otherwise
FROM inventory_transferline l
LEFT JOIN (
    SELECT source_id, sum(quantity) FILTER (WHERE reason = 'transfer_out') AS shipped,
        sum(quantity) FILTER (WHERE reason = 'transfer_in') AS received,
        sum(quantity) FILTER (WHERE reason NOT IN ('transfer_out', 'transfer_in')) AS settled
    FROM inventory_stockmove WHERE source_type = 'inventory.transferline' GROUP BY 1
) m ON m.source_id = l.id
WHERE (l.shipped, l.received, l.settled)
    IS DISTINCT FROM (coalesce(m.shipped, 0), coalesce(m.received, 0), coalesce(m.settled, 0)) ORDER BY l.id
"""

ADJUSTMENTS_EQUAL_MOVES = """
SELECT l.id AS adjustment_line_id, a.status, l.quantity, l.value, m.quantity AS moved, m.value AS move_value
FROM inventory_adjustmentline l
JOIN inventory_adjustment a ON a.id = l.adjustment_id
LEFT JOIN inventory_stockmove m ON m.id = l.move_id
WHERE CASE WHEN a.status IN ('posted', 'reversed')
    THEN (abs(l.quantity), l.value) IS DISTINCT FROM (m.quantity, m.value) ELSE m.id IS NOT NULL END ORDER BY l.id
"""

# Each unit's way is one chain: it goes on from where it came to, and is now where its last move brought it.
SERIALS_EQUAL_MOVES = """
SELECT k.serial_id, k.code, k.at_location, k.moved_to, k.gap FROM (
    SELECT s.id AS serial_id, s.code, s.location_id AS at_location, m.moved_to, m.gap
    FROM inventory_serial s
    LEFT JOIN LATERAL (
        SELECT (array_agg(c.to_location_id ORDER BY c.move_id DESC))[1] AS moved_to,
            bool_or(c.before <> c.from_location_id) AS gap
        FROM (SELECT x.move_id, x.from_location_id, x.to_location_id,
                lag(x.to_location_id) OVER (ORDER BY x.move_id) AS before
            FROM inventory_moveserial x WHERE x.serial_id = s.id) c
    ) m ON true
) k WHERE k.at_location IS DISTINCT FROM k.moved_to OR k.gap ORDER BY 1
"""

SERIALS_EQUAL_QUANTS = """
SELECT k.sku_id, k.location_id, sum(k.units) AS serial_numbers, sum(k.quantity) AS quantity FROM (
    SELECT n.sku_id, n.location_id, 1 AS units, 0 AS quantity FROM inventory_serial n
    JOIN inventory_location l ON l.id = n.location_id AND l.warehouse_id IS NOT NULL
    JOIN inventory_sku s ON s.id = n.sku_id AND s.serial_tracked
    UNION ALL
    SELECT q.sku_id, q.location_id, 0, q.quantity FROM inventory_stockquant q
    JOIN inventory_sku s ON s.id = q.sku_id AND s.serial_tracked
) k GROUP BY 1, 2 HAVING sum(k.units) <> sum(k.quantity) ORDER BY 1, 2
"""

TRACKED_STOCK_HAS_LOTS = """
SELECT q.sku_id, q.location_id, q.lot_id, q.quantity FROM inventory_stockquant q
JOIN inventory_sku s ON s.id = q.sku_id AND s.lot_tracked
LEFT JOIN inventory_lot l ON l.id = q.lot_id
WHERE q.quantity > 0 AND (q.lot_id IS NULL OR s.expiry_required AND l.expiry_date IS NULL) ORDER BY 1, 2
"""

INSPECTIONS_ADD_UP = """
SELECT i.id AS inspection_id, i.passed, i.failed, coalesce(r.passed, 0) AS results_passed,
    coalesce(r.failed, 0) AS results_failed
FROM inventory_inspection i
LEFT JOIN (SELECT inspection_id, sum(quantity) FILTER (WHERE verdict = 'pass') AS passed,
    sum(quantity) FILTER (WHERE verdict <> 'pass') AS failed
    FROM inventory_inspectionresult GROUP BY 1) r ON r.inspection_id = i.id
WHERE (i.passed, i.failed) IS DISTINCT FROM (coalesce(r.passed, 0), coalesce(r.failed, 0)) ORDER BY 1
"""

# By owner: what left the consignor to be sold is what was bought of it.
CONSIGNED_IS_BOUGHT = """
SELECT k.term_id, sum(k.taken) AS taken, sum(k.bought) AS bought FROM (
    SELECT source_id AS term_id, CASE WHEN owner_id IS NULL THEN 0 ELSE quantity END AS taken,
        CASE WHEN owner_id IS NULL THEN quantity ELSE 0 END AS bought
    FROM inventory_stockmove WHERE source_type = 'inventory.consignmentterm'
) k GROUP BY 1 HAVING sum(k.taken) <> sum(k.bought) ORDER BY 1
"""


def _check(name: str, title: Text, sql: str) -> Check:
    return Check(name=name, storey="inventory", title=title, sql=sql)


GRNI_ITEMS_EQUAL_ACCOUNT = """
SELECT k.company_id, sum(k.items) AS uninvoiced, sum(k.account) AS account FROM (
    SELECT company_id, CASE side WHEN 'debit' THEN open_value ELSE -open_value END AS items, 0 AS account
    FROM inventory_grniitem
    UNION ALL
    SELECT l.company_id, 0, l.base_amount FROM accounting_journalline l
    JOIN accounting_accountmapping m ON m.company_id = l.company_id AND m.account_id = l.account_id AND m.role = 'grni'
) k GROUP BY 1 HAVING sum(k.items) <> sum(k.account) ORDER BY 1
"""

GRNI_MATCHES_ADD_UP = """
SELECT i.id AS item, i.used, i.used_value, coalesce(m.quantity, 0) AS matches, coalesce(m.value, 0) AS matches_value
FROM inventory_grniitem i
LEFT JOIN (SELECT item, sum(quantity) AS quantity, sum(value) AS value FROM (
        SELECT debit_id AS item, quantity, debit_value AS value FROM inventory_grnimatch
        UNION ALL SELECT credit_id, quantity, credit_value FROM inventory_grnimatch) s GROUP BY item) m ON m.item = i.id
WHERE (i.used, i.used_value) IS DISTINCT FROM (coalesce(m.quantity, 0), coalesce(m.value, 0)) ORDER BY i.id
"""

SUPPLIER_MOVES_ARE_UNINVOICED = """
SELECT m.id AS move_id, m.quantity, m.value, i.id AS item
FROM inventory_stockmove m
JOIN inventory_location f ON f.id = m.from_location_id
JOIN inventory_location t ON t.id = m.to_location_id
LEFT JOIN inventory_grniitem i ON i.move_id = m.id
WHERE m.owner_id IS NULL AND (f.kind = 'supplier' OR t.kind = 'supplier') AND i.id IS NULL
    AND (m.entry_id IS NULL OR EXISTS (SELECT FROM accounting_journalline j JOIN accounting_accountmapping a
        ON a.company_id = j.company_id AND a.account_id = j.account_id AND a.role = 'grni' WHERE j.entry_id = m.entry_id))
ORDER BY m.id
"""

POSTED_BILLS_ARE_UNINVOICED = """
SELECT l.id AS bill_line, l.quantity, i.quantity AS item_quantity
FROM accounting_billline l JOIN accounting_bill b ON b.id = l.bill_id AND b.status IN ('posted', 'reversed')
LEFT JOIN inventory_grniitem i ON i.bill_line_id = l.id
WHERE l.kind = 'goods' AND l.quantity IS DISTINCT FROM i.quantity ORDER BY l.id
"""

CHECKS = (
    _check("moves_equal_quants", _("Moves add up to what lies in each place"), MOVES_EQUAL_QUANTS),
    _check("quants_equal_levels", _("Places add up to the level of each warehouse"), QUANTS_EQUAL_LEVELS),
    _check("entries_equal_reserved", _("Claims add up to what is reserved"), ENTRIES_EQUAL_RESERVED),
    _check("entries_equal_allocations", _("Claims add up to their allocations"), ENTRIES_EQUAL_ALLOCATIONS),
    _check("allocations_equal_demands", _("Claims and uses add up to their demands"), ALLOCATIONS_EQUAL_DEMANDS),
    _check("uses_equal_moves", _("Each use of a claim is one move"), USES_EQUAL_MOVES),
    _check("bin_claims_add_up", _("Picks and releases add up to their bin claims"), BIN_CLAIMS_ADD_UP),
    _check("bin_claims_equal_quants", _("Bin claims add up to what is claimed in each place"), BIN_CLAIMS_EQUAL_QUANTS),
    _check("layers_add_up", _("Uses and changes add up to their cost layers"), LAYERS_ADD_UP),
    _check("costs_equal_sku_costs", _("Layers, uses and changes add up to each SKU's cost"), COSTS_EQUAL_SKU_COSTS),
    _check("open_layers_equal_sku_costs", _("Open layers are the cost of FIFO SKUs"), OPEN_LAYERS_EQUAL_SKU_COSTS),
    _check("sku_costs_equal_levels", _("Costed quantity is the quantity on hand"), SKU_COSTS_EQUAL_LEVELS),
    _check("moves_equal_costs", _("Each move over the border has its cost"), MOVES_EQUAL_COSTS),
    _check("sku_costs_equal_accounts", _("Stock value is the inventory accounts"), SKU_COSTS_EQUAL_ACCOUNTS),
    _check("entries_equal_goods", _("Each entry is the value of its goods"), ENTRIES_EQUAL_GOODS),
    _check("received_equals_moves", _("What purchase orders received came in"), RECEIVED_EQUALS_MOVES),
    _check("returns_within_issues", _("No more came back than went out"), RETURNS_WITHIN_ISSUES),
    _check("transit_equals_transfers", _("Goods in transit are those of open transfers"), TRANSIT_EQUALS_TRANSFERS),
    _check("transfer_lines_equal_moves", _("Transfers count what moved"), TRANSFER_LINES_EQUAL_MOVES),
    _check("adjustments_equal_moves", _("Posted adjustments are their moves"), ADJUSTMENTS_EQUAL_MOVES),
    _check(
        "grni_items_equal_account",
        _("What is received and not billed is the balance of goods received, not invoiced"),
        GRNI_ITEMS_EQUAL_ACCOUNT,
    ),
    _check("grni_matches_add_up", _("Matches add up to what is cleared of receipts and bills"), GRNI_MATCHES_ADD_UP),
    _check(
        "supplier_moves_are_uninvoiced",
        _("Everything that came from a supplier waits for its bill or has it"),
        SUPPLIER_MOVES_ARE_UNINVOICED,
    ),
    _check(
        "posted_bills_are_uninvoiced",
        _("Goods on a posted bill wait for their receipt or have it"),
        POSTED_BILLS_ARE_UNINVOICED,
    ),
    _check("serials_equal_moves", _("Each unit is where its moves brought it"), SERIALS_EQUAL_MOVES),
    _check("serials_equal_quants", _("Each place holds as many serial numbers as units"), SERIALS_EQUAL_QUANTS),
    _check("tracked_stock_has_lots", _("Stock that is tracked has its lots and dates"), TRACKED_STOCK_HAS_LOTS),
    _check("inspections_add_up", _("Results add up to their inspections"), INSPECTIONS_ADD_UP),
    _check("consigned_is_bought", _("Consigned goods that were sold were bought"), CONSIGNED_IS_BOUGHT),
)
