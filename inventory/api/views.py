"""The catalogue and the stock, to be read."""

from django.db.models import Prefetch, QuerySet
from rest_framework import mixins, viewsets

from backoffice.core.api.actions import ActionAccess, own_rows
from inventory.api.filters import ProductFilter, SkuFilter, StockFilter
from inventory.api.serializers import ProductOut, SkuOut, StockOut
from inventory.models import Barcode, Product, Sku, StockLevel


class SkuViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Sku]):
    access = {"list": ("catalogue:read", "inventory.view_sku"), "retrieve": ("catalogue:read", "inventory.view_sku")}
    filterset_class = SkuFilter
    serializer_class = SkuOut

    def get_queryset(self) -> QuerySet[Sku]:
        barcodes = Prefetch("barcodes", Barcode.objects.order_by("pk"))
        return own_rows(self.request, Sku.objects.prefetch_related(barcodes))


class ProductViewSet(ActionAccess, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Product]):
    access = {
        "list": ("catalogue:read", "inventory.view_product"),
        "retrieve": ("catalogue:read", "inventory.view_product"),
    }
    filterset_class = ProductFilter
    serializer_class = ProductOut

    def get_queryset(self) -> QuerySet[Product]:
        skus = Prefetch("skus", Sku.objects.order_by("pk"))
        return own_rows(self.request, Product.objects.select_related("category").prefetch_related(skus))


class StockViewSet(ActionAccess, mixins.ListModelMixin, viewsets.GenericViewSet[StockLevel]):
    """Our own goods, by SKU and warehouse."""

    access = {"list": ("stock:read", "inventory.view_stocklevel")}
    filterset_class = StockFilter
    serializer_class = StockOut

    def get_queryset(self) -> QuerySet[StockLevel]:
        rows = StockLevel.objects.filter(owner__isnull=True, warehouse__is_transit=False)
        return own_rows(self.request, rows.select_related("sku", "warehouse"))
