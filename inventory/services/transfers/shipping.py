"""Goods of a transfer that leave the source warehouse."""

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
from inventory.models import Allocation, Location, Transfer, TransferLine
from inventory.selectors.transfers import transit_place
from inventory.services.demands import reduce_demands
from inventory.services.moves import post_moves
from inventory.services.picking import claim_bins
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
from inventory.services.transfers.units import parted_by_place
from inventory.states import TRANSFER_SHIPS


@dataclass(frozen=True, slots=True)
class ShippedPart:
    """What was taken for a line. location_id: from where; empty: from the bins, what expires first and lies nearest.
    serials: the units' numbers, of SKUs that have them; they are taken from where they lie."""

    line_id: int
    quantity: Decimal
    location_id: int | None = None
    lot_id: int | None = None
    serials: tuple[str, ...] = ()


@transaction.atomic(savepoint=False)
def ship_transfer(
    transfer_id: int,
    *,
    parts: Sequence[ShippedPart],
    company_id: int,
    effective_at: datetime.datetime,
    actor: Actor,
    carrier: str = "",
    tracking_number: str = "",
) -> Transfer:
    """Goods leave the source warehouse and are in transit; they use the transfer's claims. All or nothing.

    Raises NotFound, TransferRefused (not_allocated, unknown_line, bad_quantity, over_shipment, not_in_bins,
    serials_needed, unknown_serial), StockRefused; nothing is written. Statements: about 14, whatever the number
    of parts.
    """
    held = hold_transfer(transfer_id, company_id=company_id)
    transfer = held.transfer
    if transfer.status not in TRANSFER_SHIPS:
        raise TransferRefused(
            _("%(transfer)s is %(status)s: only an allocated transfer ships.")
            % {"transfer": transfer.number, "status": transfer.get_status_display()},
            code="not_allocated",
        )
    _check(held, parts)
    parts = parted_by_place(held, parts)
    picks = _picks(held, parts, company_id, actor)
    transit = transit_place(company_id)
    post_moves(
        [
            MoveRequest(
                sku_id=line.sku_id,
                quantity=quantity,
                from_location_id=location_id,
                to_location_id=transit,
                effective_at=effective_at,
                source_type=LINE,
                source_id=line.pk,
                lot_id=lot_id,
                owner_id=line.owner_id,
                allocation_id=allocation_id,
                bin_claim_id=bin_claim_id,
                reason="transfer_out",
                serials=serials,
            )
            for line, quantity, location_id, lot_id, allocation_id, bin_claim_id, serials in picks
        ],
        company_id=company_id,
        actor=actor,
    )
    for part in parts:
        held.line(part.line_id).shipped += part.quantity
    TransferLine.objects.bulk_update(held.lines, ["shipped"])
    transfer.carrier = carrier or transfer.carrier
    transfer.tracking_number = tracking_number or transfer.tracking_number
    transfer.shipped_at = transfer.shipped_at or effective_at
    transfer.save(update_fields=["carrier", "tracking_number", "shipped_at"])
    note(transfer, "shipped", actor=actor, reason=_said(held, [(part.line_id, part.quantity) for part in parts]))
    set_status(transfer, status_of(held.lines), actor=actor)
    publish_incoming(transfer, held.lines, what="shipped")
    return transfer


def _check(held: Held, parts: Sequence[ShippedPart]) -> None:
    if not parts:
        raise TransferRefused(_("Give a quantity for at least one line."), code="no_lines")
    asked: defaultdict[int, Decimal] = defaultdict(Decimal)
    for part in parts:
        line = held.line(part.line_id)
        asked[line.pk] += positive(part.quantity, line)
        if asked[line.pk] > line.to_ship:
            raise TransferRefused(
                _("%(sku)s: %(wanted)s were to be shipped, but only %(there)s are still to leave.")
                % {"sku": line.sku.code, "wanted": plain(asked[line.pk]), "there": plain(line.to_ship)},
                code="over_shipment",
                row=line.position,
                sku=line.sku.code,
                wanted=plain(asked[line.pk]),
                there=plain(line.to_ship),
            )


_Pick = tuple[TransferLine, Decimal, int, int | None, int, int | None, tuple[str, ...]]


