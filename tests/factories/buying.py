"""Builders for what suppliers will bring."""

import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounting.services import ensure_party
from inventory.models import PurchaseOrder, PurchaseOrderLine
from inventory.services import (
    PurchaseLineInput,
    approve_purchase_order,
    confirm_purchase_order,
    create_purchase_order,
    send_purchase_order,
    submit_purchase_order,
)
from tests.factories.books import ACTOR
from tests.factories.goods import Shop
from warehouse.services import DeliveredLine, receive_purchase

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
    party = ensure_party(company_id=shop.id, code=supplier, name=supplier, currency="GBP", is_supplier=True)
    order = create_purchase_order(
        [PurchaseLineInput(sku_id, Decimal(quantity), Decimal("2.50"))],
        company_id=shop.id,
        supplier_id=party.pk,
        warehouse_id=values.pop("warehouse_id", shop.warehouse.pk),
        ordered_at=timezone.now(),
        expected_date=None if days is None else in_days(days),
        actor=ACTOR,
        **values,
    )
    for step in (submit_purchase_order, approve_purchase_order, send_purchase_order, confirm_purchase_order):
        if order.status == until:
            break
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
