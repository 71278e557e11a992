"""Invoices of what left, and of charges without goods. The last calls of their transactions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import InvoiceKind, InvoiceLineKind
from accounting.selectors import Books, ask_books
from accounting.services import (
    Drafted,
    InvoiceLineRequest,
    InvoiceRequest,
    Issued,
    draft_invoices,
    issue_drafted,
    issue_invoices,
)
from backoffice.core.actor import Actor
from backoffice.core.db import prepared_cursor
from backoffice.core.show import in_words
from orders.billing import Billed, affordable, bill_charge, bill_line
from orders.errors import NotReady, OrderHeld
from orders.models import OrderStatus
from orders.services.changing import change_status
from orders.services.locking import lock_orders
from orders.services.settling import hold_deposits, settle_orders
from orders.services.shipped import Dispatched
from orders.services.shipping import ShipmentPlan, ShipmentPlanLine
from orders.services.shipping_kits import ShippedKits

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A charge that is not billed yet."""

    id: int
    order_id: int
    code: str
    description: str
    quantity: Decimal
    amount: Decimal
    tax: Decimal
    tax_rate: Decimal
    tax_code_id: int | None
    account_role: str

    def billed(self, inclusive: bool) -> Billed:
        return bill_charge(self.amount, self.tax, quantity=self.quantity, inclusive=inclusive)


def ask_shipment_books(plans: Sequence[ShipmentPlan], *, company_id: int) -> Callable[[], Books]:
    """What moving and billing the shipments' goods needs of the company's books, answered when it is called for.

    Statements: 1.
    """
    return ask_books(
        company_id,
        parties={plan.party_id for plan in plans},
        tax_codes={line.tax_code_id for plan in plans for line in plan.lines if line.tax_code_id},
        currencies={plan.currency for plan in plans},
        dimensions={plan.dimensions for plan in plans}
        | {plan.dimensions_of(line) for plan in plans for line in plan.lines}
        | {plan.dimensions_of(kit) for plan in plans for kit in plan.kits},
    )


@transaction.atomic(savepoint=False)
def draft_bills(dispatches: Sequence[Dispatched], *, company_id: int, books: Books | None = None) -> Drafted | None:
    """The invoices of planned shipments, worked out before their goods are moved: bill_shipments issues them.

    The orders' charges are taken. books: of ask_shipment_books, if the caller has them. None: there is nothing to bill.
    Statements: 0 with books; 1 more where charges are billed, and books_of for them.
    """
    charges = _take([d.plan.order_id for d in dispatches if d.plan.charges and d.plan.billable])
    if charges:
        books = None  # their tax codes are not among the shipments'
    requests: list[InvoiceRequest] = []
    for dispatch in dispatches:
        if _is_billed(dispatch.plan):
            request, used = _request(dispatch, charges.get(dispatch.plan.order_id, []))
            requests.append(request)
            charges[dispatch.plan.order_id] = [c for c in charges.get(dispatch.plan.order_id, []) if c not in used]
    credits = _leftovers(dispatches, charges)
    _leave([charge for rows in charges.values() for charge in rows], credits)
    documents = [*requests, *(request for request, _left in credits)]
    return draft_invoices(documents, company_id=company_id, books=books) if documents else None


@transaction.atomic(savepoint=False)
def bill_shipments(
    dispatches: Sequence[Dispatched], *, company_id: int, actor: Actor, bills: Drafted | None
) -> list[Issued | None]:
    """Issue one invoice for each shipment; None for one marked not billable, or that completes no kit of those it
    has parts of and holds nothing else. The last call of its transaction.

    A line's discount and tax fall to its parts by cumulative rounding, so the parts add up to the cent; the
    order's charges go with its first shipment (those that would push it below zero wait; what no shipment
    could bear is credited with the last). Tax that a marketplace collects is not billed. Free goods are billed at 0.
    bills: of draft_bills for the same shipments.

    What orders paid before is settled with their invoices. Raises what accounting's issue_invoices raises.
    Statements: issue_invoices', 16 more where payments were made.
    """
    paid = {d.plan.order_id: d.shipped_at for d in dispatches if d.plan.paid}
    if paid:
        hold_deposits(paid, company_id=company_id)
    issued = iter(issue_drafted(bills, actor=actor) if bills else [])
    settle_orders(paid, company_id=company_id, actor=actor)
    return [next(issued) if _is_billed(dispatch.plan) else None for dispatch in dispatches]


def _is_billed(plan: ShipmentPlan) -> bool:
    """Parts of kits that are not complete yet are billed with the shipment that completes them."""
    return plan.billable and bool(plan.shipped)


