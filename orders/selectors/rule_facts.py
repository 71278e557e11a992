"""What rules look at, of many subjects at once; a fixed number of statements whatever their number."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, Q, Sum

from inventory.models import PurchaseOrder, PurchaseOrderLine, StockAlert, StockLevel
from orders.models import (
    Fulfilment,
    FulfilmentStatus,
    Hold,
    Order,
    OrderLine,
    OrderPayment,
    OrderStatus,
    OrderTag,
    ReturnOrder,
    Shipment,
)
from orders.selectors.axes import axes_of

ZERO = Decimal(0)
ENDED = (OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED)


@dataclass(slots=True)
class Subject:
    """since, ended_at: when it came, and when the last thing happened to one that is over (None: it goes on)."""

    id: int
    company_id: int
    since: datetime.datetime
    facts: dict[str, Any]
    ended_at: datetime.datetime | None = None


_BEFORE = """
SELECT o.id, (SELECT count(*) FROM orders_order b WHERE b.contact_id = o.contact_id AND b.placed_at < o.placed_at)
FROM orders_order o WHERE o.id = ANY(%s) AND o.contact_id IS NOT NULL
"""
_WAITING = """
SELECT DISTINCT l.order_id FROM orders_orderline l
LEFT JOIN orders_orderlinecomponent c ON c.order_line_id = l.id
JOIN inventory_demand d ON d.id = coalesce(l.demand_id, c.demand_id) AND d.quantity > d.claimed + d.used
WHERE l.order_id = ANY(%s)
"""


def order_subjects(order_ids: Sequence[int], *, now: datetime.datetime) -> dict[int, Subject]:
    """Orders by id. Statements: 11."""
    ids = list(order_ids)
    found = {
        order.pk: _order(order, now)
        for order in Order.objects.filter(pk__in=ids).select_related(
            "company",
            "channel",
            "contact__group",
            "contact__person",
            "shipping_address",
            "billing_address",
            "pinned_warehouse",
        )
    }
    _add_lines({pk: subject.facts for pk, subject in found.items()}, ids)
    for order_id, name in OrderTag.objects.filter(order__in=ids).order_by("name").values_list("order_id", "name"):
        found[order_id].facts["tags"].append(name)
    for order_id, pk, kind in (
        Hold.objects.filter(order__in=ids, released_at__isnull=True)
        .order_by("pk")
        .values_list("order_id", "pk", "kind")
    ):
        found[order_id].facts["holds"].append(kind)
        found[order_id].facts["hold_ids"].append(pk)
        found[order_id].facts["is_held"] = True
    ended = [pk for pk, subject in found.items() if subject.facts["status"] in ENDED]
    for order_id, at in Shipment.objects.filter(order__in=ended).values_list("order_id", "shipped_at"):
        if at is not None:
            found[order_id].ended_at = _later(found[order_id].ended_at, at)
    for order_id, pk, at in (
        ReturnOrder.objects.filter(order__in=ids).order_by("pk").values_list("order_id", "pk", "requested_at")
    ):
        found[order_id].facts["return_ids"].append(pk)
        if order_id in ended:
            found[order_id].ended_at = _later(found[order_id].ended_at, at)
    work = Fulfilment.objects.filter(order__in=ids).exclude(status=FulfilmentStatus.CANCELLED)
    for order_id, code in work.order_by("pk").values_list("order_id", "warehouse__code"):
        if code not in found[order_id].facts["warehouses"]:
            found[order_id].facts["warehouses"].append(code)
    _add_money(found, ids)
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [ids])
        for order_id, before in cursor.fetchall():
            found[order_id].facts["orders_before"] = before
        cursor.execute(_WAITING, [ids])
        for (order_id,) in cursor.fetchall():
            found[order_id].facts["waits"] = True
    return found


def _later(one: datetime.datetime | None, other: datetime.datetime) -> datetime.datetime:
    return other if one is None else max(one, other)


def _order(order: Order, now: datetime.datetime) -> Subject:
    zone = ZoneInfo(order.company.time_zone)
    address, billed, contact = order.shipping_address, order.billing_address, order.contact
    promise = order.promise_date
    facts: dict[str, Any] = {
        "number": order.number,
        "channel": order.channel.code,
        "status": order.status,
        "total": order.total,
        "goods_total": order.goods_total,
        "discount_total": order.discount_total,
        "currency": order.currency,
        "priority": order.priority,
        "service": order.shipping_service,
        "note": order.note,
        "external_number": order.external_number,
        "country": address.country if address else "",
        "region": address.region if address else "",
        "postcode": address.postcode if address else "",
        "city": address.city if address else "",
        "bill_country": billed.country if billed else "",
        "billed_elsewhere": bool(address and billed and billed.country and address.country != billed.country),
        "ship_complete": order.ship_complete,
        "weekday": order.placed_at.astimezone(zone).isoweekday(),
        "age_hours": Decimal(int((now - order.placed_at).total_seconds() // 3600)),
        "promise_date": promise.isoformat() if promise else "",
        "days_to_promise": (promise - now.astimezone(zone).date()).days if promise else None,
        "pinned": order.pinned_warehouse.code if order.pinned_warehouse else "",
        "is_guest": contact is None or contact.external_id.startswith("guest:"),
        "group": contact.group.code if contact and contact.group else "",
        "buyer_country": contact.country if contact else "",
        "has_email": bool(contact and contact.person.email),
        "buyer_name": contact.person.name if contact else "",
        "email": contact.person.email if contact else "",
        "recipient": address.name if address else "",
        "orders_before": 0,
        "tags": [], "holds": [], "hold_ids": [], "return_ids": [], "warehouses": [],
        "is_held": False, "is_paid": False, "waits": False,
        "skus": [], "categories": [], "brands": [], "payment_methods": [],
        "line_count": 0, "units": ZERO, "most_of_one": ZERO, "highest_price": ZERO, "weight_g": ZERO,
        "heaviest_g": ZERO,
    }  # fmt: skip
    ended_at = order.recorded_at if order.status in ENDED else None
    return Subject(order.pk, order.company_id, order.recorded_at, facts, ended_at)


def _add_lines(facts: Mapping[int, dict[str, Any]], ids: Sequence[int]) -> None:
    lines = OrderLine.objects.filter(order__in=ids, quantity__gt=F("cancelled")).order_by("order", "position")
    for order_id, quantity, cancelled, price, channel_sku, sku, weight, category, brand in lines.values_list(
        "order_id", "quantity", "cancelled", "unit_price", "channel_sku", "sku__code", "sku__weight_g",
        "sku__product__category__name", "sku__product__brand__name",
    ):  # fmt: skip
        seen, left = facts[order_id], quantity - cancelled
        seen["line_count"] += 1
        seen["units"] += left
        seen["most_of_one"] = max(seen["most_of_one"], left)
        seen["highest_price"] = max(seen["highest_price"], price)
        seen["weight_g"] += left * (weight or 0)
        seen["heaviest_g"] = max(seen["heaviest_g"], Decimal(weight or 0))
        for code, value in (("skus", sku or channel_sku), ("categories", category), ("brands", brand)):
            if value and value not in seen[code]:
                seen[code].append(value)


def _add_money(found: Mapping[int, Subject], ids: Sequence[int]) -> None:
    paid: defaultdict[int, Decimal] = defaultdict(Decimal)
    payments = OrderPayment.objects.filter(order__in=ids).values("order_id", "method").order_by("order_id", "method")
    for row in payments.annotate(taken=Sum(F("captured") - F("refunded"))):
        paid[row["order_id"]] += row["taken"]
        found[row["order_id"]].facts["payment_methods"].append(row["method"])
    axes = axes_of(ids)
    for pk, subject in found.items():
        settled = axes[pk].billed == "full" and axes[pk].paid == "full"
        subject.facts["is_paid"] = settled or pk in paid and paid[pk] >= subject.facts["total"]


def alert_subjects(alert_ids: Sequence[int], *, now: datetime.datetime) -> dict[int, Subject]:
    """Alerts of stock by id. Statements: 2."""
    rows = StockAlert.objects.filter(pk__in=list(alert_ids)).select_related(
        "sku__product__category", "sku__product__brand", "warehouse", "lot", "company"
    )
    alerts = {row.pk: row for row in rows}
    places = Q(pk__in=[])
    for row in alerts.values():
        places |= Q(sku=row.sku_id, warehouse=row.warehouse_id)
    levels: dict[tuple[int, int], tuple[Decimal, Decimal]] = {
        (sku, warehouse): (on_hand, available)
        for sku, warehouse, on_hand, available in StockLevel.objects.filter(places, owner=None).values_list(
            "sku_id", "warehouse_id", "on_hand", "available"
        )
    }
    subjects = {}
    for pk, row in alerts.items():
        on_hand, available = levels.get((row.sku_id, row.warehouse_id), (ZERO, ZERO))
        product = row.sku.product
        expires = row.lot.expiry_date if row.lot else None
        today = now.astimezone(ZoneInfo(row.company.time_zone)).date()
        facts = {
            "kind": row.kind,
            "is_open": row.closed_at is None,
            "sku": row.sku.code,
            "sku_id": row.sku_id,
            "category": product.category.name if product.category else "",
            "brand": product.brand.name if product.brand else "",
            "warehouse": row.warehouse.code,
            "on_hand": on_hand,
            "available": available,
            "value": row.value,
            "days_left": (expires - today).days if expires else None,
        }
        subjects[pk] = Subject(pk, row.company_id, row.opened_at, facts)
    return subjects


def purchase_subjects(order_ids: Sequence[int], *, now: datetime.datetime) -> dict[int, Subject]:
    """Purchase orders by id. Statements: 2."""
    skus: defaultdict[int, list[str]] = defaultdict(list)
    lines = PurchaseOrderLine.objects.filter(purchase_order__in=list(order_ids)).order_by("purchase_order", "position")
    for order_id, code in lines.values_list("purchase_order_id", "sku__code"):
        skus[order_id].append(code)
    rows = PurchaseOrder.objects.filter(pk__in=list(order_ids)).select_related("supplier", "warehouse")
    return {
        row.pk: Subject(
            row.pk,
            row.company_id,
            now,
            {
                "supplier": row.supplier.code,
                "warehouse": row.warehouse.code if row.warehouse else "",
                "skus": skus[row.pk],
            },
        )
        for row in rows
    }
