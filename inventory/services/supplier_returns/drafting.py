"""A return to a supplier as a draft: checked against what was bought, priced."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Party
from backoffice.core.actor import Actor
from inventory.errors import PurchaseRefused
from inventory.models import (
    PurchaseOrderLine,
    Sku,
    SupplierReturn,
    SupplierReturnLine,
    SupplierReturnStatus,
    Warehouse,
)
from inventory.selectors.offers import offers_of
from inventory.services.supplier_returns.records import record

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class SupplierReturnInput:
    """Goods to send back. po_line_id: the order line they came on, whose price is owed; without one unit_price, or
    else the supplier's list price."""

    sku_id: int
    quantity: Decimal
    po_line_id: int | None = None
    unit_price: Decimal | None = None
    lot_id: int | None = None


@transaction.atomic(savepoint=False)
def create_supplier_return(
    lines: Sequence[SupplierReturnInput],
    *,
    company_id: int,
    supplier_id: int,
    warehouse_id: int,
    actor: Actor,
    reason: str,
    reference: str = "",
) -> SupplierReturn:
    """A draft. Raises PurchaseRefused, nothing written: unknown_supplier, unknown_warehouse, no_lines, no_reason,
    unknown_sku, bad_line, unknown_line (no line of this supplier and SKU), more_than_received, no_price,
    currencies_differ. Statements: 9.
    """
    supplier = Party.objects.filter(company_id=company_id, pk=supplier_id, is_supplier=True).first()
    if supplier is None:
        raise PurchaseRefused(_("Choose a supplier of this company."), code="unknown_supplier")
    if not Warehouse.objects.filter(company_id=company_id, pk=warehouse_id, is_transit=False).exists():
        raise PurchaseRefused(_("Choose a warehouse of this company."), code="unknown_warehouse")
    if not lines:
        raise PurchaseRefused(_("A return needs a line."), code="no_lines")
    if not reason.strip():
        raise PurchaseRefused(_("Say why the goods go back."), code="no_reason")
    bought = _bought(lines, supplier_id, company_id)
    currencies = {line.purchase_order.currency for line in bought.values()} or {supplier.currency_id}
    if len(currencies) > 1:
        raise PurchaseRefused(
            _("The goods were bought in several currencies: make a return for each."), code="currencies_differ"
        )
    (currency,) = currencies
    prices = _prices(lines, bought, supplier_id, currency, company_id)
    found = SupplierReturn.objects.create(
        company_id=company_id,
        supplier=supplier,
        warehouse_id=warehouse_id,
        currency=currency,
        reference=reference[:60],
        reason=reason[:300],
        made_by_id=actor.user_id,
    )
    SupplierReturnLine.objects.bulk_create(
        SupplierReturnLine(
            supplier_return=found,
            position=position,
            sku_id=line.sku_id,
            lot_id=line.lot_id,
            po_line_id=line.po_line_id,
            quantity=line.quantity,
            unit_price=price,
        )
        for position, (line, price) in enumerate(zip(lines, prices, strict=True), start=1)
    )
    record(found, "", found.status, actor, reason, action="created")
    return found


def _bought(lines: Sequence[SupplierReturnInput], supplier_id: int, company_id: int) -> dict[int, PurchaseOrderLine]:
    """The order lines that are named. Raises PurchaseRefused for what makes no sense. Statements: 3."""
    known = set(
        Sku.objects.filter(company_id=company_id, pk__in={line.sku_id for line in lines}).values_list("pk", flat=True)
    )
    wanted = {line.po_line_id for line in lines if line.po_line_id}
    rows = PurchaseOrderLine.objects.select_related("purchase_order").filter(
        pk__in=wanted, purchase_order__supplier_id=supplier_id, purchase_order__company_id=company_id
    )
    bought = {row.pk: row for row in rows}
    left = {row.pk: row.received for row in bought.values()}
    before = SupplierReturnLine.objects.filter(po_line__in=wanted).exclude(
        supplier_return__status=SupplierReturnStatus.CANCELLED
    )
    for po_line_id, quantity in before.values_list("po_line_id", "quantity"):
        left[po_line_id] = left.get(po_line_id, ZERO) - quantity
    for row, line in enumerate(lines, start=1):
        target = bought.get(line.po_line_id or 0)
        if line.sku_id not in known:
            detail, code = _("Line %(row)s: unknown SKU."), "unknown_sku"
        elif line.quantity <= 0 or (line.unit_price is not None and line.unit_price < 0):
            detail, code = _("Line %(row)s: the quantity is above zero and the cost not below it."), "bad_line"
        elif line.po_line_id and (target is None or target.sku_id != line.sku_id):
            detail, code = _("Line %(row)s: this supplier's order has no such line."), "unknown_line"
        elif line.po_line_id and left[line.po_line_id] < line.quantity:
            detail, code = _("Line %(row)s: less than that was received and not sent back."), "more_than_received"
        else:
            if line.po_line_id:
                left[line.po_line_id] -= line.quantity
            continue
        raise PurchaseRefused(detail % {"row": row}, code=code, row=row)
    return bought


def _prices(
    lines: Sequence[SupplierReturnInput],
    bought: dict[int, PurchaseOrderLine],
    supplier_id: int,
    currency: str,
    company_id: int,
) -> list[Decimal]:
    unpriced = [(line.sku_id, line.quantity) for line in lines if line.po_line_id is None and line.unit_price is None]
    offers = offers_of(supplier_id, unpriced, company_id=company_id)
    prices = []
    for row, line in enumerate(lines, start=1):
        price = bought[line.po_line_id].unit_cost if line.po_line_id else line.unit_price
        offer = offers.get(line.sku_id)
        if price is None and offer is not None and offer.currency == currency:
            price = offer.unit_price
        if price is None:
            raise PurchaseRefused(
                _("Line %(row)s: say what one of it was bought for.") % {"row": row}, code="no_price", row=row
            )
        prices.append(price)
    return prices
