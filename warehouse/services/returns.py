"""Returns at the dock: goods come back at the cost they left at, go where they belong, and are refunded."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from inventory.services import MoveRequest, MoveResult, counterparts, post_moves
from orders.models import Disposition
from orders.services.returns import (
    ReturnPlan,
    ReturnPlanLine,
    ReturnRecord,
    begin_returns,
    record_returns,
    resolve_returns,
)
from warehouse.errors import ReturnRefused
from warehouse.models import Receipt, ReceiptLine, ReceiptStatus

# Where goods of a disposition may be put; scrap passes through quarantine and is written off at once.
_KINDS = {
    Disposition.RESTOCK.value: ("bin", "dock"),
    Disposition.QUARANTINE.value: ("quarantine",),
    Disposition.SCRAP.value: ("quarantine",),
}


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """What came of a return line. disposition: restock, quarantine or scrap.

    location_id empty: quarantine, or for restock the bin that holds the SKU (or the first one) where it left from.
    """

    return_line_id: int
    quantity: Decimal
    disposition: str
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnReceipt:
    """One return parcel."""

    return_order_id: int
    lines: Sequence[ReturnedLine]


@dataclass(frozen=True, slots=True)
class ReturnResult:
    """state: resolved (all is in and refunded), inspected (all is in) or received (more is expected)."""

    return_order_id: int
    state: str
    receipt_id: int
    credit_note_id: int | None = None
    credit_note_number: str = ""


class _Place(NamedTuple):
    """What is known of a return line's goods and where they may go. bin_id, quarantine_id: in its warehouse."""

    lot_id: int | None
    warehouse_id: int
    warehouse_code: str
    bin_id: int | None
    quarantine_id: int | None
    location_kind: str | None  # of the location that was asked for, if it is in that warehouse


@transaction.atomic(savepoint=False)
def receive_returns(
    returns: Sequence[ReturnReceipt],
    *,
    company_id: int,
    effective_at: datetime,
    actor: Actor,
    refund: bool = True,
    device: str = "",
) -> list[ReturnResult]:
    """Take return parcels in: stock and cost come back, scrap is written off, and complete returns are refunded.

    refund=False leaves the credit notes to the order desk. One result per return, in order.

    Raises ReturnRefused naming every line that cannot be booked (unknown_line, more_than_expected,
    bad_disposition, wrong_place, no_place), orders' NotReady and NotFound; nothing is written then.
    Statements: 16 and those of the goods' entry and the credit notes, whatever the number.
    """
    plans = {plan.return_order_id: plan for plan in begin_returns(_ids(returns), company_id=company_id)}
    expected = {line.return_line_id: line for plan in plans.values() for line in plan.lines}
    places = _places([line for given in returns for line in given.lines], company_id)
    _check(returns, plans, expected, places)
    receipts = _receipts(returns, places, company_id, effective_at, actor, device)
    moved = _move(returns, plans, expected, places, company_id, effective_at, actor, receipts)
    ReceiptLine.objects.bulk_create(
        ReceiptLine(
            receipt_id=receipts[return_id],
            return_line_id=line.return_line_id,
            sku_id=expected[line.return_line_id].sku_id,
            lot_id=places[_key(line)].lot_id,
            location_id=_location(line, places),
            quantity=line.quantity,
            move_id=result.move_id,
        )
        for return_id, line, result in moved
    )
    records = [ReturnRecord(line.return_line_id, line.quantity, line.disposition) for r in returns for line in r.lines]
    record_returns(records, company_id=company_id, actor=actor)
    complete = [given.return_order_id for given in returns if _complete(given, plans[given.return_order_id])]
    notes = {}
    if refund and complete:
        issued = resolve_returns(complete, company_id=company_id, effective_at=effective_at, actor=actor)
        notes = dict(zip(complete, issued, strict=True))
    return [
        ReturnResult(
            pk,
            "resolved" if pk in notes else "inspected" if pk in complete else "received",
            receipts[pk],
            notes[pk].invoice_id if pk in notes else None,
            notes[pk].number if pk in notes else "",
        )
        for pk in _ids(returns)
    ]


def _ids(returns: Sequence[ReturnReceipt]) -> list[int]:
    return [given.return_order_id for given in returns]


Key = tuple[int, int | None]
Places = Mapping[Key, _Place]


def _key(line: ReturnedLine) -> Key:
    return line.return_line_id, line.location_id


_PLACES = """
SELECT g.id, g.location_id, m.lot_id, w.id, w.code,
    (SELECT b.id FROM inventory_location b
     LEFT JOIN inventory_stockquant q ON q.location_id = b.id AND q.sku_id = rl.sku_id AND q.quantity > 0
     WHERE b.warehouse_id = w.id AND b.kind = 'bin' AND b.is_active
     ORDER BY q.id IS NULL, b.pick_sequence, b.code LIMIT 1),
    (SELECT min(q.id) FROM inventory_location q
     WHERE q.warehouse_id = w.id AND q.kind = 'quarantine' AND q.is_active),
    (SELECT l.kind FROM inventory_location l WHERE l.id = g.location_id AND l.warehouse_id = w.id AND l.is_active)
FROM unnest(%s::bigint[], %s::bigint[]) AS g (id, location_id)
JOIN orders_returnline rl ON rl.id = g.id
JOIN orders_returnorder r ON r.id = rl.return_order_id AND r.company_id = %s
LEFT JOIN inventory_stockmove m ON m.id = rl.issue_move_id
LEFT JOIN inventory_location came ON came.id = m.from_location_id
JOIN inventory_warehouse w ON w.id = coalesce(r.warehouse_id,
    (SELECT l.warehouse_id FROM inventory_location l WHERE l.id = g.location_id), came.warehouse_id)
"""


