"""The whole way at once, where hands and scanners do not report each step: imports, drop-in packing benches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.db import pipelined
from warehouse.services.packing import Pack, pack
from warehouse.services.picking import Pick, confirm_picks
from warehouse.services.shipping import Dispatch, ship
from warehouse.services.waves import create_pick_lists


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
    """Pick all that is asked for, pack it in one parcel each, ship and bill it: the four services, one transaction.

    effective_at: one instant, or one for each fulfilment; it dates picks, parcels, shipments and invoices.
    tracking: numbers by fulfilment. One result per fulfilment, in order; what is refused (also: already on an
    open pick list) leaves nothing behind, and the rest go on.

    Raises what the four services raise. Statements: theirs, whatever the number.
    """
    lists = create_pick_lists(fulfilment_ids, company_id=company_id, actor=actor)
    results = {
        made.fulfilment_id: StraightResult(made.fulfilment_id, "refused", code=made.code or "being_picked")
        for made in lists
        if made.state != "created"
    }
    going = [made for made in lists if made.state == "created"]
    if going:
        at = {pk: effective_at if isinstance(effective_at, datetime) else effective_at[pk] for pk in fulfilment_ids}
        picks = [
            Pick(task_id, quantity, effective_at=at[made.fulfilment_id])
            for made in going
            for task_id, quantity in made.tasks
        ]
        first = at[going[0].fulfilment_id]
        confirm_picks(picks, company_id=company_id, effective_at=first, actor=actor)
        packs = [Pack(made.fulfilment_id, effective_at=at[made.fulfilment_id]) for made in going]
        packed = pack(packs, company_id=company_id, effective_at=first, actor=actor)
        numbers = tracking or {}
        dispatches = [
            Dispatch(p.shipment_id, carrier, service, numbers.get(p.fulfilment_id, ""), at[p.fulfilment_id])
            for p in packed
            if p.shipment_id is not None
        ]
        shipped = ship(dispatches, company_id=company_id, actor=actor)
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
