"""Handling units: made, filled, emptied, moved and nested; the ledger moves only where goods change their unit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from inventory.models import Location, LocationKind, StockQuant
from inventory.services import MoveRequest, post_moves
from warehouse.errors import UnitRefused
from warehouse.models import HandlingUnit, UnitKind
from warehouse.services.standing import check_goods, check_room, check_room_for, follow, keeps_stock, outermost_place
from warehouse.sscc import make_sscc, read_plate

STANDS_IN = ("bin", "dock", "staging")  # where goods are for sale; a plate on damaged goods would hide them
DEEPEST = 5


@dataclass(frozen=True, slots=True)
class UnitGoods:
    """Goods that go into a unit, or out of it. lot_id and owner_id as they lie there."""

    sku_id: int
    quantity: Decimal
    lot_id: int | None = None
    owner_id: int | None = None


@transaction.atomic
def create_units(count: int, *, kind: str, stands_in_id: int, company_id: int, actor: Actor) -> list[HandlingUnit]:
    """Empty units with their plates, to be printed; they stand in one place. Statements: 6.

    The plate is an SSCC where GS1_COMPANY_PREFIX is set, else HU- and a number. Raises UnitRefused (wrong_place).
    """
    if not 0 < count <= 500:
        raise ValueError("1 to 500 units at a time")
    place = _place(stands_in_id, company_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('warehouse_handlingunit', 'id')) FROM generate_series(1, %s)",
            [count],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    plates = [_plate(pk) for pk in ids]
    places = Location.objects.bulk_create(
        Location(company_id=company_id, warehouse_id=place.warehouse_id, kind=LocationKind.TOTE, code=plate)
        for plate in plates
    )
    units = HandlingUnit.objects.bulk_create(
        HandlingUnit(
            pk=pk, company_id=company_id, warehouse_id=place.warehouse_id, location=own, kind=UnitKind(kind), code=plate,
            stands_in=place, created_by=actor.label,
        )
        for pk, plate, own in zip(ids, plates, places, strict=True)
    )  # fmt: skip
    record([_change(unit, "created", "", place.code) for unit in units], actor=actor)
    return units


def _plate(serial: int) -> str:
    prefix = settings.GS1_COMPANY_PREFIX
    return make_sscc(prefix, serial) if prefix else f"HU-{serial:08d}"


def _change(unit: HandlingUnit, what: str, old: str, new: str) -> Change:
    return Change("warehouse.handlingunit", unit.pk, what, "place", old, new, company_id=unit.company_id)


def _place(location_id: int, company_id: int) -> Location:
    place = Location.objects.filter(
        pk=location_id, company_id=company_id, kind__in=STANDS_IN, is_active=True, blocked_at__isnull=True
    ).first()
    if place is None:
        raise UnitRefused(_("A handling unit stands in an open bin, dock or staging place."), code="wrong_place")
    return place


def find_unit(
    scanned: str, *, company_id: int, warehouse_id: int | None = None, among: QuerySet[HandlingUnit] | None = None
) -> HandlingUnit:
    """The unit of a plate as a scanner reads it. among: those that whoever asks may work with.

    Raises UnitRefused (unknown_unit). Statements: 1.
    """
    code = read_plate(scanned)
    known = HandlingUnit.objects.all() if among is None else among
    rows = known.filter(company_id=company_id, code__iexact=code).select_related(
        "location", "stands_in", "parent", "warehouse"
    )
    found = (rows if warehouse_id is None else rows.filter(warehouse_id=warehouse_id)).first()
    if found is None:
        raise UnitRefused(
            _("Nobody knows the handling unit %(code)s: scan its label, or make one.") % {"code": code[:40]},
            code="unknown_unit",
        )
    return found


def lock_units(unit_ids: Sequence[int], company_id: int) -> dict[int, HandlingUnit]:
    """Locked in key order, before any stock. Raises UnitRefused (unknown_unit, gone). Statements: 1."""
    locked = {
        unit.pk: unit
        for unit in HandlingUnit.objects.filter(pk__in=unit_ids, company_id=company_id)
        .select_related("location", "stands_in")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    if len(locked) < len(set(unit_ids)):
        raise UnitRefused(_("There is no such handling unit."), code="unknown_unit")
    for unit in locked.values():
        if unit.shipped_at is not None:
            raise UnitRefused(_("Handling unit %(code)s has left.") % {"code": unit.code}, code="gone")
    return locked


@transaction.atomic
def put_in(
    unit_id: int, *, goods: Sequence[UnitGoods], from_location_id: int, company_id: int, at: datetime, actor: Actor
) -> None:
    """Goods from a place of its warehouse into the unit, by ordinary stock moves; orders may be picked from it then.

    Raises UnitRefused (unknown_unit, gone, wrong_place), StockRefused (more than is there, or claimed for picking).
    Statements: 14 at most and those of post_moves.
    """
    unit = lock_units([unit_id], company_id)[unit_id]
    _own_place(unit, from_location_id)
    if unit.stands_in_id != from_location_id:
        check_room_for(unit, [(each.sku_id, each.lot_id, each.quantity) for each in goods])
    if keeps_stock(unit):
        follow([unit.pk], stock=[unit.pk])
    _move(unit, goods, from_location_id, unit.location_id, company_id, at, actor, "into_unit")


@transaction.atomic
def take_goods_out(
    unit_id: int,
    *,
    goods: Sequence[UnitGoods] | None,
    to_location_id: int,
    company_id: int,
    at: datetime,
    actor: Actor,
) -> None:
    """Goods out of the unit into a place; goods=None: all that is in it. Raises as put_in, and empty."""
    unit = lock_units([unit_id], company_id)[unit_id]
    _own_place(unit, to_location_id)
    if goods is None:
        rows = StockQuant.objects.filter(location_id=unit.location_id, quantity__gt=0).order_by("pk")
        goods = [UnitGoods(row.sku_id, row.quantity, row.lot_id, row.owner_id) for row in rows]
    if not goods:
        raise UnitRefused(_("Handling unit %(code)s is empty.") % {"code": unit.code}, code="empty")
    if unit.stands_in_id != to_location_id:
        place = Location.objects.get(pk=to_location_id)
        check_goods(place, unit.code, [(each.sku_id, each.lot_id, each.quantity) for each in goods])
    _move(unit, goods, unit.location_id, to_location_id, company_id, at, actor, "out_of_unit")


def _own_place(unit: HandlingUnit, location_id: int) -> None:
    if not Location.objects.filter(
        pk=location_id, warehouse_id=unit.warehouse_id, kind__in=(*STANDS_IN, "tote"), is_active=True
    ).exists():
        raise UnitRefused(_("Goods go between a unit and a place of its own warehouse."), code="wrong_place")


def _move(
    unit: HandlingUnit,
    goods: Sequence[UnitGoods],
    source: int,
    target: int,
    company_id: int,
    at: datetime,
    actor: Actor,
    reason: str,
) -> None:
    post_moves(
        [
            MoveRequest(
                sku_id=each.sku_id, quantity=each.quantity, from_location_id=source, to_location_id=target,
                effective_at=at, source_type="warehouse.handlingunit", source_id=unit.pk, lot_id=each.lot_id,
                owner_id=each.owner_id, reason=reason,
            )
            for each in goods
        ],
        company_id=company_id,
        actor=actor,
    )  # fmt: skip


@transaction.atomic
def move_unit(unit_id: int, *, to_location_id: int, company_id: int, actor: Actor) -> HandlingUnit:
    """The unit, with all that is in it and all units in it, stands elsewhere: one row, whatever it holds.

    Raises UnitRefused (unknown_unit, gone, wrong_place: another warehouse, or no place for goods on sale; what
    check_room says of a bin without room). Statements: 14 at most, whatever it holds.
    """
    unit = lock_units([unit_id], company_id)[unit_id]
    place = _place(to_location_id, company_id)
    if place.warehouse_id != unit.warehouse_id:
        raise UnitRefused(
            _("Between warehouses goods go by a transfer: take them out, or ship the unit."), code="wrong_place"
        )
    check_room(unit, place)
    old = _where(unit)
    HandlingUnit.objects.filter(pk=unit.pk).update(stands_in=place, parent=None)
    follow([unit.pk])
    unit.stands_in, unit.parent = place, None
    record([_change(unit, "moved", old, place.code)], actor=actor)
    return unit


@transaction.atomic
def nest_unit(unit_id: int, *, parent_id: int, company_id: int, actor: Actor) -> HandlingUnit:
    """A carton onto a pallet: it goes wherever the pallet goes.

    Raises UnitRefused (unknown_unit, gone, in_itself, too_deep, wrong_place: another warehouse; no room where
    the other stands). Statements: 16 at most.
    """
    locked = lock_units(sorted({unit_id, parent_id}), company_id)
    unit, parent = locked[unit_id], locked[parent_id]
    if unit.warehouse_id != parent.warehouse_id:
        raise UnitRefused(_("The two units are in different warehouses."), code="wrong_place")
    above = _above(parent)
    if unit_id in above:
        raise UnitRefused(_("A unit does not go into itself, or into what stands in it."), code="in_itself")
    if len(above) >= DEEPEST:
        raise UnitRefused(_("Units stand in one another %(n)s deep at most.") % {"n": DEEPEST}, code="too_deep")
    check_room(unit, outermost_place(parent.pk), nested=True)
    old = _where(unit)
    HandlingUnit.objects.filter(pk=unit.pk).update(stands_in=None, parent=parent)
    follow([unit.pk])
    unit.stands_in, unit.parent = None, parent
    record([_change(unit, "nested", old, parent.code)], actor=actor)
    return unit


def _above(unit: HandlingUnit) -> list[int]:
    """The unit and all that it stands in, inside out. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE up AS (SELECT id, parent_id FROM warehouse_handlingunit WHERE id = %s UNION"
            " SELECT h.id, h.parent_id FROM warehouse_handlingunit h JOIN up ON h.id = up.parent_id) SELECT id FROM up",
            [unit.pk],
        )
        return [pk for (pk,) in cursor.fetchall()]


def units_below(unit_id: int) -> list[int]:
    """The unit and all that stands in it. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE down AS (SELECT id FROM warehouse_handlingunit WHERE id = %s UNION"
            " SELECT h.id FROM warehouse_handlingunit h JOIN down ON h.parent_id = down.id) SELECT id FROM down ORDER BY id",
            [unit_id],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _where(unit: HandlingUnit) -> str:
    if unit.stands_in is not None:
        return unit.stands_in.code
    return unit.parent.code if unit.parent else ""


def contents(unit_id: int) -> list[tuple[HandlingUnit, list[StockQuant]]]:
    """What lies in the unit and in each unit in it, as the ledger has it. Statements: 3."""
    units = (
        HandlingUnit.objects.filter(pk__in=units_below(unit_id)).select_related("parent", "stands_in").order_by("pk")
    )
    own: dict[int, list[StockQuant]] = defaultdict(list)
    rows = StockQuant.objects.filter(location__in=[unit.location_id for unit in units], quantity__gt=0)
    for row in rows.select_related("sku", "lot").order_by("sku__code", "pk"):
        own[row.location_id].append(row)
    return [(unit, own[unit.location_id]) for unit in units]
