"""A receipt that was entered wrongly, taken back: the goods leave again and nobody's bill is awaited for them."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from accounting.selectors import Books, books_of
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.money import ZERO
from backoffice.core.states import check_transition
from inventory.errors import NotFound, PurchaseRefused
from inventory.models import (
    GrniItem,
    Inspection,
    LandedCostShare,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderStatus,
    StockMove,
)
from inventory.services.billing.items import Item, Pair, lock_items, match_items
from inventory.services.entries import Draft, post_drafts
from inventory.services.events import publish_inbound_changed
from inventory.services.moves import post_moves
from inventory.services.purchasing import record_status
from inventory.services.requests import MoveRequest
from inventory.states import PURCHASE_ORDER

OBJECT, REASON = "inventory.stockmove", "receipt_reversal"


@transaction.atomic(savepoint=False)
def reverse_receipt(
    move_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str
) -> StockMove:
    """The goods of one receipt leave the place it put them in; what stands in goods received, not invoiced, for them is
    cleared, the order expects them again. What they cost otherwise by now is a price variance.

    Returns the counter-move. Raises NotFound, PurchaseRefused (no_reason, not_a_receipt, already_reversed, billed,
    inspected, landed), StockRefused (the goods have gone, lie elsewhere or are reserved); nothing is written then.
    Topic published: InboundChanged. Statements: about 30.
    """
    if not reason.strip():
        raise PurchaseRefused(_("Say why: the reason is kept with the change."), code="no_reason")
    move = StockMove.objects.filter(company_id=company_id, pk=move_id).first()
    if move is None:
        raise NotFound(_("There is no such move."), move_id=move_id)
    found = GrniItem.objects.filter(move=move, kind="receipt").first()
    if found is None or move.to_location.warehouse_id is None:
        raise PurchaseRefused(_("This is no receipt of our own goods from a supplier."), code="not_a_receipt")
    line = _hold_line(found.po_line_id)
    items = lock_items([found.pk], company_id=company_id)
    _refuse_used(move, items[found.pk])
    books = books_of(company_id)
    [back] = post_moves([_counter(move, found, effective_at)], company_id=company_id, actor=actor, books=books)
    _post_variance(move, found.value + back.value, books, effective_at, actor)
    _clear(found, back.move_id, items, books, actor)
    if line is not None:
        _expect_again(line, move.quantity, actor, reason)
    audit.record([audit.Change(OBJECT, move.pk, "reversed", "", "", "", reason[:300], company_id)], actor=actor)
    return StockMove.objects.get(pk=back.move_id)


def _hold_line(po_line_id: int | None) -> PurchaseOrderLine | None:
    """The order, then its lines, each in key order, as receiving locks them. Statements: 0 or 3."""
    if po_line_id is None:
        return None
    order_id = PurchaseOrderLine.objects.values_list("purchase_order_id", flat=True).get(pk=po_line_id)
    order = PurchaseOrder.objects.select_for_update(of=("self",), no_key=True).get(pk=order_id)
    lines = PurchaseOrderLine.objects.select_for_update(of=("self",), no_key=True)
    held = {row.pk: row for row in lines.filter(purchase_order=order).order_by("pk")}
    line = held[po_line_id]
    line.purchase_order = order
    return line


def _refuse_used(move: StockMove, item: Item) -> None:
    """Statements: 3."""
    if StockMove.objects.filter(company_id=move.company_id, source_key=_key(move)).exists():
        code, text = "already_reversed", _("This receipt was taken back already.")
    elif item.used:
        code, text = "billed", _("It is billed or written off: take that back first.")
    elif Inspection.objects.filter(move=move).exists():
        code, text = "inspected", _("It is inspected: send the goods back from their inspection.")
    elif LandedCostShare.objects.filter(move=move, landed_cost__status="posted").exists():
        code, text = "landed", _("Costs were landed on it: take those back first.")
    else:
        return
    raise PurchaseRefused(text, code=code)


def _key(move: StockMove) -> str:
    return f"receipt_back:{move.pk}"


def _counter(move: StockMove, item: GrniItem, effective_at: datetime.datetime) -> MoveRequest:
    return MoveRequest(
        sku_id=move.sku_id,
        quantity=move.quantity,
        from_location_id=move.to_location_id,
        to_location_id=move.from_location_id,
        effective_at=effective_at,
        source_type=OBJECT,
        source_id=move.pk,
        lot_id=move.lot_id,
        reason=REASON,
        source_key=_key(move),
        entry_key=_key(move),
        po_line_id=item.po_line_id,
        supplier_id=item.supplier_id,
        owed=item.value,
        serials=tuple(move.serials.order_by("pk").values_list("serial__code", flat=True)),
    )


def _post_variance(
    move: StockMove, difference: Decimal, books: Books, effective_at: datetime.datetime, actor: Actor
) -> None:
    """The goods leave at what they cost now; what was owed for them is cleared as it stood. Statements: 0 or 3."""
    if not difference:
        return
    draft = Draft(effective_at, (OBJECT, move.pk))
    draft.put(books.account(AccountRole.GRNI), difference, ())
    draft.put(books.account(AccountRole.PRICE_VARIANCE), -difference, ())
    post_drafts({f"{_key(move)}:variance": draft}, books=books, actor=actor)


def _clear(found: GrniItem, back_id: int, held: dict[int, Item], books: Books, actor: Actor) -> None:
    mirror = GrniItem.objects.get(move_id=back_id)
    items = held | lock_items([mirror.pk], company_id=books.company_id)
    match_items(
        [Pair(items[mirror.pk], items[found.pk], found.quantity)],
        dates={found.pk: found.date, mirror.pk: mirror.date},
        entry_key="",
        source=(OBJECT, back_id),
        books=books,
        actor=actor,
    )


def _expect_again(line: PurchaseOrderLine, quantity: Decimal, actor: Actor, reason: str) -> None:
    order = line.purchase_order
    line.received = max(line.received - quantity, ZERO)
    line.save(update_fields=["received"])
    publish_inbound_changed(order.pk, {line.sku_id}, company_id=order.company_id, what="received")
    if order.status == PurchaseOrderStatus.RECEIVED and line.received + line.cancelled < line.quantity:
        check_transition(PURCHASE_ORDER, "purchase order", order.status, PurchaseOrderStatus.PARTLY_RECEIVED)
        order.status = PurchaseOrderStatus.PARTLY_RECEIVED
        order.save(update_fields=["status"])
        record_status(order, PurchaseOrderStatus.RECEIVED, order.status, actor=actor, reason=reason[:300])
