"""What the supplier confirmed: as ordered, or differently and then for a person to decide."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from inventory.errors import PurchaseRefused
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderRevision,
    PurchaseOrderStatus,
    RevisionKind,
)
from inventory.services.purchasing.records import lock_purchase_order
from inventory.services.purchasing.revising import Line, as_json, propose, revisable_lines, snapshot
from inventory.services.purchasing.steps import change_status

FIRST = (PurchaseOrderStatus.APPROVED, PurchaseOrderStatus.SENT)


@dataclass(frozen=True, slots=True)
class ConfirmedLine:
    """What the supplier said of a line; None: as ordered. quantity: in all, 0 if they cannot deliver it."""

    line_id: int
    quantity: Decimal | None = None
    date: datetime.date | None = None
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """revision: what differs, waiting for a decision; None where all is as ordered."""

    order: PurchaseOrder
    revision: PurchaseOrderRevision | None


def confirm_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """The supplier has confirmed all of it as ordered, in writing or by phone."""
    return record_confirmation(order_id, lines=[], company_id=company_id, actor=actor, reason=reason).order


@transaction.atomic(savepoint=False)
def record_confirmation(
    order_id: int,
    *,
    lines: Sequence[ConfirmedLine],
    company_id: int,
    actor: Actor,
    reference: str = "",
    reason: str = "",
) -> Confirmation:
    """Keep what the supplier said; lines that are not named are as ordered. As ordered in all: it is confirmed.

    Where quantity, day or price differ nothing of the order changes yet: the differences are a revision for a person
    to approve or refuse.

    Raises NotFound, IllegalTransition, PurchaseRefused (unknown_line, bad_line, below_received, price_of_received,
    revision_pending); nothing changed. Statements: about 12.
    """
    order = lock_purchase_order(order_id, company_id=company_id)
    if not lines:
        order = change_status(
            order_id, PurchaseOrderStatus.CONFIRMED, company_id=company_id, actor=actor, reason=reason
        )
        _keep(order, list(order.lines.all()), {}, reference)
        return Confirmation(order, None)
    present = revisable_lines(order)
    said = {line.line_id: line for line in lines}
    for line_id, line in said.items():
        _check(present.get(line_id), line)
    before = snapshot(present)
    after = [_after(row, present[row["line"]], said.get(row["line"])) for row in before]
    if after != before:
        _keep(order, list(present.values()), said, reference, confirmed=False)
        words = reason or _("The supplier confirmed it differently.")
        revision = propose(order, before, after, kind=RevisionKind.CONFIRMATION, reason=words, actor=actor)
        return Confirmation(order, revision)
    if order.status in FIRST:
        order = change_status(
            order_id, PurchaseOrderStatus.CONFIRMED, company_id=company_id, actor=actor, reason=reason
        )
    _keep(order, list(present.values()), said, reference)
    return Confirmation(order, None)


def _check(line: PurchaseOrderLine | None, said: ConfirmedLine) -> None:
    if line is None:
        raise PurchaseRefused(_("There is no purchase order line %(id)s.") % {"id": said.line_id}, code="unknown_line")
    words = {"row": line.position, "received": f"{line.received.normalize():f}"}
    if (said.quantity is not None and said.quantity < 0) or (said.unit_cost is not None and said.unit_cost < 0):
        detail, code = _("Line %(row)s: neither quantity nor cost is below zero."), "bad_line"
    elif said.quantity is not None and said.quantity < line.received:
        detail, code = _("Line %(row)s: %(received)s have arrived already; order no less."), "below_received"
    elif line.received and said.unit_cost is not None and said.unit_cost != line.unit_cost:
        detail = _("Line %(row)s: some has arrived at its price already; order the rest on a new line.")
        code = "price_of_received"
    else:
        return
    raise PurchaseRefused(detail % words, code=code, line_id=line.pk)


def _after(row: Line, line: PurchaseOrderLine, said: ConfirmedLine | None) -> Line:
    if said is None:
        return row
    usual = line.expected_date or line.purchase_order.expected_date
    return as_json(
        line,
        quantity=line.quantity - line.cancelled if said.quantity is None else said.quantity,
        unit_cost=line.unit_cost if said.unit_cost is None else said.unit_cost,
        expected_date=line.expected_date if said.date in (None, usual) else said.date,
    )


def _keep(
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    said: dict[int, ConfirmedLine],
    reference: str,
    *,
    confirmed: bool = True,
) -> None:
    """Write what was said beside what was ordered. Statements: 2."""
    for line in lines:
        told = said.get(line.pk) or ConfirmedLine(line.pk)
        line.confirmed_quantity = line.quantity - line.cancelled if told.quantity is None else told.quantity
        line.confirmed_date = told.date or line.expected_date or order.expected_date
        line.confirmed_cost = line.unit_cost if told.unit_cost is None else told.unit_cost
    PurchaseOrderLine.objects.bulk_update(lines, ["confirmed_quantity", "confirmed_date", "confirmed_cost"])
    if confirmed:
        order.confirmed_at = database_now()
    order.supplier_reference = reference[:60] or order.supplier_reference
    order.save(update_fields=["confirmed_at", "supplier_reference"])
