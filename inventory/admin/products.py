"""Products with their variants, and what groups them: categories, brands; packs as a list."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import HouseAdmin, ReasonForm, show_quantity
from backoffice.core.admin.pages import render_page
from inventory.admin import product_page
from inventory.models import Brand, Category, Pack, Product, Sku


class CategoryForm(ReasonForm):
    def clean(self) -> dict[str, Any]:
        """The database refuses a circle too; here it is told at its field."""
        given = super().clean() or {}
        above, seen = given.get("parent"), set()
        while above is not None and above.pk not in seen:
            if self.instance.pk and above.pk == self.instance.pk:
                self.add_error("parent", gettext("A category cannot stand below itself."))
                break
            seen.add(above.pk)
            above = above.parent
        company = given.get("company")
        if company and given.get("parent") and given["parent"].company_id != company.pk:
            self.add_error("parent", gettext("There is no such row in this company."))
        return given


@admin.register(Category)
class CategoryAdmin(HouseAdmin):
    form = CategoryForm
    list_display = ["name", "code", "parent", "cost_method"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["parent"]


@admin.register(Brand)
class BrandAdmin(HouseAdmin):
    list_display = ["name", "code"]
    search_fields = ["code", "name"]


@admin.register(Product)
class ProductAdmin(HouseAdmin):
    list_display = ["name", "code", "category", "brand", "show_skus"]
    list_select_related = ["category", "brand"]
    list_filter = [("category", RelatedDropdownFilter), ("brand", RelatedDropdownFilter)]
    search_fields = ["name", "=code", "=skus__code"]
    search_help_text = _("Part of the name, its code or a SKU")
    autocomplete_fields = ["category", "brand"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        skus = Sku.objects.filter(product=OuterRef("pk")).order_by().values("product").annotate(n=Count("pk"))
        return super().get_queryset(request).annotate(sku_count=Subquery(skus.values("n")))

    @display(description=_("SKUs"))
    def show_skus(self, product: Product) -> str:
        return str(product.sku_count or 0)  # type: ignore[attr-defined]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<path:object_id>/edit/", view(self.edit_view), name="inventory_product_edit"),
            *product_page.urls(view),
            *super().get_urls(),
        ]

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return super().change_view(request, object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        product = self.get_object(request, object_id)
        if product is None or not self.has_view_permission(request, product):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "inventory/product.html",
            title=product.name,
            opts=self.opts,
            **product_page.product_page(product, request),
        )


@admin.register(Pack)
class PackAdmin(HouseAdmin):
    """Made and changed on the SKU's page, with their barcodes."""

    list_display = ["code", "sku", "kind", "show_holds", "weight_g"]
    list_select_related = ["sku"]
    list_filter = [("kind", ChoicesDropdownFilter)]
    search_fields = ["=sku__code", "=barcodes__code", "=code"]
    search_help_text = _("SKU, barcode or the pack's code")
    autocomplete_fields = ["sku"]
    ordering = ["-id"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["company", "sku"]

    @display(description=pgettext_lazy("pack", "Holds"))
    def show_holds(self, pack: Pack) -> str:
        return show_quantity(pack.quantity)
