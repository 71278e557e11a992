"""Handling units over HTTP: made, filled, emptied, moved, nested, shipped."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from backoffice.core.api.actions import NOBODYS, ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.idempotency import idempotent
from inventory.models import Location, Sku
from warehouse import services
from warehouse.api.serializers import LEAST, quantity_field
from warehouse.api.views import NotFound
from warehouse.models import HandlingUnit, UnitKind
from warehouse.services.counting.common import blind_places

READ, WRITE = "warehouse:read", "warehouse:write"


class UnitContentOut(serializers.Serializer[Any]):
    unit = serializers.CharField()
    sku = serializers.CharField()
    lot = serializers.CharField(allow_null=True)
    quantity = quantity_field(allow_null=True, help_text="Null while it is being counted.")


class HandlingUnitOut(serializers.ModelSerializer[HandlingUnit]):
    warehouse = serializers.CharField(source="warehouse.code")
    stands_in = serializers.CharField(source="stands_in.code", default=None)
    parent = serializers.CharField(source="parent.code", default=None)  # type: ignore[assignment]  # a field, as the body names it

    class Meta:
        model = HandlingUnit
        fields = ["id", "code", "kind", "warehouse", "stands_in", "parent", "shipped_at"]


class HandlingUnitFullOut(HandlingUnitOut):
    contents = serializers.SerializerMethodField()

    class Meta(HandlingUnitOut.Meta):
        fields = [*HandlingUnitOut.Meta.fields, "contents"]

    @extend_schema(responses=UnitContentOut(many=True))
    def get_contents(self, unit: HandlingUnit) -> list[dict[str, Any]]:
        found = services.contents(unit.pk)
        blind = blind_places({each.location_id for each, _own in found})
        rows = [
            {
                "unit": each.code,
                "sku": row.sku.code,
                "lot": row.lot.code if row.lot else None,
                "quantity": None if row.location_id in blind else row.quantity,
            }
            for each, own in found
            for row in own
        ]
        return list(UnitContentOut(rows, many=True).data)


class UnitsIn(serializers.Serializer[Any]):
    count = serializers.IntegerField(min_value=1, max_value=500, default=1)
    kind = serializers.ChoiceField(choices=UnitKind.choices, default=UnitKind.PALLET)
    location = serializers.IntegerField(min_value=1, help_text="Where they stand.")


class UnitPlaceIn(serializers.Serializer[Any]):
    location = serializers.IntegerField(min_value=1)


class UnitParentIn(serializers.Serializer[Any]):
    parent = serializers.CharField(max_length=60, help_text="Its plate.")  # type: ignore[assignment]  # as the body names it


class UnitGoodsIn(serializers.Serializer[Any]):
    sku = serializers.CharField(max_length=120)
    quantity = quantity_field(min_value=LEAST)
    lot = serializers.IntegerField(min_value=1, required=False)


class UnitMoveGoodsIn(UnitPlaceIn):
    goods = UnitGoodsIn(many=True, min_length=1, max_length=200)


class UnitShipIn(serializers.Serializer[Any]):
    carrier = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


class UnitShippedOut(serializers.Serializer[Any]):
    shipments = serializers.ListField(child=serializers.IntegerField())


class UnitFilter(django_filters.FilterSet):
    code = django_filters.CharFilter(lookup_expr="iexact")
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    kind = django_filters.MultipleChoiceFilter(choices=UnitKind.choices)

    class Meta:
        model = HandlingUnit
        fields: list[str] = []


class UnitPickIn(serializers.Serializer[Any]):
    pick_list = serializers.IntegerField(
        help_text="Of one order; all that it wants from the unit is all that lies there."
    )


class HandlingUnitViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[HandlingUnit]
):
    """Cartons and pallets with a licence plate; a key that is bound to a channel sees none."""

    access = {
        "list": (READ, "warehouse.view_handlingunit"),
        "retrieve": (READ, "warehouse.view_handlingunit"),
        "create": (WRITE, "warehouse.add_handlingunit"),
        **dict.fromkeys(("move", "nest", "put_in", "take_out", "ship"), (WRITE, "warehouse.change_handlingunit")),
        "pick": (WRITE, "warehouse.change_picktask"),
    }
    filterset_class = UnitFilter
    serializer_class = HandlingUnitOut

    def get_queryset(self) -> QuerySet[HandlingUnit]:
        rows = HandlingUnit.objects.select_related("warehouse", "stands_in", "parent")
        return own_rows(self.request, rows, channel=NOBODYS)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """With all that lies in it and in what stands in it."""
        return self._answer()

    def _answer(self) -> Response:
        return Response(HandlingUnitFullOut(self.get_object()).data)

    def _body(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        body = serializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        given: dict[str, Any] = body.validated_data
        return given

    def _location(self, pk: int) -> Location:
        found = own_rows(self.request, Location.objects.filter(pk=pk, warehouse__isnull=False)).first()
        if found is None:
            raise NotFound("There is no such place.")
        return found  # type: ignore[no-any-return]

    @extend_schema(request=UnitsIn, responses={201: HandlingUnitOut(many=True)}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """So many empty units; their plates are to be printed."""
        given = self._body(UnitsIn)
        place = self._location(given["location"])
        made = services.create_units(
            given["count"], kind=given["kind"], stands_in_id=place.pk, company_id=place.company_id,
            actor=actor_of(request),
        )  # fmt: skip
        rows = self.get_queryset().filter(pk__in=[unit.pk for unit in made]).order_by("pk")
        return Response(HandlingUnitOut(rows, many=True).data, status=201)

    @extend_schema(request=UnitPlaceIn, responses=HandlingUnitFullOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def move(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It stands elsewhere, with all that is in it."""
        unit, given = self.get_object(), self._body(UnitPlaceIn)
        place = self._location(given["location"])
        services.move_unit(unit.pk, to_location_id=place.pk, company_id=unit.company_id, actor=actor_of(request))
        return self._answer()

    @extend_schema(request=UnitParentIn, responses=HandlingUnitFullOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def nest(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """A carton onto a pallet."""
        unit, given = self.get_object(), self._body(UnitParentIn)
        parent = services.find_unit(given["parent"], company_id=unit.company_id, among=self.get_queryset())
        services.nest_unit(unit.pk, parent_id=parent.pk, company_id=unit.company_id, actor=actor_of(request))
        return self._answer()

    @extend_schema(request=UnitMoveGoodsIn, responses=HandlingUnitFullOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="put-in")
    @idempotent()
    def put_in(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Goods from a place into the unit."""
        unit, given = self.get_object(), self._body(UnitMoveGoodsIn)
        services.put_in(
            unit.pk, goods=self._goods(given, unit), from_location_id=self._location(given["location"]).pk,
            company_id=unit.company_id, at=timezone.now(), actor=actor_of(request),
        )  # fmt: skip
        return self._answer()

    @extend_schema(request=UnitMoveGoodsIn, responses=HandlingUnitFullOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="take-out")
    @idempotent()
    def take_out(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Goods out of the unit into a place."""
        unit, given = self.get_object(), self._body(UnitMoveGoodsIn)
        services.take_goods_out(
            unit.pk, goods=self._goods(given, unit), to_location_id=self._location(given["location"]).pk,
            company_id=unit.company_id, at=timezone.now(), actor=actor_of(request),
        )  # fmt: skip
        return self._answer()

    def _goods(self, given: dict[str, Any], unit: HandlingUnit) -> list[services.UnitGoods]:
        codes = {row["sku"] for row in given["goods"]}
        known = dict(Sku.objects.filter(company_id=unit.company_id, code__in=codes).values_list("code", "pk"))
        if missing := sorted(codes - known.keys()):
            raise NotFound(f"There is no SKU {missing[0]}.")
        return [
            services.UnitGoods(known[row["sku"]], Decimal(row["quantity"]), row.get("lot")) for row in given["goods"]
        ]

    @extend_schema(request=UnitPickIn, responses=HandlingUnitFullOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def pick(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """All that lies on it, for one pick list that wants just that; it stays on it."""
        unit, given = self.get_object(), self._body(UnitPickIn)
        services.pick_unit(
            unit.pk, pick_list_id=given["pick_list"], company_id=unit.company_id, effective_at=timezone.now(),
            actor=actor_of(request),
        )  # fmt: skip
        return self._answer()

    @extend_schema(request=UnitShipIn, responses=UnitShippedOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def ship(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """All packed shipments in it are handed over, or none."""
        unit, given = self.get_object(), self._body(UnitShipIn)
        done = services.ship_unit(
            unit.pk, company_id=unit.company_id, at=timezone.now(), actor=actor_of(request), carrier=given["carrier"],
            tracking_number=given["tracking_number"],
        )  # fmt: skip
        return Response(UnitShippedOut({"shipments": [each.shipment_id for each in done.results]}).data)
