"""Goods brought back to the counter with their receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Invoice
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput, NotPermitted
from orders.models import ReturnLine, ReturnOrder, ReturnStatus
from orders.services import ReturnInput, approve_returns, refund_order, request_return
from warehouse.errors import NotFound
from warehouse.models import TillReceipt, TillReceiptKind
from warehouse.services.return_inputs import ReturnedLine, ReturnReceipt
from warehouse.services.returns import receive_returns
from warehouse.services.till.cash import check_open, lock_shift
from warehouse.services.till.receipts import content_of, known_receipt, write_receipt, write_tenders
from warehouse.services.till.selling import SaleResult
from warehouse.till.amounts import Tender

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BackLine:
    """A quantity of an order line that comes back. disposition: restock or quarantine."""

    order_line_id: int
    quantity: Decimal
    disposition: str = "restock"


@dataclass(frozen=True, slots=True)
class TakeBackRequest:
    """Goods of a receipt brought back. method: how the money goes back: cash, card or store_credit."""

    shift_id: int
    client_id: UUID
    receipt_id: int
    lines: Sequence[BackLine]
    method: str
    reason: str
    effective_at: datetime
    reference: str = ""
    may_return: bool = False


@transaction.atomic(savepoint=False)
def take_back(request: TakeBackRequest, *, company_id: int, actor: Actor) -> SaleResult:
    """Take goods back at the cost they left at, credit them and give the money back; one transaction, one receipt.

    The same client_id again is the same return. Raises ShiftClosed, TillReused, NotPermitted, NotFound,
    InvalidInput, orders' NotReturnable and PaymentExceeded, and what the kernels raise; nothing is written then.
    """
    shift = lock_shift(request.shift_id, company_id=company_id)
    content = content_of(request)
    if known := known_receipt(request.client_id, content, company_id):
        return SaleResult(known.pk, "already", known.total, ZERO)
    check_open(shift)
    if not request.may_return:
        raise NotPermitted(_("Only who may take goods back does; ask for somebody who may."))
    sold = TillReceipt.objects.filter(pk=request.receipt_id, company_id=company_id, order__isnull=False).first()
    if sold is None or sold.order_id is None:
        raise NotFound(_("There is no such receipt of goods."), receipt_id=request.receipt_id)
    _check(request)
    return_id = request_return(
        sold.order_id,
        company_id=company_id,
        lines=[ReturnInput(line.order_line_id, line.quantity) for line in request.lines],
        reason=request.reason,
        requested_at=request.effective_at,
        actor=actor,
        warehouse_id=shift.till.warehouse_id,
    )
    if ReturnOrder.objects.filter(pk=return_id, status=ReturnStatus.REQUESTED).exists():
        approve_returns([return_id], company_id=company_id, actor=actor, reason=request.reason)
    total = _receive(request, return_id, company_id, actor)
    refunds = (
        refund_order(
            sold.order_id,
            amount=total,
            company_id=company_id,
            source_key=f"till:{request.client_id}",
            effective_at=request.effective_at,
            actor=actor,
            method=request.method,
            reference=request.reference,
            reason=request.reason,
        )
        if total
        else []
    )
    receipt = write_receipt(
        shift,
        TillReceiptKind.RETURN,
        request.client_id,
        content,
        -total,
        request.effective_at,
        actor,
        order_id=sold.order_id,
        return_order_id=return_id,
    )
    parts = [(Tender(request.method, done.amount, request.reference, done.code), -done.amount) for done in refunds]
    write_tenders(receipt, parts, company_id)
    return SaleResult(receipt.pk, "done", -total, ZERO, tuple(done.code for done in refunds if done.code))


def _receive(request: TakeBackRequest, return_id: int, company_id: int, actor: Actor) -> Decimal:
    """Book the goods in and credit them; what the credit note says."""
    where = {line.order_line_id: line.disposition for line in request.lines}
    rows = ReturnLine.objects.filter(return_order_id=return_id, sku__isnull=False).order_by("position")
    lines = [
        ReturnedLine(pk, quantity, where[line_id])
        for pk, line_id, quantity in rows.values_list("pk", "order_line_id", "quantity")
    ]
    [done] = receive_returns(
        [ReturnReceipt(return_id, lines)], company_id=company_id, effective_at=request.effective_at, actor=actor
    )
    return Invoice.objects.filter(pk=done.credit_note_id).values_list("total", flat=True).first() or ZERO


def _check(request: TakeBackRequest) -> None:
    ids = [line.order_line_id for line in request.lines]
    wrong = any(line.disposition not in ("restock", "quarantine") for line in request.lines)
    if not ids or len(set(ids)) < len(ids) or wrong or request.method not in ("cash", "card", "store_credit"):
        raise InvalidInput(
            _("Choose what comes back, where it goes, and how the money goes back."),
            errors=[{"field": "lines", "message": _("does not fit"), "code": "invalid"}],
        )
    if not request.reason.strip():
        raise InvalidInput(_("Say why it comes back."), errors=[{"field": "reason", "message": _("is empty")}])
