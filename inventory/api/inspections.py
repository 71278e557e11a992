"""Inspections over HTTP: what waits to be looked at, and what was found."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.idempotency import idempotent
from inventory.api.moving import wrong
from inventory.models import Inspection, InspectionResult, InspectionStatus, Location, Verdict
from inventory.services import Decision, decide_inspection

MAX_DECISIONS = 50


class DecisionIn(serializers.Serializer[Any]):
    """reason: needed of what fails. location: of what passes, if not the place it was meant for. serials: of a SKU
    with serial numbers."""

    verdict = serializers.ChoiceField(Verdict.choices)
    quantity = Quantity(min_value=Decimal("0.000001"))
    reason = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    location = serializers.CharField(max_length=40, required=False)
    serials = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=5000)


class DecideIn(serializers.Serializer[Any]):
    decisions = DecisionIn(many=True, min_length=1, max_length=MAX_DECISIONS)


class InspectionResultOut(serializers.ModelSerializer[InspectionResult]):
    to_place = serializers.CharField(source="move.to_location.code")

    class Meta:
        model = InspectionResult
        fields = ["id", "verdict", "quantity", "reason", "note", "to_place", "move", "actor_label", "recorded_at"]


class InspectionOut(serializers.ModelSerializer[Inspection]):
    """left: what is still to be decided; all of it waits in quarantine. sample: how many are to be looked at."""

    number = serializers.CharField()
    sku = serializers.CharField(source="sku.code")
    warehouse = serializers.CharField(source="warehouse.code")
    lot = serializers.CharField(source="lot.code", default=None)
    supplier = serializers.CharField(source="supplier.code", default=None)
    location = serializers.CharField(source="location.code")
    target = serializers.CharField(source="target.code")
    left = Quantity()
    results = InspectionResultOut(many=True)

    class Meta:
        model = Inspection
        fields = [
            "id", "number", "status", "sku", "warehouse", "lot", "supplier", "location", "target", "quantity", "sample",
            "passed", "failed", "left", "note", "source_type", "source_id", "recorded_at", "results",
        ]  # fmt: skip


class InspectionFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=InspectionStatus.choices)
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    supplier = django_filters.CharFilter(field_name="supplier__code")

    class Meta:
        model = Inspection
        fields: list[str] = []


class InspectionViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Inspection]
):
    """Goods in quarantine until somebody looked at them: not sellable before they pass."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("stock:read", "inventory.view_inspection")),
        "decide": ("stock:write", "inventory.change_inspection"),
    }
    filterset_class = InspectionFilter
    serializer_class = InspectionOut

    def get_queryset(self) -> QuerySet[Inspection]:
        rows = Inspection.objects.select_related("sku", "warehouse", "lot", "supplier", "location", "target")
        return own_rows(self.request, rows.prefetch_related("results__move__to_location"))

    @extend_schema(request=DecideIn, responses=InspectionOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def decide(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say what was found, in parts or all at once: what passes can be sold and goes to those who wait for it."""
        body = DecideIn(data=request.data)
        body.is_valid(raise_exception=True)
        inspection = self.get_object()
        rows = body.validated_data["decisions"]
        codes = {row["location"] for row in rows if row.get("location")}
        found = Location.objects.filter(warehouse=inspection.warehouse_id, code__in=codes) if codes else ()
        places = {place.code: place.pk for place in found}
        for number, row in enumerate(rows):
            if row.get("location") and row["location"] not in places:
                message = _("There is no place “%(code)s”.") % {"code": row["location"]}
                raise wrong(f"decisions.{number}.location", message, "unknown_location")
        decide_inspection(
            [
                Decision(
                    row["verdict"], row["quantity"], row["reason"], row["note"], places.get(row.get("location", "")),
                    tuple(row.get("serials", ())),
                )
                for row in rows
            ],
            inspection_id=inspection.pk,
            company_id=inspection.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
        )  # fmt: skip
        return Response(InspectionOut(self.get_queryset().get(pk=inspection.pk)).data)
