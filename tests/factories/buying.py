"""Builders for what suppliers will bring."""

import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounting.models import Party
from accounting.services import ensure_party
from inventory.models import PurchaseOrder, PurchaseOrderLine, SupplierSku
from inventory.services import (
    PurchaseLineInput,
    ReceiptLine,
    Received,
    SupplierRow,
    approve_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    receive,
    send_purchase_order,
    submit_purchase_order,
    write_supplier_rows,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import Shop
from warehouse.services import DeliveredLine, receive_purchase

D = Decimal
ZONE = ZoneInfo("Europe/London")


def in_days(days: int) -> datetime.date:
    """A day counted from today in the zone of the tests' companies."""
    return timezone.now().astimezone(ZONE).date() + datetime.timedelta(days=days)


def today_in(zone: str) -> datetime.date:
    """The day that it is in a zone now."""
    return timezone.now().astimezone(ZoneInfo(zone)).date()


def make_purchase(shop: Shop, sku_id: int, quantity: str, days: int | None = 7, **values: Any) -> PurchaseOrder:
    """A purchase order expected in so many days. until: how far it goes (confirmed)."""
    until = values.pop("until", "confirmed")
    supplier = values.pop("supplier", "SUP")
    actor = values.pop("actor", ACTOR)
    party = ensure_party(company_id=shop.id, code=supplier, name=supplier, currency="GBP", is_supplier=True)
    order = create_purchase_order(
        [PurchaseLineInput(sku_id, Decimal(quantity), Decimal("2.50"))],
        company_id=shop.id,
        supplier_id=party.pk,
        warehouse_id=values.pop("warehouse_id", shop.warehouse.pk),
        ordered_at=timezone.now(),
        expected_date=None if days is None else in_days(days),
        actor=actor,
        **values,
    )
    for step in (submit_purchase_order, approve_purchase_order, send_purchase_order, confirm_purchase_order):
        if order.status == until:
            break
        if step is approve_purchase_order and order.status == "approved":
            continue
        order = step(order.pk, company_id=shop.id, actor=ACTOR)
    return order


def deliver(shop: Shop, order: PurchaseOrder, quantity: str, *, at: int | None = None, reference: str = "") -> Any:
    """A delivery of the order's first line into a bin, now."""
    line = PurchaseOrderLine.objects.filter(purchase_order=order).earliest("position")
    return receive_purchase(
        [DeliveredLine(line.pk, Decimal(quantity), at or shop.bin)],
        po_id=order.pk,
        company_id=shop.id,
        effective_at=timezone.now(),
        actor=ACTOR,
        reference=reference,
    )


def make_supplier(shop: Shop, code: str = "SUP", *, currency: str = "GBP") -> Party:
    return ensure_party(company_id=shop.id, code=code, name=code, currency=currency, is_supplier=True)


def make_offer(shop: Shop, sku: str = "MUG", *, supplier: str = "SUP", currency: str = "GBP", **values: Any) -> int:
    """A supplier's row of a SKU; its supplier SKU's id. stock, if given, was told just now."""
    party = make_supplier(shop, supplier, currency=currency)
    switches = {name: values.pop(name) for name in ("promise_stock", "stock_hours") if name in values}
    as_of = values.pop("as_of", timezone.now())
    numbers = {
        name: D(value) if isinstance(value, str) and name in _NUMBERS else value for name, value in values.items()
    }
    row = SupplierRow(sku, **numbers)
    write_supplier_rows([row], supplier_id=party.pk, company_id=shop.id, actor=ACTOR, as_of=as_of)
    found = SupplierSku.objects.filter(supplier=party, sku__code=sku)
    if switches:
        found.update(**switches)
    return found.get().pk


_NUMBERS = ("min_quantity", "pack_multiple", "price", "from_quantity", "stock")


def order_goods(shop: Shop, *lines: tuple[int, str, str], currency: str = "GBP", sent: bool = True) -> PurchaseOrder:
    """A purchase order of (SKU, quantity, unit cost), sent to its supplier."""
    supplier = ensure_party(company_id=shop.id, code="S1", name="Supplier", currency=currency, is_supplier=True)
    order = create_purchase_order(
        [PurchaseLineInput(sku, Decimal(quantity), Decimal(cost)) for sku, quantity, cost in lines],
        company_id=shop.id,
        supplier_id=supplier.pk,
        warehouse_id=shop.warehouse.pk,
        ordered_at=NOON,
        actor=ACTOR,
    )
    if sent:
        for step in (submit_purchase_order, approve_purchase_order, send_purchase_order):
            step(order.pk, company_id=shop.id, actor=ACTOR)
    return order


def arrive(shop: Shop, *lines: dict[str, Any], key: str = "receipt:1", **values: Any) -> Received:
    """Goods come in at the shop's dock, unless a line says where; lines: fields of ReceiptLine."""
    return receive(
        [ReceiptLine(**({"location_id": shop.dock} | line)) for line in lines],
        company_id=shop.id,
        effective_at=NOON,
        source_type="warehouse.receipt",
        source_id=1,
        source_key=key,
        actor=ACTOR,
        **values,
    )