def _leftovers(
    dispatches: Sequence[Dispatched], charges: Mapping[int, list[ChargeRow]]
) -> list[tuple[InvoiceRequest, list[ChargeRow]]]:
    """Charges that no shipment could bear are credited when the order's last goods leave."""
    open_now: dict[int, Decimal] = {}
    last: dict[int, Dispatched] = {}
    for dispatch in dispatches:
        plan = dispatch.plan
        open_now[plan.order_id] = open_now.get(plan.order_id, plan.open_before) - plan.shipped_quantity
        last[plan.order_id] = dispatch
    return [
        (_credit(last[order_id], left), left)
        for order_id, left in charges.items()
        if left and open_now.get(order_id) == 0
    ]


def _credit(dispatch: Dispatched, charges: Sequence[ChargeRow]) -> InvoiceRequest:
    plan = dispatch.plan
    lines = [_charge_line(charge, plan.inclusive, plan.dimensions) for charge in charges]
    return InvoiceRequest(
        kind=InvoiceKind.CREDIT_NOTE,
        party_id=plan.party_id,
        currency=plan.currency,
        effective_at=dispatch.shipped_at,
        lines=[replace(line, unit_price=-line.unit_price, net=-line.net, tax=-line.tax) for line in lines],
        source_type="orders.order",
        source_id=plan.order_id,
        source_key=f"credit:order:{plan.order_id}",
        contact_id=plan.person_id,
        address_id=plan.address_id,
    )


_TAKE = """
UPDATE orders_ordercharge SET billed = true WHERE order_id = ANY(%s) AND NOT billed
RETURNING position, id, order_id, code, description, quantity, amount, tax, tax_rate, tax_code_id, account_role
"""


def _take(order_ids: Sequence[int]) -> dict[int, list[ChargeRow]]:
    """Mark all charges of locked orders as billed; what was not yet, by order. Statements: 1, or 0 without orders."""
    found: dict[int, list[ChargeRow]] = {}
    if order_ids:
        with prepared_cursor() as cursor:
            cursor.execute(_TAKE, [sorted(set(order_ids))])
            for _position, *row in sorted(cursor.fetchall()):
                charge = ChargeRow(*row)
                found.setdefault(charge.order_id, []).append(charge)
    return found


def _leave(charges: Sequence[ChargeRow], credits: Sequence[tuple[InvoiceRequest, list[ChargeRow]]]) -> None:
    """Charges that are on no document after all wait for the next. Statements: 1, mostly 0."""
    credited = {charge.id for _request, left in credits for charge in left}
    waiting = [charge.id for charge in charges if charge.id not in credited]
    if waiting:
        with prepared_cursor() as cursor:
            cursor.execute("UPDATE orders_ordercharge SET billed = false WHERE id = ANY(%s)", [waiting])


def _request(dispatch: Dispatched, charges: Sequence[ChargeRow]) -> tuple[InvoiceRequest, list[ChargeRow]]:
    plan = dispatch.plan
    goods = _goods(plan)
    used = affordable(
        [(charge, billed.net + billed.tax) for charge in charges for billed in [charge.billed(plan.inclusive)]],
        goods=sum((line.net + line.tax for line in goods), Decimal(0)),
    )
    request = InvoiceRequest(
        kind=InvoiceKind.INVOICE,
        party_id=plan.party_id,
        currency=plan.currency,
        effective_at=dispatch.shipped_at,
        lines=[*goods, *(_charge_line(charge, plan.inclusive, plan.dimensions) for charge in used)],
        source_type="orders.shipment",
        source_id=plan.shipment_id,
        source_key=f"invoice:shipment:{plan.shipment_id}",
        contact_id=plan.person_id,
        address_id=plan.address_id,
    )
    return request, used


def _goods(plan: ShipmentPlan) -> list[InvoiceLineRequest]:
    plain = [_goods_line(plan, x, "orders.shipmentline", x.shipment_line_id) for x in plan.lines if not x.in_kit]
    return plain + [_goods_line(plan, kit, "orders.shipmentkit", kit.shipment_kit_id) for kit in plan.kits]


def _goods_line(
    plan: ShipmentPlan, line: ShipmentPlanLine | ShippedKits, source_type: str, source_id: int
) -> InvoiceLineRequest:
    billed = bill_line(line, inclusive=plan.inclusive, exponent=plan.exponent)
    return InvoiceLineRequest(
        kind=InvoiceLineKind.GOODS,
        description=line.description,
        quantity=line.quantity,
        unit_price=billed.unit_price,
        net=billed.net,
        tax=billed.tax,
        account_role="revenue",
        tax_code_id=line.tax_code_id,
        tax_rate=line.tax_rate,
        sku_code=line.sku_code,
        source_type=source_type,
        source_id=source_id,
        dimensions=plan.dimensions_of(line),
    )


