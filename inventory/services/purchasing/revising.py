"""Changes of an order after its approval: proposed with before and after, approved again, then applied."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from inventory.errors import NotFound, PurchaseRefused
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderRevision,
    PurchaseOrderStatus,
    RevisionKind,
    RevisionStatus,
)
from inventory.services.events import publish_inbound_changed
from inventory.services.purchasing.approvals import check_approval, needs_approval
from inventory.services.purchasing.drafting import PurchaseLineInput, priced_rows
from inventory.services.purchasing.records import OBJECT, lock_purchase_order
from inventory.services.purchasing.steps import change_status
from inventory.states import REVISABLE

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RevisedLine:
    """A line as it should be. quantity: in all, without what was called off; 0 calls the line off.

    line_id None: a new line of sku_id. unit_cost None: as it was, of a new line the supplier's price. expected_date
    None: the order's.
    """

    line_id: int | None
    quantity: Decimal
    unit_cost: Decimal | None = None
    expected_date: datetime.date | None = None
    sku_id: int | None = None


@transaction.atomic(savepoint=False)
def revise_purchase_order(
    order_id: int, *, lines: Sequence[RevisedLine], company_id: int, actor: Actor, reason: str
) -> PurchaseOrderRevision:
    """Change an approved order; lines that are not named stay. It applies at once where its new value needs nobody's
    approval, else when somebody approves it. The supplier has to be sent the revision.

    Raises NotFound, PurchaseRefused, nothing changed: not_revisable, drop_ship, revision_pending, unknown_line,
    bad_line, below_received, price_of_received, nothing_changed, and what a new line is refused for; ValueError
    without a reason. Statements: about 20.
    """
    if not reason.strip():
        raise ValueError("a revision says why")
    order = lock_purchase_order(order_id, company_id=company_id)
    present = revisable_lines(order)
    before = snapshot(present)
    after = [_changed(line, present) for line in lines if line.line_id is not None]
    by_line = {line["line"]: line for line in after}
    merged = [by_line.get(line["line"], line) for line in before] + _new_lines(order, lines, len(present))
    if merged == before:
        raise PurchaseRefused(_("Nothing is different."), code="nothing_changed")
    revision = propose(order, before, merged, kind=RevisionKind.CHANGE, reason=reason, actor=actor)
    if not needs_approval(order, revision.total_after):
        apply(order, revision, actor=actor, decision=_("Its value needs nobody's approval."))
    return revision


def revisable_lines(order: PurchaseOrder) -> dict[int, PurchaseOrderLine]:
    """The lines by id. Raises PurchaseRefused (not_revisable, drop_ship, revision_pending). Statements: 2."""
    if order.ship_to_id is not None:
        code, detail = "drop_ship", _("%(order)s is shipped to a customer: change the customer's order.")
    elif order.status not in REVISABLE:
        code, detail = "not_revisable", _("%(order)s is %(status)s: it cannot be changed like that.")
    elif order.revisions.filter(status=RevisionStatus.PENDING).exists():
        code, detail = "revision_pending", _("A change of %(order)s waits for approval: decide it first.")
    else:
        rows = order.lines.select_for_update(of=("self",), no_key=True).order_by("pk")
        return {line.pk: line for line in rows}
    words = {"order": order.number, "status": order.get_status_display()}
    raise PurchaseRefused(detail % words, code=code, purchase_order_id=order.pk)


def snapshot(lines: Mapping[int, PurchaseOrderLine]) -> list[Line]:
    return [as_json(line) for line in sorted(lines.values(), key=lambda line: line.position)]


def as_json(line: PurchaseOrderLine, **values: Any) -> Line:
    """A line for the books of revisions; values: what is different."""
    given = {
        "line": line.pk,
        "sku": line.sku_id,
        "position": line.position,
        "quantity": line.quantity - line.cancelled,
        "unit_cost": line.unit_cost,
        "expected_date": line.expected_date,
    } | values
    return {name: _text(value) for name, value in given.items()}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, datetime.date) else value


def _changed(given: RevisedLine, present: Mapping[int, PurchaseOrderLine]) -> Line:
    line = present.get(given.line_id or 0)
    if line is None:
        raise PurchaseRefused(_("There is no purchase order line %(id)s.") % {"id": given.line_id}, code="unknown_line")
    cost = line.unit_cost if given.unit_cost is None else given.unit_cost
    words = {"row": line.position, "received": f"{line.received.normalize():f}"}
    if given.quantity < 0 or cost < 0:
        detail, code = _("Line %(row)s: neither quantity nor cost is below zero."), "bad_line"
    elif given.quantity < line.received:
        detail, code = _("Line %(row)s: %(received)s have arrived already; order no less."), "below_received"
    elif line.received and cost != line.unit_cost:
        detail = _("Line %(row)s: some has arrived at its price already; order the rest on a new line.")
        code = "price_of_received"
    else:
        return as_json(line, quantity=given.quantity, unit_cost=cost, expected_date=given.expected_date)
    raise PurchaseRefused(detail % words, code=code, line_id=line.pk)


def _new_lines(order: PurchaseOrder, lines: Sequence[RevisedLine], last: int) -> list[Line]:
    fresh = [line for line in lines if line.line_id is None]
    if not fresh:
        return []
    inputs = [PurchaseLineInput(line.sku_id or 0, line.quantity, line.unit_cost, line.expected_date) for line in fresh]
    return [as_json(row) for row in priced_rows(order, inputs, first=last + 1)]


def propose(
    order: PurchaseOrder, before: list[Line], after: list[Line], *, kind: str, reason: str, actor: Actor
) -> PurchaseOrderRevision:
    """A revision that waits. Statements: 3."""
    last = order.revisions.order_by("-number").values_list("number", flat=True).first() or 0
    revision = PurchaseOrderRevision.objects.create(
        purchase_order=order,
        number=last + 1,
        kind=kind,
        status=RevisionStatus.PENDING,
        before=before,
        after=after,
        total_before=_total(before),
        total_after=_total(after),
        reason=reason[:300],
        made_by_id=actor.user_id,
        made_by_label=actor.label,
    )
    _record(order, revision, "proposed", actor, reason)
    return revision


def _total(lines: Sequence[Line]) -> Decimal:
    return sum((Decimal(line["quantity"]) * Decimal(line["unit_cost"]) for line in lines), Decimal(0))


def apply(order: PurchaseOrder, revision: PurchaseOrderRevision, *, actor: Actor, decision: str) -> None:
    """Write what the revision says into the order's lines. The caller has locked the order. Statements: about 8."""
    present = {line.pk: line for line in order.lines.select_for_update(of=("self",), no_key=True).order_by("pk")}
    confirming = revision.kind == RevisionKind.CONFIRMATION
    changed, fresh = [], []
    for row, old in zip(revision.after, [*revision.before, *[None] * len(revision.after)], strict=False):
        if row == old:
            continue
        quantity, cost = Decimal(row["quantity"]), Decimal(row["unit_cost"])
        day = datetime.date.fromisoformat(row["expected_date"]) if row["expected_date"] else None
        line = present.get(row["line"] or 0)
        if line is None:
            fresh.append(
                PurchaseOrderLine(
                    purchase_order=order, position=row["position"], sku_id=row["sku"], quantity=quantity,
                    unit_cost=cost, expected_date=day,
                )
            )  # fmt: skip
            continue
        _write(line, quantity, cost, day, confirming=confirming)
        changed.append(line)
    PurchaseOrderLine.objects.bulk_update(
        changed,
        [
            "quantity",
            "cancelled",
            "unit_cost",
            "expected_date",
            "confirmed_quantity",
            "confirmed_date",
            "confirmed_cost",
        ],
    )
    PurchaseOrderLine.objects.bulk_create(fresh)
    _decide(order, revision, RevisionStatus.APPLIED, actor, decision)
    order.revision = revision.number
    if confirming:  # the supplier knows it: it is theirs
        order.sent_revision, order.confirmed_at = revision.number, database_now()
    order.save(update_fields=["revision", "sent_revision", "confirmed_at"])
    skus = {line.sku_id for line in [*changed, *fresh]}
    publish_inbound_changed(order.pk, skus, company_id=order.company_id, what="revised")
    _settle(order, confirming=confirming, actor=actor)


