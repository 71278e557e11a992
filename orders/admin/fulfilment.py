"""Fulfilments, shipments and returns as lists."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import STATUS_LABELS, FactAdmin, show_time
from orders.models import Fulfilment, ReturnOrder, Shipment


class _Numbered(FactAdmin):
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, document: Fulfilment | Shipment | ReturnOrder) -> str:
        return document.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, document: Fulfilment | Shipment | ReturnOrder) -> tuple[str, str]:
        return document.status, document.get_status_display()


@admin.register(Fulfilment)
class FulfilmentAdmin(_Numbered):
    list_display = ["show_number", "order", "warehouse", "show_status", "created_at"]
    list_select_related = ["order", "warehouse"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]


@admin.register(Shipment)
class ShipmentAdmin(_Numbered):
    list_display = ["show_number", "order", "warehouse", "show_status", "carrier", "tracking_number", "show_shipped"]
    list_select_related = ["order", "warehouse"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    search_fields = ["=tracking_number"]

    @display(description=_("Shipped"))
    def show_shipped(self, shipment: Shipment) -> str:
        return show_time(shipment.shipped_at)


@admin.register(ReturnOrder)
class ReturnOrderAdmin(_Numbered):
    list_display = ["show_number", "channel", "order", "show_status", "reason", "requested_at"]
    list_select_related = ["order", "channel"]
    list_filter = [("status", ChoicesDropdownFilter), ("channel", RelatedDropdownFilter)]
    search_fields = ["=external_id"]
