"""The axes and codes that journal lines carry."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.models import DimensionSet
from accounting.selectors import dimension_codes
from backoffice.core.api.actions import ActionAccess


class DimensionAxisOut(serializers.Serializer[Any]):
    axis = serializers.CharField()
    codes = serializers.ListField(child=serializers.CharField())


class DimensionViewSet(ActionAccess, viewsets.GenericViewSet[DimensionSet]):
    """What the books can be analysed by: channel, warehouse, category, and axes of one's own."""

    access = {"list": ("accounting:read", "accounting.view_journalline")}
    queryset = DimensionSet.objects.none()
    serializer_class = DimensionAxisOut
    pagination_class = None

    @extend_schema(parameters=[OpenApiParameter("company", str)], responses=DimensionAxisOut(many=True))
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Every axis in use with its codes."""
        codes = dimension_codes(company_of(request, request.query_params.get("company")))
        return Response([{"axis": axis, "codes": found} for axis, found in codes.items()])
