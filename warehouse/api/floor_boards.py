"""Open work, the board and the figures of the floor over HTTP."""

import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.auth import may
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.models import User
from inventory.api.moving import wrong
from inventory.models import Warehouse, Zone
from orders.models import Order
from warehouse.boards.board import STAGES, board_of
from warehouse.boards.drill import WORK, asked_rows
from warehouse.boards.figures import FIGURES, PERIODS, Span, by_period, facts, labour, span_of, summaries
from warehouse.boards.labour_kinds import LABOUR_KINDS
from warehouse.boards.order_labour import order_labour
from warehouse.boards.queue import KINDS, Asked, open_work
from warehouse.services.assigning import assign_work, is_own, set_priority

MAX_FACTS = 1000
SCOPE, SEES_MONEY = "wages:read", "warehouse.view_wagerate"
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


class BoardRowOut(serializers.Serializer[Any]):
    """where: the order, or the bin. at: when it has to leave, left, or was made."""

    number = serializers.CharField()
    status = serializers.CharField()
    where = serializers.CharField()
    what = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)


class LabourPieceOut(serializers.Serializer[Any]):
    kind = serializers.CharField()
    person = serializers.CharField()
    at = serializers.DateTimeField()
    number = serializers.CharField()
    seconds = serializers.DecimalField(max_digits=12, decimal_places=1, allow_null=True)
    cost = serializers.DecimalField(max_digits=24, decimal_places=4, allow_null=True)


class OrderLabourOut(serializers.Serializer[Any]):
    """cost: null as long as the wage of a piece is not set."""

    order = serializers.IntegerField()
    currency = serializers.CharField()
    seconds = serializers.DecimalField(max_digits=12, decimal_places=1)
    cost = serializers.DecimalField(max_digits=24, decimal_places=4, allow_null=True)
    pieces = LabourPieceOut(many=True)


class FloorViewSet(ActionAccess, viewsets.ViewSet):
    """What is to be done in a warehouse, by whom, and how well it is done."""

    access = {
        **dict.fromkeys(("work", "board", "board_rows", "figures", "facts"), SEE),
        "assign": CHANGE,
        "order_labour": (SCOPE, SEES_MONEY),
    }

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
        if not is_own(work, request.user):
            raise Http404
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
            OpenApiParameter("zone", str),
            OpenApiParameter("start", OpenApiTypes.DATE),
            OpenApiParameter("end", OpenApiTypes.DATE),
            OpenApiParameter("every", str, enum=list(PERIODS), description="What days are put together by."),
        ],
    )
    @action(detail=False)
    def figures(self, request: Any) -> Response:
        """Dock to stock, pick accuracy, labour, on time in full, count accuracy: in all, by day, by person. Costs are
        for whoever may see wages.
        """
        span, every = self._span(request), request.query_params.get("every", "day")
        if every not in PERIODS:
            raise wrong("every", _("Days are put together by day, week or month."), "unknown_period")
        money = sees_money(request)
        return Response(
            {
                "figures": [
                    {
                        "figure": row.figure,
                        "facts": row.facts,
                        "value": None if row.value is None else str(row.value),
                        "days": [{"day": day, "value": str(value)} for day, value in by_period(row.figure, span, every)],
                    }
                    for row in summaries(span)
                    if money or row.figure != "cost_per_order"
                ],
                "labour": [
                    {
                        "person": row.person, "kind": row.kind, "lines": row.lines, "hours": str(row.hours),
                        "per_hour": None if row.per_hour is None else str(row.per_hour),
                        "seconds": None if row.seconds is None else str(row.seconds),
                        "cost": None if row.cost is None or not money else str(row.cost),
                    }
                    for row in labour(span)
                ],
            }
        )  # fmt: skip

    @extend_schema(
        responses=OpenApiTypes.OBJECT,
        parameters=[
            WAREHOUSE,
            OpenApiParameter("zone", str),
            OpenApiParameter("figure", str, enum=list(FIGURES), required=True),
            OpenApiParameter("kind", str, enum=list(LABOUR_KINDS)),
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
        if given["figure"] == "cost_per_order" and not sees_money(request):
            raise PermissionDenied
        rows = facts(
            given["figure"], self._span(request), person=given.get("person", "")[:150],
            wrong=given.get("wrong", "") in ("1", "true"), kind=given.get("kind", "")[:10], limit=MAX_FACTS,
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

    @extend_schema(
        responses=BoardRowOut(many=True),
        parameters=[
            WAREHOUSE,
            OpenApiParameter("stage", str, enum=[stage for stage, _name in STAGES]),
            OpenApiParameter("late", str, enum=["1"]),
            OpenApiParameter("until", OpenApiTypes.DATETIME, description="What has to leave before it."),
            OpenApiParameter("work", str, enum=list(WORK), description="Instead: open tasks in a zone."),
            OpenApiParameter("zone", str),
        ],
    )
    @action(detail=False, url_path="board-rows")
    def board_rows(self, request: Any) -> Response:
        """What a number of the board is made of, at most 500 rows."""
        given = request.query_params
        _title, rows = asked_rows(self._warehouse(given.get("warehouse", "")), given)
        return Response(BoardRowOut([row._asdict() for row in rows], many=True).data)

    @extend_schema(responses=OrderLabourOut, parameters=[OpenApiParameter("order", int, required=True)])
    @action(detail=False, url_path="order-labour")
    def order_labour(self, request: Any) -> Response:
        """What picking and packing an order took, piece by piece, and what it cost at the wages of its days."""
        text = request.query_params.get("order", "")
        rows = own_rows(request, Order.objects.all(), channel="channel_id")
        order = rows.filter(pk=text).first() if text.isdecimal() and len(text) < 19 else None
        if order is None:
            raise wrong("order", _("There is no such order."), "unknown_order")
        done = order_labour(order.pk)
        return Response(
            OrderLabourOut(
                {
                    "order": order.pk, "currency": order.company.base_currency_id, "seconds": done.seconds,
                    "cost": done.cost, "pieces": [piece._asdict() for piece in done.pieces],
                }
            ).data
        )  # fmt: skip

    def _warehouse(self, code: str) -> Warehouse:
        rows = own_rows(self.request, Warehouse.objects.filter(is_transit=False).select_related("company"))
        found = rows.filter(code=code).first()
        if found is None:
            raise wrong("warehouse", _("There is no such warehouse."), "unknown_warehouse")
        return found

    def _span(self, request: Any) -> Span:
        given = request.query_params
        warehouse = self._warehouse(given.get("warehouse", ""))
        zone = given.get("zone", "")
        if zone and not Zone.objects.filter(warehouse=warehouse, code=zone).exists():
            raise wrong("zone", _("This warehouse has no such zone."), "unknown_zone")
        return span_of(warehouse, _day(given.get("start")), _day(given.get("end")), zone)


def sees_money(request: Any) -> bool:
    """Whether the caller may know what people's work costs."""
    return may(request, SCOPE, SEES_MONEY)


def _day(text: str | None) -> datetime.date | None:
    """What is no date is passed over, as at the page."""
    try:
        return parse_date(text or "")
    except ValueError:
        return None
