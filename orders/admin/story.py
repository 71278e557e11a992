"""What the order page shows: promise, goods, work, money and events, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q, Sum

from accounting.models import Invoice, JournalEntry
from backoffice.core.admin.pages import FilledPanel, events_of, filled_panels
from backoffice.core.show import show_number
from inventory.models import Allocation
from orders.admin.documents import document_section
from orders.admin.drop_shipping import drop_ship_context
from orders.admin.exchanges import return_section
from orders.admin.kits import claimed_kits, kit_rows
from orders.admin.payments import payment_section
from orders.admin.progress import NextStep, next_step, promise_of, steps_of, today
from orders.admin.promises import promises_of
from orders.admin.sourcing import sourcing_section
from orders.models import (
    Fulfilment,
    Hold,
    HoldKind,
    Order,
    OrderLine,
    OrderLineComponent,
    ReturnOrder,
    Shipment,
)
from orders.selectors.axes import axes_of
from orders.selectors.desk import OPEN
from orders.selectors.order_taxes import order_taxes
from orders.selectors.returnable import returnable_lines
from orders.selectors.work import back_orders
from orders.states import ORDER

# What a person may say; unknown codes hold by themselves until they are mapped.
HOLD_KINDS = [(kind.value, kind.label) for kind in HoldKind if kind != HoldKind.MAPPING]


@dataclass(frozen=True, slots=True)
class LineRow:
    """An order line with what became of it; quantities in base units."""

    line: OrderLine
    claimed: Decimal
    waiting: Decimal
    net: Decimal

    @property
    def title(self) -> str:
        """What was sold, in the channel's words, else in ours."""
        return self.line.description or (self.line.sku.name if self.line.sku else "")


def order_page(order: Order) -> dict[str, Any]:
    """The template's context for one order."""
    lines = _lines(order)
    holds = list(Hold.objects.filter(order=order).select_related("released_by").order_by("id"))
    shipments = list(Shipment.objects.filter(order=order).select_related("warehouse").order_by("id"))
    invoices = _invoices(order, shipments)
    page = {
        "order": order,
        "tags": list(order.tags.order_by("name")),
        "rows": lines,
        "some_waiting": any(row.waiting for row in lines),
        "some_cancelled": any(row.line.cancelled for row in lines),
        "charges": list(order.charges.order_by("position")),
        "open_holds": [hold for hold in holds if hold.released_at is None],
        "past_holds": [hold for hold in holds if hold.released_at is not None],
        "fulfilments": list(Fulfilment.objects.filter(order=order).select_related("warehouse").order_by("id")),
        "claims": _claims(lines),
        "kits": kit_rows([row.line for row in lines]),
        **drop_ship_context(order, [row.line for row in lines], held=any(hold.released_at is None for hold in holds)),
        "shipments": shipments,
        "invoices": invoices,
        "entries": _entries(order, shipments, invoices),
        "returns": list(ReturnOrder.objects.filter(order=order).order_by("id")),
        "events": events_of("orders.order", order.pk),
        "panels": filled_panels("orders.order", order.pk),
        "unmapped": [row.line for row in lines if row.line.sku_id is None],
        "cancellable": [row for row in lines if row.line.open_quantity > 0] if _may_cancel(order) else [],
        **return_section(order),
        "returnable": [line for line in returnable_lines([order.pk]).values() if line.left > 0],
        "can_cancel": _may_cancel(order),
        **document_section(order),
        **payment_section(order),
        **sourcing_section(order),
        "can_hold": order.status in OPEN,
        "hold_kinds": HOLD_KINDS,
        **promises_of(order),
        "taxes": order_taxes(order),
    }
    return page | _progress(order, page)


def _progress(order: Order, page: dict[str, Any]) -> dict[str, Any]:
    """What was promised, how far it is, what is next."""
    rows: list[LineRow] = page["rows"]
    purchases = {
        purchase: left
        for purchase, parts, _open in page["drop_ships"]
        if (left := sum((part.open_quantity for part in parts), Decimal(0)))
    }
    axes = axes_of([order.pk])[order.pk]
    waiting = sum((row.waiting for row in rows), Decimal(0))
    expected = [item.expected_date for item in back_orders(order.company_id, order_ids=[order.pk])] if waiting else []
    return {
        "promised": promise_of(order, today()),
        "steps": steps_of(
            order,
            axes,
            held=bool(page["open_holds"]),
            claimed=sum((row.claimed for row in rows), Decimal(0)),
            wanted=sum((row.line.open_quantity for row in rows), Decimal(0)) - sum(purchases.values()),
            fulfilments=page["fulfilments"],
            shipments=page["shipments"],
        ),
        "next": _straight_to_work(
            next_step(
                order,
                axes,
                holds=page["open_holds"],
                waiting=waiting,
                expected=min((day for day in expected if day), default=None),
                fulfilments=page["fulfilments"],
                shipments=page["shipments"],
                owed=_owed(page["invoices"]),
                released_on=max((day for row in page["promises"] if (day := row.promise.release_date)), default=None),
                purchases=list(purchases),
            ),
            page["panels"],
        ),
    }


def _straight_to_work(following: NextStep, panels: Sequence[FilledPanel]) -> NextStep:
    """The one work there is, instead of the list of works on this page."""
    works = [url for filled in panels if filled.panel.name == "warehouse_work" for url, _cells in filled.rows]
    return replace(following, link=works[0]) if following.link == "#work" and len(works) == 1 else following


def _owed(invoices: list[Invoice]) -> str:
    """What the buyer still owes for these documents; empty if nothing."""
    owed = sum(
        (
            -invoice.open_item.open_amount if invoice.kind == "credit_note" else invoice.open_item.open_amount
            for invoice in invoices
            if invoice.open_item
        ),
        Decimal(0),
    )
    return f"{show_number(owed, 2)} {invoices[0].currency}" if owed > 0 else ""


def _may_cancel(order: Order) -> bool:
    return "cancelled" in ORDER[order.status] or order.status == "partly_shipped"


def _lines(order: Order) -> list[LineRow]:
    rows = []
    parts = Prefetch(
        "components", OrderLineComponent.objects.select_related("sku", "demand").order_by("order_line", "position")
    )
    lines = order.lines.select_related("sku", "demand", "kit").prefetch_related(parts)
    for line in lines.order_by("position"):
        claimed = line.demand.claimed if line.demand else claimed_kits(line)
        waiting = line.demand.unmet if line.demand else max(line.open_quantity - claimed, Decimal(0))
        net = line.quantity * line.unit_price - line.discount
        rows.append(LineRow(line, claimed, waiting, net))
    return rows


def _claims(rows: list[LineRow]) -> list[Allocation]:
    demands = [row.line.demand_id for row in rows if row.line.demand_id]
    demands += [part.demand_id for row in rows for part in row.line.components.all()]
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
