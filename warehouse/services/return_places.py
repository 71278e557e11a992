"""Where returned goods are put, by what becomes of them."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from backoffice.core.db import prepared_cursor
from inventory.services import ensure_places
from orders.models import Disposition

# Where goods of a disposition may be put; scrap passes through quarantine and is written off at once.
KINDS = {
    Disposition.RESTOCK.value: ("bin", "dock"),
    Disposition.QUARANTINE.value: ("quarantine",),
    Disposition.REFURBISH.value: ("refurbish",),
    Disposition.SCRAP.value: ("quarantine",),
    Disposition.INSPECT.value: ("quarantine",),
}


class Placed(Protocol):
    """Something to be put away. location_id: the place asked for; empty: the usual one."""

    @property
    def disposition(self) -> str: ...
    @property
    def location_id(self) -> int | None: ...


class Place(NamedTuple):
    """What is known of a return line's goods and where they may go: the usual places of its warehouse."""

    lot_id: int | None
    warehouse_id: int
    warehouse_code: str
    bin_id: int | None
    quarantine_id: int | None
    refurbish_id: int | None
    location_kind: str | None  # of the location that was asked for, if it is in that warehouse

    def location(self, line: Placed) -> int | None:
        if line.location_id is not None:
            return line.location_id
        return {"bin": self.bin_id, "quarantine": self.quarantine_id, "refurbish": self.refurbish_id}[
            KINDS[line.disposition][0]
        ]

    def refusal(self, line: Placed) -> str:
        """ "" if the line can be put where it asks to be."""
        if line.location_id is not None:
            return "" if self.location_kind in KINDS[line.disposition] else "wrong_place"
        return "" if self.location(line) else "no_place"


Key = tuple[int, int | None]
Places = Mapping[Key, Place]

_PLACES = """
SELECT g.id, g.location_id, m.lot_id, w.id, w.code,
    (SELECT b.id FROM inventory_location b
     LEFT JOIN inventory_stockquant q ON q.location_id = b.id AND q.sku_id = rl.sku_id AND q.quantity > 0
     WHERE b.warehouse_id = w.id AND b.kind = 'bin' AND b.is_active AND b.blocked_at IS NULL
     ORDER BY q.id IS NULL, b.pick_sequence, b.code LIMIT 1),
    (SELECT min(q.id) FROM inventory_location q
     WHERE q.warehouse_id = w.id AND q.kind = 'quarantine' AND q.is_active),
    (SELECT min(q.id) FROM inventory_location q
     WHERE q.warehouse_id = w.id AND q.kind = 'refurbish' AND q.is_active),
    (SELECT l.kind FROM inventory_location l WHERE l.id = g.location_id AND l.warehouse_id = w.id AND l.is_active)
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS g (id, location_id, warehouse_id)
JOIN orders_returnline rl ON rl.id = g.id
JOIN orders_returnorder r ON r.id = rl.return_order_id AND r.company_id = %s
LEFT JOIN inventory_stockmove m ON m.id = rl.issue_move_id
LEFT JOIN inventory_location came ON came.id = m.from_location_id
JOIN inventory_warehouse w ON w.id = coalesce(g.warehouse_id, r.warehouse_id,
    (SELECT l.warehouse_id FROM inventory_location l WHERE l.id = g.location_id), came.warehouse_id,
    (SELECT min(o.warehouse_id) FROM orders_returnline x JOIN inventory_stockmove y ON y.id = x.issue_move_id
     JOIN inventory_location o ON o.id = y.from_location_id WHERE x.return_order_id = r.id))
"""


def places_of(
    lines: Sequence[tuple[int, int | None]],
    *,
    company_id: int,
    warehouses: Mapping[int, int | None] | None = None,
    refurbish: Collection[int] = (),
) -> dict[Key, Place]:
    """By return line and the place asked for. warehouses: where the goods are by line, if not where they left from.

    refurbish: lines that need a place for refurbishing, which is made where a warehouse has none.
    Statements: 1, 4 where such a place is made.
    """
    found = _read(lines, company_id, warehouses or {})
    lacking = {
        place.warehouse_id for (line, _at), place in found.items() if line in refurbish and not place.refurbish_id
    }
    if lacking:
        ensure_places(lacking, kind="refurbish", company_id=company_id)
        found = _read(lines, company_id, warehouses or {})
    return found


def _read(
    lines: Sequence[tuple[int, int | None]], company_id: int, warehouses: Mapping[int, int | None]
) -> dict[Key, Place]:
    ids, locations = [line for line, _location in lines], [location for _line, location in lines]
    with prepared_cursor() as cursor:
        cursor.execute(_PLACES, [ids, locations, [warehouses.get(line) for line in ids], company_id])
        return {(row[0], row[1]): Place(*row[2:]) for row in cursor.fetchall()}
