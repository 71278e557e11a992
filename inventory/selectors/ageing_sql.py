"""The questions of the ageing report in SQL: whose stock, what explains it, and how it is put into bands of days."""

from inventory.selectors.categories import IN_CATEGORY

# day: the one asked for, else today; past: the first instant after it.
TODAY = """
today AS (
    SELECT coalesce(%(day)s::date, (clock_timestamp() AT TIME ZONE time_zone)::date) AS day, time_zone,
        coalesce((%(day)s::date + 1)::timestamp AT TIME ZONE time_zone, 'infinity') AS past
    FROM accounting_company WHERE id = %(company)s
)"""
_OURS = "({place}.warehouse_id IS NOT NULL AND (%(warehouse)s::bigint IS NULL OR {place}.warehouse_id = %(warehouse)s::bigint))"
HERE, THERE = _OURS.format(place="f"), _OURS.format(place="t")

# What there is: own goods by the running totals, own goods as they were valued (a past day, one warehouse), or
# another owner's, which have no value.
STOCK = {
    "totals": "SELECT sku_id, quantity, value FROM inventory_skucost WHERE company_id = %(company)s AND quantity > 0",
    "valued": "SELECT * FROM unnest(%(skus)s::bigint[], %(quantities)s::numeric[], %(values)s::numeric[])",
    "owner": f"""SELECT sku_id, quantity, 0::numeric FROM (
        SELECT m.sku_id, sum(CASE WHEN {THERE} THEN m.quantity ELSE - m.quantity END) AS quantity
        FROM today CROSS JOIN inventory_stockmove m
        JOIN inventory_location f ON f.id = m.from_location_id JOIN inventory_location t ON t.id = m.to_location_id
        WHERE m.company_id = %(company)s AND m.owner_id = %(owner)s AND m.effective_at < today.past AND {HERE} <> {THERE}
        GROUP BY 1) o WHERE quantity > 0""",
}

# Arrivals: of own goods in all warehouses their layers, wherever the goods are now, of FIFO what is left of each; in one
# warehouse, and of another owner, what came in, a transfer too. exact: the value is the layer's own.
ARRIVALS = {
    "layers": """SELECT k.sku_id, k.quantity AS stock, m.effective_at, l.move_id,
            CASE WHEN k.is_fifo THEN l.remaining ELSE l.quantity END AS quantity, l.remaining_value AS value,
            k.is_fifo AND NOT l.pooled AS exact
        FROM stock k JOIN inventory_costlayer l ON l.sku_id = k.sku_id AND (NOT k.is_fifo OR l.used < l.quantity)
        JOIN inventory_stockmove m ON m.id = l.move_id""",
    "past_layers": """SELECT k.sku_id, k.quantity AS stock, m.effective_at, l.move_id,
            CASE WHEN k.is_fifo THEN l.quantity - u.quantity ELSE l.quantity END AS quantity,
            l.value - u.value + coalesce(g.value, 0) AS value, k.is_fifo AND NOT l.pooled AS exact
        FROM today CROSS JOIN stock k JOIN inventory_costlayer l ON l.sku_id = k.sku_id
        JOIN inventory_stockmove m ON m.id = l.move_id AND m.effective_at < today.past
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(u.quantity) FILTER (WHERE um.effective_at < today.past), 0) AS quantity,
                coalesce(sum(u.value) FILTER (WHERE e.date <= today.day), 0) AS value
            FROM inventory_layeruse u JOIN inventory_stockmove um ON um.id = u.move_id
            LEFT JOIN accounting_journalentry e ON e.id = um.entry_id WHERE k.is_fifo AND u.layer_id = l.move_id
        ) u
        CROSS JOIN LATERAL (
            SELECT sum(g.value) AS value FROM inventory_valuechange g JOIN accounting_journalentry e ON e.id = g.entry_id
            WHERE k.is_fifo AND g.layer_id = l.move_id AND e.date <= today.day
        ) g""",
    "moves": f"""SELECT k.sku_id, k.quantity AS stock, m.effective_at, m.id AS move_id, m.quantity, 0::numeric AS value, false AS exact
        FROM today CROSS JOIN stock k
        JOIN inventory_stockmove m ON m.sku_id = k.sku_id AND m.effective_at < today.past
            AND m.owner_id IS NOT DISTINCT FROM %(owner)s::bigint
        JOIN inventory_location f ON f.id = m.from_location_id JOIN inventory_location t ON t.id = m.to_location_id
        WHERE {THERE} AND NOT {HERE}""",
}


def ageing_sql(stock: str, arrivals: str) -> str:
    """stock: one of STOCK, arrivals: one of ARRIVALS. What is left is taken to be the newest."""
    return f"""
WITH {TODAY}, stock AS (
    SELECT k.sku_id, k.quantity, k.value, s.code, s.name, coalesce(g.name, '') AS category, s.cost_method = 'fifo' AS is_fifo
    FROM ({STOCK[stock]}) k (sku_id, quantity, value) JOIN inventory_sku s ON s.id = k.sku_id
    JOIN inventory_product p ON p.id = s.product_id LEFT JOIN inventory_category g ON g.id = p.category_id
    WHERE {IN_CATEGORY}
), arrived AS ({ARRIVALS[arrivals]}), layers AS (
    SELECT a.sku_id, today.day - (a.effective_at AT TIME ZONE today.time_zone)::date AS age, a.value, a.exact,
        least(a.quantity, greatest(a.stock - coalesce(sum(a.quantity) OVER newer, 0), 0)) AS quantity
    FROM today CROSS JOIN arrived a
    WINDOW newer AS (PARTITION BY a.sku_id ORDER BY a.effective_at DESC, a.move_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), banded AS (
    SELECT g.sku_id, array_agg(g.quantity) AS quantities, array_agg(g.value) AS layer_values, array_agg(g.band) AS bands,
        bool_and(g.exact) AS exact
    FROM (
        SELECT sku_id, width_bucket(greatest(age, 0), %(bands)s::int[]) - 1 AS band, sum(quantity) AS quantity,
            sum(value) AS value, bool_and(exact) AS exact
        FROM layers WHERE quantity > 0 GROUP BY 1, 2
    ) g GROUP BY g.sku_id
)
SELECT k.sku_id, k.code, k.name, k.category, k.quantity, k.value, b.quantities, b.layer_values, b.bands,
    coalesce(b.exact, false), last.day
FROM stock k CROSS JOIN today
LEFT JOIN banded b ON b.sku_id = k.sku_id
LEFT JOIN LATERAL (
    SELECT (m.effective_at AT TIME ZONE today.time_zone)::date AS day FROM inventory_stockmove m
    JOIN inventory_location t ON t.id = m.to_location_id AND t.kind = 'customer'
    JOIN inventory_location f ON f.id = m.from_location_id AND {HERE}
    WHERE m.sku_id = k.sku_id AND m.effective_at < today.past AND m.owner_id IS NOT DISTINCT FROM %(owner)s::bigint
    ORDER BY m.effective_at DESC LIMIT 1
) last ON true
ORDER BY k.value DESC, k.quantity DESC, k.code
"""
