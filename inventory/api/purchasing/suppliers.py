"""Suppliers' lists over HTTP: their SKUs, prices and conditions, and the feed of what they have."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, actor_of, own_rows
from backoffice.core.api.fields import KEY_HEADER
from backoffice.core.api.filters import YesNo
from backoffice.core.api.idempotency import idempotent
from inventory.api.purchasing.fields import READ, WRITE, Figure, supplier_of
from inventory.models import SupplierPrice, SupplierSku
from inventory.services import SupplierRow, write_supplier_rows

MAX_ROWS = 5000


class SupplierRowIn(serializers.Serializer[Any]):
    """sku: our code, or the supplier's where we know it. What is left out stays; several rows of a SKU give its price
    breaks. stock: what the supplier has."""

    sku = serializers.CharField(max_length=60)
    code = serializers.CharField(max_length=60, required=False)
    currency = serializers.CharField(max_length=10, required=False)
    priority = serializers.IntegerField(min_value=0, max_value=32767, required=False)
    min_quantity = Figure(required=False)
    pack_multiple = Figure(required=False)
    lead_time_days = serializers.IntegerField(min_value=0, max_value=1000, required=False)
    is_discontinued = serializers.BooleanField(required=False, allow_null=True, default=None)
    price = Figure(required=False)
    from_quantity = Figure(required=False)
    valid_from = serializers.DateField(required=False)
    valid_to = serializers.DateField(required=False)
    stock = Figure(required=False)


class SupplierListIn(serializers.Serializer[Any]):
    """as_of: when the stock figures were true; needed with any. A figure older than the known one is passed over."""

    company = serializers.SlugField(required=False)
    supplier = serializers.CharField(max_length=60)
    as_of = serializers.DateTimeField(required=False, allow_null=True, default=None)
    rows = SupplierRowIn(many=True, min_length=1, max_length=MAX_ROWS)


class SupplierWrittenOut(serializers.Serializer[Any]):
    """made, changed: supplier SKUs; prices: that differ now; stale: figures older than the known ones."""

    made = serializers.IntegerField()
    changed = serializers.IntegerField()
    prices = serializers.IntegerField()
    stale = serializers.IntegerField()


class SupplierPriceOut(serializers.ModelSerializer[SupplierPrice]):
    class Meta:
        model = SupplierPrice
        fields = ["min_quantity", "unit_price", "valid_from", "valid_to"]


class SupplierSkuOut(serializers.ModelSerializer[SupplierSku]):
    sku = serializers.CharField(source="sku.code")
    supplier = serializers.CharField(source="supplier.code")
    prices = SupplierPriceOut(many=True)

    class Meta:
        model = SupplierSku
        fields = [
            "id", "supplier", "sku", "code", "currency", "priority", "min_quantity", "pack_multiple", "lead_time_days",
            "stock_quantity", "stock_as_of", "stock_hours", "promise_stock", "is_discontinued", "prices",
        ]  # fmt: skip


class SupplierSkuFilter(django_filters.FilterSet):
    supplier = django_filters.CharFilter(field_name="supplier__code")
    sku = django_filters.CharFilter(field_name="sku__code", lookup_expr="iexact")
    code = django_filters.CharFilter(lookup_expr="iexact")
    is_discontinued = YesNo()

    class Meta:
        model = SupplierSku
        fields: list[str] = []


class SupplierSkuViewSet(
    ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SupplierSku]
):
    """What suppliers offer. POST writes a supplier's list or a part of it, such as only the stock figures."""

    access = {
        "list": (READ, "inventory.view_suppliersku"),
        "retrieve": (READ, "inventory.view_suppliersku"),
        "create": (WRITE, "inventory.change_suppliersku"),
    }
    filterset_class = SupplierSkuFilter
    serializer_class = SupplierSkuOut

    def get_queryset(self) -> QuerySet[SupplierSku]:
        prices = Prefetch("prices", SupplierPrice.objects.order_by("min_quantity", "valid_from"))
        return own_rows(self.request, SupplierSku.objects.select_related("sku", "supplier").prefetch_related(prices))

    @extend_schema(request=SupplierListIn, responses=SupplierWrittenOut, parameters=[KEY_HEADER])
    @idempotent()
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Write many rows of one supplier, all or none."""
        body = SupplierListIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        written = write_supplier_rows(
            [SupplierRow(**row) for row in given["rows"]],
            supplier_id=supplier_of(given["supplier"], company_id),
            company_id=company_id,
            actor=actor_of(request),
            as_of=given["as_of"],
        )
        return Response(SupplierWrittenOut(written).data)
