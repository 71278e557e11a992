"""What suppliers announce: taken down, moved to another day, called off, and done when it arrived."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from inventory.errors import NotFound, PurchaseRefused
from inventory.models import AdvanceNotice, AdvanceNoticeLine, NoticeStatus, PurchaseOrder, PurchaseOrderLine
from inventory.services.events import publish_inbound_changed
from inventory.services.purchasing.records import lock_purchase_order
from inventory.states import RECEIVABLE

OBJECT = "inventory.advancenotice"


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """Goods announced of a purchase order line."""

    po_line_id: int
    quantity: Decimal
    lot_code: str = ""
    expiry_date: datetime.date | None = None
    package: str = ""


@dataclass(frozen=True, slots=True)
class Noticed:
    """state: noted, or already (the supplier's reference came before)."""

    notice: AdvanceNotice
    state: str


@transaction.atomic(savepoint=False)
def note_delivery(
    lines: Sequence[NoticeLine],
    *,
    purchase_order_id: int,
    company_id: int,
    reference: str,
    expected_date: datetime.date,
    actor: Actor,
    shipped_date: datetime.date | None = None,
    carrier: str = "",
    tracking_number: str = "",
    note: str = "",
) -> Noticed:
    """Take down what a supplier says is on its way (ASN): it counts as coming on its date. The same reference for
    the same order again is `already` and changes nothing.

    Raises NotFound, PurchaseRefused, nothing written: no_reference, no_lines, not_receivable, drop_ship, unknown_line,
    bad_line, more_than_open (announced in all; an over-delivery is decided at the dock). Topic published:
    InboundChanged. Statements: 8.
    """
    order = lock_purchase_order(purchase_order_id, company_id=company_id)
    if not reference.strip():
        raise PurchaseRefused(_("Give the supplier's number of the delivery."), code="no_reference")
    known = AdvanceNotice.objects.filter(purchase_order=order, reference=reference).first()
    if known is not None:
        return Noticed(known, "already")
    present = {line.pk: line for line in order.lines.all()}
    _check(order, lines, present)
    notice = AdvanceNotice.objects.create(
        company_id=company_id,
        purchase_order=order,
        reference=reference[:60],
        expected_date=expected_date,
        shipped_date=shipped_date,
        carrier=carrier[:60],
        tracking_number=tracking_number[:80],
        note=note[:300],
    )
    AdvanceNoticeLine.objects.bulk_create(
        AdvanceNoticeLine(
            notice=notice,
            position=position,
            po_line_id=line.po_line_id,
            quantity=line.quantity,
            lot_code=line.lot_code[:60],
            expiry_date=line.expiry_date,
            package=line.package[:40],
        )
        for position, line in enumerate(lines, start=1)
    )
    _record(notice, "", NoticeStatus.EXPECTED, actor, action="created")
    skus = {present[line.po_line_id].sku_id for line in lines}
    publish_inbound_changed(order.pk, skus, company_id=company_id, what="announced")
    return Noticed(notice, "noted")


def _check(order: PurchaseOrder, lines: Sequence[NoticeLine], present: Mapping[int, PurchaseOrderLine]) -> None:
    if order.ship_to_id is not None:
        detail = _("%(order)s goes straight to the customer: nothing of it arrives here.")
        raise PurchaseRefused(detail % {"order": order.number}, code="drop_ship")
    if order.status not in RECEIVABLE:
        raise PurchaseRefused(
            _("%(order)s is %(status)s: nothing can be received on it.")
            % {"order": order.number, "status": order.get_status_display()},
            code="not_receivable",
        )
    if not lines:
        raise PurchaseRefused(_("A notice needs a line."), code="no_lines")
    announced: defaultdict[int, Decimal] = defaultdict(Decimal)
    for row, line in enumerate(lines, start=1):
        announced[line.po_line_id] += line.quantity
        target = present.get(line.po_line_id)
        if target is None:
            detail, code = _("Line %(row)s is of another order."), "unknown_line"
        elif line.quantity <= 0:
            detail, code = _("Line %(row)s: give a quantity above zero."), "bad_line"
        elif announced[target.pk] > target.quantity - target.received - target.cancelled:
            detail, code = _("Line %(row)s: more than is still expected."), "more_than_open"
        else:
            continue
        raise PurchaseRefused(detail % {"row": row}, code=code, row=row)


@transaction.atomic(savepoint=False)
def move_notice(
    notice_id: int, *, company_id: int, expected_date: datetime.date, actor: Actor, reason: str
) -> AdvanceNotice:
    """It comes on another day. Raises NotFound, PurchaseRefused (ended); nothing changed. Statements: 6."""
    notice = _expected(notice_id, company_id)
    change = audit.Change(
        OBJECT, notice.pk, "changed", "expected_date", str(notice.expected_date), str(expected_date), reason, company_id
    )
    notice.expected_date = expected_date
    notice.save(update_fields=["expected_date"])
    audit.record([change], actor=actor)
    _publish(notice, "announced")
    return notice


def cancel_notice(notice_id: int, *, company_id: int, actor: Actor, reason: str) -> AdvanceNotice:
    """It does not come; the order's own date counts again. Raises as move_notice does. Statements: 6."""
    return end_notice(notice_id, status=NoticeStatus.CANCELLED, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def end_notice(notice_id: int, *, status: str, company_id: int, actor: Actor, reason: str = "") -> AdvanceNotice:
    """Received, or cancelled. Raises NotFound, PurchaseRefused (ended). Statements: 6."""
    notice = _expected(notice_id, company_id)
    notice.status = status
    notice.save(update_fields=["status"])
    _record(notice, NoticeStatus.EXPECTED, status, actor, reason=reason)
    _publish(notice, "announced")
    return notice


def _expected(notice_id: int, company_id: int) -> AdvanceNotice:
    found = AdvanceNotice.objects.filter(pk=notice_id, company_id=company_id).first()
    if found is None:
        raise NotFound(_("There is no such notice."), notice_id=notice_id)
    lock_purchase_order(found.purchase_order_id, company_id=company_id)
    found.refresh_from_db()
    if found.status != NoticeStatus.EXPECTED:
        raise PurchaseRefused(
            _("%(notice)s is %(status)s already.") % {"notice": found.number, "status": found.get_status_display()},
            code="ended",
        )
    return found


def _publish(notice: AdvanceNotice, what: str) -> None:
    skus = set(notice.lines.values_list("po_line__sku_id", flat=True))
    publish_inbound_changed(notice.purchase_order_id, skus, company_id=notice.company_id, what=what)


def _record(
    notice: AdvanceNotice, old: str, new: str, actor: Actor, *, reason: str = "", action: str = "status"
) -> None:
    change = audit.Change(OBJECT, notice.pk, action, "status", str(old), str(new), reason, notice.company_id)
    audit.record([change], actor=actor)
