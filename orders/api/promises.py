"""Open promises over HTTP: what a shop's customers wait for, since when and until when."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from backoffice.core.api.actions import ActionAccess, own_rows
from backoffice.core.api.filters import RowId, YesNo
from orders.models import LinePromise, PromiseChange
from orders.selectors.promises import STATE_CHOICES, TROUBLE, open_promises


class ChangeOut(serializers.ModelSerializer[PromiseChange]):
    class Meta:
        model = PromiseChange
        fields = ["recorded_at", "old_date", "new_date", "waiting", "reason", "detail"]


class PromisePartOut(serializers.Serializer[Any]):
    date = serializers.DateField()
    quantity = serializers.CharField()


class LinePromiseOut(serializers.ModelSerializer[LinePromise]):
    """promised_date: what the customer was told. expected_date: by today's knowledge; parts: of what waits."""

    order = serializers.IntegerField(source="order_line.order_id")
    order_external_id = serializers.CharField(source="order_line.order.external_id")
    line = serializers.IntegerField(source="order_line_id")
    line_external_id = serializers.CharField(source="order_line.external_id")
    sku = serializers.CharField(source="order_line.channel_sku")
    state = serializers.ChoiceField(choices=STATE_CHOICES, help_text="late, at_risk, no_date, pre_order or kept")
    parts = serializers.SerializerMethodField()

    class Meta:
        model = LinePromise
        fields = [
            "id", "order", "order_external_id", "line", "line_external_id", "sku", "waiting", "promised_date",
            "expected_date", "release_date", "state", "parts", "counted_at",
        ]  # fmt: skip

    @extend_schema_field(PromisePartOut(many=True))
    def get_parts(self, promise: LinePromise) -> list[dict[str, str]]:
        return [{"date": date, "quantity": quantity} for date, quantity in promise.parts]


class PromiseDetail(LinePromiseOut):
    changes = ChangeOut(many=True, source="order_line.promise_changes")

    class Meta(LinePromiseOut.Meta):
        fields = [*LinePromiseOut.Meta.fields, "changes"]


class PromiseFilter(django_filters.FilterSet):
    order = RowId(field_name="order_line__order_id")
    sku = django_filters.CharFilter(field_name="order_line__sku__code", lookup_expr="iexact")
    state = django_filters.MultipleChoiceFilter(choices=STATE_CHOICES)
    trouble = YesNo(method="filter_trouble", help_text="Late or at risk.")

    class Meta:
        model = LinePromise
        fields: list[str] = []

    def filter_trouble(self, rows: QuerySet[LinePromise], name: str, value: bool) -> Any:
        return rows.filter(state__in=TROUBLE) if value else rows.exclude(state__in=TROUBLE)


class PromiseViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LinePromise]
):
    """Order lines that wait for goods or for their release date, of the key's channel."""

    access = {
        "list": ("orders:read", "orders.view_linepromise"),
        "retrieve": ("orders:read", "orders.view_linepromise"),
    }
    queryset = LinePromise.objects.none()
    filterset_class = PromiseFilter

    def get_serializer_class(self) -> Any:
        return PromiseDetail if self.action == "retrieve" else LinePromiseOut

    def get_queryset(self) -> QuerySet[LinePromise]:
        rows = open_promises(timezone.localdate()).select_related("order_line__order")
        if self.action == "retrieve":
            changes = Prefetch("order_line__promise_changes", PromiseChange.objects.order_by("pk"))
            rows = rows.prefetch_related(changes)
        return own_rows(self.request, rows, channel="order_line__order__channel_id")
