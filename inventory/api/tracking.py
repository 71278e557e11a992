"""Lots, units with serial numbers, and what expires, over HTTP."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, own_rows
from backoffice.core.api.fields import Quantity
from backoffice.core.api.filters import YesNo
from inventory.models import Lot, MoveSerial, Serial, StockQuant
from inventory.selectors.tracking import (
    SERIAL_STATES,
    expiring,
    lots_in_stock,
    lots_with_stock,
    quants_of_lot,
    serials_with_state,
)

READ = "stock:read"


class LotFilter(django_filters.FilterSet):
    code = django_filters.CharFilter()
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    expires_before = django_filters.DateFilter(field_name="expiry_date", lookup_expr="lt")
    expires_from = django_filters.DateFilter(field_name="expiry_date", lookup_expr="gte")
    warehouse = django_filters.CharFilter(method="by_warehouse")
    in_stock = YesNo(method="by_stock")
    held = YesNo()

    class Meta:
        model = Lot
        fields: list[str] = []

    def by_warehouse(self, rows: Any, name: str, code: str) -> Any:
        return lots_in_stock(rows, warehouse=code)

    def by_stock(self, rows: Any, name: str, there: bool) -> Any:
        return lots_in_stock(rows, there=there)


class LotPlaceOut(serializers.ModelSerializer[StockQuant]):
    warehouse = serializers.CharField(source="location.warehouse.code", allow_null=True, default=None)
    location = serializers.CharField(source="location.code")
    kind = serializers.CharField(source="location.kind")

    class Meta:
        model = StockQuant
        fields = ["warehouse", "location", "kind", "quantity", "claimed"]


class LotOut(serializers.ModelSerializer[Lot]):
    """on_hand: what lies of it anywhere. held: nothing of it may be sold (lot-holds/)."""

    sku = serializers.CharField(source="sku.code")
    on_hand = serializers.SerializerMethodField()
    held = serializers.BooleanField()

    class Meta:
        model = Lot
        fields = ["id", "code", "sku", "expiry_date", "on_hand", "held"]

    @extend_schema_field(serializers.DecimalField(max_digits=18, decimal_places=6))
    def get_on_hand(self, lot: Lot) -> str:
        return f"{lot.on_hand or 0:.6f}"  # type: ignore[attr-defined]


class LotPlacesOut(LotOut):
    """With the places where it lies."""

    places = serializers.SerializerMethodField()

    class Meta(LotOut.Meta):
        fields = [*LotOut.Meta.fields, "places"]

    @extend_schema_field(LotPlaceOut(many=True))
    def get_places(self, lot: Lot) -> Any:
        return LotPlaceOut(quants_of_lot(lot), many=True).data


class LotViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Lot]):
    """Lots, and where they lie; which orders got one: /recalls/."""

    access = {"list": (READ, "inventory.view_lot"), "retrieve": (READ, "inventory.view_lot")}
    filterset_class = LotFilter

    def get_serializer_class(self) -> type[LotOut]:
        return LotPlacesOut if self.action == "retrieve" else LotOut

    def get_queryset(self) -> QuerySet[Lot]:
        return own_rows(self.request, lots_with_stock(Lot.objects.select_related("sku")))


class SerialFilter(django_filters.FilterSet):
    code = django_filters.CharFilter()
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    warehouse = django_filters.CharFilter(field_name="location__warehouse__code")
    state = django_filters.ChoiceFilter(choices=[(state, state) for state in SERIAL_STATES])

    class Meta:
        model = Serial
        fields: list[str] = []


class SerialMoveOut(serializers.ModelSerializer[MoveSerial]):
    move = serializers.IntegerField(source="move_id")
    effective_at = serializers.DateTimeField(source="move.effective_at")
    from_location = serializers.CharField(source="from_location.code")
    to_location = serializers.CharField(source="to_location.code")
    reason = serializers.CharField(source="move.reason")
    source_type = serializers.CharField(source="move.source_type")
    source_id = serializers.IntegerField(source="move.source_id", allow_null=True)

    class Meta:
        model = MoveSerial
        fields = ["move", "effective_at", "from_location", "to_location", "reason", "source_type", "source_id"]


class SerialOut(serializers.ModelSerializer[Serial]):
    """location: empty if it never moved. state: in_stock, aside, sold, gone or expected."""

    sku = serializers.CharField(source="sku.code")
    state = serializers.CharField()
    warehouse = serializers.CharField(source="location.warehouse.code", allow_null=True, default=None)
    location = serializers.CharField(source="location.code", allow_null=True, default=None)

    class Meta:
        model = Serial
        fields = ["id", "code", "sku", "state", "warehouse", "location"]


class SerialLifeOut(SerialOut):
    """With its moves, oldest first."""

    moves = SerialMoveOut(many=True)

    class Meta(SerialOut.Meta):
        fields = [*SerialOut.Meta.fields, "moves"]


class SerialViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Serial]):
    """Units with serial numbers; one of them with its life."""

    access = {"list": (READ, "inventory.view_serial"), "retrieve": (READ, "inventory.view_serial")}
    filterset_class = SerialFilter

    def get_serializer_class(self) -> type[SerialOut]:
        return SerialLifeOut if self.action == "retrieve" else SerialOut

    def get_queryset(self) -> QuerySet[Serial]:
        rows = serials_with_state(Serial.objects.select_related("sku", "location__warehouse"))
        if self.action == "retrieve":
            moves = MoveSerial.objects.select_related("move", "from_location", "to_location").order_by("pk")
            rows = rows.prefetch_related(Prefetch("moves", moves))
        return own_rows(self.request, rows)


class ExpiringOut(serializers.Serializer[Any]):
    """What lies of a lot in a warehouse; days: until it expires, below zero: since; value: at cost."""

    lot_id = serializers.IntegerField()
    lot = serializers.CharField()
    sku = serializers.CharField()
    warehouse = serializers.CharField()
    expiry_date = serializers.DateField()
    days = serializers.IntegerField()
    quantity = Quantity()
    claimed = Quantity()
    value = Quantity()


class ExpiryIn(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=0, max_value=3650, required=False, default=30)
    company = serializers.SlugField(required=False)


class ExpiryViewSet(ActionAccess, viewsets.ViewSet):
    """What has expired or will soon."""

    access = {"list": (READ, "inventory.view_lot")}

    @extend_schema(
        parameters=[
            OpenApiParameter("days", int, description="Expires within so many days; 30 if left out"),
            OpenApiParameter("company", str, description="Its code, where the caller sees several"),
        ],
        responses=ExpiringOut(many=True),
    )
    def list(self, request: Any) -> Response:
        """The first first."""
        body = ExpiryIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        company_id = company_of(request, body.validated_data.get("company"))
        rows = list(expiring(company_id, days=body.validated_data["days"]))
        return Response(ExpiringOut(rows, many=True).data)
