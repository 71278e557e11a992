"""Deliveries from suppliers, booked line by line into the places where the goods were put."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from inventory.models import AdvanceNotice, PurchaseOrder
from inventory.services import receiving as inventory_receiving
from warehouse.errors import ReceiptRefused
from warehouse.models import Receipt, ReceiptLine
from warehouse.services.receipt_states import begin, finish_receipts, open_receipt


@dataclass(frozen=True, slots=True)
class DeliveredLine:
    """What arrived of a purchase order line, and the place it was put.

    lot, expiry_date: a lot by its code, which receive_delivery makes where it lacks; serials: one for each unit.
    condition: damaged or quarantine puts it there instead (receive_delivery), and note says what is wrong with it.
    """

    po_line_id: int
    quantity: Decimal
    location_id: int
    lot_id: int | None = None
    lot: str = ""
    expiry_date: date | None = None
    serials: tuple[str, ...] = ()
    condition: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class BlindLine:
    """What came without an order. unit_cost: in the base currency, what the supplier will bill; None: as receive_blind
    finds it. The rest as of a DeliveredLine."""

    sku_id: int
    quantity: Decimal
    location_id: int
    unit_cost: Decimal | None = None
    lot_id: int | None = None
    lot: str = ""
    expiry_date: date | None = None
    serials: tuple[str, ...] = ()
    condition: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """state: received, receiving (more is to come) or already (the same delivery note came before). claimed: demands
    served by the goods. problem_ids: what was wrong, damaged lines first in their order."""

    receipt_id: int
    state: str
    move_ids: tuple[int, ...] = ()
    claimed_demand_ids: tuple[int, ...] = ()
    problem_ids: tuple[int, ...] = ()


@transaction.atomic(savepoint=False)
def receive_purchase(
    lines: Sequence[DeliveredLine],
    *,
    po_id: int,
    company_id: int,
    effective_at: datetime,
    actor: Actor,
    reference: str = "",
    allow_over: bool = False,
    device: str = "",
    notice_id: int | None = None,
    receipt_id: int | None = None,
    finish: bool = True,
    note: str = "",
) -> ReceiptResult:
    """Book a delivery: stock and what is owed for it rise, and those who waited claim it in their order.

    reference: the supplier's delivery note; the same one for the same order again is `already` and changes
    nothing. More than is still expected on a line is refused unless allow_over (a lead's decision); the rest
    of the order stays expected. notice_id: the supplier's advance notice that this is. receipt_id: the receipt that
    was expected, has arrived or is being received; without it a notice's own, or a new one. finish=False: more of it
    is still to be unloaded.

    Raises ReceiptRefused (no lines, a quantity not above zero, a line of another order, unknown order, a receipt that
    is over) and inventory's PurchaseRefused (over_delivery, not_receivable); nothing is written then.
    Statements: 8 and inventory's, whatever the number of lines, and those of finish_receipts for a notice.
    """
    receipt = open_receipt(receipt_id, notice_id=notice_id, company_id=company_id)
    order = (
        PurchaseOrder.objects.select_for_update(of=("self",), no_key=True)
        .filter(company_id=company_id, pk=po_id)
        .first()
    )
    if order is None:
        raise ReceiptRefused(_("There is no such purchase order."), purchase_order_id=po_id)
    if receipt is not None and receipt.purchase_order_id != order.pk:
        raise ReceiptRefused(_("This receipt is of another order."), code="other_order")
    if reference:
        known = Receipt.objects.filter(purchase_order=order, reference=reference).first()
        if known is not None and known != receipt:
            moves = tuple(known.lines.order_by("id").values_list("move_id", flat=True))
            return ReceiptResult(known.pk, "already", moves)
    skus = dict(order.lines.values_list("id", "sku_id"))
    _check(lines, skus, order)
    notice = _notice(notice_id, order)
    if receipt is None:
        receipt = Receipt(company_id=company_id, warehouse_id=order.warehouse_id, purchase_order=order, notice=notice)
    key = begin(receipt, reference=reference, at=effective_at, actor=actor, device=device, note=note)
    received = inventory_receiving.receive(
        [
            inventory_receiving.ReceiptLine(
                skus[line.po_line_id],
                line.quantity,
                line.location_id,
                line.po_line_id,
                lot_id=line.lot_id,
                serials=line.serials,
            )
            for line in lines
        ],
        company_id=company_id,
        effective_at=effective_at,
        source_type="warehouse.receipt",
        source_id=receipt.pk,
        source_key=key,
        actor=actor,
        allow_over=allow_over,
    )
    ReceiptLine.objects.bulk_create(
        ReceiptLine(
            receipt=receipt,
            purchase_order_line_id=line.po_line_id,
            sku_id=skus[line.po_line_id],
            lot_id=line.lot_id,
            location_id=place,
            quantity=line.quantity,
            move_id=move.move_id,
        )
        for line, move, place in zip(lines, received.moves, received.places, strict=True)
    )
    problems = finish_receipts([receipt], at=effective_at, actor=actor) if finish else []
    return ReceiptResult(
        receipt.pk,
        "received" if finish else "receiving",
        tuple(move.move_id for move in received.moves),
        tuple(claim.demand_id for claim in received.claims if claim.claimed),
        tuple(problems),
    )


def _notice(notice_id: int | None, order: PurchaseOrder) -> AdvanceNotice | None:
    if notice_id is None:
        return None
    notice = AdvanceNotice.objects.filter(pk=notice_id, purchase_order=order).first()
    if notice is None:
        raise ReceiptRefused(_("%(order)s has no such notice.") % {"order": order.number}, notice_id=notice_id)
    return notice


def _check(lines: Sequence[DeliveredLine], skus: dict[int, int], order: PurchaseOrder) -> None:
    wrong = [{"row": row, "code": code} for row, line in enumerate(lines, 1) if (code := _wrong(line, skus))]
    if wrong:
        raise ReceiptRefused(
            _("Line %(row)s of the delivery cannot be booked on %(order)s: %(code)s.")
            % {**wrong[0], "order": order.number},
            lines=wrong,
        )
    if not lines:
        raise ReceiptRefused(_("A delivery needs a line."), lines=[])


def _wrong(line: DeliveredLine, skus: dict[int, int]) -> str:
    if line.po_line_id not in skus:
        return "unknown_line"
    return "" if line.quantity > 0 else "quantity_not_positive"
