"""Open work, the board and the figures of the floor over HTTP."""

import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.models import User
from inventory.api.moving import wrong
from inventory.models import Warehouse
from warehouse.boards.board import board_of
from warehouse.boards.figures import FIGURES, Span, by_day, facts, labour, span_of, summaries
from warehouse.boards.queue import KINDS, Asked, open_work
from warehouse.services.assigning import assign_work, set_priority

MAX_FACTS = 1000
SEE = ("warehouse:read", "warehouse.view_picklist")
CHANGE = ("warehouse:write", "warehouse.change_stocktake")
WAREHOUSE = OpenApiParameter("warehouse", str, required=True)


class FloorWorkOut(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.IntegerField()
    number = serializers.CharField()
    place = serializers.CharField(allow_null=True)
    zone = serializers.CharField(allow_null=True)
    what = serializers.CharField()
    status = serializers.CharField()
    person = serializers.CharField()
    priority = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    ship_by = serializers.DateTimeField(allow_null=True)


class FloorWorkIn(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=10)
    id = serializers.IntegerField(min_value=1)


class FloorAssignIn(serializers.Serializer[Any]):
    """user: a username; null: whoever comes. priority: 0 (first) to 1000; left out: as it is."""

    warehouse = serializers.CharField(max_length=20)
    work = FloorWorkIn(many=True, min_length=1, max_length=500)
    user = serializers.CharField(max_length=150, allow_null=True, required=False)
    priority = serializers.IntegerField(required=False)


class FloorChangedOut(serializers.Serializer[Any]):
    changed = serializers.IntegerField()


class FloorViewSet(ActionAccess, viewsets.ViewSet):
    """What is to be done in a warehouse, by whom, and how well it is done."""

    access = {**dict.fromkeys(("work", "board", "figures", "facts"), SEE), "assign": CHANGE}

    @extend_schema(
        responses=FloorWorkOut(many=True),
        parameters=[
            WAREHOUSE,
            OpenApiParameter("kind", str, enum=list(KINDS)),
            OpenApiParameter("person", str, description="A username; - for what nobody has."),
            OpenApiParameter("zone", str),
            OpenApiParameter("late", bool),
            OpenApiParameter("offset", int),
        ],
    )
    @action(detail=False)
    def work(self, request: Any) -> Response:
        """Open work, late first, 200 rows from offset."""
        given = request.query_params
        offset = given.get("offset", "0")
        asked = Asked(
            self._warehouse(given.get("warehouse", "")).pk,
            given.get("kind", ""),
            given.get("person", "")[:150],
            given.get("zone", "")[:40],
            given.get("late", "") in ("1", "true"),
            int(offset) if offset.isdecimal() and len(offset) < 8 else 0,
        )
        return Response(FloorWorkOut([row._asdict() for row in open_work(asked)], many=True).data)

    @extend_schema(request=FloorAssignIn, responses=FloorChangedOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def assign(self, request: Any) -> Response:
        """Give work to somebody, or another priority; all or nothing."""
        body = FloorAssignIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = self._warehouse(given["warehouse"]).company_id
        work = [(row["kind"], row["id"]) for row in given["work"]]
        done = 0
        if "user" in given:
            user = User.objects.filter(username=given["user"], is_active=True).first() if given["user"] else None
            if given["user"] and user is None:
                raise wrong("user", _("There is no such user."), "unknown_user")
            done = assign_work(work, company_id=company_id, user_id=user.pk if user else None, actor=actor_of(request))
        if "priority" in given:
            done = set_priority(work, company_id=company_id, priority=given["priority"], actor=actor_of(request))
        return Response({"changed": done})

    @extend_schema(responses=OpenApiTypes.OBJECT, parameters=[WAREHOUSE])
    @action(detail=False)
    def board(self, request: Any) -> Response:
        """What the wall board shows: orders by stage, cut-offs, what is late, open work by zone."""
        return Response(board_of(self._warehouse(request.query_params.get("warehouse", "")), timezone.now()))

    @extend_schema(
        responses=OpenApiTypes.OBJECT,
        parameters=[
            WAREHOUSE,
            OpenApiParameter("start", OpenApiTypes.DATE),
            OpenApiParameter("end", OpenApiTypes.DATE),
        ],
    )
    @action(detail=False)
    def figures(self, request: Any) -> Response:
        """Dock to stock, pick accuracy, lines per hour, on time in full, count accuracy: in all, by day, by person."""
        span = self._span(request)
        return Response(
            {
                "figures": [
                    {
                        "figure": row.figure,
                        "facts": row.facts,
                        "value": None if row.value is None else str(row.value),
                        "days": [{"day": day, "value": str(value)} for day, value in by_day(row.figure, span)],
                    }
                    for row in summaries(span)
                ],
                "labour": [
                    {
                        "person": row.person, "kind": row.kind, "lines": row.lines, "hours": str(row.hours),
                        "per_hour": None if row.per_hour is None else str(row.per_hour),
                        "seconds": None if row.seconds is None else str(row.seconds),
                    }
                    for row in labour(span)
                ],
            }
        )  # fmt: skip

    @extend_schema(
        responses=OpenApiTypes.OBJECT,
        parameters=[
            WAREHOUSE,
            OpenApiParameter("figure", str, enum=list(FIGURES), required=True),
            OpenApiParameter("start", OpenApiTypes.DATE),
            OpenApiParameter("end", OpenApiTypes.DATE),
            OpenApiParameter("person", str),
            OpenApiParameter("wrong", bool),
        ],
    )
    @action(detail=False)
    def facts(self, request: Any) -> Response:
        """What a figure is made of, newest first, at most 1,000 rows."""
        given = request.query_params
        if given.get("figure") not in FIGURES:
            raise wrong("figure", _("There is no such figure."), "unknown_figure")
        rows = facts(
            given["figure"], self._span(request), person=given.get("person", "")[:150],
            wrong=given.get("wrong", "") in ("1", "true"), limit=MAX_FACTS,
        )  # fmt: skip
        return Response(
            [
                {
                    "day": row.day, "person": row.person, "figure": None if row.figure is None else str(row.figure),
                    "number": row.number, "what": row.what,
                }
                for row in rows
            ]
        )  # fmt: skip

    def _warehouse(self, code: str) -> Warehouse:
        rows = own_rows(self.request, Warehouse.objects.filter(is_transit=False).select_related("company"))
        found = rows.filter(code=code).first()
        if found is None:
            raise wrong("warehouse", _("There is no such warehouse."), "unknown_warehouse")
        return found

    def _span(self, request: Any) -> Span:
        given = request.query_params
        return span_of(self._warehouse(given.get("warehouse", "")), _day(given.get("start")), _day(given.get("end")))


def _day(text: str | None) -> datetime.date | None:
    """What is no date is passed over, as at the page."""
    try:
        return parse_date(text or "")
    except ValueError:
        return None
