"""The layout's pages: zones, bin types, storage classes, pick faces, places; bins by pattern, labels and the map."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import HouseAdmin, apart, show_quantity
from backoffice.core.admin.lists import ListView
from backoffice.core.admin.pages import render_page, require, run_action
from backoffice.core.errors import DomainError
from backoffice.core.scopes import offered
from inventory import services
from inventory.admin.layout_map import map_context
from inventory.admin.walking import walk_view
from inventory.location_labels import MAX_LABELS, labels_of
from inventory.models import BinType, Location, PickFace, StorageClass, Warehouse, Zone
from inventory.patterns import MAX_BINS

LIMITS = ("max_volume_l", "max_weight_g", "max_pallets")
STANDS = ("zone", "aisle", "rack", "level", "position", "pick_sequence")
SHOWN = 200


@admin.register(Zone)
class ZoneAdmin(HouseAdmin):
    list_display = ["code", "name", "warehouse", "use", "storage_class", "position"]
    list_select_related = ["warehouse", "storage_class"]
    list_filter = [("warehouse", RelatedDropdownFilter), ("use", ChoicesDropdownFilter)]
    search_fields = ["code", "name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["company", "warehouse"] if obj else []


@admin.register(BinType)
class BinTypeAdmin(HouseAdmin):
    list_display = ["code", "name", *LIMITS, "mixing"]
    search_fields = ["code", "name"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return apart(super().get_fieldsets(request, obj), _("Inside"), ("length_mm", "width_mm", "height_mm"))


@admin.register(StorageClass)
class StorageClassAdmin(HouseAdmin):
    list_display = ["code", "name", "takes_others"]
    search_fields = ["code", "name"]


@admin.register(PickFace)
class PickFaceAdmin(HouseAdmin):
    list_display = ["sku", "show_warehouse", "location", "show_minimum", "show_maximum"]
    list_select_related = ["sku", "location__warehouse"]
    list_filter = [("location__warehouse", RelatedDropdownFilter)]
    search_fields = ["=sku__code", "=location__code"]
    autocomplete_fields = ["sku", "location"]

    def save_model(self, request: HttpRequest, obj: PickFace, form: Any, change: bool) -> None:
        face = services.FaceInput(obj.sku_id, obj.location_id, obj.minimum, obj.maximum)
        [pk] = services.set_pick_faces([face], company_id=obj.sku.company_id, actor=Actor.of_request(request))
        if change and pk != obj.pk:  # another bin: the old one is its face no more
            services.remove_pick_face(obj.pk, company_id=obj.sku.company_id, actor=Actor.of_request(request))
        obj.pk = pk

    @display(description=_("Warehouse"))
    def show_warehouse(self, face: PickFace) -> str:
        return face.location.warehouse.code if face.location.warehouse else ""

    @display(description=_("Minimum"))
    def show_minimum(self, face: PickFace) -> str:
        return show_quantity(face.minimum)

    @display(description=_("Maximum"))
    def show_maximum(self, face: PickFace) -> str:
        return show_quantity(face.maximum)


@admin.register(Location)
class LocationAdmin(HouseAdmin):
    list_before_template = "inventory/location_bar.html"
    list_display = ["code", "warehouse", "kind", "zone", "bin_type", "pick_sequence", "show_face", "show_use"]
    list_select_related = ["warehouse", "zone", "bin_type", "storage_class"]
    list_filter = [
        ("warehouse", RelatedDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("zone", RelatedDropdownFilter),
        ("bin_type", RelatedDropdownFilter),
    ]
    more_columns = ["aisle", "rack", "level", "position", "storage_class", *LIMITS]
    list_views = (
        ListView("all", _("All")),
        ListView("blocked", _("Blocked"), lambda rows: rows.filter(blocked_at__isnull=False)),
        ListView("faces", _("Pick faces"), lambda rows: rows.filter(is_pick_face=True)),
    )
    search_fields = ["=code"]
    actions = ["print_labels", "free_places"]
    autocomplete_fields = ["zone"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        stands = apart(super().get_fieldsets(request, obj), _("Where it stands"), STANDS)
        return apart(stands, _("What it holds"), ("bin_type", "storage_class", *LIMITS, "is_pick_face"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["company", "warehouse"] if obj else []

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("make/", view(self.make_view), name="inventory_location_make"),
            path("map/", view(self.map_view), name="inventory_map"),
            path("walk/", view(self.walk_view), name="inventory_location_walk"),
            path("labels/", view(self.labels_view), name="inventory_location_labels"),
            path("<int:pk>/block/", view(self.block_view), name="inventory_location_block"),
            *super().get_urls(),
        ]

    @display(description=_("Pick face"), boolean=True)
    def show_face(self, place: Location) -> bool:
        return place.is_pick_face

    @display(
        description=_("Use"),
        label={gettext("Blocked"): "danger", gettext("Not used"): "info", gettext("Used"): "success"},
    )
    def show_use(self, place: Location) -> str:
        if place.blocked_at:
            return gettext("Blocked")
        return gettext("Used") if place.is_active else gettext("Not used")

    @admin.action(description=_("Labels as PDF"), permissions=["view"])
    def print_labels(self, request: HttpRequest, queryset: QuerySet[Location]) -> HttpResponse | None:
        try:
            return _labels(list(queryset.select_related(*self.list_select_related)[: MAX_LABELS + 1]), "a4")
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return None

    @admin.action(description=_("Use blocked places again"), permissions=["change"])
    def free_places(self, request: HttpRequest, queryset: QuerySet[Location]) -> None:
        actor = Actor.of_request(request)
        done = 0
        for company_id in queryset.order_by().values_list("company_id", flat=True).distinct():
            rows = list(queryset.filter(company_id=company_id).values_list("pk", flat=True))
            done += sum(row.state == "freed" for row in services.free_bins(rows, company_id=company_id, actor=actor))
        messages.success(request, gettext("%(count)s places are used again.") % {"count": done})

    def make_view(self, request: HttpRequest) -> HttpResponse:
        """Bins from a pattern: looked at first, made with the second button."""
        require(request, "inventory.add_location")
        given = request.POST if request.method == "POST" else request.GET
        warehouses = list(offered(Warehouse.objects.filter(is_transit=False, is_active=True)))
        warehouse = next((w for w in warehouses if str(w.pk) == given.get("warehouse")), None) or next(
            iter(warehouses), None
        )
        planned: list[services.PlannedBin] = []
        if request.method == "POST" and warehouse is not None:
            plan = _plan(request)
            try:
                if request.POST.get("do") == "make":
                    with transaction.atomic():
                        made = services.make_bins(plan, warehouse=warehouse, actor=Actor.of_request(request))
                    new = sum(row.state == "new" for row in made)
                    messages.success(
                        request,
                        gettext("%(new)s bins made, %(there)s were there already.")
                        % {"new": new, "there": len(made) - new},
                    )
                    return HttpResponseRedirect(f"{reverse('admin:inventory_map')}?warehouse={warehouse.code}")
                planned = services.plan_bins(plan, warehouse=warehouse)
            except DomainError as refusal:
                messages.error(request, refusal.detail)
        new = sum(row.state == "new" for row in planned)
        return render_page(
            request,
            self.admin_site,
            "inventory/make_bins.html",
            title=_("Make bins"),
            opts=self.opts,
            given=given,
            warehouse=warehouse,
            warehouses=warehouses,
            zones=Zone.objects.select_related("warehouse"),
            bin_types=BinType.objects.order_by("code"),
            classes=StorageClass.objects.order_by("code"),
            planned=planned[:SHOWN],
            more=max(0, len(planned) - SHOWN),
            new=new,
            there=len(planned) - new,
            most=MAX_BINS,
        )

    def map_view(self, request: HttpRequest) -> HttpResponse:
        """?warehouse=, ?zone=, ?by=fill|picks, ?bin= whose stock is shown."""
        require(request, "inventory.view_location")
        return render_page(
            request,
            self.admin_site,
            "inventory/map.html",
            title=pgettext_lazy("warehouse", "Map"),
            opts=self.opts,
            **map_context(request),
        )

    def walk_view(self, request: HttpRequest) -> HttpResponse:
        """In which order the bins are walked to."""
        return walk_view(request, self.admin_site, self.opts)

    def labels_view(self, request: HttpRequest) -> HttpResponse:
        """?warehouse=, ?zone=, ?aisle=, ?place= narrow it; ?form=a4|label|zpl."""
        require(request, "inventory.view_location")
        rows = offered(Location.objects.filter(is_active=True, warehouse__isnull=False))
        for name, lookup in (("warehouse", "warehouse__code"), ("zone", "zone__code"), ("aisle", "aisle")):
            if request.GET.get(name):
                rows = rows.filter(**{lookup: request.GET[name]})
        if request.GET.get("place", "").isdecimal():
            rows = rows.filter(pk=request.GET["place"][:18])
        rows = rows.select_related("warehouse", "zone", "bin_type").order_by(
            "warehouse", F("zone__position").asc(nulls_last=True), "pick_sequence", "code"
        )
        try:
            return _labels(list(rows[: MAX_LABELS + 1]), request.GET.get("form", "a4"))
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(reverse("admin:inventory_location_changelist"))

    def block_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Block a place with a reason, or use it again (do=free)."""

        def act(actor: Actor) -> str:
            place = get_object_or_404(Location, pk=pk)
            if request.POST.get("do") == "free":
                services.free_bins([pk], company_id=place.company_id, actor=actor)
                return gettext("%(code)s is used again.") % {"code": place.code}
            services.block_bins([pk], reason=request.POST.get("reason", ""), company_id=place.company_id, actor=actor)
            return gettext("%(code)s is blocked: nobody is sent there.") % {"code": place.code}

        back = request.POST.get("back", "")
        home = reverse("admin:inventory_map")
        query = f"?{back}" if back and len(back) < 500 else ""
        return run_action(request, act, back=f"{home}{query}", permission="inventory.change_location")


def _labels(places: list[Location], form: str) -> HttpResponse:
    content, kind = labels_of(places, form)
    response = HttpResponse(content, content_type=kind)
    ending = "zpl" if form == "zpl" else "pdf"
    response["Content-Disposition"] = f'inline; filename="place-labels.{ending}"'
    return response


def _plan(request: HttpRequest) -> services.BinPlan:
    def key(name: str) -> int | None:
        value = request.POST.get(name, "")
        return int(value[:18]) if value.isdecimal() else None

    return services.BinPlan(
        request.POST.get("pattern", ""),
        key("zone"),
        key("bin_type"),
        key("storage_class"),
        request.POST.get("is_pick_face") == "1",
        key("sequence_from"),
        request.POST.get("serpentine") == "1",
    )
