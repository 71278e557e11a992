"""Editing orders after they were placed, carried through to demands, claims, fulfilments and the later invoice."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Currency
from backoffice.core.actor import Actor
from orders.errors import ChangeRefused
from orders.models import CancelRequest, CancelRequestStatus, Order, OrderCharge, OrderLine
from orders.services.cancelling import cancel_many
from orders.services.changing import batch
from orders.services.changing.charges import plan_charges
from orders.services.changing.edits import OrderEdit, check_swaps, plan_edit
from orders.services.changing.parcels import parcels_of
from orders.services.changing.writing import Edit
from orders.services.credit_limits import lock_customers, refuse_over_limits
from orders.services.fulfilling import claim_again, fulfil_going
from orders.services.locking import lock_wants
from orders.services.payment_holds import free_paid, hold_unpaid
from orders.services.versions import expect_versions


@dataclass(frozen=True, slots=True)
class OrderChange:
    """An edit of one order. version: as the editor read it; None: whatever it is."""

    order_id: int
    edit: OrderEdit
    version: int | None = None


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
    """change_orders of one order."""
    (changed,) = change_orders(
        [OrderChange(order_id, edit, version)],
        company_id=company_id, actor=actor, reason=reason, today=today, may_price=may_price,
    )  # fmt: skip
    return changed


@transaction.atomic(savepoint=False)
def change_orders(
    changes: Sequence[OrderChange],
    *,
    company_id: int,
    actor: Actor,
    reason: str,
    today: date,
    may_price: bool = False,
) -> list[Changed]:
    """Edit orders that are placed or released: quantities, articles, prices, charges, address; one transaction.

    Less of a line frees exactly that (as cancel_order does); what a warehouse picks is asked of it (CancelRequest)
    and stays until it answers. More is claimed and given to the warehouse, in the fulfilment that is ready if
    there is one. A swap cancels what is open of the line and adds the other article at the line's price. To another
    address, taxes that the rules decided are decided anew for what is not billed yet. Totals follow to the cent; the
    first revision keeps the order as the channel sent it. Each field is in the audit trail.

    All of them or none: refused, nothing written, is NotReady (ended), ChangeRefused (shipped, billed, being picked,
    labelled, more than the customer's credit limit or than was called off: context has field and line),
    NothingToCancel, NotPermitted (prices without may_price), VersionConflict, NotFound. Whoever wants the others to go
    on tries halves, as bulk jobs do.
    Topics published: OrderChanged, OrderCancelled, CancelRequested. Statements: at most 90 (12 of them for taxes by
    rule), whatever the number of orders and lines; 2 more for each buyer whose prices are asked, 4 for each further
    channel.
    """
    if not reason.strip():
        raise ChangeRefused(_("Say why: the reason is kept with the change."), field="reason")
    if len({change.order_id for change in changes}) < len(changes):
        raise ChangeRefused(_("An order is changed twice."), field="order")
    if not changes:
        return []
    orders = expect_versions({change.order_id: change.version for change in changes}, company_id=company_id)
    customers = lock_customers(orders.values())
    works = _planned(changes, orders, may_price=may_price)
    if moving := [work.order.pk for work in works if work.plan.higher or work.plan.lower or work.plan.added]:
        lock_wants(moving, company_id=company_id)
    batch.write_lines(works, company_id)
    batch.write_all_charges(works, today)
    batch.add_lines(works, company_id, today)  # before anything is cancelled: an order of which all is swapped stays
    lower = {work.order.pk: work.plan.lower for work in works if work.plan.lower}
    if lower:
        cancel_many(lower, company_id=company_id, actor=actor, reason=reason, ask=True)
        _read_again(orders, lower)
    requests = _requests(lower)
    for work in works:
        check_swaps(requests.get(work.order.pk, ()), work.plan)
    batch.settle_taxes(works, company_id, today)
    batch.write_heads(works, company_id)
    batch.write_orders(works, actor, reason)
    dearer = [work.order.pk for work in works if work.order.total > work.total_before]
    refuse_over_limits({customers[pk] for pk in dearer if pk in customers}, on=today)
    hold_unpaid(dearer, company_id=company_id, actor=actor)
    _read_again(orders, dearer)
    lacking = claim_again(orders, company_id=company_id, actor=actor)
    fulfil_going(orders, lacking, company_id)
    cheaper = [work.order.pk for work in works if work.order.total < work.total_before or work.plan.lower]
    if cheaper:
        free_paid(cheaper, company_id=company_id, actor=actor)
    _read_again(orders, orders)
    return [
        Changed(
            pk, orders[pk].version, orders[pk].total, tuple(asked.pk for asked in requests.get(pk, ())), pk in lacking
        )
        for pk in (change.order_id for change in changes)
    ]


def _planned(changes: Sequence[OrderChange], orders: Mapping[int, Order], *, may_price: bool) -> list[Edit]:
    """What has to be done, checked; nothing is written yet. Statements: 3, 2 more where parcels are readdressed."""
    lines: dict[int, dict[int, OrderLine]] = {pk: {} for pk in orders}
    for line in OrderLine.objects.filter(order_id__in=orders).select_related("sku").order_by("order_id", "position"):
        lines[line.order_id][line.pk] = line
    charges: dict[int, dict[int, OrderCharge]] = {pk: {} for pk in orders}
    for charge in OrderCharge.objects.filter(order_id__in=orders).order_by("order_id", "position"):
        charges[charge.order_id][charge.pk] = charge
    exponents = dict(Currency.objects.values_list("code", "exponent"))
    parcels = parcels_of([change.order_id for change in changes if change.edit.readdresses])
    works = []
    for change in changes:
        order, edit = orders[change.order_id], change.edit
        own, exponent = lines[order.pk], exponents[order.currency]
        plan = plan_edit(order, own, edit, parcels, may_price=may_price)
        billing = plan_charges(
            charges[order.pk], edit.charges, edit.added_charges, exponent=exponent, may_price=may_price
        )
        works.append(Edit(order, own, charges[order.pk], edit=edit, plan=plan, billing=billing, exponent=exponent))
    return works


def _read_again(orders: Mapping[int, Order], ids: Collection[int]) -> None:
    """Status and version of locked orders, as they are by now. Statements: 1, or 0 for none."""
    if ids:
        for pk, status, version in Order.objects.filter(pk__in=ids).values_list("pk", "status", "version"):
            orders[pk].status, orders[pk].version = status, version


def _requests(lower: Mapping[int, Mapping[int, Decimal]]) -> dict[int, list[CancelRequest]]:
    """What warehouses are asked for now, by order. Statements: 1, or 0."""
    found: dict[int, list[CancelRequest]] = {}
    line_ids = [pk for lines in lower.values() for pk in lines]
    if line_ids:
        rows = CancelRequest.objects.filter(order_line_id__in=line_ids, status=CancelRequestStatus.OPEN)
        for request in rows.order_by("pk"):
            found.setdefault(request.order_id, []).append(request)
    return found
