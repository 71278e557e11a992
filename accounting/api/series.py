"""Series of legal numbers over HTTP."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting import services
from accounting.models import NumberSeries
from accounting.selectors.series import series_state
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent


class NumberSeriesOut(serializers.ModelSerializer[NumberSeries]):
    class Meta:
        model = NumberSeries
        fields = ["id", "code", "prefix", "digits", "first_number", "next_number"]


class SeriesYearOut(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    documents = serializers.IntegerField()
    first = serializers.IntegerField()
    last = serializers.IntegerField()


class SeriesStateOut(serializers.Serializer[Any]):
    """drawn: numbers given out; documents: that bear one; missing: the first numbers without a document."""

    whole = serializers.BooleanField()
    drawn = serializers.IntegerField()
    documents = serializers.IntegerField()
    missing = serializers.ListField(child=serializers.IntegerField())
    years = SeriesYearOut(many=True)


class NumberSeriesIn(serializers.Serializer[Any]):
    prefix = serializers.CharField(max_length=20)
    first_number = serializers.IntegerField(min_value=1, required=False, default=1)
    digits = serializers.IntegerField(min_value=1, max_value=12, required=False, default=6)


class NumberSeriesViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[NumberSeries]
):
    """How invoices and credit notes are numbered."""

    access = {
        **dict.fromkeys(("list", "retrieve", "state"), ("accounting:read", "accounting.view_numberseries")),
        "begin": ("periods:write", "accounting.change_numberseries"),
    }
    serializer_class = NumberSeriesOut

    def get_queryset(self) -> QuerySet[NumberSeries]:
        return own_rows(self.request, NumberSeries.objects.order_by("pk"))

    @extend_schema(responses=SeriesStateOut)
    @action(detail=True, methods=["get"])
    def state(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Whether each drawn number stands on a document, counted from the documents."""
        return Response(SeriesStateOut(series_state(self.get_object())).data)

    @extend_schema(request=NumberSeriesIn, responses={201: NumberSeriesOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def begin(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Number documents with another prefix from now on; a series in use stays, closed."""
        body = NumberSeriesIn(data=request.data)
        body.is_valid(raise_exception=True)
        series = self.get_object()
        made = services.begin_series(
            series.pk, company_id=series.company_id, actor=actor_of(request), **body.validated_data
        )
        return Response(NumberSeriesOut(made).data, status=201)
