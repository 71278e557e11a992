"""Posting a matched bill: receipts cleared at their value, the variance posted, orders closed when billed in full."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounting.errors import BillRefused
from accounting.models import Bill, BillKind, BillLine, BillLineKind, BillReason, BillStatus, Side
from accounting.selectors import Books, books_of
from accounting.services import PostedBill, lock_bill, post_bill, reverse_bill
from accounting.services.bills.states import OBJECT
from backoffice.core.actor import Actor
from backoffice.core.approving import approval_terms, check_approver
from backoffice.core.db import insert_rows
from backoffice.core.money import ZERO, round_money, split_by_weight
from inventory.models import (
    GrniItem,
    GrniMatch,
    PurchaseOrder,
    PurchaseOrderStatus,
    StockMove,
    SupplierReturn,
    SupplierReturnLine,
    SupplierReturnStatus,
)
from inventory.selectors.billing import BILL_LINE, RECEIPT, LineMatch, billed_quantities, line_matches
from inventory.services.billing.deciding import base_total
from inventory.services.billing.items import Item, Pair, lock_items, match_items, unmatch_items
from inventory.services.billing.matching import findings_of
from inventory.services.billing.variances import Variance, post_variances
from inventory.services.purchasing import record_status
from inventory.services.supplier_returns.ending import credit_supplier_return

RECEIVED_BILL = "received_bill"
_ITEM = {
    "company_id": "bigint",
    "kind": "text",
    "side": "text",
    "supplier_id": "bigint",
    "sku_id": "bigint",
    "po_line_id": "bigint",
    "bill_line_id": "bigint",
    "reverses_id": "bigint",
    "quantity": "numeric",
    "value": "numeric",
    "date": "date",
    "entry_id": "bigint",
}


@transaction.atomic(savepoint=False)
def post_matched_bill(bill_id: int, *, company_id: int, actor: Actor) -> Bill:
    """Post an approved bill or supplier's credit note.

    Goods clear their receipts (a credit note: what went back, or was billed and never came), oldest first; what is not
    received yet stays open and is cleared when it arrives. The difference of bill and receipt, of price or exchange
    rate, is posted as a price variance. Orders that are received and billed in full are closed.

    Raises NotFound, IllegalTransition, BillRefused (no_longer_agrees: its goods were billed otherwise since it was
    approved), ApprovalRefused (who received its goods) and what accounting.services.post_bill raises; nothing written.
    Statements: about 26, 20 more with variances, whatever the number of lines.
    """
    bill = lock_bill(bill_id, company_id=company_id)
    lines = list(bill.lines.select_related("dimension_set").order_by("position"))
    orders = _lock_orders(line_matches(bill, lines), company_id)
    matches = line_matches(bill, lines)  # again, with the orders held: a receipt may have come in between
    items = lock_items([item.pk for match in matches for item in match.open_items], company_id=company_id)
    _refuse_unless_agreed(bill, lines, matches)
    _check_receivers(bill, matches, actor)
    books = books_of(
        company_id,
        parties={bill.party_id},
        tax_codes={line.tax_code_id for line in lines if line.tax_code_id},
        currencies={bill.currency},
    )
    posted = post_bill(bill, lines=lines, actor=actor, books=books)
    own = _record_billed(bill, matches, posted)
    pairs, dates = _pairs(bill, matches, items, own)
    for item in own.values():
        dates[item.id] = posted.date
    match_items(
        pairs, dates=dates, entry_key=f"bill:{bill.pk}:variance", source=(OBJECT, bill.pk), books=books, actor=actor
    )
    _post_price_lines(bill, lines, posted, books, actor)
    close_billed(orders, actor)
    _credit_returns(bill, pairs, actor)
    if bill.corrects_id is not None:
        left = Greatest(F("credit_expected") - bill.net, ZERO)
        Bill.objects.filter(pk=bill.corrects_id).update(credit_expected=left)
    return bill


def _check_receivers(bill: Bill, matches: Sequence[LineMatch], actor: Actor) -> None:
    """Who received goods does not post their bill, where that pair is on. Raises ApprovalRefused. Statements: 1; 5 with it."""
    if actor.user_id is None or approval_terms(RECEIVED_BILL, company_id=bill.company_id).free_up_to is None:
        return
    moves = [item.move_id for match in matches for item in match.open_items if item.move_id]
    took = StockMove.objects.filter(pk__in=moves, actor_id=actor.user_id).exists()
    creator_id = actor.user_id if took else None
    check_approver(
        RECEIVED_BILL, actor=actor, creator_id=creator_id, amount=base_total(bill), company_id=bill.company_id
    )


@transaction.atomic(savepoint=False)
def reverse_matched_bill(
    bill_id: int, *, company_id: int, effective_at: datetime.datetime, actor: Actor, reason: str
) -> Bill:
    """Take a posted bill back, with what it cleared: its receipts are open again, its variances taken back from where
    the goods are now, orders that it closed are received again.

    Raises NotFound, IllegalTransition, BillRefused (bill_applied while something is paid on it); nothing written.
    Statements: about 50, whatever the number of lines.
    """
    bill = lock_bill(bill_id, company_id=company_id)
    lines = list(bill.lines.order_by("position"))
    own = list(GrniItem.objects.filter(bill_line__bill=bill).order_by("pk"))
    orders = _lock_orders_of([item.po_line_id for item in own if item.po_line_id], company_id)
    taken = reverse_bill(bill_id, company_id=company_id, effective_at=effective_at, actor=actor, reason=reason)
    books = books_of(company_id)
    unmatch_items(
        [item.pk for item in own],
        effective_at=effective_at,
        entry_key=f"reverse:bill:{bill.pk}:variance",
        source=(OBJECT, bill.pk),
        books=books,
        actor=actor,
    )
    _cancel_items(own, taken.entry_id, taken.date, books, actor)
    _reverse_price_lines(bill, lines, taken.date, books, actor)
    _reopen(orders, actor)
    bill.refresh_from_db()
    return bill


def _lock_orders(matches: Sequence[LineMatch], company_id: int) -> list[PurchaseOrder]:
    return _lock_orders_of([match.po_line.pk for match in matches if match.po_line], company_id)


def _lock_orders_of(po_line_ids: Sequence[int], company_id: int) -> list[PurchaseOrder]:
    """In key order, as receiving does: a bill and a receipt of one order wait for each other. Statements: 0 or 1."""
    if not po_line_ids:
        return []
    locked = PurchaseOrder.objects.select_for_update(of=("self",), no_key=True)
    ids = PurchaseOrder.objects.filter(lines__in=po_line_ids).values("pk")
    return list(locked.filter(company_id=company_id, pk__in=ids).order_by("pk"))


def _refuse_unless_agreed(bill: Bill, lines: Sequence[BillLine], matches: Sequence[LineMatch]) -> None:
    """Whatever is wrong now must have been seen by whoever approved it. Statements: 5 to 7."""
    if bill.status != BillStatus.APPROVED:
        return  # the table of states refuses it
    last = bill.exceptions.filter(outcome__in=["approved", "credit_expected"]).order_by("-closed_at").first()
    rows = bill.exceptions.filter(closed_at=last.closed_at) if last else bill.exceptions.none()
    seen = set(rows.values_list("line_id", "reason", "found"))
    for line, finding in findings_of(bill, lines, matches):
        if (line.pk if line else None, finding.reason, f"{finding.found.normalize():f}") not in seen:
            raise BillRefused(
                _(
                    "%(number)s agreed when it was approved and does not now (%(reason)s): send it back and match it again."
                )
                % {"number": bill.number, "reason": BillReason(finding.reason).label},
                code="no_longer_agrees",
                reason=finding.reason,
            )


def _record_billed(bill: Bill, matches: Sequence[LineMatch], posted: PostedBill) -> dict[int, Item]:
    """The bill's own items, by line id."""
    side = Side.DEBIT if bill.kind == BillKind.BILL else Side.CREDIT
    rows = []
    for match in matches:
        first = match.open_items[0] if match.open_items else None
        sku = match.po_line.sku_id if match.po_line else first.sku_id if first else None
        order_line = match.po_line.pk if match.po_line else first.po_line_id if first else None
        if bill.kind == BillKind.CREDIT_NOTE and match.line.source_type != BILL_LINE:
            order_line = None  # what went back was billed all the same
        rows.append((match.line, sku, order_line))
    written = insert_rows(
        "inventory_grniitem",
        _ITEM,
        [
            (
                bill.company_id, str(bill.kind), str(side), bill.party_id, sku, order_line, line.pk, None,
                line.quantity, posted.base[line.pk], posted.date, posted.entry_id,
            )
            for line, sku, order_line in rows
        ],
        suffix="RETURNING bill_line_id, id",
    )  # fmt: skip
    ids: Mapping[int, int] = dict(written)
    return {
        line.pk: Item(
            ids[line.pk], str(bill.kind), str(side), bill.party_id, sku, order_line, None, line.pk,
            line.quantity, posted.base[line.pk], ZERO, ZERO,
        )
        for line, sku, order_line in rows
    }  # fmt: skip


