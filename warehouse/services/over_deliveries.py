"""Goods beyond what was ordered and tolerated: they wait at the dock until another person takes or refuses them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.selectors import books_of, exchange_rates
from backoffice.core.actor import Actor
from backoffice.core.approving import check_approver
from backoffice.core.audit import Change, record
from inventory.models import PurchaseOrder, PurchaseOrderLine
from inventory.selectors.tolerances import over_tolerances
from warehouse.errors import ReceiptRefused
from warehouse.models import OverDelivery, OverDeliveryStatus, Receipt
from warehouse.services.floor import plan_put_aways
from warehouse.services.floor.reading import docks_of, lock_warehouse
from warehouse.services.receiving import DeliveredLine, ReceiptResult, receive_purchase
from warehouse.services.setting_aside import set_aside, told
from warehouse.services.tracked import with_lots

OBJECT = "warehouse.overdelivery"
ZERO = Decimal(0)


@transaction.atomic(savepoint=False)
def receive_delivery(
    lines: Sequence[DeliveredLine],
    *,
    po_id: int,
    company_id: int,
    effective_at: datetime,
    actor: Actor,
    reference: str = "",
    device: str = "",
    notice_id: int | None = None,
    receipt_id: int | None = None,
    finish: bool = True,
    note: str = "",
) -> tuple[ReceiptResult | None, list[OverDelivery]]:
    """Book a delivery as receive_purchase does; what is beyond the tolerance is not booked but waits for another
    person. The receipt (None where all of it waits), and what waits. Lots named by code are made. Damaged lines are
    put where damaged goods lie, others to be looked at into quarantine, and told as problems of the receipt.

    Raises as receive_purchase does, InvalidInput naming each field of a lot, date or serial number that is wrong, and
    ReceiptRefused (serials_over); nothing is written then. Statements: receive_purchase's, at most 8, and 8 more
    where goods are tracked; 12 more onto a dock, for the put-away tasks of what came, and 8 where some is set aside.
    """
    lines = set_aside(lines, warehouse_id=_warehouse(lines, po_id, company_id), company_id=company_id)
    docks = docks_of({line.location_id for line in lines}, company_id)
    for warehouse_id in docks:
        lock_warehouse(warehouse_id)
    rows = {
        row.pk: row
        for row in PurchaseOrderLine.objects.filter(
            purchase_order_id=po_id,
            purchase_order__company_id=company_id,
            pk__in={line.po_line_id for line in lines},
        )
    }
    known = _known(po_id, company_id, reference)
    if known:
        return None, known
    accepted: list[DeliveredLine] = list(lines)
    over: list[DeliveredLine] = []
    if receipt_id is not None or not _booked(po_id, reference):
        skus = [rows[line.po_line_id].sku_id if line.po_line_id in rows else None for line in lines]
        named = with_lots(lines, skus=skus, company_id=company_id, effective_at=effective_at)
        accepted, over = _split(named, rows)
    receipt = None
    if accepted or not over:
        receipt = receive_purchase(
            accepted,
            po_id=po_id,
            company_id=company_id,
            effective_at=effective_at,
            actor=actor,
            reference=reference,
            device=device,
            notice_id=notice_id,
            receipt_id=receipt_id,
            finish=finish,
            note=note,
        )
        if receipt.state == "already":
            return receipt, []
        came = [rows[line.po_line_id].sku_id for line in accepted]
        receipt = told(receipt, accepted, came, company_id=company_id, actor=actor, device=device)
        for warehouse_id in docks:
            plan_put_aways(warehouse_id, company_id=company_id, actor=actor, receipt_ids=[receipt.receipt_id])
    made = OverDelivery.objects.bulk_create(
        OverDelivery(
            company_id=company_id,
            purchase_order_line_id=line.po_line_id,
            quantity=line.quantity,
            location_id=line.location_id,
            lot_id=line.lot_id,
            reference=reference,
            arrived_at=effective_at,
            asked_by_id=actor.user_id,
            asked_by_label=actor.label,
        )
        for line in over
    )
    record([_change(row, "", row.status, "") for row in made], actor=actor)
    return receipt, made


def _warehouse(lines: Sequence[DeliveredLine], po_id: int, company_id: int) -> int | None:
    """Where the order is delivered to; not asked where nothing is set aside. Statements: 0 or 1."""
    if not any(line.condition for line in lines):
        return None
    order = PurchaseOrder.objects.filter(pk=po_id, company_id=company_id).only("warehouse_id").first()
    return order.warehouse_id if order else None


def _booked(po_id: int, reference: str) -> bool:
    """Whether this delivery note came before; receive_purchase answers it then. Statements: 0 or 1."""
    rows = Receipt.objects.filter(purchase_order_id=po_id, reference=reference).exclude(status="receiving")
    return bool(reference) and rows.exists()


def _known(po_id: int, company_id: int, reference: str) -> list[OverDelivery]:
    """What waits of a delivery note of which nothing was taken. Statements: 0 to 2."""
    if not reference or Receipt.objects.filter(purchase_order_id=po_id, reference=reference).exists():
        return []
    return list(
        OverDelivery.objects.filter(
            company_id=company_id, purchase_order_line__purchase_order_id=po_id, reference=reference
        ).order_by("pk")
    )


def _split(
    lines: Sequence[DeliveredLine], rows: dict[int, PurchaseOrderLine]
) -> tuple[list[DeliveredLine], list[DeliveredLine]]:
    """What is taken, and what is beyond. Statements: 0 or 1."""
    arriving: defaultdict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        arriving[line.po_line_id] += max(line.quantity, ZERO)
    left = {pk: max(row.quantity - row.received - row.cancelled, ZERO) for pk, row in rows.items()}
    room = {pk: left[pk] for pk in left}
    for pk, tolerance in over_tolerances([pk for pk in left if arriving[pk] > left[pk]]).items():
        room[pk] = max(rows[pk].quantity - rows[pk].received - rows[pk].cancelled + tolerance, ZERO)
    taken, over = [], []
    for line in lines:
        if line.po_line_id not in room or line.quantity <= room[line.po_line_id]:
            if line.po_line_id in room:
                room[line.po_line_id] -= line.quantity
            taken.append(line)
            continue
        if line.serials:  # which of the units are beyond cannot be told
            raise ReceiptRefused(
                _("More units with serial numbers arrived than were ordered: change the order first."),
                code="serials_over",
                purchase_order_line_id=line.po_line_id,
            )
        part = room[line.po_line_id]
        room[line.po_line_id] = ZERO
        if part > 0:
            taken.append(replace(line, quantity=part))
        over.append(replace(line, quantity=line.quantity - part))
    return taken, over


@transaction.atomic(savepoint=False)
def accept_over_delivery(over_id: int, *, company_id: int, actor: Actor, reason: str = "") -> ReceiptResult:
    """Take what was delivered beyond the order into stock, at the order's price.

    Raises ReceiptRefused (unknown, decided, own_document: whoever received it), ApprovalRefused, and what
    receive_purchase raises; nothing is written. Statements: receive_purchase's and about 10.
    """
    over, order = _waiting(over_id, company_id)
    if actor.user_id is not None and actor.user_id == over.asked_by_id:
        raise ReceiptRefused(_("Who received it cannot approve it: ask somebody else."), code="own_document")
    line = over.purchase_order_line
    check_approver(
        "receipt_over",
        actor=actor,
        creator_id=over.asked_by_id,
        amount=_worth(over.quantity * line.unit_cost, order, over.arrived_at),
        company_id=company_id,
    )
    result = receive_purchase(
        [DeliveredLine(line.pk, over.quantity, over.location_id, over.lot_id)],
        po_id=order.pk,
        company_id=company_id,
        effective_at=over.arrived_at,
        actor=actor,
        allow_over=True,
    )
    over.status, over.receipt_id = OverDeliveryStatus.ACCEPTED, result.receipt_id
    over.save(update_fields=["status", "receipt"])
    record([_change(over, OverDeliveryStatus.WAITING, over.status, reason)], actor=actor)
    return result


@transaction.atomic(savepoint=False)
def refuse_over_delivery(over_id: int, *, company_id: int, actor: Actor, reason: str) -> OverDelivery:
    """It goes back, or is not paid; it never was in the books. Raises ReceiptRefused. Statements: 4."""
    over, _order = _waiting(over_id, company_id)
    over.status = OverDeliveryStatus.REFUSED
    over.save(update_fields=["status"])
    record([_change(over, OverDeliveryStatus.WAITING, over.status, reason)], actor=actor)
    return over


def _waiting(over_id: int, company_id: int) -> tuple[OverDelivery, PurchaseOrder]:
    over = (
        OverDelivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("purchase_order_line__purchase_order")
        .filter(pk=over_id, company_id=company_id)
        .first()
    )
    if over is None:
        raise ReceiptRefused(_("There is no such over-delivery."), code="unknown")
    if over.status != OverDeliveryStatus.WAITING:
        raise ReceiptRefused(_("This over-delivery has been decided already."), code="decided")
    return over, over.purchase_order_line.purchase_order


def _worth(amount: Decimal, order: PurchaseOrder, at: datetime) -> Decimal:
    books = books_of(order.company_id)
    if order.currency == books.base_currency:
        return amount
    key = (order.currency, books.local_date(at))
    return amount * exchange_rates(order.company_id, {key})[key]


def _change(over: OverDelivery, old: str, new: str, reason: str) -> Change:
    return Change(OBJECT, over.pk, "status", "status", str(old), str(new), reason, over.company_id)