def _picks(held: Held, parts: Sequence[ShippedPart], company_id: int, actor: Actor) -> list[_Pick]:
    """(line, quantity, place, lot, allocation, bin claim, serials) of each move; bins are claimed where no place was named."""
    opened = {row.pk: row for row in Allocation.objects.filter(demand__in=[line.demand_id for line in held.lines])}
    left = {pk: row.open for pk, row in opened.items()}
    of_demand: defaultdict[int, list[int]] = defaultdict(list)
    for pk, row in sorted(opened.items()):
        of_demand[row.demand_id].append(pk)
    picks: list[_Pick] = []
    wanted: list[tuple[TransferLine, int, Decimal]] = []
    places = {part.location_id for part in parts if part.location_id is not None}
    known = set(
        Location.objects.filter(pk__in=places, warehouse_id=held.transfer.source_id).values_list("pk", flat=True)
    )
    for part in parts:
        line, rest = held.line(part.line_id), part.quantity
        if part.location_id is not None and part.location_id not in known:
            raise TransferRefused(
                _("%(sku)s: goods are taken from a place of %(warehouse)s.")
                % {"sku": line.sku.code, "warehouse": held.transfer.source.code},
                code="wrong_place",
                row=line.position,
            )
        for allocation_id in of_demand[line.demand_id or 0]:
            take = min(rest, left[allocation_id])
            if take <= 0:
                continue
            units = part.serials[int(part.quantity - rest) :][: int(take)]
            left[allocation_id] -= take
            rest -= take
            if part.location_id is None:
                wanted.append((line, allocation_id, take))
            else:
                lot = part.lot_id or line.lot_id
                picks.append((line, take, part.location_id, lot, allocation_id, None, units))
        if rest > 0:
            raise _not_in_bins(line, part.quantity, part.quantity - rest)
    lines = {allocation_id: line for line, allocation_id, _take in wanted}
    found: defaultdict[int, Decimal] = defaultdict(Decimal)
    for claim in claim_bins(
        [(pk, take) for _line, pk, take in wanted], company_id=company_id, actor=actor, reserve=True
    ):
        picks.append(
            (
                lines[claim.allocation_id],
                claim.quantity,
                claim.location_id,
                claim.lot_id,
                claim.allocation_id,
                claim.bin_claim_id,
                (),
            )
        )
        found[claim.allocation_id] += claim.quantity
    asked: defaultdict[int, Decimal] = defaultdict(Decimal)
    for _line, pk, take in wanted:
        asked[pk] += take
    for pk, quantity in asked.items():
        if found[pk] < quantity:
            raise _not_in_bins(lines[pk], quantity, found[pk])
    return picks


def _not_in_bins(line: TransferLine, wanted: Decimal, there: Decimal) -> TransferRefused:
    return TransferRefused(
        _("%(sku)s: %(wanted)s wanted, but only %(there)s lie in bins for it. Put the goods away, or name their place.")
        % {"sku": line.sku.code, "wanted": plain(wanted), "there": plain(there)},
        code="not_in_bins",
        row=line.position,
        sku=line.sku.code,
        wanted=plain(wanted),
        there=plain(there),
    )


def _said(held: Held, quantities: Sequence[tuple[int, Decimal]]) -> str:
    summed: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for line_id, quantity in quantities:
        summed[held.line(line_id).sku.code] += quantity
    return ", ".join(f"{plain(quantity)} × {code}" for code, quantity in summed.items())[:300]


@transaction.atomic(savepoint=False)
def give_up_rest(transfer_id: int, *, company_id: int, actor: Actor, reason: str) -> Transfer:
    """partly_shipped: what has not left will not; its claims go to those who wait.

    Raises NotFound, TransferRefused (not_allocated: nothing has left yet, or all has; no_reason).
    """
    held = hold_transfer(transfer_id, company_id=company_id)
    transfer = held.transfer
    if not reason.strip():
        raise TransferRefused(_("Say why: the reason is kept with the change."), code="no_reason")
    if transfer.status != "partly_shipped":
        raise TransferRefused(
            _("%(transfer)s is %(status)s: there is no rest to give up.")
            % {"transfer": transfer.number, "status": transfer.get_status_display()},
            code="not_allocated",
        )
    rest = [line for line in held.lines if line.to_ship > 0]
    reduce_demands(
        [(line.demand_id, line.to_ship) for line in rest if line.demand_id], company_id=company_id, actor=actor
    )
    for line in rest:
        line.cancelled += line.to_ship
    TransferLine.objects.bulk_update(rest, ["cancelled"])
    set_status(transfer, status_of(held.lines), actor=actor, reason=reason)
    return transfer
