"""Where handling units stand: what fits there, and how pickers find the goods that lie in them."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from inventory.models import Location
from warehouse.errors import UnitRefused
from warehouse.models import HandlingUnit
from warehouse.services.floor.fitting import more_in_unit_problem, stand_problem

# The units and all that stands in them, with the place of the outermost. A unit that picked goods lie in (its place
# stands in none) stays so: nobody picks from it.
_FOLLOW = """
WITH RECURSIVE up AS (
    SELECT h.id AS unit, h.id, h.parent_id, h.stands_in_id FROM warehouse_handlingunit h WHERE h.id = ANY(%s)
    UNION ALL
    SELECT up.unit, h.id, h.parent_id, h.stands_in_id FROM warehouse_handlingunit h JOIN up ON h.id = up.parent_id
), down AS (
    SELECT up.unit AS id, up.stands_in_id AS place FROM up WHERE up.parent_id IS NULL
    UNION
    SELECT h.id, down.place FROM warehouse_handlingunit h JOIN down ON h.parent_id = down.id
)
UPDATE inventory_location l SET stands_in_id = p.id, zone_id = p.zone_id, pick_sequence = p.pick_sequence
FROM down JOIN warehouse_handlingunit h ON h.id = down.id JOIN inventory_location p ON p.id = down.place
WHERE l.id = h.location_id AND (l.stands_in_id IS NOT NULL OR h.id = ANY(%s))
"""


def follow(unit_ids: Sequence[int], *, stock: Sequence[int] = ()) -> None:
    """The places of these units, and of what stands in them, are walked to where the units stand now.

    stock: of them, those that hold stock from now on, which orders may be picked from. Statements: 1.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, [list(unit_ids), list(stock)])


def stock_again(location_ids: Collection[int]) -> None:
    """Goods that were picked whole, on their pallet, are not wanted any more: they are stock again where they lie.

    Statements: 0 or 2.
    """
    if location_ids:
        units = list(HandlingUnit.objects.filter(location_id__in=location_ids).values_list("pk", flat=True))
        follow(units, stock=units)


def keeps_stock(unit: HandlingUnit) -> bool:
    """Whether what is put in now is stock: it does already, or it is empty and no picker's tote. Statements: 0 or 1."""
    if unit.location.stands_in_id is not None:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM inventory_stockquant WHERE location_id = %s AND quantity > 0)"
            " AND NOT EXISTS (SELECT FROM warehouse_roundtote WHERE location_id = %s AND is_open)",
            [unit.location_id, unit.location_id],
        )
        return bool(cursor.fetchone()[0])


def check_room(unit: HandlingUnit, place: Location, *, nested: bool = False) -> None:
    """Raises UnitRefused (wrong_class, too_big, mixed, no_pallets, too_much, too_heavy) if it may not stand there.

    nested: it stands on what stands there already, and takes no pallet place of its own. Statements: 7 at most.
    """
    code, detail = stand_problem(unit.pk, unit.code, "carton" if nested else unit.kind, place, unit.company_id)
    if code:
        raise UnitRefused(detail, code=code)


def check_room_for(unit: HandlingUnit, goods: Sequence[tuple[int, int | None, Decimal]]) -> None:
    """Raises UnitRefused if the place where the unit stands does not hold that much more (SKU, lot, quantity).

    Statements: 7 at most.
    """
    check_goods(outermost_place(unit.pk), unit.code, goods)


def check_goods(place: Location, code: str, goods: Sequence[tuple[int, int | None, Decimal]]) -> None:
    """Raises UnitRefused if the place does not hold that much more. code: of the unit. Statements: 6 at most."""
    refusal, detail = more_in_unit_problem(place, code, goods)
    if refusal:
        raise UnitRefused(detail, code=refusal)


def outermost_place(unit_id: int) -> Location:
    """Where the unit, or the one that it stands in, stands. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE up AS (SELECT id, parent_id, stands_in_id FROM warehouse_handlingunit WHERE id = %s UNION"
            " SELECT h.id, h.parent_id, h.stands_in_id FROM warehouse_handlingunit h JOIN up ON h.id = up.parent_id)"
            " SELECT stands_in_id FROM up WHERE stands_in_id IS NOT NULL",
            [unit_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise UnitRefused(_("This handling unit has left."), code="gone")
    return Location.objects.get(pk=row[0])
