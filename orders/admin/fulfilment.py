"""Fulfilments and shipments: lists, and pages that tell their story."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from accounting.models import Invoice, JournalEntry
from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from backoffice.core.admin.pages import events_of, filled_panels, render_page
from orders.models import Fulfilment, ReturnOrder, Shipment


class NumberedAdmin(FactAdmin):
    """Documents whose number comes from their id."""

    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, document: Fulfilment | Shipment | ReturnOrder) -> str:
        return document.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, document: Fulfilment | Shipment | ReturnOrder) -> tuple[str, str]:
        return document.status, document.get_status_display()

    def story(self, request: HttpRequest, object_id: str, template: str, context: Any) -> HttpResponse:
        """The document's page; context: what it shows, from the document."""
        document = self.get_object(request, object_id)
        if document is None or not self.has_view_permission(request, document):
            return super().change_view(request, object_id)
        slot = f"orders.{self.opts.model_name}"
        return render_page(
            request,
            self.admin_site,
            template,
            title=document.number,
            opts=self.opts,
            document=document,
            panels=filled_panels(slot, document.pk),
            events=events_of(slot, document.pk),
            **context(document),
        )


@admin.register(Fulfilment)
class FulfilmentAdmin(NumberedAdmin):
    list_display = ["show_number", "order", "warehouse", "show_status", "show_created"]
    list_select_related = ["order", "warehouse"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]

    @display(description=_("Made"))
    def show_created(self, fulfilment: Fulfilment) -> str:
        return show_time(fulfilment.created_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self.story(
            request,
            object_id,
            "orders/fulfilment.html",
            lambda fulfilment: {
                "lines": fulfilment.lines.select_related("order_line__sku").order_by("id"),
                "shipments": fulfilment.shipments.order_by("id"),
            },
        )


@admin.register(Shipment)
class ShipmentAdmin(NumberedAdmin):
    list_display = ["show_number", "order", "warehouse", "show_status", "carrier", "tracking_number", "show_shipped"]
    list_select_related = ["order", "warehouse"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    search_fields = ["=tracking_number"]

    @display(description=_("Shipped"))
    def show_shipped(self, shipment: Shipment) -> str:
        return show_time(shipment.shipped_at)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self.story(request, object_id, "orders/shipment.html", _shipment)


def _shipment(shipment: Shipment) -> dict[str, Any]:
    invoices = list(
        Invoice.objects.filter(source_type="orders.shipment", source_id=shipment.pk)
        .select_related("open_item")
        .order_by("id")
    )
    entries = JournalEntry.objects.filter(
        Q(source_type="orders.shipment", source_id=shipment.pk) | Q(pk__in=[invoice.entry_id for invoice in invoices])
    )
    return {
        "lines": shipment.lines.select_related("order_line__sku").order_by("id"),
        "invoices": invoices,
        "entries": entries.annotate(debit=Sum("lines__base_amount", filter=Q(lines__base_amount__gt=0))).order_by("id"),
        "currency": shipment.company.base_currency_id,
    }
