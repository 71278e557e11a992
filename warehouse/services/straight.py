"""The whole way at once, where hands and scanners do not report each step: imports, drop-in packing benches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import pipelined
from backoffice.core.money import ZERO
from orders.errors import MergedApart
from orders.models import FulfilmentStatus, ShipmentStatus
from orders.services.changing import passing_through
from orders.services.locking import LockedWork
from orders.services.picking import PickRecord, record_picks
from warehouse.services.packing import Pack, PackResult, check_merged, make_parcels
from warehouse.services.shipping import Dispatch, ship
from warehouse.services.waves import Released, release_to_floor


@dataclass(frozen=True, slots=True)
class StraightResult:
    """state: shipped, already or refused, with the code of the step that refused."""

    fulfilment_id: int
    state: str
    shipment_id: int | None = None
    invoice_id: int | None = None
    invoice_number: str = ""
    entry_id: int | None = None
    code: str = ""


@transaction.atomic(savepoint=False)
@pipelined()
def fulfil_straight(
    fulfilment_ids: Sequence[int],
    *,
    company_id: int,
    actor: Actor,
    effective_at: datetime | Mapping[int, datetime],
    carrier: str = "",
    service: str = "",
    tracking: Mapping[int, str] | None = None,
) -> list[StraightResult]:
    """Pick all that is asked for, pack it in one parcel each, ship and bill it: the four steps, one transaction.

    The goods leave from their bins: nobody carries them to staging.

    effective_at: one instant, or one for each fulfilment; it dates picks, parcels, shipments and invoices.
    tracking: numbers by fulfilment. One result per fulfilment, in order; what is refused (also: already on an
    open pick list) leaves nothing behind, and the rest go on.

    Raises MergedApart (a parcel's goods without the rest of it) and what the four services raise.
    Statements: theirs less the locks taken again, whatever the number.
    """
    at = {pk: effective_at if isinstance(effective_at, datetime) else effective_at[pk] for pk in fulfilment_ids}
    with passing_through(company_id=company_id, actor=actor):
        made = release_to_floor(fulfilment_ids, company_id=company_id, actor=actor, gone_at=at)
        results = {
            pk: StraightResult(pk, "refused", code=found.code or "being_picked")
            for pk, found in made.results.items()
            if found.state != "created"
        }
        going = [pk for pk in made.locked if pk not in results]
        _check_together(going, made.locked)
        packed = _pick_and_pack(going, made, at, company_id, actor) if going else []
    if packed:
        numbers = tracking or {}
        dispatches = [
            Dispatch(box.shipment_id, carrier, service, numbers.get(box.fulfilment_id, ""), at[box.fulfilment_id])
            for box in packed
            if box.shipment_id is not None
        ]
        states = {
            box.shipment_id: (
                ShipmentStatus.DRAFT.value,
                FulfilmentStatus.PACKED.value,
                made.locked[box.fulfilment_id].order_status,
                made.locked[box.fulfilment_id].merge_group_id,
            )
            for box in packed
            if box.shipment_id is not None
        }
        shipped = ship(dispatches, company_id=company_id, actor=actor, locked=states)
        for box, gone in zip(packed, shipped, strict=True):
            results[box.fulfilment_id] = StraightResult(
                box.fulfilment_id,
                gone.state,
                gone.shipment_id,
                gone.invoice_id,
                gone.invoice_number,
                gone.entry_id,
                gone.code,
            )
    return [results[pk] for pk in fulfilment_ids]


def _pick_and_pack(
    going: Sequence[int], made: Released, at: Mapping[int, datetime], company_id: int, actor: Actor
) -> list[PackResult]:
    """Nobody else has seen these tasks, and their fulfilments are locked: nothing is asked again."""
    picks = [PickRecord(task.fulfilment_line_id, task.quantity, ZERO) for task in made.tasks.values()]
    record_picks(picks, company_id=company_id, actor=actor)
    picked = {pk: replace(made.locked[pk], status=FulfilmentStatus.PICKED.value) for pk in going}
    boxes = [Pack(pk, effective_at=at[pk]) for pk in going]
    return list(make_parcels(boxes, picked, company_id, at[going[0]], actor, "").values())


def _check_together(going: Sequence[int], locked: Mapping[int, LockedWork]) -> None:
    apart: dict[int, PackResult] = {}
    check_merged({pk: Pack(pk) for pk in going}, locked, apart)
    for pk in apart:
        raise MergedApart(
            _("Fulfilment FO-%(id)06d shares a parcel with other orders: they leave together.") % {"id": pk},
            fulfilment_id=pk,
        )
