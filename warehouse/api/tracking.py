"""Tracking over HTTP: what was said of a shipment; which carriers are asked, and where that failed."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import RowId, YesNo
from backoffice.core.api.idempotency import idempotent
from orders.models import TrackingEvent
from warehouse import services
from warehouse.models import TrackingWatch

READ, WRITE = "warehouse:read", "warehouse:write"


class TrackingEventOut(serializers.ModelSerializer[TrackingEvent]):
    class Meta:
        model = TrackingEvent
        fields = [
            "id", "tracking_number", "status", "occurred_at", "place", "note", "source", "recorded_by", "recorded_at",
        ]  # fmt: skip


class TrackingWatchOut(serializers.ModelSerializer[TrackingWatch]):
    """error: what went wrong in asking last; given_up_at: it is asked no more until POST ask-again/."""

    carrier = serializers.CharField(source="carrier.code")
    status = serializers.CharField(source="shipment.status")
    tracking_number = serializers.CharField(source="shipment.tracking_number")

    class Meta:
        model = TrackingWatch
        fields = [
            "id", "shipment", "carrier", "tracking_number", "status", "due_at", "checked_at", "tries", "error",
            "given_up_at", "ended_at",
        ]  # fmt: skip


class TrackingWatchFilter(django_filters.FilterSet):
    carrier = django_filters.CharFilter(field_name="carrier__code")
    shipment = RowId(field_name="shipment_id")
    status = django_filters.CharFilter(field_name="shipment__status")
    given_up = YesNo(field_name="given_up_at", lookup_expr="isnull", exclude=True)
    ended = YesNo(field_name="ended_at", lookup_expr="isnull", exclude=True)
    failing = YesNo(method="filter_failing")

    class Meta:
        model = TrackingWatch
        fields: list[str] = []

    def filter_failing(self, rows: QuerySet[TrackingWatch], _name: str, wanted: bool) -> QuerySet[TrackingWatch]:
        return rows.exclude(error="") if wanted else rows.filter(error="")


class AskedAgainOut(serializers.Serializer[Any]):
    asked = serializers.IntegerField()


class TrackingWatchViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TrackingWatch]
):
    """Shipments whose carriers are asked what became of them."""

    access = {
        "list": (READ, "warehouse.view_trackingwatch"),
        "retrieve": (READ, "warehouse.view_trackingwatch"),
        "ask_again": (WRITE, "warehouse.change_trackingwatch"),
    }
    serializer_class = TrackingWatchOut
    filterset_class = TrackingWatchFilter

    def get_queryset(self) -> QuerySet[TrackingWatch]:
        rows = TrackingWatch.objects.select_related("shipment", "carrier").order_by("-pk")
        return own_rows(self.request, rows, channel="shipment__order__channel_id")

    @extend_schema(request=None, responses=AskedAgainOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="ask-again")
    @idempotent()
    def ask_again(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask about it at the next turn, also where it was given up; refused once it has arrived."""
        watch = self.get_object()
        done = services.ask_again([watch.pk], company_id=watch.company_id, actor=actor_of(request))
        return Response({"asked": done})
