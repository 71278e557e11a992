"""Quality over HTTP: return and defect rates of a period."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.fields import Amount
from orders.selectors.quality import GROUPS, quality


class QualityIn(serializers.Serializer[Any]):
    """Days by the company's clock, both included. least: only what was sent or came in so often."""

    company = serializers.SlugField(required=False)
    start = serializers.DateField()
    end = serializers.DateField()
    by = serializers.ChoiceField([(name, name) for name in GROUPS], default="sku")
    least = serializers.DecimalField(max_digits=20, decimal_places=6, default=Decimal(0), min_value=0)
    limit = serializers.IntegerField(min_value=1, max_value=5000, default=1000)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["start"] > given["end"]:
            raise serializers.ValidationError({"end": _("The last day is before the first.")})
        return given


class QualityOut(serializers.Serializer[Any]):
    """Rates in per cent; null where nothing was sent, or nothing came in. why: reasons of returns, of SKUs only."""

    code = serializers.CharField()
    name = serializers.CharField()
    sent = Amount()
    back = Amount()
    return_rate = serializers.DecimalField(max_digits=9, decimal_places=1, allow_null=True)
    received = Amount()
    refused = Amount()
    defect_rate = serializers.DecimalField(max_digits=9, decimal_places=1, allow_null=True)
    why = serializers.ListField(child=serializers.CharField())


class QualityViewSet(ActionAccess, viewsets.ViewSet):
    """How good goods are."""

    access = {"list": ("returns:read", "orders.view_returnorder")}

    @extend_schema(parameters=[QualityIn], responses=QualityOut(many=True))
    def list(self, request: Any) -> Response:
        """The worst first, `limit` at most. Statements: 2 and the caller's."""
        body = QualityIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        found = quality(company_id, given["start"], given["end"], by=given["by"], at_least=given["least"])
        return Response(QualityOut(found[: given["limit"]], many=True).data)