def _pairs(
    bill: Bill, matches: Sequence[LineMatch], items: Mapping[int, Item], own: Mapping[int, Item]
) -> tuple[list[Pair], dict[int, datetime.date]]:
    """What each line clears, oldest first; what lines above have taken is gone."""
    left = {pk: item.open for pk, item in items.items()}
    dates = {item.pk: item.date for match in matches for item in match.open_items}
    pairs = []
    for match in matches:
        mine, missing = own[match.line.pk], match.line.quantity
        for row in match.open_items:
            part = min(missing, left.get(row.pk, ZERO))
            if part <= 0:
                continue
            left[row.pk] -= part
            missing -= part
            other = items[row.pk]
            pairs.append(Pair(mine, other, part) if bill.kind == BillKind.BILL else Pair(other, mine, part))
    return pairs, dates


def _credit_returns(bill: Bill, pairs: Sequence[Pair], actor: Actor) -> None:
    """Returns to the supplier of which every item is credited now. Statements: 0, or 2 and 4 for each return."""
    cleared = [pair.debit.move_id for pair in pairs if pair.debit.kind == "supplier_return"]
    if not cleared:
        return
    line_ids = StockMove.objects.filter(pk__in=cleared, source_type="inventory.supplierreturnline").values("source_id")
    shipped = SupplierReturn.objects.filter(status=SupplierReturnStatus.SHIPPED, lines__in=line_ids).distinct()
    waiting = StockMove.objects.filter(
        source_type="inventory.supplierreturnline",
        source_id__in=SupplierReturnLine.objects.filter(supplier_return__in=shipped).values("pk"),
        grni_item__open_quantity__gt=0,
    ).values_list("source_id", flat=True)
    open_returns = set(
        SupplierReturnLine.objects.filter(pk__in=list(waiting)).values_list("supplier_return_id", flat=True)
    )
    for pk in shipped.order_by("pk").values_list("pk", flat=True):
        if pk not in open_returns:
            credit_supplier_return(pk, company_id=bill.company_id, actor=actor, reference=bill.number)


