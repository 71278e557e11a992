"""How suppliers deliver, over HTTP: on time, in full, at their price, and how long they take."""

import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.models import Party
from backoffice.core.api.actions import ActionAccess
from inventory.api.purchasing.fields import READ, Figure, supplier_of
from inventory.selectors.scorecards import Scorecard, scorecard_months, scorecards

DAYS = 365


class ScorecardIn(serializers.Serializer[Any]):
    """since: of orders written from that day on; without it, of the last 365 days."""

    company = serializers.SlugField(required=False)
    since = serializers.DateField(required=False)


class MonthsIn(ScorecardIn):
    supplier = serializers.CharField(max_length=60, help_text="Its code.")


class Percent(serializers.DecimalField):
    """Null where there was nothing to measure."""

    def __init__(self, **values: Any) -> None:
        super().__init__(max_digits=9, decimal_places=1, allow_null=True, **values)


class ScorecardOut(serializers.Serializer[Any]):
    """Counts of order lines: dated and listed of those that had a day, or a list price, to be measured by. Days from
    sending an order to the dock: their mean and standard deviation."""

    supplier = serializers.SerializerMethodField()
    month = serializers.DateField(allow_null=True, help_text="Its first day; of a supplier's months only.")
    lines = serializers.IntegerField()
    dated = serializers.IntegerField()
    on_time = serializers.IntegerField()
    in_full = serializers.IntegerField()
    listed = serializers.IntegerField()
    at_price = serializers.IntegerField()
    lead_days = Percent()
    spread_days = Percent()
    received = Figure()
    returned = Figure()
    on_time_percent = Percent()
    in_full_percent = Percent()
    price_percent = Percent()
    returned_percent = Percent()

    def get_supplier(self, card: Scorecard) -> str:
        return str(self.context["codes"][card.supplier_id])


class ScorecardViewSet(ActionAccess, viewsets.ViewSet):
    access = dict.fromkeys(("list", "months"), (READ, "inventory.view_purchaseorder"))

    @extend_schema(parameters=[ScorecardIn], responses=ScorecardOut(many=True))
    def list(self, request: Any) -> Response:
        """Every supplier of lines that came or were given up, by code. Statements: 2 and the caller's."""
        given = _read(ScorecardIn, request)
        cards = scorecards(company_of(request, given.get("company")), since=_since(given))
        codes = dict(Party.objects.filter(pk__in=[card.supplier_id for card in cards]).values_list("pk", "code"))
        cards.sort(key=lambda card: codes[card.supplier_id])
        return Response(ScorecardOut(cards, many=True, context={"codes": codes}).data)

    @extend_schema(parameters=[MonthsIn], responses=ScorecardOut(many=True))
    @action(detail=False, methods=["get"])
    def months(self, request: Any) -> Response:
        """One supplier's, by the month in which lines were due, the oldest first. Statements: 2 and the caller's."""
        given = _read(MonthsIn, request)
        company_id = company_of(request, given.get("company"))
        supplier_id = supplier_of(given["supplier"], company_id)
        cards = scorecard_months(company_id, supplier_id, since=_since(given))
        return Response(ScorecardOut(cards, many=True, context={"codes": {supplier_id: given["supplier"]}}).data)


def _read(kind: type[ScorecardIn], request: Any) -> dict[str, Any]:
    asked = kind(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _since(given: dict[str, Any]) -> datetime.date:
    return given.get("since") or timezone.localdate() - datetime.timedelta(days=DAYS)
