"""Quality over HTTP: return and defect rates of a period."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.fields import Amount
from inventory.api.moving import warehouse_id
from orders.selectors.quality import GROUPS, quality, quality_cases


class QualityIn(serializers.Serializer[Any]):
    """Days by the company's clock, both included. least: only what was sent or came in so often."""

    company = serializers.SlugField(required=False)
    start = serializers.DateField()
    end = serializers.DateField()
    by = serializers.ChoiceField([(name, name) for name in GROUPS], default="sku")
    warehouse = serializers.CharField(max_length=20, required=False, help_text="Its code; empty: all.")
    least = serializers.DecimalField(max_digits=20, decimal_places=6, default=Decimal(0), min_value=0)
    limit = serializers.IntegerField(min_value=1, max_value=5000, default=1000)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["start"] > given["end"]:
            raise serializers.ValidationError({"end": _("The last day is before the first.")})
        return given


class QualityOut(serializers.Serializer[Any]):
    """Rates in per cent; null where nothing was sent, or nothing came in. why: reasons of returns, of SKUs only."""

    id = serializers.IntegerField(source="key")
    code = serializers.CharField()
    name = serializers.CharField()
    sent = Amount()
    back = Amount()
    return_rate = serializers.DecimalField(max_digits=9, decimal_places=1, allow_null=True)
    received = Amount()
    refused = Amount()
    defect_rate = serializers.DecimalField(max_digits=9, decimal_places=1, allow_null=True)
    why = serializers.ListField(child=serializers.CharField())


class QualityCasesIn(QualityIn):
    """of: the id of a row of the report."""

    of = serializers.IntegerField(min_value=1)


class QualityCaseOut(serializers.Serializer[Any]):
    """kind: back (from a customer), refused (to the supplier) or damaged (found by an inspection)."""

    move_id = serializers.IntegerField()
    at = serializers.DateTimeField()
    sku = serializers.CharField()
    lot = serializers.CharField()
    kind = serializers.CharField()
    quantity = Amount()
    source_type = serializers.CharField()
    source_id = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()


class QualityViewSet(ActionAccess, viewsets.ViewSet):
    """How good goods are."""

    access = dict.fromkeys(("list", "cases"), ("returns:read", "orders.view_returnorder"))

    @extend_schema(parameters=[QualityIn], responses=QualityOut(many=True))
    def list(self, request: Any) -> Response:
        """The worst first, `limit` at most. Statements: 2 and the caller's."""
        body = QualityIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        found = quality(
            company_id, given["start"], given["end"], by=given["by"], at_least=given["least"],
            warehouse_id=_place(company_id, given),
        )  # fmt: skip
        return Response(QualityOut(found[: given["limit"]], many=True).data)

    @extend_schema(parameters=[QualityCasesIn], responses=QualityCaseOut(many=True))
    @action(detail=False, methods=["get"])
    def cases(self, request: Any) -> Response:
        """What is behind a row: each return and each refusal, the newest first. Statements: 1 and the caller's."""
        body = QualityCasesIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        found = quality_cases(
            company_id, given["start"], given["end"], by=given["by"], of=given["of"], limit=given["limit"],
            warehouse_id=_place(company_id, given),
        )  # fmt: skip
        return Response(QualityCaseOut(found, many=True).data)


def _place(company_id: int, given: dict[str, Any]) -> int | None:
    return warehouse_id(company_id, given["warehouse"]) if given.get("warehouse") else None
