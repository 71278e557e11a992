"""Shrinkage over HTTP: figures by group, the moves behind them, and what looks like theft or error."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess
from backoffice.core.api.fields import Quantity
from inventory.api.moving import warehouse_id, wrong
from inventory.selectors.shrinkage import GROUPS, Period, losses, shrinkage_by, suspicious
from inventory.suspicion import RULES

MAX_MOVES = 1_000
SCOPE = ("shrinkage:read", "inventory.audit_shrinkage")
FILTERS = [
    OpenApiParameter("start", str, description="First day, e.g. 2026-03-01"),
    OpenApiParameter("end", str, description="Last day"),
    OpenApiParameter("warehouse", str, description="Its code"),
    OpenApiParameter("everything", bool, description="Explained losses too, such as samples and expired goods"),
    OpenApiParameter("company", str, description="Its code, where the caller sees several"),
]
BY = OpenApiParameter("by", str, enum=list(GROUPS), description="reason if left out")


class PeriodIn(serializers.Serializer[Any]):
    start = serializers.DateField(required=False, default=None)
    end = serializers.DateField(required=False, default=None)
    warehouse = serializers.CharField(max_length=20, required=False)
    everything = serializers.BooleanField(required=False, default=False)
    company = serializers.SlugField(required=False)


class ShrunkOut(serializers.Serializer[Any]):
    """Values at cost in the company's currency; net: lost less found."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    moves = serializers.IntegerField()
    lost = Quantity()
    lost_value = Quantity()
    found = Quantity()
    found_value = Quantity()
    net = Quantity()
    net_value = Quantity()


class LossOut(serializers.Serializer[Any]):
    """quantity and value are below zero for a loss."""

    move_id = serializers.IntegerField()
    effective_at = serializers.DateTimeField()
    sku = serializers.CharField()
    warehouse = serializers.CharField()
    place = serializers.CharField()
    reason = serializers.CharField()
    user = serializers.CharField()
    quantity = Quantity()
    value = Quantity()
    source_type = serializers.CharField()
    source_id = serializers.IntegerField(allow_null=True)
    entry_id = serializers.IntegerField(allow_null=True)


class SuspicionOut(serializers.Serializer[Any]):
    """A question that the figures raise: its rule, why in words, and the moves to look at."""

    rule = serializers.ChoiceField(list(RULES))
    title = serializers.CharField()
    words = serializers.CharField()
    value = Quantity()
    moves = serializers.ListField(child=serializers.IntegerField())
    user = serializers.CharField()
    sku = serializers.CharField()
    place = serializers.CharField()


class ShrinkageViewSet(ActionAccess, viewsets.ViewSet):
    """What went missing and was found."""

    access = {"list": SCOPE, "moves": SCOPE, "suspicions": SCOPE}

    @extend_schema(
        parameters=[*FILTERS, BY],
        responses=ShrunkOut(many=True),
    )
    def list(self, request: Any) -> Response:
        """Losses and finds by reason, user, place, sku, hour, weekday or week."""
        group = _group(request, "by", "reason")
        return Response(ShrunkOut(shrinkage_by(group, _period(request)), many=True).data)

    @extend_schema(
        parameters=[
            *FILTERS,
            BY,
            OpenApiParameter("key", str, description="Of the group that `by` names"),
        ],
        responses=LossOut(many=True),
    )
    @action(detail=False, methods=["get"])
    def moves(self, request: Any) -> Response:
        """The moves behind a figure, newest first, 1,000 at most."""
        key = request.query_params.get("key", "")
        group = _group(request, "by", "reason")  # refused where it is wrong, with and without a key
        found = [*losses(_period(request), group=group if key else "", key=key, limit=MAX_MOVES)]
        return Response(LossOut(found, many=True).data)

    @extend_schema(parameters=FILTERS, responses=SuspicionOut(many=True))
    @action(detail=False, methods=["get"])
    def suspicions(self, request: Any) -> Response:
        """What looks like theft or error, the dearest first; each says why."""
        return Response(SuspicionOut(suspicious(_period(request)), many=True).data)


def _period(request: Any) -> Period:
    body = PeriodIn(data=request.query_params)
    body.is_valid(raise_exception=True)
    given = body.validated_data
    company_id = company_of(request, given.get("company"))
    place_id = warehouse_id(company_id, given["warehouse"]) if given.get("warehouse") else None
    return Period(company_id, given["start"], given["end"], place_id, given["everything"])


def _group(request: Any, name: str, default: str) -> str:
    group = request.query_params.get(name, default)
    if group not in GROUPS:
        raise wrong(name, _("Choose one of: %(known)s.") % {"known": ", ".join(GROUPS)}, "unknown_group")
    return group
