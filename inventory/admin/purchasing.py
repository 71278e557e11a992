"""Purchase orders."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import STATUS_LABELS, FactAdmin
from backoffice.core.admin.pages import events_of, filled_panels, render_page
from inventory.models import PurchaseOrder, PurchaseOrderLine


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(FactAdmin):
    list_display = ["show_number", "supplier", "warehouse", "show_status", "reference", "ordered_at", "expected_date"]
    list_select_related = ["supplier__person", "warehouse"]
    list_filter = [("status", ChoicesDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    search_fields = ["=reference"]
    ordering = ["-id"]

    @display(description=_("Number"))
    def show_number(self, order: PurchaseOrder) -> str:
        return order.number

    @display(description=_("Status"), label=STATUS_LABELS)
    def show_status(self, order: PurchaseOrder) -> tuple[str, str]:
        return order.status, order.get_status_display()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        order = self.get_object(request, object_id)
        if order is None or not self.has_view_permission(request, order):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "inventory/purchase_order.html",
            title=order.number,
            opts=self.opts,
            order=order,
            lines=PurchaseOrderLine.objects.filter(purchase_order=order).select_related("sku").order_by("position"),
            panels=filled_panels("inventory.purchaseorder", order.pk),
            events=events_of("inventory.purchaseorder", order.pk),
        )
