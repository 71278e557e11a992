"""What the ledger says lay in a place at an instant: the present total less what moved since.

No index of moves by place is needed for it, and posting pays nothing: the quant tells the present, and the moves of
one SKU after an instant are few (`stockmove_by_sku`), however old the book is. See docs/adr/0022.
"""

import datetime
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import NamedTuple

from backoffice.core.db import prepared_cursor


class AskedPlace(NamedTuple):
    """Of a SKU in a place, at an instant by effective date."""

    location_id: int
    sku_id: int
    at: datetime.datetime


class LaidThere(NamedTuple):
    """One lot of one owner. n: which question it answers, from 0. expected: by the ledger, at the instant.

    now, claimed: what lies there at present, and is claimed for picking. not_found: of what lay there, pickers said
    since that it did not (it was moved to a place for missing goods).
    """

    n: int
    lot_id: int | None
    owner_id: int | None
    expected: Decimal
    now: Decimal
    claimed: Decimal
    not_found: Decimal


# The aggregate of each place is its own: a join of all moves with all places would read the whole book.
_LAID = """
SELECT a.n - 1, q.lot_id, q.owner_id, q.quantity - coalesce(m.net, 0), q.quantity, q.claimed, coalesce(m.not_found, 0)
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) WITH ORDINALITY a (location_id, sku_id, at, n)
JOIN inventory_stockquant q ON q.location_id = a.location_id AND q.sku_id = a.sku_id
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN k.to_location_id = a.location_id THEN k.quantity ELSE -k.quantity END) AS net,
        sum(k.quantity) FILTER (WHERE k.reason = 'short' AND k.from_location_id = a.location_id) AS not_found
    FROM inventory_stockmove k
    WHERE k.sku_id = a.sku_id AND k.effective_at > a.at AND a.location_id IN (k.from_location_id, k.to_location_id)
        AND k.lot_id IS NOT DISTINCT FROM q.lot_id AND k.owner_id IS NOT DISTINCT FROM q.owner_id
) m ON true
ORDER BY a.n, q.owner_id NULLS FIRST, q.lot_id NULLS FIRST
"""

_SKUS_AT = """
SELECT DISTINCT q.location_id, q.sku_id FROM inventory_stockquant q WHERE q.location_id = ANY(%s)
"""

# A unit that moved since was where its first move since took it from.
_UNITS = """
SELECT a.n - 1, s.id, s.code, s.location_id
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) WITH ORDINALITY a (location_id, sku_id, at, n)
CROSS JOIN LATERAL (
    SELECT x.id FROM inventory_serial x WHERE x.location_id = a.location_id AND x.sku_id = a.sku_id
    UNION
    SELECT y.serial_id FROM inventory_stockmove k JOIN inventory_moveserial y ON y.move_id = k.id
    WHERE k.sku_id = a.sku_id AND k.effective_at > a.at AND k.from_location_id = a.location_id
) maybe
JOIN inventory_serial s ON s.id = maybe.id
LEFT JOIN LATERAL (
    SELECT y.from_location_id FROM inventory_moveserial y JOIN inventory_stockmove k ON k.id = y.move_id
    WHERE y.serial_id = s.id AND k.effective_at > a.at ORDER BY k.effective_at, k.id LIMIT 1
) first ON true
WHERE coalesce(first.from_location_id, s.location_id) = a.location_id
ORDER BY a.n, s.code
"""

_WHERE = """
SELECT s.sku_id, s.code, s.location_id, coalesce(l.kind, ''), coalesce(l.code, ''), l.warehouse_id
FROM unnest(%s::bigint[], %s::text[]) w (sku_id, code)
JOIN inventory_serial s ON s.sku_id = w.sku_id AND s.code = w.code
LEFT JOIN inventory_location l ON l.id = s.location_id
"""


class UnitThere(NamedTuple):
    """A unit that lay in the place that question n asks about. now: where it is at present."""

    n: int
    serial_id: int
    code: str
    now: int | None


class UnitNow(NamedTuple):
    """Where a unit is by the books; kind is empty where it never was anywhere."""

    sku_id: int
    code: str
    location_id: int | None
    kind: str
    place: str
    warehouse_id: int | None


def laid_there(asked: Sequence[AskedPlace]) -> list[LaidThere]:
    """What lay in each place, lot by lot; nothing for what was never there. Statements: 1, or 0."""
    if not asked:
        return []
    with prepared_cursor() as cursor:
        cursor.execute(
            _LAID, [[a.location_id for a in asked], [a.sku_id for a in asked], [a.at.isoformat() for a in asked]]
        )
        return [LaidThere(*row) for row in cursor.fetchall()]


def skus_ever_at(location_ids: Collection[int]) -> dict[int, list[int]]:
    """Which SKUs lie, or ever lay, in each place. Statements: 1, or 0."""
    found: dict[int, list[int]] = {pk: [] for pk in location_ids}
    if location_ids:
        with prepared_cursor() as cursor:
            cursor.execute(_SKUS_AT, [sorted(location_ids)])
            for location_id, sku_id in cursor.fetchall():
                found[location_id].append(sku_id)
    return found


def units_there(asked: Sequence[AskedPlace]) -> list[UnitThere]:
    """The units with serial numbers that lay in each place. Statements: 1, or 0."""
    if not asked:
        return []
    with prepared_cursor() as cursor:
        cursor.execute(
            _UNITS, [[a.location_id for a in asked], [a.sku_id for a in asked], [a.at.isoformat() for a in asked]]
        )
        return [UnitThere(*row) for row in cursor.fetchall()]


def units_now(units: Collection[tuple[int, str]]) -> dict[tuple[int, str], UnitNow]:
    """Where units, (SKU, number), are by the books; unknown ones are left out. Statements: 1, or 0."""
    if not units:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(_WHERE, [[sku for sku, _code in units], [code for _sku, code in units]])
        rows = [UnitNow(*row) for row in cursor.fetchall()]
    return {(row.sku_id, row.code): row for row in rows}


class Flags(NamedTuple):
    """How units of a SKU are told apart."""

    lot_tracked: bool
    serial_tracked: bool


def tracking_of(sku_ids: Collection[int]) -> dict[int, Flags]:
    """How each SKU is tracked. Statements: 1, or 0."""
    if not sku_ids:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT id, lot_tracked, serial_tracked FROM inventory_sku WHERE id = ANY(%s)", [sorted(sku_ids)]
        )
        return {pk: Flags(lots, serials) for pk, lots, serials in cursor.fetchall()}


def available_by_owner(warehouse_id: int, sku_ids: Collection[int]) -> dict[tuple[int, int | None], Decimal]:
    """What is sellable and not promised of each SKU in a warehouse, by (SKU, owner; none: our own). Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT sku_id, owner_id, available FROM inventory_stocklevel WHERE warehouse_id = %s AND sku_id = ANY(%s)",
            [warehouse_id, sorted(sku_ids)],
        )
        return {(sku, owner): available for sku, owner, available in cursor.fetchall()}
