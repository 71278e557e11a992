"""Goods that are set aside, in quarantine or as damaged, and put back on sale."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.errors import ConditionRefused
from inventory.models import Location, LocationKind
from inventory.selectors.tracking import held_lots
from inventory.services.arrivals import lock_lacking, serve_lacking
from inventory.services.checking import SELLABLE
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest, MoveResult
from inventory.services.setup import ensure_places

# Where goods are set aside, by the condition asked for; "sellable" puts them into a place of the caller's choice.
ASIDE = {"quarantine": LocationKind.QUARANTINE, "damaged": LocationKind.DAMAGED}
_MOVABLE = SELLABLE | {"quarantine", "damaged", "refurbish", "missing"}
_UNDER_INSPECTION = """
SELECT w.n - 1, q.quantity - i.quantity FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    WITH ORDINALITY w (sku, place, lot, owner, n)
CROSS JOIN LATERAL (
    SELECT sum(i.quantity - i.passed - i.failed) AS quantity FROM inventory_inspection i
    WHERE i.status = 'open' AND i.sku_id = w.sku AND i.location_id = w.place
        AND i.lot_id IS NOT DISTINCT FROM w.lot AND i.owner_id IS NOT DISTINCT FROM w.owner
) i
LEFT JOIN inventory_stockquant q ON q.sku_id = w.sku AND q.location_id = w.place
    AND q.lot_id IS NOT DISTINCT FROM w.lot AND q.owner_id IS NOT DISTINCT FROM w.owner
WHERE i.quantity IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Regrade:
    """Goods in one place whose condition changes. condition: quarantine, damaged, or sellable with its place."""

    sku_id: int
    quantity: Decimal
    from_location_id: int
    condition: str
    to_location_id: int | None = None
    lot_id: int | None = None
    owner_id: int | None = None
    serials: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def set_condition(
    rows: Sequence[Regrade],
    *,
    company_id: int,
    effective_at: datetime.datetime,
    reason: str,
    actor: Actor,
    source_key: str | None = None,
) -> list[MoveResult]:
    """Set goods aside, or put them back on sale for those who wait for them first; one move for each row, in order.

    source_key: the same call again is `already`. The value of the goods stays as it is.

    Raises ConditionRefused (reason_needed, quantity_not_positive, unknown_condition, unknown_place,
    other_warehouse, not_sellable, same_condition, lot_held, under_inspection) and StockRefused (not_enough_stock, reserved:
    customers were promised the goods); nothing is written then. Statements: about 12, whatever the number.
    """
    if not rows:
        return []
    targets = _check(rows, company_id, reason)
    goods = [
        (row.sku_id, row.quantity, row.owner_id, place)
        for row, (_warehouse, _kind, place) in zip(rows, targets, strict=True)
        if row.condition == "sellable"
    ]
    places = Location.objects.filter(company_id=company_id).in_bulk({place for *_goods, place in goods})
    waiting = lock_lacking(goods, places=places, company_id=company_id)
    moves = post_moves(
        [
            MoveRequest(
                sku_id=row.sku_id,
                quantity=row.quantity,
                from_location_id=row.from_location_id,
                to_location_id=place,
                effective_at=effective_at,
                source_type="inventory.condition",
                source_id=None,
                lot_id=row.lot_id,
                owner_id=row.owner_id,
                reason=reason.strip()[:40],
                source_key=f"{source_key}:{number}" if source_key else None,
                serials=row.serials,
            )
            for number, (row, (_warehouse, _kind, place)) in enumerate(zip(rows, targets, strict=True))
        ],
        company_id=company_id,
        actor=actor,
    )
    serve_lacking(waiting, company_id=company_id, actor=actor)
    return moves


def _check(rows: Sequence[Regrade], company_id: int, reason: str) -> list[tuple[int, str, int]]:
    """(warehouse, kind of the present place, place to go to) of each row. Raises ConditionRefused."""
    if not reason.strip():
        raise ConditionRefused(_("Say why the goods change their condition."), code="reason_needed", row=0)
    wanted = {pk for row in rows for pk in (row.from_location_id, row.to_location_id) if pk is not None}
    places = Location.objects.filter(company_id=company_id, is_active=True).in_bulk(wanted)
    targets: list[tuple[int, str, int]] = []
    aside = _aside(rows, places, company_id)
    inspected = _under_inspection(rows)
    held = held_lots({row.lot_id for row in rows if row.lot_id is not None and row.condition == "sellable"})
    for number, row in enumerate(rows, 1):
        here = places.get(row.from_location_id)
        there = places.get(row.to_location_id or 0)
        free = inspected.get(number - 1)
        if row.quantity <= 0:
            code, detail = "quantity_not_positive", _("Row %(row)s: the quantity must be above zero.")
        elif row.condition not in ASIDE and row.condition != "sellable":
            code, detail = "unknown_condition", _("Row %(row)s: say quarantine, damaged or sellable.")
        elif here is None or here.warehouse_id is None or here.kind not in _MOVABLE:
            code, detail = "unknown_place", _("Row %(row)s: there is no such place to take the goods from.")
        elif row.condition == "sellable" and there is None:
            code, detail = "unknown_place", _("Row %(row)s: choose the place that the goods are put into.")
        elif row.condition == "sellable" and there is not None and there.kind not in SELLABLE:
            code, detail = "not_sellable", _("Row %(row)s: goods are sold from bins, docks and staging only.")
        elif there is not None and there.warehouse_id != here.warehouse_id:
            code, detail = "other_warehouse", _("Row %(row)s: the place is in another warehouse; make a transfer.")
        elif here.kind == row.condition or (row.condition == "sellable" and here.kind in SELLABLE):
            code, detail = "same_condition", _("Row %(row)s: the goods are in that condition already.")
        elif row.condition == "sellable" and row.lot_id in held:
            code, detail = "lot_held", _("Row %(row)s: the lot is blocked; its block has to be lifted first.")
        elif free is not None and row.quantity > free:
            code, detail = "under_inspection", _("Row %(row)s: the goods wait for an inspection; decide on it instead.")
        else:
            place = row.to_location_id if row.condition == "sellable" else aside[here.warehouse_id, row.condition]
            assert place is not None
            targets.append((here.warehouse_id, here.kind, place))
            continue
        raise ConditionRefused(detail % {"row": number}, code=code, row=number)
    return targets


def _aside(rows: Sequence[Regrade], places: dict[int, Location], company_id: int) -> dict[tuple[int, str], int]:
    """The place for each warehouse and condition asked for; the damaged one is made where it lacks."""
    found: dict[tuple[int, str], int] = {}
    for condition, kind in ASIDE.items():
        warehouses = {
            here.warehouse_id
            for row in rows
            if row.condition == condition and (here := places.get(row.from_location_id)) and here.warehouse_id
        }
        if warehouses:
            made = ensure_places(sorted(warehouses), kind=kind, company_id=company_id)
            found |= {(warehouse, condition): place for warehouse, place in made.items()}
    return found


def _under_inspection(rows: Sequence[Regrade]) -> dict[int, Decimal]:
    """By index what of a row's goods is free, where some of them wait for an inspection. Statements: 1."""
    with prepared_cursor() as cursor:
        cursor.execute(
            _UNDER_INSPECTION,
            [
                [row.sku_id for row in rows],
                [row.from_location_id for row in rows],
                [row.lot_id for row in rows],
                [row.owner_id for row in rows],
            ],
        )
        return {index: free or Decimal(0) for index, free in cursor.fetchall()}
