"""Editing an order after it was placed, carried through to demands, claims, fulfilments and the later invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from orders.errors import ChangeRefused
from orders.models import (
    CancelRequest,
    CancelRequestStatus,
    Hold,
    Order,
    OrderCharge,
    OrderLine,
)
from orders.services.cancelling import cancel_lines
from orders.services.changing.charges import plan_charges
from orders.services.changing.edits import OrderEdit, check_swaps, plan_edit
from orders.services.changing.rounding import DocumentRounding
from orders.services.changing.snapshots import snapshot
from orders.services.changing.writing import Edit
from orders.services.credit_limits import lock_customer, refuse_over_limit
from orders.services.fulfilling import WORKED_ON, claim_again, fulfil
from orders.services.payment_holds import free_paid, hold_unpaid
from orders.services.versions import expect_version

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Changed:
    """version: the order's after the change. requests: cancel requests that a warehouse has to answer first.

    back_ordered: something of the order waits for goods.
    """

    order_id: int
    version: int
    total: Decimal
    requests: tuple[int, ...]
    back_ordered: bool


@transaction.atomic(savepoint=False)
def change_order(
    order_id: int,
    *,
    edit: OrderEdit,
    company_id: int,
    actor: Actor,
    reason: str,
    today: date,
    may_price: bool = False,
    version: int | None = None,
) -> Changed:
    """Edit an order that is placed or released: quantities, articles, prices, charges, address; one transaction.

    Less of a line frees exactly that (as cancel_order does); what a warehouse picks is asked of it (CancelRequest)
    and stays until it answers. More is claimed and given to the warehouse, in the fulfilment that is ready if
    there is one. A swap cancels what is open of the line and adds the other article at the line's price. To another
    address, taxes that the rules decided are decided anew for what is not billed yet. Totals follow to the cent; the
    first revision keeps the order as the channel sent it. Each field is in the audit trail.

    Refused, nothing written: NotReady (ended), ChangeRefused (shipped, billed, being picked, labelled, more than the
    customer's credit limit or than was called off: context has field and line), NothingToCancel, NotPermitted
    (prices without may_price), VersionConflict, NotFound.
    Topics published: OrderChanged, OrderCancelled, CancelRequested. Statements: at most 85 (12 of them for taxes by rule), whatever the number of lines.
    """
    if not reason.strip():
        raise ChangeRefused(_("Say why: the reason is kept with the change."), field="reason")
    order = expect_version(order_id, company_id=company_id, version=version)
    customer = lock_customer(order)
    lines = {line.pk: line for line in OrderLine.objects.filter(order=order).select_related("sku").order_by("position")}
    total = order.total
    charges = {charge.pk: charge for charge in OrderCharge.objects.filter(order=order).order_by("position")}
    plan = plan_edit(order, lines, edit, may_price=may_price)
    before = snapshot(order, lines, charges)
    work = Edit(order, lines, plan, edit, reason, actor, today)
    billing = plan_charges(charges, edit.charges, edit.added_charges, exponent=work.exponent, may_price=may_price)
    rounding = DocumentRounding(order, lines, charges, work.exponent)
    work.change_lines()
    work.change_charges(billing, charges)
    work.add_lines()  # before anything is cancelled: an order of which all is swapped does not end
    if plan.lower:
        cancel_lines(order_id, company_id=company_id, actor=actor, reason=reason, lines=plan.lower, ask=True)
        order.refresh_from_db(fields=["status", "version"])
    requests = _requests(order, list(plan.lower))
    check_swaps(requests, plan)
    work.tax_again()
    work.deltas += rounding.settle()
    work.change_head(edit)
    if not work.changes:
        raise ChangeRefused(_("Nothing was changed."), field="lines")
    work.write(before)
    if customer is not None and order.total > total:
        refuse_over_limit(order, customer, on=today)
    if order.total > total:
        hold_unpaid(order, actor=actor)
        order.refresh_from_db(fields=["status", "version"])
    lacking = _claim(order, company_id, actor)
    if order.total < total or plan.lower:
        free_paid([order.pk], company_id=company_id, actor=actor)
    order.refresh_from_db(fields=["version"])
    return Changed(order_id, order.version, order.total, tuple(r.pk for r in requests), order_id in lacking)


def _requests(order: Order, line_ids: Sequence[int]) -> list[CancelRequest]:
    """What the warehouse is asked for now. Statements: 1, or 0."""
    if not line_ids:
        return []
    return list(
        CancelRequest.objects.filter(order=order, order_line_id__in=line_ids, status=CancelRequestStatus.OPEN).order_by(
            "pk"
        )
    )


def _claim(order: Order, company_id: int, actor: Actor) -> set[int]:
    """Claim what is lacking now, and give it to the warehouse where the order is with it."""
    lacking = claim_again({order.pk: order}, company_id=company_id, actor=actor)
    held = Hold.objects.filter(order=order, released_at__isnull=True).exists()
    if order.status in WORKED_ON and not held:
        fulfil({order.pk: order}, lacking, company_id=company_id)
    return lacking
