"""Adjustments of stock over HTTP: drafted, submitted, approved and posted, sent back, reversed."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
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
from backoffice.core.api.reasons import OptionalReasonIn, ReasonIn
from inventory import services
from inventory.api.adjustment_batches import AdjustmentBatch
from inventory.api.moving import MAX_LINES, MoveOut, lot_ids, place_ids, serial_numbers, sku_ids, warehouse_id, wrong
from inventory.models import Adjustment, AdjustmentLine, AdjustmentReason, AdjustmentStatus


class AdjustmentLineIn(serializers.Serializer[Any]):
    """quantity: more (+) or less (-) than the books say."""

    sku = serializers.CharField(max_length=60)
    location = serializers.CharField(max_length=40)
    quantity = Quantity()
    lot = serializers.CharField(max_length=60, required=False)
    serials = serial_numbers()
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class AdjustmentIn(serializers.Serializer[Any]):
    """reason: the code of an adjustment reason."""

    company = serializers.SlugField(required=False)
    warehouse = serializers.CharField(max_length=20)
    reason = serializers.SlugField(max_length=40)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    lines = AdjustmentLineIn(many=True, min_length=1, max_length=MAX_LINES)


class AdjustmentLineOut(serializers.ModelSerializer[AdjustmentLine]):
    """value: signed, in the company's currency; an estimate until it is posted."""

    sku = serializers.CharField(source="sku.code")
    location = serializers.CharField(source="location.code")
    lot = serializers.CharField(source="lot.code", default=None)
    move = MoveOut(allow_null=True)

    class Meta:
        model = AdjustmentLine
        fields = ["id", "position", "sku", "location", "lot", "quantity", "serials", "value", "note", "move"]


class AdjustmentOut(serializers.ModelSerializer[Adjustment]):
    """value: gains and losses without their signs. reverses: the adjustment that this one undoes."""

    number = serializers.CharField()
    warehouse = serializers.CharField(source="warehouse.code")
    reason = serializers.CharField(source="reason.code")
    lines = AdjustmentLineOut(many=True)

    class Meta:
        model = Adjustment
        fields = [
            "id", "number", "warehouse", "reason", "status", "value", "note", "created_label", "created_at", "posted_at",
            "reverses", "lines",
        ]  # fmt: skip


class AdjustmentFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=AdjustmentStatus.choices)
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    reason = django_filters.CharFilter(field_name="reason__code")
    sku = django_filters.CharFilter(field_name="lines__sku__code", lookup_expr="iexact", distinct=True)

    class Meta:
        model = Adjustment
        fields: list[str] = []


WRITE = ("adjustments:write", "inventory.change_adjustment")
APPROVE = ("adjustments:approve", "inventory.change_adjustment")


class AdjustmentViewSet(
    AdjustmentBatch, ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Adjustment]
):
    """Stock put right. Above the free value another person approves: 409 own_document or over_limit says who may."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("adjustments:read", "inventory.view_adjustment")),
        **dict.fromkeys(("create", "batch"), ("adjustments:write", "inventory.add_adjustment")),
        **dict.fromkeys(("submit", "cancel"), WRITE),
        **dict.fromkeys(("approve", "send_back", "reverse"), APPROVE),
    }
    filterset_class = AdjustmentFilter
    serializer_class = AdjustmentOut

    def get_queryset(self) -> QuerySet[Adjustment]:
        lines = AdjustmentLine.objects.select_related(
            "sku", "location", "lot", "move__sku", "move__from_location", "move__to_location"
        )
        rows = Adjustment.objects.select_related("warehouse", "reason")
        return own_rows(self.request, rows.prefetch_related(Prefetch("lines", lines.order_by("position"))))

    @extend_schema(request=AdjustmentIn, responses={201: AdjustmentOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft; nothing moves until it is submitted."""
        body = AdjustmentIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        warehouse = warehouse_id(company_id, given["warehouse"])
        reason = AdjustmentReason.objects.filter(company_id=company_id, code=given["reason"]).first()
        if reason is None:
            raise wrong("reason", _("There is no such reason."), "unknown_reason")
        rows = given["lines"]
        skus = sku_ids(company_id, rows)
        lots, places = lot_ids(skus, rows), place_ids([warehouse] * len(rows), rows)
        made = services.create_adjustment(
            [
                services.AdjustmentLineInput(
                    sku, place or 0, row["quantity"], lot, note=row["note"], serials=tuple(row["serials"])
                )
                for sku, lot, place, row in zip(skus, lots, places, rows, strict=True)
            ],
            company_id=company_id,
            warehouse_id=warehouse,
            reason_id=reason.pk,
            actor=actor_of(request),
            note=given["note"],
        )
        return self._answer(made.pk, status=201)

    @extend_schema(request=OptionalReasonIn, responses=AdjustmentOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def submit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for approval; one that needs none is posted at once."""
        return self._step(request, OptionalReasonIn, services.submit_adjustment, moves=True)

    @extend_schema(request=OptionalReasonIn, responses=AdjustmentOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Approve and post: the goods move with their cost and journal entry."""
        return self._step(request, OptionalReasonIn, services.approve_adjustment, moves=True)

    @extend_schema(request=ReasonIn, responses=AdjustmentOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="send-back")
    @idempotent()
    def send_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Not like this: it is a draft again."""
        return self._step(request, ReasonIn, services.send_back_adjustment)

    @extend_schema(request=ReasonIn, responses=AdjustmentOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give it up; possible until it is posted."""
        return self._step(request, ReasonIn, services.cancel_adjustment)

    @extend_schema(request=ReasonIn, responses=AdjustmentOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reverse(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Undo a posted one by its mirror, which is the answer."""
        return self._step(request, ReasonIn, services.reverse_adjustment, moves=True)

    def _step(
        self, request: Any, serializer: Any, service: Callable[..., Adjustment], *, moves: bool = False
    ) -> Response:
        body = serializer(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        when = {"effective_at": timezone.now()} if moves else {}
        reason = body.validated_data["reason"]
        changed = service(found.pk, company_id=found.company_id, actor=actor_of(request), reason=reason, **when)
        return self._answer(changed.pk)

    def _answer(self, adjustment_id: int, *, status: int = 200) -> Response:
        return Response(AdjustmentOut(self.get_queryset().get(pk=adjustment_id)).data, status=status)
