"""Goods set aside, in quarantine or as damaged, and put back on sale over HTTP."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.idempotency import idempotent
from inventory import services
from inventory.api.moving import MAX_LINES, MoveOut, lot_ids, place_ids, positive, serial_numbers, sku_ids, warehouse_id
from inventory.models import Lot, StockMove

WRITE = ("adjustments:write", "inventory.add_adjustment")


class ConditionLineIn(serializers.Serializer[Any]):
    """to_location: where goods that go back on sale are put; serials: of SKUs with serial numbers."""

    sku = serializers.CharField(max_length=60)
    location = serializers.CharField(max_length=40)
    quantity = positive()
    condition = serializers.ChoiceField(["quarantine", "damaged", "sellable"])
    to_location = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    lot = serializers.CharField(max_length=60, required=False)
    serials = serial_numbers()


class ConditionIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    warehouse = serializers.CharField(max_length=20)
    reason = serializers.CharField(max_length=40)
    lines = ConditionLineIn(many=True, min_length=1, max_length=MAX_LINES)


class ConditionOut(serializers.Serializer[Any]):
    moves = MoveOut(many=True)


class LotAsideIn(serializers.Serializer[Any]):
    """lot: its id."""

    lot = serializers.IntegerField(min_value=1)
    condition = serializers.ChoiceField(["quarantine", "damaged"], default="quarantine")
    reason = serializers.CharField(max_length=40)


class LotAsideOut(serializers.Serializer[Any]):
    """moved: what was set aside; promised: what stays on sale because it is claimed."""

    moved = Quantity()
    promised = Quantity()


class StockConditionViewSet(ActionAccess, viewsets.ViewSet):
    """What of the stock may be sold."""

    access = {"create": WRITE, "lot": WRITE}

    @extend_schema(request=ConditionIn, responses={201: ConditionOut}, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any) -> Response:
        """One move for each line, in order; all of it or nothing."""
        body = ConditionIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        rows = given["lines"]
        warehouses = [warehouse_id(company_id, given["warehouse"])] * len(rows)
        skus = sku_ids(company_id, rows)
        places = place_ids(warehouses, rows)
        targets = place_ids(warehouses, [{"location": row["to_location"]} for row in rows], needed=False)
        moves = services.set_condition(
            [
                services.Regrade(
                    sku,
                    row["quantity"],
                    place or 0,
                    row["condition"],
                    target,
                    lot,
                    serials=tuple(row["serials"]),
                )
                for sku, row, place, target, lot in zip(skus, rows, places, targets, lot_ids(skus, rows), strict=True)
            ],
            company_id=company_id,
            effective_at=timezone.now(),
            reason=given["reason"],
            actor=actor_of(request),
        )
        made = StockMove.objects.select_related("sku", "from_location", "to_location")
        found = made.filter(pk__in=[move.move_id for move in moves]).order_by("id")
        return Response(ConditionOut({"moves": found}).data, status=201)

    @extend_schema(request=LotAsideIn, responses=LotAsideOut, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def lot(self, request: Any) -> Response:
        """Set aside all that is free of a lot, in every warehouse."""
        body = LotAsideIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        lot = get_object_or_404(own_rows(request, Lot.objects.all()), pk=given["lot"])
        done = services.set_lot_aside(
            lot.pk,
            sku_id=lot.sku_id,
            company_id=lot.company_id,
            condition=given["condition"],
            effective_at=timezone.now(),
            reason=given["reason"],
            actor=actor_of(request),
        )
        return Response(LotAsideOut(done).data)
