"""Movers over HTTP: the SKUs of a period ranked by a measure, with their ABC class."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.fields import Amount
from inventory.api.moving import warehouse_id
from orders.selectors.movers import MEASURES, classes_of, movers


class MoversIn(serializers.Serializer[Any]):
    """Days by the company's clock, both included. a, b: up to which share of the whole a SKU is an A, a B."""

    company = serializers.SlugField(required=False)
    start = serializers.DateField()
    end = serializers.DateField()
    by = serializers.ChoiceField([(name, name) for name in MEASURES], default="revenue")
    warehouse = serializers.CharField(max_length=20, required=False, help_text="Its code; empty: all.")
    category = serializers.CharField(max_length=120, required=False, default="", help_text="Its name; empty: all.")
    a = serializers.DecimalField(max_digits=5, decimal_places=2, default=Decimal(80), min_value=1, max_value=99)
    b = serializers.DecimalField(max_digits=5, decimal_places=2, default=Decimal(95), min_value=2, max_value=100)
    limit = serializers.IntegerField(min_value=1, max_value=5000, default=1000)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["start"] > given["end"]:
            raise serializers.ValidationError({"end": _("The last day is before the first.")})
        if given["a"] >= given["b"]:
            raise serializers.ValidationError({"b": _("B ends above A.")})
        return given


class MoverOut(serializers.Serializer[Any]):
    """In the company's currency; so_far: what this SKU and all greater ones make of the whole, in per cent."""

    abc = serializers.CharField()
    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    quantity = Amount()
    lines = serializers.IntegerField()
    revenue = Amount()
    cost = Amount()
    margin = Amount()
    so_far = serializers.DecimalField(max_digits=7, decimal_places=2)


class AbcClassOut(serializers.Serializer[Any]):
    abc = serializers.CharField()
    skus = serializers.IntegerField()
    sum = Amount()
    share = serializers.DecimalField(max_digits=7, decimal_places=1)


class MoversOut(serializers.Serializer[Any]):
    """rows: the greatest first, `limit` at most; classes are of all."""

    classes = AbcClassOut(many=True)
    rows = MoverOut(many=True)


class MoverViewSet(ActionAccess, viewsets.ViewSet):
    """Which goods make the sales."""

    access = {"list": ("stock:read", "inventory.view_skucost")}

    @extend_schema(parameters=[MoversIn], responses=MoversOut)
    def list(self, request: Any) -> Response:
        """What went to customers in a period by SKU, ranked. Statements: 1 and the caller's."""
        body = MoversIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        found = movers(
            company_id,
            given["start"],
            given["end"],
            measure=given["by"],
            warehouse_id=warehouse_id(company_id, given["warehouse"]) if given.get("warehouse") else None,
            category=given["category"],
            shares=(given["a"], given["b"]),
        )
        return Response(MoversOut({"classes": classes_of(found, given["by"]), "rows": found[: given["limit"]]}).data)
