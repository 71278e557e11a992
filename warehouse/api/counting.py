"""Stocktakes over HTTP: planned, counted, counted again, approved, posted. What the ledger has is for reviewers only,
and not before everything is counted."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from backoffice.core.export import table_response
from backoffice.core.models import ApiKey, User
from inventory.api.moving import sku_ids, warehouse_id, wrong
from inventory.models import Lot, Zone
from inventory.selectors import scan
from warehouse.api.counting_serializers import (
    CountAssignIn,
    CountPlacesIn,
    CountResultOut,
    CountsIn,
    CountTaskOut,
    RecountIn,
    StocktakeApproveIn,
    StocktakeIn,
    StocktakeOut,
)
from warehouse.count_sheets import count_sheet
from warehouse.counts import COUNT, REVIEW, file_rows, lines_of, may_see_figures, tasks_of, with_progress
from warehouse.errors import CountRefused
from warehouse.models import Stocktake, StocktakeOrigin, StocktakeStatus
from warehouse.services import counting

SEE = ("stocktakes:read", "warehouse.view_stocktake")
WRITE, COUNTS, DECIDE = "stocktakes:write", "stocktakes:count", "stocktakes:review"


class StocktakeFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=StocktakeStatus.choices)
    origin = django_filters.MultipleChoiceFilter(choices=StocktakeOrigin.choices)
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    due_before = django_filters.DateFilter(field_name="due_date", lookup_expr="lte")

    class Meta:
        model = Stocktake
        fields: list[str] = []


class StocktakeViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Stocktake]
):
    """Counts of places while the shop goes on."""

    access = {
        **dict.fromkeys(("list", "retrieve", "tasks", "sheet"), SEE),
        "create": (WRITE, "warehouse.add_stocktake"),
        **dict.fromkeys(("cancel", "assign"), (WRITE, "warehouse.change_stocktake")),
        **dict.fromkeys(("counts", "finish"), (COUNTS, COUNT)),
        **dict.fromkeys(("lines", "export", "recount", "approve", "book"), (DECIDE, REVIEW)),
    }
    filterset_class = StocktakeFilter
    serializer_class = StocktakeOut

    def get_queryset(self) -> QuerySet[Stocktake]:
        rows = Stocktake.objects.select_related("warehouse").prefetch_related("adjustments").order_by("-pk")
        return own_rows(self.request, with_progress(rows))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "figures": self._may_see}

    def _may_see(self, stocktake: Stocktake) -> bool:
        """A reviewer's right, and a program's scope too; nobody sees figures while it is counted blind."""
        key = self.request.auth
        if isinstance(key, ApiKey) and DECIDE not in key.scopes:
            return False
        return may_see_figures(self.request.user, stocktake)

    @extend_schema(request=StocktakeIn, responses={201: StocktakeOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Plan a count; nothing is frozen by it."""
        body = StocktakeIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        warehouse = warehouse_id(company_id, given["warehouse"])
        choice = _choice(given, company_id, warehouse)
        made = counting.create_stocktake(
            counting.scopes_of(choice, warehouse_id=warehouse),
            company_id=company_id,
            warehouse_id=warehouse,
            actor=actor_of(request),
            rules=counting.Rules(given["tolerance_percent"], given["tolerance_value"], given["one_person"]),
            note=given["note"],
            due_date=given["due_date"],
        )
        assert made is not None
        return self._answer(made.pk, status=201)

    @extend_schema(responses=CountTaskOut(many=True), filters=False)
    @action(detail=True)
    def tasks(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The places, in walking order."""
        return self._page(tasks_of(self.get_object()), CountTaskOut)

    @extend_schema(responses=CountResultOut(many=True), filters=False)
    @action(detail=True)
    def lines(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What was counted beside what was expected, the dearest differences first; 409 blind while it is counted."""
        found = self.get_object()
        self._not_blind(found)
        return self._page(lines_of(found), CountResultOut)

    @extend_schema(
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("as", str, enum=["csv", "xlsx"])],
        filters=False,
    )
    @action(detail=True)
    def export(self, request: Any, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """The lines as a file; 409 blind while it is counted."""
        found = self.get_object()
        self._not_blind(found)
        kind = "xlsx" if request.query_params.get("as") == "xlsx" else "csv"
        return table_response(kind, found.number, *file_rows(found, figures=True))

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True)
    def sheet(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """The paper to count on: places and articles, never a quantity."""
        found = self.get_object()
        return HttpResponse(count_sheet(found), content_type="application/pdf")

    @extend_schema(request=CountsIn, responses=StocktakeOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def counts(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say what lies where; a SKU and lot that is given again is corrected. All or nothing."""
        body = CountsIn(data=request.data)
        body.is_valid(raise_exception=True)
        found, given, now = self.get_object(), body.validated_data, timezone.now()
        inputs = _counts(found, given["lines"])
        common = {"company_id": found.company_id, "actor": actor_of(request), "device": given["device"]}
        counting.record_counts(inputs, counted_at=now, **common)
        if given["finish"]:
            counting.finish_counts(sorted({each.task_id for each in inputs}), at=now, **common)
        return self._answer(found.pk)

    @extend_schema(request=CountPlacesIn, responses=StocktakeOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def finish(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """These places are counted: what was not named there is none."""
        body = CountPlacesIn(data=request.data)
        body.is_valid(raise_exception=True)
        found, actor = self.get_object(), actor_of(request)
        codes = body.validated_data["locations"]
        mine = tasks_of(found).filter(status="counting", counter=actor.user_id)
        tasks = _tasks(found, codes) if codes else list(mine.values_list("pk", flat=True))
        if not tasks:
            raise CountRefused("nothing", _("Nothing was counted yet."))
        counting.finish_counts(tasks, company_id=found.company_id, at=timezone.now(), actor=actor)
        return self._answer(found.pk)

    @extend_schema(request=RecountIn, responses=StocktakeOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def recount(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Have places counted again, by somebody who has not counted them."""
        body = RecountIn(data=request.data)
        body.is_valid(raise_exception=True)
        found, given = self.get_object(), body.validated_data
        counting.request_recount(
            found.pk,
            _tasks(found, given["locations"]),
            company_id=found.company_id,
            actor=actor_of(request),
            reason=given["reason"],
        )
        return self._answer(found.pk)

    @extend_schema(request=CountAssignIn, responses=StocktakeOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def assign(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give places to somebody to count."""
        body = CountAssignIn(data=request.data)
        body.is_valid(raise_exception=True)
        found, given = self.get_object(), body.validated_data
        user = User.objects.filter(username=given["user"], is_active=True).first() if given["user"] else None
        if given["user"] and user is None:
            raise wrong("user", _("There is no such user."), "unknown_user")
        counting.assign_counts(
            _tasks(found, given["locations"]),
            company_id=found.company_id,
            user_id=user.pk if user else None,
            actor=actor_of(request),
        )
        return self._answer(found.pk)

    @extend_schema(request=StocktakeApproveIn, responses=StocktakeOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def approve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Approve the differences, and book them: 409 counter_approves, over_limit or stale says why not."""
        body = StocktakeApproveIn(data=request.data)
        body.is_valid(raise_exception=True)
        found, given = self.get_object(), body.validated_data
        counting.approve_stocktake(
            found.pk, company_id=found.company_id, at=timezone.now(), actor=actor_of(request), **given
        )
        return self._answer(found.pk)

    @extend_schema(request=None, responses=StocktakeOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="post")
    @idempotent()
    def book(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Book what is approved, or what waited because it was promised."""
        found = self.get_object()
        counting.post_stocktake(found.pk, company_id=found.company_id, at=timezone.now(), actor=actor_of(request))
        return self._answer(found.pk)

    @extend_schema(request=ReasonIn, responses=StocktakeOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Give it up; possible until it is approved."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        counting.cancel_stocktake(
            found.pk, company_id=found.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        return self._answer(found.pk)

    def _not_blind(self, stocktake: Stocktake) -> None:
        if not self._may_see(stocktake):
            raise CountRefused(
                "blind", _("It is still being counted: what the books say is shown when all is counted.")
            )

    def _page(self, rows: Any, serializer: Any) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(serializer(page, many=True).data)

    def _answer(self, stocktake_id: int, *, status: int = 200) -> Response:
        found = self.get_queryset().get(pk=stocktake_id)
        return Response(StocktakeOut(found, context=self.get_serializer_context()).data, status=status)


def _choice(given: dict[str, Any], company_id: int, warehouse: int) -> counting.Choice:
    zone = None
    if given["zone"]:
        zone = Zone.objects.filter(warehouse=warehouse, code__iexact=given["zone"]).values_list("pk", flat=True).first()
        if zone is None:
            raise wrong("zone", _("There is no such zone."), "unknown_zone")
    skus = sku_ids(company_id, [{"sku": code} for code in given.get("skus", [])]) if given.get("skus") else []
    named = given.get("bins") or given["first"] or given["last"] or zone or skus or given["everything"]
    if not named:
        raise wrong("everything", _("Say what is to be counted: bins, a zone, SKUs, or everything."), "required")
    return counting.Choice(
        given.get("bins", ()), given["first"], given["last"], zone, skus, given["everything"], given["empty_too"]
    )


def _tasks(stocktake: Stocktake, codes: Sequence[str]) -> list[int]:
    """The tasks of these places. Raises CountRefused naming the place. Statements: 1."""
    wanted = {code.strip().upper() for code in codes}
    found: dict[str, list[int]] = {}
    for pk, code in tasks_of(stocktake).exclude(status="cancelled").values_list("pk", "location__code"):
        found.setdefault(code.upper(), []).append(pk)
    for code in sorted(wanted - found.keys()):
        raise CountRefused("not_asked", _("%(place)s is not part of this stocktake.") % {"place": code})
    return [pk for code in sorted(wanted) for pk in found[code]]


def _counts(stocktake: Stocktake, rows: Sequence[dict[str, Any]]) -> list[counting.CountInput]:
    """Lines as people name them: place, SKU or barcode, lot. Raises CountRefused naming the row. Statements: 3."""
    tasks = {
        (code.upper(), sku): pk
        for pk, code, sku in tasks_of(stocktake)
        .exclude(status="cancelled")
        .values_list("pk", "location__code", "sku_id")
    }
    known = scan(stocktake.company_id, [row["sku"].strip() for row in rows])
    lots = {
        (sku, code.upper()): pk
        for pk, sku, code in Lot.objects.filter(sku__in={each.sku_id for each in known.values()}).values_list(
            "pk", "sku_id", "code"
        )
    }
    inputs = []
    for number, row in enumerate(rows, start=1):
        place, words = row["location"].strip().upper(), {"row": number, "place": row["location"], "code": row["sku"]}
        item = known.get(row["sku"].strip())
        if item is None:
            raise CountRefused("unknown_sku", _("Row %(row)s: nobody knows “%(code)s”.") % words, row=number)
        task = tasks.get((place, item.sku_id)) or tasks.get((place, None))
        if task is None:
            raise CountRefused(
                "not_asked", _("Row %(row)s: %(place)s is not part of this stocktake.") % words, row=number
            )
        lot = lots.get((item.sku_id, row["lot"].strip().upper())) if row["lot"].strip() else None
        if row["lot"].strip() and lot is None:
            raise CountRefused(
                "wrong_lot",
                _("Row %(row)s: there is no lot “%(lot)s” of it.") % (words | {"lot": row["lot"]}),
                row=number,
            )
        inputs.append(
            counting.CountInput(
                task, item.sku_id, row["quantity"] * item.quantity, lot, tuple(row["serials"]), row["counted_at"]
            )
        )
    return inputs
