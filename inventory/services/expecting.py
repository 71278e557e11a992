"""When the goods of a purchase order are expected, and whether they may be promised before they arrive."""

import datetime
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from inventory.errors import PurchaseRefused
from inventory.models import PurchaseOrder, PurchaseOrderStatus
from inventory.services.events import publish_inbound_changed
from inventory.services.purchasing import OBJECT, lock_purchase_order

ENDED = (PurchaseOrderStatus.RECEIVED, PurchaseOrderStatus.CLOSED, PurchaseOrderStatus.CANCELLED)


@transaction.atomic(savepoint=False)
def set_expected_dates(
    order_id: int,
    *,
    company_id: int,
    expected_date: datetime.date | None,
    actor: Actor,
    reason: str,
    lines: Mapping[int, datetime.date | None] | None = None,
) -> PurchaseOrder:
    """Say when an order is expected, and lines by id where they differ (None: as the order).

    What was promised to customers from it is counted again once this is committed (topic InboundChanged).

    Raises NotFound, PurchaseRefused (ended, unknown_line), nothing changed; ValueError without a reason.
    Statements: at most 6.
    """
    order = _open_order(order_id, company_id, reason)
    changes = [_change(order, "expected_date", order.expected_date, expected_date, reason)]
    order.expected_date = expected_date
    order.save(update_fields=["expected_date"])
    rows = {line.pk: line for line in order.lines.all()}
    changed = []
    for line_id, date in (lines or {}).items():
        if line_id not in rows:
            raise PurchaseRefused(_("There is no purchase order line %(id)s.") % {"id": line_id}, code="unknown_line")
        line = rows[line_id]
        changes.append(_change(order, f"line {line.position} expected_date", line.expected_date, date, reason))
        line.expected_date = date
        changed.append(line)
    if changed:
        order.lines.bulk_update(changed, ["expected_date"])
    audit.record([change for change in changes if change.old != change.new], actor=actor)
    skus = {line.sku_id for line in rows.values()}
    publish_inbound_changed(order.pk, skus, company_id=company_id, what="expected")
    return order


@transaction.atomic(savepoint=False)
def set_trusted(order_id: int, *, company_id: int, trusted: bool | None, actor: Actor, reason: str) -> PurchaseOrder:
    """Say whether this order's goods may be promised before they arrive; None: by the supplier's rule.

    Raises NotFound, PurchaseRefused (ended), nothing changed; ValueError without a reason. Statements: 5.
    """
    order = _open_order(order_id, company_id, reason)
    change = _change(order, "trusted", order.trusted, trusted, reason)
    order.trusted = trusted
    order.save(update_fields=["trusted"])
    audit.record([change], actor=actor)
    skus = set(order.lines.values_list("sku_id", flat=True))
    publish_inbound_changed(order.pk, skus, company_id=company_id, what="trust")
    return order


def _open_order(order_id: int, company_id: int, reason: str) -> PurchaseOrder:
    if not reason.strip():
        raise ValueError("a change of what is expected says why")
    order = lock_purchase_order(order_id, company_id=company_id)
    if order.status in ENDED:
        raise PurchaseRefused(
            _("%(order)s is %(status)s: nothing more is expected on it.")
            % {"order": order.number, "status": order.get_status_display()},
            code="ended",
        )
    return order


def _change(order: PurchaseOrder, field: str, old: object, new: object, reason: str) -> audit.Change:
    words = ["" if value is None else str(value) for value in (old, new)]
    return audit.Change(
        OBJECT, order.pk, "changed", field=field, old=words[0], new=words[1], reason=reason, company_id=order.company_id
    )
