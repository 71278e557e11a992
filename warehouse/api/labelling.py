"""Rates, labels, manifests and tracking over HTTP."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import NOBODYS, ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from inventory.models import Warehouse
from orders.models import TrackingEvent
from warehouse import services
from warehouse.api.tracking import TrackingEventOut
from warehouse.api.views import NotFound, ShippingViewSet
from warehouse.carriers.labels import label_pdf, label_zpl
from warehouse.label_papers import label_papers, live_labels
from warehouse.models import CarrierAccount, Manifest, ParcelLabel

READ, WRITE = "warehouse:read", "warehouse:write"
TOLD = ("in_transit", "exception", "delivered", "returned_to_sender")


class RateOut(serializers.Serializer[Any]):
    service = serializers.IntegerField(source="service.pk")
    carrier = serializers.CharField(source="service.carrier.code")
    name = serializers.CharField(source="service.name")
    price = serializers.DecimalField(max_digits=24, decimal_places=6, allow_null=True)
    currency = serializers.CharField()
    transit_days = serializers.IntegerField(source="service.transit_days", allow_null=True)
    proposed = serializers.BooleanField(help_text="Meant for the order's shipping service.")
    refused = serializers.CharField(help_text="Why it does not take these parcels.")


class LabelIn(serializers.Serializer[Any]):
    service = serializers.IntegerField(min_value=1, help_text="Of GET rates/.")


class LabelOut(serializers.ModelSerializer[ParcelLabel]):
    service = serializers.CharField(source="service.code")
    carrier = serializers.CharField(source="service.carrier.code")

    class Meta:
        model = ParcelLabel
        fields = ["id", "parcel", "carrier", "service", "tracking_number", "weight_g", "price", "currency"]


class TrackIn(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=TOLD)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    place = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    at = serializers.DateTimeField(required=False, help_text="When it happened, if not now.")

    def validate_at(self, at: datetime) -> datetime:
        if at > timezone.now() + timedelta(minutes=5):
            raise serializers.ValidationError(_("It has not happened yet."))
        return at


class LabellingViewSet(ShippingViewSet):
    """Shipments, their labels, and handing them over."""

    access = {
        **ShippingViewSet.access,
        "rates": (READ, "orders.view_shipment"),
        "label": (WRITE, "warehouse.add_parcel"),
        "void_label": (WRITE, "warehouse.add_parcel"),
        "label_file": (READ, "warehouse.view_parcellabel"),
        "track": (WRITE, "orders.change_shipment"),
        "tracking": ("shipments:read", "orders.view_shipment"),
    }

    @extend_schema(responses=RateOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def rates(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What each carrier service costs for its parcels; proposed ones first, then the cheapest."""
        shipment = self.get_object()
        return Response(RateOut(services.rate_shop(shipment.pk, company_id=shipment.company_id), many=True).data)

    @extend_schema(request=LabelIn, responses=LabelOut(many=True), parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def label(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Buy a label for each of its parcels; one that has them is answered with them."""
        body = LabelIn(data=request.data)
        body.is_valid(raise_exception=True)
        shipment = self.get_object()
        labels = services.buy_labels(
            {shipment.pk: body.validated_data["service"]}, company_id=shipment.company_id, actor=actor_of(request)
        )
        return Response(LabelOut(labels[shipment.pk], many=True).data)

    @extend_schema(request=ReasonIn, responses=LabelOut(many=True), parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="void-label")
    @idempotent()
    def void_label(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Void its labels; refused once it has left."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        shipment = self.get_object()
        labels = services.void_labels(
            [shipment.pk], company_id=shipment.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        return Response(LabelOut(labels, many=True).data)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="label-file")
    def label_file(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """4 × 6 inches as PDF, a page for each parcel; `?as=zpl` for label printers."""
        labels = live_labels([self.get_object().pk])
        if not labels:
            raise NotFound("This shipment has no label.")
        papers = label_papers(labels)
        if request.query_params.get("as") == "zpl":
            return HttpResponse(label_zpl(papers), content_type="application/zpl; charset=utf-8")
        return HttpResponse(label_pdf(papers), content_type="application/pdf")

    @extend_schema(request=TrackIn, responses=ShippingViewSet.serializer_class, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def track(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What the carrier says of it; what comes back to the sender opens a return."""
        body = TrackIn(data=request.data)
        body.is_valid(raise_exception=True)
        shipment, given = self.get_object(), body.validated_data
        with transaction.atomic():
            services.record_tracking(
                [shipment.pk], status=given["status"], company_id=shipment.company_id, actor=actor_of(request),
                note=given["note"], at=given.get("at"), place=given["place"],
            )  # fmt: skip
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses=TrackingEventOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def tracking(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What was said of its parcels, newest first, at most 500."""
        events = TrackingEvent.objects.filter(shipment=self.get_object()).order_by("-occurred_at", "-pk")
        return Response(TrackingEventOut(events[:500], many=True).data)


class ManifestIn(serializers.Serializer[Any]):
    carrier = serializers.SlugField(max_length=20)
    warehouse = serializers.CharField(max_length=20)
    driver = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    shipments = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, min_length=1, max_length=2000,
        help_text="Left out: all that wait for this carrier.",
    )  # fmt: skip


class ManifestRefusedOut(serializers.Serializer[Any]):
    shipment = serializers.IntegerField()
    code = serializers.CharField()


class ManifestMadeOut(serializers.Serializer[Any]):
    manifest = serializers.IntegerField(allow_null=True)
    shipments = serializers.ListField(child=serializers.IntegerField())
    refused = ManifestRefusedOut(many=True)


class ManifestOut(serializers.ModelSerializer[Manifest]):
    number = serializers.CharField(read_only=True)
    carrier = serializers.CharField(source="carrier.code")
    warehouse = serializers.CharField(source="warehouse.code")
    shipments = serializers.SerializerMethodField()

    class Meta:
        model = Manifest
        fields = ["id", "number", "carrier", "warehouse", "driver", "handed_over_at", "shipments"]

    def get_shipments(self, manifest: Manifest) -> list[int]:
        return [line.shipment_id for line in manifest.lines.all()]


class ManifestViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Manifest]
):
    """What carriers took. Making one hands the goods over: stock and cost leave, invoices are issued."""

    access = {
        "list": (READ, "warehouse.view_manifest"),
        "retrieve": (READ, "warehouse.view_manifest"),
        "create": (WRITE, "warehouse.add_manifest"),
    }
    serializer_class = ManifestOut

    def get_queryset(self) -> QuerySet[Manifest]:
        rows = Manifest.objects.select_related("carrier", "warehouse").prefetch_related("lines").order_by("-pk")
        return own_rows(self.request, rows, channel=NOBODYS)

    @extend_schema(request=ManifestIn, responses={201: ManifestMadeOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Hand over; what may not leave stays behind with its code."""
        body = ManifestIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        carrier = own_rows(request, CarrierAccount.objects.filter(code=given["carrier"], is_active=True)).first()
        warehouse = own_rows(request, Warehouse.objects.filter(code=given["warehouse"], is_transit=False)).first()
        if carrier is None or warehouse is None or carrier.company_id != warehouse.company_id:
            raise NotFound("There is no such carrier or warehouse.")
        done = services.hand_over(
            carrier.pk,
            warehouse_id=warehouse.pk,
            company_id=carrier.company_id,
            at=timezone.now(),
            actor=actor_of(request),
            driver=given["driver"],
            shipment_ids=given.get("shipments"),
        )
        answer = {
            "manifest": done.manifest_id,
            "shipments": [result.shipment_id for result in done.results if result.state == "shipped"],
            "refused": [
                {"shipment": result.shipment_id, "code": result.code}
                for result in done.results
                if result.state == "refused"
            ],
        }
        return Response(ManifestMadeOut(answer).data, status=201)
