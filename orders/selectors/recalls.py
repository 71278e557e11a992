"""Which orders got goods of a lot or a unit: whom to write to when something is called back."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from backoffice.core.db import prepared_cursor
from orders.models import Shipment


class Recalled(NamedTuple):
    """Goods that went out with an order, and how much of them came back. customer and how to reach them: empty where
    erased, or where the channel keeps them to itself."""

    order_id: int
    shipment_id: int
    shipped_at: datetime.datetime
    channel: str
    external_id: str
    carrier: str
    tracking_number: str
    quantity: Decimal
    returned: Decimal
    customer: str
    email: str
    phone: str


_MOVES = {
    "lot": """SELECT m.id FROM inventory_lot o JOIN inventory_stockmove m ON m.sku_id = o.sku_id AND m.lot_id = o.id
        WHERE o.id = %(id)s""",
    "serial": "SELECT move_id AS id FROM inventory_moveserial WHERE serial_id = %(id)s",
}
_BACK = {
    "lot": "SELECT sum(b.quantity) FROM inventory_stockmove b WHERE b.returns_move_id = m.id",
    "serial": """SELECT sum(1) FROM inventory_stockmove b
        JOIN inventory_moveserial u ON u.move_id = b.id AND u.serial_id = %(id)s WHERE b.returns_move_id = m.id""",
}
_SQL = """
SELECT o.id, s.id, m.effective_at, c.name, o.external_id, s.carrier, s.tracking_number,
    {quantity}, coalesce(({back}), 0), coalesce(d.name, ''), coalesce(d.email, ''), coalesce(d.phone, '')
FROM ({moves}) t
JOIN inventory_stockmove m ON m.id = t.id AND m.source_type = 'orders.shipmentline'
JOIN orders_shipmentline l ON l.id = m.source_id
JOIN orders_shipment s ON s.id = l.shipment_id
JOIN orders_order o ON o.id = s.order_id
JOIN orders_channel c ON c.id = o.channel_id
LEFT JOIN orders_contact n ON n.id = o.contact_id LEFT JOIN accounting_personaldata d ON d.id = n.person_id
ORDER BY m.effective_at DESC, m.id DESC {limit}
"""


def recalled_by(rows: Sequence[Recalled], shipments: QuerySet[Shipment]) -> list[Recalled]:
    """Those of the rows that went out with one of these shipments. Statements: 1."""
    known = set(shipments.filter(pk__in={row.shipment_id for row in rows}).values_list("pk", flat=True))
    return [row for row in rows if row.shipment_id in known]


def recalled(kind: str, pk: int, *, limit: int | None = None) -> list[Recalled]:
    """What went out of a lot (kind "lot") or as a unit (kind "serial"), the newest first. Statements: 1."""
    sql = _SQL.format(
        moves=_MOVES[kind],
        back=_BACK[kind],
        quantity="m.quantity" if kind == "lot" else "1::numeric",
        limit=f"LIMIT {int(limit)}" if limit else "",
    )
    with prepared_cursor() as cursor:
        cursor.execute(sql, {"id": pk})
        return [Recalled(*row) for row in cursor.fetchall()]