def _post_price_lines(bill: Bill, lines: Sequence[BillLine], posted: PostedBill, books: Books, actor: Actor) -> None:
    sign = 1 if bill.kind == BillKind.BILL else -1
    amounts = [(line, sign * posted.base[line.pk]) for line in lines if line.kind == BillLineKind.PRICE]
    _spread_prices(bill, amounts, posted.date, f"bill:{bill.pk}:price", books, actor)


def _reverse_price_lines(bill: Bill, lines: Sequence[BillLine], day: datetime.date, books: Books, actor: Actor) -> None:
    sign, exponent = (-1 if bill.kind == BillKind.BILL else 1), books.exponents[books.base_currency]
    amounts = [
        (line, sign * round_money(line.net * (bill.exchange_rate or 1), exponent))
        for line in lines
        if line.kind == BillLineKind.PRICE
    ]
    _spread_prices(bill, amounts, day, f"reverse:bill:{bill.pk}:price", books, actor)


def _spread_prices(
    bill: Bill,
    amounts: Sequence[tuple[BillLine, Decimal]],
    day: datetime.date,
    key: str,
    books: Books,
    actor: Actor,
) -> None:
    """A price line's amount goes to the receipts it is about, by quantity. Statements: 2 and post_variances'."""
    if not amounts:
        return
    receipts = _receipts_of([line for line, _amount in amounts])
    exponent = books.exponents[books.base_currency]
    variances = []
    for line, amount in amounts:
        found = receipts.get((line.source_type, line.source_id or 0), [])
        if not found:
            variances.append(Variance(None, None, line.quantity, amount))
            continue
        parts = split_by_weight(amount, [quantity for _item, quantity in found], exponent)
        variances += [
            Variance(item.move_id, item.sku_id, quantity, part)
            for (item, quantity), part in zip(found, parts, strict=True)
            if part
        ]
    post_variances(variances, day=day, entry_key=key, source=(OBJECT, bill.pk), books=books, actor=actor)


