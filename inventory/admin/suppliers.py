"""Suppliers' SKUs with their price breaks, and how each supplier is dealt with."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import HouseAdmin, HouseInline, show_quantity, show_time
from backoffice.core.show import show_number
from inventory.models import SupplierPrice, SupplierSku, SupplierTerms
from inventory.selectors import lead_times
from inventory.services.events import publish_supplier_stock_changed


class SupplierPriceInline(HouseInline):
    model = SupplierPrice
    extra = 0
    hide_title = True
    fields = ["min_quantity", "unit_price", "valid_from", "valid_to"]
    ordering = ["min_quantity", "valid_from"]


@admin.register(SupplierSku)
class SupplierSkuAdmin(HouseAdmin):
    list_display = [
        "show_sku", "show_supplier", "code", "priority", "show_minimum", "show_lead_time", "show_stock",
        "promise_stock", "is_discontinued",
    ]  # fmt: skip
    list_select_related = ["sku", "supplier__person"]
    list_filter = [("supplier", RelatedDropdownFilter), "promise_stock", "is_discontinued"]
    search_fields = ["sku__code__istartswith", "code__istartswith", "sku__name"]
    search_help_text = _("Our SKU, the supplier's code or part of the name")
    ordering = ["sku__code", "priority", "id"]
    autocomplete_fields = ["supplier", "sku"]
    inlines = [SupplierPriceInline]

    @display(description=_("SKU"), ordering="sku__code")
    def show_sku(self, row: SupplierSku) -> str:
        return row.sku.code

    @display(description=_("Supplier"))
    def show_supplier(self, row: SupplierSku) -> str:
        return str(row.supplier)

    @display(description=_("Minimum, pack"))
    def show_minimum(self, row: SupplierSku) -> str:
        return format_html("{} / {}", show_quantity(row.min_quantity), show_quantity(row.pack_multiple))

    @display(description=_("Lead time, days"))
    def show_lead_time(self, row: SupplierSku) -> str:
        return "–" if row.lead_time_days is None else str(row.lead_time_days)

    @display(description=_("Their stock"))
    def show_stock(self, row: SupplierSku) -> str:
        if row.stock_quantity is None:
            return "–"
        return format_html("{} ({})", show_quantity(row.stock_quantity), show_time(row.stock_as_of))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["supplier", "sku", "measured"] if obj else ["measured"]

    @display(description=_("Measured lead time"))
    def measured(self, row: SupplierSku) -> str:
        """What deliveries tell of the days from order to dock."""
        found = lead_times([row.pk]).get(row.pk) if row.pk else None
        if found is None or found.source != "history":
            return str(_("Not enough deliveries yet."))
        words = _("%(days)s days, standard deviation %(spread)s, from %(count)s deliveries")
        return words % {
            "days": show_number(found.days),
            "spread": show_number(found.spread_days),
            "count": found.deliveries,
        }

    def save_model(self, request: HttpRequest, obj: SupplierSku, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.promise_stock or "promise_stock" in form.changed_data:
            publish_supplier_stock_changed(obj.supplier_id, [obj.sku_id], company_id=obj.company_id)


@admin.register(SupplierTerms)
class SupplierTermsAdmin(HouseAdmin):
    list_display = ["show_supplier", "language", "lead_time_days", "confirm_days", "over_percent", "price_percent"]
    list_select_related = ["supplier__person"]
    autocomplete_fields = ["supplier"]
    search_fields = ["supplier__code"]

    @display(description=_("Supplier"))
    def show_supplier(self, terms: SupplierTerms) -> str:
        return str(terms)