def _places(lines: Sequence[ReturnedLine], company_id: int) -> dict[Key, _Place]:
    """By return line and the place asked for. Statements: 1."""
    ids, locations = [line.return_line_id for line in lines], [line.location_id for line in lines]
    with prepared_cursor() as cursor:
        cursor.execute(_PLACES, [ids, locations, company_id])
        return {(row[0], row[1]): _Place(*row[2:]) for row in cursor.fetchall()}


def _location(line: ReturnedLine, places: Places) -> int | None:
    place = places[_key(line)]
    if line.location_id is not None:
        return line.location_id
    return place.bin_id if line.disposition == Disposition.RESTOCK else place.quarantine_id


def _check(
    returns: Sequence[ReturnReceipt],
    plans: Mapping[int, ReturnPlan],
    expected: Mapping[int, ReturnPlanLine],
    places: Places,
) -> None:
    arrived: dict[int, Decimal] = defaultdict(Decimal)
    wrong = []
    for given in returns:
        own = {line.return_line_id for line in plans[given.return_order_id].lines}
        for row, line in enumerate(given.lines, 1):
            known = expected.get(line.return_line_id) if line.return_line_id in own else None
            arrived[line.return_line_id] += line.quantity
            if code := _wrong(line, known, arrived[line.return_line_id], places):
                wrong.append({"return_order_id": given.return_order_id, "row": row, "code": code})
        if not given.lines:
            wrong.append({"return_order_id": given.return_order_id, "row": 0, "code": "no_lines"})
    if wrong:
        raise ReturnRefused(
            _("Line %(row)s of return RMA-%(return_order_id)06d cannot be booked: %(code)s.") % wrong[0], lines=wrong
        )


def _wrong(line: ReturnedLine, known: ReturnPlanLine | None, arrived: Decimal, places: Places) -> str:
    if known is None or known.sku_id is None:
        return "unknown_line"
    if line.quantity <= 0 or arrived > known.quantity - known.received:
        return "more_than_expected" if line.quantity > 0 else "quantity_not_positive"
    if line.disposition not in _KINDS:
        return "bad_disposition"
    place = places.get(_key(line))
    if place is None:
        return "no_place"
    if line.location_id is not None:
        return "" if place.location_kind in _KINDS[line.disposition] else "wrong_place"
    return "" if _location(line, places) else "no_place"


def _receipts(
    returns: Sequence[ReturnReceipt],
    places: Places,
    company_id: int,
    at: datetime,
    actor: Actor,
    device: str,
) -> dict[int, int]:
    """A receipt for each return; ids by return. Statements: 1."""
    made = Receipt.objects.bulk_create(
        Receipt(
            company_id=company_id,
            warehouse_id=places[_key(given.lines[0])].warehouse_id,
            return_order_id=given.return_order_id,
            status=ReceiptStatus.RECEIVED,
            received_by_id=actor.user_id,
            device=device,
            started_at=at,
            finished_at=at,
        )
        for given in returns
    )
    return {receipt.return_order_id: receipt.pk for receipt in made if receipt.return_order_id}


def _move(
    returns: Sequence[ReturnReceipt],
    plans: Mapping[int, ReturnPlan],
    expected: Mapping[int, ReturnPlanLine],
    places: Places,
    company_id: int,
    at: datetime,
    actor: Actor,
    receipts: Mapping[int, int],
) -> list[tuple[int, ReturnedLine, MoveResult]]:
    """The moves that brought the goods in, with their lines; scrap leaves again in the same call."""
    outside = counterparts(company_id)
    requests: list[MoveRequest] = []
    arrivals: list[tuple[int, ReturnedLine, int]] = []
    for given in returns:
        pk = given.return_order_id
        for line in given.lines:
            known, place, location = expected[line.return_line_id], places[_key(line)], _location(line, places)
            assert known.sku_id is not None and location is not None
            arrival = MoveRequest(
                sku_id=known.sku_id,
                quantity=line.quantity,
                from_location_id=outside["customer"],
                to_location_id=location,
                effective_at=at,
                source_type="orders.returnline",
                source_id=line.return_line_id,
                lot_id=place.lot_id,
                returns_move_id=known.issue_move_id,
                reason="return",
                entry_key=f"return:{receipts[pk]}",
                entry_source=("orders.returnorder", pk),
                dimensions=(("channel", plans[pk].channel_code), ("warehouse", place.warehouse_code)),
            )
            arrivals.append((pk, line, len(requests)))
            requests.append(arrival)
            if line.disposition == Disposition.SCRAP:
                requests.append(
                    replace(
                        arrival,
                        from_location_id=location,
                        to_location_id=outside["adjustment"],
                        source_type="warehouse.receipt",
                        source_id=receipts[pk],
                        returns_move_id=None,
                        reason="scrap",
                    )
                )
    results = post_moves(requests, company_id=company_id, actor=actor)
    return [(pk, line, results[index]) for pk, line, index in arrivals]


def _complete(given: ReturnReceipt, plan: ReturnPlan) -> bool:
    arrived: dict[int, Decimal] = defaultdict(Decimal)
    for line in given.lines:
        arrived[line.return_line_id] += line.quantity
    return all(line.received + arrived[line.return_line_id] == line.quantity for line in plan.lines)
