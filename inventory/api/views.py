"""The stock, to be read."""

from django.db.models import QuerySet
from rest_framework import mixins, viewsets

from backoffice.core.api.actions import ActionAccess, own_rows
from inventory.api.filters import StockFilter
from inventory.api.serializers import StockOut
from inventory.models import StockLevel


class StockViewSet(ActionAccess, mixins.ListModelMixin, viewsets.GenericViewSet[StockLevel]):
    """Our own goods, by SKU and warehouse."""

    access = {"list": ("stock:read", "inventory.view_stocklevel")}
    filterset_class = StockFilter
    serializer_class = StockOut

    def get_queryset(self) -> QuerySet[StockLevel]:
        rows = StockLevel.objects.filter(owner__isnull=True, warehouse__is_transit=False)
        return own_rows(self.request, rows.select_related("sku", "warehouse"))
