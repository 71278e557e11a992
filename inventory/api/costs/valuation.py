"""Stock and its value at any instant, over HTTP."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.fields import Amount
from inventory.api.costs.documents import READ
from inventory.selectors.valuation import Valuation, Valued


class ValuationIn(serializers.Serializer[Any]):
    """after_sku, after_warehouse: of the last row that was read; `next` has them."""

    company = serializers.SlugField(required=False)
    at = serializers.DateTimeField(required=False, help_text="Empty: now.")
    clock = serializers.ChoiceField([("effective", "effective"), ("recorded", "recorded")], default="effective")
    per = serializers.ChoiceField([("sku", "sku"), ("warehouse", "warehouse")], default="warehouse")
    warehouse = serializers.CharField(max_length=20, required=False, default="")
    category = serializers.CharField(max_length=120, required=False, default="")
    limit = serializers.IntegerField(min_value=1, max_value=5000, default=1000)
    after_sku = serializers.CharField(max_length=60, required=False, default="")
    after_warehouse = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)


class ValuedOut(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    warehouse = serializers.CharField(help_text="Empty where a row is a SKU.")
    quantity = Amount()
    value = Amount()


class ValuationOut(serializers.Serializer[Any]):
    """value, count: of all rows, not of this page; without a warehouse or category the value equals the inventory
    accounts as of then. next: where the rows go on; empty on the last page."""

    value = Amount()
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    rows = ValuedOut(many=True)


class ValuationViewSet(ActionAccess, viewsets.ViewSet):
    """Stock and its value as of any instant, by either clock."""

    access = {"list": (READ, "inventory.view_skucost")}

    @extend_schema(parameters=[ValuationIn], responses=ValuationOut)
    def list(self, request: Any) -> Response:
        """Every SKU, or every SKU in every warehouse, in the order of the codes. Statements: 8."""
        body = ValuationIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        asked = Valuation(
            company_of(request, given.get("company")),
            given.get("at") or timezone.now(),
            given["clock"],
            "warehouse" if given["warehouse"] else given["per"],
            given["warehouse"],
            given["category"],
        )
        sums = asked.sums()
        rows = list(asked.rows(limit=given["limit"] + 1, after=(given["after_sku"], given["after_warehouse"])))
        more, rows = len(rows) > given["limit"], rows[: given["limit"]]
        return Response(
            ValuationOut(
                {
                    "value": sums.value,
                    "count": sums.rows,
                    "next": self._next(asked, rows[-1]) if more else None,
                    "rows": rows,
                }
            ).data
        )

    def _next(self, asked: Valuation, last: Valued) -> str:
        """The same question, from the last row on, as of the same instant."""
        query = self.request.GET.copy()
        query.update({"at": asked.at.isoformat()} if "at" not in query else {})
        query["after_sku"], query["after_warehouse"] = last.sku, last.warehouse
        return self.request.build_absolute_uri(f"?{query.urlencode()}")
