"""Carriers, their services and rates, boxes; handing parcels over; labels and tracking of a shipment."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from backoffice.core.actor import Actor
from backoffice.core.admin.base import FactAdmin, HouseAdmin, show_money, show_time
from backoffice.core.admin.pages import posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError
from backoffice.core.scopes import offered
from inventory.models import Warehouse
from orders.models import Shipment, ShipmentStatus
from warehouse import services
from warehouse.admin.work import REFUSALS, WORK_URL
from warehouse.carriers import CARRIERS
from warehouse.models import Box, CarrierAccount, CarrierRate, CarrierService, Manifest, ManifestLine

SHIP = "orders.change_shipment"
TOLD = ("in_transit", "exception", "delivered", "returned_to_sender")


class _Kept(HouseAdmin):
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CarrierAccount)
class CarrierAccountAdmin(_Kept):
    list_display = ["name", "code", "connector", "is_active"]
    search_fields = ["name", "code"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only carriers that this house can speak to."""
        if db_field.name == "connector":
            return forms.ChoiceField(choices=[(key, key) for key in sorted(CARRIERS)], help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(CarrierService)
class CarrierServiceAdmin(_Kept):
    list_display = ["name", "carrier", "order_services", "transit_days", "max_weight_g", "is_active"]
    list_select_related = ["carrier"]
    list_filter = [("carrier", RelatedDropdownFilter), "is_active"]
    search_fields = ["name", "code", "carrier__name"]
    autocomplete_fields = ["carrier"]


@admin.register(CarrierRate)
class CarrierRateAdmin(HouseAdmin):
    list_display = ["service", "countries", "postcodes", "up_to_g", "show_price"]
    list_select_related = ["service__carrier__company"]
    list_filter = [("service", RelatedDropdownFilter)]
    autocomplete_fields = ["service"]

    @display(description=_("Price"), ordering="price")
    def show_price(self, rate: CarrierRate) -> str:
        return show_money(rate.price, rate.service.carrier.company.base_currency_id)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("warehouse.change_carrierrate")


@admin.register(Box)
class BoxAdmin(_Kept):
    list_display = ["code", "name", "length_mm", "width_mm", "height_mm", "tare_g", "max_weight_g", "is_active"]
    search_fields = ["code", "name"]


@admin.register(Manifest)
class ManifestAdmin(FactAdmin):
    list_display = ["show_number", "carrier", "warehouse", "show_at", "driver", "made_by"]
    list_select_related = ["carrier", "warehouse", "made_by"]
    list_filter = [("carrier", RelatedDropdownFilter), ("warehouse", RelatedDropdownFilter)]
    ordering = ["-id"]

    @display(description=_("Manifest"))
    def show_number(self, manifest: Manifest) -> str:
        return manifest.number

    @display(description=_("Handed over"))
    def show_at(self, manifest: Manifest) -> str:
        return show_time(manifest.handed_over_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("warehouse.add_manifest")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("shipments/<int:pk>/label/", view(_buy), name="warehouse_label_buy"),
            path("shipments/<int:pk>/void/", view(_void), name="warehouse_label_void"),
            path("shipments/<int:pk>/track/", view(_track), name="warehouse_shipment_track"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """What waits for each carrier; the chosen ones are handed over together."""
        require(request, "warehouse.add_manifest")
        if request.method == "POST":
            try:
                return HttpResponseRedirect(self._hand_over(request))
            except DomainError as refusal:
                messages.error(request, refusal.detail)
        carriers = CarrierAccount.objects.filter(is_active=True).order_by("name")
        warehouses = offered(Warehouse.objects.filter(is_active=True, is_transit=False)).order_by("priority", "code")
        piles = [
            (carrier, warehouse, waiting)
            for carrier in carriers
            for warehouse in warehouses
            if warehouse.company_id == carrier.company_id
            and (waiting := services.waiting_shipments(carrier.pk, warehouse_id=warehouse.pk))
        ]
        return render_page(
            request, self.admin_site, "warehouse/hand_over.html", title=_("Hand over"), opts=self.opts, piles=piles
        )

    def _hand_over(self, request: HttpRequest) -> str:
        carrier = get_object_or_404(CarrierAccount, pk=request.POST.get("carrier") or 0)
        warehouse = get_object_or_404(Warehouse, pk=request.POST.get("warehouse") or 0)
        chosen = [int(pk) for pk in request.POST.getlist("shipment") if pk.isdecimal()]
        done = services.hand_over(
            carrier.pk,
            warehouse_id=warehouse.pk,
            company_id=carrier.company_id,
            at=timezone.now(),
            actor=Actor.of_request(request),
            driver=request.POST.get("driver", "").strip(),
            shipment_ids=chosen,
        )
        for result in done.results:
            if result.state == "refused":
                why = REFUSALS.get(result.code, result.code)
                messages.warning(request, f"SH-{result.shipment_id:06d}: {why}")
        if done.manifest_id is None:
            return reverse("admin:warehouse_manifest_add")
        left = sum(1 for result in done.results if result.state == "shipped")
        messages.success(
            request, ngettext("%(n)s shipment has left.", "%(n)s shipments have left.", left) % {"n": left}
        )
        return reverse("admin:warehouse_manifest_change", args=[done.manifest_id])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        manifest = self.get_object(request, object_id)
        if manifest is None or not self.has_view_permission(request, manifest):
            return super().change_view(request, object_id, form_url, extra_context)
        lines = ManifestLine.objects.filter(manifest=manifest).select_related("shipment__order__shipping_address")
        return render_page(
            request,
            self.admin_site,
            "warehouse/manifest.html",
            title=manifest.number,
            opts=self.opts,
            manifest=manifest,
            lines=lines.prefetch_related("shipment__parcels").order_by("pk"),
        )


def _back(shipment: Shipment) -> str:
    return reverse(WORK_URL, args=[shipment.fulfilment_id])


def _own(pk: int) -> Shipment:
    return get_object_or_404(Shipment, pk=pk, fulfilment__isnull=False)


def _buy(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, "warehouse.add_parcel")
    shipment = _own(pk)

    def act(actor: Actor) -> str:
        service = request.POST.get("service", "")
        labels = services.buy_labels(
            {pk: int(service) if service.isdecimal() else 0}, company_id=shipment.company_id, actor=actor
        )
        return gettext("The label is ready: %(number)s") % {"number": labels[pk][0].tracking_number}

    return run_action(request, act, back=_back(shipment), permission="warehouse.add_parcel", atomic=False)


def _void(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, "warehouse.add_parcel")
    shipment = _own(pk)

    def act(actor: Actor) -> str:
        services.void_labels([pk], company_id=shipment.company_id, actor=actor, reason=posted_reason(request))
        return gettext("The label is void.")

    return run_action(request, act, back=_back(shipment), permission="warehouse.add_parcel")


def _track(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, SHIP)
    shipment = _own(pk)

    def act(actor: Actor) -> str:
        status = request.POST.get("status", "")
        status = status if status in TOLD else ShipmentStatus.IN_TRANSIT.value
        note = request.POST.get("note", "").strip()[:300]
        with transaction.atomic():
            services.record_tracking([pk], status=status, company_id=shipment.company_id, actor=actor, note=note)
        return gettext("Noted: the shipment is %(status)s.") % {"status": ShipmentStatus(status).label}

    return run_action(request, act, back=_back(shipment), permission=SHIP)
