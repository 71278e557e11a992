"""Floor tasks and put-away rules over HTTP."""

from decimal import Decimal
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.idempotency import idempotent
from inventory.api.catalogue_in import ByCode, RowIn
from inventory.api.moving import warehouse_id, wrong
from inventory.api.rows import RowViewSet, described
from inventory.models import BinType, Category, Location, Sku, StorageClass, Warehouse, Zone
from warehouse import services
from warehouse.models import FloorTask, FloorTaskKind, FloorTaskStatus, PutAwayRule

READ, WRITE = "warehouse:read", "warehouse:write"
MAX_TASKS = 500


class FloorTaskOut(serializers.ModelSerializer[FloorTask]):
    """reason: why there. to_location: empty where no bin has room."""

    number = serializers.CharField()
    warehouse = serializers.CharField(source="warehouse.code")
    sku = serializers.CharField(source="sku.code")
    lot = serializers.CharField(source="lot.code", default=None)
    from_location = serializers.CharField(source="from_location.code")
    to_location = serializers.CharField(source="to_location.code", default=None)
    assigned_to = serializers.CharField(source="assigned_to.username", default=None)

    class Meta:
        model = FloorTask
        fields = [
            "id", "number", "warehouse", "kind", "status", "priority", "sku", "lot", "owner_id", "quantity", "done",
            "from_location", "to_location", "reason", "source_type", "source_id", "assigned_to", "device",
            "created_at", "started_at", "finished_at",
        ]  # fmt: skip


class TaskPutIn(serializers.Serializer[Any]):
    """to_location: a bin's code; may be empty if nothing was there. short: the rest is not there; needs a reason."""

    task = serializers.IntegerField()
    quantity = Quantity(min_value=Decimal(0))
    to_location = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    short = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    serials = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=1000)
    key = serializers.CharField(max_length=60, help_text="Your own id of this act: the same one again changes nothing.")


