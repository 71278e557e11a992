"""Purchase orders while they are drafts: written, changed, priced from the supplier's list."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Party
from backoffice.core import audit
from backoffice.core.actor import Actor
from inventory.errors import PurchaseRefused
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseOrderStatus, Sku, SkuStatus, Warehouse
from inventory.selectors.offers import Offer, offers_of
from inventory.services.kits import refuse_kits
from inventory.services.purchasing.records import OBJECT, lock_purchase_order, record_status
from inventory.states import BUYABLE


@dataclass(frozen=True, slots=True)
class PurchaseLineInput:
    """unit_cost: in the order's currency, before tax; None: the supplier's price for the quantity.
    expected_date: None: the order's."""

    sku_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None
    expected_date: datetime.date | None = None


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

    Raises PurchaseRefused, nothing written, if the supplier, warehouse or a SKU is not the company's, a quantity or
    cost makes no sense, a SKU is discontinued (by us or by them) or has no price; KitRefused for a kit.
    Statements: 10.
    """
    supplier = Party.objects.filter(company_id=company_id, pk=supplier_id, is_supplier=True).first()
    if supplier is None:
        raise PurchaseRefused(_("Choose a supplier of this company."), code="unknown_supplier")
    if not Warehouse.objects.filter(company_id=company_id, pk=warehouse_id, is_transit=False).exists():
        raise PurchaseRefused(_("Choose a warehouse of this company."), code="unknown_warehouse")
    order = PurchaseOrder(
        company_id=company_id,
        supplier=supplier,
        warehouse_id=warehouse_id,
        currency=currency or supplier.currency_id,
        reference=reference,
        ordered_at=ordered_at,
        expected_date=expected_date,
        note=note,
        buyer_id=actor.user_id,
    )
    rows = priced_rows(order, lines)
    order.save()
    PurchaseOrderLine.objects.bulk_create(rows)
    record_status(order, "", order.status, actor=actor, action="created")
    return order


@transaction.atomic(savepoint=False)
def edit_purchase_order(
    order_id: int,
    *,
    lines: Sequence[PurchaseLineInput],
    company_id: int,
    actor: Actor,
    expected_date: datetime.date | None = None,
    reference: str = "",
    note: str = "",
) -> PurchaseOrder:
    """Write a draft anew: its lines, date, reference and note. Once approved, revise_purchase_order.

    Raises NotFound, PurchaseRefused (not_a_draft and what create_purchase_order refuses), nothing changed.
    Statements: 11.
    """
    order = _draft(order_id, company_id)
    rows = priced_rows(order, lines)
    order.lines.all().delete()
    PurchaseOrderLine.objects.bulk_create(rows)
    order.expected_date, order.reference, order.note = expected_date, reference, note
    order.save(update_fields=["expected_date", "reference", "note"])
    change = audit.Change(OBJECT, order.pk, "changed", "lines", new=str(len(rows)), company_id=company_id)
    audit.record([change], actor=actor)
    return order


@transaction.atomic(savepoint=False)
def add_purchase_lines(
    order_id: int, *, lines: Sequence[PurchaseLineInput], company_id: int, actor: Actor
) -> PurchaseOrder:
    """Put more lines into a draft, such as those of a file. Raises as edit_purchase_order does. Statements: 10."""
    order = _draft(order_id, company_id)
    last = order.lines.count()
    rows = priced_rows(order, lines, first=last + 1)
    PurchaseOrderLine.objects.bulk_create(rows)
    change = audit.Change(OBJECT, order.pk, "changed", "lines", str(last), str(last + len(rows)), company_id=company_id)
    audit.record([change], actor=actor)
    return order


def _draft(order_id: int, company_id: int) -> PurchaseOrder:
    order = lock_purchase_order(order_id, company_id=company_id)
    if order.status != PurchaseOrderStatus.DRAFT:
        raise PurchaseRefused(
            _("%(order)s is no draft any more: change it by a revision.") % {"order": order.number}, code="not_a_draft"
        )
    return order


def priced_rows(order: PurchaseOrder, lines: Sequence[PurchaseLineInput], *, first: int = 1) -> list[PurchaseOrderLine]:
    """The checked lines with the supplier's prices, not written yet. Statements: 5."""
    check_lines(lines, order.company_id)
    refuse_kits([line.sku_id for line in lines], company_id=order.company_id)
    offers = offers_of(order.supplier_id, [(line.sku_id, line.quantity) for line in lines], company_id=order.company_id)
    refuse_discontinued([line.sku_id for line in lines], offers, order)
    rows = []
    for position, line in enumerate(lines, start=first):
        asked = list_price(offers.get(line.sku_id), order.currency)
        if line.unit_cost is None and asked is None:
            raise PurchaseRefused(
                _("Line %(row)s: the supplier's list has no price in %(currency)s; type one.")
                % {"row": position, "currency": order.currency},
                code="no_price",
                row=position,
            )
        rows.append(
            PurchaseOrderLine(
                purchase_order=order,
                position=position,
                sku_id=line.sku_id,
                quantity=line.quantity,
                unit_cost=asked if line.unit_cost is None else line.unit_cost,
                list_cost=asked,
                expected_date=line.expected_date,
            )
        )
    return rows


def list_price(offer: Offer | None, currency: str) -> Decimal | None:
    """What the supplier's list asks, where it is in the order's currency."""
    return offer.unit_price if offer is not None and offer.currency == currency else None


def refuse_discontinued(sku_ids: Sequence[int], offers: Mapping[int, Offer], order: PurchaseOrder) -> None:
    """Raises PurchaseRefused for a SKU that we do not buy (any more), or that this supplier gave up. Statements: 1."""
    rows = Sku.objects.filter(pk__in=set(sku_ids)).exclude(status__in=BUYABLE)
    ours = {pk: (code, SkuStatus(status)) for pk, code, status in rows.values_list("pk", "code", "status")}
    for row, sku_id in enumerate(sku_ids, start=1):
        if sku_id in ours:
            sku, status = ours[sku_id]
            detail = _("Line %(row)s: %(sku)s is not bought, its status is “%(status)s”; make it active first.")
            raise PurchaseRefused(
                detail % {"row": row, "sku": sku, "status": status.label},
                code="discontinued" if status == SkuStatus.DISCONTINUED else "not_bought",
                row=row,
            )
        if sku_id in offers and offers[sku_id].is_discontinued:
            detail = _("Line %(row)s: the supplier sells %(sku)s no more.")
            raise PurchaseRefused(
                detail % {"row": row, "sku": offers[sku_id].code}, code="discontinued_by_supplier", row=row
            )


def check_lines(lines: Sequence[PurchaseLineInput], company_id: int) -> None:
    if not lines:
        raise PurchaseRefused(_("A purchase order needs a line."), code="no_lines")
    known = set(
        Sku.objects.filter(company_id=company_id, pk__in={line.sku_id for line in lines}).values_list("pk", flat=True)
    )
    for number, line in enumerate(lines, start=1):
        if line.sku_id not in known:
            raise PurchaseRefused(_("Line %(row)s: unknown SKU.") % {"row": number}, code="unknown_sku", row=number)
        if line.quantity <= 0 or (line.unit_cost is not None and line.unit_cost < 0):
            raise PurchaseRefused(
                _("Line %(row)s: the quantity is above zero and the cost not below it.") % {"row": number},
                code="bad_line",
                row=number,
            )
