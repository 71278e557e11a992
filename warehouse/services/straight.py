"""The whole way at once, where hands and scanners do not report each step: imports, tills, drop-in packing benches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import pipelined
from backoffice.core.money import ZERO
from inventory.services import find_bins
from orders.errors import MergedApart
from orders.models import FulfilmentStatus, ShipmentStatus
from orders.services.changing import change_status, passing_through
from orders.services.locking import LockedWork
from warehouse.services.packing import Pack, PackResult, check_merged, make_parcels
from warehouse.services.shipping import Dispatch, ShipResult, Staged, ask_staged, ship
from warehouse.services.waves import OpenLine, by_line, not_in_bins, open_lines


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

    The goods leave from their bins: nobody walks, so there is no pick list, and nobody carries them to staging.

    effective_at: one instant, or one for each fulfilment; it dates picks, parcels, shipments and invoices.
    tracking: numbers by fulfilment. One result per fulfilment, in order; what is refused (being_picked: already on an
    open pick list) leaves nothing behind, and the rest go on.

    Raises MergedApart (a parcel's goods without the rest of it) and what the services of the steps raise.
    Statements: 18, whatever the number; 1 more if something had been picked before.
    """
    at = {pk: effective_at if isinstance(effective_at, datetime) else effective_at[pk] for pk in fulfilment_ids}
    with passing_through(company_id=company_id, actor=actor):
        locked, lines, codes = open_lines(fulfilment_ids, company_id=company_id)
        staged, lacking = _find(lines, company_id)
        codes |= dict.fromkeys(lacking, "not_in_bins")
        results = {pk: StraightResult(pk, "refused", code=code) for pk, code in codes.items()}
        going = [pk for pk in lines if pk not in results]
        _check_together(going, locked)
        if going:
            boxes = _pick_and_pack(going, locked, at, company_id, actor)
            numbers = tracking or {}
            dispatches = {
                box.fulfilment_id: Dispatch(
                    box.shipment_id, carrier, service, numbers.get(box.fulfilment_id, ""), at[box.fulfilment_id]
                )
                for box in boxes
                if box.shipment_id is not None
            }
            states = {
                given.shipment_id: (
                    ShipmentStatus.DRAFT.value,
                    FulfilmentStatus.PACKED.value,
                    locked[pk].order_status,
                    locked[pk].merge_group_id,
                )
                for pk, given in dispatches.items()
            }
            shipped = ship(list(dispatches.values()), company_id=company_id, actor=actor, locked=states, staged=staged)
            results |= {pk: _result(pk, gone) for pk, gone in zip(dispatches, shipped, strict=True)}
    return [results[pk] for pk in fulfilment_ids]


def _result(fulfilment_id: int, gone: ShipResult) -> StraightResult:
    return StraightResult(
        fulfilment_id, gone.state, gone.shipment_id, gone.invoice_id, gone.invoice_number, gone.entry_id, gone.code
    )


def _find(lines: Mapping[int, Sequence[OpenLine]], company_id: int) -> tuple[dict[int, list[Staged]], list[int]]:
    """Where the goods of each line are, and the fulfilments whose goods are not all in bins. Statements: 2 or 3."""
    asked = [line for each in lines.values() for line in each]
    places = find_bins([(line.allocation_id, line.quantity) for line in asked], company_id=company_id)
    found = by_line(lines, places)
    before = [line.id for line in asked if line.picked]
    gathered = ask_staged(before)() if before else {}
    staged = {line.id: [*gathered.get(line.id, ())] for line in asked}
    for line in asked:
        staged[line.id] += [
            Staged(line.id, ZERO, place.location_id, place.lot_id, place.owner_id, place.quantity)
            for place in found[line.id]
        ]
    return staged, not_in_bins(lines, found)


def _pick_and_pack(
    going: Sequence[int],
    locked: Mapping[int, LockedWork],
    at: Mapping[int, datetime],
    company_id: int,
    actor: Actor,
) -> list[PackResult]:
    """Their fulfilments are locked, and so are the goods: nothing is asked again."""
    picking, picked = FulfilmentStatus.PICKING.value, FulfilmentStatus.PICKED.value
    moves = [(pk, locked[pk].status, picking) for pk in going] + [(pk, picking, picked) for pk in going]
    change_status("orders.fulfilment", moves, company_id=company_id, actor=actor)
    now_picked = {pk: replace(locked[pk], status=picked) for pk in going}
    boxes = [Pack(pk, effective_at=at[pk]) for pk in going]
    return list(make_parcels(boxes, now_picked, company_id, at[going[0]], actor, "", unpicked=True).values())


def _check_together(going: Sequence[int], locked: Mapping[int, LockedWork]) -> None:
    apart: dict[int, PackResult] = {}
    check_merged({pk: Pack(pk) for pk in going}, locked, apart)
    for pk in apart:
        raise MergedApart(
            _("Fulfilment FO-%(id)06d shares a parcel with other orders: they leave together.") % {"id": pk},
            fulfilment_id=pk,
        )
