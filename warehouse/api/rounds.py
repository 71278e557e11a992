"""Pick rounds over HTTP: taken, given back, their totes chosen; picks are confirmed at pick-lists/confirm/."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import RowId
from backoffice.core.api.idempotency import idempotent
from backoffice.core.errors import InvalidInput
from warehouse import services
from warehouse.api.serializers import PickResultOut, PickTaskOut, quantity_field
from warehouse.models import PickRound, PickTask, RoundStatus, RoundTote
from warehouse.selectors import WALK

READ, WRITE = "warehouse:read", "warehouse:write"


class RoundToteOut(serializers.ModelSerializer[RoundTote]):
    tote = serializers.CharField(source="location.code", default=None)

    class Meta:
        model = RoundTote
        fields = ["position", "pick_list", "tote"]


class RoundTaskOut(PickTaskOut):
    class Meta(PickTaskOut.Meta):
        fields = [*PickTaskOut.Meta.fields, "pick_list"]


class PickRoundOut(serializers.ModelSerializer[PickRound]):
    number = serializers.CharField(read_only=True)
    warehouse = serializers.CharField(source="warehouse.code")
    assigned_to = serializers.CharField(source="assigned_to.username", default=None)
    totes = RoundToteOut(many=True)
    tasks = RoundTaskOut(many=True)

    class Meta:
        model = PickRound
        fields = [
            "id", "number", "warehouse", "wave", "method", "zone", "status", "assigned_to", "finished_at", "totes",
            "tasks",
        ]  # fmt: skip


class RoundTakeIn(serializers.Serializer[Any]):
    over = serializers.BooleanField(default=False, help_text="Take it over from somebody else.")


class RoundToteIn(serializers.Serializer[Any]):
    pick_list = serializers.IntegerField(min_value=1)
    tote = serializers.CharField(max_length=40, help_text="The code on the tote.")


class RoundPickIn(serializers.Serializer[Any]):
    """What was taken for several tasks of one SKU, lot and bin."""

    tasks = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=500)
    quantity = quantity_field(min_value=0)
    lot = serializers.IntegerField(required=False, min_value=1)
    device = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class PickRoundFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=RoundStatus.choices)
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    wave = RowId(field_name="wave_id")
    zone = django_filters.CharFilter(field_name="zone")
    assigned_to = django_filters.CharFilter(field_name="assigned_to__username")

    class Meta:
        model = PickRound
        fields: list[str] = []


class PickRoundViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PickRound]
):
    """Walks of a wave, tasks in walking order. A key that is bound to a channel sees none."""

    body_rows: ClassVar = {"tasks": "warehouse.picktask"}
    access = {
        "list": (READ, "warehouse.view_pickround"),
        "retrieve": (READ, "warehouse.view_pickround"),
        "take": (WRITE, "warehouse.change_pickround"),
        "give_back": (WRITE, "warehouse.change_pickround"),
        "tote": (WRITE, "warehouse.change_pickround"),
        "pick": (WRITE, "warehouse.change_picktask"),
    }
    filterset_class = PickRoundFilter
    serializer_class = PickRoundOut

    def get_queryset(self) -> QuerySet[PickRound]:
        tasks = PickTask.objects.select_related("sku", "lot", "from_location__zone", "to_location")
        walk = Prefetch("tasks", tasks.order_by(*WALK))
        totes = Prefetch("totes", RoundTote.objects.select_related("location").order_by("position"))
        rows = PickRound.objects.select_related("warehouse", "assigned_to").prefetch_related(walk, totes)
        return own_rows(self.request, rows, channel="wave__template__channel_id")

    def _again(self) -> Response:
        return Response(PickRoundOut(self.get_object()).data)

    @extend_schema(request=RoundTakeIn, responses=PickRoundOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def take(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It is the caller's; 409 taken if somebody else has it."""
        body = RoundTakeIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        services.take_round(
            found.pk, company_id=found.company_id, actor=actor_of(request), over=body.validated_data["over"]
        )
        return self._again()

    @extend_schema(request=None, responses=PickRoundOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="give-back")
    @idempotent()
    def give_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Nobody's again; what is picked stays picked."""
        found = self.get_object()
        services.give_round_back(found.pk, company_id=found.company_id, actor=actor_of(request))
        return self._again()

    @extend_schema(request=RoundToteIn, responses=PickRoundOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def tote(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The goods of one list go into this tote; 409 wrong_tote, tote_in_use."""
        body = RoundToteIn(data=request.data)
        body.is_valid(raise_exception=True)
        found, given = self.get_object(), body.validated_data
        services.choose_tote(
            found.pk,
            pick_list_id=given["pick_list"],
            code=given["tote"],
            company_id=found.company_id,
            actor=actor_of(request),
        )
        return self._again()

    @extend_schema(request=RoundPickIn, responses=PickResultOut(many=True), parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def pick(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What was taken from one bin for several orders, given to them in the order of the tasks."""
        body = RoundPickIn(data=request.data)
        body.is_valid(raise_exception=True)
        found, given = self.get_object(), body.validated_data
        own = PickTask.objects.filter(round=found, pk__in=given["tasks"])
        same = own.values("sku_id", "lot_id", "from_location_id").distinct().count() == 1
        if own.count() < len(set(given["tasks"])) or not same:
            raise InvalidInput("The tasks are of this round, and of one SKU, lot and bin.", errors=[{"field": "tasks"}])
        results = services.pick_together(
            given["tasks"],
            quantity=given["quantity"],
            company_id=found.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            device=given["device"],
            lot_id=given.get("lot"),
        )
        return Response(PickResultOut(results, many=True).data)
