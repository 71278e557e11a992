"""SKUs; a SKU's page shows its stock, claims, cost, packs and moves."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import HouseAdmin, ReasonForm, apart, show_quantity
from backoffice.core.admin.pages import render_page
from backoffice.core.scopes import visible
from inventory.admin import kits, packs, sku_costs
from inventory.admin.sku_page import SEES_STOCK, sku_page
from inventory.models import Sku, StockLevel
from inventory.services import Tracking, publish_release_dates_moved, tracking_problem

TRACKING = ("lot_tracked", "expiry_required", "shelf_life_days", "serial_tracked")

STOCK_COLUMNS = ("show_available", "show_on_hand")


class SkuForm(ReasonForm):
    def clean(self) -> dict[str, Any]:
        """What lies in stock must have what the SKU is to be tracked by; here it is told at its field."""
        given = super().clean() or {}
        if self.instance.pk and any(name in self.changed_data for name in TRACKING):
            wanted = Tracking(*(given.get(name) for name in TRACKING))  # type: ignore[arg-type]
            if problem := tracking_problem(self.instance, wanted=wanted):
                self.add_error(problem[0], problem[2])
        return given


@admin.register(Sku)
class SkuAdmin(HouseAdmin):
    form = SkuForm
    list_display = ["code", "name", "show_available", "show_on_hand", "cost_method", "status"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("product__category", RelatedDropdownFilter),
        ("product__brand", RelatedDropdownFilter),
        ("cost_method", ChoicesDropdownFilter),
    ]
    more_columns = ["product", "unit", "weight_g", "origin_country", "hs_code"]
    search_fields = ["=code", "=barcodes__code", "name"]
    search_help_text = _("SKU, barcode or part of the name")
    ordering = ["code"]
    autocomplete_fields = ["product"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """How much there is only for who may see stock."""
        shown = super().get_list_display(request)
        return shown if request.user.has_perm(SEES_STOCK) else [name for name in shown if name not in STOCK_COLUMNS]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sku]:
        own = visible(StockLevel.objects.all(), request.user)
        levels = own.filter(sku=OuterRef("pk"), owner__isnull=True).order_by().values("sku")
        return (
            super()
            .get_queryset(request)
            .annotate(
                available=Subquery(levels.annotate(total=Sum("available")).values("total")),
                on_hand=Subquery(levels.annotate(total=Sum("on_hand")).values("total")),
            )
        )

    @display(description=_("Available"))
    def show_available(self, sku: Sku) -> str:
        return show_quantity(sku.available or 0)  # type: ignore[attr-defined]

    @display(description=_("On hand"))
    def show_on_hand(self, sku: Sku) -> str:
        return show_quantity(sku.on_hand or 0)  # type: ignore[attr-defined]

    def get_urls(self) -> list[Any]:
        from django.urls import path

        view = self.admin_site.admin_view
        return [
            path("<path:object_id>/edit/", view(self.edit_view), name="inventory_sku_edit"),
            path("<int:pk>/kit/", view(kits.save_kit), name="inventory_sku_kit"),
            path("<int:pk>/unkit/", view(kits.drop_kit), name="inventory_sku_unkit"),
            *packs.urls(view),
            path("<int:pk>/method/", view(sku_costs.change_method), name="inventory_sku_method"),
            path("<int:pk>/bom/", view(sku_costs.save_bom), name="inventory_sku_bom"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "release_date" in form.changed_data:
            publish_release_dates_moved([obj.pk], company_id=obj.company_id)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What a SKU's page changes by buttons of its own, with their rules."""
        return ["status"] if obj is not None else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return apart(super().get_fieldsets(request, obj), _("Lots, shelf life and serial numbers"), TRACKING)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return super().change_view(request, object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        sku = self.get_object(request, object_id)
        if sku is None or not self.has_view_permission(request, sku):
            return super().change_view(request, object_id, form_url, extra_context)
        return render_page(
            request,
            self.admin_site,
            "inventory/sku.html",
            title=sku.code,
            opts=self.opts,
            **sku_page(sku, request.user),
        )
