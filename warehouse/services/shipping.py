"""Shipping: goods leave staging, cost is taken, the order says shipped, the invoice is issued; one transaction."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from accounting.selectors import Books
from accounting.services import Drafted, posted_together
from backoffice.core.actor import Actor
from backoffice.core.db import ask, pipelined, prepared_cursor
from backoffice.core.errors import DomainError
from inventory.services import IssueRequest, issue
from orders.models import ShipmentStatus
from orders.services.billing import ask_shipment_books, bill_shipments, draft_bills
from orders.services.changing import change_status
from orders.services.shipped import Dispatched, record_shipments
from orders.services.shipping import ShipmentPlan, ShipmentPlanLine, States, plan_shipments

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

    Codes: not_found, order_cancelled, order_held, not_ready (not packed, or voided), cancel_requested (answer it
    first), merged_apart (its parcel has more), labels_differ (one parcel has one label). invoice_*: empty if not billable.
    """

    shipment_id: int
    state: str
    invoice_id: int | None = None
    invoice_number: str = ""
    entry_id: int | None = None
    code: str = ""


@transaction.atomic(savepoint=False)
@pipelined()
def ship(
    dispatches: Sequence[Dispatch],
    *,
    company_id: int,
    actor: Actor,
    locked: Mapping[int, States] | None = None,
    manifested: bool = False,
    staged: Mapping[int, Sequence["Staged"]] | None = None,
) -> list[ShipResult]:
    """Hand packed shipments over: stock and cost leave, orders are shipped, invoices issued, tracking published.

    A shipment that has left already is answered `already`. What is refused leaves nothing behind; the rest go
    on. entry_id is the journal entry of the goods' cost. locked: the states by shipment, where the caller has made
    them in this transaction and holds the locks. manifested: they leave on a carrier's list, which their trail says.
    staged: where the goods are, by fulfilment line, where the caller knows.

    Raises StockRefused (the goods are not in staging) and what posting raises; nothing is written then.
    Statements: 24, whatever the number; 1 more if some have left already.
    """
    wanted = list(dict.fromkeys(dispatch.shipment_id for dispatch in dispatches))
    if not wanted:
        return []
    plans, refused = plan_shipments(wanted, company_id=company_id, locked=locked)
    results = _answers(refused, company_id)
    given = {dispatch.shipment_id: dispatch for dispatch in dispatches}
    if differing := _differing_labels(plans, given):
        results |= {pk: ShipResult(pk, "refused", code="labels_differ") for pk in differing}
        plans, _refused = plan_shipments(
            [pk for pk in plans if pk not in differing], company_id=company_id, locked=locked
        )
    if manifested:
        plans = _manifested(plans, company_id, actor)
    sent = [_dispatched(plan, given[plan.shipment_id]) for plan in plans.values()]
    if sent:
        lines = [line.fulfilment_line_id for each in sent for line in each.plan.lines]
        gathered = ask_staged(lines) if staged is None else None
        asking = ask_shipment_books([each.plan for each in sent], company_id=company_id)
        places = gathered() if gathered else staged or {}
        record_shipments(sent, company_id=company_id, actor=actor)  # written while the bills are worked out
        books = asking()
        bills = draft_bills(sent, company_id=company_id, books=books)
        with _posted_with_the_goods(bills):
            entries = _issue(sent, books, company_id, actor, places)
            issued = bill_shipments(sent, company_id=company_id, actor=actor, bills=bills)
        for dispatched, bill in zip(sent, issued, strict=True):
            pk = dispatched.plan.shipment_id
            invoice_id, number = (bill.invoice_id, bill.number) if bill else (None, "")
            results[pk] = ShipResult(pk, "shipped", invoice_id, number, entries.get(pk))
    return [results[dispatch.shipment_id] for dispatch in dispatches]


def _posted_with_the_goods(bills: Drafted | None) -> AbstractContextManager[None]:
    """The invoices' entries are written in one go with those of the goods' cost."""
    if bills is None:
        return nullcontext()
    return posted_together(bills.entries, company_id=bills.books.company_id, dimension_ids=bills.dimension_ids)


def _manifested(plans: Mapping[int, ShipmentPlan], company_id: int, actor: Actor) -> dict[int, ShipmentPlan]:
    """labelled -> manifested, on the way out; what lies in another order's parcel has its label. Statements: 1."""
    draft, labelled, new = (ShipmentStatus[name].value for name in ("DRAFT", "LABELLED", "MANIFESTED"))
    bare = [(pk, draft, labelled) for pk, plan in plans.items() if plan.status == draft]
    moves = [*bare, *((pk, labelled, new) for pk, plan in plans.items() if plan.status != new)]
    change_status("orders.shipment", moves, company_id=company_id, actor=actor)
    return {pk: replace(plan, status=new) for pk, plan in plans.items()}