def _write(
    line: PurchaseOrderLine, quantity: Decimal, cost: Decimal, day: datetime.date | None, *, confirming: bool
) -> None:
    open_now = line.quantity - line.cancelled
    if quantity < open_now and (confirming or quantity == 0):
        line.cancelled += open_now - quantity  # what they do not deliver stays visible as ordered and not had
    else:
        line.quantity = quantity + line.cancelled
    line.unit_cost, line.expected_date = cost, day
    if not confirming:
        line.confirmed_quantity = line.confirmed_date = line.confirmed_cost = None


def _settle(order: PurchaseOrder, *, confirming: bool, actor: Actor) -> None:
    """The status that follows: confirmed by the supplier, or all there where the rest was called off."""
    lines = list(order.lines.all())
    status = order.status
    if order.status == PurchaseOrderStatus.PARTLY_RECEIVED and all(
        line.received + line.cancelled >= line.quantity for line in lines
    ):
        status = PurchaseOrderStatus.RECEIVED
    elif confirming and order.status in (PurchaseOrderStatus.APPROVED, PurchaseOrderStatus.SENT):
        status = PurchaseOrderStatus.CONFIRMED
    if status != order.status:
        changed = change_status(order.pk, status, company_id=order.company_id, actor=actor)
        order.status, order.sent_at = changed.status, changed.sent_at


