"""The goods book over HTTP, to be read: every move that ever was, none of which is ever changed."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.filters import RowId
from backoffice.core.api.idempotency import idempotent
from backoffice.core.api.reasons import ReasonIn
from inventory import services
from inventory.models import StockMove


class StockMoveOut(serializers.ModelSerializer[StockMove]):
    """value: signed, in the company's currency; 0 inside the company. A place without a warehouse is outside.

    source_type, source_id: the document it was made for; entry: its journal entry.
    """

    sku = serializers.CharField(source="sku.code")
    lot = serializers.CharField(source="lot.code", default=None)
    owner = serializers.CharField(source="owner.code", default=None)
    quantity = Quantity()
    from_place = serializers.CharField(source="from_location.code")
    from_warehouse = serializers.CharField(source="from_location.warehouse.code", default=None)
    to_place = serializers.CharField(source="to_location.code")
    to_warehouse = serializers.CharField(source="to_location.warehouse.code", default=None)

    class Meta:
        model = StockMove
        fields = [
            "id", "sku", "lot", "owner", "quantity", "from_warehouse", "from_place", "to_warehouse", "to_place", "value",
            "entry", "reason", "source_type", "source_id", "actor_label", "effective_at", "recorded_at",
        ]  # fmt: skip


class StockMoveFilter(django_filters.FilterSet):
    """warehouse, place: what came there or left."""

    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    lot = django_filters.CharFilter(field_name="lot__code")
    warehouse = django_filters.CharFilter(method="by_warehouse")
    place = django_filters.CharFilter(method="by_place")
    reason = django_filters.CharFilter()
    source_type = django_filters.CharFilter()
    source_id = RowId()
    entry = RowId(field_name="entry_id")
    effective_from = django_filters.IsoDateTimeFilter(field_name="effective_at", lookup_expr="gte")
    effective_to = django_filters.IsoDateTimeFilter(field_name="effective_at", lookup_expr="lt")

    class Meta:
        model = StockMove
        fields: list[str] = []

    def by_warehouse(self, rows: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        return rows.filter(Q(from_location__warehouse__code=code) | Q(to_location__warehouse__code=code))

    def by_place(self, rows: QuerySet[Any], name: str, code: str) -> QuerySet[Any]:
        return rows.filter(Q(from_location__code=code) | Q(to_location__code=code))


class StockMoveViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[StockMove]
):
    """The append-only stock ledger, the newest first."""

    access = {
        **dict.fromkeys(("list", "retrieve"), ("stock:read", "inventory.view_stockmove")),
        "reverse_receipt": ("stock:write", "inventory.change_purchaseorder"),
    }
    filterset_class = StockMoveFilter
    serializer_class = StockMoveOut

    def get_queryset(self) -> QuerySet[StockMove]:
        related = ("sku", "lot", "owner", "from_location__warehouse", "to_location__warehouse")
        return own_rows(self.request, StockMove.objects.select_related(*related))

    @extend_schema(request=ReasonIn, responses={201: StockMoveOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="reverse-receipt")
    @idempotent()
    def reverse_receipt(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take a receipt from a supplier back that was entered wrongly: the counter-move. What is billed, inspected or
        has costs landed on it is refused by code; so is what has gone, lies elsewhere or is reserved."""
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        move = self.get_object()
        back = services.reverse_receipt(
            move.pk,
            company_id=move.company_id,
            effective_at=timezone.now(),
            actor=actor_of(request),
            reason=body.validated_data["reason"],
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=back.pk)).data, status=201)
