"""Returns at the dock: goods come back at the cost they left at, go where they belong, and are refunded."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounting.dimensions import CATEGORY, CHANNEL, WAREHOUSE, Dimensions, with_code
from backoffice.core.actor import Actor
from inventory.models import Location, StockMove
from inventory.services import (
    Lacking,
    MoveRequest,
    MoveResult,
    counterparts,
    lock_lacking,
    lock_stock,
    post_moves,
    serve_lacking,
)
from orders.models import Disposition
from orders.services import ReturnPlan, ReturnPlanLine, ReturnRecord, begin_returns, record_returns, resolve_returns
from orders.services.unexpected import expect_more
from warehouse.models import Receipt, ReceiptLine, ReceiptStatus
from warehouse.services.return_inputs import (
    ReturnedLine,
    ReturnReceipt,
    ReturnResult,
    check_lines,
    key_of,
    refused,
)
from warehouse.services.return_places import Places, places_of
from warehouse.services.write_downs import Worn, write_down

ZERO = Decimal(0)


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

    What is restocked goes to those who wait for it before anybody new can ask (topic published: DemandsServed).
    refund=False leaves the credit notes to the order desk. One result per return, in order.

    Raises ReturnRefused naming every line that cannot be booked (unknown_line, more_than_expected,
    bad_disposition, bad_grade, wrong_place, no_place), orders' NotReady and NotFound; nothing is written then.
    Statements: 20 and those of the claims, the goods' entry and the credit notes, whatever the number.
    """
    plans = {plan.return_order_id: plan for plan in begin_returns(_ids(returns), company_id=company_id)}
    returns = [_with_unexpected(given, plans[given.return_order_id], company_id, actor) for given in returns]
    expected = {line.return_line_id: line for plan in plans.values() for line in plan.lines}
    places = _places(returns, company_id)
    check_lines(returns, plans, expected, places)
    receipts = _receipts(returns, places, company_id, effective_at, actor, device)
    waiting = _waiting(returns, expected, places, company_id)
    moved = _move(returns, plans, expected, places, company_id, effective_at, actor, receipts)
    written = _write_down(moved, plans, expected, places, company_id, effective_at, actor)
    ReceiptLine.objects.bulk_create(
        ReceiptLine(
            receipt_id=receipts[return_id],
            return_line_id=line.return_line_id,
            sku_id=expected[line.return_line_id].sku_id,
            lot_id=places[key_of(line)].lot_id,
            location_id=places[key_of(line)].location(line),
            quantity=line.quantity,
            move_id=result.move_id,
        )
        for return_id, line, result in moved
    )
    records = [
        ReturnRecord(
            line.return_line_id,
            line.quantity,
            line.disposition,
            line.grade,
            places[key_of(line)].location(line) if line.disposition != Disposition.SCRAP else None,
            result.move_id,
            taken,
            line.note,
        )
        for (_return_id, line, result), taken in zip(moved, written, strict=True)
    ]
    complete = record_returns(records, company_id=company_id, actor=actor)
    serve_lacking(waiting, company_id=company_id, actor=actor)
    notes = {}
    if refund and complete:
        issued = resolve_returns(complete, company_id=company_id, effective_at=effective_at, actor=actor)
        notes = dict(zip(complete, issued, strict=True))
    return [
        ReturnResult(
            pk,
            "resolved" if pk in notes else "inspected" if pk in complete else "received",
            receipts[pk],
            note.invoice_id if (note := notes.get(pk)) else None,
            note.number if note else "",
        )
        for pk in _ids(returns)
    ]


def _ids(returns: Sequence[ReturnReceipt]) -> list[int]:
    return [given.return_order_id for given in returns]


def _with_unexpected(given: ReturnReceipt, plan: ReturnPlan, company_id: int, actor: Actor) -> ReturnReceipt:
    """What nobody expected becomes lines of the return, of which it then came. Statements: 0 or 5."""
    wrong = [row for row, goods in enumerate(given.unexpected, 1) if goods.quantity <= 0]
    if wrong:
        found = {
            "return_order_id": plan.return_order_id,
            "row": len(given.lines) + wrong[0],
            "code": "quantity_not_positive",
        }
        raise refused([found])
    added = expect_more(
        plan, [(goods.sku_id, goods.quantity) for goods in given.unexpected], company_id=company_id, actor=actor
    )
    lines = list(given.lines)
    for goods, parts in zip(given.unexpected, added, strict=True):
        plan.lines.extend(parts)
        lines += [
            ReturnedLine(part.return_line_id, part.quantity, goods.disposition, None, goods.grade, goods.note)
            for part in parts
        ]
    return replace(given, lines=lines, unexpected=())


