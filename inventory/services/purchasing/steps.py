"""The steps of a purchase order: asked for, approved, sent, called off, closed, opened again."""

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from backoffice.core.states import check_transition
from inventory.errors import PurchaseRefused
from inventory.models import PurchaseOrder, PurchaseOrderStatus, RevisionStatus
from inventory.services.events import publish_inbound_changed
from inventory.services.purchasing.approvals import check_approval, needs_approval
from inventory.services.purchasing.records import OBJECT, lock_purchase_order, record_status, total_of
from inventory.states import PURCHASE_ORDER


@transaction.atomic(savepoint=False)
def submit_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Ask for approval; one that needs none, for its value is small, is approved at once.

    Raises NotFound, IllegalTransition, ExchangeRateMissing; nothing changed. Statements: about 10.
    """
    order = change_status(order_id, PurchaseOrderStatus.SUBMITTED, company_id=company_id, actor=actor, reason=reason)
    if not needs_approval(order, total_of(order)):
        reason = _("Approved by itself: its value needs nobody's approval.")
        order = change_status(order_id, PurchaseOrderStatus.APPROVED, company_id=company_id, actor=actor, reason=reason)
    return order


@transaction.atomic(savepoint=False)
def approve_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Let it be sent; one that was approved before is left as it is.

    Raises NotFound, IllegalTransition, ApprovalRefused (its author, or above the actor's limit); nothing changed.
    Statements: about 10.
    """
    order = lock_purchase_order(order_id, company_id=company_id)
    if order.status == PurchaseOrderStatus.APPROVED:
        return order
    check_transition(PURCHASE_ORDER, "purchase order", order.status, PurchaseOrderStatus.APPROVED)
    check_approval(order, total_of(order), author_id=order.buyer_id, actor=actor)
    return change_status(order_id, PurchaseOrderStatus.APPROVED, company_id=company_id, actor=actor, reason=reason)


def refuse_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Back to the buyer, as a draft."""
    return change_status(order_id, PurchaseOrderStatus.DRAFT, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def send_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """It, or its newest revision, went to the supplier; goods may arrive from now on.

    Raises NotFound, IllegalTransition (also if the supplier has this revision), PurchaseRefused (revision_pending);
    nothing changed. Statements: 7.
    """
    order = lock_purchase_order(order_id, company_id=company_id)
    if order.revisions.filter(status=RevisionStatus.PENDING).exists():
        raise PurchaseRefused(
            _("A change of %(order)s waits for approval: decide it first.") % {"order": order.number},
            code="revision_pending",
        )
    if order.sent_revision is None or order.sent_revision >= order.revision:
        order = change_status(order_id, PurchaseOrderStatus.SENT, company_id=company_id, actor=actor, reason=reason)
    else:
        change = audit.Change(OBJECT, order.pk, "sent", "revision", str(order.sent_revision), str(order.revision),
                              reason, company_id)  # fmt: skip
        audit.record([change], actor=actor)
    order.sent_revision = order.revision
    order.save(update_fields=["sent_revision"])
    return order


@transaction.atomic(savepoint=False)
def cancel_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Call it off; possible until goods have arrived. A change that waits is refused with it."""
    order = change_status(order_id, PurchaseOrderStatus.CANCELLED, company_id=company_id, actor=actor, reason=reason)
    order.revisions.filter(status=RevisionStatus.PENDING).update(
        status=RevisionStatus.REFUSED, decided_at=database_now(), decided_by_label=actor.label, decision=reason[:300]
    )
    return order


@transaction.atomic(savepoint=False)
def close_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Nothing more is expected, whether all has arrived or not: what has not is called off, line by line.

    Raises NotFound, IllegalTransition; nothing changed. Statements: 8.
    """
    order = lock_purchase_order(order_id, company_id=company_id)
    check_transition(PURCHASE_ORDER, "purchase order", order.status, PurchaseOrderStatus.CLOSED)
    changes, short = [], []
    for line in order.lines.order_by("position"):
        left = line.quantity - line.received - line.cancelled
        if left > 0:
            line.cancelled += left
            short.append(line)
            change = audit.Change(OBJECT, order.pk, "closed_short", f"line {line.position}", new=f"{left.normalize():f}",
                                  reason=reason, company_id=company_id)  # fmt: skip
            changes.append(change)
    order.lines.bulk_update(short, ["cancelled"])
    audit.record(changes, actor=actor)
    return change_status(order_id, PurchaseOrderStatus.CLOSED, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def reopen_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Open a closed order again for a bill that came late; it expects no more goods.

    Raises NotFound, PurchaseRefused (not_closed); nothing changed. Statements: 6.
    """
    order = lock_purchase_order(order_id, company_id=company_id)
    if order.status != PurchaseOrderStatus.CLOSED:
        raise PurchaseRefused(_("%(order)s is not closed.") % {"order": order.number}, code="not_closed")
    return change_status(order_id, PurchaseOrderStatus.RECEIVED, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def change_status(order_id: int, status: str, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Raises NotFound and IllegalTransition, nothing changed. Topic published: InboundChanged. Statements: 5, 6 for
    one that is sent."""
    order = lock_purchase_order(order_id, company_id=company_id)
    check_transition(PURCHASE_ORDER, "purchase order", order.status, status)
    old, order.status = order.status, status
    if order.sent_at is None and status in (PurchaseOrderStatus.SENT, PurchaseOrderStatus.CONFIRMED):
        order.sent_at = database_now()
    order.save(update_fields=["status", "sent_at"])
    record_status(order, old, status, actor=actor, reason=reason)
    skus = set(order.lines.values_list("sku_id", flat=True))
    publish_inbound_changed(order.pk, skus, company_id=company_id, what=status)
    return order