def _receipts_of(lines: Sequence[BillLine]) -> dict[tuple[str, int], list[tuple[GrniItem, Decimal]]]:
    """Receipts and quantities that price lines are about, by source."""
    found: dict[tuple[str, int], list[tuple[GrniItem, Decimal]]] = {}
    named = [line.source_id for line in lines if line.source_type == RECEIPT]
    for item in GrniItem.objects.filter(pk__in=named, kind="receipt"):
        found[RECEIPT, item.pk] = [(item, item.quantity)]
    billed = [line.source_id for line in lines if line.source_type == BILL_LINE]
    rows = GrniMatch.objects.filter(debit__bill_line__in=billed, credit__kind="receipt").select_related(
        "credit", "debit"
    )
    sums: dict[tuple[int, int], tuple[GrniItem, Decimal]] = {}
    for row in rows:
        key = (row.debit.bill_line_id or 0, row.credit_id)
        sums[key] = (row.credit, sums.get(key, (None, ZERO))[1] + row.quantity)
    for (line_id, _item), pair in sums.items():
        if pair[1] > 0:
            found.setdefault((BILL_LINE, line_id), []).append(pair)
    return found


def _cancel_items(own: Sequence[GrniItem], entry_id: int, day: datetime.date, books: Books, actor: Actor) -> None:
    """The mirror of each item of a reversed bill, used up against it."""
    if not own:
        return
    rows = insert_rows(
        "inventory_grniitem",
        _ITEM,
        [
            (
                item.company_id, "reversal", "credit" if item.side == Side.DEBIT else "debit", item.supplier_id,
                item.sku_id, item.po_line_id, None, item.pk, item.quantity, item.value, day, entry_id,
            )
            for item in own
        ],
        suffix="RETURNING reverses_id, id",
    )  # fmt: skip
    mirrors: Mapping[int, int] = dict(rows)
    items = lock_items([*mirrors, *mirrors.values()], company_id=books.company_id)
    pairs = []
    for item in own:
        both = (items[item.pk], items[mirrors[item.pk]])
        pairs.append(Pair(*(both if item.side == Side.DEBIT else both[::-1]), item.quantity))
    match_items(
        pairs,
        dates=dict.fromkeys(items, day),
        entry_key="",
        source=(OBJECT, 0),
        books=books,
        actor=actor,
    )


def close_billed(orders: Sequence[PurchaseOrder], actor: Actor) -> None:
    """received -> closed once every line is billed. Statements: 2, and 2 for each order that closes."""
    done = [order for order in orders if order.status == PurchaseOrderStatus.RECEIVED]
    for order in fully_billed(done):
        order.status = PurchaseOrderStatus.CLOSED
        order.save(update_fields=["status"])
        record_status(order, PurchaseOrderStatus.RECEIVED, PurchaseOrderStatus.CLOSED, actor=actor, reason="billed")


def fully_billed(orders: Sequence[PurchaseOrder]) -> list[PurchaseOrder]:
    """Those of which every line is billed, or written off, as far as it was received. Statements: 2."""
    lines = [line for order in orders for line in order.lines.all()]
    billed = billed_quantities([line.pk for line in lines])
    open_orders = {line.purchase_order_id for line in lines if billed.get(line.pk, ZERO) < line.received}
    return [order for order in orders if order.pk not in open_orders]


def _reopen(orders: Sequence[PurchaseOrder], actor: Actor) -> None:
    whole = {order.pk for order in fully_billed(orders)}
    for order in orders:
        if order.status == PurchaseOrderStatus.CLOSED and order.pk not in whole and _all_in(order):
            order.status = PurchaseOrderStatus.RECEIVED
            order.save(update_fields=["status"])
            record_status(
                order, PurchaseOrderStatus.CLOSED, PurchaseOrderStatus.RECEIVED, actor=actor, reason="bill reversed"
            )


def _all_in(order: PurchaseOrder) -> bool:
    return all(line.received + line.cancelled >= line.quantity for line in order.lines.all())
