"""How the warehouse is set up, over HTTP: wave templates, carriers with their services and rates, boxes."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from backoffice.core.api.actions import NOBODYS, actor_of, own_rows
from backoffice.core.api.etags import IF_MATCH
from backoffice.core.api.filters import RowId, YesNo
from inventory.api.catalogue_in import ByCode, RowIn
from inventory.api.rows import RowViewSet, described
from inventory.models import Warehouse
from inventory.services import create_row, delete_row
from orders.models import Channel
from warehouse.carriers import CARRIERS
from warehouse.models import Box, CarrierAccount, CarrierRate, CarrierService, WaveTemplate

READ, WRITE = "warehouse:read", "warehouse:write"


def access_to(noun: str, **more: tuple[str, str]) -> dict[str, tuple[str, str]]:
    return {
        "list": (READ, f"warehouse.view_{noun}"),
        "retrieve": (READ, f"warehouse.view_{noun}"),
        "create": (WRITE, f"warehouse.add_{noun}"),
        "partial_update": (WRITE, f"warehouse.change_{noun}"),
        **more,
    }


TEMPLATE = [
    "name", "warehouse", "method", "round_orders", "shipping_services", "channel", "order_size", "max_orders",
    "max_lines", "cut_off", "lead_minutes", "weekdays", "is_active",
]  # fmt: skip


class WaveTemplateIn(RowIn):
    """cut_off: when the carrier comes, by the warehouse's clock; null: waves are made by hand only."""

    warehouse = ByCode(Warehouse)
    channel = ByCode(Channel, allow_null=True, required=False)

    class Meta:
        model = WaveTemplate
        fields = ["company", *TEMPLATE]
        validators: list[Any] = []

    def validate_warehouse(self, warehouse: Warehouse) -> Warehouse:
        if warehouse.is_transit or not warehouse.is_active:
            raise serializers.ValidationError(_("Nobody picks in this warehouse."), code="not_used")
        return warehouse


class WaveTemplateOut(serializers.ModelSerializer[WaveTemplate]):
    warehouse = serializers.CharField(source="warehouse.code")
    channel = serializers.CharField(source="channel.code", default=None)

    class Meta:
        model = WaveTemplate
        fields = ["id", *TEMPLATE]


@described(WaveTemplateIn, WaveTemplateOut)
class WaveTemplateViewSet(RowViewSet):
    """Templates that make waves; POST waves/ with one of them makes its wave now."""

    access = access_to("wavetemplate")
    takes, serializer_class = WaveTemplateIn, WaveTemplateOut

    def get_queryset(self) -> QuerySet[WaveTemplate]:
        rows = WaveTemplate.objects.select_related("warehouse", "channel").order_by("pk")
        return own_rows(self.request, rows, channel="channel_id")


CARRIER = ["code", "name", "connector", "tracking_url", "is_active"]


class CarrierIn(RowIn):
    """connector: which of the carriers that this house can speak to; house: labels are printed here."""

    class Meta:
        model = CarrierAccount
        fields = ["company", *CARRIER]
        validators: list[Any] = []

    def validate_connector(self, connector: str) -> str:
        if connector not in CARRIERS:
            known = ", ".join(sorted(CARRIERS))
            raise serializers.ValidationError(_("Known are: %(known)s.") % {"known": known}, code="unknown")
        return connector


class CarrierOut(serializers.ModelSerializer[CarrierAccount]):
    class Meta:
        model = CarrierAccount
        fields = ["id", *CARRIER]


@described(CarrierIn, CarrierOut)
class CarrierViewSet(RowViewSet):
    """Whom parcels are handed over to."""

    access = access_to("carrieraccount")
    takes, serializer_class = CarrierIn, CarrierOut

    def get_queryset(self) -> QuerySet[CarrierAccount]:
        return own_rows(self.request, CarrierAccount.objects.order_by("pk"), channel=NOBODYS)


SERVICE = ["carrier", "code", "name", "order_services", "transit_days", "max_weight_g", "is_active"]


class CarrierServiceIn(RowIn):
    """order_services: names of shipping services of orders for which it is proposed, with commas between."""

    carrier = ByCode(CarrierAccount)

    class Meta:
        model = CarrierService
        fields = ["company", *SERVICE]
        validators: list[Any] = []

    def validate_code(self, code: str) -> str:
        return code  # unique within its carrier, which the database says

    def validate_carrier(self, carrier: CarrierAccount) -> CarrierAccount:
        if self.instance is not None and self.instance.carrier_id != carrier.pk:
            raise serializers.ValidationError(_("A service stays with its carrier."), code="fixed")
        return carrier


