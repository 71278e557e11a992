"""What was called off of blanket orders."""

from collections.abc import Collection
from decimal import Decimal

from backoffice.core.db import prepared_cursor


def called_off(blanket_ids: Collection[int]) -> dict[int, Decimal]:
    """Quantity called off by blanket line; what was cancelled counts no more. Statements: 1, or 0 for none."""
    if not blanket_ids:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT c.blanket_line_id, sum(o.quantity - o.cancelled) FROM orders_blanketline l"
            " JOIN orders_blanketcall c ON c.blanket_line_id = l.id JOIN orders_orderline o ON o.id = c.order_line_id"
            " WHERE l.blanket_id = ANY(%s) GROUP BY 1",
            [sorted(blanket_ids)],
        )
        return dict(cursor.fetchall())
