"""What the order page shows: promise, goods, work, money and events, in a fixed number of queries."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext

from accounting.models import Invoice, JournalEntry
from backoffice.core.admin.pages import events_of, filled_panels
from inventory.models import Allocation
from orders.models import Fulfilment, Hold, Order, OrderLine, ReturnOrder, Shipment
from orders.selectors.returnable import returnable_lines
from orders.states import ORDER


@dataclass(frozen=True, slots=True)
class LineRow:
    """An order line with what became of it; quantities in base units."""

    line: OrderLine
    claimed: Decimal
    waiting: Decimal
    net: Decimal


def order_page(order: Order) -> dict[str, Any]:
    """The template's context for one order."""
    lines = _lines(order)
    holds = list(Hold.objects.filter(order=order).select_related("released_by").order_by("id"))
    held = any(hold.released_at is None for hold in holds)
    shipments = list(Shipment.objects.filter(order=order).select_related("warehouse").order_by("id"))
    invoices = _invoices(order, shipments)
    return {
        "order": order,
        "rows": lines,
        "charges": list(order.charges.order_by("position")),
        "holds": holds,
        "fulfilments": list(Fulfilment.objects.filter(order=order).select_related("warehouse").order_by("id")),
        "claims": _claims(lines),
        "shipments": shipments,
        "invoices": invoices,
        "entries": _entries(order, shipments, invoices),
        "returns": list(ReturnOrder.objects.filter(order=order).order_by("id")),
        "events": events_of("orders.order", order.pk),
        "panels": filled_panels("orders.order", order.pk),
        "unmapped": [row.line for row in lines if row.line.sku_id is None],
        "cancellable": [row for row in lines if row.line.open_quantity > 0] if _may_cancel(order) else [],
        "returnable": [line for line in returnable_lines([order.pk]).values() if line.left > 0],
        "can_cancel": _may_cancel(order),
        "can_release": order.status == "placed" and not held,
        "held": held,
        "can_retry": order.status in ("released", "partly_shipped") and any(row.waiting > 0 for row in lines),
        "can_hold": order.status in ("placed", "released", "partly_shipped"),
        "next_step": _next_step(order, lines, held=held),
    }


def _may_cancel(order: Order) -> bool:
    return "cancelled" in ORDER[order.status] or order.status == "partly_shipped"


def _lines(order: Order) -> list[LineRow]:
    rows = []
    for line in order.lines.select_related("sku", "demand").order_by("position"):
        claimed = line.demand.claimed if line.demand else Decimal(0)
        open_quantity = line.quantity - line.cancelled - line.shipped
        net = line.quantity * line.unit_price - line.discount
        rows.append(LineRow(line, claimed, max(open_quantity - claimed, Decimal(0)), net))
    return rows


def _claims(rows: list[LineRow]) -> list[Allocation]:
    demands = [row.line.demand_id for row in rows if row.line.demand_id]
    return list(
        Allocation.objects.filter(demand_id__in=demands, open__gt=0)
        .select_related("sku", "warehouse", "lot")
        .order_by("id")
    )


def _invoices(order: Order, shipments: list[Shipment]) -> list[Invoice]:
    returns = ReturnOrder.objects.filter(order=order).values("id")
    return list(
        Invoice.objects.filter(
            Q(source_type="orders.shipment", source_id__in=[shipment.pk for shipment in shipments])
            | Q(source_type="orders.order", source_id=order.pk)
            | Q(source_type="orders.returnorder", source_id__in=returns)
        )
        .select_related("open_item")
        .order_by("id")
    )


def _entries(order: Order, shipments: list[Shipment], invoices: list[Invoice]) -> list[JournalEntry]:
    return list(
        JournalEntry.objects.filter(
            Q(pk__in=[invoice.entry_id for invoice in invoices])
            | Q(source_type="orders.shipment", source_id__in=[shipment.pk for shipment in shipments])
        )
        .annotate(debit=Sum("lines__base_amount", filter=Q(lines__base_amount__gt=0)))
        .order_by("id")
    )


def _next_step(order: Order, rows: list[LineRow], *, held: bool) -> str:
    """One sentence for a newcomer: what this order waits for."""
    if order.status == "cancelled":
        return gettext("Cancelled: nothing more to do.")
    if order.status in ("shipped", "completed"):
        return gettext("Everything has left the building.")
    if held:
        return gettext("Held: release the holds below first.")
    if any(row.waiting > 0 for row in rows):
        return gettext("Some goods are not in stock yet: they wait for a delivery.")
    if order.status == "placed":
        return gettext("Ready to be released to the warehouse.")
    return gettext("In the warehouse: pick, pack, ship.")
