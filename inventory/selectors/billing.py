"""What a bill's goods were ordered, received and billed before: the three ways of the match."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from accounting.models import Bill, BillKind, BillLine
from backoffice.core.money import ZERO
from inventory.models import BillTolerance, GrniItem, PurchaseOrderLine

RECEIPT = "inventory.grniitem"
ORDER_LINE = "inventory.purchaseorderline"
BILL_LINE = "accounting.billline"


@dataclass(slots=True)
class LineMatch:
    """A bill's goods line beside its order and receipts. open_items: what it may clear, oldest first.

    ordered is without what was cancelled; billed is by other bills. expected_price: the order's, or the receipt's
    value for one where nothing was ordered; in `currency`.
    """

    line: BillLine
    po_line: PurchaseOrderLine | None = None
    open_items: list[GrniItem] = field(default_factory=list)
    ordered: Decimal = ZERO
    received: Decimal = ZERO
    billed: Decimal = ZERO
    expected_price: Decimal | None = None
    currency: str = ""
    problem: str = ""  # wrong_supplier, unknown: the source is not this supplier's

    @property
    def open(self) -> Decimal:
        """Received and not billed."""
        return sum((item.open_quantity for item in self.open_items), ZERO)

    @property
    def difference(self) -> Decimal | None:
        """What the line asks above the expected price."""
        if self.expected_price is None:
            return None
        return self.line.net - self.line.quantity * self.expected_price


def line_matches(bill: Bill, lines: Sequence[BillLine] | None = None) -> list[LineMatch]:
    """The goods lines of a bill with what they may clear. A posted bill's own items are left out.

    Statements: 4, whatever the number of lines.
    """
    rows = list(bill.lines.order_by("position")) if lines is None else list(lines)
    goods = [line for line in rows if line.kind == "goods"]
    items, by_line = _open_items(bill, goods)
    order_lines = _order_lines(goods, items)
    counts = _counts(order_lines, bill)
    found = []
    for line in goods:
        match = LineMatch(line)
        _fill(match, bill, items, by_line, order_lines, counts)
        found.append(match)
    return found


def _open_items(bill: Bill, goods: Sequence[BillLine]) -> tuple[dict[int, GrniItem], dict[int, list[GrniItem]]]:
    """Items named by lines (open or not), and the open ones by order line or bill line."""
    named = {line.source_id for line in goods if line.source_type == RECEIPT}
    ordered = {line.source_id for line in goods if line.source_type == ORDER_LINE}
    billed = {line.source_id for line in goods if line.source_type == BILL_LINE}
    side = "credit" if bill.kind == BillKind.BILL else "debit"
    wanted = Q(pk__in=named) | Q(po_line__in=ordered, side=side, open_quantity__gt=0)
    wanted |= Q(bill_line__in=billed, side=side, open_quantity__gt=0)
    rows = GrniItem.objects.filter(wanted, company_id=bill.company_id).exclude(kind__in=["reversal", "write_off"])
    items: dict[int, GrniItem] = {}
    by_line: dict[int, list[GrniItem]] = {}
    for item in rows.select_related("sku", "move").order_by("date", "pk"):
        items[item.pk] = item
        key = (
            -(item.bill_line_id or 0) if item.bill_line_id in billed else item.po_line_id or 0
        )  # bill lines below zero
        by_line.setdefault(key, []).append(item)
    return items, by_line


def _order_lines(goods: Sequence[BillLine], items: Mapping[int, GrniItem]) -> dict[int, PurchaseOrderLine]:
    wanted = {line.source_id for line in goods if line.source_type == ORDER_LINE}
    wanted |= {item.po_line_id for item in items.values() if item.po_line_id}
    rows = PurchaseOrderLine.objects.select_related("purchase_order", "sku")
    return {row.pk: row for row in rows.filter(pk__in=wanted)}


def _counts(order_lines: Mapping[int, PurchaseOrderLine], bill: Bill) -> dict[int, Decimal]:
    """What other bills have of each order line, less what credit notes took back unreceived."""
    return billed_quantities(list(order_lines), without_bill=bill.pk)


def billed_quantities(po_line_ids: Sequence[int], *, without_bill: int | None = None) -> dict[int, Decimal]:
    """Quantity billed by posted bills, by order line. Statements: 1."""
    rows = GrniItem.objects.filter(po_line__in=po_line_ids, kind__in=["bill", "credit_note", "write_off", "reversal"])
    rows = rows.exclude(bill_line__bill_id=without_bill) if without_bill else rows
    billed: dict[int, Decimal] = {}
    for pk, side, _kind, quantity in rows.values_list("po_line_id", "side", "kind").annotate(sum=Sum("quantity")):
        sign = 1 if side == "debit" else -1
        billed[pk] = billed.get(pk, ZERO) + sign * quantity
    return billed


def _fill(
    match: LineMatch,
    bill: Bill,
    items: Mapping[int, GrniItem],
    by_line: Mapping[int, list[GrniItem]],
    order_lines: Mapping[int, PurchaseOrderLine],
    counts: Mapping[int, Decimal],
) -> None:
    line = match.line
    side = "credit" if bill.kind == BillKind.BILL else "debit"
    supplier = None
    if line.source_type == RECEIPT:
        item = items.get(line.source_id or 0)
        if item is None or item.side != side:
            match.problem = "unknown"
            return
        supplier = item.supplier_id
        match.open_items = [item] if item.open_quantity else []
        match.po_line = order_lines.get(item.po_line_id or 0)
        if match.po_line is None or bill.kind == BillKind.CREDIT_NOTE:
            match.ordered = match.received = item.quantity
            match.expected_price, match.currency = item.value / item.quantity, ""  # "": the base currency
            match.billed = item.used
            match.problem = "wrong_supplier" if supplier not in (None, bill.party_id) else ""
            return
    elif line.source_type == ORDER_LINE:
        match.po_line = order_lines.get(line.source_id or 0)
        if match.po_line is None or match.po_line.purchase_order.company_id != bill.company_id:
            match.problem = "unknown"
            return
        match.open_items = by_line.get(match.po_line.pk, [])
    elif line.source_type == BILL_LINE:
        match.open_items = by_line.get(-(line.source_id or 0), [])
        match.ordered = match.received = match.open
        return
    if match.po_line is None:
        return
    order = match.po_line.purchase_order
    supplier = order.supplier_id
    match.ordered = match.po_line.quantity - match.po_line.cancelled
    match.received = match.po_line.received
    match.billed = counts.get(match.po_line.pk, ZERO)
    match.expected_price, match.currency = match.po_line.unit_cost, order.currency
    match.problem = "wrong_supplier" if supplier != bill.party_id else ""


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What a supplier's bills may be above order and receipt; of percent and amount the greater one counts."""

    price_percent: Decimal = ZERO
    price_amount: Decimal = ZERO
    quantity_percent: Decimal = ZERO
    quantity_units: Decimal = ZERO
    total_percent: Decimal = ZERO
    total_amount: Decimal = ZERO

    def price(self, expected: Decimal) -> Decimal:
        return max(expected * self.price_percent / 100, self.price_amount)

    def quantity(self, expected: Decimal) -> Decimal:
        return max(expected * self.quantity_percent / 100, self.quantity_units)

    def total(self, expected: Decimal) -> Decimal | None:
        """None: the sum is not limited."""
        if not self.total_percent and not self.total_amount:
            return None
        return max(expected * self.total_percent / 100, self.total_amount)


def bill_tolerances(supplier_id: int, *, company_id: int) -> Tolerances:
    """The supplier's, else the company's, else none. Statements: 1."""
    rows = BillTolerance.objects.filter(Q(supplier_id=supplier_id) | Q(supplier__isnull=True), company_id=company_id)
    found: Any = rows.order_by("supplier_id").first()  # nulls sort last
    if found is None:
        return Tolerances()
    return Tolerances(**{name: getattr(found, name) for name in Tolerances.__slots__})