def _places(returns: Sequence[ReturnReceipt], company_id: int) -> Places:
    lines = [(line, given.warehouse_id) for given in returns for line in given.lines]
    return places_of(
        [key_of(line) for line, _warehouse in lines],
        company_id=company_id,
        warehouses={line.return_line_id: warehouse for line, warehouse in lines if warehouse},
        refurbish={line.return_line_id for line, _warehouse in lines if line.disposition == Disposition.REFURBISH},
    )


def _waiting(
    returns: Sequence[ReturnReceipt], expected: Mapping[int, ReturnPlanLine], places: Places, company_id: int
) -> Lacking:
    """Who waits for what comes in to be sold again, locked before the goods' levels. Statements: 3 to 6."""
    goods = [
        (expected[line.return_line_id].sku_id or 0, line.quantity, None, places[key_of(line)].location(line) or 0)
        for given in returns
        for line in given.lines
    ]
    return lock_lacking(
        goods, places=Location.objects.in_bulk({place for *_rest, place in goods}), company_id=company_id
    )


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
            warehouse_id=places[key_of(given.lines[0])].warehouse_id,
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
    issued = {expected[line.return_line_id].issue_move_id for given in returns for line in given.lines}
    owners = dict(StockMove.objects.filter(pk__in=issued - {None}, owner__isnull=False).values_list("pk", "owner_id"))
    requests: list[MoveRequest] = []
    arrivals: list[tuple[int, ReturnedLine, int]] = []
    for given in returns:
        pk = given.return_order_id
        for line in given.lines:
            known, place = expected[line.return_line_id], places[key_of(line)]
            location = place.location(line)
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
                owner_id=owners.get(known.issue_move_id or 0),
                returns_move_id=known.issue_move_id,
                reason="return",
                serials=line.serials,
                entry_key=f"return:{receipts[pk]}",
                entry_source=("orders.returnorder", pk),
                dimensions=_dimensions(plans[pk], known, place.warehouse_code),
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


def _dimensions(plan: ReturnPlan, line: ReturnPlanLine, warehouse_code: str) -> Dimensions:
    place = ((CHANNEL, plan.channel_code), (WAREHOUSE, warehouse_code))
    return with_code(place, CATEGORY, line.category)


def _write_down(
    moved: Sequence[tuple[int, ReturnedLine, MoveResult]],
    plans: Mapping[int, ReturnPlan],
    expected: Mapping[int, ReturnPlanLine],
    places: Places,
    company_id: int,
    at: datetime,
    actor: Actor,
) -> list[Decimal]:
    """What worn goods that are kept lose at once, of the cost they came back at. Statements: 0 without grades."""
    if not any(line.grade for _pk, line, _result in moved):
        return [ZERO] * len(moved)
    stock = [(expected[line.return_line_id].sku_id or 0, places[key_of(line)].warehouse_id) for _pk, line, _r in moved]
    costs = lock_stock(stock, company_id=company_id)  # held since the goods moved: read again
    goods = [
        None
        if line.disposition == Disposition.SCRAP
        else Worn(
            sku_id,
            line.grade if line.disposition != Disposition.INSPECT else "",
            result.value,
            ZERO,
            result.move_id,
            line.return_line_id,
            _dimensions(plans[pk], expected[line.return_line_id], places[key_of(line)].warehouse_code),
        )
        for (pk, line, result), (sku_id, _warehouse) in zip(moved, stock, strict=True)
    ]
    return write_down(
        goods,
        {sku_id: value for sku_id, (_quantity, value) in costs.items()},
        company_id=company_id,
        effective_at=at,
        entry_key=f"return-grade:{moved[0][2].move_id}",
        actor=actor,
    )
