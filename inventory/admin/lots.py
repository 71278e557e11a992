"""Lots and serial numbers: the lists, and pages that tell where each is, where it was and who got it."""

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from backoffice.core.admin.base import FactAdmin, HouseAdmin, show_quantity
from backoffice.core.admin.pages import events_of, filled_panels, render_page
from backoffice.core.registry import links_of
from backoffice.core.scopes import offered
from inventory.admin.conditions import condition_context
from inventory.admin.lot_holds import hold_context
from inventory.models import Lot, MoveSerial, Serial, StockMove, Warehouse
from inventory.selectors.tracking import lots_in_stock, lots_with_stock, quants_of_lot, serials_with_state

SHOWN = 200
STATES = {
    "in_stock": _("In stock"),
    "aside": _("Set aside"),
    "sold": _("At a customer"),
    "gone": _("Gone"),
    "expected": _("Never moved"),
}
STATE_LABELS = {"in_stock": "success", "aside": "warning", "sold": "info", "gone": "danger", "expected": "info"}
DAYS = ("7", "30", "90")


class ExpiryFilter(admin.SimpleListFilter):
    title = _("expiry")
    parameter_name = "expiry"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        within = [(days, _("Within %(days)s days") % {"days": days}) for days in DAYS]
        return [("expired", _("Expired")), *within, ("none", _("Without a date"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lot]) -> QuerySet[Lot]:
        today, value = timezone.localdate(), self.value() or ""
        if value == "expired":
            return queryset.filter(expiry_date__lt=today)
        if value in DAYS:
            return queryset.filter(expiry_date__range=(today, today + datetime.timedelta(days=int(value))))
        return queryset.filter(expiry_date__isnull=True) if value == "none" else queryset


class LotStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("in_stock", _("In stock")), ("gone", _("Nothing left")), ("held", _("Blocked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lot]) -> QuerySet[Lot]:
        if self.value() == "held":
            return queryset.filter(held=True)
        return lots_in_stock(queryset, there=self.value() == "in_stock") if self.value() else queryset


class LotWarehouseFilter(admin.SimpleListFilter):
    title = _("warehouse")
    parameter_name = "warehouse"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(
            offered(Warehouse.objects.filter(is_transit=False)).order_by("code").values_list("code", "name")[:200]
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lot]) -> QuerySet[Lot]:
        return lots_in_stock(queryset, warehouse=self.value() or "") if self.value() else queryset


@admin.register(Lot)
class LotAdmin(HouseAdmin):
    list_display = ["code", "sku", "show_name", "expiry_date", "show_left", "show_on_hand", "show_held"]
    list_select_related = ["sku"]
    list_filter = [ExpiryFilter, LotStateFilter, LotWarehouseFilter, ("sku", AutocompleteSelectFilter)]
    list_filter_submit = True
    search_fields = ["=code", "=sku__code"]
    search_help_text = _("Lot or SKU")
    autocomplete_fields = ["sku"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lot]:
        return lots_with_stock(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["company", "sku"] if obj is not None else []

    @display(description=_("Name"))
    def show_name(self, lot: Lot) -> str:
        return lot.sku.name

    @display(description=_("Days left"), label=True)
    def show_left(self, lot: Lot) -> str:
        return str((lot.expiry_date - timezone.localdate()).days) if lot.expiry_date else ""

    @display(description=_("On hand"))
    def show_on_hand(self, lot: Lot) -> str:
        return show_quantity(lot.on_hand or 0)  # type: ignore[attr-defined]

    @display(description=_("Blocked"), label={"held": "danger"})
    def show_held(self, lot: Lot) -> tuple[str, Any]:
        return ("held", _("Blocked")) if lot.held else ("", "")  # type: ignore[attr-defined]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [path("<path:object_id>/edit/", view(self.edit_view), name="inventory_lot_edit"), *super().get_urls()]

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return super().change_view(request, object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        lot = self.get_object(request, object_id)
        if lot is None or not self.has_view_permission(request, lot):
            return super().change_view(request, object_id, form_url, extra_context)
        moves = StockMove.objects.filter(lot=lot, sku_id=lot.sku_id)
        return render_page(
            request,
            self.admin_site,
            "inventory/lot.html",
            title=lot.code,
            opts=self.opts,
            lot=lot,
            left=(lot.expiry_date - timezone.localdate()).days if lot.expiry_date else None,
            quants=quants_of_lot(lot),
            moves=_with_links(
                moves.select_related("from_location", "to_location", "company").order_by("-effective_at", "-id")[:SHOWN]
            ),
            panels=filled_panels("inventory.lot", lot.pk),
            events=events_of("inventory.lot", lot.pk),
            **condition_context(request),
            **hold_context(request, lot),
        )


class SerialStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Serial]) -> QuerySet[Serial]:
        return queryset.filter(state=self.value()) if self.value() in STATES else queryset


class SerialWarehouseFilter(LotWarehouseFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(location__warehouse__code=self.value()) if self.value() else queryset


@admin.register(Serial)
class SerialAdmin(FactAdmin):
    list_display = ["code", "sku", "show_name", "show_state", "show_place"]
    list_select_related = ["sku", "location__warehouse"]
    list_filter = [SerialStateFilter, SerialWarehouseFilter, ("sku", AutocompleteSelectFilter)]
    list_filter_submit = True
    search_fields = ["=code", "=sku__code"]
    search_help_text = _("Serial number or SKU")
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Serial]:
        return serials_with_state(super().get_queryset(request))

    @display(description=_("Name"))
    def show_name(self, unit: Serial) -> str:
        return unit.sku.name

    @display(description=_("State"), label=STATE_LABELS)
    def show_state(self, unit: Serial) -> tuple[str, Any]:
        return unit.state, STATES[unit.state]  # type: ignore[attr-defined]

    @display(description=_("Place"))
    def show_place(self, unit: Serial) -> str:
        place = unit.location
        if place is None or place.warehouse is None:
            return "–" if place is None else place.get_kind_display()
        return f"{place.warehouse.code} · {place.code}"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        unit = self.get_object(request, object_id)
        if unit is None or not self.has_view_permission(request, unit):
            return super().change_view(request, object_id, form_url, extra_context)
        moved = MoveSerial.objects.filter(serial=unit).values("move_id")
        moves = StockMove.objects.filter(pk__in=moved).select_related("from_location", "to_location", "lot", "company")
        return render_page(
            request,
            self.admin_site,
            "inventory/serial.html",
            title=unit.code,
            opts=self.opts,
            unit=unit,
            state=STATES[unit.state],  # type: ignore[attr-defined]
            place=self.show_place(unit),
            moves=_with_links(moves.order_by("-effective_at", "-id")[:SHOWN]),
            panels=filled_panels("inventory.serial", unit.pk),
        )


def _with_links(moves: Any) -> list[tuple[StockMove, Any]]:
    """Each move with the page of the document it was made for, where it has one."""
    rows = list(moves)
    links = links_of([(move.source_type, move.source_id) for move in rows])
    return [(move, links.get((move.source_type, move.source_id or 0))) for move in rows]
