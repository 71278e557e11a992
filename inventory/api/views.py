"""The stock, to be read."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounting.api.companies import company_of
from backoffice.core.api.actions import ActionAccess, own_rows
from backoffice.core.api.fields import Quantity
from inventory.api.filters import StockFilter
from inventory.api.moving import warehouse_id, wrong
from inventory.api.serializers import StockOut
from inventory.models import StockLevel
from inventory.selectors import skus_by_code
from inventory.selectors.stock_kinds import stock_kinds

MAX_SKUS = 200
KINDS = (
    "warehouse", "owner", "on_hand", "sellable", "claimed", "available", "quarantine", "refurbish", "damaged", "missing",
    "incoming", "in_transit",
)  # fmt: skip


class KindsIn(serializers.Serializer[Any]):
    company = serializers.SlugField(required=False)
    sku = serializers.CharField(max_length=12_000, help_text="Codes, separated by commas; 200 at most.")
    warehouse = serializers.CharField(max_length=20, required=False, help_text="Its code; empty: all.")


class StockKindsOut(serializers.Serializer[Any]):
    """owner: a party's code; empty: ourselves. on_hand = sellable + quarantine + refurbish + damaged + missing;
    available = sellable - claimed; incoming and in_transit are not on hand yet."""

    sku = serializers.CharField()
    warehouse = serializers.CharField()
    owner = serializers.CharField(allow_blank=True)
    on_hand = Quantity()
    sellable = Quantity()
    claimed = Quantity()
    available = Quantity()
    quarantine = Quantity()
    refurbish = Quantity()
    damaged = Quantity()
    missing = Quantity()
    incoming = Quantity()
    in_transit = Quantity()


class StockViewSet(ActionAccess, mixins.ListModelMixin, viewsets.GenericViewSet[StockLevel]):
    """Our own goods, by SKU and warehouse."""

    access = dict.fromkeys(("list", "kinds"), ("stock:read", "inventory.view_stocklevel"))
    filterset_class = StockFilter
    serializer_class = StockOut

    def get_queryset(self) -> QuerySet[StockLevel]:
        rows = StockLevel.objects.filter(owner__isnull=True, warehouse__is_transit=False)
        return own_rows(self.request, rows.select_related("sku", "warehouse"))

    @extend_schema(parameters=[KindsIn], responses=StockKindsOut(many=True), filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def kinds(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What there is of up to 200 SKUs, each kind apart, by warehouse and owner. Statements: 3 and the caller's."""
        body = KindsIn(data=request.query_params)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        company_id = company_of(request, given.get("company"))
        codes = [code.strip() for code in given["sku"].split(",") if code.strip()][:MAX_SKUS]
        known = skus_by_code(company_id, codes)
        unknown = [code for code in codes if code not in known]
        if unknown:
            raise wrong("sku", _("There is no SKU “%(code)s”.") % {"code": unknown[0][:60]}, "unknown_sku")
        place_id = warehouse_id(company_id, given["warehouse"]) if given.get("warehouse") else None
        names = {pk: code for code, pk in known.items()}
        rows = stock_kinds(company_id, list(names), warehouse_id=place_id)
        shown = [{"sku": names[row.sku_id], **{name: getattr(row, name) for name in KINDS}} for row in rows]
        return Response(StockKindsOut(shown, many=True).data)
