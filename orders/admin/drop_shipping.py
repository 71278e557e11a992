"""What suppliers ship straight to the buyer: its part of an order's page, its buttons, and the rules."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounting.models import Party
from backoffice.core.actor import Actor
from backoffice.core.admin.base import HouseAdmin, show_money
from backoffice.core.admin.pages import posted_quantity, posted_reason, run_action
from backoffice.core.errors import InvalidInput
from inventory.models import PurchaseOrder
from inventory.selectors.offers import best_offers
from inventory.states import RECEIVABLE
from orders.models import DropShipLine, DropShipRule, Order, OrderLine
from orders.services import DropShipInput, cancel_dropped, drop_ship_lines, record_dropship
from orders.services.drop_shipping import WORKED_ON

ZERO = Decimal(0)


def drop_ship_context(order: Order, lines: Sequence[OrderLine], *, held: bool) -> dict[str, Any]:
    """Parts with suppliers by purchase order, and what else could be given to one, who offers it, and what they have.
    Queries: 1, 4 if it can be."""
    parts = (
        DropShipLine.objects.filter(order_line__order=order)
        .select_related("order_line__sku", "po_line__purchase_order__supplier__person")
        .order_by("po_line__purchase_order_id", "pk")
    )
    purchases: dict[PurchaseOrder, list[DropShipLine]] = {}
    for part in parts:
        purchases.setdefault(part.po_line.purchase_order, []).append(part)
    can_drop = order.status in WORKED_ON and not held and order.shipping_address_id is not None
    droppable = [
        (line, line.demand.quantity - line.demand.used)
        for line in lines
        if can_drop and line.demand and line.demand.quantity > line.demand.used
    ]
    chosen = Party.objects.filter(company_id=order.company_id, is_supplier=True).select_related("person")
    suppliers = list(chosen.order_by("code")[:500]) if droppable else []
    wants = {line.sku_id: left for line, left in droppable if line.sku_id}
    offers = best_offers(wants, company_id=order.company_id) if wants else {}
    names = {supplier.pk: supplier for supplier in suppliers}
    return {
        "drop_ships": [
            (purchase, own, purchase.status in RECEIVABLE and any(part.open_quantity for part in own))
            for purchase, own in purchases.items()
        ],
        "droppable": [
            (
                line,
                left,
                [
                    (names[offer.supplier_id], offer)
                    for offer in offers.get(line.sku_id or 0, ())
                    if offer.supplier_id in names
                ],
            )
            for line, left in droppable
        ],
        "suppliers": suppliers,
    }


def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Order the given quantities at the chosen supplier, for the buyer."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        supplier = _posted_supplier(request, order)
        given = []
        for line_id, position in order.lines.order_by("position").values_list("id", "position"):
            name = gettext("Line %(position)s") % {"position": position}
            quantity = posted_quantity(request, f"drop-{line_id}", name, ZERO)
            if quantity:
                name = gettext("Unit cost of line %(position)s") % {"position": position}
                cost = (
                    posted_quantity(request, f"cost-{line_id}", name) if request.POST.get(f"cost-{line_id}") else None
                )
                given.append(DropShipInput(line_id, quantity, supplier.pk, cost))
        drop_ship_lines(pk, lines=given, company_id=order.company_id, actor=actor, ordered_at=timezone.now())
        return gettext("%(supplier)s ships it to the buyer: send the purchase order next.") % {"supplier": supplier}

    return run_action(request, act, back=_url(pk), permission="orders.change_order")


def _posted_supplier(request: HttpRequest, order: Order) -> Party:
    chosen = request.POST.get("supplier", "")
    suppliers = Party.objects.filter(company_id=order.company_id, is_supplier=True)
    supplier = suppliers.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 19 else None
    if supplier is None:
        raise InvalidInput(gettext("Choose a supplier."), errors=[{"field": "supplier"}])
    return supplier


def record_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The supplier of one purchase order shipped a part."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        chosen = request.POST.get("purchase", "")
        parts = DropShipLine.objects.filter(
            order_line__order=order,
            po_line__purchase_order_id=int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0,
        ).select_related("order_line", "po_line")
        quantities = {}
        for part in parts.order_by("pk"):
            name = gettext("Line %(position)s") % {"position": part.order_line.position}
            if quantity := posted_quantity(request, f"part-{part.pk}", name, ZERO):
                quantities[part.pk] = quantity
        if not quantities:
            raise InvalidInput(gettext("Give a quantity for at least one line."))
        made = record_dropship(
            parts[0].po_line.purchase_order_id,
            quantities=quantities,
            company_id=order.company_id,
            shipped_at=timezone.now(),
            actor=actor,
            carrier=request.POST.get("carrier", "").strip()[:60],
            tracking_number=request.POST.get("tracking_number", "").strip()[:80],
        )
        return gettext("Shipment SH-%(id)06d is recorded, invoice %(invoice)s.") % {
            "id": made.shipment_id,
            "invoice": made.invoice_number or "–",
        }

    return run_action(request, act, back=_url(pk), permission="orders.change_order")


def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel what one drop-ship part has still to ship: there and on the order."""

    def act(actor: Actor) -> str:
        order = get_object_or_404(Order, pk=pk)
        chosen = request.POST.get("part", "")
        part = get_object_or_404(
            DropShipLine, pk=int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0, order_line__order=order
        )
        cancel_dropped(
            part.pk,
            company_id=order.company_id,
            actor=actor,
            reason=posted_reason(request),
            supplier_agrees=request.POST.get("supplier_agrees") == "1",
        )
        return gettext("It is called off, there and on the order.")

    return run_action(request, act, back=_url(pk), permission="orders.change_order")


def _url(pk: int) -> str:
    return reverse("admin:orders_order_change", args=[pk])


BUTTONS: dict[str, Callable[..., HttpResponse]] = {"drop": drop, "record_part": record_part, "call_off": call_off}


@admin.register(DropShipRule)
class DropShipRuleAdmin(HouseAdmin):
    list_display = ["sku", "channel", "supplier", "show_cost", "is_active"]
    list_select_related = ["sku", "channel", "supplier__person", "supplier__currency"]
    list_filter = ["is_active"]
    search_fields = ["=sku__code"]
    autocomplete_fields = ["sku"]

    @display(description=_("unit cost"))
    def show_cost(self, rule: DropShipRule) -> str:
        return show_money(rule.unit_cost, rule.supplier.currency_id)
