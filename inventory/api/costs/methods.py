"""How each SKU is costed, over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from backoffice.core.api.actions import actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Amount
from backoffice.core.api.idempotency import idempotent
from inventory import services
from inventory.api.costs.documents import READ, WRITE, CostDocuments, sku_of
from inventory.models import (
    CostMethod,
    SkuCost,
)


class SkuCostOut(serializers.ModelSerializer[SkuCost]):
    sku = serializers.CharField(source="sku.code")
    method = serializers.ChoiceField(source="sku.cost_method", choices=CostMethod.choices)

    class Meta:
        model = SkuCost
        fields = ["id", "sku", "method", "quantity", "value"]


class MethodIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=60)
    method = serializers.ChoiceField(CostMethod.choices)
    reason = serializers.CharField(max_length=300)


class CostingChangedOut(serializers.Serializer[Any]):
    """change: what the stock was revalued by; above 0 or below only for standard cost."""

    sku = serializers.CharField()
    method = serializers.CharField()
    change = Amount()


class SkuCostViewSet(CostDocuments):
    """What each SKU's stock is worth now, and how it is costed. POST changes the method."""

    access = {
        "list": (READ, "inventory.view_skucost"),
        "retrieve": (READ, "inventory.view_skucost"),
        "create": (WRITE, "inventory.add_revaluation"),
    }
    serializer_class = SkuCostOut

    def get_queryset(self) -> QuerySet[SkuCost]:
        return own_rows(self.request, SkuCost.objects.select_related("sku").order_by("pk"))

    @extend_schema(request=MethodIn, responses={200: CostingChangedOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Cost a SKU by another method from now on."""
        given = self._given(MethodIn)
        sku = sku_of(request, given["sku"], "sku")
        change = services.change_cost_method(
            sku.pk,
            method=given["method"],
            company_id=sku.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            reason=given["reason"],
        )
        return Response(CostingChangedOut({"sku": sku.code, "method": given["method"], "change": change}).data)
