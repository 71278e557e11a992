"""Landed cost over HTTP."""

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
from inventory.api.costs.documents import READ, WRITE, CostDocuments
from inventory.models import (
    LandedCost,
    LandedCostBasis,
    LandedCostKind,
    LandedCostLine,
    LandedCostShare,
)


class CostLineIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(LandedCostKind.choices)
    amount = Amount()


class LandedCostIn(serializers.Serializer[Any]):
    """moves: ids of the stock moves that brought the goods in. currency: the company's if empty."""

    company = serializers.SlugField(required=False)
    lines = CostLineIn(many=True, min_length=1, max_length=50)
    moves = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=1000)
    basis = serializers.ChoiceField(LandedCostBasis.choices, default=LandedCostBasis.VALUE)
    supplier = serializers.IntegerField(required=False, allow_null=True)
    currency = serializers.CharField(max_length=10, required=False, default="", allow_blank=True)
    is_estimate = serializers.BooleanField(default=False)
    effective_at = serializers.DateTimeField(required=False)
    reference = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class TrueUpIn(serializers.Serializer[Any]):
    lines = CostLineIn(many=True, min_length=1, max_length=50)
    reference = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)


class CostLineOut(serializers.ModelSerializer[LandedCostLine]):
    class Meta:
        model = LandedCostLine
        fields = ["kind", "amount"]


class CostShareOut(serializers.ModelSerializer[LandedCostShare]):
    sku = serializers.CharField(source="move.sku.code")

    class Meta:
        model = LandedCostShare
        fields = ["move", "sku", "value", "stock", "gone", "entry"]


class LandedCostOut(serializers.ModelSerializer[LandedCost]):
    number = serializers.CharField()
    lines = CostLineOut(many=True)
    shares = CostShareOut(many=True)

    class Meta:
        model = LandedCost
        fields = [
            "id",
            "number",
            "status",
            "basis",
            "currency",
            "is_estimate",
            "corrects",
            "reference",
            "lines",
            "shares",
        ]


class SplitOut(serializers.Serializer[Any]):
    move = serializers.IntegerField()
    value = Amount()
    stock = Amount()
    gone = Amount()


class LandedCostViewSet(CostDocuments):
    """Freight, duty, insurance over arrivals: drafted, previewed, posted, put right, reversed."""

    access = {
        "list": (READ, "inventory.view_landedcost"),
        "retrieve": (READ, "inventory.view_landedcost"),
        "preview": (READ, "inventory.view_landedcost"),
        "create": (WRITE, "inventory.add_landedcost"),
        "post_it": (WRITE, "inventory.change_landedcost"),
        "reverse": (WRITE, "inventory.change_landedcost"),
        "true_up": (WRITE, "inventory.change_landedcost"),
    }
    serializer_class = LandedCostOut

    def get_queryset(self) -> QuerySet[LandedCost]:
        rows = LandedCost.objects.prefetch_related("lines", "shares__move__sku").order_by("pk")
        return own_rows(self.request, rows)

    @extend_schema(request=LandedCostIn, responses={201: LandedCostOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A draft; nothing is posted yet."""
        given = self._given(LandedCostIn)
        document = services.create_landed_cost(
            [services.LandedCostLineInput(**line) for line in given["lines"]],
            move_ids=given["moves"],
            company_id=company_of(request, given.get("company")),
            effective_at=given.get("effective_at") or timezone.now(),
            actor=actor_of(request),
            basis=given["basis"],
            supplier_id=given.get("supplier"),
            currency=given["currency"],
            is_estimate=given["is_estimate"],
            reference=given["reference"],
        )
        return self._answer(document.pk, 201)

    @extend_schema(responses=SplitOut(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def preview(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """How posting it now would split it."""
        rows = [
            {"move": share.move_id, "value": result.stock + result.gone, "stock": result.stock, "gone": result.gone}
            for share, result in services.preview_landed_cost(self.get_object())
        ]
        return Response(SplitOut(rows, many=True).data)

    @extend_schema(request=None, responses=LandedCostOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="post")
    @idempotent()
    def post_it(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Put it on what is left of the arrivals and on where the rest went."""
        document = self.get_object()
        services.post_landed_cost(document.pk, company_id=document.company_id, actor=actor_of(request))
        return self._answer(document.pk)

    @extend_schema(request=ReasonIn, responses=LandedCostOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reverse(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take it back from what is left now."""
        document, reason = self.get_object(), self._given(ReasonIn)["reason"]
        services.reverse_landed_cost(
            document.pk, company_id=document.company_id, actor=actor_of(request), reason=reason
        )
        return self._answer(document.pk)

    @extend_schema(request=TrueUpIn, responses={201: LandedCostOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="true-up")
    @idempotent()
    def true_up(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The bill of an estimate has come: post the differences as a document of their own."""
        document, given = self.get_object(), self._given(TrueUpIn)
        made = services.true_up_landed_cost(
            document.pk,
            lines=[services.LandedCostLineInput(**line) for line in given["lines"]],
            company_id=document.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            reference=given["reference"],
        )
        return self._answer(made.pk, 201)
