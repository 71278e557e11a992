"""What cancelling calls off at suppliers: the part of a line that they ship to the buyer."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from backoffice.core.actor import Actor
from inventory.services import cancel_drop_ship
from orders.services.locking import lock_supplying

ZERO = Decimal(0)


class Dropped(NamedTuple):
    """A part of a line that a supplier has still to ship; its purchase order is locked."""

    id: int
    order_line_id: int
    po_line_id: int
    open_quantity: Decimal


def lock_dropped(order_ids: Collection[int], *, company_id: int) -> list[Dropped]:
    """Parts of orders still with suppliers, the newest first; their purchase orders are locked in key order, which
    comes before the orders' own locks. Statements: 1, 2 with such parts.
    """
    if not lock_supplying(order_ids, company_id=company_id):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id, d.order_line_id, d.po_line_id, d.quantity - d.shipped - d.cancelled FROM orders_dropshipline d"
            " JOIN orders_orderline l ON l.id = d.order_line_id WHERE l.order_id = ANY(%s)"
            " AND d.quantity > d.shipped + d.cancelled ORDER BY d.id DESC",
            [list(order_ids)],
        )
        return [Dropped(*row) for row in cursor.fetchall()]


def by_line(dropped: Iterable[Dropped]) -> dict[int, Decimal]:
    """What suppliers have still to ship of each line."""
    found: dict[int, Decimal] = {}
    for part in dropped:
        found[part.order_line_id] = found.get(part.order_line_id, ZERO) + part.open_quantity
    return found


def call_off_suppliers(
    wanted: Mapping[int, Decimal],
    dropped: list[Dropped],
    open_quantities: Mapping[int, Decimal],
    *,
    company_id: int,
    actor: Actor,
    reason: str,
    supplier_agrees: bool,
    first: int | None = None,
) -> dict[int, Decimal]:
    """Of what is cancelled by line, call off at the suppliers what our stock does not serve; what is left by line.

    Our own part is cancelled first, unless one with a supplier is named. Raises PurchaseRefused (confirmed) unless the supplier agrees; nothing is
    written. Statements: 0, or 4 and inventory's.
    """
    left = dict(wanted)
    parts: dict[int, Decimal] = {}
    lines: dict[int, Decimal] = {}
    with_suppliers = by_line(dropped)
    for part in sorted(dropped, key=lambda part: part.id != first):
        line_id = part.order_line_id
        if line_id not in left:
            continue
        own = ZERO if part.id == first else open_quantities[line_id] - with_suppliers[line_id]
        quantity = min(part.open_quantity, left[line_id] - own)
        if quantity > 0:
            parts[part.id], lines[part.po_line_id] = quantity, quantity
            left[line_id] -= quantity
    if parts:
        cancel_drop_ship(lines, company_id=company_id, actor=actor, reason=reason, supplier_agrees=supplier_agrees)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_dropshipline d SET cancelled = d.cancelled + g.quantity"
                " FROM unnest(%s::bigint[], %s::numeric[]) AS g(id, quantity) WHERE d.id = g.id",
                [list(parts), list(parts.values())],
            )
    return left
