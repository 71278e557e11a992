"""Deliveries over HTTP: what came, without an order too, what was wrong with it, and its photos."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from accounting.models import Party
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER, Quantity
from backoffice.core.api.filters import RowId
from backoffice.core.api.idempotency import idempotent
from inventory.api.moving import place_ids, positive, sku_ids, warehouse_id, wrong
from orders.api.return_photos import PictureParser
from warehouse import services
from warehouse.models import ProblemKind, ProblemStatus, Receipt, ReceiptLine, ReceiptProblem, ReceiptStatus

READ, WRITE = "warehouse:read", "warehouse:write"


class GoodsReceiptLineOut(serializers.ModelSerializer[ReceiptLine]):
    sku = serializers.CharField(source="sku.code")
    lot = serializers.CharField(source="lot.code", default=None)
    location = serializers.CharField(source="location.code")

    class Meta:
        model = ReceiptLine
        fields = ["id", "sku", "lot", "location", "quantity", "purchase_order_line", "move"]


class GoodsReceiptOut(serializers.ModelSerializer[Receipt]):
    """is_blind: nobody ordered it. put_away_at: when its last goods left the dock."""

    number = serializers.CharField()
    warehouse = serializers.CharField(source="warehouse.code")
    supplier = serializers.CharField(source="supplier.code", default=None)
    lines = GoodsReceiptLineOut(many=True)

    class Meta:
        model = Receipt
        fields = [
            "id", "number", "status", "warehouse", "purchase_order", "notice", "return_order", "supplier", "is_blind", "reference",
            "note", "device", "arrived_at", "finished_at", "put_away_at", "lines",
        ]  # fmt: skip


class BlindLineIn(serializers.Serializer[Any]):
    """unit_cost: in the company's currency, what the supplier will bill; empty: what their list asks, else the average
    cost, else the last one. lot: its code, made with its expiry_date where the SKU has no such lot. set_aside: damaged
    or quarantine puts it there instead; note says what is wrong, and is told as a problem of the receipt."""

    sku = serializers.CharField(max_length=60)
    quantity = positive()
    unit_cost = Quantity(min_value=Decimal(0), required=False, allow_null=True)
    location = serializers.CharField(max_length=40)
    lot = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    expiry_date = serializers.DateField(required=False, allow_null=True)
    serials = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=5000)
    set_aside = serializers.CharField(max_length=10, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class BlindReceiptIn(serializers.Serializer[Any]):
    supplier = serializers.CharField(max_length=60)
    warehouse = serializers.CharField(max_length=20)
    reference = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    lines = BlindLineIn(many=True, min_length=1, max_length=500)


class ReceiptProblemIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(ProblemKind.choices)
    sku = serializers.CharField(max_length=60, required=False, allow_blank=True)
    quantity = Quantity(required=False, allow_null=True)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ReceiptProblemOut(serializers.ModelSerializer[ReceiptProblem]):
    number = serializers.CharField()
    sku = serializers.CharField(source="sku.code", default=None)

    class Meta:
        model = ReceiptProblem
        fields = [
            "id", "number", "kind", "status", "receipt", "purchase_order", "sku", "quantity", "note", "actor_label",
            "recorded_at", "settlement", "settled_at", "settled_by_label",
        ]  # fmt: skip


class SettleProblemIn(serializers.Serializer[Any]):
    settlement = serializers.CharField(max_length=300)


class ReceiptPhotoOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()


class ReceiptArrivalIn(serializers.Serializer[Any]):
    """dock: its code, if it is known."""

    dock = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class ReceiptReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class PostedBackOut(serializers.Serializer[Any]):
    receipt = serializers.IntegerField()
    supplier_return = serializers.IntegerField()


class GoodsReceiptFilter(django_filters.FilterSet):
    warehouse = django_filters.CharFilter(field_name="warehouse__code")
    status = django_filters.MultipleChoiceFilter(choices=ReceiptStatus.choices)
    purchase_order = RowId()

    class Meta:
        model = Receipt
        fields: list[str] = []


class GoodsReceiptViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Receipt]
):
    access = {
        **dict.fromkeys(("list", "retrieve"), (READ, "warehouse.view_receipt")),
        "blind": (WRITE, "warehouse.add_receipt"),
        **dict.fromkeys(("arrive", "start", "finish", "cancel", "post_back"), (WRITE, "warehouse.change_receipt")),
        "problems": (WRITE, "warehouse.add_receiptproblem"),
        "photos": (WRITE, "warehouse.add_receiptphoto"),
    }
    filterset_class = GoodsReceiptFilter
    serializer_class = GoodsReceiptOut

    def get_queryset(self) -> QuerySet[Receipt]:
        rows = Receipt.objects.select_related("warehouse", "supplier")
        return own_rows(self.request, rows.prefetch_related("lines__sku", "lines__lot", "lines__location"))

    @extend_schema(request=BlindReceiptIn, responses={201: GoodsReceiptOut}, parameters=[KEY_HEADER])
    @action(detail=False, methods=["post"])
    @idempotent()
    def blind(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Goods that nobody ordered: in stock at their cost, awaiting the supplier's bill."""
        body = BlindReceiptIn(data=request.data)
        body.is_valid(raise_exception=True)
        company_id, given = _company(request), body.validated_data
        supplier = Party.objects.filter(company_id=company_id, code=given["supplier"], is_supplier=True).first()
        if supplier is None:
            raise wrong("supplier", f"There is no supplier “{given['supplier']}”.", "unknown_supplier")
        house, rows = warehouse_id(company_id, given["warehouse"]), given["lines"]
        skus = sku_ids(company_id, rows)
        places = place_ids([house] * len(rows), rows)
        result = services.receive_blind(
            [
                services.BlindLine(
                    sku, row["quantity"], place or 0, row.get("unit_cost"), lot=row["lot"],
                    expiry_date=row.get("expiry_date"), serials=tuple(row.get("serials", ())), condition=row["set_aside"],
                    note=row["note"],
                )
                for sku, place, row in zip(skus, places, rows, strict=True)
            ],
            supplier_id=supplier.pk, warehouse_id=house, company_id=company_id, effective_at=timezone.now(),
            actor=actor_of(request), reference=given["reference"], note=given["note"],
        )  # fmt: skip
        found = self.get_queryset().get(pk=result.receipt_id)
        return Response(GoodsReceiptOut(found).data, status=201 if result.state == "received" else 200)

    @extend_schema(request=ReceiptArrivalIn, responses=GoodsReceiptOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def arrive(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The lorry is here: expected -> arrived."""
        body = ReceiptArrivalIn(data=request.data)
        body.is_valid(raise_exception=True)
        receipt, code = self.get_object(), body.validated_data["dock"]
        [dock] = place_ids([receipt.warehouse_id], [{"location": code}]) if code else [None]
        services.arrive(
            receipt.pk, company_id=receipt.company_id, at=timezone.now(), actor=actor_of(request), dock_id=dock
        )
        return Response(GoodsReceiptOut(self.get_object()).data)

    @extend_schema(request=None, responses=GoodsReceiptOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def start(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Unloading begins: expected, arrived -> receiving."""
        receipt = self.get_object()
        services.start_receiving(
            receipt.pk, company_id=receipt.company_id, at=timezone.now(), actor=actor_of(request), device="api"
        )
        return Response(GoodsReceiptOut(self.get_object()).data)

    @extend_schema(request=None, responses=GoodsReceiptOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def finish(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """All is unloaded: receiving -> received; what its notice announced and did not come is told as a problem."""
        receipt = self.get_object()
        services.finish_receiving(receipt.pk, company_id=receipt.company_id, at=timezone.now(), actor=actor_of(request))
        return Response(GoodsReceiptOut(self.get_object()).data)

    @extend_schema(request=ReceiptReasonIn, responses=GoodsReceiptOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def cancel(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """It does not come, nor its notice: expected -> cancelled."""
        receipt = self.get_object()
        services.cancel_receipt(
            receipt.pk, company_id=receipt.company_id, actor=actor_of(request), reason=self._reason()
        )
        return Response(GoodsReceiptOut(self.get_object()).data)

    @extend_schema(request=ReceiptReasonIn, responses=PostedBackOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"], url_path="post-back")
    @idempotent()
    def post_back(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """All of it goes back while it is still here: received, put_away -> posted_back, by a supplier return."""
        receipt = self.get_object()
        done = services.post_back(
            receipt.pk,
            company_id=receipt.company_id,
            at=timezone.now(),
            actor=actor_of(request),
            reason=self._reason(),
        )
        return Response(PostedBackOut({"receipt": receipt.pk, "supplier_return": done.supplier_return.pk}).data)

    def _reason(self) -> str:
        body = ReceiptReasonIn(data=self.request.data)
        body.is_valid(raise_exception=True)
        return str(body.validated_data["reason"])

    @extend_schema(request=ReceiptProblemIn, responses={201: ReceiptProblemOut}, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def problems(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Something is wrong with it; the goods' books are not touched."""
        body = ReceiptProblemIn(data=request.data)
        body.is_valid(raise_exception=True)
        receipt, given = self.get_object(), body.validated_data
        [sku] = sku_ids(receipt.company_id, [given]) if given.get("sku") else [None]
        problem = services.ProblemInput(
            given["kind"], receipt_id=receipt.pk, sku_id=sku, quantity=given.get("quantity"), note=given["note"]
        )
        [made] = services.report_problems([problem], company_id=receipt.company_id, actor=actor_of(request))
        return Response(ReceiptProblemOut(ReceiptProblem.objects.get(pk=made.pk)).data, status=201)

    @extend_schema(
        request={"image/jpeg": OpenApiTypes.BINARY, "image/png": OpenApiTypes.BINARY},
        responses={201: ReceiptPhotoOut},
    )
    @action(detail=True, methods=["post"], parser_classes=[PictureParser])
    def photos(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Keep a picture; the same one again is the same row, so no key is wanted."""
        receipt = self.get_object()
        content = request.data if isinstance(request.data, bytes) else b""
        with transaction.atomic():
            photo = services.add_receipt_photo(
                content, company_id=receipt.company_id, actor=actor_of(request), receipt_id=receipt.pk
            )
        return Response(ReceiptPhotoOut(photo).data, status=201)


class ReceiptProblemFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=ProblemStatus.choices)
    kind = django_filters.MultipleChoiceFilter(choices=ProblemKind.choices)

    class Meta:
        model = ReceiptProblem
        fields: list[str] = []


class ReceiptProblemViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ReceiptProblem]
):
    access = {
        **dict.fromkeys(("list", "retrieve"), (READ, "warehouse.view_receiptproblem")),
        "settle": (WRITE, "warehouse.change_receiptproblem"),
    }
    filterset_class = ReceiptProblemFilter
    serializer_class = ReceiptProblemOut

    def get_queryset(self) -> QuerySet[ReceiptProblem]:
        return own_rows(self.request, ReceiptProblem.objects.select_related("sku"))

    @extend_schema(request=SettleProblemIn, responses=ReceiptProblemOut, parameters=[KEY_HEADER])
    @action(detail=True, methods=["post"])
    @idempotent()
    def settle(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What was agreed with the supplier."""
        body = SettleProblemIn(data=request.data)
        body.is_valid(raise_exception=True)
        problem = self.get_object()
        done = services.settle_problem(
            problem.pk, settlement=body.validated_data["settlement"], company_id=problem.company_id,
            actor=actor_of(request),
        )  # fmt: skip
        return Response(ReceiptProblemOut(done).data)


def _company(request: Any) -> int:
    return company_of(request, str(request.data.get("company", "")) if isinstance(request.data, dict) else "")