def _differing_labels(plans: Mapping[int, ShipmentPlan], given: Mapping[int, Dispatch]) -> set[int]:
    """One parcel has one label: merged shipments with different carriers or tracking numbers."""
    labels: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
    merged = {pk: plan.merge_group_id for pk, plan in plans.items() if plan.merge_group_id is not None}
    for pk, group in merged.items():
        labels[group].add((given[pk].carrier, given[pk].service, given[pk].tracking_number))
    return {pk for pk, group in merged.items() if len(labels[group]) > 1}


def _dispatched(plan: ShipmentPlan, given: Dispatch) -> Dispatched:
    return Dispatched(plan, given.shipped_at, given.carrier, given.service, given.tracking_number, given.tracking_url)


_SENT = """
SELECT s.id, i.id, i.number, e.id FROM orders_shipment s
LEFT JOIN accounting_invoice i ON i.company_id = s.company_id AND i.source_key = 'invoice:shipment:' || s.id
LEFT JOIN accounting_journalentry e ON e.company_id = s.company_id AND e.source_key = 'shipment:' || s.id
WHERE s.company_id = %s AND s.id = ANY(%s)
"""
_GONE = ("in_transit", "delivered", "exception", "returned_to_sender")


def _answers(refused: Mapping[int, DomainError], company_id: int) -> dict[int, ShipResult]:
    """Answers for those that cannot be shipped now: already, or why not. Statements: 0 or 1."""
    results = {pk: ShipResult(pk, "refused", code=refusal.code) for pk, refusal in refused.items()}
    gone = [pk for pk, refusal in refused.items() if refusal.context.get("status") in _GONE]
    if gone:
        with prepared_cursor() as cursor:
            cursor.execute(_SENT, [company_id, gone])
            for pk, invoice_id, number, entry_id in cursor.fetchall():
                results[pk] = ShipResult(pk, "already", invoice_id, number or "", entry_id)
    return results


class Staged(NamedTuple):
    """Goods picked for a fulfilment line, and how much of the line has left before.

    bin_claim_id: of goods that nobody carried to staging: they leave their bin in its name.
    """

    fulfilment_line_id: int
    shipped: Decimal
    location_id: int
    lot_id: int | None
    owner_id: int | None
    quantity: Decimal
    bin_claim_id: int | None = None
    serials: list[str] | None = None  # the units that this pick brought there and that are there still


_STAGED = """
SELECT fl.id, fl.shipped, t.to_location_id, t.lot_id, c.owner_id, t.picked - t.put_back,
    CASE WHEN t.to_location_id = t.from_location_id AND c.open > 0 THEN c.id END,
    CASE WHEN s.serial_tracked THEN (
        SELECT array_agg(u.code ORDER BY u.code) FROM inventory_stockmove m
        JOIN inventory_moveserial x ON x.move_id = m.id
        JOIN inventory_serial u ON u.id = x.serial_id AND u.last_move_id = m.id AND u.location_id = t.to_location_id
        WHERE m.source_type = 'warehouse.picktask' AND m.source_id = t.id
    ) END
FROM orders_fulfilmentline fl
JOIN warehouse_picktask t ON t.fulfilment_line_id = fl.id AND t.picked > t.put_back
JOIN inventory_binclaim c ON c.id = t.bin_claim_id
JOIN inventory_sku s ON s.id = t.sku_id
WHERE fl.id = ANY(%s) ORDER BY fl.id, t.id
"""


def ask_staged(fulfilment_line_ids: Sequence[int]) -> Callable[[], Mapping[int, Sequence[Staged]]]:
    """What picks brought together for each line, answered when it is called for. Statements: 1."""
    rows = ask(_STAGED, [list(fulfilment_line_ids)])

    def answer() -> dict[int, list[Staged]]:
        staged: dict[int, list[Staged]] = defaultdict(list)
        for row in rows():
            staged[row[0]].append(Staged(*row))
        return staged

    return answer


def _issue(
    sent: Sequence[Dispatched],
    books: Books,
    company_id: int,
    actor: Actor,
    staged: Mapping[int, Sequence[Staged]],
) -> dict[int, int]:
    """Issue the goods from where they are; the cost entry by shipment."""
    requests = [
        _request(each, line, place, quantity)
        for each in sent
        for line in each.plan.lines
        for place, quantity in _parts(line, staged[line.fulfilment_line_id])
    ]
    outside = sent[0].plan.customer_location_id
    moved = issue(requests, company_id=company_id, actor=actor, customer_location_id=outside, books=books)
    owners = [(request.entry_source or ("", 0))[1] for request in requests]
    return {pk: move.entry_id for pk, move in zip(owners, moved, strict=True) if move.entry_id is not None}


def _parts(line: ShipmentPlanLine, staged: Sequence[Staged]) -> list[tuple[Staged, Decimal]]:
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


def _request(each: Dispatched, line: ShipmentPlanLine, place: Staged, quantity: Decimal) -> IssueRequest:
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
        bin_claim_id=place.bin_claim_id,
        entry_source=("orders.shipment", shipment_id),
        dimensions=each.plan.dimensions_of(line),
        reason="sale",
        serials=tuple(place.serials[: int(quantity)]) if place.serials else (),
    )
