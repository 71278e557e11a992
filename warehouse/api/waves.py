"""Waves over HTTP: planned, released, cancelled; and their templates, read."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from inventory.models import Warehouse
from warehouse import services
from warehouse.api.views import NotFound
from warehouse.models import OrderSize, PickMethod, Wave, WaveItem, WaveStatus, WaveTemplate
from warehouse.services.scheduling import request_of

READ, WRITE = "warehouse:read", "warehouse:write"


class WaveItemOut(serializers.ModelSerializer[WaveItem]):
    fulfilment = serializers.IntegerField(source="fulfilment_id")

    class Meta:
        model = WaveItem
        fields = ["fulfilment", "state", "code"]


class WaveOut(serializers.ModelSerializer[Wave]):
    number = serializers.CharField(read_only=True)
    warehouse = serializers.CharField(source="warehouse.code")
    items = WaveItemOut(many=True)

    class Meta:
        model = Wave
        fields = [
            "id", "number", "warehouse", "template", "method", "round_orders", "status", "cut_off_at", "created_at",
            "released_at", "finished_at", "items",
        ]  # fmt: skip


class WaveIn(serializers.Serializer[Any]):
    """What the wave takes: by template, or by filters and limits, or just these fulfilments."""

    warehouse = serializers.CharField(max_length=20, required=False, help_text="Its code; a template has its own.")
    template = serializers.IntegerField(min_value=1, required=False)
    method = serializers.ChoiceField(choices=PickMethod.choices, default=PickMethod.SINGLE)
    fulfilments = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, min_length=1, max_length=5000
    )
    services = serializers.ListField(child=serializers.CharField(max_length=60), required=False, default=list)
    order_size = serializers.ChoiceField(choices=OrderSize.choices, default=OrderSize.ANY)
    max_orders = serializers.IntegerField(min_value=1, max_value=5000, default=200)
    max_lines = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    round_orders = serializers.IntegerField(min_value=1, max_value=500, default=12)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    release = serializers.BooleanField(default=False, help_text="Release it at once.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("warehouse" in given) == ("template" in given):
            raise serializers.ValidationError({"warehouse": ["Name a warehouse or a template."]})
        return given


class RefusedItemOut(serializers.Serializer[Any]):
    fulfilment = serializers.IntegerField()
    code = serializers.CharField()


class WaveResultOut(serializers.Serializer[Any]):
    wave = serializers.IntegerField()
    state = serializers.CharField()
    orders = serializers.IntegerField()
    rounds = serializers.IntegerField()
    refused = RefusedItemOut(many=True)


class WaveFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=WaveStatus.choices)
    warehouse = django_filters.CharFilter(field_name="warehouse__code")

    class Meta:
        model = Wave
        fields: list[str] = []


def _refused(pairs: Any) -> list[dict[str, Any]]:
    return [{"fulfilment": pk, "code": code} for pk, code in pairs]


class WaveViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Wave]):
    """Waves of orders that are released to the floor together. A key that is bound to a channel sees none."""

    access = {
        "list": (READ, "warehouse.view_wave"),
        "retrieve": (READ, "warehouse.view_wave"),
        "create": (WRITE, "warehouse.add_wave"),
        "release": (WRITE, "warehouse.change_wave"),
        "cancel": (WRITE, "warehouse.change_wave"),
    }
    filterset_class = WaveFilter
    serializer_class = WaveOut

    def get_queryset(self) -> QuerySet[Wave]:
        rows = Wave.objects.select_related("warehouse").prefetch_related("items")
        return own_rows(self.request, rows, channel="template__channel_id")

    @extend_schema(request=WaveIn, responses={201: WaveResultOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Plan a wave of what is ready, the most urgent first; 409 nothing_ready writes nothing."""
        body = WaveIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        wanted, company_id = self._wanted(given)
        actor = actor_of(request)
        planned = services.plan_wave(wanted, company_id=company_id, actor=actor)
        answer = {
            "wave": planned.wave_id, "state": "planned", "orders": len(planned.fulfilment_ids), "rounds": 0,
            "refused": _refused(planned.refused),
        }  # fmt: skip
        if given["release"]:
            [result] = services.release_waves([planned.wave_id], company_id=company_id, actor=actor)
            answer |= {"state": result.state, "orders": result.lists, "rounds": result.rounds}
            answer["refused"] = _refused([*planned.refused, *result.refused])
        return Response(WaveResultOut(answer).data, status=201)

    def _wanted(self, given: dict[str, Any]) -> tuple[services.WaveRequest, int]:
        if "template" in given:
            rows = own_rows(self.request, WaveTemplate.objects.select_related("warehouse"), channel="channel_id")
            template = rows.filter(pk=given["template"]).first()
            if template is None:
                raise NotFound("There is no such wave template.")
            return request_of(template, None), template.company_id
        warehouses = own_rows(self.request, Warehouse.objects.filter(is_transit=False, is_active=True))
        warehouse = warehouses.filter(code=given["warehouse"]).first()
        if warehouse is None:
            raise NotFound("There is no such warehouse.")
        channel_id = getattr(self.request.auth, "channel_id", None)
        ids = given.get("fulfilments")
        wanted = services.WaveRequest(
            warehouse.pk,
            method=given["method"],
            fulfilment_ids=None if ids is None else tuple(ids),
            services=tuple(given["services"]),
            channel_id=channel_id,
            order_size=given["order_size"],
            max_orders=given["max_orders"],
            max_lines=given["max_lines"],
            round_orders=given["round_orders"],
            note=given["note"],
        )
        return wanted, warehouse.company_id

    @extend_schema(request=None, responses=WaveResultOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def release(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make its pick lists and rounds; what cannot be picked leaves the wave with its code."""
        wave = self.get_object()
        [result] = services.release_waves([wave.pk], company_id=wave.company_id, actor=actor_of(request))
        answer = {
            "wave": wave.pk, "state": result.state, "orders": result.lists, "rounds": result.rounds,
            "refused": _refused(result.refused),
        }  # fmt: skip
        return Response(WaveResultOut(answer).data)

    @extend_schema(request=ReasonIn, responses=WaveOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Its orders are ready again; refused once somebody has picked of it."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        wave = self.get_object()
        services.cancel_waves(
            [wave.pk], company_id=wave.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        return Response(WaveOut(self.get_object()).data)
