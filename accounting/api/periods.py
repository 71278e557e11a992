"""Months and years over HTTP: closed as a whole, for some books, reopened with a reason."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting import services
from accounting.api.companies import company_of
from accounting.models import Period, PeriodState, Subledger, YearClose
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import OptionalReasonIn, ReasonIn

CLOSE = ("periods:write", "accounting.close_period")


class PeriodOut(serializers.ModelSerializer[Period]):
    """closed_books: sub-ledgers closed while the month is open."""

    class Meta:
        model = Period
        fields = ["id", "start_date", "end_date", "state", "closed_books"]


class ClosePeriodIn(OptionalReasonIn):
    state = serializers.ChoiceField(choices=["soft_closed", "locked"], default="soft_closed")


class PeriodBooksIn(OptionalReasonIn):
    """closed: every sub-ledger that is to be closed; a reason where one opens again."""

    closed = serializers.ListField(child=serializers.ChoiceField(choices=Subledger.choices), allow_empty=True)


class PeriodFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=PeriodState.choices)
    on = django_filters.DateFilter(method="filter_on", label="the month of this day")

    def filter_on(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(start_date__lte=value, end_date__gte=value)

    class Meta:
        model = Period
        fields: list[str] = []


class PeriodViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Period]):
    """Months: open, soft-closed or locked, and which books are closed in them."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_period")),
        **dict.fromkeys(("close", "books"), CLOSE),
        "reopen": ("periods:write", "accounting.reopen_period"),
    }
    filterset_class = PeriodFilter
    serializer_class = PeriodOut

    def get_queryset(self) -> QuerySet[Period]:
        return own_rows(self.request, Period.objects.order_by("start_date"))

    @extend_schema(request=ClosePeriodIn, responses=PeriodOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def close(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Soft-close or lock it; waits for those who post into it."""
        return self._set(request, ClosePeriodIn, services.close_period)

    @extend_schema(request=ReasonIn, responses=PeriodOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reopen(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A soft-closed month opens, a locked one becomes soft-closed."""
        return self._set(request, ReasonIn, services.reopen_period)

    @extend_schema(request=PeriodBooksIn, responses=PeriodOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def books(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Say which sub-ledgers are closed in an open month."""
        return self._set(request, PeriodBooksIn, services.set_period_books)

    def _set(self, request: Any, serializer: Any, service: Any) -> Response:
        body = serializer(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        service(period_id=found.pk, company_id=found.company_id, actor=actor_of(request), **body.validated_data)
        return Response(PeriodOut(self.get_queryset().get(pk=found.pk)).data)


class YearCloseIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    year = serializers.IntegerField(min_value=1900, max_value=2199)


class YearCloseOut(serializers.ModelSerializer[YearClose]):
    """result: profit, or loss below zero, in the company's currency."""

    class Meta:
        model = YearClose
        fields = ["id", "year", "end_date", "status", "result", "entry", "reversal", "closed_at", "closed_label"]


class YearCloseViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[YearClose]
):
    """Years closed into retained earnings."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("accounting:read", "accounting.view_yearclose")),
        "create": ("periods:write", "accounting.add_yearclose"),
        "reopen": ("periods:write", "accounting.reopen_yearclose"),
    }
    serializer_class = YearCloseOut

    def get_queryset(self) -> QuerySet[YearClose]:
        return own_rows(self.request, YearClose.objects.order_by("-year", "-pk"))

    @extend_schema(request=YearCloseIn, responses={201: YearCloseOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Carry the result to retained earnings and lock the months."""
        body = YearCloseIn(data=request.data)
        body.is_valid(raise_exception=True)
        company_id = company_of(request, body.validated_data.get("company"))
        made = services.close_year(company_id=company_id, year=body.validated_data["year"], actor=actor_of(request))
        return Response(YearCloseOut(made).data, status=201)

    @extend_schema(request=ReasonIn, responses=YearCloseOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def reopen(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take the closing entry back; only the newest closed year."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        found = self.get_object()
        changed = services.reopen_year(
            found.pk, company_id=found.company_id, actor=actor_of(request), reason=body.validated_data["reason"]
        )
        return Response(YearCloseOut(changed).data)