@transaction.atomic(savepoint=False)
def approve_revision(
    order_id: int, *, number: int, company_id: int, actor: Actor, reason: str = ""
) -> PurchaseOrderRevision:
    """Let a change, or what the supplier confirmed differently, become the order.

    Raises NotFound, PurchaseRefused (decided, below_received: goods came meanwhile), ApprovalRefused; nothing
    changed. Statements: about 20.
    """
    order, revision = _pending(order_id, number, company_id)
    check_approval(order, revision.total_after, author_id=revision.made_by_id, actor=actor)
    received = dict(order.lines.values_list("pk", "received"))
    for row in revision.after:
        if row["line"] and Decimal(row["quantity"]) < received[row["line"]]:
            detail = _("Line %(row)s: more than that has arrived meanwhile; refuse this change and make another.")
            raise PurchaseRefused(detail % {"row": row["position"]}, code="below_received")
    apply(order, revision, actor=actor, decision=reason)
    return revision


@transaction.atomic(savepoint=False)
def refuse_revision(order_id: int, *, number: int, company_id: int, actor: Actor, reason: str) -> PurchaseOrderRevision:
    """Leave the order as it is; what the supplier confirmed differently has to be asked for again.

    Raises NotFound, PurchaseRefused (decided); nothing changed. Statements: 6.
    """
    order, revision = _pending(order_id, number, company_id)
    if revision.kind == RevisionKind.CONFIRMATION:
        order.lines.update(confirmed_quantity=None, confirmed_date=None, confirmed_cost=None)
    _decide(order, revision, RevisionStatus.REFUSED, actor, reason)
    return revision


def _pending(order_id: int, number: int, company_id: int) -> tuple[PurchaseOrder, PurchaseOrderRevision]:
    order = lock_purchase_order(order_id, company_id=company_id)
    revision = order.revisions.filter(number=number).first()
    if revision is None:
        raise NotFound(_("There is no such revision."), purchase_order_id=order_id, number=number)
    if revision.status != RevisionStatus.PENDING:
        raise PurchaseRefused(_("This change has been decided already."), code="decided", status=revision.status)
    return order, revision


def _decide(order: PurchaseOrder, revision: PurchaseOrderRevision, status: str, actor: Actor, decision: str) -> None:
    revision.status, revision.decided_by_label = status, actor.label
    revision.decided_at, revision.decision = database_now(), decision[:300]
    revision.save(update_fields=["status", "decided_by_label", "decided_at", "decision"])
    _record(order, revision, status, actor, decision)


def _record(order: PurchaseOrder, revision: PurchaseOrderRevision, action: str, actor: Actor, reason: str) -> None:
    totals = [f"{total.normalize():f}" for total in (revision.total_before, revision.total_after)]
    change = audit.Change(
        OBJECT, order.pk, action, f"revision {revision.number}", totals[0], totals[1], reason, order.company_id
    )
    audit.record([change], actor=actor)
