"""What is on its way between warehouses."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from inventory.errors import NotFound
from inventory.models import Location


class InTransit(NamedTuple):
    """Goods of one lot of a transfer's line that have left and not arrived."""

    line_id: int
    lot_id: int | None
    lot: str
    quantity: Decimal


_SQL = """
SELECT m.source_id, m.lot_id, coalesce(o.code, ''),
    sum(CASE WHEN t.kind = 'transit' THEN m.quantity ELSE -m.quantity END)
FROM inventory_transferline l
JOIN inventory_stockmove m ON m.source_type = 'inventory.transferline' AND m.source_id = l.id
JOIN inventory_location t ON t.id = m.to_location_id
LEFT JOIN inventory_lot o ON o.id = m.lot_id
WHERE l.transfer_id = ANY(%s)
GROUP BY m.source_id, m.lot_id, o.code, o.expiry_date
HAVING sum(CASE WHEN t.kind = 'transit' THEN m.quantity ELSE -m.quantity END) > 0
ORDER BY m.source_id, o.expiry_date NULLS LAST, m.lot_id
"""


def in_transit_of(transfer_ids: Sequence[int]) -> list[InTransit]:
    """What is in transit of transfers, by line and lot, first expired first; from the moves. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(transfer_ids)])
        return [InTransit(*row) for row in cursor.fetchall()]


def transit_place(company_id: int) -> int:
    """The company's place for goods in transit. Raises NotFound. Statements: 1."""
    found = Location.objects.filter(company_id=company_id, kind="transit").order_by("pk").values_list("pk", flat=True)
    place = found.first()
    if place is None:
        raise NotFound(_("The company has no place for goods in transit; make a warehouse first."))
    return place
