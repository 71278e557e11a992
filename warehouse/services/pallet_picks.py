"""A whole pallet for one order: picked in one scan, with its goods left on it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from inventory.models import Location, Serial, StockQuant
from inventory.services import MoveRequest, post_moves
from warehouse.errors import UnitRefused
from warehouse.models import HandlingUnit, PickTask
from warehouse.services.picking import Pick, PickResult, confirm_picks
from warehouse.services.units import lock_units, units_below

UNFINISHED = ("open", "assigned", "in_progress")


@transaction.atomic
def pick_unit(
    unit_id: int, *, pick_list_id: int, company_id: int, effective_at: datetime, actor: Actor, device: str = ""
) -> list[PickResult]:
    """All picks of a list from a pallet, if they are all that lies on it: picked, and still on it. It is the order's
    from then on: nobody else picks from it, and it is moved and shipped by its plate.

    Raises UnitRefused (unknown_unit, gone, nothing_asked: the list wants nothing from it, not_whole: only a part is
    wanted, or something stands on it); nothing is written then. Statements: those of confirm_picks and post_moves, and 8.
    """
    unit = lock_units([unit_id], company_id)[unit_id]
    tasks = list(
        PickTask.objects.filter(
            pick_list_id=pick_list_id,
            pick_list__company_id=company_id,
            from_location_id=unit.location_id,
            status__in=UNFINISHED,
        )
        .select_related("bin_claim")
        .order_by("pk")
    )
    _check(unit, tasks)
    serials: dict[int, list[str]] = defaultdict(list)
    for sku_id, code in Serial.objects.filter(location_id=unit.location_id).values_list("sku_id", "code"):
        serials[sku_id].append(code)
    results = confirm_picks(
        [Pick(task.pk, task.quantity) for task in tasks],
        company_id=company_id,
        effective_at=effective_at,
        actor=actor,
        device=device,
    )
    if all(result.state == "done" for result in results):
        _back_on(unit, tasks, serials, company_id, effective_at, actor)
    return results


def _check(unit: HandlingUnit, tasks: Sequence[PickTask]) -> None:
    if not tasks:
        raise UnitRefused(
            _("Nothing is to be picked from %(unit)s: leave it, and load the list again.") % {"unit": unit.code},
            code="nothing_asked",
        )
    wanted: dict[tuple[int, int | None, int | None], Decimal] = defaultdict(Decimal)
    for task in tasks:
        wanted[task.sku_id, task.lot_id, task.bin_claim.owner_id] += task.quantity
    rows = StockQuant.objects.filter(location_id=unit.location_id, quantity__gt=0)
    there = {(row.sku_id, row.lot_id, row.owner_id): row.quantity for row in rows}
    if there != wanted or len(units_below(unit.pk)) > 1:
        raise UnitRefused(
            _("The order wants only a part of what is on %(unit)s: take it off, and scan each article.")
            % {"unit": unit.code},
            code="not_whole",
        )


def _back_on(
    unit: HandlingUnit,
    tasks: Sequence[PickTask],
    serials: dict[int, list[str]],
    company_id: int,
    at: datetime,
    actor: Actor,
) -> None:
    """Picked goods are booked onto the pallet that they never left; it holds no stock any more."""
    post_moves(
        [
            MoveRequest(
                sku_id=task.sku_id,
                quantity=task.quantity,
                from_location_id=task.to_location_id,
                to_location_id=unit.location_id,
                effective_at=at,
                source_type="warehouse.picktask",
                source_id=task.pk,
                lot_id=task.lot_id,
                owner_id=task.bin_claim.owner_id,
                reason="into_unit",
                serials=tuple(
                    serials[task.sku_id].pop() for _unit in range(int(task.quantity)) if serials[task.sku_id]
                ),
            )
            for task in tasks
        ],
        company_id=company_id,
        actor=actor,
    )
    Location.objects.filter(pk=unit.location_id).update(stands_in=None)
    PickTask.objects.filter(pk__in=[task.pk for task in tasks]).update(to_location=unit.location_id)
