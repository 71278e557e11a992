"""Revaluations and standard prices over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from inventory import services
from inventory.api.costs.documents import READ, WRITE, CostDocuments, sku_of
from inventory.models import (
    Revaluation,
    RevaluationKind,
    RevaluationLine,
)


class RevaluationLineIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    unit_cost = Amount()


class RevaluationIn(serializers.Serializer[Any]):
    """kind standard: new standard prices, valid from a day on."""

    company = serializers.SlugField(required=False)
    kind = serializers.ChoiceField(RevaluationKind.choices)
    valid_from = serializers.DateField(required=False)
    lines = RevaluationLineIn(many=True, min_length=1, max_length=1000)
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class RevaluationLineOut(serializers.ModelSerializer[RevaluationLine]):
    sku = serializers.CharField(source="sku.code")

    class Meta:
        model = RevaluationLine
        fields = ["sku", "unit_cost", "quantity", "change"]


class RevaluationOut(serializers.ModelSerializer[Revaluation]):
    number = serializers.CharField()
    lines = RevaluationLineOut(many=True)

    class Meta:
        model = Revaluation
        fields = ["id", "number", "kind", "status", "valid_from", "value", "note", "lines"]


class RevaluationViewSet(CostDocuments):
    """New values of stock, write-downs and standard prices, with approval."""

    access = {
        "list": (READ, "inventory.view_revaluation"),
        "retrieve": (READ, "inventory.view_revaluation"),
        "create": (WRITE, "inventory.add_revaluation"),
        **dict.fromkeys(("submit", "approve", "cancel", "reverse"), (WRITE, "inventory.change_revaluation")),
    }
    serializer_class = RevaluationOut

    def get_queryset(self) -> QuerySet[Revaluation]:
        return own_rows(self.request, Revaluation.objects.prefetch_related("lines__sku").order_by("pk"))

    @extend_schema(request=RevaluationIn, responses={201: RevaluationOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft; nothing changes yet."""
        given = self._given(RevaluationIn)
        document = services.create_revaluation(
            [
                services.RevaluationLineInput(sku_of(request, line["sku"], f"lines.{row}.sku").pk, line["unit_cost"])
                for row, line in enumerate(given["lines"])
            ],
            company_id=company_of(request, given.get("company")),
            kind=given["kind"],
            valid_from=given.get("valid_from") or timezone.localdate(),
            actor=actor_of(request),
            note=given["note"],
        )
        return self._answer(document.pk, 201)

    @extend_schema(request=None, responses=RevaluationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def submit(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Ask for approval; below the company's limit it is posted at once."""
        return self._step(services.submit_revaluation, effective_at=timezone.now())

    @extend_schema(request=None, responses=RevaluationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Approve and post it, if it is valid by now."""
        return self._step(services.approve_revaluation, effective_at=timezone.now())

    @extend_schema(request=ReasonIn, responses=RevaluationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It will not be posted."""
        return self._step(services.cancel_revaluation, **self._given(ReasonIn))

    @extend_schema(request=ReasonIn, responses=RevaluationOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reverse(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Post each change the other way."""
        return self._step(services.reverse_revaluation, effective_at=timezone.now(), **self._given(ReasonIn))

    def _step(self, service: Any, **given: Any) -> Response:
        document = self.get_object()
        service(document.pk, company_id=document.company_id, actor=actor_of(self.request), **given)
        return self._answer(document.pk)
