"""How well stock works, over HTTP: turns, GMROI, dead stock, classes and fill rate."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.fields import Amount
from inventory.models import Warehouse
from orders.selectors.stock_figures import by_category, stock_figures, together
from warehouse.boards.figures import MAX_DAYS, span_of, summaries

FLOOR = ("otif", "dock_to_stock")


class StockFiguresIn(serializers.Serializer[Any]):
    """Days by the company's clock, both included. category: its name, with those below; empty: all."""

    company = serializers.SlugField(required=False)
    start = serializers.DateField()
    end = serializers.DateField()
    category = serializers.CharField(max_length=120, required=False, default="")
    by = serializers.ChoiceField(["sku", "category"], default="sku")
    limit = serializers.IntegerField(min_value=1, max_value=5000, default=1000)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["start"] > given["end"]:
            raise serializers.ValidationError({"end": _("The last day is before the first.")})
        if given["end"] > timezone.localdate():
            raise serializers.ValidationError({"end": _("This day is still to come.")})
        if (given["end"] - given["start"]).days >= MAX_DAYS:
            raise serializers.ValidationError({"start": _("Ask for %(days)s days at most.") % {"days": MAX_DAYS}})
        return given


class StockFigureOut(serializers.Serializer[Any]):
    """In the company's currency. turns, gmroi: of a year at this pace; fill_rate, dead_share: in per cent; null where
    there is nothing to divide by. abc: by revenue; empty: not sold, and of categories."""

    sku = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    abc = serializers.CharField()
    revenue = Amount()
    cost = Amount()
    margin = Amount()
    stock = Amount()
    average = Amount()
    dead = Amount()
    dead_share = Amount(allow_null=True)
    turns = Amount(allow_null=True)
    days_of_stock = Amount(allow_null=True)
    gmroi = Amount(allow_null=True)
    ordered = Amount()
    filled = Amount()
    fill_rate = Amount(allow_null=True)


class StockFloorOut(serializers.Serializer[Any]):
    """on_time_in_full: in per cent; dock_to_stock_hours: the median; null where nothing was done."""

    warehouse = serializers.CharField()
    on_time_in_full = Amount(allow_null=True)
    dock_to_stock_hours = Amount(allow_null=True)


class StockFiguresOut(serializers.Serializer[Any]):
    """whole: of all; rows: the dearest stock first, `limit` at most."""

    whole = StockFigureOut()
    warehouses = StockFloorOut(many=True)
    rows = StockFigureOut(many=True)


class StockFiguresViewSet(ActionAccess, viewsets.ViewSet):
    """How well stock works."""

    access = {"list": ("stock:read", "inventory.view_skucost")}

    @extend_schema(parameters=[StockFiguresIn], responses=StockFiguresOut)
    def list(self, request: Any) -> Response:
        """Turns, GMROI, dead stock and fill rate of a period, by SKU or category. Statements: 11 at most, 2 for each
        warehouse, and the caller's."""
        body = StockFiguresIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id, start, end = company_of(request, given.get("company")), given["start"], given["end"]
        found = stock_figures(company_id, start, end, category=given["category"], today=timezone.localdate())
        days = (end - start).days + 1
        rows = by_category(found, days) if given["by"] == "category" else found
        floor = []
        for place in Warehouse.objects.filter(company=company_id, is_active=True, is_transit=False).order_by("code"):
            values = {row.figure: row.value for row in summaries(span_of(place, start, end), FLOOR)}
            told = {"on_time_in_full": values["otif"], "dock_to_stock_hours": values["dock_to_stock"]}
            floor.append({"warehouse": place.code, **told})
        whole = together(found, "", days)
        return Response(StockFiguresOut({"whole": whole, "warehouses": floor, "rows": rows[: given["limit"]]}).data)