class DoTasksIn(serializers.Serializer[Any]):
    tasks = TaskPutIn(many=True, min_length=1, max_length=MAX_TASKS)
    device = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class TaskResultOut(serializers.Serializer[Any]):
    task_id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["done", "short", "part", "already", "refused", "cancelled"])
    move_id = serializers.IntegerField(allow_null=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class PlanTasksIn(serializers.Serializer[Any]):
    warehouse = serializers.CharField(max_length=20)
    kind = serializers.ChoiceField(choices=["put_away", "refill"])


class PlannedTaskOut(serializers.Serializer[Any]):
    task_id = serializers.IntegerField()
    sku_id = serializers.IntegerField()
    quantity = Quantity()
    from_location_id = serializers.IntegerField()
    to_location_id = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()


class CrossDockIn(serializers.Serializer[Any]):
    warehouse = serializers.CharField(max_length=20)


class StraightTaskOut(serializers.Serializer[Any]):
    """task: a pick task, confirmed as any other."""

    task = serializers.IntegerField(source="task_id")
    sku = serializers.CharField()
    lot = serializers.CharField()
    quantity = Quantity()
    from_location = serializers.CharField(source="from_code")
    to_location = serializers.CharField(source="to_code")
    order = serializers.CharField()
    reason = serializers.CharField()


class GiveUpIn(serializers.Serializer[Any]):
    tasks = serializers.ListField(child=serializers.IntegerField(), min_length=1, max_length=MAX_TASKS)
    reason = serializers.CharField(max_length=300)


class FloorTaskFilter(django_filters.FilterSet):
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    kind = django_filters.MultipleChoiceFilter(choices=FloorTaskKind.choices)
    status = django_filters.MultipleChoiceFilter(choices=FloorTaskStatus.choices)
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")

    class Meta:
        model = FloorTask
        fields: list[str] = []


class FloorTaskViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[FloorTask]
):
    """Putting away, refilling and moving: planned, done in parts or whole, given up."""

    body_rows: ClassVar = {"task": "warehouse.floortask", "tasks": "warehouse.floortask"}
    access = {
        **dict.fromkeys(("list", "retrieve"), (READ, "warehouse.view_floortask")),
        "plan": (WRITE, "warehouse.add_floortask"),
        "cross_dock": (WRITE, "warehouse.add_floortask"),
        **dict.fromkeys(("do", "give_up"), (WRITE, "warehouse.change_floortask")),
    }
    filterset_class = FloorTaskFilter
    serializer_class = FloorTaskOut

    def get_queryset(self) -> QuerySet[FloorTask]:
        rows = FloorTask.objects.select_related(
            "warehouse", "sku", "lot", "from_location", "to_location", "assigned_to"
        )
        return own_rows(self.request, rows)

    @extend_schema(request=PlanTasksIn, responses=PlannedTaskOut(many=True), parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def plan(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Tasks for what lies on the docks without one, or for pick faces; planned twice makes none."""
        body = PlanTasksIn(data=request.data)
        body.is_valid(raise_exception=True)
        company_id, given = _company(request), body.validated_data
        plan = services.plan_refills if given["kind"] == "refill" else services.plan_put_aways
        place = warehouse_id(company_id, given["warehouse"])
        made = plan(place, company_id=company_id, actor=actor_of(request))
        return Response(PlannedTaskOut(made, many=True).data)

    @extend_schema(request=CrossDockIn, responses=StraightTaskOut(many=True), parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"], url_path="cross-dock")
    @idempotent()
    def cross_dock(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Orders that wait for what lies on the docks are released; what goes straight to orders now, with the reason."""
        body = CrossDockIn(data=request.data)
        body.is_valid(raise_exception=True)
        company_id = _company(request)
        place = warehouse_id(company_id, body.validated_data["warehouse"])
        services.direct_to_orders(place, company_id=company_id, actor=actor_of(request))
        return Response(StraightTaskOut(services.straight_tasks(place), many=True).data)

    @extend_schema(request=DoTasksIn, responses=TaskResultOut(many=True), parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def do(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Goods were carried: one result each; what may not be is refused with what to do, and the rest is done."""
        body = DoTasksIn(data=request.data)
        body.is_valid(raise_exception=True)
        company_id, given = _company(request), body.validated_data
        rows = given["tasks"]
        for number, row in enumerate(rows):
            if row["short"] and not row["reason"]:
                raise wrong(f"tasks.{number}.reason", _("Less than asked: say why."), "required")
        homes = dict(
            FloorTask.objects.filter(pk__in=[row["task"] for row in rows], company_id=company_id).values_list(
                "pk", "warehouse_id"
            )
        )
        found = Location.objects.filter(
            warehouse_id__in=set(homes.values()), code__in={row["to_location"] for row in rows}
        )
        places = {(place.warehouse_id, place.code): place.pk for place in found}
        puts = [
            services.Put(
                row["task"], row["quantity"], places.get((homes.get(row["task"]), row["to_location"])),
                f"floor:{row['key']}", row["short"], row["reason"], tuple(row.get("serials", ())),
            )
            for row in rows
        ]  # fmt: skip
        results = services.do_tasks(
            puts, company_id=company_id, effective_at=timezone.now(), actor=actor_of(request), device=given["device"]
        )
        return Response(TaskResultOut(results, many=True).data)

    @extend_schema(request=GiveUpIn, responses=TaskResultOut(many=True), parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"], url_path="give-up")
    @idempotent()
    def give_up(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Cancel tasks; what was moved stays moved."""
        body = GiveUpIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        results = services.cancel_tasks(
            given["tasks"], company_id=_company(request), actor=actor_of(request), reason=given["reason"]
        )
        return Response(TaskResultOut(results, many=True).data)


class PutAwayRuleIn(RowIn):
    warehouse = ByCode(Warehouse)
    sku = ByCode(Sku, allow_null=True, required=False)
    category = ByCode(Category, allow_null=True, required=False)
    storage_class = ByCode(StorageClass, allow_null=True, required=False)
    bin_type = ByCode(BinType, allow_null=True, required=False)
    zone = serializers.CharField(max_length=20, allow_null=True, required=False)  # type: ignore[assignment]
    location = serializers.CharField(max_length=40, allow_null=True, required=False)  # type: ignore[assignment]

    class Meta:
        model = PutAwayRule
        fields = [
            "company", "warehouse", "position", "name", "sku", "category", "storage_class", "zone", "bin_type",
            "location", "strategy", "is_active",
        ]  # fmt: skip
        validators: list[Any] = []

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        warehouse = given.get("warehouse") or (self.instance and self.instance.warehouse)
        for name, model in (("zone", Zone), ("location", Location)):
            if given.get(name):
                rows: Any = model
                found = rows.objects.filter(warehouse=warehouse, code=given[name]).first()
                if found is None:
                    message = _("There is no %(name)s “%(code)s”.") % {"name": name, "code": given[name]}
                    raise serializers.ValidationError({name: message})
                given[name] = found
        sku, category = (given.get(name, getattr(self.instance, name, None)) for name in ("sku", "category"))
        if sku and category:
            raise serializers.ValidationError({"category": _("Name a SKU or a category, not both.")})
        return given


class PutAwayRuleOut(serializers.ModelSerializer[PutAwayRule]):
    warehouse = serializers.CharField(source="warehouse.code")
    sku = serializers.CharField(source="sku.code", default=None)
    category = serializers.CharField(source="category.code", default=None)
    storage_class = serializers.CharField(source="storage_class.code", default=None)
    zone = serializers.CharField(source="zone.code", default=None)
    bin_type = serializers.CharField(source="bin_type.code", default=None)
    location = serializers.CharField(source="location.code", default=None)

    class Meta:
        model = PutAwayRule
        fields = [
            "id", "warehouse", "position", "name", "sku", "category", "storage_class", "zone", "bin_type", "location",
            "strategy", "is_active",
        ]  # fmt: skip


@described(PutAwayRuleIn, PutAwayRuleOut)
class PutAwayRuleViewSet(RowViewSet):
    access = {
        **dict.fromkeys(("list", "retrieve"), (READ, "warehouse.view_putawayrule")),
        "create": (WRITE, "warehouse.add_putawayrule"),
        "partial_update": (WRITE, "warehouse.change_putawayrule"),
    }
    takes, serializer_class = PutAwayRuleIn, PutAwayRuleOut

    def get_queryset(self) -> QuerySet[PutAwayRule]:
        rows = PutAwayRule.objects.select_related(
            "warehouse", "sku", "category", "storage_class", "zone", "bin_type", "location"
        )
        return own_rows(self.request, rows)


def _company(request: Any) -> int:
    return company_of(request, str(request.data.get("company", "")) if isinstance(request.data, dict) else "")
