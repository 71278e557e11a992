"""Returned goods: what of them still waits, where it lies and what it cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from accounting.dimensions import CATEGORY, CHANNEL, WAREHOUSE, Dimensions, with_code


@dataclass(frozen=True, slots=True)
class InspectionState:
    """complete: all that is expected came. waiting: some of what came was not looked at yet."""

    status: str
    complete: bool
    waiting: bool


_STATES = """
SELECT r.id, r.status, bool_and(rl.received = rl.quantity), EXISTS (
    SELECT 1 FROM orders_returnline x JOIN orders_returnedgoods g ON g.return_line_id = x.id AND g.disposition = 'inspect'
    WHERE x.return_order_id = r.id AND g.quantity > coalesce(
        (SELECT sum(c.quantity) FROM orders_returnedgoods c WHERE c.parent_id = g.id), 0))
FROM orders_returnorder r JOIN orders_returnline rl ON rl.return_order_id = r.id AND rl.sku_id IS NOT NULL
WHERE r.id = ANY(%s) GROUP BY r.id ORDER BY r.id
"""


def inspection_states(return_order_ids: Sequence[int]) -> dict[int, InspectionState]:
    """How far the goods of returns are. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [list(return_order_ids)])
        return {pk: InspectionState(*row) for pk, *row in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class GoodsLeft:
    """Goods that came in, as they stand. left: not decided on again. cost: at which all of them came back.

    layer_id: of the arrival. write_down: taken off so far.
    """

    goods_id: int
    return_line_id: int
    return_order_id: int
    sku_id: int
    sku_code: str
    lot_id: int | None
    quantity: Decimal
    left: Decimal
    disposition: str
    grade: str
    location_id: int | None
    warehouse_id: int | None
    warehouse_code: str | None
    write_down: Decimal
    note: str
    channel_code: str
    layer_id: int | None
    cost: Decimal
    category: str | None

    @property
    def dimensions(self) -> Dimensions:
        place = with_code(((CHANNEL, self.channel_code),), WAREHOUSE, self.warehouse_code)
        return with_code(place, CATEGORY, self.category)


_LEFT = """
WITH RECURSIVE up AS (
    SELECT g.id AS leaf, g.id, g.parent_id, g.move_id FROM orders_returnedgoods g
    WHERE g.id = ANY(%(ids)s) OR g.return_line_id IN (
        SELECT id FROM orders_returnline WHERE return_order_id = ANY(%(returns)s))
    UNION ALL SELECT up.leaf, p.id, p.parent_id, p.move_id FROM up JOIN orders_returnedgoods p ON p.id = up.parent_id
)
SELECT g.id, rl.id, rl.return_order_id, rl.sku_id, u.code, m.lot_id, g.quantity,
    g.quantity - coalesce((SELECT sum(c.quantity) FROM orders_returnedgoods c WHERE c.parent_id = g.id), 0),
    g.disposition, g.grade, g.location_id, l.warehouse_id, w.code, g.write_down, g.note, ch.code, m.id,
    coalesce(m.value * g.quantity / m.quantity, 0), y.code
FROM up JOIN orders_returnedgoods g ON g.id = up.leaf
JOIN orders_returnline rl ON rl.id = g.return_line_id JOIN inventory_sku u ON u.id = rl.sku_id
JOIN inventory_product p ON p.id = u.product_id LEFT JOIN inventory_category y ON y.id = p.category_id
JOIN orders_returnorder r ON r.id = rl.return_order_id JOIN orders_channel ch ON ch.id = r.channel_id
LEFT JOIN inventory_location l ON l.id = g.location_id LEFT JOIN inventory_warehouse w ON w.id = l.warehouse_id
LEFT JOIN inventory_stockmove m ON m.id = up.move_id
WHERE up.parent_id IS NULL ORDER BY g.id
"""


def goods_left(goods_ids: Sequence[int] = (), *, return_order_ids: Sequence[int] = ()) -> dict[int, GoodsLeft]:
    """Returned goods by id: these, and all of these returns. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, {"ids": list(goods_ids), "returns": list(return_order_ids)})
        return {row[0]: GoodsLeft(*row) for row in cursor.fetchall()}
