"""Where the goods of an arrival are now: still in stock, in a later arrival that was made of them, or gone."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from backoffice.core.db import prepared_cursor
from inventory.models import CostMethod


@dataclass(frozen=True, slots=True)
class Out:
    """So much of an arrival left. layer_id: came back or was made into another arrival. Else account_id and
    dimensions say where its cost went (empty: no entry tells), kind is that of the place it went to."""

    weight: Decimal
    layer_id: int | None
    account_id: int | None
    dimensions: tuple[tuple[str, str], ...]
    kind: str


@dataclass(slots=True)
class Flow:
    """One arrival. left: of its quantity, what is in stock still; value: what may be taken off that stock."""

    layer_id: int
    sku_id: int
    method: str
    pooled: bool
    quantity: Decimal
    left: Decimal
    value: Decimal
    outs: list[Out] = field(default_factory=list)


_LAYERS = """
SELECT l.move_id, l.sku_id, s.cost_method, l.pooled, l.quantity,
    CASE WHEN NOT l.pooled THEN l.remaining
        WHEN s.cost_method = 'fifo' THEN 0 ELSE least(c.quantity, l.quantity) END,
    CASE WHEN NOT l.pooled THEN l.remaining_value ELSE c.value END
FROM inventory_costlayer l
JOIN inventory_sku s ON s.id = l.sku_id
JOIN inventory_skucost c ON c.sku_id = l.sku_id
WHERE l.company_id = %s AND l.move_id = ANY(%s)
ORDER BY l.move_id
"""

# A use from a layer is its own; uses from the average since the arrival share it by quantity, less what came
# back (into the same average). Goods sent back to the supplier or to an opening tell no account of use.
_OUTS = """
WITH node AS (
    SELECT move_id, sku_id, pooled FROM inventory_costlayer WHERE company_id = %(company)s AND move_id = ANY(%(layers)s)
), used AS (
    SELECT n.move_id AS node, n.pooled, u.move_id, u.quantity
    FROM node n JOIN inventory_layeruse u ON u.layer_id = n.move_id WHERE NOT n.pooled
    UNION ALL
    SELECT n.move_id, n.pooled, u.move_id, u.quantity FROM node n
    JOIN inventory_stockmove m ON m.sku_id = n.sku_id AND m.id > n.move_id
    JOIN inventory_layeruse u ON u.move_id = m.id AND u.layer_id IS NULL WHERE n.pooled
), gone AS (
    SELECT d.node, d.pooled, d.move_id, m.entry_id, t.kind, d.quantity, m.quantity AS moved,
        d.quantity * (1 - coalesce(back.quantity, 0) / m.quantity) AS kept,
        m.reason, m.source_type, m.source_id
    FROM used d
    JOIN inventory_stockmove m ON m.id = d.move_id
    JOIN inventory_location t ON t.id = m.to_location_id
    LEFT JOIN LATERAL (
        SELECT sum(x.quantity) AS quantity FROM inventory_stockmove x WHERE x.returns_move_id = m.id) back ON true
), became AS (
    SELECT g.node, g.move_id, g.kind, g.kept, made.* FROM gone g CROSS JOIN LATERAL (
        SELECT x.id, x.value, sum(x.value) OVER () AS whole, count(*) OVER () AS several
        FROM inventory_stockmove x JOIN inventory_costlayer l ON l.move_id = x.id
        WHERE g.reason = 'assembly' AND x.reason = 'assembly'
                AND x.source_type = g.source_type AND x.source_id = g.source_id
            OR g.reason = 'cost_method' AND x.entry_id = g.entry_id) made
), ways AS (
    SELECT g.node, x.id AS layer, NULL::bigint AS account, NULL::bigint AS dims, '' AS kind,
        g.quantity * x.quantity / g.moved AS weight
    FROM gone g JOIN inventory_stockmove x ON x.returns_move_id = g.move_id WHERE NOT g.pooled
    UNION ALL
    SELECT b.node, b.id, NULL, NULL, b.kind, b.kept * CASE WHEN b.whole = 0 THEN 1.0 / b.several ELSE b.value / b.whole END
    FROM became b WHERE b.kept > 0
    UNION ALL
    SELECT g.node, NULL, line.account_id, line.dimension_set_id, g.kind, g.kept * coalesce(line.share, 1)
    FROM gone g LEFT JOIN LATERAL (
        SELECT j.account_id, j.dimension_set_id, j.base_amount / sum(j.base_amount) OVER () AS share
        FROM accounting_journalline j JOIN accounting_account a ON a.id = j.account_id AND a.control = ''
        WHERE j.entry_id = g.entry_id AND j.base_amount > 0 AND g.kind NOT IN ('supplier', 'opening')) line ON true
    WHERE g.kept > 0 AND NOT EXISTS (SELECT FROM became b WHERE b.move_id = g.move_id AND b.node = g.node)
)
SELECT w.node, sum(w.weight), w.layer, w.account, coalesce(s.key, ''), w.kind
FROM ways w LEFT JOIN accounting_dimensionset s ON s.id = w.dims
GROUP BY w.node, w.layer, w.account, s.key, w.kind
ORDER BY w.node, w.layer, w.account, s.key, w.kind
"""


def cost_flows(company_id: int, layer_ids: Collection[int]) -> dict[int, Flow]:
    """By cost layer (the key of its receipt move); unknown ones are missing. Statements: 2."""
    with prepared_cursor() as cursor:
        cursor.execute(_LAYERS, [company_id, sorted(layer_ids)])
        flows = {row[0]: Flow(*row) for row in cursor.fetchall()}
        cursor.execute(_OUTS, {"company": company_id, "layers": sorted(flows)})
        for node, weight, layer, account, key, kind in cursor.fetchall():
            flows[node].outs.append(Out(weight, layer, account, _dimensions(key), kind))
    return flows


def flows_from(company_id: int, layer_ids: Collection[int], *, depth: int = 8) -> dict[int, Flow]:
    """The flows of arrivals and of all arrivals that came of them. Statements: 2 for each step, at most `depth`."""
    known: dict[int, Flow] = {}
    wanted = set(layer_ids)
    for _step in range(depth):
        if not wanted:
            break
        found = cost_flows(company_id, wanted)
        known |= found
        wanted = {out.layer_id for flow in found.values() for out in flow.outs if out.layer_id} - known.keys()
    return known


def is_standard(flow: Flow) -> bool:
    """Whether what is left keeps its fixed price, so that a late cost is a variance."""
    return flow.method not in (CostMethod.AVERAGE, CostMethod.FIFO)


def _dimensions(key: str) -> tuple[tuple[str, str], ...]:
    return tuple(tuple(pair.split("=", 1)) for pair in key.split(";")) if key else ()  # type: ignore[misc]