class CarrierServiceOut(serializers.ModelSerializer[CarrierService]):
    carrier = serializers.CharField(source="carrier.code")

    class Meta:
        model = CarrierService
        fields = ["id", *SERVICE]


class CarrierServiceFilter(django_filters.FilterSet):
    carrier = django_filters.CharFilter(field_name="carrier__code")
    is_active = YesNo()

    class Meta:
        model = CarrierService
        fields: list[str] = []


@described(CarrierServiceIn, CarrierServiceOut)
class CarrierServiceViewSet(RowViewSet):
    """Products of carriers: standard, express, locker."""

    access = access_to("carrierservice")
    takes, serializer_class, filterset_class = CarrierServiceIn, CarrierServiceOut, CarrierServiceFilter

    def get_queryset(self) -> QuerySet[CarrierService]:
        rows = CarrierService.objects.select_related("carrier").order_by("pk")
        return own_rows(self.request, rows, company="carrier__company_id", channel=NOBODYS)

    def make(self, values: dict[str, Any], company_id: int) -> int:
        return create_row(CarrierService(**values), company_id=company_id, actor=actor_of(self.request)).pk


RATE = ["service", "countries", "postcodes", "up_to_g", "price"]


class OwnService(serializers.PrimaryKeyRelatedField):
    """A carrier service of the caller's company."""

    def get_queryset(self) -> Any:
        return CarrierService.objects.filter(carrier__company_id=self.context["company_id"])


class CarrierRateIn(RowIn):
    """A step of a service's price, up to so many grams. countries: ISO codes with commas between; empty: everywhere."""

    service = OwnService(queryset=CarrierService.objects.none())

    class Meta:
        model = CarrierRate
        fields = ["company", *RATE]
        validators: list[Any] = []

    def validate_countries(self, countries: str) -> str:
        return ", ".join(sorted({part.strip().upper() for part in countries.split(",") if part.strip()}))

    def validate_service(self, service: CarrierService) -> CarrierService:
        if self.instance is not None and self.instance.service_id != service.pk:
            raise serializers.ValidationError(_("A rate stays with its service."), code="fixed")
        return service


class CarrierRateOut(serializers.ModelSerializer[CarrierRate]):
    carrier = serializers.CharField(source="service.carrier.code")

    class Meta:
        model = CarrierRate
        fields = ["id", "carrier", *RATE]


class CarrierRateFilter(django_filters.FilterSet):
    service = RowId(field_name="service_id")
    carrier = django_filters.CharFilter(field_name="service__carrier__code")

    class Meta:
        model = CarrierRate
        fields: list[str] = []


@described(CarrierRateIn, CarrierRateOut)
class CarrierRateViewSet(RowViewSet):
    """Prices of services by weight and destination."""

    access = access_to("carrierrate", destroy=(WRITE, "warehouse.change_carrierrate"))
    takes, serializer_class, filterset_class = CarrierRateIn, CarrierRateOut, CarrierRateFilter

    def get_queryset(self) -> QuerySet[CarrierRate]:
        rows = CarrierRate.objects.select_related("service__carrier").order_by("pk")
        return own_rows(self.request, rows, company="service__carrier__company_id", channel=NOBODYS)

    def make(self, values: dict[str, Any], company_id: int) -> int:
        return create_row(CarrierRate(**values), company_id=company_id, actor=actor_of(self.request)).pk

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a step out; labels keep the price that they were bought at."""
        row = self.locked()
        delete_row(row, company_id=row.company_id, actor=actor_of(request))
        return Response(status=204)


BOX = ["code", "name", "length_mm", "width_mm", "height_mm", "tare_g", "max_weight_g", "is_active"]


class BoxIn(RowIn):
    """Sizes inside, in millimetres; tare_g: what it weighs empty."""

    class Meta:
        model = Box
        fields = ["company", *BOX]
        validators: list[Any] = []

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        most, tare = (given.get(name, getattr(self.instance, name, None)) for name in ("max_weight_g", "tare_g"))
        if most is not None and most <= (tare or 0):
            raise serializers.ValidationError({"max_weight_g": _("The limit is above the tare.")})
        return given


class BoxOut(serializers.ModelSerializer[Box]):
    class Meta:
        model = Box
        fields = ["id", *BOX]


@described(BoxIn, BoxOut)
class BoxViewSet(RowViewSet):
    """The cartons of the packing bench."""

    access = access_to("box")
    takes, serializer_class = BoxIn, BoxOut

    def get_queryset(self) -> QuerySet[Box]:
        return own_rows(self.request, Box.objects.order_by("pk"))
