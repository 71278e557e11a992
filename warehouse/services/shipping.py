"""Shipping: goods leave staging, cost is taken, the order says shipped, the invoice is issued; one transaction."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from inventory.services import IssueRequest, issue
from orders.services.billing import bill_shipments
from orders.services.shipping import Dispatched, ShipmentPlan, ShipmentPlanLine, begin_shipments, record_shipments

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A shipment handed over to a carrier at shipped_at."""

    shipment_id: int
    carrier: str
    service: str
    tracking_number: str
    shipped_at: datetime
    tracking_url: str = ""


@dataclass(frozen=True, slots=True)
class ShipResult:
    """state: shipped, already (with what was issued then) or refused.

    Codes: not_found, order_cancelled, order_held, not_packed, voided. invoice_*: empty if not billable.
    """

    shipment_id: int
    state: str
    invoice_id: int | None = None
    invoice_number: str = ""
    entry_id: int | None = None
    code: str = ""


@transaction.atomic(savepoint=False)
def ship(dispatches: Sequence[Dispatch], *, company_id: int, actor: Actor) -> list[ShipResult]:
    """Hand packed shipments over: stock and cost leave, orders are shipped, invoices issued, tracking published.

    A shipment that has left already is answered `already`. What is refused leaves nothing behind; the rest go
    on. entry_id is the journal entry of the goods' cost.

    Raises StockRefused (the goods are not in staging) and what posting raises; nothing is written then.
    Statements: 26 at most, whatever the number (see tests/warehouse/test_shipping.py); 2 or 3 more if some are
    refused or already gone.
    """
    results: dict[int, ShipResult] = {}
    wanted = list(dict.fromkeys(dispatch.shipment_id for dispatch in dispatches))
    if not wanted:
        return []
    try:
        plans = begin_shipments(wanted, company_id=company_id, actor=actor)
    except DomainError:  # raised before anything is written; the locks are kept
        results = _judge(wanted, company_id)
        plans = begin_shipments([pk for pk in wanted if pk not in results], company_id=company_id, actor=actor)
    given = {dispatch.shipment_id: dispatch for dispatch in dispatches}
    sent = [_dispatched(plan, given[plan.shipment_id]) for plan in plans]
    if sent:
        entries = _issue(sent, company_id, actor)
        record_shipments(sent, company_id=company_id, actor=actor)
        bills = bill_shipments(sent, company_id=company_id, actor=actor)
        for dispatched, bill in zip(sent, bills, strict=True):
            pk = dispatched.plan.shipment_id
            invoice = (bill.invoice_id, bill.number) if bill else (None, "")
            results[pk] = ShipResult(pk, "shipped", *invoice, entries.get(pk))
    return [results[dispatch.shipment_id] for dispatch in dispatches]


def _dispatched(plan: ShipmentPlan, given: Dispatch) -> Dispatched:
    return Dispatched(plan, given.shipped_at, given.carrier, given.service, given.tracking_number, given.tracking_url)


_STATES = """
SELECT s.id, s.status, f.status, o.status,
    EXISTS (SELECT FROM orders_hold h WHERE h.order_id = o.id AND h.released_at IS NULL),
    i.id, i.number, e.id
FROM orders_shipment s JOIN orders_fulfilment f ON f.id = s.fulfilment_id JOIN orders_order o ON o.id = s.order_id
LEFT JOIN accounting_invoice i ON i.company_id = s.company_id AND i.source_key = 'invoice:shipment:' || s.id
LEFT JOIN accounting_journalentry e ON e.company_id = s.company_id AND e.source_key = 'shipment:' || s.id
WHERE s.company_id = %s AND s.id = ANY(%s)
"""


def _judge(shipment_ids: Collection[int], company_id: int) -> dict[int, ShipResult]:
    """Answers for those that cannot be shipped now. Statements: 1."""
    with connection.cursor() as cursor:
        cursor.execute(_STATES, [company_id, list(shipment_ids)])
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    results = {}
    for pk in shipment_ids:
        if pk not in found:
            results[pk] = ShipResult(pk, "refused", code="not_found")
            continue
        status, work, order, held, invoice_id, number, entry_id = found[pk]
        if status in ("in_transit", "delivered", "exception", "returned_to_sender"):
            results[pk] = ShipResult(pk, "already", invoice_id, number or "", entry_id)
        elif code := _refusal(status, work, order, held):
            results[pk] = ShipResult(pk, "refused", code=code)
    return results


def _refusal(status: str, work: str, order: str, held: bool) -> str:
    if order == "cancelled":
        return "order_cancelled"
    if status == "voided":
        return "voided"
    if status not in ("labelled", "manifested") or work != "packed":
        return "not_packed"
    return "order_held" if held else ""


class _Staged(NamedTuple):
    """Goods picked for a fulfilment line, and how much of the line has left before."""

    fulfilment_line_id: int
    shipped: Decimal
    location_id: int
    lot_id: int | None
    owner_id: int | None
    quantity: Decimal


_STAGED = """
SELECT fl.id, fl.shipped, t.to_location_id, t.lot_id, c.owner_id, t.picked
FROM orders_fulfilmentline fl
JOIN warehouse_picktask t ON t.fulfilment_line_id = fl.id AND t.picked > 0
JOIN inventory_binclaim c ON c.id = t.bin_claim_id
WHERE fl.id = ANY(%s) ORDER BY fl.id, t.id
"""


def _issue(sent: Sequence[Dispatched], company_id: int, actor: Actor) -> dict[int, int]:
    """Issue the goods from where their picks brought them; the cost entry by shipment."""
    staged: dict[int, list[_Staged]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_STAGED, [[line.fulfilment_line_id for each in sent for line in each.plan.lines]])
        for row in cursor.fetchall():
            staged[row[0]].append(_Staged(*row))
    requests = [
        _request(each, line, place, quantity)
        for each in sent
        for line in each.plan.lines
        for place, quantity in _parts(line, staged[line.fulfilment_line_id])
    ]
    moved = issue(requests, company_id=company_id, actor=actor)
    owners = [(request.entry_source or ("", 0))[1] for request in requests]
    return {pk: move.entry_id for pk, move in zip(owners, moved, strict=True) if move.entry_id is not None}


def _parts(line: ShipmentPlanLine, staged: Sequence[_Staged]) -> list[tuple[_Staged, Decimal]]:
    """The picks that make up a shipment line, in the order they were made, after those that left before."""
    parts, skip, left = [], staged[0].shipped if staged else ZERO, line.quantity
    for place in staged:
        gone = min(skip, place.quantity)
        skip -= gone
        take = min(place.quantity - gone, left)
        if take > 0:
            parts.append((place, take))
            left -= take
    if left:
        raise AssertionError(f"shipment line {line.shipment_line_id} holds more than was picked")
    return parts


def _request(each: Dispatched, line: ShipmentPlanLine, place: _Staged, quantity: Decimal) -> IssueRequest:
    shipment_id = each.plan.shipment_id
    return IssueRequest(
        sku_id=line.sku_id,
        quantity=quantity,
        from_location_id=place.location_id,
        allocation_id=line.allocation_id,
        effective_at=each.shipped_at,
        source_type="orders.shipmentline",
        source_id=line.shipment_line_id,
        entry_key=f"shipment:{shipment_id}",
        lot_id=place.lot_id,
        owner_id=place.owner_id,
        entry_source=("orders.shipment", shipment_id),
        dimensions=each.plan.dimensions,
        reason="sale",
    )
