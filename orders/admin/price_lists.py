"""Price lists: their conditions, their prices, and whole lists as CSV and XLSX files."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, re_path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display

from backoffice.core.admin.base import HouseAdmin, show_money, show_quantity
from backoffice.core.admin.pages import render_page, require
from backoffice.core.export import table_response
from orders.models import CustomerGroup, PriceList, PriceListItem
from orders.selectors.price_lists import price_rows
from orders.services.price_files import IMPORT, PRICES

SHOWN = 200


@admin.register(CustomerGroup)
class CustomerGroupAdmin(HouseAdmin):
    list_display = ["name", "code"]
    search_fields = ["code", "name"]


@admin.register(PriceList)
class PriceListAdmin(HouseAdmin):
    list_display = ["name", "code", "currency", "show_for", "show_valid", "priority", "is_active"]
    list_select_related = ["channel", "group", "contact__person"]
    list_filter = [("channel", RelatedDropdownFilter), ("group", RelatedDropdownFilter), "is_active"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["channel", "group", "contact"]
    actions_detail = ["prices"]

    @display(description=_("For"))
    def show_for(self, prices: PriceList) -> str:
        named = [str(part) for part in (prices.contact, prices.group, prices.channel) if part]
        return ", ".join(named) or gettext("Everybody")

    @display(description=_("Valid"))
    def show_valid(self, prices: PriceList) -> str:
        days = [f"{day:%Y-%m-%d}" if day else "…" for day in (prices.valid_from, prices.valid_to)]
        return gettext("Always") if days == ["…", "…"] else " – ".join(days)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/prices/", view(self.prices_view), name="orders_pricelist_items"),
            re_path(
                r"^(?P<pk>[0-9]+)/prices\.(?P<kind>csv|xlsx)$", view(self.download_view), name="orders_pricelist_file"
            ),
            *super().get_urls(),
        ]

    @action(description=_("Prices"), url_path="to-prices", icon="sell")
    def prices(self, request: HttpRequest, object_id: int) -> HttpResponse:
        require(request, "orders.view_pricelist")
        return HttpResponseRedirect(reverse("admin:orders_pricelist_items", args=[object_id]))

    def prices_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list's prices; they come and go as a file, by the same import as everything else."""
        require(request, "orders.view_pricelist")
        prices = get_object_or_404(PriceList, pk=pk)
        items = PriceListItem.objects.filter(price_list=prices).order_by("sku__code", "min_quantity")
        return render_page(
            request,
            self.admin_site,
            "orders/prices.html",
            title=str(prices),
            opts=self.opts,
            prices=prices,
            items=items.select_related("sku")[:SHOWN],
            count=items.count(),
            columns=PRICES,
            noun=IMPORT.name,
        )

    def download_view(self, request: HttpRequest, pk: int, kind: str) -> StreamingHttpResponse:
        """The list in the columns of the import: brought back as it is, it changes nothing."""
        require(request, "orders.view_pricelist")
        prices = get_object_or_404(PriceList, pk=pk)
        rows = price_rows(company_id=prices.company_id, price_list_id=pk)
        return table_response(kind, prices.code, [column.name for column in PRICES], rows)


@admin.register(PriceListItem)
class PriceListItemAdmin(HouseAdmin):
    list_display = ["sku", "price_list", "show_from", "show_price"]
    list_select_related = ["sku", "price_list"]
    list_filter = [("price_list", RelatedDropdownFilter)]
    search_fields = ["sku__code__istartswith"]
    autocomplete_fields = ["sku", "price_list"]
    ordering = ["sku__code", "min_quantity"]

    @display(description=_("From"), ordering="min_quantity")
    def show_from(self, item: PriceListItem) -> str:
        return show_quantity(item.min_quantity)

    @display(description=_("Unit price"), ordering="unit_price")
    def show_price(self, item: PriceListItem) -> str:
        return show_money(item.unit_price, item.price_list.currency)
