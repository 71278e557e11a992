"""Packing: picked goods into parcels, which makes the shipment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice.core.actor import Actor
from backoffice.core.db import pipelined, prepared_cursor
from orders.models import FulfilmentStatus
from orders.selectors.merges import parcel_mates
from orders.services.locking import LockedWork, lock_fulfilments
from orders.services.picking import PackRecord, record_packs

ParcelInput = tuple[int | None, Mapping[int, Decimal]]  # weight in grams, {fulfilment line: quantity}


@dataclass(frozen=True, slots=True)
class Pack:
    """parcels: what lies in each; None: everything picked in one parcel. effective_at: if not the batch's instant.

    boxes: which carton each parcel is in, in their order; weight_g: of the one parcel where parcels are not named.
    """

    fulfilment_id: int
    parcels: Sequence[ParcelInput] | None = None
    effective_at: datetime | None = None
    boxes: tuple[int | None, ...] = ()
    weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class PackResult:
    """state: packed, already (its shipment is returned) or refused.

    Codes: not_picked, parcels_do_not_match, merged_apart (what shares its parcel is not packed with it).
    """

    fulfilment_id: int
    state: str
    shipment_id: int | None = None
    code: str = ""


@transaction.atomic(savepoint=False)
@pipelined()
def pack(
    packs: Sequence[Pack], *, company_id: int, effective_at: datetime, actor: Actor, device: str = ""
) -> list[PackResult]:
    """Put what was picked into parcels and make a shipment of them, one for each fulfilment.

    Parcels must together hold exactly what was picked. Merged fulfilments are packed together, into one parcel. A fulfilment that is packed already is answered
    `already` with its shipment. What is refused leaves nothing behind; the rest go on.

    Raises NotFound for a fulfilment of another company. Statements: 7, whatever the number; 1 more if parcels
    are given, 1 more if something is packed already, 1 more if something is merged.
    """
    locked = lock_fulfilments([given.fulfilment_id for given in packs], company_id=company_id)
    results = _answered(locked)
    chosen: dict[int, Pack] = {}
    for given in packs:
        if given.fulfilment_id not in results:
            chosen.setdefault(given.fulfilment_id, given)
    _check_parcels(chosen, results)
    check_merged(chosen, locked, results)
    if chosen:
        results |= make_parcels(list(chosen.values()), locked, company_id, effective_at, actor, device)
    return [results[given.fulfilment_id] for given in packs]


def _answered(locked: Mapping[int, LockedWork]) -> dict[int, PackResult]:
    """What is packed already, or cannot be. Statements: 0 or 1."""
    ready = (FulfilmentStatus.PICKED, FulfilmentStatus.PACKING)  # packing: opened again
    others = [pk for pk, work in locked.items() if work.status not in ready]
    if not others:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT fulfilment_id, max(id) FROM orders_shipment WHERE fulfilment_id = ANY(%s) AND status <> 'voided'"
            " GROUP BY fulfilment_id",
            [others],
        )
        shipments = dict(cursor.fetchall())
    return {
        pk: PackResult(pk, "already", shipments[pk])
        if pk in shipments
        else PackResult(pk, "refused", code="not_picked")
        for pk in others
    }


def _check_parcels(chosen: dict[int, Pack], results: dict[int, PackResult]) -> None:
    """Refuse those whose parcels do not hold exactly what was picked. Statements: 0 or 1."""
    given = [pk for pk, wanted in chosen.items() if wanted.parcels is not None]
    if not given:
        return
    picked: dict[int, dict[int, Decimal]] = defaultdict(dict)
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT fulfilment_id, id, picked FROM orders_fulfilmentline WHERE fulfilment_id = ANY(%s) AND picked > 0",
            [given],
        )
        for fulfilment_id, line_id, quantity in cursor.fetchall():
            picked[fulfilment_id][line_id] = quantity
    for pk in given:
        if not _fits(chosen[pk].parcels or (), picked[pk]):
            del chosen[pk]
            results[pk] = PackResult(pk, "refused", code="parcels_do_not_match")


def _fits(parcels: Sequence[ParcelInput], picked: Mapping[int, Decimal]) -> bool:
    held: dict[int, Decimal] = defaultdict(Decimal)
    for _weight, lines in parcels:
        if not lines or min(lines.values()) <= 0:
            return False
        for line_id, quantity in lines.items():
            held[line_id] += quantity
    return held == picked


def check_merged(chosen: dict[int, Pack], locked: Mapping[int, LockedWork], results: dict[int, PackResult]) -> None:
    """Refuse those whose parcel would lack what it shares, or would be several. Statements: 0 or 1."""
    groups = {group for pk in chosen if (group := locked[pk].merge_group_id) is not None}
    if not groups:
        return
    for group, mates in parcel_mates(groups).items():
        inside = [pk for pk in chosen if locked[pk].merge_group_id == group]
        missing = any(pk not in chosen for pk, _order, status, _shipment in mates if status != "shipped")
        several = any(len(chosen[pk].parcels or (1,)) > 1 for pk in inside)
        for pk in inside if missing or several else ():
            del chosen[pk]
            results[pk] = PackResult(pk, "refused", code="merged_apart" if missing else "parcels_do_not_match")


def make_parcels(
    chosen: Sequence[Pack],
    locked: Mapping[int, LockedWork],
    company_id: int,
    effective_at: datetime,
    actor: Actor,
    device: str,
    *,
    unpicked: bool = False,
) -> dict[int, PackResult]:
    """Shipments of picked fulfilments, locked and checked; unpicked: as record_packs takes it. Statements: 3."""
    packs = [PackRecord(given.fulfilment_id) for given in chosen]
    made = record_packs(packs, company_id=company_id, actor=actor, locked=locked, unpicked=unpicked)
    parcel_rows: list[tuple[Any, ...]] = []
    line_rows: list[tuple[Any, ...]] = []
    boxes: dict[int, int] = {}
    for given, shipment in zip(chosen, made, strict=True):
        line_ids = {line.fulfilment_line_id: line.shipment_line_id for line in shipment.lines}
        whole = {line.fulfilment_line_id: line.quantity for line in shipment.lines}
        group = locked[given.fulfilment_id].merge_group_id
        box = shipment.shipment_id if group is None else boxes.setdefault(group, shipment.shipment_id)
        for position, (weight_g, lines) in enumerate(given.parcels or [(given.weight_g, whole)], 1):
            if box == shipment.shipment_id:  # what is merged lies in the first one's parcel
                carton = given.boxes[position - 1] if len(given.boxes) >= position else None
                parcel_rows.append((box, position, weight_g, given.effective_at or effective_at, carton))
            line_rows += [(box, position, line_ids[line], held) for line, held in lines.items()]
    _insert_parcels(parcel_rows, line_rows, company_id, actor, device)
    return {
        shipment.fulfilment_id: PackResult(shipment.fulfilment_id, "packed", shipment.shipment_id) for shipment in made
    }


_INSERT = """
    WITH parcel AS (
        INSERT INTO warehouse_parcel
            (company_id, shipment_id, position, weight_g, packed_at, packed_by_id, device, tracking_number, box_id)
        SELECT %s, g.shipment_id, g.position, g.weight_g, g.packed_at, %s, %s, '', g.box_id
        FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::timestamptz[], %s::bigint[])
            AS g(shipment_id, position, weight_g, packed_at, box_id)
        RETURNING id, shipment_id, position
    )
    INSERT INTO warehouse_parcelline (parcel_id, shipment_line_id, quantity)
    SELECT parcel.id, g.line_id, g.quantity
    FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::numeric[]) AS g(shipment_id, position, line_id, quantity)
    JOIN parcel ON parcel.shipment_id = g.shipment_id AND parcel.position = g.position
"""


def _insert_parcels(
    parcels: Sequence[tuple[Any, ...]], lines: Sequence[tuple[Any, ...]], company_id: int, actor: Actor, device: str
) -> None:
    columns = [list(column) for column in zip(*parcels, strict=True)] + [
        list(column) for column in zip(*lines, strict=True)
    ]
    with prepared_cursor() as cursor:
        cursor.execute(_INSERT, [company_id, actor.user_id, device, *columns])
