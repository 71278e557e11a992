"""Purchase orders: from the draft to what the supplier confirmed."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Party
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.db import database_now
from backoffice.core.states import check_transition
from inventory.errors import NotFound, PurchaseRefused
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Sku, Warehouse
from inventory.services.events import publish_inbound_changed
from inventory.services.kits import refuse_kits
from inventory.states import PURCHASE_ORDER

OBJECT = "inventory.purchaseorder"


@dataclass(frozen=True, slots=True)
class PurchaseLineInput:
    """unit_cost: in the order's currency, before tax."""

    sku_id: int
    quantity: Decimal
    unit_cost: Decimal


@transaction.atomic(savepoint=False)
def create_purchase_order(
    lines: Sequence[PurchaseLineInput],
    *,
    company_id: int,
    supplier_id: int,
    warehouse_id: int,
    ordered_at: datetime.datetime,
    actor: Actor,
    currency: str = "",
    reference: str = "",
    expected_date: datetime.date | None = None,
    note: str = "",
) -> PurchaseOrder:
    """A draft to one supplier for one warehouse. currency: the supplier's if empty.

    Raises PurchaseRefused, nothing written, if the supplier, warehouse or a SKU is not the company's or a
    quantity or cost makes no sense, KitRefused for a kit. Statements: 8.
    """
    supplier = Party.objects.filter(company_id=company_id, pk=supplier_id, is_supplier=True).first()
    if supplier is None:
        raise PurchaseRefused(_("Choose a supplier of this company."), code="unknown_supplier")
    if not Warehouse.objects.filter(company_id=company_id, pk=warehouse_id, is_transit=False).exists():
        raise PurchaseRefused(_("Choose a warehouse of this company."), code="unknown_warehouse")
    check_lines(lines, company_id)
    refuse_kits([line.sku_id for line in lines], company_id=company_id)
    order = PurchaseOrder.objects.create(
        company_id=company_id,
        supplier=supplier,
        warehouse_id=warehouse_id,
        currency=currency or supplier.currency_id,
        reference=reference,
        ordered_at=ordered_at,
        expected_date=expected_date,
        note=note,
    )
    PurchaseOrderLine.objects.bulk_create(
        PurchaseOrderLine(
            purchase_order=order,
            position=position,
            sku_id=line.sku_id,
            quantity=line.quantity,
            unit_cost=line.unit_cost,
        )
        for position, line in enumerate(lines, start=1)
    )
    record_status(order, "", order.status, actor=actor, action="created")
    return order


def check_lines(lines: Sequence[PurchaseLineInput], company_id: int) -> None:
    if not lines:
        raise PurchaseRefused(_("A purchase order needs a line."), code="no_lines")
    known = set(
        Sku.objects.filter(company_id=company_id, pk__in={line.sku_id for line in lines}).values_list("pk", flat=True)
    )
    for number, line in enumerate(lines, start=1):
        if line.sku_id not in known:
            raise PurchaseRefused(_("Line %(row)s: unknown SKU.") % {"row": number}, code="unknown_sku", row=number)
        if line.quantity <= 0 or line.unit_cost < 0:
            raise PurchaseRefused(
                _("Line %(row)s: the quantity is above zero and the cost not below it.") % {"row": number},
                code="bad_line",
                row=number,
            )


def submit_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Ask for approval."""
    return change_status(order_id, PurchaseOrderStatus.SUBMITTED, company_id=company_id, actor=actor, reason=reason)


def approve_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Let it be sent."""
    return change_status(order_id, PurchaseOrderStatus.APPROVED, company_id=company_id, actor=actor, reason=reason)


def send_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """It went to the supplier; goods may arrive from now on."""
    return change_status(order_id, PurchaseOrderStatus.SENT, company_id=company_id, actor=actor, reason=reason)


def confirm_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """The supplier has confirmed it."""
    return change_status(order_id, PurchaseOrderStatus.CONFIRMED, company_id=company_id, actor=actor, reason=reason)


def cancel_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Call it off; possible until goods have arrived."""
    return change_status(order_id, PurchaseOrderStatus.CANCELLED, company_id=company_id, actor=actor, reason=reason)


def close_purchase_order(order_id: int, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Nothing more is expected, whether all has arrived or not."""
    return change_status(order_id, PurchaseOrderStatus.CLOSED, company_id=company_id, actor=actor, reason=reason)


@transaction.atomic(savepoint=False)
def change_status(order_id: int, status: str, *, company_id: int, actor: Actor, reason: str = "") -> PurchaseOrder:
    """Raises NotFound and IllegalTransition, nothing changed. Topic published: InboundChanged. Statements: 5."""
    order = lock_purchase_order(order_id, company_id=company_id)
    check_transition(PURCHASE_ORDER, "purchase order", order.status, status)
    old, order.status = order.status, status
    if status == PurchaseOrderStatus.SENT and order.sent_at is None:
        order.sent_at = database_now()
    order.save(update_fields=["status", "sent_at"])
    record_status(order, old, status, actor=actor, reason=reason)
    skus = set(order.lines.values_list("sku_id", flat=True))
    publish_inbound_changed(order.pk, skus, company_id=company_id, what=status)
    return order


def lock_purchase_order(order_id: int, *, company_id: int) -> PurchaseOrder:
    """The order, locked. Raises NotFound. Statements: 1."""
    order = (
        PurchaseOrder.objects.select_for_update(of=("self",), no_key=True)
        .filter(company_id=company_id, pk=order_id)
        .first()
    )
    if order is None:
        raise NotFound(_("There is no such purchase order."), purchase_order_id=order_id)
    return order


def record_status(
    order: PurchaseOrder, old: str, new: str, *, actor: Actor, reason: str = "", action: str = "status"
) -> None:
    change = audit.Change(
        OBJECT, order.pk, action, field="status", old=old, new=new, reason=reason, company_id=order.company_id
    )
    audit.record([change], actor=actor)
