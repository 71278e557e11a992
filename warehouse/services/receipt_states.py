"""A delivery's way: expected, arrived, receiving, received; what lacks of its notice is told when it is finished."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Sum
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.states import check_transition
from inventory.models import AdvanceNotice, AdvanceNoticeLine, Location, NoticeStatus
from inventory.services import end_notice
from warehouse.errors import NotFound, ReceiptRefused
from warehouse.models import ProblemKind, Receipt, ReceiptLine, ReceiptStatus
from warehouse.services.problems import ProblemInput, report_problems
from warehouse.states import RECEIPT

OBJECT = "warehouse.receipt"
OPEN = (ReceiptStatus.EXPECTED, ReceiptStatus.ARRIVED, ReceiptStatus.RECEIVING)


@transaction.atomic(savepoint=False)
def expect_receipts(*, company_id: int, actor: Actor, limit: int = 500) -> list[int]:
    """A receipt for each advance notice that has none; those whose notice was cancelled are cancelled. The new ones.

    Statements: at most 7, whatever the number.
    """
    gone = Receipt.objects.filter(
        company_id=company_id, status=ReceiptStatus.EXPECTED, notice__status=NoticeStatus.CANCELLED
    )
    _move(list(gone.order_by("pk").select_for_update(of=("self",), no_key=True)), ReceiptStatus.CANCELLED, actor)
    has = Receipt.objects.filter(notice=OuterRef("pk")).exclude(status=ReceiptStatus.CANCELLED)
    due = AdvanceNotice.objects.filter(~Exists(has), company_id=company_id, status=NoticeStatus.EXPECTED)
    made = Receipt.objects.bulk_create(
        [
            Receipt(
                company_id=company_id,
                warehouse_id=notice.purchase_order.warehouse_id,
                purchase_order_id=notice.purchase_order_id,
                notice=notice,
                status=ReceiptStatus.EXPECTED,
            )
            for notice in due.select_related("purchase_order").order_by("expected_date", "pk")[:limit]
        ],
        ignore_conflicts=True,  # somebody else expects it already
    )
    found = list(Receipt.objects.filter(notice__in=[row.notice_id for row in made], status=ReceiptStatus.EXPECTED))
    record([Change(OBJECT, row.pk, "expected", company_id=company_id) for row in found], actor=actor)
    return [row.pk for row in found]


@transaction.atomic(savepoint=False)
def arrive(receipt_id: int, *, company_id: int, at: datetime, actor: Actor, dock_id: int | None = None) -> Receipt:
    """The lorry is here; at which dock, if it is known. Raises NotFound, IllegalTransition, ReceiptRefused. Statements: 4."""
    receipt = _locked(receipt_id, company_id)
    if dock_id is not None:
        docks = Location.objects.filter(pk=dock_id, warehouse_id=receipt.warehouse_id, kind="dock", is_active=True)
        if not docks.exists():
            raise ReceiptRefused(_("Name a dock of this warehouse."), code="unknown_dock")
    _move([receipt], ReceiptStatus.ARRIVED, actor)
    receipt.arrived_at, receipt.dock_id = at, dock_id
    receipt.save(update_fields=["arrived_at", "dock"])
    return receipt


@transaction.atomic(savepoint=False)
def start_receiving(receipt_id: int, *, company_id: int, at: datetime, actor: Actor, device: str = "") -> Receipt:
    """Unloading begins. Raises NotFound, IllegalTransition. Statements: 4."""
    receipt = _locked(receipt_id, company_id)
    check_transition(RECEIPT, "receipt", receipt.status, ReceiptStatus.RECEIVING)
    begin(receipt, reference="", at=at, actor=actor, device=device)
    return receipt


@transaction.atomic(savepoint=False)
def finish_receiving(receipt_id: int, *, company_id: int, at: datetime, actor: Actor) -> Receipt:
    """All of it is unloaded: what its notice announced and did not come is told as a problem, and the notice is done.

    Raises NotFound, IllegalTransition, ReceiptRefused (nothing_came: cancel it instead). Statements: about 14.
    """
    receipt = _locked(receipt_id, company_id)
    check_transition(RECEIPT, "receipt", receipt.status, ReceiptStatus.RECEIVED)
    if not receipt.lines.exists():
        raise ReceiptRefused(_("Nothing of it was received yet: receive its goods first."), code="nothing_came")
    finish_receipts([receipt], at=at, actor=actor)
    return receipt


@transaction.atomic(savepoint=False)
def cancel_receipt(receipt_id: int, *, company_id: int, actor: Actor, reason: str) -> Receipt:
    """It does not come; its notice is cancelled with it. Raises NotFound, IllegalTransition. Statements: about 10."""
    receipt = _locked(receipt_id, company_id)
    _move([receipt], ReceiptStatus.CANCELLED, actor, reason)
    if receipt.notice_id is not None and receipt.notice is not None and receipt.notice.status == NoticeStatus.EXPECTED:
        end_notice(receipt.notice_id, status=NoticeStatus.CANCELLED, company_id=company_id, actor=actor, reason=reason)
    return receipt


def open_receipt(receipt_id: int | None, *, notice_id: int | None, company_id: int) -> Receipt | None:
    """The receipt that a delivery is booked on, locked; None: it has none yet. Raises NotFound, ReceiptRefused (over).

    Statements: 0 or 1.
    """
    if receipt_id is None and notice_id is None:
        return None
    rows = Receipt.objects.select_for_update(of=("self",), no_key=True).filter(company_id=company_id)
    if receipt_id is None:
        found = rows.filter(notice_id=notice_id).exclude(status=ReceiptStatus.CANCELLED).first()
    else:
        found = rows.filter(pk=receipt_id).first()
        if found is None:
            raise NotFound(_("There is no such receipt."), receipt_id=receipt_id)
    if found is not None and found.status not in OPEN:
        raise ReceiptRefused(
            _("%(number)s is %(status)s already: nothing more is received on it.")
            % {"number": found.number, "status": found.get_status_display()},
            code="over",
            receipt_id=found.pk,
        )
    return found


def begin(receipt: Receipt, *, reference: str, at: datetime, actor: Actor, device: str, note: str = "") -> str:
    """It is being received, and saved; the key of the goods that are booked on it next. Statements: 2 to 4."""
    old = receipt.status if receipt.pk else ""
    receipt.status = ReceiptStatus.RECEIVING
    receipt.reference = reference or receipt.reference
    receipt.note = " · ".join(filter(None, (receipt.note, note.strip())))[:500]
    receipt.started_at = receipt.started_at or at
    receipt.received_by_id, receipt.device = actor.user_id, device
    changed = ["status", "reference", "note", "started_at", "received_by", "device"]
    receipt.save(update_fields=changed if old else None)
    if old and old != receipt.status:
        check_transition(RECEIPT, "receipt", old, receipt.status)
        record([_change(receipt, old, receipt.status)], actor=actor)
    lines = ReceiptLine.objects.filter(receipt=receipt).count() if old else 0
    return f"receipt:{receipt.pk}/{lines}" if lines else f"receipt:{receipt.pk}"


def finish_receipts(receipts: Sequence[Receipt], *, at: datetime, actor: Actor) -> list[int]:
    """Locked receipts of one company that are being received: received. The problems told of what did not come.

    Statements: 1, and for those of notices 5 and 6 for each.
    """
    for receipt in receipts:
        check_transition(RECEIPT, "receipt", receipt.status, ReceiptStatus.RECEIVED)
        receipt.status, receipt.finished_at = ReceiptStatus.RECEIVED, at
    Receipt.objects.bulk_update(receipts, ["status", "finished_at"])
    told = [problem for receipt in receipts if receipt.notice_id for problem in _short(receipt)]
    made = report_problems(told, company_id=receipts[0].company_id, actor=actor) if told else []
    for receipt in receipts:
        if receipt.notice_id is not None and receipt.notice is not None and receipt.notice.status == "expected":
            end_notice(
                receipt.notice_id, status=NoticeStatus.RECEIVED, company_id=receipt.company_id, actor=actor,
                reason=receipt.number,
            )  # fmt: skip
    return [problem.pk for problem in made]


def _short(receipt: Receipt) -> list[ProblemInput]:
    """Less than announced, by line. Statements: 2."""
    announced: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    rows = AdvanceNoticeLine.objects.filter(notice_id=receipt.notice_id).values_list(
        "po_line_id", "po_line__sku_id", "quantity"
    )
    for po_line_id, sku_id, quantity in rows:
        announced[po_line_id, sku_id] += quantity
    lines = ReceiptLine.objects.filter(receipt=receipt).values_list("purchase_order_line_id")
    came = dict(lines.annotate(quantity=Sum("quantity")))
    return [
        ProblemInput(
            ProblemKind.SHORT,
            receipt_id=receipt.pk,
            line_id=po_line_id,
            sku_id=sku_id,
            quantity=quantity - came.get(po_line_id, Decimal(0)),
            note=_("%(quantity)s were announced.") % {"quantity": f"{quantity.normalize():f}"},
        )
        for (po_line_id, sku_id), quantity in announced.items()
        if quantity > came.get(po_line_id, Decimal(0))
    ]


def _locked(receipt_id: int, company_id: int) -> Receipt:
    rows = Receipt.objects.select_for_update(of=("self",), no_key=True).select_related("notice")
    found = rows.filter(pk=receipt_id, company_id=company_id).first()
    if found is None:
        raise NotFound(_("There is no such receipt."), receipt_id=receipt_id)
    return found


def _move(receipts: Sequence[Receipt], status: str, actor: Actor, reason: str = "") -> None:
    """Statements: 2, or 0 for none."""
    changes = []
    for receipt in receipts:
        check_transition(RECEIPT, "receipt", receipt.status, status)
        changes.append(_change(receipt, receipt.status, status, reason))
        receipt.status = status
    if receipts:
        Receipt.objects.bulk_update(receipts, ["status"])
        record(changes, actor=actor)


def _change(receipt: Receipt, old: str, new: str, reason: str = "") -> Change:
    return Change(OBJECT, receipt.pk, "status", "status", str(old), str(new), reason[:300], receipt.company_id)
