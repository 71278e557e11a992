"""Goods of a transfer that arrive at the target warehouse."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.money import ZERO
from inventory.errors import TransferRefused
from inventory.models import Location, Transfer, TransferLine
from inventory.selectors.transfers import in_transit_of, transit_place
from inventory.services.arrivals import lock_lacking, serve_lacking
from inventory.services.moves import post_moves
from inventory.services.requests import MoveRequest
from inventory.services.transfers.common import (
    LINE,
    Held,
    hold_transfer,
    note,
    plain,
    positive,
    publish_incoming,
    set_status,
    status_of,
)
from inventory.services.transfers.units import units_of
from inventory.states import TRANSFER_ARRIVES


@dataclass(frozen=True, slots=True)
class ReceivedPart:
    """What arrived of a line and where it was put. lot_id: empty takes what is in transit, first expired first.
    serials: the units' numbers, of SKUs that have them; empty: all of the line that are in transit."""

    line_id: int
    quantity: Decimal
    location_id: int
    lot_id: int | None = None
    serials: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def receive_transfer(
    transfer_id: int,
    *,
    parts: Sequence[ReceivedPart],
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
) -> Transfer:
    """Goods arrive: out of transit into places of the target warehouse, and to those who wait for them there.

    What was shipped and is not received stays in transit until it comes or is settled. Topics published:
    DemandsServed, InboundChanged.

    Raises NotFound, TransferRefused (not_in_transit, unknown_line, bad_quantity, over_receipt, wrong_place,
    serials_needed, unknown_serial), StockRefused; nothing is written. Statements: about 17, whatever the number of parts.
    """
    held = hold_transfer(transfer_id, company_id=company_id)
    transfer = held.transfer
    if transfer.status not in TRANSFER_ARRIVES:
        raise TransferRefused(
            _("%(transfer)s is %(status)s: nothing of it is in transit.")
            % {"transfer": transfer.number, "status": transfer.get_status_display()},
            code="not_in_transit",
        )
    _check(held, parts)
    places = places_of(held, {part.location_id for part in parts}, transfer.target_id)
    taken = take_from_transit(held, [(part.line_id, part.quantity, part.lot_id) for part in parts])
    units = units_of(held, taken, [part.serials for part in parts])
    goods = [
        (held.line(part.line_id).sku_id, part.quantity, held.line(part.line_id).owner_id, part.location_id)
        for part in parts
    ]
    waiting = lock_lacking(goods, places=places, company_id=company_id)
    transit = transit_place(company_id)
    post_moves(
        [
            MoveRequest(
                sku_id=line.sku_id,
                quantity=quantity,
                from_location_id=transit,
                to_location_id=parts[index].location_id,
                effective_at=effective_at,
                source_type=LINE,
                source_id=line.pk,
                lot_id=lot_id,
                owner_id=line.owner_id,
                reason="transfer_in",
                serials=serials,
            )
            for (index, line, quantity, lot_id), serials in zip(taken, units, strict=True)
        ],
        company_id=company_id,
        actor=actor,
    )
    for part in parts:
        held.line(part.line_id).received += part.quantity
    TransferLine.objects.bulk_update(held.lines, ["received"])
    said = ", ".join(f"{plain(part.quantity)} × {held.line(part.line_id).sku.code}" for part in parts)
    note(transfer, "received", actor=actor, reason=said[:300])
    set_status(transfer, status_of(held.lines), actor=actor)
    publish_incoming(transfer, held.lines, what="received")
    serve_lacking(waiting, company_id=company_id, actor=actor)
    return transfer


def _check(held: Held, parts: Sequence[ReceivedPart]) -> None:
    if not parts:
        raise TransferRefused(_("Give a quantity for at least one line."), code="no_lines")
    arriving: defaultdict[int, Decimal] = defaultdict(Decimal)
    for part in parts:
        line = held.line(part.line_id)
        arriving[line.pk] += positive(part.quantity, line)
        if arriving[line.pk] > line.in_transit:
            raise TransferRefused(
                _(
                    "%(sku)s: %(wanted)s were to be received, but only %(there)s are in transit. Book what is more as found."
                )
                % {"sku": line.sku.code, "wanted": plain(arriving[line.pk]), "there": plain(line.in_transit)},
                code="over_receipt",
                row=line.position,
                sku=line.sku.code,
                wanted=plain(arriving[line.pk]),
                there=plain(line.in_transit),
            )


def places_of(held: Held, location_ids: set[int], warehouse_id: int) -> dict[int, Location]:
    """The places by id, all of one warehouse. Raises TransferRefused (wrong_place). Statements: 1."""
    found = {
        place.pk: place
        for place in Location.objects.filter(pk__in=location_ids, warehouse_id=warehouse_id, is_active=True)
    }
    if location_ids - found.keys():
        raise TransferRefused(
            _("%(transfer)s: put the goods into a place of the warehouse that they are meant for.")
            % {"transfer": held.transfer.number},
            code="wrong_place",
        )
    return found


def take_from_transit(
    held: Held, wanted: Sequence[tuple[int, Decimal, int | None]]
) -> list[tuple[int, TransferLine, Decimal, int | None]]:
    """(index of the wish, line, quantity, lot) out of what is in transit. wanted: (line, quantity, lot or any).

    Raises TransferRefused (over_receipt) where a lot is meant of which less is in transit. Statements: 1.
    """
    there = in_transit_of([held.transfer.pk])
    left = [row.quantity for row in there]
    taken: list[tuple[int, TransferLine, Decimal, int | None]] = []
    for index, (line_id, quantity, lot_id) in enumerate(wanted):
        line, rest = held.line(line_id), quantity
        for number, row in enumerate(there):
            part = min(rest, left[number])
            if row.line_id != line_id or part <= 0 or lot_id not in (None, row.lot_id):
                continue
            left[number] -= part
            rest -= part
            taken.append((index, line, part, row.lot_id))
        if rest > ZERO:
            raise TransferRefused(
                _("%(sku)s: only %(there)s of that lot are in transit.")
                % {"sku": line.sku.code, "there": plain(quantity - rest)},
                code="over_receipt",
                row=line.position,
                sku=line.sku.code,
                wanted=plain(quantity),
                there=plain(quantity - rest),
            )
    return taken
