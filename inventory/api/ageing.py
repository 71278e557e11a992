"""Stock by age over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.fields import Quantity
from inventory.api.moving import owner_party_id, warehouse_id
from inventory.models import Warehouse
from inventory.selectors.ageing import ageing, band_names


class AgeingIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    category = serializers.CharField(max_length=120, required=False, default="", help_text="Its name; empty: all.")
    warehouse = serializers.CharField(
        max_length=20, required=False, help_text="Its code: days count from when goods came there; empty: all."
    )
    owner = serializers.CharField(
        max_length=40, required=False, help_text="Its party's code: goods of it, without value; empty: our own."
    )
    day = serializers.DateField(required=False, help_text="As of the end of this day; empty: now.")
    limit = serializers.IntegerField(min_value=1, max_value=5000, default=1000)


class AgedOut(serializers.Serializer[Any]):
    """quantities, values: by band of days, in the order of `bands`; they add up to quantity and value."""

    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    quantity = Quantity()
    value = Quantity()
    quantities = serializers.ListField(child=Quantity())
    values = serializers.ListField(child=Quantity())
    last_sold = serializers.DateField(allow_null=True)


class AgeingOut(serializers.Serializer[Any]):
    """bands: days since it came in. sums: the value (of another owner's goods the quantity) of all SKUs by band. rows: the dearest first, `limit` at most."""

    bands = serializers.ListField(child=serializers.CharField())
    sums = serializers.ListField(child=Quantity())
    rows = AgedOut(many=True)


class AgeingViewSet(ActionAccess, viewsets.ViewSet):
    """How long stock has been lying."""

    access = {"list": ("stock:read", "inventory.view_skucost")}

    @extend_schema(parameters=[AgeingIn], responses=AgeingOut)
    def list(self, request: Any) -> Response:
        """Own stock by the days since it came in. Statements: 7 at most, and the caller's."""
        body = AgeingIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        owner = owner_party_id(company_id, given["owner"]) if given.get("owner") else None
        found = ageing(
            company_id,
            category=given["category"],
            warehouse=_warehouse(company_id, given["warehouse"]) if given.get("warehouse") else None,
            owner_id=owner,
            day=given.get("day"),
        )
        bands, parts = band_names(), "values" if owner is None else "quantities"
        sums = [sum(getattr(row, parts)[band] for row in found) for band in range(len(bands))]
        return Response(AgeingOut({"bands": bands, "sums": sums, "rows": found[: given["limit"]]}).data)


def _warehouse(company_id: int, code: str) -> Warehouse:
    return Warehouse.objects.get(pk=warehouse_id(company_id, code))
