"""Units with serial numbers: which go with a move, decided before anything is written."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from backoffice.core.db import insert_rows, prepared_cursor
from inventory.services.checking import INTERNAL, refused, refused_item
from inventory.services.locking import MoveFacts
from inventory.services.requests import MoveRequest

_MOVED = {
    "company_id": "bigint",
    "move_id": "bigint",
    "serial_id": "bigint",
    "from_location_id": "bigint",
    "to_location_id": "bigint",
}
_KNOWN = """
SELECT s.id, s.sku_id, s.code, s.location_id, coalesce(l.code, '')
FROM inventory_serial s LEFT JOIN inventory_location l ON l.id = s.location_id
WHERE s.company_id = %s AND s.id IN (
    SELECT n.id FROM unnest(%s::bigint[], %s::text[]) w (sku, code)
        JOIN inventory_serial n ON n.sku_id = w.sku AND n.code = w.code
    UNION ALL
    SELECT p.id FROM unnest(%s::bigint[], %s::bigint[]) w (sku, place)
        JOIN inventory_serial p ON p.location_id = w.place AND p.sku_id = w.sku
    UNION ALL
    SELECT m.serial_id FROM inventory_moveserial m WHERE m.move_id = ANY(%s)
)
"""
_ISSUED = "SELECT move_id, serial_id FROM inventory_moveserial WHERE move_id = ANY(%s)"


class MovedSerial(NamedTuple):
    move_id: int
    sku_id: int
    code: str
    from_location_id: int
    to_location_id: int
    serial_id: int | None  # empty: it is new


@dataclass(slots=True)
class _Units:
    """Where each unit is while a batch is worked through, in order."""

    ids: dict[tuple[int, str], int] = field(default_factory=dict)
    where: dict[tuple[int, str], int | None] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    issued: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def at(self, sku_id: int, place: int) -> list[str]:
        return sorted(code for (sku, code), there in self.where.items() if sku == sku_id and there == place)

    def meant(self, move: MoveRequest) -> tuple[str, ...]:
        """All units of the place or of the issue, if they are just as many as go."""
        found = self.at(move.sku_id, move.from_location_id)
        if move.returns_move_id is not None:
            own = self.issued[move.returns_move_id]
            found = [code for code in found if self.ids.get((move.sku_id, code)) in own]
        return tuple(found) if len(found) == move.quantity else ()


def find_serials(moves: Sequence[MoveRequest], facts: Sequence[MoveFacts], *, company_id: int) -> list[MovedSerial]:
    """The units that go with each fresh move, by serial number; none of them written yet.

    Raises StockRefused naming every move whose numbers lack or do not fit. Statements: 0 where nothing is
    tracked, else 1, and 1 more where tracked goods come back to their issue.
    """
    pairs = [
        (index, move, found)
        for index, (move, found) in enumerate(zip(moves, facts, strict=True))
        if found.old_id is None and (move.serials or (found.serial_tracked and move.reason != "drop_ship"))
    ]
    if not pairs:
        return []
    units = _look([move for _i, move, found in pairs if found.serial_tracked], pairs, company_id)
    moved: list[MovedSerial] = []
    wrong: list[dict[str, Any]] = []
    for index, move, found in pairs:
        codes = move.serials or units.meant(move)
        if refusal := _refusal(index, move, found, codes, units):
            wrong.append(refusal)
            continue
        for code in codes:
            unit = (move.sku_id, code)
            moved.append(
                MovedSerial(found.move_id, *unit, move.from_location_id, move.to_location_id, units.ids.get(unit))
            )
            units.where[unit] = move.to_location_id
    if wrong:
        raise refused(wrong)
    return moved


def _look(
    tracked: Sequence[MoveRequest], pairs: Iterable[tuple[int, MoveRequest, MoveFacts]], company_id: int
) -> _Units:
    named = sorted({(move.sku_id, code) for move in tracked for code in move.serials})
    places = {
        (move.sku_id, move.from_location_id)
        for _i, move, found in pairs
        if found.serial_tracked and not move.serials and found.from_kind in INTERNAL
    }
    issues = sorted({move.returns_move_id for move in tracked if move.returns_move_id is not None})
    units = _Units()
    with prepared_cursor() as cursor:
        cursor.execute(
            _KNOWN,
            [
                company_id,
                [sku for sku, _code in named],
                [code for _sku, code in named],
                [sku for sku, _place in sorted(places)],
                [place for _sku, place in sorted(places)],
                issues,
            ],
        )
        for pk, sku_id, code, place, name in cursor.fetchall():
            units.ids[sku_id, code] = pk
            units.where[sku_id, code] = place
            units.names[place or 0] = name
        if issues:
            cursor.execute(_ISSUED, [issues])
            for move_id, serial_id in cursor.fetchall():
                units.issued[move_id].add(serial_id)
    return units


def _refusal(
    index: int, move: MoveRequest, found: MoveFacts, codes: Sequence[str], units: _Units
) -> dict[str, Any] | None:
    """Why a move cannot be made with these numbers; empty if it can."""
    if not found.serial_tracked:
        return refused_item(index, "serial_not_tracked", move, found)
    if len(codes) != move.quantity or not all(code.strip() for code in codes):
        return refused_item(index, "serials_needed", move, found)
    seen: set[str] = set()
    for code in codes:
        place = units.where.get((move.sku_id, code))
        there = move.from_location_id if place is None and found.from_kind not in INTERNAL else place
        own = units.issued.get(move.returns_move_id or 0)
        strange = bool(own) and units.ids.get((move.sku_id, code)) not in (own or ())
        if code in seen or there != move.from_location_id or strange:
            refusal = refused_item(index, "serial_twice" if code in seen else "serial_elsewhere", move, found)
            return {**refusal, "serial": code, "there": units.names.get(place or 0, "") or "–"}
        seen.add(code)
    return None


def write_serials(moved: Sequence[MovedSerial], *, company_id: int) -> None:
    """Make the numbers that are new, and say which unit goes with which move; before the moves, whose guard counts
    them. Statements: 0 without units, else 1 or 2."""
    if not moved:
        return
    fresh = sorted({(unit.sku_id, unit.code) for unit in moved if unit.serial_id is None})
    made: dict[tuple[int, str], int] = {}
    if fresh:
        rows = insert_rows(
            "inventory_serial",
            {"company_id": "bigint", "sku_id": "bigint", "code": "text"},
            [(company_id, sku_id, code) for sku_id, code in fresh],
            suffix="RETURNING sku_id, code, id",
        )
        made = {(sku_id, code): pk for sku_id, code, pk in rows}
    insert_rows(
        "inventory_moveserial",
        _MOVED,
        [(company_id, unit.move_id, unit.serial_id or made[unit.sku_id, unit.code], *unit[3:5]) for unit in moved],
    )
