"""Plans of cycle counts over HTTP, and what the floor asked to have counted."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core import audit
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.etags import IF_MATCH, ContentTags, expect_etag
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from inventory.api.moving import place_ids, sku_ids, warehouse_id
from warehouse.models import CountPlan, CountRequest
from warehouse.services import counting
from warehouse.services.counting_requests import BinCount, open_bin_count

SEE, WRITE = "stocktakes:read", "stocktakes:write"


class CountPlanOut(serializers.ModelSerializer[CountPlan]):
    """days_a, days_b, days_c: how often what is counted. share_a, share_b: up to how many per cent of the turnover."""

    warehouse = serializers.CharField(source="warehouse.code", read_only=True)

    class Meta:
        model = CountPlan
        fields = [
            "id", "warehouse", "name", "unit", "period_days", "share_a", "share_b", "days_a", "days_b", "days_c",
            "daily_limit", "tolerance_percent", "tolerance_value", "one_person", "is_active", "classified_at", "planned_on",
        ]  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        first = attrs.get("share_a", getattr(self.instance, "share_a", 80))
        if attrs.get("share_b", getattr(self.instance, "share_b", 95)) < first:
            raise serializers.ValidationError({"share_b": CountPlan._meta.constraints[2].violation_error_message})
        return attrs


class CountPlanIn(CountPlanOut):
    company = serializers.SlugField(required=False, write_only=True)
    warehouse = serializers.CharField(max_length=20)

    class Meta(CountPlanOut.Meta):
        fields = ["company", *CountPlanOut.Meta.fields]


class CountDueOut(serializers.Serializer[Any]):
    """counted_at: when it was counted last; null: never."""

    place = serializers.CharField()
    sku_id = serializers.IntegerField(allow_null=True)
    abc = serializers.CharField()
    days = serializers.IntegerField()
    counted_at = serializers.DateTimeField(allow_null=True)


class CountPlannedOut(serializers.Serializer[Any]):
    stocktake = serializers.IntegerField(allow_null=True, help_text="null: nothing is due.")


class CountPlanViewSet(
    ContentTags,
    ActionAccess,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[CountPlan],
):
    """How often what is counted."""

    access = {
        **dict.fromkeys(("list", "retrieve", "due"), (SEE, "warehouse.view_countplan")),
        "create": (WRITE, "warehouse.add_countplan"),
        **dict.fromkeys(("partial_update", "run"), (WRITE, "warehouse.change_countplan")),
    }
    http_method_names = ["get", "post", "patch", "head", "options"]
    serializer_class = CountPlanOut

    def get_queryset(self) -> QuerySet[CountPlan]:
        return own_rows(self.request, CountPlan.objects.select_related("warehouse").order_by("pk"))

    @extend_schema(request=CountPlanIn, responses={201: CountPlanOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Make a plan; the job plans by it from the next run on."""
        body = CountPlanIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        company_id = company_of(request, given.pop("company", None))
        place = warehouse_id(company_id, given.pop("warehouse"))
        if CountPlan.objects.filter(warehouse=place, name=given["name"]).exists():
            raise serializers.ValidationError({"name": "unique"})
        made = CountPlan.objects.create(company_id=company_id, warehouse_id=place, **given)
        self._record(made, "created")
        return Response(CountPlanOut(made).data, status=201)

    @extend_schema(parameters=[IF_MATCH])
    def partial_update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return super().partial_update(request, *args, **kwargs)

    @transaction.atomic
    def perform_update(self, serializer: Any) -> None:
        plan = self.get_queryset().select_for_update(of=("self",), no_key=True).get(pk=serializer.instance.pk)
        expect_etag(self.request, CountPlanOut(plan).data, object_type="warehouse.countplan", object_id=plan.pk)
        self._record(serializer.save(), "changed")

    def _record(self, plan: CountPlan, what: str) -> None:
        change = audit.Change("warehouse.countplan", plan.pk, what, new=plan.name, company_id=plan.company_id)
        audit.record([change], actor=actor_of(self.request))

    @extend_schema(responses=CountDueOut(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def due(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What is due by the plan, at most 1,000 places."""
        return Response(CountDueOut(counting.due(self.get_object(), now=timezone.now(), limit=1000), many=True).data)

    @extend_schema(request=None, responses=CountPlannedOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def run(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Reckon the classes anew and plan what is due now."""
        plan = self.get_object()
        made = counting.run_plan(
            plan.pk, company_id=plan.company_id, now=timezone.now(), today=timezone.localdate(), actor=actor_of(request)
        )
        return Response({"stocktake": made.pk if made else None})


class CountAskIn(serializers.Serializer[Any]):
    """reason: why it should be counted."""

    company = serializers.SlugField(required=False)
    warehouse = serializers.CharField(max_length=20)
    location = serializers.CharField(max_length=40)
    sku = serializers.CharField(max_length=60)
    reason = serializers.CharField(max_length=60)


class CountRequestOut(serializers.ModelSerializer[CountRequest]):
    number = serializers.CharField()
    location = serializers.CharField(source="location.code")
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = CountRequest
        fields = ["id", "number", "location", "sku", "reason", "status", "stocktake", "requested_by", "created_at"]


class CountRequestViewSet(ActionAccess, mixins.ListModelMixin, viewsets.GenericViewSet[CountRequest]):
    """Bins that somebody wants counted; a job makes stocktakes of them within a minute."""

    access = {
        "list": (SEE, "warehouse.view_countrequest"),
        "create": ("stocktakes:count", "warehouse.add_countentry"),
    }
    serializer_class = CountRequestOut

    def get_queryset(self) -> QuerySet[CountRequest]:
        return own_rows(self.request, CountRequest.objects.select_related("location", "sku").order_by("-pk"))

    @extend_schema(request=CountAskIn, responses={201: CountRequestOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for a count; where one is open already, that is the answer."""
        body = CountAskIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        [place] = place_ids([warehouse_id(company_id, given["warehouse"])], [given])
        [sku] = sku_ids(company_id, [given])
        open_bin_count([BinCount(place or 0, sku, given["reason"])], company_id=company_id, actor=actor_of(request))
        found = CountRequest.objects.select_related("location", "sku").get(location=place, sku=sku, status="open")
        return Response(CountRequestOut(found).data, status=201)
