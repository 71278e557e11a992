"""Margin over HTTP."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets

from accounting.api.reports import COMMON, COMPARE, END, OF_AXES, START, ReportOut, answer
from accounting.models import Company
from accounting.statements.asking import Asked
from accounting.statements.tables import Report
from backoffice.core.api.actions import ActionAccess
from orders.reports import margin
from orders.selectors.margin import BY


class MarginViewSet(ActionAccess, viewsets.ViewSet):
    """Revenue, cost of sales and gross profit."""

    access = {"list": ("accounting:read", "accounting.view_journalentry")}

    @extend_schema(
        parameters=[
            START, END, COMPARE, OpenApiParameter("by", str, enum=list(BY), description="channel, if empty"), *OF_AXES,
            OpenApiParameter("limit", int, description="Rows, 1 to 5000; 1000 if empty."), *COMMON,
        ],
        responses=ReportOut,
    )  # fmt: skip
    def list(self, request: Any) -> Any:
        """The greatest revenue first; the last row is the sum of all."""

        def build(asked: Asked, company: Company, as_json: bool) -> Report:
            return margin(asked, company, asked.whole("limit", 1, 5000, 1000) if as_json else None)

        return answer(request, build)
