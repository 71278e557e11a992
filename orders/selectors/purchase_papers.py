"""Purchase orders as facts for their documents, many at once."""

from collections.abc import Mapping, Sequence
from datetime import date

from accounting.selectors import Letterhead, letterheads
from inventory.models import PurchaseOrder, PurchaseOrderLine, SupplierSku, SupplierTerms
from orders.models import DocumentKind
from orders.papers import ZERO, Paper, PaperLine, Sums
from orders.selectors.order_papers import exponents_of
from orders.selectors.recipients import LANGUAGES, address_lines


def purchase_papers(ids: Sequence[int]) -> list[Paper]:
    """The order to the supplier, in the language of their terms, with their own codes beside ours. Statements: 6."""
    orders = list(
        PurchaseOrder.objects.filter(pk__in=ids)
        .select_related("supplier__address", "supplier__person", "warehouse__address", "ship_to")
        .prefetch_related("lines__sku")
    )
    heads = letterheads({(order.company_id, None) for order in orders})
    exponents = exponents_of(order.currency for order in orders)
    codes = _their_codes(orders)
    terms = _terms(orders)
    return [_paper(order, heads[order.company_id, None], exponents[order.currency], codes, terms) for order in orders]


def _paper(
    order: PurchaseOrder,
    head: Letterhead,
    exponent: int,
    codes: Mapping[tuple[int, int], str],
    terms: Mapping[tuple[int, int | None], str],
) -> Paper:
    supplier = order.supplier
    wanted = sorted(
        (line for line in order.lines.all() if line.quantity > line.cancelled), key=lambda line: line.position
    )
    lines = [_line(line, codes.get((order.supplier_id, line.sku_id), "")) for line in wanted]
    goods = sum((line.amount or ZERO for line in lines), ZERO)
    day = order.ordered_at.astimezone(head.zone).date()
    return Paper(
        kind=DocumentKind.PURCHASE_ORDER,
        id=order.pk,
        number=order.number,
        date=day,
        language=_language(terms, order, head),
        letterhead=head,
        recipient=address_lines(supplier.address, name=str(supplier)),
        recipient_tax_number=supplier.tax_number,
        ship_to=_ship_to(order),
        references=_references(order, day),
        lines=lines,
        currency=order.currency,
        exponent=exponent,
        sums=Sums(goods=goods, taxes=[], includes_tax=False, rounding=ZERO, total=goods),
        note=order.note if len(order.note) <= 600 else order.note[:597] + "…",
        order_number=order.number,
    )


def _line(line: PurchaseOrderLine, theirs: str) -> PaperLine:
    quantity = line.quantity - line.cancelled
    code = f"{theirs} ({line.sku.code})" if theirs and theirs != line.sku.code else line.sku.code
    return PaperLine(code, line.sku.name, quantity, unit_price=line.unit_cost, amount=quantity * line.unit_cost)


def _references(order: PurchaseOrder, day: date) -> list[tuple[str, str | date]]:
    found: list[tuple[str, str | date]] = [("ordered", day)]
    if order.expected_date:
        found.append(("deliver_by", order.expected_date))
    if order.revision:
        found.append(("revision", str(order.revision)))
    if order.reference:
        found.append(("your_offer", order.reference))
    if order.supplier_reference:
        found.append(("your_order", order.supplier_reference))
    return found


def _ship_to(order: PurchaseOrder) -> list[str]:
    if order.ship_to is not None:
        return address_lines(order.ship_to)
    if order.warehouse is None:
        return []
    return address_lines(order.warehouse.address, name=order.warehouse.name)


def _their_codes(orders: Sequence[PurchaseOrder]) -> dict[tuple[int, int], str]:
    rows = SupplierSku.objects.filter(
        supplier__in={order.supplier_id for order in orders},
        sku__in={line.sku_id for order in orders for line in order.lines.all()},
    )
    return {(row.supplier_id, row.sku_id): row.code for row in rows}


def _terms(orders: Sequence[PurchaseOrder]) -> dict[tuple[int, int | None], str]:
    rows = SupplierTerms.objects.filter(company__in={order.company_id for order in orders})
    return {(row.company_id, row.supplier_id): row.language for row in rows}


def _language(terms: Mapping[tuple[int, int | None], str], order: PurchaseOrder, head: Letterhead) -> str:
    asked = (terms.get((order.company_id, order.supplier_id)), terms.get((order.company_id, None)), head.language)
    return next((language for language in asked if language in LANGUAGES), "en")
