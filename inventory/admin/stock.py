"""Stock as facts and totals: looked at, never edited."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.admin.base import FactAdmin, HouseAdmin, apart, kind_name, show_money, show_quantity, show_time
from backoffice.core.registry import links_of
from inventory.models import Demand, StockLevel, StockMove, Warehouse
from inventory.selectors import low_levels

WAITING_SHOWN = 2_000
PLACE = ("latitude", "longitude", "time_zone", "cut_off")
SOURCING = ("priority", "parcel_cost", "line_cost", "kg_cost", "max_lines")


class _YesFilter(admin.SimpleListFilter):
    """One question that is answered yes or not asked."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Yes"))]

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.narrowed(queryset) if self.value() == "1" else queryset


class LowFilter(_YesFilter):
    title = _("wanted, nothing left to promise")
    parameter_name = "low"

    def narrowed(self, queryset: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
        return low_levels(queryset)


class WaitingFilter(_YesFilter):
    title = _("waits for goods")
    parameter_name = "waiting"

    def narrowed(self, queryset: QuerySet[Demand]) -> QuerySet[Demand]:
        # By the index of what waits, in the order of serving; sorted by id the planner would read every demand.
        waiting = Demand.objects.filter(quantity__gt=F("claimed") + F("used"))
        ids = waiting.order_by("sku", "priority", "promise_date", "wanted_at").values_list("pk", flat=True)
        return queryset.filter(pk__in=list(ids[:WAITING_SHOWN]))


@admin.register(Warehouse)
class WarehouseAdmin(HouseAdmin):
    list_display = ["code", "name", "priority", "is_active", "is_transit"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["address"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        placed = apart(super().get_fieldsets(request, obj), _("Place and time"), PLACE)
        return apart(placed, _("Sourcing"), SOURCING)


@admin.register(StockLevel)
class StockLevelAdmin(FactAdmin):
    list_display = ["sku", "show_name", "warehouse", "owner", "on", "sell", "res", "avail"]
    list_select_related = ["sku", "warehouse", "owner__person"]
    list_filter = [("warehouse", RelatedDropdownFilter), LowFilter]
    search_fields = ["=sku__code", "=sku__barcodes__code"]
    ordering = ["id"]

    @display(description=_("Name"))
    def show_name(self, level: StockLevel) -> str:
        return level.sku.name

    @display(description=_("On hand"))
    def on(self, level: StockLevel) -> str:
        return show_quantity(level.on_hand)

    @display(description=_("Sellable"))
    def sell(self, level: StockLevel) -> str:
        return show_quantity(level.sellable)

    @display(description=_("Reserved"))
    def res(self, level: StockLevel) -> str:
        return show_quantity(level.reserved)

    @display(description=_("Available"))
    def avail(self, level: StockLevel) -> str:
        return show_quantity(level.available)


@admin.register(StockMove)
class StockMoveAdmin(FactAdmin):
    list_display = ["show_when", "sku", "show_quantity", "from_location", "to_location", "show_value", "show_source"]
    list_select_related = ["sku", "from_location", "to_location", "company"]
    list_filter = [("effective_at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=sku__code", "=sku__barcodes__code"]
    ordering = ["-id"]
    readonly_fields = ["document"]

    @display(description=_("Document"))
    def document(self, move: StockMove) -> str:
        link = links_of([(move.source_type, move.source_id)]).get((move.source_type, move.source_id or 0))
        return format_html('<a class="bo-link" href="{}">{}</a>', link.url, link.label) if link else "–"

    @display(description=_("When"))
    def show_when(self, move: StockMove) -> str:
        return show_time(move.effective_at)

    @display(description=_("Quantity"))
    def show_quantity(self, move: StockMove) -> str:
        return show_quantity(move.quantity)

    @display(description=_("Value"))
    def show_value(self, move: StockMove) -> str:
        return show_money(move.value, move.company.base_currency_id) if move.value else ""

    @display(description=_("For"))
    def show_source(self, move: StockMove) -> str:
        return f"{kind_name(move.source_type)} {move.source_id or ''}"


@admin.register(Demand)
class DemandAdmin(FactAdmin):
    list_display = ["sku", "kind", "show_wanted", "show_claimed", "show_unmet", "priority", "promise_date", "wanted_at"]
    list_select_related = ["sku"]
    list_filter = [("kind", ChoicesDropdownFilter), WaitingFilter]
    search_fields = ["=sku__code"]
    ordering = ["-id"]

    @display(description=_("Wanted"))
    def show_wanted(self, demand: Demand) -> str:
        return show_quantity(demand.quantity)

    @display(description=_("Claimed"))
    def show_claimed(self, demand: Demand) -> str:
        return show_quantity(demand.claimed)

    @display(description=_("Waiting"))
    def show_unmet(self, demand: Demand) -> str:
        return show_quantity(demand.unmet)