def _charge_line(charge: ChargeRow, inclusive: bool, dimensions: Dimensions) -> InvoiceLineRequest:
    billed = charge.billed(inclusive)
    return InvoiceLineRequest(
        kind=InvoiceLineKind.CHARGE,
        description=charge.description or charge.code or charge.account_role,
        quantity=charge.quantity,
        unit_price=billed.unit_price,
        net=billed.net,
        tax=billed.tax,
        account_role=charge.account_role,
        tax_code_id=charge.tax_code_id,
        tax_rate=charge.tax_rate,
        sku_code=charge.code,
        source_type="orders.ordercharge",
        source_id=charge.id,
        dimensions=dimensions,
    )


_FACTS = """
SELECT o.id, o.status, o.currency, o.prices_include_tax, coalesce(ct.party_id, c.party_id), ct.person_id,
    coalesce(o.billing_address_id, o.shipping_address_id), c.code, o.placed_at,
    EXISTS (SELECT 1 FROM orders_hold h WHERE h.order_id = o.id AND h.released_at IS NULL),
    EXISTS (SELECT 1 FROM orders_orderline l WHERE l.order_id = o.id AND l.quantity > l.cancelled + l.shipped),
    EXISTS (SELECT 1 FROM orders_orderpayment p WHERE p.order_id = o.id)
FROM orders_order o JOIN orders_channel c ON c.id = o.channel_id LEFT JOIN orders_contact ct ON ct.id = o.contact_id
WHERE o.id = ANY(%s) ORDER BY o.id
"""


@transaction.atomic(savepoint=False)
def bill_charges(
    order_ids: Sequence[int],
    *,
    company_id: int,
    actor: Actor,
    effective_at: Mapping[int, datetime] | None = None,
) -> list[Issued | None]:
    """Invoice the charges of released orders that have no goods to ship; the orders are shipped with that.

    effective_at by order; left out: when the order was placed. None for an order without unbilled charges.
    The last call of its transaction.

    Raises NotReady (goods are still to be shipped, or not released), OrderHeld, NotFound; nothing is written.
    Statements: 4 and issue_invoices'.
    """
    locked = lock_orders(order_ids, company_id=company_id)
    with prepared_cursor() as cursor:
        cursor.execute(_FACTS, [sorted(locked)])
        facts = {row[0]: row for row in cursor.fetchall()}
    for row in facts.values():
        _check_chargeable(row)
    charges = _take(list(locked))
    requests: dict[int, InvoiceRequest] = {}
    for order_id, rows in charges.items():
        _pk, _status, currency, inclusive, party_id, person_id, address_id, channel, placed_at, *_ = facts[order_id]
        requests[order_id] = InvoiceRequest(
            kind=InvoiceKind.INVOICE,
            party_id=party_id,
            currency=currency,
            effective_at=(effective_at or {}).get(order_id, placed_at),
            lines=[_charge_line(charge, inclusive, (("channel", channel),)) for charge in rows],
            source_type="orders.order",
            source_id=order_id,
            source_key=f"invoice:order:{order_id}",
            contact_id=person_id,
            address_id=address_id,
        )
    moves = [(pk, row[1], OrderStatus.SHIPPED.value) for pk, row in facts.items() if row[1] != OrderStatus.SHIPPED]
    change_status("orders.order", moves, company_id=company_id, actor=actor)
    paid = {pk: (effective_at or {}).get(pk, row[8]) for pk, row in facts.items() if row[11]}
    if paid:
        hold_deposits(paid, company_id=company_id)
    issued = dict(
        zip(requests, issue_invoices(list(requests.values()), company_id=company_id, actor=actor), strict=True)
    )
    settle_orders(paid, company_id=company_id, actor=actor)
    return [issued.get(order_id) for order_id in order_ids]


def _check_chargeable(row: tuple[Any, ...]) -> None:
    order_id, status, held, has_goods = row[0], row[1], row[9], row[10]
    if held:
        raise OrderHeld(_("Order SO-%(id)06d is held; release its holds first.") % {"id": order_id}, order_id=order_id)
    if has_goods or status not in (OrderStatus.RELEASED, OrderStatus.PARTLY_SHIPPED, OrderStatus.SHIPPED):
        raise NotReady(
            _("Order SO-%(id)06d is %(status)s or has goods to ship: its charges are billed with them.")
            % {"id": order_id, "status": in_words(status)},
            order_id=order_id,
            status=status,
        )
